package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// rows are all that are measured, in the order of their numbers.
var rows = []row{
	{"1", "writer alone, 64 callers", "raw SQLite, 64 a transaction", perSecond, atLeast(0.8), writerAlone},
	{"2", "creates over HTTP, 64 connections", "raw SQLite, 64 a transaction, and plain net/http with decoding", perSecond, atLeast(0.7), overHTTP},
	{"3", "creates over HTTP, 64 connections", "PocketBase", perSecond, atLeast(3), besidePocketBase},
	{"4", "one create, p50, 1 connection", "append of 4 KiB and fdatasync, p50", seconds, atMost(4), besideAppend},
	{"5", "creates in batches of 1000, 1 connection", "raw SQLite, 1000 a transaction", perSecond, atLeast(0.5), batches},
	{"6", "creates in batches of 1000, 1 connection", "PocketBase, batches of 1000", perSecond, atLeast(5), batchesBesidePocketBase},
	{"7a", "a method that does nothing, with a token, 64 connections", "go-ethereum's rpc, without", perSecond, atLeast(1.3), nothing},
	{"7b", "the same in batches of 100, 16 connections, calls", "go-ethereum's rpc, without", perSecond, atLeast(1), nothingInBatches},
	{"8", "page of 100 with a filter, from 1,000,000, over HTTP, 16 connections", "PocketBase, page of 100 without, from 100,000", perSecond, atLeast(10), pages},
	{"9", "the same page in process, p50", "a query per child", seconds, atMost(0.2), children},
	{"10a", "page at depth 900,000 of a connection, p50", "its first page", seconds, atMost(2), deepConnection},
	{"10b", "page behind the id at depth 900,000, p50", "first page", seconds, atMost(2), deepKey},
	{"10c", "page at offset 100,000, p50", "raw SQL, over the key's index", seconds, atMost(1.5), deepOffset},
	{"11a", "part of the full name, p50", "LIKE over all rows", seconds, atMost(0.02), byPart},
	{"11b", "Rocket.Chat's text, among agents, over HTTP, p50", "LIKE over all rows", seconds, atMost(0.02), byText},
	{"12", "total_items of a filter, p50", "its page", seconds, atMost(1), total},
	{"13a", "creates with a password, 16 connections", "argon2id alone, on all cores", perSecond, atLeast(0.9), passwords},
	{"13b", "read of one employee meanwhile, p99", "while nothing else is done, p99", seconds, atMost(3), readsBesidePasswords},
	{"14a", "CPU of a create among 1,000,000, 64 callers", "among 1,000", seconds, atMost(1.3), growing(cpuOf)},
	{"14b", "time of a create among 1,000,000, 64 callers", "among 1,000", seconds, atMost(1.3), growing(timeOf)},
	{"15a", "start to first answer", "", seconds, atMost(0.06), start},
	{"15b", "resident after the first answer", "", size, atMost(40e6), idleMemory},
	{"16a", "PostgreSQL, 64 callers, 2 servers, one account", "pgx, unnest, 64 a transaction, 2 connections", perSecond, atLeast(0.6), overPostgres(5000, callers, servers)},
	{"16b", "PostgreSQL, 64 callers, 2 servers, one account", "pgx, a transaction each, a pool's 4 connections", perSecond, atLeast(2), overPostgres(2000, 1, poolSize)},
}

// row is two sides and what their ratio should be.
type row struct {
	number    string
	what      string
	reference string // empty if the goal is no ratio
	unit      unit
	goal      goal
	prepare   func(context.Context, *bench) (pair, error)
}

// unit is what a value is.
type unit string

const (
	perSecond unit = "/s"
	seconds   unit = "s"
	size      unit = "B"
)

// show writes a value so that it can be read.
func (u unit) show(v float64) string {
	switch {
	case u == perSecond && v >= 1000:
		return fmt.Sprintf("%.1fk/s", v/1000)
	case u == perSecond:
		return fmt.Sprintf("%.1f/s", v)
	case u == size:
		return fmt.Sprintf("%.1f MB", v/1e6)
	}
	return short(time.Duration(v * float64(time.Second)))
}

// short writes three digits of a time.
func short(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// goal is a bound of a ratio, or of the value itself where there is no reference.
type goal struct {
	bound   float64
	atLeast bool
}

func atLeast(bound float64) goal { return goal{bound, true} }
func atMost(bound float64) goal  { return goal{bound, false} }

func (g goal) met(ratio float64) bool {
	if g.atLeast {
		return ratio >= g.bound
	}
	return ratio <= g.bound
}

// table measures rows, one after the other, and prints a line of Markdown for each as
// soon as it is known. A row that cannot be measured says so, and the others go on.
func (b *bench) table(ctx context.Context, out io.Writer, measured []row) error {
	fmt.Fprint(out, "| # | measure | reference | rosterd | CPU | reference | CPU | ratio | spread | goal | |\n"+
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	began := time.Now()
	var failed []error
	for _, r := range measured {
		fmt.Fprintf(os.Stderr, "%s row %s: %s\n", elapsed(began), r.number, r.what)
		line, err := b.measure(ctx, r, began)
		if err != nil {
			failed = append(failed, fmt.Errorf("row %s: %w", r.number, err))
			line = fmt.Sprintf("| %s | %s | %s | | | | | | | %s | not measured |", r.number, r.what, r.reference, r.shownGoal())
		}
		fmt.Fprintln(out, line)
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// progress is what a turn has come to.
func progress(u unit, t turn) string {
	if t.cpu == 0 {
		return u.show(t.value)
	}
	return u.show(t.value) + " (" + shownCPU(t) + " of CPU)"
}

// elapsed is the time that has passed, in minutes and seconds.
func elapsed(began time.Time) string {
	s := int(time.Since(began).Seconds())
	return fmt.Sprintf("%2d:%02d", s/60, s%60)
}

// measure has both sides of a row take turns, after one of each that does not count.
func (b *bench) measure(ctx context.Context, r row, began time.Time) (line string, err error) {
	shared := b.ends
	b.ends = nil // the row's own
	defer func() {
		err = errors.Join(err, b.end())
		b.ends = shared
	}()
	p, err := r.prepare(ctx, b)
	if err != nil {
		return "", err
	}
	var ours, theirs []turn
	for i := range b.turns + 1 {
		us, err := p.ours(ctx)
		if err != nil {
			return "", err
		}
		them, reference := turn{value: 1}, ""
		if p.reference != nil {
			if them, err = p.reference(ctx); err != nil {
				return "", fmt.Errorf("reference: %w", err)
			}
			reference = " and " + progress(r.unit, them)
		}
		fmt.Fprintf(os.Stderr, "%s   %s%s\n", elapsed(began), progress(r.unit, us), reference)
		if i > 0 {
			ours, theirs = append(ours, us), append(theirs, them)
		}
	}
	return r.line(ours, theirs, p.reference != nil), nil
}

// line is a row of the table. The ratio is that of the medians, and the spread that of
// the ratios of turns beside each other; without a reference both are of values.
func (r row) line(ours, theirs []turn, isRatio bool) string {
	us, them := middle(ours), middle(theirs)
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i].value / theirs[i].value
	}
	ratio, reference := us.value/them.value, ""
	if isRatio {
		reference = r.unit.show(them.value)
	}
	verdict := "missed"
	if r.goal.met(ratio) {
		verdict = "met"
	}
	cells := []string{r.number, r.what, r.reference, r.unit.show(us.value), shownCPU(us), reference, shownCPU(them),
		"**" + r.show(ratio) + "**", r.show(slices.Min(ratios)) + " to " + r.show(slices.Max(ratios)), r.shownGoal(), verdict}
	return "| " + strings.Join(cells, " | ") + " |"
}

// show writes a ratio, or a value if that is what the goal is about.
func (r row) show(v float64) string {
	if r.reference == "" {
		return r.unit.show(v)
	}
	if v < 0.1 {
		return fmt.Sprintf("%.4f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func (r row) shownGoal() string {
	if r.goal.atLeast {
		return "≥ " + r.show(r.goal.bound)
	}
	return "≤ " + r.show(r.goal.bound)
}

func shownCPU(t turn) string {
	if t.cpu == 0 {
		return ""
	}
	return short(t.cpu)
}
