package dialect_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/directory"
)

// dataAPI is the native door.
type dataAPI struct {
	client
	token         any
	groups, sites map[string]any // ids by name
	skills        map[string]any // likewise, learnt elsewhere
}

func newDataAPI(t testing.TB, url string) *dataAPI {
	d := &dataAPI{client: client{url: url}, groups: map[string]any{}, sites: map[string]any{}}
	d.token = in(d.call(t, "login.user", object{"login": admin, "password": password}), "access_token")
	for _, group := range each(d.call(t, "get.group_employees", object{})) {
		d.groups[in(group, "name").(string)] = in(group, "id")
	}
	for _, site := range each(d.call(t, "get.sites", object{})) {
		d.sites[in(site, "domain_name").(string)] = in(site, "id")
	}
	return d
}

// call returns the data of a result.
func (d *dataAPI) call(t testing.TB, method string, params object) any {
	t.Helper()
	if d.token != nil {
		params["access_token"] = d.token
	}
	_, answer := d.send(t, http.MethodPost, "/v2.0", object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	data := in(answer, "result", "data")
	if data == nil {
		t.Fatalf("%s %v: %v", method, params, answer)
	}
	return data
}

func (d *dataAPI) signsIn(t testing.TB, login, password string) bool {
	t.Helper()
	_, answer := d.send(t, http.MethodPost, "/v2.0", object{"jsonrpc": "2.0", "id": 1, "method": "login.user", "params": object{"login": login, "password": password}})
	return in(answer, "result", "data", "access_token") != nil
}

func (d *dataAPI) Name() string { return "Data API" }

func (d *dataAPI) Contract() dialect.Contract {
	fields := map[string]dialect.Field{}
	for path, name := range map[string]string{
		"extension.number": "extension.extension_phone_number", "extension.voice_mail_enabled": "extension.extension_voice_mail_enabled", "extension.queue_enabled": "extension.extension_queue_enabled",
		"coach.id": "coach.coach_id", "coach.always_enabled": "coach.coach_always_enabled",
		"groups": "groups.group_name", "skills": "skills.skill_name", "number_ids": "phone_numbers.phone_number",
		"directions.in_external": "in_external_allowed_call_directions", "directions.in_internal": "in_internal_allowed_call_directions",
		"directions.out_external": "out_external_allowed_call_directions", "directions.out_internal": "out_internal_allowed_call_directions",
		"seat.display_name": "operator.operator_display_name", "seat.login": "operator.operator_login", "seat.position_id": "operator.operator_position_id",
		"seat.offline_message_enabled": "operator.operator_offline_message_enabled", "seat.invite_to_chat_enabled": "operator.operator_invite_to_chat_enabled",
		"seat.sites": "operator.operator_sites.site_domain_name",
	} {
		fields[path] = dialect.Field{Name: name}
	}
	for _, name := range []string{
		"id", "uuid", "version", "login", "roles", "first_name", "last_name", "patronymic", "email", "external_id", "handle", "status_id", "schedule_id", "call_recording",
		"languages", "interface_language", "time_zone", "profile.status", "profile.description", "profile.facebook", "profile.city", "profile.country",
	} {
		fields[name] = dialect.Field{Name: name}
	}
	for _, channel := range []string{"chat", "call", "video", "third_party"} {
		for _, setting := range []string{"enabled", "slots", "priority", "available"} {
			name := "channels." + channel + "." + setting
			fields[name] = dialect.Field{Name: name}
		}
	}
	return dialect.Contract{Fields: fields}
}

// channels are those in which operators serve visitors.
var channels = []string{"chat", "call", "video", "third_party"}

// dataAPIStatuses are the statuses by what others see of them.
var dataAPIStatuses = map[string]string{"available": "available", "away": "break", "dnd": "do_not_disturb", "xa": "not_at_workplace", "unavailable": "not_at_work"}

func (d *dataAPI) Writes(field string, value any) bool {
	switch field {
	case dialecttest.Presence:
		return dataAPIStatuses[value.(string)] != ""
	case dialecttest.ShownName, dialecttest.Conversations, dialecttest.Ongoing + "chat", dialecttest.Ongoing + "video", dialecttest.Ongoing + "third_party":
		return true
	}
	return d.Contract().Fields[field].Name != ""
}

// params are the parameters that say p.
func (d *dataAPI) params(p dialecttest.Person) object {
	o := object{}
	for field, value := range p {
		parent, name, nested := strings.Cut(field, ".")
		switch {
		case field == dialecttest.Conversations, parent == "ongoing": // see activity
		case field == dialecttest.Presence:
			o["status"] = dataAPIStatuses[value.(string)]
		case field == dialecttest.ShownName:
			sub(o, "operator")["operator_display_name"] = value
		case field == "groups":
			o["groups"] = idsOf(d.groups, value)
		case field == "skills":
			o["skills"] = idsOf(d.skills, value)
		case field == "seat.sites":
			sub(o, "operator")["operator_sites"] = idsOf(d.sites, value)
		case field == "extension.number":
			sub(o, "extension")["extension_phone_number"] = value
		case parent == "channels":
			channel, setting, _ := strings.Cut(name, ".")
			sub(sub(o, "channels"), channel)[setting] = value
		case nested:
			sub(o, parent)[name] = value
		default:
			o[field] = value
		}
	}
	return o
}

func (d *dataAPI) Create(t testing.TB, p dialecttest.Person) {
	t.Helper()
	params := d.params(p)
	params["phone_numbers"] = []any{}
	operator := sub(params, "operator")
	operator["operator_login"], operator["operator_password"] = p["handle"], "secret12"
	d.act(t, in(d.call(t, "create.employees", params), "id"), p)
}

// act tells what the platform tells of what somebody does.
func (d *dataAPI) act(t testing.TB, id any, p dialecttest.Person) {
	t.Helper()
	activity := object{}
	if show, given := p[dialecttest.Presence]; given {
		activity["connected"] = show != string(directory.ShowUnavailable)
	}
	if n, given := p[dialecttest.Conversations]; given {
		activity["conversations"] = n
	}
	for _, channel := range channels {
		if n, given := p[dialecttest.Ongoing+channel]; given {
			activity[channel+"_ongoing"] = n
		}
	}
	if len(activity) > 0 {
		activity["id"] = id
		d.call(t, "update.employee_activity", activity)
	}
}

// row is what get.employees tells of who; nil if there is nobody.
func (d *dataAPI) row(t testing.TB, who dialecttest.Person) object {
	t.Helper()
	fields := []string{"status", "activity"}
	for _, field := range d.Contract().Fields {
		name, _, _ := strings.Cut(field.Name, ".")
		fields = append(fields, name)
	}
	slices.Sort(fields)
	by := "handle"
	if who[by] == nil {
		by = "email"
	}
	rows := each(d.call(t, "get.employees", object{
		"filter": object{"field": by, "operator": "=", "value": who[by]}, "fields": slices.Compact(fields),
	}))
	if len(rows) == 0 {
		return nil
	}
	return rows[0].(object)
}

func (d *dataAPI) Find(t testing.TB, who dialecttest.Person) dialecttest.Person {
	t.Helper()
	row := d.row(t, who)
	if row == nil {
		return nil
	}
	p := dialecttest.Told(d.Contract(), row)
	p["roles"] = grants(row["roles"], map[string]string{"administrator": "administrator", "manager": "manager"})
	p[dialecttest.ShownName] = p["seat.display_name"]
	if p["seat.display_name"] == nil {
		first, _ := row["first_name"].(string)
		last, _ := row["last_name"].(string)
		p[dialecttest.ShownName] = strings.TrimSpace(first + " " + last)
	}
	switch {
	case in(row, "activity", "connected") != true:
		p[dialecttest.Presence] = string(directory.ShowUnavailable)
	case row["status"] == "available":
		p[dialecttest.Presence] = dialecttest.AnyOf{"available", "chat"}
	default:
		for show, status := range dataAPIStatuses {
			if status == row["status"] {
				p[dialecttest.Presence] = show
			}
		}
	}
	p[dialecttest.FirstGroup] = in(first(row["groups"]), "group_name")
	p[dialecttest.Connected], p[dialecttest.Conversations] = in(row, "activity", "connected"), whole(in(row, "activity", "conversations"))
	for _, channel := range channels {
		slots, ongoing := whole(in(row, "channels", channel, "slots")), whole(in(row, "activity", channel+"_ongoing"))
		p[dialecttest.Ongoing+channel] = ongoing
		p[dialecttest.Preferred+channel] = whole(in(row, "channels", channel, "priority")) > 0
		p[dialecttest.Takes+channel] = in(row, "channels", channel, "enabled") == true && in(row, "channels", channel, "available") == true &&
			ongoing < slots && p[dialecttest.Presence] != string(directory.ShowUnavailable)
	}
	delete(p, dialecttest.Preferred+"third_party") // which nobody else tells
	p[dialecttest.UTCOffset] = utcOffset(t, p["time_zone"])
	return p
}

func (d *dataAPI) Change(t testing.TB, who, change dialecttest.Person) {
	t.Helper()
	params := d.params(change)
	params["id"] = d.row(t, who)["id"]
	d.call(t, "update.employees", params)
	d.act(t, params["id"], change)
}

func (d *dataAPI) Delete(t testing.TB, who dialecttest.Person) {
	t.Helper()
	d.call(t, "delete.employees", object{"id": d.row(t, who)["id"]})
}
