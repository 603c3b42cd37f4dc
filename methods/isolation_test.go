package methods_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// possessions are ids of what an account has, by the name of the parameter that
// refers to it; "id" stands under its method's noun.
type possessions map[string]int64

// references are the parameters that hold ids, in every method, and the
// possession that each means.
var references = map[string]string{
	"user_id":                  "employees",
	"status_id":                "statuses",
	"schedule_id":              "schedules",
	"coach_id":                 "employees",
	"phone_id":                 "phone_numbers",
	"groups":                   "group_employees",
	"skills":                   "skills",
	"operator_position_id":     "employee_positions",
	"operator_sites":           "sites",
	"members":                  "employees",
	"employee_phone_number_id": "employee_phone_numbers",
	"employee_id":              "employees",
	"import_id":                "imports",
}

// plain are the numbers among parameters that are no ids.
var plain = []string{
	"limit", "offset", "expected_version", "channels_count", "dial_time", "slots", "priority", "days", "after",
	"chat_ongoing", "call_ongoing", "video_ongoing", "third_party_ongoing", "conversations", "satisfaction_rate", "experience",
	"line", "rows", "failed",
}

// possess makes an account have one of everything that ids can mean.
func (b *bench) possess(t *testing.T, prefix string) (possessions, string) {
	t.Helper()
	token := must(strconv.Unquote(b.vars[prefix+"token"]))(t)
	has := possessions{}
	for noun, name := range map[string]string{
		"employee_positions": "position1", "group_employees": "group1", "group_employees_numbers": "group1", "schedules": "schedule1", "sites": "site1", "skills": "skill1", "statuses": "status",
	} {
		has[noun] = b.id(t, prefix+name)
	}
	made := b.call(t, "create.employees", params{"access_token": token, "last_name": "Owned", "phone_numbers": []params{{"phone_number": "74950000077"}}, "groups": []int64{has["group_employees"]}})
	has["employees"] = made.id(t)
	has["employee_statuses"], has["employee_activity"] = has["employees"], has["employees"]
	got := b.get(t, noun{method: "get.group_employees"}, params{"access_token": token, "filter": params{"field": "id", "operator": "=", "value": has["group_employees"]}})
	number := got.Data[0]["phone_numbers"].([]any)[0].(map[string]any)
	has["phone_numbers"], has["employee_phone_numbers"] = int64(number["phone_in_employee_id"].(float64)), int64(number["employee_phone_number_id"].(float64))
	begun := b.call(t, "create.imports", params{"access_token": token, "name": "owned.csv", "digest": "d", "rows": 1})
	has["imports"] = begun.id(t)
	row := b.call(t, "update.employees", params{"access_token": token, "id": has["employees"], "last_name": "Possessed", "import_row": params{"import_id": has["imports"], "key": "k", "line": 1}})
	if row.Error != nil {
		t.Fatalf("update.employees with import_row: %+v", row.Error)
	}
	has.lines(t, b, token)
	return has, token
}

// whole are parameters of methods that are right when their ids are the
// account's; a parameter that a test sets is set in them.
func whole(method string, has possessions) params {
	_, noun, _ := strings.Cut(method, ".")
	p := params{"id": has[noun]}
	switch method {
	case "create.employees", "update.employees":
		p["last_name"] = "Changed"
		p["phone_numbers"] = []any{params{"phone_number": "74950000077"}}
		p["operator"] = params{"operator_display_name": "O", "operator_login": "owned", "operator_password": "secret"}
	case "create.imports":
		p["name"], p["digest"], p["rows"] = "f", "d", 1
	case "create.employee_positions", "update.employee_positions", "update.schedules", "create.statuses":
		p["name"] = "Changed"
	case "create.schedules":
		p["name"], p["schedules"] = "Changed", []any{}
	case "create.sites":
		p["domain_name"] = "changed.example.com"
	case "upload.employee_statuses":
		p["status"] = "break"
	case "create.group_employees":
		p["name"] = "New"
	case "update.group_employees_numbers":
		p["phone_numbers"] = []any{params{"employee_phone_number_id": has["employee_phone_numbers"]}}
	case "create.sip_lines", "update.sip_lines":
		p["employee_id"] = has["employees"]
	case "upload.sip_line_registrations":
		p["registered"] = false
	}
	return p
}

// TestAccountsAreApart calls every method of one account with ids of another,
// wherever it takes ids. The answer is that for an id that nobody has, and the
// other account stays as it is.
func TestAccountsAreApart(t *testing.T) { prepared.Each(t, testAccountsAreApart) }

func testAccountsAreApart(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	must(b.store.NewIDs(t.Context(), 1_000_000))(t) // those that follow look like no other number in an answer
	mine, _ := b.possess(t, "")
	theirs, theirToken := b.possess(t, "other_")
	for noun, id := range mine {
		if theirs[noun] == id {
			t.Fatalf("both have %s %d", noun, id)
		}
	}
	const nobodys = 1 << 40
	before := b.everythingOf(t, theirToken)
	tried := 0
	for _, info := range must(rpc.New(rpc.Options{Revision: directory.RevisionSeed, Guard: methods.Guard(nil), Together: methods.Together(nil)}, methods.All(nil)...))(t).Methods() {
		for _, at := range spots(spot{t: info.Params}) {
			if at.t.Kind != schema.Number {
				continue
			}
			_, noun, _ := strings.Cut(info.Name, ".")
			name := at.lastName()
			if name != "id" {
				noun = references[name]
			}
			switch {
			case slices.Contains(plain, name):
				continue
			case mine[noun] == 0:
				t.Errorf("%s: %s is neither in references nor plain, or nobody has a %s", info.Name, at.field(), noun)
				continue
			}
			tried++
			call := func(id int64) answer {
				p := whole(info.Name, mine)
				if name == "status_id" {
					delete(p, "status")
				}
				if !takes(info, "id") {
					delete(p, "id")
				}
				if at.names[0] == "import_row" {
					p["import_row"] = params{"key": "another", "line": 1}
				}
				put(p, at.names, id)
				return b.call(t, info.Name, p)
			}
			foreign, unknown := call(theirs[noun]), call(nobodys)
			if foreign.Error == nil || unknown.Error == nil {
				t.Errorf("%s with another account's %s at %s: %s; with nobody's: %s; want errors", info.Name, noun, at.field(), foreign.Result, unknown.Result)
				continue
			}
			switch m := unknown.mnemonic(); m {
			case "entity_not_found", "invalid_parameter_value", "forbidden":
			default:
				t.Errorf("%s with nobody's %s at %s: %s, which says nothing of the id: %+v", info.Name, noun, at.field(), m, unknown.Error.Data.Errors)
			}
			text := func(a answer, id int64) string {
				return strings.ReplaceAll(string(must(json.Marshal(a.Error, json.Deterministic(true)))(t)), strconv.FormatInt(id, 10), "ID")
			}
			if diff := cmp.Diff(text(unknown, nobodys), text(foreign, theirs[noun])); diff != "" {
				t.Errorf("%s: another account's %s at %s is told from nobody's (-nobody's +another's):\n%s", info.Name, noun, at.field(), diff)
			}
		}
	}
	if want := 18; tried < want {
		t.Errorf("%d places of ids were tried, want %d at least", tried, want)
	}
	if diff := cmp.Diff(before, b.everythingOf(t, theirToken)); diff != "" {
		t.Errorf("the other account (-before +after):\n%s", diff)
	}
	b.wantNothingOf(t, theirs)
}

// wantNothingOf looks for another account's ids in all that the get methods answer,
// and for rows that a filter by such an id finds.
func (b *bench) wantNothingOf(t *testing.T, theirs possessions) {
	t.Helper()
	for method, text := range b.everythingOf(t, b.token(t)) {
		for noun, id := range theirs {
			if strings.Contains(text, fmt.Sprintf(":%d,", id)) || strings.Contains(text, fmt.Sprintf(":%d}", id)) {
				t.Errorf("%s shows %s %d of another account: %s", method, noun, id, text)
			}
		}
	}
	for _, n := range nouns(t) {
		for _, f := range n.fields {
			if !f.Filter || f.Type.Kind != schema.Number || f.Name != "id" && references[f.Name] == "" {
				continue
			}
			for _, id := range theirs {
				got := b.get(t, n, params{"filter": params{"field": f.Name, "operator": "=", "value": id}})
				if len(got.Data) > 0 || got.Metadata.Total > 0 {
					t.Errorf("%s by %s %d of another account: %d of %d rows, want none", n.method, f.Name, id, len(got.Data), got.Metadata.Total)
				}
			}
		}
	}
}

// everythingOf is all that the get methods answer to a token.
func (b *bench) everythingOf(t *testing.T, token string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, n := range nouns(t) {
		if n.method == partnersOnly { // the scripts customer_users and partners tell whom it shows
			continue
		}
		var fields []string
		for _, f := range n.fields {
			fields = append(fields, f.Name)
		}
		a := b.call(t, n.method, with(n.extra, params{"access_token": token, "fields": fields}))
		if a.Error != nil {
			t.Fatalf("%s: %+v", n.method, a.Error)
		}
		all[n.method] = string(a.Result)
	}
	return all
}

func takes(info rpc.Info, name string) bool {
	return slices.ContainsFunc(info.Params.Fields, func(f *schema.Field) bool { return f.Name == name })
}

// lastName is the name of the parameter at the spot, or of the array it is in.
func (s spot) lastName() string {
	for _, name := range slices.Backward(s.names) {
		if name, ok := name.(string); ok {
			return name
		}
	}
	return ""
}

// put sets what is at names in p, and leaves what is beside it.
func put(p params, names []any, value any) {
	name := names[0].(string)
	switch {
	case len(names) == 1:
		p[name] = value
	case names[1] == 0 && len(names) == 2:
		p[name] = []any{value}
	case names[1] == 0:
		element := params{}
		if list, ok := p[name].([]any); ok {
			element = maps.Clone(list[0].(params))
		}
		put(element, names[2:], value)
		p[name] = []any{element}
	default:
		member := params{}
		if object, ok := p[name].(params); ok {
			member = maps.Clone(object)
		}
		put(member, names[1:], value)
		p[name] = member
	}
}
