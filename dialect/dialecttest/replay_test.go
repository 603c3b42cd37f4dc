package dialecttest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// counter answers with a number that grows, a fixed name and the time.
func counter() http.Handler {
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Set("X-Request-Id", fmt.Sprint(n))
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "n=%d; name=the known name; at=%s; old=2001-02-03T04:05:06Z; agent=%s; sent=%s\n", n, time.Now().UTC().Format(time.RFC3339Nano), r.Header.Get("X-Agent"), body)
	})
}

const script = `A comment.
-- 1 request --
POST /
X-Agent: me

the ${name}

-- 1 response --
200
Set-Cookie: a=1
Set-Cookie: b=2
Content-Type: text/plain

n=${n=}; name=${name}; at=${date}; old=2001-02-03T04:05:06Z; agent=me; sent=the ${name}


-- gone request --
DELETE /${n}
-- gone response --
204
Content-Type: text/plain
Set-Cookie: a=1
Set-Cookie: b=2
`

var known = map[string]string{"name": "the known name", "short": "me"}

func TestReplay(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "one.txtar"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	Replay(t, dir, func(testing.TB) (http.Handler, map[string]string) { return counter(), known })
}

// Each difference is noticed.
func TestMatch(t *testing.T) {
	const got = "200\nA: 1\nB: 2\n\nid=abc id=abc at=2001-02-03T04:05:06Z\n"
	for _, c := range []struct{ want, err string }{
		{"200\nB: 2\nA: 1\n\nid=${id=} id=${id} at=${date}\n", ""},
		{"200\nB: 2\nA: ${one}\n\nid=abc id=${other=} at=2001-02-03T04:05:06Z\n", ""},
		{"201\nA: 1\nB: 2\n\nid=abc id=abc at=${date}\n", "the response differs"},
		{"200\nA: 1\n\nid=abc id=abc at=${date}\n", "the response differs"},
		{"200\nA: 1\nB: 2\nC: 3\n\nid=abc id=abc at=${date}\n", "the response differs"},
		{"200\nA: 1\nB: 2\n\nid=abc id=abc at=${date}\n\n", "the response differs"},
		{"200\nA: 1\nB: 2\n\nid=abc id=abd at=${date}\n", "the response differs"},
		{"200\nA: 1\nB: 2\n\nid=${one} id=abc at=${date}\n", "the response differs"},
		{"200\nA: 1\nB: 2\n\nid=abc id=abc at=${date}T\n", "the response differs"},
		{"200\nA: ${id=}\nB: 2\n\nid=${id} id=abc at=${date}\n", "${id} is 1 and abc"},
		{"200\nA: 1\nB: 2\n\nid=${unknown} id=abc at=${date}\n", "nothing is known as ${unknown}"},
	} {
		err := match(c.want, got, map[string]string{"one": "1"})
		if text := fmt.Sprint(err); err != nil && text != c.err || err == nil && c.err != "" {
			t.Errorf("match of %q: %v, want %q", c.want, err, c.err)
		}
	}
}

func TestFill(t *testing.T) {
	if got, err := fill("a ${name} b ${name}", known); err != nil || got != "a the known name b the known name" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, text := range []string{"${unknown}", "${name=}", "${date}"} {
		if got, err := fill(text, known); err == nil {
			t.Errorf("%s: got %q, want an error", text, got)
		}
	}
}

// What is described anew has names where the old response had them, and is matched.
func TestDescribe(t *testing.T) {
	const old = "200\n\nn=${n=}; agent=${short}; at=${date}; other=${other=}\n"
	server := httptest.NewServer(counter())
	defer server.Close()
	got, err := roundTrip(server, "GET /\nX-Agent: me\n")
	if err != nil {
		t.Fatal(err)
	}
	described := describe(got, old, known)
	const want = "200\nContent-Type: text/plain\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n" +
		"n=${n=}; name=${name}; at=${date}; old=2001-02-03T04:05:06Z; agent=${short}; sent=\n\n"
	if described != want {
		t.Errorf("got\n%s\nwant\n%s", described, want)
	}
	vars := map[string]string{"name": known["name"], "short": known["short"]}
	if err := match(described, got, vars); err != nil || vars["n"] != "1" {
		t.Errorf("%v, n is %q", err, vars["n"])
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	server := httptest.NewServer(counter())
	defer server.Close()
	for _, section := range []string{"GET\n", "GET x\n", "GET /\nHeader\n"} {
		if got, err := roundTrip(server, section); err == nil {
			t.Errorf("%s: got %s, want an error", strings.TrimSpace(section), got)
		}
	}
}
