package rocketchat

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// users are the endpoints of users. Most of their permissions are asked for by the
// handlers, as at the vendor's, and refused with 400.
var users = []endpoint{
	{method: http.MethodPost, path: "users.create", params: &createUserRule, grants: []directory.Right{directory.SelectEmployees, directory.InsertEmployees, directory.InsertMembers}, handle: (*call).createUser},
	{method: http.MethodPost, path: "users.update", params: &updateUserRule, grants: []directory.Right{directory.SelectEmployees, directory.UpdateEmployees, directory.UpdateMembers}, handle: (*call).updateUser},
	{method: http.MethodPost, path: "users.delete", params: &deleteUserRule, grants: []directory.Right{directory.SelectEmployees, directory.DeleteEmployees}, handle: (*call).deleteUser},
	{method: http.MethodGet, path: "users.info", params: &userInfoRule, grants: []directory.Right{directory.SelectEmployees}, handle: (*call).userInfo},
	{method: http.MethodGet, path: "users.getStatus", params: &getStatusRule, grants: []directory.Right{directory.SelectEmployees}, handle: (*call).getStatus},
	{method: http.MethodPost, path: "users.setStatus", params: &setStatusRule, grants: []directory.Right{directory.SelectEmployees, directory.UpdateEmployees}, handle: (*call).setStatus},
}

// The rules of the parameters, with their members in the vendor's order.
var (
	createUserRule = closed([]string{"email", "name", "password", "username"},
		text("email"), text("name"), text("password"), text("username"), flag("active").orNull(), text("bio").orNull(), text("nickname").orNull(), text("statusText").orNull(),
		list("roles", rule{kind: aText}), flag("joinDefaultChannels").orNull(), flag("requirePasswordChange").orNull(), flag("setRandomPassword").orNull(), flag("sendWelcomeEmail").orNull(), flag("verified").orNull(),
		member{"customFields", rule{kind: anObject, open: true}}, text("fields").orNull(), text("freeSwitchExtension").orNull())

	updateUserRule = closed([]string{"userId", "data"},
		member{"userId", rule{kind: aText, length: 1}}, flag("confirmRelinquish"), member{"data", closed(nil,
			text("email").orNull(), text("name").orNull(), text("password").orNull(), text("username").orNull(), text("bio").orNull(), text("nickname").orNull(), text("statusText").orNull(), flag("active").orNull(),
			list("roles", rule{kind: aText}).orNull(), flag("requirePasswordChange").orNull(), flag("setRandomPassword").orNull(), flag("sendWelcomeEmail").orNull(), flag("verified").orNull(),
			member{"customFields", rule{kind: anObject, open: true, nullable: true}}, text("status").orNull(), text("freeSwitchExtension").orNull())})

	deleteUserRule = closed(nil, text("userId").orNull(), text("username").orNull(), text("user").orNull(), flag("confirmRelinquish").orNull())
	getStatusRule  = closed(nil, text("userId"), text("username"), text("user"))
	setStatusRule  = closed(nil, anything("message"), anything("status"), anything("expiresAt"), text("userId").orNull(), text("username").orNull(), text("user").orNull())
	userInfoRule   = rule{either: []rule{userInfoBy("userId"), userInfoBy("username"), userInfoBy("importId"), userInfoBy("email"), userInfoBy("freeSwitchExtension")}}
)

func userInfoBy(name string) rule {
	return closed([]string{name}, text(name), text("includeUserRooms"), text("fields").orNull())
}

// userAnswer is the answer of most of these endpoints.
type userAnswer struct {
	User user `json:"user"`
}

func (c *call) createUser() (any, error) {
	if !c.may(createUser) {
		return nil, errNotAllowed("Adding user is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Adding_user"})
	}
	if _, given := c.params["active"].(bool); given && !c.may(editOtherUserActive) {
		return nil, errMayNotActivate()
	}
	for _, name := range []string{"name", "username", "password"} {
		if strings.TrimSpace(c.text(name)) == "" {
			return nil, required(errors.Violation{Path: errors.Path{}.Key(name)}, nil)
		}
	}
	var command directory.CreatePerson
	if err := c.describe(c.params, nil, &command.Work, &command.Extras, &command.PersonParams); err != nil {
		return nil, err
	}
	command.Extension = extensionOf(c.params, nil)
	command.LastName, command.Login = command.ShownName, schema.Some(c.text("username"))
	result := c.Directory.CreatePeople(c.ctx, []directory.CreatePerson{command})[0]
	if result.Err != nil {
		return nil, refusedChange(result.Err, c.params)
	}
	return c.answerUser(directory.Is("id", result.Value))
}

func (c *call) updateUser() (any, error) {
	id, data := c.text("userId"), c.params["data"].(map[string]any)
	myself := id == c.self.RocketID
	_, verifies := data["verified"].(bool)
	switch {
	case verifies && myself:
		return nil, errNotAllowed("Editing email verification is not allowed").with(editing)
	case !myself && !c.may(editOtherUserInfo):
		return nil, errNotAllowed("Editing user is not allowed").with(editing)
	}
	p, err := c.personByID(id)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, coded(http.StatusBadRequest, "error-invalid-user", "Invalid user")
	}
	if textOf(data, "password") != "" && !c.may(editOtherUserPassword) {
		return nil, errNotAllowed("Edit user password is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Update_user"})
	}
	if _, given := data["active"].(bool); given && !c.may(editOtherUserActive) {
		return nil, errMayNotActivate()
	}
	if number, given := data["freeSwitchExtension"].(string); given && number != string(p.Extension.Number) && !c.may(editOtherUserInfo) {
		return nil, errNotAllowed("Edit user voice call extension is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Update_user"})
	}
	var command directory.UpdatePerson
	if err := c.describe(data, p, &command.Work, &command.Extras, &command.PersonParams); err != nil {
		return nil, err
	}
	command.ID, command.Extension = schema.Some(p.ID), extensionOf(data, p)
	if err := c.change(command); err != nil {
		return nil, refusedChange(err, data)
	}
	return c.answerUser(directory.Is("id", p.ID))
}

// editing are the details of a refusal to edit a user.
var editing = details{Method: "insertOrUpdateUser", Action: "Editing_user"}

func errMayNotActivate() *failure {
	return coded(http.StatusBadRequest, "error-not-allowed", "Not allowed").with(details{Method: "setUserActiveStatus"})
}

// refusedChange says what was not allowed. The roster tells by the place that an
// account would be left without an administrator; else it is an administrator, whom
// only administrators make and change.
func refusedChange(err error, params map[string]any) error {
	e := errors.Of(err)
	switch _, assigns := params["roles"].([]any); {
	case e.Code() != errors.Forbidden:
		return err
	case e.Violations[0].Path.String() == "roles":
		return errNotAllowed("Leaving the app without an active admin is not allowed").with(details{Method: "removeUserFromRole", Action: "Remove_last_admin"})
	case assigns:
		return errNotAllowed("Assigning admin is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Assign_admin"})
	}
	return errNotAllowed("Editing user is not allowed").with(editing)
}

// refusedParams are what the vendor's server honours and this one has nothing for:
// mail, custom fields, nicknames. Values that ask for nothing are taken.
var refusedParams = []string{"requirePasswordChange", "setRandomPassword", "sendWelcomeEmail", "customFields", "nickname", "fields"}

func asksForSomething(value any) bool {
	switch value := value.(type) {
	case bool:
		return value
	case string:
		return value != ""
	case map[string]any:
		return len(value) > 0
	}
	return value != nil
}

// describe puts what a client says of a user into a command. p is the user as they
// are, nil for a new one. Empty texts of what cannot be empty are as good as absent:
// clients send all members that they know.
func (c *call) describe(params map[string]any, p *directory.Person, work *directory.Work, extras *directory.Extras, person *directory.PersonParams) error {
	for _, name := range refusedParams {
		if asksForSomething(params[name]) {
			return errUnsupported(name)
		}
	}
	if err := c.describeRoles(params, p, extras, person); err != nil {
		return err
	}
	person.ShownName = given(params, "name")
	person.Password = given(params, "password")
	if username := given(params, "username"); username.IsSet() {
		extras.Handle = schema.Some(directory.Handle(username.Value))
	}
	if address := given(params, "email"); address.IsSet() {
		work.Email = schema.Some(directory.Email(address.Value))
	}
	if bio, ok := params["bio"].(string); ok {
		extras.Profile = schema.Some(directory.ProfileParams{Description: schema.Some(bio)})
	}
	if statusText, ok := params["statusText"].(string); ok {
		person.StatusText = schema.Some(statusText)
	}
	if active, ok := params["active"].(bool); ok {
		person.Blocked = schema.Some(!active)
	}
	if verified, ok := params["verified"].(bool); ok {
		person.EmailVerified = schema.Some(verified)
	}
	if status := given(params, "status"); status.IsSet() {
		if err := c.checkPresence(status.Value, "users.update"); err != nil {
			return err
		}
		person.Presence = schema.Some(directory.Presence(status.Value))
	}
	return nil
}

// given is a text of params, absent if it is empty.
func given(params map[string]any, name string) schema.Opt[string] {
	if s := textOf(params, name); s != "" {
		return schema.Some(s)
	}
	return schema.Opt[string]{}
}

// extensionOf is the extension that params give p, "" for none.
func extensionOf(params map[string]any, p *directory.Person) schema.Opt[directory.ExtensionParams] {
	switch number, ok := params["freeSwitchExtension"].(string); {
	case !ok, number == "" && p == nil:
		return schema.Opt[directory.ExtensionParams]{}
	case number == "":
		return schema.Null[directory.ExtensionParams]()
	default:
		return schema.Some(directory.ExtensionParams{Number: schema.Some(directory.ExtensionText(number))})
	}
}

// describeRoles gives and takes roles, so that those that the vendor knows are the
// ones asked for; others stay.
func (c *call) describeRoles(params map[string]any, p *directory.Person, extras *directory.Extras, person *directory.PersonParams) error {
	roles, ok := params["roles"].([]any)
	if !ok {
		return nil
	}
	if p == nil {
		p = &directory.Person{}
	}
	before := rolesOf(p)
	after := []string{roleUser}
	for _, role := range roles {
		name, _ := role.(string)
		if !slices.Contains(assignable, name) {
			return errNotAllowed("The field Roles consist invalid role id").with(details{Method: "insertOrUpdateUser", Action: "Assign_role"})
		}
		if !slices.Contains(after, name) {
			after = append(after, name)
		}
	}
	gives := func(role string) bool { return slices.Contains(after, role) }
	had := func(role string) bool { return slices.Contains(before, role) }
	changes := slices.ContainsFunc(assignable, func(role string) bool { return gives(role) != had(role) })
	switch {
	case gives(roleAdmin) && !c.may(assignAdminRole):
		return errNotAllowed("Assigning admin is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Assign_admin"})
	case p.ID != 0 && changes && !c.may(assignRoles):
		return errNotAllowed("Assign roles is not allowed").with(details{Method: "insertOrUpdateUser", Action: "Assign_role"})
	}
	kept := slices.DeleteFunc(slices.Clone(p.Roles), func(r directory.Role) bool {
		return r == directory.Administrator || r == directory.Manager
	})
	if gives(roleAdmin) {
		kept = append(kept, directory.Administrator)
	}
	if gives(roleManager) {
		kept = append(kept, directory.Manager)
	}
	if gives(roleAdmin) != had(roleAdmin) || gives(roleManager) != had(roleManager) {
		extras.Roles = schema.Some(kept)
	}
	if gives(roleAgent) != had(roleAgent) {
		person.Agent = schema.Some(gives(roleAgent))
	}
	return nil
}

// change changes a person.
func (c *call) change(command directory.UpdatePerson) error {
	return c.Directory.UpdatePeople(c.ctx, []directory.UpdatePerson{command})[0].Err
}

// answerUser reads a user that has been written.
func (c *call) answerUser(who directory.Condition) (any, error) {
	p, err := c.find(who)
	if err != nil {
		return nil, err
	}
	if p == nil { // somebody else has been quick
		return nil, errBad("User not found")
	}
	return userAnswer{c.shownUser(p)}, nil
}

func (c *call) deleteUser() (any, error) {
	if !c.may(deleteUser) {
		return nil, errUnauthorized()
	}
	p, err := c.personOf(c.params)
	if err != nil {
		return nil, err
	}
	err = c.Directory.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(p.ID)}})[0].Err
	switch {
	case errors.HasCode(err, errors.EntityNotFound):
		return nil, coded(http.StatusBadRequest, "error-invalid-user", "Invalid user to delete").with(details{Method: "deleteUser"})
	case errors.HasCode(err, errors.Forbidden):
		return nil, coded(http.StatusBadRequest, "error-not-allowed", "Not allowed").with(details{Method: "deleteUser"})
	case err != nil:
		return nil, err
	}
	return struct {
		DeletedRooms []string `json:"deletedRooms"`
	}{[]string{}}, nil
}

// userInfo is the answer of users.info.
type userInfo struct {
	User struct {
		user           `json:",inline"`
		CanViewAllInfo bool  `json:"canViewAllInfo"`
		Rooms          []any `json:"rooms,omitzero"` // there are none
	} `json:"user"`
}

func (c *call) userInfo() (any, error) {
	p, err := c.sought()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errBad("User not found.")
	}
	var answer userInfo
	answer.User.user = c.publicUser(p)
	if c.seesAllOf(p) {
		answer.User.user, answer.User.CanViewAllInfo = c.shownUser(p), true
	}
	if c.text("includeUserRooms") == "true" {
		answer.User.Rooms = []any{}
	}
	return answer, nil
}

// seesAllOf reports whether the caller may see more of a user than what is public.
func (c *call) seesAllOf(p *directory.Person) bool {
	return p.ID == c.self.ID || c.may(viewFullOtherUserInfo)
}

// sought is who users.info asks for; nil if there is nobody. By what is not public
// only those are found of whom the caller may see it.
func (c *call) sought() (*directory.Person, error) {
	for _, name := range []string{"fields", "freeSwitchExtension"} {
		if asksForSomething(c.params[name]) {
			return nil, errUnsupported(name)
		}
	}
	if id := c.text("userId"); id != "" {
		return c.personByID(id)
	}
	if username := c.text("username"); username != "" {
		return c.personByName(username)
	}
	var p *directory.Person
	var err error
	switch id, address := c.text("importId"), c.text("email"); {
	case id != "":
		p, err = c.person("external_id", id)
	case address != "":
		p, err = c.personByEmail(address)
	default:
		return nil, errBad("Invalid search query.")
	}
	if p != nil && !c.seesAllOf(p) {
		p = nil
	}
	return p, err
}

func (c *call) getStatus() (any, error) {
	p := &c.self
	if c.namesAnother() {
		var err error
		if p, err = c.personOf(c.params); err != nil {
			return nil, err
		}
	}
	return struct {
		ID         string `json:"_id"`
		Message    string `json:"message,omitempty"`
		Connection string `json:"connectionStatus"`
		Status     string `json:"status"`
	}{p.RocketID, p.StatusText, connectionOf(p), string(p.Show().Presence())}, nil
}

// setStatus changes a user's presence and what they say of it. The parameters are
// checked here, as the vendor's server does it.
func (c *call) setStatus() (any, error) {
	message, says := c.params["message"].(string)
	status, shows := c.params["status"].(string)
	isOther := func(name string, isText bool) bool { return c.params[name] != nil && !isText }
	if !says && !shows || isOther("message", says) || isOther("status", shows) {
		return nil, errBad("Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation")
	}
	if asksForSomething(c.params["expiresAt"]) {
		return nil, errUnsupported("expiresAt")
	}
	p := &c.self
	if c.namesAnother() {
		if !c.may(editOtherUserInfo) {
			return nil, errUnauthorized()
		}
		var err error
		if p, err = c.personOf(c.params); err != nil {
			return nil, err
		}
	}
	var command directory.UpdatePerson
	command.ID = schema.Some(p.ID)
	if says {
		command.StatusText = schema.Some(message)
	}
	if status != "" {
		if err := c.checkPresence(status, "users.setStatus"); err != nil {
			return nil, err
		}
		command.Presence = schema.Some(directory.Presence(status))
	}
	return nil, c.change(command)
}

// checkPresence refuses a status that is none, or that the account does not allow.
func (c *call) checkPresence(status, method string) error {
	switch {
	case !slices.Contains(presences, status):
		return coded(http.StatusBadRequest, "error-invalid-status", "Valid status types include online, away, offline, and busy.").with(details{Method: method})
	case status == string(directory.Offline) && !c.isOn(allowInvisible):
		return coded(http.StatusBadRequest, "error-status-not-allowed", "Invisible status is disabled").with(details{Method: method})
	}
	return nil
}

// namesAnother reports whether the parameters name a user who is not the caller.
func (c *call) namesAnother() bool {
	id, username, user := c.text("userId"), c.text("username"), c.text("user")
	switch {
	case id != "":
		return id != c.self.RocketID
	case username != "":
		return directory.Fold(username) != c.self.Handle
	}
	return user != "" && directory.Fold(user) != c.self.Handle
}

// personOf finds the user that parameters name.
func (c *call) personOf(params map[string]any) (*directory.Person, error) {
	var p *directory.Person
	var err error
	id, username, user := textOf(params, "userId"), textOf(params, "username"), textOf(params, "user")
	switch {
	case strings.TrimSpace(id) != "":
		p, err = c.personByID(id)
	case strings.TrimSpace(username) != "":
		p, err = c.personByName(username)
	case strings.TrimSpace(user) != "":
		p, err = c.personByName(user)
	default:
		return nil, coded(http.StatusBadRequest, "error-user-param-not-provided", `The required "userId" or "username" param was not provided`)
	}
	if err == nil && p == nil {
		err = coded(http.StatusBadRequest, "error-invalid-user", `The required "userId" or "username" param provided does not match any users`)
	}
	return p, err
}

// personByID finds who has an _id, personByName who has a username; nil if nobody
// has.
func (c *call) personByID(id string) (*directory.Person, error) {
	return c.person(directory.PersonRocketID, id)
}
func (c *call) personByName(username string) (*directory.Person, error) {
	return c.person("handle", directory.Fold(username))
}

// personByEmail finds who has an e-mail address, whatever its case; nil if nobody
// has.
func (c *call) personByEmail(address string) (*directory.Person, error) {
	if !schema.IsText(address) {
		return nil, nil
	}
	pattern := directory.LikeLiteral(directory.Fold(address))
	return c.find(directory.Test{Field: "email", Op: directory.OpILike, Values: []any{pattern}})
}

// person finds who has a text in a field by which people are selected; nil if nobody
// has.
func (c *call) person(field, value string) (*directory.Person, error) {
	if value == "" || !schema.IsText(value) { // which nobody has, and a database may refuse
		return nil, nil
	}
	return c.find(directory.Is(field, value))
}

// find finds one person; nil if there is none.
func (c *call) find(where directory.Condition) (*directory.Person, error) {
	page, err := c.Directory.People(c.ctx, directory.Query{Where: where, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return &page.Items[0], nil
}
