package methods_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// newLine makes a line and returns what create.sip_lines answers.
func (b *bench) newLine(t *testing.T, p params) directory.NewSIPLine {
	t.Helper()
	a := b.call(t, "create.sip_lines", p)
	if a.Error != nil {
		t.Fatalf("create.sip_lines %v: %+v", p, a.Error)
	}
	var result struct {
		Data directory.NewSIPLine `json:"data"`
	}
	if err := json.Unmarshal(a.Result, &result); err != nil {
		t.Fatal(err)
	}
	return result.Data
}

// register tells that a line has registered.
func (b *bench) register(t *testing.T, line int64, ip, moment string) {
	t.Helper()
	p := params{"id": line, "registered": true, "ip": ip, "date_time": moment}
	if a := b.call(t, "upload.sip_line_registrations", p); a.Error != nil {
		t.Fatalf("upload.sip_line_registrations %v: %+v", p, a.Error)
	}
}

// variedLines gives employees lines of every kind and state.
func variedLines(t *testing.T, b *bench) {
	t.Helper()
	for i := range 8 {
		if a := b.call(t, "create.sip_line_virtual_numbers", params{"virtual_phone_number": fmt.Sprint(749500000*(i+1) + i)}); a.Error != nil {
			t.Fatalf("create.sip_line_virtual_numbers: %+v", a.Error)
		}
	}
	owners, _ := b.keys(t, noun{method: "get.employees", key: "id"}, params{})
	for i, owner := range owners[:12] {
		p := params{"employee_id": owner}
		if i%3 > 0 {
			p["virtual_phone_number"] = fmt.Sprint(749500000*(i%3+1) + i%3)
		}
		line := b.newLine(t, p)
		if i%4 == 0 {
			b.register(t, line.ID, "10.0.0.1", "2026-01-31 12:00:00")
		}
		if i%5 == 0 {
			if a := b.call(t, "update.sip_lines", params{"id": line.ID, "billing_state": "manual_lock", "employee_id": owners[i/2]}); a.Error != nil {
				t.Fatalf("update.sip_lines: %+v", a.Error)
			}
		}
	}
}

// lines gives the account of a token a line and a virtual number.
func (has possessions) lines(t *testing.T, b *bench, token string) {
	t.Helper()
	made := b.call(t, "create.sip_line_virtual_numbers", params{"access_token": token, "virtual_phone_number": "74950000078"})
	var created struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(made.Result, &created); err != nil {
		t.Fatalf("%v: %+v", err, made.Error)
	}
	has["sip_line_virtual_numbers"] = created.ID
	line := b.newLine(t, params{"access_token": token, "employee_id": has["employees"], "virtual_phone_number": "74950000078"})
	for _, noun := range []string{"sip_lines", "sip_line_password", "sip_line_registrations"} {
		has[noun] = line.ID
	}
}

// What telephones register with is made by the server: numbers by which registrars
// find lines, and passwords that are not guessed.
func TestSIPLineCredentials(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	phone, password := regexp.MustCompile(`^0[0-9]{6,}$`), regexp.MustCompile(`^[2-9A-HJ-NP-Za-km-z]{16}$`)
	seen := map[string]bool{}
	for i := range 100 {
		p := params{"employee_id": b.id(t, "admin")}
		if i%2 == 1 {
			p = params{"employee_id": b.id(t, "other_admin"), "access_token": strings.Trim(b.vars["other_token"], `"`)}
		}
		line := b.newLine(t, p)
		if !phone.MatchString(line.PhoneNumber) || !password.MatchString(line.Password) {
			t.Errorf("got number %q and password %q, want %s and %s", line.PhoneNumber, line.Password, phone, password)
		}
		if seen[line.PhoneNumber] || seen[line.Password] {
			t.Errorf("number %q or password %q stands twice", line.PhoneNumber, line.Password)
		}
		seen[line.PhoneNumber], seen[line.Password] = true, true
		if server := line.Server.Value; server != sipServer {
			t.Errorf("got server %q, want %q", server, sipServer)
		}
	}
}

// A server that was not told where lines register does not say where.
func TestNoSIPServer(t *testing.T) {
	b := start(t, prepared.SQLite, settings{noSIPServer: true})
	if line := b.newLine(t, params{"employee_id": b.id(t, "admin")}); !line.Server.IsNull() {
		t.Errorf("got server %q, want null", line.Server.Value)
	}
}

// A line remembers the addresses that registered last.
func TestRegistrationsLimit(t *testing.T) { prepared.Each(t, testRegistrationsLimit) }

func testRegistrationsLimit(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	line := b.newLine(t, params{"employee_id": b.id(t, "admin")})
	var want []any
	for i := range directory.MaxRegistrations + 2 {
		b.register(t, line.ID, fmt.Sprintf("10.0.0.%d", i), fmt.Sprintf("2026-01-31 12:00:%02d", i))
		want = append([]any{map[string]any{"ip": fmt.Sprintf("10.0.0.%d", i), "date_time": fmt.Sprintf("2026-01-31T12:00:%02d", i)}}, want...)
		want = want[:min(len(want), directory.MaxRegistrations)]
		got := b.get(t, noun{method: "get.sip_lines"}, params{"fields": []string{"ip_addresses"}})
		if diff := cmp.Diff(want, got.Data[0]["ip_addresses"]); diff != "" {
			t.Errorf("after %d registrations (-want +got):\n%s", i+1, diff)
		}
	}
}
