package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// Verify compares everything that is kept twice: each employee's document with
// their row, numbers, groups, the period of their status, sites, skills and unique
// values; each group's row with its unique values; each account's counters with
// what they count; the search index, if it is ready and this program has one, with
// the rows. problem is told what does not agree, progress how many of how
// many employees are done. It reads one moment of the database.
func (s *Store) Verify(ctx context.Context, problem func(string), progress func(done, all int64)) error {
	return s.snapshot(ctx, func(r *reader) error {
		if err := s.flavor.check(r, problem); err != nil {
			return err
		}
		if err := r.verifyCounts(problem); err != nil {
			return err
		}
		if err := r.verifySearch(problem); err != nil {
			return err
		}
		var all, done int64
		if err := r.row(`select count(*) from employees`).Scan(&all); err != nil {
			return err
		}
		var after []any
		held := map[int64]int64{} // unique values, by account
		for {
			page, err := r.page(employees, after)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1]
			done += int64(len(page))
			for len(page) > 0 { // an account at a time
				of := 1
				for of < len(page) && page[of][0] == page[0][0] {
					of++
				}
				account := page[0][0].(int64)
				n, err := r.verifyEmployees(account, page[:of], problem)
				if err != nil {
					return err
				}
				held[account] += n
				page = page[of:]
			}
			progress(done, all)
		}
		for _, account := range slices.Sorted(maps.Keys(held)) {
			if err := r.verifyHeld(account, held[account], problem); err != nil {
				return err
			}
		}
		return nil
	})
}

// verifyCounts looks for accounts whose counters are wrong, for rows that nobody
// has, and for groups that disagree with what is theirs.
func (r *reader) verifyCounts(problem func(string)) error {
	for _, check := range []struct{ query, text string }{
		{`select id, employees - (select count(*) from employees e where e.account_id = a.id) from accounts a`, "account %d counts %d employees too many"},
		{`select id, last_event - (select count(*) from events e where e.account_id = a.id) from accounts a`, "account %d has numbered %d events more than it has"},
		{`select id, last_event - (select coalesce(max(number), 0) from events e where e.account_id = a.id) from accounts a`, "account %d has its newest event %d numbers before the last"},
		{`select id, case when exists (select 1 from employee_phone_numbers e where e.account_id = n.account_id and e.phone_number_id = n.id) then 0 else 1 end from phone_numbers n`, "phone number %d is nobody's (%d)"},
		{`select owner_id, case when exists (select 1 from employees e where e.account_id = u.account_id and e.id = u.owner_id)
			or exists (select 1 from employee_groups g where g.account_id = u.account_id and g.id = u.owner_id) then 0 else 1 end from unique_values u`, "unique values of %d have no owner (%d)"},
		{`select id, 1 - (select count(*) from unique_values u where u.account_id = g.account_id and u.owner_id = g.id and u.kind = 'handle' and u.value = g.handle)
			+ case when g.extension is null then 0 else 1 end - (select count(*) from unique_values u where u.account_id = g.account_id and u.owner_id = g.id and u.kind = 'extension' and u.value = g.extension)
			from employee_groups g`, "group %d lacks %d of its unique values"},
		{`select g.id, count(*) from unique_values u join employee_groups g on g.account_id = u.account_id and g.id = u.owner_id
			where not (u.kind = 'handle' and u.value = g.handle or u.kind = 'extension' and u.value = coalesce(g.extension, '')) group by g.id`, "group %d holds %d unique values that are not its own"},
		{fmt.Sprintf(`select e.block * %[1]d, coalesce(c.employees, 0) - e.employees
				from (select account_id, id / %[1]d as block, count(*) as employees from employees group by 1, 2) e
				left join employee_counts c on c.account_id = e.account_id and c.block = e.block
			union all select c.block * %[1]d, c.employees from employee_counts c
				where not exists (select 1 from employees e where e.account_id = c.account_id and e.id between c.block * %[1]d and c.block * %[1]d + %[1]d - 1)`, countBlock), "the block of ids that begins with %d counts %d employees too many"},
		{`select group_id, case when exists (select 1 from employee_phone_numbers n where n.account_id = p.account_id and n.id = p.employee_phone_number_id and n.employee_id = p.employee_id) then 0 else 1 end
			from group_phone_numbers p`, "group %d has a number of one employee as another's (%d)"},
	} {
		err := r.each(func(row scanner) error {
			var id, difference int64
			err := row.Scan(&id, &difference)
			if difference != 0 {
				problem(fmt.Sprintf(check.text, id, difference))
			}
			return err
		}, check.query)
		if err != nil {
			return err
		}
	}
	return nil
}

// links are an employee's rows in the tables beside their own.
type links struct {
	numbers, links, groups, sites, skills []int64
	statuses                              []int64 // of groups, and of the period that lasts
	since                                 []int64 // when that period began
	unique                                map[directory.UniqueValue]string
}

// verifyEmployees also counts those of their unique values that are held.
func (r *reader) verifyEmployees(account int64, page [][]any, problem func(string)) (held int64, err error) {
	ids := make([]int64, len(page))
	for i, row := range page {
		ids[i] = row[1].(int64)
	}
	found, err := r.links(account, ids)
	if err != nil {
		return 0, err
	}
	documents := make([]directory.Employee, len(page))
	for i, row := range page {
		if err := json.Unmarshal([]byte(row[2].(string)), &documents[i]); err != nil {
			problem(fmt.Sprintf("employee %d: document: %v", ids[i], err))
			documents[i] = directory.Employee{}
		}
	}
	if held, err = r.unique(account, documents, found); err != nil {
		return 0, err
	}
	for i, row := range page {
		e := documents[i]
		if e.ID == 0 {
			continue
		}
		wrong := func(what string, got, want any) {
			problem(fmt.Sprintf("employee %d: %s is %v, and %v in the document", ids[i], what, got, want))
		}
		document, passwordHash := row[2], row[3]
		for c, want := range append([]any{e.AccountID, e.ID, document, passwordHash}, employeeValues(&e)...) {
			if got := row[c]; got != want {
				wrong(employees.columns[c], got, want)
			}
		}
		l := found[ids[i]]
		for _, list := range []struct {
			what      string
			got, want []int64
			ordered   bool
		}{
			{"the list of numbers", l.numbers, e.NumberIDs, true},
			{"the list of the numbers' ids in groups", l.links, e.LinkIDs, true},
			{"the set of groups", l.groups, e.Groups, false},
			{"the begin of the periods that last", l.since, []int64{e.StatusSince.UnixMicro()}, true},
			{"the set of sites", l.sites, sitesOf(&e), false},
			{"the set of skills", l.skills, e.Skills, false},
		} {
			got, want := list.got, slices.Clone(list.want)
			if !list.ordered {
				slices.Sort(want)
			}
			if !slices.Equal(got, want) {
				wrong(list.what, got, want)
			}
		}
		for _, status := range l.statuses {
			if status != e.StatusID {
				wrong("the status in a group or a period", status, e.StatusID)
			}
		}
		want := e.UniqueValues()
		delete(want, directory.UniqueLogin)
		if !maps.Equal(l.unique, want) {
			wrong("the set of unique values", l.unique, want)
		}
	}
	return held, nil
}

// links reads those of many employees.
func (r *reader) links(account int64, ids []int64) (map[int64]*links, error) {
	found := make(map[int64]*links, len(ids))
	for _, id := range ids {
		found[id] = &links{unique: map[directory.UniqueValue]string{}}
	}
	which := r.flavor.ids("employee_id", "$2")
	for _, q := range []struct {
		add   func(l *links, value int64)
		query string
	}{
		{func(l *links, v int64) { l.numbers = append(l.numbers, v) }, `select employee_id, phone_number_id from employee_phone_numbers where account_id = $1 and ` + which + ` order by position`},
		{func(l *links, v int64) { l.links = append(l.links, v) }, `select employee_id, id from employee_phone_numbers where account_id = $1 and ` + which + ` order by position`},
		{func(l *links, v int64) { l.groups = append(l.groups, v) }, `select employee_id, group_id from memberships where account_id = $1 and ` + which + ` order by group_id`},
		{func(l *links, v int64) { l.statuses = append(l.statuses, v) }, `select employee_id, status_id from memberships where account_id = $1 and ` + which},
		{func(l *links, v int64) { l.statuses = append(l.statuses, v) }, `select employee_id, status_id from status_periods where account_id = $1 and ended_at is null and ` + which},
		{func(l *links, v int64) { l.since = append(l.since, v) }, `select employee_id, started_at from status_periods where account_id = $1 and ended_at is null and ` + which + ` order by started_at`},
		{func(l *links, v int64) { l.sites = append(l.sites, v) }, `select employee_id, site_id from employee_sites where account_id = $1 and ` + which + ` order by site_id`},
		{func(l *links, v int64) { l.skills = append(l.skills, v) }, `select employee_id, skill_id from employee_skills where account_id = $1 and ` + which + ` order by skill_id`},
	} {
		err := r.each(func(row scanner) error {
			var id, value int64
			err := row.Scan(&id, &value)
			if l := found[id]; err == nil && l != nil {
				q.add(l, value)
			}
			return err
		}, q.query, account, list(ids))
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// unique reads who holds the unique values that these employees have, and counts them.
func (r *reader) unique(account int64, employees []directory.Employee, found map[int64]*links) (held int64, err error) {
	for _, kind := range claimable {
		var theirs []string
		for _, e := range employees {
			if value, has := e.UniqueValues()[kind]; has {
				theirs = append(theirs, value)
			}
		}
		err := r.each(func(row scanner) error {
			var id int64
			var value string
			err := row.Scan(&id, &value)
			if l := found[id]; err == nil && l != nil {
				l.unique[kind] = value
			}
			held++
			return err
		}, `select owner_id, value from unique_values where account_id = $1 and kind = $2 and `+r.flavor.texts("value", "$3"), account, string(kind), list(theirs))
		if err != nil {
			return 0, err
		}
	}
	return held, nil
}

// verifyHeld looks for unique values that are held by employees who do not have them:
// there are none if an account has no more than its groups have and its employees, of
// whose so many were found to be held.
func (r *reader) verifyHeld(account, found int64, problem func(string)) error {
	var others int64
	err := r.row(`select (select count(*) from unique_values where account_id = $1) - (select count(*) + count(extension) from employee_groups where account_id = $1)`, account).Scan(&others)
	if err != nil || others == found {
		return err
	}
	return r.each(func(row scanner) error {
		var document, value string
		var kind directory.UniqueValue
		if err := row.Scan(&document, &kind, &value); err != nil {
			return err
		}
		var e directory.Employee
		if err := json.Unmarshal([]byte(document), &e); err == nil && e.UniqueValues()[kind] != value { // what cannot be read has been told of
			problem(fmt.Sprintf("employee %d: the %s %q is kept for them, and is not in the document", e.ID, kind, value))
		}
		return nil
	}, `select e.document, u.kind, u.value from unique_values u join employees e on e.account_id = u.account_id and e.id = u.owner_id where u.account_id = $1`, account)
}
