package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

var update = flag.Bool("update", false, "write testdata/schema-N.*.sql, a dump of the newest schema")

// released are the schemas that a rosterd has ended its migrations with.
var released = []int64{1, 3, 5, 6, 8, 10, 12}

// Every released schema, with a roster in it, can still be brought up to date, and
// the roster is whole afterwards. A new migration adds its dumps with -update.
func TestDumps(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testDumps(t, "sqlite", testdb.SQLite(t), dumpSQLite, restoreSQLite) })
	t.Run("postgres", func(t *testing.T) { testDumps(t, "postgres", testdb.Postgres(t), dumpPostgres, restorePostgres) })
}

func testDumps(t *testing.T, name, dsn string, dump func(t *testing.T, dsn string) []byte, restore func(t *testing.T, script []byte) string) {
	fresh := openStore(t, dsn)
	if err := fresh.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, newest, err := fresh.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if newest != released[len(released)-1] {
		t.Errorf("schema %d is not among those tested; add it, and its dump with -update", newest)
	}
	if *update {
		populate(t, fresh)
		file := fmt.Sprintf("testdata/schema-%d.%s.sql", newest, name)
		if err := os.WriteFile(file, dump(t, dsn), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range released {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			script, err := os.ReadFile(fmt.Sprintf("testdata/schema-%d.%s.sql", version, name))
			if err != nil {
				t.Fatal(err)
			}
			s := openStore(t, restore(t, script))
			if got, _, err := s.Versions(t.Context()); err != nil || got != version {
				t.Fatalf("the dump has schema %d (%v), want %d", got, err, version)
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			employees := int64(0)
			err = s.Verify(t.Context(), func(problem string) { t.Error(problem) }, func(_, all int64) { employees = all })
			if err != nil || employees < 3 {
				t.Fatalf("verified %d employees, want 3 or more (%v)", employees, err)
			}
			service := newService(t, s)
			accounts, err := service.Accounts(t.Context())
			if err != nil || len(accounts) != 1 {
				t.Fatalf("got accounts %v, %v", accounts, err)
			}
			ctx := directory.WithActor(t.Context(), directory.CommandLine(accounts[0].ID))
			if created := service.CreateEmployees(ctx, []directory.CreateEmployee{employee("Later", "74950000009", "109")}); created[0].Err != nil {
				t.Error(created[0].Err)
			}
		})
	}
}

func openStore(t *testing.T, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newService(t testing.TB, s *Store) *directory.Service {
	t.Helper()
	service, err := directory.New(directory.Config{Store: s, Clock: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func employee(name, number, extension string) directory.CreateEmployee {
	return directory.CreateEmployee{
		Names:        directory.Names{LastName: schema.Some(name)},
		PhoneNumbers: schema.Some([]directory.PhoneNumber{{PhoneNumber: schema.Some(directory.PhoneText(number))}}),
		Workplace:    directory.Workplace{Extension: schema.Some(directory.ExtensionParams{Number: schema.Some(directory.ExtensionText(extension))})},
	}
}

// populate makes a roster with something in every table but tombstones' data.
func populate(t *testing.T, s *Store) {
	t.Helper()
	service := newService(t, s)
	account, err := service.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some("secret")})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile("../examples/seed.json")
	if err != nil {
		t.Fatal(err)
	}
	seeded, err := service.Seed(t.Context(), account.AccountID, seed)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[directory.Kind]int64{}
	for _, e := range seeded {
		ids[e.Kind] = e.ID
	}
	full := employee("Иванов", "74950000001", "101")
	full.Email = schema.Some(directory.Email("ivanov@example.com"))
	full.ScheduleID = schema.Some(ids[directory.KindSchedule])
	full.Groups = schema.Some([]int64{ids[directory.KindGroup]})
	full.Coach = schema.Some(directory.CoachParams{ID: schema.Some(account.UserID)})
	full.Skills = schema.Some([]int64{ids[directory.KindSkill]})
	full.Operator = schema.Some(directory.OperatorParams{
		DisplayName: schema.Some("Ivan"), Login: schema.Some("ivan"), Password: schema.Some("secret"),
		PositionID: schema.Some(ids[directory.KindPosition]), Sites: schema.Some([]int64{ids[directory.KindSite]}),
	})
	ctx := directory.WithActor(t.Context(), directory.CommandLine(account.AccountID))
	results := service.CreateEmployees(ctx, []directory.CreateEmployee{full, employee("O'Brien", "74950000001", "102"), employee("Deleted", "74950000003", "103")})
	for _, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	group := ids[directory.KindGroup]
	if r := service.UpdateGroups(ctx, []directory.UpdateGroup{{ID: schema.Some(group), GroupParams: directory.GroupParams{GroupPhoneNumber: schema.Some(directory.ExtensionText("901"))}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	var numbers []directory.GroupNumberParams
	if err := s.InTx(t.Context(), account.AccountID, func(tx directory.Tx) error {
		all, err := tx.GroupNumbers(group)
		numbers = nil
		for _, n := range all {
			numbers = append(numbers, directory.GroupNumberParams{ID: schema.Some(n.ID), Available: schema.Some(false)})
		}
		return err
	})[0]; err != nil {
		t.Fatal(err)
	}
	if r := service.UpdateGroupNumbers(ctx, []directory.UpdateGroupNumbers{{ID: schema.Some(group), PhoneNumbers: schema.Some(numbers)}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	deleted := service.DeleteEmployees(ctx, []directory.DeleteEmployee{{ID: schema.Some(results[2].Value)}})
	if deleted[0].Err != nil {
		t.Fatal(deleted[0].Err)
	}
}

// dumpSQLite writes the schema and all rows as SQL.
func dumpSQLite(t *testing.T, dsn string) []byte {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var out bytes.Buffer
	text := func(query string) (lines []string) {
		rows, err := db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		return lines
	}
	for _, statement := range text(`select sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by type desc, name`) {
		out.WriteString(statement + ";\n")
	}
	for _, table := range text(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`) {
		var columns []string
		for _, column := range text(`select name from pragma_table_info('` + table + `') order by cid`) {
			columns = append(columns, "quote("+column+")")
		}
		for _, values := range text(`select ` + strings.Join(columns, ` || ', ' || `) + ` from ` + table + ` order by 1`) {
			fmt.Fprintf(&out, "insert into %s values (%s);\n", table, values)
		}
	}
	return out.Bytes()
}

func restoreSQLite(t *testing.T, script []byte) string {
	t.Helper()
	dsn := filepath.Join(t.TempDir(), "restored.db")
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(string(script)); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// What pg_dump writes besides SQL, and what differs from one release to the next.
var notSQL = regexp.MustCompile(`(?m)^(\\.*|--.*|SET .*|SELECT pg_catalog.set_config.*)\n`)

func dumpPostgres(t *testing.T, dsn string) []byte {
	t.Helper()
	pgDump, err := testdb.Binary("pg_dump")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(pgDump, "--inserts", "--no-owner", "--dbname", dsn).Output()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\n{3,}`).ReplaceAll(notSQL.ReplaceAll(out, nil), []byte("\n\n"))
}

func restorePostgres(t *testing.T, script []byte) string {
	t.Helper()
	ctx := context.Background()
	dsn := testdb.Postgres(t)
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().Exec(ctx, string(script)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return dsn
}
