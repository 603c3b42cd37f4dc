package importer

import (
	"context"
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// ExportOptions say what is exported and how.
type ExportOptions struct {
	Pauses []time.Duration // as in ImportOptions
	// Hashes tells the hashes of passwords by employee, without those who have none;
	// nil exports none.
	Hashes   func(ctx context.Context, ids []int64) (map[int64]string, error)
	Progress func(Progress) // is told after each page; nil for nothing
}

// noPassword is the hash of a seat without a password: nobody signs in with it.
const noPassword = "*"

const exportPage = 1000 // employees in one answer

// ExportColumns are the columns of an export to CSV and XLSX.
func ExportColumns(revision string) []Column {
	columns := Columns(revision)
	for _, c := range ClearingColumns(revision) {
		if c.Name == "phone_numbers" { // [] is of those who have none, whether that may be left out or not
			columns = append(columns, c)
		}
	}
	return columns
}

// exported is an employee as get.employees shows them.
type exported struct {
	ID            int64           `json:"id"`
	LastName      string          `json:"last_name"`
	FirstName     *string         `json:"first_name"`
	Patronymic    *string         `json:"patronymic"`
	Status        *string         `json:"status"`
	StatusID      int64           `json:"status_id"`
	InExternal    json.RawMessage `json:"in_external_allowed_call_directions"`
	InInternal    json.RawMessage `json:"in_internal_allowed_call_directions"`
	OutExternal   json.RawMessage `json:"out_external_allowed_call_directions"`
	OutInternal   json.RawMessage `json:"out_internal_allowed_call_directions"`
	Email         *string         `json:"email"`
	CallRecording string          `json:"call_recording"`
	ScheduleID    *int64          `json:"schedule_id"`
	Coach         struct {
		ID     int64 `json:"coach_id"`
		Always bool  `json:"coach_always_enabled"`
	} `json:"coach"`
	Groups []struct {
		ID int64 `json:"group_id"`
	} `json:"groups"`
	Numbers []struct {
		Number   string `json:"phone_number"`
		Channels int64  `json:"channels_count"`
		DialTime int64  `json:"dial_time"`
		Status   string `json:"status"`
	} `json:"phone_numbers"`
	Extension json.RawMessage `json:"extension"`
	Operator  struct {
		DisplayName  string `json:"operator_display_name"`
		Login        string `json:"operator_login"`
		PositionID   *int64 `json:"operator_position_id"`
		Offline      bool   `json:"operator_offline_message_enabled"`
		InviteToChat bool   `json:"operator_invite_to_chat_enabled"`
		Chat         bool   `json:"operator_chat_enabled"`
		Sites        []struct {
			ID int64 `json:"site_id"`
		} `json:"operator_sites"`
	} `json:"operator"`
	ExternalID *string         `json:"external_id"`
	Handle     string          `json:"handle"`
	Roles      json.RawMessage `json:"roles"`
	Channels   json.RawMessage `json:"channels"`
	Skills     []struct {
		ID int64 `json:"skill_id"`
	} `json:"skills"`
	Languages         json.RawMessage            `json:"languages"`
	InterfaceLanguage *string                    `json:"interface_language"`
	TimeZone          *string                    `json:"time_zone"`
	Profile           map[string]json.RawMessage `json:"profile"`
}

// exportedFields are the fields of exported.
var exportedFields = []string{
	"id", "last_name", "first_name", "patronymic", "status", "status_id",
	"in_external_allowed_call_directions", "in_internal_allowed_call_directions", "out_external_allowed_call_directions", "out_internal_allowed_call_directions",
	"email", "call_recording", "schedule_id", "coach", "groups", "phone_numbers", "extension", "operator",
	"external_id", "handle", "roles", "channels", "skills", "languages", "interface_language", "time_zone", "profile",
}

// exporter is an export that runs.
type exporter struct {
	caller
	o       ExportOptions
	names   *names
	handles map[int64]string // of coaches
}

// Export writes all employees as params of create.employees, by id: what they refer
// to by name where a name is enough, else by id; coaches by handle. It returns how
// many there are.
func Export(ctx context.Context, client Client, write func(jsontext.Value) error, o ExportOptions) (int64, error) {
	x := &exporter{caller: caller{client, o.Pauses}, o: o, handles: map[int64]string{}}
	var err error
	if x.names, err = readNames(ctx, x.caller); err != nil {
		return 0, err
	}
	done := int64(0)
	for last := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		var page struct {
			Data     []exported `json:"data"`
			Metadata struct {
				TotalItems int64 `json:"total_items"`
			} `json:"metadata"`
		}
		err := x.call(ctx, "get.employees", map[string]any{
			"fields": exportedFields, "limit": exportPage,
			"filter": map[string]any{"field": "id", "operator": ">", "value": last},
		}, &page)
		if err != nil {
			return done, err
		}
		if err := x.page(ctx, page.Data, write); err != nil {
			return done, err
		}
		done += int64(len(page.Data))
		full := len(page.Data) == exportPage
		if o.Progress != nil {
			o.Progress(Progress{Done: done, All: done - int64(len(page.Data)) + page.Metadata.TotalItems})
		}
		if !full {
			return done, nil
		}
		last = page.Data[len(page.Data)-1].ID
	}
}

// page writes employees.
func (x *exporter) page(ctx context.Context, employees []exported, write func(jsontext.Value) error) error {
	if err := x.findHandles(ctx, employees); err != nil {
		return err
	}
	hashes := map[int64]string{}
	if x.o.Hashes != nil {
		var ids []int64
		for i := range employees {
			if employees[i].Operator.Login != "" {
				ids = append(ids, employees[i].ID)
			}
		}
		if len(ids) > 0 {
			var err error
			if hashes, err = x.o.Hashes(ctx, ids); err != nil {
				return err
			}
		}
	}
	for i := range employees {
		if err := write(x.params(&employees[i], hashes[employees[i].ID])); err != nil {
			return err
		}
	}
	return nil
}

// findHandles finds the handles of coaches.
func (x *exporter) findHandles(ctx context.Context, employees []exported) error {
	var ask []int64
	for i := range employees {
		x.handles[employees[i].ID] = employees[i].Handle // coaches often stand before those they coach
	}
	for i := range employees {
		if id := employees[i].Coach.ID; id != 0 && x.handles[id] == "" {
			ask = append(ask, id)
		}
	}
	if len(x.handles) > MaxCoaches {
		clear(x.handles)
		for i := range employees {
			if id := employees[i].Coach.ID; id != 0 {
				ask = append(ask, id)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	var page struct {
		Data []struct {
			ID     int64  `json:"id"`
			Handle string `json:"handle"`
		} `json:"data"`
	}
	err := x.call(ctx, "get.employees", map[string]any{
		"fields": []string{"id", "handle"}, "limit": namesPage,
		"filter": map[string]any{"field": "id", "operator": "in", "value": ask},
	}, &page)
	for _, row := range page.Data {
		x.handles[row.ID] = row.Handle
	}
	return err
}

// params are what create.employees takes to make the employee again.
func (x *exporter) params(e *exported, hash string) jsontext.Value {
	w := &paramsWriter{}
	w.text("first_name", e.FirstName)
	w.add("last_name", e.LastName)
	w.text("patronymic", e.Patronymic)
	if e.Status != nil {
		w.add("status", *e.Status)
	} else {
		w.add("status", x.status(e.StatusID))
	}
	w.raw("in_external_allowed_call_directions", e.InExternal)
	w.raw("in_internal_allowed_call_directions", e.InInternal)
	w.raw("out_external_allowed_call_directions", e.OutExternal)
	w.raw("out_internal_allowed_call_directions", e.OutInternal)
	w.text("email", e.Email)
	w.add("call_recording", e.CallRecording)
	if e.ScheduleID != nil {
		w.add("schedule_id", x.names.called(RefersToSchedule, *e.ScheduleID))
	}
	if e.Coach.ID != 0 {
		coach := &paramsWriter{}
		coach.add("coach_always_enabled", e.Coach.Always)
		if handle := x.handles[e.Coach.ID]; handle != "" {
			coach.add("coach_id", handle)
		} else { // who has just been deleted
			coach.add("coach_id", e.Coach.ID)
		}
		w.object("coach", coach)
	}
	var groups, skills, sites []any
	for _, g := range e.Groups {
		groups = append(groups, x.names.called(RefersToGroup, g.ID))
	}
	w.list("groups", groups)
	w.add("phone_numbers", x.numbers(e))
	w.full("extension", e.Extension)
	if o := e.Operator; o.Login != "" {
		seat := &paramsWriter{}
		seat.add("operator_display_name", o.DisplayName)
		seat.add("operator_login", o.Login)
		if hash == "" {
			hash = noPassword
		}
		seat.add("operator_password_hash", hash)
		if o.PositionID != nil {
			seat.add("operator_position_id", x.names.called(RefersToPosition, *o.PositionID))
		}
		seat.add("operator_offline_message_enabled", o.Offline)
		seat.add("operator_invite_to_chat_enabled", o.InviteToChat)
		seat.add("operator_chat_enabled", o.Chat)
		for _, s := range o.Sites {
			sites = append(sites, x.names.called(RefersToSite, s.ID))
		}
		seat.list("operator_sites", sites)
		w.object("operator", seat)
	}
	w.text("external_id", e.ExternalID)
	w.add("handle", e.Handle)
	w.full("roles", e.Roles)
	if e.Operator.Login != "" {
		w.raw("channels", e.Channels)
	}
	for _, s := range e.Skills {
		skills = append(skills, x.names.called(RefersToSkill, s.ID))
	}
	w.list("skills", skills)
	w.full("languages", e.Languages)
	w.text("interface_language", e.InterfaceLanguage)
	w.text("time_zone", e.TimeZone)
	x.profile(w, e)
	return objectOf(w.members)
}

// status is how a file refers to a status of the account's own: a text, which is no
// mnemonic.
func (x *exporter) status(id int64) string {
	if name, isText := x.names.called(RefersToStatus, id).(string); isText && x.names.mnemonics[name] == 0 {
		return name
	}
	return string(number(id))
}

func (x *exporter) numbers(e *exported) []jsontext.Value {
	numbers := []jsontext.Value{}
	for _, n := range e.Numbers {
		one := &paramsWriter{}
		one.add("phone_number", n.Number)
		one.add("channels_count", n.Channels)
		one.add("dial_time", n.DialTime)
		one.add("status", n.Status)
		numbers = append(numbers, objectOf(one.members))
	}
	return numbers
}

func (x *exporter) profile(w *paramsWriter, e *exported) {
	profile := &paramsWriter{}
	for _, name := range []string{"status", "description", "facebook", "city", "country"} {
		if value := e.Profile[name]; string(value) != "null" {
			profile.full(name, value)
		}
	}
	if len(profile.members) > 0 {
		w.object("profile", profile)
	}
}

// paramsWriter collects params in the order in which they are added.
type paramsWriter struct{ members []member }

func (w *paramsWriter) raw(name string, value []byte) {
	w.members = append(w.members, member{name, value})
}
func (w *paramsWriter) add(name string, value any)           { w.raw(name, valueOf(value)) }
func (w *paramsWriter) object(name string, of *paramsWriter) { w.raw(name, objectOf(of.members)) }

// text adds a text, unless it is null.
func (w *paramsWriter) text(name string, value *string) {
	if value != nil {
		w.add(name, *value)
	}
}

// list adds a list, unless it is empty.
func (w *paramsWriter) list(name string, values []any) {
	if len(values) > 0 {
		w.add(name, values)
	}
}

// full adds what is neither null nor empty.
func (w *paramsWriter) full(name string, value []byte) {
	switch string(value) {
	case "", "null", "{}", "[]":
	default:
		w.raw(name, value)
	}
}
