// Load measures how fast employees go into a roster.
//
// It has rosterd import a file of them, inserts the same rows into another SQLite file
// by hand, and prints how many times as long rosterd took. With -service employees go
// through directory.Service in this process instead, made up as it goes, so that
// nothing is read or decoded. With -live it measures how long single creates take
// while nobody else writes, and while a load runs beside them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"

	"github.com/rosterd/rosterd/bench/raw"
	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/bench/usage"
)

// options are the flags.
type options struct {
	n        int
	batch    int
	parallel int
	rounds   int
	together int
	pragmas  string
	dir      string
	live     bool
	decode   bool
	service  bool
	profile  string
	side     string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	var o options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.IntVar(&o.n, "n", 100_000, "employees")
	flags.IntVar(&o.batch, "batch", 500, "employees that are sent together, and in one transaction of the raw side")
	flags.IntVar(&o.parallel, "parallel", 2, "batches under way at the same time")
	flags.IntVar(&o.rounds, "rounds", 3, "how often each side, or with -live each state, is measured, in turns")
	flags.IntVar(&o.together, "rows", 128, "rows in one statement of the raw side")
	flags.StringVar(&o.pragmas, "pragmas", raw.Pragmas, "settings of the raw side's connection; rosterd's if none are given")
	flags.StringVar(&o.dir, "dir", "", "where the databases are made, in a folder that is removed afterwards; the system's for temporary files if empty")
	flags.BoolVar(&o.live, "live", false, "measure single creates beside a load of n employees in batches, in a roster of n")
	flags.BoolVar(&o.service, "service", false, "load through directory.Service instead of importing a file")
	flags.BoolVar(&o.decode, "decode", false, "measure reading the JSON of n employees")
	flags.StringVar(&o.profile, "profile", "", "write a processor profile of rosterd's side to this file")
	flags.StringVar(&o.side, "side", "", "what a process that this one starts is to measure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if min(o.n, o.batch, o.parallel, o.rounds, o.together) < 1 {
		return errors.New("-n, -batch, -parallel, -rounds and -rows must be at least 1")
	}
	if o.side != "" {
		return measure(ctx, o)
	}
	if o.dir, err = os.MkdirTemp(o.dir, "rosterd-load-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	switch {
	case o.live:
		return live(ctx, o)
	case o.decode:
		return decode(o)
	}
	return compare(ctx, o)
}

// The files of a round: the tables with an account and groups, and each side's.
func (o options) base() string { return filepath.Join(o.dir, "base.db") }
func (o options) ours() string { return filepath.Join(o.dir, "rosterd.db") }
func (o options) raw() string  { return filepath.Join(o.dir, "raw.db") }

// compare measures both sides in turns and prints what they took.
func compare(ctx context.Context, o options) error {
	r, err := staff.Open(ctx, o.base())
	if err != nil {
		return err
	}
	if err := r.Store.Close(); err != nil {
		return err
	}
	sides := []string{"rosterd", "raw"}
	if !o.service {
		sides[0] = "import"
		if err := prepareImport(ctx, o); err != nil {
			return err
		}
	}
	fmt.Printf("%d employees, %d a transaction\n\n%-6s %-8s %12s %9s %9s %9s\n", o.n, o.batch, "round", "side", "employees/s", "time", "CPU", "peak RSS")
	var times, cpu []float64
	for round := range o.rounds {
		var took [2]usage.Figures
		for i, side := range sides {
			if took[i], err = o.child(ctx, side); err != nil {
				return fmt.Errorf("%s: %w", side, err)
			}
			f := took[i]
			fmt.Printf("%-6d %-8s %12.0f %8.1fs %8.1fs %6d MB\n", round+1, side, f.PerSecond(), f.Time.Seconds(), f.CPU.Seconds(), f.RSS>>20)
		}
		if took[0].Rows != o.n || took[1].Rows != o.n {
			return fmt.Errorf("rosterd loaded %d employees and the raw side %d, not %d", took[0].Rows, took[1].Rows, o.n)
		}
		times = append(times, took[0].Time.Seconds()/took[1].Time.Seconds())
		cpu = append(cpu, took[0].CPU.Seconds()/took[1].CPU.Seconds())
	}
	fmt.Printf("\nrosterd to raw inserts: time %s, CPU %s\n", spread(times), spread(cpu))
	return nil
}

// spread is the median of ratios, and the smallest and greatest.
func spread(ratios []float64) string {
	slices.Sort(ratios)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
}

// child measures a side in a process of its own, so that memory is that side's.
func (o options) child(ctx context.Context, side string) (f usage.Figures, err error) {
	file := o.ours()
	switch side {
	case "import":
		return imported(ctx, o)
	case "raw":
		file = o.raw()
	}
	if err := o.freshen(file); err != nil {
		return f, err
	}
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	cmd := exec.CommandContext(ctx, self, "-side", side, "-dir", o.dir, "-profile", o.profile,
		"-n", fmt.Sprint(o.n), "-batch", fmt.Sprint(o.batch), "-parallel", fmt.Sprint(o.parallel), "-rows", fmt.Sprint(o.together), "-pragmas", o.pragmas)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return f, err
	}
	return f, json.Unmarshal(out.Bytes(), &f)
}

// freshen makes a database of a round anew.
func (o options) freshen(file string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(file + suffix); err != nil {
			return err
		}
	}
	base, err := os.ReadFile(o.base())
	if err != nil {
		return err
	}
	return os.WriteFile(file, base, 0o600)
}

// measure is what a child does.
func measure(ctx context.Context, o options) error {
	var f usage.Figures
	var err error
	if o.side == "raw" {
		f, err = byHand(ctx, o)
	} else {
		f, err = ours(ctx, o)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}

// ours measures rosterd's side.
func ours(ctx context.Context, o options) (f usage.Figures, err error) {
	r, err := staff.Open(ctx, o.ours())
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, r.Store.Close()) }()
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return f, err
		}
		defer pprof.StopCPUProfile()
	}
	var watch usage.Stopwatch
	watch.Start()
	if _, err := r.Store.DeferSearch(ctx); err != nil {
		return f, err
	}
	if err := r.Load(ctx, 0, o.n, o.batch, o.parallel); err != nil {
		return f, err
	}
	if err := r.Store.BuildSearch(ctx, func(_, _ int64) {}); err != nil {
		return f, err
	}
	watch.Stop()
	return usage.Figures{Rows: o.n, Time: watch.Time, CPU: watch.CPU, RSS: usage.PeakMemory()}, nil
}
