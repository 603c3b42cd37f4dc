package importer

import (
	"encoding/json"
	"slices"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// A check sends the same calls as dry runs. The server knows what rows of the same
// batch would do to each other; what rows of earlier batches would have taken, or
// given up, is remembered here.

// change is what a dry run would do.
type change struct {
	Event  string          `json:"event"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// unique are the parameters whose values only one employee may have.
var unique = []struct {
	name string // as in valueSets
	path errors.Path
}{
	{"handle", upsertPaths["handle"]},
	{"external_id", upsertPaths["external_id"]},
	{"extension", upsertPaths["extension"]},
	{"operator_login", errors.Path{}.Key("operator").Key("operator_login")},
}

// told is a value as valueSets have it.
func told(name, value string) string {
	if name == "operator_login" {
		value = directory.Fold(value)
	} else {
		value = normalized(name, value)
	}
	return name + "\x00" + value
}

// foreseen reports whether a fault that a dry run found would not be there when
// the rows before have gone in.
func (e *engine) foreseen(n *entry, fault Fault) bool {
	if n.twice && (fault.Mnemonic == errors.RequiredParameterMissed.Mnemonic || fault.Mnemonic == errors.AlreadyInUse.Mnemonic) {
		return true
	}
	if fault.Mnemonic != errors.AlreadyInUse.Mnemonic || fault.Value == nil {
		return false
	}
	for _, u := range unique {
		if u.path.String() == fault.Field {
			return e.freed.has(told(u.name, *fault.Value))
		}
	}
	return false
}

// foresee notes what an entry would come to, as its dry run says, unless a row
// before would have taken what it takes.
func (e *engine) foresee(n *entry, diff []change) {
	for _, u := range unique {
		given := at(n.params, u.path.String())
		if given != "" && !n.twice && e.would.has(told(u.name, given)) && (n.existing == 0 || changes(diff, u.path)) {
			n.fail(newFault(errors.AlreadyInUse, u.path, errors.Shown(given)))
		}
	}
	if len(n.faults) > 0 {
		return
	}
	for _, c := range diff {
		var before, after map[string]json.RawMessage
		if json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.After, &after) != nil {
			continue // another kind of thing
		}
		for _, u := range unique {
			had, has := valueAt(before, u.path), valueAt(after, u.path)
			if had == has {
				continue
			}
			if had != "" {
				e.freed.add(told(u.name, had))
			}
			if has != "" {
				e.would.add(told(u.name, has))
			}
		}
	}
	if by := e.o.Upsert; by != "" {
		e.would.add(told(by, n.upsert))
	}
	switch {
	case n.twice, n.existing != 0 && (len(diff) > 0 || n.coach != "" && n.coachID == 0):
		n.outcome = Updated
	case n.existing != 0:
		n.outcome = Unchanged
	default:
		n.outcome = Created
	}
	n.id = n.existing
}

// changes reports whether a diff has the parameter at a path.
func changes(diff []change, path errors.Path) bool {
	return slices.ContainsFunc(diff, func(c change) bool {
		var after map[string]json.RawMessage
		return json.Unmarshal(c.After, &after) == nil && valueAt(after, path) != ""
	})
}

// valueAt is the text at a path in what a diff shows, or "".
func valueAt(shown map[string]json.RawMessage, path errors.Path) string {
	names := path.Names()
	for i, name := range names {
		raw := shown[name.(string)] // these paths have no indices
		if i == len(names)-1 {
			var text string
			_ = json.Unmarshal(raw, &text) // null is none
			return text
		}
		shown = nil
		_ = json.Unmarshal(raw, &shown)
	}
	return ""
}
