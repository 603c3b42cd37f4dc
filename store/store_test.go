package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/storetest"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(program{m}) }

// program is the package's tests and the databases that they need.
type program struct{ m *testing.M }

func (p program) Run() int { return testdb.Main(p.m) }

// open opens a store on the file and brings the schema, without closing it.
func open(ctx context.Context, path string, o Options) (*Store, error) {
	o.Log = slog.New(slog.DiscardHandler)
	s, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func openTest(t *testing.T, o Options) *Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "rosterd.db"), o)
}

func openFile(t *testing.T, path string, o Options) *Store {
	t.Helper()
	s, err := open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// query reads rows of a store's database as storetest wants them.
func query(s *Store) storetest.Query {
	return func(text string, args ...any) ([][]any, error) {
		rows, err := s.read.QueryContext(context.Background(), s.flavor.rebind(text), args...)
		if err != nil {
			return nil, err
		}
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		var all [][]any
		err = visitRows(rows, func(s scanner) error {
			row, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				places[i] = &row[i]
			}
			all = append(all, row)
			return s.Scan(places...)
		})
		return all, err
	}
}

// migrated is a database that has the schema, the search index if there can be
// one, and nothing in it.
var migrated = &testdb.Template{Prepare: func(t testing.TB, dsn string) { prepare(t, dsn, true) }}

// unindexed is the same without PostgreSQL's search index, which would double the time
// of writes and needs nothing of the store once it is there.
var unindexed = &testdb.Template{Prepare: func(t testing.TB, dsn string) { prepare(t, dsn, IsFile(dsn)) }}

func prepare(t testing.TB, dsn string, indexed bool) {
	s, err := open(t.Context(), dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if indexed {
		var none *Unindexed
		if err := s.BuildSearch(t.Context(), silent); err != nil && !errors.As(err, &none) {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestContract(t *testing.T) {
	unindexed.Each(t, func(t *testing.T, db testdb.Opener) {
		storetest.Run(t, func(t *testing.T) storetest.Database {
			dsn := db(t)
			s := openFile(t, dsn, Options{})
			return storetest.Database{
				Open:  func() (storetest.Store, error) { return open(t.Context(), dsn, Options{}) },
				Query: query(s),
			}
		})
	})
}
