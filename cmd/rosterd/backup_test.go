package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// A backup beside a server that is written to holds all that was answered before
// it began, and nobody by half.
func TestBackup(t *testing.T) {
	const writers = 16
	dsn, credentials := newDatabase(t, testdb.SQLite)
	groups := seeded(t, dsn)[directory.KindGroup]
	s := serve(t, dsn)
	client := dial(t, s, credentials)

	var mu sync.Mutex
	answered, over := map[int64]made{}, false
	var writing sync.WaitGroup
	for writer := range writers {
		writing.Go(func() {
			for n, last := 0, false; !last; n++ {
				m := made{0, writer, n}
				params, _ := m.employee(credentials.UserID, groups)
				var result struct {
					ID int64 `json:"id"`
				}
				err := client.Call(context.Background(), "create.employees", params, &result)
				mu.Lock()
				answered[result.ID] = m
				last = over || err != nil
				mu.Unlock()
				if err != nil {
					t.Errorf("create %s: %v", m, err)
				}
			}
		})
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(answered)
	}
	until(t, "there is something to back up", func() bool { return count() > 200 })
	mu.Lock()
	before := maps.Clone(answered)
	mu.Unlock()
	file := filepath.Join(t.TempDir(), "roster.backup")
	stdout, stderr, code := program(t, "backup", "--db", dsn, file)
	after := count()
	mu.Lock()
	over = true
	mu.Unlock()
	writing.Wait()
	if code != 0 || stderr != "" || !strings.HasPrefix(stdout, file+" is a copy of "+dsn+", and sound") {
		t.Fatalf("backup: got exit code %d, %q and %q, want that %s is a sound copy", code, stdout, stderr, file)
	}
	if after == len(before) {
		t.Error("nothing was written during the backup")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file that only its owner reads", info.Mode(), err)
	}

	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := os.Rename(file, restored); err != nil {
		t.Fatal(err)
	}
	there := compareEmployees(t, serve(t, restored), credentials, groups, before)
	t.Logf("%d creates were answered before the backup, %d at its end; it has %d employees", len(before), after, there)
	must(t, "", "verify", "--db", restored)
	checkDatabase(t, restored)
}

// A backup that would overwrite something does not.
func TestBackupRefused(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	for name, content := range map[string]string{"other": "keep me", "empty": ""} {
		file := filepath.Join(t.TempDir(), name)
		writeFile(t, file, []byte(content))
		_, stderr, code := program(t, "backup", "--db", dsn, file)
		if code != 1 || !strings.Contains(stderr, file) || !strings.Contains(stderr, "exists") {
			t.Errorf("a file that exists: got exit code %d and %q, want 1 and that %s exists", code, stderr, file)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != content {
			t.Errorf("the file has %q (%v), want %q as before", got, err, content)
		}
	}
	if _, stderr, code := program(t, "backup", "--db", dsn, dsn); code != 1 || !strings.Contains(stderr, "exists") {
		t.Errorf("the database itself: got exit code %d and %q, want 1 and that it exists", code, stderr)
	}
	must(t, "", "verify", "--db", dsn)
}

// PostgreSQL has tools for this, which are named.
func TestBackupPostgres(t *testing.T) {
	dsn, _ := newDatabase(t, postgres)
	file := filepath.Join(t.TempDir(), "roster.backup")
	stdout, stderr, code := program(t, "backup", "--db", dsn, file)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "pg_dump") || !strings.Contains(stderr, "pg_basebackup") {
		t.Errorf("got exit code %d, %q and %q, want 1 and the names of the tools", code, stdout, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Errorf("%s was made", file)
	}
}
