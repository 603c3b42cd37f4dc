package importer

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// member is one member of a JSON object.
type member struct {
	name  string
	value jsontext.Value
}

// members splits an object, whose members keep their order. The values are parts
// of object.
func members(object jsontext.Value) ([]member, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(object))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var all []member
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		m := member{name: name.String()}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		m.value = value.Clone()
		all = append(all, m)
	}
	_, err := dec.ReadToken()
	return all, err
}

// objectOf is the object of some members.
func objectOf(all []member) jsontext.Value {
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, m.name) // names came from JSON
		out = append(append(out, ':'), m.value...)
	}
	return append(out, '}')
}

// find is the member called name, or nil.
func find(all []member, name string) *member {
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
	}
	return nil
}

// without is all but the members called so.
func without(all []member, names ...string) []member {
	kept := make([]member, 0, len(all))
next:
	for _, m := range all {
		for _, name := range names {
			if m.name == name {
				continue next
			}
		}
		kept = append(kept, m)
	}
	return kept
}

// textOf is a JSON string; false for anything else, and for the empty text.
func textOf(value jsontext.Value) (string, bool) {
	if value.Kind() != '"' {
		return "", false
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return string(text), err == nil && len(text) > 0
}

// stringIn is the text of a member, or "".
func stringIn(all []member, name string) string {
	if m := find(all, name); m != nil {
		text, _ := textOf(m.value)
		return text
	}
	return ""
}

// objectIn are the members of a member that is an object, or nil.
func objectIn(all []member, name string) []member {
	m := find(all, name)
	if m == nil || m.value.Kind() != '{' {
		return nil
	}
	inner, err := members(m.value)
	if err != nil {
		return nil
	}
	return inner
}

// at is the text at a dotted path of objects, or "".
func at(all []member, path string) string {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			return stringIn(all, name)
		}
		all, path = objectIn(all, name), rest
	}
}

func number(id int64) jsontext.Value { return jsontext.Value(strconv.FormatInt(id, 10)) }

// valueOf is v in JSON; v has a JSON form.
func valueOf(v any) jsontext.Value {
	value, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return value
}
