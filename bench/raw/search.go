package raw

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
)

// searched are the columns whose texts the search index has.
var searched = []string{"full_name_folded", "first_name_folded", "last_name_folded", "shown_name_folded", "email_folded", "external_id_folded", "login_folded", "handle"}

// searchStep is how many employees one transaction of BuildSearch indexes, as rosterd
// does.
const searchStep = 1000

const intoSearch = "insert into employee_search (rowid, text) values "

// searchEntries are what the index knows of rows of employees.
func searchEntries(columns []string, employees [][]any) Insert {
	id := slices.Index(columns, "id")
	rows := make([][]any, len(employees))
	for i, e := range employees {
		var texts []string
		for _, name := range searched {
			text, _ := e[slices.Index(columns, name)].(string) // or null
			texts = append(texts, text)
		}
		rows[i] = []any{e[id], joined(texts)}
	}
	return Insert{intoSearch, rows}
}

// joined leaves out what is there already.
func joined(texts []string) (all string) {
	for _, text := range texts {
		switch {
		case strings.Contains(all, text):
		case all == "":
			all = text
		default:
			all += "\n" + text
		}
	}
	return all
}

// BuildSearch makes the search index, with the statement with which rosterd has made
// that of source, and fills it.
func (w *Writer) BuildSearch(ctx context.Context, source *sql.DB) error {
	var create string
	if err := source.QueryRowContext(ctx, "select sql from sqlite_master where name = 'employee_search'").Scan(&create); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, create); err != nil {
		return err
	}
	columns := append([]string{"id"}, searched...)
	for after, n := int64(0), searchStep; n == searchStep; {
		rows, err := w.textsAfter(ctx, columns, after)
		if err != nil {
			return err
		}
		if n = len(rows); n == 0 {
			break
		}
		after, _ = rows[n-1][0].(int64)
		if err := w.Write(ctx, []Insert{searchEntries(columns, rows)}); err != nil {
			return err
		}
	}
	return nil
}

// textsAfter reads what the index is to know of the next employees.
func (w *Writer) textsAfter(ctx context.Context, columns []string, after int64) (all [][]any, err error) {
	rows, err := w.conn.QueryContext(ctx, "select "+strings.Join(columns, ", ")+" from employees where account_id = (select min(id) from accounts) and id > ? order by id limit ?", after, searchStep)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	s := &source{rows: rows, columns: columns}
	if err := s.next(); err != nil {
		return nil, err
	}
	return s.take(0, nil)
}
