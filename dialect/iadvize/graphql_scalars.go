package iadvize

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/schema"
)

// The scalars of the schema, as the library that executes requests wants them. What
// comes in has been checked, and is in the form that document.coerce gives it.

// legacyID is the scalar LegacyId.
type legacyID int64

// ImplementsGraphQLType names the scalar.
func (legacyID) ImplementsGraphQLType(name string) bool { return name == "LegacyId" }

// UnmarshalGraphQL takes an id.
func (id *legacyID) UnmarshalGraphQL(value any) error {
	n, is := value.(int64)
	if !is {
		return fmt.Errorf("an id is a %T", value)
	}
	*id = legacyID(n)
	return nil
}

// dateTime is the scalar DateTime.
type dateTime time.Time

// ImplementsGraphQLType names the scalar.
func (dateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL refuses: no input has one.
func (*dateTime) UnmarshalGraphQL(any) error { return fmt.Errorf("no input has a DateTime") }

// MarshalJSON writes seconds, in UTC.
func (t dateTime) MarshalJSON() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, `"2006-01-02T15:04:05Z"`), nil
}

// momentOf is a moment, or nothing for the zero one.
func momentOf(t time.Time) *dateTime {
	if t.IsZero() {
		return nil
	}
	return (*dateTime)(&t)
}

// word is one of the scalars that are texts.
type word string

// ImplementsGraphQLType names the scalars.
func (word) ImplementsGraphQLType(name string) bool {
	return slices.Contains([]string{"URL", "Locale", "Language"}, name)
}

// UnmarshalGraphQL refuses: inputs are taken as inputObject.
func (*word) UnmarshalGraphQL(any) error { return fmt.Errorf("no argument is such a text") }

// inputObject is any of the input types. A member is absent, nil or of the form that
// document.coerce gives it.
type inputObject map[string]any

// ImplementsGraphQLType names the input types.
func (inputObject) ImplementsGraphQLType(name string) bool {
	return strings.HasSuffix(name, "Input") || strings.HasSuffix(name, "Filters")
}

// UnmarshalGraphQL takes an object, or nothing.
func (in *inputObject) UnmarshalGraphQL(value any) error {
	*in, _ = value.(map[string]any)
	return nil
}

// Nullable says that there may be none.
func (*inputObject) Nullable() {}

// given is what was given of an input object under a name.
func given[T any](in inputObject, name string) schema.Opt[T] {
	value, given := in[name]
	switch v, is := value.(T); {
	case is:
		return schema.Some(v)
	case given:
		return schema.Null[T]()
	}
	return schema.Opt[T]{}
}

// object is the input object within one; nil if there is none.
func (in inputObject) object(name string) inputObject {
	object, _ := in[name].(map[string]any)
	return object
}

// givenList are the elements of a list, each once.
func givenList[T comparable](in inputObject, name string) schema.Opt[[]T] {
	list := given[[]any](in, name)
	if !list.IsSet() {
		if list.IsNull() {
			return schema.Null[[]T]()
		}
		return schema.Opt[[]T]{}
	}
	elements, known := []T{}, map[T]bool{}
	for _, value := range list.Value {
		if element, is := value.(T); is && !known[element] {
			elements, known[element] = append(elements, element), true
		}
	}
	return schema.Some(elements)
}

// unlessNull is o, where null is nothing.
func unlessNull[T any](o schema.Opt[T]) schema.Opt[T] {
	if o.IsNull() {
		return schema.Opt[T]{}
	}
	return o
}

// as is o as another type of text.
func as[T ~string](o schema.Opt[string]) schema.Opt[T] {
	switch {
	case o.IsSet():
		return schema.Some(T(o.Value))
	case o.IsNull():
		return schema.Null[T]()
	}
	return schema.Opt[T]{}
}
