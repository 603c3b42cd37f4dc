package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rosterd/rosterd/bench/raw"
	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/directory"
)

// callers is how many create at the same time.
const callers = 64

// createsATurn is how many employees a side creates in a turn: of a few turns there
// are extensions for all.
const createsATurn = 10_000

// writerAlone is directory.Service in this process, with all checks and events, under
// callers goroutines that create one employee each time; and the rows that it has
// written, written by hand into another file.
func writerAlone(ctx context.Context, b *bench) (pair, error) {
	r, err := staff.Open(ctx, filepath.Join(b.dir, "writer.db"))
	if err != nil {
		return pair{}, err
	}
	b.atEnd(r.Store.Close)
	if err := r.Store.BuildSearch(ctx, func(_, _ int64) {}); err != nil {
		return pair{}, err
	}
	hand, err := b.byHand(ctx, r.Path, callers)
	if err != nil {
		return pair{}, err
	}
	n := 0
	return pair{
		ours: func(ctx context.Context) (turn, error) {
			stop, err := b.profiled()
			if err != nil {
				return turn{}, err
			}
			defer stop()
			from := n
			n += createsATurn
			return timed(nil, createsATurn, func() error { return createEach(ctx, r, from, n) })
		},
		reference: hand.take,
	}, nil
}

// createEach has callers create employees one at a time.
func createEach(ctx context.Context, r *staff.Roster, from, to int) error {
	ctx, cancel := context.WithCancelCause(r.Actor(ctx))
	defer cancel(nil)
	var next atomic.Int64
	next.Store(int64(from))
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= to {
					return
				}
				if result := r.Service.CreateEmployees(ctx, []directory.CreateEmployee{staff.Operator(i, r.Groups)})[0]; result.Err != nil {
					cancel(fmt.Errorf("employee %d: %w", i, result.Err))
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// profiled begins a profile of this process, if one is asked for.
func (b *bench) profiled() (stop func(), err error) {
	if b.profile == "" {
		return func() {}, nil
	}
	file, err := os.Create(b.profile)
	if err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = file.Close() }, pprof.StartCPUProfile(file)
}

// overHTTP is rosterd in a process of its own, under callers connections that create one
// employee each time; and what is left if nothing is in between: the same rows written
// by hand, callers a transaction, after a server that only decodes the same requests.
func overHTTP(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	hand, err := b.byHand(ctx, s.file, callers)
	if err != nil {
		return pair{}, err
	}
	plain, address, err := b.listening(ctx, "bench/peers/plain")
	if err != nil {
		return pair{}, err
	}
	decode := throughput(plain, address, callers, createsATurn, 1, s.create)
	return pair{
		ours: throughput(s.process, s.address, callers, createsATurn, 1, s.create),
		reference: func(ctx context.Context) (turn, error) {
			written, err := hand.take(ctx)
			if err != nil {
				return turn{}, err
			}
			decoded, err := decode(ctx)
			if err != nil {
				return turn{}, err
			}
			return turn{1 / (1/written.value + 1/decoded.value), written.cpu + decoded.cpu}, nil
		},
	}, nil
}

// besidePocketBase is rosterd and PocketBase, each under callers connections that create
// one employee each time.
func besidePocketBase(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	p, err := b.pocketbase(ctx)
	if err != nil {
		return pair{}, err
	}
	const theirs = createsATurn / 4 // they take as long
	return pair{
		ours:      throughput(s.process, s.address, callers, createsATurn, 1, s.create),
		reference: throughput(p.process, p.address, callers, theirs, 1, p.create),
	}, nil
}

// appended is how many bytes the file grows by that row 4 is compared with, and
// latencies how many creates or appends are timed in a turn.
const (
	appended  = 4096
	latencies = 2000
)

// besideAppend is how long one create takes at rosterd when nobody else asks for
// anything, and how long it takes to append to a file, as to a write-ahead log that
// grows, until that is on disk.
func besideAppend(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	file, err := os.CreateTemp(b.dir, "append-")
	if err != nil {
		return pair{}, err
	}
	b.atEnd(func() error { return errors.Join(file.Close(), os.Remove(file.Name())) })
	block := bytes.Repeat([]byte{1}, appended)
	return pair{
		ours: latency(s.process, s.address, latencies, 0.5, s.create),
		reference: func(ctx context.Context) (turn, error) {
			took := make([]time.Duration, latencies)
			t, err := timed(nil, latencies, func() error {
				for i := range took {
					began := time.Now()
					if _, err := file.Write(block); err != nil {
						return err
					}
					if err := syscall.Fdatasync(int(file.Fd())); err != nil {
						return err
					}
					took[i] = time.Since(began)
				}
				return ctx.Err()
			})
			t.value = quantile(took, 0.5)
			return t, err
		},
	}, nil
}

// batchSize is how many creates a batch has, and batchesATurn how many batches of them
// rosterd gets in a turn.
const (
	batchSize    = 1000
	batchesATurn = createsATurn / batchSize
)

// batches is rosterd over one connection that sends batches of creates, and the same
// rows by hand, as many a transaction.
func batches(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	hand, err := b.byHand(ctx, s.file, batchSize)
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours:      throughput(s.process, s.address, 1, batchesATurn, batchSize, s.createMany(batchSize)),
		reference: hand.take,
	}, nil
}

// batchesBesidePocketBase is rosterd and PocketBase, each over one connection that
// sends batches of creates.
func batchesBesidePocketBase(ctx context.Context, b *bench) (pair, error) {
	s, err := b.rosterd(ctx)
	if err != nil {
		return pair{}, err
	}
	p, err := b.pocketbase(ctx)
	if err != nil {
		return pair{}, err
	}
	const theirs = 2 // batches, which take as long
	return pair{
		ours:      throughput(s.process, s.address, 1, batchesATurn, batchSize, s.createMany(batchSize)),
		reference: throughput(p.process, p.address, 1, theirs, batchSize, p.createMany(batchSize)),
	}, nil
}

// byHand writes what rosterd has written since the last turn.
type byHand struct {
	source *sql.DB
	target *raw.Writer
	size   int
	after  int64
}

// byHand copies a roster as it is, and then writes what is added to it, size employees
// a transaction.
func (b *bench) byHand(ctx context.Context, file string, size int) (*byHand, error) {
	source, err := sql.Open("sqlite3", "file:"+file+"?mode=ro")
	if err != nil {
		return nil, err
	}
	b.atEnd(source.Close)
	copied := filepath.Join(b.dir, fmt.Sprintf("by-hand-%d-%d.db", size, time.Now().UnixNano()))
	if _, err := source.ExecContext(ctx, "vacuum into ?", copied); err != nil {
		return nil, err
	}
	b.atEnd(func() error { return remove(copied) })
	h := &byHand{source: source, size: size}
	if h.target, err = raw.NewWriter(ctx, copied, raw.Pragmas, 128); err != nil {
		return nil, err
	}
	b.atEnd(h.target.Close)
	return h, h.skip(ctx)
}

// skip leaves out what is there by now.
func (h *byHand) skip(ctx context.Context) error {
	return h.source.QueryRowContext(ctx, `select max(coalesce((select max(id) from employees), 0), coalesce((select max(id) from phone_numbers), 0), coalesce((select max(id) from employee_phone_numbers), 0))`).Scan(&h.after)
}

// take writes what has been added and tells how fast.
func (h *byHand) take(ctx context.Context) (t turn, err error) {
	rows, err := raw.Open(ctx, h.source, h.after, true)
	if err != nil {
		return t, err
	}
	var all [][]raw.Insert
	n := 0
	for {
		inserts, err := rows.Transaction(h.size)
		if err != nil {
			return t, err
		}
		if inserts == nil {
			break
		}
		all = append(all, inserts)
		n += inserts[1].Rows()
	}
	if err := errors.Join(rows.Left(), rows.Close(), h.skip(ctx)); err != nil {
		return t, err
	}
	if n == 0 {
		return t, errors.New("nothing has been added")
	}
	return timed(nil, n, func() error {
		for _, inserts := range all {
			if err := h.target.Write(ctx, inserts); err != nil {
				return err
			}
		}
		return nil
	})
}

// remove removes a database.
func remove(file string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		errs = append(errs, os.RemoveAll(file+suffix))
	}
	return errors.Join(errs...)
}
