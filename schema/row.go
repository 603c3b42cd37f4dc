package schema

import (
	"reflect"
	"slices"
)

// Row writes values of struct type T as JSON objects with chosen members. It
// never changes and may be used by many at once.
type Row[T any] struct {
	t       *Type
	members []rendered // of t's fields
}

// Pick is a choice of a Row's members, in declared order. The zero Pick chooses
// none.
type Pick struct {
	fields  []*Field
	members []rendered
}

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
	row := &Row[T]{t: t}
	for _, f := range t.Fields {
		row.members = append(row.members, renderer{[]reflect.Type{goType}}.member(goType, f))
	}
	return row
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
			pick.fields, pick.members = append(pick.fields, f), append(pick.members, r.members[i])
		}
	}
	return pick, unknown
}

// Has reports whether the member of a name is picked.
func (p Pick) Has(name string) bool {
	return slices.ContainsFunc(p.fields, func(f *Field) bool { return f.Name == name })
}

// Append appends a JSON object of the picked members of v, as json would write them.
// A pick must come from a Row of T. It fails where a text is no UTF-8.
func (r *Row[T]) Append(dst []byte, v *T, pick Pick) ([]byte, error) {
	return appendMembers(dst, reflect.ValueOf(v).Elem(), pick.members)
}
