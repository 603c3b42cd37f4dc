package rocketchat_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// visitor sends requests to a door, from an address.
type visitor struct {
	door http.Handler
	from string // "192.0.2.1" if empty
}

// send sends a request, with a body if there is one, signed in if there is a token.
func (v visitor) send(t *testing.T, method, path, body, id, token string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequest(method, rocketchat.Prefix+path, strings.NewReader(body))
	if v.from != "" {
		r.RemoteAddr = v.from + ":80"
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("X-User-Id", id)
		r.Header.Set("X-Auth-Token", token)
	}
	w := httptest.NewRecorder()
	v.door.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// login signs a member of the workspace in.
func (v visitor) login(t *testing.T, user string) (token string) {
	t.Helper()
	status, body := v.send(t, "POST", "login", `{"user":"`+user+`","password":"`+everybodysPassword+`"}`, "", "")
	var answer struct {
		Data struct {
			AuthToken string `json:"authToken"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != http.StatusOK || len(answer.Data.AuthToken) != 43 {
		t.Fatalf("login of %s: %d %s", user, status, body)
	}
	return answer.Data.AuthToken
}

// A session lasts 90 days.
func TestSessionEnds(t *testing.T) {
	now := dawn
	clock := func() time.Time { return now }
	d, _ := startDirectory(t, clock)
	v := visitor{door: newDoor(t, rocketchat.Options{Directory: d, Clock: clock})}
	token := v.login(t, "plain")
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{90*24*time.Hour - time.Second, http.StatusOK}, {90 * 24 * time.Hour, http.StatusUnauthorized}} {
		now = dawn.Add(c.after)
		if status, body := v.send(t, "GET", "me", "", fixture["plain"], token); status != c.want {
			t.Errorf("after %v: got %d %s, want %d", c.after, status, body, c.want)
		}
	}
}

// Tokens are valid at the door whose they are.
func TestTokensOfOtherDoors(t *testing.T) {
	d, _ := startDirectory(t, atDawn)
	v := visitor{door: newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn})}
	session := must(d.SignIn(t.Context(), directory.SignIn{Login: schema.Some("plain"), Password: schema.Some(everybodysPassword)}, "192.0.2.1"))(t)
	if status, body := v.send(t, "GET", "me", "", fixture["plain"], session.AccessToken); status != http.StatusUnauthorized {
		t.Errorf("a token of the Data API: got %d %s", status, body)
	}
	if status, body := v.send(t, "POST", "login", `{"resume":"`+session.AccessToken+`"}`, "", ""); status != http.StatusUnauthorized {
		t.Errorf("a token of the Data API, to resume: got %d %s", status, body)
	}
	if _, err := d.Authenticate(t.Context(), "", v.login(t, "plain"), "192.0.2.1"); err == nil {
		t.Error("a token of this door is good for the Data API")
	}
}

// An account may be closed to addresses, and to all.
func TestClosedAccount(t *testing.T) {
	d, _ := startDirectory(t, atDawn)
	door := newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn})
	inside, outside := visitor{door, "192.0.2.1"}, visitor{door, "198.51.100.1"}
	account := must(d.MemberByLogin(t.Context(), "admin"))(t).Account.ID
	login := `{"user":"plain","password":"` + everybodysPassword + `"}`
	check := func(v visitor, method, path, body, token string, want int, says string) {
		t.Helper()
		if status, answer := v.send(t, method, path, body, fixture["plain"], token); status != want || answer != says {
			t.Errorf("%s %s from %s: got %d %s, want %d %s", method, path, v.from, status, answer, want, says)
		}
	}
	if err := d.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(account), AllowIPs: schema.Some([]directory.AddressRange{"192.0.2.0/24"})}); err != nil {
		t.Fatal(err)
	}
	inside.login(t, "plain")
	check(outside, "POST", "login", login, "", 401, `{"success":false,"status":"error","error":"error-login-blocked","message":"Your IP 198.51.100.1 is not whitelisted"}`)
	check(outside, "GET", "me", "", fixture["plain_token"], 403, `{"success":false,"error":"Your IP 198.51.100.1 is not whitelisted [error-not-allowed]"}`)

	if err := d.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(account), Disabled: schema.Some(true)}); err != nil {
		t.Fatal(err)
	}
	const closed = "Your account has been disabled, contact the support service"
	check(inside, "POST", "login", login, "", 401, `{"success":false,"status":"error","error":"error-login-blocked","message":"`+closed+`"}`)
	check(inside, "GET", "me", "", fixture["plain_token"], 403, `{"success":false,"error":"`+closed+` [error-not-allowed]"}`)
}

// Nobody sees users of another workspace, or changes them.
func TestWorkspacesAreApart(t *testing.T) {
	d, _ := startDirectory(t, atDawn)
	v := visitor{door: newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn})}
	token, chief, err := d.SignInAt(t.Context(), rocketchat.Keys(), suiteAdmin, suiteAdmin, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "users.info?userId=" + fixture["plain"], ""},
		{"GET", "users.info?email=plain@example.com", ""},
		{"GET", "users.getStatus?userId=" + fixture["plain"], ""},
		{"POST", "users.update", `{"userId":"` + fixture["plain"] + `","data":{"name":"X"}}`},
		{"POST", "users.delete", `{"username":"plain"}`},
		{"POST", "users.setStatus", `{"status":"busy","userId":"` + fixture["plain"] + `"}`},
	} {
		if status, body := v.send(t, c.method, c.path, c.body, chief.RocketID, token); status != http.StatusBadRequest {
			t.Errorf("%s %s: got %d %s, want 400", c.method, c.path, status, body)
		}
	}
	if status, body := v.send(t, "POST", "settings/API_Default_Count", `{"value":7}`, chief.RocketID, token); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	if _, body := v.send(t, "GET", "settings/API_Default_Count", "", fixture["admin"], fixture["admin_token"]); !strings.Contains(body, `"value":50`) {
		t.Errorf("the other workspace's setting is here: %s", body)
	}
}

// Neither passwords nor tokens are logged, whatever goes wrong.
func TestNoSecretIsLogged(t *testing.T) {
	d, db := startDirectory(t, atDawn)
	var log strings.Builder
	v := visitor{door: newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn, Log: slog.New(slog.NewTextHandler(io.Writer(&log), &slog.HandlerOptions{Level: slog.LevelDebug}))})}
	closeStore(t, db) // so that every call fails
	status, body := v.send(t, "POST", "login", `{"user":"plain","password":"`+everybodysPassword+`"}`, "", "")
	if status != http.StatusInternalServerError || body != `{"success":false,"error":"Internal server error"}` {
		t.Errorf("got %d %s", status, body)
	}
	v.send(t, "GET", "me", "", fixture["plain"], fixture["plain_token"])
	if !strings.Contains(log.String(), "a call failed") {
		t.Errorf("nothing is logged: %q", log.String())
	}
	for _, secret := range []string{everybodysPassword, fixture["plain_token"]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %q: %s", secret, log.String())
		}
	}
}
