package main

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // look at what the servers wrote, behind their backs
	_ "github.com/mattn/go-sqlite3"

	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/storetest"
	"github.com/rosterd/rosterd/store/testdb"
)

// each runs a test on SQLite and on PostgreSQL.
func each(t *testing.T, test func(t *testing.T, db testdb.Opener)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db testdb.Opener) {
		test(t, func(t testing.TB) string { return withPassword(t, db(t)) })
	})
}

// postgres is the URL of an empty database of PostgreSQL.
func postgres(t testing.TB) string {
	t.Helper()
	return withPassword(t, testdb.Postgres(t))
}

const databasePassword = "geheim"

// withPassword puts a password into a URL that has none, so that every test finds
// out where it is shown. The server of the tests asks for none.
func withPassword(t testing.TB, dsn string) string {
	t.Helper()
	if store.IsFile(dsn) {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, has := u.User.Password(); !has {
		u.User = url.UserPassword(u.User.Username(), databasePassword)
	}
	return u.String()
}

// wantConcealed fails if output shows a password of the URLs among args.
func wantConcealed(t testing.TB, output string, args []string) {
	t.Helper()
	for _, arg := range args {
		if u, err := url.Parse(arg[strings.Index(arg, "=")+1:]); err == nil && u.User != nil {
			if password, has := u.User.Password(); has && strings.Contains(output, password) {
				t.Errorf("the output shows the database's password %q:\n%s", password, output)
			}
		}
	}
}

// openSQL opens a database without rosterd.
func openSQL(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	return testdb.SQL(t, dsn)
}

// rowsOf reads all rows of a query.
func rowsOf(t testing.TB, db *sql.DB) storetest.Query {
	return func(text string, args ...any) ([][]any, error) {
		rows, err := db.QueryContext(t.Context(), text, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var all [][]any
		for rows.Next() {
			row, err := scan(rows)
			if err != nil {
				return nil, err
			}
			all = append(all, row)
		}
		return all, rows.Err()
	}
}

func scan(rows *sql.Rows) ([]any, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	row, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		places[i] = &row[i]
	}
	return row, rows.Scan(places...)
}

// number is the answer of a query to one number.
func number(t testing.TB, db *sql.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// checkDatabase looks for what is wrong with a database behind the server's back.
func checkDatabase(t *testing.T, dsn string) {
	t.Helper()
	query := rowsOf(t, openSQL(t, dsn))
	if store.IsFile(dsn) {
		for pragma, want := range map[string][][]any{"integrity_check": {{"ok"}}, "foreign_key_check": nil} {
			if got, err := query("pragma " + pragma); err != nil || !cmp.Equal(want, got) {
				t.Errorf("%s: got %v, %v, want %v", pragma, got, err, want)
			}
		}
	}
	problems, err := storetest.Inconsistencies(query)
	if err != nil {
		t.Fatal(err)
	}
	for i, problem := range problems {
		if t.Error(problem); i == 20 {
			t.Fatalf("and %d more", len(problems)-i-1)
		}
	}
}
