package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/store/testdb"
)

// request is one of a server's doors, with a body of a type unless that is "".
func (p *process) request(t *testing.T, method, path, mediaType, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.origin()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	return r
}

// answered is the answer to a request, without its body. No redirect is followed.
func answered(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response
}

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
)

// A door that is closed answers nothing, and the others answer all the same.
func TestDoors(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	for _, doors := range []string{"", "data-api", "rocketchat", "libraryh3lp", "libraryh3lp,data-api", "iadvize", "iadvize-graphql"} {
		var args []string
		if doors != "" {
			args = []string{"--doors", doors}
		}
		s := serve(t, dsn, args...)
		for _, tt := range []struct {
			door         string // "" is always open
			method, path string
			open         int // the status if the door is open
		}{
			{"data-api", "POST", "/v2.0", 200},
			{"data-api", "POST", "/v2.0/", 200},
			{"data-api", "POST", "/", 200},
			{"data-api", "GET", "/v2.0", 405},
			{"data-api", "GET", "/v2.0/ws", 426},
			{"rocketchat", "GET", "/api/v1/me", 401},
			{"rocketchat", "PUT", "/api/v1/me", 405},
			{"rocketchat", "GET", "/api/v1/nothing", 404},
			{"rocketchat", "GET", "/api/v1//me", 404},
			{"libraryh3lp", "GET", "/2011-12-03/users", 401},
			{"libraryh3lp", "DELETE", "/2011-12-03/users", 405},
			{"libraryh3lp", "GET", "/2013-07-21/users", 401},
			{"libraryh3lp", "GET", "/presence/jid/nobody/example.com/text", 200},
			{"iadvize", "GET", "/api/2/operator", 403},
			{"iadvize", "PUT", "/api/2/operator", 405},
			{"iadvize", "GET", "/api/2/nothing", 404},
			{"iadvize-graphql", "POST", "/graphql", 401},
			{"iadvize-graphql", "POST", "/graphql?platform=sd", 401},
			{"iadvize-graphql", "PUT", "/graphql", 405},
			{"iadvize-graphql", "POST", "/graphql/", 405},
			{"iadvize-graphql", "GET", "/graphql/assets/nothing", 404},
			{"iadvize-graphql", "POST", "/oauth2/token", 400},
			{"iadvize-graphql", "POST", "/oauth2/token/", 404},
			{"iadvize-graphql", "GET", "/_authenticated", 401},
			{"iadvize-graphql", "POST", "/avatars/nobody", 405},
			{"iadvize-graphql", "GET", "/avatars/nobody", 404},
			{"", "GET", "/graphqlx", 404},
			{"", "GET", "/healthz", 200},
			{"", "GET", "/readyz", 200},
			{"", "GET", "/api/v2/me", 404},
		} {
			want := tt.open
			if tt.door != "" && doors != "" && !slices.Contains(strings.Split(doors, ","), tt.door) {
				want = http.StatusNotFound
			}
			response := answered(t, s.request(t, tt.method, tt.path, mediaJSON, `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`))
			if response.StatusCode != want {
				t.Errorf("--doors %q: %s %s: got %s, want %d", doors, tt.method, tt.path, response.Status, want)
			}
		}
		s.stop(t)
	}
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"--doors", "data-api,nobody"}, []string{"--doors", "data-api", "rocketchat", "libraryh3lp", "iadvize", "iadvize-graphql", "nobody"}},
		{[]string{"--doors", ""}, []string{"--doors", "data-api, rocketchat, libraryh3lp, iadvize, iadvize-graphql"}},
		{[]string{"--doors", "rocketchat", "--stdio"}, []string{"--stdio", "--doors"}},
	} {
		_, err := command(t, "", append([]string{"serve", "--db", dsn}, tt.args...)...)
		wantError(t, fmt.Sprint(tt.args), err, tt.want...)
	}
}

// Who opens the address of GraphQL in a browser finds GraphiQL; all others find the door.
func TestGraphiQL(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	open, closed := serve(t, dsn), serve(t, dsn, "--doors", "data-api,iadvize")
	defer open.stop(t)
	defer closed.stop(t)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, tt := range []struct {
		name           string
		server         *process
		method, accept string
		status         int
		mediaType      string
	}{
		{"a browser", open, "GET", browser, 200, "text/html; charset=utf-8"},
		{"a browser that posts", open, "POST", browser, 401, "application/json; charset=utf-8"},
		{"a client that reads", open, "GET", "*/*", 401, "application/json; charset=utf-8"},
		{"a browser at a closed door", closed, "GET", browser, 404, "text/plain; charset=utf-8"},
	} {
		r := tt.server.request(t, tt.method, "/graphql", "", "")
		r.Header.Set("Accept", tt.accept)
		response := answered(t, r)
		if got := response.Header.Get("Content-Type"); response.StatusCode != tt.status || got != tt.mediaType {
			t.Errorf("%s: got %s with %s, want %d with %s", tt.name, response.Status, got, tt.status, tt.mediaType)
		}
	}
}

// An empty database is welcomed without a request for a door that is closed.
func TestWelcomeDoors(t *testing.T) {
	s := serve(t, testdb.SQLite(t), "--doors", "rocketchat")
	s.stop(t)
	if welcome := s.stdout.String(); !strings.Contains(welcome, "with password") || strings.Contains(welcome, "curl") {
		t.Errorf("got %s, want a password and no curl command", welcome)
	}
	if strings.HasSuffix(s.url, "/v2.0") {
		t.Errorf("the log says that it listens at %s", s.url)
	}
}

// --max-body holds at each door, and no door serves a body that is too large.
func TestMaxBodyOfDoors(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	const limit = 1000
	s := serve(t, dsn, "--max-body", fmt.Sprint(limit))
	for path, body := range map[string]string{
		"/api/v1/login":          fmt.Sprintf(`{"user":"admin","password":%q}`, adminPassword),
		"/2011-12-03/auth/login": fmt.Sprintf(`{"username":"admin","password":%q}`, adminPassword),
		"/oauth2/token":          "grant_type=password&username=admin&password=" + url.QueryEscape(adminPassword) + "&padding=",
	} {
		for size, want := range map[int]int{limit: http.StatusOK, limit + 1: http.StatusRequestEntityTooLarge} {
			padded := body + strings.Repeat(" ", size-len(body))
			mediaType := mediaJSON
			if !strings.HasPrefix(body, "{") {
				mediaType = mediaForm
			}
			if response := answered(t, s.request(t, http.MethodPost, path, mediaType, padded)); response.StatusCode != want {
				t.Errorf("%s with %d bytes of %d: got %s, want %d", path, size, limit, response.Status, want)
			}
		}
	}
}

// The session's cookie is Secure where the client speaks TLS: to the server itself,
// or to a proxy that is trusted and says so.
func TestSecureCookie(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	writePair(t, certFile, keyFile, 1)
	plain, behind := serve(t, dsn), serve(t, dsn, "--trusted-proxies", "127.0.0.0/8")
	over := serve(t, dsn, "--tls-cert", certFile, "--tls-key", keyFile)
	for _, tt := range []struct {
		name   string
		server *process
		proto  string
		want   bool
	}{
		{"plain HTTP", plain, "", false},
		{"a proxy that is not trusted", plain, "https", false},
		{"a trusted proxy that says nothing", behind, "", false},
		{"a trusted proxy with a plain client", behind, "http", false},
		{"a trusted proxy", behind, "https", true},
		{"TLS", over, "", true},
	} {
		r := tt.server.request(t, http.MethodPost, "/2011-12-03/auth/login", mediaForm, url.Values{"username": {"admin"}, "password": {adminPassword}}.Encode())
		if tt.proto != "" {
			r.Header.Set("X-Forwarded-Proto", tt.proto)
		}
		cookies := answered(t, r).Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].Secure != tt.want {
			t.Errorf("%s: got cookies %v, want one with Secure %t", tt.name, cookies, tt.want)
		}
	}
}

// Pictures are fetched only where the server was told so. What it then says of an
// address of its own machine is that it is not public.
func TestFetchAvatars(t *testing.T) {
	dsn, credentials := newDatabase(t, testdb.SQLite)
	for _, tt := range []struct {
		flags []string
		want  string
	}{
		{nil, "pictures are not fetched here"},
		{[]string{"--fetch-avatars"}, "the address is not public"},
	} {
		s := serve(t, dsn, tt.flags...)
		r := s.request(t, http.MethodPost, "/graphql", mediaJSON, fmt.Sprintf(`{"query":"mutation { userUpdate(input: {userId: %d, avatar: \"https://127.0.0.1:1/a.png\"}) { userErrors { __typename } } }"}`, credentials.UserID))
		r.Header.Set("Authorization", "Bearer "+credentials.AccessToken)
		if response := answered(t, r); response.StatusCode != http.StatusOK {
			t.Errorf("%v: got %s", tt.flags, response.Status)
		}
		until(t, "the log says why: "+tt.want, func() bool { return strings.Contains(s.stderr.String(), tt.want) })
		s.stop(t)
	}
}
