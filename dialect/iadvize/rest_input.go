package iadvize

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// Limits of what a query or a body says.
const (
	MaxFields = 5000 // values in one query or body, however deep
	MaxDepth  = 8    // members within members: chat[available] is 2
	MaxListed = 1000 // ids or words in one list
)

// number is a number of JSON, as it was written.
type number string

// What a field can be: string, number, bool, nil, []any, or map[string]any. A query or
// a form has only strings, lists and maps.

// parseBrackets reads a query or a form as PHP does: a[b]=1 is a member of a, a[]=1 is
// one more element, a[0]=1 the element with that key. What has keys that are numbers
// alone is a list, in the order in which they came. Of two values for the same the
// last counts. A name that is no such path stands for itself.
// Errors: over MaxFields or MaxDepth.
func parseBrackets(text string) (map[string]any, error) {
	root, n := &branch{members: map[string]any{}}, 0
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		if n++; n > MaxFields {
			return nil, errTooManyFields()
		}
		name, value, _ := strings.Cut(pair, "=")
		path := splitName(unescape(name))
		if len(path) > MaxDepth {
			return nil, errTooDeep()
		}
		root.put(path, unescape(value))
	}
	fields := map[string]any{}
	for name, member := range root.members {
		fields[name] = plain(member)
	}
	return fields, nil
}

// branch is an array of PHP: its members are strings and *branch.
type branch struct {
	members map[string]any
	order   []string
	next    int64 // the key that [] stands for
}

// put makes value what is at a path, which has an element at least.
func (b *branch) put(path []string, value string) {
	key := path[0]
	at, known := b.members[key]
	if !known {
		b.order = append(b.order, key)
		if index, ok := indexOf(key); ok {
			b.next = max(b.next, index+1)
		}
	}
	if len(path) == 1 {
		b.members[key] = value
		return
	}
	under, is := at.(*branch)
	if !is {
		under = &branch{members: map[string]any{}}
		b.members[key] = under
	}
	if path[1] == "" {
		path[1] = strconv.FormatInt(under.next, 10)
	}
	under.put(path[1:], value)
}

// maxIndex is the greatest key that counts as a number.
const maxIndex = 1 << 31

// indexOf reads a key that is a number, written as one.
func indexOf(key string) (int64, bool) {
	index, err := strconv.ParseInt(key, 10, 64)
	return index, err == nil && index >= 0 && index < maxIndex && strconv.FormatInt(index, 10) == key
}

// plain is a member as a list or a map.
func plain(member any) any {
	b, is := member.(*branch)
	if !is {
		return member
	}
	isList := !slices.ContainsFunc(b.order, func(key string) bool { _, ok := indexOf(key); return !ok })
	list, fields := []any{}, map[string]any{}
	for _, key := range b.order {
		if isList {
			list = append(list, plain(b.members[key]))
		} else {
			fields[key] = plain(b.members[key])
		}
	}
	if isList {
		return list
	}
	return fields
}

// splitName is the path that a name tells, a[b][c]; "" is for []. What is no path is
// one element.
func splitName(name string) []string {
	first, rest, nested := strings.Cut(name, "[")
	if !nested || first == "" || !strings.HasSuffix(rest, "]") {
		return []string{name}
	}
	path := append([]string{first}, strings.Split(rest[:len(rest)-1], "][")...)
	if slices.ContainsFunc(path, func(key string) bool { return strings.ContainsAny(key, "[]") }) {
		return []string{name}
	}
	return path
}

// unescape reads what stands in a query or a form. What is no escape stands for itself.
func unescape(text string) string {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(text):
			if b, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				c = byte(b)
				i += 2
			}
		}
		plain = append(plain, c)
	}
	return string(plain)
}

// parseJSON reads a body that is an object.
// Errors: what is none, has a name twice, or is over MaxFields or MaxDepth.
func parseJSON(body []byte) (map[string]any, error) {
	p := jsonParser{in: jsontext.NewDecoder(bytes.NewReader(body))}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	fields, is := value.(map[string]any)
	if _, err := p.in.ReadToken(); err != io.EOF || !is {
		return nil, errNoObject()
	}
	return fields, nil
}

type jsonParser struct {
	in *jsontext.Decoder
	n  int
}

func (p *jsonParser) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, errTooDeep()
	}
	if p.n++; p.n > MaxFields {
		return nil, errTooManyFields()
	}
	token, err := p.in.ReadToken()
	if err != nil {
		return nil, errNoObject()
	}
	switch token.Kind() {
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return number(token.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	case jsontext.KindBeginArray:
		list := []any{}
		for p.in.PeekKind() != jsontext.KindEndArray {
			element, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		_, err := p.in.ReadToken()
		return list, err
	case jsontext.KindBeginObject:
		fields := map[string]any{}
		for p.in.PeekKind() != jsontext.KindEndObject {
			name, err := p.in.ReadToken()
			if err != nil {
				return nil, errNoObject()
			}
			key := name.String()
			if fields[key], err = p.value(depth + 1); err != nil {
				return nil, err
			}
		}
		_, err := p.in.ReadToken()
		return fields, err
	}
	return nil, nil
}

// readBody reads the fields of a body, which may be empty.
func (c *restCall) readBody() (map[string]any, error) {
	body, err := dialect.ReadBody(c.w, c.r, c.MaxBody)
	switch {
	case dialect.IsTooLarge(err):
		return nil, errTooLarge()
	case err != nil:
		panic(http.ErrAbortHandler) // the client has gone
	case len(body) == 0:
		return nil, nil
	}
	switch dialect.MediaType(c.r) {
	case "application/x-www-form-urlencoded":
		return parseBrackets(string(body))
	case "application/json":
		return parseJSON(body)
	}
	return nil, errMediaType()
}

// What follows reads a field's value into a parameter of the roster's, and reports
// whether it is one. Which values are allowed, the roster says; null, and an empty text
// where the parameter is no text, are null.

func textTo[T ~string](to *schema.Opt[T], v any) bool {
	switch v := v.(type) {
	case string:
		*to = schema.Some(T(v))
	case number:
		*to = schema.Some(T(v))
	case nil:
		*to = schema.Null[T]()
	default:
		return false
	}
	return true
}

func wholeTo(to *schema.Opt[int64], v any) bool {
	if v == nil || v == "" {
		*to = schema.Null[int64]()
		return true
	}
	n, ok := whole(v)
	*to = schema.Some(n)
	return ok
}

// whole reads a whole number.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	case number:
		return schema.Whole(string(v))
	}
	return 0, false
}

func flagTo(to *schema.Opt[bool], v any) bool {
	if v == nil {
		*to = schema.Null[bool]()
		return true
	}
	on, ok := flag(v)
	*to = schema.Some(on)
	return ok
}

// flag reads a truth, which PHP's clients write as 1 and 0.
func flag(v any) (on, ok bool) {
	switch v {
	case true, "1", "true", number("1"):
		return true, true
	case false, "0", "false", number("0"):
		return false, true
	}
	return false, false
}

func idsTo(to *schema.Opt[[]int64], v any) bool {
	if v == nil {
		*to = schema.Null[[]int64]()
		return true
	}
	ids, ok := idList(v)
	*to = schema.Some(ids)
	return ok
}

// idList reads ids from a list, or from a text with commas between them.
func idList(v any) ([]int64, bool) {
	elements, ok := elementsOf(v)
	ids := make([]int64, len(elements))
	for i, element := range elements {
		id, isWhole := whole(element)
		ids[i], ok = id, ok && isWhole
	}
	return ids, ok
}

// wordList reads texts likewise.
func wordList(v any) ([]string, bool) {
	elements, ok := elementsOf(v)
	words := make([]string, len(elements))
	for i, element := range elements {
		word, isText := element.(string)
		words[i], ok = word, ok && isText
	}
	return words, ok
}

// elementsOf are the elements of a list, or of a text with commas between them; none of
// an empty text.
func elementsOf(v any) (elements []any, ok bool) {
	switch v := v.(type) {
	case []any:
		elements = v
	case number:
		elements = []any{v}
	case string:
		if v == "" {
			return nil, true
		}
		if strings.Count(v, ",") >= MaxListed {
			return nil, false
		}
		for part := range strings.SplitSeq(v, ",") {
			elements = append(elements, strings.TrimSpace(part))
		}
	default:
		return nil, false
	}
	return elements, len(elements) <= MaxListed
}

// isPassword reports whether v may be a new password.
func isPassword(v any) bool {
	text, is := v.(string)
	return is && utf8.RuneCountInString(text) >= MinPassword
}

// codeTo reads a language that is one of some, or any of two letters if there are none.
func codeTo(to *schema.Opt[directory.Language], v any, of ...directory.Language) bool {
	if v == nil || v == "" {
		*to = schema.Null[directory.Language]()
		return true
	}
	text, _ := v.(string)
	code, ok := languageOf(text)
	*to = schema.Some(code)
	return ok && len(text) == 2 && (len(of) == 0 || slices.Contains(of, code))
}
