package libraryh3lp_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// dawn is when all tests begin; their clock stands still until it is moved.
var dawn = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const (
	password = "correct horse battery staple"
	jidHost  = "example.org"
)

// bench is a door over a real database, with an account of four members and two
// users in two queues, and another account. Vars names them.
type bench struct {
	service *directory.Service
	store   *store.Store
	account int64
	vars    map[string]string

	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// prepared is the database that every bench begins with, fixture what is in it.
var (
	prepared = &testdb.Template{Prepare: prepare}
	fixture  = map[string]string{}
)

func newBench(t testing.TB, dsn string) *bench {
	t.Helper()
	db := must(store.Open(t.Context(), dsn, store.Options{Log: slog.New(slog.DiscardHandler)}))(t)
	b := &bench{store: db, now: dawn, vars: map[string]string{}}
	b.service = must(directory.New(directory.Config{Store: db, Clock: b.clock, Random: rand.Reader}))(t)
	return b
}

// open is a bench on a copy of what was prepared.
func open(t testing.TB, opener testdb.Opener) *bench {
	t.Helper()
	b := newBench(t, opener(t))
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	b.vars = maps.Clone(fixture)
	b.account = b.id(t, "account")
	return b
}

// door is the bench's handler.
func (b *bench) door(t testing.TB) http.Handler {
	t.Helper()
	return must(libraryh3lp.New(libraryh3lp.Options{Directory: b.service, Log: slog.New(slog.DiscardHandler), MaxBody: maxBody}))(t)
}

// maxBody is enough for all that tests send on purpose.
const maxBody = 1 << 20

// start is what dialecttest begins with.
func start(t testing.TB) (http.Handler, map[string]string) {
	b := open(t, prepared.SQLite)
	return b.door(t), b.vars
}

func prepare(t testing.TB, dsn string) {
	b := newBench(t, dsn)
	if err := b.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fixture["password"] = password
	b.account = b.newAccount(t, "", "admin")
	for _, role := range []directory.Role{directory.Manager, directory.Reader, directory.Agent} {
		b.newPerson(t, directory.CreatePerson{
			CreateEmployee: directory.CreateEmployee{
				Names:  directory.Names{LastName: schema.Some("The " + string(role))},
				Work:   directory.Work{Email: schema.Some(directory.Email(string(role) + "@example.org"))},
				Extras: directory.Extras{Handle: schema.Some(directory.Handle(role)), Roles: schema.Some([]directory.Role{role})},
			},
			PersonParams: directory.PersonParams{Login: schema.Some(string(role)), Password: schema.Some(password)},
		})
	}
	for _, login := range []string{"admin", "manager", "reader", "agent"} {
		token, _, err := b.service.SignInAt(t.Context(), libraryh3lp.Keys(), login, password, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		fixture[login+"_session"] = token
	}
	sales, support := b.newQueue(t, "sales"), b.newQueue(t, "support")
	anna, boris := b.newUser(t, "anna"), b.newUser(t, "boris")
	b.join(t, sales, anna)
	b.join(t, sales, boris)
	b.join(t, support, anna)
	if err := b.service.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(b.account), JIDHost: schema.Some(directory.DomainName(jidHost))}); err != nil {
		t.Fatal(err)
	}

	b.account = b.newAccount(t, "other_", "other")
	b.join(t, b.newQueue(t, "foreign-queue"), b.newUser(t, "foreign"))
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
}

// newAccount makes an account; prefix stands before its variables.
func (b *bench) newAccount(t testing.TB, prefix, login string) int64 {
	t.Helper()
	c := must(b.service.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some(login), Login: schema.Some(login), Password: schema.Some(password)}))(t)
	fixture[prefix+"account"], fixture[login] = strconv.FormatInt(c.AccountID, 10), strconv.FormatInt(c.UserID, 10)
	return c.AccountID
}

// trusted is a context of who may do everything in the account.
func (b *bench) trusted() context.Context {
	return directory.WithActor(context.Background(), directory.CommandLine(b.account))
}

func (b *bench) newPerson(t testing.TB, c directory.CreatePerson) int64 {
	t.Helper()
	created := b.service.CreatePeople(b.trusted(), []directory.CreatePerson{c})[0]
	if created.Err != nil {
		t.Fatal(created.Err)
	}
	fixture[string(c.Handle.Value)] = strconv.FormatInt(created.Value, 10)
	return created.Value
}

// newUser makes an employee as users are: with a seat, and nobody who signs in.
func (b *bench) newUser(t testing.TB, name string) int64 {
	t.Helper()
	return b.newPerson(t, directory.CreatePerson{
		CreateEmployee: directory.CreateEmployee{
			Names:  directory.Names{LastName: schema.Some(name)},
			Work:   directory.Work{Email: schema.Some(directory.Email(name + "@example.org"))},
			Extras: directory.Extras{Handle: schema.Some(directory.Handle(name))},
		},
		PersonParams: directory.PersonParams{Seat: schema.Some(true)},
	})
}

func (b *bench) newQueue(t testing.TB, name string) int64 {
	t.Helper()
	command := directory.CreateChatGroup{}
	command.Name, command.Handle = schema.Some(name), schema.Some(directory.GroupHandle(name))
	created := b.service.CreateChatGroups(b.trusted(), []directory.CreateChatGroup{command})[0]
	if created.Err != nil {
		t.Fatal(created.Err)
	}
	fixture[name] = strconv.FormatInt(created.Value, 10)
	return created.Value
}

func (b *bench) join(t testing.TB, queue, user int64) {
	t.Helper()
	command := directory.CreateMembership{GroupID: schema.Some(queue), EmployeeID: schema.Some(user)}
	if err := b.service.CreateMemberships(b.trusted(), []directory.CreateMembership{command})[0].Err; err != nil {
		t.Fatal(err)
	}
}

func (b *bench) id(t testing.TB, name string) int64 {
	t.Helper()
	return must(strconv.ParseInt(b.vars[name], 10, 64))(t)
}

// must returns a function that gives v, or ends the test with err.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// What the vendor's documentation says, and what its clients do, is answered so.
func TestExchanges(t *testing.T) { dialecttest.Replay(t, "testdata", start) }

// Nothing of the roster is forgotten.
func TestContract(t *testing.T) { dialecttest.Complete(t, libraryh3lp.Contract()) }

// FuzzLibraryH3lp sends what no client sends.
func FuzzLibraryH3lp(f *testing.F) { dialecttest.Fuzz(f, "testdata", start) }
