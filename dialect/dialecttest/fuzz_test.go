package dialecttest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A door that does nothing wrong passes.
func FuzzCareful(f *testing.F) {
	dir := f.TempDir()
	if err := os.WriteFile(dir+"/one.txtar", []byte(script), 0o600); err != nil {
		f.Fatal(err)
	}
	Fuzz(f, dir, func(testing.TB) (http.Handler, map[string]string) { return targetOf(careful).Handler, nil })
}

// What a request is answered with is looked at, and the request is what was given.
func TestServe(t *testing.T) {
	var got string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = fmt.Sprint(r.Method, " ", r.URL, " ", r.Header["X-One"], r.Header["X-Two"], " ", string(body), " ", r.RemoteAddr)
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	for _, c := range []struct{ method, header, got, err string }{
		{"POST", "X-One: 1\nX-Two: 2", "POST /a?b=c [1] [2] body 192.0.2.7:80", ""},
		{"GET", "", "GET /a?b=c [] [] body 192.0.2.7:80", ""},
		{"PUT", "", "PUT /a?b=c [] [] body 192.0.2.7:80", "got status 502"},
		{"not one word", "", "", ""},
		{"GET", "no header", "", ""},
	} {
		got = ""
		status, err := serve(handler, 7, c.method, "/a?b=c", c.header, "body")
		if got != c.got || (status == 0) != (got == "") || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s, %q: served %q, %v, want %q, %q", c.method, c.header, got, err, c.got, c.err)
		}
	}
}

// The things of a beginning last for its requests and no longer.
func TestBeginning(t *testing.T) {
	var dirs []string
	ended := 0
	begun := beginning{start: func(t testing.TB) (http.Handler, map[string]string) {
		t.Cleanup(func() { ended++ })
		dirs = append(dirs, t.TempDir())
		return nil, map[string]string{"dir": dirs[len(dirs)-1]}
	}}
	for i := range 2*perBeginning + 1 {
		t.Run("", func(t *testing.T) {
			if _, vars := begun.next(t); vars["dir"] != dirs[i/perBeginning] || ended != i/perBeginning {
				t.Fatalf("request %d: got %s after %d ends, with %v", i, vars["dir"], ended, dirs)
			}
			if _, err := os.Stat(dirs[i/perBeginning]); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, c := range []struct {
		status, times int
		took          time.Duration
		beginnings    int
	}{
		{http.StatusUnauthorized, maxRefused - 1, 0, 3},
		{http.StatusOK, 1, 0, 3},
		{http.StatusUnauthorized, maxRefused, 0, 3},
		{http.StatusUnauthorized, 1, 0, 4},
		{http.StatusUnauthorized, 2 * maxRefused, time.Hour, 4},
	} {
		begun.took = c.took
		for range c.times {
			begun.next(t)
			begun.note(c.status)
		}
		if len(dirs) != c.beginnings {
			t.Errorf("after %d more of status %d: began %d times, want %d", c.times, c.status, len(dirs), c.beginnings)
		}
	}
	begun.end()
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s is left", dir)
		}
	}
}

// What exchanges give names to is known; one that does not go as it should gives
// none.
func TestLearn(t *testing.T) {
	var asked []string
	begun := beginning{
		start: func(testing.TB) (http.Handler, map[string]string) {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Path)
				fmt.Fprint(w, strings.TrimPrefix(r.URL.Path, "/"))
			}), map[string]string{"given": "value"}
		},
		exchanges: [][2]string{
			{"GET /${given}-1\n", "200\nContent-Type: text/plain; charset=utf-8\n\n${first=}\n"},
			{"GET /again\n", "200\nContent-Type: text/plain; charset=utf-8\n\n${first=}\n"},
			{"GET /nothing-new\n", "200\n\n${given}\n"},
			{"GET /other\n", "404\n\n${lost=}\n"},
			{"GET /${lost}\n", "200\nContent-Type: text/plain; charset=utf-8\n\n${later=}\n"},
			{"GET /${first}-2\n", "200\nContent-Type: text/plain; charset=utf-8\n\n${second=}\n"},
		},
	}
	_, vars := begun.next(t)
	if diff := cmp.Diff(map[string]string{"given": "value", "first": "value-1", "second": "value-1-2"}, vars); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/value-1", "/other", "/value-1-2"}, asked); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
