package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// seeded are the ids of what the example seed makes, by kind.
func seeded(t *testing.T, dsn string) map[directory.Kind][]int64 {
	t.Helper()
	ids := map[directory.Kind][]int64{}
	for line := range strings.Lines(must(t, "", "seed", "--db", dsn, seedExample)) {
		var s directory.Seeded
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	return ids
}

var lastNames = []string{"Ivanov", "Иванов", "O'Brien", "Ünal-Straße", "王", "عبد الله", "Παπαδόπουλος", "नेहरू", "Nguyễn", "e\u0301tat", "👩‍💻", "a\\b\"c"}

// variedEmployee is the i-th of a roster in which everything occurs.
func variedEmployee(i int, coach int64, ids map[directory.Kind][]int64) map[string]any {
	params := map[string]any{"last_name": fmt.Sprint(lastNames[i%len(lastNames)], " ", i), "phone_numbers": []any{}}
	every := func(n int, name string, value any) {
		if i%n == 0 {
			params[name] = value
		}
	}
	every(2, "first_name", fmt.Sprint("Анна ", i))
	every(3, "patronymic", "Petrovna")
	every(4, "email", fmt.Sprintf("User.%d@Example.com", i))
	every(5, "external_id", fmt.Sprint("Crm/", i))
	every(7, "handle", fmt.Sprint("handle-", i))
	every(3, "extension", map[string]any{"extension_phone_number": fmt.Sprintf("%05d", i), "extension_voice_mail_enabled": i%2 == 0, "extension_queue_enabled": i%4 == 0})
	every(9, "coach", map[string]any{"coach_id": coach, "coach_always_enabled": i%2 == 0})
	every(4, "groups", ids[directory.KindGroup])
	every(6, "status", []string{"break", "not_at_work", "do_not_disturb"}[i%3])
	every(8, "schedule_id", ids[directory.KindSchedule][0])
	every(8, "call_recording", "out")
	every(10, "in_external_allowed_call_directions", []string{"in"})
	every(10, "skills", ids[directory.KindSkill])
	every(11, "languages", []string{"ru", "en"})
	every(11, "time_zone", "Europe/Moscow")
	every(13, "profile", map[string]any{"status": "☎", "city": "Санкт-Петербург"})
	every(17, "roles", []string{"agent", "reader"})
	if i%6 > 0 {
		params["phone_numbers"] = []any{
			map[string]any{"phone_number": fmt.Sprintf("+7 (4%02d) %07d", i%100, i), "channels_count": 1 + i%150, "dial_time": 1 + i%100, "status": []string{"active", "inactive"}[i%2]},
			map[string]any{"phone_number": fmt.Sprintf("8800%d...%d#", i%50, i%3)}, // shared
		}
	}
	if i < 5 { // passwords take their time
		params["operator"] = map[string]any{
			"operator_login": fmt.Sprint("Operator", i), "operator_display_name": "Оператор", "operator_password": fmt.Sprint("secret", i),
			"operator_position_id": ids[directory.KindPosition][i%2], "operator_sites": ids[directory.KindSite], "operator_invite_to_chat_enabled": true,
		}
		params["channels"] = map[string]any{"call": map[string]any{"enabled": true, "slots": 1 + i}}
	}
	return params
}

// fill makes a roster of n varied employees, some of which are coaches of older
// ones, and some of which are deleted.
func fill(t *testing.T, client *rpc.Client, n int, ids map[directory.Kind][]int64, administrator int64) {
	t.Helper()
	batch := func(calls []rpc.BatchCall) {
		t.Helper()
		if err := client.Batch(t.Context(), calls); err != nil {
			t.Fatal(err)
		}
		for _, call := range calls {
			if call.Err != nil {
				t.Fatalf("%s %v: %v", call.Method, call.Params, call.Err)
			}
		}
	}
	coach := administrator
	for first := 0; first < n; first += 1000 {
		calls := make([]rpc.BatchCall, min(1000, n-first))
		results := make([]struct {
			ID int64 `json:"id"`
		}, len(calls))
		for i := range calls {
			calls[i] = rpc.BatchCall{Method: "create.employees", Params: variedEmployee(first+i, coach, ids), Result: &results[i]}
		}
		batch(calls)
		coach = results[len(results)-1].ID
		batch([]rpc.BatchCall{
			{Method: "update.employees", Params: map[string]any{"id": results[1].ID, "coach": map[string]any{"coach_id": coach}}},
			{Method: "update.employees", Params: map[string]any{"id": results[2].ID, "extension": nil, "groups": []int64{}, "phone_numbers": []any{}}},
			{Method: "update.employees", Params: map[string]any{"id": results[4].ID, "operator": nil, "email": nil}},
			{Method: "update.employee_activity", Params: map[string]any{"id": results[7].ID, "connected": true, "conversations": 7, "satisfaction_rate": 9250}},
			{Method: "update.employee_activity", Params: map[string]any{"id": results[10].ID, "connected": true}},
			{Method: "delete.employees", Params: map[string]any{"id": results[10].ID}},
			{Method: "delete.employees", Params: map[string]any{"id": results[20].ID}},
			{Method: "create.sip_line_virtual_numbers", Params: map[string]any{"virtual_phone_number": fmt.Sprint(74950000000 + first)}},
			{Method: "create.sip_lines", Params: map[string]any{"employee_id": results[5].ID, "virtual_phone_number": fmt.Sprint(74950000000 + first)}},
			{Method: "create.sip_lines", Params: map[string]any{"employee_id": results[6].ID, "dial_time": 5}},
		})
	}
	placeNumbers(t, client, ids[directory.KindGroup][0])
	keepJournal(t, client)
}

// keepJournal leaves an import with a row, and the outcomes of two calls.
func keepJournal(t *testing.T, client *rpc.Client) {
	t.Helper()
	var made struct {
		ID int64 `json:"id"`
	}
	if err := client.Call(t.Context(), "create.imports", map[string]any{"name": "Люди.csv", "digest": "00ff", "rows": 2}, &made); err != nil {
		t.Fatal(err)
	}
	params := map[string]any{
		"last_name": "Journal", "phone_numbers": []any{}, "external_id": "journal", "idempotency_key": "first",
		"import_row": map[string]any{"import_id": made.ID, "key": "a", "line": 2},
	}
	if err := client.Call(t.Context(), "create.employees", params, nil); err != nil {
		t.Fatal(err)
	}
	delete(params, "import_row")
	params["idempotency_key"] = "second"
	if err := client.Call(t.Context(), "create.employees", params, nil); err == nil || !strings.Contains(err.Error(), "already used") {
		t.Fatalf("create.employees: %v, want already_in_use", err)
	}
}

// placeNumbers has a group dial its numbers in the opposite order, and every third
// not at all.
func placeNumbers(t *testing.T, client *rpc.Client, group int64) {
	t.Helper()
	var got struct {
		Data []struct {
			Numbers []struct {
				ID int64 `json:"employee_phone_number_id"`
			} `json:"phone_numbers"`
		} `json:"data"`
	}
	filter := map[string]any{"field": "id", "operator": "=", "value": group}
	if err := client.Call(t.Context(), "get.group_employees", map[string]any{"fields": []string{"phone_numbers"}, "filter": filter}, &got); err != nil {
		t.Fatal(err)
	}
	numbers := []map[string]any{}
	for i, n := range slices.Backward(got.Data[0].Numbers) {
		numbers = append(numbers, map[string]any{"employee_phone_number_id": n.ID, "available": i%3 > 0})
	}
	if len(numbers) == 0 {
		t.Fatalf("group %d has no numbers", group)
	}
	if err := client.Call(t.Context(), "update.group_employees_numbers", map[string]any{"id": group, "phone_numbers": numbers}, nil); err != nil {
		t.Fatal(err)
	}
}

// spendPoint has an account use points, and gives it a partner that has all that an
// account can be set to.
func spendPoint(t *testing.T, dsn string, s *process, credentials directory.Credentials) {
	t.Helper()
	set := func(account int64, args ...string) {
		t.Helper()
		must(t, "", append([]string{"account", "set", "--db", dsn, "--account", fmt.Sprint(account)}, args...)...)
	}
	var partner directory.Credentials
	line := must(t, "x\n", "account", "create", "--db", dsn, "--name", "Partner", "--login", "partner", "--password-stdin")
	if err := json.Unmarshal([]byte(line), &partner); err != nil {
		t.Fatal(err)
	}
	set(partner.AccountID, "--timezone", "Asia/Tokyo", "--components", "va,lead", "--allow-ip", "192.0.2.0/24,::1", "--points-per-minute", "5", "--points-per-day", "6", "--jid-host", "help.example")
	must(t, "", "token", "create", "--db", dsn, "--account", fmt.Sprint(partner.AccountID), "--right", "va:select,employees:select", "--expires", "2099-12-31", "--allow-ip", "192.0.2.1")
	set(credentials.AccountID, "--partner", fmt.Sprint(partner.AccountID), "--points-per-minute", "100")
	until(t, "99 points are left", func() bool { // the server hears of the limit within a second
		return strings.Contains(s.call(t, credentials.AccessToken, "get.account", `{}`), `"minute_remaining":99`)
	})
	set(credentials.AccountID, "--points-per-minute", "0")
}

// useDoors leaves what only the vendors' doors can: a setting of one, a department with
// an agent, a session, a token, and a picture.
func useDoors(t *testing.T, dsn string, s *process) {
	t.Helper()
	token := strings.TrimSpace(must(t, "", "token", "create", "--db", dsn, "--login", "admin", "--door", "rocketchat"))
	var session struct {
		Data struct{ UserID string }
	}
	header := http.Header{}
	ask := func(path, body string, answer any) {
		t.Helper()
		request := s.request(t, http.MethodPost, "/api/v1/"+path, mediaJSON, body)
		maps.Copy(request.Header, header)
		text := do(t, request)
		if !strings.Contains(text, `"success":true`) || json.Unmarshal([]byte(text), answer) != nil {
			t.Fatalf("%s %s: got %s", path, body, text)
		}
	}
	ask("login", fmt.Sprintf(`{"resume":%q}`, token), &session)
	header.Set("X-User-Id", session.Data.UserID)
	header.Set("X-Auth-Token", token)
	var made struct {
		User struct {
			ID string `json:"_id"`
		}
	}
	ask("users.create", `{"name":"Vera Orlova","email":"vera@example.com","username":"vera","password":"rocket.chat"}`, &made)
	ask("livechat/users/agent", `{"username":"vera"}`, &struct{}{})
	ask("livechat/department", fmt.Sprintf(`{"department":{"name":"Help","enabled":true,"email":"help@example.com","showOnRegistration":true,"showOnOfflineForm":false},"agents":[{"agentId":%q,"count":3,"order":2}]}`, made.User.ID), &struct{}{})
	ask("settings/Omnichannel_enable_department_removal", `{"value":true}`, &struct{}{})
	ask("login", `{"username":"vera","password":"rocket.chat"}`, &session)

	const create = `mutation ($avatar: URL) { userCreate(input: {email: "zoe@example.com", lastName: "Zoe", samlId: "zoe", roleId: 3, projectIds: [], avatar: $avatar, countryPreferences: {interfaceLanguage: en, languages: []}}) { user { avatar } } }`
	const picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	request := s.request(t, http.MethodPost, "/graphql", mediaJSON, fmt.Sprintf(`{"query":%q,"variables":{"avatar":%q}}`, create, picture))
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(must(t, "", "token", "create", "--db", dsn, "--login", "admin", "--door", "iadvize-graphql")))
	if answer := do(t, request); !strings.Contains(answer, "/avatars/") {
		t.Fatalf("userCreate: got %s, want a picture", answer)
	}
}

// TestCopy takes a roster from SQLite to PostgreSQL and back, both copies killed in
// the middle and run again.
func TestCopy(t *testing.T) {
	t.Parallel()
	n := 2000
	if os.Getenv("ROSTERD_SOAK") == "1" {
		n = 100_000
	}
	first, credentials := newDatabase(t, testdb.SQLite)
	ids := seeded(t, first)
	key := newKey(t)
	s := serve(t, first, "--secret-key-file", key)
	fill(t, dial(t, s, credentials), n, ids, credentials.UserID)
	spendPoint(t, first, s, credentials)
	useDoors(t, first, s)
	login := s.post(t, "", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":"admin","password":%q}}`, adminPassword))
	var session struct {
		Result struct {
			Data struct {
				Token string `json:"access_token"`
			}
		}
	}
	if err := json.Unmarshal([]byte(login), &session); err != nil || session.Result.Data.Token == "" {
		t.Fatalf("login.user: %s (%v)", login, err)
	}
	s.stop(t)
	tokens := []string{credentials.AccessToken, session.Result.Data.Token, newToken(t, first)}
	lastID := number(t, openSQL(t, first), `select max(id) from (select id from employees union all select id from tombstones union all select id from tokens union all select id from phone_numbers)`)

	middle := copyInTwo(t, first, postgres)
	last := copyInTwo(t, middle, testdb.SQLite)
	compareTables(t, first, middle)
	compareTables(t, first, last)
	for _, dsn := range []string{middle, last} {
		checkDatabase(t, dsn)
		must(t, "", "verify", "--db", dsn)
	}
	rows := must(t, "", "copy", "--from", middle, "--to", last) // once more harms nothing
	want := fmt.Sprintf(" rows are equal in %s and %s\n", store.Redacted(middle), last)
	if count, _, found := strings.Cut(rows, want); !found || len(count) < len(fmt.Sprint(n)) {
		t.Errorf("copy onto an equal copy: got %q, want a number and %q", rows, want)
	}
	compareTables(t, first, last)

	const lines = `{"jsonrpc":"2.0","id":1,"method":"get.sip_lines"}`
	original := serve(t, first, "--secret-key-file", key)
	for _, dsn := range []string{middle, last} {
		copied := serve(t, dsn, "--secret-key-file", key)
		if want, got := original.post(t, credentials.AccessToken, lines), copied.post(t, credentials.AccessToken, lines); want != got || !strings.Contains(got, `"password"`) {
			t.Errorf("SIP lines: got %s, want %s", got, want)
		}
		compareRosters(t, dial(t, original, credentials), dial(t, copied, credentials), n)
		for i, token := range tokens {
			if answer := copied.post(t, token, `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"limit":1}}`); !strings.Contains(answer, `"result"`) {
				t.Errorf("token %d after the copy: got %s", i, answer)
			}
		}
		var created struct {
			ID int64 `json:"id"`
		}
		if err := dial(t, copied, credentials).Call(t.Context(), "create.employees", map[string]any{"last_name": "Later", "phone_numbers": []any{}}, &created); err != nil {
			t.Error(err)
		}
		if created.ID <= lastID {
			t.Errorf("the first employee after the copy has id %d, want more than %d", created.ID, lastID)
		}
		copied.stop(t)
	}
}

// copyInTwo copies to a new database, is killed in the middle, and copies again.
func copyInTwo(t *testing.T, from string, db testdb.Opener) (to string) {
	t.Helper()
	all := number(t, openSQL(t, from), `select count(*) from events`)
	for range 10 {
		to = db(t)
		copied := exec.Command(binary, "copy", "--from", from, "--to", to)
		if err := copied.Start(); err != nil {
			t.Fatal(err)
		}
		if store.IsFile(to) { // looking at it must not make it
			until(t, "there is a file", func() bool { _, err := os.Stat(to); return err == nil })
		}
		target := openSQL(t, to)
		count := func(table string) (n int64) {
			_ = target.QueryRowContext(t.Context(), `select count(*) from `+table).Scan(&n) // there may be no table yet
			return n
		}
		until(t, "there are employees in the copy", func() bool { return count("employees") > 0 })
		if err := copied.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = copied.Wait() // killed
		if got := count("events"); got < all {
			t.Logf("killed with %d of %d employees and %d of %d events in the copy", count("employees"), number(t, openSQL(t, from), `select count(*) from employees`), got, all)
			must(t, "", "copy", "--from", from, "--to", to)
			return to
		}
	}
	t.Fatal("the copy was always ready before it was killed")
	return ""
}

// tablesOf are the tables of the schema, but for those of goose and of the search
// index, of which each database has its own.
func tablesOf(t *testing.T, dsn string) (tables []string) {
	t.Helper()
	query := `select table_name from information_schema.tables where table_schema = 'public' order by table_name`
	if store.IsFile(dsn) {
		query = `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`
	}
	rows, err := rowsOf(t, openSQL(t, dsn))(query)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if name := row[0].(string); !strings.HasPrefix(name, "goose_") && !strings.Contains(name, "search") && name != "commits" {
			tables = append(tables, name)
		}
	}
	return tables
}

// compareTables compares two databases row by row.
func compareTables(t *testing.T, wantDSN, gotDSN string) {
	t.Helper()
	tables := tablesOf(t, wantDSN)
	if diff := cmp.Diff(tables, tablesOf(t, gotDSN)); diff != "" {
		t.Fatalf("tables (-want +got):\n%s", diff)
	}
	wantDB, gotDB := openSQL(t, wantDSN), openSQL(t, gotDSN)
	for _, table := range tables {
		query := `select * from ` + table + ` order by 1, 2` // the key, or almost
		if table != "id_blocks" {
			query += `, 3`
		}
		want, got := stream(t, wantDB, query), stream(t, gotDB, query)
		rows := 0
		for {
			w, g := want(), got()
			if diff := cmp.Diff(w, g); diff != "" {
				t.Errorf("%s, row %d (-want +got):\n%s", table, rows, diff)
				break
			}
			if w == nil {
				break
			}
			rows++
		}
		if rows == 0 {
			t.Errorf("%s is empty: nothing is compared", table)
		}
	}
}

// stream returns the rows of a query one by one, and nil after the last. Values
// have the types that SQLite gives them.
func stream(t *testing.T, db *sql.DB, query string) func() []any {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return func() []any {
		if !rows.Next() {
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
			return nil
		}
		row, err := scan(rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, value := range row {
			if b, is := value.(bool); is {
				row[i] = int64(0)
				if b {
					row[i] = int64(1)
				}
			}
		}
		return row
	}
}

// employeeFields are the names of all fields, ours too.
func employeeFields() (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[directory.EmployeeRow]()) {
		names = append(names, field.Tag.Get("json"))
	}
	return names
}

// compareRosters compares every field of every employee, as two servers tell them.
func compareRosters(t *testing.T, want, got *rpc.Client, atLeast int) {
	t.Helper()
	const page = 1000
	read := func(client *rpc.Client, after int64) (employees []json.RawMessage) {
		var result struct {
			Data []json.RawMessage `json:"data"`
		}
		params := map[string]any{"fields": employeeFields(), "limit": page, "filter": map[string]any{"field": "id", "operator": ">", "value": after}}
		if err := client.Call(t.Context(), "get.employees", params, &result); err != nil {
			t.Fatal(err)
		}
		return result.Data
	}
	compared := 0
	for last := int64(0); ; {
		w, g := read(want, last), read(got, last)
		if len(w) != len(g) {
			t.Fatalf("after employee %d: got %d employees, want %d", last, len(g), len(w))
		}
		for i := range w {
			if diff := cmp.Diff(string(w[i]), string(g[i])); diff != "" {
				t.Fatalf("employee (-want +got):\n%s", diff)
			}
		}
		compared += len(w)
		if len(w) < page {
			break
		}
		var e struct{ ID int64 }
		if err := json.Unmarshal(w[len(w)-1], &e); err != nil {
			t.Fatal(err)
		}
		last = e.ID
	}
	if compared < atLeast*9/10 {
		t.Errorf("compared %d employees, want almost %d", compared, atLeast)
	}
}

// A target that holds another roster is refused, and not touched.
func TestCopyRefused(t *testing.T) { each(t, testCopyRefused) }

func testCopyRefused(t *testing.T, db testdb.Opener) {
	from, _ := newDatabase(t, testdb.SQLite)
	to, _ := newDatabase(t, db)
	seeded(t, from)
	untouched := func() (rows [][]any) {
		for _, table := range tablesOf(t, to) {
			next := stream(t, openSQL(t, to), `select * from `+table+` order by 1, 2`)
			for row := next(); row != nil; row = next() {
				rows = append(rows, append([]any{table}, row...))
			}
		}
		return rows
	}
	before := untouched()
	stdout, err := command(t, "", "copy", "--from", from, "--to", to)
	wantError(t, "another roster in the target", err, "copy into an empty database")
	if stdout != "" {
		t.Errorf("got %q on standard output, want nothing", stdout)
	}
	if diff := cmp.Diff(before, untouched()); diff != "" {
		t.Errorf("the target was changed (-before +after):\n%s", diff)
	}
}
