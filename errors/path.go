package errors

import (
	"strconv"
	"strings"
)

// Path is a place in a call's params. The zero Path is params itself. Paths are
// extended downwards and never change, so one may be shared.
type Path struct{ last *step }

type step struct {
	up    *step
	name  string // "" for a bare array element
	index int    // -1 for a member found by name
}

// Key is the member called name of the object at p.
func (p Path) Key(name string) Path { return Path{&step{p.last, name, -1}} }

// Index is element i of the array at p.
func (p Path) Index(i int) Path { return Path{&step{p.last, "", i}} }

// Positional is the parameter called name, sent by position as element i of the
// array at p.
func (p Path) Positional(i int, name string) Path { return Path{&step{p.last, name, i}} }

// IsRoot reports whether p is params itself.
func (p Path) IsRoot() bool { return p.last == nil }

// Up is the place that p is in, and the root for the root.
func (p Path) Up() Path {
	if p.last == nil {
		return p
	}
	return Path{p.last.up}
}

// String is the documented dotted name, without array indices:
// phone_numbers.phone_number.
func (p Path) String() string {
	var names []string
	for s := p.last; s != nil; s = s.up {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(names[i])
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer is the JSON Pointer (RFC 6901) into params:
// /phone_numbers/1/phone_number.
func (p Path) Pointer() string {
	if p.last == nil {
		return ""
	}
	token := pointerEscapes.Replace(p.last.name)
	if p.last.index >= 0 {
		token = strconv.Itoa(p.last.index)
	}
	return p.Up().Pointer() + "/" + token
}

// Names returns the names and indices from params down: a string for a member,
// an int for an array element.
func (p Path) Names() []any {
	if p.last == nil {
		return nil
	}
	names := p.Up().Names()
	if p.last.name != "" {
		return append(names, p.last.name)
	}
	return append(names, p.last.index)
}
