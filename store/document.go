package store

import (
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// readDocument reads an employee's document. As the store writes them, without white
// space and with members in the order of the struct, documents are read several times
// as fast as json can; one that is otherwise is left to json. Texts are parts of the
// document, not copies.
var readDocument = quickly[directory.Employee]()

// readNumbers reads phone numbers, see reader.numbers, in the same way.
var readNumbers = quickly[[]directory.Number]()

func quickly[T any]() func(text string, to *T) error {
	read := readerOf(reflect.TypeFor[T]())
	return func(text string, to *T) error {
		if rest, ok := read(text, reflect.ValueOf(to).Elem()); ok && rest == "" && utf8.ValidString(text) {
			return nil
		}
		*to = *new(T)
		return json.Unmarshal([]byte(text), to)
	}
}

// valueReader reads the JSON of a Go type off the beginning of a text into a variable.
// It gives up, and leaves whatever it has read by then, where the text is not as
// json writes the type, or has something to unquote.
type valueReader func(text string, v reflect.Value) (rest string, ok bool)

// readerOf makes the valueReader of a type of which there are values in documents.
func readerOf(t reflect.Type) valueReader {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return readTime
	case t.Kind() == reflect.String:
		return func(text string, v reflect.Value) (string, bool) {
			value, rest, ok := readText(text)
			v.SetString(value)
			return rest, ok
		}
	case t.Kind() == reflect.Int64:
		return readWhole
	case t.Kind() == reflect.Bool:
		return readBool
	case t.Kind() == reflect.Slice:
		return readElements(t, readerOf(t.Elem()))
	case t.Kind() == reflect.Pointer:
		elem := readerOf(t.Elem())
		return func(text string, v reflect.Value) (string, bool) {
			v.Set(reflect.New(t.Elem()))
			return elem(text, v.Elem())
		}
	case t.Kind() == reflect.Struct:
		return readMembers(t)
	}
	panic("store: a document cannot have a " + t.String())
}

// readText reads a string without escapes.
func readText(text string) (value, rest string, ok bool) {
	if text == "" || text[0] != '"' {
		return "", "", false
	}
	end := strings.IndexByte(text[1:], '"') + 1
	if end == 0 || strings.IndexByte(text[1:end], '\\') >= 0 {
		return "", "", false
	}
	return text[1:end], text[end+1:], true
}

func readTime(text string, v reflect.Value) (string, bool) {
	value, rest, ok := readText(text)
	if !ok {
		return "", false
	}
	at, err := time.Parse(time.RFC3339, value)
	*v.Addr().Interface().(*time.Time) = at
	return rest, err == nil
}

func readWhole(text string, v reflect.Value) (string, bool) {
	end := 0
	for end < len(text) && (text[end] == '-' || '0' <= text[end] && text[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	v.SetInt(n)
	return text[end:], err == nil
}

func readBool(text string, v reflect.Value) (string, bool) {
	rest, is := strings.CutPrefix(text, "true")
	v.SetBool(is)
	if !is {
		rest, is = strings.CutPrefix(text, "false")
	}
	return rest, is
}

func readElements(t reflect.Type, elem valueReader) valueReader {
	return func(text string, v reflect.Value) (rest string, ok bool) {
		rest, ok = strings.CutPrefix(text, "[")
		if rest, empty := strings.CutPrefix(rest, "]"); empty {
			v.Set(reflect.MakeSlice(t, 0, 0))
			return rest, ok
		}
		for n := 0; ok; n++ {
			if n == v.Cap() {
				v.Grow(max(n, 3))
			}
			v.SetLen(n + 1)
			if rest, ok = elem(rest, v.Index(n)); !ok || rest == "" {
				return "", false
			}
			next := rest[0]
			rest = rest[1:]
			switch next {
			case ']':
				return rest, true
			case ',':
			default:
				return "", false
			}
		}
		return "", false
	}
}

func readMembers(t reflect.Type) valueReader {
	type member struct {
		name string // with quotes and colon
		read valueReader
	}
	var members []member
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		members = append(members, member{`"` + name + `":`, readerOf(field.Type)})
	}
	return func(text string, v reflect.Value) (string, bool) {
		rest, ok := strings.CutPrefix(text, "{")
		for i := range members {
			if rest == "" || rest[0] != '"' {
				break
			}
			value, is := strings.CutPrefix(rest, members[i].name)
			if !is {
				continue
			}
			if rest, is = members[i].read(value, v.Field(i)); !is || rest == "" {
				return "", false
			}
			if strings.HasPrefix(rest, `,"`) {
				rest = rest[1:]
			} else if rest[0] != '}' {
				return "", false
			}
		}
		rest, end := strings.CutPrefix(rest, "}")
		return rest, ok && end
	}
}
