package rocketchat

import (
	"bufio"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// livechat are the endpoints of agents and managers.
var livechat = []endpoint{
	{method: http.MethodGet, path: "livechat/users/{type}", params: &listUsersRule, grants: reads, handle: (*call).listUsers},
	{method: http.MethodPost, path: "livechat/users/{type}", params: &addUserRule, needs: []permission{viewLivechatManager}, grants: changes, handle: (*call).addUser},
	{method: http.MethodGet, path: "livechat/users/{type}/{id}", needs: []permission{viewLivechatManager}, grants: reads, handle: (*call).getUser},
	{method: http.MethodDelete, path: "livechat/users/{type}/{id}", needs: []permission{viewLivechatManager}, grants: changes, handle: (*call).removeUser},
	{method: http.MethodPost, path: "livechat/agent.status", params: &agentStatusRule, needs: []permission{viewLRoom}, grants: changes, handle: (*call).setAgentStatus},
	{method: http.MethodPost, path: "livechat/agents.saveInfo", params: &saveAgentRule, needs: []permission{manageLivechatAgents}, grants: changes, handle: (*call).saveAgent},
	{method: http.MethodGet, path: "livechat/agents/{id}/departments", params: &agentDepartmentsRule, needs: []permission{viewLRoom}, grants: reads, handle: (*call).listAgentDepartments},
}

var (
	reads   = []directory.Right{directory.SelectEmployees}
	changes = []directory.Right{directory.SelectEmployees, directory.UpdateEmployees}
)

// The vendor's schemas: query and fields are in them, and do nothing there either.
var (
	listUsersRule = closed(nil, text("text").orNull(), flag("onlyAvailable").orNull(), text("excludeId").orNull(), flag("showIdleAgents").orNull(),
		number("count").orNull(), number("offset").orNull(), text("sort").orNull(), text("query").orNull(), text("fields").orNull())
	addUserRule     = closed([]string{"username"}, text("username"))
	agentStatusRule = closed(nil, member{"status", rule{kind: aText, nullable: true, words: []string{available, notAvailable}}}, text("agentId").orNull())
	saveAgentRule   = closed([]string{"agentId", "agentData", "agentDepartments"},
		text("agentId"), member{"agentData", rule{kind: anObject, open: true}}, list("agentDepartments", rule{kind: aText}))
	agentDepartmentsRule = closed(nil, text("enabledDepartmentsOnly").orNull())
)

// userType is a type of users that Omnichannel has.
type userType string

const (
	agentType   userType = "agent"
	managerType userType = "manager"
)

// userType is the type in the path; there may be no such type.
func (c *call) userType() userType { return userType(c.r.PathValue("type")) }

func (t userType) isKnown() bool { return t == agentType || t == managerType }

// has reports whether p is of the type.
func (t userType) has(p *directory.Person) bool {
	if t == agentType {
		return p.IsChatAgent()
	}
	return slices.Contains(p.Roles, directory.Manager)
}

func errInvalidType() error { return errBad("Invalid type") }

// listedUser is a user in a list of agents or managers. What they lack is null.
type listedUser struct {
	ID             string         `json:"_id"`
	Username       string         `json:"username"`
	Status         string         `json:"status"`
	StatusLivechat *string        `json:"statusLivechat"`
	Name           string         `json:"name"`
	Emails         *[]email       `json:"emails"`
	Livechat       *livechatLimit `json:"livechat"`
	Departments    []string       `json:"departments"`
}

// foundUser is an agent or manager who was asked for. What they lack is left out.
type foundUser struct {
	ID             string         `json:"_id"`
	Username       string         `json:"username"`
	Name           string         `json:"name"`
	Status         string         `json:"status"`
	StatusLivechat string         `json:"statusLivechat,omitempty"`
	Emails         []email        `json:"emails,omitempty"`
	Livechat       *livechatLimit `json:"livechat,omitempty"`
}

// livechatLimit is how many chats an agent has at the same time at most.
type livechatLimit struct {
	Chats int64 `json:"maxNumberSimultaneousChat"`
}

// limitOf is p's limit; nil for who has no seat.
func limitOf(p *directory.Person) *livechatLimit {
	if p.Seat == nil {
		return nil
	}
	return &livechatLimit{p.Channels.Chat.Slots}
}

func listed(p *directory.Person) listedUser {
	u := listedUser{
		ID: p.RocketID, Username: p.Handle, Status: string(p.Show().Presence()), Name: p.ShownName(), Livechat: limitOf(p), Departments: []string{},
	}
	if emails := emailsOf(p); emails != nil {
		u.Emails = &emails
	}
	if status := statusLivechatOf(p); status != "" {
		u.StatusLivechat = &status
	}
	if p.IsChatAgent() {
		for _, g := range p.In {
			u.Departments = append(u.Departments, g.RocketID)
		}
	}
	return u
}

// userPage is a page of users.
type userPage struct {
	Users  []listedUser `json:"users"`
	Count  int          `json:"count"` // of the page
	Offset int64        `json:"offset"`
	Total  int64        `json:"total"`
}

// userFields are the fields of a list of users by which it can be sorted.
var userFields = map[string]string{
	"_id":                                directory.PersonRocketID,
	"username":                           "handle",
	"status":                             directory.PersonPresence,
	"statusLivechat":                     directory.PersonChatStatus,
	"name":                               directory.PersonName,
	"emails":                             "email",
	"emails.address":                     "email",
	"livechat":                           directory.PersonChatSlots,
	"livechat.maxNumberSimultaneousChat": directory.PersonChatSlots,
}

func (c *call) listUsers() (any, error) {
	q := directory.Query{}
	var err error
	if q.Order, err = c.order(userFields); err != nil {
		return nil, err
	}
	switch t := c.userType(); {
	case !t.isKnown():
		return nil, errInvalidType()
	case t == agentType && !c.mayAny(transferLivechatGuest, editOmnichannelContact),
		t == managerType && !c.may(viewLivechatManager):
		return nil, errUnauthorized()
	}
	q.Where = c.usersAsked()
	if q.Offset, q.Limit = c.page(); q.Limit == 0 {
		return c.writeUsers(q)
	}
	page, err := c.Directory.People(c.ctx, q)
	if err != nil {
		return nil, err
	}
	answer := userPage{make([]listedUser, len(page.Items)), len(page.Items), q.Offset, page.Total}
	for i := range page.Items {
		answer.Users[i] = listed(&page.Items[i])
	}
	return answer, nil
}

// usersAsked is which users the parameters of a list ask for. Only agents can be
// asked for by what they do.
func (c *call) usersAsked() directory.Condition {
	where := directory.All{}
	if text := c.text("text"); text != "" {
		where = append(where, textIn(text, "handle", directory.PersonName, "email"))
	}
	if c.userType() == managerType {
		return append(where, directory.Is(directory.PersonManager, true))
	}
	where = append(where, directory.Is(directory.PersonAgent, true))
	if c.flag("onlyAvailable", false) {
		where = append(where, directory.Is(directory.PersonChatting, true))
	}
	if id := c.text("excludeId"); isSearchable(id) {
		where = append(where, isNot(directory.PersonRocketID, id))
	}
	if !c.flag("showIdleAgents", true) {
		where = append(where, isNot(directory.PersonPresence, string(directory.Offline)))
	}
	return where
}

// writeUsers answers all users that q selects, however many there are, while it
// reads them.
func (c *call) writeUsers(q directory.Query) (any, error) {
	one := q
	one.Limit = 1
	first, err := c.Directory.People(c.ctx, one)
	if err != nil {
		return nil, err
	}
	err = dialect.Stream(c.w, c.r, c.Log, writeHeader, func(out *bufio.Writer) error {
		_, _ = out.WriteString(`{"users":[`) // errors stay with out, and come with the last write
		count := int64(0)
		err := c.Directory.EachPerson(c.ctx, q, func(p *directory.Person) error {
			if count++; count > 1 {
				_ = out.WriteByte(',')
			}
			return json.MarshalWrite(out, listed(p))
		})
		if err != nil {
			return err
		}
		_, err = out.WriteString(`],"count":` + strconv.FormatInt(count, 10) + `,"offset":` + strconv.FormatInt(q.Offset, 10) +
			`,"total":` + strconv.FormatInt(max(first.Total, count), 10) + `,"success":true}`)
		return err
	})
	if err != nil {
		return nil, err
	}
	return written{}, nil
}

// addUser makes a user an agent or manager.
func (c *call) addUser() (any, error) {
	if !c.userType().isKnown() {
		return nil, errInvalidType()
	}
	p, err := c.personByName(c.text("username"))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errBad("error-invalid-user")
	}
	if err := c.setType(p, true); err != nil {
		return nil, err
	}
	type user struct {
		ID       string `json:"_id"`
		Username string `json:"username"`
	}
	return struct {
		User user `json:"user"`
	}{user{p.RocketID, p.Handle}}, nil
}

func (c *call) getUser() (any, error) {
	p, err := c.personByID(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errBad("User not found")
	}
	if !c.userType().isKnown() {
		return nil, errInvalidType()
	}
	var answer struct {
		User *foundUser `json:"user"` // nil for who is not of the type
	}
	if c.userType().has(p) {
		answer.User = &foundUser{p.RocketID, p.Handle, p.ShownName(), string(p.Show().Presence()), statusLivechatOf(p), emailsOf(p), limitOf(p)}
	}
	return answer, nil
}

// removeUser makes a user no agent or no manager.
func (c *call) removeUser() (any, error) {
	p, err := c.personByID(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, &failure{status: http.StatusBadRequest} // which says nothing
	}
	if !c.userType().isKnown() {
		return nil, errInvalidType()
	}
	return nil, c.setType(p, false)
}

// setType makes p of the type in the path, or not. Who is so already, stays as they
// are, but for an agent, who is available for chats again.
func (c *call) setType(p *directory.Person, is bool) error {
	if c.userType() == managerType {
		return c.setManager(p, is)
	}
	if !is && !p.IsChatAgent() {
		return nil
	}
	return c.changeAgent(p.ID, is)
}

func (c *call) changeAgent(id int64, is bool) error {
	var command directory.UpdatePerson
	command.ID, command.Agent = schema.Some(id), schema.Some(is)
	return c.change(command)
}

// roleTries is how often a change of roles is tried while others change the person.
const roleTries = 3

// setManager gives p the role of a manager, or takes it.
func (c *call) setManager(p *directory.Person, is bool) (err error) {
	for range roleTries {
		if p == nil || managerType.has(p) == is {
			return nil
		}
		roles := slices.DeleteFunc(slices.Clone(p.Roles), func(r directory.Role) bool { return r == directory.Manager })
		if is {
			roles = append(roles, directory.Manager)
		}
		var command directory.UpdatePerson
		command.ID, command.ExpectedVersion, command.Roles = schema.Some(p.ID), schema.Some(p.Version), schema.Some(roles)
		if err = c.change(command); !errors.HasCode(err, errors.VersionConflict) {
			return err
		}
		var readErr error
		if p, readErr = c.personByID(p.RocketID); readErr != nil {
			return readErr
		}
	}
	return err
}

// setAgentStatus makes an agent available for chats or not; without a status, the
// other way round. There are no business hours here outside which it would not.
func (c *call) setAgentStatus() (any, error) {
	agent := &c.self
	if id := c.text("agentId"); id != "" && id != c.self.RocketID {
		var err error
		if agent, err = c.personByID(id); err != nil {
			return nil, err
		}
	}
	switch {
	case agent == nil || !agent.IsChatAgent():
		return nil, plain(http.StatusNotFound, "Agent not found")
	case agent.Blocked:
		return nil, errBad("error-user-deactivated")
	case agent.ID != c.self.ID && !c.may(manageLivechatAgents):
		return nil, errUnauthorized()
	}
	status := c.text("status")
	if status == "" {
		status = available
		if agent.Channels.Chat.Available {
			status = notAvailable
		}
	}
	answer := struct {
		Status string `json:"status"`
	}{status}
	if status == statusLivechatOf(agent) {
		return answer, nil
	}
	var command directory.UpdatePerson
	command.ID, command.Channels = schema.Some(agent.ID), chatChannel(directory.ChannelParams{Available: schema.Some(status == available)})
	return answer, c.change(command)
}

func chatChannel(p directory.ChannelParams) schema.Opt[directory.ChannelsParams] {
	return schema.Some(directory.ChannelsParams{Chat: schema.Some(p)})
}

// saveAgent sets how many chats an agent has at most, and the departments: all that
// they are in then. Departments that there are not are left out, as the vendor does.
func (c *call) saveAgent() (any, error) {
	agent, err := c.personByID(c.text("agentId"))
	if err != nil {
		return nil, err
	}
	if agent == nil || !agent.IsChatAgent() {
		return nil, errBad("error-user-is-not-agent")
	}
	var command directory.UpdatePerson
	command.ID = schema.Some(agent.ID)
	data, _ := c.params["agentData"].(map[string]any)
	// The vendor's own form sends what it shows of the user, too.
	shown := map[string]any{"name": agent.ShownName(), "username": agent.Handle, "email": string(agent.Email)}
	maps.DeleteFunc(data, func(name string, value any) bool { return value == shown[name] })
	if err := refuseOthers(data, "maxNumberSimultaneousChat"); err != nil {
		return nil, err
	}
	if limit, given := data["maxNumberSimultaneousChat"]; given {
		slots, err := chatLimit(limit)
		if err != nil {
			return nil, err
		}
		command.Channels = chatChannel(directory.ChannelParams{Slots: slots})
	}
	departments := c.texts("agentDepartments")
	if len(departments) > MaxAsked {
		return nil, errTooMany()
	}
	asked, err := c.groups(departments)
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(slices.Clone(agent.Groups), func(id int64) bool { return !slices.Contains(asked, id) })
	for _, id := range asked {
		if !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	command.Groups = schema.Some(groups)
	return nil, c.change(command)
}

// chatLimit reads a maxNumberSimultaneousChat, which clients send as a number or a
// text; without one, the agent has the limit of new agents again.
func chatLimit(value any) (schema.Opt[int64], error) {
	if value == nil || value == "" {
		return schema.Null[int64](), nil
	}
	limit := rule{kind: aNumber}
	f, bad := limit.check(value, fromBody)
	if len(bad) > 0 {
		return schema.Opt[int64]{}, errInvalidParams(bad)
	}
	n, err := integer(f.(float64))
	return schema.Some(n), err
}

// integer is f, which must be whole.
func integer(f float64) (int64, error) {
	if f != math.Trunc(f) || math.Abs(f) > maxWhole {
		return 0, errInvalidParams([]string{"must be integer"})
	}
	return int64(f), nil
}

// refuseOthers refuses members of an object that the roster has no place for, unless
// they say nothing.
func refuseOthers(object map[string]any, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, name) && !saysNothing(object[name]) {
			return errUnsupported(name)
		}
	}
	return nil
}

// saysNothing reports whether a client sends a value where there is none.
func saysNothing(value any) bool {
	items, isList := value.([]any)
	return value == nil || value == false || value == "" || isList && len(items) == 0
}

// texts is a parameter that is a list of texts.
func (c *call) texts(name string) []string {
	values, _ := c.params[name].([]any)
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i], _ = value.(string)
	}
	return texts
}
