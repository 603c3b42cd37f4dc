package rocketchat

import (
	"io"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// MaxPage is how many items a list has at most that says how many it wants, whatever
// API_Upper_Count_Limit is.
const MaxPage = 10_000

// maxWhole is up to where numbers of JSON are whole.
const maxWhole = 1 << 53

// page is which part of a list the parameters offset and count ask for. A count of 0
// is all of it. What is negative counts for nothing.
func (c *call) page() (offset, count int64) {
	standard, limit := c.amount(defaultCount), c.amount(countLimit)
	if standard <= 0 {
		standard = 50
	}
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, MaxPage)
	number := func(name string, standard int64) int64 {
		f, given := c.params[name].(float64)
		if !given {
			return standard
		}
		return int64(max(-1, min(f, maxWhole)))
	}
	offset = max(0, number("offset", 0))
	count = number("count", standard)
	if count < 0 || count == 0 && !c.isOn(allowInfiniteCount) {
		count = standard
	}
	return offset, min(count, limit)
}

// sortKey is one member of the parameter sort.
type sortKey struct {
	name       string
	descending bool
}

// sortKeys are the members of the parameter sort, in their order; none without it.
// Errors: error-invalid-sort.
func (c *call) sortKeys() ([]sortKey, error) {
	text := c.text("sort")
	if text == "" {
		return nil, nil
	}
	invalid := coded(http.StatusBadRequest, "error-invalid-sort", `Invalid sort parameter provided: "`+text+`"`)
	invalid.Details = map[string]any{"helperMethod": "parseJsonQuery"}

	in := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if start, err := in.ReadToken(); err != nil || start.Kind() != jsontext.KindBeginObject {
		return nil, invalid
	}
	var keys []sortKey
	for in.PeekKind() == jsontext.KindString {
		name, err := in.ReadToken()
		if err != nil {
			return nil, invalid
		}
		key := sortKey{name: name.String()}
		value, err := in.ReadToken()
		if err != nil || value.Kind() != jsontext.KindNumber {
			return nil, invalid
		}
		direction, err := value.Float()
		if err != nil || math.Abs(direction) != 1 {
			return nil, invalid
		}
		key.descending = direction < 0
		if i := slices.IndexFunc(keys, func(k sortKey) bool { return k.name == key.name }); i >= 0 {
			keys[i] = key // the last of two members counts, where the first stands
			continue
		}
		if len(keys) == maxSortKeys {
			return nil, invalid
		}
		keys = append(keys, key)
	}
	if _, err := in.ReadToken(); err != nil { // the end of the object
		return nil, invalid
	}
	if _, err := in.ReadToken(); err != io.EOF {
		return nil, invalid
	}
	return keys, nil
}

// maxSortKeys is how many members the parameter sort has at most.
const maxSortKeys = 100

// order is the order of a list: by the parameter sort, else by name. fields are what
// the list's fields are called in the roster; others order nothing.
func (c *call) order(fields map[string]string) ([]directory.Order, error) {
	keys, err := c.sortKeys()
	if len(keys) == 0 {
		keys = []sortKey{{name: "name"}}
	}
	var order []directory.Order
	for _, key := range keys {
		field := fields[key.name]
		if field == "" || slices.ContainsFunc(order, func(o directory.Order) bool { return o.Field == field }) {
			continue
		}
		order = append(order, directory.Order{Field: field, Descending: key.descending})
	}
	return order, err
}

// isNot holds where a field has not a value.
func isNot(field string, value any) directory.Test {
	return directory.Test{Field: field, Op: directory.OpEqual, Not: true, Values: []any{value}}
}

// nobody is a condition that never holds.
var nobody = directory.Is("id", int64(0))

// textIn holds where a field has the text in it, whatever its case.
func textIn(text string, fields ...string) directory.Condition {
	pattern := "%" + directory.LikeLiteral(directory.Fold(text)) + "%"
	if !isSearchable(text) || len(pattern) > directory.MaxPattern {
		return nobody
	}
	var where directory.Any
	for _, field := range fields {
		where = append(where, directory.Test{Field: field, Op: directory.OpILike, Values: []any{pattern}})
	}
	return where
}

// isSearchable reports whether a text can be in the roster: a database may refuse
// what cannot.
func isSearchable(text string) bool { return text != "" && schema.IsText(text) }
