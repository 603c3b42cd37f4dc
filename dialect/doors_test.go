package dialect_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// An employee who is created through one door is read, changed and deleted through
// each other one, and all doors tell the same.
func TestDoors(t *testing.T) {
	prepared.Each(t, func(t *testing.T, open testdb.Opener) {
		dialecttest.Matrix(t, newBench(t, open(t)).doors(t))
	})
}

// Who signs in has one password at all doors, whichever it was changed through. iAdvize's
// take none that is shorter than the vendor's.
func TestOnePassword(t *testing.T) {
	b := newBench(t, prepared.SQLite(t))
	native, rocket, library := newDataAPI(t, b.url), newRocketChat(t, b.url), newLibraryH3lp(t, b.url)
	rest, graphQL := newIAdvizeREST(t, b.url, b.key), newIAdvizeGraphQL(t, b.url)
	who := dialecttest.Person{"handle": "vera", "email": "vera@example.com", dialecttest.ShownName: "Vera", "roles": []string{"administrator"}}
	rocket.Create(t, who)
	old := password
	for _, change := range []struct {
		door, password string
		set            func(password string)
	}{
		{"Rocket.Chat", "first password", func(password string) {
			rocket.call(t, http.MethodPost, "users.update", object{"userId": rocket.user(t, who)["_id"], "data": object{"password": password}})
		}},
		{"LibraryH3lp", "second password", func(password string) {
			library.call(t, http.MethodPut, fmt.Sprintf("users/%v", library.id(t, who)), object{"password": password})
		}},
		{"iAdvize REST", "third password", func(password string) {
			rest.Change(t, who, dialecttest.Person{"password": password})
		}},
		{"iAdvize GraphQL", "fourth password", func(password string) {
			graphQL.Change(t, who, dialecttest.Person{"password": password})
		}},
		{"Data API", "fifth", func(password string) {
			native.call(t, "update.employees", object{"id": native.row(t, who)["id"], "operator": object{"operator_login": "vera", "operator_display_name": "Vera", "operator_password": password}})
		}},
	} {
		change.set(change.password)
		b.advance(time.Minute) // so that sign-ins are not limited
		for door, signsIn := range map[string]func(t testing.TB, login, password string) bool{
			"Data API": native.signsIn, "Rocket.Chat": rocket.signsIn, "LibraryH3lp": library.signsIn, "iAdvize GraphQL": graphQL.signsIn,
		} {
			if !signsIn(t, "vera", change.password) {
				t.Errorf("the password that was set through %s is refused by %s", change.door, door)
			}
			if signsIn(t, "vera", old) {
				t.Errorf("the password before that, set through %s, is taken by %s", change.door, door)
			}
		}
		old = change.password
	}

	short := strings.Repeat("я", iadvize.MinPassword-1)
	id := native.row(t, who)["id"]
	if response, answer := rest.send(t, http.MethodPut, fmt.Sprintf("operator/%v", id), url.Values{"password": {short}}); response.StatusCode != http.StatusBadRequest || in(answer, "meta", "status") != "fail" {
		t.Errorf("iAdvize REST takes a short password: %d %v", response.StatusCode, answer)
	}
	answer := graphQL.call(t, mutations["userUpdate"], object{"input": object{"userId": id, "password": short}})
	if in(first(in(answer, "done", "userErrors")), "__typename") != "PasswordTooShortError" {
		t.Errorf("iAdvize GraphQL takes a short password: %v", answer)
	}
	b.advance(time.Minute)
	if !native.signsIn(t, "vera", old) || native.signsIn(t, "vera", short) {
		t.Error("a password that is too short was refused and taken")
	}
	rest.Change(t, who, dialecttest.Person{"password": short + "я"})
	if !graphQL.signsIn(t, "vera", short+"я") {
		t.Error("a password that is just long enough is refused")
	}
}

// What all doors begin with: an account with an administrator, and two groups, skills
// and sites each.
var prepared = &testdb.Template{Prepare: func(t testing.TB, dsn string) {
	d, db := openDirectory(t, dsn, func() time.Time { return noon })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := d.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Account"), Login: schema.Some(admin), Password: schema.Some(password)})
	if err != nil {
		t.Fatal(err)
	}
	ctx := directory.WithActor(t.Context(), directory.CommandLine(c.AccountID))
	for _, name := range []string{"sales", "support"} {
		var g directory.CreateChatGroup
		g.Name, g.Handle = schema.Some(name), schema.Some(directory.GroupHandle(name))
		if err := d.CreateChatGroups(ctx, []directory.CreateChatGroup{g})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"refunds", "returns"} {
		var s directory.CreateSkill
		s.Name = schema.Some(name)
		if err := d.CreateSkills(ctx, []directory.CreateSkill{s})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"blog.example.com", "shop.example.com"} {
		var w directory.CreateWebsite
		w.DomainName = schema.Some(directory.DomainName(name))
		if err := d.CreateWebsites(ctx, []directory.CreateWebsite{w})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}}

const admin, password = "admin", "correct horse battery staple"

// noon is when all tests begin; their clock stands still until it is moved.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func openDirectory(t testing.TB, dsn string, clock func() time.Time) (*directory.Service, *store.Store) {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d, err := directory.New(directory.Config{Store: db, Clock: clock, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return d, db
}

// bench is a server with all doors.
type bench struct {
	url   string
	key   string       // of the administrator, for iAdvize's REST
	later atomic.Int64 // than noon, as a time.Duration
}

func (b *bench) clock() time.Time { return noon.Add(time.Duration(b.later.Load())) }

func (b *bench) advance(d time.Duration) { b.later.Add(int64(d)) }

// newBench serves a database. A new door is a handler here, and an adapter below.
func newBench(t *testing.T, dsn string) *bench {
	t.Helper()
	b := &bench{}
	d, db := openDirectory(t, dsn, b.clock)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	native, err := rpc.New(rpc.Options{Guard: methods.Guard(d), Together: methods.Together(d)}, methods.All(d)...)
	if err != nil {
		t.Fatal(err)
	}
	rocket, err := rocketchat.New(rocketchat.Options{Directory: d, Clock: b.clock, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	library, err := libraryh3lp.New(libraryh3lp.Options{Directory: d, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	o := iadvize.Options{Directory: d, Clock: b.clock, Log: log}
	rest, err := iadvize.REST(o)
	if err != nil {
		t.Fatal(err)
	}
	graphQL, err := iadvize.GraphQL(o)
	if err != nil {
		t.Fatal(err)
	}
	if b.key, err = d.CreateToken(t.Context(), directory.NewToken{Login: schema.Some(admin)}, iadvize.Keys()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/v2.0", native.HTTP())
	mux.Handle("/api/v1/", rocket)
	mux.Handle("/2011-12-03/", library)
	mux.Handle(iadvize.RESTPrefix, rest)
	mux.Handle(iadvize.GraphQLPath, graphQL)
	mux.Handle(iadvize.TokenPath, graphQL)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// doors are the adapters, signed in.
func (b *bench) doors(t testing.TB) []dialecttest.Door {
	native, rest := newDataAPI(t, b.url), newIAdvizeREST(t, b.url, b.key)
	native.skills = rest.skills // which have no method of their own there
	return []dialecttest.Door{native, newRocketChat(t, b.url), newLibraryH3lp(t, b.url), rest, newIAdvizeGraphQL(t, b.url)}
}

// client sends requests with a header, and JSON or forms; it is answered with JSON.
type client struct {
	url    string
	header http.Header
}

// send returns an answer, whose status is below 500, and the document in it.
func (c client) send(t testing.TB, method, path string, body any) (*http.Response, any) {
	t.Helper()
	var sent io.Reader
	mediaType := "application/json"
	switch body := body.(type) {
	case nil:
	case url.Values:
		sent, mediaType = strings.NewReader(body.Encode()), "application/x-www-form-urlencoded"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, c.url+path, sent)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, c.header)
	if sent != nil {
		r.Header.Set("Content-Type", mediaType)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil || response.StatusCode >= 500 {
		t.Fatalf("%s %s %v: %d %s, %v", method, path, body, response.StatusCode, text, err)
	}
	return response, document
}

// object is a JSON object.
type object = map[string]any

// sub is the object called name in another one, which is made if need be.
func sub(o object, name string) object {
	inner, there := o[name].(object)
	if !there {
		inner = object{}
		o[name] = inner
	}
	return inner
}

// in returns what the names lead to in a document; nil if there is nothing.
func in(document any, names ...string) any {
	for _, name := range names {
		o, _ := document.(object)
		document = o[name]
	}
	return document
}

// each are the elements of an array.
func each(document any) []any {
	elements, _ := document.([]any)
	return elements
}

// first is the first element of an array; nil if there is none.
func first(document any) any {
	for _, element := range each(document) {
		return element
	}
	return nil
}

// grants are the roles by which employees administer, those that all doors have.
func grants(roles any, names map[string]string) []string {
	granted := []string{}
	for _, role := range each(roles) {
		if name := names[fmt.Sprint(role)]; name != "" {
			granted = append(granted, name)
		}
	}
	slices.Sort(granted)
	return granted
}

// named are the names of ids, sorted.
func named(ids map[string]any, some []any) []string {
	names := []string{}
	for name, id := range ids {
		if slices.Contains(some, id) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// idsOf are the ids of names.
func idsOf(ids map[string]any, names any) []any {
	some := []any{}
	for _, name := range names.([]string) {
		some = append(some, ids[name])
	}
	return some
}

// presenceOf is what the presence can be by what p tells of connection and channels.
func presenceOf(p dialecttest.Person) dialecttest.AnyOf {
	shows := dialecttest.AnyOf{}
	if p[dialecttest.Connected] == true {
		shows = dialecttest.AnyOf{"available", "chat", "away", "xa", "dnd"}
	}
	if !slices.ContainsFunc(channels, func(channel string) bool { return p[dialecttest.Takes+channel] == true }) {
		shows = append(shows, "unavailable")
	}
	return shows
}

// whole is a number without fraction; 0 if there is none.
func whole(v any) int64 {
	n, _ := v.(float64)
	return int64(n)
}

// moment is a point in time in one of the forms that there are of RFC 3339.
func moment(t testing.TB, text any) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, fmt.Sprint(text))
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// put gives a member of an object, or of those within it, a value: "extension.number".
func put(o object, path string, value any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		o = sub(o, name)
	}
	o[names[len(names)-1]] = value
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// utcOffset is how many hours a time zone is ahead at noon; nil if there is none.
func utcOffset(t testing.TB, zone any) any {
	t.Helper()
	name, is := zone.(string)
	if !is {
		return nil
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	_, seconds := noon.In(location).Zone()
	return float64(seconds) / 3600
}
