package dialecttest

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the responses in testdata/*.txtar that differ from what is answered")

// Replay sends the requests of each *.txtar file in dir to a server of its own and
// compares the responses. start makes the server's handler, and names values that
// the files may use.
//
// An exchange is two sections, whose names are free but for their last word:
//
//	What this file shows.
//	-- 1 request --
//	POST /api/v1/login
//	Content-Type: application/json
//
//	{"user":"admin","password":"${password}"}
//	-- 1 response --
//	200
//	Content-Type: application/json
//
//	{"userId":"${admin}","authToken":"${token=}","createdAt":"${date}"}
//
// A section's last newline is no part of the body. ${name} stands for a value that
// is known, ${name=} for characters of A-Za-z0-9_.:+- that are known by the name
// from then on, ${date} for a time as RFC 3339 has it. All else must be equal to the
// byte, and so must the header, in any order, but for Date, Content-Length,
// Connection and X-Request-Id.
//
// With the flag -update, responses that differ are written anew. Values of ten
// bytes and more are replaced by their names then, and so are times within a day of
// now; others where what stands before them in the old response stands there still.
func Replay(t *testing.T, dir string, start func(t testing.TB) (handler http.Handler, vars map[string]string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no *.txtar file", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			handler, vars := start(t)
			server := httptest.NewServer(handler)
			defer server.Close()
			replay(t, file, server, maps.Clone(vars))
		})
	}
}

func replay(t *testing.T, file string, server *httptest.Server, vars map[string]string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 {
		t.Fatalf("%s has no exchange", file)
	}
	if vars == nil {
		vars = map[string]string{}
	}
	if n := len(archive.Files); n%2 != 0 {
		t.Fatalf("%s: %d sections are no requests and responses", file, n)
	}
	changed := false
	for request, response := range exchanges(archive) {
		if request.Name != strings.TrimSuffix(response.Name, "response")+"request" {
			t.Fatalf("%s: %q is not the response to %q", file, response.Name, request.Name)
		}
		sent, err := fill(string(request.Data), vars)
		if err != nil {
			t.Fatalf("%s: %s: %v", file, request.Name, err)
		}
		got, err := roundTrip(server, sent)
		if err != nil {
			t.Fatalf("%s: %s: %v", file, request.Name, err)
		}
		want := string(response.Data)
		err = match(want, got, vars)
		if err != nil && *update {
			response.Data = []byte(describe(got, want, vars))
			changed = true
			err = match(string(response.Data), got, vars)
		}
		if err != nil {
			t.Errorf("%s: %s: %v\nrequest:\n%s\ngot:\n%s\nwant:\n%s", file, request.Name, err, sent, got, want)
		}
	}
	if changed {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// exchanges are the sections of an archive, two by two.
func exchanges(archive *txtar.Archive) iter.Seq2[*txtar.File, *txtar.File] {
	return func(yield func(request, response *txtar.File) bool) {
		for i := 0; i+1 < len(archive.Files); i += 2 {
			if !yield(&archive.Files[i], &archive.Files[i+1]) {
				return
			}
		}
	}
}

// unchecked are the headers of a response that are not compared.
var unchecked = []string{"Connection", "Content-Length", "Date", "X-Request-Id"}

// roundTrip sends a request and returns the response, as a section has it.
func roundTrip(server *httptest.Server, section string) (string, error) {
	first, header, body := cut(section)
	method, target, found := strings.Cut(first, " ")
	if !found || !strings.HasPrefix(target, "/") {
		return "", fmt.Errorf("%q is not a method and a path", first)
	}
	request, err := http.NewRequest(method, server.URL+target, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	for _, line := range header {
		name, value, found := strings.Cut(line, ": ")
		if !found {
			return "", fmt.Errorf("%q is not a header", line)
		}
		if strings.EqualFold(name, "Host") {
			request.Host = value
		}
		request.Header.Add(name, value)
	}
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.DisableCompression = true // asks for none, and leaves the header as it is
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	var lines []string
	for name, values := range response.Header {
		for _, value := range values {
			if !slices.Contains(unchecked, name) {
				lines = append(lines, name+": "+value)
			}
		}
	}
	return joined(strconv.Itoa(response.StatusCode), lines, string(answer)), nil
}

// cut takes a section apart: its first line, its header and its body.
func cut(section string) (first string, header []string, body string) {
	head, body, hasBody := strings.Cut(section, "\n\n")
	if hasBody {
		body = strings.TrimSuffix(body, "\n")
	}
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	return lines[0], lines[1:], body
}

// joined is the section that has these parts, with the header in order.
func joined(first string, header []string, body string) string {
	slices.Sort(header)
	section := strings.Join(append([]string{first}, header...), "\n") + "\n"
	if body != "" {
		section += "\n" + body + "\n"
	}
	return section
}

// A placeholder is ${name} or ${name=}.
var placeholder = regexp.MustCompile(`\$\{([a-zA-Z0-9_-]+)(=?)\}`)

const (
	date        = "date"
	datePattern = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`
	newPattern  = `[A-Za-z0-9_.:+-]+`
)

// fill puts known values in the place of their names.
func fill(text string, vars map[string]string) (string, error) {
	var err error
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, known := vars[placeholder.FindStringSubmatch(found)[1]]
		if !known || strings.HasSuffix(found, "=}") {
			err = fmt.Errorf("nothing is known as %s", found)
		}
		return value
	}), err
}

// match says how a response differs from the one wanted, and adds to vars what that
// gives names to.
func match(want, got string, vars map[string]string) error {
	want = joined(cut(want))
	var pattern strings.Builder
	var names []string
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(want, -1) {
		pattern.WriteString(regexp.QuoteMeta(want[end:at[0]]))
		name, isNew := want[at[2]:at[3]], at[4] < at[5]
		value, known := vars[name]
		switch {
		case isNew || slices.Contains(names, name):
			names = append(names, name)
			pattern.WriteString("(" + newPattern + ")")
		case name == date:
			pattern.WriteString(datePattern)
		case known:
			pattern.WriteString(regexp.QuoteMeta(value))
		default:
			return fmt.Errorf("nothing is known as ${%s}", name)
		}
		end = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(want[end:]))
	values := regexp.MustCompile(`\A` + pattern.String() + `\z`).FindStringSubmatch(got)
	if values == nil {
		return fmt.Errorf("the response differs")
	}
	found := map[string]string{}
	for i, name := range names {
		if earlier, again := found[name]; again && earlier != values[i+1] {
			return fmt.Errorf("${%s} is %s and %s", name, earlier, values[i+1])
		}
		found[name] = values[i+1]
	}
	maps.Copy(vars, found)
	return nil
}

// describe is got with names in the place of values, as an older response and the
// values themselves suggest.
func describe(got, old string, vars map[string]string) string {
	for _, at := range placeholder.FindAllStringSubmatchIndex(old, -1) {
		before := old[:at[0]]
		if i := strings.LastIndexAny(before, "}\n"); i >= 0 {
			before = before[i+1:]
		}
		before = before[max(0, len(before)-16):]
		name, value := old[at[2]:at[3]], newPattern
		switch known, isKnown := vars[name]; {
		case before == "":
			continue
		case name == date:
			value = datePattern
		case at[4] == at[5] && isKnown:
			value = regexp.QuoteMeta(known)
		}
		if found := regexp.MustCompile(regexp.QuoteMeta(before) + "(" + value + ")").FindStringSubmatchIndex(got); found != nil {
			got = got[:found[2]] + old[at[0]:at[1]] + got[found[3]:]
		}
	}
	names := slices.SortedFunc(maps.Keys(vars), func(a, b string) int {
		return cmp.Or(len(vars[b])-len(vars[a]), strings.Compare(a, b))
	})
	for _, name := range names {
		if len(vars[name]) >= 10 {
			got = strings.ReplaceAll(got, vars[name], "${"+name+"}")
		}
	}
	return regexp.MustCompile(datePattern).ReplaceAllStringFunc(got, func(text string) string {
		if at, err := time.Parse(time.RFC3339, text); err == nil && time.Since(at).Abs() < 24*time.Hour {
			return "${" + date + "}"
		}
		return text
	})
}
