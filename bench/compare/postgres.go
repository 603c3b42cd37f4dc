package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rosterd/rosterd/bench/raw"
	"github.com/rosterd/rosterd/bench/staff"
	"github.com/rosterd/rosterd/store/testdb"
)

// The sides on PostgreSQL.
const (
	servers  = 2
	poolSize = 4 // what pgxpool opens on up to four cores
)

// overPostgres is servers, each of them a process, on one database and one account,
// under callers connections that create one employee each time; and the rows that they
// have written, written with pgx into a copy of the database as it was, size employees
// a transaction and so many transactions at the same time. A turn has so many creates.
// PostgreSQL has its own settings: it syncs each commit.
func overPostgres(creates, size, atATime int) func(context.Context, *bench) (pair, error) {
	return func(ctx context.Context, b *bench) (pair, error) {
		if err := os.Chmod(b.dir, 0o711); err != nil { // PostgreSQL is another user's
			return pair{}, err
		}
		c, err := testdb.StartCluster(b.dir)
		if err != nil {
			return pair{}, err
		}
		b.atEnd(func() error { c.Stop(); return nil })
		p := &onPostgres{cluster: c, creates: creates}
		if err := p.prepare(ctx, b); err != nil {
			return pair{}, err
		}
		connections, err := p.connect(ctx, b, "by_hand", atATime)
		if err != nil {
			return pair{}, err
		}
		source, err := p.connect(ctx, b, "ours", 1)
		if err != nil {
			return pair{}, err
		}
		if _, p.after, err = raw.ReadAdded(ctx, source[0], 0); err != nil {
			return pair{}, err
		}
		return pair{
			ours: p.create,
			reference: func(ctx context.Context) (turn, error) {
				added, last, err := raw.ReadAdded(ctx, source[0], p.after)
				if err != nil {
					return turn{}, err
				}
				p.after = last
				if added.Len() != creates {
					return turn{}, fmt.Errorf("%d employees have been added instead of %d", added.Len(), creates)
				}
				transactions := added.Unnest(size)
				t, err := p.timed(nil, func() error { return transact(ctx, connections, transactions) })
				if err != nil || p.created > creates {
					return t, err
				}
				// After the turn that does not count, what PostgreSQL does by itself within a
				// minute: without statistics of what was empty, its plans are bad.
				_, err = source[0].Exec(ctx, "analyze")
				_, failed := connections[0].Exec(ctx, "analyze")
				return t, errors.Join(err, failed)
			},
		}, nil
	}
}

// onPostgres is rosterd on a cluster.
type onPostgres struct {
	cluster *testdb.Cluster
	servers []*server
	creates int   // employees that a side creates in a turn
	created int   // in all turns
	after   int64 // the last event that has been copied
}

// prepare makes a roster, a copy of it, and starts the servers.
func (p *onPostgres) prepare(ctx context.Context, b *bench) error {
	admin, err := pgx.Connect(ctx, p.cluster.URL("postgres").String())
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "create database ours template template0 encoding 'UTF8'"); err != nil {
		return err
	}
	r, err := staff.Open(ctx, p.cluster.URL("ours").String())
	if err != nil {
		return err
	}
	if err := errors.Join(r.Store.BuildSearch(ctx, func(_, _ int64) {}), r.Store.Close()); err != nil {
		return err
	}
	if _, err := admin.Exec(ctx, "create database by_hand template ours"); err != nil {
		return err
	}
	for range servers {
		s, err := b.rosterdOn(ctx, p.cluster.URL("ours").String())
		if err != nil {
			return err
		}
		p.servers = append(p.servers, s)
	}
	return nil
}

// connect opens connections, which are closed when the row ends.
func (p *onPostgres) connect(ctx context.Context, b *bench, database string, n int) (connections []*pgx.Conn, err error) {
	for range n {
		conn, err := pgx.Connect(ctx, p.cluster.URL(database).String())
		if err != nil {
			return nil, err
		}
		b.atEnd(func() error { return conn.Close(context.WithoutCancel(ctx)) })
		connections = append(connections, conn)
	}
	return connections, nil
}

// create has the connections create employees, an equal share at each server.
func (p *onPostgres) create(ctx context.Context) (turn, error) {
	requests := make([]request, p.creates)
	for i := range requests {
		requests[i] = p.servers[i%servers].create(p.created + i)
	}
	p.created += p.creates
	return p.timed(p.servers, func() error {
		errs := make([]error, len(p.servers))
		var all sync.WaitGroup
		for i, s := range p.servers {
			all.Go(func() {
				_, errs[i] = load(ctx, s.address, callers/servers, p.creates/servers, func(n int) request { return requests[n*servers+i] })
			})
		}
		all.Wait()
		return errors.Join(errs...)
	})
}

// transact does transactions over connections, one at a time each.
func transact(ctx context.Context, connections []*pgx.Conn, transactions []*pgx.Batch) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for _, conn := range connections {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= len(transactions) {
					return
				}
				if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return tx.SendBatch(ctx, transactions[i]).Close() }); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// timed measures the creates of a turn. Their CPU is that of PostgreSQL and of the
// servers, or of this process if there are none.
func (p *onPostgres) timed(servers []*server, do func() error) (t turn, err error) {
	used := func() (sum time.Duration) {
		for _, s := range servers {
			cpu, failed := s.cpu()
			sum, err = sum+cpu, errors.Join(err, failed)
		}
		cpu, failed := familyCPU(p.cluster.PID())
		err = errors.Join(err, failed)
		return sum + cpu
	}
	before := used()
	t, failed := timed(nil, p.creates, do)
	if len(servers) > 0 {
		t.cpu = 0
	}
	t.cpu += (used() - before) / time.Duration(p.creates)
	return t, errors.Join(err, failed)
}

// familyCPU is what a process has used, and its children, those that have ended too.
func familyCPU(pid int) (sum time.Duration, err error) {
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil { // it has ended
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ") // after the name, which may have spaces
		fields := strings.Fields(rest)
		const parent, user, ended = 1, 11, 15 // user, system, user of children, system of children
		var times []string
		switch own := path == fmt.Sprintf("/proc/%d/stat", pid); {
		case own:
			times = fields[user:ended]
		case fields[parent] == strconv.Itoa(pid):
			times = fields[user : user+2]
		}
		for _, field := range times {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			sum += time.Duration(n) * time.Second / ticks
		}
	}
	return sum, nil
}
