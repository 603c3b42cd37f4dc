package iadvize_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/dialect/iadvize"
)

type (
	fields = map[string]any
	items  = []any
)

func TestParseBrackets(t *testing.T) {
	for text, want := range map[string]fields{
		"":                            {},
		"&&":                          {},
		"a=1&b=":                      {"a": "1", "b": ""},
		"a":                           {"a": ""},
		"a=1=2":                       {"a": "1=2"},
		"a=1&a=2":                     {"a": "2"},
		"a[]=1&a[]=2":                 {"a": items{"1", "2"}},
		"a[0]=1&a[1]=2":               {"a": items{"1", "2"}},
		"a[1]=1&a[0]=2":               {"a": items{"1", "2"}},
		"a[7]=1&a[]=2&a[7]=3":         {"a": items{"3", "2"}},
		"a[b]=1&a[c]=2":               {"a": fields{"b": "1", "c": "2"}},
		"a[b]=1&a[]=2":                {"a": fields{"b": "1", "0": "2"}},
		"a[b][c][]=1":                 {"a": fields{"b": fields{"c": items{"1"}}}},
		"a[][b]=1&a[][b]=2":           {"a": items{fields{"b": "1"}, fields{"b": "2"}}},
		"a%5Bb%5D=1":                  {"a": fields{"b": "1"}},
		"a=1&a[b]=2":                  {"a": fields{"b": "2"}},
		"a[b]=1&a=2":                  {"a": "2"},
		"a[01]=1":                     {"a": fields{"01": "1"}},
		"a[-1]=1":                     {"a": fields{"-1": "1"}},
		"a[99999999999999999999]=1":   {"a": fields{"99999999999999999999": "1"}},
		"a[9223372036854775807]=1":    {"a": fields{"9223372036854775807": "1"}},
		"=1":                          {"": "1"},
		"[a]=1":                       {"[a]": "1"},
		"[]=1":                        {"[]": "1"},
		"a[=1":                        {"a[": "1"},
		"a]=1":                        {"a]": "1"},
		"a[b]c=1":                     {"a[b]c": "1"},
		"a[b=1":                       {"a[b": "1"},
		"a[[b]]=1":                    {"a[[b]]": "1"},
		"a=x+y%20z%2B":                {"a": "x y z+"},
		"a=%zz%&b=%":                  {"a": "%zz%", "b": "%"},
		"a=%C3%A9":                    {"a": "é"},
		"a=%ff":                       {"a": "\xff"},
		"a[b][c][d][e][f][g][h]=deep": {"a": fields{"b": fields{"c": fields{"d": fields{"e": fields{"f": fields{"g": fields{"h": "deep"}}}}}}}},
	} {
		got, err := iadvize.ParseBrackets(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestInputLimits(t *testing.T) {
	for _, test := range []struct {
		name  string
		parse func() (map[string]any, error)
		ok    bool
	}{
		{"a form of all fields", func() (map[string]any, error) {
			return iadvize.ParseBrackets(strings.Repeat("a[]=1&", iadvize.MaxFields))
		}, true},
		{"a form of one more", func() (map[string]any, error) {
			return iadvize.ParseBrackets(strings.Repeat("a[]=1&", iadvize.MaxFields+1))
		}, false},
		{"a form as deep as may be", func() (map[string]any, error) {
			return iadvize.ParseBrackets("a" + strings.Repeat("[b]", iadvize.MaxDepth-1) + "=1")
		}, true},
		{"a form that is deeper", func() (map[string]any, error) {
			return iadvize.ParseBrackets("a" + strings.Repeat("[b]", iadvize.MaxDepth) + "=1")
		}, false},
		{"a form that is much deeper", func() (map[string]any, error) {
			return iadvize.ParseBrackets("a" + strings.Repeat("[]", 1_000_000) + "=1")
		}, false},
		{"JSON of all fields", func() (map[string]any, error) {
			return iadvize.ParseJSON([]byte(`{"a":[` + strings.Repeat("1,", iadvize.MaxFields-3) + "1]}"))
		}, true},
		{"JSON of one more", func() (map[string]any, error) {
			return iadvize.ParseJSON([]byte(`{"a":[` + strings.Repeat("1,", iadvize.MaxFields-2) + "1]}"))
		}, false},
		{"JSON as deep as may be", func() (map[string]any, error) {
			return iadvize.ParseJSON([]byte(strings.Repeat(`{"a":`, iadvize.MaxDepth) + "1" + strings.Repeat("}", iadvize.MaxDepth)))
		}, true},
		{"JSON that is deeper", func() (map[string]any, error) {
			return iadvize.ParseJSON([]byte(strings.Repeat(`{"a":`, iadvize.MaxDepth+1) + "1" + strings.Repeat("}", iadvize.MaxDepth+1)))
		}, false},
	} {
		if got, err := test.parse(); (err == nil) != test.ok {
			t.Errorf("%s: got %d fields, %v", test.name, len(got), err)
		}
	}
}

func TestParseJSON(t *testing.T) {
	for text, want := range map[string]fields{
		`{}`: {},
		`{"a":"x","b":1,"c":1.50,"d":true,"e":null,"f":[],"g":{}} `: {"a": "x", "b": iadvize.Number("1"), "c": iadvize.Number("1.50"), "d": true, "e": nil, "f": items{}, "g": fields{}},
		`{"a":[1,[2],{"b":[false]}]}`:                               {"a": items{iadvize.Number("1"), items{iadvize.Number("2")}, fields{"b": items{false}}}},
	} {
		got, err := iadvize.ParseJSON([]byte(text))
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "null", "1", `"x"`, "[]", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `{"a":[}`, `{"a":[1}`, `{"a":1}{}`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", `{a:1}`, `{"a":01}`} {
		if got, err := iadvize.ParseJSON([]byte(text)); err == nil {
			t.Errorf("%s: became %v", text, got)
		}
	}
}

// What brackets say is within the limits, and says the same when it is written anew.
func FuzzBrackets(f *testing.F) {
	for _, text := range []string{"a[b][]=1&a[b][]=2", "a[7]=x&a[]=y", "a=1&a[b]=2&a=3", "%5B=%&a%5Bb%5D=%C3%A9", "a[[]]=1&[]=2&=3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := iadvize.ParseBrackets(text)
		if err != nil {
			return
		}
		var pairs []string
		for name, value := range got {
			if strings.ContainsAny(name, "[]") {
				continue // no path, which cannot be written as one
			}
			pairs = append(pairs, build(t, url.QueryEscape(name), value, 1)...)
			again, err := iadvize.ParseBrackets(strings.Join(pairs, "&"))
			if err != nil || !cmp.Equal(again[name], value) {
				t.Fatalf("%q says %v of %q, and written anew %v, %v", text, value, name, again[name], err)
			}
			pairs = nil
		}
	})
}

// build writes a value as http_build_query of PHP does.
func build(t testing.TB, name string, value any, depth int) (pairs []string) {
	if depth > iadvize.MaxDepth {
		t.Fatalf("%s is %d deep", name, depth)
	}
	under := func(key string, value any) {
		pairs = append(pairs, build(t, name+"%5B"+url.QueryEscape(key)+"%5D", value, depth+1)...)
	}
	switch value := value.(type) {
	case items:
		for i, item := range value {
			under(fmt.Sprint(i), item)
		}
	case fields:
		for key, item := range value {
			under(key, item)
		}
	case nil:
	case bool:
		return []string{name + "=" + map[bool]string{true: "1", false: "0"}[value]}
	default:
		return []string{name + "=" + url.QueryEscape(fmt.Sprint(value))}
	}
	return pairs
}
