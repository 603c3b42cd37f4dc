package rocketchat_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
)

// TestAgents holds the door to what the vendor's own end-to-end suite for agents
// asks of a server, said anew: the same calls in the same order, over a socket, and
// all that they need set up through the API. Not here are its blocks about visitors
// and their rooms, and about business hours.
func TestAgents(t *testing.T) {
	s := startSuite(t)
	s.admin = s.login(t, suiteAdmin, suiteAdmin)
	s.updateSetting(t, "Livechat_enabled", true)
	s.updateSetting(t, "Livechat_Routing_Method", "Manual_Selection")
	s.updateSetting(t, "Omnichannel_enable_department_removal", true)
	agent, manager := s.createAgent(t, suiteAdmin), s.createManager(t, suiteAdmin)

	second := s.createUser(t, nil)
	secondSession := s.login(t, second.username, suitePassword)
	s.createAgent(t, second.username)
	s.makeAgentAvailable(t, secondSession)

	t.Run("GET livechat/users/:type", func(t *testing.T) {
		t.Run("forbidden without the permissions", func(t *testing.T) {
			permissions := []string{"edit-omnichannel-contact", "transfer-livechat-guest", "manage-livechat-agents"}
			for _, p := range permissions {
				s.updatePermission(t, p)
			}
			s.call(t, s.admin, "GET", "livechat/users/agent", nil).want(t, 403)
			for _, p := range permissions {
				s.updatePermission(t, p, "admin")
			}
		})
		t.Run("neither agents nor managers", func(t *testing.T) {
			a := s.call(t, s.admin, "GET", "livechat/users/invalid-type", nil).want(t, 400)
			a.member(t, "success", false)
			a.member(t, "error", "Invalid type")
		})
		t.Run("agents", func(t *testing.T) {
			if users := s.list(t, "livechat/users/agent"); !slices.ContainsFunc(users, hasID(agent.id)) {
				t.Errorf("%s is not among the agents %v", agent.id, users)
			}
		})
		t.Run("available agents", func(t *testing.T) {
			users := s.list(t, "livechat/users/agent?onlyAvailable=true")
			everyOne(t, users, "statusLivechat", "available")
		})
		t.Run("agents whether available or not", func(t *testing.T) {
			users := s.list(t, "livechat/users/agent?onlyAvailable=false")
			everyOne(t, users, "statusLivechat", nil, "available", "not-available")
		})
		t.Run("offline agents too", func(t *testing.T) {
			s.setUserStatus(t, secondSession, "offline")
			users := s.list(t, "livechat/users/agent?showIdleAgents=true")
			everyOne(t, users, "status", nil, "online", "offline", "away", "busy")
			if !slices.ContainsFunc(users, hasID(second.id)) {
				t.Errorf("%s is offline and not among %v", second.id, users)
			}
		})
		t.Run("no offline agents", func(t *testing.T) {
			s.setUserStatus(t, secondSession, "online")
			users := s.list(t, "livechat/users/agent?showIdleAgents=false")
			everyOne(t, users, "status", "online", "away", "busy")
			if !slices.ContainsFunc(users, hasID(second.id)) {
				t.Errorf("%s is online and not among %v", second.id, users)
			}
		})
		t.Run("managers", func(t *testing.T) {
			if users := s.list(t, "livechat/users/manager"); !slices.ContainsFunc(users, hasID(manager.id)) {
				t.Errorf("%s is not among the managers %v", manager.id, users)
			}
		})
	})

	t.Run("POST livechat/users/:type", func(t *testing.T) {
		t.Run("forbidden without the permission", func(t *testing.T) {
			s.updatePermission(t, "view-livechat-manager")
			s.call(t, s.admin, "POST", "livechat/users/agent", object{"username": "test-agent"}).want(t, 403)
			s.updatePermission(t, "view-livechat-manager", "admin")
		})
		t.Run("neither an agent nor a manager", func(t *testing.T) {
			s.call(t, s.admin, "POST", "livechat/users/invalid-type", object{"username": "test-agent"}).want(t, 400)
		})
		t.Run("nobody has the username", func(t *testing.T) {
			s.call(t, s.admin, "POST", "livechat/users/agent", object{"username": "mr-not-valid"}).want(t, 400)
		})
		for _, kind := range []string{"agent", "manager"} {
			t.Run("a new "+kind, func(t *testing.T) {
				u := s.createUser(t, nil)
				a := s.call(t, s.admin, "POST", "livechat/users/"+kind, object{"username": u.username}).want(t, 200)
				a.member(t, "success", true)
				made := a.object(t, "user")
				if made["_id"] != u.id || made["username"] != u.username {
					t.Errorf("the answer is about %v, want %v", made, u)
				}
				s.deleteUser(t, u)
			})
		}
	})

	t.Run("GET livechat/users/:type/:_id", func(t *testing.T) {
		t.Run("forbidden without the permission", func(t *testing.T) {
			s.updatePermission(t, "view-livechat-manager")
			s.call(t, s.admin, "GET", "livechat/users/agent/id"+agent.id, nil).want(t, 403)
			s.updatePermission(t, "view-livechat-manager", "admin")
		})
		u := s.createUser(t, nil)
		t.Run("neither an agent nor a manager", func(t *testing.T) {
			s.call(t, s.admin, "GET", "livechat/users/invalid-type/"+agent.id, nil).want(t, 400)
		})
		t.Run("an agent", func(t *testing.T) {
			a := s.call(t, s.admin, "GET", "livechat/users/agent/"+agent.id, nil).want(t, 200)
			a.member(t, "success", true)
			got := a.object(t, "user")
			if got["_id"] != agent.id || got["username"] != agent.username {
				t.Errorf("the answer is about %v, want %v", got, agent)
			}
			if roles, told := got["roles"]; told {
				t.Errorf("the answer tells of roles: %v", roles)
			}
		})
		for _, kind := range []string{"agent", "manager"} {
			t.Run("someone who is no "+kind, func(t *testing.T) {
				a := s.call(t, s.admin, "GET", "livechat/users/"+kind+"/"+u.id, nil).want(t, 200)
				a.member(t, "success", true)
				a.member(t, "user", nil)
			})
		}
		s.deleteUser(t, u)
	})

	t.Run("DELETE livechat/users/:type/:_id", func(t *testing.T) {
		t.Run("forbidden without the permission", func(t *testing.T) {
			s.updatePermission(t, "view-livechat-manager")
			s.call(t, s.admin, "DELETE", "livechat/users/agent/id", nil).want(t, 403)
			s.updatePermission(t, "view-livechat-manager", "admin")
		})
		t.Run("neither an agent nor a manager", func(t *testing.T) {
			s.call(t, s.admin, "DELETE", "livechat/users/invalid-type/id", nil).want(t, 400)
		})
		t.Run("nobody has the id", func(t *testing.T) {
			s.call(t, s.admin, "DELETE", "livechat/users/agent/invalid-id", nil).want(t, 400)
		})
		t.Run("an agent", func(t *testing.T) {
			u := s.createAgent(t, suiteAdmin)
			s.call(t, s.admin, "DELETE", "livechat/users/agent/"+u.id, nil).want(t, 200)
		})
	})

	// The administrator is no agent any more when this begins.
	t.Run("GET livechat/agents/:agentId/departments", func(t *testing.T) {
		departments := []string{s.createDepartment(t, "North", true, s.admin.userID), s.createDepartment(t, "South", false, s.admin.userID)}
		t.Run("forbidden without the permission", func(t *testing.T) {
			s.updatePermission(t, "view-l-room")
			s.call(t, s.admin, "GET", "livechat/agents/"+agent.id+"/departments", nil).want(t, 403)
			s.updatePermission(t, "view-l-room", "livechat-manager", "livechat-agent", "admin")
		})
		t.Run("nobody has the id", func(t *testing.T) {
			a := s.call(t, s.admin, "GET", "livechat/agents/invalid-id/departments", nil).want(t, 200)
			a.member(t, "success", true)
			if got := a.objects(t, "departments"); len(got) > 0 {
				t.Errorf("nobody is in %v", got)
			}
		})
		t.Run("all departments", func(t *testing.T) {
			a := s.call(t, s.admin, "GET", "livechat/agents/"+agent.id+"/departments", nil).want(t, 200)
			a.member(t, "success", true)
			got := a.objects(t, "departments")
			if len(got) != 2 {
				t.Fatalf("the agent is in %v, want two departments", got)
			}
			for _, d := range got {
				if _, isText := d["departmentName"].(string); !isText || d["agentId"] != agent.id {
					t.Errorf("departmentName and agentId are %v and %v, want a text and %s", d["departmentName"], d["agentId"], agent.id)
				}
			}
		})
		t.Run("enabled departments", func(t *testing.T) {
			a := s.call(t, s.admin, "GET", "livechat/agents/"+agent.id+"/departments?enabledDepartmentsOnly=true", nil).want(t, 200)
			a.member(t, "success", true)
			if got := a.objects(t, "departments"); len(got) != 1 || got[0]["departmentEnabled"] != true {
				t.Errorf("the agent is in %v, want the one that is enabled", got)
			}
		})
		for _, id := range departments {
			s.call(t, s.admin, "DELETE", "livechat/department/"+id, nil).want(t, 200)
		}
	})

	t.Run("POST livechat/agent.status", func(t *testing.T) {
		t.Run("forbidden without the permission to have a status", func(t *testing.T) {
			s.updatePermission(t, "view-l-room")
			s.call(t, s.admin, "POST", "livechat/agent.status", object{"status": "not-available"}).want(t, 403)
			s.restorePermission(t, "view-l-room")
		})
		t.Run("forbidden without the permission to change another's", func(t *testing.T) {
			s.updatePermission(t, "manage-livechat-agents")
			s.call(t, s.admin, "POST", "livechat/agent.status", object{"status": "available", "agentId": second.id}).want(t, 403)
			s.restorePermission(t, "manage-livechat-agents")
		})
		t.Run("someone who is no agent", func(t *testing.T) {
			u := s.createUser(t, object{"roles": []string{"livechat-manager"}})
			session := s.login(t, u.username, suitePassword)
			a := s.call(t, session, "POST", "livechat/agent.status", object{"status": "available", "agentId": u.id}).want(t, 404)
			a.member(t, "success", false)
			a.member(t, "error", "Agent not found")
			s.deleteUser(t, u)
		})
		t.Run("no such status", func(t *testing.T) {
			a := s.call(t, secondSession, "POST", "livechat/agent.status", object{"status": "invalid-status", "agentId": second.id}).want(t, 400)
			a.member(t, "success", false)
			if _, told := a.body["error"]; !told {
				t.Errorf("%v tells no error", a.body)
			}
		})
		t.Run("nobody has the id", func(t *testing.T) {
			a := s.call(t, secondSession, "POST", "livechat/agent.status", object{"status": "available", "agentId": "invalid-agent-id"}).want(t, 404)
			a.member(t, "success", false)
			a.member(t, "error", "Agent not found")
		})
		for _, c := range []struct {
			name string
			by   session
		}{{"one's own", secondSession}, {"another's", s.admin}} {
			t.Run(c.name, func(t *testing.T) {
				status := other(s.statusLivechat(t, secondSession))
				a := s.call(t, c.by, "POST", "livechat/agent.status", object{"status": status, "agentId": second.id}).want(t, 200)
				a.member(t, "success", true)
				a.member(t, "status", status)
				if got := s.statusLivechat(t, secondSession); got != status {
					t.Errorf("then the status is %s, want %s", got, status)
				}
			})
		}
	})

	s.updateSetting(t, "Omnichannel_enable_department_removal", false)
	s.deleteUser(t, second)
}

// other is the status that an agent has not.
func other(status string) string {
	if status == "available" {
		return "not-available"
	}
	return "available"
}

// suitePassword is that of the users that the suite creates.
const suitePassword = "rocket.chat"

type object = map[string]any

// suite is a server and its administrator's session.
type suite struct {
	url   string
	admin session
	users int // made so far
}

type session struct{ userID, token string }

type user struct{ id, username string }

// answer is a response that has a JSON object as its body.
type answer struct {
	call        string
	status      int
	contentType string
	body        object
}

// call sends a request for a session; the zero session is nobody's.
func (s *suite) call(t *testing.T, as session, method, path string, body any) answer {
	t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+"/api/v1/"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != (session{}) {
		r.Header.Set("X-Auth-Token", as.token)
		r.Header.Set("X-User-Id", as.userID)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{call: method + " " + path + " " + string(text), status: response.StatusCode, contentType: response.Header.Get("Content-Type")}
	if err := json.UnmarshalRead(response.Body, &a.body); err != nil {
		t.Fatalf("%s answers what is no object: %v", a.call, err)
	}
	return a
}

// want is a, which must have the status and, to the letter, the media type.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status || a.contentType != "application/json" {
		t.Fatalf("%s answers %d, %q, %v; want %d, %q", a.call, a.status, a.contentType, a.body, status, "application/json")
	}
	return a
}

// member holds that the body has a member with a value.
func (a answer) member(t *testing.T, name string, want any) {
	t.Helper()
	if got, there := a.body[name]; !there || got != want {
		t.Errorf("%s answers %v, want %v as its %s", a.call, a.body, want, name)
	}
}

func (a answer) object(t *testing.T, name string) object {
	t.Helper()
	value, is := a.body[name].(object)
	if !is {
		t.Fatalf("%s answers %v, want an object as its %s", a.call, a.body, name)
	}
	return value
}

func (a answer) objects(t *testing.T, name string) []object {
	t.Helper()
	values, is := a.body[name].([]any)
	if !is {
		t.Fatalf("%s answers %v, want an array as its %s", a.call, a.body, name)
	}
	objects := make([]object, len(values))
	for i, value := range values {
		objects[i] = value.(object)
	}
	return objects
}

// list reads users.
func (s *suite) list(t *testing.T, path string) []object {
	t.Helper()
	a := s.call(t, s.admin, "GET", path, nil).want(t, 200)
	a.member(t, "success", true)
	for _, name := range []string{"offset", "total", "count"} {
		if _, is := a.body[name].(float64); !is {
			t.Errorf("%s answers %v as its %s, want a number", path, a.body[name], name)
		}
	}
	users := a.objects(t, "users")
	if len(users) == 0 {
		t.Errorf("%s answers nobody", path)
	}
	return users
}

func hasID(id string) func(object) bool {
	return func(user object) bool { return user["_id"] == id }
}

// everyOne holds that each of users has one of the values.
func everyOne(t *testing.T, users []object, member string, values ...any) {
	t.Helper()
	for _, user := range users {
		if value, there := user[member]; !there || !slices.Contains(values, value) {
			t.Errorf("%v has the %s %v, want one of %v", user["username"], member, value, values)
		}
	}
}

func (s *suite) login(t *testing.T, name, password string) session {
	t.Helper()
	data := s.call(t, session{}, "POST", "login", object{"user": name, "password": password}).want(t, 200).object(t, "data")
	id, _ := data["userId"].(string)
	token, _ := data["authToken"].(string)
	if id == "" || token == "" {
		t.Fatalf("the login of %s answers %v, want userId and authToken", name, data)
	}
	return session{id, token}
}

func (s *suite) updateSetting(t *testing.T, id string, value any) {
	t.Helper()
	s.call(t, s.admin, "POST", "settings/"+id, object{"value": value}).want(t, 200)
}

func (s *suite) updatePermission(t *testing.T, id string, roles ...string) {
	t.Helper()
	if roles == nil {
		roles = []string{}
	}
	s.call(t, s.admin, "POST", "permissions.update", object{"permissions": []object{{"_id": id, "roles": roles}}}).want(t, 200)
}

// restorePermission gives a permission to the roles that have it at first.
func (s *suite) restorePermission(t *testing.T, id string) {
	t.Helper()
	roles := map[string][]string{
		"view-l-room":            {"livechat-manager", "livechat-monitor", "livechat-agent", "admin"},
		"manage-livechat-agents": {"livechat-manager", "livechat-monitor", "admin"},
	}
	s.updatePermission(t, id, roles[id]...)
}

func (s *suite) createUser(t *testing.T, more object) user {
	t.Helper()
	s.users++
	name := fmt.Sprintf("user.test.%d", s.users)
	body := object{"email": name + "@rocket.chat", "name": name, "username": name, "password": suitePassword}
	for member, value := range more {
		body[member] = value
	}
	return userIn(t, s.call(t, s.admin, "POST", "users.create", body).want(t, 200))
}

func (s *suite) deleteUser(t *testing.T, u user) {
	t.Helper()
	s.call(t, s.admin, "POST", "users.delete", object{"userId": u.id}).want(t, 200)
}

func (s *suite) createAgent(t *testing.T, username string) user {
	t.Helper()
	return userIn(t, s.call(t, s.admin, "POST", "livechat/users/agent", object{"username": username}).want(t, 200))
}

func (s *suite) createManager(t *testing.T, username string) user {
	t.Helper()
	return userIn(t, s.call(t, s.admin, "POST", "livechat/users/manager", object{"username": username}).want(t, 200))
}

func userIn(t *testing.T, a answer) user {
	t.Helper()
	u := a.object(t, "user")
	id, _ := u["_id"].(string)
	username, _ := u["username"].(string)
	if id == "" || username == "" {
		t.Fatalf("%s answers %v, want a user with _id and username", a.call, a.body)
	}
	return user{id, username}
}

func (s *suite) makeAgentAvailable(t *testing.T, as session) {
	t.Helper()
	s.restorePermission(t, "view-l-room")
	s.setUserStatus(t, as, "online")
	s.call(t, as, "POST", "livechat/agent.status", object{"status": "available"}).want(t, 200)
}

func (s *suite) setUserStatus(t *testing.T, as session, status string) {
	t.Helper()
	s.call(t, as, "POST", "users.setStatus", object{"message": "", "status": status}).want(t, 200)
}

// statusLivechat is that of who has the session.
func (s *suite) statusLivechat(t *testing.T, as session) string {
	t.Helper()
	status, _ := s.call(t, as, "GET", "me", nil).want(t, 200).body["statusLivechat"].(string)
	return status
}

// createDepartment answers the id of a department that has one agent.
func (s *suite) createDepartment(t *testing.T, name string, enabled bool, agentID string) string {
	t.Helper()
	a := s.call(t, s.admin, "POST", "livechat/department", object{
		"department": object{"enabled": enabled, "name": name, "email": name + "@example.com", "showOnRegistration": true, "showOnOfflineForm": true},
		"agents":     []object{{"agentId": agentID}},
	}).want(t, 200)
	id, _ := a.object(t, "department")["_id"].(string)
	return id
}
