package dialecttest

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// Fuzz sends what a fuzzer makes of the requests of the *.txtar files in dir to a
// handler that start makes, as Replay does. None may be answered with a status of
// 500 and more, or panic.
//
//	func FuzzVendor(f *testing.F) { dialecttest.Fuzz(f, "testdata", start) }
func Fuzz(f *testing.F, dir string, start func(t testing.TB) (handler http.Handler, vars map[string]string)) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	begun := beginning{start: start}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for request, response := range exchanges(archive) {
			first, header, body := cut(string(request.Data))
			method, target, _ := strings.Cut(first, " ")
			f.Add(method, target, strings.Join(header, "\n"), []byte(body))
			begun.exchanges = append(begun.exchanges, [2]string{string(request.Data), string(response.Data)})
		}
	}
	f.Cleanup(begun.end)
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		handler, vars := begun.next(t)
		known := func(text string) string {
			return placeholder.ReplaceAllStringFunc(text, func(found string) string {
				return vars[placeholder.FindStringSubmatch(found)[1]]
			})
		}
		status, err := serve(handler, begun.served, method, known(target), known(header), known(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		begun.note(status)
	})
}

// serve has the n-th request served, and says what is wrong with the response. The
// status is 0 where there was none.
func serve(handler http.Handler, n int, method, target, header, body string) (status int, err error) {
	text := method + " " + target + " HTTP/1.1\r\nHost: rosterd.example\r\n"
	if header != "" {
		text += strings.ReplaceAll(header, "\n", "\r\n") + "\r\n"
	}
	text += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return 0, nil // net/http answers that itself
	}
	r.RemoteAddr = fmt.Sprintf("192.0.2.%d:80", n%256) // so that no limit of one address ends it all
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError {
		return w.Code, fmt.Errorf("%s\ngot status %d, %s", text, w.Code, w.Body)
	}
	return w.Code, nil
}

// A fuzzer sends perBeginning requests to one handler, or fewer where maxRefused in
// a row are not let in: what they changed and ended is there again then. For the
// latter reason it does not begin again before that has cost a tenth of the time.
const (
	perBeginning = 1000
	maxRefused   = 20
	maxShare     = 10
)

// beginning is what start made, and makes anew from time to time.
type beginning struct {
	start     func(testing.TB) (http.Handler, map[string]string)
	exchanges [][2]string
	served    int // in all
	left      int // of this beginning
	refused   int // in a row
	begun     time.Time
	took      time.Duration // to begin

	handler http.Handler
	vars    map[string]string
	cleanup []func()
}

func (b *beginning) next(t testing.TB) (http.Handler, map[string]string) {
	if b.left == 0 || b.refused >= maxRefused && time.Since(b.begun) >= maxShare*b.took {
		b.end()
		b.left, b.refused, b.begun = perBeginning, 0, time.Now()
		var vars map[string]string
		b.handler, vars = b.start(&lasting{t, b})
		b.vars = maps.Clone(vars)
		if b.vars == nil {
			b.vars = map[string]string{}
		}
		b.learn()
		b.took = time.Since(b.begun)
	}
	b.served++
	b.left--
	return b.handler, b.vars
}

// note notes how a request was answered.
func (b *beginning) note(status int) {
	if b.refused++; status != http.StatusUnauthorized {
		b.refused = 0
	}
}

// learn gets the values that exchanges give names to, each name once, as far as the
// exchanges go as they should.
func (b *beginning) learn() {
	server := httptest.NewServer(b.handler)
	defer server.Close()
	for _, x := range b.exchanges {
		isKnown := func(at []string) bool { return at[2] == "" || b.vars[at[1]] != "" }
		if !slices.ContainsFunc(placeholder.FindAllStringSubmatch(x[1], -1), func(at []string) bool { return !isKnown(at) }) {
			continue
		}
		request, err := fill(x[0], b.vars)
		if err != nil {
			continue
		}
		if got, err := roundTrip(server, request); err == nil {
			_ = match(x[1], got, b.vars) // where it does not, nothing is learnt
		}
	}
}

func (b *beginning) end() {
	for _, f := range slices.Backward(b.cleanup) {
		f()
	}
	b.cleanup = nil
}

// lasting is a test whose things last until the next beginning.
type lasting struct {
	testing.TB
	until *beginning
}

func (l *lasting) Cleanup(f func()) { l.until.cleanup = append(l.until.cleanup, f) }

func (l *lasting) Context() context.Context { return context.Background() }

func (l *lasting) TempDir() string {
	dir, err := os.MkdirTemp("", "rosterd-fuzz-")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
