package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// searchStep is how many employees one transaction indexes, as rosterd does.
const searchStep = 1000

// searchedColumns are those whose texts the index has.
const searchedColumns = "full_name_folded, first_name_folded, last_name_folded, shown_name_folded, email_folded, external_id_folded, login_folded, handle"

// rawSearch makes the search index of the raw side, after its rows, with the same
// statement as rosterd has made its own.
func rawSearch(ctx context.Context, source *sql.DB, conn *sql.Conn, watch *stopwatch) error {
	var create string
	if err := source.QueryRowContext(ctx, "select sql from sqlite_master where name = 'employee_search'").Scan(&create); err != nil {
		return err
	}
	watch.start()
	defer watch.stop()
	if _, err := conn.ExecContext(ctx, create); err != nil {
		return err
	}
	for after, n := int64(0), searchStep; n == searchStep; {
		if _, err := conn.ExecContext(ctx, "begin immediate"); err != nil {
			return err
		}
		var err error
		if after, n, err = rawTexts(ctx, conn, after); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "commit"); err != nil {
			return err
		}
	}
	return nil
}

// rawTexts indexes the next n employees and returns the id of the last.
func rawTexts(ctx context.Context, conn *sql.Conn, after int64) (last int64, n int, err error) {
	rows, err := conn.QueryContext(ctx, "select id, "+searchedColumns+" from employees where account_id = (select min(id) from accounts) and id > ? order by id limit ?", after, searchStep)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var args []any
	texts := make([]sql.NullString, strings.Count(searchedColumns, ",")+1)
	targets := []any{&last}
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(targets...); err != nil {
			return 0, 0, err
		}
		text := ""
		for _, t := range texts {
			switch {
			case strings.Contains(text, t.String):
			case text == "":
				text = t.String
			default:
				text += "\n" + t.String
			}
		}
		args = append(args, last, text)
	}
	if err := rows.Err(); err != nil || n == 0 {
		return last, n, err
	}
	values := strings.TrimSuffix(strings.Repeat("(?, ?), ", n), ", ")
	_, err = conn.ExecContext(ctx, "insert into employee_search (rowid, text) values "+values, args...)
	return last, n, err
}
