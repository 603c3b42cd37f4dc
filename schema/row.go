package schema

import (
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Row writes values of struct type T as JSON objects with chosen members. It
// never changes and may be used by many at once.
type Row[T any] struct{ t *Type }

// Pick is a choice of a Row's members, in declared order. The zero Pick chooses
// none.
type Pick struct{ fields []*Field }

// RowOf describes the rows of T, a struct without pointers whose members json
// can write. It is made once. The tags are those of Of, and carried; none is
// applied. RowOf panics where a tag is not as the package comment says, or has a
// json option: a row has all its chosen members.
func RowOf[T any]() *Row[T] {
	t := reflect.TypeFor[T]()
	return once(t, func() *Row[T] { return newRow[T](t) })
}

func newRow[T any](goType reflect.Type) *Row[T] {
	t := compileOutput(goType)
	for _, f := range t.Fields {
		if f.options != "" {
			fail(t.Name+"."+f.Name, "json option %q means nothing in a row", f.options)
		}
	}
	return &Row[T]{t}
}

// Fields describes all members, in declared order. It must not be changed.
func (r *Row[T]) Fields() []*Field { return r.t.Fields }

// Field is the member of a name, nil if there is none. It must not be changed.
func (r *Row[T]) Field(name string) *Field {
	if i, ok := r.t.index[name]; ok {
		return r.t.Fields[i]
	}
	return nil
}

// Type is the row as a tree, for documentation. It must not be changed.
func (r *Row[T]) Type() *Type { return r.t }

// Pick chooses members by name; no names choose all that are not ours. unknown
// is the index of the first name that is no member's, and -1 if all are; the
// pick then has the others.
func (r *Row[T]) Pick(names []string) (pick Pick, unknown int) {
	unknown = -1
	chosen := make([]bool, len(r.t.Fields))
	for i, name := range names {
		if at, ok := r.t.index[name]; ok {
			chosen[at] = true
		} else if unknown < 0 {
			unknown = i
		}
	}
	for i, f := range r.t.Fields {
		if chosen[i] || len(names) == 0 && !f.Ours {
			pick.fields = append(pick.fields, f)
		}
	}
	return pick, unknown
}

// Has reports whether the member of a name is picked.
func (p Pick) Has(name string) bool {
	return slices.ContainsFunc(p.fields, func(f *Field) bool { return f.Name == name })
}

// Append writes the picked members of v. A pick must come from a Row of T.
func (r *Row[T]) Append(enc *jsontext.Encoder, v *T, pick Pick) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	row := reflect.ValueOf(v).Elem()
	for _, f := range pick.fields {
		if err := enc.WriteToken(jsontext.String(f.Name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, row.FieldByIndex(f.index).Addr().Interface()); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}
