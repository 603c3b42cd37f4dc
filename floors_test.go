package rosterd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rosterd/rosterd/"

// floor is where a package stands: imports go down only.
var floor = map[string]int{
	"errors":              0,
	"schema":              1,
	"jsquery":             1,
	"directory":           2,
	"rpc":                 3,
	"rpc/wiretest":        3,
	"dialect":             3,
	"dialect/dialecttest": 3,
	"dialect/iadvize":     4,
	"dialect/libraryh3lp": 4,
	"dialect/rocketchat":  4,
	"web":                 4,
	"methods":             4,
	"importer":            4,
	"store":               4,
	"store/testdb":        0,
	"store/storetest":     4,
	"cmd/rosterd":         5,
	"store/testdb/look":   5,
	"docs/generate":       5,
	"examples/generate":   5,
}

// Packages that bans speak of.
var (
	vendors = []string{"dialect/iadvize", "dialect/libraryh3lp", "dialect/rocketchat"}
	doors   = append([]string{"dialect"}, vendors...)
	sql     = []string{"database/sql", "github.com/mattn/go-sqlite3", "github.com/jackc/pgx"}
)

// bans are the imports that a package must do without, and why.
var bans = []struct {
	packages []string
	imports  []string // with all below them
	why      string
}{
	{[]string{"errors"}, ours(""), "everything stands on it"},
	{[]string{"schema"}, ours("directory"), "it describes types, it knows none"},
	{[]string{"jsquery"}, ours(""), "it reads a language and stands alone"},
	{append([]string{"errors", "schema", "jsquery", "directory", "rpc", "methods", "web", "importer", "cmd/rosterd"}, doors...), sql, "there are two databases, and store alone speaks SQL"},
	{[]string{"errors", "schema", "jsquery", "directory", "store", "methods", "importer"}, []string{"net/http"}, "there are several doors, and HTTP is the doors' business"},
	{[]string{"directory"}, append(ours("rpc", "dialect"), "github.com/sourcegraph/jsonrpc2"), "there are six dialects"},
	{[]string{"rpc", "dialect"}, ours("directory"), "no employee here"},
	{doors, append(ours("rpc", "methods"), "github.com/sourcegraph/jsonrpc2"), "JSON-RPC is a dialect of its own"},
	{vendors, ours(vendors...), "doors know nothing of each other"},
	{append([]string{"cmd/rosterd"}, doors...), ours("dialect/dialecttest"), "it is for tests"},
	{[]string{"importer"}, ours("store", "methods", "dialect"), "it calls through an interface, and opens the files that it is told to open"},
	{[]string{"web"}, ours(""), "a page asks the doors, as anybody would"},
	{[]string{"store"}, ours("rpc", "methods", "dialect"), "it serves no API"},
	{append([]string{"methods"}, doors...), ours("store"), "a dialect speaks to the directory"},
	{append([]string{"errors", "schema", "jsquery", "directory", "rpc", "methods", "store"}, doors...), []string{"os", "flag"}, "files, flags and environment are read in cmd; store/sqlite.go alone makes a file"},
}

// ours are the import paths of packages of ours.
func ours(packages ...string) []string {
	paths := make([]string, len(packages))
	for i, p := range packages {
		paths[i] = module + p
	}
	return paths
}

// excused are files that may break a ban, each for the reason it gives itself.
var excused = map[string]string{"store/sqlite.go": "os"}

// The table in docs/architecture.md holds.
func TestFloors(t *testing.T) {
	for file, imports := range sources(t) {
		pkg := filepath.ToSlash(filepath.Dir(file))
		if _, known := floor[pkg]; !known && pkg != "." {
			t.Errorf("%s: package %s has no floor; give it one in floors_test.go", file, pkg)
		}
		for _, imported := range imports {
			if ours, isOurs := strings.CutPrefix(imported, module); isOurs && floor[ours] > floor[pkg] {
				t.Errorf("%s imports %s, which is on floor %d, above its own %d", file, ours, floor[ours], floor[pkg])
			}
			for _, ban := range bans {
				if slices.Contains(ban.packages, pkg) && excused[file] != imported && slices.ContainsFunc(ban.imports, func(b string) bool {
					return imported == b || strings.HasPrefix(imported, strings.TrimSuffix(b, "/")+"/")
				}) {
					t.Errorf("%s must not import %s: %s", file, imported, ban.why)
				}
			}
		}
	}
}

// There is nothing done before main: no init functions.
func TestNoInit(t *testing.T) {
	for file := range sources(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			if f, isFunc := declared.(*ast.FuncDecl); isFunc && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: pass things in instead", file)
			}
		}
	}
}

// isModule reports whether a folder is a module of its own, which has its own rules.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// sources are the project's Go files but tests, with what they import.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || isModule(path)) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(path)
		imports[file] = []string{}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[file] = append(imports[file], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) < len(floor) {
		t.Fatalf("found %d source files for %d packages", len(imports), len(floor))
	}
	return imports
}
