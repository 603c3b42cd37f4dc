package schema

import (
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// appender appends values of one Go type as json writes them: the same bytes, without
// a look at the type for each value. The value must be addressable.
type appender func(dst []byte, v reflect.Value) ([]byte, error)

// renderer makes appenders. within are the structs that lead to the type.
type renderer struct{ within []reflect.Type }

// of is t's appender. What json has rules of its own for is left to json.
func (r renderer) of(t reflect.Type) appender {
	switch {
	case implements(t, optionalType):
		return r.opt(t)
	case implements(t, textTypes...), implements(t, jsonTypes...), isBytes(t):
		return appendByJSON
	}
	switch t.Kind() {
	case reflect.String:
		return appendText
	case reflect.Bool:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(dst, v.Bool()), nil }
	case reflect.Int64:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(dst, v.Int(), 10), nil }
	case reflect.Slice:
		return appendElements(r.of(t.Elem()))
	case reflect.Struct:
		return r.object(t)
	}
	return appendByJSON
}

func appendByJSON(dst []byte, v reflect.Value) ([]byte, error) {
	text, err := json.Marshal(v.Addr().Interface(), json.Deterministic(true))
	return append(dst, text...), err
}

// appendText copies a text in which there is nothing to escape.
func appendText(dst []byte, v reflect.Value) ([]byte, error) {
	text := v.String()
	var all byte
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c == '"' || c == '\\' {
			return jsontext.AppendQuote(dst, text)
		}
		all |= c
	}
	if all >= utf8.RuneSelf && !utf8.ValidString(text) {
		return jsontext.AppendQuote(dst, text)
	}
	dst = append(append(dst, '"'), text...)
	return append(dst, '"'), nil
}

func appendElements(elem appender) appender {
	return func(dst []byte, v reflect.Value) (_ []byte, err error) {
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = elem(dst, v.Index(i)); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
}

// opt does what Opt.MarshalJSONTo does.
func (r renderer) opt(t reflect.Type) appender {
	inner := t.Field(optValue).Type
	value, none := r.of(inner), "null"
	if inner.Kind() == reflect.Struct && !implements(inner, textTypes...) && !implements(inner, jsonTypes...) {
		none = "{}"
	}
	return func(dst []byte, v reflect.Value) ([]byte, error) {
		if presence(v.Field(optState).Uint()) != set {
			return append(dst, none...), nil
		}
		return value(dst, v.Field(optValue))
	}
}

// rendered is how a struct's member is written.
type rendered struct {
	index  []int
	name   string // with quotes and colon
	append appender
}

func (r renderer) member(t reflect.Type, f *Field) rendered {
	name, err := jsontext.AppendQuote(nil, f.Name)
	if err != nil {
		fail(t.String(), "%v", err)
	}
	return rendered{f.index, string(name) + ":", r.of(t.FieldByIndex(f.index).Type)}
}

func (r renderer) object(t reflect.Type) appender {
	if slices.Contains(r.within, t) {
		return appendByJSON
	}
	inside := renderer{append(slices.Clip(r.within), t)}
	var members []rendered
	for _, f := range compileOutput(t).Fields {
		if f.options != "" {
			return appendByJSON
		}
		members = append(members, inside.member(t, f))
	}
	return func(dst []byte, v reflect.Value) ([]byte, error) { return appendMembers(dst, v, members) }
}

func appendMembers(dst []byte, v reflect.Value, members []rendered) (_ []byte, err error) {
	dst = append(dst, '{')
	for i := range members {
		m := &members[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, m.name...)
		if dst, err = m.append(dst, v.FieldByIndex(m.index)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
