package rocketchat

import (
	"math"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// testRules are the rules of testdata/rules.json: those of endpoints, and others with
// one member m. Of these the kinds have their own names, with a question mark where m
// may be null.
func testRules() map[string]rule {
	rules := map[string]rule{
		"words":  closed(nil, member{"m", rule{kind: aText, nullable: true, words: []string{"x", "5", "true"}}}),
		"length": closed(nil, member{"m", rule{kind: aText, length: 2}}),
		"list":   closed(nil, member{"m", rule{kind: anArray, items: &rule{kind: aText}, distinct: true, count: 1}}),

		"createUser": createUserRule, "updateUser": updateUserRule, "userInfo": userInfoRule, "getStatus": getStatusRule, "updatePermissions": updatePermissionsRule,
	}
	for _, k := range []kind{aText, aNumber, aBoolean, anObject, anArray} {
		m := member{"m", rule{kind: k, open: true}}
		rules[string(k)], rules[string(k)+"?"] = closed(nil, m), closed(nil, m.orNull())
	}
	return rules
}

// The rules say what the vendor's published validators say: testdata/rules.json has
// what those of rest-typings 8.8.1 answered with ajv 8.20, and what they made of the
// values that they coerced. That of permissions.update is not published: its schema
// was made by hand.
func TestRules(t *testing.T) { holdRules(t, "testdata/rules.json", testRules()) }

// holdRules compares rules with what a file has of them.
func holdRules(t *testing.T, file string, rules map[string]rule) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Rule   string   `json:"rule"`
		Query  bool     `json:"query"`
		Input  any      `json:"input"`
		Want   any      `json:"want"`
		Errors []string `json:"errors"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		r, known := rules[c.Rule]
		if !known {
			t.Fatalf("there is no rule %s", c.Rule)
		}
		got, bad := r.check(c.Input, origin(c.Query))
		if strings.Join(bad, "|") != strings.Join(c.Errors, "|") {
			t.Errorf("%s, query %v, %v: got %q, want %q", c.Rule, c.Query, c.Input, bad, c.Errors)
		}
		if len(c.Errors) == 0 && !reflect.DeepEqual(finite(got), c.Want) {
			t.Errorf("%s, query %v, %v: became %#v, want %#v", c.Rule, c.Query, c.Input, got, c.Want)
		}
	}
	if len(cases) < 1000 {
		t.Errorf("there are %d cases", len(cases))
	}
}

// finite is value as JSON can have it, where an infinite number is null.
func finite(value any) any {
	switch value := value.(type) {
	case float64:
		if math.IsInf(value, 0) {
			return nil
		}
	case map[string]any:
		for name := range value {
			value[name] = finite(value[name])
		}
	}
	return value
}

func TestParseQuery(t *testing.T) {
	many := strings.Repeat("a=1&", 1000)
	for query, want := range map[string]map[string]any{
		"":                       {},
		"a=1&b=":                 {"a": "1", "b": ""},
		"a=1&a=2":                {"a": []any{"1", "2"}},
		"a[]=1":                  {"a": []any{"1"}},
		"a[]=1&a[]=2":            {"a": []any{"1", "2"}},
		"a[b]=1":                 {"a": map[string]any{"b": "1"}},
		"%5Bb%5D=1":              {"[b]": "1"},
		"a=%ff&b[]=%ff&c[d]=%ff": {"a": "\uFFFD", "b": []any{"\uFFFD"}, "c": map[string]any{"d": "\uFFFD"}},
		"a=%zz&b=1":              {"b": "1"},
		"a=x%20y+z":              {"a": "x y z"},
		many:                     {},
		"a=1&a=2&a[]=3&a[b]=4":   nil, // whatever, but no panic
	} {
		got := parseQuery(query)
		if want != nil && !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%.40q: got %v, want %v", query, got, want)
		}
	}
}

func TestParseBody(t *testing.T) {
	for _, c := range []struct {
		mediaType, body string
		want            any
	}{
		{"application/json", `{"a":1,"a":2}`, map[string]any{"a": 2.0}},
		{"application/json", `[1]`, []any{1.0}},
		{"application/json", `"x"`, "x"},
		{"application/json", `{"a":`, map[string]any{}},
		{"application/json", `{"a":1} x`, map[string]any{}},
		{"application/json", "{\"a\":\"\xff\"}", map[string]any{"a": "\uFFFD"}},
		{"application/json", strings.Repeat("[", 100_000), map[string]any{}},
		{"application/json", "", map[string]any{}},
		{"Application/JSON; charset=utf-8", `{"a":null}`, map[string]any{"a": nil}},
		{"application/x-www-form-urlencoded", "a=1&a=2&b=x+y", map[string]any{"a": "2", "b": "x y"}},
		{"application/x-www-form-urlencoded", "a=%ff", map[string]any{"a": "\uFFFD"}},
		{"text/plain", `{"a":1}`, map[string]any{}},
		{"", `{"a":1}`, map[string]any{}},
		{";", `{"a":1}`, map[string]any{}},
	} {
		r := &http.Request{Header: http.Header{"Content-Type": {c.mediaType}}}
		if got := parseBody(r, []byte(c.body)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %.40q: got %v, want %v", c.mediaType, c.body, got, c.want)
		}
	}
}

// A text that is a number is spelled as ECMAScript spells it.
func TestScriptNumber(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 12: "12", -1.5: "-1.5", 1e20: "100000000000000000000", 1e21: "1e+21", 1.5e300: "1.5e+300", 1e-6: "0.000001", 1e-7: "1e-7", -2.5e-10: "-2.5e-10"} {
		if got := scriptNumber(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
