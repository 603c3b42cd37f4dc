package directory

import (
	"bytes"
	"context"
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Change is what a dry run would do to one thing.
type Change struct {
	Event  string         `json:"event" doc:"Noun and verb: employee.created."`
	ID     int64          `json:"id" doc:"Id of what is changed; of something new, one that nothing will have."`
	Before jsontext.Value `json:"before" doc:"The members that change, as they are, by the names of get.employees; null of what is new or is deleted."`
	After  jsontext.Value `json:"after" doc:"The same members, as they would be; null of what is deleted."`
}

// rehearsed is a Tx that remembers the events of a unit.
type rehearsed struct {
	Tx
	events []Event
}

func (w *rehearsed) Append(e Event) error {
	w.events = append(w.events, e)
	return w.Tx.Append(e)
}

func (w *rehearsed) Undo() error {
	w.events = nil
	return w.Tx.Undo()
}

// changes tells the events of commands as Changes.
func (s *Service) changes(ctx context.Context, account int64, commands [][]Event) ([][]Change, error) {
	r := remembered{}
	for _, events := range commands {
		for _, e := range events {
			if e.Subject == KindEmployee {
				if err := r.add(e.Before, e.After); err != nil {
					return nil, err
				}
			}
		}
	}
	var err error
	if r.refs, err = s.store.References(ctx, account, r.employees); err != nil {
		return nil, err
	}
	all := make([][]Change, len(commands))
	for i, events := range commands {
		all[i] = make([]Change, len(events))
		for j, e := range events {
			if all[i][j], err = r.change(e); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// remembered is the employees of events, by what events remember of them, and what
// they refer to.
type remembered struct {
	byText    map[string]eventEmployee
	employees []Employee
	refs      References
}

// add takes up what events remember of employees; nil is nothing.
func (r *remembered) add(texts ...[]byte) error {
	for _, text := range texts {
		if text == nil {
			continue
		}
		e := eventEmployee{Employee: &Employee{}}
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		if r.byText == nil {
			r.byText = map[string]eventEmployee{}
		}
		r.byText[string(text)] = e
		r.employees = append(r.employees, *e.Employee)
	}
	return nil
}

// change tells an event by the members that differ before and after it.
func (r *remembered) change(e Event) (c Change, err error) {
	before, err := r.members(e.Subject, e.Before)
	if err != nil {
		return c, err
	}
	after, err := r.members(e.Subject, e.After)
	if err != nil {
		return c, err
	}
	if before != nil && after != nil {
		maps.DeleteFunc(before, func(name string, value jsontext.Value) bool {
			same := bytes.Equal(value, after[name])
			if same {
				delete(after, name)
			}
			return same
		})
	}
	c = Change{Event: e.Kind, ID: e.SubjectID}
	if c.Before, err = json.Marshal(before, json.Deterministic(true), json.FormatNilMapAsNull(true)); err != nil {
		return c, err
	}
	c.After, err = json.Marshal(after, json.Deterministic(true), json.FormatNilMapAsNull(true))
	return c, err
}

// members are those of what an event remembers; of an employee, those of
// get.employees.
func (r *remembered) members(kind Kind, text []byte) (members map[string]jsontext.Value, err error) {
	if text == nil {
		return nil, nil
	}
	if kind == KindEmployee {
		e := r.byText[string(text)]
		for i := range e.Numbers {
			r.refs.Numbers[e.Numbers[i].ID] = &e.Numbers[i] // as the event has it, which may be as nobody else sees it
		}
		var row EmployeeRow
		row.show(e.Employee, &r.refs)
		if text, err = json.Marshal(row); err != nil {
			return nil, err
		}
	}
	err = json.Unmarshal(text, &members)
	return members, err
}
