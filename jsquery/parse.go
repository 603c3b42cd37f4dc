package jsquery

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// SyntaxError says what is wrong with an expression, and where.
type SyntaxError struct {
	Offset  int // in bytes from the beginning
	Problem string
}

// Error names the problem and the place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsquery: %s at byte %d", e.Problem, e.Offset)
}

// Parse reads an expression. The error is a *SyntaxError.
func Parse(text string) (Expr, error) {
	p := parser{text: text}
	if len(text) > MaxLength {
		return nil, &SyntaxError{MaxLength, fmt.Sprintf("more than %d bytes", MaxLength)}
	}
	for at := range text {
		if r, length := utf8.DecodeRuneInString(text[at:]); r == utf8.RuneError && length == 1 {
			return nil, &SyntaxError{at, "invalid UTF-8"}
		}
	}
	e, err := p.or()
	if err == nil && p.peek() != end {
		err = p.expected("AND, OR or the end")
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// parser reads text from at on.
type parser struct {
	text                   string
	at                     int
	depth, nodes, wildcard int // see the limits
}

// end is what peek returns after the last byte: UTF-8 does not have it.
const end = 0xFF

// peek skips blanks and returns the byte after them.
func (p *parser) peek() byte {
	for p.at < len(p.text) && strings.IndexByte(" \t\n\r\f", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return end
	}
	return p.text[p.at]
}

// take skips token if it is next.
func (p *parser) take(token string) bool {
	if p.peek() == end || !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

// takeWord skips the keyword if it is next, in letters of either case.
func (p *parser) takeWord(keyword string) bool {
	p.peek()
	if word := p.text[p.at : p.at+p.wordLength()]; !strings.EqualFold(word, keyword) {
		return false
	}
	p.at += len(keyword)
	return true
}

// wordLength is that of the word at p.at; 0 if there is none.
func (p *parser) wordLength() int {
	rest := p.text[p.at:]
	if n := strings.IndexAny(rest, "?%$.[]()|&!=<>@#,*:\"\\/ \t\n\r\f"); n >= 0 {
		return n
	}
	return len(rest)
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &SyntaxError{at, fmt.Sprintf(format, args...)}
}

func (p *parser) expected(what string) error {
	p.peek()
	return p.fail(p.at, "expected %s", what)
}

func (p *parser) expect(token string) error {
	if !p.take(token) {
		return p.expected(token)
	}
	return nil
}

// node counts a node that begins at a place.
func (p *parser) node(at int) error {
	if p.nodes++; p.nodes > MaxNodes {
		return p.fail(at, "more than %d keys, tests and scalars", MaxNodes)
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	operands, err := p.chain("or", p.and)
	if len(operands) == 1 {
		return operands[0], err
	}
	return Or(operands), err
}

func (p *parser) and() (Expr, error) {
	operands, err := p.chain("and", p.condition)
	if len(operands) == 1 {
		return operands[0], err
	}
	return And(operands), err
}

// chain reads operands with a keyword between them.
func (p *parser) chain(keyword string, operand func() (Expr, error)) (operands []Expr, err error) {
	for {
		e, err := operand()
		if operands = append(operands, e); err != nil || !p.takeWord(keyword) {
			return operands, err
		}
	}
}

// nested reads what is one level deeper.
func (p *parser) nested(inner func() (Expr, error)) (Expr, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fail(p.at, "more than %d levels", MaxDepth)
	}
	defer func() { p.depth-- }()
	return inner()
}

func (p *parser) condition() (Expr, error) {
	switch {
	case p.takeWord("not"):
		e, err := p.nested(p.condition)
		return Not{e}, err
	case p.peek() == '(':
		return p.nested(p.parenthesized)
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	of, err := p.after(path)
	if err != nil {
		return nil, err
	}
	if inner, isAt := of.(At); isAt {
		path, of = append(path, inner.Path...), inner.Of
	}
	path = slices.CompactFunc(path, func(a, b Step) bool { return a.Kind == AnyDepth && b.Kind == AnyDepth })
	if len(path) == 0 {
		return of, nil
	}
	return At{path, of}, nil
}

func (p *parser) parenthesized() (Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	return e, p.expect(")")
}

// after reads what is asked of the values at the end of a path.
func (p *parser) after(path []Step) (Expr, error) {
	if p.peek() != '(' {
		return p.test()
	}
	if slices.ContainsFunc(path, func(s Step) bool { return s.Kind == AnyMember || s.Kind == AnyDepth }) {
		if p.wildcard++; p.wildcard > MaxWildcards {
			return nil, p.fail(p.at, "more than %d paths with * or %% within each other", MaxWildcards)
		}
		defer func() { p.wildcard-- }()
	}
	return p.nested(p.parenthesized)
}

// path reads steps; one that leads nowhere else is left out.
func (p *parser) path() (path []Step, err error) {
	for {
		c, start := p.peek(), p.at
		switch {
		case c == '"':
			var key string
			if key, err = p.quoted(); err == nil {
				path = append(path, Step{Member, key})
			}
		case p.take("#"):
			path = append(path, Step{Kind: Element})
		case p.take("%"):
			path = append(path, Step{Kind: AnyMember})
		case p.take("*"):
			path = append(path, Step{Kind: AnyDepth})
		case p.take("$"):
		case p.wordLength() > 0:
			var key string
			if key, err = p.word(); err == nil {
				path = append(path, Step{Member, key})
			}
		default:
			err = p.expected("a path")
		}
		if err == nil {
			err = p.node(start)
		}
		if err != nil || !p.take(".") {
			return path, err
		}
	}
}

// lists are the tests that are followed by scalars in brackets.
var lists = []Op{Contains, Contained, Overlap}

// comparisons are the tests that are followed by a number, the longer first.
var comparisons = []Op{AtMost, AtLeast, Less, Greater}

// types are the words after IS.
var types = map[string]Op{"string": IsString, "numeric": IsNumber, "boolean": IsBoolean, "array": IsArray, "object": IsObject}

func (p *parser) test() (Expr, error) {
	p.peek()
	if err := p.node(p.at); err != nil {
		return nil, err
	}
	for _, op := range lists {
		if p.take(string(op)) {
			values, err := p.scalars("[", "]")
			return Test{op, values}, err
		}
	}
	for _, op := range comparisons {
		if p.take(string(op)) {
			p.peek()
			start := p.at
			v, err := p.scalar()
			switch v.(type) {
			case int64, float64:
				return Test{op, []any{v}}, err
			}
			if err == nil {
				err = p.fail(start, "expected a number")
			}
			return nil, err
		}
	}
	switch {
	case p.take("="):
		if p.take("*") {
			return Test{Op: Exists}, nil
		}
		v, err := p.scalar()
		return Test{In, []any{v}}, err
	case p.takeWord("in"):
		values, err := p.scalars("(", ")")
		return Test{In, values}, err
	case p.takeWord("is"):
		for name, op := range types {
			if p.takeWord(name) {
				return Test{Op: op}, nil
			}
		}
		return nil, p.expected("STRING, NUMERIC, BOOLEAN, ARRAY or OBJECT")
	}
	return nil, p.expected("a test")
}

// scalars reads a list in brackets.
func (p *parser) scalars(open, closing string) (values []any, err error) {
	if err := p.expect(open); err != nil {
		return nil, err
	}
	for {
		v, err := p.scalar()
		if err != nil {
			return nil, err
		}
		if values = append(values, v); !p.take(",") {
			return values, p.expect(closing)
		}
	}
}

// number is every spelling of one.
var number = regexp.MustCompile(`^[+-]?([0-9]+|[0-9]*\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func (p *parser) scalar() (any, error) {
	first := p.peek()
	start := p.at
	if err := p.node(start); err != nil {
		return nil, err
	}
	if first == '"' {
		return p.quoted()
	}
	length := p.wordLength()
	if rest := p.text[start+length:]; strings.HasPrefix(rest, ".") { // of a number; a word has none
		p.at += length + 1
		length += 1 + p.wordLength()
		p.at = start
	}
	text := p.text[start : start+length]
	switch {
	case number.MatchString(text):
		p.at += length
		v, err := parseNumber(text)
		if err != nil {
			err = p.fail(start, "a number out of range")
		}
		return v, err
	case text == "" || strings.Contains(text, "."):
		return nil, p.expected("a scalar")
	}
	switch word, err := p.word(); word {
	case "true", "false":
		return word == "true", err
	case "null":
		return nil, err
	default:
		return word, err
	}
}

// exact is the largest number up to which a float64 has all whole ones.
const exact = 1 << 53

// parseNumber makes an int64 of a number where that is exact, else a float64.
func parseNumber(text string) (any, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if f == math.Trunc(f) && math.Abs(f) <= exact {
		return int64(f), err
	}
	return f, err
}

// word reads an unquoted string.
func (p *parser) word() (string, error) {
	start := p.at
	p.at += p.wordLength()
	return p.checked(start, p.text[start:p.at])
}

// checked is s, which was read from a place, if it has no control characters.
func (p *parser) checked(start int, s string) (string, error) {
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return "", p.fail(start, "a control character in a string")
	}
	return s, nil
}

// quoted reads a JSON string.
func (p *parser) quoted() (string, error) {
	start := p.at
	var b []byte
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case '"':
			p.at++
			return p.checked(start, string(b))
		case '\\':
			r, ok := p.escape()
			if !ok {
				return "", p.fail(p.at, "an escape that JSON does not have, or of a control character")
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
		}
	}
	return "", p.fail(start, "a string without an end")
}

// escape reads the escape at p.at up to its last byte. Those of control characters
// are not read: no string may have one.
func (p *parser) escape() (rune, bool) {
	rest := p.text[p.at+1:]
	if rest != "" && strings.IndexByte(`"\/`, rest[0]) >= 0 {
		p.at++
		return rune(rest[0]), true
	}
	r, ok := codeUnit(p.text[p.at:])
	if !ok {
		return 0, false
	}
	length := 6
	if utf16.IsSurrogate(r) {
		low, _ := codeUnit(p.text[p.at+length:])
		if r = utf16.DecodeRune(r, low); r == unicode.ReplacementChar {
			return 0, false
		}
		length += 6
	}
	p.at += length - 1
	return r, true
}

// codeUnit is what \uXXXX at the beginning of s stands for.
func codeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	r, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(r), err == nil
}
