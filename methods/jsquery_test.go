package methods_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/jsquery"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// holds is what an expression means for a JSON value.
func holds(e jsquery.Expr, v any) bool {
	switch e := e.(type) {
	case jsquery.And:
		return !slices.ContainsFunc(e, func(e jsquery.Expr) bool { return !holds(e, v) })
	case jsquery.Or:
		return slices.ContainsFunc(e, func(e jsquery.Expr) bool { return holds(e, v) })
	case jsquery.Not:
		return !holds(e.Of, v)
	case jsquery.At:
		return slices.ContainsFunc(reach(v, e.Path), func(v any) bool { return holds(e.Of, v) })
	}
	test := e.(jsquery.Test)
	among := func(v any) bool { return slices.ContainsFunc(test.Values, func(arg any) bool { return same(v, arg) }) }
	array, isArray := v.([]any)
	number, isNumber := v.(float64)
	switch test.Op {
	case jsquery.Exists:
		return true
	case jsquery.In:
		return among(v)
	case jsquery.Less:
		return isNumber && number < asFloat(test.Values[0])
	case jsquery.AtMost:
		return isNumber && number <= asFloat(test.Values[0])
	case jsquery.Greater:
		return isNumber && number > asFloat(test.Values[0])
	case jsquery.AtLeast:
		return isNumber && number >= asFloat(test.Values[0])
	case jsquery.Contains:
		return isArray && !slices.ContainsFunc(test.Values, func(arg any) bool {
			return !slices.ContainsFunc(array, func(v any) bool { return same(v, arg) })
		})
	case jsquery.Contained:
		return isArray && !slices.ContainsFunc(array, func(v any) bool { return !among(v) })
	case jsquery.Overlap:
		return isArray && slices.ContainsFunc(array, among)
	default:
		return kindOf(v) == test.Op
	}
}

func kindOf(v any) jsquery.Op {
	switch v.(type) {
	case string:
		return jsquery.IsString
	case float64:
		return jsquery.IsNumber
	case bool:
		return jsquery.IsBoolean
	case []any:
		return jsquery.IsArray
	case map[string]any:
		return jsquery.IsObject
	}
	return ""
}

// same reports whether a JSON value equals a scalar of an expression.
func same(v, arg any) bool {
	if number, isNumber := v.(float64); isNumber {
		return kindOf(arg) != jsquery.IsString && arg != nil && kindOf(arg) != jsquery.IsBoolean && number == asFloat(arg)
	}
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return v == arg
}

func asFloat(arg any) float64 {
	if i, isInt := arg.(int64); isInt {
		return float64(i)
	}
	return arg.(float64)
}

// reach are the values to which a path leads.
func reach(v any, path []jsquery.Step) (found []any) {
	if len(path) == 0 {
		return []any{v}
	}
	array, _ := v.([]any)
	object, _ := v.(map[string]any)
	step, rest := path[0], path[1:]
	var next []any
	switch step.Kind {
	case jsquery.Member:
		if member, ok := object[step.Key]; ok {
			next = []any{member}
		}
	case jsquery.Element:
		next = array
	case jsquery.AnyMember:
		next = slices.Collect(maps.Values(object))
	case jsquery.AnyDepth:
		found = reach(v, rest)
		rest = path
		next = slices.Concat(array, slices.Collect(maps.Values(object)))
	}
	for _, v := range next {
		found = append(found, reach(v, rest)...)
	}
	return found
}

// nested adds employees to those of varied who differ in their objects and arrays.
func nested(t *testing.T, b *bench) {
	t.Helper()
	varied(t, b)
	groups := []int64{b.id(t, "group1"), b.id(t, "group2")}
	numbers := []params{
		{"phone_number": "+7 495 1", "channels_count": 3, "dial_time": 20},
		{"phone_number": "7495...2", "status": "inactive"},
		{"phone_number": "7495", "dial_time": 20},
	}
	for i := range 16 {
		p := params{"last_name": fmt.Sprint("Nested ", i), "groups": groups[i%2 : 1+i/2%2], "phone_numbers": numbers[i%3 : i%3+min(i/3%3, 3-i%3)]}
		if i%2 == 0 {
			p["coach"] = params{"coach_id": b.id(t, []string{"admin", "manager"}[i/2%2]), "coach_always_enabled": i%4 == 0}
		}
		if i%3 != 0 {
			p["extension"] = params{"extension_phone_number": fmt.Sprint(100 + i), "extension_voice_mail_enabled": i%2 == 0, "extension_queue_enabled": i%4 < 2}
		}
		if a := b.call(t, "create.employees", p); a.Error != nil {
			t.Fatalf("create %v: %+v", p, a.Error)
		}
	}
}

// fixed are expressions that are tried on every object and array.
var fixed = []string{
	`$ = *`, `NOT $ = *`, `* = *`, `% = *`, `# = *`, `NOT # = *`, `NOT % = *`, `#.# = *`, `%.% = *`, `#.% = *`, `%.# = *`,
	`$ IS ARRAY`, `$ IS OBJECT`, `$ IS STRING`, `* IS STRING`, `* IS NUMERIC`, `* IS BOOLEAN`, `* IS ARRAY`, `* IS OBJECT`, `NOT * IS NUMERIC`,
	`* = true`, `NOT * = true`, `* = false`, `* = null`, `* = 1 OR * = true`, `* = 20 AND * = 3`, `* > 10`, `NOT (* > 10)`, `NOT NOT * > 10`,
	`* < 1e300`, `* > 1e300`, `* <= -1e300`, `* >= -1e300`, `* > 19.5`, `* >= 20.5`, `* < 20.5`, `* <= 19.5`, `* = 20.0`, `* = 20.5`, `* = 1e300`,
	`$ @> [1]`, `$ <@ [1]`, `$ && [1]`, `$ <@ ["in"]`, `$ @> ["in", "out"]`, `NOT $ && [in, out]`, `$ && ["internal", 1, null]`, `# = in`,
	`#(* = "Sales")`, `#(* = "active" AND * = 20)`, `#(NOT * = "active")`, `NOT #(* = "active")`, `%($ = true)`, `*(* = 3 AND NOT * = 1)`, `#($ = in OR $ = internal)`,
	`#.group_id = *`, `coach_id = *`, `NOT coach_id = *`, `coach_always_enabled = false AND NOT coach_full_name = "Nested 2"`,
	`extension_phone_number IN ("101", "102", 101, null)`, `"extension_phone_number" = "104"`, `extension_phone_number = 104`, `nothing = *`, `#.nothing = null`,
	`#(phone_number = "7495" AND status = "active")`, `#(phone_number = "7495...2") OR #(channels_count = 3 AND dial_time < 60)`, `#.phone_id IS NUMERIC AND NOT #.status = inactive`,
}

// TestEveryJSQuery filters by every object and array that has filter:"true" with
// fixed and with random expressions, and compares with an evaluation over all rows.
func TestEveryJSQuery(t *testing.T) { prepared.Each(t, testEveryJSQuery) }

func testEveryJSQuery(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	nested(t, b)
	for _, n := range nouns(t) {
		rows := everything(t, b, n)
		for _, f := range n.fields {
			switch {
			case !f.Filter:
			case f.Type.Kind == schema.Object || f.Type.Kind == schema.Array:
				t.Run(n.method+"/"+f.Name, func(t *testing.T) { b.everyJSQuery(t, n, rows, f.Name) })
			default:
				a := b.call(t, n.method, with(n.extra, params{"filter": params{"field": f.Name, "operator": "jsquery", "value": "$ = *"}}))
				if a.mnemonic() != "invalid_parameter_value" || *a.Error.Data.Field != "filter.operator" {
					t.Errorf("%s: %s: %s %s, want invalid_parameter_value of filter.operator", n.method, f.Name, a.mnemonic(), a.Result)
				}
			}
		}
	}
}

func (b *bench) everyJSQuery(t *testing.T, n noun, rows []row, field string) {
	selective := 0 // expressions that hold for some rows and not for all
	// wrong tells what is found by an expression, or is empty if orEmpty, and should
	// not be, or is not found.
	wrong := func(e jsquery.Expr, orEmpty bool) string {
		filter := params{"field": field, "operator": "jsquery", "value": e.String()}
		if orEmpty {
			filter = params{"condition": "or", "filters": []params{filter, {"field": field, "operator": "is_null"}}}
		}
		want := []any{}
		for _, r := range rows {
			if holds(e, r[field]) || orEmpty && isEmpty(r[field]) {
				want = append(want, r[n.key])
			}
		}
		if 0 < len(want) && len(want) < len(rows) {
			selective++
		}
		got, total := b.keys(t, n, params{"filter": filter})
		return gocmp.Diff(want, got) + gocmp.Diff(len(want), total)
	}
	for _, text := range fixed {
		e := must(jsquery.Parse(text))(t)
		for _, orEmpty := range []bool{false, true} {
			if diff := wrong(e, orEmpty); diff != "" {
				t.Errorf("%s, or empty %t: keys, total_items (-want +got):\n%s", text, orEmpty, diff)
			}
		}
	}
	var values []any
	for _, r := range rows {
		values = append(values, r[field])
	}
	expressions := expressionsOf(values)
	rapid.Check(t, func(t *rapid.T) {
		e := expressions(2).Draw(t, "expression")
		if _, err := jsquery.Parse(e.String()); err != nil {
			t.Skip(err) // over a limit
		}
		if diff := wrong(e, false); diff != "" {
			t.Errorf("%s: keys, total_items (-want +got):\n%s", e, diff)
		}
	})
	if want := 20; selective < want {
		t.Errorf("%d expressions hold for some rows and not for all, want %d at least", selective, want)
	}
}

// expressionsOf makes expressions of the keys and scalars that values have, nested
// to a depth.
func expressionsOf(values []any) func(depth int) *rapid.Generator[jsquery.Expr] {
	paths, scalars := [][]jsquery.Step{{}}, []any{}
	seen := map[string]bool{}
	var collect func(v any, path []jsquery.Step)
	collect = func(v any, path []jsquery.Step) {
		if key := fmt.Sprint("path ", path); !seen[key] {
			seen[key] = true
			for i := range path {
				paths = append(paths, slices.Clone(path[i:]))
			}
		}
		switch v := v.(type) {
		case []any:
			for _, element := range v {
				collect(element, append(path, jsquery.Step{Kind: jsquery.Element}))
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				collect(v[key], append(path, jsquery.Step{Key: key}))
			}
		default:
			if key := fmt.Sprint("scalar ", v); !seen[key] {
				seen[key] = true
				if f, isNumber := v.(float64); isNumber {
					v = int64(f)
					scalars = append(scalars, f+0.5)
				}
				scalars = append(scalars, v)
			}
		}
	}
	for _, v := range values {
		collect(v, nil)
	}
	number := rapid.SampledFrom(slices.DeleteFunc(append(slices.Clone(scalars), int64(0), 0.5, -1e300), func(v any) bool { return kindOf(v) != jsquery.IsNumber && !isInt(v) }))
	list := rapid.SliceOfN(rapid.SampledFrom(append(scalars, nil, true, false, "", "1", int64(1), 1e300)), 1, 4)
	path := rapid.Custom(func(t *rapid.T) []jsquery.Step {
		path := append(slices.Clone(rapid.SampledFrom(paths).Draw(t, "path")), rapid.SampledFrom([][]jsquery.Step{nil, nil, {{Kind: jsquery.AnyDepth}}}).Draw(t, "last")...)
		for i := range path {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				path[i] = jsquery.Step{Kind: jsquery.AnyDepth}
			case 1:
				path[i] = jsquery.Step{Kind: jsquery.AnyMember}
			case 2:
				path[i] = jsquery.Step{Kind: jsquery.Element}
			}
		}
		return path
	})
	ops := []jsquery.Op{jsquery.In, jsquery.In, jsquery.In, jsquery.Less, jsquery.AtMost, jsquery.Greater, jsquery.AtLeast, jsquery.Contains, jsquery.Contained, jsquery.Overlap, jsquery.Exists, jsquery.IsString, jsquery.IsNumber, jsquery.IsBoolean, jsquery.IsArray, jsquery.IsObject}
	test := rapid.Custom(func(t *rapid.T) jsquery.Expr {
		e := jsquery.Test{Op: rapid.SampledFrom(ops).Draw(t, "op")}
		switch e.Op {
		case jsquery.In, jsquery.Contains, jsquery.Contained, jsquery.Overlap:
			e.Values = list.Draw(t, "values")
		case jsquery.Less, jsquery.AtMost, jsquery.Greater, jsquery.AtLeast:
			e.Values = []any{number.Draw(t, "number")}
		}
		return e
	})
	var expressions func(depth int) *rapid.Generator[jsquery.Expr]
	expressions = func(depth int) *rapid.Generator[jsquery.Expr] {
		if depth < 0 {
			return test
		}
		return rapid.Custom(func(t *rapid.T) jsquery.Expr {
			inner := expressions(depth - 1)
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				return jsquery.And(rapid.SliceOfN(inner, 2, 3).Draw(t, "operands"))
			case 1:
				return jsquery.Or(rapid.SliceOfN(inner, 2, 3).Draw(t, "operands"))
			case 2:
				return jsquery.Not{Of: inner.Draw(t, "operand")}
			default:
				e := jsquery.At{Path: path.Draw(t, "path"), Of: inner.Draw(t, "of")}
				if len(e.Path) == 0 {
					return e.Of
				}
				return e
			}
		})
	}
	return expressions
}

func isInt(v any) bool {
	_, is := v.(int64)
	return is
}
