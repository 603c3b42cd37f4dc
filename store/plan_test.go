package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// crowded is how many employees there are in TestPlansOfMany.
const crowded = 100_000

// multitude makes an account of many employees by SQL alone, which takes a tenth of
// the time that the store would. Each has a number, a group of 50, a status of the
// standard ones, a login, an e-mail address and an extension.
func multitude(t *testing.T, s *Store, dsn string) (account, group, status int64) {
	t.Helper()
	service := newService(t, s)
	made, err := service.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Crowd"), Login: schema.Some("admin"), Password: schema.Some("correct horse")})
	if err != nil {
		t.Fatal(err)
	}
	seed := `{"name": "Group 0"}`
	for i := 1; i < 50; i++ {
		seed += fmt.Sprintf(`, {"name": "Group %d"}`, i)
	}
	groups, err := service.Seed(t.Context(), made.AccountID, []byte(`{"group_employees": [`+seed+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	account, group = made.AccountID, groups[0].ID // the others follow
	status = only(t, s, `select min(id) from statuses where account_id = $1`, account).(int64)
	statuses := only(t, s, `select count(*) from statuses where account_id = $1`, account).(int64)

	// A model employee, with marks for which SQL over i stands.
	id, number, member, has := int64(987654001), int64(987654002), int64(987654003), int64(987654004)
	const name = "(substr('BaDeFiGoLuMaNePiRoSu', i % 10 * 2 + 1, 2) || substr('babebibobudadedidodu', i / 10 % 10 * 2 + 1, 2) || i / 100 % 100)"
	sql := strings.NewReplacer(
		"'<i>'", "i || ''", "'987654001'", "i * 3 + 10000000", "'987654002'", "i * 3 + 10000001", "'987654003'", fmt.Sprintf("i %% 50 + %d", group), "'987654004'", fmt.Sprintf("i / 50 %% %d + %d", statuses, status),
		"<i>", "' || i || '", "<Name>", "' || "+name+" || '", "<name>", "' || lower"+name+" || '", "<extension>", "' || (10000 + i % 90000) || '",
		"987654001", "' || (i * 3 + 10000000) || '",
	)
	at := time.Now().UTC()
	model := &directory.Employee{
		ID: id, AccountID: account, UUID: "u<i>", RocketID: "r<i>", Version: 1, CreatedAt: at, UpdatedAt: at,
		LastName: "<Name>", FirstName: "Alexandra", Login: "login.<i>", Email: "person.<i>@example.com", Handle: "person.<i>", ExternalID: "hr-<i>",
		StatusID: has, StatusSince: at, CallRecording: "all", Extension: directory.Extension{Number: "<extension>"},
	}
	document, err := json.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	columns, values := []string{"account_id", "id", "document"}, []any{account, id, string(document)}
	for _, c := range employeeColumns {
		columns, values = append(columns, c.name), append(values, c.value(model))
	}
	db := testdb.SQL(t, dsn)
	db.SetMaxOpenConns(1)
	if !IsFile(dsn) { // without checks of foreign keys, if the user may leave them out, as SQLite does by itself
		execute(t, db, `select set_config('session_replication_role', 'replica', false) from pg_roles where rolname = current_user and rolsuper`)
	}
	for _, in := range []struct {
		table  string
		values []any
	}{
		{"phone_numbers (account_id, id, spelling, identity, channels_count, dial_time, status)", []any{account, number, "+7900<i>", "7900<i>", int64(1), int64(60), "active"}},
		{"employees (" + strings.Join(columns, ", ") + ")", values},
		{"employee_phone_numbers (account_id, employee_id, phone_number_id, position, id)", []any{account, id, number, int64(0), number}},
		{"memberships (account_id, employee_id, group_id, status_id)", []any{account, id, member, has}},
	} {
		texts := make([]string, len(in.values))
		for i, v := range in.values {
			switch v := v.(type) {
			case nil:
				texts[i] = "null"
			case bool:
				texts[i] = fmt.Sprint(v)
			default:
				texts[i] = fmt.Sprintf("'%v'", v)
			}
			if n, isNumber := v.(int64); isNumber && n < 987654000 {
				texts[i] = fmt.Sprint(n)
			}
		}
		execute(t, db, fmt.Sprintf(`with recursive s (i) as (select 0 union all select i + 1 from s where i < %d) insert into %s select %s from s`, crowded-1, in.table, sql.Replace(strings.Join(texts, ", "))))
	}
	execute(t, db, fmt.Sprintf(`update accounts set employees = employees + %d`, crowded))
	execute(t, db, `insert into employee_counts (account_id, block, employees) select account_id, id / 4096, count(*) from employees where id >= 10000000 group by 1, 2`)
	return account, group, status
}

// planStep is one step of a query plan: how it gets at the rows of a table, or sorts.
type planStep struct {
	text  string
	index string // "" where it is none
	scan  bool   // of all rows of a table
	sort  bool   // of everything, not of rows that are equal in an index
}

// TestPlansOfMany: the statements of a page look rows up in the index of the field
// that is filtered by, and walk that of the one that is sorted by, on both databases.
func TestPlansOfMany(t *testing.T) {
	unindexed.Each(t, func(t *testing.T, open testdb.Opener) {
		dsn := open(t)
		s := openFile(t, dsn, Options{})
		account, group, status := multitude(t, s, dsn)
		explain, pkey := planSQLite, "sqlite_autoindex_employees_1"
		if !IsFile(dsn) {
			explain, pkey = planPostgres, "employees_pkey"
			execute(t, s.write, "vacuum analyze")
		}
		testPlansOfMany(t, s, account, group, status, pkey, explain)
		if IsFile(dsn) {
			execute(t, s.write, "analyze") // as anybody may
			testPlansOfMany(t, s, account, group, status, pkey, explain)
		}
	})
}

func testPlansOfMany(t *testing.T, s *Store, account, group, status int64, pkey string, explain func(*testing.T, *reader, asked) []planStep) {
	test := func(field string, op directory.Op, values ...any) directory.Condition {
		return directory.Test{Field: field, Op: op, Values: values}
	}
	query := func(field, expression string, values ...any) directory.Condition {
		return directory.Test{Field: field, Op: directory.OpJSQuery, Expr: parse(t, fmt.Sprintf(expression, values...))}
	}
	const middle = int64(10000000 + 3*crowded/2)
	for _, tt := range []struct {
		name  string
		q     directory.Query
		index string
		sorts bool // what the filter has found
	}{
		{"all", directory.Query{}, pkey, false},
		{"id =", directory.Query{Where: test("id", "=", middle)}, pkey, false},
		{"id in", directory.Query{Where: test("id", "in", middle, middle+3)}, pkey, true},
		{"id >", directory.Query{Where: test("id", ">", middle)}, pkey, false},
		{"status_id =", directory.Query{Where: test("status_id", "=", status)}, "employees_status", false},
		{"status_id in", directory.Query{Where: test("status_id", "in", int64(-1), int64(-2))}, "employees_status", true},
		{"status_id = and id >", directory.Query{Where: directory.All{test("status_id", "=", status), test("id", ">", middle)}}, "employees_status", false},
		{"email =", directory.Query{Where: test("email", "=", "person.7@example.com")}, "employees_email", true},
		{"email in", directory.Query{Where: test("email", "in", "person.7@example.com", "x")}, "employees_email", true},
		{"email like", directory.Query{Where: test("email", "like", "person.77%")}, "employees_email", true},
		{"login =", directory.Query{Where: test("login", "=", "login.7")}, "employees_login", true},
		{"login in", directory.Query{Where: test("login", "in", "login.7", "x")}, "employees_login", true},
		{"login like", directory.Query{Where: test("login", "like", "login.777%")}, "employees_login", true},
		{"last_name =", directory.Query{Where: test("last_name", "=", "Bababa")}, "employees_last_name", false},
		{"last_name in", directory.Query{Where: test("last_name", "in", "Babe7", "x")}, "employees_last_name", true},
		{"last_name like", directory.Query{Where: test("last_name", "like", "Babe7%")}, "employees_last_name", true},
		{"full_name =", directory.Query{Where: test("full_name", "=", "Babe7 Alexandra")}, "employees_full_name", false},
		{"full_name in", directory.Query{Where: test("full_name", "in", "Babe7 Alexandra", "x")}, "employees_full_name", true},
		{"full_name like", directory.Query{Where: test("full_name", "like", "Babe7%")}, "employees_full_name", true},
		{"extension", directory.Query{Where: query("extension", `extension_phone_number = "10007"`)}, "employees_extension", true},
		{"extension in", directory.Query{Where: query("extension", `extension_phone_number in ("10007", "10008")`)}, "employees_extension", true},
		{"phone number", directory.Query{Where: query("phone_numbers", `#.phone_number = "+79007"`)}, "phone_numbers_spelling employee_phone_numbers_number", true},
		{"phone number in", directory.Query{Where: query("phone_numbers", `#.phone_number in ("+79007", "+79008")`)}, "phone_numbers_spelling employee_phone_numbers_number", true},
		{"number's id", directory.Query{Where: query("phone_numbers", `#.phone_id = 10000004`)}, "employee_phone_numbers_number", true},
		{"group", directory.Query{Where: query("groups", `#.group_id = %d`, group)}, "memberships_", false},
		{"groups", directory.Query{Where: query("groups", `#.group_id in (%d, %d)`, group, group+1)}, "memberships_", true},
		{"group and status", directory.Query{Where: directory.All{query("groups", `#.group_id = %d`, group), test("status_id", "=", status)}}, "memberships_status", false},
		{"group, status and id", directory.Query{Where: directory.All{test("id", ">", middle), query("groups", `#(group_id = %d)`, group), test("status_id", "=", status)}}, "memberships_status", false},

		{"by id", directory.Query{Order: []directory.Order{{Field: "id"}}}, pkey, false},
		{"by id, back", directory.Query{Order: []directory.Order{{Field: "id", Descending: true}}}, pkey, false},
		{"by id, in a status", directory.Query{Where: test("status_id", "=", status), Order: []directory.Order{{Field: "id", Descending: true}}}, "employees_status", false},
		{"by status_id", directory.Query{Order: []directory.Order{{Field: "status_id"}}}, "employees_status", false},
		{"by email", directory.Query{Order: []directory.Order{{Field: "email"}}}, "employees_email", false},
		{"by email, back", directory.Query{Order: []directory.Order{{Field: "email", Descending: true}}}, "employees_email", false},
		{"by login", directory.Query{Order: []directory.Order{{Field: "login"}}}, "employees_login", false},
		{"by login, back", directory.Query{Order: []directory.Order{{Field: "login", Descending: true}}}, "employees_login", false},
		{"by last_name", directory.Query{Order: []directory.Order{{Field: "last_name"}}}, "employees_last_name", false},
		{"by last_name, back", directory.Query{Order: []directory.Order{{Field: "last_name", Descending: true}}}, "employees_last_name", false},
		{"by full_name", directory.Query{Order: []directory.Order{{Field: "full_name"}}}, "employees_full_name", false},
		{"by full_name, back", directory.Query{Order: []directory.Order{{Field: "full_name", Descending: true}}}, "employees_full_name", false},
		{"by first_name", directory.Query{Order: []directory.Order{{Field: "first_name"}}}, "employees_first_name", false},
		{"by external_id", directory.Query{Order: []directory.Order{{Field: "external_id"}}}, "employees_external_id", false},
		{"by handle", directory.Query{Order: []directory.Order{{Field: "handle"}}}, "employees_handle", false},
	} {
		for _, offset := range []int64{0, 50_000} {
			tt.q.Limit, tt.q.Offset = 100, offset
			err := s.snapshot(t.Context(), func(r *reader) error {
				count, ids, err := newCompiler(s.flavor, employeeView, account).page(r, tt.q)
				if err != nil {
					return err
				}
				statements := map[string]asked{"ids": ids}
				if tt.q.Where != nil {
					statements["count"] = count
				}
				for name, statement := range statements {
					steps := explain(t, r, statement)
					bad := false
					for index := range strings.FieldsSeq(tt.index) {
						bad = bad || !slices.ContainsFunc(steps, func(p planStep) bool { return strings.Contains(p.index, index) })
					}
					for _, p := range steps {
						bad = bad || p.scan || p.sort && !tt.sorts && (offset == 0 || tt.q.Where == nil)
					}
					if bad {
						t.Errorf("%s, offset %d, %s: got plan %+v, want the index %s", tt.name, offset, name, steps, tt.index)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// planSQLite reads "SEARCH e USING COVERING INDEX employees_status (…)" and the like.
// Rows of employees are read for no count.
func planSQLite(t *testing.T, r *reader, s asked) (steps []planStep) {
	err := r.each(func(row scanner) error {
		var id, parent, unused int64
		var p planStep
		err := row.Scan(&id, &parent, &unused, &p.text)
		_, index, _ := strings.Cut(p.text, " INDEX ")
		p.index, _, _ = strings.Cut(index, " ")
		byKey := strings.Contains(p.text, " USING PRIMARY KEY ")
		if byKey && strings.HasPrefix(p.text, "SEARCH m ") {
			p.index = "memberships_pkey"
		}
		p.scan = strings.HasPrefix(p.text, "SCAN ") && !strings.HasPrefix(p.text, "SCAN json_each") && p.text != "SCAN CONSTANT ROW" ||
			strings.HasPrefix(s.text, "select count") && strings.HasPrefix(p.text, "SEARCH ") && !strings.Contains(p.text, "COVERING") && !byKey
		p.sort = p.text == "USE TEMP B-TREE FOR ORDER BY"
		steps = append(steps, p)
		return err
	}, "explain query plan "+s.text, s.args...)
	if err != nil {
		t.Fatalf("%s: %v", s.text, err)
	}
	return steps
}

// postgresNode is one of PostgreSQL's plans.
type postgresNode struct {
	Type  string         `json:"Node Type"`
	Index string         `json:"Index Name"`
	Table string         `json:"Relation Name"`
	Plans []postgresNode `json:"Plans"`
}

func planPostgres(t *testing.T, r *reader, s asked) (steps []planStep) {
	var text string
	if err := r.row("explain (format json) "+s.text, s.args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", s.text, err)
	}
	var plans []struct{ Plan postgresNode }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	var walk func(postgresNode)
	walk = func(n postgresNode) {
		steps = append(steps, planStep{n.Type, n.Index, n.Type == "Seq Scan" && n.Table != "employee_counts", n.Type == "Sort"})
		for _, below := range n.Plans {
			walk(below)
		}
	}
	walk(plans[0].Plan)
	return steps
}
