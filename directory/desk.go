package directory

import (
	"slices"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// MaxSkills is how many skills an employee has at most: the items of the commands'
// skills.
const MaxSkills = 1000

// DeskParams is what desks of contact centres say of a person beside the parameters
// of the Data API.
type DeskParams struct {
	GroupID      schema.Opt[int64]      `json:"group_id" doc:"The first of the groups; null takes the first away."`
	Sites        schema.Opt[[]int64]    `json:"sites" items:"1000" unique:"true" doc:"Ids of the sites that the seat serves."`
	AddSkills    schema.Opt[[]int64]    `json:"add_skills" items:"1000" unique:"true" doc:"Skills to have beside the others."`
	RemoveSkills schema.Opt[[]int64]    `json:"remove_skills" items:"1000" unique:"true" doc:"Skills to have no more."`
	ChatAndCall  schema.Opt[bool]       `json:"chat_and_call" default:"false" doc:"Whether the operator may chat and call at the same time; needs the call channel."`
	ChatToVideo  schema.Opt[bool]       `json:"chat_to_video" default:"false" doc:"Whether the operator may turn a chat into a video call; needs the video channel."`
	FromPhone    schema.Opt[bool]       `json:"from_phone" default:"false" doc:"Whether the operator answers the call channel at a phone; needs a number or ask_number."`
	AskNumber    schema.Opt[bool]       `json:"ask_number" default:"false" doc:"Whether the phone's number is asked for at every connection."`
	Phone        schema.Opt[PhoneText]  `json:"phone" length:"..64" doc:"The phone's number."`
	DateFormat   schema.Opt[DateFormat] `json:"date_format" enum:"DMY,MDY,YMD" doc:"How the person reads dates."`
	TimeFormat   schema.Opt[TimeFormat] `json:"time_format" enum:"CLASSIC,MERIDIAN" doc:"How the person reads times."`
	Avatar       schema.Opt[DataURI]    `json:"avatar" length:"..1400000" doc:"A picture: image/png, image/jpeg or image/gif of at most 1 MiB, as data: URI in base64."`
	SAMLID       schema.Opt[string]     `json:"saml_id" length:"..255" doc:"By which single sign-on knows the person, unique in the account."`
}

// applyDesk puts what desks say into e and notes what does not fit e as it is.
func (w *writer) applyDesk(e *Employee, bad *errors.List) {
	w.applyFirstGroup(e)
	if w.Sites.Given() && e.Seat == nil {
		bad.Add(errors.InvalidParametersCombination, place("sites"), nil)
	} else if e.Seat != nil {
		set(&e.Seat.Sites, w.Sites, none[[]int64]())
	}
	e.Skills = without(e.Skills, w.RemoveSkills.Value)
	e.Skills = append(e.Skills, without(w.AddSkills.Value, e.Skills)...)
	if len(e.Skills) > MaxSkills {
		bad.Add(errors.DataLimitExceeded, place("add_skills"), nil)
	}
	set(&e.DateFormat, w.DateFormat, none[DateFormat]())
	set(&e.TimeFormat, w.TimeFormat, none[TimeFormat]())
	set(&e.SAMLID, w.SAMLID, none[string]())
	if w.Avatar.Given() {
		e.Avatar = ""
	}
	if w.avatar != nil {
		e.Avatar = w.avatar.ID
	}
	w.applyCalls(e, bad)
}

// applyFirstGroup puts a group before the others, instead of the one that was
// there.
func (w *writer) applyFirstGroup(e *Employee) {
	if !w.GroupID.Given() {
		return
	}
	e.Groups = slices.Clone(e.Groups[min(1, len(e.Groups)):])
	if w.GroupID.IsSet() {
		e.Groups = append([]int64{w.GroupID.Value}, without(e.Groups, []int64{w.GroupID.Value})...)
	}
}

// applyCalls puts into e how channels work together, and where calls are answered.
// What needs a channel that is off is off, unless it was asked for.
func (w *writer) applyCalls(e *Employee, bad *errors.List) {
	for _, p := range []struct {
		name  string
		to    *bool
		given schema.Opt[bool]
		needs bool
	}{
		{"chat_and_call", &e.Channels.ChatAndCall, w.ChatAndCall, e.Channels.Call.Enabled},
		{"chat_to_video", &e.Channels.ChatToVideo, w.ChatToVideo, e.Channels.Video.Enabled},
	} {
		set(p.to, p.given, none[bool]())
		if p.given.Value && !p.needs {
			bad.Add(errors.InvalidParametersCombination, place(p.name), nil)
		}
		*p.to = *p.to && p.needs
	}
	calls := &e.CallSettings
	set(&calls.FromPhone, w.FromPhone, none[bool]())
	set(&calls.AskNumber, w.AskNumber, none[bool]())
	set(&calls.Phone, w.Phone, none[PhoneText]())
	switch {
	case calls.FromPhone && !calls.AskNumber && calls.Phone == "":
		bad.Add(errors.InvalidParametersCombination, place("from_phone"), nil)
	case !calls.FromPhone && calls.AskNumber:
		bad.Add(errors.InvalidParametersCombination, place("ask_number"), nil)
	}
}
