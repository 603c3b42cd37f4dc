package directory

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

func TestDirectionSet(t *testing.T) {
	for _, tt := range []struct {
		list []Direction
		set  DirectionSet
		back []Direction
	}{
		{nil, NoDirections, []Direction{}},
		{[]Direction{"in"}, InDirection, []Direction{"in"}},
		{[]Direction{"out"}, OutDirection, []Direction{"out"}},
		{[]Direction{"in", "out"}, BothDirections, []Direction{"in", "out"}},
		{[]Direction{"out", "in", "out"}, BothDirections, []Direction{"in", "out"}},
	} {
		got := directionSet(tt.list)
		if got != tt.set {
			t.Errorf("%v: got set %d, want %d", tt.list, got, tt.set)
		}
		if diff := cmp.Diff(tt.back, got.list()); diff != "" {
			t.Errorf("%v and back (-want +got):\n%s", tt.list, diff)
		}
	}
	for _, external := range []DirectionSet{NoDirections, InDirection, OutDirection, BothDirections} {
		for _, internal := range []DirectionSet{NoDirections, InDirection} {
			want := []CallType{}
			if internal != NoDirections {
				want = append(want, "internal")
			}
			if external != NoDirections {
				want = append(want, "external")
			}
			if diff := cmp.Diff(want, callTypes(external, internal)); diff != "" {
				t.Errorf("types of external %d, internal %d (-want +got):\n%s", external, internal, diff)
			}
		}
	}
}

// The three generations of call permissions: what is given, over what an employee
// has, makes what they have then, or is refused.
func TestPermissions(t *testing.T) {
	type work func(*Work)
	list := func(ds ...Direction) schema.Opt[[]Direction] { return schema.Some(ds) }
	available := func(b bool) work { return func(w *Work) { w.CallsAvailable = schema.Some(b) } }
	in := func(types ...CallType) work { return func(w *Work) { w.AllowedInCallTypes = schema.Some(types) } }
	out := func(types ...CallType) work { return func(w *Work) { w.AllowedOutCallTypes = schema.Some(types) } }
	inExternal := func(ds ...Direction) work { return func(w *Work) { w.InExternal = list(ds...) } }
	inInternal := func(ds ...Direction) work { return func(w *Work) { w.InInternal = list(ds...) } }
	outExternal := func(ds ...Direction) work { return func(w *Work) { w.OutExternal = list(ds...) } }
	const is = "invalid_parameters_combination "

	create := schema.Of[CreateEmployee](RevisionSeed)
	standard := create.Default()
	for _, tt := range []struct {
		name  string
		had   Directions // in external, in internal, out external, out internal
		given []work
		want  Directions
		wrong []string
	}{
		{"nothing", Directions{1, 2, 3, 0}, nil, Directions{1, 2, 3, 0}, nil},
		{"not available", Directions{3, 3, 3, 3}, []work{available(false)}, Directions{0, 0, 3, 3}, nil},
		{"available", Directions{0, 1, 0, 1}, []work{available(true)}, Directions{3, 3, 0, 1}, nil},
		{"available, null", Directions{0, 0, 0, 0}, []work{func(w *Work) { w.CallsAvailable = schema.Null[bool]() }}, Directions{3, 3, 0, 0}, nil},
		{"in types", Directions{1, 1, 1, 1}, []work{in("external")}, Directions{3, 0, 1, 1}, nil},
		{"no in types", Directions{1, 1, 1, 1}, []work{in()}, Directions{0, 0, 1, 1}, nil},
		{"in types, null", Directions{0, 1, 1, 1}, []work{func(w *Work) { w.AllowedInCallTypes = schema.Null[[]CallType]() }}, Directions{3, 3, 1, 1}, nil},
		{"out types", Directions{1, 1, 1, 1}, []work{out("internal")}, Directions{1, 1, 0, 3}, nil},
		{"one list", Directions{3, 3, 3, 3}, []work{inExternal("out")}, Directions{2, 3, 3, 3}, nil},
		{"an empty list", Directions{3, 3, 3, 3}, []work{outExternal()}, Directions{3, 3, 0, 3}, nil},
		{"a list, null", Directions{0, 0, 0, 0}, []work{func(w *Work) { w.OutInternal = schema.Null[[]Direction]() }}, Directions{0, 0, 0, 3}, nil},

		{"a list refines its type", Directions{0, 0, 0, 0}, []work{in("external", "internal"), inExternal("in")}, Directions{1, 3, 0, 0}, nil},
		{"a list and another type", Directions{0, 0, 0, 0}, []work{in("internal"), inExternal()}, Directions{0, 3, 0, 0}, nil},
		{"a type refines availability", Directions{0, 0, 3, 3}, []work{available(true), in("external")}, Directions{3, 0, 3, 3}, nil},
		{"a list refines availability", Directions{0, 0, 3, 3}, []work{available(true), inExternal("in")}, Directions{1, 3, 3, 3}, nil},
		{"not available, and none", Directions{3, 3, 3, 3}, []work{available(false), in(), inExternal()}, Directions{0, 0, 3, 3}, nil},
		{"not available says nothing of out", Directions{3, 3, 3, 3}, []work{available(false), out("external")}, Directions{0, 0, 3, 0}, nil},

		{"a list that its type excludes", Directions{}, []work{in("internal"), inExternal("in")}, Directions{}, []string{is + "/in_external_allowed_call_directions"}},
		{"an empty list of a type", Directions{}, []work{in("internal"), inInternal()}, Directions{}, []string{is + "/in_internal_allowed_call_directions"}},
		{"out as well", Directions{}, []work{out("internal"), outExternal("out")}, Directions{}, []string{is + "/out_external_allowed_call_directions"}},
		{"not available, but a type", Directions{}, []work{available(false), in("external")}, Directions{}, []string{is + "/calls_available"}},
		{"not available, but a list", Directions{}, []work{available(false), inExternal("out")}, Directions{}, []string{is + "/calls_available"}},
		{"available, but no type", Directions{}, []work{available(true), in()}, Directions{}, []string{is + "/calls_available"}},
		{"available, but no list", Directions{}, []work{available(true), inExternal(), inInternal()}, Directions{}, []string{is + "/calls_available"}},
	} {
		var w Work
		for _, give := range tt.given {
			give(&w)
		}
		c := CreateEmployee{Names: Names{LastName: schema.Some("Ivanov")}, PhoneNumbers: schema.Some([]PhoneNumber{}), Work: w}
		var wrong []string
		if err := create.Check(&c); err != nil {
			for _, v := range errors.Of(err).Violations {
				wrong = append(wrong, fmt.Sprint(v.Code.Mnemonic, " ", v.Path.Pointer()))
			}
		}
		if diff := cmp.Diff(tt.wrong, wrong); diff != "" {
			t.Errorf("%s: violations (-want +got):\n%s", tt.name, diff)
		}
		if tt.wrong != nil {
			continue
		}
		got := tt.had
		w.apply(&got, &standard.Work)
		if got != tt.want {
			t.Errorf("%s: over %v got %v, want %v", tt.name, tt.had, got, tt.want)
		}
	}
}
