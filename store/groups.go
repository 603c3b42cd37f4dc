package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

var groupView = &view{
	from: "employee_groups g", id: "g.id", mine: "g.account_id = $1",
	fields: map[string]field{
		"id":   {expr: "g.id"},
		"name": {expr: "g.name", folded: "g.name_folded"},
		"phone_numbers": {shape: many{outer: "g.id", column: "m.group_id", from: groupNumbers + " where m.account_id = $1", of: object{members: []member{
			{"employee_phone_number", text("(select s.spelling from phone_numbers s where s.account_id = n.account_id and s.id = n.phone_number_id)")},
			{"employee_phone_number_id", whole("n.id")},
			{"employee_full_name", text("(select e.full_name from employees e where e.account_id = m.account_id and e.id = m.employee_id)")},
			{"employee_id", whole("m.employee_id")},
			{"available", boolean("coalesce(p.available, true)")},
			{"phone_in_employee_id", whole("n.phone_number_id")},
		}}}},
		"group_phone_number": {expr: "g.extension", folded: "g.extension"},
		"queue_enabled":      {expr: "g.queue_enabled"},
		"channels_count":     {expr: "g.channels_count"},
		"uuid":               {expr: "g.uuid", folded: "g.uuid"},
		"handle":             {expr: "g.handle", folded: "g.handle"},

		directory.GroupRocketID: {expr: "g.rocket_id"},
		directory.GroupEnabled:  {expr: "g.enabled"},
		directory.GroupParent:   {expr: "g.parent_id"},
	},
}

// groupNumbers are the numbers of groups' members, and groupNumberOrder the order
// in which a group dials them.
const (
	groupNumbers = `memberships m
		join employee_phone_numbers n on n.account_id = m.account_id and n.employee_id = m.employee_id
		left join group_phone_numbers p on p.account_id = m.account_id and p.group_id = m.group_id and p.employee_phone_number_id = n.id`
	groupNumberOrder = ` order by p.position nulls last, m.position, m.employee_id, n.position`
)

// Groups reads a page of groups, and for all of them at once their members and
// their numbers.
func (s *Store) Groups(ctx context.Context, account int64, q directory.Query, pick schema.Pick) (directory.Page[directory.GroupRow], error) {
	return page(ctx, s, groupView, account, q, func(r *reader, ids []int64, place func(int64) *directory.GroupRow) error {
		which, groups := s.flavor.ids("g.id", "$2"), list(ids)
		err := r.each(func(row scanner) error {
			g, err := scanGroup(row)
			*place(g.ID) = directory.GroupRow{
				ID: g.ID, Name: g.Name, QueueEnabled: g.QueueEnabled, ChannelsCount: g.ChannelsCount, UUID: g.UUID, Handle: g.Handle,
			}
			if g.Extension != "" {
				place(g.ID).GroupPhoneNumber = schema.Some(g.Extension)
			}
			return err
		}, groupQuery+which, account, groups)
		if err == nil && pick.Has("members") {
			err = r.each(func(row scanner) error {
				var group int64
				var m directory.MemberRow
				err := row.Scan(&group, &m.ID, &m.FullName)
				g := place(group)
				g.Members = append(g.Members, m)
				return err
			}, `select m.group_id, e.id, e.full_name
				from memberships m join employees e on e.account_id = m.account_id and e.id = m.employee_id
				where m.account_id = $1 and `+s.flavor.ids("m.group_id", "$2")+` order by m.position, m.employee_id`, account, groups)
		}
		if err == nil && pick.Has("phone_numbers") {
			err = r.each(func(row scanner) error {
				var group int64
				var n directory.GroupNumberRow
				err := row.Scan(&group, &n.PhoneNumber, &n.ID, &n.FullName, &n.EmployeeID, &n.Available, &n.PhoneID)
				g := place(group)
				g.PhoneNumbers = append(g.PhoneNumbers, n)
				return err
			}, `select m.group_id, s.spelling, n.id, e.full_name, e.id, coalesce(p.available, true), s.id from `+groupNumbers+`
				join employees e on e.account_id = m.account_id and e.id = m.employee_id
				join phone_numbers s on s.account_id = n.account_id and s.id = n.phone_number_id
				where m.account_id = $1 and `+s.flavor.ids("m.group_id", "$2")+groupNumberOrder, account, groups)
		}
		return err
	})
}

const groupQuery = `select g.id, g.uuid, g.rocket_id, g.handle, g.name, coalesce(g.extension, ''), g.queue_enabled, g.channels_count,
		coalesce(g.description, ''), coalesce(g.email, ''), g.enabled, g.show_on_registration, g.show_on_offline_form, g.transcripts, coalesce(g.avatar, ''), coalesce(g.parent_id, 0), g.created_at
	from employee_groups g where g.account_id = $1 and `

func scanGroup(row scanner) (g directory.Group, err error) {
	var created int64
	err = row.Scan(&g.ID, &g.UUID, &g.RocketID, &g.Handle, &g.Name, &g.Extension, &g.QueueEnabled, &g.ChannelsCount,
		&g.Description, &g.Email, &g.Enabled, &g.ShowOnRegistration, &g.ShowOnOfflineForm, &g.Transcripts, &g.Avatar, &g.ParentID, &created)
	g.CreatedAt = moment(created)
	return g, err
}

func (t *tx) Group(id int64) (*directory.Group, error) {
	g, err := scanGroup(t.row(groupQuery+`g.id = $2`, t.account, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &g, err
}

func (t *tx) Members(group int64) (members []int64, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	err = t.each(func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		members = append(members, id)
		return err
	}, `select employee_id from memberships where account_id = $1 and group_id = $2 order by position, employee_id`, t.account, group)
	return members, err
}

func (t *tx) GroupNumbers(group int64) (numbers []directory.GroupNumber, err error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	err = t.each(func(row scanner) error {
		var n directory.GroupNumber
		err := row.Scan(&n.ID, &n.EmployeeID, &n.Available, &n.Placed)
		numbers = append(numbers, n)
		return err
	}, `select n.id, n.employee_id, coalesce(p.available, true), p.position is not null from `+groupNumbers+`
		where m.account_id = $1 and m.group_id = $2`+groupNumberOrder, t.account, group)
	return numbers, err
}

func (t *tx) GroupTaken(g *directory.Group) ([]directory.UniqueValue, error) {
	taken, err := t.taken(g.ID, g.UniqueValues())
	if err != nil {
		return nil, err
	}
	holder, err := t.IDByName(directory.KindGroup, g.Name)
	if holder != 0 && holder != g.ID {
		taken = append(taken, directory.UniqueName)
	}
	return taken, err
}

func (t *tx) InsertGroup(g *directory.Group) ([]directory.UniqueValue, error) {
	taken, err := t.GroupTaken(g)
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	n, err := t.exec(`insert into employee_groups (account_id, id, handle, name, name_folded, extension, queue_enabled, channels_count,
			description, email, enabled, show_on_registration, show_on_offline_form, transcripts, avatar, parent_id, uuid, rocket_id, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) on conflict do nothing`, append(t.groupValues(g), g.UUID, g.RocketID, g.CreatedAt.UnixMicro())...)
	if err == nil && n == 0 {
		err = errConflict
	}
	t.claim(g.ID, g.UniqueValues())
	return nil, err
}

func (t *tx) UpdateGroup(before, after *directory.Group) ([]directory.UniqueValue, error) {
	taken, err := t.GroupTaken(after)
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	n, err := t.exec(`update employee_groups set handle = $3, name = $4, name_folded = $5, extension = $6, queue_enabled = $7, channels_count = $8,
			description = $9, email = $10, enabled = $11, show_on_registration = $12, show_on_offline_form = $13, transcripts = $14, avatar = $15, parent_id = $16
		where account_id = $1 and id = $2`, t.groupValues(after)...)
	if err == nil && n == 0 {
		err = errConflict
	}
	if err != nil {
		return nil, err
	}
	return nil, t.reclaim(after.ID, before.UniqueValues(), after.UniqueValues())
}

func (t *tx) groupValues(g *directory.Group) []any {
	return []any{
		t.account, g.ID, g.Handle, g.Name, directory.Fold(g.Name), nullable(string(g.Extension)), g.QueueEnabled, g.ChannelsCount,
		nullable(g.Description), nullable(string(g.Email)), g.Enabled, g.ShowOnRegistration, g.ShowOnOfflineForm, g.Transcripts, nullable(g.Avatar), id(g.ParentID),
	}
}

func (t *tx) DeleteGroup(g *directory.Group) error {
	if err := t.release(g.ID, g.UniqueValues()); err != nil {
		return err
	}
	n, err := t.exec(`delete from employee_groups where account_id = $1 and id = $2`, t.account, g.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return errConflict
	}
	return t.forget(directory.KindGroup, g.ID)
}

// Join places the members after the last: after the moment, too, unless a large
// group has joined that many microseconds ago.
func (t *tx) Join(group int64, members []*directory.Employee) error {
	if err := t.regroup(members); err != nil {
		return err
	}
	var next int64
	if err := t.row(`select coalesce(max(position) + 1, 0) from memberships where account_id = $1 and group_id = $2`, t.account, group).Scan(&next); err != nil {
		return err
	}
	for _, e := range members {
		next = max(next, e.UpdatedAt.UnixMicro())
		t.join(group, e, next)
		next++
	}
	return nil
}

// join adds a membership, at a position in the group.
func (t *tx) join(group int64, e *directory.Employee, position int64) {
	t.add(memberships, t.account, e.ID, group, e.StatusID, position, true, int64(0), int64(0), e.UpdatedAt.UnixMicro())
}

func (t *tx) Leave(group int64, members []*directory.Employee) error {
	ids := make([]int64, len(members))
	for i, e := range members {
		ids[i] = e.ID
	}
	for _, table := range []string{"group_phone_numbers", "memberships"} {
		if _, err := t.exec(`delete from `+table+` where account_id = $1 and group_id = $2 and `+t.flavor().ids("employee_id", "$3"), t.account, group, list(ids)); err != nil {
			return err
		}
	}
	return t.regroup(members)
}

// regroup writes the documents of employees who have changed in nothing that a
// column repeats but the version, which is one more.
func (t *tx) regroup(members []*directory.Employee) error {
	rows := make([][]any, len(members))
	for i, e := range members {
		document, err := json.Marshal(e)
		if err != nil {
			return err
		}
		rows[i] = []any{t.account, e.ID, e.Version, string(document)}
	}
	n, err := t.execEach(`update employees set version = $3, document = $4 where account_id = $1 and id = $2 and version = $3 - 1`, rows)
	if err == nil && n != int64(len(rows)) {
		err = errConflict
	}
	return err
}

func (t *tx) PlaceGroupNumbers(group int64, numbers []directory.GroupNumber) error {
	if _, err := t.exec(`delete from group_phone_numbers where account_id = $1 and group_id = $2`, t.account, group); err != nil {
		return err
	}
	for i, n := range numbers {
		t.add(groupPhoneNumbers, t.account, group, n.ID, n.EmployeeID, int64(i), n.Available)
	}
	return nil
}

func (t *tx) Employees(ids []int64) ([]*directory.Employee, map[int64]directory.Number, error) {
	if err := t.flush(); err != nil {
		return nil, nil, err
	}
	places := make(map[int64]int, len(ids))
	for i, id := range ids {
		places[id] = i
	}
	var employees []*directory.Employee
	var numberIDs []int64
	err := t.each(func(row scanner) error {
		e, err := scanEmployee(row)
		employees, numberIDs = append(employees, &e), append(numberIDs, e.NumberIDs...)
		return err
	}, employeeQuery+t.flavor().ids("id", "$2"), t.account, list(ids))
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(employees, func(a, b *directory.Employee) int { return cmp.Compare(places[a.ID], places[b.ID]) })
	found, err := t.NumbersByID(distinct(numberIDs))
	numbers := make(map[int64]directory.Number, len(found))
	for _, n := range found {
		numbers[n.ID] = n
	}
	return employees, numbers, err
}
