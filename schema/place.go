package schema

import (
	"slices"

	"github.com/rosterd/rosterd/errors"
)

// place is where a value stands: a Path that is only made when needed.
type place struct {
	in    errors.Path
	name  string
	index int // of an element, or one of the following
}

const (
	isMember = -1 // called name
	isItself = -2 // in is the place
)

var root = place{index: isItself}

func member(in errors.Path, name string) place { return place{in, name, isMember} }
func element(in errors.Path, i int) place      { return place{in, "", i} }

func (p place) path() errors.Path {
	switch p.index {
	case isItself:
		return p.in
	case isMember:
		return p.in.Key(p.name)
	default:
		return p.in.Index(p.index)
	}
}

// findings collects violations, in any order, one a place. The zero findings is
// empty.
type findings struct {
	all    []errors.Violation
	places map[string]bool // by pointer; true: nothing is said about what lies below
}

// shape notes a violation of shape, after which nothing is said about what lies
// below.
func (f *findings) shape(code *errors.Code, at errors.Path, value *string) {
	f.add(errors.Violation{Code: code, Path: at, Value: value}, true)
}

// rule notes a violation of a rule.
func (f *findings) rule(code *errors.Code, at errors.Path, value *string) {
	f.add(errors.Violation{Code: code, Path: at, Value: value}, false)
}

func (f *findings) add(v errors.Violation, isShape bool) {
	at := v.Path.Pointer()
	if _, known := f.places[at]; known {
		return
	}
	for i, c := range at {
		if c == '/' && f.places[at[:i]] {
			return
		}
	}
	if f.places == nil {
		f.places = map[string]bool{}
	}
	f.places[at] = isShape
	f.all = append(f.all, v)
}

// full reports whether, since there were start violations, an array's elements
// had so many that those of the later elements are cut in any case.
func (f *findings) full(start int) bool { return len(f.all)-start >= MaxViolations }

// err is nil if nothing was found, else an *errors.Error with the violations in
// order and without secrets. Their paths lead from type t, whose members may
// have been given by position.
func (f *findings) err(t *Type, positional bool) error {
	if len(f.all) == 0 {
		return nil
	}
	type ranked struct {
		rank []int
		errors.Violation
	}
	sorted := make([]ranked, len(f.all))
	for i, v := range f.all {
		names := v.Path.Names()
		rank, secret := t.locate(names)
		if secret {
			v.Value = nil
		}
		if positional && rank[0] > 0 {
			v.Path = byPosition(rank[0]-1, names)
		}
		sorted[i] = ranked{rank, v}
	}
	slices.SortStableFunc(sorted, func(a, b ranked) int { return slices.Compare(a.rank, b.rank) })

	var list errors.List
	for _, v := range sorted[:min(len(sorted), MaxViolations)] {
		list.Append(v.Violation)
	}
	return list.Err()
}

// locate follows names from t down. Ranks compare in the order of violations: a
// step down is its position from 1, a member that t does not know is before all,
// and a place itself is before what is in it. secret tells whether a member on
// the way is.
func (t *Type) locate(names []any) (rank []int, secret bool) {
	const unknown, itself = -1, 0
	for _, name := range names {
		switch name := name.(type) {
		case int:
			if t.Kind != Array {
				return append(rank, unknown), secret
			}
			rank, t = append(rank, name+1), t.Elem
		case string:
			i, ok := t.index[name]
			if !ok {
				return append(rank, unknown), secret
			}
			rank, secret, t = append(rank, i+1), secret || t.Fields[i].Secret, t.Fields[i].Type
		}
	}
	return append(rank, itself), secret
}

// byPosition is the path of names, the first of which is a parameter that was
// sent as element i.
func byPosition(i int, names []any) errors.Path {
	p := errors.Path{}.Positional(i, names[0].(string))
	for _, name := range names[1:] {
		switch name := name.(type) {
		case int:
			p = p.Index(name)
		case string:
			p = p.Key(name)
		}
	}
	return p
}
