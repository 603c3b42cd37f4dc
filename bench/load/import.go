package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/bench/usage"
)

// The program, and the file that it imports.
func (o options) program() string { return filepath.Join(o.dir, "rosterd") }
func (o options) file() string    { return filepath.Join(o.dir, "employees.csv") }

// prepareImport builds rosterd and writes the file of o.n employees.
func prepareImport(ctx context.Context, o options) error {
	build := exec.CommandContext(ctx, "go", "build", "-tags", "sqlite_fts5", "-o", o.program(), "./cmd/rosterd")
	build.Dir, build.Stderr = "..", os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building rosterd (this is to be run in the folder bench): %w", err)
	}
	file, err := os.Create(o.file())
	if err != nil {
		return err
	}
	buffer := bufio.NewWriter(file)
	w := csv.NewWriter(buffer)
	err = w.Write([]string{"last_name", "first_name", "email", "phone_numbers.1.phone_number", "phone_numbers.2.phone_number", "extension.extension_phone_number", "groups"})
	groups := make([]int64, staff.Groups)
	for i := range groups {
		groups[i] = int64(i)
	}
	for i := 0; err == nil && i < o.n; i++ {
		e := staff.Employee(i, groups)
		var names []string
		for _, group := range e.Groups.Value {
			names = append(names, staff.GroupName(group))
		}
		numbers := e.PhoneNumbers.Value
		err = w.Write([]string{
			e.LastName.Value, e.FirstName.Value, string(e.Email.Value),
			string(numbers[0].PhoneNumber.Value), string(numbers[1].PhoneNumber.Value), string(e.Extension.Value.Number.Value), strings.Join(names, ";"),
		})
	}
	w.Flush()
	return errors.Join(err, w.Error(), buffer.Flush(), file.Close())
}

// imported measures rosterd import as a whole: reading and decoding the file, twice,
// and the search index are among it.
func imported(ctx context.Context, o options) (f usage.Figures, err error) {
	if err := o.freshen(o.ours()); err != nil {
		return f, err
	}
	cmd := exec.CommandContext(ctx, o.program(), "import", o.file(), "--db", o.ours())
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return f, fmt.Errorf("rosterd import: %w\n%s", err, out)
	}
	f.Rows, f.Time, f.CPU = o.n, time.Since(began), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	if used, is := cmd.ProcessState.SysUsage().(*syscall.Rusage); is {
		f.RSS = used.Maxrss << 10
	}
	return f, nil
}
