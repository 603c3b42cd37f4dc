package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/storetest"
)

// only is the one value that a query answers.
func only(t testing.TB, s *Store, text string, args ...any) any {
	t.Helper()
	rows, err := query(s)(text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s: got %v, want one value", text, rows)
	}
	return rows[0][0]
}

func TestSettings(t *testing.T) {
	s := openTest(t, Options{})
	for _, tt := range []struct {
		pragma string
		want   any
	}{
		{"journal_mode", "wal"},
		{"synchronous", int64(2)}, // FULL
		{"foreign_keys", int64(1)},
		{"busy_timeout", DefaultBusyTimeout.Milliseconds()},
		{"query_only", int64(0)},
		{"cache_size", int64(-writerCache)},
	} {
		err := s.writer.do(t.Context(), 0, []task{func(tx *tx) error {
			var got any
			err := tx.row("pragma " + tt.pragma).Scan(&got)
			if got != tt.want {
				t.Errorf("writer: %s is %v, want %v", tt.pragma, got, tt.want)
			}
			return err
		}})[0]
		if err != nil {
			t.Error(err)
		}
	}
	if got := only(t, s, "pragma mmap_size"); got != int64(readerMap) {
		t.Errorf("a reader maps %v bytes, want %d", got, readerMap)
	}
	if _, err := s.read.ExecContext(t.Context(), `delete from accounts`); err == nil {
		t.Error("a reader may write")
	}
}

func TestFiles(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "a name?with%20#marks&.db")
	s := openFile(t, path, Options{})
	if err := s.writer.do(t.Context(), 0, []task{add(1)})[0]; err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]os.FileMode{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[strings.TrimPrefix(filepath.Join(directory, entry.Name()), path)] = info.Mode()
	}
	if diff := cmp.Diff(map[string]os.FileMode{"": 0o600, "-wal": 0o600, "-shm": 0o600}, got); diff != "" {
		t.Errorf("files and modes (-want +got):\n%s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, dsn := range map[string]string{
		"a scheme":               "mysql://localhost/rosterd",
		"a directory":            t.TempDir(),
		"a path that is nowhere": filepath.Join(t.TempDir(), "none", "rosterd.db"),
		"what is no database":    filepath.Join(t.TempDir(), "text"),
	} {
		if name == "what is no database" {
			if err := os.WriteFile(dsn, []byte(strings.Repeat("text ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := open(t.Context(), dsn, Options{})
		if err == nil {
			t.Errorf("%s: opened, want an error", name)
			s.Close()
		}
	}
}

func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rosterd.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i, want := range []bool{false, true, true} {
		if current, err := s.Current(t.Context()); err != nil || current != want {
			t.Errorf("after %d migrations: current is %t, %v, want %t", i, current, err, want)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Errorf("migration %d: %v", i, err)
		}
	}
	if ids, err := s.NewIDs(t.Context(), 1); err != nil || ids[0] != 1 {
		t.Errorf("got ids %v, %v, want the first", ids, err)
	}
	execute(t, s.write, `insert into goose_db_version (version_id, is_applied) values (99, 1)`)
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "99") || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer schema: got error %v, want a refusal that tells what to do", err)
	}
	if _, err := s.Current(t.Context()); err == nil {
		t.Error("a newer schema is current")
	}
}

// Two servers that start at once both find a whole schema.
func TestMigrateTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rosterd.db")
	errs := make(chan error)
	for range 4 {
		go func() {
			s, err := open(context.Background(), path, Options{})
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// Every table is STRICT, and every key and index begins with account_id, but for
// what the schema's head names.
func TestSchema(t *testing.T) {
	s := openTest(t, Options{})
	tables, err := query(s)(`select name, strict from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite_%' and name not like 'goose_%'`)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 10 {
		t.Fatalf("got %d tables, want the roster's", len(tables))
	}
	for _, table := range tables {
		if table[1] != int64(1) {
			t.Errorf("table %v is not strict", table[0])
		}
	}
	keys, err := query(s)(`select t.name || ' ' || c.name from pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
		where t.schema = 'main' and t.name not like 'goose_%' and c.seqno = 0 and c.name <> 'account_id' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{"accounts jid_host"}, {"accounts partner_id"}, {"avatars id"}, {"commits session"}, {"employees email_folded"}, {"employees handle"}, {"employees login_folded"}, {"id_blocks name"}, {"search_index name"}, {"tokens digest"}}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys that begin with something else (-want +got):\n%s", diff)
	}
}

func TestRebind(t *testing.T) {
	s := openTest(t, Options{})
	for _, tt := range []struct {
		text string
		args []any
		want string
	}{
		{`select $2 || $1 || $2`, []any{"a", "b"}, "bab"},
		{`select $11 || $1`, []any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, "ka"},
	} {
		if got := only(t, s, tt.text, tt.args...); got != tt.want {
			t.Errorf("%s of %v: got %v, want %s", tt.text, tt.args, got, tt.want)
		}
	}
}

func TestPattern(t *testing.T) {
	s := openTest(t, Options{})
	for _, tt := range []struct {
		text, like string
		want       int64
	}{
		{"Ivanov", "Ivanov", 1},
		{"Ivanov", "ivanov", 0},
		{"Ivanov", "Ivan", 0},
		{"Ivanov", "%van%", 1},
		{"Ivanov", "I_anov", 1},
		{"Ivanov", "I__nov", 1},
		{"Ivanov", "_Ivanov", 0},
		{"Ёлкин", "_лк%", 1},
		{"", "%", 1},
		{"", "_", 0},
		{"", "", 1},
		{"100%", `100\%`, 1},
		{"1000", `100\%`, 0},
		{"a_b", `a\_b`, 1},
		{"axb", `a\_b`, 0},
		{`a\b`, `a\\b`, 1},
		{"a*b", "a*b", 1},
		{"axb", "a*b", 0},
		{"a?b", "a?b", 1},
		{"axb", "a?b", 0},
		{"[ab]", "[ab]", 1},
		{"a", "[ab]", 0},
		{"[", "[", 1},
		{"]", "]", 1},
		{"a-[^]", "a-[^]", 1},
		{"*", `\*`, 1},
	} {
		if got := only(t, s, `select `+s.flavor.like("$1", "$2"), tt.text, s.flavor.pattern(tt.like)); got != tt.want {
			t.Errorf("%q like %q: got %v, want %d (glob %q)", tt.text, tt.like, got, tt.want, s.flavor.pattern(tt.like))
		}
	}
}

func TestRegexp(t *testing.T) {
	s := openTest(t, Options{Readers: 1})
	matches := `select ` + s.flavor.matches("$1", "$2")
	for _, tt := range []struct {
		text    any
		pattern string
		want    int64
	}{
		{"Ivanov", "van", 1},
		{"Ivanov", "^van", 0},
		{"Ivanov", "(?i)IVAN", 1},
		{"Ёлкин", `^\pL{5}$`, 1},
		{"Ivanov", "^van", 0}, // again, after another pattern
		{"", "", 1},
		{nil, "", 0},
		{int64(5), "5", 0},
	} {
		if got := only(t, s, matches, tt.text, tt.pattern); got != tt.want {
			t.Errorf("%v regexp %q: got %v, want %d", tt.text, tt.pattern, got, tt.want)
		}
	}
	if rows, err := query(s)(matches, "text", "("); err == nil {
		t.Errorf("a bad pattern: got %v, want an error", rows)
	}
}

// plan is how SQLite goes about a query.
func plan(t *testing.T, s *Store, text string, args ...any) string {
	t.Helper()
	rows, err := query(s)("explain query plan "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var steps []string
	for _, row := range rows {
		steps = append(steps, row[3].(string))
	}
	return strings.Join(steps, "; ")
}

// people keeps an account of n employees.
func people(t *testing.T, s *Store, n int) (account int64) {
	t.Helper()
	ids, err := s.NewIDs(t.Context(), n+2)
	if err != nil {
		t.Fatal(err)
	}
	account, status := ids[0], ids[1]
	units := []directory.Unit{func(tx directory.Tx) error {
		if err := tx.InsertAccount(directory.Account{ID: account, TimeZone: "UTC"}); err != nil {
			return err
		}
		return tx.InsertStatus(directory.Status{ID: status, Mnemonic: "available"})
	}}
	for i, id := range ids[2:] {
		e := &directory.Employee{
			ID: id, AccountID: account, UUID: uuid.NewString(), RocketID: fmt.Sprint(id), Version: 1, Handle: fmt.Sprint("e", i),
			LastName: fmt.Sprint("Ivanov", i), FirstName: "Ivan", Email: directory.Email(fmt.Sprintf("e%d@example.com", i)), StatusID: status,
			Extension: directory.Extension{Number: directory.ExtensionText(fmt.Sprint(i))}, CallRecording: "all",
		}
		units = append(units, func(tx directory.Tx) error {
			if _, err := tx.InsertEmployee(e, ""); err != nil {
				return err
			}
			return tx.Append(directory.Event{Kind: "employee.created", Subject: directory.KindEmployee, SubjectID: id, After: []byte(`{}`)})
		})
	}
	for _, err := range s.InTx(t.Context(), account, units...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return account
}

// The query of a page looks its rows up in an index, by account and field, and
// sorts along one, whatever it is asked.
func TestPlans(t *testing.T) {
	s := openTest(t, Options{})
	account := people(t, s, 300)
	equal := func(field string, value any) directory.Condition {
		return directory.Test{Field: field, Op: directory.OpEqual, Values: []any{value}}
	}
	query := func(field, expression string) directory.Query {
		return directory.Query{Where: directory.Test{Field: field, Op: directory.OpJSQuery, Expr: parse(t, expression)}}
	}
	for _, tt := range []struct {
		name string
		q    directory.Query
		want string
	}{
		{"no filter", directory.Query{}, "(account_id=?)"},
		{"id", directory.Query{Where: equal("id", int64(5))}, "(account_id=? AND id=?)"},
		{"ids", directory.Query{Where: directory.Test{Field: "id", Op: directory.OpIn, Values: []any{int64(5), int64(6)}}}, "(account_id=? AND id=?)"},
		{"ids from", directory.Query{Where: directory.Test{Field: "id", Op: directory.OpGreater, Values: []any{int64(5)}}}, "(account_id=? AND id>?)"},
		{"status_id", directory.Query{Where: equal("status_id", int64(2))}, "employees_status (account_id=? AND status_id=?)"},
		{"schedule_id", directory.Query{Where: equal("schedule_id", int64(2))}, "employees_schedule (account_id=? AND schedule_id=?)"},
		{"email", directory.Query{Where: equal("email", "x")}, "employees_email (account_id=? AND email=?)"},
		{"login", directory.Query{Where: equal("login", "x")}, "employees_login (account_id=? AND login=?)"},
		{"first_name", directory.Query{Where: equal("first_name", "x")}, "employees_first_name (account_id=? AND first_name=?)"},
		{"last_name", directory.Query{Where: equal("last_name", "x")}, "employees_last_name (account_id=? AND last_name=?)"},
		{"full_name", directory.Query{Where: equal("full_name", "x")}, "employees_full_name (account_id=? AND full_name=?)"},
		{"external_id", directory.Query{Where: equal("external_id", "x")}, "employees_external_id (account_id=? AND external_id=?)"},
		{"handle", directory.Query{Where: equal("handle", "x")}, "employees_handle (account_id=? AND handle=?)"},
		{"uuid", directory.Query{Where: equal("uuid", "x")}, "(account_id=? AND uuid=?)"},
		{"begins with", directory.Query{Where: directory.Test{Field: "last_name", Op: directory.OpLike, Values: []any{"Iv%"}}}, "employees_last_name (account_id=? AND last_name>? AND last_name<?)"},
		{"extension", query("extension", `extension_phone_number = "101"`), "employees_extension (account_id=? AND extension=?)"},
		{"extension at any depth", query("extension", `* = "101"`), "employees_extension (account_id=? AND extension=?)"},
		{"coach", query("coach", `coach_id = 12`), "employees_coach (account_id=? AND coach_id=?)"},
		{"coach and more", query("coach", `coach_id = 12 AND NOT coach_always_enabled = true`), "employees_coach (account_id=? AND coach_id=?)"},
		{"group", query("groups", `#.group_id = 5`), "SEARCH m USING PRIMARY KEY (account_id=? AND group_id=?)"},
		{"group and status", directory.Query{Where: directory.All{query("groups", `#.group_id = 5`).Where, equal("status_id", int64(2))}}, "SEARCH m USING COVERING INDEX memberships_status (account_id=? AND group_id=? AND status_id=?)"},
		{"phone number", query("phone_numbers", `#(phone_number = "7495" AND status = active)`), "(account_id=? AND id=?); LIST SUBQUERY"},
		{"agents by name", directory.Query{Where: equal(directory.PersonAgent, true), Order: []directory.Order{{Field: directory.PersonName}}}, "employees_agents (account_id=?)"},
		{"rocket_id", directory.Query{Where: equal(directory.PersonRocketID, "x")}, "(account_id=? AND rocket_id=?)"},
		{"by last name", directory.Query{Order: []directory.Order{{Field: "last_name"}}}, "employees_last_name (account_id=?)"},
		{"by first name", directory.Query{Order: []directory.Order{{Field: "first_name"}}}, "employees_first_name (account_id=?)"},
		{"by full name", directory.Query{Order: []directory.Order{{Field: "full_name"}}}, "employees_full_name (account_id=?)"},
	} {
		c := newCompiler(s.flavor, employeeView, account)
		got := plan(t, s, c.ids(c.where(tt.q.Where), tt.q.Order)+` limit 100`, c.args...)
		sorts := strings.Contains(got, "TEMP B-TREE") && !strings.Contains(tt.want, ">") // a range of names is not in the order of ids
		if !strings.Contains(got, tt.want) || strings.Contains(got, "SCAN e") || sorts {
			t.Errorf("%s: got plan %q, want %q without a scan or a sort", tt.name, got, tt.want)
		}
	}
}

// What checks the tables finds what is wrong with them.
func TestInconsistencies(t *testing.T) {
	for _, tt := range []struct{ name, change, want string }{
		{"nothing", `update employees set version = version`, ""},
		{"counter", `update accounts set employees = employees + 1`, "counts 4 employees and has 3"},
		{"column", `update employees set last_name = 'x' where handle = 'e1'`, "column last_name is x"},
		{"folded column", `update employees set email_folded = null where handle = 'e1'`, "column email_folded"},
		{"document", `update employees set document = '{' where handle = 'e1'`, "document"},
		{"owner of a document", `update employees set document = (select document from employees where handle = 'e0') where handle = 'e1'`, "has the document of"},
		{"unique value gone", `delete from unique_values where value = 'e1'`, "unique values"},
		{"unique value of nobody", `insert into unique_values (account_id, kind, value, owner_id) values (1, 'handle', 'x', 999)`, "who is not there"},
		{"number of nobody", `insert into phone_numbers (account_id, id, identity, spelling, channels_count, dial_time, status) values (1, 999, '5', '5', 1, 1, 'active')`, "is nobody's"},
		{"event gone", `delete from events where number = 2`, "is at event 3 and has 2"},
		{"creation gone", `update events set kind = 'employee.updated' where number = 2`, "created by 0 events"},
		{"event of nobody", `update events set subject_id = 999 where number = 2`, "who is gone"},
		{"membership", `insert into employee_groups (account_id, id, uuid, rocket_id, handle, name, queue_enabled, channels_count) values (1, 998, '', '', '', '', 0, 1);
			insert into memberships (account_id, group_id, employee_id, status_id) select 1, 998, id, status_id from employees where handle = 'e1'`, "memberships"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openTest(t, Options{})
			people(t, s, 3)
			execute(t, s.write, tt.change)
			problems, err := storetest.Inconsistencies(query(s))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(problems, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("after %s: got problems %q, want %q", tt.change, got, tt.want)
			}
		})
	}
}
