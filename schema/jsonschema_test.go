package schema_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rosterd/rosterd/schema"
)

// validator compiles a JSON Schema whose definitions stand in "definitions".
func validator(t *testing.T, describe func(*schema.Definitions) jsontext.Value) *jsonschema.Schema {
	t.Helper()
	d := schema.NewDefinitions("#/definitions/")
	described := describe(d)
	document := `{"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [` + string(described) + `], "definitions": ` + string(d.Schemas()) + `}`
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("test.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("test.json")
	if err != nil {
		t.Fatalf("%v: %s", err, document)
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
		v := validator(t, func(d *schema.Definitions) jsontext.Value { return d.Of(s.Type()) })
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
		`{"filters": [{"filters": [{"field": 1}]}]}`, `{"filters": [{"condition": "xor"}]}`, `{"filters": [null]}`, `{"filters": null}`)
	same[[]filter](t, `[]`, `[{}]`, `[{"filters": [{}]}]`, `[{"filters": {}}]`, `{}`)
}

// tree and leaf are described once as they are and once where nothing is required.
type tree struct {
	Name  schema.Opt[string]       `json:"name" required:"true"`
	Left  schema.Opt[leaf[string]] `json:"left"`
	Below schema.Opt[[]tree]       `json:"below"`
}

type leaf[T any] struct {
	Value schema.Opt[T]         `json:"value" unit:"s" example:"5"`
	Next  schema.Opt[[]leaf[T]] `json:"next" null:"no" ours:"true"`
}

type forest struct {
	Whole schema.Opt[tree]        `json:"whole" doc:"All of it."`
	Part  schema.Opt[tree]        `json:"part" partial:"true"`
	Small schema.Opt[leaf[int64]] `json:"small" required:"true" doc:"A leaf."`
}

func TestJSONSchemaDefinitions(t *testing.T) {
	same[forest](t, `{}`, `{"small": {}}`, `{"small": {}, "whole": {}}`, `{"small": {}, "whole": {"name": "x", "below": [{}]}}`, `{"small": {}, "part": {"below": [{}]}}`,
		`{"small": {"value": 1, "next": [{"value": 2}]}}`, `{"small": {"value": 1, "next": [{"value": "2"}]}}`, `{"small": {"next": null}}`, `{"small": null}`, `{"small": {}, "whole": null}`)

	d := schema.NewDefinitions("#/$defs/")
	got := jsontext.Value(d.Of(schema.Of[forest]("").Type()))
	want := `{"type":"object","properties":{` +
		`"whole":{"description":"All of it.","anyOf":[{"$ref":"#/$defs/tree"},{"type":"null"}]},` +
		`"part":{"anyOf":[{"$ref":"#/$defs/tree2"},{"type":"null"}]},` +
		`"small":{"description":"A leaf.","allOf":[{"$ref":"#/$defs/leaf3"}]}},"required":["small"],"additionalProperties":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if again := d.Of(schema.Of[forest]("").Type()); string(again) != string(got) {
		t.Errorf("described again, from a tree of its own: %s\nwant %s", again, got)
	}
	leaf := `{"type":"object","properties":{"value":{"type":["integer","null"],"examples":[5],"x-unit":"s"},` +
		`"next":{"type":"array","items":{"$ref":"#/$defs/leaf3"},"x-ours":true}},"additionalProperties":false}`
	if schemas := string(d.Schemas()); !strings.Contains(schemas, `"leaf3":`+leaf) || strings.Contains(schemas, "leaf4") || !strings.Contains(schemas, `"examples":["5"]`) {
		t.Errorf("definitions: %s\nwant a leaf3: %s", schemas, leaf)
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
	v := validator(t, func(d *schema.Definitions) jsontext.Value { return d.Of(rows.Type()) })
	all, _ := rows.Pick(nil)
	for _, r := range []row{
		{},
		{Name: schema.Some("x"), Status: schema.Some("on"), Coach: schema.Some(coach{schema.Some("y")}), List: []string{"in"}, Ratio: schema.Some(1.5), Any: map[string]int{"a": 1}},
	} {
		var b strings.Builder
		if err := rows.Append(jsontext.NewEncoder(&b), &r, all); err != nil {
			t.Fatal(err)
		}
		if !accepts(t, v, b.String()) {
			t.Errorf("the JSON Schema refuses %s", b.String())
		}
	}
	for _, wrong := range []string{`{"name": 1}`, `{"status": "x"}`, `{"coach": null}`, `{"coach": []}`, `{"list": ["x"]}`, `{"list": null}`, `{"ratio": "x"}`} {
		if accepts(t, v, wrong) {
			t.Errorf("the JSON Schema takes %s", wrong)
		}
	}
	if described := string(schema.NewDefinitions("").OfField(rows.Fields()[0])); described != `{"type":["string","null"],"x-filter":true,"x-sort":true}` {
		t.Errorf("name is described as %s", described)
	}
}
