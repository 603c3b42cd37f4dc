package schema

import (
	"encoding"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// Kind is what a value looks like in JSON.
type Kind string

// The kinds. An enum is a string of which all allowed values are known.
const (
	String  Kind = "string"
	Number  Kind = "number"
	Boolean Kind = "boolean"
	Enum    Kind = "enum"
	Array   Kind = "array"
	Object  Kind = "object"
	Any     Kind = "any"
)

func (k Kind) isScalar() bool {
	return k == String || k == Number || k == Boolean || k == Enum
}

// Type describes the values of a Go type. The tree has a cycle where a struct
// contains itself.
type Type struct {
	Kind   Kind
	Name   string   // of an object, its Go type's; "" if that has none
	Elem   *Type    // of an array, its elements'
	Fields []*Field // of an object, in declared order

	rules
	strict   bool           // of an object: Decode refuses members that Fields lacks
	fraction bool           // of a number: it need not be whole
	index    map[string]int // of Fields, by name
	empty    reflect.Value  // of an array: without elements and not nil
	valuer   bool
	checker  bool
}

// rules are the rules of values that a field's tags give to its type.
type rules struct {
	length span
	bounds span
	enum   []string
	items  int // 0 is without limit
	unique bool
}

// Field describes a member of an object.
type Field struct {
	Name, Doc, Unit, Default, Example, Component string

	Optional bool // an Opt: may be absent, and null unless Required or NoNull
	Required bool
	NoNull   bool
	Secret   bool
	Unique   bool
	Filter   bool
	Sort     bool
	Ours     bool

	Length, Range, Items string   // as the tags have them
	Enum                 []string // of an array, its elements'

	Type *Type // of an Opt, its value's

	index    []int         // in the Go struct
	options  string        // of the json tag
	fallback reflect.Value // the parsed Default
}

// Valuer is a type that knows whether its own value is allowed, which is asked
// when the tags' rules allow it. False is invalid_parameter_value. A pointer may
// be the receiver.
type Valuer interface{ Valid() bool }

// Checker is a struct whose members must fit together. Check calls it after the
// members' own rules, whatever they found. at is the place of the struct; what
// is wrong is added to bad, in any order, and dropped where the place has a
// violation already. A member that Decode could not read has been given, and has
// its zero value. A pointer may be the receiver. The method of an embedded struct
// counts as the struct's own, unless that has one itself.
type Checker interface {
	CheckTogether(at errors.Path, bad *errors.List)
}

// Describer is a type that writes its own JSON and can describe it, for
// documentation. It is asked on a zero value.
type Describer interface{ Describe() *Type }

var (
	describerType = reflect.TypeFor[Describer]()
	rawType       = reflect.TypeFor[jsontext.Value]()
	optionalType  = reflect.TypeFor[optional]()
	valuerType    = reflect.TypeFor[Valuer]()
	checkerType   = reflect.TypeFor[Checker]()

	textTypes = []reflect.Type{reflect.TypeFor[encoding.TextAppender](), reflect.TypeFor[encoding.TextMarshaler]()}
	jsonTypes = []reflect.Type{reflect.TypeFor[json.MarshalerTo](), reflect.TypeFor[json.Marshaler]()}
)

// implements reports whether a value of type t in a variable is one of ifaces.
func implements(t reflect.Type, ifaces ...reflect.Type) bool {
	return slices.ContainsFunc(ifaces, reflect.PointerTo(t).Implements)
}

// compiler builds the tree of one type.
type compiler struct {
	revision string
	output   bool // the type is only written: json decides what it can be
	partial  bool // nothing is required where the compiler is
	objects  map[objectKey]*Type
}

// objectKey tells apart the descriptions of one Go type.
type objectKey struct {
	t       reflect.Type
	partial bool
}

func compile(t reflect.Type, revision string) *Type {
	c := compiler{revision: revision, objects: map[objectKey]*Type{}}
	root := c.typeOf(t.String(), t, rules{length: unbounded, bounds: unbounded})
	if root.Kind != Object && root.Kind != Array {
		fail(t.String(), "is neither a struct nor a slice")
	}
	return root
}

func compileOutput(t reflect.Type) *Type {
	if t.Kind() != reflect.Struct {
		fail(t.String(), "is no struct")
	}
	c := compiler{output: true, objects: map[objectKey]*Type{}}
	return c.object(t)
}

// typeOf describes t, which is found at where and has rules r.
func (c *compiler) typeOf(where string, t reflect.Type, r rules) *Type {
	switch {
	case t == rawType:
		return &Type{Kind: Any, rules: r}
	case implements(t, optionalType):
		fail(where, "an Opt must be the member of a struct")
	case c.output && (implements(t, textTypes...) || isBytes(t)):
		return &Type{Kind: String, rules: r}
	case c.output && implements(t, describerType):
		return reflect.New(t).Interface().(Describer).Describe()
	case c.output && implements(t, jsonTypes...):
		return &Type{Kind: Any, rules: r}
	case t.Kind() == reflect.Struct:
		return c.object(t)
	case t.Kind() == reflect.Slice, c.output && t.Kind() == reflect.Array:
		elem := r
		elem.items, elem.unique = 0, false
		return &Type{
			Kind: Array, Elem: c.typeOf(where, t.Elem(), elem),
			rules: r, empty: reflect.MakeSlice(reflect.SliceOf(t.Elem()), 0, 0), valuer: implements(t, valuerType),
		}
	}
	kind := c.scalar(t.Kind())
	switch {
	case kind == "":
		fail(where, "a %s cannot be described", t)
	case kind == String && r.enum != nil:
		kind = Enum
	}
	fraction := t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
	return &Type{Kind: kind, rules: r, fraction: fraction, valuer: implements(t, valuerType)}
}

// isBytes reports whether json writes t as one string in base64.
func isBytes(t reflect.Type) bool {
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && t.Elem().Kind() == reflect.Uint8
}

// scalar is the kind of a Go kind, or "".
func (c *compiler) scalar(k reflect.Kind) Kind {
	switch {
	case k == reflect.String:
		return String
	case k == reflect.Bool:
		return Boolean
	case k == reflect.Int64:
		return Number
	case !c.output:
		return ""
	case reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr:
		return Number
	case k == reflect.Map, k == reflect.Interface:
		return Any
	}
	return ""
}

func (c *compiler) object(t reflect.Type) *Type {
	key := objectKey{t, c.partial}
	if o, ok := c.objects[key]; ok {
		return o
	}
	o := &Type{
		Kind: Object, Name: t.Name(), strict: !c.output, index: map[string]int{},
		valuer: implements(t, valuerType), checker: implements(t, checkerType),
	}
	o.length, o.bounds = unbounded, unbounded
	c.objects[key] = o // before its fields, which may lead back to it
	c.fields(o, t, nil)
	return o
}

// fields adds to o the fields of t, which is o's Go type, or embedded in it at
// index.
func (c *compiler) fields(o *Type, t reflect.Type, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		where := t.String() + "." + sf.Name
		tag := parseTags(where, string(sf.Tag), c.revision)
		name, options, _ := strings.Cut(tag.value["json"], ",")
		at := append(slices.Clone(index), i)

		switch {
		case name == "-":
			continue
		case sf.Anonymous && name == "":
			partial := tag.flag("partial")
			if delete(tag.value, "partial"); sf.Type.Kind() != reflect.Struct || len(tag.value) > 0 {
				fail(where, "what is embedded must be a struct without tags but partial")
			}
			if implements(sf.Type, checkerType) && !implements(t, checkerType) {
				fail(where, "its CheckTogether is hidden or ambiguous in %s", t)
			}
			c.within(partial, func() { c.fields(o, sf.Type, at) })
			continue
		case !sf.IsExported() && sf.Tag == "":
			continue
		case !sf.IsExported():
			fail(where, "is not exported")
		case name == "":
			fail(where, "has no json tag")
		case options != "" && options != "omitzero" && !c.output:
			fail(where, "json option %q is not supported", options)
		}
		if _, twice := o.index[name]; twice {
			fail(where, "the name %q stands twice", name)
		}
		f := c.field(name, sf.Type, tag)
		f.index, f.options = at, options
		o.index[name] = len(o.Fields)
		o.Fields = append(o.Fields, f)
	}
}

// within compiles what is below a tag partial, if there is one.
func (c *compiler) within(partial bool, compile func()) {
	outside := c.partial
	c.partial = outside || partial
	compile()
	c.partial = outside
}

func (c *compiler) field(name string, t reflect.Type, tag tags) *Field {
	f := &Field{
		Name: name, Doc: tag.value["doc"], Unit: tag.value["unit"], Default: tag.value["default"], Example: tag.value["example"], Component: tag.value["component"],
		Required: tag.flag("required") && !c.partial, NoNull: tag.choice("null", "yes", "no"), Secret: tag.flag("secret"), Unique: tag.flag("unique"),
		Filter: tag.flag("filter"), Sort: tag.flag("sort"), Ours: tag.flag("ours"),
		Length: tag.value["length"], Range: tag.value["range"], Items: tag.value["items"], Enum: tag.list("enum"),
		Optional: implements(t, optionalType),
	}
	if f.Optional {
		t = t.Field(optValue).Type
	}
	c.within(tag.flag("partial"), func() {
		f.Type = c.typeOf(tag.where, t, rules{
			length: tag.span("length"), bounds: tag.span("range"), enum: f.Enum, items: tag.count("items"), unique: f.Unique,
		})
	})
	f.mustFit(tag.where)
	if c.output {
		f.NoNull = f.NoNull || f.Type.Kind == Object // written as {}, see Opt.MarshalJSONTo
	} else {
		f.mustAllow(tag.where, reflect.New(t).Elem())
	}
	return f
}

// mustFit fails where a rule is given to a type that it says nothing about.
func (f *Field) mustFit(where string) {
	leaf := f.Type
	for leaf.Kind == Array {
		leaf = leaf.Elem
	}
	isArray := f.Type.Kind == Array
	for _, r := range []struct {
		key        string
		given, fit bool
	}{
		{"length", f.Length != "", leaf.Kind == String || leaf.Kind == Enum},
		{"range", f.Range != "", leaf.Kind == Number},
		{"enum", f.Enum != nil, leaf.Kind == Enum},
		{"items", f.Items != "", isArray},
		{"unique", f.Unique, isArray && f.Type.Elem.Kind.isScalar()},
	} {
		if r.given && !r.fit {
			fail(where, "%s means nothing for its type", r.key)
		}
	}
}

// mustAllow fails where the field's own rules refuse its default, or the zero
// value that stands for an absent member. v is a zero value of the field's type.
func (f *Field) mustAllow(where string, v reflect.Value) {
	switch {
	case f.Default != "":
		if !f.Optional {
			fail(where, "only an Opt can have a default")
		}
		if !f.Type.Kind.isScalar() && !(f.Type.Kind == Array && f.Type.Elem.Kind.isScalar()) {
			fail(where, "default means nothing for its type")
		}
		text := jsontext.Value(f.Default)
		if f.Type.Kind == String || f.Type.Kind == Enum {
			text, _ = jsontext.AppendQuote(nil, f.Default)
		}
		d := newDecoding(text, nil)
		err := d.document(f.Type, v)
		c := checking{found: d.found}
		c.value(f.Type, v, root)
		if err != nil || len(c.found.all) > 0 {
			fail(where, "default %q is not allowed", f.Default)
		}
		f.fallback = v
	case !f.Optional && !f.Required && f.Type.Kind.isScalar() && !f.Type.allows(v):
		fail(where, "must be required or an Opt: its rules refuse the value it has when absent")
	}
}
