package main

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/store/testdb"
)

// TestImportKill kills an import at random moments and runs it again; once it asks it
// to end instead. Then there is what an undisturbed one leaves: who is there with all
// they have, what is told of each row, and a journal in which each row is once.
func TestImportKill(t *testing.T) {
	t.Parallel()
	if os.Getenv("ROSTERD_SOAK") == "1" {
		each(t, func(t *testing.T, db testdb.Opener) { testImportKill(t, db, 20) })
	} else {
		testImportKill(t, testdb.SQLite, 2)
	}
}

// killedRows are those of the file, and lastKill how many are in when the import is
// killed at the latest, so that it does not end before.
const (
	killedRows = 20_000
	lastKill   = 19_000
)

func testImportKill(t *testing.T, db testdb.Opener, kills int) {
	seed := rand.Uint64()
	t.Logf("the moments are those of seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))

	undisturbed, killed := newImporting(t, db), newImporting(t, db)
	file := undisturbed.write(t, "many.csv", killedFile()...)
	first := undisturbed.begin(t, file)
	journal := openSQL(t, killed.dsn)
	rounds, in := make([]int64, kills+1), int64(0)
	for n := range rounds {
		rounds[n] = 1 + moments.Int64N(lastKill)
	}
	slices.Sort(rounds)
	politely := moments.IntN(len(rounds))
	for n, at := range rounds {
		delay := time.Duration(moments.IntN(20)) * time.Millisecond
		p := killed.begin(t, file)
		before := in // of which some must come now
		until(t, fmt.Sprintf("%d rows are in", at), func() bool {
			in = number(t, journal, "select count(*) from import_rows")
			return in > before && in >= at || p.hasEnded()
		})
		time.Sleep(delay)
		if n == politely {
			p.signal(t)
			if code := p.exit(t); code != 1 || !strings.Contains(p.stderr.String(), "interrupted; the same command again goes on") {
				t.Fatalf("asked to end after row %d, it ends with exit code %d: %s", in, code, p.stderr.String())
			}
			continue
		}
		if p.kill(t); p.cmd.ProcessState.Exited() {
			t.Fatalf("round %d: the import ended by itself after row %d: %s%s", n, in, p.stdout.String(), p.stderr.String())
		}
		t.Logf("round %d: killed after row %d and %s", n, in, delay)
	}
	last := killed.begin(t, file)
	want, got := undisturbed.left(t, first), killed.left(t, last)
	killed.wants(t, 0, []string{"no problem found"}, "verify")
	if in := len(want.journal); in < killedRows*9/10 || in == killedRows {
		t.Errorf("%d of %d rows are in, want most and not all", in, killedRows)
	}
	for what, diff := range map[string]string{
		"employees": cmp.Diff(want.employees, got.employees),
		"report":    cmp.Diff(want.report, got.report),
		"journal":   cmp.Diff(want.journal, got.journal),
	} {
		if diff != "" {
			t.Errorf("%s (-undisturbed +killed):\n%.5000s", what, diff)
		}
	}
}

// begin begins to import a file, with a report.
func (i *importing) begin(t *testing.T, file string) *process {
	t.Helper()
	return launch(t, nil, "import", file, "--db", i.dsn, "--report", filepath.Join(i.dir, "report.csv"))
}

// hasEnded reports whether the process is over.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// killedFile has coaches before and after those they coach and in circles, statuses
// that nobody is created with, seats with hashes, equal rows, rows that fail, and rows
// that wait while a later one takes what they are after.
// Most have little, so that they go in fast.
func killedFile() []string {
	lines := make([]string, 1, 1+killedRows)
	lines[0] = "last_name,handle,phone_numbers,phone_numbers.1.phone_number,extension.extension_phone_number,groups,coach.coach_id,status,operator.operator_login,operator.operator_display_name,operator.operator_password_hash"
	for n := range killedRows {
		name, handle, none := "Many", fmt.Sprint("e", n), "[]"
		var phone, extension, group, coach, status, login, hash string
		switch {
		case n%1000 == 505 && n < 18000: // who waits, and is after an extension that a later row takes first
			coach, extension = fmt.Sprint("e", n+706), fmt.Sprintf("%05d", n+1401)
		case n%4 == 0: // who comes after all others, mostly
			coach = fmt.Sprint("e", (n+5001)%killedRows)
		case n%20 == 3:
			coach = fmt.Sprint("e", n-3)
		case n%1000 == 998:
			coach = fmt.Sprint("e", n+1)
		case n%1000 == 999:
			coach = fmt.Sprint("e", n-1)
		case n%10 == 6:
			none, phone, extension = "", fmt.Sprint(74950000000+n%2000), fmt.Sprintf("%05d", n)
		case n%500 == 47:
			extension = fmt.Sprintf("%05d", n-1) // taken
		case n%500 == 41: // who coaches somebody
			none, phone = "", "call me"
		case n%2000 == 37:
			group = "Back office"
		case n%100 == 25:
			group, status = "Sales", "Business trip"
		case n%100 == 78, n%100 == 79:
			name, handle = fmt.Sprint("Twin ", n/100), ""
		case n%100 == 7:
			login, hash = handle, "$pbkdf2-sha256$1000$c2FsdHNhbHQ$ZW5vdWdoIGJ5dGVzIGZvciBhIGtleQ"
		}
		lines = append(lines, strings.Join([]string{name, handle, none, phone, extension, group, coach, status, login, login, hash}, ","))
	}
	return lines
}

// remains are what an import leaves, without what differs from one to the next, as
// ids do.
type remains struct {
	employees []string         // rows of the export
	report    []string         // what is told of rows
	journal   map[int64]string // what became of the rows that are in, by line
}

// left waits for the end of an import and tells what it leaves.
func (i *importing) left(t *testing.T, p *process) (r remains) {
	t.Helper()
	// Rows fail, and how far it is is told on the way.
	if code := p.exit(t); code != 1 || !strings.Contains(p.stderr.String(), fmt.Sprintf(" of %d rows, ", killedRows)) {
		t.Fatalf("exit code %d: %s%s", code, p.stdout.String(), p.stderr.String())
	}
	told, err := csv.NewReader(strings.NewReader(i.read(t, "report.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range told {
		row[2], row[7] = "", "" // id, held_by
		r.report = append(r.report, strings.Join(row, ","))
	}
	slices.Sort(r.report)
	exported, stderr, code := program(t, "export", "--db", i.dsn, "--password-hashes")
	if code != 0 {
		t.Fatalf("export: exit code %d: %s", code, stderr)
	}
	r.employees = slices.Sorted(strings.Lines(exported))

	rows, err := rowsOf(t, openSQL(t, i.dsn))("select line, key, outcome from import_rows order by line, key")
	if err != nil {
		t.Fatal(err)
	}
	r.journal = map[int64]string{}
	halves := map[int64]string{} // of rows that go in in two: created, and then given the coach or the status
	for _, row := range rows {
		line := row[0].(int64)
		content, half, _ := strings.Cut(row[1].(string), "+")
		if halves[line] += half; halves[line] == "" || half == "1" {
			if r.journal[line] != "" {
				t.Errorf("line %d is twice in the journal", line)
			}
			r.journal[line] = fmt.Sprint(content, " ", row[2])
		}
	}
	for line, of := range halves {
		if of != "" && of != "12" {
			t.Errorf("line %d has the halves %s in the journal, want 12", line, of)
		}
	}
	return r
}
