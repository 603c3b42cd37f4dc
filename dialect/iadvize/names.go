// Package iadvize has two doors for clients of iAdvize: REST, the API at /api/2 with
// its operators, groups, skills and websites, and GraphQL, which names the same users,
// groups, skills and projects.
//
// Both translate names, bodies and errors; what is the roster's business, package
// directory decides. What the two share is here, in wire.go and in status.go.
package iadvize

import (
	"encoding/base64"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// The doors' names, by which their tokens are kept.
const (
	Door        = "iadvize"
	GraphQLDoor = "iadvize-graphql"
)

// TokenLife is how long a sign-in at GraphQL lasts.
const TokenLife = 24 * time.Hour

// MinPassword is the length of a password in characters, at least, where one is set.
const MinPassword = 10

// Options are what the doors work with. Directory, Clock and Log are required.
type Options struct {
	Directory    *directory.Service
	MaxBody      int64 // of a request, in bytes; dialect.DefaultMaxBody if 0
	Clock        func() time.Time
	Log          *slog.Logger
	FetchAvatars bool // GraphQL fetches pictures that are given by URL
}

// complete puts in what is standard.
func (o *Options) complete() error {
	if o.Directory == nil || o.Clock == nil || o.Log == nil {
		return errors.New("iadvize: Directory, Clock and Log are required")
	}
	if o.MaxBody == 0 {
		o.MaxBody = dialect.DefaultMaxBody
	}
	return nil
}

// Keys are those of REST, the X-API-Key: 40 characters of a-z and 0-9. Nobody signs in
// there.
func Keys() directory.Keys {
	return directory.Keys{Door: Door, OfAccounts: true, New: func(random io.Reader) (string, error) {
		return directory.RandomText(random, 40, "abcdefghijklmnopqrstuvwxyz0123456789")
	}}
}

// TokenKeys are the tokens of GraphQL: three parts of base64url with dots between them.
// A sign-in does not connect: of who is connected, iAdvize's clients can only say that
// they are not.
func TokenKeys() directory.Keys {
	return directory.Keys{Door: GraphQLDoor, New: newAccessToken, SessionLife: TokenLife}
}

// tokenParts are the lengths of a token's parts, in random bytes.
var tokenParts = []int{15, 24, 32}

func newAccessToken(random io.Reader) (string, error) {
	parts := make([]string, len(tokenParts))
	for i, n := range tokenParts {
		b := make([]byte, n)
		if _, err := io.ReadFull(random, b); err != nil {
			return "", err
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	return strings.Join(parts, "."), nil
}

// The roles in REST's words. GraphQL's base roles are the last three in capitals.
const (
	roleExpert   = "expert"
	roleOperator = "operator"
	roleManager  = "manager"
	roleAdmin    = "admin"
)

// roleTable is what the roles are in the roster, the least first. The role reader has
// no word.
var roleTable = []struct {
	word string
	role directory.Role
}{
	{roleExpert, directory.Expert},
	{roleOperator, directory.Agent},
	{roleManager, directory.Manager},
	{roleAdmin, directory.Administrator},
}

// rolesOf are e's roles.
func rolesOf(e *directory.Employee) []string {
	words := []string{}
	for _, r := range roleTable {
		if slices.Contains(e.Roles, r.role) {
			words = append(words, r.word)
		}
	}
	return words
}

// baseRoleOf is the one role that counts: the greatest, and operator for who has none.
func baseRoleOf(e *directory.Employee) string {
	words := rolesOf(e)
	if len(words) == 0 || words[len(words)-1] == roleExpert {
		return roleOperator
	}
	return words[len(words)-1]
}

// withRoles are the roles of who had some and is to have those of words: what has no
// word stays. False says that one of words is no role.
func withRoles(had []directory.Role, words []string) ([]directory.Role, bool) {
	roles, known := slices.Clone(had), []string{}
	for _, r := range roleTable {
		roles = slices.DeleteFunc(roles, func(role directory.Role) bool { return role == r.role })
		if slices.Contains(words, r.word) {
			roles, known = append(roles, r.role), append(known, r.word)
		}
	}
	return roles, !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(known, word) })
}

// channel is one of the ways in which an operator serves visitors.
type channel struct {
	word    string // REST's; in capitals GraphQL's
	of      func(*directory.Channels) *directory.Channel
	params  func(*directory.ChannelsParams) *schema.Opt[directory.ChannelParams]
	ongoing func(*directory.EmployeeActivity) int64
}

// The channels. REST knows nothing of the last.
var (
	chat = channel{"chat",
		func(c *directory.Channels) *directory.Channel { return &c.Chat },
		func(c *directory.ChannelsParams) *schema.Opt[directory.ChannelParams] { return &c.Chat },
		func(a *directory.EmployeeActivity) int64 { return a.ChatOngoing }}
	call = channel{"call",
		func(c *directory.Channels) *directory.Channel { return &c.Call },
		func(c *directory.ChannelsParams) *schema.Opt[directory.ChannelParams] { return &c.Call },
		func(a *directory.EmployeeActivity) int64 { return a.CallOngoing }}
	video = channel{"video",
		func(c *directory.Channels) *directory.Channel { return &c.Video },
		func(c *directory.ChannelsParams) *schema.Opt[directory.ChannelParams] { return &c.Video },
		func(a *directory.EmployeeActivity) int64 { return a.VideoOngoing }}
	thirdParty = channel{"third_party",
		func(c *directory.Channels) *directory.Channel { return &c.ThirdParty },
		func(c *directory.ChannelsParams) *schema.Opt[directory.ChannelParams] { return &c.ThirdParty },
		func(a *directory.EmployeeActivity) int64 { return a.ThirdPartyOngoing }}
)

// live is how a channel is now.
type live struct {
	Enabled   bool
	Ongoing   int64 // conversations
	Slots     int64 // conversations at the same time, at most
	Busy      bool  // no slot is free
	Available bool  // takes conversations: enabled, chosen so, connected, and not busy
}

func (c channel) live(p *directory.Person) live {
	kept := c.of(&p.Channels)
	l := live{Enabled: kept.Enabled, Ongoing: c.ongoing(&p.Activity), Slots: kept.Slots}
	l.Busy = p.Seat != nil && l.Ongoing >= l.Slots
	l.Available = l.Enabled && kept.Available && !l.Busy && p.Show() != directory.ShowUnavailable
	return l
}

// The priority of a channel is one of two in iAdvize.
const (
	noPriority = 0
	priority   = 10
)

// deskLanguages are the languages that iAdvize's desk has.
var deskLanguages = []directory.Language{"de", "en", "es", "fr"}

var localeGrammar = regexp.MustCompile(`^([A-Za-z]{2})(?:[_-][A-Za-z]{2})?$`)

// languageOf reads a language or a locale, of any case: "fr", "fr_FR" and "FR" are fr.
// False says that it is none.
func languageOf(text string) (directory.Language, bool) {
	found := localeGrammar.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	return directory.Language(strings.ToLower(found[1])), true
}

// restFields are what REST calls the parameters of the roster's commands.
var restFields = map[string]string{
	"last_name":               "name",
	"display_name":            "pseudo",
	"shown_name":              "pseudo",
	"login":                   "email",
	"operator.operator_login": "email",
	"handle":                  "email",

	"channels.chat.enabled":   "chat_enabled",
	"channels.chat.slots":     "chat_max_number",
	"channels.chat.priority":  "chat_priority",
	"channels.chat.available": "chat",

	"channels.call.enabled":   "call_enabled",
	"channels.call.priority":  "call_priority",
	"channels.call.available": "call",

	"channels.video.enabled":   "video_enabled",
	"channels.video.priority":  "video_priority",
	"channels.video.available": "video",

	"from_phone": "call_config",
	"ask_number": "call_config",
	"phone":      "call_config",

	"languages":          "language_list",
	"interface_language": "language_admin",
	"sites":              "website_list",
	"skills":             "skill_list",

	"profile.status":      "status",
	"profile.description": "description",
	"profile.facebook":    "facebook",
	"profile.city":        "city",
	"profile.country":     "country",

	"members":      "operator_list",
	"domain_name":  "url",
	"website.name": "label",
	"language":     "language_admin",
	"time_zone":    "timezone",
}

// fieldOf is what REST calls the place of a violation in a write of a noun.
func fieldOf(noun string, at errors.Path) string {
	name := at.String()
	for _, known := range []string{noun + "." + name, name} {
		if field := restFields[known]; field != "" {
			return field
		}
	}
	return name
}

// RESTContract is how REST maps the roster.
func RESTContract() dialect.Contract {
	const (
		telephony = "telephony, which the vendor's API knows nothing of"
		others    = "of other chat systems"
		internal  = "the roster's own"
		signIn    = "of who signs in; the vendor's is the e-mail address"
		nothing   = "the vendor has nothing like it"
		graphQL   = "GraphQL alone has it"
		nowAlone  = "the vendor tells whether conversations are taken now, for which one must be connected and have a free slot, too"
	)
	named := func(name string) dialect.Field { return dialect.Field{Name: name} }
	without := func(why string) dialect.Field { return dialect.Field{Why: why} }
	return dialect.Contract{
		Codes:  codes(),
		Answer: restAnswer,
		Fields: map[string]dialect.Field{
			"id":         named("id"),
			"account_id": named("client.id"),
			"uuid":       without(internal),
			"rocket_id":  without(others),
			"version":    without(internal),
			"created_at": without(graphQL),
			"updated_at": without(internal),

			"login":          without(signIn),
			"blocked":        without(nothing),
			"roles":          named("roles"),
			"first_name":     named("first_name"),
			"last_name":      named("name"),
			"patronymic":     without("the vendor has a first and a last name"),
			"email":          named("email"),
			"email_verified": without(nothing),
			"external_id":    named("external_id"),
			"handle":         without(others),

			"status_id":      without("the vendor has who is connected, and what channels are available"),
			"status_since":   without(nothing),
			"finer_show":     without(others),
			"status_text":    without("the vendor's status is that of the profile"),
			"schedule_id":    without(nothing),
			"call_recording": without(telephony),

			"directions.in_external":  without(telephony),
			"directions.in_internal":  without(telephony),
			"directions.out_external": without(telephony),
			"directions.out_internal": without(telephony),
			"coach.id":                without(telephony),
			"coach.always_enabled":    without(telephony),
			"groups":                  without("the vendor's group_id is the first of them"),
			"number_ids":              without(telephony),
			"link_ids":                without(telephony),

			"extension.number":             without(telephony),
			"extension.voice_mail_enabled": without(telephony),
			"extension.queue_enabled":      without(telephony),

			"seat.display_name":            named("pseudo"),
			"seat.login":                   without(signIn),
			"seat.position_id":             without(nothing),
			"seat.offline_message_enabled": without(nothing),
			"seat.invite_to_chat_enabled":  without(nothing),
			"seat.sites":                   named("website_list"),
			"display_name":                 named("pseudo"),

			"call_settings.from_phone": named("call_config.type"),
			"call_settings.ask_number": named("call_config.ask_phone_number_at_every_connection"),
			"call_settings.phone":      named("call_config.phone_number"),

			"channels.chat.enabled":          named("chat_enabled"),
			"channels.chat.slots":            named("chat_max_number"),
			"channels.chat.priority":         without("the vendor has 0 and 10, which stands for whatever is more"),
			"channels.chat.available":        without(nowAlone),
			"channels.call.enabled":          named("call_enabled"),
			"channels.call.slots":            named("live.call.slot_max_number"),
			"channels.call.priority":         without("as for chat"),
			"channels.call.available":        without(nowAlone),
			"channels.video.enabled":         named("video_enabled"),
			"channels.video.slots":           named("live.video.slot_max_number"),
			"channels.video.priority":        without("as for chat"),
			"channels.video.available":       without(nowAlone),
			"channels.third_party.enabled":   without(graphQL),
			"channels.third_party.slots":     without(graphQL),
			"channels.third_party.priority":  without(nothing),
			"channels.third_party.available": without(graphQL),
			"channels.chat_and_call":         named("chat_and_call"),
			"channels.chat_to_video":         named("chat_to_video"),

			"skills":              named("skill_list"),
			"languages":           named("language_list"),
			"interface_language":  named("language_admin"),
			"time_zone":           without(graphQL),
			"date_format":         without(graphQL),
			"time_format":         without(graphQL),
			"profile.status":      named("profile.status"),
			"profile.description": named("profile.description"),
			"profile.facebook":    named("profile.facebook"),
			"profile.city":        named("profile.city"),
			"profile.country":     named("profile.country"),
			"avatar":              without(graphQL),
			"saml_id":             without(graphQL),
		},
	}
}
