package store

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// A connection that is lost before the commit, idle or in the middle of a unit,
// costs nothing: the unit is done again, and kept once.
func TestLostConnection(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{Writers: 1})
	if err := s.writer.do(t.Context(), 0, []task{add(1)})[0]; err != nil {
		t.Fatal(err)
	}
	if _, err := s.read.ExecContext(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.do(t.Context(), 0, []task{add(2)})[0]; err != nil {
		t.Errorf("after an idle connection was lost: %v", err)
	}
	runs := 0
	errs := s.writer.do(t.Context(), 0, []task{add(3), func(tx *tx) error {
		if runs++; runs == 1 {
			_, _ = tx.exec(`select pg_terminate_backend(pg_backend_pid())`)
		}
		return add(4)(tx)
	}, add(5)})
	if err := errors.Join(errs...); err != nil {
		t.Errorf("when the connection is lost in a unit: %v", err)
	}
	if runs != 2 {
		t.Errorf("the unit ran %d times, want 2", runs)
	}
	if got := kept(t, s); len(got) != 5 {
		t.Errorf("got accounts %v, want 1 to 5, each once", got)
	}
}

// A statement has its time, and the store is well after one that took longer.
func TestStatementTimeout(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{StatementTimeout: 300 * time.Millisecond})
	errs := s.writer.do(t.Context(), 0, []task{add(1), func(tx *tx) error {
		_, err := tx.exec(`select pg_sleep(10)`)
		return err
	}, add(2)})
	if errs[0] != nil || errs[1] == nil || !strings.Contains(errs[1].Error(), "statement timeout") || errs[2] != nil {
		t.Errorf("got errors %v, want the second alone to run out of time", errs)
	}
}

// Who waits for another's lock does so for BusyTimeout, and is then told.
func TestLockTimeout(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{BusyTimeout: 150 * time.Millisecond})
	if err := s.writer.do(t.Context(), 0, []task{add(1)})[0]; err != nil {
		t.Fatal(err)
	}
	other, err := s.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	if _, err := other.ExecContext(t.Context(), `select id from accounts where id = 1 for update`); err != nil {
		t.Fatal(err)
	}
	touch := func(tx *tx) error {
		_, err := tx.exec(`update accounts set name = 'touched' where id = 1`)
		return err
	}
	if err := s.writer.do(t.Context(), 0, []task{touch})[0]; err == nil || !strings.Contains(err.Error(), "lock timeout") {
		t.Errorf("got error %v, want one about the lock", err)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.do(t.Context(), 0, []task{touch})[0]; err != nil {
		t.Errorf("once the lock is free: %v", err)
	}
}

// Two servers that wait for each other's rows both get through.
func TestDeadlock(t *testing.T) {
	dsn := testdb.Postgres(t)
	a, b := openFile(t, dsn, Options{}), openFile(t, dsn, Options{})
	if err := errors.Join(a.writer.do(t.Context(), 0, []task{add(1), add(2)})...); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Add(2)
	var running sync.WaitGroup
	cross := func(s *Store, first, second int64) {
		met := sync.OnceFunc(func() {
			both.Done()
			both.Wait()
		})
		err := s.writer.do(context.Background(), 0, []task{func(tx *tx) error {
			touch := `update accounts set employees = employees + 1 where id = $1`
			if _, err := tx.exec(touch, first); err != nil {
				return err
			}
			met()
			_, err := tx.exec(touch, second)
			return err
		}})[0]
		if err != nil {
			t.Errorf("%d before %d: %v", first, second, err)
		}
	}
	running.Go(func() { cross(a, 1, 2) })
	running.Go(func() { cross(b, 2, 1) })
	running.Wait()
	rows, err := query(a)(`select employees from accounts order by id`)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != int64(2) || rows[1][0] != int64(2) {
		t.Errorf("got %v, want each row touched twice", rows)
	}
}

// Units of different accounts are in flight together, those of one account are
// not.
func TestLanes(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{})
	var together sync.WaitGroup
	together.Add(2)
	meet := func(*tx) error {
		together.Done()
		together.Wait() // for ever, if the other could not begin
		return nil
	}
	var running sync.WaitGroup
	for account := range int64(2) {
		running.Go(func() {
			if err := s.writer.do(context.Background(), account, []task{meet})[0]; err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()

	var inside, most atomic.Int64
	for range 16 {
		running.Go(func() {
			err := s.writer.do(context.Background(), 7, []task{func(*tx) error {
				most.Store(max(most.Load(), inside.Add(1)))
				time.Sleep(time.Millisecond)
				inside.Add(-1)
				return nil
			}})[0]
			if err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if most.Load() != 1 {
		t.Errorf("%d units of one account ran together, want one at a time", most.Load())
	}
}

// Points are counted while something else is written to the account.
func TestPointsBeside(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{})
	c, err := newService(t, s).CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some("secret")})
	if err != nil {
		t.Fatal(err)
	}
	account, now := c.AccountID, time.Now()
	take := func(ctx context.Context) error {
		_, _, err := s.TakePoints(ctx, directory.PointsRequest{AccountID: account, N: 1, PerMinute: 10, Now: now, MinuteEnded: now.Add(-time.Minute), DayEnded: now.Add(-time.Hour)})
		return err
	}
	if err := take(t.Context()); err != nil { // makes the row, which refers to the account's
		t.Fatal(err)
	}
	err = s.InTx(t.Context(), account, func(directory.Tx) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return take(ctx)
	})[0]
	if err != nil {
		t.Errorf("points within a unit of the account: %v", err)
	}
}

// A database that cannot hold every alphabet is refused before anything is made in
// it.
func TestEncoding(t *testing.T) {
	u, err := url.Parse(testdb.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	name := strings.TrimPrefix(u.Path, "/") + "_ascii"
	if _, err := conn.Exec(t.Context(), `create database `+name+` template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`); err != nil {
		t.Fatal(err)
	}
	defer conn.Exec(context.Background(), `drop database `+name+` with (force)`)
	u.Path = "/" + name
	s := openStore(t, u.String())
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "SQL_ASCII") || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("got error %v, want one that names both encodings", err)
	}
	if err := s.Close(); err != nil { // before its database goes
		t.Error(err)
	}
}

// The last administrator stays, also when two servers each look at the other.
func TestLastAdministrator(t *testing.T) {
	dsn := testdb.Postgres(t)
	servers := []*Store{openFile(t, dsn, Options{}), openFile(t, dsn, Options{})}
	populate(t, servers[0])
	rows, err := query(servers[0])(`select id, account_id from employees where administrator`)
	if err != nil {
		t.Fatal(err)
	}
	first, account := rows[0][0].(int64), rows[0][1].(int64)
	for round := range 10 {
		ids, err := servers[0].NewIDs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		err = servers[0].InTx(t.Context(), account, func(tx directory.Tx) error {
			e, _, err := tx.Employee(first)
			if err != nil {
				return err
			}
			second := *e
			second.ID, second.UUID, second.RocketID, second.Handle, second.Login, second.Version = ids[0], "u"+second.UUID, "r"+second.RocketID, "second", "second", 1
			_, err = tx.InsertEmployee(&second, "")
			return err
		})[0]
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		var removed atomic.Int64
		for i, id := range []int64{first, ids[0]} {
			running.Go(func() {
				err := servers[i].InTx(context.Background(), account, func(tx directory.Tx) error {
					e, _, err := tx.Employee(id)
					if err != nil {
						return err
					}
					if others, err := tx.OtherAdministrators(id); err != nil || others == 0 {
						return errors.Join(err, errors.E(errors.SystemEntity))
					}
					if e.ID == first { // is a coach; the role is enough
						after := *e
						after.Roles, after.Version = nil, e.Version+1
						_, err = tx.UpdateEmployee(e, &after)
						return err
					}
					return tx.DeleteEmployee(e, time.Now())
				})[0]
				switch {
				case err == nil:
					removed.Add(1)
				case !errors.HasCode(err, errors.SystemEntity):
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		running.Wait()
		if removed.Load() != 1 {
			t.Fatalf("round %d: %d of two administrators went, want one", round, removed.Load())
		}
		err = servers[0].InTx(t.Context(), account, func(tx directory.Tx) error { // as before
			e, _, err := tx.Employee(first)
			if err != nil {
				return err
			}
			after := *e
			after.Roles, after.Version = []directory.Role{directory.Administrator}, e.Version+1
			if _, err := tx.UpdateEmployee(e, &after); err != nil {
				return err
			}
			if second, _, err := tx.Employee(ids[0]); err != nil || second == nil {
				return err
			} else {
				return tx.DeleteEmployee(second, time.Now())
			}
		})[0]
		if err != nil {
			t.Fatal(err)
		}
	}
}
