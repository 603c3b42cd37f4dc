package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// rawTable is one of the tables that creates fill.
type rawTable struct {
	name  string
	owner string // the column that has the employee's id, or of a number its own
}

// rawTables are in the order in which rows find what they refer to. The numbers,
// which are nobody's, are inserted before them.
var rawTables = []rawTable{
	{"employees", "id"},
	{"unique_values", "owner_id"},
	{"employee_phone_numbers", "employee_id"},
	{"memberships", "employee_id"},
	{"status_periods", "employee_id"},
	{"events", "subject_id"},
	{"import_rows", "employee_id"},
}

// source reads one table of the database that rosterd has filled, in the order in
// which its rows were inserted.
type source struct {
	rows    *sql.Rows
	columns []string
	owner   int   // index of the column that says whose a row is
	row     []any // the next one; nil after the last
}

func (t rawTable) open(ctx context.Context, db *sql.DB, where string) (*source, error) {
	rows, err := db.QueryContext(ctx, "select * from "+t.name+" where "+where+" order by rowid")
	if err != nil {
		return nil, err
	}
	s := &source{rows: rows, owner: -1}
	if s.columns, err = rows.Columns(); err != nil {
		return nil, err
	}
	for i, column := range s.columns {
		if column == t.owner {
			s.owner = i
		}
	}
	return s, s.next()
}

func (s *source) next() error {
	if !s.rows.Next() {
		s.row = nil
		return s.rows.Err()
	}
	s.row = make([]any, len(s.columns))
	targets := make([]any, len(s.row))
	for i := range targets {
		targets[i] = &s.row[i]
	}
	return s.rows.Scan(targets...)
}

// take returns the rows that follow while they belong to one of owners; limit at
// most, if it is not 0.
func (s *source) take(limit int, owners map[any]bool) (taken [][]any, err error) {
	for s.row != nil && (limit == 0 || len(taken) < limit) && (owners == nil || owners[s.row[s.owner]]) {
		taken = append(taken, s.row)
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// owners is the set of what rows have in a column.
func owners(rows [][]any, column int) map[any]bool {
	set := make(map[any]bool, len(rows))
	for _, row := range rows {
		set[row[column]] = true
	}
	return set
}

// rawSource is all tables.
type rawSource struct {
	numbers *source
	tables  []*source
}

func openSource(ctx context.Context, db *sql.DB) (*rawSource, error) {
	numbers, err := rawTable{"phone_numbers", "id"}.open(ctx, db, "true")
	if err != nil {
		return nil, err
	}
	s := &rawSource{numbers: numbers}
	for _, t := range rawTables {
		// The account's first administrator is there already.
		table, err := t.open(ctx, db, t.owner+" in (select id from employees where login is null)")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		s.tables = append(s.tables, table)
	}
	return s, nil
}

// close ends the queries.
func (s *rawSource) close() error {
	errs := []error{s.numbers.rows.Close()}
	for _, t := range s.tables {
		errs = append(errs, t.rows.Close())
	}
	return errors.Join(errs...)
}

// rawInsert is rows of one table, with its statement without values.
type rawInsert struct {
	into string
	rows [][]any
}

// transaction is what the next size employees consist of; nil after the last.
func (s *rawSource) transaction(size int) (inserts []rawInsert, err error) {
	employees, err := s.tables[0].take(size, nil)
	if err != nil || len(employees) == 0 {
		return nil, err
	}
	inserts = make([]rawInsert, 1, 1+len(s.tables)) // the numbers come first
	theirs := owners(employees, s.tables[0].owner)
	for i, t := range s.tables {
		rows := employees
		if i > 0 {
			if rows, err = t.take(0, theirs); err != nil {
				return nil, err
			}
		}
		inserts = append(inserts, rawInsert{into(rawTables[i].name, t.columns), rows})
		if rawTables[i].name == "employee_phone_numbers" {
			const numberColumn = 2 // phone_number_id
			numbers, err := s.numbers.take(0, owners(rows, numberColumn))
			if err != nil {
				return nil, err
			}
			inserts[0] = rawInsert{into("phone_numbers", s.numbers.columns), numbers}
		}
	}
	return inserts, nil
}

func into(table string, columns []string) string {
	return "insert into " + table + " (" + strings.Join(columns, ", ") + ") values "
}

// ourPragmas are what rosterd sets on its writing connection.
const ourPragmas = `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -32768`

// raw inserts the rows that rosterd's side has made into another database that has
// the tables and what rows refer to, o.batch employees a transaction, and counts
// what that takes, without reading them.
func raw(ctx context.Context, o options) (f figures, err error) {
	source, err := sql.Open("sqlite3", "file:"+o.ours()+"?mode=ro")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := sql.Open("sqlite3", "file:"+o.raw())
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	conn, err := target.Conn(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()

	if _, err := conn.ExecContext(ctx, o.pragmas); err != nil {
		return f, err
	}
	rows, err := openSource(ctx, source)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, rows.close()) }()
	w := rawWriter{conn: conn, together: o.together, statements: map[string]*sql.Stmt{}}
	if err := w.imports(ctx, source); err != nil {
		return f, err
	}
	var watch stopwatch
	for {
		inserts, err := rows.transaction(o.batch)
		if err != nil {
			return f, err
		}
		if inserts == nil {
			break
		}
		watch.start()
		if err := w.write(ctx, inserts); err != nil {
			return f, err
		}
		watch.stop()
		f.Rows += len(inserts[1].rows)
	}
	for _, t := range append(rows.tables, rows.numbers) {
		if t.row != nil {
			return f, fmt.Errorf("a row is left over: %v", t.row)
		}
	}
	if err := rawSearch(ctx, source, conn, &watch); err != nil {
		return f, err
	}
	f.Time, f.CPU, f.RSS = watch.time, watch.cpu, peakMemory()
	return f, nil
}

// rawWriter inserts rows with statements that it prepares once.
type rawWriter struct {
	conn       *sql.Conn
	together   int
	statements map[string]*sql.Stmt
}

// imports inserts what the rows of imports refer to.
func (w *rawWriter) imports(ctx context.Context, source *sql.DB) error {
	all, err := rawTable{"imports", "id"}.open(ctx, source, "true")
	if err != nil {
		return err
	}
	rows, err := all.take(0, nil)
	if err == nil && len(rows) > 0 {
		err = w.write(ctx, []rawInsert{{into("imports", all.columns), rows}})
	}
	return errors.Join(err, all.rows.Close())
}

// write does one transaction.
func (w *rawWriter) write(ctx context.Context, inserts []rawInsert) error {
	if _, err := w.conn.ExecContext(ctx, "begin immediate"); err != nil {
		return err
	}
	for _, in := range inserts {
		if err := w.insert(ctx, in); err != nil {
			return err
		}
	}
	_, err := w.conn.ExecContext(ctx, "commit")
	return err
}

func (w *rawWriter) insert(ctx context.Context, in rawInsert) error {
	for left := in.rows; len(left) > 0; {
		n := w.together
		for n > len(left) {
			n /= 2
		}
		statement, err := w.statement(ctx, in.into, n, len(left[0]))
		if err != nil {
			return err
		}
		args := make([]any, 0, n*len(left[0]))
		for _, row := range left[:n] {
			args = append(args, row...)
		}
		if _, err := statement.ExecContext(ctx, args...); err != nil {
			return err
		}
		left = left[n:]
	}
	return nil
}

func (w *rawWriter) statement(ctx context.Context, into string, rows, columns int) (*sql.Stmt, error) {
	key := into + fmt.Sprint(rows)
	if s := w.statements[key]; s != nil {
		return s, nil
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", columns), ", ") + ")"
	s, err := w.conn.PrepareContext(ctx, into+strings.TrimSuffix(strings.Repeat(row+", ", rows), ", "))
	if err == nil {
		w.statements[key] = s
	}
	return s, err
}
