package directory

import (
	"github.com/rosterd/rosterd/schema"
)

// EmployeeRow is an employee as get.employees shows it. The flags filter and sort
// tell what may be filtered and sorted by; fields marked ours are there only when
// asked for by name.
type EmployeeRow struct {
	ID                  int64                    `json:"id" filter:"true" doc:"Unique id."`
	Login               schema.Opt[string]       `json:"login" filter:"true" sort:"true" doc:"Login of a member, who can sign in; null if none."`
	FirstName           schema.Opt[string]       `json:"first_name" filter:"true" sort:"true" doc:"First name."`
	LastName            string                   `json:"last_name" filter:"true" sort:"true" doc:"Last name."`
	Patronymic          schema.Opt[string]       `json:"patronymic" sort:"true" doc:"Patronymic."`
	FullName            string                   `json:"full_name" filter:"true" sort:"true" doc:"Last name, first name, patronymic."`
	Status              schema.Opt[string]       `json:"status" filter:"true" enum:"available,break,do_not_disturb,not_at_workplace,not_at_work,auto_out_call,unknown" doc:"Mnemonic of a standard status, else null. Deprecated: use status_id."`
	StatusID            int64                    `json:"status_id" filter:"true" doc:"Id of the status."`
	CallsAvailable      bool                     `json:"calls_available" filter:"true" sort:"true" doc:"Whether any incoming call is allowed. Deprecated."`
	AllowedInCallTypes  []CallType               `json:"allowed_in_call_types" filter:"true" enum:"internal,external" doc:"Kinds of incoming calls allowed. Deprecated."`
	InExternal          []Direction              `json:"in_external_allowed_call_directions" filter:"true" enum:"in,out" doc:"Directions allowed for incoming external calls."`
	InInternal          []Direction              `json:"in_internal_allowed_call_directions" filter:"true" enum:"in,out" doc:"Directions allowed for incoming internal calls."`
	AllowedOutCallTypes []CallType               `json:"allowed_out_call_types" filter:"true" enum:"internal,external" doc:"Kinds of outgoing calls allowed. Deprecated."`
	OutExternal         []Direction              `json:"out_external_allowed_call_directions" filter:"true" enum:"in,out" doc:"Directions allowed for outgoing external calls."`
	OutInternal         []Direction              `json:"out_internal_allowed_call_directions" filter:"true" enum:"in,out" doc:"Directions allowed for outgoing internal calls."`
	Email               schema.Opt[Email]        `json:"email" filter:"true" doc:"E-mail address."`
	CallRecording       CallRecording            `json:"call_recording" filter:"true" enum:"all,in,out,off" doc:"Which calls are recorded."`
	ScheduleID          schema.Opt[int64]        `json:"schedule_id" filter:"true" doc:"Id of the schedule."`
	ScheduleName        schema.Opt[string]       `json:"schedule_name" filter:"true" doc:"Name of the schedule."`
	Coach               schema.Opt[CoachRow]     `json:"coach" filter:"true" doc:"The coach, or {}."`
	Groups              []EmployeeGroupRow       `json:"groups" filter:"true" doc:"Groups the employee belongs to."`
	PhoneNumbers        []NumberRow              `json:"phone_numbers" filter:"true" doc:"Phone numbers in order of priority."`
	Extension           schema.Opt[ExtensionRow] `json:"extension" filter:"true" doc:"The extension, or {}."`
	Operator            schema.Opt[OperatorRow]  `json:"operator" doc:"The operator's seat, or {}."`

	UUID              string               `json:"uuid" ours:"true" filter:"true" doc:"UUID, fixed for life."`
	Version           int64                `json:"version" ours:"true" doc:"1 when created, one more with each change; see expected_version."`
	ExternalID        schema.Opt[string]   `json:"external_id" ours:"true" filter:"true" sort:"true" doc:"The caller's own id."`
	Handle            string               `json:"handle" ours:"true" filter:"true" sort:"true" doc:"Short name in chat systems."`
	Roles             []Role               `json:"roles" ours:"true" enum:"administrator,manager,agent,expert,reader" doc:"Roles."`
	Channels          ChannelsRow          `json:"channels" ours:"true" doc:"How the operator serves visitors."`
	Skills            []SkillRow           `json:"skills" ours:"true" doc:"Skills."`
	Languages         []Language           `json:"languages" ours:"true" doc:"Languages spoken, ISO 639-1."`
	InterfaceLanguage schema.Opt[Language] `json:"interface_language" ours:"true" doc:"Language of the employee's desk."`
	TimeZone          schema.Opt[TimeZone] `json:"time_zone" ours:"true" doc:"IANA time zone."`
	Profile           ProfileRow           `json:"profile" ours:"true" doc:"What the employee tells of themselves."`
	Activity          EmployeeActivity     `json:"activity" ours:"true" doc:"What the platform tells of the employee's work; see update.employee_activity."`
}

// CoachRow is the field coach.
type CoachRow struct {
	ID            int64  `json:"coach_id" doc:"The coach."`
	FullName      string `json:"coach_full_name" doc:"The coach's full name."`
	AlwaysEnabled bool   `json:"coach_always_enabled" doc:"Whether all calls are duplicated to the coach."`
}

// EmployeeGroupRow is one of the field groups.
type EmployeeGroupRow struct {
	ID   int64  `json:"group_id" doc:"The group."`
	Name string `json:"group_name" doc:"Its name."`
}

// NumberRow is one of the field phone_numbers.
type NumberRow struct {
	ID            int64        `json:"phone_id" doc:"The number's record."`
	PhoneNumber   string       `json:"phone_number" doc:"The number, as first given."`
	ChannelsCount int64        `json:"channels_count" doc:"Number of phone lines, 1 to 150."`
	DialTime      int64        `json:"dial_time" unit:"s" doc:"How long to ring, 1 to 100."`
	Status        NumberStatus `json:"status" enum:"active,inactive" doc:"Phone number status."`
}

// ExtensionRow is the field extension.
type ExtensionRow struct {
	Number           ExtensionText `json:"extension_phone_number" doc:"1 to 5 digits."`
	VoiceMailEnabled bool          `json:"extension_voice_mail_enabled" doc:"Whether callers may leave a voice message when all numbers are busy."`
	QueueEnabled     bool          `json:"extension_queue_enabled" doc:"Whether callers may wait in line when all numbers are busy."`
}

// OperatorRow is the field operator.
type OperatorRow struct {
	DisplayName           string             `json:"operator_display_name" doc:"Name shown in chats."`
	Login                 string             `json:"operator_login" doc:"Login of the operator's workplace."`
	PositionID            schema.Opt[int64]  `json:"operator_position_id" doc:"Position."`
	PositionName          schema.Opt[string] `json:"operator_position_name" doc:"Its name."`
	OfflineMessageEnabled bool               `json:"operator_offline_message_enabled" doc:"May process offline messages."`
	InviteToChatEnabled   bool               `json:"operator_invite_to_chat_enabled" doc:"May invite visitors to chat."`
	ChatEnabled           bool               `json:"operator_chat_enabled" doc:"May chat with visitors."`
	ChatsAvailable        bool               `json:"operator_chats_available" doc:"Takes chats now."`
	Sites                 []OperatorSiteRow  `json:"operator_sites" doc:"Sites that the operator serves."`
}

// OperatorSiteRow is one of operator_sites.
type OperatorSiteRow struct {
	ID         int64  `json:"site_id" doc:"The site."`
	DomainName string `json:"site_domain_name" doc:"Its domain name."`
}

// SkillRow is one of the field skills.
type SkillRow struct {
	ID   int64  `json:"skill_id" doc:"The skill."`
	Name string `json:"skill_name" doc:"Its name."`
}

// ChannelsRow is the field channels.
type ChannelsRow struct {
	Chat       ChannelRow `json:"chat" doc:"Text chat."`
	Call       ChannelRow `json:"call" doc:"Voice calls from the site."`
	Video      ChannelRow `json:"video" doc:"Video calls from the site."`
	ThirdParty ChannelRow `json:"third_party" doc:"Messengers."`
}

// ChannelRow is one channel.
type ChannelRow struct {
	Enabled   bool  `json:"enabled" doc:"Whether the channel may be used."`
	Slots     int64 `json:"slots" doc:"Conversations at the same time."`
	Priority  int64 `json:"priority" doc:"Greater is asked first."`
	Available bool  `json:"available" doc:"Whether the operator takes conversations now."`
}

// ProfileRow is the field profile.
type ProfileRow struct {
	Status      schema.Opt[string] `json:"status" doc:"A short line."`
	Description schema.Opt[string] `json:"description" doc:"A longer text."`
	Facebook    schema.Opt[string] `json:"facebook" doc:"Facebook name."`
	City        schema.Opt[string] `json:"city" doc:"City."`
	Country     schema.Opt[string] `json:"country" doc:"Country."`
}

// References are the parts of a page of employees that are kept elsewhere.
type References struct {
	Statuses  map[int64]string // mnemonic, "" if not a standard status
	Schedules map[int64]string
	Groups    map[int64]string
	Positions map[int64]string
	Sites     map[int64]string
	Skills    map[int64]string
	Coaches   map[int64]string  // full name
	Numbers   map[int64]*Number // without what is not shown: identity and E.164
}

// show makes r the row of e with what it refers to. Lists of what r was before are
// used again.
func (r *EmployeeRow) show(e *Employee, refs *References) {
	d := e.Directions
	groups, numbers := r.Groups[:0], r.PhoneNumbers[:0]
	*r = EmployeeRow{
		ID: e.ID, Login: some(e.Login), FirstName: some(e.FirstName), LastName: e.LastName, Patronymic: some(e.Patronymic), FullName: e.FullName(),
		Status: some(refs.Statuses[e.StatusID]), StatusID: e.StatusID,
		CallsAvailable:     d.InExternal|d.InInternal != NoDirections,
		AllowedInCallTypes: callTypes(d.InExternal, d.InInternal), AllowedOutCallTypes: callTypes(d.OutExternal, d.OutInternal),
		InExternal: d.InExternal.list(), InInternal: d.InInternal.list(), OutExternal: d.OutExternal.list(), OutInternal: d.OutInternal.list(),
		Email: some(e.Email), CallRecording: e.CallRecording,
		ScheduleID: some(e.ScheduleID), ScheduleName: some(refs.Schedules[e.ScheduleID]),
		UUID: e.UUID, Version: e.Version, ExternalID: some(e.ExternalID), Handle: e.Handle, Roles: e.Roles,
		Languages: e.Languages, InterfaceLanguage: some(e.InterfaceLanguage), TimeZone: some(e.TimeZone),
		Channels: ChannelsRow{ChannelRow(e.Channels.Chat), ChannelRow(e.Channels.Call), ChannelRow(e.Channels.Video), ChannelRow(e.Channels.ThirdParty)},
		Profile:  ProfileRow{some(e.Profile.Status), some(e.Profile.Description), some(e.Profile.Facebook), some(e.Profile.City), some(e.Profile.Country)},
	}
	if e.Coach.ID != 0 {
		r.Coach = schema.Some(CoachRow{e.Coach.ID, refs.Coaches[e.Coach.ID], e.Coach.AlwaysEnabled})
	}
	for _, id := range e.Groups {
		groups = append(groups, EmployeeGroupRow{id, refs.Groups[id]})
	}
	for _, id := range e.NumberIDs {
		n := refs.Numbers[id]
		if n == nil {
			n = &Number{}
		}
		numbers = append(numbers, NumberRow{n.ID, n.Spelling, n.ChannelsCount, n.DialTime, n.Status})
	}
	r.Groups, r.PhoneNumbers = groups, numbers
	if e.Extension.Number != "" {
		r.Extension = schema.Some(ExtensionRow(e.Extension))
	}
	for _, id := range e.Skills {
		r.Skills = append(r.Skills, SkillRow{id, refs.Skills[id]})
	}
	if s := e.Seat; s != nil {
		seat := OperatorRow{
			DisplayName: s.DisplayName, Login: s.Login,
			PositionID: some(s.PositionID), PositionName: some(refs.Positions[s.PositionID]),
			OfflineMessageEnabled: s.OfflineMessageEnabled, InviteToChatEnabled: s.InviteToChatEnabled,
			ChatEnabled: e.Channels.Chat.Enabled, ChatsAvailable: e.Channels.Chat.Available,
		}
		for _, id := range s.Sites {
			seat.Sites = append(seat.Sites, OperatorSiteRow{id, refs.Sites[id]})
		}
		r.Operator = schema.Some(seat)
	}
}

// some is v, or nothing for the zero value.
func some[T comparable](v T) schema.Opt[T] {
	var none T
	if v == none {
		return schema.Opt[T]{}
	}
	return schema.Some(v)
}
