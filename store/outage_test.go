package store

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/testdb"
)

// read asks for something that is not there.
func read(ctx context.Context, s *Store) error {
	_, err := s.Account(ctx, 99)
	return err
}

// What reads and what writes waits for a database that is away, and goes on when it
// is back.
func TestOutage(t *testing.T) {
	t.Parallel()
	dsn, p := through(t, testdb.Postgres(t))
	s := openFile(t, dsn, Options{Writers: 2})
	if err := errors.Join(s.writer.do(t.Context(), 0, []task{add(1)})[0], read(t.Context(), s)); err != nil {
		t.Fatal(err)
	}
	p.set(true)
	if err := s.Ready(t.Context()); err == nil {
		t.Error("ready without a database")
	}
	done := make(chan error)
	go func() { done <- s.writer.do(context.Background(), 0, []task{add(2)})[0] }()
	go func() { done <- s.writer.do(context.Background(), 0, []task{add(3)})[0] }()
	for account := range int64(4) { // more than there are sessions
		go func() {
			done <- s.writer.do(context.Background(), account+10, []task{func(*tx) error { return nil }})[0]
		}()
	}
	go func() { done <- read(context.Background(), s) }()
	until(t, "the outage is noticed", func() bool { return s.outage.since.Load() != 0 })
	p.set(false)
	for range 7 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if diff := cmp.Diff(upTo(3), kept(t, s)); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// Nobody waits longer than OutageTimeout, or than they want to; they are told that
// nothing was done.
func TestOutageTimeout(t *testing.T) {
	t.Parallel()
	dsn, p := through(t, testdb.Postgres(t))
	s := openFile(t, dsn, Options{Writers: 1, OutageTimeout: 300 * time.Millisecond})
	want := func(what string, err error) {
		t.Helper()
		if !errors.HasCode(err, errors.Other) || !strings.Contains(err.Error(), "The database does not answer, nothing was done") {
			t.Errorf("%s: got error %v, want that the database does not answer", what, err)
		}
	}
	unit := func(ctx context.Context, account int64) error {
		return s.writer.do(ctx, account, []task{add(account)})[0]
	}
	// One unit is under way when the database goes, others come later, and one is the
	// rest of an order that was begun.
	holding, let := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.writer.do(context.Background(), 1, []task{func(tx *tx) error {
			select {
			case <-holding:
			default:
				close(holding)
			}
			<-let
			return add(1)(tx)
		}})[0]
	}()
	<-holding
	go func() { done <- unit(context.Background(), 1) }()
	go func() { done <- unit(context.Background(), 2) }()
	go func() { done <- read(context.Background(), s) }()
	p.set(true)
	close(let)
	for range 4 {
		want("a call that waits", <-done)
	}
	until(t, "the outage is noticed", func() bool { return s.outage.since.Load() != 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	want("a unit whose time is over", unit(ctx, 3))
	want("a read whose time is over", read(ctx, s))
	if n := queued(s); n > 1 { // the withdrawn one may be left for a moment
		t.Errorf("%d units are queued, want none", n)
	}
	p.set(false)
	until(t, "the store is well", func() bool { return unit(t.Context(), 4) == nil && read(t.Context(), s) == nil })
	if diff := cmp.Diff([]int64{4}, kept(t, s)); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// A store that closes does not wait for a database that is away.
func TestCloseWhileAway(t *testing.T) {
	t.Parallel()
	dsn, p := through(t, testdb.Postgres(t))
	s, err := open(t.Context(), dsn, Options{Writers: 1, OutageTimeout: MaxOutageTimeout})
	if err != nil {
		t.Fatal(err)
	}
	p.set(true)
	done := make(chan error)
	go func() { done <- s.writer.do(context.Background(), 1, []task{add(1)})[0] }()
	until(t, "the outage is noticed", func() bool { return s.outage.since.Load() != 0 })
	go s.Close()
	if err := <-done; !errors.HasCode(err, errors.Other) {
		t.Errorf("got error %v, want that the database does not answer", err)
	}
}

// Of several servers the one that writes is asked, and one that only reads is not
// ready, nor is one that never answers.
func TestServersThatOnlyRead(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	s := openStore(t, with(dsn, "default_transaction_read_only=on"))
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "standby") {
		t.Errorf("got error %v, want that it only reads", err)
	}
	other, p := through(t, dsn)
	p.set(true)
	two := strings.Replace(dsn, "127.0.0.1:", strings.TrimPrefix(strings.Split(other, "/")[2], "rosterd@")+",127.0.0.1:", 1)
	if s := openFile(t, two, Options{}); read(t.Context(), s) != nil {
		t.Error("the second server is not asked")
	}
	if s := openStore(t, with(two, "default_transaction_read_only=on")); s.write.PingContext(t.Context()) == nil {
		t.Error("a server of two that only reads is connected to")
	}
}

func TestLongestOutage(t *testing.T) {
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "rosterd.db"), Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), OutageTimeout: MaxOutageTimeout + 1})
	if err == nil || !strings.Contains(err.Error(), MaxOutageTimeout.String()) {
		t.Errorf("got error %v, want one that tells the limit", err)
	}
}
