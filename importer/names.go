package importer

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// MaxNames is how many groups, skills, sites, positions, schedules and statuses
// together an account may have for an import or an export.
const MaxNames = 200_000

const namesPage = 10_000 // entities in one answer: the greatest limit that there is

// names are what the entities of an account are called.
type names struct {
	byKind    map[Reference]map[string]int64 // 0 where several have the name
	byID      map[Reference]map[int64]string
	mnemonics map[string]int64 // of standard statuses
}

// nouns are what names are read of.
var nouns = []struct {
	kind          Reference
	method, field string
}{
	{RefersToGroup, "get.group_employees", "name"},
	{RefersToSkill, "get.skills", "name"},
	{RefersToSite, "get.sites", "domain_name"},
	{RefersToPosition, "get.employee_positions", "name"},
	{RefersToSchedule, "get.schedules", "name"},
	{RefersToStatus, "get.statuses", "name"},
}

// readNames reads all names, a page at a time.
func readNames(ctx context.Context, c caller) (*names, error) {
	n := &names{byKind: map[Reference]map[string]int64{}, byID: map[Reference]map[int64]string{}, mnemonics: map[string]int64{}}
	all := 0
	for _, noun := range nouns {
		byName, byID := map[string]int64{}, map[int64]string{}
		n.byKind[noun.kind], n.byID[noun.kind] = byName, byID
		fields := []string{"id", noun.field}
		if noun.kind == RefersToStatus {
			fields = append(fields, "mnemonic")
		}
		for last, full := int64(0), true; full; {
			var page struct {
				Data []struct {
					ID         int64   `json:"id"`
					Name       string  `json:"name"`
					DomainName string  `json:"domain_name"`
					Mnemonic   *string `json:"mnemonic"`
				} `json:"data"`
			}
			err := c.call(ctx, noun.method, map[string]any{
				"fields": fields, "limit": namesPage,
				"filter": map[string]any{"field": "id", "operator": ">", "value": last},
			}, &page)
			if err != nil {
				return nil, err
			}
			if all += len(page.Data); all > MaxNames {
				return nil, fmt.Errorf("the account has more than %d groups, skills, sites, positions, schedules and statuses: too many to know them all by name", MaxNames)
			}
			for _, entity := range page.Data {
				name := entity.Name + entity.DomainName
				if _, twice := byName[name]; twice {
					byName[name] = 0
				} else {
					byName[name] = entity.ID
				}
				if byID[entity.ID] = name; entity.Mnemonic != nil {
					n.mnemonics[*entity.Mnemonic] = entity.ID
				}
				last = entity.ID
			}
			full = len(page.Data) == namesPage
		}
	}
	return n, nil
}

// find is the id that a text means: that of the entity called so, else of the one
// whose id it is. The code says why it means none.
func (n *names) find(kind Reference, text string) (int64, *errors.Code) {
	id, called := n.byKind[kind][text]
	if !called && kind == RefersToSite {
		id, called = n.byKind[kind][strings.ToLower(text)]
	}
	switch {
	case called && id == 0: // several are
		return 0, errors.InvalidParameterValue
	case called:
		return id, nil
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 && n.byID[kind][id] != "" {
		return id, nil
	}
	return 0, errors.EntityNotFound
}

// called is how a file refers to an entity: by its name where that is enough, else
// by its id.
func (n *names) called(kind Reference, id int64) any {
	name, known := n.byID[kind][id]
	if !known || name == "" || n.byKind[kind][name] != id {
		return id
	}
	return name
}

// resolver puts ids in place of names.
type resolver struct {
	names  *names
	faults []Fault
}

func (r *resolver) refuse(code *errors.Code, at errors.Path, text string) {
	fault := newFault(code, at, errors.Shown(text))
	if code == errors.InvalidParameterValue {
		fault.Message = "Several are called so: give the id, as #13"
	}
	r.faults = append(r.faults, fault)
}

// one resolves a value; false if it is to be left out.
func (r *resolver) one(kind Reference, at errors.Path, value jsontext.Value) (jsontext.Value, bool) {
	text, named := textOf(value)
	if !named {
		return value, true
	}
	id, code := r.names.find(kind, text)
	if code != nil {
		r.refuse(code, at, text)
		return nil, false
	}
	return number(id), true
}

// many resolves the elements of an array.
func (r *resolver) many(kind Reference, at errors.Path, value jsontext.Value) jsontext.Value {
	var elements []jsontext.Value
	if value.Kind() != '[' || json.Unmarshal(value, &elements) != nil {
		return value
	}
	kept := []jsontext.Value{}
	for i, element := range elements {
		if resolved, ok := r.one(kind, at.Index(i), element); ok {
			kept = append(kept, resolved)
		}
	}
	return valueOf(kept)
}

// employee resolves what params of create.employees refer to, but for status and
// coach.
func (r *resolver) employee(all []member) []member {
	root := errors.Path{}
	resolved := make([]member, 0, len(all))
	for _, m := range all {
		ok := true
		switch m.name {
		case "groups":
			m.value = r.many(RefersToGroup, root.Key(m.name), m.value)
		case "skills":
			m.value = r.many(RefersToSkill, root.Key(m.name), m.value)
		case "schedule_id":
			m.value, ok = r.one(RefersToSchedule, root.Key(m.name), m.value)
		case "operator":
			if m.value.Kind() == '{' {
				m.value = r.operator(root.Key(m.name), m.value)
			}
		}
		if ok {
			resolved = append(resolved, m)
		}
	}
	return resolved
}

func (r *resolver) operator(at errors.Path, object jsontext.Value) jsontext.Value {
	all, err := members(object)
	if err != nil {
		return object
	}
	resolved := make([]member, 0, len(all))
	for _, m := range all {
		ok := true
		switch m.name {
		case "operator_sites":
			m.value = r.many(RefersToSite, at.Key(m.name), m.value)
		case "operator_position_id":
			m.value, ok = r.one(RefersToPosition, at.Key(m.name), m.value)
		}
		if ok {
			resolved = append(resolved, m)
		}
	}
	return objectOf(resolved)
}
