package dialect_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/iadvize"
)

// iAdvizeREST is the door of iAdvize's REST.
type iAdvizeREST struct {
	client
	account               any
	groups, skills, sites map[string]any // ids by name
}

func newIAdvizeREST(t testing.TB, base, key string) *iAdvizeREST {
	d := &iAdvizeREST{client: client{url: base + iadvize.RESTPrefix, header: http.Header{"X-Api-Key": {key}}}}
	list := func(resource, name string) map[string]any {
		ids := map[string]any{}
		for _, row := range each(d.call(t, http.MethodGet, resource+"?full=1", nil)) {
			ids[in(row, name).(string)] = in(row, "id")
		}
		return ids
	}
	d.groups, d.skills, d.sites = list("group", "name"), list("skill", "name"), map[string]any{}
	for address, id := range list("website", "url") {
		d.sites[strings.TrimPrefix(address, "https://")] = id
	}
	d.account = in(first(d.call(t, http.MethodGet, "client", nil)), "id")
	return d
}

// call returns the data of an answer that is good. What a write says goes as a form.
func (d *iAdvizeREST) call(t testing.TB, method, path string, fields object) any {
	t.Helper()
	var body any
	if method != http.MethodGet {
		form := url.Values{}
		for name, value := range fields {
			bracket(form, name, value)
		}
		body = form
	}
	response, answer := d.send(t, method, path, body)
	if response.StatusCode >= http.StatusBadRequest || in(answer, "meta", "status") != "success" {
		t.Fatalf("%s %s %v: %d %v", method, path, fields, response.StatusCode, answer)
	}
	return in(answer, "data")
}

// bracket puts a value into a form as PHP does.
func bracket(form url.Values, name string, value any) {
	switch v := value.(type) {
	case object:
		for member, v := range v {
			bracket(form, name+"["+member+"]", v)
		}
	case []any:
		if len(v) == 0 {
			form.Set(name, "")
		}
		for i, v := range v {
			bracket(form, fmt.Sprintf("%s[%d]", name, i), v)
		}
	case bool:
		form.Set(name, map[bool]string{true: "1", false: "0"}[v])
	default:
		form.Set(name, fmt.Sprint(v))
	}
}

func (d *iAdvizeREST) Name() string { return "iAdvize REST" }

func (d *iAdvizeREST) Contract() dialect.Contract { return iadvize.RESTContract() }

// restNames are the fields of operators that are told as they are, and can be written.
var restNames = map[string]string{
	"first_name":                    "first_name",
	"last_name":                     "name",
	dialecttest.ShownName:           "pseudo",
	"email":                         "email",
	"password":                      "password",
	"external_id":                   "external_id",
	"channels.chat.enabled":         "chat_enabled",
	"channels.chat.slots":           "chat_max_number",
	"channels.call.enabled":         "call_enabled",
	"channels.video.enabled":        "video_enabled",
	"channels.chat_and_call":        "chat_and_call",
	"channels.chat_to_video":        "chat_to_video",
	"call_settings.ask_number":      "call_config.ask_phone_number_at_every_connection",
	"call_settings.phone":           "call_config.phone_number",
	"interface_language":            "language_admin",
	"call_settings.from_phone":      "call_config.type",
	"languages":                     "language_list",
	"roles":                         "roles",
	"skills":                        "skill_list",
	"seat.sites":                    "website_list",
	dialecttest.FirstGroup:          "group_id",
	"channels.chat.available":       "live.chat.available",
	"channels.call.available":       "live.call.available",
	"channels.video.available":      "live.video.available",
	dialecttest.Presence:            "live.connected",
	"profile.status":                "profile.status",
	"profile.description":           "profile.description",
	"profile.facebook":              "profile.facebook",
	"profile.city":                  "profile.city",
	"profile.country":               "profile.country",
	dialecttest.Preferred + "chat":  "chat_priority",
	dialecttest.Preferred + "call":  "call_priority",
	dialecttest.Preferred + "video": "video_priority",
}

func (d *iAdvizeREST) Writes(field string, value any) bool {
	if field == dialecttest.Presence {
		return value == "unavailable"
	}
	return restNames[field] != ""
}

// iAdvizeRoles are the roles by which employees administer.
var iAdvizeRoles = map[string]string{"admin": "administrator", "manager": "manager"}

// fields are what says p: of an operator, and in live and profile of these.
func (d *iAdvizeREST) fields(p dialecttest.Person) object {
	o := object{}
	for field, value := range p {
		switch field {
		case "roles":
			roles := []any{}
			for word, role := range iAdvizeRoles {
				if slices.Contains(value.([]string), role) {
					roles = append(roles, word)
				}
			}
			value = roles
		case "skills":
			value = idsOf(d.skills, value)
		case "seat.sites":
			value = idsOf(d.sites, value)
		case "languages":
			value = anys(value.([]string))
		case dialecttest.FirstGroup:
			value = d.groups[value.(string)]
		case dialecttest.Presence:
			value = false
		case "call_settings.from_phone":
			value = map[any]string{true: "ANSWER_FROM_PHONE", false: "ANSWER_FROM_DESK"}[value]
		case dialecttest.Preferred + "chat", dialecttest.Preferred + "call", dialecttest.Preferred + "video":
			value = map[any]int{true: 10, false: 0}[value]
		}
		put(o, restNames[field], value)
	}
	return o
}

func (d *iAdvizeREST) Create(t testing.TB, p dialecttest.Person) {
	t.Helper()
	o := d.fields(p)
	o["password"] = password
	d.write(t, o, func(o object) any { return in(d.call(t, http.MethodPost, "operator", o), "id") })
}

// write has an operator written, who has an id then, and after that what of them has a
// path of its own.
func (d *iAdvizeREST) write(t testing.TB, o object, write func(object) (id any)) {
	t.Helper()
	apart := map[string]any{"live": o["live"], "profile": o["profile"]}
	delete(o, "live")
	delete(o, "profile")
	id := write(o)
	for path, fields := range apart {
		if fields != nil {
			d.call(t, http.MethodPut, fmt.Sprintf("operator/%v/%s", id, path), fields.(object))
		}
	}
}

// operator is what the list of operators tells of who; nil if there is nobody.
func (d *iAdvizeREST) operator(t testing.TB, who dialecttest.Person) object {
	t.Helper()
	by := "email"
	if who["id"] != nil {
		by = "id"
	}
	for _, row := range each(d.call(t, http.MethodGet, "operator?full=1&"+url.Values{"filters[" + by + "]": {fmt.Sprint(who[by])}}.Encode(), nil)) {
		return row.(object)
	}
	return nil
}

func (d *iAdvizeREST) Find(t testing.TB, who dialecttest.Person) dialecttest.Person {
	t.Helper()
	o := d.operator(t, who)
	if o == nil {
		return nil
	}
	for _, path := range []string{"live", "profile", "statistic"} {
		o[path] = d.call(t, http.MethodGet, fmt.Sprintf("operator/%v/%s", o["id"], path), nil)
	}
	o["client"] = object{"id": d.account}
	p := dialecttest.Told(d.Contract(), o)
	delete(p, "display_name")
	delete(p, "seat.display_name")
	p[dialecttest.ShownName], p["roles"] = o["pseudo"], grants(o["roles"], iAdvizeRoles)
	p["skills"], p["seat.sites"] = named(d.skills, each(o["skill_list"])), named(d.sites, each(o["website_list"]))
	p["call_settings.from_phone"] = in(o, "call_config", "type") == "ANSWER_FROM_PHONE"
	p[dialecttest.FirstGroup] = nil
	for _, name := range named(d.groups, []any{o["group_id"]}) {
		p[dialecttest.FirstGroup] = name
	}
	for _, channel := range channels[:3] { // it knows nothing of the last
		p[dialecttest.Preferred+channel] = o[channel+"_priority"] == 10.
		p[dialecttest.Takes+channel], p[dialecttest.Ongoing+channel] = in(o, "live", channel, "available"), whole(in(o, "live", channel, "slot_number"))
	}
	p[dialecttest.Connected], p[dialecttest.Conversations] = in(o, "live", "connected"), whole(in(o, "statistic", "conversation_number"))
	p[dialecttest.Presence] = presenceOf(p)
	return p
}

func (d *iAdvizeREST) Change(t testing.TB, who, change dialecttest.Person) {
	t.Helper()
	id := d.operator(t, who)["id"]
	d.write(t, d.fields(change), func(o object) any {
		if len(o) > 0 {
			d.call(t, http.MethodPut, fmt.Sprintf("operator/%v", id), o)
		}
		return id
	})
}

func (d *iAdvizeREST) Delete(t testing.TB, who dialecttest.Person) {
	t.Helper()
	d.call(t, http.MethodDelete, fmt.Sprintf("operator/%v", d.operator(t, who)["id"]), nil)
}
