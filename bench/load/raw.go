package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/rosterd/rosterd/bench/raw"
	"github.com/rosterd/rosterd/bench/usage"
)

// byHand inserts the rows that rosterd's side has made into another database that has
// the tables and what rows refer to, o.batch employees a transaction, and counts what
// that takes, without reading them.
func byHand(ctx context.Context, o options) (f usage.Figures, err error) {
	source, err := sql.Open("sqlite3", "file:"+o.ours()+"?mode=ro")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	w, err := raw.NewWriter(ctx, o.raw(), o.pragmas, o.together)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	rows, err := raw.Open(ctx, source, 0, false)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if err := w.Imports(ctx, source); err != nil {
		return f, err
	}
	var watch usage.Stopwatch
	for {
		inserts, err := rows.Transaction(o.batch)
		if err != nil {
			return f, err
		}
		if inserts == nil {
			break
		}
		watch.Start()
		if err := w.Write(ctx, inserts); err != nil {
			return f, err
		}
		watch.Stop()
		f.Rows += inserts[1].Rows()
	}
	if err := rows.Left(); err != nil {
		return f, err
	}
	watch.Start()
	if err := w.BuildSearch(ctx, source); err != nil {
		return f, err
	}
	watch.Stop()
	f.Time, f.CPU, f.RSS = watch.Time, watch.CPU, usage.PeakMemory()
	return f, nil
}
