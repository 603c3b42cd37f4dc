// Package store keeps the roster in a SQL database: one implementation of
// directory.Store, with what differs between databases in a flavor.
//
// Queries are text, in lower case, written once in the SQL that the databases
// share. The package serves no API and knows no rule of the roster beyond what a
// constraint can hold.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Defaults of Options.
const (
	DefaultWriteQueue  = 8192             // units of work that wait for the writer
	DefaultReadQueue   = 1024             // reads that wait for a connection
	DefaultWriters     = 8                // connections that write to PostgreSQL; SQLite has one
	DefaultBusyTimeout = 10 * time.Second // how long to wait for a lock, another process's transaction or a connection

	DefaultStatementTimeout = 30 * time.Second // of PostgreSQL
	DefaultOutageTimeout    = 45 * time.Second // how long to wait for a PostgreSQL that is away, or does not answer a commit
)

// Options are the bounds of a store; zero means the default.
type Options struct {
	Log         *slog.Logger // required
	WriteQueue  int
	ReadQueue   int
	Readers     int // connections that read, twice the cores by default
	Writers     int
	BusyTimeout time.Duration

	StatementTimeout time.Duration
	OutageTimeout    time.Duration // MaxOutageTimeout at most

	withoutSearch bool // for tests: as a program that can have no search index
}

// Store is a roster in a database. It is safe for concurrent use; Close ends it.
type Store struct {
	flavor flavor
	log    *slog.Logger

	read   *sql.DB
	write  *sql.DB
	gate   gate
	outage *outage
	writer *writer
	ids    *idBlocks
	tokens tokenCache
}

var _ directory.Store = (*Store)(nil)

// Open opens the database that dsn names: a postgres:// URL, or the path of a
// SQLite file, which is made if it is not there. It brings no schema; see Migrate and Current.
func Open(ctx context.Context, dsn string, o Options) (*Store, error) {
	if o.WriteQueue == 0 {
		o.WriteQueue = DefaultWriteQueue
	}
	if o.ReadQueue == 0 {
		o.ReadQueue = DefaultReadQueue
	}
	if o.Readers == 0 {
		o.Readers = 2 * runtime.NumCPU()
	}
	if o.Writers == 0 {
		o.Writers = DefaultWriters
	}
	if o.StatementTimeout == 0 {
		o.StatementTimeout = DefaultStatementTimeout
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = DefaultBusyTimeout
	}
	if o.OutageTimeout == 0 {
		o.OutageTimeout = DefaultOutageTimeout
	}
	if o.OutageTimeout > MaxOutageTimeout {
		return nil, fmt.Errorf("an outage cannot be waited for as long as %s; %s is the most", o.OutageTimeout, MaxOutageTimeout)
	}
	f, err := flavorOf(dsn)
	if err != nil {
		return nil, err
	}
	if o.withoutSearch {
		f.search.missing = "left out"
	}
	s := &Store{flavor: f, log: o.Log, gate: newGate(o.Readers, o.ReadQueue), outage: &outage{log: o.Log, limit: o.OutageTimeout}}
	var writers int
	if s.read, s.write, writers, err = f.open(dsn, o); err != nil {
		return nil, err
	}
	s.writer = newWriter(s.write, f, writers, o, s.outage, s.tokens.forget)
	s.ids = &idBlocks{writer: s.writer}
	return s, nil
}

// Close waits for the units of work that were accepted and closes the database.
func (s *Store) Close() error {
	err := s.writer.close()
	s.ids.busy.Wait()
	return errors.Join(err, s.read.Close(), s.write.Close())
}

// Ready reports whether the database answers and can keep a roster.
func (s *Store) Ready(ctx context.Context) error {
	err := s.flavor.ready(ctx, s.read)
	if err == nil {
		s.outage.over()
	}
	return err
}

// Backup writes the roster as it is at one moment to a new file, while others
// write, and checks the file. Only SQLite can; for PostgreSQL the error names the
// tool.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.flavor.backup == nil {
		return errors.New("PostgreSQL has its own tools for this: pg_dump --format=custom for one database, pg_basebackup and WAL archiving for point-in-time recovery")
	}
	if err := s.flavor.backup(ctx, s.write, file); err != nil {
		return err
	}
	copied, err := Open(ctx, file, Options{Log: s.log})
	if err != nil {
		return err
	}
	var problems []error
	err = copied.snapshot(ctx, func(r *reader) error {
		return copied.flavor.check(r, func(text string) { problems = append(problems, errors.New(text)) })
	})
	return errors.Join(append(problems, err, copied.Close())...)
}

// IsFile reports whether a dsn is the path of a file, and not a URL.
func IsFile(dsn string) bool { return !strings.Contains(dsn, "://") }

// Redacted is a dsn as it may be logged.
func Redacted(dsn string) string {
	if IsFile(dsn) {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil || u.User == nil && strings.Contains(dsn, "@") { // a # or ? in the password ends the host
		return "a URL that cannot be read"
	}
	u.RawQuery = "" // may hold a password, too
	return u.Redacted()
}

// InTx runs units in their order. They may share a database transaction with
// units of others, but none sees or undoes another's failure.
func (s *Store) InTx(ctx context.Context, account int64, units ...directory.Unit) []error {
	return s.writer.do(ctx, account, tasksOf(units))
}

// Together runs units in a transaction of their own, and commits it if keep says so.
func (s *Store) Together(ctx context.Context, account int64, keep func([]error) bool, units ...directory.Unit) []error {
	return s.writer.together(ctx, account, keep, tasksOf(units))
}

func tasksOf(units []directory.Unit) []task {
	tasks := make([]task, len(units))
	for i, unit := range units {
		tasks[i] = func(tx *tx) error { return unit(tx) }
	}
	return tasks
}

// gate lets so many pass at a time and so many wait; more are turned away.
type gate struct {
	places  chan struct{}
	waiting chan struct{}
}

func newGate(places, waiting int) gate {
	return gate{make(chan struct{}, places), make(chan struct{}, places+waiting)}
}

// enter waits for a place. leave must follow if it returns nil.
func (g gate) enter(ctx context.Context) error {
	select {
	case g.waiting <- struct{}{}:
	default:
		return overloaded()
	}
	select {
	case g.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.waiting
		return ctx.Err()
	}
}

func (g gate) leave() {
	<-g.places
	<-g.waiting
}

func overloaded() error {
	return errors.E(errors.Other, "error_message", "The server is overloaded, nothing was done; try again in a few seconds")
}
