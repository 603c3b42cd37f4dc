package rocketchat

import (
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
)

// rule is what a parameter may be: as much of JSON Schema as the vendor's published
// schemas use here, with their messages, and with the coercions of the validator
// that the vendor runs them by (ajv with coerceTypes).
type rule struct {
	kind     kind // "" for any
	nullable bool
	length   int      // of a text, at least, in characters
	words    []string // that a text may be; any if empty

	required []string
	members  []member // of an object
	open     bool     // an object may have others

	items    *rule // of an array; nil for any
	count    int   // of items, at least
	distinct bool  // items that are texts stand there once

	either []rule // instead of all else: one of these must hold
}

type member struct {
	name string
	rule rule
}

type kind string

const (
	aText    kind = "string"
	aNumber  kind = "number"
	aBoolean kind = "boolean"
	anObject kind = "object"
	anArray  kind = "array"
)

// text, number, flag, list and anything are members of a rule.
func text(name string) member     { return member{name, rule{kind: aText}} }
func number(name string) member   { return member{name, rule{kind: aNumber}} }
func flag(name string) member     { return member{name, rule{kind: aBoolean}} }
func anything(name string) member { return member{name, rule{}} }
func list(name string, items rule) member {
	return member{name, rule{kind: anArray, items: &items}}
}

// orNull lets a member be null.
func (m member) orNull() member {
	m.rule.nullable = true
	return m
}

// closed is a rule for an object that has these members and no others.
func closed(required []string, members ...member) rule {
	return rule{kind: anObject, required: required, members: members}
}

// origin is where a value is from.
type origin bool

const (
	fromBody  origin = false
	fromQuery origin = true // where one value and a list of one are the same
)

// check returns value as the rule wants it, or what is wrong with it: one message,
// as the validator stops at the first, or several where none of either holds.
func (r *rule) check(value any, from origin) (any, []string) {
	if len(r.either) > 0 {
		return r.checkEither(value, from)
	}
	value, ok := r.coerce(value, from)
	if !ok {
		return nil, []string{"must be " + string(r.kind)}
	}
	switch value := value.(type) {
	case string:
		if len([]rune(value)) < r.length {
			return nil, []string{"must NOT have fewer than " + strconv.Itoa(r.length) + " characters"}
		}
		if len(r.words) > 0 && !slices.Contains(r.words, value) {
			return nil, []string{"must be equal to one of the allowed values"}
		}
	case nil:
		if len(r.words) > 0 {
			return nil, []string{"must be equal to one of the allowed values"}
		}
	case []any:
		return r.checkItems(value, from)
	case map[string]any:
		return r.checkMembers(value, from)
	}
	return value, nil
}

func (r *rule) checkEither(value any, from origin) (any, []string) {
	var bad []string
	for i := range r.either {
		checked, messages := r.either[i].check(value, from)
		if len(messages) == 0 {
			return checked, nil
		}
		bad = append(bad, messages...)
	}
	return nil, append(bad, "must match a schema in anyOf")
}

func (r *rule) checkItems(items []any, from origin) (any, []string) {
	if len(items) < r.count {
		return nil, []string{"must NOT have fewer than " + strconv.Itoa(r.count) + " items"}
	}
	if r.items == nil {
		return items, nil
	}
	checked := make([]any, len(items))
	for i, item := range items {
		var bad []string
		if checked[i], bad = r.items.check(item, from); len(bad) > 0 {
			return nil, bad
		}
	}
	return checked, r.repeated(checked)
}

// repeated says which two texts of a list are the same, beginning at its end.
func (r *rule) repeated(items []any) []string {
	seen := map[string]int{}
	for i, item := range slices.Backward(items) {
		text, isText := item.(string)
		if j, again := seen[text]; r.distinct && isText && again {
			return []string{"must NOT have duplicate items (items ## " + strconv.Itoa(j) + " and " + strconv.Itoa(i) + " are identical)"}
		}
		if isText {
			seen[text] = i
		}
	}
	return nil
}

func (r *rule) checkMembers(object map[string]any, from origin) (any, []string) {
	for _, name := range r.required {
		if _, given := object[name]; !given {
			return nil, []string{"must have required property '" + name + "'"}
		}
	}
	known := 0
	for _, m := range r.members {
		if _, given := object[m.name]; given {
			known++
		}
	}
	if !r.open && known < len(object) {
		return nil, []string{"must NOT have additional properties"}
	}
	checked := make(map[string]any, len(object))
	for name, value := range object {
		checked[name] = value
	}
	for _, m := range r.members {
		value, given := object[m.name]
		if !given {
			continue
		}
		var bad []string
		if checked[m.name], bad = m.rule.check(value, from); len(bad) > 0 {
			return nil, bad
		}
	}
	return checked, nil
}

// coerce makes a value one of the rule's kind, if it is not and can be one.
func (r *rule) coerce(value any, from origin) (any, bool) {
	if r.fits(value) {
		return value, true
	}
	if one, isList := value.([]any); isList && from == fromQuery && len(one) == 1 && r.kind != anObject {
		if value = one[0]; r.fits(value) && !r.nullable { // a validator's oddity, which clients may know
			return value, true
		}
	}
	if coerced, ok := r.kind.of(value, from); ok {
		return coerced, true
	}
	if r.nullable && (value == "" || value == 0.0 || value == false) {
		return nil, true
	}
	return nil, false
}

func (r *rule) fits(value any) bool {
	switch value.(type) {
	case nil:
		return r.nullable || r.kind == ""
	case string:
		return r.kind == aText || r.kind == ""
	case float64:
		return r.kind == aNumber || r.kind == ""
	case bool:
		return r.kind == aBoolean || r.kind == ""
	case []any:
		return r.kind == anArray || r.kind == ""
	default:
		return r.kind == anObject || r.kind == ""
	}
}

// of is a value of another kind as one of k.
func (k kind) of(value any, from origin) (any, bool) {
	switch value.(type) {
	case []any, map[string]any:
		return nil, false
	}
	switch k {
	case aText:
		switch value := value.(type) {
		case float64:
			return scriptNumber(value), true
		case bool:
			return strconv.FormatBool(value), true
		}
		return "", value == nil
	case aNumber:
		switch value := value.(type) {
		case bool:
			if value {
				return 1.0, true
			}
			return 0.0, true
		case string:
			return parseScriptNumber(value)
		}
		return 0.0, value == nil
	case aBoolean:
		switch value {
		case "false", 0.0, nil:
			return false, true
		case "true", 1.0:
			return true, true
		}
	case anArray:
		return []any{value}, from == fromQuery
	}
	return nil, false
}

// scriptNumber writes a number as ECMAScript does.
func scriptNumber(f float64) string {
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

var decimal = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// parseScriptNumber reads a text as ECMAScript makes a number of it, if it is one.
func parseScriptNumber(s string) (any, bool) {
	trimmed := strings.TrimSpace(s)
	switch {
	case s == "":
		return nil, false
	case trimmed == "":
		return 0.0, true
	case trimmed == "Infinity", trimmed == "+Infinity":
		return math.Inf(1), true
	case trimmed == "-Infinity":
		return math.Inf(-1), true
	case decimal.MatchString(trimmed):
		f, _ := strconv.ParseFloat(trimmed, 64) // infinite where it is out of range, as there
		return f, true
	case len(trimmed) > 2 && strings.ContainsRune("xXoObB", rune(trimmed[1])) && !strings.Contains(trimmed, "_"):
		n, err := strconv.ParseUint(trimmed, 0, 64)
		return float64(n), err == nil
	}
	return nil, false
}

// parseBody reads a body of a type that it is known for: JSON, or a form. What
// cannot be read is empty, as at the vendor's.
func parseBody(r *http.Request, body []byte) any {
	switch dialect.MediaType(r) {
	case "application/json":
		var value any
		if err := json.Unmarshal(body, &value, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
			return map[string]any{}
		}
		return value
	case "application/x-www-form-urlencoded", "multipart/form-data":
		params := map[string]any{}
		for name, values := range dialect.Form(r, body) {
			params[name] = valid(values[len(values)-1])
		}
		return params
	}
	return map[string]any{}
}

// parseQuery reads a query: a name that stands twice, or ends in [], is a list, and
// one that ends in [member] an object.
func parseQuery(raw string) any {
	if strings.Count(raw, "&") >= dialect.MaxFormFields {
		raw = ""
	}
	values, _ := url.ParseQuery(raw) // which returns what it could read
	params := map[string]any{}
	for name, texts := range values {
		base, bracket, _ := strings.Cut(name, "[")
		if base == "" {
			base, bracket = name, ""
		}
		switch member := strings.TrimSuffix(bracket, "]"); {
		case bracket != "" && member != "":
			params[base] = map[string]any{member: valid(texts[0])}
		case len(texts) == 1 && bracket == "":
			params[base] = valid(texts[0])
		default:
			items := make([]any, len(texts))
			for i, text := range texts {
				items[i] = valid(text)
			}
			params[base] = items
		}
	}
	return params
}

// valid is a text of a query or a form as UTF-8, which an answer that repeats it must
// be.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// textOf is a member of params, "" if it is absent or no text.
func textOf(params map[string]any, name string) string {
	s, _ := params[name].(string)
	return s
}
