package store

import (
	"bytes"
	"context"
	"database/sql"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/testdb"
)

// fate is what a proxy does with a commit.
type fate string

const (
	lost       fate = "is lost before it arrives"
	unanswered fate = "arrives, and its answer is lost"
	late       fate = "arrives when the connection has long been lost"
	dropped    fate = "is on its way for long, and is lost"
	stuck      fate = "is on its way for ever, on a connection that is not lost"
)

// proxy stands between a store and its database.
type proxy struct {
	fates chan fate     // of the commits to come; then they pass
	let   chan struct{} // ends waiting of commits that are late, or dropped

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

// through is a dsn that leads to dsn by a proxy.
func through(t *testing.T, dsn string) (string, *proxy) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{fates: make(chan fate, 10), let: make(chan struct{}, 1), conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	server := u.Host
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.relay(client, server) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		close(p.let)
		p.set(true)
		running.Wait()
	})
	u.Host = listener.Addr().String()
	return u.String(), p
}

// set takes the database away, or gives it back.
func (p *proxy) set(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for conn := range p.conns {
		if down {
			conn.Close()
		}
	}
}

// join keeps a connection for set, and reports whether it may live.
func (p *proxy) join(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[conn] = true
	return !p.down
}

func (p *proxy) relay(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.join(client) || !p.join(server) {
		return
	}
	var mute atomic.Bool
	answered := make(chan struct{}, 1)
	go func() {
		defer client.Close()
		defer close(answered)
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if mute.Load() {
				return
			}
			if _, failed := client.Write(buffer[:n]); err != nil || failed != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("\x00"+committing+"\x00")) {
			select {
			case f := <-p.fates:
				if f == lost {
					return
				}
				if mute.Store(true); f == late || f == dropped {
					client.Close()
				}
				if f != unanswered {
					<-p.let
				}
				if f == unanswered || f == late {
					_, _ = server.Write(buffer[:n])
					<-answered
				}
				return
			default:
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// activity looks at the database's connections until one of them, but for the
// looking one, is as the condition says.
func activity(t *testing.T, db *sql.DB, condition string) {
	t.Helper()
	until(t, condition, func() bool {
		var n int
		err := db.QueryRow(`select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and (` + condition + `)`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	})
}

// asking is a connection that finds out about a commit, and waits for it.
const asking = `query like 'insert into commits as c%' and wait_event_type = 'Lock'`

// A commit that is not answered is found out about, and what it was to keep is kept
// once, whatever happened to it and to those that ask.
func TestUnansweredCommits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fates []fate // of the commit and of those that follow
		runs  int
	}{
		{[]fate{lost}, 2},
		{[]fate{unanswered}, 1},
		{[]fate{late}, 1},
		{[]fate{dropped}, 2},
		{[]fate{lost, lost, unanswered}, 2},             // asked three times
		{[]fate{unanswered, lost, unanswered, lost}, 1}, // four times
		{[]fate{lost, unanswered, lost, lost}, 2},
		{[]fate{late, unanswered}, 1},
		{[]fate{lost, unanswered, unanswered, lost, unanswered}, 2},
	} {
		var names []string
		for _, f := range test.fates {
			names = append(names, string(f))
		}
		t.Run(strings.Join(names, "; "), func(t *testing.T) {
			dsn := testdb.Postgres(t)
			openFile(t, dsn, Options{})
			db := testdb.SQL(t, dsn)
			dsn, p := through(t, dsn)
			s := openFile(t, dsn, Options{Writers: 1})
			if err := s.writer.do(t.Context(), 0, []task{add(1)})[0]; err != nil { // the session has a number
				t.Fatal(err)
			}
			for _, f := range test.fates {
				p.fates <- f
			}
			runs := 0
			done := make(chan []error, 1)
			go func() {
				done <- s.writer.do(context.Background(), 0, []task{add(2), func(tx *tx) error {
					runs++
					return add(3)(tx)
				}})
			}()
			if test.fates[0] == late || test.fates[0] == dropped {
				activity(t, db, asking)
				select {
				case errs := <-done:
					t.Errorf("answered with %v while the commit was on its way", errs)
				default:
				}
				p.let <- struct{}{}
			}
			if err := errors.Join(<-done...); err != nil {
				t.Error(err)
			}
			if runs != test.runs {
				t.Errorf("the unit ran %d times, want %d", runs, test.runs)
			}
			if err := s.writer.do(t.Context(), 0, []task{add(4)})[0]; err != nil {
				t.Errorf("afterwards: %v", err)
			}
			if diff := cmp.Diff(upTo(4), kept(t, s)); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
		})
	}
}

// A commit of which nothing can be found out within OutageTimeout fails, and says so.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	dsn := testdb.Postgres(t)
	openFile(t, dsn, Options{})
	dsn, p := through(t, dsn)
	s := openFile(t, dsn, Options{Writers: 1, OutageTimeout: 300 * time.Millisecond, BusyTimeout: 50 * time.Millisecond})
	for i, f := range []fate{late, stuck} {
		p.fates <- f
		runs := 0
		err := s.writer.do(t.Context(), 0, []task{func(tx *tx) error {
			runs++
			return add(int64(i + 1))(tx)
		}})[0]
		var unknown *outcomeUnknown
		if !errors.As(err, &unknown) || !errors.HasCode(err, errors.Other) || !strings.Contains(err.Error(), "whether this was done could not be found out") {
			t.Errorf("a commit that %s: got error %v, want that the outcome is unknown", f, err)
		}
		if runs != 1 {
			t.Errorf("a commit that %s: the unit ran %d times, want once", f, runs)
		}
		p.let <- struct{}{}
	}
	until(t, "the writer is well again", func() bool { return s.writer.do(t.Context(), 0, []task{func(*tx) error { return nil }})[0] == nil })
}

// waitingForStandby are connections whose commit waits for a standby.
const waitingForStandby = `wait_event = 'SyncRep'`

// withoutStandby has commits of sessions that are synchronous wait for a standby that
// is not there, until there is no need any more.
func withoutStandby(t *testing.T, dsn string) (arrive func()) {
	t.Helper()
	db := testdb.SQL(t, with(dsn, "synchronous_commit=on"))
	set := func(name string) {
		for _, statement := range []string{`alter system set synchronous_standby_names = '` + name + `'`, `select pg_reload_conf()`} {
			if _, err := db.Exec(statement); err != nil {
				t.Error(err)
			}
		}
	}
	set("nobody")
	arrive = sync.OnceFunc(func() { set("") })
	t.Cleanup(arrive)
	until(t, "commits wait", func() bool { // it takes a moment until the server's processes know
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := db.ExecContext(ctx, `select pg_logical_emit_message(true, '', '')`)
		return err != nil
	})
	until(t, "none waits any more", func() bool {
		var n int
		if err := db.QueryRow(`select count(*) from pg_stat_activity where datname = current_database() and ` + waitingForStandby).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
	return arrive
}

// A commit that PostgreSQL gave up to wait for the standby is no answer: it is
// confirmed by another, which the standby has.
func TestCancelledStandby(t *testing.T) {
	dsn := testdb.Postgres(t)
	db := testdb.SQL(t, dsn)
	s := openFile(t, with(dsn, "synchronous_commit=on&client_min_messages=error"), Options{Writers: 1, StatementTimeout: 200 * time.Millisecond})
	arrive := withoutStandby(t, dsn)
	done := make(chan error, 1)
	go func() { done <- s.writer.do(context.Background(), 0, []task{add(1)})[0] }()
	activity(t, db, waitingForStandby)
	time.Sleep(400 * time.Millisecond) // longer than statements may take
	activity(t, db, waitingForStandby+` and query = 'commit'`)
	if _, err := db.Exec(`select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and ` + waitingForStandby); err != nil {
		t.Fatal(err)
	}
	until(t, "the unit is visible", func() bool { return slices.Contains(kept(t, s), 1) })
	activity(t, db, waitingForStandby)
	select {
	case err := <-done:
		t.Errorf("answered with %v before there was a standby", err)
	default:
	}
	arrive()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A connection that is lost while its commit waits for the standby has the commit
// wait on: what is visible is on the standby.
func TestLostWhileWaitingForStandby(t *testing.T) {
	dsn := testdb.Postgres(t)
	db := testdb.SQL(t, dsn)
	proxied, p := through(t, with(dsn, "synchronous_commit=on"))
	s := openFile(t, proxied, Options{Writers: 1})
	arrive := withoutStandby(t, dsn)
	done := make(chan error, 1)
	go func() { done <- s.writer.do(context.Background(), 0, []task{add(1)})[0] }()
	activity(t, db, waitingForStandby)
	p.set(true)
	p.set(false)
	activity(t, db, asking)
	activity(t, db, waitingForStandby)
	if got := kept(t, s); len(got) != 0 {
		t.Errorf("accounts %v are visible, and on no standby", got)
	}
	arrive()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(upTo(1), kept(t, s)); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// Records of sessions that have long written nothing are removed, others are kept.
func TestDropCommits(t *testing.T) {
	t.Parallel()
	s := openFile(t, testdb.Postgres(t), Options{Writers: 2})
	records := func() [][]any {
		rows, err := query(s)(`select encode(session, 'escape'), number from commits where session in ('old', 'new') order by 1`)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	err := s.writer.do(t.Context(), 0, []task{func(tx *tx) error {
		_, err := tx.exec(`insert into commits (session, number, at) select name::bytea, 1, `+databaseTime+` - age from (values ('old', $1::bigint), ('new', $2)) as v (name, age)`,
			(CommitLife + time.Second).Microseconds(), (CommitLife - time.Minute).Microseconds())
		return err
	}})[0]
	if err != nil || len(records()) != 2 {
		t.Fatalf("got records %v, %v", records(), err)
	}
	if err := s.DropCommits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{{"new", int64(1)}}, records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if err := openTest(t, Options{}).DropCommits(t.Context()); err != nil {
		t.Errorf("on SQLite: %v", err)
	}
}

// What the database refuses of what is sent with a commit concerns the unit alone that
// brought it, also where a group is of several accounts; others are kept, and their
// events have no gaps.
func TestRefusedWithCommit(t *testing.T) {
	t.Parallel()
	s := openFile(t, testdb.Postgres(t), Options{Writers: 1})
	event := func(before string) task {
		return func(tx *tx) error {
			return tx.Append(directory.Event{Kind: "employee.created", Subject: directory.KindEmployee, SubjectID: 1, At: time.Now(), Before: jsontext.Value(before)})
		}
	}
	for account := range int64(2) {
		if err := s.writer.do(t.Context(), account+1, []task{add(account + 1)})[0]; err != nil {
			t.Fatal(err)
		}
	}
	of := func(account int64, do task) task {
		return func(t *tx) error {
			t.account = account
			return do(t)
		}
	}
	for round, bad := range []string{"\x00", `{}`} { // no text of PostgreSQL has a NUL
		errs := s.writer.do(t.Context(), 1, []task{event(`{}`), event(`{}`), event(bad), of(2, event(`{}`)), event(`{}`)})
		for i, err := range errs {
			if (err != nil) != (i == 2 && round == 0) {
				t.Errorf("round %d, unit %d: got error %v", round, i, err)
			}
		}
	}
	errs := s.writer.do(t.Context(), 3, []task{event(`{}`)}) // there is no account 3, and nothing to number by
	if errs[0] == nil {
		t.Error("an event of an account that is not there was kept")
	}
	got, err := query(s)(`select account_id, min(number), max(number), count(*) from events group by account_id order by account_id`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]any{{int64(1), int64(1), int64(7), int64(7)}, {int64(2), int64(1), int64(2), int64(2)}}, got); diff != "" {
		t.Errorf("account, first and last event, how many (-want +got):\n%s", diff)
	}
}
