package libraryh3lp_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// requests are one for each route and method of the bench's door.
func (b *bench) requests() []dialecttest.Request {
	var all []dialecttest.Request
	header := map[string]string{"Cookie": "libraryh3lp-session=" + b.vars["admin_session"]}
	add := func(methods, path string) {
		for method := range strings.FieldsSeq(methods) {
			all = append(all, dialecttest.Request{Method: method, Path: path, Header: header})
		}
	}
	for _, version := range []string{"/2011-12-03", "/2013-07-21"} {
		add("POST", version+"/auth/login")
		add("GET", version+"/users")
		add("GET", version+"/queues")
		add("GET", version+"/queues/"+b.vars["sales"]+"/operators")
	}
	const v1 = "/2011-12-03"
	user, queue := v1+"/users/"+b.vars["anna"], v1+"/queues/"+b.vars["sales"]
	add("PATCH", "/2013-07-21/queues/"+b.vars["sales"]+"/operators/"+b.vars["anna"])
	add("POST", v1+"/users")
	add("POST", v1+"/queues")
	add("POST", queue+"/operators")
	add("GET", user+"/assignments")
	add("POST", user+"/assignments")
	add("PUT PATCH DELETE", queue+"/operators/"+b.vars["anna"])
	add("PUT PATCH DELETE", user+"/assignments/"+b.vars["sales"])
	add("GET PUT PATCH DELETE", user)
	add("GET PUT PATCH DELETE", queue)
	for _, prefix := range []string{"", v1} {
		for _, format := range []string{"text", "xml", "js", "image", "image/simpletext"} {
			add("GET", prefix+"/presence/jid/anna/"+jidHost+"/"+format)
		}
	}
	add("POST", v1+"/auth/logout")
	add("POST", "/2013-07-21/auth/logout")
	return all
}

func TestHostile(t *testing.T) {
	b := open(t, prepared.SQLite)
	dialecttest.Hostile(t, dialecttest.Target{
		Handler: b.door(t), MaxBody: maxBody, Requests: b.requests(), Unknown: "/2011-12-03/nothing",
		Check: func(r *http.Response, body string) error {
			if strings.Contains(r.Request.URL.Path, "/presence/") && r.StatusCode == http.StatusOK {
				return nil
			}
			if got := r.Header.Get("Content-Type"); got != "application/json" {
				return fmt.Errorf("the type is %q", got)
			}
			if r.Request.Method == http.MethodHead {
				return nil
			}
			return form(r.StatusCode, body)
		},
	})
}

// form says what is not the door's form in the body of a response.
func form(status int, body string) error {
	if status == http.StatusOK && strings.HasPrefix(body, "[") {
		if !jsontext.Value(body).IsValid() {
			return errors.New("no JSON")
		}
		return nil
	}
	var answer struct {
		Success *bool   `json:"success"`
		Message *string `json:"message"`
		Error   *string `json:"error"`
		ID      int64   `json:"id"`
	}
	switch err := json.Unmarshal([]byte(body), &answer); {
	case err != nil:
		return err
	case status == http.StatusOK && (answer.ID != 0 || answer.Success != nil && *answer.Success):
		return nil
	case answer.Success != nil || answer.Message == nil || answer.Error == nil || *answer.Message != *answer.Error || *answer.Message == "":
		return errors.New("neither a resource, nor success, nor a failure with a message")
	}
	return nil
}

// No request that changes something is served to a page of another site, whatever it
// is and however the page sends it.
func TestCrossSite(t *testing.T) {
	b := open(t, prepared.SQLite)
	door := b.door(t)
	for _, r := range b.requests() {
		for _, foreign := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.com"},
			{"Origin": "https://evil.example"},
			{"Origin": "null"},
		} {
			for _, override := range []bool{false, true} {
				request := httptest.NewRequestWithContext(t.Context(), r.Method, r.Path, strings.NewReader("{}"))
				if override {
					request = httptest.NewRequestWithContext(t.Context(), http.MethodPost, r.Path+"?_method="+r.Method, strings.NewReader("{}"))
				}
				for _, header := range []map[string]string{r.Header, foreign} {
					for name, value := range header {
						request.Header.Set(name, value)
					}
				}
				w := httptest.NewRecorder()
				door.ServeHTTP(w, request)
				want := http.StatusForbidden
				if r.Method == http.MethodGet && !override {
					want = http.StatusOK
				}
				if w.Code != want {
					t.Errorf("%s %s, override %v, %v: got %d %s, want %d", r.Method, r.Path, override, foreign, w.Code, w.Body, want)
				}
			}
		}
	}
}

// A body may have as many bytes as it is said, and not one more.
func TestMaxBody(t *testing.T) {
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	path := "/2011-12-03/queues/" + b.vars["sales"]
	body := func(length int) string {
		const begin, end = `{"description":"`, `"}`
		return begin + strings.Repeat("x", length-len(begin)-len(end)) + end
	}
	send(t, b, server.URL, http.MethodPut, path, body(maxBody), http.StatusOK)
	const want = `{"success":null,"message":"The body is too large.","error":"The body is too large."}`
	if got := send(t, b, server.URL, http.MethodPut, path, body(maxBody+1), http.StatusRequestEntityTooLarge); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Without the component of chat systems there are no new users, as at every door.
func TestNoConsultant(t *testing.T) {
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	if err := b.service.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(b.account), DisabledComponents: schema.Some([]directory.Component{"consultant"})}); err != nil {
		t.Fatal(err)
	}
	send(t, b, server.URL, http.MethodPost, "/2011-12-03/users", `{"name":"new","password":"x"}`, http.StatusForbidden)
}

// Users whom others depend on stay.
func TestDependency(t *testing.T) {
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	c := directory.UpdateEmployee{ID: schema.Some(b.id(t, "boris"))}
	c.Coach = schema.Some(directory.CoachParams{ID: schema.Some(b.id(t, "anna"))})
	if err := b.service.UpdateEmployees(b.trusted(), []directory.UpdateEmployee{c})[0].Err; err != nil {
		t.Fatal(err)
	}
	const want = `{"success":null,"message":"Something else depends on this user.","error":"Something else depends on this user."}`
	if got := send(t, b, server.URL, http.MethodDelete, "/2011-12-03/users/"+b.vars["anna"], "", http.StatusOK); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a door cannot do without is asked for.
func TestNew(t *testing.T) {
	b := open(t, prepared.SQLite)
	log := slog.New(slog.DiscardHandler)
	for _, o := range []libraryh3lp.Options{{}, {Directory: b.service}, {Log: log}, {Directory: b.service, Log: log, MaxBody: -1}} {
		if _, err := libraryh3lp.New(o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
	if _, err := libraryh3lp.New(libraryh3lp.Options{Directory: b.service, Log: log}); err != nil {
		t.Error(err)
	}
}

// What goes wrong in the server is for its log, and no password ever is.
func TestInternalError(t *testing.T) {
	var log strings.Builder
	b := open(t, prepared.SQLite)
	door := must(libraryh3lp.New(libraryh3lp.Options{Directory: b.service, Log: slog.New(slog.NewTextHandler(&log, nil))}))(t)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/2011-12-03/users", "/presence/jid/anna/example.org/text", "/2011-12-03/auth/login?username=admin&password=hunter2"} {
		method := http.MethodGet
		if strings.Contains(target, "login") {
			method = http.MethodPost
		}
		r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
		r.Header.Set("Cookie", "libraryh3lp-session="+b.vars["admin_session"])
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if want := `{"success":null,"message":"Internal error.","error":"Internal error."}`; w.Code != http.StatusInternalServerError || w.Body.String() != want {
			t.Errorf("%s: got %d %s, want 500 %s", target, w.Code, w.Body, want)
		}
	}
	for _, secret := range []string{"hunter2", b.vars["admin_session"]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %s: %s", secret, log.String())
		}
	}
	if strings.Count(log.String(), "a request failed") != 3 {
		t.Errorf("got the log %s, want three lines", log.String())
	}
}
