package iadvize_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// dawn is when everything in the exchanges happens.
var dawn = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func atDawn() time.Time { return dawn }

// everybodysPassword is that of all who can sign in.
const everybodysPassword = "correct horse battery staple"

// fixture is what there is of the account: the ids of people, groups, skills and
// websites by their names, and for each who can sign in "name_key" and "name_token".
var fixture = map[string]string{"password": everybodysPassword}

// roster is the database that all begins with: an account with an administrator, a
// manager, operators and what they refer to, and another account with an administrator.
var roster = &testdb.Template{Prepare: func(t testing.TB, dsn string) {
	db := openStore(t, dsn)
	defer closeStore(t, db)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := newDirectory(t, db, atDawn)
	made := must(d.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Shop"), Login: schema.Some("admin@example.com"), Password: schema.Some(everybodysPassword)}))(t)
	other := must(d.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Other"), Login: schema.Some("other@example.com"), Password: schema.Some(everybodysPassword)}))(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(made.AccountID))
	know := func(name string, id int64) int64 {
		fixture[name] = fmt.Sprint(id)
		return id
	}
	know("client", made.AccountID)
	know("admin", made.UserID)
	know("other_client", other.AccountID)
	know("other", other.UserID)

	var groups []directory.CreateChatGroup
	for _, name := range []string{"sales", "support"} {
		var g directory.CreateChatGroup
		g.Name = schema.Some(name)
		groups = append(groups, g)
	}
	sales, support := know("sales", each(t, d.CreateChatGroups(ctx, groups[:1]))[0]), know("support", each(t, d.CreateChatGroups(ctx, groups[1:]))[0])
	var french directory.CreateSkill
	french.Name, french.Order = schema.Some("French"), schema.Some(int64(1))
	var paris directory.CreateSkill
	paris.Name, paris.IsLocation = schema.Some("Paris"), schema.Some(true)
	skills := each(t, d.CreateSkills(ctx, []directory.CreateSkill{french, paris}))
	know("french", skills[0])
	know("paris", skills[1])
	var shop, blog directory.CreateWebsite
	shop.DomainName, shop.Name, shop.Currency = schema.Some(directory.DomainName("shop.example.com")), schema.Some("Shop"), schema.Some(directory.Currency("EUR"))
	blog.DomainName = schema.Some(directory.DomainName("blog.example.com"))
	sites := each(t, d.CreateWebsites(ctx, []directory.CreateWebsite{shop, blog}))
	know("shop", sites[0])
	know("blog", sites[1])

	ids := each(t, d.CreatePeople(ctx, []directory.CreatePerson{
		person("manager", "Irina", "Petrova", directory.Manager, func(*directory.CreatePerson) {}),
		person("anna", "Anna", "Orlova", directory.Agent, func(c *directory.CreatePerson) {
			c.DisplayName, c.ExternalID = schema.Some("Annie"), schema.Some("hr-17")
			c.Groups, c.Skills, c.Sites = schema.Some([]int64{sales}), schema.Some(skills[:1]), schema.Some(sites)
			c.Languages, c.InterfaceLanguage = schema.Some([]directory.Language{"fr", "en"}), schema.Some(directory.Language("fr"))
			c.Profile = schema.Some(directory.ProfileParams{Status: schema.Some("Ici pour vous"), City: schema.Some("Nantes"), Country: schema.Some("France")})
		}),
		person("oleg", "Oleg", "Smirnov", directory.Agent, func(c *directory.CreatePerson) {
			c.Groups = schema.Some([]int64{support})
			c.Channels = schema.Some(directory.ChannelsParams{
				Chat: schema.Some(directory.ChannelParams{Slots: schema.Some(int64(4)), Priority: schema.Some(int64(10))}),
				Call: schema.Some(directory.ChannelParams{Enabled: schema.Some(true)}),
			})
		}),
	}))
	for i, name := range []string{"manager", "anna", "oleg"} {
		know(name, ids[i])
	}
	for _, a := range []directory.UpdateActivity{
		{ID: schema.Some(ids[2]), Connected: schema.Some(true), ChatOngoing: schema.Some(int64(2)), CallOngoing: schema.Some(int64(1))},
		{ID: schema.Some(ids[1]), Conversations: schema.Some(int64(589)), SatisfactionRate: schema.Some(int64(8600)), Experience: schema.Some(int64(5630))},
	} {
		each(t, d.UpdateActivity(ctx, []directory.UpdateActivity{a}))
	}
	if _, _, err := d.SignInAt(t.Context(), iadvize.TokenKeys(), "anna@example.com", everybodysPassword, "192.0.2.1"); err != nil { // who does not connect by that
		t.Fatal(err)
	}
	for _, name := range []string{"admin", "manager", "anna", "other"} {
		fixture[name+"_key"] = must(d.CreateToken(t.Context(), directory.NewToken{Login: schema.Some(name + "@example.com"), Label: schema.Some("test")}, iadvize.Keys()))(t)
		fixture[name+"_token"] = must(d.CreateToken(t.Context(), directory.NewToken{Login: schema.Some(name + "@example.com"), Label: schema.Some("test")}, iadvize.TokenKeys()))(t)
	}
}}

// person is somebody with a seat who can sign in.
func person(name, first, last string, role directory.Role, change func(*directory.CreatePerson)) (c directory.CreatePerson) {
	address := name + "@example.com"
	c.Login, c.Email, c.Password, c.Seat = schema.Some(address), schema.Some(directory.Email(address)), schema.Some(everybodysPassword), schema.Some(true)
	c.FirstName, c.LastName, c.Roles = schema.Some(first), schema.Some(last), schema.Some([]directory.Role{role})
	change(&c)
	return c
}

// startDirectory is the roster, for one test alone.
func startDirectory(t testing.TB, clock func() time.Time) *directory.Service {
	t.Helper()
	db := openStore(t, roster.SQLite(t))
	t.Cleanup(func() { closeStore(t, db) })
	return newDirectory(t, db, clock)
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

// each are the values of commands that cannot fail in a test.
func each[T any](t testing.TB, results []directory.Result[T]) (values []T) {
	t.Helper()
	for _, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		values = append(values, r.Value)
	}
	return values
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

// options are those of a door of a roster of its own.
func options(t testing.TB) iadvize.Options {
	return iadvize.Options{Directory: startDirectory(t, atDawn), Clock: atDawn, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}
