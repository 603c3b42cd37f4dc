package iadvize

import (
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

// GraphQLContract is how GraphQL maps the roster, in the fields of a User.
func GraphQLContract() dialect.Contract {
	const (
		telephony = "telephony, which the vendor's API knows nothing of"
		others    = "of other chat systems"
		internal  = "the roster's own"
		signIn    = "of who signs in; the vendor's is the e-mail address"
		nothing   = "the vendor has nothing like it"
		rest      = "REST alone has it"
		nowAlone  = "the vendor tells whether conversations are taken now, for which one must be connected and have a free slot, too"
		twoOnly   = "the vendor has priority or none, which stands for whatever is more"
	)
	named := func(name string) dialect.Field { return dialect.Field{Name: name} }
	without := func(why string) dialect.Field { return dialect.Field{Why: why} }
	return dialect.Contract{
		Codes:  codes(),
		Answer: graphqlAnswer(),
		Fields: map[string]dialect.Field{
			"id":         named("id"),
			"account_id": without("of the client, whom users do not name"),
			"uuid":       without(internal),
			"rocket_id":  without(others),
			"version":    without(internal),
			"created_at": named("createdAt"),
			"updated_at": without(internal),

			"login":          without(signIn),
			"blocked":        without(nothing),
			"roles":          named("role.baseRoleName"),
			"first_name":     named("firstName"),
			"last_name":      named("lastName"),
			"patronymic":     without("the vendor has a first and a last name"),
			"email":          named("email"),
			"email_verified": without(nothing),
			"external_id":    named("externalId"),
			"handle":         without(others),

			"status_id":      without("the vendor has who is connected, and what channels are available"),
			"status_since":   without(nothing),
			"finer_show":     without(others),
			"status_text":    without(others),
			"schedule_id":    without(nothing),
			"call_recording": without(telephony),

			"directions.in_external":  without(telephony),
			"directions.in_internal":  without(telephony),
			"directions.out_external": without(telephony),
			"directions.out_internal": without(telephony),
			"coach.id":                without(telephony),
			"coach.always_enabled":    without(telephony),
			"groups":                  without("the vendor's group is the first of them"),
			"number_ids":              without(telephony),
			"link_ids":                without(telephony),

			"extension.number":             without(telephony),
			"extension.voice_mail_enabled": without(telephony),
			"extension.queue_enabled":      without(telephony),

			"seat.display_name":            named("userName"),
			"seat.login":                   without(signIn),
			"seat.position_id":             without(nothing),
			"seat.offline_message_enabled": without(nothing),
			"seat.invite_to_chat_enabled":  without(nothing),
			"seat.sites":                   named("projects.edges.node.id"),
			"display_name":                 named("userName"),

			"call_settings.from_phone": named("channels.callConfiguration.respondFrom"),
			"call_settings.ask_number": named("channels.callConfiguration.isAlwaysAskForNumber"),
			"call_settings.phone":      named("channels.callConfiguration.clickToCallPhoneNumber"),

			"channels.chat.enabled":          named("channels.chatConfiguration.isEnabled"),
			"channels.chat.slots":            named("channels.chatConfiguration.numberOfSlots"),
			"channels.chat.priority":         without(twoOnly),
			"channels.chat.available":        without(nowAlone),
			"channels.call.enabled":          named("channels.callConfiguration.isEnabled"),
			"channels.call.slots":            named("availability.call.numberOfSlots"),
			"channels.call.priority":         without(twoOnly),
			"channels.call.available":        without(nowAlone),
			"channels.video.enabled":         named("channels.videoConfiguration.isEnabled"),
			"channels.video.slots":           named("availability.video.numberOfSlots"),
			"channels.video.priority":        without(twoOnly),
			"channels.video.available":       without(nowAlone),
			"channels.third_party.enabled":   named("channels.thirdPartyConfiguration.isEnabled"),
			"channels.third_party.slots":     named("channels.thirdPartyConfiguration.numberOfSlots"),
			"channels.third_party.priority":  without(nothing),
			"channels.third_party.available": without(nowAlone),
			"channels.chat_and_call":         named("channels.chatConfiguration.isSimultaneousCallAllowed"),
			"channels.chat_to_video":         named("channels.chatConfiguration.isAllowChatToVideo"),

			"skills":              named("skills.id"),
			"languages":           named("countryPreferences.languages"),
			"interface_language":  named("interfaceLanguage"),
			"time_zone":           named("countryPreferences.timezone"),
			"date_format":         named("countryPreferences.dateFormat"),
			"time_format":         named("countryPreferences.timeFormat"),
			"profile.status":      without(rest),
			"profile.description": without(rest),
			"profile.facebook":    without(rest),
			"profile.city":        without(rest),
			"profile.country":     without(rest),
			"avatar":              named("avatar"),
			"saml_id":             named("samlId"),
		},
	}
}

// graphqlAnswer is the answer to an error: of who looks at the token, or else a mistake
// of an input, which is a part of what a mutation answers, or else a part of errors.
func graphqlAnswer() func(err error) (status int, body []byte) {
	types := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: Schema}).Types
	return func(err error) (status int, body []byte) {
		if isRefusal(err) {
			e := oauthErrorOf(err)
			body, _ = json.Marshal(e) // which can be written, and so can the others
			return e.status, body
		}
		bad := inputErrors{types: types, subject: ofUsers}
		if bad.take(err) != nil {
			body, _ = json.Marshal(graphqlResponse{Errors: []graphqlError{errorAt(nil, messageOf(err))}})
			return http.StatusOK, body
		}
		type told struct {
			Typename string `json:"__typename"`
			Message  string `json:"message"`
		}
		answer := struct {
			UserErrors []told `json:"userErrors"`
		}{}
		for _, e := range bad.found {
			answer.UserErrors = append(answer.UserErrors, told{e.name, e.Message})
		}
		body, _ = json.Marshal(answer)
		return http.StatusOK, body
	}
}

// isRefusal reports whether an error comes before anything is asked for, or is the
// server's own.
func isRefusal(err error) bool {
	switch what, v := mistakeOf(err); what {
	case ours, keyRefused, tooMany:
		return true
	default:
		return v.Code == errors.IPNotWhitelisted || v.Code == errors.AccountInactive
	}
}
