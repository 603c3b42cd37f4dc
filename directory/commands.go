package directory

import (
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// The commands that change employees. Parameter names, types, defaults and rules
// are those of the Data API (create.employees, update.employees,
// delete.employees); what is ours says so. An empty text in an optional
// parameter is the empty value, as null is.

// CreateEmployee adds a person to the roster.
type CreateEmployee struct {
	Names
	Status schema.Opt[string] `json:"status" enum:"available,break,do_not_disturb,not_at_workplace,not_at_work,unknown" default:"available" doc:"Employee status."`
	Work
	PhoneNumbers schema.Opt[[]PhoneNumber] `json:"phone_numbers" required@seed:"true" items:"10" doc:"Phone numbers in order of priority. A number may belong to several employees; settings given for a number that exists already change it everywhere."`
	Workplace
	Extras
	ImportRow schema.Opt[ImportRowParams] `json:"import_row" ours:"true" null:"no" doc:"The row of an import that this call is. metadata.import_row tells what came of it."`
	WriteOptions
}

// UpdateEmployee changes what is given and leaves the rest: objects merge, arrays
// replace, null resets to the default.
type UpdateEmployee struct {
	ID              schema.Opt[int64] `json:"id" required:"true" doc:"The employee."`
	ExpectedVersion schema.Opt[int64] `json:"expected_version" ours:"true" doc:"Refuse the change with version_conflict unless the employee has this version."`
	Names           `partial:"true"`
	Status          schema.Opt[string] `json:"status" enum:"available,break,do_not_disturb,not_at_workplace,not_at_work,auto_out_call,unknown" default:"available" doc:"Standard status, by mnemonic; not together with status_id."`
	StatusID        schema.Opt[int64]  `json:"status_id" null:"no" doc:"Status, by id; not together with status."`
	Work            `partial:"true"`
	PhoneNumbers    schema.Opt[[]UpdatePhoneNumber] `json:"phone_numbers" items:"10" doc:"Replaces the employee's phone numbers, in order of priority. A number is found by phone_id, else by phone_number, else made; settings given change it everywhere."`
	Workplace       `partial:"true"`
	Extras
	ImportRow schema.Opt[ImportRowParams] `json:"import_row" ours:"true" null:"no" doc:"The row of an import that this call is. metadata.import_row tells what came of it."`
	WriteOptions
}

// DeleteEmployee removes a person and what is known of them.
type DeleteEmployee struct {
	ID              schema.Opt[int64] `json:"id" required:"true" doc:"The employee."`
	ExpectedVersion schema.Opt[int64] `json:"expected_version" ours:"true" doc:"Refuse with version_conflict unless the employee has this version."`
	WriteOptions
}

// Names is what the person is called.
type Names struct {
	FirstName  schema.Opt[string] `json:"first_name" length:"..255" doc:"First name."`
	LastName   schema.Opt[string] `json:"last_name" required:"true" null:"no" length:"1..255" doc:"Last name."`
	Patronymic schema.Opt[string] `json:"patronymic" length:"..255" doc:"Patronymic."`
}

// Work is which calls reach the person, when, and who listens.
type Work struct {
	AllowedInCallTypes  schema.Opt[[]CallType]    `json:"allowed_in_call_types" enum:"internal,external" unique:"true" default:"[\"internal\",\"external\"]" doc:"Kinds of incoming calls allowed. Deprecated: a kind listed allows both directions of in_…_allowed_call_directions, one not listed none."`
	AllowedOutCallTypes schema.Opt[[]CallType]    `json:"allowed_out_call_types" enum:"internal,external" unique:"true" default:"[\"internal\",\"external\"]" doc:"Kinds of outgoing calls allowed. Deprecated in the same way."`
	InExternal          schema.Opt[[]Direction]   `json:"in_external_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for incoming external calls."`
	InInternal          schema.Opt[[]Direction]   `json:"in_internal_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for incoming internal calls."`
	OutExternal         schema.Opt[[]Direction]   `json:"out_external_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for outgoing external calls."`
	OutInternal         schema.Opt[[]Direction]   `json:"out_internal_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for outgoing internal calls."`
	Email               schema.Opt[Email]         `json:"email" length:"..254" doc:"E-mail address; unique among members, compared without case."`
	CallRecording       schema.Opt[CallRecording] `json:"call_recording" component:"recording" enum:"all,in,out,off" default:"all" doc:"Which calls are recorded."`
	ScheduleID          schema.Opt[int64]         `json:"schedule_id" doc:"Schedule of activity."`
	CallsAvailable      schema.Opt[bool]          `json:"calls_available" default:"true" doc:"Whether incoming calls are allowed at all. Deprecated: false empties, true fills the in_…_allowed_call_directions."`
	Coach               schema.Opt[CoachParams]   `json:"coach" component:"trainer" doc:"Who coaches the employee."`
	Groups              schema.Opt[[]int64]       `json:"groups" items:"1000" unique:"true" doc:"Ids of the groups that the employee belongs to."`
}

// CoachParams is the parameter coach.
type CoachParams struct {
	AlwaysEnabled schema.Opt[bool]  `json:"coach_always_enabled" default:"false" doc:"Duplicate all of the employee's calls to the coach; true needs a coach_id."`
	ID            schema.Opt[int64] `json:"coach_id" required:"true" doc:"The coach: another employee."`
}

// PhoneNumber is one of the parameter phone_numbers.
type PhoneNumber struct {
	PhoneNumber schema.Opt[PhoneText] `json:"phone_number" required:"true" null:"no" length:"..64" doc:"1 to 20 digits, among them + - ( ) and spaces, then optionally '...' and 1 to 10 of 0-9 * # to dial after the answer." example:"74955140578...2345"`
	NumberSettings
}

// UpdatePhoneNumber is one of the parameter phone_numbers in updates.
type UpdatePhoneNumber struct {
	PhoneID     schema.Opt[int64] `json:"phone_id" doc:"The number's record, as get.employees tells it; phone_number then respells or replaces the number in it."`
	PhoneNumber `partial:"true"`
}

// NumberSettings belong to the number, whoever has it.
type NumberSettings struct {
	ChannelsCount schema.Opt[int64]        `json:"channels_count" range:"1..150" default:"1" doc:"Number of phone lines."`
	DialTime      schema.Opt[int64]        `json:"dial_time" range:"1..100" unit:"s" default:"60" doc:"How long to ring."`
	Status        schema.Opt[NumberStatus] `json:"status" enum:"active,inactive" default:"active" doc:"Phone number status."`
}

// Workplace is where the person is reached in the account.
type Workplace struct {
	Extension schema.Opt[ExtensionParams] `json:"extension" doc:"Extension number."`
	Operator  schema.Opt[OperatorParams]  `json:"operator" component:"consultant" doc:"The operator's seat in the chat system; null removes it and disables all channels."`
}

// ExtensionParams is the parameter extension.
type ExtensionParams struct {
	Number           schema.Opt[ExtensionText] `json:"extension_phone_number" required:"true" null:"no" length:"1..5" doc:"1 to 5 digits, unique among the account's employees and groups."`
	VoiceMailEnabled schema.Opt[bool]          `json:"extension_voice_mail_enabled" default:"false" doc:"Let callers leave a voice message when all numbers are busy."`
	QueueEnabled     schema.Opt[bool]          `json:"extension_queue_enabled" default:"false" doc:"Let callers wait in line when all numbers are busy."`
}

// OperatorParams is the parameter operator.
type OperatorParams struct {
	DisplayName           schema.Opt[string]  `json:"operator_display_name" required:"true" null:"no" length:"1..255" doc:"Name shown in chats."`
	Login                 schema.Opt[string]  `json:"operator_login" required:"true" null:"no" length:"1..128" doc:"Login of the operator's workplace, unique in the account without regard to case."`
	Password              schema.Opt[string]  `json:"operator_password" null:"no" length@seed:"1..8" length@current:"8..128" secret:"true" doc:"Password. Never returned. A new seat needs it, or operator_password_hash."`
	PasswordHash          schema.Opt[string]  `json:"operator_password_hash" ours:"true" null:"no" length:"1..255" secret:"true" doc:"Instead of operator_password: its hash as another system has made it, replaced by our own at the next sign-in. In PHC or modular crypt form: argon2id, scrypt, pbkdf2 (SHA-1, SHA-256, SHA-512) or bcrypt, of bounded cost; or * for no password. Never returned."`
	PositionID            schema.Opt[int64]   `json:"operator_position_id" doc:"Position."`
	OfflineMessageEnabled schema.Opt[bool]    `json:"operator_offline_message_enabled" default:"false" doc:"May process offline messages."`
	InviteToChatEnabled   schema.Opt[bool]    `json:"operator_invite_to_chat_enabled" default:"false" doc:"May invite visitors to chat."`
	ChatEnabled           schema.Opt[bool]    `json:"operator_chat_enabled" default:"true" doc:"May chat with visitors; the same as channels.chat.enabled."`
	Sites                 schema.Opt[[]int64] `json:"operator_sites" items:"1000" unique:"true" doc:"Ids of the sites that the operator serves."`
}

// Extras are rosterd's own parameters.
type Extras struct {
	ExternalID        schema.Opt[string]         `json:"external_id" ours:"true" length:"..255" doc:"Your own id of the employee, unique in the account."`
	Handle            schema.Opt[Handle]         `json:"handle" ours:"true" null:"no" doc:"Short name in chat systems, unique among the account's employees and groups, at most 40 characters; derived from the operator login, e-mail or name where not given."`
	Roles             schema.Opt[[]Role]         `json:"roles" ours:"true" enum:"administrator,manager,agent,expert,reader" unique:"true" doc:"Roles. Only administrators give or take administrator and manager."`
	Channels          schema.Opt[ChannelsParams] `json:"channels" ours:"true" doc:"How the operator serves visitors; needs an operator's seat."`
	Skills            schema.Opt[[]int64]        `json:"skills" ours:"true" items:"1000" unique:"true" doc:"Ids of skills."`
	Languages         schema.Opt[[]Language]     `json:"languages" ours:"true" items:"100" unique:"true" length:"2..2" doc:"Languages spoken, ISO 639-1."`
	InterfaceLanguage schema.Opt[Language]       `json:"interface_language" ours:"true" doc:"Language of the employee's desk, ISO 639-1."`
	TimeZone          schema.Opt[TimeZone]       `json:"time_zone" ours:"true" doc:"IANA time zone." example:"Europe/Moscow"`
	Profile           schema.Opt[ProfileParams]  `json:"profile" ours:"true" doc:"What the employee tells of themselves."`
}

// ChannelsParams is the parameter channels.
type ChannelsParams struct {
	Chat       schema.Opt[ChannelParams] `json:"chat" doc:"Text chat."`
	Call       schema.Opt[ChannelParams] `json:"call" doc:"Voice calls from the site."`
	Video      schema.Opt[ChannelParams] `json:"video" doc:"Video calls from the site."`
	ThirdParty schema.Opt[ChannelParams] `json:"third_party" doc:"Messengers."`
}

// ChannelParams is one channel.
type ChannelParams struct {
	Enabled   schema.Opt[bool]  `json:"enabled" default:"false" doc:"Whether the channel may be used."`
	Slots     schema.Opt[int64] `json:"slots" range:"0..1000" default:"1" doc:"Conversations at the same time."`
	Priority  schema.Opt[int64] `json:"priority" range:"0..10" default:"0" doc:"Greater is asked first."`
	Available schema.Opt[bool]  `json:"available" default:"true" doc:"Whether the operator takes conversations now."`
}

// ProfileParams is the parameter profile.
type ProfileParams struct {
	Status      schema.Opt[string] `json:"status" length:"..255" doc:"A short line."`
	Description schema.Opt[string] `json:"description" length:"..4000" doc:"A longer text."`
	Facebook    schema.Opt[string] `json:"facebook" length:"..255" doc:"Facebook name."`
	City        schema.Opt[string] `json:"city" length:"..255" doc:"City."`
	Country     schema.Opt[string] `json:"country" length:"..255" doc:"Country."`
}

// CheckTogether reports what does not fit within a create.
func (c *CreateEmployee) CheckTogether(at errors.Path, bad *errors.List) {
	c.checkTogether(c.Operator.IsSet(), at, bad)
}

func (c *CreateEmployee) checkTogether(seat bool, at errors.Path, bad *errors.List) {
	if o := c.Operator; o.IsSet() && !o.Value.Password.Given() && !o.Value.PasswordHash.Given() {
		bad.Add(errors.RequiredParameterMissed, at.Key("operator").Key("operator_password"), nil)
	}
	c.Work.checkPermissions(at, bad)
	checkRepeated(c.PhoneNumbers.Value, at, bad)
	checkChat(c.Operator.Value.ChatEnabled, c.Channels, at, bad)
	if c.Channels.IsSet() && !seat {
		bad.Add(errors.InvalidParametersCombination, at.Key("channels"), nil)
	}
}

// CheckTogether reports what does not fit within an update, whatever the employee
// is.
func (c *UpdateEmployee) CheckTogether(at errors.Path, bad *errors.List) {
	if c.Status.Given() && c.StatusID.Given() {
		bad.Add(errors.InvalidParametersCombination, at.Key("status_id"), nil)
	}
	c.Work.checkPermissions(at, bad)
	numbers := make([]PhoneNumber, 0, len(c.PhoneNumbers.Value))
	for i, n := range c.PhoneNumbers.Value[:min(len(c.PhoneNumbers.Value), MaxPhoneNumbers)] {
		if !n.PhoneID.IsSet() && n.PhoneNumber.PhoneNumber.IsAbsent() {
			bad.Add(errors.RequiredParameterMissed, at.Key("phone_numbers").Index(i).Key("phone_number"), nil)
		}
		numbers = append(numbers, n.PhoneNumber)
	}
	checkRepeated(numbers, at, bad)
	checkChat(c.Operator.Value.ChatEnabled, c.Channels, at, bad)
	if c.Operator.IsNull() && c.Channels.IsSet() {
		bad.Add(errors.InvalidParametersCombination, at.Key("channels"), nil)
	}
}

// CheckTogether refuses a password in two forms, and a hash that is of no form that
// is known or costs too much.
func (o *OperatorParams) CheckTogether(at errors.Path, bad *errors.List) {
	at = at.Key("operator_password_hash")
	switch {
	case o.PasswordHash.IsSet() && !validHash(o.PasswordHash.Value):
		bad.Add(errors.InvalidParameterValue, at, nil)
	case o.PasswordHash.IsSet() && o.Password.IsSet():
		bad.Add(errors.InvalidParametersCombination, at, nil)
	}
}

// checkRepeated refuses the same number twice in one employee.
func checkRepeated(numbers []PhoneNumber, at errors.Path, bad *errors.List) {
	seen := make(map[string]bool, len(numbers))
	for i, n := range numbers {
		if !n.PhoneNumber.IsSet() {
			continue
		}
		identity := n.PhoneNumber.Value.Identity()
		if seen[identity] {
			bad.Add(errors.InvalidParameterValue, at.Key("phone_numbers").Index(i).Key("phone_number"), errors.Shown(string(n.PhoneNumber.Value)))
		}
		seen[identity] = true
	}
}

// checkChat refuses two different words on the chat channel.
func checkChat(chatEnabled schema.Opt[bool], channels schema.Opt[ChannelsParams], at errors.Path, bad *errors.List) {
	enabled := channels.Value.Chat.Value.Enabled
	if chatEnabled.IsSet() && enabled.IsSet() && chatEnabled.Value != enabled.Value {
		bad.Add(errors.InvalidParametersCombination, at.Key("channels").Key("chat").Key("enabled"), nil)
	}
}
