package testdb

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Template is a database that is prepared once in a test program, and copied for
// each test: for databases that take longer to prepare than to copy.
type Template struct {
	// Prepare fills an empty database, and leaves it without connections.
	Prepare func(t testing.TB, dsn string)

	sqlite, postgres prepared
}

// prepared is the database of a Template, once there is one.
type prepared struct {
	once sync.Once
	dsn  string
}

var templates struct {
	sync.Mutex
	remove []func()
}

// Each runs a test twice as Each does, on copies of the template, and both at the
// same time.
func (m *Template) Each(t *testing.T, test func(t *testing.T, db Opener)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, m.SQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server(t)
		test(t, m.Postgres)
	})
}

// SQLite is the path of a copy.
func (m *Template) SQLite(t testing.TB) string {
	t.Helper()
	m.sqlite.once.Do(func() {
		dir, err := os.MkdirTemp("", "rosterd-template-")
		if err != nil {
			t.Fatal(err)
		}
		onExit(func() { os.RemoveAll(dir) })
		dsn := filepath.Join(dir, "rosterd.db")
		m.Prepare(t, dsn)
		m.sqlite.dsn = dsn
	})
	content, err := os.ReadFile(m.sqlite.dsn)
	if err != nil {
		t.Fatal(err)
	}
	dsn := SQLite(t)
	if err := os.WriteFile(dsn, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Postgres is the URL of a copy.
func (m *Template) Postgres(t testing.TB) string {
	t.Helper()
	server := server(t)
	m.postgres.once.Do(func() {
		name := newName()
		administer(t, server, create(name, "template0"))
		onExit(func() {
			if err := execute(server, drop(name)); err != nil {
				fmt.Fprintln(os.Stderr, "a template is left:", err)
			}
		})
		m.Prepare(t, on(server, name))
		m.postgres.dsn = name
	})
	return newDatabase(t, server, m.postgres.dsn)
}

func onExit(remove func()) {
	templates.Lock()
	defer templates.Unlock()
	templates.remove = append(templates.remove, remove)
}

// newDatabase is the URL of a copy of another database, which is dropped after the
// test.
func newDatabase(t testing.TB, server *url.URL, template string) string {
	t.Helper()
	name := newName()
	administer(t, server, create(name, template))
	t.Cleanup(func() { administer(t, server, drop(name)) })
	return on(server, name)
}

func newName() string { return fmt.Sprintf("rosterd_test_%d_%d", os.Getpid(), databases.Add(1)) }

func create(name, template string) string {
	return "create database " + name + " template " + template + " encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
}

func drop(name string) string { return "drop database " + name + " with (force)" }

// on is the URL of a database.
func on(server *url.URL, name string) string {
	own := *server
	own.Path = "/" + name
	return own.String()
}
