package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/rosterd/rosterd/errors"
)

// postgres is PostgreSQL 15 and later. Only what CockroachDB and YugabyteDB have
// too is used (untested there): no advisory locks, no deferred constraints.
func postgres() flavor {
	return flavor{
		name:     "PostgreSQL",
		dialect:  goose.DialectPostgres,
		open:     openPostgres,
		ready:    readyPostgres,
		begin:    "begin",
		snapshot: sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		lane:     func(account int64) int64 { return account },
		rebind:   func(query string) string { return query },
		ids:      inJSONB("bigint"),
		texts:    inJSONB("text"),
		like:     func(expr, p string) string { return expr + " like " + p },
		pattern:  func(like string) string { return like },
		matches:  func(expr, p string) string { return expr + " ~ " + p },
		regexp:   posixPattern,
		among:    existsAmong,
		objects:  jsonbElements("jsonb_array_elements"),
		scalars:  jsonbElements("jsonb_array_elements_text"),
		schema:   func(sql string) string { return sql },
		locker: func() (lock.Locker, error) {
			return lock.NewPostgresTableLocker(lock.WithTableLockTimeout(200*time.Millisecond, 300))
		},
		lockAccount: accountLock,
		insert:      insertArrays,
		execEach:    execBatch,
		search:      trigrams(),
		retriable:   retriablePostgres,
		check:       func(*reader, func(string)) error { return nil }, // it checks its pages as it reads them
		closed: func(conn *sql.Conn) bool {
			closed := true
			_ = onPostgres(conn, func(c *pgx.Conn) error { // an error means that there is no connection
				closed = c.IsClosed()
				return nil
			})
			return closed
		},
		broken: func(conn *sql.Conn) (bool, error) {
			return transactionIs(conn, func(status byte) bool { return status != 'T' })
		},
		over: func(conn *sql.Conn) (bool, error) {
			return transactionIs(conn, func(status byte) bool { return status == 'I' })
		},
	}
}

// trigrams is an index of the extension pg_trgm, which who may create in the
// database may bring. One index over all columns serves patterns of each.
func trigrams() search {
	return search{
		kept: true,
		create: []string{
			`set local statement_timeout = 0`, `set local lock_timeout = 0`,
			`create extension if not exists pg_trgm`,
			`create index if not exists employees_search on employees using gin (` + strings.Join(searched, " gin_trgm_ops, ") + ` gin_trgm_ops)`,
		},
		drop: []string{`drop index if exists employees_search`},
		refused: func(err error) bool {
			var e *pgconn.PgError
			return errors.As(err, &e) && slices.Contains([]string{
				"42501", // insufficient_privilege
				"0A000", // feature_not_supported: the extension's files are not there
				"58P01", // undefined_file: the same, in some packages
			}, e.Code)
		},
	}
}

// openPostgres opens pools on a URL such as
// postgres://user:password@host1,host2/database?target_session_attrs=read-write.
func openPostgres(dsn string, o Options) (read, write *sql.DB, writers int, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, 0, errors.New("the database's URL is not one of PostgreSQL: " + withoutPassword(err))
	}
	// A server that hangs must not take the roster with it.
	defaults := map[string]string{
		"application_name":                    "rosterd",
		"timezone":                            "UTC",
		"statement_timeout":                   fmt.Sprint(o.StatementTimeout.Milliseconds()),
		"lock_timeout":                        fmt.Sprint(o.BusyTimeout.Milliseconds()),
		"idle_in_transaction_session_timeout": fmt.Sprint(o.StatementTimeout.Milliseconds()),
	}
	maps.Copy(defaults, config.RuntimeParams)
	config.RuntimeParams = defaults
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = o.BusyTimeout
	}
	pool := func(connections int) *sql.DB {
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		return db
	}
	return pool(o.Readers), pool(o.Writers + 1), o.Writers, nil // one to migrate on
}

// readyPostgres refuses a database that cannot hold every alphabet.
func readyPostgres(ctx context.Context, db *sql.DB) error {
	var encoding string
	if err := db.QueryRowContext(ctx, "show server_encoding").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return errors.New("the database's encoding is " + encoding + " and must be UTF8; create it with: create database … template template0 encoding 'UTF8'")
	}
	return nil
}

// withoutPassword is an error of the URL without what the URL says.
func withoutPassword(err error) string {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) && parse.Unwrap() != nil {
		return parse.Unwrap().Error()
	}
	return "it cannot be read"
}

// inJSONB compares with an array that is made once, which an index can serve
// whatever the planner knows of the table.
func inJSONB(typ string) func(expr, p string) string {
	return func(expr, p string) string {
		return expr + " = any (array(select value::" + typ + " from jsonb_array_elements_text(" + p + "::jsonb)))"
	}
}

// existsAmong is a join to the planner, negated or not; of "not in" it makes none.
func existsAmong(expr, column, from string) string {
	return "exists (select 1 from " + from + " and " + column + " = " + expr + ")"
}

func jsonbElements(function string) func(json, as string) string {
	return func(json, as string) string {
		return function + "(case jsonb_typeof((" + json + ")::jsonb) when 'array' then (" + json + ")::jsonb end) " + as
	}
}

// onPostgres calls f with pgx's own connection.
func onPostgres(conn *sql.Conn, f func(*pgx.Conn) error) error {
	return conn.Raw(func(c any) error { return f(c.(*stdlib.Conn).Conn()) })
}

func transactionIs(conn *sql.Conn, is func(status byte) bool) (yes bool, err error) {
	err = onPostgres(conn, func(c *pgx.Conn) error {
		yes = is(c.PgConn().TxStatus())
		return nil
	})
	return yes, err
}

// retriablePostgres: serialization failures, deadlocks, locks not had in time, and
// keys that another transaction's commit has brought or taken away.
func retriablePostgres(err error) bool {
	var e *pgconn.PgError
	return errors.Is(err, errConflict) || errors.As(err, &e) && slices.Contains([]string{
		"40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"23503", // foreign_key_violation
		"23505", // unique_violation
	}, e.Code)
}

// insertArrays sends one statement a table, with an array for each column, and all
// of them in one round trip.
func insertArrays(s *session, inserts []insert) (leftOut int64, err error) {
	err = onPostgres(s.conn, func(c *pgx.Conn) error {
		batch := &pgx.Batch{}
		for _, in := range inserts {
			in.table.sortRows(in.rows)
			args := make([]any, len(in.table.columns))
			for i := range args {
				args[i] = arrayOf(in.table.types[i], in.rows, i)
			}
			rows := int64(len(in.rows))
			batch.Queue(in.table.insertArrays(), args...).Exec(func(tag pgconn.CommandTag) error {
				leftOut += rows - tag.RowsAffected()
				return nil
			})
		}
		return c.SendBatch(forever, batch).Close()
	})
	return leftOut, err
}

// execBatch sends all in one round trip.
func execBatch(s *session, query string, rows [][]any) (affected int64, err error) {
	err = onPostgres(s.conn, func(c *pgx.Conn) error {
		batch := &pgx.Batch{}
		for _, row := range rows {
			batch.Queue(query, row...).Exec(func(tag pgconn.CommandTag) error {
				affected += tag.RowsAffected()
				return nil
			})
		}
		return c.SendBatch(forever, batch).Close()
	})
	return affected, err
}

// arrayOf is column i of the rows as a slice that pgx makes an array of. What is
// null is a nil pointer.
func arrayOf(typ string, rows [][]any, i int) any {
	switch typ {
	case "bigint":
		return columnOf(rows, i, func(v reflect.Value) int64 { return v.Int() })
	case "text":
		return columnOf(rows, i, func(v reflect.Value) string { return v.String() })
	case "boolean":
		return columnOf(rows, i, func(v reflect.Value) bool { return v.Bool() })
	case "bytea":
		values := make([][]byte, len(rows))
		for n, row := range rows {
			values[n], _ = row[i].([]byte)
		}
		return values
	}
	panic("store: no array of " + typ)
}

func columnOf[T any](rows [][]any, i int, value func(reflect.Value) T) []*T {
	values := make([]*T, len(rows))
	for n, row := range rows {
		if row[i] != nil {
			v := value(reflect.ValueOf(row[i]))
			values[n] = &v
		}
	}
	return values
}

// isPostgres reports whether a dsn is a URL of PostgreSQL.
func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}
