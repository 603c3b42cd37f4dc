package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// snapshot reads the database as it is at one moment.
func (s *Store) snapshot(ctx context.Context, read func(*reader) error) error {
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	tx, err := s.read.BeginTx(ctx, &s.flavor.snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing was written
	return read(&reader{ctx, tx, s.flavor})
}

type reader struct {
	ctx    context.Context
	tx     *sql.Tx
	flavor flavor
}

func (r *reader) row(query string, args ...any) scanner {
	return r.tx.QueryRowContext(r.ctx, r.flavor.rebind(query), args...)
}

func (r *reader) each(visit func(scanner) error, query string, args ...any) error {
	rows, err := r.tx.QueryContext(r.ctx, r.flavor.rebind(query), args...)
	if err != nil {
		return err
	}
	return visitRows(rows, visit)
}

// page reads a page of a view at one moment: it counts, finds the ids along an
// index, and then has what belongs to these ids read, in their order.
func page[T any](ctx context.Context, s *Store, v *view, account int64, q directory.Query, read func(r *reader, ids []int64, place func(id int64) *T) error) (page directory.Page[T], err error) {
	c := newCompiler(s.flavor, v, account)
	err = s.snapshot(ctx, func(r *reader) error {
		where, err := c.narrowed(r, q.Where)
		if err != nil {
			return err
		}
		count, args := `select count(*) as total from `+v.from+` where `+where, c.args
		if q.Where == nil && v.count != "" {
			count, args = v.count, []any{account}
		}
		if !q.Uncounted {
			if err := r.row(count, args...).Scan(&page.Total); err != nil {
				return err
			}
		}
		limit := c.arg(q.Limit)
		ids, err := r.ids(`select `+v.id+` from `+v.from+` where `+where+` order by `+c.order(q.Order)+` limit `+limit+` offset `+c.arg(q.Offset), c.args...)
		if err != nil || len(ids) == 0 {
			return err
		}
		places := make(map[int64]int, len(ids))
		for i, id := range ids {
			places[id] = i
		}
		page.Items = make([]T, len(ids))
		return read(r, ids, func(id int64) *T { return &page.Items[places[id]] })
	})
	return page, err
}

// employeeQuery is followed by which employees are meant; scanEmployee reads one.
const employeeQuery = `select id, document from employees where account_id = $1 and `

func scanEmployee(row scanner) (e directory.Employee, err error) {
	var id int64
	var document string
	if err := row.Scan(&id, &document); err != nil {
		return e, err
	}
	if err = json.Unmarshal([]byte(document), &e); err != nil {
		err = fmt.Errorf("employee %d: %w", id, err)
	}
	return e, err
}

// Employees reads the documents of a page, and what they refer to for all of them
// at once.
func (s *Store) Employees(ctx context.Context, account int64, q directory.Query) (employees directory.Page[directory.Employee], refs directory.References, err error) {
	employees, err = page(ctx, s, employeeView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Employee) error {
		read := make([]directory.Employee, 0, len(ids))
		err := r.each(func(row scanner) error {
			e, err := scanEmployee(row)
			if err != nil {
				return err
			}
			*place(e.ID) = e
			read = append(read, e)
			return nil
		}, employeeQuery+s.flavor.ids("id", "$2"), account, list(ids))
		if err != nil {
			return err
		}
		refs, err = r.references(account, read)
		return err
	})
	return employees, refs, err
}

// References reads what employees refer to.
func (s *Store) References(ctx context.Context, account int64, employees []directory.Employee) (refs directory.References, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		refs, err = r.references(account, employees)
		return err
	})
	return refs, err
}

func (r *reader) ids(query string, args ...any) (ids []int64, err error) {
	err = r.each(func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}

// references reads what employees refer to, one query for each kind.
func (r *reader) references(account int64, employees []directory.Employee) (refs directory.References, err error) {
	var statuses, schedules, groups, positions, sites, skills, coaches, numbers []int64
	for i := range employees {
		e := &employees[i]
		statuses, schedules, coaches = append(statuses, e.StatusID), append(schedules, e.ScheduleID), append(coaches, e.Coach.ID)
		groups, skills, numbers = append(groups, e.Groups...), append(skills, e.Skills...), append(numbers, e.NumberIDs...)
		if e.Seat != nil {
			positions, sites = append(positions, e.Seat.PositionID), append(sites, e.Seat.Sites...)
		}
	}
	for _, named := range []struct {
		to   *map[int64]string
		kind directory.Kind
		ids  []int64
	}{
		{&refs.Schedules, directory.KindSchedule, schedules},
		{&refs.Groups, directory.KindGroup, groups},
		{&refs.Positions, directory.KindPosition, positions},
		{&refs.Sites, directory.KindSite, sites},
		{&refs.Skills, directory.KindSkill, skills},
		{&refs.Coaches, directory.KindEmployee, coaches},
	} {
		if *named.to, err = r.names(account, kinds[named.kind].table, kinds[named.kind].name, named.ids); err != nil {
			return refs, err
		}
	}
	if refs.Statuses, err = r.names(account, "statuses", "coalesce(mnemonic, '')", statuses); err != nil {
		return refs, err
	}
	refs.Numbers = map[int64]directory.Number{}
	if numbers = distinct(numbers); len(numbers) == 0 {
		return refs, nil
	}
	err = r.each(func(row scanner) error {
		n, err := scanNumber(row)
		refs.Numbers[n.ID] = n
		return err
	}, `select `+numberColumns+` from phone_numbers where account_id = $1 and `+r.flavor.ids("id", "$2"), account, list(numbers))
	return refs, err
}

func (r *reader) names(account int64, table, name string, ids []int64) (map[int64]string, error) {
	if ids = distinct(ids); len(ids) == 0 {
		return nil, nil
	}
	names := make(map[int64]string, len(ids))
	err := r.each(func(row scanner) error {
		var id int64
		var name string
		err := row.Scan(&id, &name)
		names[id] = name
		return err
	}, `select id, `+name+` from `+table+` where account_id = $1 and `+r.flavor.ids("id", "$2"), account, list(ids))
	return names, err
}

// distinct are the ids without repetition and without 0.
func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 && ids[0] == 0 {
		ids = ids[1:]
	}
	return ids
}
