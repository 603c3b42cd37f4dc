package dialect_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The coverage list of each door names the exchanges that show what its vendor's
// reference says, or why there is none; they are there, and none is left unnamed.
func TestCoverage(t *testing.T) {
	doors, err := filepath.Glob("*/testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(doors) == 0 {
		t.Fatal("there are no doors")
	}
	for _, file := range doors {
		door := filepath.Dir(file)
		list, err := os.ReadFile(filepath.Join("..", "docs", "coverage-"+door+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		var exchanges []string
		for _, pattern := range []string{"*.txtar", "*/*.txtar"} { // a package may have several doors
			found, err := fs.Glob(os.DirFS(file), pattern)
			if err != nil {
				t.Fatal(err)
			}
			exchanges = append(exchanges, found...)
		}
		for _, problem := range uncovered(string(list), exchanges) {
			t.Errorf("docs/coverage-%s.md: %s", door, problem)
		}
	}
}

// uncovered says what is wrong with a coverage list: tables of the reference's
// section, what stands there, and files or a dash and the reason.
func uncovered(list string, exchanges []string) []string {
	var problems, named []string
	rows := 0
	lines := strings.Split(list, "\n")
	const rule = "|---"
	for i, line := range lines {
		if isHead := i+1 < len(lines) && strings.HasPrefix(lines[i+1], rule); isHead || !strings.HasPrefix(line, "|") || strings.HasPrefix(line, rule) {
			continue
		}
		rows++
		problem := func(text string) { problems = append(problems, fmt.Sprintf("line %d: %s", i+1, text)) }
		cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(line, `\|`, "")), "|"), "|")[1:]
		if len(cells) != 3 || !strings.HasPrefix(cells[0], " §") {
			problem("has not three cells: section, what it says, files or reason")
			continue
		}
		shown := strings.TrimSpace(cells[2])
		if reason, isReason := strings.CutPrefix(shown, "—"); isReason || shown == "" {
			if strings.TrimSpace(reason) == "" {
				problem("names neither a file nor a reason")
			}
			continue
		}
		for name := range strings.SplitSeq(shown, ",") {
			name = strings.Trim(name, " `")
			named = append(named, name)
			if !slices.Contains(exchanges, name) {
				problem("there is no exchange " + name)
			}
		}
	}
	if rows == 0 {
		problems = append(problems, "has no row")
	}
	for _, name := range exchanges {
		if !slices.Contains(named, name) {
			problems = append(problems, "no row names "+name)
		}
	}
	return problems
}

// What is wrong with a list is found.
func TestUncovered(t *testing.T) {
	const list = `# Coverage

| § | fact | shown by |
|---|---|---|
| §1 | one | a.txtar |
| §2 | two | ` + "`a.txtar`" + `, b.txtar |
| §3 | three | — there is nothing like it here |
`
	for _, c := range []struct {
		list      string
		exchanges []string
		want      []string
	}{
		{list, []string{"a.txtar", "b.txtar"}, nil},
		{list, []string{"a.txtar", "b.txtar", "c.txtar"}, []string{"no row names c.txtar"}},
		{list, []string{"a.txtar"}, []string{"line 6: there is no exchange b.txtar"}},
		{"", nil, []string{"has no row"}},
		{"| §1 | this \\| that | — |\n| §2 | two | |\n| §3 | three |\n| 4 | four | — why |\n", nil, []string{
			"line 1: names neither a file nor a reason",
			"line 2: names neither a file nor a reason",
			"line 3: has not three cells: section, what it says, files or reason",
			"line 4: has not three cells: section, what it says, files or reason",
		}},
	} {
		if diff := cmp.Diff(c.want, uncovered(c.list, c.exchanges)); diff != "" {
			t.Errorf("%s\n-want +got\n%s", c.list, diff)
		}
	}
}
