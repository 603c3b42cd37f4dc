package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestDo has the client read what net/http's server answers in several ways, all over
// one connection.
func TestDo(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /length", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.Header.Get("X-Name"), body)
	})
	mux.HandleFunc("GET /get", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "got") })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/chunks", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			fmt.Fprint(w, strings.Repeat(fmt.Sprint(i%10), 1000+i))
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "result, no", http.StatusTeapot) })
	server := httptest.NewServer(mux)
	defer server.Close()
	conn, err := dial(t.Context(), server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	var chunks strings.Builder
	for i := range 100 {
		chunks.WriteString(strings.Repeat(fmt.Sprint(i%10), 1000+i))
	}
	for _, test := range []struct {
		name     string
		request  request
		want     string // the body
		mistaken string // a part of the error
	}{
		{"a length", request{"/length", "X-Name: value\r\n", []byte("sent"), "sent", 0}, "value sent", ""},
		{"chunks", request{"/chunks", "", []byte("x"), "000", 0}, chunks.String(), ""},
		{"GET", request{path: "/get"}, "got", ""},
		{"nothing", request{path: "/empty"}, "", ""},
		{"a status", request{"/bad", "", nil, "result", 0}, "", "status 418: result, no"},
		{"a part that is missing", request{"/length", "", []byte("sent"), "result", 0}, "", "status 200:  sent"},
		{"as often", request{"/length", "", []byte("a a"), "a", 2}, " a a", ""},
		{"not as often", request{"/length", "", []byte("a a a"), "a", 2}, "", "a a a"},
		{"a length again", request{"/length", "", []byte("last"), "last", 1}, " last", ""},
	} {
		body, err := conn.do(test.request)
		switch {
		case test.mistaken == "" && (err != nil || string(body) != test.want):
			t.Errorf("%s: %q, %v; want %q", test.name, body, err, test.want)
		case test.mistaken != "" && (err == nil || !strings.Contains(err.Error(), test.mistaken)):
			t.Errorf("%s: error %v; want one with %q", test.name, err, test.mistaken)
		}
	}
}

// TestDoBroken answers what no server should.
func TestDoBroken(t *testing.T) {
	for _, answer := range []string{
		"",
		"HTTP\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nno length",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var served sync.WaitGroup
		served.Go(func() {
			conn, err := listener.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if _, err := conn.Read(make([]byte, 1000)); err != nil {
				t.Error(err)
			}
			if _, err := io.WriteString(conn, answer); err != nil {
				t.Error(err)
			}
		})
		conn, err := dial(t.Context(), listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if body, err := conn.do(request{path: "/"}); err == nil {
			t.Errorf("%q is read as %q", answer, body)
		}
		conn.Close()
		served.Wait()
		listener.Close()
	}
}

// TestLoad counts what arrives: each request once, over as many connections as were
// asked for.
func TestLoad(t *testing.T) {
	const n, connections, bad = 500, 8, 250
	for _, fails := range []bool{false, true} {
		var mu sync.Mutex
		bodies, clients := map[string]int{}, map[string]bool{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			bodies[string(body)]++
			clients[r.RemoteAddr] = true
			mu.Unlock()
			if fails && bytes.Equal(body, fmt.Append(nil, bad)) {
				fmt.Fprint(w, "no")
				return
			}
			fmt.Fprint(w, "yes")
		}))
		took, err := load(t.Context(), server.Listener.Addr().String(), connections, n, func(i int) request {
			return request{path: "/", body: fmt.Append(nil, i), has: "yes"}
		})
		server.Close()
		for body, times := range bodies {
			if times != 1 {
				t.Errorf("request %s arrived %d times", body, times)
			}
		}
		switch {
		case fails && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("request %d: ", bad))):
			t.Errorf("a bad answer to %d: error %v", bad, err)
		case !fails && (err != nil || len(took) != n || len(bodies) != n || len(clients) != connections):
			t.Errorf("%d answers of %d requests over %d connections, error %v; want %d over %d", len(took), len(bodies), len(clients), err, n, connections)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := load(ctx, "127.0.0.1:1", 1, 1, func(int) request { return request{} }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
