// Package staff makes rosters to measure: employees by their number, always the same,
// and databases that they go into.
package staff

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

// Roster is a database with rosterd on it, in this process.
type Roster struct {
	Store   *store.Store
	Service *directory.Service
	Account int64
	Groups  []int64
	Path    string
}

// Open opens a SQLite file; if it is new, with an account and groups.
func Open(ctx context.Context, file string) (*Roster, error) {
	s, err := store.Open(ctx, file, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	r := &Roster{Store: s, Path: file}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return r, nil
}

func (r *Roster) prepare(ctx context.Context) error {
	if err := r.Store.Migrate(ctx); err != nil {
		return err
	}
	var err error
	r.Service, err = directory.New(directory.Config{Store: r.Store, Clock: time.Now, Random: rand.Reader})
	if err != nil {
		return err
	}
	accounts, err := r.Service.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 {
		r.Account = accounts[0].ID
	} else {
		made, err := r.Service.CreateAccount(ctx, directory.NewAccount{Name: schema.Some("load"), Login: schema.Some("load"), Password: schema.Some("load")})
		if err != nil {
			return err
		}
		r.Account = made.AccountID
	}
	var wanted []string
	for i := range Groups {
		wanted = append(wanted, fmt.Sprintf(`{"name":%q}`, GroupName(int64(i))))
	}
	seeded, err := r.Service.Seed(ctx, r.Account, []byte(`{"group_employees":[`+strings.Join(wanted, ",")+`]}`))
	for _, group := range seeded {
		r.Groups = append(r.Groups, group.ID)
	}
	return err
}

// Actor is who loads: the command line.
func (r *Roster) Actor(ctx context.Context) context.Context {
	return directory.WithActor(ctx, directory.CommandLine(r.Account))
}

// Load creates employees of Employee from one index to another in batches, of which some
// are under way at the same time: while the writer commits one, others are prepared.
func (r *Roster) Load(ctx context.Context, from, to, size, parallel int) error {
	return r.LoadOf(ctx, Employee, from, to, size, parallel)
}

// LoadOf is Load with employees of another function.
func (r *Roster) LoadOf(ctx context.Context, of func(i int, groups []int64) directory.CreateEmployee, from, to, size, parallel int) error {
	ctx, cancel := context.WithCancelCause(r.Actor(ctx))
	defer cancel(nil)
	var next atomic.Int64
	next.Store(int64(from))
	var loaders sync.WaitGroup
	for range parallel {
		loaders.Go(func() {
			for ctx.Err() == nil {
				end := int(next.Add(int64(size)))
				if end-size >= to {
					return
				}
				for i, result := range r.Service.CreateEmployees(ctx, batch(of, end-size, min(end, to), r.Groups)) {
					if result.Err != nil {
						cancel(fmt.Errorf("employee %d: %w", end-size+i, result.Err))
						return
					}
				}
			}
		})
	}
	loaders.Wait()
	return context.Cause(ctx)
}

// Token opens a database as Open does, makes its search index, if that is not ready,
// and a token of its account with all rights, and closes it.
func Token(ctx context.Context, file string) (token string, groups []int64, err error) {
	r, err := Open(ctx, file)
	if err != nil {
		return "", nil, err
	}
	defer func() { err = errors.Join(err, r.Store.Close()) }()
	if err := r.Store.BuildSearch(ctx, func(_, _ int64) {}); err != nil {
		return "", nil, err
	}
	token, err = r.Service.CreateToken(ctx, directory.NewToken{AccountID: schema.Some(r.Account)}, directory.Keys{})
	return token, r.Groups, err
}
