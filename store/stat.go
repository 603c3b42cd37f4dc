package store

import (
	"context"

	"github.com/rosterd/rosterd/directory"
)

// What employees' time is told by: i is the interval, p a period in which an
// employee had the status s.
const (
	// interval is a table of one row; its parameters are microseconds.
	interval = `(select cast($2 as bigint) as since, cast($3 as bigint) as till) i`
	// inInterval is the condition that some of p is in i.
	inInterval = `i.since < i.till and p.started_at < i.till and (p.ended_at is null or p.ended_at > i.since)`
	// statusKey is what s is called in statistics.
	statusKey = `coalesce(s.mnemonic, cast(s.id as text))`
	// statusSeconds are the whole seconds of i that several p have together.
	statusSeconds = `cast(sum(case when p.ended_at < i.till then p.ended_at else i.till end - case when p.started_at > i.since then p.started_at else i.since end) as bigint) / 1000000`
	// periodsOf are the p and s of employees in i; conditions may follow.
	periodsOf = `status_periods p join statuses s on s.account_id = p.account_id and s.id = p.status_id where p.account_id = $1 and ` + inInterval
)

// counted is the condition that s counts.
func counted(t directory.StatTime) string {
	if t.OnlyStandard {
		return " and s.mnemonic is not null"
	}
	return ""
}

// statView are employees e, with the interval i that is asked for.
func statView(t directory.StatTime) *view {
	e := employeeView.fields
	return &view{
		from: "employees e cross join " + interval, args: []any{t.From.UnixMicro(), t.Till.UnixMicro()},
		id: employeeView.id, mine: employeeView.mine, count: employeeView.count, blocks: true,
		fields: map[string]field{
			"id": e["id"], "first_name": e["first_name"], "last_name": e["last_name"], "patronymic": e["patronymic"], "full_name": e["full_name"], "groups": e["groups"],
			"status_stats": {shape: many{
				outer: "e.id", column: "q.employee_id",
				from: "(select p.employee_id, " + statusKey + " as status, " + statusSeconds + " as seconds from " + interval + " cross join " + periodsOf + counted(t) + " group by 1, 2) q where 1 = 1",
				key:  "q.status", of: whole("q.seconds"),
			}},
		},
	}
}

// EmployeeStat reads a page of employees, each with how long they had which status.
func (s *Store) EmployeeStat(ctx context.Context, account int64, q directory.Query, t directory.StatTime) (directory.Page[directory.StatRow], error) {
	v := statView(t)
	return page(ctx, s, v, account, q, func(r *reader, ids []int64, place func(int64) *directory.StatRow) error {
		err := r.each(func(row scanner) error {
			var stat directory.StatRow
			var first, patronymic *string
			err := row.Scan(&stat.ID, &first, &stat.LastName, &patronymic, &stat.FullName)
			stat.FirstName, stat.Patronymic, stat.StatusStats = optional(first), optional(patronymic), directory.StatusStats{}
			*place(stat.ID) = stat
			return err
		}, `select id, first_name, last_name, patronymic, full_name from employees where account_id = $1 and `+s.flavor.ids("id", "$2"), account, list(ids))
		if err != nil {
			return err
		}
		err = r.each(func(row scanner) error {
			var id, seconds int64
			var key string
			err := row.Scan(&id, &key, &seconds)
			place(id).StatusStats[key] = seconds
			return err
		}, `select p.employee_id, `+statusKey+`, `+statusSeconds+` from `+interval+` cross join `+periodsOf+counted(t)+` and `+s.flavor.ids("p.employee_id", "$4")+` group by 1, 2`,
			append(append([]any{account}, v.args...), list(ids))...)
		if err != nil {
			return err
		}
		return r.each(func(row scanner) error {
			var id int64
			var group directory.EmployeeGroupRow
			err := row.Scan(&id, &group.ID, &group.Name)
			place(id).Groups = append(place(id).Groups, group)
			return err
		}, `select m.employee_id, g.id, g.name from memberships m join employee_groups g on g.account_id = m.account_id and g.id = m.group_id
			where m.account_id = $1 and `+s.flavor.ids("m.employee_id", "$2")+` order by g.id`, account, list(ids))
	})
}
