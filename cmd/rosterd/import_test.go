package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// importing is a database with what employees refer to, and a folder with files.
type importing struct {
	dsn, dir string
	where    []string // flags that say so
}

func newImporting(t *testing.T, db testdb.Opener) *importing {
	t.Helper()
	dsn, _ := newDatabase(t, db)
	seeded(t, dsn)
	must(t, "", "call", "--db", dsn, "create.statuses", "name=Business trip")
	return &importing{dsn, t.TempDir(), []string{"--db", dsn}}
}

// write makes a file of lines.
func (i *importing) write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(i.dir, name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (i *importing) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(i.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run runs a subcommand on the database, and tells what it prints and its status.
func (i *importing) run(t *testing.T, args ...string) (stdout, message string, status int) {
	t.Helper()
	stdout, err := command(t, "", append(args, i.where...)...)
	if err != nil {
		return stdout, err.Error(), statusOf(err)
	}
	return stdout, "", 0
}

// wants runs a subcommand and holds its status and some of its words.
func (i *importing) wants(t *testing.T, status int, words []string, args ...string) string {
	t.Helper()
	stdout, message, got := i.run(t, args...)
	for _, word := range words {
		if !strings.Contains(stdout+message, word) {
			t.Errorf("%v: want %q in\n%s%s", args, word, stdout, message)
		}
	}
	if got != status {
		t.Fatalf("%v: status %d, want %d\n%s%s", args, got, status, stdout, message)
	}
	return stdout
}

func counts(created, updated, unchanged, failed int) string {
	return fmt.Sprintf("  created    %d\n  updated    %d\n  unchanged  %d\n  failed     %d\n", created, updated, unchanged, failed)
}

// numberForm is an id, of which nobody knows which it is.
var numberForm = regexp.MustCompile(`,\d{2,},,`)

// report is a report in CSV, sorted, with ids told only by their being there.
func (i *importing) report(t *testing.T, name string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(i.read(t, name)), "\n")[1:]
	for n := range lines {
		lines[n] = numberForm.ReplaceAllString(lines[n], ",ID,,")
		if at := strings.LastIndexByte(lines[n], ','); strings.Contains(lines[n], "already_in_use") && at+1 < len(lines[n]) {
			lines[n] = lines[n][:at] + ",HOLDER"
		}
	}
	slices.Sort(lines)
	return lines
}

// employees are all employees with every field of get.employees by handle, without
// what is new in whoever is made again: ids and versions.
func (i *importing) employees(t *testing.T) map[string]string {
	t.Helper()
	var fields []string
	for _, f := range schema.RowOf[directory.EmployeeRow]().Fields() {
		if f.Name != "id" && f.Name != "uuid" && f.Name != "version" && f.Name != "activity" {
			fields = append(fields, f.Name)
		}
	}
	asked, err := json.Marshal(map[string]any{"limit": 10_000, "fields": fields})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Data []map[string]any `json:"data"`
	}
	if err := json.Unmarshal([]byte(must(t, string(asked), "call", "--db", i.dsn, "get.employees", "-")), &got); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range got.Data {
		if coach, has := e["coach"].(map[string]any); has {
			delete(coach, "coach_id")
		}
		for _, n := range e["phone_numbers"].([]any) {
			delete(n.(map[string]any), "phone_id")
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		all[e["handle"].(string)] = string(text)
	}
	return all
}

// events is how many things have happened in the account.
func (i *importing) events(t *testing.T) string {
	t.Helper()
	rows, err := rowsOf(t, openSQL(t, i.dsn))("select last_event from accounts")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(rows)
}

// mixed is a file in which everything happens: coaches after those they coach, in a
// circle, unknown and failing; statuses that nobody is created with; bad cells;
// names that nothing has; a value that is taken by an earlier row.
var mixed = []string{
	"last_name,first_name,phone_numbers.1.phone_number,groups,extension.extension_phone_number,operator.operator_login,operator.operator_display_name,operator.operator_password,skills,handle,coach.coach_id,status",
	"Petrova,Anna,74955140578,Sales;Support,101,anna,Anna,secret12,English,anna,admin,break",
	"Sidorov,Boris,74955140579,,102,,,,,boris,clara,Business trip",
	"Orlova,Clara,74955140580,Support,,,,,,clara,boris,",
	"Ivanov,Ivan,call me,Nope,102,,,,,ivan,nobody,",
	"Smirnov,Oleg,74955140581,,101,,,,,oleg,,auto_out_call",
	"Popov,Egor,74955140582,,,,,,,egor,oleg,auto_out_call",
	"Popov,Egor,74955140582,,,,,,,,clara,",
	"Popov,Egor,74955140582,,,,,,,,clara,",
	"Lebedev,,74955140583,,103,lebedev,Lebedev,much too long,,lebedev,,",
}

var mixedReport = []string{
	`10,failed,,invalid_parameter_value,operator.operator_password,,Invalid parameter value,`,
	"2,created,ID,,,,,",
	"3,created,ID,,,,,",
	"4,created,ID,,,,,",
	"5,failed,,entity_not_found,coach.coach_id,nobody,Entity not found,",
	"5,failed,,entity_not_found,groups,Nope,Entity not found,",
	"5,failed,,invalid_parameter_value,phone_numbers.1.phone_number,call me,Invalid parameter value,",
	"6,failed,,already_in_use,extension.extension_phone_number,101,This value is already used by another entity,HOLDER",
	"7,failed,,entity_not_found,coach.coach_id,oleg,Entity not found,",
	"8,created,ID,,,,,",
	"9,created,ID,,,,,",
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, db testdb.Opener) { testImport(t, newImporting(t, db)) })
}

// The same against a server.
func TestImportServer(t *testing.T) {
	i := newImporting(t, testdb.SQLite)
	s := serve(t, i.dsn)
	token := i.write(t, "token", newToken(t, i.dsn))
	i.where = []string{"--url", s.url, "--token-file", token}
	testImport(t, i)
	i.where = []string{"--url", s.url, "--token-file", i.write(t, "wrong", strings.Repeat("x", 40))}
	i.wants(t, 1, []string{"get.imports: Access token is invalid"}, "import", filepath.Join(i.dir, "mixed.csv"))
	i.where = []string{"--url", "http" + strings.TrimPrefix(s.url, "http") + "/nowhere", "--token-file", token}
	i.wants(t, 1, []string{"404"}, "import", filepath.Join(i.dir, "mixed.csv"))
}

func testImport(t *testing.T, i *importing) {
	file := i.write(t, "mixed.csv", mixed...)
	report, rejected := filepath.Join(i.dir, "report.csv"), filepath.Join(i.dir, "rejected.csv")

	before, happened := i.employees(t), i.events(t)
	i.wants(t, 1, []string{"nothing was written", counts(5, 0, 0, 4), "4 of 9 rows would fail"}, "import", file, "--check", "--report", report)
	foreseen := i.report(t, "report.csv")
	if diff := cmp.Diff(before, i.employees(t)); diff != "" || happened != i.events(t) {
		t.Errorf("a check has changed the roster (-before +after):\n%s", diff)
	}

	i.wants(t, 1, []string{": 9 rows in", counts(5, 0, 0, 4), "1 failed: extension.extension_phone_number: This value", "4 of 9 rows failed; mend " + rejected},
		"import", file, "--report", report, "--rejected", rejected)
	got := i.report(t, "report.csv")
	if diff := cmp.Diff(mixedReport, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	for n := range foreseen { // ids and holders are not there yet
		foreseen[n] = strings.Replace(foreseen[n], "created,,,,,,", "created,ID,,,,,", 1)
		if strings.HasPrefix(foreseen[n], "6,") {
			foreseen[n] += "HOLDER"
		}
	}
	if diff := cmp.Diff(got, foreseen); diff != "" {
		t.Errorf("the check foresaw (-what happened +foreseen):\n%s", diff)
	}
	bad := strings.Split(strings.TrimSpace(i.read(t, "rejected.csv")), "\n")
	slices.Sort(bad[1:])
	if diff := cmp.Diff([]string{mixed[0], mixed[4], mixed[9], mixed[6], mixed[5]}, bad); diff != "" {
		t.Errorf("rejected rows (-want +got):\n%s", diff)
	}
	there := i.employees(t)
	for handle, want := range map[string]string{"anna": `"coach_full_name":"admin"`, "boris": `"coach_full_name":"Orlova Clara"`, "clara": `"coach_full_name":"Sidorov Boris"`} {
		if !strings.Contains(there[handle], want) {
			t.Errorf("%s: want %s in %s", handle, want, there[handle])
		}
	}
	if !strings.Contains(there["boris"], `"status":null`) {
		t.Errorf("boris has not the account's own status: %s", there["boris"])
	}

	// Again, nothing is repeated; with the rows mended, the rest goes in.
	happened = i.events(t)
	i.wants(t, 1, []string{"continued", counts(5, 0, 0, 4), "5 of them were in already"}, "import", file)
	if happened != i.events(t) {
		t.Error("the same import again has changed something")
	}
	mended := slices.Clone(mixed)
	mended[4] = "Ivanov,Ivan,74955140590,Sales,104,,,,,ivan,oleg,"
	mended[5] = strings.Replace(mended[5], ",101,", ",105,", 1)
	mended[9] = strings.Replace(mended[9], "much too long", "short", 1)
	i.write(t, "mixed.csv", mended...)
	out := i.wants(t, 0, []string{"continued", counts(9, 0, 0, 0), "5 of them were in already"}, "import", file)
	there = i.employees(t)
	if len(there) != 10 { // and the administrator
		t.Errorf("there are %d employees, want 10", len(there))
	}
	if oleg := there["oleg"]; !strings.Contains(oleg, `"auto_out_call"`) || !strings.Contains(there["egor"], `"coach_full_name":"Smirnov Oleg"`) {
		t.Errorf("oleg and egor are %s, %s", oleg, there["egor"])
	}
	id := regexp.MustCompile(`import (\d+) of`).FindStringSubmatch(out)[1]
	i.wants(t, 0, []string{"mixed.csv went in as import " + id, "--again"}, "import", file)
	i.wants(t, 0, []string{id + " ", "mixed.csv", "done"}, "import", "list")

	testUndo(t, i, file, id, before)
}

func testUndo(t *testing.T, i *importing, file, id string, before map[string]string) {
	var clara struct {
		Data []struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	asked := `{"fields": ["id"], "filter": {"field": "handle", "operator": "=", "value": "clara"}}`
	if err := json.Unmarshal([]byte(must(t, asked, "call", "--db", i.dsn, "get.employees", "-")), &clara); err != nil {
		t.Fatal(err)
	}
	must(t, "", "call", "--db", i.dsn, "update.employees", fmt.Sprint("id=", clara.Data[0].ID), "first_name=Changed")
	// Boris coaches Clara, who has been changed, so that he stays, too.
	i.wants(t, 1, []string{"removed     7", "kept        2", "line 4: employee", "has been changed since", "line 3: employee"}, "import", "undo", id)
	if left := slices.Sorted(maps.Keys(i.employees(t))); !slices.Equal(left, []string{"admin", "boris", "clara"}) {
		t.Errorf("left are %v", left)
	}
	i.wants(t, 0, []string{"undone"}, "import", "list")
	i.wants(t, 1, []string{"removed     0", "gone before 7", "kept        2"}, "import", "undo", id)
	i.wants(t, 2, []string{"there is no import 999999999"}, "import", "undo", "999999999")

	// Two who coach each other, whom nobody has changed; and more who wait for each
	// other, row by row, than the file is read for.
	must(t, "", "call", "--db", i.dsn, "update.employees", fmt.Sprint("id=", clara.Data[0].ID), "coach=null", "handle=former", "extension=null")
	lines := []string{mixed[0], "One,,7495,,,,,,,one,two,", "Two,,7495,,,,,,,two,one,", "Three,,7495,,,,,,,three,one,"}
	const chain = importer.MaxRounds + 5
	for n := range chain {
		lines = append(lines, fmt.Sprintf("Chain,%d,7495,,,,,,,c%d,c%d,", n, n, n+1))
	}
	lines = append(lines, fmt.Sprintf("Chain,%d,7495,,,,,,,c%d,,", chain, chain))
	circle := i.write(t, "circle.csv", lines...)
	out := i.wants(t, 0, []string{counts(len(lines)-1, 0, 0, 0)}, "import", circle)
	there := i.employees(t)
	for n := range chain {
		if handle, want := fmt.Sprint("c", n), fmt.Sprintf(`"coach_full_name":"Chain %d"`, n+1); !strings.Contains(there[handle], want) {
			t.Errorf("%s: want %s in %s", handle, want, there[handle])
		}
	}
	i.wants(t, 0, []string{fmt.Sprint("removed     ", len(lines)-1), "kept        0"}, "import", "undo", regexp.MustCompile(`import (\d+) of`).FindStringSubmatch(out)[1])
}

// Employees who are there are updated, if something about them changes.
func TestImportUpsert(t *testing.T) {
	i := newImporting(t, testdb.SQLite)
	report := filepath.Join(i.dir, "report.csv")
	first := i.write(t, "staff.csv", "last_name,phone_numbers.1.phone_number,external_id,handle,email,extension.extension_phone_number,operator.operator_login,operator.operator_display_name,operator.operator_password",
		"Petrova,74955140578,a,anna,Anna@example.com,101,anna,Anna,secret12",
		"Sidorov,74955140579,b,boris,twins@example.com,102,,,",
		"Sidorov,74955140579,c,clara,twins@example.com,103,,,")
	i.wants(t, 0, []string{counts(3, 0, 0, 0)}, "import", first)
	for n, c := range []struct{ by, anna, boris string }{
		{"external_id", "a", "b"}, {"handle", "ANNA", "boris"}, {"extension", "101", "102"}, {"email", "Anna@example.com", "new@example.com"},
	} {
		column := c.by
		if c.by == "extension" {
			column = "extension.extension_phone_number"
		}
		file := i.write(t, c.by+".csv", column+",last_name,first_name,phone_numbers.1.phone_number,operator.operator_password_hash,status",
			fmt.Sprintf("%s,Petrova,Anna %d,74955140578,*,auto_out_call", c.anna, n),
			fmt.Sprintf("%s,Sidorov,,74955140579,,", c.boris),
			fmt.Sprintf("%s,Petrova,Anna %d,74955140578,*,auto_out_call", c.anna, n),
			",Nobody,,7495,,")
		want := counts(0, 1, 2, 1)
		lines := []string{"2,updated,ID,,,,,", "3,unchanged,ID,,,,,", "4,unchanged,ID,,,,,", "5,failed,,required_parameter_missed," + column + ",,The required parameter has been missed,"}
		if c.by == "email" {
			want, lines[1] = counts(1, 1, 1, 1), "3,created,ID,,,,,"
		}
		i.wants(t, 1, []string{want}, "import", file, "--upsert", c.by, "--report", report)
		if diff := cmp.Diff(lines, i.report(t, "report.csv")); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", c.by, diff)
		}
	}
	if anna := i.employees(t)["anna"]; !strings.Contains(anna, `"first_name":"Anna 3"`) || !strings.Contains(anna, `"auto_out_call"`) {
		t.Errorf("anna is %s", anna)
	}
	twins := i.write(t, "twins.csv", "email,last_name,phone_numbers.1.phone_number", "twins@example.com,Sidorov,7495")
	i.wants(t, 1, []string{"email: 2 employees have this value"}, "import", twins, "--upsert", "email", "--report", report)
	if got := i.report(t, "report.csv")[0]; !strings.HasPrefix(got, "2,failed,,already_in_use,email,twins@example.com,") || !strings.HasSuffix(got, ",HOLDER") {
		t.Errorf("several holders: %s", got)
	}

	// A check knows what earlier rows would take, give up, and make.
	moves := i.write(t, "moves.csv", "external_id,last_name,phone_numbers.1.phone_number,extension.extension_phone_number,first_name",
		"a,Petrova,74955140578,201,", "d,Orlov,7495,101,", "e,Egorov,7495,201,", "d,Orlov,7495,101,Oleg", "b,Sidorov,74955140579,102,")
	for _, check := range []string{"--check", "--again"} {
		i.wants(t, 1, []string{counts(1, 2, 1, 1), "extension.extension_phone_number: This value is already used"}, "import", moves, check, "--upsert", "external_id", "--report", report)
		got := i.report(t, "report.csv")
		for n := range got {
			got[n] = strings.Join(strings.Split(got[n], ",")[:2], " ")
		}
		if want := []string{"2 updated", "3 created", "4 failed", "5 updated", "6 unchanged"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", check, got, want)
		}
	}
}

func TestImportAtomic(t *testing.T) {
	each(t, func(t *testing.T, db testdb.Opener) {
		i := newImporting(t, db)
		report := filepath.Join(i.dir, "report.csv")
		header := "last_name,phone_numbers.1.phone_number,handle,extension.extension_phone_number,coach.coach_id,status"
		file := i.write(t, "staff.csv", header, "One,7495,one,101,admin,", "Two,7495,two,101,,", "Three,7495,three,,,")
		before := i.employees(t)
		i.wants(t, 1, []string{counts(0, 0, 0, 3), "no row is in"}, "import", file, "--atomic", "--report", report)
		if got := i.read(t, "report.csv"); strings.Count(got, "given up") != 2 || !strings.Contains(got, "3,failed,,already_in_use,extension.extension_phone_number,101") {
			t.Errorf("report:\n%s", got)
		}
		i.write(t, "staff.csv", header, "One,7495,one,101,two,", "Two,7495,two,102,,auto_out_call", "Three,7495,three,,,")
		i.wants(t, 1, []string{"With --atomic a coach must be in the roster before", "With --atomic nobody is created with this status"}, "import", file, "--atomic", "--report", report)
		if diff := cmp.Diff(before, i.employees(t)); diff != "" {
			t.Errorf("something is in (-before +after):\n%s", diff)
		}
		i.write(t, "staff.csv", header, "One,7495,one,101,admin,", "Two,7495,two,102,,", "Three,7495,three,,,break")
		i.wants(t, 0, []string{counts(3, 0, 0, 0)}, "import", file, "--atomic", "--check")
		i.wants(t, 0, []string{counts(3, 0, 0, 0)}, "import", file, "--atomic")
		i.wants(t, 0, []string{"went in as import"}, "import", file, "--atomic")

		many := []string{header}
		for n := range importer.AtomicRows + 1 {
			many = append(many, fmt.Sprint("Many,7495,many", n, ",,,"))
		}
		i.wants(t, 2, []string{"--atomic takes at most 10000 rows, and the file has 10001"}, "import", i.write(t, "many.csv", many...), "--atomic")
	})
}

// What is exported, wiped and imported is the same roster, in every format.
func TestExport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db testdb.Opener) {
		i := newImporting(t, db)
		s := serve(t, i.dsn)
		client := rpc.Dial(s.url, rpc.ClientOptions{Token: newToken(t, i.dsn)})
		defer client.Close()
		ids := map[directory.Kind][]int64{}
		for line := range strings.Lines(must(t, "", "seed", "--db", i.dsn, seedExample)) {
			var e directory.Seeded
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			ids[e.Kind] = append(ids[e.Kind], e.ID)
		}
		fillExport(t, client, ids)
		s.stop(t)
		want, hashes := i.employees(t), i.hashes(t)
		if len(want) < 60 || len(hashes) < 4 {
			t.Fatalf("%d employees, %d hashes", len(want), len(hashes))
		}
		for _, format := range []string{"csv", "xlsx", "ndjson"} {
			file := filepath.Join(i.dir, "all."+format)
			i.wants(t, 0, []string{fmt.Sprint(len(want), " employees are in "), "only its owner may read it"}, "export", "--output", file, "--password-hashes")
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", file, info.Mode(), err)
			}
			i.wipe(t)
			if left := i.employees(t); len(left) != 1 {
				t.Fatalf("%d employees are left", len(left))
			}
			i.wants(t, 0, []string{counts(len(want)-1, 0, 1, 0)}, "import", file, "--upsert", "handle")
			if diff := cmp.Diff(want, i.employees(t)); diff != "" {
				t.Fatalf("%s: (-exported +imported):\n%s", format, diff)
			}
			if diff := cmp.Diff(hashes, i.hashes(t)); diff != "" {
				t.Errorf("%s: hashes (-exported +imported):\n%s", format, diff)
			}
			// Once more, nothing changes, and without hashes no password is lost.
			plain := i.write(t, "plain."+format)
			i.wants(t, 0, nil, "export", "--output", plain)
			i.wants(t, 0, []string{counts(0, 0, len(want), 0)}, "import", plain, "--upsert", "handle")
			if diff := cmp.Diff(hashes, i.hashes(t)); diff != "" {
				t.Errorf("%s: hashes without --password-hashes (-before +after):\n%s", format, diff)
			}
		}
		if out := i.wants(t, 0, nil, "export", "--format", "ndjson"); out != i.read(t, "plain.ndjson") {
			t.Error("standard output has something else than the file")
		}
		i.where = []string{"--url", s.url}
		i.wants(t, 2, []string{"--password-hashes needs --db"}, "export", "--password-hashes")
	})
}

// fillExport makes employees of whom everything is there that is exported.
func fillExport(t *testing.T, client *rpc.Client, ids map[directory.Kind][]int64) {
	t.Helper()
	calls := make([]rpc.BatchCall, 60)
	results := make([]struct {
		ID int64 `json:"id"`
	}, len(calls))
	for n := range calls {
		calls[n] = rpc.BatchCall{Method: "create.employees", Params: variedEmployee(n, 2, ids), Result: &results[n]}
	}
	if err := client.Batch(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	for n, call := range calls {
		if call.Err != nil {
			t.Fatalf("%d: %v", n, call.Err)
		}
	}
	var status struct {
		Data []struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	filter := map[string]any{"field": "name", "operator": "=", "value": "Business trip"}
	if err := client.Call(t.Context(), "get.statuses", map[string]any{"filter": filter}, &status); err != nil {
		t.Fatal(err)
	}
	for _, change := range []map[string]any{
		{"id": results[7].ID, "coach": map[string]any{"coach_id": results[50].ID}, "status_id": status.Data[0].ID},
		{"id": results[50].ID, "coach": map[string]any{"coach_id": results[51].ID, "coach_always_enabled": true}, "status": "auto_out_call"},
		{"id": results[51].ID, "coach": map[string]any{"coach_id": results[50].ID}, "groups": []int64{}, "first_name": "=1+1", "in_external_allowed_call_directions": []string{}},
		{"id": results[52].ID, "first_name": "null", "patronymic": `\;"`, "extension": map[string]any{"extension_phone_number": "007"}},
	} {
		if err := client.Call(t.Context(), "update.employees", change, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// hashes are the hashes of passwords by handle.
func (i *importing) hashes(t *testing.T) map[string]string {
	t.Helper()
	rows, err := rowsOf(t, openSQL(t, i.dsn))("select handle, password_hash from employees where password_hash is not null and login is null")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, row := range rows {
		all[fmt.Sprint(row[0])] = fmt.Sprint(row[1])
	}
	return all
}

// wipe deletes everybody but the administrator.
func (i *importing) wipe(t *testing.T) {
	t.Helper()
	connection := connectionFlags{connection: connection{DB: i.dsn}, Timeout: patience}
	connection.Revision, connection.Region = directory.RevisionSeed, "RU"
	client, err := connection.dial(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var got struct {
		Data []struct {
			ID    int64   `json:"id"`
			Login *string `json:"login"`
		} `json:"data"`
	}
	if err := client.Call(t.Context(), "get.employees", map[string]any{"fields": []string{"id", "login"}, "limit": 10_000}, &got); err != nil {
		t.Fatal(err)
	}
	var calls []rpc.BatchCall
	for _, method := range []string{"update.employees", "delete.employees"} {
		for _, e := range got.Data {
			if e.Login != nil {
				continue
			}
			params := map[string]any{"id": e.ID}
			if method == "update.employees" {
				params["coach"] = nil
			}
			calls = append(calls, rpc.BatchCall{Method: method, Params: params})
		}
	}
	for batch := range slices.Chunk(calls, rpc.DefaultBatchLimit) {
		if err := client.Batch(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	for _, call := range calls {
		if call.Err != nil {
			t.Fatal(call.Err)
		}
	}
}

// A malformed file, or a wrong option, gets one line and status 2, and writes
// nothing.
func TestImportRefused(t *testing.T) {
	i := newImporting(t, testdb.SQLite)
	before := i.events(t)
	files, err := filepath.Glob("../../importer/testdata/malformed/*")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	good := i.write(t, "good.csv", "last_name,phone_numbers.1.phone_number", "Petrova,74955140578")
	var refused [][]string
	for _, file := range files {
		refused = append(refused, []string{file})
	}
	refused = append(refused,
		[]string{i.dir + "/missing.csv"}, []string{}, []string{good, "--upsert", "login"}, []string{good, "--delimiter", "ab"}, []string{good, "--encoding", "nonsense"},
		[]string{good, "--map", "nonsense"}, []string{good, "--map", "shoe_size=last_name"}, []string{good, "--report", i.dir + "/report.txt"}, []string{good, "--rejected", good},
		[]string{good, "--output", i.dir + "/x"}, []string{good, "--template", "csv"}, []string{good, "--format", "ods"}, []string{good, "--url", "http://127.0.0.1:1"}, []string{good, "--account", "999"}, []string{good, "--nonsense"},
		[]string{i.write(t, "long.csv", "last_name", strings.Repeat("x", 10<<20))},
	)
	for _, args := range refused {
		stdout, message, status := i.run(t, append([]string{"import"}, args...)...)
		if status != 2 || stdout != "" || message == "" || strings.Contains(message, "\n") {
			t.Errorf("%.200q: status %d, %q, %q; want status 2 and one line", args, status, stdout, message)
		}
	}
	if after := i.events(t); after != before {
		t.Errorf("something was written: %s events were %s", after, before)
	}
	if out := i.wants(t, 0, nil, "import", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("there are imports:\n%s", out)
	}
	if out := must(t, "", "import", "--template", "csv"); !strings.HasPrefix(out, "first_name,last_name,") || strings.Count(out, "\n") != 1 {
		t.Errorf("template: %q", out)
	}
	must(t, "", "import", "--template", "xlsx", "--output", filepath.Join(i.dir, "template.xlsx"))
	i.wants(t, 2, []string{"has no rows"}, "import", filepath.Join(i.dir, "template.xlsx"))
	i.wants(t, 0, []string{counts(1, 0, 0, 0)}, "import", i.write(t, "theirs.csv", "Surname;Tel;Shoes", "Petrova;74955140578;43"), "--map", "last_name=Surname", "--map", "phone_numbers.1.phone_number=Tel", "--map=-=Shoes")
}

// On a terminal there is a bar.
func TestImportTerminal(t *testing.T) {
	i := newImporting(t, testdb.SQLite)
	file := i.write(t, "staff.csv", "last_name,phone_numbers.1.phone_number", "One,7495", "Two,nonsense", "Three,7495")
	var out, bar strings.Builder
	err := run(t.Context(), environment{args: []string{"import", file, "--db", i.dsn}, stdout: &out, stderr: &bar, terminal: true})
	if statusOf(err) != 1 || !strings.Contains(out.String(), counts(2, 0, 0, 1)) || !strings.Contains(bar.String(), "rows, 1 failed") || !strings.Contains(bar.String(), "/3") {
		t.Errorf("%v\n%s\n%q", err, &out, bar.String())
	}
}

// unreliable loses the answers of every other batch, after it has been done.
type unreliable struct {
	importer.Client
	mu   sync.Mutex
	lost int
	n    int
}

func (u *unreliable) Batch(ctx context.Context, calls []rpc.BatchCall) error {
	err := u.Client.Batch(ctx, calls)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n++; err == nil && u.n%2 == 1 {
		u.lost++
		return errors.New("the connection is lost")
	}
	return err
}

// A batch whose answer is lost is sent again, and nobody is there twice.
func TestImportLostAnswers(t *testing.T) {
	i := newImporting(t, testdb.SQLite)
	lines := []string{mixed[0]}
	for n := range 3 * importer.BatchSize {
		coach := ""
		switch n % 10 {
		case 3:
			coach = fmt.Sprint("h", (n+501)%(3*importer.BatchSize)) // often of another batch, which comes later
		case 5:
			coach = fmt.Sprint("h", n/10*10)
		}
		lines = append(lines, fmt.Sprintf("Many,,7495,,,,,,,h%d,%s,", n, coach))
	}
	path := i.write(t, "many.csv", lines...)
	flags := connectionFlags{connection: connection{DB: i.dsn}, Timeout: patience}
	flags.Revision, flags.Region = directory.RevisionSeed, "RU"
	client, err := flags.dial(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	file, err := importer.Open(path, importer.Options{Revision: directory.RevisionSeed})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cut := &unreliable{Client: client}
	summary, err := importer.Import(t.Context(), file, cut, importer.ImportOptions{
		Revision: directory.RevisionSeed, Name: "many.csv", Pauses: []time.Duration{0, 0},
	})
	if err != nil || summary.Created != int64(len(lines)-1) || cut.lost < 3 {
		t.Errorf("%+v, %v, %d answers lost", summary, err, cut.lost)
	}
	if there := i.employees(t); len(there) != len(lines) {
		t.Errorf("%d employees are there, want %d", len(there), len(lines))
	}
	// Without further attempts the import ends, and goes on when it is run again.
	i.wipe(t)
	cut.n = 0
	for range 20 {
		again, err := importer.Open(path, importer.Options{Revision: directory.RevisionSeed})
		if err != nil {
			t.Fatal(err)
		}
		summary, err = importer.Import(t.Context(), again, cut, importer.ImportOptions{Revision: directory.RevisionSeed, Name: "again.csv"})
		again.Close()
		if err == nil {
			break
		}
	}
	if there := i.employees(t); err != nil || summary.Created != int64(len(lines)-1) || len(there) != len(lines) {
		t.Errorf("run again and again: %+v, %v, %d employees", summary, err, len(there))
	}
}
