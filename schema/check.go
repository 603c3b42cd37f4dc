package schema

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// checking applies rules to values, which must be addressable.
type checking struct{ found findings }

// value checks v, of type t.
func (c *checking) value(t *Type, v reflect.Value, at place) {
	if !t.allows(v) {
		c.found.rule(errors.InvalidParameterValue, at.path(), t.shown(v))
	}
	switch t.Kind {
	case Object:
		c.object(t, v, at.path())
	case Array:
		c.array(t, v, at.path())
	}
}

func (c *checking) object(t *Type, v reflect.Value, at errors.Path) {
	for _, f := range t.Fields {
		c.member(f, v.FieldByIndex(f.index), at)
	}
	if t.checker {
		var bad errors.List
		v.Addr().Interface().(Checker).CheckTogether(at, &bad)
		for _, found := range bad.Violations() {
			c.found.add(found, false)
		}
	}
}

// member checks v, which field f of the object at in has.
func (c *checking) member(f *Field, v reflect.Value, in errors.Path) {
	state := f.presence(v)
	if state == absent && f.Required || state == null && (f.Required || f.NoNull) {
		c.found.rule(errors.RequiredParameterMissed, in.Key(f.Name), nil)
		return
	}
	if f.Optional {
		if state != set {
			return
		}
		v = v.Field(optValue)
	}
	c.value(f.Type, v, member(in, f.Name))
}

// presence is that of the field's value v, as far as v can tell.
func (f *Field) presence(v reflect.Value) presence {
	switch {
	case f.Optional:
		return *presenceOf(v)
	case (f.Type.Kind == Array || f.Type.Kind == Any) && v.IsNil():
		return absent
	case f.Type.Kind == Any && jsontext.Value(v.Bytes()).Kind() == 'n':
		return null
	}
	return set
}

func (c *checking) array(t *Type, v reflect.Value, at errors.Path) {
	n := v.Len()
	if t.items > 0 && n > t.items {
		c.found.rule(errors.DataLimitExceeded, at, nil)
		n = t.items
	}
	var seen map[any]bool
	if t.unique {
		seen = make(map[any]bool, n)
	}
	start := len(c.found.all)
	for i := 0; i < n && !c.found.full(start); i++ {
		elem := v.Index(i)
		c.value(t.Elem, elem, element(at, i))
		if t.unique {
			key := elem.Interface()
			if seen[key] {
				c.found.rule(errors.InvalidParameterValue, at.Index(i), t.Elem.shown(elem))
			}
			seen[key] = true
		}
	}
}

// allows reports whether v, of type t, keeps t's own rules.
func (t *Type) allows(v reflect.Value) bool {
	ok := true
	switch t.Kind {
	case String, Enum:
		s := v.String()
		ok = IsText(s) && t.length.has(int64(utf8.RuneCountInString(s))) && (t.enum == nil || slices.Contains(t.enum, s))
	case Number:
		ok = t.bounds.has(v.Int())
	}
	return ok && (!t.valuer || v.Addr().Interface().(Valuer).Valid())
}

// IsText reports whether s is UTF-8 without control characters.
func IsText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// shown is v, of type t, as a violation repeats it.
func (t *Type) shown(v reflect.Value) *string {
	switch t.Kind {
	case String, Enum:
		return errors.Shown(v.String())
	case Number:
		return errors.Shown(strconv.FormatInt(v.Int(), 10))
	case Boolean:
		return errors.Shown(strconv.FormatBool(v.Bool()))
	default:
		return nil
	}
}
