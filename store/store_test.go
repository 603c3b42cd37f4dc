package store

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

// query reads rows of a SQLite file as storetest wants them.
func query(db *sql.DB) storetest.Query {
	return func(text string, args ...any) ([][]any, error) {
		rows, err := db.QueryContext(context.Background(), sqlite().rebind(text), args...)
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

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "rosterd.db")
		s := openFile(t, path, Options{})
		return storetest.Database{
			Open:  func() (storetest.Store, error) { return open(t.Context(), path, Options{}) },
			Query: query(s.read),
		}
	})
}
