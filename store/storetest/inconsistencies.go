package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// Inconsistencies tells where the tables contradict each other:
//
//   - an account's counter of employees and theirs, and those of blocks of ids;
//   - an employee's document and columns, numbers, memberships, sites, skills and
//     unique values;
//   - an employee's periods of statuses that leave a gap;
//   - a group's row and unique values, and whose a number is that it knows;
//   - a phone number that nobody has, a unique value whose owner is gone;
//   - event numbers other than 1, 2, 3, … up to the account's last;
//   - an employee without exactly one employee.created;
//   - events that remember what was deleted.
func Inconsistencies(query Query) ([]string, error) {
	c := checker{query: query}
	c.accounts()
	c.employees()
	c.periods()
	c.groups()
	c.owners()
	c.events()
	return c.problems, c.err
}

type checker struct {
	query    Query
	problems []string
	err      error
}

func (c *checker) rows(query string) [][]any {
	if c.err != nil {
		return nil
	}
	rows, err := c.query(query)
	if err != nil {
		c.err = fmt.Errorf("%s: %w", query, err)
	}
	return rows
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) accounts() {
	for _, row := range c.rows(`select a.id, a.employees, (select count(*) from employees e where e.account_id = a.id) from accounts a`) {
		if row[1] != row[2] {
			c.problem("account %d counts %d employees and has %d", row...)
		}
	}
	counted, there := c.rows(`select account_id, block, employees from employee_counts where employees <> 0 order by 1, 2`), c.rows(`select account_id, id / 4096, count(*) from employees group by 1, 2 order by 1, 2`)
	if !reflect.DeepEqual(counted, there) {
		c.problem("blocks of ids count %v and have %v", counted, there)
	}
}

// columns are those of employees that repeat what the document says, with how.
var columns = []struct {
	name string
	want func(*directory.Employee) any
}{
	{"version", func(e *directory.Employee) any { return e.Version }},
	{"uuid", func(e *directory.Employee) any { return e.UUID }},
	{"rocket_id", func(e *directory.Employee) any { return e.RocketID }},
	{"handle", func(e *directory.Employee) any { return e.Handle }},
	{"external_id", func(e *directory.Employee) any { return orNil(e.ExternalID) }},
	{"external_id_folded", func(e *directory.Employee) any { return orNil(directory.Fold(e.ExternalID)) }},
	{"login", func(e *directory.Employee) any { return orNil(e.Login) }},
	{"login_folded", func(e *directory.Employee) any { return orNil(directory.Fold(e.Login)) }},
	{"first_name", func(e *directory.Employee) any { return orNil(e.FirstName) }},
	{"first_name_folded", func(e *directory.Employee) any { return orNil(directory.Fold(e.FirstName)) }},
	{"last_name", func(e *directory.Employee) any { return e.LastName }},
	{"last_name_folded", func(e *directory.Employee) any { return directory.Fold(e.LastName) }},
	{"patronymic", func(e *directory.Employee) any { return orNil(e.Patronymic) }},
	{"full_name", func(e *directory.Employee) any { return e.FullName() }},
	{"full_name_folded", func(e *directory.Employee) any { return directory.Fold(e.FullName()) }},
	{"email", func(e *directory.Employee) any { return orNil(string(e.Email)) }},
	{"email_folded", func(e *directory.Employee) any { return orNil(directory.Fold(string(e.Email))) }},
	{"case when administrator then 1 else 0 end", func(e *directory.Employee) any {
		if e.IsMember() && slices.Contains(e.Roles, directory.Administrator) {
			return int64(1)
		}
		return int64(0)
	}},
	{"status_id", func(e *directory.Employee) any { return e.StatusID }},
	{"schedule_id", func(e *directory.Employee) any { return orNil(e.ScheduleID) }},
	{"coach_id", func(e *directory.Employee) any { return orNil(e.Coach.ID) }},
	{"position_id", func(e *directory.Employee) any { return orNil(seat(e).PositionID) }},
	{"extension", func(e *directory.Employee) any { return orNil(string(e.Extension.Number)) }},
	{"call_recording", func(e *directory.Employee) any { return string(e.CallRecording) }},
	{"in_external", func(e *directory.Employee) any { return int64(e.Directions.InExternal) }},
	{"in_internal", func(e *directory.Employee) any { return int64(e.Directions.InInternal) }},
	{"out_external", func(e *directory.Employee) any { return int64(e.Directions.OutExternal) }},
	{"out_internal", func(e *directory.Employee) any { return int64(e.Directions.OutInternal) }},
}

// orNil is v, or nil for its zero.
func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func seat(e *directory.Employee) directory.Seat {
	if e.Seat == nil {
		return directory.Seat{}
	}
	return *e.Seat
}

// owned are the rows of a table by the employee they belong to, as text.
type owned map[int64][]string

// owned reads employee and text columns, in order.
func (c *checker) owned(query string) owned {
	o := owned{}
	for _, row := range c.rows(query) {
		o[row[0].(int64)] = append(o[row[0].(int64)], fmt.Sprint(row[1:]...))
	}
	return o
}

func (c *checker) employees() {
	numbers := c.owned(`select employee_id, phone_number_id, position, id from employee_phone_numbers order by position`)
	memberships := c.owned(`select employee_id, group_id, status_id from memberships order by group_id`)
	periods := c.owned(`select employee_id, status_id, started_at from status_periods where ended_at is null`)
	sites := c.owned(`select employee_id, site_id from employee_sites order by site_id`)
	skills := c.owned(`select employee_id, skill_id from employee_skills order by skill_id`)
	values := c.owned(`select owner_id, kind, value from unique_values order by kind`)

	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	for _, row := range c.rows(`select account_id, id, document, ` + strings.Join(names, ", ") + ` from employees`) {
		account, id := row[0].(int64), row[1].(int64)
		var e directory.Employee
		if err := json.Unmarshal([]byte(row[2].(string)), &e); err != nil {
			c.problem("employee %d: document: %v", id, err)
			continue
		}
		if e.ID != id || e.AccountID != account {
			c.problem("employee %d of account %d has the document of %d of %d", id, account, e.ID, e.AccountID)
		}
		for i, column := range columns {
			if got, want := row[3+i], column.want(&e); got != want {
				c.problem("employee %d: column %s is %v, the document says %v", id, column.name, got, want)
			}
		}
		same := func(what string, got owned, want []string) {
			if !slices.Equal(got[id], want) {
				c.problem("employee %d: %s are %v, the document says %v", id, what, got[id], want)
			}
		}
		var wantNumbers, wantMemberships, wantValues []string
		for i, n := range e.NumberIDs {
			wantNumbers = append(wantNumbers, fmt.Sprint(n, i, e.LinkIDs[i]))
		}
		for _, g := range slices.Sorted(slices.Values(e.Groups)) {
			wantMemberships = append(wantMemberships, fmt.Sprint(g, e.StatusID))
		}
		unique := e.UniqueValues()
		delete(unique, directory.UniqueLogin) // the employee's row holds it
		for _, kind := range slices.Sorted(maps.Keys(unique)) {
			wantValues = append(wantValues, fmt.Sprint(string(kind), unique[kind]))
		}
		same("numbers", numbers, wantNumbers)
		same("memberships", memberships, wantMemberships)
		same("statuses that last", periods, []string{fmt.Sprint(e.StatusID, e.StatusSince.UnixMicro())})
		same("sites", sites, texts(seat(&e).Sites))
		same("skills", skills, texts(e.Skills))
		same("unique values", values, wantValues)
	}
}

// periods wants each that has an end to be followed by another.
func (c *checker) periods() {
	for _, row := range c.rows(`select employee_id, started_at, ended_at from status_periods p
		where ended_at <= started_at or ended_at is not null and not exists (
			select 1 from status_periods n where n.account_id = p.account_id and n.employee_id = p.employee_id and n.started_at = p.ended_at)`) {
		c.problem("employee %d: no status follows that from %d to %d", row...)
	}
}

func texts(ids []int64) (sorted []string) {
	for _, id := range slices.SortedFunc(slices.Values(ids), cmp.Compare[int64]) {
		sorted = append(sorted, fmt.Sprint(id))
	}
	return sorted
}

func (c *checker) groups() {
	values := c.owned(`select owner_id, kind, value from unique_values order by kind`)
	for _, row := range c.rows(`select id, name, name_folded, handle, coalesce(extension, '') from employee_groups`) {
		id, name, folded, handle, extension := row[0].(int64), row[1].(string), row[2].(string), row[3].(string), row[4].(string)
		if want := directory.Fold(name); folded != want {
			c.problem("group %d: name_folded is %q, want %q", id, folded, want)
		}
		want := []string{fmt.Sprint("handle", handle)}
		if extension != "" {
			want = []string{fmt.Sprint("extension", extension), want[0]}
		}
		if !slices.Equal(values[id], want) {
			c.problem("group %d: unique values are %v, the row says %v", id, values[id], want)
		}
	}
	for _, row := range c.rows(`select p.group_id, p.employee_id, n.employee_id from group_phone_numbers p
		join employee_phone_numbers n on n.account_id = p.account_id and n.id = p.employee_phone_number_id where n.employee_id <> p.employee_id`) {
		c.problem("group %d has as employee %d's a number of %d", row...)
	}
}

func (c *checker) owners() {
	for _, row := range c.rows(`select id, spelling from phone_numbers n
		where not exists (select 1 from employee_phone_numbers e where e.account_id = n.account_id and e.phone_number_id = n.id)`) {
		c.problem("phone number %d, %v, is nobody's", row...)
	}
	for _, row := range c.rows(`select kind, value, owner_id from unique_values v
		where not exists (select 1 from employees e where e.account_id = v.account_id and e.id = v.owner_id)
		and not exists (select 1 from employee_groups g where g.account_id = v.account_id and g.id = v.owner_id)`) {
		c.problem("%v %v belongs to %d, who is not there", row...)
	}
}

func (c *checker) events() {
	for _, row := range c.rows(`select a.id, a.last_event, count(e.number), coalesce(min(e.number), 1), coalesce(max(e.number), 0)
		from accounts a left join events e on e.account_id = a.id group by a.id, a.last_event`) {
		if row[1] != row[2] || row[1] != row[4] || row[3] != int64(1) {
			c.problem("account %d is at event %d and has %d, from %d to %d", row...)
		}
	}
	for _, row := range c.rows(`select e.id, (select count(*) from events v where v.account_id = e.account_id
		and v.subject_kind = 'employees' and v.subject_id = e.id and v.kind = 'employee.created') from employees e`) {
		if row[1] != int64(1) {
			c.problem("employee %d was created by %d events", row...)
		}
	}
	for _, row := range c.rows(`select v.number, v.kind, v.subject_id from events v
		where v.subject_kind = 'employees' and (v.before_state is not null or v.after_state is not null)
		and not exists (select 1 from employees e where e.account_id = v.account_id and e.id = v.subject_id)`) {
		c.problem("event %d, %v, remembers employee %d, who is gone", row...)
	}
	for _, row := range c.rows(`select v.number, v.kind, v.subject_id from events v
		where v.subject_kind = 'group_employees' and (v.before_state is not null or v.after_state is not null)
		and not exists (select 1 from employee_groups g where g.account_id = v.account_id and g.id = v.subject_id)`) {
		c.problem("event %d, %v, remembers group %d, which is gone", row...)
	}
}
