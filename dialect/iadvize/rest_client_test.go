package iadvize_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// phpClient sends what the vendor's client for PHP sends: page and limit with every
// call, and with a write its fields once more in the query. It looks at no HTTP status.
type phpClient struct {
	t   testing.TB
	url string
	key string
}

// startClient serves REST over a socket.
func startClient(t testing.TB) (*phpClient, *directory.Service) {
	t.Helper()
	o := options(t)
	server := httptest.NewServer(must(iadvize.REST(o))(t))
	t.Cleanup(server.Close)
	return &phpClient{t, server.URL + "/api/2/", fixture["admin_key"]}, o.Directory
}

// reply is what the client makes of an answer: a missing status counts as success, and
// no data as an empty array.
type reply struct {
	Meta struct {
		Status  string   `json:"status"`
		Message string   `json:"message"`
		Filters []string `json:"filters"`
	} `json:"meta"`
	Data       any `json:"data"`
	Pagination *struct {
		Page  int `json:"page"`
		Pages int `json:"pages"`
		Limit int `json:"limit"`
		Count int `json:"count"`
	} `json:"pagination"`
}

// query writes fields as http_build_query does.
func (c *phpClient) query(all fields) string {
	var pairs []string
	for name, value := range all {
		pairs = append(pairs, build(c.t, name, value, 1)...)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func (c *phpClient) call(method, path string, query, body fields) (r reply) {
	c.t.Helper()
	request := must(http.NewRequest(method, c.url+path+"?"+c.query(query), strings.NewReader(c.query(body))))(c.t)
	request.Header.Set("X-API-Key", c.key)
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response := must(http.DefaultClient.Do(request))(c.t)
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))(c.t)
	if err := json.Unmarshal(text, &r); err != nil {
		c.t.Fatalf("%s %s: %s: %v", method, path, text, err)
	}
	if r.Meta.Status == "" {
		c.t.Errorf("%s %s: no meta.status: %s", method, path, text)
	}
	if r.Data == nil {
		r.Data = items{}
	}
	return r
}

func (c *phpClient) list(resource string, page, limit int, filters fields, full bool, names ...any) reply {
	c.t.Helper()
	query := fields{"page": page, "limit": limit, "filters": filters}
	if full {
		query["full"] = true
	}
	if len(names) > 0 {
		query["fields"] = names
	}
	return c.call(http.MethodGet, resource, query, nil)
}

// all asks for page after page until the last, and gives up after many.
func (c *phpClient) all(resource string, limit int, filters fields) (rows items) {
	c.t.Helper()
	for page := 1; page < 1000; page++ {
		r := c.list(resource, page, limit, filters, true)
		if r.Meta.Status != "success" {
			c.t.Fatalf("%s: %+v", resource, r.Meta)
		}
		rows = append(rows, r.Data.(items)...)
		if r.Pagination.Page == r.Pagination.Pages || r.Pagination.Pages == 0 {
			return rows
		}
	}
	c.t.Fatalf("%s has no end", resource)
	return nil
}

func (c *phpClient) get(path string) fields {
	c.t.Helper()
	r := c.call(http.MethodGet, path, fields{"page": 1, "limit": 20}, nil)
	if r.Meta.Status != "success" {
		c.t.Fatalf("GET %s: %+v", path, r.Meta)
	}
	return r.Data.(fields)
}

func (c *phpClient) write(method, path string, body fields) reply {
	c.t.Helper()
	return c.call(method, path, fields{"fields": body, "page": 1, "limit": 20}, body)
}

// delete reports whether it worked, by meta.status alone.
func (c *phpClient) delete(path string) bool {
	c.t.Helper()
	return c.call(http.MethodDelete, path, fields{"page": 1, "limit": 20}, nil).Meta.Status == "success"
}

// An operator's life, as the vendor's client has it.
func TestRESTClient(t *testing.T) {
	c, d := startClient(t)
	group := c.write(http.MethodPost, "group", fields{"name": "Paris"}).Data.(fields)
	made := c.write(http.MethodPost, "operator", fields{
		"name": "Doé", "first_name": "J & J", "email": "a+b@x.io", "password": "ten or more", "roles": items{"operator", "expert"},
		"skill_list": items{fixture["french"], fixture["paris"]}, "chat_enabled": true, "call_enabled": false, "external_id": nil,
		"group_id": group["id"], "call_config": fields{"type": "ANSWER_FROM_PHONE", "phone_number": "+33123456789"},
	})
	if made.Meta.Status != "success" {
		t.Fatalf("%+v", made.Meta)
	}
	id := fmt.Sprint(made.Data.(fields)["id"])
	operator := c.get("operator/" + id)
	if !cmp.Equal(operator, made.Data.(fields)) {
		t.Errorf("it was made as %v and is %v", made.Data, operator)
	}
	for name, want := range (fields{"name": "Doé", "first_name": "J & J", "email": "a+b@x.io", "roles": items{"expert", "operator"}, "chat_enabled": true, "call_enabled": false, "group_id": group["id"], "external_id": nil, "_link": "/operator/" + id}) {
		if !cmp.Equal(operator[name], want) {
			t.Errorf("%s is %v, want %v", name, operator[name], want)
		}
	}
	if _, _, err := d.SignInAt(t.Context(), iadvize.TokenKeys(), "A+B@x.io", "ten or more", "192.0.2.1"); err != nil {
		t.Errorf("the sign-in at the other door: %v", err)
	}

	changed := c.write(http.MethodPut, "operator/"+id, fields{"name": "New", "skill_list": items{fixture["paris"]}, "email": "new@x.io"}).Data.(fields)
	if changed["name"] != "New" || changed["first_name"] != "J & J" || len(changed["skill_list"].(items)) != 1 {
		t.Errorf("it was changed to %v", changed)
	}
	if _, _, err := d.SignInAt(t.Context(), iadvize.TokenKeys(), "new@x.io", "ten or more", "192.0.2.1"); err != nil {
		t.Errorf("the sign-in with the new address: %v", err)
	}
	if r := c.write(http.MethodPut, "operator/"+id+"/live", fields{"chat": fields{"available": false}}); r.Meta.Message != "Operator is now unavailable for chat channel." {
		t.Errorf("got %+v", r.Meta)
	}
	if r := c.write(http.MethodPut, "operator/"+id, fields{"email": "x"}); r.Meta.Status != "fail" || r.Meta.Message != "Value of field 'email' is not valid." {
		t.Errorf("got %+v", r.Meta)
	}
	if !c.delete("operator/"+id) || c.delete("operator/"+id) || !c.delete(fmt.Sprintf("group/%v", group["id"])) {
		t.Error("an operator and a group are deleted once")
	}
}

// Who had no login and is given a password signs in with the e-mail address.
func TestRESTFirstPassword(t *testing.T) {
	c, d := startClient(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(accountOf(t)))
	var anonymous, addressed directory.CreatePerson
	anonymous.LastName, addressed.LastName, addressed.Email = schema.Some("A"), schema.Some("B"), schema.Some(directory.Email("b@example.com"))
	ids := each(t, d.CreatePeople(ctx, []directory.CreatePerson{anonymous, addressed}))
	if r := c.write(http.MethodPut, fmt.Sprintf("operator/%d", ids[0]), fields{"password": "ten or more"}); r.Meta.Message != "Field 'email' is missing." {
		t.Errorf("without an address: got %+v", r.Meta)
	}
	for id, body := range map[int64]fields{ids[0]: {"password": "ten or more", "email": "a@example.com"}, ids[1]: {"password": "ten or more"}} {
		r := c.write(http.MethodPut, fmt.Sprintf("operator/%d", id), body)
		address, _ := r.Data.(fields)["email"].(string)
		if _, _, err := d.SignInAt(t.Context(), iadvize.TokenKeys(), address, "ten or more", "192.0.2.1"); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func accountOf(t testing.TB) (id int64) {
	t.Helper()
	must(fmt.Sscan(fixture["client"], &id))(t)
	return id
}

// The client's loop over all pages ends, and has every row once, the newest first.
func TestRESTAllPages(t *testing.T) {
	c, d := startClient(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(accountOf(t)))
	var commands []directory.CreatePerson
	for i := range 120 {
		commands = append(commands, person(fmt.Sprintf("p%d", i), "P", fmt.Sprintf("Q%03d", i), directory.Agent, func(c *directory.CreatePerson) {
			c.Password = schema.Opt[string]{}
		}))
	}
	each(t, d.CreatePeople(ctx, commands))
	for _, test := range []struct {
		limit, want int
		filters     fields
	}{
		{0, 124, nil}, {1, 124, nil}, {31, 124, nil}, {62, 124, nil}, {100, 124, nil}, {1000, 124, nil},
		{20, 0, fields{"name": "nobody"}}, {7, 10, fields{"name": "q01*"}}, {5, 10, fields{"name": "Q01*"}},
	} {
		if test.limit == 0 {
			test.limit = iadvize.DefaultLimit
		}
		rows := c.all("operator", test.limit, test.filters)
		last, seen := 0.0, map[any]bool{}
		for i, row := range rows {
			id := row.(fields)["id"].(float64)
			if i > 0 && id >= last || seen[id] {
				t.Errorf("limit %d: row %d has id %v after %v", test.limit, i, id, last)
			}
			last, seen[id] = id, true
		}
		if len(rows) != test.want {
			t.Errorf("limit %d, %v: got %d rows, want %d", test.limit, test.filters, len(rows), test.want)
		}
	}
	if r := c.list("operator", 1, iadvize.MaxLimit+1, nil, false); len(r.Data.(items)) != iadvize.MaxLimit || r.Pagination.Limit != iadvize.MaxLimit {
		t.Errorf("got %d rows of %+v", len(r.Data.(items)), r.Pagination)
	}
}

// Lists of ids and patterns have their limits.
func TestRESTFilterLimits(t *testing.T) {
	c, _ := startClient(t)
	ids := func(n int) string { return strings.Repeat("1,", n-1) + "1" }
	for _, test := range []struct {
		filters fields
		ok      bool
	}{
		{fields{"id": ids(iadvize.MaxListed)}, true},
		{fields{"id": ids(iadvize.MaxListed + 1)}, false},
		{fields{"skill_id": ids(iadvize.MaxListed)}, true},
		{fields{"name": strings.Repeat("x", directory.MaxPattern)}, true},
		{fields{"name": strings.Repeat("x", directory.MaxPattern+1)}, false},
		{fields{"name": strings.Repeat("%", directory.MaxPattern)}, false}, // which are escaped
		{fields{"name": strings.Repeat("*", directory.MaxPattern)}, true},
		{fields{"name": "a\x00b"}, false},
		{fields{"email": "\xff"}, false},
	} {
		if r := c.list("operator", 1, 20, test.filters, false); (r.Meta.Status == "success") != test.ok {
			t.Errorf("%.60v: got %+v", test.filters, r.Meta)
		}
	}
}

// The name of Basic authentication is a key, whatever the password.
func TestRESTBasic(t *testing.T) {
	handler, _ := startREST(t)
	for credentials, want := range map[string]int{
		fixture["admin_key"] + ":":         http.StatusOK,
		fixture["admin_key"] + ":whatever": http.StatusOK,
		":" + fixture["admin_key"]:         http.StatusForbidden,
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/2/operator", nil)
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(credentials)))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%.50s: got %d, want %d", credentials, w.Code, want)
		}
	}
}

// A key that is blocked is none.
func TestRESTBlockedKey(t *testing.T) {
	c, d := startClient(t)
	tokens := must(d.Tokens(t.Context()))(t)
	for _, token := range tokens {
		if token.Door == iadvize.Door {
			if err := d.BlockToken(t.Context(), token.ID, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r := c.list("operator", 1, 20, nil, false); r.Meta.Status != "error" || r.Meta.Message != "Forbidden" {
		t.Errorf("with a blocked key: got %+v", r.Meta)
	}
}

// The list of live availability has MaxLive rows at most.
func TestRESTMaxLive(t *testing.T) {
	o := options(t)
	for limit, want := range map[int]int{0: http.StatusBadRequest, 1: http.StatusOK} {
		r := httptest.NewRequest(http.MethodGet, "/api/2/operator/live", nil)
		r.Header.Set("X-API-Key", fixture["admin_key"])
		w := httptest.NewRecorder()
		must(iadvize.NewREST(o, limit))(t).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("with one operator and room for %d: got %d %s, want %d", limit, w.Code, w.Body, want)
		}
	}
}

// Options that are missing are told when the door is made.
func TestREST(t *testing.T) {
	d := startDirectory(t, atDawn)
	for _, o := range []iadvize.Options{{}, {Directory: d}, {Directory: d, Clock: atDawn}, {Clock: atDawn}} {
		if _, err := iadvize.REST(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// Keys and tokens look like the vendor's.
func TestKeys(t *testing.T) {
	key := must(iadvize.Keys().New(strings.NewReader(strings.Repeat("\x00\x01\x24", 40))))(t)
	if len(key) != 40 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || iadvize.Keys().Door != iadvize.Door || iadvize.Keys().Connects {
		t.Errorf("the key is %q", key)
	}
	k := iadvize.TokenKeys()
	token := must(k.New(strings.NewReader(strings.Repeat("\xfb", 100))))(t)
	if parts := strings.Split(token, "."); len(parts) != 3 || strings.ContainsAny(token, "+/=") || k.Door != iadvize.GraphQLDoor || k.SessionLife != 24*time.Hour || k.Connects {
		t.Errorf("the token is %q, of %+v", token, k)
	}
	for _, k := range []directory.Keys{iadvize.Keys(), k} {
		if _, err := k.New(strings.NewReader("too short")); err == nil {
			t.Errorf("%s: a key of less randomness is made", k.Door)
		}
	}
}

// A fault of the server is an error in the vendor's form, and its cause is for the log.
func TestRESTFault(t *testing.T) {
	var log bytes.Buffer
	db := openStore(t, roster.SQLite(t))
	handler := must(iadvize.REST(iadvize.Options{Directory: newDirectory(t, db, atDawn), Clock: atDawn, Log: slog.New(slog.NewTextHandler(&log, nil))}))(t)
	closeStore(t, db)
	r := httptest.NewRequest(http.MethodGet, "/api/2/operator?key="+fixture["admin_key"], nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError || w.Body.String() != `{"meta":{"status":"error","message":"Internal error."}}` {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if text := log.String(); !strings.Contains(text, "closed") || strings.Contains(text, fixture["admin_key"]) {
		t.Errorf("the log says %s", text)
	}
}

// What the server has no room for is answered with 429, and in the server's words.
func TestRESTOverload(t *testing.T) {
	const text = "The server is overloaded"
	status, body := iadvize.RESTContract().Answer(errors.E(errors.Other, "error_message", text))
	if status != http.StatusTooManyRequests || string(body) != `{"meta":{"status":"error","message":"`+text+`"}}` {
		t.Errorf("got %d %s", status, body)
	}
}
