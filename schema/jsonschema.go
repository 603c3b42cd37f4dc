package schema

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSONSchema describes the values of t as JSON Schema (draft-07). What has no word
// there is told by x-unit, x-component, x-ours, x-filter and x-sort, the tags of
// these names; rules of a Valuer or Checker are not told. Where a struct contains
// itself, it stands inside itself as any object: public tools that resolve $ref
// do not survive a recursive one.
func (t *Type) JSONSchema() jsontext.Value { return describe(t, &Field{}, false, nil).raw() }

// JSONSchema describes the values of f, but for its Doc, as Type.JSONSchema does.
func (f *Field) JSONSchema() jsontext.Value { return f.describe(nil).raw() }

// jsonSchema is a JSON object whose members are written in their order.
type jsonSchema []keyword

type keyword struct {
	name  string
	value any
}

func (s *jsonSchema) add(name string, value any) { *s = append(*s, keyword{name, value}) }

// MarshalJSONTo writes the object.
func (s jsonSchema) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, k := range s {
		if err := enc.WriteToken(jsontext.String(k.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, k.value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

func (s jsonSchema) raw() jsontext.Value {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // tags are text, and what is parsed of them has a JSON form
	}
	return raw
}

// describe describes f but for its Doc. above are the types that it is in.
func (f *Field) describe(above []*Type) jsonSchema {
	s := describe(f.Type, f, f.Optional && !f.Required && !f.NoNull, above)
	if f.Default != "" {
		s.add("default", f.literal(f.Default))
	}
	if f.Example != "" {
		s.add("examples", []any{f.literal(f.Example)})
	}
	if f.Secret {
		s.add("writeOnly", true)
	}
	if f.Unit != "" {
		s.add("x-unit", f.Unit)
	}
	if f.Component != "" {
		s.add("x-component", f.Component)
	}
	for _, mark := range []struct {
		name string
		set  bool
	}{{"x-ours", f.Ours}, {"x-filter", f.Filter}, {"x-sort", f.Sort}} {
		if mark.set {
			s.add(mark.name, true)
		}
	}
	return s
}

// literal is the value that the text of a tag stands for.
func (f *Field) literal(text string) any {
	if raw := jsontext.Value(text); f.Type.Kind != String && f.Type.Kind != Enum && raw.IsValid() {
		return raw
	}
	return text
}

// describe describes t, which is the type of f or of its elements.
func describe(t *Type, f *Field, nullable bool, above []*Type) jsonSchema {
	var s jsonSchema
	kind := func(name string) {
		if nullable {
			s.add("type", []string{name, "null"})
		} else {
			s.add("type", name)
		}
	}
	switch t.Kind {
	case Object:
		kind("object")
		if slices.Contains(above, t) {
			s.add("description", "The same again.")
		} else {
			s.addMembers(t, append(above, t))
		}
	case Array:
		kind("array")
		s.add("items", describe(t.Elem, f, false, above))
		if t == f.Type && f.Items != "" {
			s.add("maxItems", jsontext.Value(f.Items))
		}
		if t == f.Type && f.Unique {
			s.add("uniqueItems", true)
		}
	case Enum:
		kind("string")
		words := make([]any, len(f.Enum), len(f.Enum)+1)
		for i, word := range f.Enum {
			words[i] = word
		}
		if nullable {
			words = append(words, nil)
		}
		s.add("enum", words)
	case String:
		kind("string")
		s.addSpan("minLength", "maxLength", f.Length)
	case Number:
		if t.fraction {
			kind("number")
		} else {
			kind("integer")
		}
		s.addSpan("minimum", "maximum", f.Range)
	case Boolean:
		kind("boolean")
	}
	return s
}

// addMembers adds what an object of type t has in it; above are t and the types
// that it is in.
func (s *jsonSchema) addMembers(t *Type, above []*Type) {
	properties := jsonSchema{}
	var required []string
	for _, f := range t.Fields {
		property := f.describe(above)
		if f.Doc != "" {
			property = append(jsonSchema{{"description", f.Doc}}, property...)
		}
		properties.add(f.Name, property)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	s.add("properties", properties)
	if required != nil {
		s.add("required", required)
	}
	if t.strict {
		s.add("additionalProperties", false)
	}
}

// addSpan adds the ends of a tag like 1..255 that are given.
func (s *jsonSchema) addSpan(low, high, tag string) {
	from, to, _ := strings.Cut(tag, "..")
	if from != "" {
		s.add(low, jsontext.Value(from))
	}
	if to != "" {
		s.add(high, jsontext.Value(to))
	}
}
