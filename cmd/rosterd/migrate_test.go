package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestMigrateCommand(t *testing.T) { each(t, testMigrateCommand) }

func testMigrateCommand(t *testing.T, db testdb.Opener) {
	dsn := db(t)
	if store.IsFile(dsn) {
		writeFile(t, dsn, nil)
	}
	status := func() (current, newest int64) {
		t.Helper()
		text := must(t, "", "migrate", "status", "--db", dsn)
		if _, err := fmt.Sscanf(text, "schema %d, newest %d\n", &current, &newest); err != nil {
			t.Fatalf("status: got %q: %v", text, err)
		}
		return current, newest
	}
	current, newest := status()
	if current != 0 || newest < 1 {
		t.Errorf("an empty database: got schema %d, newest %d, want 0 and at least 1", current, newest)
	}
	for _, what := range []string{"an empty database", "a current one"} {
		if out := must(t, "", "migrate", "up", "--db", dsn); out != "" {
			t.Errorf("up on %s: got %q, want nothing", what, out)
		}
		if current, again := status(); current != newest || again != newest {
			t.Errorf("after up on %s: got schema %d, newest %d, want %d twice", what, current, again, newest)
		}
	}
	if n := number(t, openSQL(t, dsn), `select count(*) from accounts`); n != 0 {
		t.Errorf("there are %d accounts, want none", n)
	}

	if _, err := openSQL(t, dsn).ExecContext(t.Context(), fmt.Sprintf(`insert into goose_db_version (version_id, is_applied) values (%d, %s)`, newest+1, map[bool]string{true: "1", false: "true"}[store.IsFile(dsn)])); err != nil {
		t.Fatal(err)
	}
	if current, again := status(); current != newest+1 || again != newest {
		t.Errorf("a newer schema: got schema %d, newest %d, want %d and %d", current, again, newest+1, newest)
	}
	for _, args := range [][]string{
		{"migrate", "up", "--db", dsn},
		{"serve", "--db", dsn, "--listen", "127.0.0.1:0"},
		{"token", "list", "--db", dsn},
		{"copy", "--from", dsn, "--to", filepath.Join(t.TempDir(), "copy.db")},
	} {
		stdout, err := command(t, "", args...)
		wantError(t, "a newer schema: "+args[0], err, fmt.Sprintf("schema %d", newest+1), "run a newer rosterd")
		if stdout != "" {
			t.Errorf("%s on a newer schema: got %q, want nothing", args[0], stdout)
		}
	}
}

func TestMigrateNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.db")
	for _, verb := range []string{"status", "up"} {
		_, err := command(t, "", "migrate", verb, "--db", missing)
		wantError(t, verb+" without a file", err, missing, "rosterd init")
	}
}

// Servers that start at once on an empty database all come up, and one of them
// makes the account.
func TestFirstServers(t *testing.T) {
	for range 2 {
		dsn := postgres(t)
		servers := make([]*process, 4)
		for i := range servers {
			servers[i] = launch(t, nil, "serve", "--db", dsn, "--listen", "127.0.0.1:0", "--seed", seedExample)
		}
		var welcomes []string
		for _, s := range servers {
			s.listen(t)
			if welcome := s.stdout.String(); welcome != "" {
				welcomes = append(welcomes, welcome)
			}
		}
		if len(welcomes) != 1 {
			t.Fatalf("got %d welcomes, want 1: %q", len(welcomes), welcomes)
		}
		if n := number(t, openSQL(t, dsn), `select count(*) from accounts`); n != 1 {
			t.Errorf("got %d accounts, want 1", n)
		}
		line, _, _ := strings.Cut(welcomes[0], "\n")
		var credentials directory.Credentials
		if err := json.Unmarshal([]byte(line), &credentials); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		for i, s := range servers {
			if answer := s.post(t, credentials.AccessToken, `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`); !strings.Contains(answer, `"login":"admin"`) {
				t.Errorf("server %d: got %s, want the administrator", i+1, answer)
			}
		}
		must(t, "", "verify", "--db", dsn)
	}
}
