// Compare measures rosterd against what its users would use instead, and against what
// the machine can do, and prints one table.
//
// Each row has two sides, which take turns: ours and a reference. What counts is the
// ratio of their medians, since this kind of machine is noisy and the noise meets both.
// Servers are processes of their own, started here on files that are new; who calls
// them is this process, with the same client for both sides.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// gcPercent is what rosterd serve sets, for the rows in which this process is rosterd.
const gcPercent = 300

func run(ctx context.Context, args []string) (err error) {
	debug.SetGCPercent(gcPercent)
	var b bench
	var only string
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.IntVar(&b.turns, "turns", 5, "how often each side of a row is measured")
	flags.IntVar(&b.employees, "employees", 1_000_000, "employees of the large roster")
	flags.StringVar(&b.roster, "roster", "", "file of the large roster, which is used if it is there, and made and kept if it is not")
	flags.StringVar(&only, "rows", "", "rows to measure, separated by commas; all if empty")
	flags.StringVar(&b.dir, "dir", "", "where the databases are made, in a folder that is removed afterwards; the system's for temporary files if empty")
	flags.StringVar(&b.profile, "profile", "", "write a processor profile of our side of rows in this process to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.turns < 1 || b.employees < 1 {
		return errors.New("-turns and -employees must be at least 1")
	}
	measured := rows
	if only != "" {
		if measured, err = chosen(strings.Split(only, ",")); err != nil {
			return err
		}
	}
	if b.dir, err = os.MkdirTemp(b.dir, "rosterd-bench-"); err != nil {
		return err
	}
	b.atEnd(func() error { return os.RemoveAll(b.dir) })
	defer func() { err = errors.Join(err, b.end()) }()
	return b.table(ctx, os.Stdout, measured)
}

// chosen are the rows of some numbers; "7" is all rows 7a, 7b and so on.
func chosen(numbers []string) (some []row, err error) {
	for _, number := range numbers {
		before := len(some)
		for _, r := range rows {
			if r.number == number || strings.TrimRight(r.number, "abc") == number {
				some = append(some, r)
			}
		}
		if len(some) == before {
			return nil, fmt.Errorf("-rows: there is no row %s", number)
		}
	}
	return some, nil
}

// bench is what rows share.
type bench struct {
	turns     int
	employees int
	roster    string // file of the large roster, once it is there
	dir       string
	profile   string

	programs map[string]string // that have been built, by folder
	ends     []func() error
}

// atEnd has something done when all is measured, the last first.
func (b *bench) atEnd(f func() error) { b.ends = append(b.ends, f) }

// end does what atEnd was told, and forgets it.
func (b *bench) end() error {
	var errs []error
	for _, f := range slices.Backward(b.ends) {
		errs = append(errs, f())
	}
	b.ends = nil
	return errors.Join(errs...)
}
