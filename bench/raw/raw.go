// Package raw writes what rosterd has written into another SQLite file by hand: the
// same rows of all tables and the same search entries, with prepared statements of many
// rows each. It is what a create costs without rosterd, and decides nothing: rows are
// read back from rosterd's database in the order in which they were inserted.
package raw

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// table is one of the tables that creates fill.
type table struct {
	name  string
	owner string // the column that has the employee's id, or of a number its own
}

// tables are in the order in which rows find what they refer to. The numbers,
// which are nobody's, are inserted before them.
var tables = []table{
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

// order is that in which rows were inserted: those of employees, and a number with the
// first employee who has it.
func (t table) order() string {
	switch t.name {
	case "employees", "imports":
		return "rowid"
	case "phone_numbers":
		return "(select min(e.rowid) from employee_phone_numbers n join employees e on e.account_id = n.account_id and e.id = n.employee_id where n.account_id = t.account_id and n.phone_number_id = t.id)"
	}
	return "(select e.rowid from employees e where e.account_id = t.account_id and e.id = t." + t.owner + ")"
}

func (t table) open(ctx context.Context, db *sql.DB, where string) (*source, error) {
	rows, err := db.QueryContext(ctx, "select * from "+t.name+" t where "+where+" order by "+t.order())
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

// Source is the rows of all employees but those who sign in, as the account's first
// administrator does.
type Source struct {
	numbers *source
	others  []*source
	search  bool
}

// Open begins to read a database at the first employee whose id is greater than after.
// With search, transactions have the search entries as well.
func Open(ctx context.Context, db *sql.DB, after int64, search bool) (*Source, error) {
	theirs := fmt.Sprintf("(select id from employees where login is null and id > %d)", after)
	numbers, err := table{"phone_numbers", "id"}.open(ctx, db, fmt.Sprintf("id > %d", after))
	if err != nil {
		return nil, err
	}
	s := &Source{numbers: numbers, search: search}
	for _, t := range tables {
		table, err := t.open(ctx, db, t.owner+" in "+theirs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		s.others = append(s.others, table)
	}
	return s, nil
}

// Close ends the queries.
func (s *Source) Close() error {
	errs := []error{s.numbers.rows.Close()}
	for _, t := range s.others {
		errs = append(errs, t.rows.Close())
	}
	return errors.Join(errs...)
}

// Insert is rows of one table, with its statement without values.
type Insert struct {
	into string
	rows [][]any
}

// Rows is how many there are.
func (i Insert) Rows() int { return len(i.rows) }

// Transaction is what the next size employees consist of; nil after the last.
func (s *Source) Transaction(size int) (inserts []Insert, err error) {
	employees, err := s.others[0].take(size, nil)
	if err != nil || len(employees) == 0 {
		return nil, err
	}
	inserts = make([]Insert, 1, 1+len(s.others)) // the numbers come first
	theirs := owners(employees, s.others[0].owner)
	for i, t := range s.others {
		rows := employees
		if i > 0 {
			if rows, err = t.take(0, theirs); err != nil {
				return nil, err
			}
		}
		inserts = append(inserts, Insert{into(tables[i].name, t.columns), rows})
		if tables[i].name == "employee_phone_numbers" {
			const numberColumn = 2 // phone_number_id
			numbers, err := s.numbers.take(0, owners(rows, numberColumn))
			if err != nil {
				return nil, err
			}
			inserts[0] = Insert{into("phone_numbers", s.numbers.columns), numbers}
		}
	}
	if s.search {
		inserts = append(inserts, searchEntries(s.others[0].columns, employees))
	}
	return inserts, nil
}

// Left is an error if not all rows that there are have been taken.
func (s *Source) Left() error {
	for _, t := range append(s.others, s.numbers) {
		if t.row != nil {
			return fmt.Errorf("a row is left over: %v", t.row)
		}
	}
	return nil
}

func into(table string, columns []string) string {
	return "insert into " + table + " (" + strings.Join(columns, ", ") + ") values "
}

// Pragmas are what rosterd sets on its writing connection.
const Pragmas = `pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -32768`

// Writer inserts rows with statements that it prepares once.
type Writer struct {
	db         *sql.DB
	conn       *sql.Conn
	together   int
	statements map[string]*sql.Stmt
}

// NewWriter opens a database that has the tables and what rows refer to. Pragmas are
// its connection's settings; a statement inserts at most together rows.
func NewWriter(ctx context.Context, file, pragmas string, together int) (*Writer, error) {
	db, err := sql.Open("sqlite3", "file:"+file)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, pragmas)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Writer{db, conn, together, map[string]*sql.Stmt{}}, nil
}

// Close closes the database.
func (w *Writer) Close() error { return errors.Join(w.conn.Close(), w.db.Close()) }

// Imports inserts what the rows of imports refer to.
func (w *Writer) Imports(ctx context.Context, source *sql.DB) error {
	all, err := table{"imports", "id"}.open(ctx, source, "true")
	if err != nil {
		return err
	}
	rows, err := all.take(0, nil)
	if err == nil && len(rows) > 0 {
		err = w.Write(ctx, []Insert{{into("imports", all.columns), rows}})
	}
	return errors.Join(err, all.rows.Close())
}

// Write does one transaction.
func (w *Writer) Write(ctx context.Context, inserts []Insert) error {
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

func (w *Writer) insert(ctx context.Context, in Insert) error {
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

func (w *Writer) statement(ctx context.Context, into string, rows, columns int) (*sql.Stmt, error) {
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
