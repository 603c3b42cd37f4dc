package iadvize

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// mutation has a method for each field of the type Mutation.
type mutation struct{ s *graphqlServer }

// withInput are the arguments of all mutations.
type withInput struct{ Input inputObject }

// userPayload is a UserPayload, a UserDeletePayload or a ProfessionalPayload.
type userPayload struct {
	UserErrors []*userError

	s  *graphqlServer
	id int64 // 0 if there are errors
}

// User is the user as they are after the change.
func (p *userPayload) User(ctx context.Context) (*userNode, error) {
	if p.id == 0 {
		return nil, nil
	}
	return p.s.user(ctx, p.id)
}

// Professional is the same.
func (p *userPayload) Professional(ctx context.Context) (*userNode, error) {
	u, err := p.User(ctx)
	if u == nil || u.isExpert {
		return nil, err
	}
	return u, err
}

// UserID is who was deleted.
func (p *userPayload) UserID() *legacyID { return idOrNone(p.id) }

func idOrNone(id int64) *legacyID {
	if id == 0 {
		return nil
	}
	n := legacyID(id)
	return &n
}

func (s *graphqlServer) wrongInput(n subject, verb string) *inputErrors {
	return &inputErrors{types: s.schema.Types, subject: n, verb: verb, found: []*userError{}}
}

// payload answers a mutation of a user. err is what the roster says.
func (m *mutation) payload(id int64, bad *inputErrors, err error) (*userPayload, error) {
	if err := bad.take(err); err != nil {
		return nil, err
	}
	if len(bad.found) > 0 {
		id = 0
	}
	return &userPayload{UserErrors: bad.found, s: m.s, id: id}, nil
}

// UserCreate adds a user.
func (m *mutation) UserCreate(ctx context.Context, args withInput) (*userPayload, error) {
	return m.create(ctx, args.Input, "")
}

// ProfessionalCreate does the same, with other names.
func (m *mutation) ProfessionalCreate(ctx context.Context, args withInput) (*userPayload, error) {
	return m.create(ctx, args.Input, "Create")
}

func (m *mutation) create(ctx context.Context, in inputObject, verb string) (*userPayload, error) {
	bad := m.s.wrongInput(ofUsers, verb)
	var c directory.CreatePerson
	c.Seat = schema.Some(true)
	u := userWriter{ctx, m.s, in, bad, &c.Names, &c.Work, &c.Extras, &c.PersonParams}
	u.fill()
	c.Login = as[string](schema.Some(string(c.Email.Value)))
	switch role, given := u.role(); {
	case !given:
		bad.add("RoleMissingError")
	default:
		c.Roles = rolesFor(nil, role)
	}
	switch {
	case c.Password.IsSet() && c.SAMLID.IsSet():
		bad.add("PasswordWithSAMLUserIdError")
	case !given[string](in, "password").IsSet() && !c.SAMLID.IsSet():
		bad.add("PasswordMissingError")
	}
	if len(bad.found) > 0 {
		c.PhoneNumbers = schema.Some([]directory.PhoneNumber{}) // which nobody needs here
		return m.payload(0, bad, valuesOf(m.s, &c))
	}
	created := m.s.Directory.CreatePeople(ctx, []directory.CreatePerson{c})[0]
	return m.payload(created.Value, bad, created.Err)
}

// UserUpdate changes a user.
func (m *mutation) UserUpdate(ctx context.Context, args withInput) (*userPayload, error) {
	return m.update(ctx, args.Input, "")
}

// ProfessionalUpdate does the same, with other names.
func (m *mutation) ProfessionalUpdate(ctx context.Context, args withInput) (*userPayload, error) {
	return m.update(ctx, args.Input, "Update")
}

func (m *mutation) update(ctx context.Context, in inputObject, verb string) (*userPayload, error) {
	bad := m.s.wrongInput(ofUsers, verb)
	id := given[int64](in, "userId").Value
	p, err := m.s.person(ctx, id)
	if err != nil {
		return nil, err
	}
	if p == nil {
		bad.add(ofUsers.unknown)
		return m.payload(0, bad, nil)
	}
	var c directory.UpdatePerson
	c.ID = schema.Some(id)
	u := userWriter{ctx, m.s, in, bad, &c.Names, &c.Work, &c.Extras, &c.PersonParams}
	u.fill()
	if role, given := u.role(); given && !hasRole(&p.Employee, role) {
		if id == callerOf(ctx).actor.EmployeeID {
			bad.add("CannotChangeOwnRoleError")
		}
		c.Roles = rolesFor(p.Roles, role)
	}
	if c.Channels.IsSet() || c.PersonParams.Sites.IsSet() {
		c.Seat = schema.Some(true)
	}
	follow(p, &c)
	if len(bad.found) > 0 {
		return m.payload(0, bad, valuesOf(m.s, &c))
	}
	return m.payload(id, bad, m.s.Directory.UpdatePeople(ctx, []directory.UpdatePerson{c})[0].Err)
}

// valuesOf is what is wrong with the values of a command that is not to be carried out,
// because of what is wrong with it already.
func valuesOf[C any](s *graphqlServer, c *C) error {
	err := schema.Of[C](s.Directory.Revision()).Check(c)
	if err == nil {
		return nil
	}
	var bad errors.List
	for _, v := range errors.Of(err).Violations {
		if v.Code != errors.RequiredParameterMissed { // the schema says what is, and what is empty has been found
			bad.Append(v)
		}
	}
	return bad.Err()
}

// hasRole reports whether a role of baseRoles is e's, and no greater one.
func hasRole(e *directory.Employee, role string) bool {
	return baseRoleOf(e) == role && slices.Contains(rolesOf(e), role)
}

// follow lets the login of who signs in by their e-mail address follow a new one, and
// gives one to who gets a password and has none.
func follow(p *directory.Person, c *directory.UpdatePerson) {
	email := c.Email.Or(p.Email)
	signsInByEmail := p.Login != "" && directory.Fold(p.Login) == directory.Fold(string(p.Email))
	if c.Email.IsSet() && signsInByEmail || c.Password.IsSet() && p.Login == "" && email != "" {
		c.Login = schema.Some(string(email))
	}
}

// UserDelete deletes a user.
func (m *mutation) UserDelete(ctx context.Context, args withInput) (*userPayload, error) {
	id := given[int64](args.Input, "userId")
	return m.payload(id.Value, m.s.wrongInput(ofUsers, ""), m.s.Directory.DeleteEmployees(ctx, []directory.DeleteEmployee{{ID: id}})[0].Err)
}

// UserSkillsAdd gives a user skills beside their own.
func (m *mutation) UserSkillsAdd(ctx context.Context, args withInput) (*userPayload, error) {
	return m.updateSkills(ctx, args.Input, func(c *directory.UpdatePerson, ids schema.Opt[[]int64]) { c.AddSkills = ids })
}

// UserSkillsRemove takes skills from a user.
func (m *mutation) UserSkillsRemove(ctx context.Context, args withInput) (*userPayload, error) {
	return m.updateSkills(ctx, args.Input, func(c *directory.UpdatePerson, ids schema.Opt[[]int64]) { c.RemoveSkills = ids })
}

// UserSkillsSet gives a user skills instead of their own.
func (m *mutation) UserSkillsSet(ctx context.Context, args withInput) (*userPayload, error) {
	return m.updateSkills(ctx, args.Input, func(c *directory.UpdatePerson, ids schema.Opt[[]int64]) { c.Skills = ids })
}

func (m *mutation) updateSkills(ctx context.Context, in inputObject, put func(*directory.UpdatePerson, schema.Opt[[]int64])) (*userPayload, error) {
	var c directory.UpdatePerson
	c.ID = given[int64](in, "userId")
	put(&c, givenList[int64](in, "skillIds"))
	return m.payload(c.ID.Value, m.s.wrongInput(ofUsers, ""), m.s.Directory.UpdatePeople(ctx, []directory.UpdatePerson{c})[0].Err)
}

// availabilities are the channels in UserAvailabilityStatusUpdateInput.
var availabilities = []struct {
	name string
	channel
}{{"chat", chat}, {"call", call}, {"video", video}, {"thirdParty", thirdParty}}

// UserAvailabilityStatusUpdate says which channels take conversations. One that is off
// takes none.
func (m *mutation) UserAvailabilityStatusUpdate(ctx context.Context, args withInput) (*userPayload, error) {
	bad, id := m.s.wrongInput(ofUsers, ""), given[int64](args.Input, "userId")
	p, err := m.s.person(ctx, id.Value)
	if err != nil {
		return nil, err
	}
	if p == nil {
		bad.add(ofUsers.unknown)
		return m.payload(0, bad, nil)
	}
	var params directory.ChannelsParams
	for _, a := range availabilities {
		status := given[string](args.Input, a.name)
		if !status.IsSet() {
			continue
		}
		available := status.Value == "AVAILABLE"
		if available && !a.of(&p.Channels).Enabled {
			bad.add("ChannelDisabledError")
		}
		*a.params(&params) = schema.Some(directory.ChannelParams{Available: schema.Some(available)})
	}
	if len(bad.found) > 0 || p.Seat == nil { // who has no seat is available for nothing
		return m.payload(p.ID, bad, nil)
	}
	c := directory.UpdatePerson{UpdateEmployee: directory.UpdateEmployee{ID: id}}
	c.Channels = schema.Some(params)
	return m.payload(p.ID, bad, m.s.Directory.UpdatePeople(ctx, []directory.UpdatePerson{c})[0].Err)
}

// skillPayload is a SkillPayload or a SkillDeletePayload.
type skillPayload struct {
	UserErrors []*userError

	s  *graphqlServer
	id int64 // 0 if there are errors
}

// Skill is the skill as it is after the change.
func (p *skillPayload) Skill(ctx context.Context) (*skillNode, error) {
	if p.id == 0 {
		return nil, nil
	}
	return p.s.skill(ctx, p.id)
}

// SkillID is what was deleted.
func (p *skillPayload) SkillID() *legacyID { return idOrNone(p.id) }

func (m *mutation) skillPayload(id int64, bad *inputErrors, err error) (*skillPayload, error) {
	if err := bad.take(err); err != nil {
		return nil, err
	}
	if len(bad.found) > 0 {
		id = 0
	}
	return &skillPayload{UserErrors: bad.found, s: m.s, id: id}, nil
}

// skillParams are what an input says of a skill.
func skillParams(in inputObject, bad *inputErrors) directory.SkillParams {
	p := directory.SkillParams{
		Name:       unlessNull(given[string](in, "name")),
		ParentID:   given[int64](in, "parentId"),
		IsLocation: unlessNull(given[bool](in, "isLocation")),
	}
	if p.Name.IsSet() && p.Name.Value == "" {
		bad.add("SkillNameIsEmptyError")
	}
	return p
}

// SkillCreate adds a skill.
func (m *mutation) SkillCreate(ctx context.Context, args withInput) (*skillPayload, error) {
	bad := m.s.wrongInput(ofSkills, "")
	c := directory.CreateSkill{SkillParams: skillParams(args.Input, bad)}
	if len(bad.found) > 0 {
		return m.skillPayload(0, bad, nil)
	}
	created := m.s.Directory.CreateSkills(ctx, []directory.CreateSkill{c})[0]
	return m.skillPayload(created.Value, bad, created.Err)
}

// SkillUpdate changes a skill.
func (m *mutation) SkillUpdate(ctx context.Context, args withInput) (*skillPayload, error) {
	bad := m.s.wrongInput(ofSkills, "")
	c := directory.UpdateSkill{ID: given[int64](args.Input, "skillId"), SkillParams: skillParams(args.Input, bad)}
	if len(bad.found) > 0 {
		return m.skillPayload(0, bad, nil)
	}
	return m.skillPayload(c.ID.Value, bad, m.s.Directory.UpdateSkills(ctx, []directory.UpdateSkill{c})[0].Err)
}

// SkillDelete deletes a skill.
func (m *mutation) SkillDelete(ctx context.Context, args withInput) (*skillPayload, error) {
	id := given[int64](args.Input, "skillId")
	return m.skillPayload(id.Value, m.s.wrongInput(ofSkills, ""), m.s.Directory.DeleteSkills(ctx, []directory.DeleteSkill{{ID: id}})[0].Err)
}

// userWriter puts an input into a command, and notes what is wrong with it that the
// roster would take: texts that are empty, mostly, which mean null there.
type userWriter struct {
	ctx context.Context
	s   *graphqlServer
	in  inputObject
	bad *inputErrors

	names  *directory.Names
	work   *directory.Work
	extras *directory.Extras
	person *directory.PersonParams
}

// text is a member, which has a type of mistake if it is empty.
func (u *userWriter) text(name, ifEmpty string) schema.Opt[string] {
	text := given[string](u.in, name)
	if text.IsSet() && text.Value == "" {
		u.bad.add(ifEmpty)
		return schema.Opt[string]{}
	}
	return text
}

// fill puts all in but the role.
func (u *userWriter) fill() {
	u.work.Email = as[directory.Email](unlessNull(u.text("email", "InvalidEmailError")))
	u.names.LastName = unlessNull(u.text("lastName", "LastNameIsEmptyError"))
	u.names.FirstName = u.text("firstName", "FirstNameIsEmptyError")
	u.extras.ExternalID = u.text("externalId", "ExternalIdIsEmptyError")
	for _, name := range []string{"userName", "pseudo"} {
		if shown := unlessNull(u.text(name, "UserNameIsEmptyError")); shown.IsSet() {
			u.person.DisplayName = shown
		}
	}
	for _, name := range []string{"samlId", "samlUserId"} {
		if id := u.text(name, "SAMLUserIdIsEmptyError"); id.Given() {
			u.person.SAMLID = id
		}
	}
	if password := unlessNull(given[string](u.in, "password")); password.IsSet() {
		u.person.Password = password
		if utf8.RuneCountInString(password.Value) < MinPassword {
			u.bad.add("PasswordTooShortError")
		}
	}
	u.person.GroupID = given[int64](u.in, "groupId")
	u.person.Sites = unlessNull(givenList[int64](u.in, "projectIds"))
	u.extras.Skills = unlessNull(givenList[int64](u.in, "skillIds"))
	u.preferences()
	u.channels()
	if number := as[directory.PhoneText](given[string](u.in, "clickToCallPhoneNumber")); number.Given() {
		u.person.Phone = number
	}
	u.avatar()
}

// preferences are countryPreferences, or what older mutations have instead.
func (u *userWriter) preferences() {
	in, spoken := u.in.object("countryPreferences"), "languages"
	if in == nil {
		in, spoken = u.in, "spokenLanguages"
	}
	if locale := given[string](in, "interfaceLanguage"); locale.IsSet() {
		u.extras.InterfaceLanguage = schema.Some(u.language(locale.Value))
	}
	if languages := givenList[string](in, spoken); languages.IsSet() {
		codes := []directory.Language{}
		for _, text := range languages.Value {
			if code := u.language(text); !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
		u.extras.Languages = schema.Some(codes)
	}
	u.person.DateFormat = as[directory.DateFormat](given[string](in, "dateFormat"))
	u.person.TimeFormat = as[directory.TimeFormat](given[string](in, "timeFormat"))
	u.extras.TimeZone = as[directory.TimeZone](given[string](in, "timezone"))
}

func (u *userWriter) language(text string) directory.Language {
	code, ok := languageOf(text)
	if !ok {
		u.bad.add("InvalidLanguageError")
	}
	return code
}

func (u *userWriter) channels() {
	in := u.in.object("channels")
	var params directory.ChannelsParams
	for name, configured := range map[string]struct {
		to       *schema.Opt[directory.ChannelParams]
		priority string
	}{
		"callConfiguration":       {&params.Call, "hasPriorityOnCall"},
		"chatConfiguration":       {&params.Chat, "hasPriorityOnChat"},
		"thirdPartyConfiguration": {&params.ThirdParty, ""},
		"videoConfiguration":      {&params.Video, "hasPriorityOnVideo"},
	} {
		configuration := in.object(name)
		if configuration == nil {
			continue
		}
		var p directory.ChannelParams
		p.Enabled = given[bool](configuration, "isEnabled")
		if slots := given[int32](configuration, "numberOfSlots"); slots.IsSet() {
			p.Slots = schema.Some(int64(slots.Value))
		}
		if first := given[bool](configuration, configured.priority); first.IsSet() {
			p.Priority = schema.Some[int64](noPriority)
			if first.Value {
				p.Priority = schema.Some[int64](priority)
			}
		}
		*configured.to = schema.Some(p)
		u.extras.Channels = schema.Some(params)
	}
	if calls := in.object("callConfiguration"); calls != nil {
		u.person.FromPhone = schema.Some(given[string](calls, "respondFrom").Value == respondFromPhone)
		u.person.AskNumber = given[bool](calls, "isAlwaysAskForNumber")
		u.person.Phone = as[directory.PhoneText](given[string](calls, "clickToCallPhoneNumber"))
	}
	if chats := in.object("chatConfiguration"); chats != nil {
		u.person.ChatAndCall = unlessNull(given[bool](chats, "isSimultaneousCallAllowed"))
		u.person.ChatToVideo = given[bool](chats, "isAllowChatToVideo")
	}
}

func (u *userWriter) avatar() {
	given := given[string](u.in, "avatar")
	switch {
	case given.IsNull():
		u.person.Avatar = schema.Null[directory.DataURI]()
	case given.IsSet():
		picture, err := u.s.picture(u.ctx, given.Value)
		if err != nil {
			u.s.Log.InfoContext(u.ctx, "an avatar was refused", "reason", err)
			u.bad.add("InvalidAvatarUrlError")
			return
		}
		u.person.Avatar = schema.Some(picture)
	}
}

// role is the one role that is given; false says that there is none. What is wrong with
// it is noted.
func (u *userWriter) role() (string, bool) {
	ids := givenList[int64](u.in, "roleIds").Value
	if id := given[int64](u.in, "roleId"); id.IsSet() && !slices.Contains(ids, id.Value) {
		ids = append(ids, id.Value)
	}
	name := given[string](u.in, "roleName")
	if len(ids) > 1 {
		u.bad.add("TooManyRolesError")
	}
	for _, r := range baseRoles {
		if slices.Contains(ids, int64(r.id)) || name.IsSet() && name.Value == r.word {
			return r.word, true
		}
	}
	given := len(ids) > 0 || name.IsSet()
	if given {
		u.bad.add("RoleNotFoundError")
	}
	return "", given
}

// rolesFor are the roles of who had some and is to have the one of a word.
func rolesFor(had []directory.Role, word string) schema.Opt[[]directory.Role] {
	roles, _ := withRoles(had, []string{word}) // a word of baseRoles, or one that has been refused
	return schema.Some(roles)
}
