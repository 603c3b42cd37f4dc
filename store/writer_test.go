package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: still not so after %s", what, patience)
		}
	}
}

// add is a task that keeps an account of this id.
func add(id int64) task {
	return func(tx *tx) error { return tx.InsertAccount(directory.Account{ID: id, TimeZone: "UTC"}) }
}

// kept are the ids of the accounts that a reader finds.
func kept(t *testing.T, s *Store) (ids []int64) {
	t.Helper()
	accounts, err := s.Accounts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func upTo(n int64) (ids []int64) {
	for i := range n {
		ids = append(ids, i+1)
	}
	return ids
}

// hold makes the writer wait, and returns when it does. release lets it go on, and
// waits until it has answered.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	holding, let, done := make(chan struct{}), make(chan struct{}), make(chan []error, 1)
	go func() {
		done <- s.writer.do(context.Background(), 0, []task{func(*tx) error {
			close(holding)
			<-let
			return nil
		}})
	}()
	<-holding
	release = sync.OnceFunc(func() {
		close(let)
		if errs := <-done; errs[0] != nil {
			t.Error(errs[0])
		}
	})
	t.Cleanup(release)
	return release
}

// commits counts the writer's transactions from now on, each of which takes some
// time.
func commits(t *testing.T, s *Store, takes time.Duration) *atomic.Int64 {
	t.Helper()
	n := &atomic.Int64{}
	err := s.writer.do(t.Context(), 0, []task{func(tx *tx) error {
		return tx.group.session.conn.Raw(func(c any) error {
			c.(*sqlite3.SQLiteConn).RegisterCommitHook(func() int {
				time.Sleep(takes)
				n.Add(1)
				return 0
			})
			return nil
		})
	}})[0]
	if err != nil {
		t.Fatal(err)
	}
	n.Store(0) // this very task was one
	return n
}

// queued is how many tasks wait.
func queued(s *Store) int64 {
	s.writer.mu.Lock()
	defer s.writer.mu.Unlock()
	return s.writer.queued
}

// Who comes while a group is being done joins it, up to maxGroup tasks; a large order
// waits for the next.
func TestGroups(t *testing.T) {
	for _, tt := range []struct {
		name       string
		callers, n int // tasks of each caller
		want       int64
	}{
		{"64 callers", 64, 1, 1},
		{"full", maxGroup - 1, 1, 1},
		{"one too many", maxGroup, 1, 2},
		{"one caller with many", 1, maxGroup + 100, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openTest(t, Options{})
			n := commits(t, s, 0)
			release := hold(t, s)
			var running sync.WaitGroup
			for caller := range tt.callers {
				running.Go(func() {
					tasks := make([]task, tt.n)
					for i := range tasks {
						tasks[i] = add(int64(caller*tt.n + i + 1))
					}
					for _, err := range s.writer.do(context.Background(), 0, tasks) {
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			until(t, "all tasks wait", func() bool { return queued(s) == int64(tt.callers*tt.n) })
			release()
			running.Wait()
			if got := n.Load(); got != tt.want {
				t.Errorf("%d tasks and the one that held took %d transactions, want %d", tt.callers*tt.n, got, tt.want)
			}
			if got := len(kept(t, s)); got != tt.callers*tt.n {
				t.Errorf("got %d rows, want %d", got, tt.callers*tt.n)
			}
		})
	}
}

// Without anything held up on purpose, callers who write all the time share too.
func TestThroughput(t *testing.T) {
	const callers, rounds = 64, 10
	s := openTest(t, Options{})
	n := commits(t, s, 2*time.Millisecond) // as on a slow disk, that the test says the same on a fast one
	var running sync.WaitGroup
	for caller := range callers {
		running.Go(func() {
			for r := range rounds {
				if err := s.writer.do(context.Background(), 0, []task{add(int64(caller*rounds + r + 1))})[0]; err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	if got := n.Load(); got > callers*rounds/4 {
		t.Errorf("%d writes of %d callers took %d transactions, want few", callers*rounds, callers, got)
	}
}

func TestWithdrawn(t *testing.T) {
	s := openTest(t, Options{})
	release := hold(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	answer := make(chan []error, 1)
	ran := false
	go func() {
		answer <- s.writer.do(ctx, 0, []task{func(tx *tx) error {
			ran = true
			return add(1)(tx)
		}, add(2)})
	}()
	until(t, "the order waits", func() bool { return queued(s) == 2 })
	cancel()
	for i, err := range <-answer { // while the writer is still held
		if !errors.Is(err, context.Canceled) {
			t.Errorf("task %d: got error %v, want canceled", i, err)
		}
	}
	release()
	if err := s.writer.do(t.Context(), 0, []task{add(3)})[0]; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{3}, kept(t, s)); diff != "" || ran {
		t.Errorf("a withdrawn order ran: %t; rows (-want +got):\n%s", ran, diff)
	}
	if got := queued(s); got != 0 {
		t.Errorf("got %d tasks in the queue, want 0", got)
	}
}

// A context that ends once the work has begun changes nothing: the caller learns
// what came of it, and nobody else's work is touched.
func TestCancelledAfterTaken(t *testing.T) {
	s := openTest(t, Options{})
	release := hold(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		errs := s.writer.do(ctx, 0, []task{func(tx *tx) error {
			cancel()
			return add(1)(tx)
		}, add(2)})
		if err := errors.Join(errs...); err != nil {
			t.Errorf("got error %v, want none", err)
		}
	})
	running.Go(func() {
		if err := s.writer.do(context.Background(), 0, []task{add(3)})[0]; err != nil {
			t.Errorf("a neighbour: got error %v, want none", err)
		}
	})
	until(t, "both wait", func() bool { return queued(s) == 3 })
	release()
	running.Wait()
	if diff := cmp.Diff(upTo(3), kept(t, s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func wantOverloaded(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.HasCode(err, errors.Other) || !strings.Contains(err.Error(), "overloaded") {
		t.Errorf("%s: got error %v, want overloaded", what, err)
	}
}

func TestWriteQueue(t *testing.T) {
	const limit = 4 // of tasks, however many callers brought them
	s := openTest(t, Options{WriteQueue: limit})
	release := hold(t, s)
	var running sync.WaitGroup
	for i := range int64(limit / 2) {
		running.Go(func() {
			if err := errors.Join(s.writer.do(context.Background(), 0, []task{add(2*i + 1), add(2*i + 2)})...); err != nil {
				t.Error(err)
			}
		})
	}
	until(t, "the queue is full", func() bool { return queued(s) == limit })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // not to wait where it should be refused
	defer cancel()
	for _, tasks := range [][]task{{add(100)}, {add(100), add(101)}} {
		for _, err := range s.writer.do(ctx, 0, tasks) {
			wantOverloaded(t, "full", err)
		}
	}
	_, err := s.NewIDs(ctx, 1)
	wantOverloaded(t, "ids", err)
	release()
	running.Wait()
	if diff := cmp.Diff(upTo(limit), kept(t, s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}

	// A caller with more than the limit is let in when nothing waits.
	large := make([]task, 10*limit)
	for i := range large {
		large[i] = add(int64(1000 + i))
	}
	if err := errors.Join(s.writer.do(t.Context(), 0, large)...); err != nil {
		t.Errorf("a large order to an idle writer: %v", err)
	}
}

func TestReadQueue(t *testing.T) {
	s := openTest(t, Options{Readers: 1, ReadQueue: 1})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	err := s.snapshot(t.Context(), func(*reader) error { // one reads,
		running.Go(func() { // one waits,
			if _, err := s.Accounts(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("the one that waited: got error %v, want canceled", err)
			}
		})
		until(t, "one waits", func() bool { return len(s.gate.waiting) == 2 })
		_, err := s.Accounts(t.Context()) // and the third is one too many
		wantOverloaded(t, "the third", err)
		cancel()
		running.Wait()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accounts(t.Context()); err != nil {
		t.Errorf("once there is room: %v", err)
	}
	if places, waiting := len(s.gate.places), len(s.gate.waiting); places+waiting != 0 {
		t.Errorf("got %d places taken and %d waiting, want none", places, waiting)
	}
}

// Close does what was accepted, refuses what comes after, and the next store finds
// it all.
func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rosterd.db")
	s, err := open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	release := hold(t, s)
	var running sync.WaitGroup
	for i := range 10 {
		running.Go(func() {
			if err := s.writer.do(context.Background(), 0, []task{add(int64(i + 1))})[0]; err != nil {
				t.Error(err)
			}
		})
	}
	until(t, "all wait", func() bool { return queued(s) == 10 })
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	until(t, "the store is closed", func() bool {
		s.writer.mu.Lock()
		defer s.writer.mu.Unlock()
		return s.writer.closed
	})
	if err := s.InTx(t.Context(), 1, func(directory.Tx) error { return nil })[0]; err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: got error %v, want that it is closed", err)
	}
	release()
	running.Wait()
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
	if diff := cmp.Diff(upTo(10), kept(t, openFile(t, path, Options{}))); diff != "" {
		t.Errorf("reopened: rows (-want +got):\n%s", diff)
	}
}

// A statement that makes SQLite roll the whole transaction back fails its own task
// alone; the others are done again, and once.
func TestLostTransaction(t *testing.T) {
	duplicate := func(tx *tx) error {
		_, err := tx.exec(`insert or rollback into accounts (id, name, time_zone, disabled, employees, last_event, created_at) values (1, '', '', 0, 0, 0, 0)`)
		return err
	}
	swallowed := func(tx *tx) error {
		_ = duplicate(tx)
		return nil
	}
	panics := func(tx *tx) error {
		_ = duplicate(tx)
		panic("after the transaction was gone")
	}
	refused := errors.New("refused")
	s := openTest(t, Options{})
	n := commits(t, s, 0)
	release := hold(t, s)
	runs := 0
	tasks := []task{
		add(1), duplicate,
		func(tx *tx) error {
			runs++
			return add(3)(tx)
		},
		swallowed, add(4), panics,
		func(*tx) error { return refused },
		add(5), add(2),
	}
	var errs []error
	var running sync.WaitGroup
	running.Go(func() { errs = s.writer.do(context.Background(), 0, tasks) })
	until(t, "the tasks wait", func() bool { return queued(s) > 0 })
	neighbour := append([]task{add(6)}, slices.Repeat([]task{func(*tx) error { return nil }}, smallOrder)...) // not small itself, which would go before
	running.Go(func() {
		if err := errors.Join(s.writer.do(context.Background(), 0, neighbour)...); err != nil {
			t.Errorf("a neighbour: %v", err)
		}
	})
	until(t, "the neighbour waits", func() bool { return queued(s) == int64(len(tasks)+len(neighbour)) })
	release()
	running.Wait()
	for i, want := range []bool{false, true, false, true, false, true, true, false, false} {
		if got := errs[i] != nil; got != want {
			t.Errorf("task %d: got error %v, want one: %t", i, errs[i], want)
		}
	}
	if !strings.Contains(errs[1].Error(), "UNIQUE") || !errors.Is(errs[6], refused) {
		t.Errorf("got errors %q and %q, want the tasks' own", errs[1], errs[6])
	}
	if runs < 2 {
		t.Errorf("a task after the lost transaction ran %d times, want again", runs)
	}
	if diff := cmp.Diff(upTo(6), kept(t, s)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := n.Load() - 1; got > 6 {
		t.Errorf("got %d transactions, want those that were not lost to stay together", got)
	}
}

// another opens the store's file as another process would.
func another(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=30000")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Another process's transaction is waited for, readers meanwhile are not held up,
// and after BusyTimeout it is an error that leaves the store well.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rosterd.db")
	patient := openFile(t, path, Options{})
	hasty := openFile(t, path, Options{BusyTimeout: 10 * time.Millisecond})
	db := another(t, path)
	execute(t, db, `begin immediate`)
	execute(t, db, `insert into accounts (id, name, time_zone, disabled, employees, last_event, created_at) values (1, '', '', 0, 0, 0, 0)`)

	if err := hasty.writer.do(t.Context(), 0, []task{add(2)})[0]; err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("hasty: got error %v, want locked", err)
	}
	answered := make(chan error, 1)
	go func() { answered <- patient.writer.do(context.Background(), 0, []task{add(3)})[0] }()
	until(t, "the writer has taken the order", func() bool { return queued(patient) == 0 })
	if diff := cmp.Diff([]int64(nil), kept(t, patient)); diff != "" {
		t.Errorf("a reader (-want +got):\n%s", diff)
	}
	select {
	case err := <-answered:
		t.Errorf("answered with %v while another process writes", err)
	case <-time.After(50 * time.Millisecond):
	}
	execute(t, db, `commit`)
	if err := <-answered; err != nil {
		t.Errorf("patient: %v", err)
	}
	if err := hasty.writer.do(t.Context(), 0, []task{add(4)})[0]; err != nil {
		t.Errorf("hasty, afterwards: %v", err)
	}
	if diff := cmp.Diff([]int64{1, 3, 4}, kept(t, hasty)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// While small orders come, a larger one is done a portion at a time, and they go before
// what is left of it; when none come any more, portions grow until they are all.
func TestPortions(t *testing.T) {
	s := openTest(t, Options{})
	var mu sync.Mutex
	var order []string // what ran, by order
	note := func(name string) task {
		return func(*tx) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
			return nil
		}
	}
	bring := func(name string, account int64, n int, first task) (done chan struct{}) {
		tasks := slices.Repeat([]task{note(name)}, n)
		if first != nil {
			tasks[0] = first
		}
		done = make(chan struct{})
		go func() {
			defer close(done)
			if err := errors.Join(s.writer.do(t.Context(), account, tasks)...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}()
		return done
	}
	waiting := func(small, large int) func() bool {
		return func() bool {
			s.writer.mu.Lock()
			defer s.writer.mu.Unlock()
			l := s.writer.lanes[0]
			return l != nil && len(l.small) == small && len(l.large) == large
		}
	}

	release := hold(t, s) // a small order
	large := bring("large", 1, 1000, nil)
	until(t, "a large order waits", waiting(0, 1))
	small := bring("small", 1, 1, nil)
	until(t, "a small order waits", waiting(1, 1))
	release()
	<-small
	<-large
	runs := func() (runs []string) { // neighbours together
		for i, name := range order {
			if i == 0 || name != order[i-1] {
				runs = append(runs, name)
			}
		}
		return runs
	}
	if diff := cmp.Diff([]string{"small", "large"}, runs()); diff != "" {
		t.Errorf("a small order that waits with a larger one (-want +got):\n%s", diff)
	}

	order = nil
	<-bring("small", 1, 1, nil)
	began, goOn := make(chan struct{}), make(chan struct{})
	large = bring("large", 1, 1000, func(tx *tx) error {
		close(began)
		<-goOn
		return note("large")(tx)
	})
	<-began
	small = bring("small", 1, 1, nil)
	until(t, "a small order waits", waiting(1, 1))
	close(goOn)
	<-small
	<-large
	if diff := cmp.Diff([]string{"small", "large", "small", "large"}, runs()); diff != "" {
		t.Errorf("a small order that comes while a larger one is done (-want +got):\n%s", diff)
	}
	if n := slices.Index(order[1:], "small"); n != firstPortion {
		t.Errorf("it waited for %d tasks, want the first portion of %d", n, firstPortion)
	}
	if len(order) != 1002 {
		t.Errorf("%d tasks ran, want all 1002", len(order))
	}
}
