package methods_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
)

// TestMethods holds every method to what the package promises of all.
func TestMethods(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	actions := map[string]string{"subscribe": "select", "get": "select", "create": "insert", "update": "update", "upload": "update", "delete": "delete", "rpc": "select"}
	units := map[string]string{"schedules": "schedules", "statuses": "statuses", "sites": "site_selected", "discover": "discovery", "account": "account", "customer_users": "client_user"} // employees, for the others
	for _, noun := range []string{"sip_lines", "sip_line_password", "sip_line_registrations", "sip_line_virtual_numbers"} {
		units[noun] = "va"
	}
	open, anyCaller := []string{"login.user"}, []string{"logout.user"}
	for _, entry := range methods.All(b.service) {
		m := entry.Info()
		verb, noun, _ := strings.Cut(m.Name, ".")
		if m.Open != slices.Contains(open, m.Name) || m.AnyCaller != slices.Contains(anyCaller, m.Name) {
			t.Errorf("%s: Open %t, AnyCaller %t; without a token may be called %v, without a right %v", m.Name, m.Open, m.AnyCaller, open, anyCaller)
		}
		var right string
		if action := actions[verb]; action != "" {
			right = cmp.Or(units[noun], "employees") + ":" + action
		}
		if m.Right != right {
			t.Errorf("%s: right %q, want %q", m.Name, m.Right, right)
		}
		if inVA := slices.Equal(m.Components, []string{"va"}); inVA != (units[noun] == "va") {
			t.Errorf("%s: components %q, and its right is of unit %q", m.Name, m.Components, units[noun])
		}
		if noun == "" || m.Summary == "" || !strings.HasSuffix(m.Summary, ".") {
			t.Errorf("%s: summary %q, want a sentence; and a name of verb and noun", m.Name, m.Summary)
		}
		for i, code := range m.Errors {
			if !fits(code, m.Name) {
				t.Errorf("%s: declares %s, which is for %s", m.Name, code.Mnemonic, code.Scope)
			}
			if slices.Contains(m.Errors[:i], code) {
				t.Errorf("%s: declares %s twice", m.Name, code.Mnemonic)
			}
		}
	}
}

// fits reports whether the catalogue lets a method answer a code beyond those of
// all methods. A list can be too long in every verb that takes one, get too.
func fits(code *errors.Code, method string) bool {
	verb, _, _ := strings.Cut(method, ".")
	if code == errors.DataLimitExceeded && verb == "get" {
		return true
	}
	scopes := strings.Split(code.Scope, ", ")
	return slices.Contains(scopes, verb) || slices.Contains(scopes, method)
}

// TestGuardIsNeeded finds that every method without Open refuses a call without a
// token, before anything else.
func TestGuardIsNeeded(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	for _, entry := range methods.All(b.service) {
		m := entry.Info()
		for token, want := range map[string]string{"": "required_parameter_missed", "nonsense": "access_token_invalid"} {
			p := params{"x": 1}
			if token != "" {
				p["access_token"] = token
			}
			var got answer
			b.post(t, request{"2.0", 1, m.Name, p}, "", &got)
			if m.Open {
				want = "unexpected_parameters"
			}
			if got.mnemonic() != want {
				t.Errorf("%s with token %q: %q, want %q", m.Name, token, got.mnemonic(), want)
			}
		}
	}
}
