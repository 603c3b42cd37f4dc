package store

import (
	"context"
	"fmt"

	"github.com/rosterd/rosterd/directory"
)

// People reads a page of people.
func (s *Store) People(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Person], error) {
	return page(ctx, s, employeeView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Person) error {
		return r.people(account, ids, place)
	})
}

// PersonIDs reads the ids of all whom q selects, whatever its limit.
func (s *Store) PersonIDs(ctx context.Context, account int64, q directory.Query) (ids []int64, err error) {
	c := newCompiler(s.flavor, employeeView, account)
	err = s.snapshot(ctx, func(r *reader) error {
		where, err := c.narrowed(r, q.Where)
		if err != nil {
			return err
		}
		ids, err = r.ids(c.ids(where, q.Order), c.args...)
		return err
	})
	return ids, err
}

// people reads people into their places, with their statuses, activity and groups.
func (r *reader) people(account int64, ids []int64, place func(int64) *directory.Person) error {
	var statuses, groups, sites, skills []int64
	err := r.each(func(row scanner) error {
		e, err := scanEmployee(row)
		place(e.ID).Employee = e
		statuses, groups = append(statuses, e.StatusID), append(groups, e.Groups...)
		sites, skills = append(sites, sitesOf(&e)...), append(skills, e.Skills...)
		return err
	}, employeeQuery+r.flavor.ids("id", "$2"), account, list(ids))
	if err != nil {
		return err
	}
	err = r.each(func(row scanner) error {
		var signedIn int64
		id, a, err := scanActivity(row, &signedIn)
		place(id).Activity, place(id).SignedInAt = a, moment(signedIn)
		return err
	}, activityQuery+r.flavor.ids("employee_id", "$2"), account, list(ids))
	if err != nil {
		return err
	}
	chosen, err := r.statuses(account, statuses)
	if err != nil {
		return err
	}
	in, err := r.groups(account, groups)
	if err != nil {
		return err
	}
	served, err := r.sites(account, sites)
	if err != nil {
		return err
	}
	skilled, err := r.skills(account, skills)
	if err != nil {
		return err
	}
	for _, id := range ids {
		p := place(id)
		p.Chosen = chosen[p.StatusID]
		for _, group := range p.Groups {
			p.In = append(p.In, in[group])
		}
		for _, site := range sitesOf(&p.Employee) {
			p.Serves = append(p.Serves, served[site])
		}
		for _, skill := range p.Skills {
			p.Skilled = append(p.Skilled, skilled[skill])
		}
	}
	return nil
}

func (r *reader) sites(account int64, ids []int64) (map[int64]directory.Site, error) {
	sites := map[int64]directory.Site{}
	if ids = distinct(ids); len(ids) == 0 {
		return sites, nil
	}
	err := r.each(func(row scanner) error {
		s, err := scanSite(row)
		sites[s.ID] = s
		return err
	}, siteQuery+r.flavor.ids("id", "$2"), account, list(ids))
	return sites, err
}

// statuses reads statuses, deleted ones too.
func (r *reader) statuses(account int64, ids []int64) (map[int64]directory.Status, error) {
	statuses := map[int64]directory.Status{}
	err := r.each(func(row scanner) error {
		s, _, err := scanStatus(row)
		statuses[s.ID] = s
		return err
	}, statusQuery+r.flavor.ids("id", "$2"), account, list(distinct(ids)))
	return statuses, err
}

func (r *reader) groups(account int64, ids []int64) (map[int64]*directory.Group, error) {
	groups := map[int64]*directory.Group{}
	if ids = distinct(ids); len(ids) == 0 {
		return groups, nil
	}
	err := r.each(func(row scanner) error {
		g, err := scanGroup(row)
		groups[g.ID] = &g
		return err
	}, groupQuery+r.flavor.ids("g.id", "$2"), account, list(ids))
	return groups, err
}

// ChatGroups reads a page of groups, with how many are in them and what they show.
func (s *Store) ChatGroups(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.ChatGroup], error) {
	return page(ctx, s, groupView, account, q, func(r *reader, ids []int64, place func(int64) *directory.ChatGroup) error {
		groups, err := r.groups(account, ids)
		if err != nil {
			return err
		}
		for id, g := range groups {
			place(id).Group = *g
		}
		err = r.each(func(row scanner) error {
			var id, members, agents int64
			err := row.Scan(&id, &members, &agents)
			place(id).Members, place(id).Agents = members, agents
			return err
		}, `select m.group_id, count(*), sum(case when e.agent then 1 else 0 end)
			from memberships m join employees e on e.account_id = m.account_id and e.id = m.employee_id
			where m.account_id = $1 and `+r.flavor.ids("m.group_id", "$2")+` group by m.group_id`, account, list(ids))
		if err != nil {
			return err
		}
		shows, err := r.groupShows(account, ids)
		for _, id := range ids {
			place(id).Show = shows[id]
		}
		return err
	})
}

// groupShows are what groups show: the best of their enabled members.
func (r *reader) groupShows(account int64, ids []int64) (map[int64]directory.Show, error) {
	type show struct {
		group, status int64
		finer         directory.Show
	}
	var found []show
	var statuses []int64
	err := r.each(func(row scanner) error {
		var s show
		err := row.Scan(&s.group, &s.status, &s.finer)
		found, statuses = append(found, s), append(statuses, s.status)
		return err
	}, `select distinct m.group_id, m.status_id, coalesce(e.finer_show, '')
		from memberships m
		join employee_activity a on a.account_id = m.account_id and a.employee_id = m.employee_id
		join employees e on e.account_id = m.account_id and e.id = m.employee_id
		where m.account_id = $1 and m.enabled and a.connected and `+r.flavor.ids("m.group_id", "$2"), account, list(ids))
	if err != nil {
		return nil, err
	}
	chosen, err := r.statuses(account, statuses)
	if err != nil {
		return nil, err
	}
	shows := map[int64]directory.Show{}
	for _, id := range ids {
		shows[id] = directory.ShowUnavailable
	}
	for _, s := range found {
		p := directory.Person{Employee: directory.Employee{FinerShow: s.finer}, Chosen: chosen[s.status], Activity: directory.EmployeeActivity{Connected: true}}
		shows[s.group] = directory.BestShow(shows[s.group], p.Show())
	}
	return shows, nil
}

var membershipView = &view{
	from: `memberships m
		join employees e on e.account_id = m.account_id and e.id = m.employee_id
		join employee_groups g on g.account_id = m.account_id and g.id = m.group_id`,
	mine: "m.account_id = $1",
	fields: map[string]field{
		directory.MembershipGroup:    {expr: "m.group_id"},
		directory.MembershipEmployee: {expr: "m.employee_id"},
		directory.MembershipAgent:    {expr: "e.agent"},
		directory.MembershipActive:   {expr: "g.enabled"},
	},
}

const membershipColumns = `m.group_id, m.employee_id, m.enabled, m.chat_limit, m.sort_order, m.changed_at`

func scanMembership(row scanner) (m directory.Membership, err error) {
	var changed int64
	err = row.Scan(&m.Group.ID, &m.Person.ID, &m.Enabled, &m.ChatLimit, &m.Order, &changed)
	m.ChangedAt = moment(changed)
	return m, err
}

// Memberships reads a page of memberships, by group and by when they began.
func (s *Store) Memberships(ctx context.Context, account int64, q directory.Query) (page directory.Page[directory.Membership], err error) {
	c := newCompiler(s.flavor, membershipView, account)
	from := ` from ` + membershipView.from + ` where ` + c.where(q.Where)
	err = s.snapshot(ctx, func(r *reader) error {
		if !q.Uncounted {
			if err := r.row(`select count(*)`+from, c.args...).Scan(&page.Total); err != nil {
				return err
			}
		}
		limit := c.arg(q.Limit)
		var employees, groups []int64
		err := r.each(func(row scanner) error {
			m, err := scanMembership(row)
			page.Items = append(page.Items, m)
			employees, groups = append(employees, m.Person.ID), append(groups, m.Group.ID)
			return err
		}, fmt.Sprintf(`select %s%s order by m.group_id, m.position, m.employee_id limit %s offset %s`, membershipColumns, from, limit, c.arg(q.Offset)), c.args...)
		if err != nil || len(page.Items) == 0 {
			return err
		}
		people := map[int64]*directory.Person{}
		for _, id := range employees {
			people[id] = &directory.Person{}
		}
		if err := r.people(account, distinct(employees), func(id int64) *directory.Person { return people[id] }); err != nil {
			return err
		}
		in, err := r.groups(account, groups)
		if err != nil {
			return err
		}
		shows, err := r.groupShows(account, distinct(groups))
		for i := range page.Items {
			m := &page.Items[i]
			m.Person, m.Group, m.GroupShow = *people[m.Person.ID], *in[m.Group.ID], shows[m.Group.ID]
		}
		return err
	})
	return page, err
}

func (t *tx) Membership(group, employee int64) (*directory.Membership, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	var membership *directory.Membership
	m, err := scanMembership(t.row(`select `+membershipColumns+` from memberships m where m.account_id = $1 and m.group_id = $2 and m.employee_id = $3`, t.account, group, employee))
	err = found(&membership, m, err)
	return membership, err
}

func (t *tx) UpdateMembership(m directory.Membership) error {
	n, err := t.exec(`update memberships set enabled = $4, chat_limit = $5, sort_order = $6, changed_at = $7 where account_id = $1 and group_id = $2 and employee_id = $3`,
		t.account, m.Group.ID, m.Person.ID, m.Enabled, m.ChatLimit, m.Order, m.ChangedAt.UnixMicro())
	if err == nil && n == 0 {
		err = errConflict
	}
	return err
}
