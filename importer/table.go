package importer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// table turns rows of cells into params by a header.
type table struct {
	header  []string  // as in the file
	columns []*Column // by position; nil is left out
	root    *node
	line    int // of the header
}

// node is a place in params that cells lead to.
type node struct {
	step
	column *Column // of a value, or to clear; nil if there is none
	cell   int     // the column's position
	below  []*node // in the order of params
}

// newTable reads a header. What is wrong with it is a *FileError.
func newTable(header []string, line int, known *catalogue, mapping Mapping) (*table, error) {
	if len(header) > MaxColumns {
		return nil, &FileError{Line: line, What: fmt.Sprintf("has %d columns, more than %d", len(header), MaxColumns)}
	}
	for _, theirs := range slices.Sorted(maps.Keys(mapping)) {
		if ours := mapping[theirs]; ours != "" && known.byName[ours] == nil {
			return nil, &FileError{What: fmt.Sprintf("%q is mapped to the unknown column %s", theirs, suggested(ours, known))}
		}
	}
	t := &table{header: header, columns: make([]*Column, len(header)), root: &node{}, line: line}
	names := make([]string, len(header))
	var unknown []string
	for i, cell := range header {
		theirs := headerName(cell)
		names[i] = theirs
		ours, isMapped := mapping[theirs]
		if !isMapped {
			ours = theirs
		}
		t.columns[i] = known.byName[ours]
		switch {
		case slices.Contains(names[:i], theirs) && ours != "":
			return nil, &FileError{Line: line, What: fmt.Sprintf("has the column %q twice", theirs)}
		case t.columns[i] != nil && slices.Contains(t.columns[:i], t.columns[i]):
			return nil, &FileError{Line: line, What: fmt.Sprintf("has two columns that the mapping makes %s", ours)}
		case t.columns[i] == nil && ours != "":
			unknown = append(unknown, ours)
		}
	}
	if slices.IndexFunc(t.columns, func(c *Column) bool { return c != nil }) < 0 {
		return nil, &FileError{Line: line, What: "names no column; is the header missing, is the delimiter another (--delimiter), or have the columns other names (--map ours=theirs)?"}
	}
	if len(unknown) > 0 {
		return nil, &FileError{Line: line, What: unknownColumns(unknown, known)}
	}
	for _, theirs := range slices.Sorted(maps.Keys(mapping)) {
		if !slices.Contains(names, theirs) {
			return nil, &FileError{Line: line, What: fmt.Sprintf("has no column %q, which is mapped", theirs)}
		}
	}
	for _, c := range known.inOrder {
		if at := slices.Index(t.columns, c); at >= 0 {
			t.root.put(c, at)
		}
	}
	return t, nil
}

// headerName is a header in one line, without spaces around it.
func headerName(cell string) string { return strings.Join(strings.Fields(cell), " ") }

// catalogue is all columns that a file may have.
type catalogue struct {
	inOrder []*Column // of params
	byName  map[string]*Column
}

func newCatalogue(revision string) *catalogue {
	known := &catalogue{byName: map[string]*Column{}}
	for _, c := range allColumns(revision) {
		known.inOrder = append(known.inOrder, &c)
		known.byName[c.Name] = &c
	}
	return known
}

// unknownColumns says what to do about headers that are no columns.
func unknownColumns(unknown []string, known *catalogue) string {
	const shown = 5
	quoted := make([]string, min(len(unknown), shown))
	for i := range quoted {
		quoted[i] = suggested(unknown[i], known)
	}
	text := "has the unknown column "
	if len(unknown) > 1 {
		text = "has the unknown columns "
	}
	text += strings.Join(quoted, ", ")
	if more := len(unknown) - len(quoted); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "; rename with --map ours=theirs, or leave out with --map -=theirs"
}

// suggested is an unknown name in quotes, and which columns may be meant.
func suggested(unknown string, known *catalogue) string {
	unknown = shorten(unknown)
	near := nearest(unknown, slices.Sorted(maps.Keys(known.byName)))
	if len(near) == 0 {
		return strconv.Quote(unknown)
	}
	return fmt.Sprintf("%q (did you mean %s?)", unknown, strings.Join(near, ", "))
}

// nearest are columns that may be meant by word: those whose last part it is, or
// else those with a similar name.
func nearest(word string, names []string) []string {
	inner := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasSuffix(name, "."+word) })
	if len(inner) > 0 {
		return inner[:min(len(inner), 2)]
	}
	return schema.Suggest(word, names)
}

// shorten keeps a name readable in one line.
func shorten(name string) string {
	const most = 60
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

// put adds a column at its place, after those that are there.
func (n *node) put(c *Column, cell int) {
	for _, s := range c.steps {
		i := slices.IndexFunc(n.below, func(b *node) bool { return b.step == s })
		if i < 0 {
			i = len(n.below)
			n.below = append(n.below, &node{step: s})
		}
		n = n.below[i]
	}
	n.column, n.cell = c, cell
}

// row turns cells into a Row. It may keep them.
func (t *table) row(line int, cells []string) (Row, error) {
	if len(cells) > len(t.header) {
		return Row{}, &FileError{Line: line, What: fmt.Sprintf("has %d cells, the header %d", len(cells), len(t.header))}
	}
	for i, cell := range cells {
		switch {
		case len(cell) > MaxCell:
			return Row{}, &FileError{Line: line, What: fmt.Sprintf("has a cell of %d bytes in column %d, more than %d", len(cell), i+1, MaxCell)}
		case isEmpty(t.header[i]) && !isEmpty(cell):
			return Row{}, &FileError{Line: line, What: fmt.Sprintf("has a cell in column %d, which has no header", i+1)}
		}
	}
	b := building{cells: cells, table: t}
	b.params = append(b.params, '{')
	b.members(t.root)
	return Row{Line: line, Params: append(b.params, '}'), Problems: b.problems, cells: cells}, nil
}

// building is the work on one row.
type building struct {
	table    *table
	cells    []string
	params   []byte
	problems []Problem
}

// cell is the node's cell, "" if it is empty or missing.
func (b *building) cell(n *node) string {
	if n.column == nil || n.cell >= len(b.cells) || isEmpty(b.cells[n.cell]) {
		return ""
	}
	return b.cells[n.cell]
}

// members appends what is below n and is given, and reports whether anything is.
func (b *building) members(n *node) bool {
	start := len(b.params)
	for _, below := range n.below {
		before := len(b.params)
		if before > start {
			b.params = append(b.params, ',')
		}
		if below.name != "" {
			b.params = append(appendString(b.params, below.name), ':')
		}
		if !b.value(below) {
			b.params = b.params[:before]
		}
	}
	return len(b.params) > start
}

// value appends what n's cells say, and reports whether they say anything.
func (b *building) value(n *node) bool {
	if len(n.below) == 0 {
		return b.own(n)
	}
	before := len(b.params)
	brackets := "{}"
	if n.below[0].name == "" {
		brackets = "[]"
	}
	b.params = append(b.params, brackets[0])
	given := b.members(n)
	b.params = append(b.params, brackets[1])
	switch cleared := b.cell(n) != ""; {
	case given && cleared:
		b.problem(n, errors.InvalidParametersCombination)
	case cleared:
		b.params = b.params[:before]
		return b.own(n)
	}
	return given
}

// own appends what n's own cell says.
func (b *building) own(n *node) bool {
	cell := b.cell(n)
	if cell == "" {
		return false
	}
	before := len(b.params)
	params, code := n.column.appendValue(b.params, cell)
	if code != nil {
		b.params = params[:before]
		b.problem(n, code)
		return false
	}
	b.params = params
	return true
}

func (b *building) problem(n *node, code *errors.Code) {
	p := Problem{Column: headerName(b.table.header[n.cell]), Path: n.column.Path, Code: code}
	if !n.column.Secret {
		p.Value = errors.Shown(b.cells[n.cell])
	}
	b.problems = append(b.problems, p)
}

// isBlank reports whether all cells are empty.
func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return !isEmpty(cell) })
}
