package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// What is little more than a name: positions, schedules and skills; and what all
// kinds have in common.

// kinds tells where the entities of a kind are, under which column their name, by
// which query something is found that has one ("" if nothing can), and which rows
// do not count.
var kinds = map[directory.Kind]struct{ table, name, user, but string }{
	directory.KindEmployee: {"employees", "full_name", `select 1 from employees where account_id = $1 and coach_id = $2
		union all select 1 from sip_lines where account_id = $1 and employee_id = $2`, ""},
	directory.KindGroup:         {"employee_groups", "name", "", ""},
	directory.KindPosition:      {"employee_positions", "name", "select 1 from employees where account_id = $1 and position_id = $2", ""},
	directory.KindSchedule:      {"schedules", "name", "select 1 from employees where account_id = $1 and schedule_id = $2", ""},
	directory.KindStatus:        {"statuses", "name", "select 1 from employees where account_id = $1 and status_id = $2", " and not is_deleted"},
	directory.KindSite:          {"sites", "domain_name", "select 1 from employee_sites where account_id = $1 and site_id = $2", ""},
	directory.KindSkill:         {"skills", "name", "select 1 from employee_skills where account_id = $1 and skill_id = $2", ""},
	directory.KindSIPLine:       {"sip_lines", "phone_number", "", ""},
	directory.KindVirtualNumber: {"virtual_numbers", "phone_number", "select 1 from sip_lines where account_id = $1 and virtual_number_id = $2", ""},
}

var positionView = &view{
	from: "employee_positions p", id: "p.id", mine: "p.account_id = $1",
	fields: map[string]field{
		"id":   {expr: "p.id"},
		"name": {expr: "p.name", folded: "p.name_folded"},
	},
}

// Positions reads a page of positions.
func (s *Store) Positions(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.PositionRow], error) {
	return page(ctx, s, positionView, account, q, func(r *reader, ids []int64, place func(int64) *directory.PositionRow) error {
		return r.each(func(row scanner) error {
			var p directory.PositionRow
			err := row.Scan(&p.ID, &p.Name)
			*place(p.ID) = p
			return err
		}, `select id, name from employee_positions where account_id = $1 and `+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

var scheduleView = &view{
	from: "schedules s", id: "s.id", mine: "s.account_id = $1",
	fields: map[string]field{
		"id":   {expr: "s.id"},
		"name": {expr: "s.name", folded: "s.name_folded"},
		"schedules": {shape: items{"s.document", "r", object{members: []member{
			{"activity_days", object{members: []member{
				{"type", text("r.value -> 'activity_days' ->> 'type'")},
				{"days", items{"r.value -> 'activity_days' -> 'days'", "d", whole("cast(d.value as bigint)")}},
			}}},
			{"activity_time", items{"r.value -> 'activity_time'", "t", object{members: []member{
				{"time_from", text("t.value ->> 'time_from'")},
				{"time_till", text("t.value ->> 'time_till'")},
			}}}},
			{"activity_date_from", text("r.value ->> 'activity_date_from'")},
			{"activity_date_till", text("r.value ->> 'activity_date_till'")},
		}}}},
	},
}

// Schedules reads a page of schedules.
func (s *Store) Schedules(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.ScheduleRow], error) {
	return page(ctx, s, scheduleView, account, q, func(r *reader, ids []int64, place func(int64) *directory.ScheduleRow) error {
		return r.each(func(row scanner) error {
			var id int64
			var name, document string
			if err := row.Scan(&id, &name, &document); err != nil {
				return err
			}
			schedule := place(id)
			schedule.ID, schedule.Name = id, name
			if err := json.Unmarshal([]byte(document), &schedule.Schedules); err != nil {
				return fmt.Errorf("schedule %d: %w", id, err)
			}
			return nil
		}, `select id, name, document from schedules where account_id = $1 and `+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

func (t *tx) Named(kind directory.Kind, id int64) (*directory.Named, error) {
	n := directory.Named{ID: id}
	err := t.row(`select `+kinds[kind].name+` from `+kinds[kind].table+` where account_id = $1 and id = $2`, t.account, id).Scan(&n.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &n, err
}

func (t *tx) RenameNamed(kind directory.Kind, n directory.Named) (bool, error) {
	k := kinds[kind]
	if holder, err := t.IDByName(kind, n.Name); err != nil || holder != 0 && holder != n.ID && kind != directory.KindSchedule {
		return false, err
	}
	_, err := t.exec(`update `+k.table+` set `+k.name+` = $3, `+k.name+`_folded = $4 where account_id = $1 and id = $2`, t.account, n.ID, n.Name, directory.Fold(n.Name))
	return true, err
}

func (t *tx) DeleteNamed(kind directory.Kind, id int64) error {
	if _, err := t.exec(`delete from `+kinds[kind].table+` where account_id = $1 and id = $2`, t.account, id); err != nil {
		return err
	}
	return t.forget(kind, id)
}

func (t *tx) InUse(kind directory.Kind, id int64) (used bool, err error) {
	if kinds[kind].user == "" {
		return false, nil
	}
	if err := t.flush(); err != nil {
		return false, err
	}
	err = t.row(`select exists (`+kinds[kind].user+`)`, t.account, id).Scan(&used)
	return used, err
}
