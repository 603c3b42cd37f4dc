package directory

import (
	"slices"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Call permissions have three generations, all still accepted (data-api.md §4.4):
// calls_available, then allowed_in_call_types and allowed_out_call_types, then
// the four directional lists. An older form sets what its mapping says; together
// they must agree.

// permission is one directional list with its older twins.
type permission struct {
	given    schema.Opt[[]Direction]
	standard schema.Opt[[]Direction] // its default
	types    schema.Opt[[]CallType]
	kind     CallType
	incoming bool
	name     string
	set      *DirectionSet
}

func (w *Work) permissions(d *Directions, defaults *Work) []permission {
	return []permission{
		{w.InExternal, defaults.InExternal, w.AllowedInCallTypes, "external", true, "in_external_allowed_call_directions", &d.InExternal},
		{w.InInternal, defaults.InInternal, w.AllowedInCallTypes, "internal", true, "in_internal_allowed_call_directions", &d.InInternal},
		{w.OutExternal, defaults.OutExternal, w.AllowedOutCallTypes, "external", false, "out_external_allowed_call_directions", &d.OutExternal},
		{w.OutInternal, defaults.OutInternal, w.AllowedOutCallTypes, "internal", false, "out_internal_allowed_call_directions", &d.OutInternal},
	}
}

// apply sets what was given. A null resets, and a value wins over a null. Older
// forms come before newer ones, which checkPermissions has found to agree and
// which say more.
func (w *Work) apply(d *Directions, defaults *Work) {
	for _, p := range w.permissions(d, defaults) {
		if p.given.IsNull() || p.types.IsNull() || p.incoming && w.CallsAvailable.IsNull() {
			*p.set = directionSet(p.standard.Value)
		}
		if p.incoming && w.CallsAvailable.IsSet() {
			*p.set = all(w.CallsAvailable.Value)
		}
		if p.types.IsSet() {
			*p.set = all(slices.Contains(p.types.Value, p.kind))
		}
		if p.given.IsSet() {
			*p.set = directionSet(p.given.Value)
		}
	}
}

func all(allowed bool) DirectionSet {
	if allowed {
		return BothDirections
	}
	return NoDirections
}

// checkPermissions refuses forms that contradict each other.
func (w *Work) checkPermissions(at errors.Path, bad *errors.List) {
	contradiction := func(name string) { bad.Add(errors.InvalidParametersCombination, at.Key(name), nil) }
	anyIncoming, allIncomingGiven := false, true
	for _, p := range w.permissions(&Directions{}, &Work{}) {
		if p.given.IsSet() && p.types.IsSet() && slices.Contains(p.types.Value, p.kind) != (len(p.given.Value) > 0) {
			contradiction(p.name)
		}
		if !p.incoming {
			continue
		}
		switch {
		case p.given.IsSet():
			anyIncoming = anyIncoming || len(p.given.Value) > 0
		case p.types.IsSet():
			anyIncoming = anyIncoming || slices.Contains(p.types.Value, p.kind)
		default:
			allIncomingGiven = false
		}
	}
	if available := w.CallsAvailable; available.IsSet() {
		if !available.Value && anyIncoming || available.Value && allIncomingGiven && !anyIncoming {
			contradiction("calls_available")
		}
	}
}
