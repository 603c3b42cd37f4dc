package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestClientAddress(t *testing.T) {
	trusted := []directory.AddressRange{"10.0.0.0/8", "2001:db8:1::/48"}
	const peer = "10.0.0.1:4711"
	for _, tt := range []struct {
		name string
		peer string
		// Header lines; a name and its value.
		headers [][2]string
		want    string // RemoteAddr
	}{
		{"no header", peer, nil, peer},
		{"a peer that is not trusted", "192.0.2.1:4711", [][2]string{{"X-Forwarded-For", "198.51.100.7"}, {"Forwarded", "for=198.51.100.7"}}, "192.0.2.1:4711"},
		{"a peer that is no address", "@", [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "@"},
		{"X-Forwarded-For", peer, [][2]string{{"X-Forwarded-For", "198.51.100.7"}}, "198.51.100.7:0"},
		{"what the client says itself", peer, [][2]string{{"X-Forwarded-For", "192.0.2.7, 198.51.100.7"}}, "198.51.100.7:0"},
		{"proxies in a row", peer, [][2]string{{"X-Forwarded-For", "192.0.2.7,198.51.100.7 ,\t10.9.9.9, 2001:db8:1::9"}}, "198.51.100.7:0"},
		{"several lines", peer, [][2]string{{"X-Forwarded-For", "192.0.2.7, 198.51.100.7"}, {"X-Forwarded-For", "10.9.9.9"}}, "198.51.100.7:0"},
		{"all are proxies", peer, [][2]string{{"X-Forwarded-For", "10.1.1.1, 10.9.9.9"}}, "10.1.1.1:0"},
		{"with ports", peer, [][2]string{{"X-Forwarded-For", "198.51.100.7:80, 10.9.9.9:80"}}, "198.51.100.7:0"},
		{"IPv6", peer, [][2]string{{"X-Forwarded-For", "2001:db8:2::7"}}, "[2001:db8:2::7]:0"},
		{"IPv6 in brackets", peer, [][2]string{{"X-Forwarded-For", "[2001:db8:2::7]"}}, "[2001:db8:2::7]:0"},
		{"IPv6 with port", "[2001:db8:1::1]:4711", [][2]string{{"X-Forwarded-For", "[2001:db8:2::7]:80"}}, "[2001:db8:2::7]:0"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4711", [][2]string{{"X-Forwarded-For", "::ffff:198.51.100.7, ::ffff:10.9.9.9"}}, "198.51.100.7:0"},
		{"nonsense", peer, [][2]string{{"X-Forwarded-For", "198.51.100.7, unknown"}}, peer},
		{"nonsense from the client", peer, [][2]string{{"X-Forwarded-For", "unknown, 198.51.100.7"}}, "198.51.100.7:0"},
		{"nothing", peer, [][2]string{{"X-Forwarded-For", ""}}, peer},
		{"an empty element", peer, [][2]string{{"X-Forwarded-For", "198.51.100.7,"}}, peer},
		{"a name", peer, [][2]string{{"X-Forwarded-For", "example.com"}}, peer},

		{"Forwarded", peer, [][2]string{{"Forwarded", "for=198.51.100.7"}}, "198.51.100.7:0"},
		{"other members", peer, [][2]string{{"Forwarded", `proto=https;FOR="198.51.100.7:80" ; by=10.0.0.1;host="a,b;for=192.0.2.7"`}}, "198.51.100.7:0"},
		{"Forwarded by proxies in a row", peer, [][2]string{{"Forwarded", `for=192.0.2.7, for="[2001:db8:2::7]:80";by=_x , For=10.9.9.9`}}, "[2001:db8:2::7]:0"},
		{"escapes", peer, [][2]string{{"Forwarded", `for="198.51.\100.7"`}}, "198.51.100.7:0"},
		{"several lines of Forwarded", peer, [][2]string{{"Forwarded", "for=198.51.100.7"}, {"Forwarded", "for=10.9.9.9"}}, "198.51.100.7:0"},
		{"somebody hidden", peer, [][2]string{{"Forwarded", "for=_hidden"}}, peer},
		{"unknown", peer, [][2]string{{"Forwarded", "for=unknown, for=10.9.9.9"}}, peer},
		{"without for", peer, [][2]string{{"Forwarded", "for=198.51.100.7, by=10.0.0.1"}}, peer},
		{"an open quote", peer, [][2]string{{"Forwarded", `for="198.51.100.7`}}, peer},
		{"a quote from the client that swallows the rest", peer, [][2]string{{"Forwarded", `for="192.0.2.7, for=198.51.100.7`}}, peer},
		{"no pair", peer, [][2]string{{"Forwarded", "198.51.100.7"}}, peer},
		{"spaces", peer, [][2]string{{"Forwarded", "for = 198.51.100.7"}}, peer},
		{"IPv6 without quotes", peer, [][2]string{{"Forwarded", "for=[2001:db8:2::7]"}}, peer},

		{"both agree", peer, [][2]string{{"Forwarded", "for=198.51.100.7"}, {"X-Forwarded-For", "192.0.2.7, 198.51.100.7"}}, "198.51.100.7:0"},
		{"both disagree", peer, [][2]string{{"Forwarded", "for=192.0.2.7"}, {"X-Forwarded-For", "198.51.100.7"}}, peer},
		{"one cannot be read", peer, [][2]string{{"Forwarded", "for=_x"}, {"X-Forwarded-For", "198.51.100.7"}}, peer},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = tt.peer
		for _, h := range tt.headers {
			r.Header.Add(h[0], h[1])
		}
		var got string
		withClient(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != tt.want || r.RemoteAddr != tt.peer {
			t.Errorf("%s: from %s with %q: got %s, want %s", tt.name, tt.peer, tt.headers, got, tt.want)
		}
		withClient(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != tt.peer {
			t.Errorf("%s: got %s where nobody is trusted, want %s", tt.name, got, tt.peer)
		}
	}
}

func TestClientProtocol(t *testing.T) {
	trusted := []directory.AddressRange{"10.0.0.0/8"}
	const peer = "10.0.0.1:4711"
	type headers = [][2]string
	for _, tt := range []struct {
		name    string
		peer    string
		headers headers
		want    bool // the client speaks TLS
	}{
		{"no header", peer, nil, false},
		{"a peer that is not trusted", "192.0.2.1:4711", headers{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "198.51.100.7"}, {"Forwarded", "for=198.51.100.7;proto=https"}}, false},

		{"X-Forwarded-Proto", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https"}}, true},
		{"in capitals", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "HTTPS"}}, true},
		{"plain", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "http"}}, false},
		{"another word", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https2"}}, false},
		{"nothing", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", ""}}, false},
		{"without an address", peer, headers{{"X-Forwarded-Proto", "https"}}, true},
		{"plain, without an address", peer, headers{{"X-Forwarded-Proto", "https, http"}}, false},
		{"an address that cannot be read", peer, headers{{"X-Forwarded-For", "unknown"}, {"X-Forwarded-Proto", "https"}}, false},
		{"TLS to the first of two proxies", peer, headers{{"X-Forwarded-For", "198.51.100.7, 10.9.9.9"}, {"X-Forwarded-Proto", "https, http"}}, true},
		{"TLS between two proxies", peer, headers{{"X-Forwarded-For", "198.51.100.7, 10.9.9.9"}, {"X-Forwarded-Proto", "http, https"}}, false},
		{"what the client says itself", peer, headers{{"X-Forwarded-For", "192.0.2.7, 198.51.100.7"}, {"X-Forwarded-Proto", "https, http"}}, false},
		{"several lines", peer, headers{{"X-Forwarded-For", "192.0.2.7, 198.51.100.7"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Proto", "https"}}, true},
		{"one word of the last of two proxies", peer, headers{{"X-Forwarded-For", "198.51.100.7, 10.9.9.9"}, {"X-Forwarded-Proto", "https"}}, true},
		{"words that belong to no proxy", peer, headers{{"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https, http"}}, false},

		{"Forwarded", peer, headers{{"Forwarded", `for=198.51.100.7;PROTO="https"`}}, true},
		{"Forwarded, plain", peer, headers{{"Forwarded", "for=198.51.100.7;proto=http"}}, false},
		{"Forwarded that does not say", peer, headers{{"Forwarded", "for=198.51.100.7"}}, false},
		{"Forwarded by two proxies", peer, headers{{"Forwarded", "for=198.51.100.7;proto=https, for=10.9.9.9;proto=http"}}, true},
		{"Forwarded by the client itself", peer, headers{{"Forwarded", "for=192.0.2.7;proto=https, for=198.51.100.7;proto=http"}}, false},
		{"Forwarded without an address", peer, headers{{"Forwarded", "proto=https"}}, false},

		{"both agree", peer, headers{{"Forwarded", "for=198.51.100.7;proto=https"}, {"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https"}}, true},
		{"both disagree", peer, headers{{"Forwarded", "for=198.51.100.7;proto=https"}, {"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "http"}}, false},
		{"the other one says https", peer, headers{{"Forwarded", "for=198.51.100.7;proto=http"}, {"X-Forwarded-Proto", "https"}}, false},
		{"one says it alone", peer, headers{{"Forwarded", "for=198.51.100.7"}, {"X-Forwarded-Proto", "https"}}, true},
		{"addresses disagree", peer, headers{{"Forwarded", "for=192.0.2.7;proto=https"}, {"X-Forwarded-For", "198.51.100.7"}, {"X-Forwarded-Proto", "https"}}, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = tt.peer
		for _, h := range tt.headers {
			r.Header.Add(h[0], h[1])
		}
		var got bool
		withClient(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = dialect.IsSecure(r) })).ServeHTTP(nil, r)
		if got != tt.want {
			t.Errorf("%s: from %s with %q: got TLS %t, want %t", tt.name, tt.peer, tt.headers, got, tt.want)
		}
		withClient(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = dialect.IsSecure(r) })).ServeHTTP(nil, r)
		if got {
			t.Errorf("%s: got TLS where nobody is trusted", tt.name)
		}
	}
}

// The account's list holds for the client's address, not the proxy's.
func TestTrustedProxies(t *testing.T) {
	dsn, credentials := newDatabase(t, testdb.SQLite)
	must(t, "", "account", "set", "--db", dsn, "--account", accountID(credentials), "--allow-ip", "192.0.2.0/24")
	behind, alone := serve(t, dsn, "--trusted-proxies", "127.0.0.0/8,::1"), serve(t, dsn)
	for _, tt := range []struct {
		server    *process
		forwarded string
		want      string
	}{
		{behind, "", "Your IP 127.0.0.1 is not whitelisted"},
		{behind, "192.0.2.7", `"login":"admin"`},
		{behind, "192.0.2.7, 198.51.100.7", "Your IP 198.51.100.7 is not whitelisted"},
		{behind, "nonsense", "Your IP 127.0.0.1 is not whitelisted"},
		{alone, "192.0.2.7", "Your IP 127.0.0.1 is not whitelisted"},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tt.server.url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"get.employees"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+credentials.AccessToken)
		if tt.forwarded != "" {
			request.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if answer := do(t, request); !strings.Contains(answer, tt.want) {
			t.Errorf("X-Forwarded-For %q: got %s, want %s", tt.forwarded, answer, tt.want)
		}
	}
	_, err := command(t, "", "serve", "--db", dsn, "--trusted-proxies", "10.0.0.0/8,proxy.example.com")
	wantError(t, "a name", err, "--trusted-proxies", "proxy.example.com")
}
