package iadvize

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// An operator is anybody of the roster. Who has no seat yet is given one with the first
// thing that only a seat has.

var operatorEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "operator", noun: operators.name, params: []string{"filters"}, handle: (*restCall).listOperators},
	{method: http.MethodPost, path: "operator", noun: operators.name, handle: (*restCall).createOperator},
	{method: http.MethodGet, path: "operator/{id}", noun: operators.name, handle: (*restCall).getOperator},
	{method: http.MethodPut, path: "operator/{id}", noun: operators.name, handle: (*restCall).updateOperator},
	{method: http.MethodDelete, path: "operator/{id}", noun: operators.name, handle: (*restCall).deleteOperator},
	{method: http.MethodGet, path: "operator/{id}/statistic", noun: operators.name, handle: (*restCall).getStatistic},
	{method: http.MethodGet, path: "operator/{id}/profile", noun: operators.name, handle: (*restCall).getProfile},
	{method: http.MethodPut, path: "operator/{id}/profile", noun: operators.name, handle: (*restCall).updateProfile},
}

// Where calls are answered.
const (
	fromDesk  = "ANSWER_FROM_DESK"
	fromPhone = "ANSWER_FROM_PHONE"
)

var operators = noun[directory.Person]{name: "operator", columns: []column[directory.Person]{
	{fieldID, func(p *directory.Person) any { return p.ID }},
	{"name", func(p *directory.Person) any { return p.LastName }},
	{"first_name", func(p *directory.Person) any { return orNull(p.FirstName) }},
	{"pseudo", func(p *directory.Person) any { return p.ShownName() }},
	{"email", func(p *directory.Person) any { return orNull(p.Email) }},
	{"external_id", func(p *directory.Person) any { return orNull(p.ExternalID) }},
	{"role", func(p *directory.Person) any { return baseRoleOf(&p.Employee) }},
	{"roles", func(p *directory.Person) any { return rolesOf(&p.Employee) }},
	{"chat_enabled", func(p *directory.Person) any { return p.Channels.Chat.Enabled }},
	{"call_enabled", func(p *directory.Person) any { return p.Channels.Call.Enabled }},
	{"video_enabled", func(p *directory.Person) any { return p.Channels.Video.Enabled }},
	{"chat_max_number", func(p *directory.Person) any { return p.Channels.Chat.Slots }},
	{"chat_and_call", func(p *directory.Person) any { return p.Channels.ChatAndCall }},
	{"chat_to_video", func(p *directory.Person) any { return p.Channels.ChatToVideo }},
	{"chat_priority", func(p *directory.Person) any { return priorityOf(p.Channels.Chat) }},
	{"call_priority", func(p *directory.Person) any { return priorityOf(p.Channels.Call) }},
	{"video_priority", func(p *directory.Person) any { return priorityOf(p.Channels.Video) }},
	{"language_list", func(p *directory.Person) any { return p.Languages }},
	{"language_admin", func(p *directory.Person) any { return orNull(p.InterfaceLanguage) }},
	{"group_id", func(p *directory.Person) any {
		if len(p.Groups) == 0 {
			return nil
		}
		return p.Groups[0]
	}},
	{"website_list", func(p *directory.Person) any {
		if p.Seat == nil {
			return []int64{}
		}
		return p.Seat.Sites
	}},
	{"skill_list", func(p *directory.Person) any { return p.Skills }},
	{"sso_key", func(*directory.Person) any { return nil }}, // there is no page to sign in by a link
	{"call_config", func(p *directory.Person) any {
		kind := fromDesk
		if p.CallSettings.FromPhone {
			kind = fromPhone
		}
		return object{{"type", kind}, {"ask_phone_number_at_every_connection", p.CallSettings.AskNumber}, {"phone_number", orNull(p.CallSettings.Phone)}}
	}},
}}

func idOfPerson(p *directory.Person) int64 { return p.ID }

// priorityOf is one of the vendor's two.
func priorityOf(c directory.Channel) int64 {
	if c.Priority > noPriority {
		return priority
	}
	return noPriority
}

var operatorFilters = []filter{
	byIDs("id", "id", directory.OpIn),
	byIDs("group_id", directory.PersonGroups, directory.OpOverlap),
	byIDs("website_id", directory.PersonSites, directory.OpOverlap),
	byIDs("website_list", directory.PersonSites, directory.OpOverlap),
	byIDs("skill_id", directory.PersonSkills, directory.OpOverlap),
	byText("name", "last_name"),
	byText("external_id", "external_id"),
	byText("email", "email"),
	byFlag("connected", directory.PersonConnected),
}

func (c *restCall) listOperators() (result, error) {
	return list(c, &operators, operatorFilters, idOfPerson, func(q directory.Query, _ []string) (directory.Page[directory.Person], error) {
		return c.Directory.People(c.ctx, q)
	})
}

// person finds who the path names.
func (c *restCall) person() (*directory.Person, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	return c.personBy(id)
}

func (c *restCall) personBy(id int64) (*directory.Person, error) {
	page, err := c.Directory.People(c.ctx, only(id))
	return first(c, id, page, err)
}

func (c *restCall) getOperator() (result, error) { return getPerson(c, &operators) }

// getPerson answers what a noun shows of who the path names.
func getPerson(c *restCall, n *noun[directory.Person]) (result, error) {
	picked, err := n.pick(c, nil)
	if err != nil {
		return result{}, err
	}
	p, err := c.person()
	if err != nil {
		return result{}, err
	}
	return result{data: n.show(p, p.ID, picked)}, nil
}

// operatorInput is what a write says of an operator.
type operatorInput struct {
	had *directory.Person // nobody in a create

	names    directory.Names
	email    schema.Opt[directory.Email]
	extras   directory.Extras
	person   directory.PersonParams
	channels directory.ChannelsParams
	roles    []string
}

// operatorFields are the fields of a write, in the documented order.
var operatorFields = []field[operatorInput]{
	{fieldID, func(o *operatorInput, v any) bool { return isSame(v, strconv.FormatInt(o.had.ID, 10)) }},
	{fieldLink, func(o *operatorInput, v any) bool { return isSame(v, linkOf(operators.name, o.had.ID)) }},
	{"name", func(o *operatorInput, v any) bool { return textTo(&o.names.LastName, v) }},
	{"first_name", func(o *operatorInput, v any) bool { return textTo(&o.names.FirstName, v) }},
	{"pseudo", func(o *operatorInput, v any) bool { return textTo(&o.person.DisplayName, v) && v != nil }},
	{"email", func(o *operatorInput, v any) bool { return textTo(&o.email, v) && o.email.Value != "" }},
	{"password", func(o *operatorInput, v any) bool { return textTo(&o.person.Password, v) && isPassword(v) }},
	{"external_id", func(o *operatorInput, v any) bool { return textTo(&o.extras.ExternalID, v) }},
	{"roles", func(o *operatorInput, v any) (ok bool) {
		o.roles, ok = wordList(v)
		return ok && len(o.roles) > 0 && o.takeRoles(o.roles)
	}},
	{"role", func(o *operatorInput, v any) bool { return o.takeRole(v) }},
	{"chat_enabled", func(o *operatorInput, v any) bool { return flagTo(&o.channel(chat).Enabled, v) }},
	{"call_enabled", func(o *operatorInput, v any) bool { return flagTo(&o.channel(call).Enabled, v) }},
	{"video_enabled", func(o *operatorInput, v any) bool { return flagTo(&o.channel(video).Enabled, v) }},
	{"chat_max_number", func(o *operatorInput, v any) bool { return wholeTo(&o.channel(chat).Slots, v) }},
	{"chat_and_call", func(o *operatorInput, v any) bool { return flagTo(&o.person.ChatAndCall, v) }},
	{"chat_to_video", func(o *operatorInput, v any) bool { return flagTo(&o.person.ChatToVideo, v) }},
	{"chat_priority", func(o *operatorInput, v any) bool { return priorityTo(&o.channel(chat).Priority, v) }},
	{"call_priority", func(o *operatorInput, v any) bool { return priorityTo(&o.channel(call).Priority, v) }},
	{"video_priority", func(o *operatorInput, v any) bool { return priorityTo(&o.channel(video).Priority, v) }},
	{"language_list", func(o *operatorInput, v any) bool { return languagesTo(&o.extras.Languages, v) }},
	{"language_admin", func(o *operatorInput, v any) bool {
		return codeTo(&o.extras.InterfaceLanguage, v, deskLanguages...)
	}},
	{"group_id", func(o *operatorInput, v any) bool { return wholeTo(&o.person.GroupID, v) }},
	{"website_list", func(o *operatorInput, v any) bool { return idsTo(&o.person.Sites, v) }},
	{"skill_list", func(o *operatorInput, v any) bool { return idsTo(&o.extras.Skills, v) }},
	{"sso_key", func(_ *operatorInput, v any) bool { return v == nil || v == "" }},
	{"call_config", func(o *operatorInput, v any) bool { return o.takeCallConfig(v) }},
}

// channel is what is said of a channel.
func (o *operatorInput) channel(of channel) *directory.ChannelParams {
	params := of.params(&o.channels)
	if !params.IsSet() {
		*params = schema.Some(directory.ChannelParams{})
	}
	return &params.Value
}

// takeRoles and takeRole give the roles that were asked for, and report whether they
// are some. One role leaves an expert an expert.
func (o *operatorInput) takeRoles(words []string) bool {
	roles, ok := withRoles(o.had.Roles, words)
	o.extras.Roles = schema.Some(roles)
	return ok
}

func (o *operatorInput) takeRole(v any) bool {
	word, _ := v.(string)
	switch {
	case word == "" || word == roleExpert:
		return false
	case o.roles != nil: // must say the same
		return slices.Contains(o.roles, word)
	case slices.Contains(o.had.Roles, directory.Expert):
		return o.takeRoles([]string{word, roleExpert})
	}
	return o.takeRoles([]string{word})
}

// phoneGrammar is a number with the prefix of a country (E.164).
var phoneGrammar = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// takeCallConfig reads where calls are answered, as far as it is told. Who answers them
// at the desk is not asked for a number.
func (o *operatorInput) takeCallConfig(v any) bool {
	p := &o.person
	if v == nil {
		p.FromPhone, p.AskNumber, p.Phone = schema.Null[bool](), schema.Null[bool](), schema.Null[directory.PhoneText]()
		return true
	}
	config, ok := v.(map[string]any)
	for name, v := range config {
		switch name {
		case "type":
			p.FromPhone = schema.Some(v == fromPhone)
			ok = ok && (v == fromDesk || v == fromPhone)
		case "ask_phone_number_at_every_connection":
			ok = flagTo(&p.AskNumber, v) && ok
		case "phone_number":
			ok = phoneTo(&p.Phone, v) && ok
		default:
			ok = false
		}
	}
	if p.FromPhone.IsSet() && !p.FromPhone.Value && p.AskNumber.IsAbsent() {
		p.AskNumber = schema.Some(false)
	}
	return ok
}

func phoneTo(to *schema.Opt[directory.PhoneText], v any) bool {
	if v == "" {
		v = nil
	}
	return textTo(to, v) && (v == nil || phoneGrammar.MatchString(string(to.Value)))
}

func priorityTo(to *schema.Opt[int64], v any) bool {
	return wholeTo(to, v) && (!to.IsSet() || to.Value == noPriority || to.Value == priority)
}

func languagesTo(to *schema.Opt[[]directory.Language], v any) bool {
	words, ok := wordList(v)
	languages := make([]directory.Language, len(words))
	for i, word := range words {
		var language schema.Opt[directory.Language]
		ok = ok && word != "" && codeTo(&language, word)
		languages[i] = language.Value
	}
	*to = schema.Some(languages)
	return ok || v == nil
}

// channelsGiven are what was said of the channels, absent if that is nothing.
func (o *operatorInput) channelsGiven() schema.Opt[directory.ChannelsParams] {
	if o.channels == (directory.ChannelsParams{}) {
		return schema.Opt[directory.ChannelsParams]{}
	}
	return schema.Some(o.channels)
}

// createOperator adds an operator, who signs in with the e-mail address.
func (c *restCall) createOperator() (result, error) {
	o := operatorInput{had: &directory.Person{}}
	if err := readFields(c.body, operatorFields, &o); err != nil {
		return result{}, err
	}
	switch {
	case !o.names.LastName.IsSet():
		return result{}, errMissing("name")
	case !o.email.IsSet():
		return result{}, errMissing("email")
	}
	if !o.extras.Roles.IsSet() {
		o.takeRoles([]string{roleOperator})
	}
	o.person.Login, o.person.Seat = schema.Some(string(o.email.Value)), schema.Some(true)
	o.extras.Channels = o.channelsGiven()
	command := directory.CreatePerson{PersonParams: o.person}
	command.Names, command.Email, command.Extras = o.names, o.email, o.extras
	made := c.Directory.CreatePeople(c.ctx, []directory.CreatePerson{command})[0]
	if made.Err != nil {
		return result{}, made.Err
	}
	return c.operatorNow(made.Value)
}

// operatorNow is the answer to a write.
func (c *restCall) operatorNow(id int64) (result, error) {
	p, err := c.personBy(id)
	if err != nil {
		return result{}, err
	}
	return written(c.method, operators.show(p, id, nil)), nil
}

// login is the new login of who signs in with the e-mail address, or of who had none and
// is given a password; absent if there is no other.
func (o *operatorInput) login() (login schema.Opt[string], err error) {
	had, address := o.had, string(o.email.Or(o.had.Email))
	first := had.Login == "" && o.person.Password.IsSet()
	isSame := had.Login != "" && directory.Fold(had.Login) == directory.Fold(string(had.Email))
	switch {
	case first && address == "":
		return login, errMissing("email")
	case first, isSame && directory.Fold(address) != directory.Fold(had.Login):
		return schema.Some(address), nil
	}
	return login, nil
}

// updateOperator changes an operator.
func (c *restCall) updateOperator() (result, error) {
	p, err := c.person()
	if err != nil {
		return result{}, err
	}
	o := operatorInput{had: p}
	if err := readFields(c.body, operatorFields, &o); err != nil {
		return result{}, err
	}
	login, err := o.login()
	if err != nil {
		return result{}, err
	}
	o.person.Login = login
	o.extras.Channels = o.channelsGiven()
	if p.Seat == nil && (o.extras.Channels.IsSet() || o.person.Sites.IsSet()) {
		o.person.Seat = schema.Some(true)
	}
	command := directory.UpdatePerson{PersonParams: o.person}
	command.ID, command.Names, command.Email, command.Extras = schema.Some(p.ID), o.names, o.email, o.extras
	if err := c.Directory.UpdatePeople(c.ctx, []directory.UpdatePerson{command})[0].Err; err != nil {
		return result{}, err
	}
	return c.operatorNow(p.ID)
}

func (c *restCall) deleteOperator() (result, error) {
	return remove(c, func(id int64) error {
		return c.Directory.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}})[0].Err
	})
}

// remove answers a DELETE, whose body says nothing.
func remove(c *restCall, remove func(id int64) error) (result, error) {
	id, err := c.id()
	if err != nil {
		return result{}, err
	}
	if err := readFields(c.body, nil, &struct{}{}); err != nil {
		return result{}, err
	}
	return result{}, remove(id)
}

// satisfactionUnit is what the roster counts satisfaction in: 10000 is everybody.
const satisfactionUnit = 10_000

var statistics = noun[directory.Person]{name: operators.name, noLink: true, columns: []column[directory.Person]{
	{fieldID, func(p *directory.Person) any { return p.ID }},
	{"conversation_number", func(p *directory.Person) any { return p.Activity.Conversations }},
	{"satisfaction_global_rate", func(p *directory.Person) any {
		if !p.Activity.SatisfactionRate.IsSet() {
			return nil
		}
		return float64(p.Activity.SatisfactionRate.Value) / satisfactionUnit
	}},
	{"experience", func(p *directory.Person) any { return p.Activity.Experience }},
}}

func (c *restCall) getStatistic() (result, error) { return getPerson(c, &statistics) }

const fieldUserID = "user_id"

var profiles = noun[directory.Person]{name: operators.name, noLink: true, columns: []column[directory.Person]{
	{fieldUserID, func(p *directory.Person) any { return p.ID }},
	{"status", func(p *directory.Person) any { return orNull(p.Profile.Status) }},
	{"description", func(p *directory.Person) any { return orNull(p.Profile.Description) }},
	{"facebook", func(p *directory.Person) any { return orNull(p.Profile.Facebook) }},
	{"city", func(p *directory.Person) any { return orNull(p.Profile.City) }},
	{"country", func(p *directory.Person) any { return orNull(p.Profile.Country) }},
}}

func (c *restCall) getProfile() (result, error) { return getPerson(c, &profiles) }

// profileInput is what a write says of a profile.
type profileInput struct {
	id int64
	directory.ProfileParams
}

var profileFields = []field[profileInput]{
	{fieldUserID, func(p *profileInput, v any) bool { return isSame(v, strconv.FormatInt(p.id, 10)) }},
	{"status", func(p *profileInput, v any) bool { return textTo(&p.Status, v) }},
	{"description", func(p *profileInput, v any) bool { return textTo(&p.Description, v) }},
	{"facebook", func(p *profileInput, v any) bool { return textTo(&p.Facebook, v) }},
	{"city", func(p *profileInput, v any) bool { return textTo(&p.City, v) }},
	{"country", func(p *profileInput, v any) bool { return textTo(&p.Country, v) }},
}

// updateProfile changes a profile, which the vendor's API can only read.
func (c *restCall) updateProfile() (result, error) {
	p, err := c.person()
	if err != nil {
		return result{}, err
	}
	input := profileInput{id: p.ID}
	if err := readFields(c.body, profileFields, &input); err != nil {
		return result{}, err
	}
	var command directory.UpdatePerson
	command.ID, command.Profile = schema.Some(p.ID), schema.Some(input.ProfileParams)
	if err := c.Directory.UpdatePeople(c.ctx, []directory.UpdatePerson{command})[0].Err; err != nil {
		return result{}, err
	}
	if p, err = c.personBy(p.ID); err != nil {
		return result{}, err
	}
	return result{data: profiles.show(p, p.ID, nil)}, nil
}
