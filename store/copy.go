package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// copyPage is how many rows Copy reads and writes at a time.
const copyPage = 2000

// Copy brings everything from one store to another, ids kept, and then compares
// them row by row. Rows that are there already stay, so that a copy that was
// interrupted can be run again; a store with other rows is refused. Nothing may
// write to either meanwhile. progress is told how many of how many rows are done,
// twice over: copied and compared. The target gets a search index, if it can have
// one.
func Copy(ctx context.Context, from, to *Store, progress func(done, all int64)) error {
	return from.snapshot(ctx, func(source *reader) error {
		var all, done int64
		for _, t := range allTables {
			var n int64
			if err := source.row(`select count(*) from ` + t.name).Scan(&n); err != nil {
				return err
			}
			all += 2 * n
		}
		tell := func(rows int) {
			done += int64(rows)
			progress(done, all)
		}
		if err := to.mustBePartOf(ctx, source); err != nil {
			return err
		}
		// The rows go in beside the writer's ways, and the index is made faster at once.
		if err := to.writer.do(ctx, 0, []task{(*tx).staleSearch})[0]; err != nil {
			return err
		}
		for _, t := range allTables {
			if err := to.copyTable(ctx, source, t, tell); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		for _, t := range allTables {
			if err := to.copyLater(ctx, source, t); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		if err := to.copyNextID(ctx, source); err != nil {
			return err
		}
		var none *Unindexed
		if err := to.BuildSearch(ctx, func(int64, int64) {}); err != nil && !errors.As(err, &none) {
			return fmt.Errorf("the search index: %w", err)
		}
		return to.snapshot(ctx, func(target *reader) error {
			for _, t := range allTables {
				if err := compareTable(source, target, t, tell); err != nil {
					return fmt.Errorf("table %s: %w", t.name, err)
				}
			}
			return nil
		})
	})
}

// mustBePartOf refuses a target that has accounts that the source has not. The
// moment of its making tells an account from another roster's of the same id.
func (s *Store) mustBePartOf(ctx context.Context, source *reader) error {
	type account struct{ id, created int64 }
	accounts := func(r *reader) (all []account, err error) {
		err = r.each(func(row scanner) error {
			var a account
			err := row.Scan(&a.id, &a.created)
			all = append(all, a)
			return err
		}, `select id, created_at from accounts order by id`)
		return all, err
	}
	known, err := accounts(source)
	if err != nil {
		return err
	}
	return s.snapshot(ctx, func(target *reader) error {
		there, err := accounts(target)
		if err != nil {
			return err
		}
		for _, a := range there {
			if !slices.Contains(known, a) {
				return fmt.Errorf("the target has an account %d that the source has not; copy into an empty database", a.id)
			}
		}
		return nil
	})
}

// page reads the rows of a table that follow after, by key.
func (r *reader) page(t *table, after []any) (page [][]any, err error) {
	key := strings.Join(t.columns[:t.key], ", ")
	where, args := "1 = 1", []any{}
	if after != nil {
		marks := make([]string, t.key)
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		where, args = "("+key+") > ("+strings.Join(marks, ", ")+")", after[:t.key]
	}
	err = r.each(func(row scanner) error {
		values := make([]any, len(t.columns))
		targets := make([]any, len(values))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := row.Scan(targets...); err != nil {
			return err
		}
		for i, typ := range t.types {
			values[i] = inType(typ, values[i])
		}
		page = append(page, values)
		return nil
	}, fmt.Sprintf("select %s from %s where %s order by %s limit %d", strings.Join(t.columns, ", "), t.name, where, key, copyPage), args...)
	return page, err
}

// inType is a value of a column of type typ, whichever database it comes from.
func inType(typ string, value any) any {
	switch v := value.(type) {
	case int64:
		if typ == "boolean" {
			return v != 0
		}
	case []byte:
		if typ == "text" {
			return string(v)
		}
		return bytes.Clone(v)
	}
	return value
}

func (s *Store) copyTable(ctx context.Context, source *reader, t *table, tell func(int)) error {
	later := slices.Index(t.columns, t.later)
	var after []any
	for {
		page, err := source.page(t, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		rows := page
		if later >= 0 { // what it refers to may not be there yet
			rows = make([][]any, len(page))
			for i, row := range page {
				rows[i] = append([]any(nil), row...)
				rows[i][later] = nil
			}
		}
		err = s.writer.do(ctx, 0, []task{func(tx *tx) error {
			_, err := tx.flavor().insert(tx.group.session, []insert{{t, rows}}) // what is left out is there already
			return err
		}})[0]
		if err != nil {
			return err
		}
		tell(len(page))
	}
}

// copyLater writes the column by which a table's rows refer to each other.
func (s *Store) copyLater(ctx context.Context, source *reader, t *table) error {
	later := slices.Index(t.columns, t.later)
	if later < 0 {
		return nil
	}
	marks := make([]string, t.key)
	for i, column := range t.columns[:t.key] {
		marks[i] = fmt.Sprintf("%s = $%d", column, i+2)
	}
	update := `update ` + t.name + ` set ` + t.later + ` = $1 where ` + strings.Join(marks, " and ")
	var after []any
	for {
		page, err := source.page(t, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1]
		err = s.writer.do(ctx, 0, []task{func(tx *tx) error {
			for _, row := range page {
				if row[later] == nil {
					continue
				}
				if _, err := tx.exec(update, append([]any{row[later]}, row[:t.key]...)...); err != nil {
					return err
				}
			}
			return nil
		}})[0]
		if err != nil {
			return err
		}
	}
}

func (s *Store) copyNextID(ctx context.Context, source *reader) error {
	var next int64
	if err := source.row(`select next_id from id_blocks where name = 'all'`).Scan(&next); err != nil {
		return err
	}
	return s.writer.do(ctx, 0, []task{func(tx *tx) error {
		_, err := tx.exec(`update id_blocks set next_id = $1 where name = 'all' and next_id < $1`, next)
		return err
	}})[0]
}

// compareTable fails at the first row that differs.
func compareTable(source, target *reader, t *table, tell func(int)) error {
	var after []any
	for {
		want, err := source.page(t, after)
		if err != nil {
			return err
		}
		got, err := target.page(t, after)
		if err != nil {
			return err
		}
		if len(got) != len(want) {
			return fmt.Errorf("the target has %d rows after %v and the source %d", len(got), after, len(want))
		}
		for i := range want {
			for c, column := range t.columns {
				if !equal(want[i][c], got[i][c]) {
					return fmt.Errorf("row %v: column %s differs", want[i][:t.key], column)
				}
			}
		}
		if len(want) == 0 {
			return nil
		}
		after = want[len(want)-1]
		tell(len(want))
	}
}

func equal(a, b any) bool {
	if x, isBytes := a.([]byte); isBytes {
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	return a == b
}
