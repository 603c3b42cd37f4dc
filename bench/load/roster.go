package main

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

// roster is a database with rosterd on it, in this process.
type roster struct {
	store   *store.Store
	service *directory.Service
	account int64
	groups  []int64
}

// openRoster opens a SQLite file; if it is new, with an account and groups.
func openRoster(ctx context.Context, file string) (*roster, error) {
	s, err := store.Open(ctx, file, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	r := &roster{store: s}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return r, nil
}

func (r *roster) prepare(ctx context.Context) error {
	if err := r.store.Migrate(ctx); err != nil {
		return err
	}
	var err error
	r.service, err = directory.New(directory.Config{Store: r.store, Clock: time.Now, Random: rand.Reader})
	if err != nil {
		return err
	}
	accounts, err := r.service.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 {
		r.account = accounts[0].ID
	} else {
		made, err := r.service.CreateAccount(ctx, directory.NewAccount{Name: schema.Some("load"), Login: schema.Some("load"), Password: schema.Some("load")})
		if err != nil {
			return err
		}
		r.account = made.AccountID
	}
	var wanted []string
	for i := range groupCount {
		wanted = append(wanted, fmt.Sprintf(`{"name":%q}`, groupName(int64(i))))
	}
	seeded, err := r.service.Seed(ctx, r.account, []byte(`{"group_employees":[`+strings.Join(wanted, ",")+`]}`))
	for _, group := range seeded {
		r.groups = append(r.groups, group.ID)
	}
	return err
}

// actor is who loads: the command line.
func (r *roster) actor(ctx context.Context) context.Context {
	return directory.WithActor(ctx, directory.CommandLine(r.account))
}

// load creates employees from one index to another in batches, of which some are
// under way at the same time: while the writer commits one, others are prepared.
func (r *roster) load(ctx context.Context, from, to, size, parallel int) error {
	ctx, cancel := context.WithCancelCause(r.actor(ctx))
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
				for i, result := range r.service.CreateEmployees(ctx, batch(end-size, min(end, to), r.groups)) {
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
