package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// What is deleted is forgotten, even if it was changed in the same transaction.
func TestForget(t *testing.T) { each(t, testForget) }

func testForget(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	s := serve(t, dsn)
	call := func(method, params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}`
	}
	created := s.post(t, credentials.AccessToken, call("create.employees", `{"last_name":"Petrova","phone_numbers":[{"phone_number":"74950000001"}]}`))
	var id int64
	if _, err := fmt.Sscanf(created[strings.LastIndex(created, `"id":`):], `"id":%d`, &id); err != nil {
		t.Fatalf("%v: %s", err, created)
	}

	// While the account is locked, the calls wait for each other, and so come into
	// one transaction, all but the first.
	release := lockAccount(t, dsn)
	answers := []<-chan string{
		s.underWay(t, credentials.AccessToken, call("create.employees", `{"last_name":"Other","phone_numbers":[]}`)),
		s.underWay(t, credentials.AccessToken, call("update.employees", fmt.Sprintf(`{"id":%d,"first_name":"Anna","phone_numbers":[{"phone_number":"74950000001","channels_count":2}]}`, id))),
		s.underWay(t, credentials.AccessToken, call("delete.employees", fmt.Sprintf(`{"id":%d}`, id))),
	}
	release()
	for _, answered := range answers {
		if answer := <-answered; !strings.Contains(answer, `"result"`) {
			t.Errorf("got %s, want a result", answer)
		}
	}
	checkDatabase(t, dsn)
	remembered := `select count(*) from events where subject_kind = 'phone_numbers' and (before_state is not null or after_state is not null)`
	if n := number(t, openSQL(t, dsn), remembered); n > 0 {
		t.Errorf("%d events remember a phone number that nobody has any more", n)
	}
}

// lockAccount lets nobody change an account until release is called.
func lockAccount(t *testing.T, dsn string) (release func()) {
	t.Helper()
	statements := []string{"begin", "update accounts set last_event = last_event"}
	if store.IsFile(dsn) {
		statements[0] = "begin immediate"
	}
	conn, err := openSQL(t, dsn).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), "rollback"); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
