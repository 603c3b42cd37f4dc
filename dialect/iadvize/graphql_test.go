package iadvize_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// startGraphQL makes GraphQL of a roster of its own.
func startGraphQL(t testing.TB) (http.Handler, map[string]string) {
	o := options(t)
	vars := maps.Clone(fixture)
	for _, name := range []string{"admin", "manager", "anna", "oleg", "shop", "blog", "french", "paris"} {
		vars[name+"_cursor"] = base64.StdEncoding.EncodeToString([]byte("cursor" + vars[name]))
	}
	vars["admin_data_token"] = must(o.Directory.CreateToken(t.Context(), directory.NewToken{Login: schema.Some("admin@example.com"), Label: schema.Some("test")}, directory.Keys{}))(t)
	return must(iadvize.GraphQL(o))(t), vars
}

func TestGraphQLExchanges(t *testing.T) { dialecttest.Replay(t, "testdata/graphql", startGraphQL) }

func TestGraphQLComplete(t *testing.T) { dialecttest.Complete(t, iadvize.GraphQLContract()) }

func FuzzIAdvizeGraphQL(f *testing.F) { dialecttest.Fuzz(f, "testdata/graphql", startGraphQL) }

func TestGraphQLHostile(t *testing.T) {
	const maxBody = 64 << 10
	o := options(t)
	o.MaxBody = maxBody
	bearer := map[string]string{"Authorization": "Bearer " + fixture["admin_token"]}
	dialecttest.Hostile(t, dialecttest.Target{
		Handler: must(iadvize.GraphQL(o))(t),
		MaxBody: maxBody,
		Unknown: iadvize.GraphQLPath + "/fly",
		Check:   isGraphQLAnswer,
		Requests: []dialecttest.Request{
			{Method: http.MethodPost, Path: iadvize.GraphQLPath, Header: bearer},
			{Method: http.MethodGet, Path: iadvize.GraphQLPath, Header: bearer},
			{Method: http.MethodPost, Path: iadvize.TokenPath},
			{Method: http.MethodGet, Path: iadvize.AuthenticatedPath, Header: bearer},
		},
	})
}

// isGraphQLAnswer says what is wrong with a response: data, or errors of which each has
// all three members, or the two members of OAuth's errors.
func isGraphQLAnswer(r *http.Response, body string) error {
	for name, want := range map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := r.Header.Get(name); got != want {
			return fmt.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if r.Request.Method == http.MethodHead {
		return nil
	}
	var answer struct {
		Data          jsontext.Value
		Authenticated bool
		Error         string
		Description   string `json:"error_description"`
		Errors        []struct {
			Message   *string
			Path      *[]any
			Locations *[]any
		}
	}
	if err := json.Unmarshal([]byte(body), &answer, json.MatchCaseInsensitiveNames(true)); err != nil {
		return err
	}
	for _, e := range answer.Errors {
		if e.Message == nil || e.Path == nil || e.Locations == nil {
			return fmt.Errorf("an error is incomplete")
		}
	}
	if answer.Data == nil && !answer.Authenticated && answer.Errors == nil && (answer.Error == "" || answer.Description == "") {
		return fmt.Errorf("there is neither data nor an error")
	}
	return nil
}

// The schema that is served has all of the vendor's, and demands no more.
func TestSchemaKeepsTheVendors(t *testing.T) {
	text := must(os.ReadFile("testdata/vendor.graphql"))(t)
	vendor := must(gqlparser.LoadSchema(&ast.Source{Name: "vendor.graphql", Input: string(text)}))(t)
	served := must(gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: iadvize.Schema}))(t)
	for name, want := range vendor.Types {
		got := served.Types[name]
		if got == nil || got.Kind != want.Kind {
			t.Errorf("type %s: got %v, want kind %s", name, got, want.Kind)
			continue
		}
		for _, interfaceName := range want.Interfaces {
			if !slices.Contains(got.Interfaces, interfaceName) {
				t.Errorf("type %s does not implement %s", name, interfaceName)
			}
		}
		for _, value := range want.EnumValues {
			if got.EnumValues.ForName(value.Name) == nil {
				t.Errorf("enum %s has no %s", name, value.Name)
			}
		}
		for _, field := range want.Fields {
			is := got.Fields.ForName(field.Name)
			if is == nil || is.Type.String() != field.Type.String() || is.DefaultValue.String() != field.DefaultValue.String() {
				t.Errorf("%s.%s: got %v, want %s", name, field.Name, is, field.Type)
				continue
			}
			if (field.Directives.ForName("deprecated") == nil) != (is.Directives.ForName("deprecated") == nil) {
				t.Errorf("%s.%s is deprecated in one schema only", name, field.Name)
			}
			for _, argument := range field.Arguments {
				if a := is.Arguments.ForName(argument.Name); a == nil || a.Type.String() != argument.Type.String() {
					t.Errorf("%s.%s(%s:): got %v, want %s", name, field.Name, argument.Name, a, argument.Type)
				}
			}
		}
		for _, field := range got.Fields {
			added := want.Fields.ForName(field.Name) == nil
			if added && want.Kind == ast.InputObject && field.Type.NonNull {
				t.Errorf("%s.%s is required, and no client knows it", name, field.Name)
			}
		}
	}
}

// client asks GraphQL over a socket.
type client struct {
	url, token string
}

// serveGraphQL serves GraphQL to the account's administrator.
func serveGraphQL(t testing.TB, o iadvize.Options) *client {
	t.Helper()
	server := httptest.NewServer(must(iadvize.GraphQL(o))(t))
	t.Cleanup(server.Close)
	return &client{server.URL + iadvize.GraphQLPath, fixture["admin_token"]}
}

// answer is a response.
type answer struct {
	Error  string // of OAuth
	Data   map[string]any
	Errors []struct {
		Message string
		Path    []any
	}
}

// do has a document executed.
func (c *client) do(t testing.TB, query string, variables map[string]any) (a answer) {
	t.Helper()
	body := must(json.Marshal(map[string]any{"query": query, "variables": variables}))(t)
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, bytes.NewReader(body)))(t)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	response := must(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))(t)
	if err := json.Unmarshal(text, &a, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return a
}

// get is the data of a document that is executed without errors.
func (c *client) get(t testing.TB, query string, variables map[string]any) map[string]any {
	t.Helper()
	a := c.do(t, query, variables)
	if len(a.Errors) > 0 {
		t.Fatalf("%s: got errors %v", query, a.Errors)
	}
	return a.Data
}

// at is what a path of names leads to.
func at(t testing.TB, value any, names ...string) any {
	t.Helper()
	for _, name := range names {
		object, is := value.(map[string]any)
		if !is {
			t.Fatalf("%v has no %s", value, name)
		}
		value = object[name]
	}
	return value
}

// Limits refuse what is beyond them before anything is executed, and nothing else.
func TestGraphQLLimits(t *testing.T) {
	c := serveGraphQL(t, options(t))
	nested := func(depth int) string { // of which the last is a leaf
		return "{ __schema { queryType { fields { type " + strings.Repeat("{ ofType ", depth-5) + "{ name }" + strings.Repeat("} ", depth-5) + "} } } }"
	}
	for _, limit := range []struct {
		name, within, beyond, says string
	}{
		{"MaxQuery", "{ __typename }" + strings.Repeat(" ", iadvize.MaxQuery-14), "{ __typename }" + strings.Repeat(" ", iadvize.MaxQuery-13), "bytes"},
		{"MaxTokens", aliases(iadvize.MaxTokens), aliases(iadvize.MaxTokens + 3), "token limit"},
		{"MaxPairs", "{ users(first: 1) { " + strings.Repeat("...{edges{cursor}}", 150) + "} }", "{ users(first: 1) { " + strings.Repeat("...{edges{cursor}}", 400) + "} }", "more than 100000 pairs"},
		{"MaxQueryDepth", nested(iadvize.MaxQueryDepth), nested(iadvize.MaxQueryDepth + 1), "fields deep"},
		{"MaxCost, by fields", "{ " + users(490, 5, "email") + "}", "{ " + users(500, 5, "email") + "}", "more than 500000 fields"},
		{"MaxCost, by pages", "{ users(first: 1000) { edges { node { projects(first: 100) { edges { cursor } } } } } }", "{ users(first: 1000) { edges { node { projects(first: 1000) { edges { cursor } } } } } }", "more than 500000 fields"},
		{"MaxCost, in fragments", "{ users(first: 1000) { ...F } }" + fragments(5), "{ users(first: 1000) { ...F } }" + fragments(40), "more than 500000 fields"},
		{"MaxPage", "{ users(first: 1000) { totalCount } }", "{ users(first: 1001) { totalCount } }", "from 0 to 1000"},
		{"MaxFilter, of e-mail addresses", "{ users(after: \"Y3Vyc29yMQ==\", filters: {userIds: 1, externalIds: \"a\", groupIds: 1, projectIds: 1, skillIds: 1, emails: [" + strings.Repeat(`"a" `, iadvize.MaxFilter) + "]}) { totalCount edges { cursor } } }", "{ users(filters: {emails: [" + strings.Repeat(`"a" `, iadvize.MaxFilter+1) + "]}) { totalCount } }", "more than 1000 values"},
		{"MaxFilter", "{ users(filters: {userIds: [" + strings.Repeat("1 ", iadvize.MaxFilter) + "]}) { totalCount } }", "{ users(filters: {userIds: [" + strings.Repeat("1 ", iadvize.MaxFilter+1) + "]}) { totalCount } }", "more than 1000 values"},
	} {
		if a := c.do(t, limit.within, nil); len(a.Errors) > 0 {
			t.Errorf("%s: within it got %v", limit.name, a.Errors)
		}
		if a := c.do(t, limit.beyond, nil); len(a.Errors) != 1 || !strings.Contains(a.Errors[0].Message, limit.says) {
			t.Errorf("%s: beyond it got %v, want an error with %q", limit.name, a.Errors, limit.says)
		}
	}
}

// aliases is a document of n words and signs, about.
func aliases(n int) string {
	var b strings.Builder
	for i := range (n - 2) / 3 {
		fmt.Fprintf(&b, "a%d:__typename ", i)
	}
	return "{" + b.String() + "}"
}

// users are n questions for pages.
func users(n, first int, fields string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "u%d: users(first: %d) { edges { node { %s } } } ", i, first, fields)
	}
	return b.String()
}

// fragments are n, each with all of the next one twice.
func fragments(n int) string {
	text := "fragment F on UserConnection { ...F0 } "
	for i := range n {
		text += fmt.Sprintf("fragment F%d on UserConnection { a%d: totalCount ...F%d ... on UserConnection { ...F%d } } ", i, i, i+1, i+1)
	}
	return text + fmt.Sprintf("fragment F%d on UserConnection { totalCount } ", n)
}

// Values are of the types that the schema says, as literals and as variables, and none
// is repeated where it is not: it may be a password.
func TestGraphQLValues(t *testing.T) {
	c := serveGraphQL(t, options(t))
	const secret = "s3cret"
	for _, document := range []string{
		`mutation { skillCreate(input: {name: s3cret}) { skillId: __typename } }`,
		`mutation { skillCreate(input: {name: ["s3cret"]}) { __typename } }`,
		`mutation { skillCreate(input: {name: {a: "s3cret"}}) { __typename } }`,
		`mutation { skillCreate(input: "s3cret") { __typename } }`,
		`mutation { skillCreate(input: {name: "x", isLocation: "s3cret"}) { __typename } }`,
		`mutation { skillCreate(input: {name: "x", parentId: s3cret}) { __typename } }`,
		`mutation { skillCreate(input: {name: "x"} "s3cret") { __typename } }`,
		`mutation { skillCreate(input: {name: """s3cret""" """s3cret"""}) { __typename } }`,
		`mutation { userAvailabilityStatusUpdate(input: {userId: 1, chat: "AVAILABLE"}) { __typename } }`,
		`query ($a: String = s3cret) { user(id: 1) @include(if: $a) { id } }`,
		`query ($a: Boolean = "s3cret") { user(id: 1) @include(if: $a) { id } }`,
		`query ($a: [LegacyId!] = [s3cret, 1]) { users(filters: {userIds: $a}) { totalCount } }`,
	} {
		a := c.do(t, document, nil)
		if a.Data != nil || len(a.Errors) == 0 || strings.Contains(fmt.Sprint(a.Errors), secret) {
			t.Errorf("%s: got %v", document, a)
		}
	}
	for _, document := range []string{
		`mutation { skillCreate(input: {name: """ a "text"\n of {two} lines\u00e9 """}) { skill { name } userErrors { message } } }`,
		`mutation { userUpdate(input: {userId: "` + fixture["anna"] + `", countryPreferences: {interfaceLanguage: fr, languages: en}}) { userErrors { message } } }`,
		`mutation { skillCreate(input: {name: "a\/b\u0041\"\\\ud83d\ude00"}) { skill { name } userErrors { message } } }`,
		`{ users(filters: {userIds: 1}, first: 1) { totalCount } }`,
	} {
		c.get(t, document, nil)
	}
	got := at(t, c.get(t, `{ skills(last: 1) { edges { node { name } } } }`, nil), "skills", "edges").([]any)
	if name := at(t, got[0], "node", "name"); name != "a/bA\"\\😀" {
		t.Errorf("got the name %q", name)
	}
}

// hang is how long no answer takes, on whatever machine.
const hang = time.Minute

// What a document costs is found out without doing it, whatever the document is made of.
func TestGraphQLIsNotSlowedDown(t *testing.T) {
	c := serveGraphQL(t, options(t))
	for name, document := range map[string]string{
		"the same field again and again":   "{ users { " + strings.Repeat("totalCount ", iadvize.MaxTokens-5) + "} }",
		"the same fields again and again":  "{ users(first: 1) { " + strings.Repeat("edges{cursor}", (iadvize.MaxTokens-10)/4) + "} }",
		"the same in fragments":            "{ users(first: 1) { " + strings.Repeat("...{edges{cursor}}", (iadvize.MaxTokens-10)/7) + "} }",
		"the same fragment in itself":      "{ users { ...F } } fragment F on UserConnection { ...F }",
		"fragments that double":            "{ users { ...F } } " + fragments(300),
		"the same arguments again":         "{ " + strings.Repeat("user(id: 1) { id } ", (iadvize.MaxTokens-2)/9) + "}",
		"many variables":                   "query (" + strings.Repeat("$a: Int ", iadvize.MaxTokens/5) + ") { __typename }",
		"introspection in introspection":   "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
		"lists in lists":                   "{ users(filters: " + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + ") { totalCount } }",
		"objects in objects":               "{ users(filters: " + strings.Repeat("{a:", 2500) + "1" + strings.Repeat("}", 2500) + ") { totalCount } }",
		"selections in selections":         strings.Repeat("{ users ", 4000) + strings.Repeat("}", 4000),
		"inline fragments, one in another": "{ users { " + strings.Repeat("... { ", 3000) + "totalCount" + strings.Repeat("}", 3000) + "} }",
	} {
		began := time.Now()
		c.do(t, document, nil)
		if took := time.Since(began); took > hang {
			t.Errorf("%s: took %v", name, took)
		}
	}
	different, wrong := make([]any, 200_000), make([]any, 200_000)
	for i := range different {
		different[i], wrong[i] = i, "x"
	}
	const document = "mutation ($ids: [LegacyId!]!) { userSkillsSet(input: {userId: 1, skillIds: $ids}) { userErrors { message } } }"
	for name, ids := range map[string][]any{"many ids": different, "many words": wrong} {
		began := time.Now()
		a := c.do(t, document, map[string]any{"ids": ids})
		if took := time.Since(began); took > hang {
			t.Errorf("%s: took %v", name, took)
		}
		if len(a.Errors) > iadvize.MaxErrors {
			t.Errorf("%s: got %d errors, want %d at most", name, len(a.Errors), iadvize.MaxErrors)
		}
	}
	if a := c.do(t, "{ "+strings.Repeat("x ", 1000)+"}", nil); len(a.Errors) != iadvize.MaxErrors {
		t.Errorf("got %d errors, want %d", len(a.Errors), iadvize.MaxErrors)
	}
}

// counting counts what is asked of a store. Each of these takes a number of statements
// that does not depend on how many rows there are.
type counting struct {
	directory.Store
	asked atomic.Int64
}

func (c *counting) People(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Person], error) {
	c.asked.Add(1)
	return c.Store.People(ctx, account, q)
}

func (c *counting) Websites(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Site], error) {
	c.asked.Add(1)
	return c.Store.Websites(ctx, account, q)
}

func (c *counting) Skills(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Skill], error) {
	c.asked.Add(1)
	return c.Store.Skills(ctx, account, q)
}

func (c *counting) ChatGroups(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.ChatGroup], error) {
	c.asked.Add(1)
	return c.Store.ChatGroups(ctx, account, q)
}

func (c *counting) Tombstones(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Tombstone], error) {
	c.asked.Add(1)
	return c.Store.Tombstones(ctx, account, q)
}

// The roster is asked once for a page, however many users are on it and whatever is
// asked of them, and once more for a count or for what is beyond the page.
func TestGraphQLAsksOnce(t *testing.T) {
	db := openStore(t, roster.SQLite(t))
	t.Cleanup(func() { closeStore(t, db) })
	store := &counting{Store: db}
	o := iadvize.Options{Directory: must(directory.New(directory.Config{Store: store, Clock: atDawn, Random: strings.NewReader("")}))(t), Clock: atDawn, Log: slog.New(slog.DiscardHandler)}
	c := serveGraphQL(t, o)
	const node = "id skills { id name } projects { edges { node { id name } } pageInfo { hasNextPage hasPreviousPage } } availability { chat { isAvailable } } ... on Professional { group { name } role { name } channels { chatConfiguration { isEnabled } } }"
	for document, want := range map[string]int64{
		"{ users(first: 1) { edges { node { " + node + " } } } }":                                                             1,
		"{ users { edges { node { " + node + " } } pageInfo { hasNextPage hasPreviousPage endCursor } } }":                    1,
		"{ users { edges { node { id } } totalCount } }":                                                                      2,
		"{ users(after: \"" + base64.StdEncoding.EncodeToString([]byte("cursor1")) + "\") { pageInfo { hasPreviousPage } } }": 2,
		"{ users(filters: {groupIds: [" + fixture["sales"] + "]}) { edges { node { " + node + " } } } }":                      1,
		"{ user(id: " + fixture["anna"] + ") { " + node + " } }":                                                              1,
		"{ user(id: 1) { id } }":                             2, // and what is left of one
		"{ skills { edges { node { id name parentId } } } }": 1,
		"{ projects { edges { node { id name } } } }":        1,
		"{ groups { edges { node { id name } } } }":          1,
		"{ professionalBaseRoles { id name } }":              0,
		"{ professionalBaseRoles { userCount } }":            3,
	} {
		store.asked.Store(0)
		c.get(t, document, nil)
		if got := store.asked.Load(); got != want {
			t.Errorf("%s: the roster was asked %d times, want %d", document, got, want)
		}
	}
}

// Who has no role but expert is an Expert, who has no more than a User; a role makes
// them a Professional.
func TestExperts(t *testing.T) {
	o := options(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(mustID(t, "client")))
	id := each(t, o.Directory.CreatePeople(ctx, []directory.CreatePerson{person("expert", "Eva", "Lebedeva", directory.Expert, func(*directory.CreatePerson) {})}))[0]
	c := serveGraphQL(t, o)
	const document = "query ($id: LegacyId!) { user(id: $id) { __typename lastName ... on Professional { roleName } } }"
	if got, want := at(t, c.get(t, document, map[string]any{"id": id}), "user"), any(map[string]any{"__typename": "Expert", "lastName": "Lebedeva"}); !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	const update = "mutation ($id: LegacyId!) { professionalUpdate(input: {userId: $id, roleName: %q}) { professional { roleName } user { __typename } userErrors { message } } }"
	got := at(t, c.get(t, fmt.Sprintf(update, "operator"), map[string]any{"id": id}), "professionalUpdate")
	want := any(map[string]any{"professional": map[string]any{"roleName": "operator"}, "user": map[string]any{"__typename": "Professional"}, "userErrors": []any{}})
	if !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func mustID(t testing.TB, name string) (id int64) {
	t.Helper()
	if _, err := fmt.Sscan(fixture[name], &id); err != nil {
		t.Fatal(err)
	}
	return id
}

// What hangs together or is switched off is told as mistakes of the input.
func TestGraphQLMistakesOfTheRoster(t *testing.T) {
	o := options(t)
	account := mustID(t, "client")
	ctx := directory.WithActor(t.Context(), directory.CommandLine(account))
	coached := directory.UpdateEmployee{ID: schema.Some(mustID(t, "oleg"))}
	coached.Coach = schema.Some(directory.CoachParams{ID: schema.Some(mustID(t, "anna"))})
	each(t, o.Directory.UpdateEmployees(ctx, []directory.UpdateEmployee{coached}))
	c := serveGraphQL(t, o)
	mistakes := func(field, document string) []any {
		return at(t, c.get(t, document, map[string]any{"anna": fixture["anna"]}), field, "userErrors").([]any)
	}
	is := func(got []any, name string) bool {
		return len(got) == 1 && at(t, got[0], "__typename") == name
	}
	if got := mistakes("userDelete", "mutation ($anna: LegacyId!) { userDelete(input: {userId: $anna}) { userErrors { __typename } } }"); !is(got, "UserIsInUseError") {
		t.Errorf("a coach is deleted: got %v", got)
	}
	if err := o.Directory.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(account), DisabledComponents: schema.Some([]directory.Component{"consultant"})}); err != nil {
		t.Fatal(err)
	}
	const create = `mutation { userCreate(input: {email: "x@example.com", lastName: "X", password: "long enough", roleId: 3, projectIds: [], countryPreferences: {interfaceLanguage: fr, languages: []}}) { userErrors { __typename message } } }`
	if got := mistakes("userCreate", create); !is(got, "InvalidInputError") || !strings.Contains(fmt.Sprint(got), "consultant") {
		t.Errorf("an account without seats: got %v", got)
	}
	if err := o.Directory.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(account), Disabled: schema.Some(true)}); err != nil {
		t.Fatal(err)
	}
	r := must(http.NewRequest(http.MethodGet, strings.Replace(c.url, iadvize.GraphQLPath, iadvize.AuthenticatedPath, 1), nil))(t)
	r.Header.Set("Authorization", "Bearer "+c.token)
	response := must(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	if body := must(io.ReadAll(response.Body))(t); response.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "access_denied") {
		t.Errorf("a disabled account: got %d %s", response.StatusCode, body)
	}
}

// broken is a store that fails.
type broken struct{ directory.Store }

func (broken) Skills(context.Context, int64, directory.Query) (directory.Page[directory.Skill], error) {
	return directory.Page[directory.Skill]{}, errors.New("the disk is on fire")
}

func (broken) Websites(context.Context, int64, directory.Query) (directory.Page[directory.Site], error) {
	panic("the disk is on fire")
}

// A fault of the server is logged, and nothing of it told.
func TestGraphQLFaults(t *testing.T) {
	var log bytes.Buffer
	db := openStore(t, roster.SQLite(t))
	o := iadvize.Options{
		Directory: must(directory.New(directory.Config{Store: broken{db}, Clock: atDawn, Random: strings.NewReader("")}))(t),
		Clock:     atDawn, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	c := serveGraphQL(t, o)
	for _, field := range []string{"skills", "projects"} {
		log.Reset()
		a := c.do(t, "{ professionalBaseRoles { name } "+field+"(first: 1) { edges { cursor } } }", nil)
		if len(a.Errors) != 1 || a.Errors[0].Message != "Internal error, contact the support service" || !cmp.Equal(a.Errors[0].Path, []any{field}) {
			t.Errorf("%s: got %v", field, a.Errors)
		}
		if !strings.Contains(log.String(), "the disk is on fire") {
			t.Errorf("%s: the log has %s", field, &log)
		}
	}
	log.Reset()
	closeStore(t, db)
	c.token += "x" // of the other one, the store knows already whose it is
	if a := c.do(t, "{ __typename }", nil); a.Data != nil || a.Error != "server_error" {
		t.Errorf("without a database: got %v", a)
	}
	if !strings.Contains(log.String(), "a call failed") || strings.Contains(log.String(), c.token) {
		t.Errorf("without a database: the log has %s", &log)
	}
}

// Options that are missing are told when a door is made.
func TestGraphQLOptions(t *testing.T) {
	d := options(t).Directory
	for _, o := range []iadvize.Options{{}, {Directory: d}, {Directory: d, Clock: atDawn}} {
		if _, err := iadvize.GraphQL(o); err == nil {
			t.Errorf("GraphQL takes %+v", o)
		}
		if _, err := iadvize.Avatars(o); err == nil {
			t.Errorf("Avatars takes %+v", o)
		}
	}
}

// Going through all users page by page finds each, and takes as long at the end as at
// the beginning; how long, is looked at where there are so many that it would show.
func TestGraphQLPages(t *testing.T) {
	people, soak := 2_000, os.Getenv("ROSTERD_SOAK") == "1"
	if soak {
		people = 100_000
	}
	o := options(t)
	ctx := directory.WithActor(context.Background(), directory.CommandLine(mustID(t, "client")))
	const batch = 1000
	for done := 0; done < people; done += batch {
		commands := make([]directory.CreatePerson, batch)
		for i := range commands {
			commands[i].LastName = schema.Some(fmt.Sprintf("Petrova %d", done+i))
		}
		each(t, o.Directory.CreatePeople(ctx, commands))
	}
	c := serveGraphQL(t, o)
	const size = 100
	var times []time.Duration
	var after any
	seen := map[any]bool{}
	for {
		began := time.Now()
		page := at(t, c.get(t, "query ($after: String, $first: Int) { users(after: $after, first: $first) { edges { node { id lastName } } pageInfo { hasNextPage endCursor } } }", map[string]any{"after": after, "first": size}), "users")
		times = append(times, time.Since(began))
		for _, edge := range at(t, page, "edges").([]any) {
			seen[at(t, edge, "node", "id")] = true
		}
		after = at(t, page, "pageInfo", "endCursor")
		if at(t, page, "pageInfo", "hasNextPage") == false {
			break
		}
	}
	if want := people + 4; len(seen) != want { // with those of the fixture
		t.Errorf("got %d users, want %d", len(seen), want)
	}
	tenth := len(times) / 10
	first, last := median(times[:tenth]), median(times[len(times)-1-tenth:len(times)-1]) // without the last page, which is shorter
	t.Logf("%d users: a page takes %v in the first tenth and %v in the last", people, first, last)
	if soak && last > 3*first+time.Millisecond {
		t.Errorf("a page takes %v in the last tenth, %v in the first", last, first)
	}
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}
