package rocketchat_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// roster is a suite of a workspace where nobody is but its administrator, with the
// directory behind the door.
type roster struct {
	suite
	door      http.Handler
	directory *directory.Service
	ctx       context.Context // in which the directory is asked
}

func startRoster(t *testing.T) *roster {
	t.Helper()
	d, _ := startDirectory(t, time.Now)
	door := newDoor(t, rocketchat.Options{Directory: d, Clock: time.Now})
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	token, p, err := d.SignInAt(t.Context(), rocketchat.Keys(), suiteAdmin, suiteAdmin, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ctx := directory.WithActor(context.WithoutCancel(t.Context()), directory.CommandLine(p.AccountID))
	return &roster{suite{url: server.URL, admin: session{p.RocketID, token}}, door, d, ctx}
}

// people adds people past the door and answers their _ids, by their handles.
func (s *roster) people(t *testing.T, commands ...directory.CreatePerson) map[string]string {
	t.Helper()
	for _, r := range s.directory.CreatePeople(s.ctx, commands) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	ids := map[string]string{}
	if err := s.directory.EachPerson(s.ctx, directory.Query{}, func(p *directory.Person) error {
		ids[p.Handle] = p.RocketID
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// agent is a new agent with a handle, who is called so.
func agent(handle string) directory.CreatePerson {
	var c directory.CreatePerson
	c.Handle, c.LastName, c.Agent = schema.Some(directory.Handle(handle)), schema.Some(handle), schema.Some(true)
	return c
}

// groups adds groups past the door and answers their _ids.
func (s *roster) groups(t *testing.T, commands ...directory.CreateChatGroup) []string {
	t.Helper()
	var ids []string
	for _, r := range s.directory.CreateChatGroups(s.ctx, commands) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		page, err := s.directory.ChatGroups(s.ctx, directory.Query{Where: directory.Test{Field: "id", Op: directory.OpEqual, Values: []any{r.Value}}, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page.Items[0].RocketID)
	}
	return ids
}

func group(name string) directory.CreateChatGroup {
	var c directory.CreateChatGroup
	c.Name = schema.Some(name)
	return c
}

// column is a member of each object.
func column(objects []object, member string) []any {
	values := []any{}
	for _, o := range objects {
		values = append(values, o[member])
	}
	return values
}

func TestListUsers(t *testing.T) {
	s := startRoster(t)
	anna, boris, clara, dora := agent("anna"), agent("boris"), agent("clara"), agent("dora")
	anna.ShownName, anna.Email = schema.Some("Zoë 100%"), schema.Some(directory.Email("a_n@example.com"))
	boris.Email, boris.Show = schema.Some(directory.Email("boris@example.org")), schema.Some(directory.ShowDND)
	dora.Agent, dora.Roles = schema.Opt[bool]{}, schema.Some([]directory.Role{directory.Manager})
	ids := s.people(t, anna, boris, clara, dora)
	s.call(t, s.admin, "POST", "livechat/agent.status", object{"agentId": ids["clara"], "status": "not-available"}).want(t, 200)
	s.call(t, s.admin, "POST", "livechat/agents.saveInfo", object{"agentId": ids["clara"], "agentData": object{"maxNumberSimultaneousChat": 9}, "agentDepartments": []string{}}).want(t, 200)

	for query, want := range map[string]string{
		"agent":                                          "anna boris clara", // "Zoë" is before "boris" to the byte
		"agent?sort=":                                    "anna boris clara",
		"agent?sort={}":                                  "anna boris clara",
		`agent?sort={"name":-1}`:                         "clara boris anna",
		`agent?sort={"username":-1}`:                     "clara boris anna",
		`agent?sort={"username":-1.0}`:                   "clara boris anna",
		`agent?sort={"status":1}`:                        "boris anna clara",
		`agent?sort={"status":-1}`:                       "anna clara boris",
		`agent?sort={"statusLivechat":1}`:                "anna boris clara",
		`agent?sort={"statusLivechat":-1,"username":-1}`: "clara boris anna",
		`agent?sort={"livechat":-1,"username":-1}`:       "clara boris anna",
		`agent?sort={"livechat.maxNumberSimultaneousChat":-1,"_x":1}`: "clara anna boris",
		`agent?sort={"emails":1}`:                                     "clara anna boris",
		`agent?sort={"emails.address":-1}`:                            "boris anna clara",
		`agent?sort={"nothing":-1}`:                                   "anna boris clara",
		`agent?sort={"username":1,"username":-1}`:                     "clara boris anna",
		"agent?text=zoë":                                              "anna",
		"agent?text=ZOË":                                              "anna",
		"agent?text=%25":                                              "anna", // is no wildcard
		"agent?text=_":                                                "anna",
		`agent?text=\`:                                                "",
		"agent?text=ORI":                                              "boris",
		"agent?text=EXAMPLE.ORG":                                      "boris",
		"agent?text=":                                                 "anna boris clara",
		"agent?text=%00":                                              "",
		"agent?text=" + strings.Repeat("x", 2000):                     "",
		"agent?onlyAvailable=true":                                    "anna boris",
		"agent?onlyAvailable=false":                                   "anna boris clara",
		"agent?onlyAvailable=":                                        "anna boris clara",
		"agent?excludeId=" + ids["anna"]:                              "boris clara",
		"agent?excludeId=":                                            "anna boris clara",
		"agent?excludeId=%00":                                         "anna boris clara",
		"agent?showIdleAgents=false":                                  "boris",
		"agent?showIdleAgents=":                                       "anna boris clara",
		"agent?showIdleAgents=false&text=anna":                        "",
		"agent?count=2":                                               "anna boris",
		"agent?count=2&offset=1":                                      "boris clara",
		"agent?count=0":                                               "anna boris clara",
		"agent?count=0&offset=2":                                      "clara",
		"agent?count=0&offset=99":                                     "",
		"agent?offset=99":                                             "",
		"agent?query={}&fields={}":                                    "anna boris clara",
		"manager":                                                     "dora",
		"manager?onlyAvailable=true&showIdleAgents=false&excludeId=" + ids["dora"]: "dora",
		"manager?text=anna": "",
	} {
		path, q, _ := strings.Cut(query, "?")
		a := s.call(t, s.admin, "GET", "livechat/users/"+path+"?"+escaped(q), nil).want(t, 200)
		users := a.objects(t, "users")
		if got := fmt.Sprint(column(users, "username")); got != "["+want+"]" {
			t.Errorf("%s answers %s, want [%s]", query, got, want)
		}
		if a.body["count"] != float64(len(users)) {
			t.Errorf("%s answers the count %v and has %d", query, a.body["count"], len(users))
		}
	}
	if total := s.call(t, s.admin, "GET", "livechat/users/agent?count=1&offset=99", nil).want(t, 200).body["total"]; total != 3.0 {
		t.Errorf("the total is %v, want 3", total)
	}
	for _, query := range []string{
		`sort=1`, `sort=null`, `sort=[]`, `sort="name"`, `sort={"name":2}`, `sort={"name":0}`, `sort={"name":"1"}`, `sort={"name":true}`, `sort={"name":{}}`,
		`sort={"name":1`, `sort={"name":1}}`, `sort={"name"}`, `sort=x`, `sort={"name":1e999}`, "sort={" + manyKeys(101) + "}",
	} {
		a := s.call(t, s.admin, "GET", "livechat/users/neither?"+escaped(query), nil).want(t, 400)
		a.member(t, "errorType", "error-invalid-sort")
	}
	s.call(t, s.admin, "GET", "livechat/users/agent?"+escaped("sort={"+manyKeys(100)+"}"), nil).want(t, 200)
}

// manyKeys are n members of an object.
func manyKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf(`"k%d":1`, i))
	}
	return strings.Join(keys, ",")
}

// escaped is a query with its values in percent-encoding, but for what is so.
func escaped(query string) string {
	var parts []string
	for _, part := range strings.Split(query, "&") {
		name, value, given := strings.Cut(part, "=")
		if !given {
			continue
		}
		if !strings.Contains(value, "%") {
			value = url.QueryEscape(value)
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, "&")
}

// TestManyAgents holds that lists are whole where they are read in parts.
func TestManyAgents(t *testing.T) {
	const many = 1101
	s := startRoster(t)
	var commands []directory.CreatePerson
	for i := range many {
		commands = append(commands, agent(fmt.Sprintf("agent%04d", i)))
	}
	ids := s.people(t, commands...)
	delete(ids, suiteAdmin)
	var agents []object
	for _, handle := range slices.Sorted(maps.Keys(ids)) {
		agents = append(agents, object{"agentId": ids[handle], "username": handle, "order": len(agents)})
	}
	department := s.groups(t, group("All"))[0]
	s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"upsert": agents, "remove": []object{}}).want(t, 200)

	a := s.call(t, s.admin, "GET", "livechat/users/agent?count=0&offset=1", nil).want(t, 200)
	users := a.objects(t, "users")
	if len(users) != many-1 || a.body["count"] != float64(many-1) || a.body["total"] != float64(many) || a.body["offset"] != 1.0 {
		t.Errorf("%d users are listed, with the count %v, total %v, offset %v; want all %d but one", len(users), a.body["count"], a.body["total"], a.body["offset"], many)
	}
	for i, u := range users {
		if want := agents[i+1]["agentId"]; u["_id"] != want || fmt.Sprint(u["departments"]) != "["+department+"]" {
			t.Fatalf("user %d is %v, want %v, in the department %s", i, u, want, department)
		}
	}
	s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"upsert": []object{}, "remove": agents[:600]}).want(t, 200)
	left := s.call(t, s.admin, "GET", "livechat/department/"+department+"/agents?count=0&"+escaped(`sort={"order":-1}`), nil).want(t, 200).objects(t, "agents")
	if len(left) != many-600 || left[0]["order"] != float64(many-1) {
		t.Errorf("%d agents are left, the first with the order %v; want %d and %d", len(left), left[0]["order"], many-600, many-1)
	}

	var names []directory.CreateChatGroup
	var departments []string
	for i := range 600 {
		names = append(names, group(fmt.Sprintf("Department %03d", i)))
	}
	departments = s.groups(t, names...)
	listed := s.call(t, s.admin, "GET", "livechat/department?count=0", nil).want(t, 200).objects(t, "departments")
	if len(listed) != 601 || listed[600]["name"] != "Department 599" {
		t.Errorf("%d departments are listed, the last %v; want 601 and Department 599", len(listed), listed[len(listed)-1]["name"])
	}
	s.updateSetting(t, "API_Upper_Count_Limit", 1000)
	for query, want := range map[string][]string{
		"count=550&offset=40":              {"550", "Department 039", "Department 588"},
		"count=1000&offset=599":            {"2", "Department 598", "Department 599"},
		"count=0&offset=99":                {"502", "Department 098", "Department 599"},
		"count=550&offset=40&enabled=true": {"550", "Department 039", "Department 588"},
		"count=0&offset=600&enabled=true":  {"1", "Department 599", "Department 599"},
	} {
		a := s.call(t, s.admin, "GET", "livechat/department?"+query, nil).want(t, 200)
		page := a.objects(t, "departments")
		got := []string{fmt.Sprint(a.body["count"]), fmt.Sprint(page[0]["name"]), fmt.Sprint(page[len(page)-1]["name"])}
		if !slices.Equal(got, want) || a.body["total"] != 601.0 {
			t.Errorf("%s answers %q of %v, want %q of 601", query, got, a.body["total"], want)
		}
	}
	s.call(t, s.admin, "POST", "livechat/agents.saveInfo", object{"agentId": ids["agent0000"], "agentData": object{}, "agentDepartments": departments}).want(t, 200)
	in := s.call(t, s.admin, "GET", "livechat/agents/"+ids["agent0000"]+"/departments", nil).want(t, 200).objects(t, "departments")
	if len(in) != 600 {
		t.Errorf("the agent is in %d departments, want 600", len(in))
	}

	// A list ends where it can't be read on, and not as if it were whole.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/livechat/users/agent?count=0", nil)
	r.Header.Set("X-Auth-Token", s.admin.token)
	r.Header.Set("X-User-Id", s.admin.userID)
	cut := func() (how any) {
		defer func() { how = recover() }()
		s.door.ServeHTTP(leaving{httptest.NewRecorder(), cancel}, r)
		return nil
	}()
	if cut != http.ErrAbortHandler {
		t.Errorf("a list that is cut off ends in %v, want %v", cut, http.ErrAbortHandler)
	}
}

// leaving is a client who goes with the first bytes.
type leaving struct {
	http.ResponseWriter
	leave func()
}

func (l leaving) Write(b []byte) (int, error) {
	l.leave()
	return l.ResponseWriter.Write(b)
}

// TestLongLists holds that calls name no more than they may.
func TestLongLists(t *testing.T) {
	s := startRoster(t)
	id := s.people(t, agent("anna"))["anna"]
	department := s.groups(t, group("One"))[0]
	for _, n := range []int{rocketchat.MaxAsked, rocketchat.MaxAsked + 1} {
		agents, departments := make([]object, n), make([]string, n)
		for i := range n {
			agents[i], departments[i] = object{"agentId": fmt.Sprint(i), "username": "x"}, fmt.Sprint(i)
		}
		want := 200
		if n > rocketchat.MaxAsked {
			want = 400
		}
		s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"upsert": agents, "remove": []object{}}).want(t, want)
		s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"upsert": []object{}, "remove": agents}).want(t, want)
		s.call(t, s.admin, "POST", "livechat/agents.saveInfo", object{"agentId": id, "agentData": object{}, "agentDepartments": departments}).want(t, want)
	}
}

func TestSaveAgent(t *testing.T) {
	s := startRoster(t)
	anna := agent("anna")
	anna.Email = schema.Some(directory.Email("anna@example.com"))
	id := s.people(t, anna)["anna"]
	departments := s.groups(t, group("One"), group("Two"), group("Three"))
	save := func(data object, departments ...string) answer {
		return s.call(t, s.admin, "POST", "livechat/agents.saveInfo", object{"agentId": id, "agentData": data, "agentDepartments": append([]string{}, departments...)})
	}
	get := func() object {
		return s.call(t, s.admin, "GET", "livechat/users/agent", nil).want(t, 200).objects(t, "users")[0]
	}
	for _, test := range []struct {
		limit any
		want  float64
	}{{5, 5}, {"7", 7}, {0, 0}, {"", 1}, {nil, 1}, {1000, 1000}} {
		save(object{"maxNumberSimultaneousChat": test.limit}).want(t, 200)
		if got := get()["livechat"].(object)["maxNumberSimultaneousChat"]; got != test.want {
			t.Errorf("after %v the limit is %v, want %v", test.limit, got, test.want)
		}
	}
	for _, limit := range []any{"many", 1.5, -1, 1001, 1e300, object{}, []int{}, "NaN"} {
		save(object{"maxNumberSimultaneousChat": limit}).want(t, 400)
	}
	save(object{"name": "anna", "username": "anna", "email": "anna@example.com", "voipExtension": "", "none": nil, "off": false, "tags": []any{}}).want(t, 200)
	for _, data := range []object{{"name": "Boris"}, {"email": ""}, {"voipExtension": "12"}, {"on": true}, {"tags": []any{1}}, {"more": object{}}} {
		if data["email"] == "" {
			save(data).want(t, 200) // says nothing
			continue
		}
		save(data).want(t, 400).member(t, "errorType", "error-not-supported")
	}
	for _, test := range []struct{ asked, want []string }{
		{[]string{departments[1], departments[0]}, []string{departments[1], departments[0]}},
		{[]string{departments[0], departments[2], departments[0]}, []string{departments[0], departments[2]}},
		{[]string{"", "nothing", "\x00", departments[2]}, []string{departments[2]}},
		{nil, nil},
	} {
		save(object{}, test.asked...).want(t, 200)
		if got := get()["departments"]; fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("after %q the departments are %q, want %q", test.asked, got, test.want)
		}
	}
}

// TestRemovedAgent holds that a client finds nobody in a department who is no agent.
func TestRemovedAgent(t *testing.T) {
	s := startRoster(t)
	ids := s.people(t, agent("anna"), agent("boris"))
	department := s.groups(t, group("One"))[0]
	s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"remove": []object{}, "upsert": []object{
		{"agentId": ids["anna"], "username": "anna"}, {"agentId": ids["boris"], "username": "boris"},
	}}).want(t, 200)
	agents := func(want string) {
		t.Helper()
		a := s.call(t, s.admin, "GET", "livechat/department/"+department, nil).want(t, 200)
		if got := fmt.Sprint(column(a.objects(t, "agents"), "username"), a.object(t, "department")["numAgents"]); got != want {
			t.Errorf("the department has %s, want %s", got, want)
		}
	}
	agents("[anna boris] 2")
	s.call(t, s.admin, "DELETE", "livechat/users/agent/"+ids["anna"], nil).want(t, 200)
	agents("[boris] 1")
	if got := s.call(t, s.admin, "GET", "livechat/agents/"+ids["anna"]+"/departments", nil).want(t, 200).objects(t, "departments"); len(got) != 0 {
		t.Errorf("who is no agent is in %v", got)
	}
	s.call(t, s.admin, "POST", "livechat/users/manager", object{"username": "anna"}).want(t, 200)
	manager := s.call(t, s.admin, "GET", "livechat/users/manager", nil).want(t, 200).objects(t, "users")[0]
	if fmt.Sprintf("%v %v", manager["departments"], manager["statusLivechat"]) != "[] not-available" {
		t.Errorf("a manager who was an agent is %v", manager)
	}
	// The group has kept her.
	s.call(t, s.admin, "POST", "livechat/users/agent", object{"username": "anna"}).want(t, 200)
	agents("[anna boris] 2")
	s.call(t, s.admin, "DELETE", "livechat/users/agent/"+ids["anna"], nil).want(t, 200)
	// Who is put into a department is an agent.
	s.call(t, s.admin, "POST", "livechat/department/"+department+"/agents", object{"remove": []object{}, "upsert": []object{{"agentId": ids["anna"], "username": "anna", "order": 3}}}).want(t, 200)
	agents("[anna boris] 2")
	if got := s.call(t, s.admin, "GET", "livechat/users/agent/"+ids["anna"], nil).want(t, 200).object(t, "user")["statusLivechat"]; got != "available" {
		t.Errorf("then statusLivechat is %v", got)
	}
}
