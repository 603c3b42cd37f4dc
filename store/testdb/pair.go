package testdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Pair is a PostgreSQL primary with a synchronous standby, which change places: what
// a commit answered is on both.
type Pair struct {
	URL string // of an empty database, on whichever is the primary

	servers [2]*Cluster
	primary int
}

// NewPair starts a pair that ends with the test, which is skipped where PostgreSQL is
// not installed, as on a server that is only named.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	server(t)
	initdb, err := Binary("initdb")
	if err != nil {
		t.Skip(err)
	}
	p := &Pair{}
	for i := range p.servers {
		dir, err := os.MkdirTemp("", "rosterd-pair-")
		if err != nil {
			t.Fatal(err)
		}
		p.servers[i] = &Cluster{bin: filepath.Dir(initdb), dir: dir}
		t.Cleanup(p.servers[i].Stop)
	}
	must(t, p.servers[0].init())
	must(t, p.servers[1].prepare())
	must(t, p.servers[0].start(pairSettings...))
	p.MakeStandby(t)
	p.on(t, p.primary, "create database roster template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
	p.URL = "postgres://rosterd@" + p.servers[0].address + "," + p.servers[1].address + "/roster?sslmode=disable&target_session_attrs=read-write"
	return p
}

// What is not synced outlives a process, though not a machine. A standby is told by
// the name: any would be pg_basebackup, too.
var pairSettings = []string{
	"fsync=off", "synchronous_commit=on", "cluster_name=pair", "synchronous_standby_names=pair",
	"wal_retrieve_retry_interval=100ms", "dynamic_shared_memory_type=mmap", // within the folder
}

// Kill ends the primary and all its processes with SIGKILL.
func (p *Pair) Kill(t testing.TB) {
	t.Helper()
	must(t, p.servers[p.primary].kill())
}

// Promote makes the standby the primary. It commits nothing until it has a standby.
func (p *Pair) Promote(t testing.TB) {
	t.Helper()
	p.primary = 1 - p.primary
	p.on(t, p.primary, "select pg_promote(true, 60)")
}

// MakeStandby makes a new standby of the primary, in place of what was there, and
// waits until commits are sent to it.
func (p *Pair) MakeStandby(t testing.TB) {
	t.Helper()
	primary, standby := p.servers[p.primary], p.servers[1-p.primary]
	must(t, os.RemoveAll(standby.data()))
	must(t, standby.run("pg_basebackup", "-d", "postgres://rosterd@"+primary.address+"/postgres?sslmode=disable",
		"-D", standby.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync"))
	must(t, standby.start(pairSettings...))
	for range 600 {
		if state := p.on(t, p.primary, "select coalesce(max(sync_state), '') from pg_stat_replication"); state == "sync" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the standby does not follow")
}

// on runs a query of one value on a server.
func (p *Pair) on(t testing.TB, server int, query string) (value string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "postgres://rosterd@"+p.servers[server].address+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query)
	for rows.Next() && err == nil {
		var values []any
		if values, err = rows.Values(); err == nil {
			value = fmt.Sprint(values[0])
		}
	}
	if rows.Close(); err == nil {
		err = rows.Err()
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
