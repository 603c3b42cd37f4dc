package jsquery_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/jsquery"
)

// at is a test of what a path of keys and wildcards leads to.
func at(path string, of jsquery.Expr) jsquery.At {
	kinds := map[string]jsquery.StepKind{"#": jsquery.Element, "%": jsquery.AnyMember, "*": jsquery.AnyDepth}
	a := jsquery.At{Of: of}
	for name := range strings.SplitSeq(path, ".") {
		if kind, isWildcard := kinds[name]; isWildcard {
			a.Path = append(a.Path, jsquery.Step{Kind: kind})
		} else {
			a.Path = append(a.Path, jsquery.Step{Key: name})
		}
	}
	return a
}

func test(op jsquery.Op, values ...any) jsquery.Test { return jsquery.Test{Op: op, Values: values} }

func in(path string, values ...any) jsquery.At { return at(path, test(jsquery.In, values...)) }

func TestParse(t *testing.T) {
	one := int64(1)
	for _, test := range []struct {
		text string
		want jsquery.Expr
		back string // String of want; text if empty
	}{
		{`extension_phone_number = "101"`, in("extension_phone_number", "101"), ""},
		{`extension_phone_number="101"`, in("extension_phone_number", "101"), `extension_phone_number = "101"`},
		{`coach_id = 12`, in("coach_id", int64(12)), ""},
		{`#.group_id = 5`, in("#.group_id", int64(5)), ""},
		{`# = external`, in("#", "external"), `# = "external"`},
		{`#(phone_number = "7495" AND status = "active")`, at("#", jsquery.And{in("phone_number", "7495"), in("status", "active")}), ""},

		{`a.b.%.*.# = 1`, in("a.b.%.*.#", one), ""},
		{` a . "b" . $ = 1`, in("a.b", one), `a.b = 1`},
		{`$ = 1`, test(jsquery.In, one), ""},
		{`$.$.a = 1`, in("a", one), `a = 1`},
		{`$(a = 1)`, in("a", one), `a = 1`},
		{`a(b(c = 1))`, in("a.b.c", one), `a.b.c = 1`},
		{`*.*.%.*(*(a = 1))`, in("*.%.*.a", one), `*.%.*.a = 1`},
		{`a.5 = 1`, in("a.5", one), `a."5" = 1`},
		{`"a b"."" = 1`, jsquery.At{Path: []jsquery.Step{{Key: "a b"}, {Key: ""}}, Of: test(jsquery.In, one)}, ""},
		{`имя = Пётр`, in("имя", "Пётр"), `"имя" = "Пётр"`},

		{`a = *`, at("a", test(jsquery.Exists)), ""},
		{`a =*`, at("a", test(jsquery.Exists)), `a = *`},
		{`a IN (1, "x", null, true, w)`, in("a", one, "x", nil, true, "w"), `a IN (1, "x", null, true, "w")`},
		{`a in(1)`, in("a", one), `a = 1`},
		{`a < 1`, at("a", test(jsquery.Less, one)), ""},
		{`a<=1`, at("a", test(jsquery.AtMost, one)), `a <= 1`},
		{`a > -1.5`, at("a", test(jsquery.Greater, -1.5)), ""},
		{`a >= 1e21`, at("a", test(jsquery.AtLeast, 1e21)), `a >= 1e+21`},
		{`a @> [1, "x"]`, at("a", test(jsquery.Contains, one, "x")), ""},
		{`a <@ [1]`, at("a", test(jsquery.Contained, one)), ""},
		{`a && [ null ]`, at("a", test(jsquery.Overlap, nil)), `a && [null]`},
		{`a IS STRING`, at("a", test(jsquery.IsString)), ""},
		{`a is Numeric`, at("a", test(jsquery.IsNumber)), `a IS NUMERIC`},
		{`a IS BOOLEAN`, at("a", test(jsquery.IsBoolean)), ""},
		{`a IS ARRAY`, at("a", test(jsquery.IsArray)), ""},
		{`$ IS OBJECT`, test(jsquery.IsObject), ""},

		{`a = 1 or b = 1 and not c = 1`, jsquery.Or{in("a", one), jsquery.And{in("b", one), jsquery.Not{Of: in("c", one)}}}, `a = 1 OR b = 1 AND NOT c = 1`},
		{`(a = 1 Or b = 1) AND c = 1`, jsquery.And{jsquery.Or{in("a", one), in("b", one)}, in("c", one)}, `(a = 1 OR b = 1) AND c = 1`},
		{`NOT (a = 1 AND b = 1)`, jsquery.Not{Of: jsquery.And{in("a", one), in("b", one)}}, ""},
		{`NOT NOT a = 1`, jsquery.Not{Of: jsquery.Not{Of: in("a", one)}}, ""},
		{`NOT(a = 1)`, jsquery.Not{Of: in("a", one)}, `NOT a = 1`},
		{`a = 1 OR b = 1 OR (c = 1 OR d = 1)`, jsquery.Or{in("a", one), in("b", one), jsquery.Or{in("c", one), in("d", one)}}, ""},
		{`a(NOT b = 1)`, at("a", jsquery.Not{Of: in("b", one)}), ""},
		{"a\t=\r\n1\fOR\nb = 1", jsquery.Or{in("a", one), in("b", one)}, `a = 1 OR b = 1`},

		{`and = or AND in IN (in, is)`, jsquery.And{in("and", "or"), in("in", "in", "is")}, `and = "or" AND in IN ("in", "is")`},
		{`"not" = not`, in("not", "not"), `"not" = "not"`},
		{`a.not = 1`, in("a.not", one), `a."not" = 1`},
		{`a IN (true, false, null, True, NULL)`, in("a", true, false, nil, "True", "NULL"), `a IN (true, false, null, "True", "NULL")`},

		{`a IN (007, +5, -0, 1.0, 1e2, .5, 2.50, -1.5e-3)`, in("a", int64(7), int64(5), int64(0), one, int64(100), 0.5, 2.5, -0.0015), `a IN (7, 5, 0, 1, 100, 0.5, 2.5, -0.0015)`},
		{`a IN (9223372036854775807, 9223372036854775808)`, in("a", int64(9223372036854775807), 9223372036854775808.0), `a IN (9223372036854775807, 9.223372036854775808e+18)`},
		{`a IN (1-2, 1e, 0x1F, 7495-11, -, +x)`, in("a", "1-2", "1e", "0x1F", "7495-11", "-", "+x"), `a IN ("1-2", "1e", "0x1F", "7495-11", "-", "+x")`},
		{`a = "\"\\\/\u0041\u044f\ud83d\ude00я"`, in("a", `"\/Aя😀я`), `a = "\"\\/Aя😀я"`},
	} {
		got, err := jsquery.Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
		if test.back == "" {
			test.back = test.text
		}
		// A float64 is written with as few digits as it needs.
		back := strings.ReplaceAll(test.back, "9.223372036854775808e+18", "9.223372036854776e+18")
		if got.String() != back {
			t.Errorf("%s: String %s, want %s", test.text, got, back)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct {
		text    string
		offset  int
		problem string
	}{
		{``, 0, "expected a path"},
		{`  `, 2, "expected a path"},
		{`= 1`, 0, "expected a path"},
		{`a`, 1, "expected a test"},
		{`a b`, 2, "expected a test"},
		{`a.`, 2, "expected a path"},
		{`a..b = 1`, 2, "expected a path"},
		{`.a = 1`, 0, "expected a path"},
		{`a = `, 4, "expected a scalar"},
		{`a == 1`, 3, "expected a scalar"},
		{`a != 1`, 2, "expected a test"},
		{`a = b.c`, 4, "expected a scalar"},
		{`a = 1.5x`, 4, "expected a scalar"},
		{`a = 1.`, 4, "expected a scalar"},
		{`a = 1.-2`, 4, "expected a scalar"},
		{`a = [1]`, 4, "expected a scalar"},
		{`a = 1e400`, 4, "a number out of range"},
		{`a = 1 b = 2`, 6, "expected AND, OR or the end"},
		{`a = 1)`, 5, "expected AND, OR or the end"},
		{`a = 1 AND`, 9, "expected a path"},
		{`a = 1 | b = 2`, 6, "expected AND, OR or the end"},
		{`(a = 1`, 6, "expected )"},
		{`()`, 1, "expected a path"},
		{`a(= 1)`, 2, "expected a path"},
		{`NOT`, 3, "expected a path"},
		{`not = 1`, 4, "expected a path"},
		{`a < "x"`, 4, "expected a number"},
		{`a < x`, 4, "expected a number"},
		{`a >= `, 5, "expected a scalar"},
		{`a < = 1`, 4, "expected a scalar"},
		{`a IN 1`, 5, "expected ("},
		{`a IN ()`, 6, "expected a scalar"},
		{`a IN (1, )`, 9, "expected a scalar"},
		{`a IN (1 2)`, 8, "expected )"},
		{`a IN (*)`, 6, "expected a scalar"},
		{`a @> 1`, 5, "expected ["},
		{`a @> []`, 6, "expected a scalar"},
		{`a @> [[1]]`, 6, "expected a scalar"},
		{`a && [1`, 7, "expected ]"},
		{`a IS NULL`, 5, "expected STRING, NUMERIC, BOOLEAN, ARRAY or OBJECT"},
		{`a IS "STRING"`, 5, "expected STRING, NUMERIC, BOOLEAN, ARRAY or OBJECT"},
		{`#1 = 1`, 1, "expected a test"},
		{`#: = 1`, 1, "expected a test"},
		{`@# = 1`, 0, "expected a path"},
		{`a.?(b = 1) = 1`, 2, "expected a path"},
		{`/* c */ a = 1`, 0, "expected a path"},
		{`a\"b = 1`, 1, "expected a test"},
		{`a = "x`, 4, "a string without an end"},
		{`a = "x\`, 6, "an escape"},
		{`a = "\x"`, 5, "an escape"},
		{`a = "\n"`, 5, "an escape"},
		{`a = "\u12"`, 5, "an escape"},
		{`a = "\u00zz"`, 5, "an escape"},
		{`a = "\ud83d"`, 5, "an escape"},
		{`a = "\ud83dx"`, 5, "an escape"},
		{`a = "\ude00\ud83d"`, 5, "an escape"},
		{`a = "\u0000"`, 4, "a control character"},
		{"a = \"x\ty\"", 4, "a control character"},
		{"a = \"\xff\"", 5, "invalid UTF-8"},
		{"a = x\x00", 4, "a control character"},
		{"\xff = 1", 0, "invalid UTF-8"},
		{"a = 1 \xff", 6, "invalid UTF-8"},
		{"\u0085 = 1", 0, "a control character"},
		{"\"a\x1f\" = 1", 0, "a control character"},
	} {
		got, err := jsquery.Parse(test.text)
		mustRefuse(t, test.text, got, err, test.offset, test.problem)
	}
}

func mustRefuse(t *testing.T, text string, got jsquery.Expr, err error, offset int, problem string) {
	t.Helper()
	var bad *jsquery.SyntaxError
	if got != nil || !errors.As(err, &bad) || bad.Offset != offset || !strings.HasPrefix(bad.Problem, problem) {
		t.Errorf("%.100q: %v, error %v, want %s at byte %d", text, got, err, problem, offset)
	}
}

func TestLimits(t *testing.T) {
	list := func(n int) string { return "a IN (" + strings.Repeat("1,", n-1) + "1)" }
	for _, test := range []struct {
		name    string
		text    func(n int) string
		limit   int // the largest n that is allowed
		offset  int // of the violation by one more
		problem string
	}{
		{"bytes", func(n int) string { return fmt.Sprintf(`a = "%s"`, strings.Repeat("x", n-6)) }, jsquery.MaxLength, jsquery.MaxLength, "more than 4000 bytes"},
		{"parentheses", func(n int) string { return strings.Repeat("(", n) + "a = 1" + strings.Repeat(")", n) }, jsquery.MaxDepth, 32, "more than 32 levels"},
		{"parentheses after paths", func(n int) string { return strings.Repeat("a(", n) + "a = 1" + strings.Repeat(")", n) }, jsquery.MaxDepth, 65, "more than 32 levels"},
		{"NOT", func(n int) string { return strings.Repeat("NOT ", n) + "a = 1" }, jsquery.MaxDepth, 131, "more than 32 levels"},
		{"scalars", func(n int) string { return list(n - 2) }, jsquery.MaxNodes, len(list(jsquery.MaxNodes - 2)), "more than 500 keys, tests and scalars"},
		{"keys", func(n int) string { return strings.Repeat("a.", n-3) + "a = 1" }, jsquery.MaxNodes, 1000, "more than 500 keys, tests and scalars"},
		{"tests", func(n int) string { return strings.Repeat("$=* AND ", (n-1)/2) + "$=*" }, jsquery.MaxNodes, 2000, "more than 500 keys, tests and scalars"},
		{"any depth", func(n int) string { return strings.Repeat("a.*(", n) + "a = 1" + strings.Repeat(")", n) }, jsquery.MaxWildcards, 11, "more than 2 paths with * or %"},
		{"any member", func(n int) string { return strings.Repeat("%(", n) + "a = 1" + strings.Repeat(")", n) }, jsquery.MaxWildcards, 5, "more than 2 paths with * or %"},
	} {
		if _, err := jsquery.Parse(test.text(test.limit)); err != nil {
			t.Errorf("%s: %v, want none at the limit", test.name, err)
		}
		text := test.text(test.limit + 1)
		got, err := jsquery.Parse(text)
		mustRefuse(t, text, got, err, test.offset, test.problem)
	}
	beside := strings.Repeat("*(% = 1) AND ", 50) + "*.*.%.* = 1"
	if _, err := jsquery.Parse(beside); err != nil {
		t.Errorf("wildcards beside each other and in one path: %v", err)
	}
}

// expressions are those that Parse can make.
func expressions(depth int) *rapid.Generator[jsquery.Expr] {
	return rapid.Custom(func(t *rapid.T) jsquery.Expr {
		kinds := []string{"test", "at", "at", "and", "or", "not"}
		if depth == 0 {
			kinds = kinds[:2]
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "and":
			return jsquery.And(rapid.SliceOfN(expressions(depth-1), 2, 4).Draw(t, "operands"))
		case "or":
			return jsquery.Or(rapid.SliceOfN(expressions(depth-1), 2, 4).Draw(t, "operands"))
		case "not":
			return jsquery.Not{Of: expressions(depth-1).Draw(t, "operand")}
		case "at":
			of := expressions(max(depth-1, 0)).Draw(t, "of")
			for isAt := true; isAt; {
				var inner jsquery.At
				if inner, isAt = of.(jsquery.At); isAt {
					of = inner.Of
				}
			}
			path := rapid.SliceOfN(steps, 1, 3).Draw(t, "path")
			path = slices.CompactFunc(path, func(a, b jsquery.Step) bool { return a.Kind == jsquery.AnyDepth && a.Kind == b.Kind })
			return jsquery.At{Path: path, Of: of}
		}
		switch op := rapid.SampledFrom([]jsquery.Op{jsquery.In, jsquery.Less, jsquery.AtMost, jsquery.Greater, jsquery.AtLeast, jsquery.Contains, jsquery.Contained, jsquery.Overlap, jsquery.Exists, jsquery.IsString, jsquery.IsNumber, jsquery.IsBoolean, jsquery.IsArray, jsquery.IsObject}).Draw(t, "op"); op {
		case jsquery.In, jsquery.Contains, jsquery.Contained, jsquery.Overlap:
			return jsquery.Test{Op: op, Values: rapid.SliceOfN(scalars, 1, 4).Draw(t, "values")}
		case jsquery.Less, jsquery.AtMost, jsquery.Greater, jsquery.AtLeast:
			return jsquery.Test{Op: op, Values: []any{numbers.Draw(t, "number")}}
		default:
			return jsquery.Test{Op: op}
		}
	})
}

var (
	texts = rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune(`aZ_09 "\/.#%*$()[]<>=&@,:é😀`))), rapid.SampledFrom([]string{"not", "AND", "true", "null", "12"}))
	steps = rapid.Custom(func(t *rapid.T) jsquery.Step {
		kind := rapid.SampledFrom([]jsquery.StepKind{jsquery.Member, jsquery.Member, jsquery.Element, jsquery.AnyMember, jsquery.AnyDepth}).Draw(t, "kind")
		if kind != jsquery.Member {
			return jsquery.Step{Kind: kind}
		}
		return jsquery.Step{Key: texts.Draw(t, "key")}
	})
	numbers = rapid.OneOf(
		rapid.Int64().AsAny(),
		rapid.Float64().Filter(func(f float64) bool { return f != float64(int64(f)) }).AsAny(),
		rapid.SampledFrom([]any{1e300, -1e-300, 0.1, 1 << 60 * 1024.0}),
	)
	scalars = rapid.OneOf(numbers, texts.AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil))
)

// What String writes, Parse reads as the same tree, and as the same text.
func TestString(t *testing.T) {
	parsed := 0
	rapid.Check(t, func(t *rapid.T) {
		e := expressions(3).Draw(t, "expression")
		got, err := jsquery.Parse(e.String())
		if isLimit(err) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		parsed++
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", e, diff)
		}
	})
	if parsed < 30 {
		t.Errorf("%d of the expressions were within the limits, want 30 at least", parsed)
	}
}

// isLimit reports whether an expression was refused for its size alone.
func isLimit(err error) bool {
	var bad *jsquery.SyntaxError
	return errors.As(err, &bad) && strings.HasPrefix(bad.Problem, "more than ")
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`extension_phone_number = "101"`, `#(phone_number = "7495" AND NOT status = active)`,
		`a.%.*.$."k\u00e9\"" IN (1, -2.5e3, true, null, x) OR b @> [1] AND c <@ ["x"] OR d && [2]`,
		`NOT (* IS STRING OR $ = * OR # >= 1e400)`, `a = 1.5.2`, `a = "\ud83d\ude00"`, "\xff(", `((((`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := jsquery.Parse(text)
		if err != nil {
			var bad *jsquery.SyntaxError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(text) {
				t.Errorf("%q: %v, want an offset within %d bytes", text, err, len(text))
			}
			return
		}
		again, err := jsquery.Parse(e.String())
		if isLimit(err) { // the text of a tree may be longer than the one it was made of
			return
		}
		if err != nil {
			t.Fatalf("%q: %s: %v", text, e, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("%q: %s (-first +again):\n%s", text, e, diff)
		}
	})
}
