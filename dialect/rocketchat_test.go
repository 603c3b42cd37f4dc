package dialect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/rocketchat"
)

// rocketChat is the door of Rocket.Chat.
type rocketChat struct {
	client
	departments map[string]any // ids by name
}

func newRocketChat(t testing.TB, url string) *rocketChat {
	d := &rocketChat{client{url: url + "/api/v1/", header: http.Header{}}, map[string]any{}}
	session := in(d.call(t, http.MethodPost, "login", object{"user": admin, "password": password}), "data")
	d.header.Set("X-User-Id", in(session, "userId").(string))
	d.header.Set("X-Auth-Token", in(session, "authToken").(string))
	for _, department := range each(in(d.call(t, http.MethodGet, "livechat/department", nil), "departments")) {
		d.departments[in(department, "name").(string)] = in(department, "_id")
	}
	return d
}

// call returns the answer to a call that is good.
func (d *rocketChat) call(t testing.TB, method, path string, body any) any {
	t.Helper()
	response, answer := d.send(t, method, path, body)
	if response.StatusCode != http.StatusOK || in(answer, "success") != true {
		t.Fatalf("%s %s %v: %d %v", method, path, body, response.StatusCode, answer)
	}
	return answer
}

func (d *rocketChat) signsIn(t testing.TB, login, password string) bool {
	t.Helper()
	response, answer := d.send(t, http.MethodPost, "login", object{"user": login, "password": password})
	return response.StatusCode == http.StatusOK && in(answer, "data", "authToken") != nil
}

func (d *rocketChat) Name() string { return "Rocket.Chat" }

func (d *rocketChat) Contract() dialect.Contract { return rocketchat.Contract() }

// rocketStatuses are the statuses by what others see of them, rocketShows the other
// way round.
var (
	rocketStatuses = map[string]string{"available": "online", "away": "away", "dnd": "busy", "unavailable": "offline"}
	rocketShows    = map[any]dialecttest.AnyOf{"online": {"available", "chat"}, "away": {"away", "xa"}, "busy": {"dnd"}, "offline": {"unavailable"}}
)

func (d *rocketChat) Writes(field string, value any) bool {
	if field == dialecttest.Presence {
		return rocketStatuses[value.(string)] != ""
	}
	return slices.Contains([]string{
		"handle", dialecttest.ShownName, "email", "roles", "status_text", "groups", "extension.number",
		"channels.chat.enabled", "channels.chat.available", "channels.chat.slots", "profile.description",
	}, field)
}

// data is what users.create and users.update are told of p, who has roles.
func (d *rocketChat) data(p dialecttest.Person, roles []string) object {
	o := object{}
	for field, name := range map[string]string{
		"handle": "username", dialecttest.ShownName: "name", "email": "email", "status_text": "statusText", "extension.number": "freeSwitchExtension", "profile.description": "bio",
	} {
		if value, given := p[field]; given {
			o[name] = value
		}
	}
	set := func(role string, has bool) {
		roles = slices.DeleteFunc(roles, func(r string) bool { return r == role })
		if has {
			roles = append(roles, role)
		}
	}
	if given, is := p["roles"].([]string); is {
		set("admin", slices.Contains(given, "administrator"))
		set("livechat-manager", slices.Contains(given, "manager"))
	}
	if agent, is := p["channels.chat.enabled"].(bool); is {
		set("livechat-agent", agent)
	}
	o["roles"] = roles
	return o
}

func (d *rocketChat) Create(t testing.TB, p dialecttest.Person) {
	t.Helper()
	data := d.data(p, []string{"user"})
	data["password"] = password
	d.finish(t, in(d.call(t, http.MethodPost, "users.create", data), "user"), p)
}

// finish says what users.create and users.update cannot be told of a user.
func (d *rocketChat) finish(t testing.TB, user any, p dialecttest.Person) {
	t.Helper()
	id := in(user, "_id")
	if show, given := p[dialecttest.Presence]; given {
		d.call(t, http.MethodPost, "users.setStatus", object{"userId": id, "status": rocketStatuses[show.(string)]})
	}
	agent, departments := object{}, []any{}
	if slots, given := p["channels.chat.slots"]; given {
		agent["maxNumberSimultaneousChat"] = fmt.Sprint(slots)
	}
	groups, given := p["groups"].([]string)
	for _, group := range groups {
		departments = append(departments, d.departments[group])
	}
	if given || len(agent) > 0 {
		d.call(t, http.MethodPost, "livechat/agents.saveInfo", object{"agentId": id, "agentData": agent, "agentDepartments": departments})
	}
	if available, is := p["channels.chat.available"].(bool); is {
		status := map[bool]string{true: "available", false: "not-available"}[available]
		d.call(t, http.MethodPost, "livechat/agent.status", object{"agentId": id, "status": status})
	}
}

// user is what users.info tells of who; nil if there is nobody.
func (d *rocketChat) user(t testing.TB, who dialecttest.Person) object {
	t.Helper()
	by := "username=" + url.QueryEscape(fmt.Sprint(who["handle"]))
	if who["handle"] == nil {
		by = "email=" + url.QueryEscape(fmt.Sprint(who["email"]))
	}
	response, answer := d.send(t, http.MethodGet, "users.info?"+by, nil)
	if response.StatusCode == http.StatusBadRequest {
		return nil
	}
	return in(answer, "user").(object)
}

func (d *rocketChat) Find(t testing.TB, who dialecttest.Person) dialecttest.Person {
	t.Helper()
	user := d.user(t, who)
	if user == nil {
		return nil
	}
	id := user["_id"].(string)
	p := dialecttest.Told(d.Contract(), user)
	for _, field := range []string{"first_name", "last_name", "seat.display_name", "display_name", "status_id", "time_zone", "groups"} {
		delete(p, field) // they are told together with others, or elsewhere
	}
	p["blocked"], p["external_id"] = user["active"] != true, first(user["importIds"])
	address := first(user["emails"])
	p["email"], p["email_verified"] = in(address, "address"), in(address, "verified")
	roles := user["roles"]
	p["roles"] = grants(roles, map[string]string{"admin": "administrator", "livechat-manager": "manager"})
	p[dialecttest.ShownName], p[dialecttest.Presence] = user["name"], rocketShows[user["status"]]
	p[dialecttest.UTCOffset], p[dialecttest.Connected] = user["utcOffset"], user["statusConnection"] == "online"
	p["created_at"] = moment(t, user["createdAt"])
	p["channels.chat.enabled"] = slices.Contains(each(roles), any("livechat-agent"))
	delete(p, "channels.chat.available") // both are told of agents alone
	delete(p, "channels.chat.slots")
	if p["channels.chat.enabled"] == true {
		agent := in(d.call(t, http.MethodGet, "livechat/users/agent/"+id, nil), "user")
		slots, _ := in(agent, "livechat", "maxNumberSimultaneousChat").(float64)
		p["channels.chat.available"], p["channels.chat.slots"] = in(agent, "statusLivechat") == "available", int64(slots)
		groups := []string{}
		for _, department := range each(in(d.call(t, http.MethodGet, "livechat/agents/"+id+"/departments", nil), "departments")) {
			groups = append(groups, in(department, "departmentName").(string))
		}
		slices.Sort(groups)
		p["groups"] = groups
	}
	return p
}

func (d *rocketChat) Change(t testing.TB, who, change dialecttest.Person) {
	t.Helper()
	user := d.user(t, who)
	roles := []string{}
	for _, role := range each(user["roles"]) {
		roles = append(roles, role.(string))
	}
	d.call(t, http.MethodPost, "users.update", object{"userId": user["_id"], "data": d.data(change, roles)})
	d.finish(t, user, change)
}

func (d *rocketChat) Delete(t testing.TB, who dialecttest.Person) {
	t.Helper()
	d.call(t, http.MethodPost, "users.delete", object{"userId": d.user(t, who)["_id"]})
}
