// Package errors is the language in which rosterd tells what went wrong: a
// catalogue of codes, the place in the caller's parameters, and a cause that
// stays in the server's log.
//
// It knows no protocol and no noun of ours; every other package stands on it.
// It also re-exports what is needed of the standard package, so that one import
// serves.
package errors

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxValue is the length in bytes up to which a violation repeats the value
// that was sent.
const MaxValue = 256

// Violation is one thing wrong with a call.
type Violation struct {
	Code   *Code
	Path   Path
	Value  *string           // what was sent, see Shown; nil if absent or not to be repeated
	Params map[string]string // what Code.Message's {placeholders} stand for
}

// Message is the code's text with its placeholders filled in.
func (v Violation) Message() string {
	text := v.Code.Message
	for _, name := range slices.Sorted(maps.Keys(v.Params)) {
		text = strings.ReplaceAll(text, "{"+name+"}", v.Params[name])
	}
	return text
}

// Error is what a call answers instead of a result.
type Error struct {
	Violations []Violation // at least one; the first speaks for the whole
	Metadata   any         // what stands beside the violations, such as limits; nil if nothing does
	Cause      error       // for the log alone, never for the caller
}

// WithMetadata is e with something beside its violations. Source: data-api.md §1.2.
func (e *Error) WithMetadata(metadata any) *Error {
	with := *e
	with.Metadata = metadata
	return &with
}

// Code is the first violation's code.
func (e *Error) Code() *Code { return e.Violations[0].Code }

// Error is for logs and tests: mnemonics and places, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	for i, v := range e.Violations {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(v.Code.Mnemonic)
		if at := v.Path.Pointer(); at != "" {
			b.WriteString(" at " + at)
		}
		if v.Code == Other {
			b.WriteString(": " + v.Message())
		}
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// E is an error with one violation that concerns no parameter. Params are
// placeholder, value, placeholder, value, …
func E(code *Code, params ...string) *Error {
	return &Error{Violations: []Violation{{Code: code, Params: pairs(params)}}}
}

// At is an error with one violation at a place. value is what was sent there,
// or nil.
func At(code *Code, path Path, value *string) *Error {
	return &Error{Violations: []Violation{{Code: code, Path: path, Value: value}}}
}

// Internal hides cause, which belongs in the log, behind internal_error.
func Internal(cause error) *Error {
	return &Error{Violations: []Violation{{Code: InternalError}}, Cause: cause}
}

// Of finds the Error in err. What is none is internal_error with err as its
// cause; nil is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && len(e.Violations) > 0 {
		return e
	}
	return Internal(err)
}

// HasCode reports whether any violation of err has the code.
func HasCode(err error, code *Code) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return slices.ContainsFunc(e.Violations, func(v Violation) bool { return v.Code == code })
}

func pairs(params []string) map[string]string {
	if len(params) == 0 {
		return nil
	}
	m := make(map[string]string, len(params)/2)
	for i := 0; i+1 < len(params); i += 2 {
		m[params[i]] = params[i+1]
	}
	return m
}

// List collects violations; the zero List is empty.
type List struct{ all []Violation }

// Add notes a violation at a place. value is what was sent there, or nil.
func (l *List) Add(code *Code, path Path, value *string) {
	l.all = append(l.all, Violation{Code: code, Path: path, Value: value})
}

// Append takes over violations found elsewhere.
func (l *List) Append(vs ...Violation) { l.all = append(l.all, vs...) }

// Violations are those collected so far, in the order of Add.
func (l *List) Violations() []Violation { return l.all }

// Err is nil if nothing was collected, else an *Error with all of it.
func (l *List) Err() error {
	if len(l.all) == 0 {
		return nil
	}
	return &Error{Violations: l.all}
}

// Shown is s as a violation may repeat it: nil if it is longer than MaxValue
// bytes or not UTF-8.
func Shown(s string) *string {
	if len(s) > MaxValue || !utf8.ValidString(s) {
		return nil
	}
	return &s
}

// Is, As, Join and New are those of the standard package.
func Is(err, target error) bool     { return errors.Is(err, target) }
func As(err error, target any) bool { return errors.As(err, target) }
func Join(errs ...error) error      { return errors.Join(errs...) }
func New(text string) error         { return errors.New(text) }
