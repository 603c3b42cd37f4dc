// Instructions counts what the processor does for some operations, which unlike time
// does not depend on what else the machine does, and fails where an operation does more
// than when its baseline was written.
//
// Valgrind's callgrind counts: it is a Debian package. The program runs itself under it
// with one processor and without collecting garbage, and only what happens inside repeat
// counts, on its thread: so it has to be built with its symbols, which go run leaves out.
// Baselines hold for a version of Go and a kind of processor, which they name; elsewhere,
// first write others.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// allowed is how many times its baseline an operation may take. Counts of the same
// program differ by less than 0.01, as maps are never the same.
const allowed = 1.05

// baselines is the file of the counts that operations are compared with.
const baselines = "instructions/baseline.txt"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "instructions:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("instructions", flag.ContinueOnError)
	update := flags.Bool("update", false, "write the baselines")
	name := flags.String("operation", "", "do this operation -n times; for callgrind")
	n := flags.Int("n", 0, "how often")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *name != "" {
		return operate(ctx, *name, *n)
	}
	if _, err := exec.LookPath("valgrind"); err != nil {
		return errors.New("valgrind is not installed (on Debian: apt-get install valgrind)")
	}
	before, err := readBaselines()
	if err != nil {
		return err
	}
	now := counts{on: machine(), of: map[string]int64{}}
	for _, o := range operations {
		if now.of[o.name], err = count(ctx, o.name, o.n); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
		fmt.Printf("%-8s %9d instructions", o.name, now.of[o.name])
		if was := before.of[o.name]; was > 0 {
			fmt.Printf(", %+.1f %% of the baseline's %d", 100*float64(now.of[o.name]-was)/float64(was), was)
		}
		fmt.Println()
	}
	if *update {
		return os.WriteFile(baselines, now.text(), 0o644)
	}
	return now.compare(before)
}

// counts are instructions by operation.
type counts struct {
	on string // machine
	of map[string]int64
}

// compare says what takes too many.
func (c counts) compare(before counts) error {
	if c.on != before.on {
		return fmt.Errorf("the baselines are of %q, and this is %q; -update writes others", before.on, c.on)
	}
	var errs []error
	for _, o := range operations {
		switch was := before.of[o.name]; {
		case was == 0:
			errs = append(errs, fmt.Errorf("%s has no baseline; -update writes it", o.name))
		case float64(c.of[o.name]) > allowed*float64(was):
			errs = append(errs, fmt.Errorf("%s takes %d instructions, more than %.2f times the baseline's %d; if it has to, -update", o.name, c.of[o.name], allowed, was))
		}
	}
	return errors.Join(errs...)
}

// text is a line for the machine and one for each operation.
func (c counts) text() []byte {
	b := fmt.Appendln(nil, "#", c.on)
	for _, o := range operations {
		b = fmt.Appendln(b, o.name, c.of[o.name])
	}
	return b
}

func readBaselines() (c counts, err error) {
	c.of = map[string]int64{}
	text, err := os.ReadFile(baselines)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	for line := range strings.Lines(string(text)) {
		if on, is := strings.CutPrefix(line, "# "); is {
			c.on = strings.TrimSpace(on)
			continue
		}
		var name string
		var n int64
		if _, err := fmt.Sscan(line, &name, &n); err != nil {
			return c, fmt.Errorf("%s: %q: %w", baselines, line, err)
		}
		c.of[name] = n
	}
	return c, err
}

// machine is what counts depend on: the version of Go, and which instructions the
// processor has that Go looks for.
func machine() string {
	on := runtime.Version() + " " + runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo") // another system has none
	_, flags, _ := strings.Cut(string(text), "\nflags")
	flags, _, _ = strings.Cut(flags, "\n")
	for _, feature := range []string{"aes", "avx2", "avx512f", "bmi2", "erms"} {
		for has := range strings.FieldsSeq(flags) {
			if has == feature {
				on += " " + feature
			}
		}
	}
	return on
}

// count is the instructions of one operation, of n.
func count(ctx context.Context, name string, n int) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "instructions-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "out")
	cmd := exec.CommandContext(ctx, "valgrind", "--tool=callgrind", "--callgrind-out-file="+out, "--toggle-collect=main.repeat", self, "-operation", name, "-n", fmt.Sprint(n))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, text)
	}
	file, err := os.Open(out)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if text, is := bytes.CutPrefix(lines.Bytes(), []byte("totals: ")); is {
			var sum int64
			if _, err := fmt.Sscan(string(text), &sum); err != nil || sum == 0 {
				return 0, errors.Join(errors.New("callgrind has counted nothing, as where this program has no symbols"), err)
			}
			return sum / int64(n), nil
		}
	}
	return 0, errors.Join(errors.New("callgrind has written no totals"), lines.Err())
}
