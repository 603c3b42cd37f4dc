package libraryh3lp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// signed is the answer to a sign-in.
type signed struct {
	status int
	header http.Header
	body   string
}

// cookie is the first Set-Cookie header, as clients take it that know no others.
func (s signed) cookie() string { return s.header.Get("Set-Cookie") }

// session is the cookie's value, as they find it: from the first = to the semicolon.
func (s signed) session() string {
	_, value, _ := strings.Cut(s.cookie(), "=")
	value, _, _ = strings.Cut(value, ";")
	return value
}

func signIn(t *testing.T, server, login, password string) signed {
	t.Helper()
	return signInWith(t, http.DefaultClient, server, login, password)
}

func signInWith(t *testing.T, client *http.Client, server, login, password string) signed {
	t.Helper()
	form := url.Values{"username": {login}, "password": {password}}.Encode()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/2011-12-03/auth/login", strings.NewReader(form)))(t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response := must(client.Do(r))(t)
	defer response.Body.Close()
	return signed{response.StatusCode, response.Header, string(must(io.ReadAll(response.Body))(t))}
}

// get reads with a session, and answers the status.
func get(t *testing.T, url, session string) int {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))(t)
	r.Header.Set("Cookie", "libraryh3lp-session="+session)
	response := must(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	return response.StatusCode
}

// The cookie is Secure where the client speaks TLS, to us or to a proxy, and only
// there: over plain HTTP clients would not send it.
func TestCookie(t *testing.T) {
	b := open(t, prepared.SQLite)
	door := b.door(t)
	proxied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, dialect.WithSecure(r)) })
	for _, c := range []struct {
		name   string
		server *httptest.Server
		secure bool
	}{
		{"plain", httptest.NewServer(door), false},
		{"TLS", httptest.NewTLSServer(door), true},
		{"behind a proxy", httptest.NewServer(proxied), true},
	} {
		answer := signInWith(t, c.server.Client(), c.server.URL, "reader", password)
		c.server.Close()
		if _, err := uuid.Parse(answer.session()); err != nil {
			t.Errorf("%s: %q is no UUID: %v", c.name, answer.session(), err)
		}
		want := "libraryh3lp-session=" + answer.session() + "; Path=/; HttpOnly; "
		if c.secure {
			want += "Secure; "
		}
		want += "SameSite=Lax"
		if answer.cookie() != want || len(answer.header["Set-Cookie"]) != 1 {
			t.Errorf("%s: got %q, want only %q", c.name, answer.header["Set-Cookie"], want)
		}
	}
}

// Who may not sign in, though the password is right, is told why.
func TestSignInRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, b *bench) error
		want   string
	}{
		{"blocked", func(t *testing.T, b *bench) error { return b.service.BlockMember(b.trusted(), b.id(t, "reader"), true) }, "This is not allowed."},
		{"disabled", func(t *testing.T, b *bench) error {
			return b.service.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(b.account), Disabled: schema.Some(true)})
		}, "The account is disabled."},
		{"from elsewhere", func(t *testing.T, b *bench) error {
			return b.service.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(b.account), AllowIPs: schema.Some([]directory.AddressRange{"192.0.2.0/24"})})
		}, "The address 127.0.0.1 is not on the account's list."},
	} {
		b := open(t, prepared.SQLite)
		server := httptest.NewServer(b.door(t))
		if err := c.change(t, b); err != nil {
			t.Fatal(err)
		}
		answer := signIn(t, server.URL, "reader", password)
		want := `{"success":null,"message":"` + c.want + `","error":"` + c.want + `"}`
		if answer.status != http.StatusOK || answer.body != want || answer.cookie() != "" {
			t.Errorf("%s: got %d %s and the cookie %q, want 200 %s", c.name, answer.status, answer.body, answer.cookie(), want)
		}
		if wrong := signIn(t, server.URL, "reader", "wrong"); !strings.Contains(wrong.body, "The username or the password is wrong.") {
			t.Errorf("%s: with a wrong password: %s", c.name, wrong.body)
		}
		wantStatus := http.StatusForbidden
		if c.name == "blocked" {
			wantStatus = http.StatusUnauthorized
		}
		if got := get(t, server.URL+"/2011-12-03/users", b.vars["reader_session"]); got != wantStatus {
			t.Errorf("%s: an older session gets status %d, want %d", c.name, got, wantStatus)
		}
		server.Close()
	}
}

// Sign-ins are limited, as at every door, and clients told when to come again.
func TestSignInLimit(t *testing.T) {
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	for i := range directory.SignInsPerLogin {
		if answer := signIn(t, server.URL, "reader", "wrong"); answer.status != http.StatusOK {
			t.Fatalf("sign-in %d: got %d %s, want 200", i, answer.status, answer.body)
		}
	}
	b.advance(20 * time.Second)
	answer := signIn(t, server.URL, "reader", password)
	if answer.status != http.StatusTooManyRequests || answer.header.Get("Retry-After") != "40" || !strings.HasPrefix(answer.body, `{"success":null,`) {
		t.Errorf("got %d %s, Retry-After %q, want 429 and 40", answer.status, answer.body, answer.header.Get("Retry-After"))
	}
	b.advance(40 * time.Second)
	if answer := signIn(t, server.URL, "reader", password); !strings.HasPrefix(answer.body, `{"success":true,`) {
		t.Errorf("a minute later: got %d %s", answer.status, answer.body)
	}
}

// A session ends by itself, with a new password, and with its member.
func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(t *testing.T, b *bench, server string)
	}{
		{"a day later", func(_ *testing.T, b *bench, _ string) { b.advance(libraryh3lp.SessionLife) }},
		{"new password", func(t *testing.T, b *bench, server string) {
			send(t, b, server, http.MethodPut, "/2011-12-03/users/"+b.vars["reader"], `{"password":"new"}`, http.StatusOK)
		}},
		{"deleted", func(t *testing.T, b *bench, server string) {
			send(t, b, server, http.MethodDelete, "/2011-12-03/users/"+b.vars["reader"], "", http.StatusOK)
		}},
	} {
		b := open(t, prepared.SQLite)
		server := httptest.NewServer(b.door(t))
		users := server.URL + "/2011-12-03/users"
		b.advance(libraryh3lp.SessionLife - time.Second)
		if got := get(t, users, b.vars["reader_session"]); got != http.StatusOK {
			t.Errorf("%s: before, got status %d, want 200", c.name, got)
		}
		c.end(t, b, server.URL)
		if got := get(t, users, b.vars["reader_session"]); got != http.StatusUnauthorized {
			t.Errorf("%s: got status %d, want 401", c.name, got)
		}
		server.Close()
	}
}

// A token is valid at its own door alone.
func TestOtherTokens(t *testing.T) {
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	session := must(b.service.SignIn(t.Context(), directory.SignIn{Login: schema.Some("reader"), Password: schema.Some(password)}, "127.0.0.1"))(t)
	if got := get(t, server.URL+"/2011-12-03/users", session.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("a token of the Data API: got status %d, want 401", got)
	}
}

// send sends a request of the administrator's, whose status must be right, and
// answers the body.
func send(t *testing.T, b *bench, server, method, path, body string, want int) string {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), method, server+path, strings.NewReader(body)))(t)
	r.Header.Set("Cookie", "libraryh3lp-session="+b.vars["admin_session"])
	response := must(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	text := string(must(io.ReadAll(response.Body))(t))
	if response.StatusCode != want {
		t.Fatalf("%s %s: got %s %s, want %s", method, path, strconv.Itoa(response.StatusCode), text, strconv.Itoa(want))
	}
	return text
}
