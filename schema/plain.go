package schema

import (
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// PlainOf returns a function that appends values of T as json.Marshal writes them, in
// about half of the time. T is made of structs, slices, pointers, strings, booleans, int64 and
// time.Time, none of which says itself how it is written; members may have the json
// options omitempty and omitzero. PlainOf panics where T has something else.
// Errors: a text that is no UTF-8, a year that is not of four digits.
func PlainOf[T any]() func(dst []byte, v *T) ([]byte, error) {
	appendPlain := plain(reflect.TypeFor[T]())
	return func(dst []byte, v *T) ([]byte, error) { return appendPlain(dst, reflect.ValueOf(v).Elem()) }
}

func plain(t reflect.Type) appender {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return appendTime
	case implements(t, textTypes...), implements(t, jsonTypes...), isBytes(t):
		fail(t.String(), "says itself how it is written")
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int64:
		return renderer{}.of(t)
	case reflect.Slice:
		return appendElements(plain(t.Elem()))
	case reflect.Pointer:
		elem := plain(t.Elem())
		return func(dst []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return append(dst, "null"...), nil
			}
			return elem(dst, v.Elem())
		}
	case reflect.Struct:
		return plainObject(t)
	}
	fail(t.String(), "is not plain")
	return nil
}

// appendTime also has json refuse what it refuses.
func appendTime(dst []byte, v reflect.Value) ([]byte, error) {
	at := v.Addr().Interface().(*time.Time)
	if year := at.Year(); at.Location() != time.UTC || year < 0 || year > 9999 {
		return appendByJSON(dst, v)
	}
	dst = append(dst, '"')
	return append(at.AppendFormat(dst, time.RFC3339Nano), '"'), nil
}

// plainMember is how a member is written, and when not.
type plainMember struct {
	index     int
	name      string // with quotes and colon
	append    appender
	omitZero  bool
	omitEmpty bool
}

func plainObject(t reflect.Type) appender {
	var members []plainMember
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || f.Anonymous || !f.IsExported() || options != "" && options != "omitzero" && options != "omitempty" {
			fail(t.String(), "%s is not plain", f.Name)
		}
		if _, says := f.Type.MethodByName("IsZero"); says && options == "omitzero" {
			fail(t.String(), "%s says itself whether it is zero", f.Name)
		}
		quoted, err := jsontext.AppendQuote(nil, name)
		if err != nil {
			fail(t.String(), "%v", err)
		}
		members = append(members, plainMember{i, string(quoted) + ":", plain(f.Type), options == "omitzero", options == "omitempty"})
	}
	return func(dst []byte, v reflect.Value) (_ []byte, err error) {
		dst = append(dst, '{')
		begin := len(dst)
		for i := range members {
			m := &members[i]
			member := v.Field(m.index)
			if m.omitZero && member.IsZero() {
				continue
			}
			before := len(dst)
			if before > begin {
				dst = append(dst, ',')
			}
			dst = append(dst, m.name...)
			value := len(dst)
			if dst, err = m.append(dst, member); err != nil {
				return dst, err
			}
			if m.omitEmpty && isEmpty(dst[value:]) {
				dst = dst[:before]
			}
		}
		return append(dst, '}'), nil
	}
}

// isEmpty reports whether json omits a value that is to be omitted when it is empty.
func isEmpty(value []byte) bool {
	switch string(value) {
	case `""`, "[]", "{}", "null":
		return true
	}
	return false
}
