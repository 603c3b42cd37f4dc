package dialect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
)

// libraryH3lp is the door of LibraryH3lp.
type libraryH3lp struct {
	client
	account float64
	queues  map[string]any // ids by name
}

func newLibraryH3lp(t testing.TB, base string) *libraryH3lp {
	d := &libraryH3lp{client: client{url: base + "/2011-12-03/", header: http.Header{}}, queues: map[string]any{}}
	response, answer := d.login(t, admin, password)
	if in(answer, "success") != true {
		t.Fatal(answer)
	}
	d.account, _ = in(answer, "account_id").(float64)
	session, _, _ := strings.Cut(response.Header.Get("Set-Cookie"), ";")
	d.header.Set("Cookie", session)
	for _, queue := range each(d.call(t, http.MethodGet, "queues", nil)) {
		d.queues[in(queue, "name").(string)] = in(queue, "id")
	}
	return d
}

// call returns the answer to a call that is good: an array, or an object that says
// so.
func (d *libraryH3lp) call(t testing.TB, method, path string, body any) any {
	t.Helper()
	response, answer := d.send(t, method, path, body)
	if _, isList := answer.([]any); response.StatusCode != http.StatusOK || !isList && in(answer, "success") != true {
		t.Fatalf("%s %s %v: %d %v", method, path, body, response.StatusCode, answer)
	}
	return answer
}

func (d *libraryH3lp) login(t testing.TB, username, password string) (*http.Response, any) {
	t.Helper()
	response, answer := d.send(t, http.MethodPost, "auth/login?"+url.Values{"username": {username}, "password": {password}}.Encode(), nil)
	return response, answer
}

func (d *libraryH3lp) signsIn(t testing.TB, login, password string) bool {
	t.Helper()
	_, answer := d.login(t, login, password)
	return in(answer, "success") == true
}

func (d *libraryH3lp) Name() string { return "LibraryH3lp" }

func (d *libraryH3lp) Contract() dialect.Contract { return libraryh3lp.Contract() }

func (d *libraryH3lp) Writes(field string, _ any) bool {
	return slices.Contains([]string{"handle", "email", dialecttest.Presence, "status_text", "groups"}, field)
}

func (d *libraryH3lp) user(p dialecttest.Person) object {
	o := object{}
	for field, name := range map[string]string{"handle": "name", "email": "email", dialecttest.Presence: "show", "status_text": "status"} {
		if value, given := p[field]; given {
			o[name] = value
		}
	}
	return o
}

func (d *libraryH3lp) Create(t testing.TB, p dialecttest.Person) {
	t.Helper()
	user := d.user(p)
	user["password"] = password
	created := each(d.call(t, http.MethodPost, "users", user))
	d.assign(t, in(created[0], "id"), p)
}

// assign has a user serve the queues that are the groups of p.
func (d *libraryH3lp) assign(t testing.TB, id any, p dialecttest.Person) {
	t.Helper()
	groups, given := p["groups"].([]string)
	if !given {
		return
	}
	path := fmt.Sprintf("users/%v/assignments", id)
	assigned := d.assigned(t, id)
	for name, queue := range d.queues {
		switch is, should := slices.Contains(assigned, name), slices.Contains(groups, name); {
		case is && !should:
			d.call(t, http.MethodDelete, fmt.Sprintf("%s/%v", path, queue), nil)
		case should && !is:
			d.call(t, http.MethodPost, path, object{"queueId": queue})
		}
	}
}

func (d *libraryH3lp) assigned(t testing.TB, id any) []string {
	t.Helper()
	names := []string{}
	for _, assignment := range each(d.call(t, http.MethodGet, fmt.Sprintf("users/%v/assignments", id), nil)) {
		names = append(names, in(assignment, "queue").(string))
	}
	slices.Sort(names)
	return names
}

// id is that of who; nil if there is nobody.
func (d *libraryH3lp) id(t testing.TB, who dialecttest.Person) any {
	t.Helper()
	for _, user := range each(d.call(t, http.MethodGet, "users", nil)) {
		if in(user, "name") == who["handle"] || who["handle"] == nil && in(user, "email") == who["email"] {
			return in(user, "id")
		}
	}
	return nil
}

func (d *libraryH3lp) Find(t testing.TB, who dialecttest.Person) dialecttest.Person {
	t.Helper()
	id := d.id(t, who)
	if id == nil {
		return nil
	}
	response, user := d.send(t, http.MethodGet, fmt.Sprintf("users/%v", id), nil)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("user %v: %d %v", id, response.StatusCode, user)
	}
	p := dialecttest.Told(d.Contract(), user)
	for _, field := range []string{"status_id", "finer_show"} {
		delete(p, field)
	}
	p["account_id"] = int64(d.account)
	p[dialecttest.Presence] = in(user, "show")
	p["groups"] = d.assigned(t, id)
	return p
}

func (d *libraryH3lp) Change(t testing.TB, who, change dialecttest.Person) {
	t.Helper()
	id := d.id(t, who)
	d.call(t, http.MethodPut, fmt.Sprintf("users/%v", id), d.user(change))
	d.assign(t, id, change)
}

func (d *libraryH3lp) Delete(t testing.TB, who dialecttest.Person) {
	t.Helper()
	d.call(t, http.MethodDelete, fmt.Sprintf("users/%v", d.id(t, who)), nil)
}
