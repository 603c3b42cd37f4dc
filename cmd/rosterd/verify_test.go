package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/store/testdb"
)

// Verify names what does not agree, and nothing once it is mended.
func TestVerify(t *testing.T) {
	t.Parallel()
	each(t, testVerify)
}

func testVerify(t *testing.T, open testdb.Opener) {
	dsn, credentials := newDatabase(t, open)
	ids := seeded(t, dsn)
	s := serve(t, dsn)
	client := dial(t, s, credentials)
	employees := make([]int64, 2)
	for i := range employees {
		var created struct {
			ID int64 `json:"id"`
		}
		params := variedEmployee(0, credentials.UserID, ids)
		params["phone_numbers"] = []any{map[string]any{"phone_number": fmt.Sprint(74950000000 + i)}, map[string]any{"phone_number": "88000000000"}}
		params["external_id"], params["handle"], params["extension"] = fmt.Sprint(i), fmt.Sprint("handle", i), map[string]any{"extension_phone_number": fmt.Sprint(100 + i)}
		if i > 0 {
			delete(params, "operator")
			delete(params, "channels")
		}
		if err := client.Call(t.Context(), "create.employees", params, &created); err != nil {
			t.Fatal(err)
		}
		employees[i] = created.ID
	}
	s.stop(t)
	sound := func(what string) {
		t.Helper()
		if stdout, err := command(t, "", "verify", "--db", dsn); err != nil || stdout != "3 employees verified, no problem found\n" {
			t.Fatalf("%s: got %q, %v, want 3 sound employees", what, stdout, err)
		}
	}
	sound("at first")
	if _, stderr, code := program(t, "verify", "--db", dsn); code != 0 || stderr != "" {
		t.Errorf("sound: got exit code %d and %q, want 0 and nothing", code, stderr)
	}

	db := openSQL(t, dsn)
	exec := func(statements string) {
		t.Helper()
		for statement := range strings.SplitSeq(statements, "; ") {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	one, other, group := employees[0], employees[1], ids["group_employees"][0]
	employee := fmt.Sprintf("employee %d: ", one)
	for _, tt := range []struct {
		name          string
		breaks, mends string
		want          []string
	}{
		{
			"a column", fmt.Sprintf(`update employees set last_name = 'Other' where id = %d`, one),
			fmt.Sprintf(`update employees set last_name = 'Ivanov 0' where id = %d`, one),
			[]string{employee + "last_name is Other, and Ivanov 0 in the document"},
		},
		{
			"a column that is null", fmt.Sprintf(`update employees set coach_id = null where id = %d`, one),
			fmt.Sprintf(`update employees set coach_id = %d where id = %d`, credentials.UserID, one),
			[]string{employee + "coach_id is <nil>, and " + fmt.Sprint(credentials.UserID)},
		},
		{
			"the version", fmt.Sprintf(`update employees set version = 7 where id = %d`, one),
			fmt.Sprintf(`update employees set version = 1 where id = %d`, one),
			[]string{employee + "version is 7, and 1"},
		},
		{
			"the document", fmt.Sprintf(`update employees set document = '{' || document where id = %d`, one),
			fmt.Sprintf(`update employees set document = substr(document, 2) where id = %d`, one),
			[]string{employee + "document: "},
		},
		{
			"a group removed", fmt.Sprintf(`delete from memberships where employee_id = %d and group_id = %d`, one, group),
			fmt.Sprintf(`insert into memberships (account_id, employee_id, group_id, status_id) select account_id, id, %d, status_id from employees where id = %d`, group, one),
			[]string{employee + "the set of groups is "},
		},
		{
			"the status in a group", fmt.Sprintf(`update memberships set status_id = status_id + 1 where employee_id = %d and group_id = %d`, one, group),
			fmt.Sprintf(`update memberships set status_id = status_id - 1 where employee_id = %d and group_id = %d`, one, group),
			[]string{employee + "the status in a group or a period is "},
		},
		{
			"the period of a status", fmt.Sprintf(`update status_periods set status_id = status_id + 1 where employee_id = %d`, one),
			fmt.Sprintf(`update status_periods set status_id = status_id - 1 where employee_id = %d`, one),
			[]string{employee + "the status in a group or a period is "},
		},
		{
			"a period that does not last", fmt.Sprintf(`update status_periods set ended_at = started_at + 1 where employee_id = %d`, one),
			fmt.Sprintf(`update status_periods set ended_at = null where employee_id = %d`, one),
			[]string{employee + "the begin of the periods that last is "},
		},
		{
			"a second period that lasts", fmt.Sprintf(`insert into status_periods (account_id, employee_id, started_at, status_id) select account_id, employee_id, started_at - 1, status_id from status_periods where employee_id = %d`, one),
			fmt.Sprintf(`delete from status_periods where employee_id = %d and started_at = (select min(started_at) from status_periods where employee_id = %d)`, one, one),
			[]string{employee + "the begin of the periods that last is "},
		},
		{
			"the order of numbers", fmt.Sprintf(`update employee_phone_numbers set position = 1 - position where employee_id = %d`, one),
			fmt.Sprintf(`update employee_phone_numbers set position = 1 - position where employee_id = %d`, one),
			[]string{employee + "the list of numbers is ", employee + "the list of the numbers' ids in groups is "},
		},
		{
			"a number removed", fmt.Sprintf(`create table kept as select * from employee_phone_numbers where employee_id = %d and position = 1; delete from employee_phone_numbers where employee_id = %d and position = 1`, one, one),
			`insert into employee_phone_numbers select * from kept; drop table kept`,
			[]string{employee + "the list of numbers is ", employee + "the list of the numbers' ids in groups is "},
		},
		{
			"a site removed", fmt.Sprintf(`delete from employee_sites where employee_id = %d`, one),
			fmt.Sprintf(`insert into employee_sites (account_id, employee_id, site_id) select account_id, %d, id from sites`, one),
			[]string{employee + "the set of sites is "},
		},
		{
			"a skill removed", fmt.Sprintf(`delete from employee_skills where employee_id = %d`, one),
			fmt.Sprintf(`insert into employee_skills (account_id, employee_id, skill_id) select account_id, %d, id from skills`, one),
			[]string{employee + "the set of skills is "},
		},
		{
			"a unique value removed", `delete from unique_values where kind = 'extension' and value = '100'`,
			fmt.Sprintf(`insert into unique_values (account_id, kind, value, owner_id) select account_id, 'extension', '100', id from employees where id = %d`, one),
			[]string{employee + "the set of unique values is "},
		},
		{
			"a unique value of another", fmt.Sprintf(`update unique_values set owner_id = %d where kind = 'extension' and value = '100'`, credentials.UserID),
			fmt.Sprintf(`update unique_values set owner_id = %d where kind = 'extension' and value = '100'`, one),
			[]string{employee + "the set of unique values is ", fmt.Sprintf("employee %d: the set of unique values is ", credentials.UserID)},
		},
		{
			"a unique value that an employee has not", fmt.Sprintf(`insert into unique_values (account_id, kind, value, owner_id) select account_id, 'extension', '902', id from employees where id = %d`, one),
			`delete from unique_values where kind = 'extension' and value = '902'`,
			[]string{employee + `the extension "902" is kept for them`},
		},
		{
			"a group's handle of nobody's", fmt.Sprintf(`delete from unique_values where kind = 'handle' and owner_id = %d`, group),
			fmt.Sprintf(`insert into unique_values (account_id, kind, value, owner_id) select account_id, 'handle', handle, id from employee_groups where id = %d`, group),
			[]string{fmt.Sprintf("group %d lacks 1 of its unique values", group)},
		},
		{
			"a group's extension of nobody's", fmt.Sprintf(`update employee_groups set extension = '901' where id = %d`, group),
			fmt.Sprintf(`update employee_groups set extension = null where id = %d`, group),
			[]string{fmt.Sprintf("group %d lacks 1 of its unique values", group)},
		},
		{
			"a unique value that a group has not", fmt.Sprintf(`insert into unique_values (account_id, kind, value, owner_id) select account_id, 'extension', '901', id from employee_groups where id = %d`, group),
			`delete from unique_values where kind = 'extension' and value = '901'`,
			[]string{fmt.Sprintf("group %d holds 1 unique values that are not its own", group)},
		},
		{
			"a group's number as another's", fmt.Sprintf(`insert into group_phone_numbers (account_id, group_id, employee_phone_number_id, employee_id, position, available)
				select account_id, %d, id, %d, 0, true from employee_phone_numbers where employee_id = %d and position = 0`, group, other, one),
			`delete from group_phone_numbers`,
			[]string{fmt.Sprintf("group %d has a number of one employee as another's", group)},
		},
		{
			"a unique value of nobody", `insert into unique_values (account_id, kind, value, owner_id) select id, 'extension', '999', 999999 from accounts`,
			`delete from unique_values where owner_id = 999999`,
			[]string{"unique values of 999999 have no owner"},
		},
		{
			"a phone number of nobody", `insert into phone_numbers (account_id, id, identity, spelling, channels_count, dial_time, status) select id, 999999, '1', '1', 1, 60, 'active' from accounts`,
			`delete from phone_numbers where id = 999999`,
			[]string{"phone number 999999 is nobody's"},
		},
		{
			"the counter of employees", `update accounts set employees = employees + 2`,
			`update accounts set employees = employees - 2`,
			[]string{fmt.Sprintf("account %d counts 2 employees too many", credentials.AccountID)},
		},
		{
			"the counters of blocks of ids", `update employee_counts set employees = employees + 2`,
			`update employee_counts set employees = employees - 2`,
			[]string{"the block of ids that begins with 0 counts 2 employees too many"},
		},
		{
			"a block of ids without employees", `insert into employee_counts (account_id, block, employees) select id, 7, 1 from accounts`,
			`delete from employee_counts where block = 7`,
			[]string{"the block of ids that begins with 28672 counts 1 employees too many"},
		},
		{
			"a block of ids that is not counted", `create table kept as select * from employee_counts; delete from employee_counts`,
			`insert into employee_counts select * from kept; drop table kept`,
			[]string{"the block of ids that begins with 0 counts -3 employees too many"},
		},
		{
			"the counter of events", `update accounts set last_event = last_event + 1`,
			`update accounts set last_event = last_event - 1`,
			[]string{fmt.Sprintf("account %d has numbered 1 events more than it has", credentials.AccountID), "1 numbers before the last"},
		},
		{
			"an event missing", `create table kept as select * from events where number = 2; delete from events where number = 2`,
			`insert into events select * from kept; drop table kept`,
			[]string{fmt.Sprintf("account %d has numbered 1 events more than it has", credentials.AccountID)},
		},
	} {
		exec(tt.breaks)
		stdout, err := command(t, "", "verify", "--db", dsn)
		wantError(t, tt.name, err, fmt.Sprintf("%d problems were found", len(tt.want)))
		if strings.Count(stdout, "\n") != len(tt.want) {
			t.Errorf("%s: got %q, want a line for each of %d problems", tt.name, stdout, len(tt.want))
		}
		for _, want := range tt.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: got %q, want a line with %q", tt.name, stdout, want)
			}
		}
		exec(tt.mends)
		sound("mended: " + tt.name)
	}
	exec(`update accounts set employees = employees + 1`)
	if stdout, stderr, code := program(t, "verify", "--db", dsn); code != 1 || !strings.Contains(stdout, "1 employees too many") || stderr != "rosterd: 1 problems were found\n" {
		t.Errorf("broken: got exit code %d, %q and %q, want 1 and one problem", code, stdout, stderr)
	}
}
