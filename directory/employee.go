package directory

import (
	"slices"
	"strings"
	"time"
)

// Employee is one person of the roster: what they own, and by id what they refer
// to. In strings "" and in ids 0 mean none. It never holds a secret.
type Employee struct {
	ID        int64     `json:"id"`
	AccountID int64     `json:"account_id"`
	UUID      string    `json:"uuid"`
	RocketID  string    `json:"rocket_id"` // 17 characters, for the Rocket.Chat dialect
	Version   int64     `json:"version"`   // 1 when created, one more with each change
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	Login      string `json:"login,omitempty"`  // of a member, who can sign in
	Blocked    bool   `json:"blocked,omitzero"` // a member who may not, for now
	Roles      []Role `json:"roles,omitempty"`
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name"`
	Patronymic string `json:"patronymic,omitempty"`
	Email      Email  `json:"email,omitempty"`
	Verified   bool   `json:"email_verified,omitzero"`
	ExternalID string `json:"external_id,omitempty"`
	Handle     string `json:"handle"`

	StatusID      int64         `json:"status_id"`
	StatusSince   time.Time     `json:"status_since"`
	FinerShow     Show          `json:"finer_show,omitempty"`  // chat, for available, until the status changes
	StatusText    string        `json:"status_text,omitempty"` // what they say of their presence
	ScheduleID    int64         `json:"schedule_id,omitzero"`
	CallRecording CallRecording `json:"call_recording"`
	Directions    Directions    `json:"directions"`
	Coach         Coach         `json:"coach,omitzero"`
	Groups        []int64       `json:"groups,omitempty"`
	NumberIDs     []int64       `json:"number_ids,omitempty"` // in order of priority
	LinkIDs       []int64       `json:"link_ids,omitempty"`   // of NumberIDs: by which the employee's groups know them
	Extension     Extension     `json:"extension,omitzero"`
	Seat          *Seat         `json:"seat,omitempty"`
	DisplayName   string        `json:"display_name,omitempty"` // of who has no seat
	CallSettings  CallSettings  `json:"call_settings,omitzero"`
	Channels      Channels      `json:"channels"`

	Skills            []int64    `json:"skills,omitempty"`
	Languages         []Language `json:"languages,omitempty"`
	InterfaceLanguage Language   `json:"interface_language,omitempty"`
	TimeZone          TimeZone   `json:"time_zone,omitempty"`
	DateFormat        DateFormat `json:"date_format,omitempty"`
	TimeFormat        TimeFormat `json:"time_format,omitempty"`
	Profile           Profile    `json:"profile,omitzero"`
	Avatar            string     `json:"avatar,omitempty"`  // id of the picture
	SAMLID            string     `json:"saml_id,omitempty"` // by which single sign-on knows them, unique in the account
}

// FullName is "Last First Patronymic".
func (e *Employee) FullName() string {
	var b strings.Builder
	b.Grow(len(e.LastName) + len(e.FirstName) + len(e.Patronymic) + 2)
	for _, name := range [...]string{e.LastName, e.FirstName, e.Patronymic} {
		if b.Len() > 0 && name != "" {
			b.WriteByte(' ')
		}
		b.WriteString(name)
	}
	return b.String()
}

// IsMember reports whether e can sign in to administer.
func (e *Employee) IsMember() bool { return e.Login != "" }

// Administers reports whether e can sign in as an administrator.
func (e *Employee) Administers() bool { return e.IsMember() && !e.Blocked && e.is(Administrator) }

func (e *Employee) is(role Role) bool { return slices.Contains(e.Roles, role) }

// clone copies e so that changes of the copy leave e alone.
func (e *Employee) clone() *Employee {
	c := *e
	c.Roles, c.Groups, c.NumberIDs, c.LinkIDs = slices.Clone(e.Roles), slices.Clone(e.Groups), slices.Clone(e.NumberIDs), slices.Clone(e.LinkIDs)
	c.Skills, c.Languages = slices.Clone(e.Skills), slices.Clone(e.Languages)
	if e.Seat != nil {
		seat := *e.Seat
		seat.Sites = slices.Clone(e.Seat.Sites)
		c.Seat = &seat
	}
	return &c
}

// CallRecording says which calls are recorded.
type CallRecording string

// Direction is one way a permission can allow: in or out.
type Direction string

// Directions are the call directions that an employee allows, by kind of call.
// Which of the two ways is bit 1 (in) and bit 2 (out).
type Directions struct {
	InExternal  DirectionSet `json:"in_external"`
	InInternal  DirectionSet `json:"in_internal"`
	OutExternal DirectionSet `json:"out_external"`
	OutInternal DirectionSet `json:"out_internal"`
}

// DirectionSet is a set of in (1) and out (2).
type DirectionSet int64

// The two directions and both of them.
const (
	NoDirections   DirectionSet = 0
	InDirection    DirectionSet = 1
	OutDirection   DirectionSet = 2
	BothDirections DirectionSet = 3
)

func directionSet(ds []Direction) DirectionSet {
	var set DirectionSet
	for _, d := range ds {
		if d == "in" {
			set |= InDirection
		} else {
			set |= OutDirection
		}
	}
	return set
}

// directionLists are lists by set, bothCallTypes those of calls. Nobody
// changes them.
var (
	directionLists = [...][]Direction{NoDirections: {}, InDirection: {"in"}, OutDirection: {"out"}, BothDirections: {"in", "out"}}
	bothCallTypes  = []CallType{"internal", "external"}
)

func (s DirectionSet) list() []Direction { return directionLists[s&BothDirections] }

// CallType is a kind of call: internal (to employees) or external.
type CallType string

func callTypes(external, internal DirectionSet) []CallType {
	from, to := 1, 1
	if internal != NoDirections {
		from = 0
	}
	if external != NoDirections {
		to = 2
	}
	return bothCallTypes[from:to]
}

// Coach is who listens in.
type Coach struct {
	ID            int64 `json:"id,omitzero"`
	AlwaysEnabled bool  `json:"always_enabled,omitzero"`
}

// Extension is the employee's short number inside the account.
type Extension struct {
	Number           ExtensionText `json:"number,omitempty"`
	VoiceMailEnabled bool          `json:"voice_mail_enabled,omitzero"`
	QueueEnabled     bool          `json:"queue_enabled,omitzero"`
}

// Seat is the operator record: a place in the chat system.
type Seat struct {
	DisplayName           string  `json:"display_name"`
	Login                 string  `json:"login"` // as given; compared folded
	PositionID            int64   `json:"position_id,omitzero"`
	OfflineMessageEnabled bool    `json:"offline_message_enabled,omitzero"`
	InviteToChatEnabled   bool    `json:"invite_to_chat_enabled,omitzero"`
	Sites                 []int64 `json:"sites,omitempty"`
}

// Channel is one way a seat serves visitors.
type Channel struct {
	Enabled   bool  `json:"enabled,omitzero"`
	Slots     int64 `json:"slots,omitzero"`
	Priority  int64 `json:"priority,omitzero"`
	Available bool  `json:"available,omitzero"`
}

// Channels are the four ways.
type Channels struct {
	Chat       Channel `json:"chat,omitzero"`
	Call       Channel `json:"call,omitzero"`
	Video      Channel `json:"video,omitzero"`
	ThirdParty Channel `json:"third_party,omitzero"`

	ChatAndCall bool `json:"chat_and_call,omitzero"` // may chat and call at the same time
	ChatToVideo bool `json:"chat_to_video,omitzero"` // may turn a chat into a video call
}

// CallSettings tell where a seat answers the call channel.
type CallSettings struct {
	FromPhone bool      `json:"from_phone,omitzero"` // at the phone, rather than at the desk
	AskNumber bool      `json:"ask_number,omitzero"` // asks for the phone's number at every connection
	Phone     PhoneText `json:"phone,omitempty"`     // the phone's number
}

// DateFormat is how somebody reads dates: DMY (31/12/2024), MDY (12/31/2024) or YMD
// (2024-12-31).
type DateFormat string

// TimeFormat is how somebody reads times: CLASSIC (13:55) or MERIDIAN (01:55 PM).
type TimeFormat string

// Profile is what an employee tells of themselves.
type Profile struct {
	Status      string `json:"status,omitempty"`
	Description string `json:"description,omitempty"`
	Facebook    string `json:"facebook,omitempty"`
	City        string `json:"city,omitempty"`
	Country     string `json:"country,omitempty"`
}

// Number is a phone number of the account, which several employees may share.
type Number struct {
	ID            int64        `json:"id"`
	Identity      string       `json:"identity"`       // see PhoneText.Identity
	Spelling      string       `json:"phone_number"`   // as first given
	E164          string       `json:"e164,omitempty"` // for search only
	ChannelsCount int64        `json:"channels_count"`
	DialTime      int64        `json:"dial_time"` // seconds
	Status        NumberStatus `json:"status"`
}

// NumberStatus is active or inactive.
type NumberStatus string

// Group is a set of employees that calls and chats are given to.
type Group struct {
	ID            int64         `json:"id"`
	UUID          string        `json:"uuid"`
	RocketID      string        `json:"rocket_id"` // 24 hex digits
	Handle        string        `json:"handle"`
	Name          string        `json:"name"`
	Extension     ExtensionText `json:"extension,omitempty"`
	QueueEnabled  bool          `json:"queue_enabled,omitzero"`
	ChannelsCount int64         `json:"channels_count"`

	Description        string `json:"description,omitempty"`
	Email              Email  `json:"email,omitempty"`
	Enabled            bool   `json:"enabled"`
	ShowOnRegistration bool   `json:"show_on_registration,omitzero"`
	ShowOnOfflineForm  bool   `json:"show_on_offline_form,omitzero"`
	Transcripts        bool   `json:"transcripts,omitzero"`
	Avatar             string `json:"avatar,omitempty"`

	ParentID  int64     `json:"parent_id,omitzero"` // the group that it is a part of
	CreatedAt time.Time `json:"created_at"`
}
