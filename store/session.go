package store

import (
	"database/sql"
	"database/sql/driver"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/errors"
)

// session is a connection that writes, with the statements prepared on it.
type session struct {
	flavor     flavor
	id         uuid.UUID // in commits
	number     int64     // of its last transaction
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	insertions map[insertion]*sql.Stmt
	failed     error // what opening it came to
}

// insertion is the statement that inserts so many rows of a table at once. Its text
// is long, and is made once.
type insertion struct {
	table *table
	rows  int
}

func newSession(f flavor) *session { return &session{flavor: f, id: uuid.New()} }

// open connects, unless the session is connected.
func (s *session) open(db *sql.DB) error {
	if s.conn != nil {
		return nil
	}
	s.conn, s.failed = db.Conn(forever)
	s.statements, s.insertions = map[string]*sql.Stmt{}, map[insertion]*sql.Stmt{}
	return s.failed
}

// close ends the connection.
func (s *session) close() error {
	if s.conn == nil {
		return nil
	}
	for _, statement := range s.statements {
		statement.Close() // what it frees ends with the connection in any case
	}
	return s.conn.Close()
}

// drop ends the connection for good, whatever state it is in.
func (s *session) drop() {
	if s.conn == nil {
		return
	}
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // the pool is not to have it back
	_ = s.close()                                                // there is none any more
	s.conn = nil
}

// gone reports whether there is no connection any more.
func (s *session) gone() bool {
	if s.conn == nil || s.failed != nil {
		return true
	}
	alive := true
	err := s.conn.Raw(func(c any) error {
		if v, ok := c.(driver.Validator); ok {
			alive = v.IsValid()
		}
		return nil
	})
	return err != nil || !alive || s.flavor.closed(s.conn)
}

// broken reports whether the transaction is over, or can do nothing but end, as
// an error may leave it.
func (s *session) broken() (bool, error) { return s.flavor.broken(s.conn) }

// begin starts a transaction whose steps are of an account, or of its lane.
func (s *session) begin(account int64) error {
	if s.flavor.lock == nil {
		return s.exec1(s.flavor.begin)
	}
	s.number++
	return s.flavor.lock(s, account)
}

// rollback ends the transaction if there still is one.
func (s *session) rollback() error {
	if over, err := s.flavor.over(s.conn); over || err != nil {
		return err
	}
	return s.exec1("rollback")
}

// statement prepares a query once.
func (s *session) statement(query string) (*sql.Stmt, error) {
	if statement := s.statements[query]; statement != nil {
		return statement, nil
	}
	statement, err := s.conn.PrepareContext(forever, s.flavor.rebind(query))
	if err != nil {
		return nil, err
	}
	s.statements[query] = statement
	return statement, nil
}

// exec1 runs a statement without parameters.
func (s *session) exec1(query string) error {
	_, err := s.exec(query)
	return err
}

// exec runs a statement and returns how many rows it affected.
func (s *session) exec(query string, args ...any) (int64, error) {
	statement, err := s.statement(query)
	if err != nil {
		return 0, err
	}
	return affected(statement, args)
}

// insert inserts n rows, whose values are args, and returns how many went in.
func (s *session) insert(t *table, n int, args []any) (int64, error) {
	statement := s.insertions[insertion{t, n}]
	if statement == nil {
		var err error
		if statement, err = s.statement(t.insert(n)); err != nil {
			return 0, err
		}
		s.insertions[insertion{t, n}] = statement
	}
	return affected(statement, args)
}

func affected(statement *sql.Stmt, args []any) (int64, error) {
	result, err := statement.ExecContext(forever, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

type scanner interface{ Scan(...any) error }

type failedScan struct{ error }

func (f failedScan) Scan(...any) error { return f.error }

// row runs a query of one row. A query that cannot be prepared fails in Scan.
func (s *session) row(query string, args ...any) scanner {
	statement, err := s.statement(query)
	if err != nil {
		return failedScan{err}
	}
	return statement.QueryRowContext(forever, args...)
}

// each runs a query and calls visit for each row.
func (s *session) each(visit func(scanner) error, query string, args ...any) error {
	statement, err := s.statement(query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(forever, args...)
	if err != nil {
		return err
	}
	return visitRows(rows, visit)
}

// inquiry is a query and what is done with each of its rows.
type inquiry struct {
	query string
	args  []any
	visit func(scanner) error
}

// askEach has no round trips to spare.
func askEach(s *session, inquiries []inquiry) error {
	for _, q := range inquiries {
		if err := s.each(q.visit, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}

func visitRows(rows *sql.Rows, visit func(scanner) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
