package directory

import (
	"context"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/jsquery"
	"github.com/rosterd/rosterd/schema"
)

// Limits of a filter; what is over them is invalid_parameter_value. Its jsquery
// expressions have together at most jsquery.MaxLength bytes.
const (
	MaxFilters      = 500   // filters within one filter, however deep
	MaxFilterValues = 10000 // values in all its lists together
	MaxPattern      = 1000  // bytes of a like or regexp pattern
)

// Get reads rows of a noun, a page at a time. Which fields there are, and may be
// filtered and sorted by, say R's tags.
type Get[R any] struct {
	Limit  schema.Opt[int64]     `json:"limit" range:"1..10000" default:"1000" doc:"Rows in the answer at most."`
	Offset schema.Opt[int64]     `json:"offset" range:"0..100000" default:"0" doc:"Rows to skip."`
	Filter schema.Opt[Filter]    `json:"filter" doc:"Which rows: {field, operator, value}, or {filters: […], condition} of any depth. Empty is no filter."`
	Fields schema.Opt[[]string]  `json:"fields" items:"1000" doc:"Names of the fields to answer; all documented by the vendor if absent or empty."`
	Sort   schema.Opt[[]SortKey] `json:"sort" items:"100" doc:"Order of rows, the most important field first; by id without it."`
}

// SortKey is one of the parameter sort.
type SortKey struct {
	Field schema.Opt[string] `json:"field" required:"true" null:"no" doc:"Name of a sortable field."`
	Order schema.Opt[string] `json:"order" enum:"asc,desc" default:"asc" doc:"asc: null first; desc: null last."`
}

// Filter is a comparison or a tree of them. Source: data-api.md §3.1.
type Filter struct {
	Field     schema.Opt[string]   `json:"field" doc:"Name of a filterable field."`
	Operator  schema.Opt[string]   `json:"operator" doc:"=, !=, <, >, <=, >=, like, ilike, not_like, not_ilike, regexp, in, not_in, overlap, not_overlap, jsquery, is_null or is_not_null, as far as the field's type has it."`
	Value     jsontext.Value       `json:"value" doc:"What to compare with; an array for in and not_in, an expression for jsquery. Absent is null."`
	Filters   schema.Opt[[]Filter] `json:"filters" doc:"Filters joined by condition."`
	Condition schema.Opt[string]   `json:"condition" enum:"and,or" default:"and" doc:"How filters are joined."`
}

// Op is what a Test does.
type Op string

// The operators. There is no OpNotX: Test.Not negates.
const (
	OpEqual   Op = "="       // equals the one value
	OpNull    Op = "is_null" // is null, or for an object or array empty
	OpLess    Op = "<"
	OpGreater Op = ">"
	OpAtMost  Op = "<="
	OpAtLeast Op = ">="
	OpLike    Op = "like"   // SQL pattern: % any text, _ any character, \ escapes
	OpILike   Op = "ilike"  // the same without case; the value is folded
	OpRegexp  Op = "regexp" // RE2
	OpIn      Op = "in"     // equals one of the values
	OpOverlap Op = "overlap"
	OpJSQuery Op = "jsquery" // the expression holds for the object or array
)

// Condition is a checked filter: a Test, or All or Any of several.
type Condition interface{ condition() }

// Test compares one field. Not includes rows where the field is null.
type Test struct {
	Field  string
	Op     Op
	Not    bool
	Values []any        // int64, string or bool, or the []byte that is kept of a secret; one unless Op is In or Overlap, none for Null and JSQuery
	Expr   jsquery.Expr // of JSQuery alone
}

// Is is the test that a field has a value.
func Is(field string, value any) Test {
	return Test{Field: field, Op: OpEqual, Values: []any{value}}
}

var likeLiteral = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// LikeLiteral is the pattern of OpLike and OpILike that a text alone fits.
func LikeLiteral(text string) string { return likeLiteral.Replace(text) }

// All holds where each condition holds; Any where one does. Without conditions
// All holds and so does Any.
type (
	All []Condition
	Any []Condition
)

func (Test) condition() {}
func (All) condition()  {}
func (Any) condition()  {}

// replaceTests is c with what replace makes of each of its tests.
func replaceTests(c Condition, replace func(Test) (Test, error)) (Condition, error) {
	all := func(branches []Condition) ([]Condition, error) {
		replaced := make([]Condition, len(branches))
		for i, branch := range branches {
			var err error
			if replaced[i], err = replaceTests(branch, replace); err != nil {
				return nil, err
			}
		}
		return replaced, nil
	}
	switch c := c.(type) {
	case Test:
		return replace(c)
	case All:
		branches, err := all(c)
		return All(branches), err
	case Any:
		branches, err := all(c)
		return Any(branches), err
	}
	return c, nil // none
}

// Order is one sort key of a checked query.
type Order struct {
	Field      string
	Descending bool
}

// Query is a checked Get.
type Query struct {
	Where  Condition // nil for all
	Order  []Order   // id follows as the last key
	Limit  int64
	Offset int64

	Uncounted bool // the page's Total is not asked for, and 0
}

// Page is a part of what a query selects.
type Page[T any] struct {
	Items []T
	Total int64 // whatever limit and offset
}

// List is a page of rows with the fields that were asked for. It marshals as an
// array of objects.
type List[R any] struct {
	Total int64 // rows that the filter selects, whatever limit and offset

	rows int
	row  func(i int, spare *R) *R // the i-th row, which may be made in spare
	pick schema.Pick
}

// AppendJSON appends the array.
func (l List[R]) AppendJSON(dst []byte) (_ []byte, err error) {
	row := schema.RowOf[R]()
	var spare R
	dst = append(dst, '[')
	begin := len(dst)
	for i := range l.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		if i == 1 { // others may be as long as the first, or a little longer
			dst = slices.Grow(dst, (len(dst)-begin)*l.rows*5/4)
		}
		if dst, err = row.Append(dst, l.row(i, &spare), l.pick); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// MarshalJSONTo writes the array.
func (l List[R]) MarshalJSONTo(enc *jsontext.Encoder) error {
	array, err := l.AppendJSON(nil)
	if err != nil {
		return err
	}
	return enc.WriteValue(array)
}

// Describe tells what the array holds.
func (List[R]) Describe() *schema.Type {
	return &schema.Type{Kind: schema.Array, Elem: schema.RowOf[R]().Type()}
}

// get checks who asks and what for, and has the rows read. Each read method is a
// call of it.
func get[R any](ctx context.Context, s *Service, right Right, c Get[R], read func(actor Actor, q Query, pick schema.Pick) (Page[R], error)) (List[R], error) {
	return getBy(ctx, s, right, &c, &c, read)
}

// getBy is get for a command that has more parameters than c, which is in it.
func getBy[C, R any](ctx context.Context, s *Service, right Right, command *C, c *Get[R], read func(actor Actor, q Query, pick schema.Pick) (Page[R], error)) (List[R], error) {
	return getList(ctx, s, right, command, c, func(actor Actor, q Query, pick schema.Pick) (List[R], error) {
		page, err := read(actor, q, pick)
		return List[R]{page.Total, len(page.Items), func(i int, _ *R) *R { return &page.Items[i] }, pick}, err
	})
}

// getList is getBy for rows that need not be made before they are shown.
func getList[C, R any](ctx context.Context, s *Service, right Right, command *C, c *Get[R], read func(actor Actor, q Query, pick schema.Pick) (List[R], error)) (List[R], error) {
	actor, err := allowed(ctx, right)
	if err != nil {
		return List[R]{}, err
	}
	if err := check(s, command); err != nil {
		return List[R]{}, err
	}
	standard := schema.Of[Get[R]](s.revision).Default()
	query := c.compile(errors.Path{}, &errors.List{})
	query.Limit, query.Offset = c.Limit.Or(standard.Limit.Value), c.Offset.Or(standard.Offset.Value)
	pick, _ := schema.RowOf[R]().Pick(c.Fields.Value)
	return read(actor, query, pick)
}

// CheckTogether reports fields that do not exist or may not be used so.
func (g *Get[R]) CheckTogether(at errors.Path, bad *errors.List) {
	g.compile(at, bad)
}

// compile turns g into a query, noting what is wrong with its names and values.
func (g *Get[R]) compile(at errors.Path, bad *errors.List) (query Query) {
	field := schema.RowOf[R]().Field
	if g.Filter.IsSet() {
		c := filterCompiler{field: field, bad: bad}
		query.Where = c.compile(&g.Filter.Value, at.Key("filter"))
	}
	for i, name := range g.Fields.Value {
		if field(name) == nil {
			bad.Add(errors.UnexpectedParameters, at.Key("fields").Index(i), errors.Shown(name))
		}
	}
	for i, key := range g.Sort.Value {
		place := at.Key("sort").Index(i).Key("field")
		switch field := field(key.Field.Value); {
		case !key.Field.IsSet():
		case field == nil:
			bad.Add(errors.UnexpectedParameters, place, errors.Shown(key.Field.Value))
		case !field.Sort:
			bad.Add(errors.SortProhibited, place, errors.Shown(key.Field.Value))
		default:
			query.Order = append(query.Order, Order{field.Name, key.Order.Value == "desc"})
		}
	}
	return query
}

type filterCompiler struct {
	field           func(name string) *schema.Field
	bad             *errors.List
	filters, values int
	jsqueryBytes    int
}

func (c *filterCompiler) compile(f *Filter, at errors.Path) Condition {
	isTest := f.Field.Given() || f.Operator.Given() || f.Value != nil
	isTree := f.Filters.Given() || f.Condition.Given()
	if isTest && isTree {
		c.bad.Add(errors.InvalidParametersCombination, at, nil)
		return nil
	}
	if isTest {
		return c.test(f, at)
	}
	branches := make([]Condition, 0, len(f.Filters.Value))
	for i := range f.Filters.Value {
		if c.filters++; c.filters > MaxFilters {
			if c.filters == MaxFilters+1 {
				c.bad.Add(errors.InvalidParameterValue, at.Key("filters").Index(i), nil)
			}
			break
		}
		if branch := c.compile(&f.Filters.Value[i], at.Key("filters").Index(i)); branch != nil {
			branches = append(branches, branch)
		}
	}
	if f.Condition.Value == "or" {
		return Any(branches)
	}
	return All(branches)
}

// operators tells which operators a field's type has, and what they are.
var operators = map[string]struct {
	kinds []schema.Kind
	op    Op
	not   bool
}{
	"=":           {scalars, OpEqual, false},
	"!=":          {scalars, OpEqual, true},
	"<":           {numbers, OpLess, false},
	">":           {numbers, OpGreater, false},
	"<=":          {numbers, OpAtMost, false},
	">=":          {numbers, OpAtLeast, false},
	"like":        {texts, OpLike, false},
	"not_like":    {texts, OpLike, true},
	"ilike":       {texts, OpILike, false},
	"not_ilike":   {texts, OpILike, true},
	"regexp":      {texts, OpRegexp, false},
	"in":          {listed, OpIn, false},
	"not_in":      {listed, OpIn, true},
	"overlap":     {arrays, OpOverlap, false},
	"not_overlap": {arrays, OpOverlap, true},
	"jsquery":     {nested, OpJSQuery, false},
	"is_null":     {every, OpNull, false},
	"is_not_null": {every, OpNull, true},
}

var (
	numbers = []schema.Kind{schema.Number}
	texts   = []schema.Kind{schema.String}
	listed  = []schema.Kind{schema.Number, schema.String, schema.Enum}
	scalars = []schema.Kind{schema.Number, schema.String, schema.Enum, schema.Boolean}
	arrays  = []schema.Kind{schema.Array}
	nested  = []schema.Kind{schema.Array, schema.Object}
	every   = []schema.Kind{schema.Number, schema.String, schema.Enum, schema.Boolean, schema.Array, schema.Object}
)

// ofSecrets are the operators of secret fields, of which nothing is kept that
// another could be asked of.
var ofSecrets = []Op{OpEqual, OpIn}

func (c *filterCompiler) test(f *Filter, at errors.Path) Condition {
	if !f.Field.IsSet() {
		c.bad.Add(errors.RequiredParameterMissed, at.Key("field"), nil)
	}
	if !f.Operator.IsSet() {
		c.bad.Add(errors.RequiredParameterMissed, at.Key("operator"), nil)
	}
	if !f.Field.IsSet() || !f.Operator.IsSet() {
		return nil
	}
	field := c.field(f.Field.Value)
	if field == nil {
		c.bad.Add(errors.UnexpectedParameters, at.Key("field"), errors.Shown(f.Field.Value))
		return nil
	}
	if !field.Filter {
		c.bad.Add(errors.FilterProhibited, at.Key("field"), errors.Shown(f.Field.Value))
		return nil
	}
	refused := func(member string, value *string) Condition {
		if member == "value" && field.Secret {
			value = nil
		}
		c.bad.Add(errors.InvalidParameterValue, at.Key(member), value)
		return nil
	}
	o, known := operators[f.Operator.Value]
	isNull := len(f.Value) == 0 || f.Value.Kind() == 'n'
	if known && o.op == OpEqual && isNull { // "=" and "!=" with null test for null, on every type
		return Test{Field: field.Name, Op: OpNull, Not: o.not}
	}
	if !known || !slices.Contains(o.kinds, field.Type.Kind) || c.notElements(field, o.op) || field.Secret && !slices.Contains(ofSecrets, o.op) {
		return refused("operator", errors.Shown(f.Operator.Value))
	}
	t := Test{Field: field.Name, Op: o.op, Not: o.not}
	switch o.op {
	case OpNull:
		if !isNull {
			return refused("value", shownValue(f.Value))
		}
		return t
	case OpJSQuery:
		if t.Expr = c.jsquery(f.Value); t.Expr == nil {
			return refused("value", shownValue(f.Value))
		}
		return t
	}
	t.Values = c.literals(field, o.op, f.Value)
	if t.Values == nil {
		return refused("value", shownValue(f.Value))
	}
	switch o.op {
	case OpLike, OpILike, OpRegexp:
		pattern := t.Values[0].(string)
		if len(pattern) > MaxPattern || !validPattern(o.op, pattern) {
			return refused("value", shownValue(f.Value))
		}
		if o.op == OpILike {
			t.Values[0] = Fold(pattern)
		}
	}
	return t
}

// notElements reports that op looks for elements and field's are objects.
func (c *filterCompiler) notElements(field *schema.Field, op Op) bool {
	return op == OpOverlap && field.Type.Elem.Kind == schema.Object
}

// jsquery reads an expression; nil if it is none, or too long.
func (c *filterCompiler) jsquery(value jsontext.Value) jsquery.Expr {
	if value.Kind() != '"' {
		return nil
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if c.jsqueryBytes += len(text); err != nil || c.jsqueryBytes > jsquery.MaxLength {
		return nil
	}
	expr, err := jsquery.Parse(string(text))
	if err != nil {
		return nil
	}
	return expr
}

// literals reads the values of a test; nil if they don't fit the field. in and
// not_in take an array, overlap an array or a single value.
func (c *filterCompiler) literals(field *schema.Field, op Op, value jsontext.Value) []any {
	kind := field.Type.Kind
	list := op == OpIn
	if kind == schema.Array {
		kind = field.Type.Elem.Kind
		list = value.Kind() == '['
	}
	if !list {
		if v, ok := literal(kind, field.Enum, value); ok {
			return []any{v}
		}
		return nil
	}
	elements, ok := arrayElements(value)
	if c.values += len(elements); !ok || c.values > MaxFilterValues {
		return nil
	}
	literals := make([]any, len(elements))
	for i, element := range elements {
		if literals[i], ok = literal(kind, field.Enum, element); !ok {
			return nil
		}
	}
	return literals
}

// arrayElements splits a JSON array.
func arrayElements(value jsontext.Value) ([]jsontext.Value, bool) {
	var elements []jsontext.Value
	err := json.Unmarshal(value, &elements)
	return elements, err == nil && value.Kind() == '['
}

// shownValue is value as a violation repeats it: nothing for an object or array.
func shownValue(value jsontext.Value) *string {
	switch value.Kind() {
	case '"':
		s, _ := jsontext.AppendUnquote(nil, value)
		return errors.Shown(string(s))
	case '0', 't', 'f':
		return errors.Shown(string(value))
	}
	return nil
}

// validPattern reports whether a like pattern ends in no lone escape, or a regexp
// compiles.
func validPattern(op Op, pattern string) bool {
	if op == OpRegexp {
		_, err := syntax.Parse(pattern, syntax.Perl)
		return err == nil
	}
	escaped := false
	for i := range len(pattern) {
		escaped = !escaped && pattern[i] == '\\'
	}
	return !escaped
}

func literal(kind schema.Kind, enum []string, value jsontext.Value) (any, bool) {
	switch {
	case kind == schema.Number && value.Kind() == '0':
		return schema.Whole(string(value))
	case (kind == schema.String || kind == schema.Enum) && value.Kind() == '"':
		s, err := jsontext.AppendUnquote(nil, value)
		return string(s), err == nil && schema.IsText(string(s)) && (kind == schema.String || slices.Contains(enum, string(s)))
	case kind == schema.Boolean && (value.Kind() == 't' || value.Kind() == 'f'):
		return value.Kind() == 't', true
	}
	return nil, false
}
