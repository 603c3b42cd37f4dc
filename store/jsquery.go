package store

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/jsquery"
)

// What the operators jsquery, overlap and is_null ask of an object or an array is
// compiled against the shape that the value has in public, whatever it is kept in.
// No JSON is built: what is left in the end are comparisons of columns, which
// indexes serve. A path that leads nowhere in the shape, or a comparison with what
// a value never is, is false without a look at any row.

// shape tells how a public JSON value, or a value within one, is read in SQL: an
// object, many, items, words, or a scalar (text, whole, boolean).
type shape interface {
	// parts are the values within it to which one step leads.
	parts(c *jsqueryCompiler, step jsquery.Step) []part
	// test is a test that asks for nothing within it.
	test(c *jsqueryCompiler, t jsquery.Test) cond
}

// part is a value within another, or several of the same shape.
type part struct {
	is shape
	// when is the condition that it is there, and inside holds for it, or for one of
	// the several.
	when func(inside cond) cond
}

// object is an object that is empty, or has all its members.
type object struct {
	present string // the condition that it is not empty; "" if it never is
	members []member
}

type member struct {
	name string
	is   shape
}

// many is an array whose elements are rows: those that "from … where …" gives and
// whose column is what outer is in the row around them. The account is $1. With a
// key it is an object whose members they are, each called what key is.
type many struct {
	outer, column string // neither is ever null
	from          string // says nothing of the row around
	key           string // a text, never null
	pin           string // a column: the row around has at most one of them with each of its values
	of            shape
}

// items is an array that is kept in a column as a JSON text, or within one. Its
// elements are the column value of the table called as. Members of an object there
// are read with value ->> 'name', which gives a text or null, and may be cast; if
// they are objects or arrays, with value -> 'name'.
type items struct {
	json string // what is no array has no elements
	as   string
	of   shape
}

// words is an array of strings, each of which is there under a condition.
type words []word

type word struct{ text, when string }

// The scalars, each an expression, which is null where the value is.
type (
	text    string
	whole   string // an integer
	boolean string
)

// cond is a condition in SQL.
type cond struct {
	sql      string
	nullable bool   // it may be null, which stands for false
	walk     string // "… where …" that gives one row for each row around it holds for, and no other
}

var (
	always = cond{sql: "1 = 1"}
	never  = cond{sql: "1 = 0"}
)

func allOf(conds ...cond) cond { return chain(conds, " and ", always, never) }
func anyOf(conds ...cond) cond { return chain(conds, " or ", never, always) }

// chain joins conditions, without those that make no difference; one that decides
// is the whole.
func chain(conds []cond, with string, neutral, decisive cond) cond {
	kept := make([]cond, 0, len(conds))
	for _, x := range conds {
		switch {
		case x == decisive:
			return decisive
		case x != neutral && !slices.Contains(kept, x):
			kept = append(kept, x)
		}
	}
	switch len(kept) {
	case 0:
		return neutral
	case 1:
		return kept[0]
	}
	joined := cond{}
	texts := make([]string, len(kept))
	for i, x := range kept {
		texts[i] = x.sql
		joined.nullable = joined.nullable || x.nullable
	}
	joined.sql = balanced(texts, with)
	return joined
}

// balanced joins operands in a tree that is as low as can be: SQLite refuses one
// that is higher than 1000, and reads a plain chain as one.
func balanced(operands []string, with string) string {
	n := len(operands)
	if n == 1 {
		return operands[0]
	}
	return "(" + balanced(operands[:n/2], with) + with + balanced(operands[n/2:], with) + ")"
}

func not(x cond) cond {
	switch {
	case x == always:
		return never
	case x == never:
		return always
	case x.nullable:
		return cond{sql: "(not coalesce(" + x.sql + ", false))"}
	}
	return cond{sql: "(not " + x.sql + ")"}
}

// jsqueryCompiler turns expressions into SQL.
type jsqueryCompiler struct {
	*compiler
	values map[any]int // the parameters of values, which may stand in many places
}

// nested is a test of an object or array.
func (c *compiler) nested(s shape, t directory.Test) cond {
	e := t.Expr
	switch t.Op {
	case directory.OpNull:
		e = jsquery.Not{Of: notEmpty}
	case directory.OpOverlap:
		e = element(t.Values)
	}
	if t.Not {
		e = jsquery.Not{Of: e}
	}
	return (&jsqueryCompiler{c, map[any]int{}}).expr(s, e)
}

// notEmpty holds for what has a member or an element.
var notEmpty = jsquery.Or{
	jsquery.At{Path: []jsquery.Step{{Kind: jsquery.AnyMember}}, Of: jsquery.Test{Op: jsquery.Exists}},
	jsquery.At{Path: []jsquery.Step{{Kind: jsquery.Element}}, Of: jsquery.Test{Op: jsquery.Exists}},
}

// element holds for an array that has one of the values.
func element(values []any) jsquery.At {
	return jsquery.At{Path: []jsquery.Step{{Kind: jsquery.Element}}, Of: jsquery.Test{Op: jsquery.In, Values: values}}
}

func (c *jsqueryCompiler) value(v any) string {
	if _, ok := c.values[v]; !ok {
		c.arg(v)
		c.values[v] = len(c.args)
	}
	return placeholderOf(c.values[v])
}

// settled is x, which was made since there were so many args. What is decided
// needs none of them, and a database refuses those that its query does not have.
func (c *jsqueryCompiler) settled(args int, x cond) cond {
	if x == always || x == never {
		c.args = c.args[:args]
		maps.DeleteFunc(c.values, func(_ any, n int) bool { return n > args })
	}
	return x
}

// expr is the condition that e holds for a value of shape s.
func (c *jsqueryCompiler) expr(s shape, e jsquery.Expr) cond {
	args := len(c.args)
	switch e := e.(type) {
	case jsquery.And:
		return c.settled(args, allOf(c.each(s, e)...))
	case jsquery.Or:
		return c.settled(args, anyOf(c.each(s, e)...))
	case jsquery.Not:
		if twice, isNot := e.Of.(jsquery.Not); isNot {
			return c.expr(s, twice.Of)
		}
		return not(c.expr(s, e.Of))
	case jsquery.At:
		return c.at(s, e.Path, e.Of)
	default:
		return c.settled(args, s.test(c, e.(jsquery.Test)))
	}
}

func (c *jsqueryCompiler) each(s shape, operands []jsquery.Expr) []cond {
	conds := make([]cond, len(operands))
	for i, e := range operands {
		conds[i] = c.expr(s, e)
	}
	return conds
}

// at is the condition that of holds for a value to which path leads.
func (c *jsqueryCompiler) at(s shape, path []jsquery.Step, of jsquery.Expr) cond {
	if len(path) == 0 {
		return c.expr(s, of)
	}
	args := len(c.args)
	step, rest := path[0], path[1:]
	var conds []cond
	if step.Kind == jsquery.AnyDepth {
		conds, rest = append(conds, c.at(s, rest, of)), path
	}
	for _, p := range s.parts(c, step) {
		conds = append(conds, p.when(c.at(p.is, rest, of)))
	}
	return c.settled(args, anyOf(conds...))
}

// ofArray answers a test of an array.
func (c *jsqueryCompiler) ofArray(s shape, t jsquery.Test) cond {
	switch t.Op {
	case jsquery.IsArray, jsquery.Exists:
		return always
	case jsquery.Overlap:
		return c.expr(s, element(t.Values))
	case jsquery.Contains:
		conds := make([]cond, len(t.Values))
		for i := range t.Values {
			conds[i] = c.expr(s, element(t.Values[i:i+1]))
		}
		return allOf(conds...)
	case jsquery.Contained:
		other := element(t.Values)
		other.Of = jsquery.Not{Of: other.Of}
		return not(c.expr(s, other))
	default:
		return never
	}
}

// ofObject answers a test of an object.
func ofObject(t jsquery.Test) cond {
	if t.Op == jsquery.IsObject || t.Op == jsquery.Exists {
		return always
	}
	return never
}

func (o object) test(_ *jsqueryCompiler, t jsquery.Test) cond { return ofObject(t) }

func (o object) parts(_ *jsqueryCompiler, step jsquery.Step) (parts []part) {
	present := always
	if o.present != "" {
		present = cond{sql: o.present}
	}
	when := func(inside cond) cond { return allOf(present, inside) }
	for _, m := range o.members {
		if step.Kind == jsquery.AnyMember || step.Kind == jsquery.AnyDepth || step == (jsquery.Step{Key: m.name}) {
			parts = append(parts, part{m.is, when})
		}
	}
	return parts
}

func (m many) test(c *jsqueryCompiler, t jsquery.Test) cond {
	if m.key != "" {
		return ofObject(t)
	}
	return c.ofArray(m, t)
}

func (m many) parts(c *jsqueryCompiler, step jsquery.Step) []part {
	if !leads(step, m.key != "") {
		return nil
	}
	return []part{{m.of, func(inside cond) cond {
		if inside == never {
			return never
		}
		if step.Kind == jsquery.Member {
			inside = allOf(cond{sql: m.key + " = " + c.value(step.Key)}, inside)
		}
		from := m.from
		if inside != always {
			from += " and " + inside.sql
		}
		is := cond{sql: c.flavor.among(m.outer, m.column, from)}
		if m.pin != "" && strings.HasPrefix(inside.sql, m.pin+" = ") { // and nothing more, which would begin with a parenthesis
			is.walk = from
		}
		return is
	}}}
}

// leads reports whether a step leads into an object, or into an array.
func leads(step jsquery.Step, isObject bool) bool {
	switch step.Kind {
	case jsquery.Element:
		return !isObject
	case jsquery.Member, jsquery.AnyMember:
		return isObject
	default:
		return true
	}
}

func (i items) test(c *jsqueryCompiler, t jsquery.Test) cond { return c.ofArray(i, t) }

func (i items) parts(c *jsqueryCompiler, step jsquery.Step) []part {
	if !leads(step, false) {
		return nil
	}
	from := c.flavor.objects
	switch i.of.(type) {
	case text, whole, boolean:
		from = c.flavor.scalars
	}
	return []part{{i.of, func(inside cond) cond {
		if inside == never {
			return never
		}
		return cond{sql: "exists (select 1 from " + from(i.json, i.as) + " where " + inside.sql + ")"}
	}}}
}

func (w words) test(c *jsqueryCompiler, t jsquery.Test) cond { return c.ofArray(w, t) }

func (w words) parts(_ *jsqueryCompiler, step jsquery.Step) (parts []part) {
	if !leads(step, false) {
		return nil
	}
	for _, word := range w {
		parts = append(parts, part{word, func(inside cond) cond { return allOf(cond{sql: word.when}, inside) }})
	}
	return parts
}

// test is of the word itself, which is never null.
func (w word) test(_ *jsqueryCompiler, t jsquery.Test) cond {
	if t.Op == jsquery.IsString || t.Op == jsquery.Exists || t.Op == jsquery.In && slices.Contains(t.Values, any(w.text)) {
		return always
	}
	return never
}

// No step leads into a scalar.
func (word) parts(*jsqueryCompiler, jsquery.Step) []part    { return nil }
func (text) parts(*jsqueryCompiler, jsquery.Step) []part    { return nil }
func (whole) parts(*jsqueryCompiler, jsquery.Step) []part   { return nil }
func (boolean) parts(*jsqueryCompiler, jsquery.Step) []part { return nil }

func (s text) test(c *jsqueryCompiler, t jsquery.Test) cond {
	return c.scalar(string(s), jsquery.IsString, t, func(v any) (any, bool) {
		_, is := v.(string)
		return v, is
	})
}

func (s boolean) test(c *jsqueryCompiler, t jsquery.Test) cond {
	return c.scalar(string(s), jsquery.IsBoolean, t, func(v any) (any, bool) {
		_, is := v.(bool)
		return v, is
	})
}

// Integers are only compared with integers, which alone use an index.
func (s whole) test(c *jsqueryCompiler, t jsquery.Test) cond {
	switch t.Op {
	case jsquery.Less, jsquery.AtMost, jsquery.Greater, jsquery.AtLeast:
		f, isFloat := t.Values[0].(float64)
		if !isFloat {
			return c.compare(string(s), t.Op, t.Values[0])
		}
		below := t.Op == jsquery.Less || t.Op == jsquery.AtMost // else above
		nearest, op := math.Ceil(f), jsquery.AtLeast            // of the integers that compare so
		if below {
			nearest, op = math.Floor(f), jsquery.AtMost
		}
		if nearest == f {
			op = t.Op
		}
		switch i, ok := integer(nearest); {
		case ok:
			return c.compare(string(s), op, i)
		case below == (f > 0):
			return notNull(string(s))
		default:
			return never
		}
	}
	return c.scalar(string(s), jsquery.IsNumber, t, func(v any) (any, bool) {
		switch v := v.(type) {
		case int64:
			return v, true
		case float64:
			return integer(v)
		}
		return nil, false
	})
}

// integer is f as an int64, if it is one.
func integer(f float64) (any, bool) {
	if f != math.Trunc(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		return nil, false
	}
	return int64(f), true
}

func notNull(expr string) cond { return cond{sql: expr + " is not null"} }

func (c *jsqueryCompiler) compare(expr string, op jsquery.Op, value any) cond {
	return cond{sql: expr + " " + string(op) + " " + c.value(value), nullable: true}
}

// scalar answers a test that is asked of an expression of a type. fits turns a
// value into one of the type, if it is.
func (c *jsqueryCompiler) scalar(expr string, is jsquery.Op, t jsquery.Test, fits func(any) (any, bool)) cond {
	switch t.Op {
	case jsquery.Exists:
		return always
	case is:
		return notNull(expr)
	case jsquery.In:
	default:
		return never
	}
	equal, null := never, never
	var among []string
	for _, v := range t.Values {
		if v == nil {
			null = cond{sql: expr + " is null"}
		} else if v, ok := fits(v); ok && !slices.Contains(among, c.value(v)) {
			among = append(among, c.value(v))
		}
	}
	switch len(among) {
	case 0:
	case 1:
		equal = cond{sql: expr + " = " + among[0], nullable: true}
	default:
		equal = cond{sql: expr + " in (" + strings.Join(among, ", ") + ")", nullable: true}
	}
	return anyOf(equal, null)
}
