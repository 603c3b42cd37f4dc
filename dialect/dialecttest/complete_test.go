package dialecttest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// whole is a contract in which nothing is missing.
func whole() dialect.Contract {
	fields := map[string]dialect.Field{}
	for i, path := range leaves(reflect.TypeFor[directory.Employee](), "") {
		fields[path] = dialect.Field{Name: path}
		if i%2 == 0 {
			fields[path] = dialect.Field{Why: "it is not shown"}
		}
	}
	return dialect.Contract{Fields: fields, Codes: errors.Catalogue(), Answer: func(err error) (int, []byte) {
		code := errors.Of(err).Code()
		status := 400
		if code == errors.InternalError {
			status = 500
		}
		body, _ := json.Marshal(map[string]string{"error": code.Mnemonic}, json.Deterministic(true))
		return status, body
	}}
}

func TestComplete(t *testing.T) { Complete(t, whole()) }

func TestLeaves(t *testing.T) {
	got := leaves(reflect.TypeFor[directory.Employee](), "")
	for _, want := range []string{"id", "created_at", "roles", "directions.in_external", "coach.id", "extension.number", "groups", "seat.display_name", "seat.sites", "channels.third_party.slots", "profile.city"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	for _, path := range got {
		if path == "" || strings.Contains(path, "..") || strings.HasSuffix(path, ".") {
			t.Errorf("a path is %q", path)
		}
	}
}

// Whatever is missing or wrong is found.
func TestIncomplete(t *testing.T) {
	answers := whole().Answer
	instead := func(when func(*errors.Error) bool, status int, body string) func(*dialect.Contract) {
		return func(c *dialect.Contract) {
			c.Answer = func(err error) (int, []byte) {
				if when(errors.Of(err)) {
					return status, []byte(body)
				}
				return answers(err)
			}
		}
	}
	is := func(code *errors.Code) func(*errors.Error) bool {
		return func(e *errors.Error) bool { return e.Code() == code }
	}
	calls := 0
	for _, c := range []struct {
		spoil func(*dialect.Contract)
		want  string
	}{
		{func(c *dialect.Contract) { delete(c.Fields, "seat.login") }, "field seat.login: neither named nor excused"},
		{func(c *dialect.Contract) { c.Fields["handle"] = dialect.Field{} }, "field handle: has the name"},
		{func(c *dialect.Contract) { c.Fields["handle"] = dialect.Field{Name: "name", Why: "none"} }, "field handle: has the name"},
		{func(c *dialect.Contract) { c.Fields["shoe_size"] = dialect.Field{Name: "shoes"} }, "field shoe_size: an employee has none"},
		{func(c *dialect.Contract) { c.Codes = c.Codes[1:] }, "code parse_error: has no answer"},
		{func(c *dialect.Contract) { c.Codes = append(c.Codes, errors.ParseError) }, "code parse_error: stands there twice"},
		{func(c *dialect.Contract) { c.Codes = append(c.Codes, &errors.Code{Mnemonic: "own"}) }, "code own: is not of the catalogue"},
		{instead(is(errors.AlreadyInUse), 500, "{}"), "want a status below 500"},
		{instead(is(errors.InternalError), 400, "{}"), "want status 500"},
		{instead(is(errors.Forbidden), 403, "Forbidden"), "is no JSON object"},
		{instead(is(errors.Forbidden), 403, "[]"), "is no JSON object"},
		{func(c *dialect.Contract) {
			c.Answer = func(err error) (int, []byte) {
				status, _ := answers(err)
				return status, []byte(fmt.Sprintf("{%q:%q}", "error", err.Error()))
			}
		}, "tells \"cause-that"},
		{func(c *dialect.Contract) {
			c.Answer = func(err error) (int, []byte) {
				calls++
				status, _ := answers(err)
				return status, []byte(fmt.Sprintf(`{"call":%d}`, calls))
			}
		}, "and then"},
	} {
		spoilt := whole()
		c.spoil(&spoilt)
		got := append(incomplete(spoilt.Fields, leaves(reflect.TypeFor[directory.Employee](), "")), incompleteCodes(spoilt)...)
		if !slices.ContainsFunc(got, func(problem string) bool { return strings.Contains(problem, c.want) }) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
