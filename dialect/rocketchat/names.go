package rocketchat

import (
	"slices"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// The roles of Rocket.Chat that people of the roster have.
const (
	roleUser    = "user" // everybody
	roleAdmin   = "admin"
	roleManager = "livechat-manager"
	roleAgent   = "livechat-agent"
)

// otherRoles are those that can be named in permissions, and are nobody's here.
var otherRoles = []string{"anonymous", "app", "auditor", "auditor-log", "bot", "guest", "leader", "livechat-monitor", "moderator", "owner"}

// assignable are the roles that people can be given.
var assignable = []string{roleUser, roleAdmin, roleManager, roleAgent}

// rolesOf are p's roles, in Rocket.Chat's words.
func rolesOf(p *directory.Person) []string {
	roles := []string{roleUser}
	for _, r := range []struct {
		name string
		has  bool
	}{
		{roleAdmin, slices.Contains(p.Roles, directory.Administrator)},
		{roleManager, slices.Contains(p.Roles, directory.Manager)},
		{roleAgent, p.IsChatAgent()},
	} {
		if r.has {
			roles = append(roles, r.name)
		}
	}
	return roles
}

// The words of statusLivechat.
const (
	available    = "available"
	notAvailable = "not-available"
)

// statusLivechatOf tells whether an agent takes chats; "" for who has no seat.
func statusLivechatOf(p *directory.Person) string {
	switch {
	case p.Seat == nil:
		return ""
	case p.IsChatAgent() && p.Channels.Chat.Available:
		return available
	}
	return notAvailable
}

// presences are the words of status, which are the roster's own.
var presences = []string{string(directory.Online), string(directory.Away), string(directory.Offline), string(directory.Busy)}

// connectionOf is the word of statusConnection.
func connectionOf(p *directory.Person) string {
	if p.Activity.Connected {
		return string(directory.Online)
	}
	return string(directory.Offline)
}

// vendorNames are what the vendor calls the parameters of the roster's commands.
var vendorNames = map[string]string{
	"id":                               "user",
	"first_name":                       "name",
	"last_name":                        "name",
	"shown_name":                       "name",
	"operator.operator_display_name":   "name",
	"handle":                           "username",
	"login":                            "username",
	"operator.operator_login":          "username",
	"blocked":                          "active",
	"email_verified":                   "verified",
	"status_text":                      "statusText",
	"presence":                         "status",
	"profile.description":              "bio",
	"extension.extension_phone_number": "freeSwitchExtension",
	"interface_language":               "language",
	"time_zone":                        "utcOffset",
	"external_id":                      "importIds",
	"group_id":                         "department",
	"employee_id":                      "agent",
	"show_on_registration":             "showOnRegistration",
	"show_on_offline_form":             "showOnOfflineForm",
	"chat_limit":                       "count",
	"channels.chat.slots":              "maxNumberSimultaneousChat",
}

// vendorName is what the vendor calls a parameter; the roster's name where they have
// none, "parameters" for all of them together.
func vendorName(at errors.Path) string {
	name := at.String()
	if vendor, known := vendorNames[name]; known {
		return vendor
	}
	if name == "" {
		return "parameters"
	}
	return name
}

// Contract is how the door maps the roster.
func Contract() dialect.Contract {
	const (
		telephony = "telephony, which the chat system knows nothing of"
		iadvize   = "of other chat systems"
		internal  = "the roster's own"
		other     = "the vendor has nothing like it"
	)
	named := func(name string) dialect.Field { return dialect.Field{Name: name} }
	without := func(why string) dialect.Field { return dialect.Field{Why: why} }
	return dialect.Contract{
		Codes:  codes(),
		Answer: bodyOf,
		Fields: map[string]dialect.Field{
			"id":         without("the vendor's id is rocket_id"),
			"account_id": without("the workspace"),
			"uuid":       without(internal),
			"rocket_id":  named("_id"),
			"version":    without(internal),
			"created_at": named("createdAt"),
			"updated_at": named("_updatedAt"),

			"login":          without("of who signs in; the vendor's is the username"),
			"blocked":        named("active"),
			"roles":          named("roles"),
			"first_name":     named("name"),
			"last_name":      named("name"),
			"patronymic":     without("the vendor has one name, without it"),
			"email":          named("emails.address"),
			"email_verified": named("emails.verified"),
			"external_id":    named("importIds"),
			"handle":         named("username"),

			"status_id":      named("status"),
			"status_since":   without(other),
			"finer_show":     without("the vendor's word for both is online"),
			"status_text":    named("statusText"),
			"schedule_id":    without("the vendor's business hours are those of departments"),
			"call_recording": without(telephony),

			"directions.in_external":  without(telephony),
			"directions.in_internal":  without(telephony),
			"directions.out_external": without(telephony),
			"directions.out_internal": without(telephony),
			"coach.id":                without(telephony),
			"coach.always_enabled":    without(telephony),
			"groups":                  named("departments"),
			"number_ids":              without(telephony),
			"link_ids":                without(telephony),

			"extension.number":             named("freeSwitchExtension"),
			"extension.voice_mail_enabled": without(telephony),
			"extension.queue_enabled":      without(telephony),

			"seat.display_name":            named("name"),
			"seat.login":                   without("the vendor's is the username"),
			"seat.position_id":             without(other),
			"seat.offline_message_enabled": without(other),
			"seat.invite_to_chat_enabled":  without(other),
			"seat.sites":                   without(other),
			"display_name":                 named("name"),

			"channels.chat.enabled":          named("roles"),
			"channels.chat.slots":            named("livechat.maxNumberSimultaneousChat"),
			"channels.chat.priority":         without("the vendor's order is that of an agent in a department"),
			"channels.chat.available":        named("statusLivechat"),
			"channels.chat_and_call":         without(iadvize),
			"channels.chat_to_video":         without(iadvize),
			"channels.call.enabled":          without(iadvize),
			"channels.call.slots":            without(iadvize),
			"channels.call.priority":         without(iadvize),
			"channels.call.available":        without(iadvize),
			"channels.video.enabled":         without(iadvize),
			"channels.video.slots":           without(iadvize),
			"channels.video.priority":        without(iadvize),
			"channels.video.available":       without(iadvize),
			"channels.third_party.enabled":   without(iadvize),
			"channels.third_party.slots":     without(iadvize),
			"channels.third_party.priority":  without(iadvize),
			"channels.third_party.available": without(iadvize),

			"skills":              without(other),
			"languages":           without("the vendor's language is that of the desk"),
			"interface_language":  named("language"),
			"time_zone":           named("utcOffset"),
			"profile.status":      without("the vendor's status text is that of the presence"),
			"profile.description": named("bio"),
			"profile.facebook":    without(other),
			"profile.city":        without(other),
			"profile.country":     without(other),

			"call_settings.from_phone": without(iadvize),
			"call_settings.ask_number": without(iadvize),
			"call_settings.phone":      without(iadvize),
			"date_format":              without(other),
			"time_format":              without(other),
			"avatar":                   without("the vendor's own pictures have addresses that this server does not have"),
			"saml_id":                  without("of single sign-on, which this door does not offer"),
		},
	}
}
