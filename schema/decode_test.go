package schema_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// private lets cmp look into Opt.
var private = cmp.Exporter(func(reflect.Type) bool { return true })

func TestDecodeValue(t *testing.T) {
	for _, tt := range []struct {
		name, params string
		want         create
	}{
		{"no params", ``, create{}},
		{"empty", ` {} `, create{}},
		{"scalars", `{"last_name":"Iv\u0061nov \"x\"","calls_available":false,"status":"break","expected_version":7}`, create{
			LastName: schema.Some(`Ivanov "x"`), Available: schema.Some(false), Status: schema.Some(status("break")), Version: 7,
		}},
		{"null and empty", `{"first_name":null,"last_name":"","groups":[],"phone_numbers":null,"operator":null,"note":null}`, create{
			FirstName: schema.Null[string](), LastName: schema.Some(""), Groups: schema.Some([]int64{}),
			Phones: schema.Null[[]phone](), Operator: schema.Null[operator](), Note: schema.Null[jsontext.Value](),
		}},
		{"nested and embedded", `{"phone_numbers":[{"phone_number":"1"},{"channels_count":2}],"extension":"101","coach":{"coach_id":5},"note":{"a":[1, null]}}`, create{
			Phones:  schema.Some([]phone{{Number: schema.Some("1")}, {Channels: schema.Some(int64(2))}}),
			contact: contact{Extension: schema.Some("101")},
			Coach:   schema.Some(coach{ID: 5}),
			Note:    schema.Some(jsontext.Value(`{"a":[1, null]}`)),
		}},
		{"reserved", `{"access_token":{"a":1},"last_name":"x","user_id":5}`, create{LastName: schema.Some("x")}},
		{"by position", `["A","B",null,false]`, create{
			FirstName: schema.Some("A"), LastName: schema.Some("B"), Available: schema.Some(false),
		}},
		{"nothing by position", `[]`, create{}},
		{"values that Check refuses", `{"last_name":"\u0000","status":"gone"}`, create{
			LastName: schema.Some("\x00"), Status: schema.Some(status("gone")),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := schema.Of[create]("seed").Decode(jsontext.Value(tt.params), "access_token", "user_id")
			if err != nil {
				t.Fatalf("Decode(%s): %v", tt.params, err)
			}
			if diff := cmp.Diff(tt.want, got, private); diff != "" {
				t.Errorf("Decode(%s): -want +got\n%s", tt.params, diff)
			}
		})
	}
}

func TestDecodeViolations(t *testing.T) {
	long := strings.Repeat("я", errors.MaxValue/2+1)
	for _, tt := range []struct {
		name, params string
		want         []string
	}{
		{"unknown, then the object as a whole", `{"last_name":1,"phone_numbers":[],"extension":"root","x":1}`, []string{
			`unexpected_parameters /x "1"`,
			`invalid_parameters_combination  -`,
			`data_type_error /last_name "1"`,
		}},
		{"every wrong type", `{"first_name":1.50,"last_name":true,"status":[],"calls_available":"yes","allowed_in_call_types":{},"coach":"x","groups":5,"expected_version":"7"}`, []string{
			`data_type_error /first_name "1.50"`,
			`data_type_error /last_name "true"`,
			`data_type_error /status -`,
			`data_type_error /calls_available "yes"`,
			`data_type_error /allowed_in_call_types -`,
			`data_type_error /coach "x"`,
			`data_type_error /groups "5"`,
			`required_parameter_missed /phone_numbers -`,
			`required_parameter_missed /extension -`,
			`data_type_error /expected_version "7"`,
		}},
		{"unknown first, then declared order, with what Check finds", `{"site":1,"zzz":"secret?","extension":"123456","phone_numbers":[{"dial_time":0,"x":1},5],"a/b~":null,"last_name":null}`, []string{
			`unexpected_parameters /zzz "secret?"`,
			`unexpected_parameters /a~1b~0 "null"`,
			`required_parameter_missed /last_name -`,
			`unexpected_parameters /phone_numbers/0/x "1"`,
			`required_parameter_missed /phone_numbers/0/phone_number -`,
			`invalid_parameter_value /phone_numbers/0/dial_time "0"`,
			`data_type_error /phone_numbers/1 "5"`,
			`invalid_parameter_value /extension "123456"`,
			`data_type_error /site "1"`,
		}},
		{"nothing below a violation of shape", `{"last_name":"x","phone_numbers":[null,{"phone_number":"1"}],"coach":{"coach_id":"x"},"extension":"1"}`, []string{
			`data_type_error /coach/coach_id "x"`,
			`data_type_error /phone_numbers/0 "null"`,
		}},
		{"what is no Opt", `{"last_name":"x","phone_numbers":[],"coach":{},"extension":"1","expected_version":null}`, []string{
			`required_parameter_missed /coach/coach_id -`,
			`data_type_error /expected_version "null"`,
		}},
		{"null for what is required and no Opt", `{"last_name":"x","phone_numbers":[],"coach":{"coach_id":null},"extension":"1"}`, []string{
			`required_parameter_missed /coach/coach_id -`,
		}},
		{"null elements", `{"last_name":"x","phone_numbers":[],"groups":[1,null,"2"]}`, []string{
			`data_type_error /groups/1 "null"`,
			`data_type_error /groups/2 "2"`,
		}},
		{"what lies beyond items is not looked at", `{"last_name":"x","phone_numbers":[],"groups":[1,"x",1,null,"y",1.5]}`, []string{
			`data_limit_exceeded /groups -`,
			`data_type_error /groups/1 "x"`,
			`invalid_parameter_value /groups/2 "1"`,
		}},
		{"secrets and long values", `{"last_name":"x","phone_numbers":[],"operator":{"operator_login":["` + long + `"],"operator_password":12345678},"` + "x" + `":"` + long + `"}`, []string{
			`unexpected_parameters /x -`,
			`data_type_error /operator/operator_login -`,
			`data_type_error /operator/operator_password -`,
		}},
		{"the struct's own check, where the place is free", `{"last_name":1,"phone_numbers":[],"coach":{"coach_id":5},"expected_version":5,"extension":2}`, []string{
			`data_type_error /last_name "1"`,
			`invalid_parameters_combination /coach/coach_id -`,
			`data_type_error /extension "2"`,
		}},
		{"by position", `[1,null,"gone",null,null,null,{"coach_id":0},null,[{"phone_number":""}],null,null,null,null,null,"too many",{}]`, []string{
			`unexpected_parameters /14 "too many"`,
			`unexpected_parameters /15 -`,
			`data_type_error /0 "1"`,
			`required_parameter_missed /1 -`,
			`invalid_parameter_value /2 "gone"`,
			`invalid_parameter_value /6/coach_id "0"`,
			`invalid_parameter_value /8/0/phone_number ""`,
			`required_parameter_missed /9 -`,
		}},
		{"reserved only at the top", `{"access_token":1,"last_name":"x","phone_numbers":[{"phone_number":"1","access_token":"x"}]}`, []string{
			`unexpected_parameters /phone_numbers/0/access_token "x"`,
		}},
		{"empty name", `{"":1,"last_name":"x","phone_numbers":[]}`, []string{`unexpected_parameters / "1"`}},
		{"string", `"x"`, []string{`data_type_error  "x"`}},
		{"null", `null`, []string{`data_type_error  "null"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := schema.Of[create]("seed").Decode(jsontext.Value(tt.params), "access_token")
			if diff := cmp.Diff(tt.want, list(err)); diff != "" {
				t.Errorf("Decode(%s): -want +got\n%s", tt.params, diff)
			}
			if diff := cmp.Diff(create{}, got, private); diff != "" {
				t.Errorf("Decode(%s) returns a value with its error: -want +got\n%s", tt.params, diff)
			}
		})
	}
}

func TestDecodePositionalNames(t *testing.T) {
	_, err := schema.Of[create]("").Decode(jsontext.Value(`[null,"x",null,null,null,null,null,null,[{"":1},{"dial_time":"x"}]]`))
	var got []string
	for _, v := range errors.Of(err).Violations {
		got = append(got, v.Path.Pointer()+" "+v.Path.String())
	}
	want := []string{
		"/8/0/ phone_numbers",
		"/8/0/phone_number phone_numbers.phone_number",
		"/8/1/phone_number phone_numbers.phone_number",
		"/8/1/dial_time phone_numbers.dial_time",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestDecodeSyntax(t *testing.T) {
	for _, params := range []string{
		` `, `{`, `}`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `{1:2}`, `{"last_name":tru}`, `{} {}`, `[1] x`, `[1,`,
		`{"phone_numbers":[`, `{"phone_numbers":[{]`, `{"groups":[1,2,3,4,5`, "{\"last_name\":\"\xff\"}", `{"last_name":"\ud800"}`,
	} {
		_, err := schema.Of[create]("").Decode(jsontext.Value(params))
		if got, want := list(err), []string{"parse_error  -"}; !slices.Equal(got, want) {
			t.Errorf("Decode(%s) = %q, want %q", params, got, want)
		}
	}
}

func TestDecodeWholeNumbers(t *testing.T) {
	type one struct {
		N int64 `json:"n"`
	}
	wrong := func(number string) []string { return []string{fmt.Sprintf("invalid_parameter_value /n %q", number)} }
	s := schema.Of[one]("")
	for _, tt := range []struct {
		number string
		want   int64
		wrong  bool
	}{
		{number: "0"}, {number: "-0"}, {number: "-0.000e5"}, {number: "0e99999999999999999999"}, {number: "0.0e-99999999999999999999"},
		{number: "12", want: 12},
		{number: "-12", want: -12},
		{number: "1.0", want: 1},
		{number: "1e2", want: 100},
		{number: "1.5E+1", want: 15},
		{number: "-1200e-2", want: -12},
		{number: "0.00012e5", want: 12},
		{number: "9223372036854775807", want: 1<<63 - 1},
		{number: "-9223372036854775808", want: -1 << 63},
		{number: "9.223372036854775807e18", want: 1<<63 - 1},
		{number: "-922337203685477580800e-2", want: -1 << 63},
		{number: "9223372036854775808", wrong: true},
		{number: "-9223372036854775809", wrong: true},
		{number: "1e19", wrong: true},
		{number: "1.5", wrong: true},
		{number: "-0.1", wrong: true},
		{number: "1e-1", wrong: true},
		{number: "1e400", wrong: true},
		{number: "1e99999999999999999999", wrong: true},
		{number: "1e-99999999999999999999", wrong: true},
		{number: "1e9223372036854775807", wrong: true},
		{number: "0.1e-9223372036854775808", wrong: true},
	} {
		got, err := s.Decode(jsontext.Value(`{"n":` + tt.number + `}`))
		var want []string
		if tt.wrong {
			want = wrong(tt.number)
		}
		if got.N != tt.want || !slices.Equal(list(err), want) {
			t.Errorf("%s: got %d, %q; want %d, %q", tt.number, got.N, list(err), tt.want, want)
		}
	}
}

func TestDecodeSliceRoot(t *testing.T) {
	s := schema.Of[[]phone]("")
	got, err := s.Decode(jsontext.Value(`[{"phone_number":"1"},{}]`))
	if diff := cmp.Diff([]phone{{Number: schema.Some("1")}, {}}, got, private); diff != "" || err != nil {
		t.Errorf("error %v, -want +got\n%s", err, diff)
	}
	for params, want := range map[string][]string{
		``:                       {`data_type_error  -`},
		`{}`:                     {`data_type_error  -`},
		`[{"dial_time":101},[]]`: {`required_parameter_missed /0/phone_number -`, `invalid_parameter_value /0/dial_time "101"`, `data_type_error /1 -`},
	} {
		_, err := s.Decode(jsontext.Value(params))
		if diff := cmp.Diff(want, list(err)); diff != "" {
			t.Errorf("Decode(%s): -want +got\n%s", params, diff)
		}
	}
}

func TestDecodeRecursive(t *testing.T) {
	s := schema.Of[filter]("")
	params := `{"filters":[{"field":"id","value":null},{"condition":"or","filters":[{"field":"x","value":[1]}]}],"condition":"and"}`
	want := filter{
		Condition: schema.Some("and"),
		Filters: schema.Some([]filter{
			{Field: schema.Some("id"), Value: schema.Null[jsontext.Value]()},
			{Condition: schema.Some("or"), Filters: schema.Some([]filter{{Field: schema.Some("x"), Value: schema.Some(jsontext.Value(`[1]`))}})},
		}),
	}
	got, err := s.Decode(jsontext.Value(params))
	if diff := cmp.Diff(want, got, private); diff != "" || err != nil {
		t.Errorf("Decode(%s): error %v, -want +got\n%s", params, err, diff)
	}

	params = `{"condition":"xor","filters":[{"filters":[{"filters":[{"x":1,"condition":2}]}]}]}`
	_, err = s.Decode(jsontext.Value(params))
	wantList := []string{
		`unexpected_parameters /filters/0/filters/0/filters/0/x "1"`,
		`data_type_error /filters/0/filters/0/filters/0/condition "2"`,
		`invalid_parameter_value /condition "xor"`,
	}
	if diff := cmp.Diff(wantList, list(err)); diff != "" {
		t.Errorf("Decode(%s): -want +got\n%s", params, diff)
	}
}

// An absent struct that is no Opt is read as an empty one.
func TestDecodeAbsentStruct(t *testing.T) {
	type outer struct {
		Coach coach `json:"coach"`
		Must  coach `json:"must" required:"true"`
	}
	_, err := schema.Of[outer]("").Decode(nil)
	want := []string{"required_parameter_missed /coach/coach_id -", "required_parameter_missed /must -"}
	if diff := cmp.Diff(want, list(err)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The first MaxViolations in the order are told, wherever they stand.
func TestMaxViolations(t *testing.T) {
	type many struct {
		First []int64           `json:"first" range:"1.."`
		Last  schema.Opt[int64] `json:"last" required:"true"`
	}
	s := schema.Of[many]("")
	n := 3 * schema.MaxViolations
	unknown, wrong, zeros := "{", `{"last":1,"first":["x"`, `{"last":"x","first":[0`
	for i := range n {
		unknown += fmt.Sprintf(`"u%d":1,`, i)
		wrong += `,"x"`
		zeros += `,0`
	}
	for _, tt := range []struct{ name, params, first, last string }{
		{"unknown", unknown + `"first":["x"]}`, `unexpected_parameters /u0 "1"`, fmt.Sprintf(`unexpected_parameters /u%d "1"`, schema.MaxViolations-1)},
		{"shape", wrong + `]}`, `data_type_error /first/0 "x"`, fmt.Sprintf(`data_type_error /first/%d "x"`, schema.MaxViolations-1)},
		{"unknown before shape", wrong + `],"u":1}`, `unexpected_parameters /u "1"`, fmt.Sprintf(`data_type_error /first/%d "x"`, schema.MaxViolations-2)},
		{"rules", zeros + `]}`, `invalid_parameter_value /first/0 "0"`, fmt.Sprintf(`invalid_parameter_value /first/%d "0"`, schema.MaxViolations-1)},
		{"by position", "[" + strings.Repeat("[],", n) + "1]", `unexpected_parameters /2 -`, fmt.Sprintf(`unexpected_parameters /%d -`, schema.MaxViolations+1)},
	} {
		_, err := s.Decode(jsontext.Value(tt.params))
		got := list(err)
		if len(got) != schema.MaxViolations || got[0] != tt.first || got[len(got)-1] != tt.last {
			t.Errorf("%s: got %d violations %q; want %d from %q to %q", tt.name, len(got), got, schema.MaxViolations, tt.first, tt.last)
		}
	}
	v := many{First: make([]int64, n), Last: schema.Some(int64(1))}
	if got := list(s.Check(&v)); len(got) != schema.MaxViolations {
		t.Errorf("Check told %d violations, want %d", len(got), schema.MaxViolations)
	}
}

// What json writes, Decode reads: absent, null, set and empty survive, wherever
// they stand.
func TestRoundTrip(t *testing.T) {
	type inner struct {
		Name schema.Opt[string]  `json:"name,omitzero"`
		Size schema.Opt[int64]   `json:"size,omitzero"`
		IDs  schema.Opt[[]int64] `json:"ids,omitzero"`
	}
	type tree struct {
		inner
		OK    schema.Opt[bool]           `json:"ok,omitzero"`
		Raw   schema.Opt[jsontext.Value] `json:"raw,omitzero"`
		Inner []inner                    `json:"inner"`
		Deep  schema.Opt[[][]string]     `json:"deep,omitzero"`
	}
	s := schema.Of[tree]("")
	text := rapid.StringN(0, 20, -1)
	someInner := rapid.Custom(func(t *rapid.T) inner {
		return inner{opt(t, text), opt(t, rapid.Int64()), opt(t, rapid.SliceOfN(rapid.Int64(), 0, 5))}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := tree{
			inner: someInner.Draw(t, "inner"),
			OK:    opt(t, rapid.Bool()),
			Raw:   opt(t, rapid.SampledFrom([]jsontext.Value{jsontext.Value(`{"a":[1,"x"]}`), jsontext.Value(`1.50`)})),
			Inner: rapid.SliceOfN(someInner, 0, 4).Draw(t, "elements"),
			Deep:  opt(t, rapid.SliceOfN(rapid.SliceOfN(text, 0, 3), 0, 3)),
		}
		params, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Decode(params)
		if diff := cmp.Diff(want, got, private); diff != "" || err != nil {
			t.Errorf("Decode(%s): error %v, -want +got\n%s", params, err, diff)
		}
	})
}

func opt[T any](t *rapid.T, value *rapid.Generator[T]) schema.Opt[T] {
	switch rapid.IntRange(0, 3).Draw(t, "presence") {
	case 0:
		return schema.Opt[T]{}
	case 1:
		return schema.Null[T]()
	default:
		return schema.Some(value.Draw(t, "value"))
	}
}

// FuzzDecode looks for a panic, for a place that is told twice, and for one that
// does not exist in params.
func FuzzDecode(f *testing.F) {
	for _, params := range []string{
		benchmarkParams,
		`[1,null,"gone",null,null,null,{"coach_id":0},null,[{"phone_number":"","":1}],"too many"]`,
		`{"filters":[{"filters":[{"x":1,"condition":2}]}],"field":"\u0000"}`,
		`{"groups":[1,2,3,4,null],"coach":{"coach_id":1e400},"a/b~c":{}}`,
		`{"last_name":"a","last_name":1}`, `[[`, `{"":`, `null`, ``,
	} {
		f.Add([]byte(params))
	}
	creates, filters, phones := schema.Of[create]("seed"), schema.Of[filter](""), schema.Of[[]phone]("")
	f.Fuzz(func(t *testing.T, params []byte) {
		_, err := creates.Decode(params, "access_token")
		mustResolve(t, params, err)
		_, err = filters.Decode(params)
		mustResolve(t, params, err)
		_, err = phones.Decode(params)
		mustResolve(t, params, err)
	})
}

// mustResolve fails where a violation's place is not in params, nor what it is
// in: a place that is itself absent is missed there.
func mustResolve(t *testing.T, params []byte, err error) {
	if err == nil || errors.HasCode(err, errors.ParseError) {
		return
	}
	if len(params) == 0 {
		params = []byte(`{}`)
	}
	violations := errors.Of(err).Violations
	if len(violations) > schema.MaxViolations {
		t.Errorf("%s: %d violations", params, len(violations))
	}
	told := map[string]bool{}
	for _, v := range violations {
		at := v.Path.Pointer()
		if told[at] {
			t.Errorf("%s: %s is told twice in %q", params, at, list(err))
		}
		told[at] = true
		if !resolves(params, at) && !resolves(params, v.Path.Up().Pointer()) {
			t.Errorf("%s: nothing is at %q nor above, in %q", params, at, list(err))
		}
	}
}

// resolves reports whether a JSON Pointer leads to a value of document.
func resolves(document jsontext.Value, pointer string) bool {
	dec := jsontext.NewDecoder(strings.NewReader(string(document)), jsontext.AllowDuplicateNames(true))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return false
		}
		if string(dec.StackPointer()) == pointer {
			return true
		}
	}
}
