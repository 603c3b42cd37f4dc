package schema

import (
	"encoding"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Opt is a member that may be absent, null or set. The zero Opt is absent.
type Opt[T any] struct {
	Value T // means nothing unless IsSet
	state presence
}

// The indexes of Opt's fields.
const (
	optValue = 0
	optState = 1
)

type presence uint8

const (
	absent presence = iota
	null
	set
)

// Some is an Opt that is set to v.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, state: set} }

// Null is an Opt that is null.
func Null[T any]() Opt[T] { return Opt[T]{state: null} }

// IsSet reports whether o is present and not null.
func (o Opt[T]) IsSet() bool { return o.state == set }

// IsNull reports whether o is null.
func (o Opt[T]) IsNull() bool { return o.state == null }

// IsAbsent reports whether o is absent.
func (o Opt[T]) IsAbsent() bool { return o.state == absent }

// Given reports whether o is set or null.
func (o Opt[T]) Given() bool { return o.state != absent }

// Or is the value, or d unless it is set.
func (o Opt[T]) Or(d T) T {
	if o.state == set {
		return o.Value
	}
	return d
}

// IsZero reports whether o is absent, for json's omitzero.
func (o Opt[T]) IsZero() bool { return o.state == absent }

// MarshalJSONTo writes the value if o is set. Otherwise it writes null, or {}
// where T is a struct whose JSON is an object: the Data API's empty object.
func (o Opt[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch {
	case o.state == set:
		return json.MarshalEncode(enc, &o.Value)
	case isObject(&o.Value):
		return enc.WriteValue(jsontext.Value("{}"))
	default:
		return enc.WriteToken(jsontext.Null)
	}
}

// isObject reports whether v is a struct that json writes member by member.
func isObject[T any](v *T) bool {
	switch any(v).(type) {
	case json.MarshalerTo, json.Marshaler, encoding.TextAppender, encoding.TextMarshaler:
		return false
	}
	return reflect.TypeFor[T]().Kind() == reflect.Struct
}

// UnmarshalJSONFrom makes o null of null, and else sets it.
func (o *Opt[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*o = Null[T]()
	if dec.PeekKind() == 'n' {
		return dec.SkipValue()
	}
	if err := json.UnmarshalDecode(dec, &o.Value); err != nil {
		return err
	}
	o.state = set
	return nil
}

// optional is every *Opt.
type optional interface{ presence() *presence }

func (o *Opt[T]) presence() *presence { return &o.state }

// presenceOf is the presence of an Opt, which must be addressable.
func presenceOf(opt reflect.Value) *presence {
	return opt.Addr().Interface().(optional).presence()
}
