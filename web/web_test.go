package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ask asks a server and returns the answer with its body.
func ask(t *testing.T, server *httptest.Server, method, path string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func started(t *testing.T) *httptest.Server {
	server := httptest.NewServer(GraphiQL())
	t.Cleanup(server.Close)
	return server
}

// names are all places that HTML refers to.
var names = regexp.MustCompile(`\b(?:src|href|action|data|poster|srcset)="([^"]*)"`)

// The page refers to its own assets and to nothing else, and each is there.
func TestPage(t *testing.T) {
	server := started(t)
	response, page := ask(t, server, "GET", "/graphql")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET /graphql: %s", response.Status)
	}
	header := response.Header
	for name, want := range map[string]string{
		"Content-Type":           "text/html; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Cache-Control":          "no-cache",
		"Vary":                   "Accept",
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if inline := regexp.MustCompile(`<style|<script>|\sstyle=|\son\w+=|javascript:`).FindString(page); inline != "" {
		t.Errorf("the page has %q in it, which its Content-Security-Policy forbids", inline)
	}
	types := map[string]string{
		".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".txt": "text/plain; charset=utf-8",
	}
	found := map[string]bool{}
	for _, match := range names.FindAllStringSubmatch(page, -1) {
		if match[1] == "data:," { // no icon
			continue
		}
		response, body := ask(t, server, "GET", "/"+match[1])
		extension := filepath.Ext(match[1])
		if response.StatusCode != http.StatusOK || body == "" {
			t.Errorf("the page refers to %s, which is answered with %s and %d bytes", match[1], response.Status, len(body))
		}
		if got, want := response.Header.Get("Content-Type"), types[extension]; got != want {
			t.Errorf("%s: Content-Type is %q, want %q", match[1], got, want)
		}
		if got, want := response.Header.Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
			t.Errorf("%s: Cache-Control is %q, want %q", match[1], got, want)
		}
		if hash := sum([]byte(body)); !strings.HasSuffix(match[1], "-"+hash[:16]+extension) {
			t.Errorf("%s may be kept for ever, but its name does not hold its hash, %s", match[1], hash)
		}
		found[extension] = true
	}
	for extension := range types {
		if !found[extension] {
			t.Errorf("the page refers to no asset %s: %s", extension, page)
		}
	}
}

func TestNothingElse(t *testing.T) {
	server := started(t)
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"HEAD", "/graphql", http.StatusOK},
		{"POST", "/graphql", http.StatusMethodNotAllowed},
		{"DELETE", "/graphql/assets/page.js", http.StatusMethodNotAllowed},
		{"GET", "/graphql/", http.StatusNotFound},
		{"GET", "/graphql/page.html", http.StatusNotFound},
		{"GET", "/graphql/hashes.json", http.StatusNotFound},
		{"GET", "/graphql/assets", http.StatusNotFound},
		{"GET", "/graphql/assets/", http.StatusNotFound},
		{"GET", "/graphql/assets/page.js", http.StatusNotFound},
		{"GET", "/graphql/assets/..%2fhashes.json", http.StatusNotFound},
		{"GET", "/graphql/assets/%00", http.StatusNotFound},
		{"GET", "/elsewhere", http.StatusNotFound},
	} {
		response, body := ask(t, server, test.method, test.path)
		if response.StatusCode != test.want {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, response.Status, test.want)
		}
		if test.method == "HEAD" && body != "" {
			t.Errorf("HEAD %s has a body: %s", test.path, body)
		}
		if response.StatusCode == http.StatusMethodNotAllowed && response.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", test.method, test.path, response.Header.Get("Allow"))
		}
	}
}

func TestWantsPage(t *testing.T) {
	const firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, test := range []struct {
		method, accept string
		want           bool
	}{
		{"GET", firefox, true},
		{"HEAD", firefox, true},
		{"GET", "TEXT/HTML;level=1", true},
		{"GET", "application/json, text/html;q=0.5", true},
		{"POST", firefox, false},
		{"GET", "", false},
		{"GET", "*/*", false},
		{"GET", "text/*", false},
		{"GET", "application/graphql-response+json, application/json", false},
		{"GET", "text/html;q=0, application/json", false},
		{"GET", "text/html;q=0.000", false},
		{"GET", "text/html;=;,", false},
	} {
		request := httptest.NewRequest(test.method, "/graphql", nil)
		if test.accept != "" {
			request.Header.Set("Accept", test.accept)
		}
		if got := WantsPage(request); got != test.want {
			t.Errorf("%s with Accept %q: %t, want %t", test.method, test.accept, got, test.want)
		}
	}
}

// hashes is what make graphiql wrote about what it made.
type hashes struct {
	Sources  string            // of the files in web/graphiql
	Packages []string          // that are in the bundle
	Files    map[string]string // by name in dist
}

func made(t *testing.T) hashes {
	t.Helper()
	data, err := dist.ReadFile("graphiql/dist/hashes.json")
	if err != nil {
		t.Fatal(err)
	}
	var made hashes
	if err := json.Unmarshal(data, &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func sum(data []byte) string {
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}

// The bundle is made from the sources as they are, and nobody has changed it since.
func TestBundleIsOfTheSources(t *testing.T) {
	made := made(t)
	entries, err := os.ReadDir("graphiql")
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder // as sha256sum prints it
	for _, entry := range entries {
		if entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join("graphiql", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%s  %s\n", sum(data), entry.Name())
	}
	if got := sum([]byte(list.String())); got != made.Sources {
		t.Errorf("web/graphiql is not what dist was made from: run make graphiql\n%s", list.String())
	}
	files := map[string]string{}
	err = fs.WalkDir(dist, "graphiql/dist", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "hashes.json" {
			return err
		}
		data, err := dist.ReadFile(path)
		files[strings.TrimPrefix(path, "graphiql/dist/")] = sum(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range files {
		if made.Files[name] != hash {
			t.Errorf("dist/%s is not as it was made: its hash is %s, and was %q; run make graphiql", name, hash, made.Files[name])
		}
	}
	for name := range made.Files {
		if files[name] == "" {
			t.Errorf("dist/%s was made and is not there: run make graphiql", name)
		}
	}
}

// The text of each bundled package's licence goes along, in the version of the lock
// file.
func TestLicences(t *testing.T) {
	made := made(t)
	data, err := os.ReadFile("graphiql/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version, License string }
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		t.Fatal(err)
	}
	var licences string
	for name := range made.Files {
		if filepath.Ext(name) == ".txt" {
			data, err := dist.ReadFile("graphiql/dist/" + name)
			if err != nil {
				t.Fatal(err)
			}
			licences = string(data)
		}
	}
	sections := map[string]string{}
	for section := range strings.SplitSeq(licences, "\n"+strings.Repeat("-", 72)+"\n") {
		title, text, _ := strings.Cut(strings.TrimSpace(section), "\n")
		sections[title] = text
	}
	free := []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}
	for _, name := range made.Packages {
		locked := lock.Packages["node_modules/"+name]
		if !slices.Contains(free, locked.License) {
			t.Errorf("%s: its licence %q is none of %q", name, locked.License, free)
		}
		title := fmt.Sprintf("%s %s: %s", name, locked.Version, locked.License)
		if text := sections[title]; !strings.Contains(text, "opyright") {
			t.Errorf("%s: the licences hold no text for it but %q", title, text)
		}
	}
	for _, name := range []string{"graphiql", "graphql", "react", "react-dom", "codemirror"} {
		if !slices.Contains(made.Packages, name) {
			t.Errorf("%s is not among the bundled packages, %q", name, made.Packages)
		}
	}
}

// Nothing in the bundle or in its lock file tells where it was made.
func TestNoTraces(t *testing.T) {
	traces := regexp.MustCompile(`registry\.|npmjs|node_modules/|sourceMappingURL|"resolved"|/(?:tmp|home|root|Users|work|var|mnt)/|[A-Z]:\\Users`)
	for name := range made(t).Files {
		data, err := dist.ReadFile("graphiql/dist/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if trace := traces.Find(data); trace != nil {
			t.Errorf("dist/%s holds %q", name, trace)
		}
		if filepath.Ext(name) != ".css" {
			continue
		}
		for _, url := range regexp.MustCompile(`url\([^)]{0,40}|@import[^;]{0,40}`).FindAllString(string(data), -1) {
			if !strings.HasPrefix(url, "url(data:image/png;base64,") {
				t.Errorf("dist/%s refers to %s", name, url)
			}
		}
	}
	lock, err := os.ReadFile("graphiql/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if trace := regexp.MustCompile(`"resolved"|https?://[^"]*/-/`).Find(lock); trace != nil {
		t.Errorf("package-lock.json holds %q", trace)
	}
}
