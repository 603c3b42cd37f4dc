package schema_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// valid is a create that keeps every rule.
func valid() create {
	return create{
		LastName: schema.Some("Ivanov"),
		Phones:   schema.Some([]phone{{Number: schema.Some("1")}}),
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name     string
		revision string
		change   func(*create)
		want     []string
	}{
		{"valid", "seed", func(*create) {}, nil},
		{"valid with everything", "seed", func(c *create) {
			c.FirstName, c.Status, c.Email = schema.Null[string](), schema.Some(status("break")), schema.Some(email("a@b"))
			c.Coach, c.Extension = schema.Some(coach{ID: 1}), schema.Some("12345")
			c.Groups, c.InCalls = schema.Some([]int64{3, 1, 2}), schema.Some([]string{})
			c.Operator = schema.Some(operator{Login: schema.Some(""), Password: schema.Some("12345678")})
			c.Note = schema.Null[jsontext.Value]()
		}, nil},
		{"absent", "seed", func(c *create) { *c = create{} }, []string{
			"required_parameter_missed /last_name -",
			"required_parameter_missed /phone_numbers -",
		}},
		{"absent under another revision", "current", func(c *create) { *c = create{} }, []string{"required_parameter_missed /last_name -"}},
		{"null", "seed", func(c *create) {
			c.LastName, c.Extension = schema.Null[string](), schema.Null[string]()
		}, []string{
			"required_parameter_missed /last_name -",
			"required_parameter_missed /extension -",
		}},
		{"empty is not missed", "seed", func(c *create) { c.LastName = schema.Some("") }, []string{`invalid_parameter_value /last_name ""`}},
		{"longest", "seed", func(c *create) { c.FirstName = schema.Some(strings.Repeat("ж", 255)) }, nil},
		{"too long, and too long to show", "seed", func(c *create) { c.FirstName = schema.Some(strings.Repeat("ж", 256)) }, []string{"invalid_parameter_value /first_name -"}},
		{"control characters and what is no text", "seed", func(c *create) {
			c.FirstName, c.LastName, c.Site = schema.Some("a\x00"), schema.Some("a\u0085"), schema.Some("\xff")
		}, []string{
			`invalid_parameter_value /first_name "a\x00"`,
			`invalid_parameter_value /last_name "a\u0085"`,
			`invalid_parameter_value /site -`,
		}},
		{"enum", "seed", func(c *create) {
			c.Status, c.InCalls = schema.Some(status("Break")), schema.Some([]string{"internal", "x", "internal"})
		}, []string{
			`invalid_parameter_value /status "Break"`,
			`invalid_parameter_value /allowed_in_call_types/1 "x"`,
			`invalid_parameter_value /allowed_in_call_types/2 "internal"`,
		}},
		{"range, items, unique", "seed", func(c *create) {
			c.Groups = schema.Some([]int64{0, 5, 5, 0})
			c.Phones = schema.Some([]phone{
				{Number: schema.Some("1"), Channels: schema.Some(int64(151)), DialTime: schema.Some(int64(-1))},
				{Number: schema.Some("1"), Channels: schema.Some(int64(150)), DialTime: schema.Some(int64(1))},
				{},
			})
		}, []string{
			`data_limit_exceeded /groups -`,
			`invalid_parameter_value /groups/0 "0"`,
			`invalid_parameter_value /groups/2 "5"`,
			`data_limit_exceeded /phone_numbers -`,
			`invalid_parameter_value /phone_numbers/0/channels_count "151"`,
			`invalid_parameter_value /phone_numbers/0/dial_time "-1"`,
		}},
		{"Valuer", "seed", func(c *create) { c.Email = schema.Some(email("nobody")) }, []string{`invalid_parameter_value /email "nobody"`}},
		{"Checker", "seed", func(c *create) {
			c.FirstName, c.Site = schema.Some("\n"), schema.Some("\n")
			c.Coach, c.Version = schema.Some(coach{ID: 7}), 7
		}, []string{
			`invalid_parameter_value /first_name "\n"`,
			`invalid_parameters_combination /coach/coach_id -`,
			`required_parameter_missed /extension -`,
			`invalid_parameter_value /site "\n"`,
		}},
		{"Checker where there is a violation already", "seed", func(c *create) {
			c.Coach, c.Version, c.Extension = schema.Some(coach{ID: -1}), -1, schema.Some("1")
		}, []string{`invalid_parameter_value /coach/coach_id "-1"`}},
		{"secret", "seed", func(c *create) {
			c.Operator = schema.Some(operator{Login: schema.Some("x"), Password: schema.Some("123456789")})
		}, []string{"invalid_parameter_value /operator/operator_password -"}},
		{"another length under another revision", "current", func(c *create) {
			c.Operator = schema.Some(operator{Login: schema.Some("x"), Password: schema.Some("1234567")})
		}, []string{"invalid_parameter_value /operator/operator_password -"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := valid()
			tt.change(&v)
			got := list(schema.Of[create](tt.revision).Check(&v))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Check(%+v): -want +got\n%s", v, diff)
			}
		})
	}
}

// even has its rule on a pointer, pair on a value.
type even int64

func (e *even) Valid() bool { return *e%2 == 0 }

type pair struct {
	A even `json:"a"`
	B even `json:"b"`
}

func (p pair) Valid() bool { return p.A != p.B }

func (p pair) CheckTogether(at errors.Path, bad *errors.List) {
	if p.A > p.B {
		bad.Add(errors.InvalidParametersCombination, at, nil)
	}
}

type labels []string

func (l labels) Valid() bool { return len(l) != 1 }

func TestCheckReceiversAndContainers(t *testing.T) {
	type all struct {
		Pairs  []pair                     `json:"pairs" required:"true"`
		Labels labels                     `json:"labels" length:"1.."`
		Raw    jsontext.Value             `json:"raw" required:"true"`
		Evens  []even                     `json:"evens" secret:"true"`
		Inner  struct{ pair }             `json:"inner"`
		Opt    schema.Opt[struct{ pair }] `json:"opt" secret:"true"`
	}
	s := schema.Of[all]("")
	v := all{
		Pairs:  []pair{{0, 2}, {3, 2}, {2, 2}},
		Labels: labels{""},
		Raw:    jsontext.Value("null"),
		Evens:  []even{1},
		Opt:    schema.Some(struct{ pair }{pair{3, 1}}),
	}
	v.Inner.B = 1
	want := []string{
		"invalid_parameters_combination /pairs/1 -",
		`invalid_parameter_value /pairs/1/a "3"`,
		"invalid_parameter_value /pairs/2 -",
		"invalid_parameter_value /labels -",
		`invalid_parameter_value /labels/0 ""`,
		"required_parameter_missed /raw -",
		"invalid_parameter_value /evens/0 -",
		`invalid_parameter_value /inner/b "1"`,
		"invalid_parameters_combination /opt -",
		"invalid_parameter_value /opt/a -",
		"invalid_parameter_value /opt/b -",
	}
	if diff := cmp.Diff(want, list(s.Check(&v))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	v = all{Inner: struct{ pair }{pair{0, 2}}}
	want = []string{"required_parameter_missed /pairs -", "required_parameter_missed /raw -"}
	if diff := cmp.Diff(want, list(s.Check(&v))); diff != "" {
		t.Errorf("nothing given: -want +got\n%s", diff)
	}
}

// A Checker's violation keeps its message's params, loses a secret, and is
// dropped below a place of wrong shape.
type careless struct {
	Secret schema.Opt[[]string] `json:"secret" secret:"true"`
	Open   schema.Opt[[]string] `json:"open"`
}

func (c careless) CheckTogether(at errors.Path, bad *errors.List) {
	told := "told"
	bad.Add(errors.Other, at.Key("open").Index(0), &told)
	bad.Append(errors.Violation{Code: errors.Other, Path: at.Key("secret").Index(1), Value: &told, Params: map[string]string{"error_message": "no"}})
	bad.Add(errors.Other, at.Key("nowhere").Key("x"), nil)
}

func TestCheckerViolations(t *testing.T) {
	s := schema.Of[careless]("")
	err := s.Check(&careless{})
	want := []string{"error /nowhere/x -", "error /secret/1 -", `error /open/0 "told"`}
	if diff := cmp.Diff(want, list(err)); diff != "" {
		t.Errorf("Check: -want +got\n%s", diff)
	}
	if got := errors.Of(err).Violations[1].Message(); got != "no" {
		t.Errorf("message is %q, want that of the Checker's params", got)
	}
	_, err = s.Decode(jsontext.Value(`{"open":{}}`))
	want = []string{"error /nowhere/x -", "error /secret/1 -", "data_type_error /open -"}
	if diff := cmp.Diff(want, list(err)); diff != "" {
		t.Errorf("Decode: -want +got\n%s", diff)
	}
}

// Check shows a value as Decode does.
func TestShownAlike(t *testing.T) {
	type one struct {
		Text schema.Opt[string] `json:"text" length:"..2"`
		Size schema.Opt[even]   `json:"size"`
		Yes  schema.Opt[yes]    `json:"yes"`
	}
	s := schema.Of[one]("")
	v, err := s.Decode(jsontext.Value(`{"text":"a\"\u0416","size":-2.1e1,"yes":false}`))
	if err != nil {
		t.Fatal(err)
	}
	rules := list(s.Check(&v))
	want := []string{`invalid_parameter_value /text "a\"Ж"`, `invalid_parameter_value /size "-21"`, `invalid_parameter_value /yes "false"`}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("Check: -want +got\n%s", diff)
	}
	_, err = s.Decode(jsontext.Value(`{"text":"a\"\u0416","size":-21,"yes":false,"x":1}`))
	if diff := cmp.Diff(want, list(err)[1:]); diff != "" {
		t.Errorf("Decode: -want +got\n%s", diff)
	}
}

type yes bool

func (y yes) Valid() bool { return bool(y) }
