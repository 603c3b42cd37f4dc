package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/directory"
)

// snapshot reads the database as it is at one moment.
func (s *Store) snapshot(ctx context.Context, read func(*reader) error) error {
	begun := time.Now()
	if err := s.gate.enter(ctx); err != nil {
		return s.outage.told(err)
	}
	defer s.gate.leave()
	r := &reader{ctx, nil, s.flavor}
	tx, err := s.begin(r.byKey().ctx, begun)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing was written
	r.tx = tx
	if err = read(r); err != nil && ctx.Err() == nil && s.flavor.away(err) {
		return unreachable(err)
	}
	return err
}

// single reads by one query, which needs no transaction; of a database that turns out
// to be away it reads as snapshot does, which waits.
func (s *Store) single(ctx context.Context, read func(*reader) error) error {
	if err := s.gate.enter(ctx); err != nil {
		return s.outage.told(err)
	}
	err := read((&reader{ctx, s.read, s.flavor}).byKey())
	s.gate.leave()
	if err != nil && ctx.Err() == nil && s.flavor.away(err) {
		return s.snapshot(ctx, read)
	}
	return err
}

type reader struct {
	ctx    context.Context
	tx     querier
	flavor flavor
}

// querier is a transaction, or the pool for a single query, which sees one moment by
// itself.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// byKey is r for queries that look up so many rows by their keys.
func (r *reader) byKey() *reader {
	if !r.flavor.brief {
		return r
	}
	return &reader{context.WithoutCancel(r.ctx), r.tx, r.flavor}
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
	err = s.snapshot(ctx, func(r *reader) error {
		count, walk, err := newCompiler(s.flavor, v, account).page(r, q)
		if err != nil {
			return err
		}
		if !q.Uncounted {
			if err := r.row(count.text, count.args...).Scan(&page.Total); err != nil {
				return err
			}
		}
		ids, err := r.ids(walk.text, walk.args...)
		if err != nil || len(ids) == 0 {
			return err
		}
		places := make(map[int64]int, len(ids))
		for i, id := range ids {
			places[id] = i
		}
		page.Items = make([]T, len(ids))
		return read(r.byKey(), ids, func(id int64) *T { return &page.Items[places[id]] })
	})
	return page, err
}

// employeeQuery is followed by which employees are meant; scanEmployee reads one.
const employeeQuery = `select id, document from employees where account_id = $1 and `

func scanEmployee(row scanner) (e directory.Employee, err error) {
	err = scanInto(row, func(int64) *directory.Employee { return &e })
	return e, err
}

// scanInto reads an employee into its place.
func scanInto(row scanner, place func(id int64) *directory.Employee) error {
	var id int64
	var document string
	if err := row.Scan(&id, &document); err != nil {
		return err
	}
	if err := readDocument(document, place(id)); err != nil {
		return fmt.Errorf("employee %d: %w", id, err)
	}
	return nil
}

// Employees reads the documents of a page, and what they refer to for all of them
// at once.
func (s *Store) Employees(ctx context.Context, account int64, q directory.Query) (employees directory.Page[directory.Employee], refs directory.References, err error) {
	employees, err = page(ctx, s, employeeView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Employee) error {
		err := r.each(func(row scanner) error { return scanInto(row, place) }, employeeQuery+s.flavor.ids("id", "$2"), account, list(ids))
		if err != nil {
			return err
		}
		read := make([]*directory.Employee, len(ids))
		for i, id := range ids {
			read[i] = place(id)
		}
		refs, err = r.references(account, read)
		return err
	})
	return employees, refs, err
}

// References reads what employees refer to.
func (s *Store) References(ctx context.Context, account int64, employees []directory.Employee) (refs directory.References, err error) {
	read := make([]*directory.Employee, len(employees))
	for i := range employees {
		read[i] = &employees[i]
	}
	err = s.snapshot(ctx, func(r *reader) error {
		refs, err = r.references(account, read)
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

// references reads what employees refer to.
func (r *reader) references(account int64, employees []*directory.Employee) (refs directory.References, err error) {
	var statuses, schedules, groups, positions, sites, skills, coaches, numbers []int64
	for _, e := range employees {
		statuses, schedules, coaches = append(statuses, e.StatusID), append(schedules, e.ScheduleID), append(coaches, e.Coach.ID)
		groups, skills, numbers = append(groups, e.Groups...), append(skills, e.Skills...), append(numbers, e.NumberIDs...)
		if e.Seat != nil {
			positions, sites = append(positions, e.Seat.PositionID), append(sites, e.Seat.Sites...)
		}
	}
	if err := r.names(account, &refs, [...][]int64{schedules, groups, positions, sites, skills, coaches, statuses}); err != nil {
		return refs, err
	}
	refs.Numbers, err = r.numbers(account, distinct(numbers))
	return refs, err
}

// numbers reads what employees show of phone numbers: all of them as one text, since a
// row of its own for each takes as long again as to find it.
func (r *reader) numbers(account int64, ids []int64) (map[int64]*directory.Number, error) {
	byID := make(map[int64]*directory.Number, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	var text string
	query := `select ` + r.flavor.array("n", "id", "phone_number", "channels_count", "dial_time", "status") +
		` from (select id, spelling as phone_number, channels_count, dial_time, status from phone_numbers where account_id = $1 and ` + r.flavor.ids("id", "$2") + `) n`
	if err := r.row(query, account, list(ids)).Scan(&text); err != nil {
		return nil, err
	}
	numbers := make([]directory.Number, 0, len(ids))
	if err := readNumbers(text, &numbers); err != nil {
		return nil, err
	}
	for i := range numbers {
		byID[numbers[i].ID] = &numbers[i]
	}
	return byID, nil
}

// named are the kinds of which References has names. Of statuses it has mnemonics.
var named = [...]directory.Kind{directory.KindSchedule, directory.KindGroup, directory.KindPosition, directory.KindSite, directory.KindSkill, directory.KindEmployee, directory.KindStatus}

// names reads the names of what has these ids, in one query.
func (r *reader) names(account int64, refs *directory.References, ids [len(named)][]int64) error {
	to := [len(named)]*map[int64]string{&refs.Schedules, &refs.Groups, &refs.Positions, &refs.Sites, &refs.Skills, &refs.Coaches, &refs.Statuses}
	var query strings.Builder
	args := []any{account}
	for i, kind := range named {
		if ids[i] = distinct(ids[i]); len(ids[i]) == 0 {
			continue
		}
		if len(args) > 1 {
			query.WriteString(" union all ")
		}
		args = append(args, list(ids[i]))
		table, name := kinds[kind].table, kinds[kind].name
		if kind == directory.KindStatus {
			name = "coalesce(mnemonic, '')"
		}
		fmt.Fprintf(&query, "select %d, id, %s from %s where account_id = $1 and %s", i, name, table, r.flavor.ids("id", placeholderOf(len(args))))
		*to[i] = make(map[int64]string, len(ids[i]))
	}
	if len(args) == 1 {
		return nil
	}
	return r.each(func(row scanner) error {
		var i, id int64
		var name string
		err := row.Scan(&i, &id, &name)
		(*to[i])[id] = name
		return err
	}, query.String(), args...)
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
