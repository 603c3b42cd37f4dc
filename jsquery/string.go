package jsquery

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

func (e And) String() string  { return join(e, " AND ", binding) }
func (e Or) String() string   { return join(e, " OR ", loose) }
func (e Not) String() string  { return "NOT " + operand(e.Of, binding) }
func (e Test) String() string { return "$ " + e.suffix() }

func (e At) String() string {
	steps := make([]string, len(e.Path))
	for i, step := range e.Path {
		steps[i] = step.String()
	}
	path := strings.Join(steps, ".")
	if test, isTest := e.Of.(Test); isTest {
		return path + " " + test.suffix()
	}
	return path + "(" + e.Of.String() + ")"
}

// String writes the step, its key quoted where a word would not do.
func (s Step) String() string {
	switch {
	case s.Kind != Member:
		return wildcards[s.Kind]
	case plain.MatchString(s.Key) && !strings.EqualFold(s.Key, "not"):
		return s.Key
	}
	return quote(s.Key)
}

var (
	wildcards = map[StepKind]string{Element: "#", AnyMember: "%", AnyDepth: "*"}
	plain     = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]*$`)
)

// How closely the operator beside an operand binds.
const (
	loose   = iota // OR: an AND needs no parentheses
	binding        // AND, NOT
)

func join(operands []Expr, with string, beside int) string {
	texts := make([]string, len(operands))
	for i, e := range operands {
		texts[i] = operand(e, beside)
	}
	return strings.Join(texts, with)
}

// operand writes e so that it may stand beside an operator.
func operand(e Expr, beside int) string {
	_, isOr := e.(Or)
	_, isAnd := e.(And)
	if isOr || isAnd && beside == binding {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// suffix writes the test as it follows a path.
func (e Test) suffix() string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = scalar(v)
	}
	list := strings.Join(values, ", ")
	switch e.Op {
	case In:
		if len(values) == 1 {
			return "= " + list
		}
		return "IN (" + list + ")"
	case Contains, Contained, Overlap:
		return string(e.Op) + " [" + list + "]"
	case Less, AtMost, Greater, AtLeast:
		return string(e.Op) + " " + list
	default:
		return string(e.Op)
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(s string) string { return `"` + escapes.Replace(s) + `"` }
