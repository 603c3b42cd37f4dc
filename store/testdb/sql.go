package testdb

import (
	"database/sql"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	_ "github.com/mattn/go-sqlite3"    // the driver sqlite3
)

// SQL opens a database beside the store that is tested, to look at its rows. It is
// closed when the test ends.
func SQL(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	driver, source := "pgx", dsn
	if !strings.Contains(dsn, "://") {
		driver, source = "sqlite3", "file:"+dsn+"?_busy_timeout=10000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
