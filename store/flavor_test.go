package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var statement = regexp.MustCompile(`(?is)^\s*(select|insert|update|delete|with)\b.*\b(from|into|set)\b`)

// No query is written twice for the two databases: the files of the flavors hold
// no statement on a table, and no query text stands in two places.
func TestQueriesAreWrittenOnce(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	queries := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, isLiteral := n.(*ast.BasicLit)
			if !isLiteral || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !statement.MatchString(text) {
				return true
			}
			queries++
			at := set.Position(literal.Pos()).String()
			normal := strings.Join(strings.Fields(text), " ")
			if file == "sqlite.go" || file == "postgres.go" {
				t.Errorf("%s: a query in the file of a flavor: %s", at, normal)
			}
			if other, twice := seen[normal]; twice && len(normal) > len("select id from ") {
				t.Errorf("%s: the query of %s again: %s", at, other, normal)
			}
			seen[normal] = at
			return true
		})
	}
	if queries < 30 {
		t.Errorf("only %d queries were found: the test no longer sees them", queries)
	}
}
