package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Definitions writes types as JSON Schema (draft-07), and collects the schemas of
// structs that contain themselves: these stand once, and others refer to them.
//
// What has no word there is told by x-unit, x-ours, x-filter and x-sort, the tags
// of the same names. Rules of a Valuer or Checker are not told.
type Definitions struct {
	prefix string
	names  map[any]string // by what identifies a type
	all    jsonSchema
}

// NewDefinitions starts a collection. prefix is where it will stand in the
// document, as a $ref without the name: "#/components/schemas/".
func NewDefinitions(prefix string) *Definitions {
	return &Definitions{prefix: prefix, names: map[any]string{}}
}

// Of describes the values of t.
func (d *Definitions) Of(t *Type) jsontext.Value { return d.of(t, &Field{}, false).raw() }

// OfField describes the values of f, but for its Doc.
func (d *Definitions) OfField(f *Field) jsontext.Value { return d.field(f).raw() }

// Schemas is an object with what was collected so far.
func (d *Definitions) Schemas() jsontext.Value { return d.all.raw() }

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

// field describes f but for its Doc.
func (d *Definitions) field(f *Field) jsonSchema {
	s := d.of(f.Type, f, f.Optional && !f.Required && !f.NoNull)
	if len(s) == 1 && s[0].name == "$ref" { // what stands beside a $ref is ignored
		s = jsonSchema{{"allOf", []jsonSchema{s}}}
	}
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

// of describes t, which is the type of f or of its elements.
func (d *Definitions) of(t *Type, f *Field, nullable bool) jsonSchema {
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
		if !t.contains(t, nil) {
			return d.object(t, nullable)
		}
		s.add("$ref", d.prefix+d.define(t))
		if nullable {
			s = jsonSchema{{"anyOf", []jsonSchema{s, {{"type", "null"}}}}}
		}
	case Array:
		kind("array")
		s.add("items", d.of(t.Elem, f, false))
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

func (d *Definitions) object(t *Type, nullable bool) jsonSchema {
	var s, properties jsonSchema
	var required []string
	for _, f := range t.Fields {
		property := d.field(f)
		if f.Doc != "" {
			property = append(jsonSchema{{"description", f.Doc}}, property...)
		}
		properties.add(f.Name, property)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	s.add("type", "object")
	if nullable {
		s[0].value = []string{"object", "null"}
	}
	s.add("properties", properties)
	if required != nil {
		s.add("required", required)
	}
	if t.strict {
		s.add("additionalProperties", false)
	}
	return s
}

// define collects t once and returns its name.
func (d *Definitions) define(t *Type) string {
	var identity any = t.source
	if t.source.t == nil { // made by a Describer
		identity = t
	}
	if name, done := d.names[identity]; done {
		return name
	}
	base, _, _ := strings.Cut(t.Name, "[") // without type arguments, which $ref and component names do not take
	name := base
	for i := 2; slices.ContainsFunc(d.all, func(k keyword) bool { return k.name == name }); i++ {
		name = base + strconv.Itoa(i)
	}
	d.names[identity] = name
	at := len(d.all)
	d.all.add(name, nil) // before what is in it, which leads back to it
	d.all[at].value = d.object(t, false)
	return name
}

// contains reports whether inner is somewhere in t. above are the types that were
// looked into.
func (t *Type) contains(inner *Type, above []*Type) bool {
	if slices.Contains(above, t) {
		return false
	}
	above = append(above, t)
	if t.Kind == Array {
		return t.Elem == inner || t.Elem.contains(inner, above)
	}
	return slices.ContainsFunc(t.Fields, func(f *Field) bool {
		return f.Type == inner || f.Type.contains(inner, above)
	})
}
