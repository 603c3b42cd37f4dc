package schema_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rosterd/rosterd/schema"
)

// validator compiles a JSON Schema.
func validator(t *testing.T, described jsontext.Value) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(described)))
	if err != nil {
		t.Fatalf("%v: %s", err, described)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	if err := c.AddResource("test.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("test.json")
	if err != nil {
		t.Fatalf("%v: %s", err, described)
	}
	return compiled
}

// accepts reports whether a JSON Schema takes a document.
func accepts(t *testing.T, s *jsonschema.Schema, document string) bool {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	return s.Validate(instance) == nil
}

// same holds the JSON Schema of a T against what Decode and Check say.
func same[T any](t *testing.T, documents ...string) {
	t.Helper()
	for _, revision := range []string{"seed", "current"} {
		s := schema.Of[T](revision)
		v := validator(t, s.Type().JSONSchema())
		for _, document := range documents {
			value, err := s.Decode(jsontext.Value(document))
			if err == nil {
				err = s.Check(&value)
			}
			if got := accepts(t, v, document); got != (err == nil) {
				t.Errorf("revision %s, %s: the JSON Schema says %t, Decode and Check say %v", revision, document, got, err)
			}
		}
	}
}

func TestJSONSchema(t *testing.T) {
	const phones = `"phone_numbers": [{"phone_number": "1"}]`
	same[create](t,
		`{}`, `{"last_name": "Petrova"}`, `{"last_name": "Petrova", `+phones+`}`, `{"last_name": null, `+phones+`}`, `{"last_name": "", `+phones+`}`,
		`{"last_name": "`+strings.Repeat("я", 255)+`", `+phones+`}`, `{"last_name": "`+strings.Repeat("я", 256)+`", `+phones+`}`,
		`{"last_name": 1, `+phones+`}`, `{"last_name": "x", `+phones+`, "shoe_size": 43}`,
	)
	for _, members := range []string{
		`"first_name": null`, `"first_name": ""`, `"status": "available"`, `"status": "asleep"`, `"status": null`,
		`"calls_available": 1`, `"calls_available": null`, `"allowed_in_call_types": []`, `"allowed_in_call_types": ["internal", "internal"]`,
		`"allowed_in_call_types": ["own"]`, `"allowed_in_call_types": [null]`, `"allowed_in_call_types": null`, `"allowed_in_call_types": "internal"`,
		`"coach": null`, `"coach": {}`, `"coach": {"coach_id": 0}`, `"coach": {"coach_id": 1}`, `"coach": {"coach_id": 1, "coach_always_enabled": null}`, `"coach": {"id": 1}`,
		`"groups": [1, 2, 3]`, `"groups": [0]`, `"groups": [1, 2, 3, 4]`, `"groups": [1, 1]`, `"groups": [1.5]`, `"groups": [1.0]`,
		`"phone_numbers": []`, `"phone_numbers": null`, `"phone_numbers": [{}]`, `"phone_numbers": [{"phone_number": "1"}, {"phone_number": "2"}, {"phone_number": "3"}]`,
		`"phone_numbers": [{"phone_number": "1", "dial_time": 100}]`, `"phone_numbers": [{"phone_number": "1", "dial_time": 101}]`,
		`"extension": null`, `"extension": "12345"`, `"extension": "123456"`, `"site": null`,
		`"operator": {"operator_login": "x", "operator_password": "1234567"}`, `"operator": {"operator_login": "x", "operator_password": "12345678"}`,
		`"operator": {"operator_login": "x", "operator_password": "123456789"}`,
		`"note": 1`, `"note": null`, `"note": {"a": []}`, `"expected_version": 1`, `"expected_version": "1"`, `"expected_version": null`,
	} {
		extension := `, "extension": "1"` // a coach wants one, which no JSON Schema says
		if strings.Contains(members, "extension") {
			extension = ""
		}
		if strings.Contains(members, "phone_numbers") {
			same[create](t, `{"last_name": "x", `+members+extension+`}`)
		} else {
			same[create](t, `{"last_name": "x", `+phones+`, `+members+extension+`}`)
		}
	}
	same[filter](t, `{}`, `{"field": "a", "value": [1]}`, `{"filters": [{"filters": [{"field": "b"}]}], "condition": "or"}`,
		`{"condition": "xor"}`, `{"filters": [1]}`, `{"filters": [null]}`, `{"filters": null}`)
	same[[]filter](t, `[]`, `[{}]`, `[{"filters": [{}]}]`, `[{"filters": {}}]`, `{}`)
}

func TestJSONSchemaText(t *testing.T) {
	type leaf[T any] struct {
		Value schema.Opt[T] `json:"value" required:"true" unit:"s" example:"5" component:"trainer"`
	}
	type tree struct {
		Leaf  schema.Opt[leaf[string]] `json:"leaf" partial:"true" doc:"A leaf."`
		Other leaf[int64]              `json:"other" required:"true"`
		Below schema.Opt[[]tree]       `json:"below" null:"no" ours:"true"`
	}
	got := schema.Of[tree]("").Type().JSONSchema()
	want := `{"type":"object","properties":{` +
		`"leaf":{"description":"A leaf.","type":["object","null"],"properties":{"value":{"type":["string","null"],"examples":["5"],"x-unit":"s","x-component":"trainer"}},"additionalProperties":false},` +
		`"other":{"type":"object","properties":{"value":{"type":"integer","examples":[5],"x-unit":"s","x-component":"trainer"}},"required":["value"],"additionalProperties":false},` +
		`"below":{"type":"array","items":{"type":"object","description":"The same again."},"x-ours":true}},"required":["other"],"additionalProperties":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What json writes of a row is what its JSON Schema says.
func TestJSONSchemaOfRow(t *testing.T) {
	type coach struct {
		Name schema.Opt[string] `json:"name"`
	}
	type row struct {
		Name   schema.Opt[string]  `json:"name" filter:"true" sort:"true"`
		Status schema.Opt[string]  `json:"status" enum:"on,off"`
		Coach  schema.Opt[coach]   `json:"coach"`
		List   []string            `json:"list" enum:"in,out"`
		Ratio  schema.Opt[float64] `json:"ratio"`
		Any    any                 `json:"any"`
	}
	rows := schema.RowOf[row]()
	v := validator(t, rows.Type().JSONSchema())
	all, _ := rows.Pick(nil)
	for _, r := range []row{
		{},
		{Name: schema.Some("x"), Status: schema.Some("on"), Coach: schema.Some(coach{schema.Some("y")}), List: []string{"in"}, Ratio: schema.Some(1.5), Any: map[string]int{"a": 1}},
	} {
		text, err := rows.Append(nil, &r, all)
		if err != nil {
			t.Fatal(err)
		}
		if !accepts(t, v, string(text)) {
			t.Errorf("the JSON Schema refuses %s", text)
		}
	}
	for _, wrong := range []string{`{"name": 1}`, `{"status": "x"}`, `{"coach": null}`, `{"coach": []}`, `{"list": ["x"]}`, `{"list": null}`, `{"ratio": "x"}`} {
		if accepts(t, v, wrong) {
			t.Errorf("the JSON Schema takes %s", wrong)
		}
	}
	if described := string(rows.Fields()[0].JSONSchema()); described != `{"type":["string","null"],"x-filter":true,"x-sort":true}` {
		t.Errorf("name is described as %s", described)
	}
}
