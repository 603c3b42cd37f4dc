package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// fillColumns is the third migration: it fills what the second added and SQL
// cannot say, texts without case and what employees' documents hold.
func (s *Store) fillColumns(ctx context.Context, db *sql.Tx) error {
	f := filler{reader{ctx, db, s.flavor}, db}
	for _, c := range []struct{ table, column string }{
		{"statuses", "name"}, {"employee_positions", "name"}, {"skills", "name"}, {"sites", "domain_name"}, {"employee_groups", "name"},
	} {
		if err := f.fold(c.table, c.column); err != nil {
			return fmt.Errorf("%s.%s_folded: %w", c.table, c.column, err)
		}
	}
	return f.employees(f.employee)
}

// fillShown is the fifth migration: it fills what the fourth added to employees,
// of which their documents are the source.
func (s *Store) fillShown(ctx context.Context, db *sql.Tx) error {
	query := setEmployee(names(shownColumns)...)
	f := filler{reader{ctx, db, s.flavor}, db}
	return f.employees(func(e *directory.Employee) error {
		values := []any{e.AccountID, e.ID}
		for _, c := range shownColumns {
			values = append(values, c.value(e))
		}
		return f.exec(query, values...)
	})
}

// shownColumns are the columns that came with the fourth migration.
var shownColumns = employeeColumns[slices.IndexFunc(employeeColumns, func(c column) bool { return c.name == "shown_name" }):]

type filler struct {
	reader
	tx *sql.Tx
}

func (f *filler) exec(query string, args ...any) error {
	_, err := f.tx.ExecContext(f.ctx, f.flavor.rebind(query), args...)
	return err
}

func (f *filler) fold(table, column string) error {
	folded := map[int64]string{}
	err := f.each(func(row scanner) error {
		var id int64
		var text string
		err := row.Scan(&id, &text)
		folded[id] = directory.Fold(text)
		return err
	}, `select id, `+column+` from `+table)
	for id, text := range folded {
		err = errors.Join(err, f.exec(`update `+table+` set `+column+`_folded = $1 where id = $2`, text, id))
	}
	return err
}

// employees has all of them filled, a page at a time.
func (f *filler) employees(fill func(*directory.Employee) error) error {
	var after int64
	for {
		last, err := f.page(after, fill)
		if err != nil || last == after {
			return err
		}
		after = last
	}
}

// page fills some of them, and returns the last id of it.
func (f *filler) page(after int64, fill func(*directory.Employee) error) (last int64, err error) {
	last = after
	var page []directory.Employee
	err = f.each(func(row scanner) error {
		var e directory.Employee
		var document string
		if err := row.Scan(&last, &document); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(document), &e); err != nil {
			return fmt.Errorf("employee %d: %w", last, err)
		}
		page = append(page, e)
		return nil
	}, fmt.Sprintf(`select id, document from employees where id > $1 order by id limit %d`, copyPage), after)
	for i := range page {
		if err == nil {
			err = fill(&page[i])
		}
	}
	return last, err
}

// employee notes the ids by which groups know the numbers, and when the status
// began: not later than the last change.
func (f *filler) employee(e *directory.Employee) error {
	e.StatusSince = e.UpdatedAt
	var err error
	if e.LinkIDs, err = f.ids(`select id from employee_phone_numbers where account_id = $1 and employee_id = $2 order by position`, e.AccountID, e.ID); err != nil {
		return err
	}
	document, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := f.exec(`update employees set document = $3 where account_id = $1 and id = $2`, e.AccountID, e.ID, string(document)); err != nil {
		return err
	}
	return f.exec(`insert into status_periods (account_id, employee_id, started_at, ended_at, status_id) values ($1, $2, $3, null, $4)`, e.AccountID, e.ID, e.StatusSince.UnixMicro(), e.StatusID)
}
