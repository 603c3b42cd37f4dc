// Package storetest is the contract of directory.Store as tests, which every
// database's implementation passes: Run, and Inconsistencies for databases that
// something else has written.
//
// It knows the tables, for it looks at rows that no verb shows, but not in which
// database they are: its SQL is what the databases share.
package storetest

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/directory"
)

// Store is what is tested.
type Store interface {
	directory.Store
	Close() error
}

// Query reads rows. Placeholders are $1, $2, … in order; whole numbers come as
// int64, text as string, null as nil.
type Query func(query string, args ...any) ([][]any, error)

// Database is a database of its own, with the schema and nothing in it.
type Database struct {
	// Open opens one more Store on the database, as another server would. The
	// caller closes it.
	Open  func() (Store, error)
	Query Query
}

// Run checks that stores keep the contract. create makes a database; it fails the
// test itself, and removes the database when the test ends.
func Run(t *testing.T, create func(t *testing.T) Database) {
	for _, tt := range []struct {
		name string
		run  func(*bench)
	}{
		{"units stand alone", testUnitsStandAlone},
		{"neighbours are unharmed", testNeighbours},
		{"units stand together", testTogether},
		{"together among others", testTogetherAmongOthers},
		{"undo", testUndo},
		{"outcomes", testOutcomes},
		{"imports", testImports},
		{"an answer is kept", testAnswerIsKept},
		{"ids are new", testIDs},
		{"conflicts of inserts", testInsertConflicts},
		{"conflicts of updates", testUpdateConflicts},
		{"conflicts of logins", testLoginConflict},
		{"values are free again", testValuesFreed},
		{"one of many gets a value", testRace},
		{"versions", testVersions},
		{"clashing identifiers", testIdentifiers},
		{"numbers", testNumbers},
		{"links", testLinks},
		{"names", testNames},
		{"references in one group", testReferencesTogether},
		{"sites", testSites},
		{"statuses", testStatuses},
		{"status periods", testStatusPeriods},
		{"a race for a status", testStatusRace},
		{"employee stat", testEmployeeStat},
		{"activity", testActivity},
		{"free handles", testFreeHandle},
		{"SIP lines", testSIPLines},
		{"events of SIP lines", testSIPLineEvents},
		{"other accounts", testOtherAccounts},
		{"event numbers", testEventNumbers},
		{"event contents", testEventContents},
		{"events of groups", testGroupEvents},
		{"event pages", testEventPages},
		{"subscriptions", testSubscriptions},
		{"no secrets in events", testEventSecrets},
		{"events of tokens", testTokenEvents},
		{"forgotten together", testForgottenTogether},
		{"tokens", testTokens},
		{"accounts", testAccounts},
		{"members", testMembers},
		{"password hashes", testPasswordHashes},
		{"upgraded hashes", testUpgradedHashes},
		{"given hashes", testGivenHashes},
		{"points", testPoints},
		{"points together", testPointsTogether},
		{"administrators and coaches", testAdministrators},
		{"filters", testFilters},
		{"orders", testOrders},
		{"totals of ranges of ids", testIDRanges},
		{"orders of a group", testOrdersOfGroup},
		{"references", testReferences},
		{"groups", testGroups},
		{"memberships", testMemberships},
		{"a large group", testLargeGroup},
		{"memberships from two servers", testGroupRace},
		{"people", testPeople},
		{"each person", testEachPerson},
		{"presence", testPresence},
		{"chat groups", testChatGroups},
		{"doors", testDoors},
		{"skills", testSkills},
		{"desk", testDesk},
		{"websites", testWebsites},
		{"model", testModel},
		{"model of groups", testGroupModel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, create(t))
			tt.run(b)
			problems, err := Inconsistencies(b.db.Query)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range problems {
				t.Error(problem)
			}
		})
	}
}

// bench is one test's database with a store on it.
type bench struct {
	*testing.T
	db    Database
	store Store
}

func newBench(t *testing.T, db Database) *bench {
	b := &bench{T: t, db: db}
	b.store = b.open()
	return b
}

// open opens one more store, to be closed when the test ends.
func (b *bench) open() Store {
	b.Helper()
	s, err := b.db.Open()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Errorf("close: %v", err)
		}
	})
	return s
}

// service is the roster over the store.
func (b *bench) service() *directory.Service { b.Helper(); return b.serviceOn(b.store) }

// serviceOn is the roster over one of several stores.
func (b *bench) serviceOn(store Store) *directory.Service {
	b.Helper()
	s, err := directory.New(directory.Config{Store: store, Clock: time.Now, Random: rand.Reader, SecretKey: make([]byte, directory.SecretKeySize)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// query reads rows, see Query.
func (b *bench) query(query string, args ...any) [][]any {
	b.Helper()
	rows, err := b.db.Query(query, args...)
	if err != nil {
		b.Fatalf("%s: %v", query, err)
	}
	return rows
}

// number is the one number that a query answers.
func (b *bench) number(query string, args ...any) int64 {
	b.Helper()
	rows := b.query(query, args...)
	if len(rows) != 1 || len(rows[0]) != 1 {
		b.Fatalf("%s: got %v, want one number", query, rows)
	}
	n, isNumber := rows[0][0].(int64)
	if !isNumber {
		b.Fatalf("%s: got %T, want int64", query, rows[0][0])
	}
	return n
}

func (b *bench) ids(n int) []int64 {
	b.Helper()
	ids, err := b.store.NewIDs(b.Context(), n)
	if err != nil {
		b.Fatal(err)
	}
	return ids
}

func (b *bench) id() int64 { return b.ids(1)[0] }

// in runs one unit, which must succeed.
func (b *bench) in(account int64, unit directory.Unit) {
	b.Helper()
	if err := b.try(account, unit); err != nil {
		b.Fatal(err)
	}
}

// try runs one unit.
func (b *bench) try(account int64, unit directory.Unit) error {
	return b.store.InTx(b.Context(), account, unit)[0]
}

// mnemonics are the standard statuses of accounts.
var mnemonics = []string{"available", "break", "do_not_disturb", "not_at_workplace", "not_at_work", "auto_out_call", "unknown"}

// account is a tenant with statuses and nobody in it.
type account struct {
	id       int64
	statuses map[string]int64 // by mnemonic
}

func (b *bench) account() account { return b.accountLike(directory.Account{Name: "Account"}) }

func (b *bench) accountLike(like directory.Account) account {
	b.Helper()
	ids := b.ids(1 + len(mnemonics))
	a := account{id: ids[0], statuses: map[string]int64{}}
	like.ID, like.TimeZone, like.CreatedAt = a.id, "UTC", now()
	b.in(a.id, func(tx directory.Tx) error {
		if err := tx.InsertAccount(like); err != nil {
			return err
		}
		for i, mnemonic := range mnemonics {
			a.statuses[mnemonic] = ids[1+i]
			if err := tx.InsertStatus(directory.Status{ID: ids[1+i], Mnemonic: mnemonic, Name: mnemonic, PhoneProtocols: []directory.PhoneProtocol{"SIP"}}); err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// employee is a new employee of a, not yet kept.
func (b *bench) employee(a account, changes ...func(*directory.Employee)) *directory.Employee {
	b.Helper()
	e := employee(b.id(), a)
	for _, change := range changes {
		change(e)
	}
	return linked(e)
}

// linked gives each of e's numbers the id that it has in e's groups.
func linked(e *directory.Employee) *directory.Employee {
	e.LinkIDs = nil
	for _, n := range e.NumberIDs {
		e.LinkIDs = append(e.LinkIDs, e.ID<<32|n)
	}
	return e
}

func employee(id int64, a account) *directory.Employee {
	return &directory.Employee{
		ID: id, AccountID: a.id, UUID: uuid.NewString(), RocketID: fmt.Sprintf("%017d", id),
		Version: 1, CreatedAt: now(), UpdatedAt: now(),
		LastName: "Ivanov", Handle: "handle-" + strconv.FormatInt(id, 10), StatusID: a.statuses["available"], StatusSince: now(), CallRecording: "all",
	}
}

// group keeps a new group of a, whose name is also its handle.
func (b *bench) group(a account, name string, changes ...func(*directory.Group)) *directory.Group {
	b.Helper()
	id := b.id()
	g := &directory.Group{ID: id, UUID: uuid.NewString(), RocketID: fmt.Sprintf("%024x", id), Handle: name, Name: name, ChannelsCount: 1}
	for _, change := range changes {
		change(g)
	}
	b.in(a.id, func(tx directory.Tx) error {
		values, err := tx.InsertGroup(g)
		if err == nil && len(values) > 0 {
			err = taken(values)
		}
		return err
	})
	return g
}

// taken is the error of a unit that met values of others.
type taken []directory.UniqueValue

func (t taken) Error() string { return fmt.Sprintf("taken: %v", []directory.UniqueValue(t)) }

// insert is a unit that keeps e, with an event.
func insert(e *directory.Employee) directory.Unit {
	return func(tx directory.Tx) error {
		values, err := tx.InsertEmployee(e, "")
		if err == nil && len(values) > 0 {
			err = taken(values)
		}
		if err != nil {
			return err
		}
		return tx.Append(event("employee.created", e.ID, nil, []byte(`{}`)))
	}
}

// update is a unit that changes before to after, with an event.
func update(before, after *directory.Employee) directory.Unit {
	return func(tx directory.Tx) error {
		values, err := tx.UpdateEmployee(before, after)
		if err == nil && len(values) > 0 {
			err = taken(values)
		}
		if err != nil {
			return err
		}
		return tx.Append(event("employee.updated", after.ID, []byte(`{}`), []byte(`{}`)))
	}
}

// remove is a unit that deletes e, with an event.
func remove(e *directory.Employee) directory.Unit {
	return func(tx directory.Tx) error {
		if err := tx.DeleteEmployee(e, now()); err != nil {
			return err
		}
		return tx.Append(event("employee.deleted", e.ID, nil, nil))
	}
}

func event(kind string, employee int64, before, after []byte) directory.Event {
	return directory.Event{Kind: kind, Subject: directory.KindEmployee, SubjectID: employee, At: now(), Before: before, After: after}
}

// inserted keeps a new employee of a.
func (b *bench) inserted(a account, changes ...func(*directory.Employee)) *directory.Employee {
	b.Helper()
	e := b.employee(a, changes...)
	b.in(a.id, insert(e))
	return e
}

// changed is a copy of e, one version on, with changes.
func changed(e *directory.Employee, changes ...func(*directory.Employee)) *directory.Employee {
	c := *e
	c.Version++
	c.UpdatedAt = now()
	for _, change := range changes {
		change(&c)
	}
	if c.StatusID != e.StatusID {
		c.StatusSince = c.UpdatedAt
	}
	return linked(&c)
}

// updated keeps changes of e.
func (b *bench) updated(e *directory.Employee, changes ...func(*directory.Employee)) *directory.Employee {
	b.Helper()
	after := changed(e, changes...)
	b.in(e.AccountID, update(e, after))
	return after
}

// read is employee id as the store has it, with their numbers; nil if it has none.
func (b *bench) read(account, id int64) (e *directory.Employee, numbers []directory.Number) {
	b.Helper()
	b.in(account, func(tx directory.Tx) (err error) {
		e, numbers, err = tx.Employee(id)
		return err
	})
	return e, numbers
}

// present are those of ids that a reader finds in the account.
func present(t testing.TB, s directory.Store, account int64, ids ...int64) map[int64]bool {
	t.Helper()
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	page, _, err := s.Employees(t.Context(), account, directory.Query{
		Where: directory.Test{Field: "id", Op: directory.OpIn, Values: values}, Limit: int64(len(ids)),
	})
	if err != nil {
		t.Errorf("read: %v", err)
		return nil
	}
	found := map[int64]bool{}
	for _, e := range page.Items {
		found[e.ID] = true
	}
	return found
}
