package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"maps"
	"net"
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
		array:    aggregated,
		schema:   func(sql string) string { return sql },
		locker: func() (lock.Locker, error) {
			return lock.NewPostgresTableLocker(lock.WithTableLockTimeout(200*time.Millisecond, 300))
		},
		lock:      lockPostgres, // commit numbers, too
		analyze:   `analyze accounts, tokens, employees, phone_numbers, employee_phone_numbers, memberships, unique_values, status_periods`,
		commit:    commitPostgres,
		away:      awayPostgres,
		ask:       askTogether,
		insert:    insertArrays,
		insertNew: insertPlain,
		execEach:  execBatch,
		search:    trigrams(),
		retriable: retriablePostgres,
		check:     func(*reader, func(string)) error { return nil }, // it checks its pages as it reads them
		closed: func(conn *sql.Conn) bool {
			closed := true
			_ = onPostgres(conn, func(c *pgx.Conn) error { // an error means that there is no connection
				closed = c.IsClosed()
				return nil
			})
			return closed
		},
		broken: func(conn *sql.Conn) (bool, error) {
			return transactionIs(conn, func(c *pgconn.PgConn) bool { return c.IsClosed() || c.TxStatus() != 'T' })
		},
		over: func(conn *sql.Conn) (bool, error) {
			return transactionIs(conn, func(c *pgconn.PgConn) bool { return c.TxStatus() == 'I' })
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
	// One of several servers is a standby, and not always the same.
	if config.ValidateConnect == nil && slices.ContainsFunc(config.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.Host != config.Host || f.Port != config.Port }) {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.DialFunc = dialer().DialContext
	pool := func(connector driver.Connector, connections int) *sql.DB {
		db := sql.OpenDB(connector)
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		return db
	}
	read = pool(stdlib.GetConnector(*config), o.Readers)
	write = pool(uncancelled{stdlib.GetConnector(*writing(config))}, o.Writers+1) // one to migrate on
	return read, write, o.Writers, nil
}

// Bounds after which a server that acknowledges nothing is taken for lost: half of
// it without a word from it, and then as much with probes unanswered; or all of it
// with something sent.
const (
	silentTimeout = 20 * time.Second
	silentProbes  = 5
)

// dialer finds servers that went away without a word. One that takes its time to
// answer acknowledges what it was sent and is waited for.
func dialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silentTimeout / 2, Interval: silentTimeout / 2 / silentProbes, Count: silentProbes},
		Control:         limitUnacknowledged,
	}
}

// writing is config for connections that write. They note warnings, and cancel
// nothing: a request to cancel that meets a commit ends its wait for the standby, and
// pgx sends one whenever a connection is lost.
func writing(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	config.RuntimeParams["client_min_messages"] = "warning"
	config.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			c.CustomData()[warning] = (*pgconn.PgError)(n)
		}
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(connecting{}) == nil {
			return nil, errors.New("connections that write cancel nothing")
		}
		return dial(ctx, network, address)
	}
	return config
}

// committing is the name of the prepared statement that commits.
const committing = "rosterd_commit"

// warning is the key under which a connection keeps its last warning.
const warning = "rosterd.warning"

// uncancelled connects, and tells that from requests to cancel.
type uncancelled struct{ driver.Connector }

type connecting struct{}

func (u uncancelled) Connect(ctx context.Context) (driver.Conn, error) {
	return u.Connector.Connect(context.WithValue(ctx, connecting{}, true))
}

// lockPostgres begins a transaction and locks in one round trip.
func lockPostgres(s *session, account int64) error {
	return onPostgres(s.conn, func(c *pgx.Conn) error {
		batch := &pgx.Batch{}
		batch.Queue(s.flavor.begin)
		batch.Queue(lockAndRecord, account, s.id[:], s.number)
		return c.SendBatch(forever, batch).Close()
	})
}

// commitPostgres numbers events and commits, in one round trip: the account's row is
// changed last, and what fails before the commit makes a rollback of it. A warning is
// how PostgreSQL tells that it has committed without the standby.
func commitPostgres(s *session, changes map[int64]*changes, patience time.Duration) error {
	if s.gone() { // and nothing will be sent
		return driver.ErrBadConn
	}
	var tag pgconn.CommandTag
	var warned any
	err := onPostgres(s.conn, func(c *pgx.Conn) error {
		data, conn := c.PgConn().CustomData(), c.PgConn().Conn()
		delete(data, warning)
		hangUp := time.AfterFunc(patience, func() { conn.Close() }) // and not a deadline, at which pgx would let it be
		defer hangUp.Stop()
		if _, err := c.Prepare(forever, committing, "commit"); err != nil { // once
			return err
		}
		batch := &pgx.Batch{}
		for _, account := range slices.Sorted(maps.Keys(changes)) {
			change := changes[account]
			n := int64(len(change.events))
			batch.Queue(countEvents, n, change.added.sum(), account)
			for _, row := range change.added.rows(account) {
				batch.Queue(countBlocks, row...)
			}
			if n > 0 {
				batch.Queue(numberedEvents, events.arrays(change.eventRows(account, 1-n))...)
			}
		}
		batch.Queue(committing).Exec(func(t pgconn.CommandTag) error {
			tag = t
			return nil
		})
		err := c.SendBatch(forever, batch).Close()
		warned = data[warning]
		return err
	})
	switch {
	case err != nil && s.gone(): // pgx says of some such errors, wrongly, that nothing was sent
		return &outcomeUnknown{err}
	case err != nil:
		return lastError{err}
	case warned != nil:
		return &outcomeUnknown{warned.(error)}
	case tag.String() != "COMMIT":
		return errors.New("the database answered a commit with " + tag.String())
	}
	return nil
}

// awayPostgres: no connection, or one to a server that does not serve (now), or only
// reads. What the server has against the URL will not pass.
func awayPostgres(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return strings.HasPrefix(refused.Code, "08") || slices.Contains([]string{
			"57P01", // admin_shutdown
			"57P02", // crash_shutdown
			"57P03", // cannot_connect_now
			"53300", // too_many_connections
			"25006", // read_only_sql_transaction
		}, refused.Code)
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return pgconn.SafeToRetry(err) || errors.As(err, &connect) || errors.As(err, &network) || slices.ContainsFunc(
		[]error{io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone, net.ErrClosed},
		func(lost error) bool { return errors.Is(err, lost) })
}

// readyPostgres refuses a database that cannot hold every alphabet, or is a standby's.
func readyPostgres(ctx context.Context, db *sql.DB) error {
	var encoding, readOnly string
	if err := db.QueryRowContext(ctx, "select current_setting('server_encoding'), current_setting('transaction_read_only')").Scan(&encoding, &readOnly); err != nil {
		return err
	}
	if readOnly == "on" {
		return errors.New("the database only reads, as a standby does")
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

// aggregated is as json_agg, without its white space.
func aggregated(as string, _ ...string) string {
	return "'[' || coalesce(string_agg(row_to_json(" + as + ")::text, ','), '') || ']'"
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

func transactionIs(conn *sql.Conn, is func(*pgconn.PgConn) bool) (yes bool, err error) {
	err = onPostgres(conn, func(c *pgx.Conn) error {
		yes = is(c.PgConn())
		return nil
	})
	return yes, err
}

// retriablePostgres: serialization failures, deadlocks, locks not had in time, and
// keys that another transaction's commit has brought or taken away.
func retriablePostgres(err error) bool {
	var e *pgconn.PgError
	return errors.Is(err, errConflict) || errors.Is(err, errNotKept) || errors.As(err, &e) && slices.Contains([]string{
		"40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"23503", // foreign_key_violation
		"23505", // unique_violation
	}, e.Code)
}

// askTogether asks in one round trip.
func askTogether(s *session, inquiries []inquiry) error {
	return onPostgres(s.conn, func(c *pgx.Conn) error {
		batch := &pgx.Batch{}
		for _, q := range inquiries {
			batch.Queue(q.query, q.args...).Query(func(rows pgx.Rows) error {
				for rows.Next() {
					if err := q.visit(rows); err != nil {
						return err
					}
				}
				return rows.Err()
			})
		}
		return c.SendBatch(forever, batch).Close()
	})
}

// insertArrays sends one statement a table, with an array for each column, and all
// of them in one round trip.
func insertArrays(s *session, inserts []insert) (leftOut int64, err error) {
	return sendArrays(s, inserts, func(t *table) string { return t.insertArrays(nil) + orNothing })
}

// insertPlain lets the database refuse keys that are there: to leave rows out costs a
// search of each unique index before each row, and a mark in the log after it.
func insertPlain(s *session, inserts []insert) error {
	_, err := sendArrays(s, inserts, func(t *table) string { return plainInserts[t] })
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "23505" { // unique_violation
		return errors.Join(errConflict, err)
	}
	return err
}

// plainInserts are made once.
var plainInserts = func() map[*table]string {
	statements := map[*table]string{}
	for _, t := range tables {
		statements[t] = t.insertArrays(nil)
	}
	return statements
}()

func sendArrays(s *session, inserts []insert, statement func(*table) string) (leftOut int64, err error) {
	err = onPostgres(s.conn, func(c *pgx.Conn) error {
		batch := &pgx.Batch{}
		for _, in := range inserts {
			in.table.sortRows(in.rows)
			rows := int64(len(in.rows))
			batch.Queue(statement(in.table), in.table.arrays(in.rows)...).Exec(func(tag pgconn.CommandTag) error {
				leftOut += rows - tag.RowsAffected()
				return nil
			})
		}
		return c.SendBatch(forever, batch).Close()
	})
	return leftOut, err
}

// arrays are the columns of rows.
func (t *table) arrays(rows [][]any) []any {
	arrays := make([]any, len(t.columns))
	for i := range arrays {
		arrays[i] = arrayOf(t.types[i], rows, i)
	}
	return arrays
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
