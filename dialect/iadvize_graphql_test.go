package dialect_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/iadvize"
)

// iAdvizeGraphQL is the door of iAdvize's GraphQL.
type iAdvizeGraphQL struct {
	client
	groups, skills, sites map[string]any // ids by name
	roles                 map[string]any // ids by base role
}

func newIAdvizeGraphQL(t testing.TB, base string) *iAdvizeGraphQL {
	d := &iAdvizeGraphQL{client: client{url: base, header: http.Header{}}, roles: map[string]any{}}
	_, answer := d.signIn(t, admin, password)
	token, _ := in(answer, "access_token").(string)
	d.header.Set("Authorization", "Bearer "+token)
	data := d.call(t, `{
		groups { edges { node { id name } } }
		skills { edges { node { id name } } }
		projects { edges { node { id name } } }
		professionalBaseRoles { id baseRoleName }
	}`, nil)
	list := func(name string) map[string]any {
		ids := map[string]any{}
		for _, edge := range each(in(data, name, "edges")) {
			ids[in(edge, "node", "name").(string)] = in(edge, "node", "id")
		}
		return ids
	}
	d.groups, d.skills, d.sites = list("groups"), list("skills"), list("projects")
	for _, role := range each(in(data, "professionalBaseRoles")) {
		d.roles[in(role, "baseRoleName").(string)] = in(role, "id")
	}
	return d
}

func (d *iAdvizeGraphQL) signIn(t testing.TB, login, password string) (*http.Response, any) {
	t.Helper()
	return d.send(t, http.MethodPost, iadvize.TokenPath, url.Values{"grant_type": {"password"}, "username": {login}, "password": {password}})
}

func (d *iAdvizeGraphQL) signsIn(t testing.TB, login, password string) bool {
	t.Helper()
	_, answer := d.signIn(t, login, password)
	return in(answer, "access_token") != nil
}

// call returns the data of a request that is good.
func (d *iAdvizeGraphQL) call(t testing.TB, query string, variables object) any {
	t.Helper()
	response, answer := d.send(t, http.MethodPost, iadvize.GraphQLPath, object{"query": query, "variables": variables})
	if response.StatusCode != http.StatusOK || in(answer, "errors") != nil {
		t.Fatalf("%s %v: %d %v", query, variables, response.StatusCode, answer)
	}
	return in(answer, "data")
}

// mutations are the requests to change users, by their names.
var mutations = map[string]string{
	"userCreate":                   `mutation ($input: UserCreateInput!) { done: userCreate(input: $input) { user { id } userErrors { __typename message } } }`,
	"userUpdate":                   `mutation ($input: UserUpdateInput!) { done: userUpdate(input: $input) { user { id } userErrors { __typename message } } }`,
	"userAvailabilityStatusUpdate": `mutation ($input: UserAvailabilityStatusUpdateInput!) { done: userAvailabilityStatusUpdate(input: $input) { user { id } userErrors { __typename message } } }`,
	"userDelete":                   `mutation ($input: UserDeleteInput!) { done: userDelete(input: $input) { userErrors { __typename message } } }`,
}

// change returns the id of the user that a mutation changed.
func (d *iAdvizeGraphQL) change(t testing.TB, mutation string, input object) any {
	t.Helper()
	done := in(d.call(t, mutations[mutation], object{"input": input}), "done")
	if wrong := each(in(done, "userErrors")); len(wrong) > 0 {
		t.Fatalf("%s %v: %v", mutation, input, wrong)
	}
	return in(done, "user", "id")
}

func (d *iAdvizeGraphQL) Name() string { return "iAdvize GraphQL" }

func (d *iAdvizeGraphQL) Contract() dialect.Contract { return iadvize.GraphQLContract() }

// graphQLNames are the members of inputs by which fields are written; those of
// availability are in an input of their own.
var graphQLNames = map[string]string{
	"first_name":                     "firstName",
	"last_name":                      "lastName",
	dialecttest.ShownName:            "userName",
	"email":                          "email",
	"password":                       "password",
	"external_id":                    "externalId",
	"saml_id":                        "samlId",
	"roles":                          "roleId",
	dialecttest.FirstGroup:           "groupId",
	"skills":                         "skillIds",
	"seat.sites":                     "projectIds",
	"languages":                      "countryPreferences.languages",
	"interface_language":             "countryPreferences.interfaceLanguage",
	"time_zone":                      "countryPreferences.timezone",
	"date_format":                    "countryPreferences.dateFormat",
	"time_format":                    "countryPreferences.timeFormat",
	"channels.chat.enabled":          "channels.chatConfiguration.isEnabled",
	"channels.chat.slots":            "channels.chatConfiguration.numberOfSlots",
	dialecttest.Preferred + "chat":   "channels.chatConfiguration.hasPriorityOnChat",
	"channels.chat_to_video":         "channels.chatConfiguration.isAllowChatToVideo",
	"channels.chat_and_call":         "channels.chatConfiguration.isSimultaneousCallAllowed",
	"channels.call.enabled":          "channels.callConfiguration.isEnabled",
	dialecttest.Preferred + "call":   "channels.callConfiguration.hasPriorityOnCall",
	"call_settings.from_phone":       "channels.callConfiguration.respondFrom",
	"call_settings.ask_number":       "channels.callConfiguration.isAlwaysAskForNumber",
	"call_settings.phone":            "channels.callConfiguration.clickToCallPhoneNumber",
	"channels.video.enabled":         "channels.videoConfiguration.isEnabled",
	dialecttest.Preferred + "video":  "channels.videoConfiguration.hasPriorityOnVideo",
	"channels.third_party.enabled":   "channels.thirdPartyConfiguration.isEnabled",
	"channels.third_party.slots":     "channels.thirdPartyConfiguration.numberOfSlots",
	"channels.chat.available":        "availability.chat",
	"channels.call.available":        "availability.call",
	"channels.video.available":       "availability.video",
	"channels.third_party.available": "availability.thirdParty",
}

func (d *iAdvizeGraphQL) Writes(field string, _ any) bool { return graphQLNames[field] != "" }

// userFields are all that users have, the parts of them that mutations take only whole
// among it.
const userFields = `id email lastName firstName userName avatar createdAt interfaceLanguage
	skills { name } projects { edges { node { name } } } presence { isConnected }
	availability { chat { ...channel } call { ...channel } video { ...channel } thirdParty { ...channel } }
	countryPreferences { dateFormat interfaceLanguage languages timeFormat timezone }
	... on Professional {
		samlId externalId group { name } role { baseRoleName }
		channels {
			callConfiguration { clickToCallPhoneNumber hasPriorityOnCall isAlwaysAskForNumber isEnabled respondFrom }
			chatConfiguration { hasPriorityOnChat isAllowChatToVideo isEnabled isSimultaneousCallAllowed numberOfSlots }
			thirdPartyConfiguration { isEnabled numberOfSlots }
			videoConfiguration { hasPriorityOnVideo isEnabled }
		}
	}`

const usersQuery = `query ($filters: UserFilters) { users(filters: $filters, first: 2) { edges { node { ` + userFields + ` } } } }
	fragment channel on UserChannelAvailability { isEnabled isAvailable numberOfOngoingConversations numberOfSlots }`

// newUser is what a new user has where nothing else is said.
func newUser() object {
	return object{
		"projectIds":         []any{},
		"countryPreferences": object{"interfaceLanguage": "en", "languages": []any{}},
		"channels": object{
			"callConfiguration":       object{"hasPriorityOnCall": false, "isAlwaysAskForNumber": false, "isEnabled": false, "respondFrom": "DESK"},
			"chatConfiguration":       object{"hasPriorityOnChat": false, "isAllowChatToVideo": false, "isEnabled": true, "numberOfSlots": 1},
			"thirdPartyConfiguration": object{"isEnabled": false, "numberOfSlots": 1},
			"videoConfiguration":      object{"hasPriorityOnVideo": false, "isEnabled": false},
		},
	}
}

// input is what says p of a user, with the whole of what is told of them in parts.
func (d *iAdvizeGraphQL) input(p dialecttest.Person, user object) (input, availability object) {
	input = object{}
	for field, value := range p {
		path := graphQLNames[field]
		switch field {
		case "roles":
			for base, role := range graphQLRoles {
				if slices.Contains(value.([]string), role) {
					value = d.roles[base]
					break
				}
			}
		case "skills":
			value = idsOf(d.skills, value)
		case "seat.sites":
			value = idsOf(d.sites, value)
		case dialecttest.FirstGroup:
			value = d.groups[value.(string)]
		case "call_settings.from_phone":
			value = map[any]string{true: "CLICK_TO_CALL_NUMBER", false: "DESK"}[value]
		case "call_settings.phone":
			if value == "" {
				value = nil
			}
		}
		if strings.HasPrefix(path, "availability.") {
			value = map[any]string{true: "AVAILABLE", false: "UNAVAILABLE"}[value]
		}
		if parts := strings.Split(path, "."); parts[0] == "countryPreferences" {
			input[parts[0]] = user[parts[0]]
		} else if parts[0] == "channels" {
			sub(input, "channels")[parts[1]] = in(user, "channels", parts[1])
		}
		put(input, path, value)
	}
	availability, _ = input["availability"].(object)
	delete(input, "availability")
	return input, availability
}

// graphQLRoles are the roles by which employees administer.
var graphQLRoles = map[string]string{"ADMIN": "administrator", "MANAGER": "manager"}

func (d *iAdvizeGraphQL) Create(t testing.TB, p dialecttest.Person) {
	t.Helper()
	user := newUser()
	input, availability := d.input(p, user)
	for name, value := range user {
		if input[name] == nil {
			input[name] = value
		}
	}
	if input["samlId"] == nil { // which the vendor has instead
		input["password"] = password
	}
	d.choose(t, d.change(t, "userCreate", input), availability)
}

// choose says which channels are available.
func (d *iAdvizeGraphQL) choose(t testing.TB, id any, availability object) {
	t.Helper()
	if availability != nil {
		availability["userId"] = id
		d.change(t, "userAvailabilityStatusUpdate", availability)
	}
}

// user is what users tells of who; nil if there is nobody.
func (d *iAdvizeGraphQL) user(t testing.TB, who dialecttest.Person) object {
	t.Helper()
	filters := object{"emails": []any{who["email"]}}
	if who["id"] != nil {
		filters = object{"userIds": []any{who["id"]}}
	}
	user, _ := in(first(in(d.call(t, usersQuery, object{"filters": filters}), "users", "edges")), "node").(object)
	return user
}

func (d *iAdvizeGraphQL) Find(t testing.TB, who dialecttest.Person) dialecttest.Person {
	t.Helper()
	user := d.user(t, who)
	if user == nil {
		return nil
	}
	p := dialecttest.Told(d.Contract(), user)
	delete(p, "display_name")
	delete(p, "seat.display_name")
	p[dialecttest.ShownName], p["created_at"] = user["userName"], moment(t, user["createdAt"])
	p["roles"] = grants([]any{in(user, "role", "baseRoleName")}, graphQLRoles)
	p["call_settings.from_phone"] = in(user, "channels", "callConfiguration", "respondFrom") == "CLICK_TO_CALL_NUMBER"
	names := dialecttest.Told(dialect.Contract{Fields: map[string]dialect.Field{
		"skills": {Name: "skills.name"}, "seat.sites": {Name: "projects.edges.node.name"},
	}}, user)
	p["skills"], p["seat.sites"] = names["skills"], names["seat.sites"]
	p[dialecttest.FirstGroup] = in(user, "group", "name")
	p[dialecttest.UTCOffset] = utcOffset(t, p["time_zone"])
	for channel, name := range map[string]string{"chat": "hasPriorityOnChat", "call": "hasPriorityOnCall", "video": "hasPriorityOnVideo"} {
		p[dialecttest.Preferred+channel] = in(user, "channels", channel+"Configuration", name)
	}
	for _, channel := range channels {
		live := in(user, "availability", strings.Replace(channel, "_p", "P", 1))
		p[dialecttest.Takes+channel], p[dialecttest.Ongoing+channel] = in(live, "isAvailable"), whole(in(live, "numberOfOngoingConversations"))
	}
	p[dialecttest.Connected] = in(user, "presence", "isConnected")
	p[dialecttest.Presence] = presenceOf(p)
	return p
}

func (d *iAdvizeGraphQL) Change(t testing.TB, who, change dialecttest.Person) {
	t.Helper()
	user := d.user(t, who)
	input, availability := d.input(change, user)
	if len(input) > 0 {
		input["userId"] = user["id"]
		d.change(t, "userUpdate", input)
	}
	d.choose(t, user["id"], availability)
}

func (d *iAdvizeGraphQL) Delete(t testing.TB, who dialecttest.Person) {
	t.Helper()
	d.change(t, "userDelete", object{"userId": d.user(t, who)["id"]})
}
