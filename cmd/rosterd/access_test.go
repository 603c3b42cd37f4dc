package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

func accountID(c directory.Credentials) string { return strconv.FormatInt(c.AccountID, 10) }

// do sends a request and returns the body of what came back.
func do(t *testing.T, request *http.Request) string {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// call calls a method and returns the answer's mnemonic, or its result.
func (p *process) call(t *testing.T, token, method, params string) string {
	t.Helper()
	answer := p.post(t, token, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params))
	var a struct {
		Result json.RawMessage
		Error  struct{ Data struct{ Mnemonic string } }
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	if a.Error.Data.Mnemonic != "" {
		return a.Error.Data.Mnemonic
	}
	return string(a.Result)
}

// signIn returns a session's token, or the mnemonic.
func (p *process) signIn(t *testing.T, login, password string) string {
	t.Helper()
	answer := p.call(t, "", "login.user", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password))
	var r struct {
		Data struct {
			AccessToken string `json:"access_token"`
		}
	}
	if json.Unmarshal([]byte(answer), &r) != nil {
		return answer
	}
	return r.Data.AccessToken
}

// cells are a table's rows, with one space between the cells.
func cells(table string) []string {
	var rows []string
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

// held runs a command that servers hear of within a second, and waits for as long.
func held(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out := must(t, stdin, args...)
	time.Sleep(time.Second)
	return out
}

// TestAccountCommands makes and changes accounts while a server runs.
func TestAccountCommands(t *testing.T) { each(t, testAccountCommands) }

func testAccountCommands(t *testing.T, db testdb.Opener) {
	t.Parallel()
	dsn, first := newDatabase(t, db)
	s := serve(t, dsn)
	line := must(t, "swordfish\n", "account", "create", "--db", dsn, "--name", "Acme", "--login", "acme", "--password-stdin")
	var acme directory.Credentials
	if err := json.Unmarshal([]byte(line), &acme); err != nil || !tokenForm.MatchString(acme.AccessToken) || acme.AccountID == 0 || acme.UserID == 0 {
		t.Fatalf("account create: got %q (%v), want the line of init", line, err)
	}
	_, err := command(t, "x\n", "account", "create", "--db", dsn, "--name", "Other", "--login", "ACME", "--password-stdin")
	wantError(t, "a login twice", err, "--login ACME", "already used")

	id, firstID := accountID(acme), accountID(first)
	set := func(args ...string) {
		t.Helper()
		if out := held(t, "", append([]string{"account", "set", "--db", dsn, "--account", id}, args...)...); out != "" {
			t.Errorf("account set %v: got %q, want nothing", args, out)
		}
	}
	answers := func(what, method, params, want string) {
		t.Helper()
		if got := s.call(t, acme.AccessToken, method, params); !strings.Contains(got, want) {
			t.Errorf("%s: %s: got %s, want %s", what, method, got, want)
		}
	}
	coach := fmt.Sprintf(`{"last_name":"x","phone_numbers":[],"coach":{"coach_id":%d}}`, acme.UserID)
	recording := `{"last_name":"x","phone_numbers":[],"call_recording":"off"}`

	set("--name", "Acme Ltd", "--timezone", "Europe/Moscow")
	answers("renamed", "get.account", `{}`, fmt.Sprintf(`{"app_id":%s,"name":"Acme Ltd","timezone":"Europe/Moscow"}`, id))
	set("--components=-trainer,-va")
	answers("without trainer", "create.employees", coach, "parameter_component_disabled")
	answers("without trainer", "create.employees", recording, `"id"`)
	set("--components=+trainer,-recording")
	answers("without recording", "create.employees", coach, `"id"`)
	answers("without recording", "create.employees", recording, "parameter_component_disabled")
	set("--components", "recording")
	answers("recording alone", "create.employees", coach, "parameter_component_disabled")
	answers("recording alone", "create.employees", recording, `"id"`)
	set("--components", "none")
	answers("without components", "create.employees", recording, "parameter_component_disabled")
	set("--components", "consultant,trainer")
	set("--allow-ip", "192.0.2.0/24", "--allow-ip", "2001:db8::1")
	answers("from elsewhere", "get.account", `{}`, "ip_not_whitelisted")
	if got := s.signIn(t, "acme", "swordfish"); got != "ip_not_whitelisted" {
		t.Errorf("sign-in from elsewhere: got %s", got)
	}
	set("--partner", firstID, "--points-per-minute", "1000", "--points-per-day", "5000", "--jid-host", "Help.Example")

	want := []string{
		"ID NAME TIMEZONE STATE COMPONENTS ALLOW-IP PARTNER PER-MINUTE PER-DAY JID-HOST",
		firstID + " Account UTC active all - - - - -",
		id + " Acme Ltd Europe/Moscow active trainer,consultant 192.0.2.0/24,2001:db8::1 " + firstID + " 1000 5000 help.example",
	}
	if diff := cmp.Diff(want, cells(must(t, "", "account", "list", "--db", dsn))); diff != "" {
		t.Errorf("account list (-want +got):\n%s", diff)
	}

	// The first account is a partner now.
	if got := s.call(t, first.AccessToken, "get.employees", `{}`); got != "required_parameter_missed" {
		t.Errorf("a partner without user_id: got %s", got)
	}
	if got := s.call(t, first.AccessToken, "get.customer_users", `{"fields":["id","customer_id"]}`); !strings.Contains(got, fmt.Sprintf(`[{"id":%d,"customer_id":%s}]`, acme.UserID, id)) {
		t.Errorf("get.customer_users: got %s", got)
	}
	asCustomer := fmt.Sprintf(`{"user_id":%d,"fields":["login"],"limit":1}`, acme.UserID)
	if got := s.call(t, first.AccessToken, "get.employees", asCustomer); got != "ip_not_whitelisted" {
		t.Errorf("a partner from elsewhere: got %s", got)
	}
	_, err = command(t, "", "account", "set", "--db", dsn, "--account", firstID, "--jid-host", "HELP.example")
	wantError(t, "another's JID host", err, "--jid-host HELP.example", "already used")
	set("--allow-ip", "none", "--components", "all", "--jid-host", "none")
	held(t, "", "account", "set", "--db", dsn, "--account", firstID, "--jid-host", "help.example")
	if got := s.call(t, first.AccessToken, "get.employees", asCustomer); !strings.Contains(got, `[{"login":"acme"}]`) {
		t.Errorf("a partner: got %s", got)
	}
	answers("points", "get.account", `{}`, `"limits":{"day_limit":5000,"day_remaining":4999,"day_reset":86400,"minute_limit":1000,"minute_remaining":999,"minute_reset":60}`)
	set("--partner", "0", "--points-per-minute", "0", "--points-per-day", "0")
	answers("no points", "get.account", `{}`, `"limits":{}`)
	if got := s.call(t, first.AccessToken, "get.customer_users", `{}`); got != "forbidden" {
		t.Errorf("get.customer_users of nobody's partner: got %s", got)
	}

	session := s.signIn(t, "acme", "swordfish")
	held(t, "", "account", "disable", "--db", dsn, "--account", id)
	answers("disabled", "get.account", `{}`, "account_inactive")
	for _, got := range []string{s.call(t, session, "get.account", `{}`), s.signIn(t, "acme", "swordfish")} {
		if got != "account_inactive" {
			t.Errorf("disabled: got %s", got)
		}
	}
	if list := must(t, "", "account", "list", "--db", dsn); !strings.Contains(list, "disabled") {
		t.Errorf("account list: got %s, want one disabled", list)
	}
	held(t, "", "account", "enable", "--db", dsn, "--account", id)
	answers("enabled", "get.account", `{}`, `"app_id"`)

	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"--account", "999"}, []string{"--account 999", "Entity not found"}},
		{[]string{"--account", "999", "--components", "all"}, []string{"no account 999"}},
		{[]string{"--account", id, "--timezone", "Mars/Base"}, []string{"--timezone Mars/Base", "Invalid"}},
		{[]string{"--account", id, "--timezone", ""}, []string{"--timezone"}},
		{[]string{"--account", id, "--name", ""}, []string{"--name"}},
		{[]string{"--account", id, "--components", "phone"}, []string{"--components", `"phone"`, "trainer, recording"}},
		{[]string{"--account", id, "--components", "all,trainer"}, []string{"--components", `"all"`}},
		{[]string{"--account", id, "--components", "trainer,-va"}, []string{"--components", `"trainer"`}},
		{[]string{"--account", id, "--components=--va"}, []string{"--components"}},
		{[]string{"--account", id, "--components", "trainer,,va"}, []string{"--components", `""`}},
		{[]string{"--account", id, "--allow-ip", "192.0.2.0/24,office"}, []string{"--allow-ip office", "Invalid"}},
		{[]string{"--account", id, "--allow-ip", "none,192.0.2.1"}, []string{"--allow-ip none"}},
		{[]string{"--account", id, "--allow-ip", strings.Repeat("192.0.2.1,", directory.MaxAddressRanges) + "192.0.2.1"}, []string{"--allow-ip", "limit"}},
		{[]string{"--account", id, "--partner", id}, []string{"--partner " + id, "Invalid"}},
		{[]string{"--account", id, "--partner", "999"}, []string{"--partner 999", "Entity not found"}},
		{[]string{"--account", id, "--points-per-day", "-1"}, []string{"--points-per-day"}},
		{[]string{"--account", id, "--jid-host", "https://help.example"}, []string{"--jid-host https://help.example", "Invalid"}},
		{[]string{"--account", id, "--jid-host", ""}, []string{"--jid-host"}},
		{nil, []string{"--account"}},
	} {
		_, err := command(t, "", append([]string{"account", "set", "--db", dsn}, tt.args...)...)
		wantError(t, fmt.Sprintf("account set %.100v", tt.args), err, tt.want...)
	}
	_, err = command(t, "", "account", "disable", "--db", dsn, "--account", "999")
	wantError(t, "account disable", err, "--account 999")

	// Each change that changed something is an event, with the state before and after.
	query := rowsOf(t, openSQL(t, dsn))
	events, err := query(`select kind, before_state, after_state from events where subject_kind = 'account' and account_id = ` + id + ` order by number`)
	if err != nil {
		t.Fatal(err)
	}
	if want := 13; len(events) != want {
		t.Errorf("%d events of the account, want %d: %v", len(events), want, events)
	}
	for i, event := range events {
		if want := []string{"account.created", "account.updated"}[min(i, 1)]; event[0] != want || i > 0 && event[1] != events[i-1][2] {
			t.Errorf("event %d: got %v, want %s from %v", i, event, want, events[i-1][2])
		}
	}
	checkDatabase(t, dsn)
}

// TestMemberCommands makes and changes members while a server runs.
func TestMemberCommands(t *testing.T) { each(t, testMemberCommands) }

func testMemberCommands(t *testing.T, db testdb.Opener) {
	t.Parallel()
	dsn, admin := newDatabase(t, db)
	s := serve(t, dsn)
	add := func(stdin string, args ...string) (id int64) {
		t.Helper()
		line := must(t, stdin, append([]string{"member", "add", "--db", dsn, "--password-stdin"}, args...)...)
		var made struct {
			AccountID int64 `json:"account_id"`
			UserID    int64 `json:"user_id"`
		}
		if err := json.Unmarshal([]byte(line), &made); err != nil || made.AccountID != admin.AccountID {
			t.Fatalf("member add %v: got %q (%v)", args, line, err)
		}
		return made.UserID
	}
	vera := add("battery\n", "--login", "Vera", "--last-name", "Ivanova", "--first-name", "Vera", "--role", "reader")
	session := s.signIn(t, "vera", "battery")
	if got := s.call(t, session, "get.employees", `{"fields":["full_name","login","handle"],"filter":{"field":"id","operator":"=","value":`+fmt.Sprint(vera)+`}}`); !strings.Contains(got, `[{"login":"Vera","full_name":"Ivanova Vera","handle":"vera"}]`) {
		t.Errorf("get.employees of Vera by herself: got %s", got)
	}
	create := `{"last_name":"Petrov","phone_numbers":[],"email":"petrov@example.com","operator":{"operator_display_name":"P","operator_login":"petrov","operator_password":"secret12"}}`
	if got := s.call(t, session, "create.employees", create); got != "forbidden" {
		t.Errorf("create.employees by a reader: got %s", got)
	}

	// The role holds at once, and so does everything else.
	held(t, "", "member", "role", "--db", dsn, "--login", "VERA", "--role", "agent,manager")
	made := s.call(t, session, "create.employees", create)
	var created struct{ ID int64 }
	if err := json.Unmarshal([]byte(made), &created); err != nil {
		t.Fatalf("create.employees by a manager: got %s", made)
	}
	petrov := add("staple\n", "--login", "petrov", "--employee", fmt.Sprint(created.ID), "--role", "administrator")
	if petrov != created.ID {
		t.Errorf("member add --employee %d: got user_id %d", created.ID, petrov)
	}
	token := strings.TrimSpace(must(t, "", "token", "create", "--db", dsn, "--login", "petrov"))
	if got := s.call(t, s.signIn(t, "petrov", "staple"), "get.account", `{}`); !strings.Contains(got, "app_id") {
		t.Errorf("get.account by Petrov: got %s", got)
	}

	held(t, "", "member", "block", "--db", dsn, "--login", "petrov")
	for what, got := range map[string]string{"token": s.call(t, token, "get.account", `{}`), "sign-in": s.signIn(t, "petrov", "staple")} {
		if want := map[string]string{"token": "access_token_blocked", "sign-in": "forbidden"}[what]; got != want {
			t.Errorf("%s of a blocked member: got %s, want %s", what, got, want)
		}
	}
	want := []string{
		"ID ACCOUNT LOGIN NAME STATE ROLES",
		fmt.Sprint(admin.UserID, " ", admin.AccountID, " admin admin active administrator"),
		fmt.Sprint(vera, " ", admin.AccountID, " Vera Ivanova Vera active agent,manager"),
		fmt.Sprint(petrov, " ", admin.AccountID, " petrov Petrov blocked administrator"),
	}
	if diff := cmp.Diff(want, cells(must(t, "", "member", "list", "--db", dsn))); diff != "" {
		t.Errorf("member list (-want +got):\n%s", diff)
	}

	// Petrov does not count while he is blocked.
	for _, args := range [][]string{{"block"}, {"role", "--role", "manager"}} {
		_, err := command(t, "", append([]string{"member", args[0], "--db", dsn, "--login", "admin"}, args[1:]...)...)
		wantError(t, "the last administrator: member "+args[0], err, "admin is the account's last administrator")
	}
	if got := s.call(t, token, "delete.employees", fmt.Sprintf(`{"id":%d}`, admin.UserID)); got != "access_token_blocked" {
		t.Errorf("delete.employees with a blocked member's token: got %s", got)
	}
	held(t, "", "member", "unblock", "--db", dsn, "--login", "petrov")
	if got := s.call(t, token, "get.account", `{}`); !strings.Contains(got, "app_id") {
		t.Errorf("get.account by Petrov, unblocked: got %s", got)
	}
	held(t, "", "member", "role", "--db", dsn, "--login", "admin", "--role", "manager")
	_, err := command(t, "", "member", "role", "--db", dsn, "--login", "petrov", "--role", "manager")
	wantError(t, "the other's role", err, "petrov is the account's last administrator")

	// A password ends sessions, and is that of the seat, too.
	held(t, "correct horse\n", "member", "password", "--db", dsn, "--login", "vera", "--password-stdin")
	if got := s.call(t, session, "get.account", `{}`); got != "access_token_invalid" {
		t.Errorf("a session from before the new password: got %s", got)
	}
	if got := s.signIn(t, "vera", "battery"); got != "auth_error" {
		t.Errorf("the old password: got %s", got)
	}
	if got := s.signIn(t, "vera", "correct horse"); !tokenForm.MatchString(got) {
		t.Errorf("the new password: got %s", got)
	}

	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"add", "--login", "ADMIN", "--last-name", "x", "--role", "reader", "--password-stdin"}, []string{"--login ADMIN", "already used"}},
		{[]string{"add", "--login", "x", "--employee", "999", "--role", "reader", "--password-stdin"}, []string{"--employee 999", "Entity not found"}},
		{[]string{"add", "--login", "x", "--employee", fmt.Sprint(vera), "--role", "reader", "--password-stdin"}, []string{fmt.Sprint("--employee ", vera), "Duplicate"}},
		{[]string{"add", "--login", "x", "--role", "reader", "--password-stdin"}, []string{"--employee", "--last-name"}},
		{[]string{"add", "--login", "x", "--employee", "1", "--first-name", "x", "--role", "reader", "--password-stdin"}, []string{"--first-name"}},
		{[]string{"add", "--login", "x", "--last-name", "x", "--role", "boss", "--password-stdin"}, []string{"--role"}},
		{[]string{"add", "--login", "x", "--last-name", "x", "--password-stdin"}, []string{"--role"}},
		{[]string{"add", "--login", "x", "--last-name", "x", "--role", "reader", "--account", "999", "--password-stdin"}, []string{"--account"}},
		{[]string{"add", "--login", "x", "--last-name", "x", "--role", "reader"}, []string{"--password-stdin"}},
		{[]string{"role", "--login", "nobody", "--role", "reader"}, []string{`nobody signs in as "nobody"`}},
		{[]string{"role", "--login", "vera", "--role", "reader,reader"}, []string{"--role reader", "Invalid"}},
		{[]string{"block", "--login", "nobody"}, []string{`nobody signs in as "nobody"`}},
	} {
		_, err := command(t, "x\n", append([]string{"member", tt.args[0], "--db", dsn}, tt.args[1:]...)...)
		wantError(t, fmt.Sprintf("member %v", tt.args), err, tt.want...)
	}
	_, err = command(t, "", "member", "password", "--db", dsn, "--login", "vera", "--password-stdin")
	wantError(t, "no password", err, "no password")
	_, err = command(t, "\n", "member", "password", "--db", dsn, "--login", "vera", "--password-stdin")
	wantError(t, "an empty password", err, "--password")
	checkDatabase(t, dsn)
}

// TestTokenCommands makes and blocks tokens while a server runs.
func TestTokenCommands(t *testing.T) { each(t, testTokenCommands) }

func testTokenCommands(t *testing.T, db testdb.Opener) {
	t.Parallel()
	dsn, admin := newDatabase(t, db)
	s := serve(t, dsn)
	account := accountID(admin)
	must(t, "", "account", "set", "--db", dsn, "--account", account, "--timezone", "Asia/Tokyo")
	token := func(args ...string) string {
		t.Helper()
		return strings.TrimSuffix(must(t, "", append([]string{"token", "create", "--db", dsn}, args...)...), "\n")
	}
	narrow := token("--login", "admin", "--right", "employees:select", "--right", "account:select", "--expires", "2099-12-31", "--label", "CRM")
	own := token("--account", account, "--expires", "2099-12-31T18:00:00+03:00", "--allow-ip", "127.0.0.1,::1")
	elsewhere := token("--account", account, "--allow-ip", "192.0.2.7", "--label", "far away")
	chat, library := token("--login", "admin", "--door", "rocketchat"), token("--login", "admin", "--door", "libraryh3lp")
	for _, tt := range []struct{ what, token, method, want string }{
		{"narrow", narrow, "get.employees", `"login":"admin"`},
		{"narrow", narrow, "get.account", `"app_id"`},
		{"narrow", narrow, "create.employees", "forbidden"},
		{"own", own, "get.employees", `"login":"admin"`},
		{"own", own, "create.employees", "required_parameter_missed"},
		{"elsewhere", elsewhere, "get.employees", "ip_not_whitelisted"},
		{"Rocket.Chat", chat, "get.employees", "access_token_invalid"},
		{"LibraryH3lp", library, "get.employees", "access_token_invalid"},
	} {
		if got := s.call(t, tt.token, tt.method, `{}`); !strings.Contains(got, tt.want) {
			t.Errorf("%s token, %s: got %s, want %s", tt.what, tt.method, got, tt.want)
		}
	}
	for _, tt := range []struct{ what, token, atRocketChat, atLibraryH3lp string }{
		{"Rocket.Chat", chat, "200 OK", "401 Unauthorized"},
		{"LibraryH3lp", library, "401 Unauthorized", "200 OK"},
		{"narrow", narrow, "401 Unauthorized", "401 Unauthorized"},
	} {
		login := s.request(t, http.MethodPost, "/api/v1/login", mediaJSON, fmt.Sprintf(`{"resume":%q}`, tt.token))
		users := s.request(t, http.MethodGet, "/2011-12-03/users", "", "")
		users.Header.Set("Cookie", "libraryh3lp-session="+tt.token)
		for request, want := range map[*http.Request]string{login: tt.atRocketChat, users: tt.atLibraryH3lp} {
			if got := answered(t, request).Status; got != want {
				t.Errorf("%s token, %s: got %s, want %s", tt.what, request.URL.Path, got, want)
			}
		}
	}
	list := cells(must(t, "", "token", "list", "--db", dsn))
	moment := regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	first := regexp.MustCompile(`^\d+ `)
	var ids []string
	for i, row := range list[1:] {
		ids = append(ids, strings.TrimSpace(first.FindString(row)))
		created := moment.FindString(row)
		list[1+i] = strings.Replace(first.ReplaceAllString(row, "ID "), created, "CREATED", 1)
	}
	want := []string{
		"ID ACCOUNT LOGIN DOOR STATE CREATED EXPIRES RIGHTS ALLOW-IP LABEL",
		"ID " + account + " admin data-api active CREATED - - - first administrator",
		"ID " + account + " admin data-api active CREATED 2099-12-31T15:00:00Z employees:select,account:select - CRM",
		"ID " + account + " - data-api active CREATED 2099-12-31T15:00:00Z - 127.0.0.1,::1 -",
		"ID " + account + " - data-api active CREATED - - 192.0.2.7 far away",
		"ID " + account + " admin rocketchat active CREATED - - - -",
		"ID " + account + " admin libraryh3lp active CREATED - - - -",
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("token list (-want +got):\n%s", diff)
	}

	if out := held(t, "", "token", "block", "--db", dsn, ids[2]); out != "" {
		t.Errorf("token block: got %q, want nothing", out)
	}
	held(t, "", "token", "block", "--db", dsn, ids[2])
	if got := s.call(t, own, "get.account", `{}`); got != "access_token_blocked" {
		t.Errorf("a blocked token: got %s", got)
	}
	if list := must(t, "", "token", "list", "--db", dsn); strings.Count(list, "blocked") != 1 {
		t.Errorf("token list: got %s, want one blocked", list)
	}
	held(t, "", "token", "unblock", "--db", dsn, ids[2])
	if got := s.call(t, own, "get.account", `{}`); !strings.Contains(got, "app_id") {
		t.Errorf("an unblocked token: got %s", got)
	}
	held(t, "", "token", "revoke", "--db", dsn, ids[2])
	if got := s.call(t, own, "get.account", `{}`); got != "access_token_invalid" {
		t.Errorf("a revoked token: got %s", got)
	}

	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"create"}, []string{"--login", "--account"}},
		{[]string{"create", "--login", "admin", "--account", account}, []string{"--login", "--account"}},
		{[]string{"create", "--login", "nobody"}, []string{`nobody signs in as "nobody"`}},
		{[]string{"create", "--account", "999"}, []string{"--account 999", "Entity not found"}},
		{[]string{"create", "--login", "admin", "--right", "employees:fire"}, []string{"--right employees:fire", "there are account:select, client_user:select, "}},
		{[]string{"create", "--login", "admin", "--right", "employees:select,employees:select"}, []string{"--right employees:select", "Invalid"}},
		{[]string{"create", "--login", "admin", "--expires", "tomorrow"}, []string{"--expires tomorrow", "Invalid"}},
		{[]string{"create", "--login", "admin", "--expires", "2020-01-01"}, []string{"--expires 2020-01-01", "Invalid"}},
		{[]string{"create", "--login", "admin", "--allow-ip", "office"}, []string{"--allow-ip office", "Invalid"}},
		{[]string{"create", "--login", "admin", "--door", "front"}, []string{"--door", `"front"`, `"data-api"`, `"libraryh3lp"`}},
		{[]string{"create", "--account", account, "--door", "rocketchat"}, []string{"--login", "missed"}},
		{[]string{"create", "--login", "admin", "--label", strings.Repeat("x", 256)}, []string{"--label", "Invalid"}},
		{[]string{"block", "999"}, []string{"there is no token 999"}},
		{[]string{"unblock", "999"}, []string{"there is no token 999"}},
	} {
		_, err := command(t, "", append([]string{"token", tt.args[0], "--db", dsn}, tt.args[1:]...)...)
		wantError(t, fmt.Sprintf("token %.100v", tt.args), err, tt.want...)
	}
	events, err := rowsOf(t, openSQL(t, dsn))(`select kind from events where subject_kind = 'tokens' and subject_id = ` + ids[2] + ` order by number`)
	if diff := cmp.Diff([][]any{{"token.created"}, {"token.updated"}, {"token.updated"}, {"token.deleted"}}, events); diff != "" || err != nil {
		t.Errorf("events of a token: %v (-want +got):\n%s", err, diff)
	}
	checkDatabase(t, dsn)
}

// TestPointsOfServers lets callers of two servers on one database spend an
// account's points: all of them, and not one more.
func TestPointsOfServers(t *testing.T) { each(t, testPointsOfServers) }

func testPointsOfServers(t *testing.T, db testdb.Opener) {
	t.Parallel()
	dsn, admin := newDatabase(t, db)
	sql := openSQL(t, dsn)
	servers := []*process{serve(t, dsn), serve(t, dsn)}
	if got := servers[0].call(t, admin.AccessToken, "get.account", `{}`); !strings.Contains(got, `"limits":{}`) {
		t.Fatalf("without limits: got %s", got)
	}
	if n := number(t, sql, `select count(*) from account_points`); n != 0 {
		t.Errorf("without limits %d accounts have points, want none", n)
	}
	const limit, callers = 100, 8
	held(t, "", "account", "set", "--db", dsn, "--account", accountID(admin), "--points-per-day", strconv.Itoa(limit))

	type answer struct {
		Result json.RawMessage
		Error  *struct {
			Data struct {
				Mnemonic string
				Metadata struct {
					Limits map[string]int64
				}
			}
		}
	}
	var succeeded, failed atomic.Int64
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() {
			for n := 0; ; n++ {
				bodies := []string{
					`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"limit":1}}`,
					`{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{}}`, // costs nothing
					fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{"name":"%d %d"}}`, i, n),
				}
				_, text, err := send(t.Context(), servers[(i+n)%2].url, admin.AccessToken, "["+strings.Join(append(bodies, bodies[1], bodies[2]), ",")+"]")
				var answers []answer
				if err != nil || json.Unmarshal([]byte(text), &answers) != nil || len(answers) != 5 {
					t.Errorf("got %s, %v", text, err)
					return
				}
				exceeded := 0
				for _, a := range answers {
					switch {
					case a.Error == nil:
						succeeded.Add(1)
					case a.Error.Data.Mnemonic == "limit_exceeded":
						exceeded++
						if l := a.Error.Data.Metadata.Limits; l["day_limit"] != limit || l["day_remaining"] != 0 {
							t.Errorf("limit_exceeded with limits %v", l)
						}
					default:
						failed.Add(1)
					}
				}
				if exceeded == len(answers) {
					return
				}
			}
		})
	}
	running.Wait()
	used := number(t, sql, `select day_used from account_points`)
	made := number(t, sql, `select count(*) from employee_positions`)
	if succeeded.Load() > limit || succeeded.Load() != used {
		t.Errorf("%d calls succeeded of %d points, and %d are counted", succeeded.Load(), limit, used)
	}
	if failed.Load() == 0 || made == 0 {
		t.Errorf("%d calls failed, and %d positions were made: the test tests nothing", failed.Load(), made)
	}

	// What was taken in vain when others asked is left, and no more.
	for succeeded.Load() < limit {
		if got := servers[0].call(t, admin.AccessToken, "get.account", `{}`); !strings.Contains(got, "app_id") {
			t.Fatalf("with %d of %d points spent: got %s", succeeded.Load(), limit, got)
		}
		succeeded.Add(1)
	}
	for _, s := range servers {
		if got := s.call(t, admin.AccessToken, "get.account", `{}`); got != "limit_exceeded" {
			t.Errorf("with no point left: got %s", got)
		}
	}
}
