package rpc_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/rpc"
)

// listen serves b over HTTP on a real socket until the test ends.
func listen(t *testing.T, b *bench) *httptest.Server {
	server := httptest.NewServer(b.HTTP())
	t.Cleanup(server.Close)
	return server
}

type exchange struct {
	Status              int
	Type, Allow, Length string
	Body                string
}

func do(t *testing.T, server *httptest.Server, r *http.Request) exchange {
	t.Helper()
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	h := response.Header
	return exchange{response.StatusCode, h.Get("Content-Type"), h.Get("Allow"), h.Get("Content-Length"), string(body)}
}

func newRequest(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	jsonType       = "application/json; charset=UTF-8"
	invalidRequest = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request The JSON sent is not a valid Request object","data":{"mnemonic":"invalid_request","field":null,"value":null,"params":{},"extended_helper":null,"errors":[{"mnemonic":"invalid_request","message":"Invalid Request The JSON sent is not a valid Request object","field":null,"pointer":null,"value":null}]}}}`
)

// answered is an exchange with a JSON-RPC body.
func answered(status int, body string) exchange {
	return exchange{Status: status, Type: jsonType, Length: fmt.Sprint(len(body)), Body: body}
}

func TestHTTPMethods(t *testing.T) {
	server := listen(t, newBench(t))
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "post"} {
		t.Run(method, func(t *testing.T) {
			want := answered(http.StatusMethodNotAllowed, invalidRequest)
			want.Allow = "POST"
			if method == "HEAD" {
				want.Body = ""
			}
			var body io.Reader
			if method != "GET" && method != "HEAD" {
				body = strings.NewReader(request("1", "sum", "[1]"))
			}
			if diff := cmp.Diff(want, do(t, server, newRequest(t, method, server.URL, body))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", method, diff)
			}
		})
	}
}

func TestHTTPStatus(t *testing.T) {
	server := listen(t, newBench(t))
	const one = `{"jsonrpc":"2.0","id":1,"result":1}`
	tests := []struct {
		name, contentType, body string
		want                    exchange
	}{
		{"result", "application/json", request("1", "sum", "[1]"), answered(200, one)},
		{"form", "application/x-www-form-urlencoded", request("1", "sum", "[1]"), answered(200, one)},
		{"multipart", "multipart/form-data", request("1", "sum", "[1]"), answered(200, one)},
		{"another charset", "application/json; charset=windows-1251", request("1", "sum", "[1]"), answered(200, one)},
		{"no content type", "", request("1", "sum", "[1]"), answered(200, one)},
		{"error", "application/json", `1`, answered(200, invalidRequest)},
		{"notification", "application/json", request("", "sum", "[1]"), exchange{Status: 204}},
		{"batch of notifications", "application/json", batch(request("", "sum", "[1]")), exchange{Status: 204}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRequest(t, "POST", server.URL, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			if diff := cmp.Diff(tt.want, do(t, server, r)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", tt.contentType, tt.body, diff)
			}
		})
	}
}

func TestHTTPMaxBody(t *testing.T) {
	full := request("1", "sum", "[1]")
	server := listen(t, newBench(t, func(o *rpc.Options) { o.MaxBody = int64(len(full)) }))
	tooLarge := answered(http.StatusRequestEntityTooLarge, invalidRequest)
	chunked := func(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) } // its length is not seen
	tests := []struct {
		name string
		body io.Reader
		want exchange
	}{
		{"full", strings.NewReader(full), answered(200, `{"jsonrpc":"2.0","id":1,"result":1}`)},
		{"a byte more", strings.NewReader(full + " "), tooLarge},
		{"full, chunked", chunked(full), answered(200, `{"jsonrpc":"2.0","id":1,"result":1}`)},
		{"a byte more, chunked", chunked(full + " "), tooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, do(t, server, newRequest(t, "POST", server.URL, tt.body))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPDefaultMaxBody(t *testing.T) {
	h := newBench(t).HTTP()
	pad := func(n int) *bytes.Reader {
		body := bytes.Repeat([]byte(" "), n)
		copy(body, request("1", "sum", "[1]"))
		return bytes.NewReader(body)
	}
	for n, want := range map[int]int{rpc.DefaultMaxBody: 200, rpc.DefaultMaxBody + 1: 413} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", pad(n)))
		if w.Code != want {
			t.Errorf("body of %d bytes: got %d %s, want %d", n, w.Code, w.Body, want)
		}
	}
}

// counting is an endless body that counts what is read of it.
type counting struct{ read int }

func (c *counting) Read(p []byte) (int, error) {
	copy(p, "x")
	c.read += len(p)
	return len(p), nil
}

func (c *counting) Close() error { return nil }

func TestHTTPReadsNoMore(t *testing.T) {
	const limit = 100
	h := newBench(t, func(o *rpc.Options) { o.MaxBody = limit }).HTTP()
	for _, tt := range []struct {
		name          string
		contentLength int64
		most          int
	}{
		{"length unknown", -1, limit + 1},
		{"length told", limit + 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := &counting{}
			r := httptest.NewRequest("POST", "/", body)
			r.ContentLength = tt.contentLength
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusRequestEntityTooLarge || body.read > tt.most {
				t.Errorf("got %d after reading %d bytes, want 413 after %d at most", w.Code, body.read, tt.most)
			}
		})
	}
}

// TestHTTPLengths has documents, and answers, about as long as what is dealt with in
// different ways.
func TestHTTPLengths(t *testing.T) {
	server := listen(t, newBench(t))
	document := func(id string) string { return request(id, "sum", "[1]") }
	answer := func(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"result":1}` }
	for _, about := range []int{1 << 10, 2 << 10, 4 << 10, 16 << 10, 64 << 10} {
		for _, length := range []int{about - 1, about, about + 1} {
			for _, of := range []func(string) string{document, answer} {
				id := `"` + strings.Repeat("x", length-len(of(`""`))) + `"`
				if diff := cmp.Diff(answered(200, answer(id)), do(t, server, newRequest(t, "POST", server.URL, strings.NewReader(document(id))))); diff != "" {
					t.Errorf("%d bytes, answered with %d (-want +got):\n%s", len(document(id)), len(answer(id)), diff)
				}
			}
		}
	}
}

// promised is a body of which nothing comes, and that sees how much memory there is for
// it.
type promised struct{ room int }

func (p *promised) Read(b []byte) (int, error) {
	p.room = len(b)
	return 0, io.ErrUnexpectedEOF
}

// TestHTTPBelievesLittle has clients that say how long a body will be, and send nothing.
func TestHTTPBelievesLittle(t *testing.T) {
	const believed = 16 << 10
	h := newBench(t).HTTP()
	for _, length := range []int64{1, believed, believed + 1, rpc.DefaultMaxBody} {
		body := &promised{}
		r := httptest.NewRequest("POST", "/", body)
		r.ContentLength = length
		func() {
			defer func() {
				if recover() != http.ErrAbortHandler || body.room == 0 || body.room > believed {
					t.Errorf("for %d bytes that do not come: room for %d, want it for 1 to %d, and the connection to end", length, body.room, believed)
				}
			}()
			h.ServeHTTP(httptest.NewRecorder(), r)
		}()
	}
}

// TestHTTPBodyCutOff has a client that goes, or talks nonsense, within its body.
func TestHTTPBodyCutOff(t *testing.T) {
	for name, body := range map[string]string{
		"cut off":   "Content-Length: 100\r\n\r\n" + request("1", "update", "[1]"),
		"bad chunk": "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			server := listen(t, b)
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+body)
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(bufio.NewReader(conn))
			if err != nil || len(answer) > 0 {
				t.Errorf("got %q, %v; want the connection to end", answer, err)
			}
			if runs := b.took(); len(runs) > 0 {
				t.Errorf("ran %q, want nothing", runs)
			}
		})
	}
}

func TestHTTPPeer(t *testing.T) {
	tests := []struct{ name, authorization, params, token string }{
		{"bearer", "Bearer t1", `{}`, "t1"},
		{"case of the scheme", "bEARER t1", `{}`, "t1"},
		{"spaces", "Bearer  t1 ", `{}`, "t1"},
		{"by position", "Bearer t1", `[]`, "t1"},
		{"null parameter", "Bearer t1", `{"access_token":null}`, "t1"},
		{"the parameter wins", "Bearer t1", `{"access_token":"t2"}`, "t2"},
		{"another scheme", "Basic dDE6", `{}`, ""},
		{"no scheme", "t1", `{}`, ""},
		{"longer scheme", "Bearer2 t1", `{}`, ""},
		{"no token", "Bearer", `{}`, ""},
		{"empty parameter", "Bearer t1", `{"access_token":""}`, ""},
	}
	server := listen(t, newBench(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRequest(t, "POST", server.URL, strings.NewReader(request("1", "whoami", tt.params)))
			r.Header.Set("Authorization", tt.authorization)
			want := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":{"token":%q,"user_id":null,"addr":"127.0.0.1"}}`, tt.token)
			if tt.token == "" {
				want = `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"$any","data":{"mnemonic":"required_parameter_missed","field":"access_token","...":true}}}`
			}
			wantAnswer(t, tt.authorization+" "+tt.params, []byte(do(t, server, r).Body), want)
		})
	}
}

func TestHTTPPeerAddr(t *testing.T) {
	h := newBench(t).HTTP()
	for remote, want := range map[string]string{
		"192.0.2.1:1234":     "192.0.2.1",
		"[2001:db8::1]:1234": "2001:db8::1",
		"@":                  "@", // a Unix socket
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(request("1", "whoami", `{"access_token":"t1"}`)))
		r.RemoteAddr = remote
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		wantAnswer(t, remote, w.Body.Bytes(), fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":{"token":"t1","user_id":null,"addr":%q}}`, want))
	}
}
