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

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// sqlite is SQLite with a write-ahead log, every commit synced to disk.
func sqlite() flavor {
	return flavor{
		name:    "SQLite",
		dialect: goose.DialectSQLite3,
		open:    openSQLite,
		begin:   "begin immediate",
		// SQLite numbers a raw $2, $1 by first appearance and so swaps them.
		rebind:  func(query string) string { return placeholder.ReplaceAllString(query, "?$1") },
		ids:     func(p string) string { return "(select value from json_each(" + p + "))" },
		texts:   func(p string) string { return "(select value from json_each(" + p + "))" },
		like:    func(expr, p string) string { return expr + " glob " + p },
		pattern: globPattern,
		matches: func(expr, p string) string { return expr + " regexp " + p },
		schema: func(sql string) string {
			sql = strings.NewReplacer(` collate "C"`, "", " bigint", " integer", " boolean", " integer", " bytea", " blob").Replace(sql)
			return tableEnd.ReplaceAllString(sql, ") strict;")
		},
		lost: func(conn *sql.Conn) (lost bool, err error) {
			err = conn.Raw(func(c any) error {
				lost = c.(*sqlite3.SQLiteConn).AutoCommit()
				return nil
			})
			return lost, err
		},
	}
}

func openSQLite(path string, o Options) (read, write *sql.DB, err error) {
	// SQLite would make the file readable for all; it holds password hashes.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Close(); err != nil {
		return nil, nil, err
	}
	name := &url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
	settings := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {fmt.Sprint(o.BusyTimeout.Milliseconds())},
	}
	name.RawQuery = settings.Encode()
	write = sql.OpenDB(sqliteConnector{name.String()})
	write.SetMaxOpenConns(2) // the writer's, and one to migrate on

	settings.Set("_query_only", "on")
	name.RawQuery = settings.Encode()
	read = sql.OpenDB(sqliteConnector{name.String()})
	read.SetMaxOpenConns(o.Readers)
	read.SetMaxIdleConns(o.Readers)
	return read, write, nil
}

// sqliteConnector opens connections that know our functions, without registering
// a driver for the whole program.
type sqliteConnector struct{ dsn string }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

func (c sqliteConnector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
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
