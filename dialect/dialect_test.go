package dialect_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

// limit is that of the bodies in these tests.
const limit = 100

// serve is a server with routes of every kind, and its log.
func serve(t *testing.T) (*httptest.Server, *logged) {
	t.Helper()
	says := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, text, r.PathValue("id"))
		}
	}
	log := &logged{}
	router := dialect.NewRouter([]dialect.Route{
		{http.MethodGet, "/a", says(200, "got a")},
		{http.MethodPost, "/a", says(200, "posted a")},
		{http.MethodPut, "/b/{id}", says(200, "put b ")},
		{http.MethodHead, "/c", says(204, "")},
		{http.MethodGet, "/c", says(200, "got c")},
		{http.MethodPost, "/panic", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "session=secret")
			panic("oh no")
		}},
		{http.MethodPost, "/panic/late", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			fmt.Fprint(w, "half of it")
			panic("oh no, late")
		}},
		{http.MethodPost, "/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{http.MethodPost, "/body", func(w http.ResponseWriter, r *http.Request) {
			body, err := dialect.ReadBody(w, r, limit)
			switch {
			case dialect.IsTooLarge(err):
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			case err != nil:
				w.WriteHeader(http.StatusBadRequest)
			}
			fmt.Fprintf(w, "%d bytes", len(body))
		}},
	}, dialect.Refusals{
		NotFound:         says(404, "no such path"),
		MethodNotAllowed: says(405, "no such method"),
		Failed:           says(500, "failed"),
	}, slog.New(slog.NewTextHandler(log, nil)))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "1")
		router.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(log, nil), slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	return server, log
}

// logged is what has been logged, by handlers that may run still.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// exchange sends bytes and reads one response.
func exchange(t *testing.T, server *httptest.Server, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err.Error()
	}
	return response, string(body)
}

func TestRoutes(t *testing.T) {
	server, log := serve(t)
	for _, c := range []struct {
		request string // method and target
		status  int
		body    string
		allow   string
	}{
		{"GET /a", 200, "got a", ""},
		{"GET /a?b=c", 200, "got a", ""},
		{"POST /a", 200, "posted a", ""},
		{"HEAD /a", 200, "", ""},
		{"HEAD /c", 204, "", ""},
		{"PUT /b/1", 200, "put b 1", ""},
		{"PUT /b/a%2Fb", 200, "put b a/b", ""},
		{"DELETE /a", 405, "no such method", "GET, HEAD, POST"},
		{"OPTIONS /a", 405, "no such method", "GET, HEAD, POST"},
		{"HEAD /b/1", 405, "", "PUT"},
		{"get /a", 405, "no such method", "GET, HEAD, POST"},
		{"GET /", 404, "no such path", ""},
		{"GET /d", 404, "no such path", ""},
		{"GET /a/", 404, "no such path", ""},
		{"GET //a", 404, "no such path", ""},
		{"GET /./a", 404, "no such path", ""},
		{"GET /b/../a", 404, "no such path", ""},
		{"GET /b/%2E%2E/a", 404, "no such path", ""},
		{"DELETE /b/../a", 404, "no such path", ""},
		{"PUT /b/", 404, "no such path", ""},
		{"PUT /b/1/2", 404, "no such path", ""},
		{"PUT /b//", 404, "no such path", ""},
	} {
		response, body := exchange(t, server, c.request+" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
		if response == nil || response.StatusCode != c.status || body != c.body || response.Header.Get("Allow") != c.allow {
			t.Errorf("%s: got %+v with %q, want status %d, %q and Allow %q", c.request, response, body, c.status, c.body, c.allow)
		}
	}
	if log.String() != "" {
		t.Errorf("the log tells: %s", log)
	}
}

func TestPanics(t *testing.T) {
	server, log := serve(t)
	const secret = "s3cret"
	request := func(path string) (*http.Response, string) {
		body := "password=" + secret
		return exchange(t, server, fmt.Sprintf("POST %s?password=%s HTTP/1.1\r\nHost: x\r\nCookie: session=%s\r\nContent-Length: %d\r\n\r\n%s", path, secret, secret, len(body), body))
	}
	response, body := request("/panic")
	if response == nil || response.StatusCode != 500 || body != "failed" {
		t.Errorf("got %+v with %q, want 500 and the door's own answer", response, body)
	} else if response.Header.Get("Set-Cookie") != "" || response.Header.Get("X-Request-Id") != "1" {
		t.Errorf("got the header %v, want none of the handler's, and what was there before", response.Header)
	}
	if text := log.String(); !strings.Contains(text, "oh no") || !strings.Contains(text, "dialect_test.go") || !strings.Contains(text, "path=/panic") {
		t.Errorf("the log does not tell what happened: %s", text)
	}
	if response, body := request("/panic/late"); response != nil {
		t.Errorf("after half an answer: got %+v with %q, want the end of the connection", response, body)
	}
	if !strings.Contains(log.String(), "oh no, late") {
		t.Errorf("the log does not tell what happened late: %s", log)
	}
	told := log.String()
	if response, body := request("/abort"); response != nil {
		t.Errorf("got %+v with %q, want the end of the connection", response, body)
	}
	if log.String() != told {
		t.Errorf("the log tells of a handler that aborted: %s", log.String()[len(told):])
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log tells a secret: %s", log)
	}
}

func TestBodyLimit(t *testing.T) {
	server, _ := serve(t)
	declared := func(n int) string {
		return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", n, strings.Repeat("x", n))
	}
	chunked := func(n int) string {
		return fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", n, strings.Repeat("x", n))
	}
	for _, c := range []struct {
		name, rest string
		status     int
		body       string
		closes     bool
	}{
		{"none", "Content-Length: 0\r\n\r\n", 200, "0 bytes", false},
		{"all that is allowed", declared(limit), 200, "100 bytes", false},
		{"all that is allowed, chunked", chunked(limit), 200, "100 bytes", false},
		{"one byte more", declared(limit + 1), 413, "0 bytes", true},
		{"one byte more, chunked", chunked(limit + 1), 413, "100 bytes", true},
		{"100 GB that never come", "Content-Length: 100000000000\r\n\r\n", 413, "0 bytes", true},
		{"a chunk that is none", "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400, "0 bytes", false},
	} {
		response, body := exchange(t, server, "POST /body HTTP/1.1\r\nHost: x\r\n"+c.rest)
		if response == nil || response.StatusCode != c.status || body != c.body || c.closes && !response.Close {
			t.Errorf("%s: got %+v with %q, want %d and %q, and that the connection ends: %t", c.name, response, body, c.status, c.body, c.closes)
		}
	}
}

func TestMediaType(t *testing.T) {
	for header, want := range map[string]string{
		"":                                  "",
		"application/json":                  "application/json",
		"Application/JSON; charset=utf-8":   "application/json",
		"application/json; charset":         "application/json",
		"application/json;":                 "application/json",
		"application/json; a=1; a=2":        "",
		"no type at all":                    "",
		"multipart/form-data; boundary=\"x": "multipart/form-data",
	} {
		if got := dialect.MediaType(&http.Request{Header: http.Header{"Content-Type": {header}}}); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
}

func TestForm(t *testing.T) {
	const escaped, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	fields := func(n int) url.Values {
		values := url.Values{}
		for i := range n {
			values.Set(fmt.Sprint(i), "x")
		}
		return values
	}
	inParts := func(values url.Values) string {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if err := w.SetBoundary("b"); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if err := w.WriteField(name, values.Get(name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, mediaType, body string
		want                  url.Values
	}{
		{"escaped", escaped, "user=a%40b&password=x+y%2Bz", url.Values{"user": {"a@b"}, "password": {"x y+z"}}},
		{"with a charset", escaped + "; charset=utf-8", "a=1", url.Values{"a": {"1"}}},
		{"with & at the end", escaped, "user=a&password=b&", url.Values{"user": {"a"}, "password": {"b"}}},
		{"not escaped", escaped, "user=a@b/c?d&password=50%;x=%zz%4", url.Values{"user": {"a@b/c?d"}, "password": {"50%;x=%zz%4"}}},
		{"twice", escaped, "a=1&a=2", url.Values{"a": {"1", "2"}}},
		{"without a value", escaped, "a&b=", url.Values{"a": {""}, "b": {""}}},
		{"empty", escaped, "", url.Values{}},
		{"all that is allowed", escaped, fields(dialect.MaxFormFields).Encode() + "&", fields(dialect.MaxFormFields)},
		{"one too many", escaped, fields(dialect.MaxFormFields + 1).Encode(), url.Values{}},
		{"one too many of one name", escaped, strings.Repeat("a=1&", dialect.MaxFormFields+1), url.Values{}},

		{"parts", parts, part("a", "1%20+") + part("b", "2\r\n3") + "--b--\r\n", url.Values{"a": {"1%20+"}, "b": {"2\r\n3"}}},
		{"parts, all that is allowed", parts, inParts(fields(dialect.MaxFormFields)), fields(dialect.MaxFormFields)},
		{"parts, one too many", parts, inParts(fields(dialect.MaxFormFields + 1)), url.Values{}},
		{"a file among parts", parts, part("a", "1") + strings.Replace(part("f", "x"), "\"f\"", "\"f\"; filename=\"f\"", 1) + part("b", "2") + "--b--", url.Values{"a": {"1"}, "b": {"2"}}},
		{"a part without a name", parts, "--b\r\n\r\nx\r\n" + part("a", "1") + "--b--", url.Values{"a": {"1"}}},
		{"parts that break off", parts, part("a", "1") + "--b\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nhalf", url.Values{"a": {"1"}}},
		{"parts without an end", parts, part("a", "1") + "--b", url.Values{"a": {"1"}}},
		{"no part", parts, "a=1", url.Values{}},
		{"no boundary", "multipart/form-data", part("a", "1") + "--b--", url.Values{}},

		{"JSON", "application/json", `{"a":1}`, url.Values{}},
		{"no type", "", "a=1", url.Values{}},
	} {
		got := dialect.Form(&http.Request{Header: http.Header{"Content-Type": {c.mediaType}}}, []byte(c.body))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

func TestClientAddr(t *testing.T) {
	for remote, want := range map[string]string{"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "192.0.2.1": "192.0.2.1", "": ""} {
		if got := dialect.ClientAddr(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%q: got %q, want %q", remote, got, want)
		}
	}
}

func TestIsSecure(t *testing.T) {
	var got bool
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = dialect.IsSecure(r) })
	plain, tls := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	proxied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(w, dialect.WithSecure(r))
	}))
	for _, c := range []struct {
		server *httptest.Server
		want   bool
	}{{plain, false}, {tls, true}, {proxied, true}} {
		defer c.server.Close()
		response, err := c.server.Client().Get(c.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got != c.want {
			t.Errorf("%s: got %t, want %t", c.server.URL, got, c.want)
		}
	}
}

func TestIsTooLarge(t *testing.T) {
	if dialect.IsTooLarge(errors.New("other")) || dialect.IsTooLarge(nil) {
		t.Error("what is no *http.MaxBytesError is too large")
	}
}
