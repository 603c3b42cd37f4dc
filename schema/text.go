package schema

import (
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Text is v as JSON that tells values apart: the members that are given, in
// declared order, however they were written. Secrets, and the members of v itself
// that are called without, are left out.
func (s *Schema[T]) Text(v *T, without ...string) []byte {
	w := writing{without: map[string]bool{}}
	for _, name := range without {
		w.without[name] = true
	}
	w.value(s.root, reflect.ValueOf(v).Elem())
	return w.text
}

type writing struct {
	text    []byte
	without map[string]bool // at the top
	depth   int
}

func (w *writing) value(t *Type, v reflect.Value) {
	switch t.Kind {
	case String, Enum:
		w.text, _ = jsontext.AppendQuote(w.text, v.String()) // which fails for what is no UTF-8, and then writes something all the same
	case Number:
		w.text = strconv.AppendInt(w.text, v.Int(), 10)
	case Boolean:
		w.text = strconv.AppendBool(w.text, v.Bool())
	case Any:
		raw := jsontext.Value(v.Bytes()).Clone()
		if raw.Canonicalize() != nil || len(raw) == 0 {
			raw = jsontext.Value("null")
		}
		w.text = append(w.text, raw...)
	case Array:
		w.text = append(w.text, '[')
		for i := range v.Len() {
			w.separate()
			w.value(t.Elem, v.Index(i))
		}
		w.text = append(w.text, ']')
	case Object:
		w.object(t, v)
	}
}

func (w *writing) object(t *Type, v reflect.Value) {
	w.text = append(w.text, '{')
	w.depth++
	for _, f := range t.Fields {
		m := v.FieldByIndex(f.index)
		if f.Secret || w.depth == 1 && w.without[f.Name] || f.Optional && *presenceOf(m) == absent {
			continue
		}
		w.separate()
		w.text, _ = jsontext.AppendQuote(w.text, f.Name)
		w.text = append(w.text, ':')
		switch {
		case !f.Optional:
			w.value(f.Type, m)
		case *presenceOf(m) == null:
			w.text = append(w.text, "null"...)
		default:
			w.value(f.Type, m.Field(optValue))
		}
	}
	w.depth--
	w.text = append(w.text, '}')
}

// separate writes a comma unless what comes is the first.
func (w *writing) separate() {
	if last := w.text[len(w.text)-1]; last != '[' && last != '{' {
		w.text = append(w.text, ',')
	}
}
