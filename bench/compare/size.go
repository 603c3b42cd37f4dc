package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// The large roster.
const (
	leastEmployees = 20_000 // so that each group has a page of those whom the filter is about
	firstOfLarge   = 50_000 // index of the first employee: those before are for creates, with extensions
	rareStatus     = "break"
	rareName       = "Featherstonehaugh"
	rareEvery      = 10_000 // employees, of whom one has rareName
)

// member is the i-th employee of the large roster: every second one has an operator's
// seat, and of each group one in ten has rareStatus.
func member(i int, groups []int64) directory.CreateEmployee {
	c := staff.Employee(i, groups)
	if i%2 == 0 {
		c = staff.Operator(i, groups)
	}
	if i/staff.Groups%10 == 0 {
		c.Status = schema.Some(rareStatus)
	}
	if i%rareEvery == 0 {
		c.LastName = schema.Some(rareName)
		c.Operator.Value.DisplayName = schema.Some(c.FirstName.Value + " " + rareName)
	}
	return c
}

// largeRoster is the path of the large roster, which is made when it is first asked for
// and is not there.
func (b *bench) largeRoster(ctx context.Context) (string, error) {
	if b.employees < leastEmployees {
		return "", fmt.Errorf("-employees must be at least %d", leastEmployees)
	}
	if b.roster == "" {
		b.roster = filepath.Join(b.dir, "large.db")
	}
	var err error
	if b.roster, err = filepath.Abs(b.roster); err != nil {
		return "", err
	}
	if _, err := os.Stat(b.roster); err == nil {
		return b.roster, nil
	}
	unfinished := b.roster + ".unfinished"
	if err := remove(unfinished); err != nil {
		return "", err
	}
	if err := fill(ctx, unfinished, b.employees); err != nil {
		return "", err
	}
	return b.roster, os.Rename(unfinished, b.roster)
}

// fill makes a roster with its search index.
func fill(ctx context.Context, file string, employees int) (err error) {
	r, err := staff.Open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Store.Close()) }()
	if _, err := r.Store.DeferSearch(ctx); err != nil {
		return err
	}
	began := time.Now()
	const step, batch, parallel = 50_000, 500, 2
	for from := 0; from < employees; from += step {
		to := min(from+step, employees)
		if err := r.LoadOf(ctx, member, firstOfLarge+from, firstOfLarge+to, batch, parallel); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s   %d of %d employees made\n", elapsed(began), to, employees)
	}
	err = r.Store.BuildSearch(ctx, func(done, all int64) {
		if done%step == 0 {
			fmt.Fprintf(os.Stderr, "%s   %d of %d employees indexed\n", elapsed(began), done, all)
		}
	})
	return err
}

// large opens the large roster, which is closed when the row ends.
func (b *bench) large(ctx context.Context) (*staff.Roster, error) {
	file, err := b.largeRoster(ctx)
	if err != nil {
		return nil, err
	}
	r, err := staff.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	b.atEnd(r.Store.Close)
	page, err := r.Service.GetEmployees(r.Actor(ctx), directory.GetEmployees{Limit: schema.Some(int64(1))})
	if err == nil && page.Total <= int64(b.employees) { // and the account's own member
		err = fmt.Errorf("%s has %d employees; -employees wants %d", file, page.Total, b.employees)
	}
	return r, err
}

// Turns in which rosters grow.
const (
	growth      = 2000 // employees that a side creates
	fewAreThere = 1000 // employees of the small roster
)

// growing is callers goroutines in this process who create one employee each time: in a
// copy of the large roster; and in a roster of few, another one in each turn. What is
// compared is what of a turn says: its CPU or its time, per employee.
func growing(of func(turn) time.Duration) func(context.Context, *bench) (pair, error) {
	return func(ctx context.Context, b *bench) (pair, error) {
		large, err := b.largeRoster(ctx)
		if err != nil {
			return pair{}, err
		}
		copied, few, again := filepath.Join(b.dir, "copy.db"), filepath.Join(b.dir, "few.db"), filepath.Join(b.dir, "again.db")
		for _, file := range []string{copied, few, again} {
			b.atEnd(func() error { return remove(file) })
		}
		if err := errors.Join(copyFile(copied, large), fill(ctx, few, fewAreThere)); err != nil {
			return pair{}, err
		}
		r, err := staff.Open(ctx, copied)
		if err != nil {
			return pair{}, err
		}
		b.atEnd(r.Store.Close)
		grow := func(ctx context.Context, r *staff.Roster, from int) (turn, error) {
			t, err := timed(nil, growth, func() error { return createEach(ctx, r, from, from+growth) })
			t.value = of(t).Seconds()
			return t, err
		}
		created := 0
		return pair{
			ours: func(ctx context.Context) (turn, error) {
				from := created
				created += growth
				return grow(ctx, r, from)
			},
			reference: func(ctx context.Context) (turn, error) {
				if err := errors.Join(remove(again), copyFile(again, few)); err != nil {
					return turn{}, err
				}
				r, err := staff.Open(ctx, again)
				if err != nil {
					return turn{}, err
				}
				t, err := grow(ctx, r, 0)
				return t, errors.Join(err, r.Store.Close())
			},
		}, nil
	}
}

func cpuOf(t turn) time.Duration  { return t.cpu }
func timeOf(t turn) time.Duration { return time.Duration(float64(time.Second) / t.value) }

// copyFile copies a file, and returns when the copy is on disk: what is written later is
// not to wait for it.
func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}
