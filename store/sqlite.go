package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"github.com/rosterd/rosterd/errors"
)

// sqlite is SQLite with a write-ahead log, every commit synced to disk.
func sqlite() flavor {
	return flavor{
		ready: func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, "pragma user_version") // reads the file's head
			return err
		},
		name:     "SQLite",
		dialect:  goose.DialectSQLite3,
		open:     openSQLite,
		begin:    "begin immediate",
		snapshot: sql.TxOptions{ReadOnly: true},
		brief:    true,
		lane:     func(int64) int64 { return 0 },
		// SQLite numbers a raw $2, $1 by first appearance and so swaps them.
		rebind:  numbered,
		ids:     inJSON,
		texts:   inJSON,
		like:    func(expr, p string) string { return expr + " glob " + p },
		pattern: globPattern,
		matches: func(expr, p string) string { return expr + " regexp " + p },
		regexp:  func(re2 string) string { return re2 },
		// The rows are found once, by an index of theirs, and not for each expr again.
		among:   func(expr, column, from string) string { return expr + " in (select " + column + " from " + from + ")" },
		sorted:  "+",
		objects: jsonEach,
		scalars: jsonEach,
		array:   groupArray,
		schema: func(sql string) string {
			sql = strings.NewReplacer(` collate "C"`, "", " bigint", " integer", " boolean", " integer", " bytea", " blob", "::jsonb", "", " nulls first", "", "/* in the order of its key */", "strict, without rowid").Replace(sql)
			return tableEnd.ReplaceAllString(sql, ") strict;")
		},
		ask:       askEach,
		number:    numberFirst,
		insert:    insertRows,
		insertNew: insertAll,
		execEach:  execEach,
		search:    fts5(),
		estimated: true,
		retriable: func(error) bool { return false }, // there is one writer: nobody else gets in the way
		commit:    func(s *session, _ map[int64]*changes, _ time.Duration) error { return s.exec1("commit") },
		away:      func(error) bool { return false }, // it is a file
		check:     checkSQLite,
		backup:    backupSQLite,
		closed:    func(*sql.Conn) bool { return false },
		broken:    autoCommit,
		over:      autoCommit,
	}
}

// fts5 is the index of a program that has SQLite's module FTS5, as a build has it
// with the tag sqlite_fts5. Terms alone are kept: the rows have the texts, and a
// query compares with them.
func fts5() search {
	index := search{
		create: []string{
			`create virtual table employee_search using fts5 (text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1')`,
			`create virtual table employee_search_terms using fts5vocab (employee_search, instance)`, // shows the terms, to verify them
		},
		drop:    []string{`drop table if exists employee_search_terms`, `drop table if exists employee_search`},
		refused: func(error) bool { return false },
	}
	if !hasFTS5() {
		index.missing = "this rosterd was built without FTS5; build it with make, or with go build -tags sqlite_fts5"
	}
	return index
}

// hasFTS5 asks the library that is linked.
func hasFTS5() bool {
	conn, err := sqliteConnector{dsn: ":memory:"}.Driver().Open(":memory:")
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = conn.(*sqlite3.SQLiteConn).Exec(`create virtual table memory using fts5 (text)`, nil)
	return err == nil
}

// checkSQLite reads the whole file.
func checkSQLite(r *reader, problem func(string)) error {
	if err := r.renewSearch(); err != nil {
		return err
	}
	err := r.each(func(row scanner) error {
		var text string
		err := row.Scan(&text)
		if text != "ok" {
			problem("integrity_check: " + text)
		}
		return err
	}, `pragma integrity_check`)
	if err != nil {
		return err
	}
	return r.each(func(row scanner) error {
		var table, parent string
		var rowid sql.NullInt64
		var key int64
		err := row.Scan(&table, &rowid, &parent, &key)
		problem(fmt.Sprintf("foreign_key_check: row %d of %s refers to no row of %s", rowid.Int64, table, parent))
		return err
	}, `pragma foreign_key_check`)
}

// backupSQLite copies what is committed at one moment, while others write.
func backupSQLite(ctx context.Context, db *sql.DB, file string) error {
	target, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err := db.ExecContext(ctx, "vacuum into ?1", file); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return target.Sync()
}

// numbered writes $1, $2, … as ?1, ?2, …
func numbered(query string) string {
	text := []byte(query)
	for i := range len(text) - 1 {
		if text[i] == '$' && '0' <= text[i+1] && text[i+1] <= '9' {
			text[i] = '?'
		}
	}
	return string(text)
}

func inJSON(expr, p string) string { return expr + " in (select value from json_each(" + p + "))" }

func jsonEach(json, as string) string {
	return "json_each(case json_type(" + json + ") when 'array' then " + json + " end) " + as
}

func groupArray(as string, columns ...string) string {
	members := make([]string, len(columns))
	for i, c := range columns {
		members[i] = "'" + c + "', " + as + "." + c
	}
	return "json_group_array(json_object(" + strings.Join(members, ", ") + "))"
}

// autoCommit reports whether a connection is in no transaction. Some errors, such
// as a full disk, end one.
func autoCommit(conn *sql.Conn) (is bool, err error) {
	err = conn.Raw(func(c any) error {
		is = c.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return is, err
}

// maxRowsTogether is how many rows one statement inserts. Times the columns of the
// widest table it stays well below SQLite's limit of 32,766 parameters.
const maxRowsTogether = 128

// insertRows inserts the rows of each table, as many at a time as the greatest
// power of two: few statements, each prepared once.
func insertRows(s *session, inserts []insert) (leftOut int64, err error) {
	for _, in := range inserts {
		for left := in.rows; len(left) > 0; {
			n := maxRowsTogether
			for n > len(left) {
				n /= 2
			}
			args := make([]any, 0, n*len(in.table.columns))
			for _, row := range left[:n] {
				args = append(args, row...)
			}
			affected, err := s.insert(in.table, n, args)
			if err != nil {
				return 0, err
			}
			leftOut += int64(n) - affected
			left = left[n:]
		}
	}
	return leftOut, nil
}

// execEach has no round trips to spare.
func execEach(s *session, query string, rows [][]any) (affected int64, err error) {
	for _, row := range rows {
		n, err := s.exec(query, row...)
		if err != nil {
			return 0, err
		}
		affected += n
	}
	return affected, nil
}

// writerCache is how much of the database the writing connection keeps in memory, in
// KiB: what a transaction of hundreds of creates changes, so that none of it is
// written twice. SQLite's default is 2000.
const writerCache = 32 << 10

// readerStatements is how many statements each reading connection keeps prepared, those
// that were used last.
const readerStatements = 64

// readerMap is how many bytes of the file, from its beginning, reading connections
// map into memory, where they need no call of the system for each page, and share
// what the system caches. It is the most that SQLite maps.
const readerMap = 2<<30 - 64<<10

func openSQLite(path string, o Options) (read, write *sql.DB, writers int, err error) {
	// SQLite would make the file readable for all; it holds password hashes.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, 0, err
	}
	if err := file.Close(); err != nil {
		return nil, nil, 0, err
	}
	name := &url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	settings := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {fmt.Sprint(o.BusyTimeout.Milliseconds())},
	}
	name.RawQuery = settings.Encode()
	read = sql.OpenDB(sqliteConnector{name.String() + fmt.Sprintf("&_query_only=on&_stmt_cache_size=%d", readerStatements), readerMap})
	read.SetMaxOpenConns(o.Readers)
	read.SetMaxIdleConns(o.Readers)

	write = sql.OpenDB(sqliteConnector{name.String() + fmt.Sprintf("&_cache_size=%d", -writerCache), 0})
	write.SetMaxOpenConns(2) // the writer's, and one to migrate on
	return read, write, 1, nil
}

// sqliteConnector opens connections that know our functions, without registering
// a driver for the whole program.
type sqliteConnector struct {
	dsn    string
	mapped int64 // bytes of the file's beginning, at most, that are read as memory
}

// Bounds of opening a file that others open, too.
const (
	openTries = 100
	openPause = 20 * time.Millisecond
)

// Connect waits for others who open the same new file: while it gets its
// write-ahead log, SQLite answers that it is busy, whatever its timeout.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	for try := 1; ; try++ {
		conn, err := c.Driver().Open(c.dsn)
		var failed sqlite3.Error
		if !errors.As(err, &failed) || failed.Code != sqlite3.ErrBusy || try == openTries {
			return conn, err
		}
		select {
		case <-time.After(openPause):
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		}
	}
}

func (c sqliteConnector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		if _, err := conn.Exec(fmt.Sprintf("pragma mmap_size = %d", c.mapped), nil); err != nil {
			return err
		}
		return conn.RegisterFunc("regexp", newMatcher(), true)
	}}
}

// newMatcher returns the function behind "text regexp pattern" of one connection.
// It keeps the last pattern compiled: a query has it the same for every row.
func newMatcher() func(pattern string, text any) (bool, error) {
	var last string
	var compiled *regexp.Regexp
	return func(pattern string, text any) (bool, error) {
		s, isText := text.(string)
		if !isText {
			return false, nil // null matches nothing
		}
		if compiled == nil || last != pattern {
			re, err := regexp.Compile(pattern)
			if err != nil {
				return false, err
			}
			last, compiled = pattern, re
		}
		return compiled.MatchString(s), nil
	}
}

// globPattern turns a LIKE pattern into one of GLOB, which distinguishes case.
func globPattern(like string) string {
	var glob strings.Builder
	literal := func(r rune) {
		if strings.ContainsRune("*?[", r) {
			glob.WriteString("[" + string(r) + "]")
		} else {
			glob.WriteRune(r)
		}
	}
	escaped := false
	for _, r := range like {
		switch {
		case escaped:
			literal(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			glob.WriteByte('*')
		case r == '_':
			glob.WriteByte('?')
		default:
			literal(r)
		}
	}
	return glob.String()
}
