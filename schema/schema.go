// Package schema turns a Go struct type with tags into one tree, from which
// come strict decoding of JSON with every violation and its place, checks of
// values, and descriptions for generated documentation.
//
// It describes types and knows none: no employee, no JSON-RPC, no HTTP.
//
// # Types
//
// A member is of a string, bool or int64 kind (named ones included), a struct,
// a [jsontext.Value] (any JSON, kept raw), a slice of these, or an [Opt] of all
// these. An embedded struct's members are spliced in where it stands. A struct
// may contain itself through a slice or an Opt.
//
// A member that may be absent is an Opt. Of one that is none, only [Schema.Decode]
// can tell whether it was given: [Schema.Check] takes a nil slice for absent and
// every other value for given. An absent struct that is neither an Opt nor
// required is read as an empty one; other such members have their zero value,
// which their rules must allow.
//
// # Tags
//
//	json       the member's name; "-" leaves the field out; every field needs one
//	doc        text for the documentation
//	unit       of a number: s, bytes
//	example    a value for the documentation
//	default    the value in Schema.Default; an array's is written as JSON
//	required   true: absent or null is required_parameter_missed
//	null       no: null is required_parameter_missed
//	length     1..255: characters of a string; an end may be left open
//	range      1..150: of a number; an end may be left open
//	enum       a,b: the only strings allowed
//	items      10: an array with more elements is data_limit_exceeded
//	unique     true: an element that was there before is invalid_parameter_value
//	secret     true: no violation repeats the value or what is in it
//	partial    true: nothing that the member's type requires is required here;
//	           also on what is embedded, and the only tag that may be
//	filter     true: carried for others
//	sort       true: carried for others
//	ours       true: carried for others, and not in a Row unless asked for
//	component  trainer: carried for others
//
// Rules of an Opt are those of its value. Of an array, length, range and enum
// are rules of its elements. A key may end in @ and a revision of the contract,
// and then wins over the plain one under that revision: required@seed:"true".
// An empty value is as no tag.
//
// Besides, a string must be UTF-8 without control characters.
package schema

import (
	"reflect"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// MaxViolations is how many violations one call reports at most; those that
// come later in the order are cut.
const MaxViolations = 100

// Schema decodes and checks values of type T. It never changes and may be used
// by many at once.
type Schema[T any] struct{ root *Type }

// Of is the schema of T, a struct or a slice, under a revision of the contract:
// any word, or "". It is made once. Of panics where a type or a tag is not as the
// package comment says.
func Of[T any](revision string) *Schema[T] {
	t := reflect.TypeFor[T]()
	return once(schemaKey{t, revision}, func() *Schema[T] { return &Schema[T]{root: compile(t, revision)} })
}

// schemaKey tells schemas apart; a Row's key is its type alone.
type schemaKey struct {
	t        reflect.Type
	revision string
}

// made are the schemas and rows that were asked for before: each follows from its
// type, so that nothing but time depends on whether it is there.
var made sync.Map

func once[V any](key any, build func() V) V {
	if v, ok := made.Load(key); ok {
		return v.(V)
	}
	v, _ := made.LoadOrStore(key, build())
	return v.(V)
}

// Decode reads params into a T. It looks at the shape only and returns a value
// that is still to be checked.
//
// The violations of shape are unexpected_parameters for an unknown member,
// data_type_error for another JSON type (null included, where no Opt allows it),
// invalid_parameter_value for a number that is not whole or not in an int64, and
// required_parameter_missed for a required member that is no Opt and absent or
// null. If there is any, Decode adds what Check finds on the rest, and returns
// all as an *errors.Error, MaxViolations at most. Of an object, the unknown
// members come first, as they appear, then what is wrong with the object as a
// whole, then its members in declared order; of an array, it as a whole, then its
// elements. One place gets one violation, and what lies below a violation of
// shape gets none.
//
// Where T is a struct, params may be an array, its members by position in
// declared order; a null is then an absent member. Params of no length are {}.
// The members called reserved, which someone else reads, are skipped. Of an
// array that is longer than its items allow, one element more is kept, and it is
// empty.
//
// Duplicate names, depth and size are the caller's to limit beforehand; params
// that are not JSON are parse_error.
func (s *Schema[T]) Decode(params jsontext.Value, reserved ...string) (T, error) {
	var v, none T
	if len(params) == 0 {
		params = jsontext.Value("{}")
	}
	into := reflect.ValueOf(&v).Elem()
	d := newDecoding(params, reserved)
	defer d.end()
	if d.document(s.root, into) != nil {
		return none, errors.E(errors.ParseError)
	}
	if len(d.found.all) == 0 {
		return v, nil
	}
	c := checking{found: d.found}
	c.value(s.root, into, root)
	return none, c.found.err(s.root, d.positional)
}

// Check applies the rules of the tags to v, and those of every Valuer and
// Checker in it. It returns nil or an *errors.Error with all violations, in the
// order of Decode and MaxViolations at most.
func (s *Schema[T]) Check(v *T) error {
	var c checking
	c.value(s.root, reflect.ValueOf(v).Elem(), root)
	return c.found.err(s.root, false)
}

// Arrange turns violations that were found elsewhere in a value of T into an error
// as Check's: in its order, one a place, without secrets. It is nil if there are
// none.
func (s *Schema[T]) Arrange(bad *errors.List) error {
	var f findings
	for _, v := range bad.Violations() {
		f.add(v, false)
	}
	return f.err(s.root, false)
}

// Type is the tree, for documentation. It must not be changed.
func (s *Schema[T]) Type() *Type { return s.root }

// Default is a T in which each Opt with a default is set to it. What is inside
// an Opt or an array is not looked at: its type has defaults of its own.
func (s *Schema[T]) Default() T {
	var v T
	setDefaults(s.root, reflect.ValueOf(&v).Elem())
	return v
}

func setDefaults(t *Type, v reflect.Value) {
	for _, f := range t.Fields {
		m := v.FieldByIndex(f.index)
		switch {
		case f.fallback.IsValid():
			*presenceOf(m) = set
			m.Field(optValue).Set(f.fallback)
			if f.Type.Kind == Array { // the caller may change his
				own := reflect.MakeSlice(f.fallback.Type(), 0, f.fallback.Len())
				m.Field(optValue).Set(reflect.AppendSlice(own, f.fallback))
			}
		case !f.Optional && f.Type.Kind == Object:
			setDefaults(f.Type, m)
		}
	}
}
