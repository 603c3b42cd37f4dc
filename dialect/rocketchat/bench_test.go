package rocketchat_test

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// dawn is when everything in the exchanges happens.
var dawn = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func atDawn() time.Time { return dawn }

// everybodysPassword is that of all members of the workspace.
const everybodysPassword = "correct horse battery staple"

// suiteAdmin is the login and the password of the administrator of another workspace,
// with whom the vendor's own suite begins.
const suiteAdmin = "rocketchat.internal.admin.test"

// fixture is what there is of the workspace: for each of people, "name" is the _id
// and "name_token" a token.
var fixture = map[string]string{"password": everybodysPassword}

// workspace is the database that all begins with: a workspace with people of all
// roles, where calls are not limited, and another one.
var workspace = &testdb.Template{Prepare: func(t testing.TB, dsn string) {
	db := openStore(t, dsn)
	defer closeStore(t, db)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := newDirectory(t, db, atDawn)
	made := must(d.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Workspace"), Login: schema.Some("admin"), Password: schema.Some(everybodysPassword)}))(t)
	must(d.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Suite"), Login: schema.Some(suiteAdmin), Password: schema.Some(suiteAdmin)}))(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(made.AccountID))
	if err := d.PutDoorSettings(ctx, rocketchat.Door, map[string]jsontext.Value{"setting:API_Enable_Rate_Limiter": jsontext.Value("false")}); err != nil {
		t.Fatal(err)
	}
	commands := []directory.CreatePerson{
		person("manager", "Irina Petrova", func(c *directory.CreatePerson) {
			c.Roles = schema.Some([]directory.Role{directory.Manager})
		}),
		person("agent", "Oleg Smirnov", func(c *directory.CreatePerson) {
			c.Agent = schema.Some(true)
			c.TimeZone, c.InterfaceLanguage = schema.Some(directory.TimeZone("Europe/Moscow")), schema.Some(directory.Language("ru"))
		}),
		person("plain", "Anna Orlova", func(c *directory.CreatePerson) { c.ExternalID = schema.Some("hr-17") }),
		person("coached", "Pavel Lebedev", func(*directory.CreatePerson) {}),
	}
	for _, result := range d.CreatePeople(ctx, commands) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
	people := must(d.People(ctx, directory.Query{Limit: 100}))(t).Items
	ids := map[string]int64{}
	for _, p := range people {
		ids[p.Login], fixture[p.Login] = p.ID, p.RocketID
		fixture[p.Login+"_token"] = must(d.CreateToken(t.Context(), directory.NewToken{Login: schema.Some(p.Login), Label: schema.Some("test")}, rocketchat.Keys()))(t)
	}
	coaching := directory.UpdateEmployee{ID: schema.Some(ids["coached"])}
	coaching.Coach = schema.Some(directory.CoachParams{ID: schema.Some(ids["agent"])})
	if err := d.UpdateEmployees(ctx, []directory.UpdateEmployee{coaching})[0].Err; err != nil {
		t.Fatal(err)
	}
}}

// person is a member of the workspace, with an e-mail address.
func person(login, name string, change func(*directory.CreatePerson)) (c directory.CreatePerson) {
	c.Login, c.Handle, c.Password = schema.Some(login), schema.Some(directory.Handle(login)), schema.Some(everybodysPassword)
	c.LastName, c.ShownName, c.Email = schema.Some(name), schema.Some(name), schema.Some(directory.Email(login+"@example.com"))
	change(&c)
	return c
}

// start makes the door of a workspace of its own.
func start(t testing.TB) (http.Handler, map[string]string) {
	d, _ := startDirectory(t, atDawn)
	return newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn}), maps.Clone(fixture)
}

func startDirectory(t testing.TB, clock func() time.Time) (*directory.Service, *store.Store) {
	t.Helper()
	db := openStore(t, workspace.SQLite(t))
	t.Cleanup(func() { closeStore(t, db) })
	return newDirectory(t, db, clock), db
}

func newDoor(t testing.TB, o rocketchat.Options) http.Handler {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	return must(rocketchat.New(o))(t)
}

func openStore(t testing.TB, dsn string) *store.Store {
	t.Helper()
	return must(store.Open(t.Context(), dsn, store.Options{Log: slog.New(slog.DiscardHandler)}))(t)
}

func closeStore(t testing.TB, db *store.Store) {
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func newDirectory(t testing.TB, db *store.Store, clock func() time.Time) *directory.Service {
	t.Helper()
	return must(directory.New(directory.Config{Store: db, Clock: clock, Random: rand.Reader}))(t)
}

// must returns the value of a call that cannot fail in a test.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// startSuite serves the door over a socket to the administrator of the vendor's
// suite.
func startSuite(t *testing.T) *suite {
	t.Helper()
	d, _ := startDirectory(t, time.Now)
	mux := http.NewServeMux()
	mux.Handle(rocketchat.Prefix, newDoor(t, rocketchat.Options{Directory: d, Clock: time.Now}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := &suite{url: server.URL}
	token, p, err := d.SignInAt(t.Context(), rocketchat.Keys(), suiteAdmin, suiteAdmin, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.admin = session{p.RocketID, token}
	return s
}
