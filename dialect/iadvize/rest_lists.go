package iadvize

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// How many rows a page has: DefaultLimit where nothing is said, MaxLimit at most.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// noun is one kind of thing that REST shows.
type noun[T any] struct {
	name    string // "operator"; answers name it, and the link begins with it
	columns []column[T]
	noLink  bool // where the vendor's answers have none
}

// column is a field that is shown. The first of a noun is its id.
type column[T any] struct {
	name  string
	value func(*T) any
}

const (
	fieldID   = "id"
	fieldLink = "_link"
)

// linkOf is where a noun is found, from the API's base on.
func linkOf(noun string, id int64) string { return "/" + noun + "/" + strconv.FormatInt(id, 10) }

// show is an item with the fields that were picked, all of them if picked is nil.
func (n *noun[T]) show(item *T, id int64, picked []string) object {
	var o object
	for _, c := range n.columns {
		if picked == nil || slices.Contains(picked, c.name) {
			o = append(o, member{c.name, c.value(item)})
		}
	}
	if !n.noLink {
		o = append(o, member{fieldLink, linkOf(n.name, id)})
	}
	return o
}

// pick tells which fields a read is asked for; nil is all. The parameter fields tells
// that if it is a list of names; else the parameter full, or what is standard.
// Errors: a name that is no field's.
func (n *noun[T]) pick(c *restCall, standard []string) ([]string, error) {
	if full, given := c.query["full"]; given {
		all, ok := flag(full)
		if !ok {
			return nil, errNotValid("full", "")
		}
		if all {
			standard = nil
		}
	}
	if _, isMap := c.query["fields"].(map[string]any); isMap || c.query["fields"] == nil {
		return standard, nil
	}
	picked, ok := wordList(c.query["fields"])
	if !ok {
		return nil, errNotValid("fields", "")
	}
	if len(picked) == 0 {
		return standard, nil
	}
	for _, name := range picked {
		isColumn := slices.ContainsFunc(n.columns, func(c column[T]) bool { return c.name == name })
		if !isColumn && (name != fieldLink || n.noLink) {
			return nil, errNoField(name)
		}
	}
	return picked, nil
}

// filter is one that a list has. condition reports whether the value is one.
type filter struct {
	name      string
	condition func(v any) (directory.Condition, bool)
}

// byIDs filters by a field that is one of some ids, or, if it is an array, has one.
func byIDs(name, field string, op directory.Op) filter {
	return filter{name, func(v any) (directory.Condition, bool) {
		ids, ok := idList(v)
		if len(ids) == 0 {
			return nil, false
		}
		values := make([]any, len(ids))
		for i, id := range ids {
			values[i] = id
		}
		return directory.Test{Field: field, Op: op, Values: values}, ok
	}}
}

// byText filters by a text, whatever its case.
func byText(name, field string) filter {
	return filter{name, func(v any) (directory.Condition, bool) {
		text, is := v.(string)
		pattern := strings.ReplaceAll(directory.LikeLiteral(directory.Fold(text)), "*", "%") // the vendor's * is any text
		ok := is && schema.IsText(text) && len(pattern) <= directory.MaxPattern
		return directory.Test{Field: field, Op: directory.OpILike, Values: []any{pattern}}, ok
	}}
}

func byFlag(name, field string) filter {
	return filter{name, func(v any) (directory.Condition, bool) {
		on, ok := flag(v)
		return directory.Is(field, on), ok
	}}
}

// where is what the parameter filters says, all of it at once, and the filters' names.
// Errors: a filter that there is none of, or a value that is none.
func (c *restCall) where(known []filter) (where directory.All, names []string, err error) {
	given := map[string]any{}
	switch v := c.query["filters"].(type) {
	case nil:
	case map[string]any:
		given = v
	default:
		return nil, nil, errNotValid("filters", "")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(known, func(f filter) bool { return f.name == name }) {
			return nil, nil, errNoFilter(name)
		}
	}
	for _, f := range known {
		v, is := given[f.name]
		if !is {
			continue
		}
		condition, ok := f.condition(v)
		if !ok {
			return nil, nil, errNotValid(f.name, "")
		}
		where, names = append(where, condition), append(names, f.name)
	}
	return where, names, nil
}

// page is the part of a list that is asked for.
func (c *restCall) page() (page, limit int64, err error) {
	page, limit = 1, DefaultLimit
	for _, p := range []struct {
		name string
		to   *int64
	}{{"page", &page}, {"limit", &limit}} {
		v, given := c.query[p.name]
		if !given {
			continue
		}
		n, ok := whole(v)
		if !ok || n < 1 || n > maxPage {
			return 0, 0, errNotValid(p.name, "")
		}
		*p.to = n
	}
	return page, min(limit, MaxLimit), nil
}

// maxPage is the greatest page that can be asked for, be it there or not.
const maxPage = 1 << 31

// list answers a page of a noun, the newest first.
func list[T any](c *restCall, n *noun[T], filters []filter, id func(*T) int64, read func(q directory.Query, picked []string) (directory.Page[T], error)) (result, error) {
	picked, err := n.pick(c, []string{fieldID})
	if err != nil {
		return result{}, err
	}
	where, names, err := c.where(filters)
	if err != nil {
		return result{}, err
	}
	page, limit, err := c.page()
	if err != nil {
		return result{}, err
	}
	q := directory.Query{Order: newestFirst, Limit: limit, Offset: (page - 1) * limit}
	if len(where) > 0 {
		q.Where = where
	}
	found, err := read(q, picked)
	if err != nil {
		return result{}, err
	}
	pages := max(1, (found.Total+limit-1)/limit)
	rows := make([]object, len(found.Items))
	for i := range found.Items {
		rows[i] = n.show(&found.Items[i], id(&found.Items[i]), picked)
	}
	return result{filters: names, data: rows, pagination: &pagination{min(page, pages), pages, limit, found.Total}}, nil
}

// newestFirst is the order of all lists.
var newestFirst = []directory.Order{{Field: "id", Descending: true}}

// only is the query for what has an id.
func only(id int64) directory.Query {
	return directory.Query{Where: directory.Is("id", id), Limit: 1, Uncounted: true}
}

// first is the one item that a page may have.
// Errors: an unknown id.
func first[T any](c *restCall, id int64, page directory.Page[T], err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		return nil, errUnknown(c.noun, strconv.FormatInt(id, 10), c.method)
	}
	return &page.Items[0], nil
}

// written is the answer to a write that worked: all of what is there now.
func written(method string, data object) result {
	r := result{data: data}
	if method == http.MethodPost {
		r.status = http.StatusCreated
	}
	return r
}
