package store

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// someone is a unit that makes an employee with an extension, and counts how often it
// is run.
func someone(s *Store, account int64, extension string, runs *atomic.Int64) directory.Unit {
	return func(tx directory.Tx) error {
		runs.Add(1)
		status, err := tx.StatusByMnemonic("available")
		if err != nil {
			return err
		}
		ids, err := s.NewIDs(context.Background(), 1)
		if err != nil {
			return err
		}
		e := &directory.Employee{
			ID: ids[0], AccountID: account, UUID: uuid.NewString(), RocketID: fmt.Sprintf("%017d", ids[0]), Version: 1,
			CreatedAt: time.Now(), UpdatedAt: time.Now(), LastName: "Ivanov", Handle: fmt.Sprint("handle-", ids[0]),
			StatusID: status, StatusSince: time.Now(), CallRecording: "all", Extension: directory.Extension{Number: directory.ExtensionText(extension)},
		}
		taken, err := tx.InsertEmployee(e, "")
		if err == nil && len(taken) > 0 {
			return fmt.Errorf("taken: %v", taken)
		}
		return err
	}
}

// withAccount makes an account with a status.
func withAccount(t *testing.T, s *Store) int64 {
	t.Helper()
	ids, err := s.NewIDs(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	err = s.InTx(t.Context(), ids[0], func(tx directory.Tx) error {
		if err := tx.InsertAccount(directory.Account{ID: ids[0], TimeZone: "UTC"}); err != nil {
			return err
		}
		return tx.InsertStatus(directory.Status{ID: ids[1], Mnemonic: "available"})
	})[0]
	if err != nil {
		t.Fatal(err)
	}
	return ids[0]
}

// A group hopes that what must be unique is free. One that hoped in vain is done again
// and asks first, and so do those after it, for a while.
func TestHopes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.Opener) { testHopes(t, openFile(t, db(t), Options{})) })
}

func testHopes(t *testing.T, s *Store) {
	account := withAccount(t, s)
	var runs atomic.Int64
	create := func(extension string, isTaken bool, wantRuns int64) {
		t.Helper()
		runs.Store(0)
		err := s.InTx(t.Context(), account, someone(s, account, extension, &runs))[0]
		if (err != nil) != isTaken {
			t.Fatalf("extension %s: got error %v, want one: %t", extension, err, isTaken)
		}
		if got := runs.Load(); got != wantRuns {
			t.Errorf("extension %s: the unit was run %d times, want %d", extension, got, wantRuns)
		}
	}
	create("100", false, 1)
	create("100", true, 2)
	for i := range carefulAfter {
		if i%2 == 0 {
			create("100", true, 1)
		} else {
			create(fmt.Sprint(100+i), false, 1)
		}
	}
	create("100", true, 2)
}

// What units are going to ask for is found at once; a hint that is wrong changes
// nothing.
func TestForesight(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.Opener) { testForesight(t, openFile(t, db(t), Options{})) })
}

func testForesight(t *testing.T, s *Store) {
	account := withAccount(t, s)
	ids, err := s.NewIDs(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	number := func(id int64, text string) directory.Number {
		return directory.Number{ID: id, Identity: text, Spelling: text, ChannelsCount: 1, DialTime: 60, Status: "active"}
	}
	if err := s.InTx(t.Context(), account, func(tx directory.Tx) error {
		_, err := tx.PutNumber(nil, number(ids[0], "100"))
		return err
	})[0]; err != nil {
		t.Fatal(err)
	}
	ask := func(text string, want int) directory.Unit {
		return func(tx directory.Tx) error {
			found, err := tx.NumbersByIdentity([]string{text})
			if len(found) != want {
				t.Errorf("%s: found %v, want %d", text, found, want)
			}
			return err
		}
	}
	ctx := directory.WithForesight(t.Context(), []directory.Foresight{
		{Numbers: []string{"100", "200"}}, {Numbers: []string{"200"}}, {Numbers: []string{"300"}}, {Groups: []int64{1}},
	})
	errs := s.InTx(ctx, account,
		ask("100", 1),
		func(tx directory.Tx) error {
			if err := ask("200", 0)(tx); err != nil {
				return err
			}
			_, err := tx.PutNumber(nil, number(ids[1], "200"))
			return err
		},
		ask("200", 1), // which it was not foreseen to ask for, and which is there now
		func(tx directory.Tx) error { // a change has all that was foreseen forgotten
			old := number(ids[0], "100")
			changed := old
			changed.DialTime = 5
			_, err := tx.PutNumber(&old, changed)
			return err
		},
		func(tx directory.Tx) error {
			found, err := tx.NumbersByIdentity([]string{"100"})
			if err == nil && (len(found) != 1 || found[0].DialTime != 5) {
				err = fmt.Errorf("after the change: found %v", found)
			}
			return err
		},
	)
	for i, err := range errs {
		if err != nil {
			t.Errorf("unit %d: %v", i, err)
		}
	}
}

func TestTokenCache(t *testing.T) {
	var c tokenCache
	now := time.Now()
	token := func(n int) *directory.Token {
		return &directory.Token{ID: int64(n), Digest: []byte(fmt.Sprintf("%032d", n))}
	}
	known := func(n int) bool {
		found, _ := c.get(token(n).Digest)
		return found != nil && found.ID == int64(n)
	}
	_, age := c.get(token(1).Digest)
	c.put(token(1), now, age)
	if !known(1) || known(2) {
		t.Errorf("known: %t, want true; another one: %t, want false", known(1), known(2))
	}
	c.put(token(2), now.Add(-tokenFresh), age)
	if known(2) {
		t.Errorf("a token is known that was read %s ago", tokenFresh)
	}
	c.forget()
	if known(1) {
		t.Error("a token is known after a change")
	}
	c.put(token(1), now, age)
	if known(1) {
		t.Error("a token is known that was asked for before a change")
	}
	_, age = c.get(token(1).Digest)
	for n := range tokensKnown + 1 {
		c.put(token(n), now, age)
	}
	if len(c.tokens) > tokensKnown || !known(tokensKnown) {
		t.Errorf("%d tokens are known, want %d at most, the newest among them", len(c.tokens), tokensKnown)
	}
}

// PostgreSQL has statistics of its tables soon after the first employees came.
func TestStatistics(t *testing.T) {
	var s statistics
	for _, tt := range []struct {
		added int64
		want  bool
	}{{-1, false}, {firstStatistics - 1, false}, {1, true}, {1, false}, {firstStatistics*statisticsGrowth - firstStatistics - 2, false}, {1, true}} {
		if got := s.due(tt.added); got != tt.want {
			t.Errorf("after %d more, %d in all: due is %t, want %t", tt.added, s.added.Load(), got, tt.want)
		}
	}

	dsn := testdb.Postgres(t)
	db := openFile(t, dsn, Options{})
	account := withAccount(t, db)
	var runs atomic.Int64
	units := make([]directory.Unit, firstStatistics)
	for i := range units {
		units[i] = someone(db, account, "", &runs)
	}
	for _, err := range db.InTx(t.Context(), account, units...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	sql := testdb.SQL(t, dsn)
	until(t, "employees are counted", func() bool {
		var n float64
		if err := sql.QueryRow(`select reltuples from pg_class where relname = 'employees'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == firstStatistics
	})
}
