package iadvize

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/rosterd/rosterd/errors"
)

// Mistakes in the input of a mutation are answered with types of their own, which stand
// in the schema and say there what they mean.

// userError is one of them.
type userError struct {
	name    string // of the type
	Message string
}

// generalError is the type of what none of the others says.
const generalError = "InvalidInputError"

// errorTypes are the types of mistakes that the roster finds, by where in its commands
// they are.
var errorTypes = []struct {
	what     mistake
	at, name string
}{
	{inUse, "email", "EmailAlreadyUsedError"},
	{inUse, "login", "EmailAlreadyUsedError"},
	{notValid, "email", "InvalidEmailError"},
	{notValid, "login", "InvalidEmailError"},
	{inUse, "external_id", "ExternalIdAlreadyUsedError"},
	{inUse, "saml_id", "SAMLUserIdAlreadyUsedError"},
	{notValid, "avatar", "InvalidAvatarUrlError"},
	{notFound, "group_id", "GroupNotFoundError"},
	{notFound, "sites", "ProjectNotFoundError"},
	{notFound, "skills", "SkillNotFoundError"},
	{notFound, "add_skills", "SkillNotFoundError"},
	{notFound, "remove_skills", "SkillNotFoundError"},
	{notFound, "parent_id", "SkillNotFoundError"},
	{notValid, "parent_id", "InvalidSkillParentError"},
	{tooLong, "parent_id", "InvalidSkillParentError"},
	{inUse, "name", "SkillNameAlreadyUsedError"},
	{notValid, "chat_and_call", "ChatAndCallWithDisabledCallError"},
	{notValid, "chat_to_video", "ChatToVideoWithDisabledVideoError"},
	{notValid, "from_phone", "MissingClickToCallPhoneNumberError"},
	{notValid, "ask_number", "IncompatibleAskForNumberChoiceError"},
	{notValid, "phone", "InvalidClickToCallPhoneNumberError"},
	{notValid, "channels.chat.slots", "InvalidNumberOfSlotsError"},
	{notValid, "channels.third_party.slots", "InvalidNumberOfSlotsError"},
	{notValid, "time_zone", "InvalidTimezoneError"},
	{notValid, "languages", "InvalidLanguageError"},
	{notValid, "interface_language", "InvalidLanguageError"},
}

// subject is what a mutation is about, and how it calls the mistakes at its id.
type subject struct{ unknown, inUse string }

var (
	ofUsers  = subject{"UserNotFoundError", "UserIsInUseError"}
	ofSkills = subject{"SkillNotFoundError", "SkillIsInUseError"}
)

// inputs are what the schema calls the parameters of the roster's commands, for the
// messages of generalError.
var inputs = map[string]string{
	"last_name":      "lastName",
	"first_name":     "firstName",
	"display_name":   "userName",
	"external_id":    "externalId",
	"saml_id":        "samlId",
	"sites":          "projectIds",
	"skills":         "skillIds",
	"add_skills":     "skillIds",
	"remove_skills":  "skillIds",
	"group_id":       "groupId",
	"phone":          "clickToCallPhoneNumber",
	"parent_id":      "parentId",
	"operator":       "channels",
	"channels.chat":  "channels.chatConfiguration",
	"channels.call":  "channels.callConfiguration",
	"channels.video": "channels.videoConfiguration",
}

// errorType is the type of a violation; "" if it is no mistake in the input.
func (n subject) errorType(v errors.Violation) string {
	what, at := mistakes[v.Code], v.Path.String()
	switch {
	case v.Code == errors.SystemEntity, v.Code == errors.Forbidden && at == "roles":
		return "LastAdministratorError"
	case v.Code == errors.ParameterComponentDisabled:
		return generalError
	case what == notFound && at == "id":
		return n.unknown
	case what == dependedOn:
		return n.inUse
	}
	for _, t := range errorTypes {
		if t.what == what && t.at == at {
			return t.name
		}
	}
	switch what {
	case fieldMissing, notValid, unknownField, inUse, notFound, tooLong:
		return generalError
	}
	return ""
}

// inputErrors are the mistakes that one input has, each type once.
type inputErrors struct {
	types   map[string]*ast.Definition // of the schema
	subject subject
	verb    string // "Create" or "Update" of the mutations of professionals, whose mistakes have names of their own; else ""

	found []*userError
}

// add notes a mistake of a type.
func (e *inputErrors) add(name string) { e.say(name, "") }

// say notes a mistake, with a text instead of the type's own, unless it is "".
func (e *inputErrors) say(name, text string) {
	if text == "" {
		text = e.types[name].Description
	}
	if own := strings.TrimSuffix(name, "Error") + "Professional" + e.verb + "UserError"; e.types[own] != nil {
		name = own
	}
	mistake := userError{name, text}
	if !slices.ContainsFunc(e.found, func(known *userError) bool { return *known == mistake }) {
		e.found = append(e.found, &mistake)
	}
}

// take notes what the roster found wrong. It returns what is no mistake in the input.
func (e *inputErrors) take(err error) error {
	if err == nil {
		return nil
	}
	violations := errors.Of(err).Violations
	for _, v := range violations {
		if e.subject.errorType(v) == "" {
			return err
		}
	}
	for _, v := range violations {
		name, more := e.subject.errorType(v), ""
		if name == generalError {
			more = v.Message()
			at := v.Path.String()
			if input, known := inputs[at]; known {
				at = input
			}
			if at != "" {
				more += ": " + at
			}
		}
		e.say(name, more)
	}
	return nil
}

// is tells the library whether the error is of a type.
func (e *userError) is(name string) (*userError, bool) { return e, e.name == name }

// There is a method for each type, by which the library finds out which one it is.

func (e *userError) ToCannotChangeOwnRoleError() (*userError, bool) {
	return e.is("CannotChangeOwnRoleError")
}
func (e *userError) ToCannotChangeOwnRoleProfessionalUpdateUserError() (*userError, bool) {
	return e.is("CannotChangeOwnRoleProfessionalUpdateUserError")
}
func (e *userError) ToChannelDisabledError() (*userError, bool) { return e.is("ChannelDisabledError") }
func (e *userError) ToChatAndCallWithDisabledCallError() (*userError, bool) {
	return e.is("ChatAndCallWithDisabledCallError")
}
func (e *userError) ToChatToVideoWithDisabledVideoError() (*userError, bool) {
	return e.is("ChatToVideoWithDisabledVideoError")
}
func (e *userError) ToEmailAlreadyUsedError() (*userError, bool) {
	return e.is("EmailAlreadyUsedError")
}
func (e *userError) ToEmailAlreadyUsedProfessionalCreateUserError() (*userError, bool) {
	return e.is("EmailAlreadyUsedProfessionalCreateUserError")
}
func (e *userError) ToEmailAlreadyUsedProfessionalUpdateUserError() (*userError, bool) {
	return e.is("EmailAlreadyUsedProfessionalUpdateUserError")
}
func (e *userError) ToExternalIdAlreadyUsedError() (*userError, bool) {
	return e.is("ExternalIdAlreadyUsedError")
}
func (e *userError) ToExternalIdIsEmptyError() (*userError, bool) {
	return e.is("ExternalIdIsEmptyError")
}
func (e *userError) ToExternalIdIsEmptyProfessionalCreateUserError() (*userError, bool) {
	return e.is("ExternalIdIsEmptyProfessionalCreateUserError")
}
func (e *userError) ToFirstNameIsEmptyError() (*userError, bool) {
	return e.is("FirstNameIsEmptyError")
}
func (e *userError) ToFirstNameIsEmptyProfessionalCreateUserError() (*userError, bool) {
	return e.is("FirstNameIsEmptyProfessionalCreateUserError")
}
func (e *userError) ToFirstNameIsEmptyProfessionalUpdateUserError() (*userError, bool) {
	return e.is("FirstNameIsEmptyProfessionalUpdateUserError")
}
func (e *userError) ToGroupNotFoundError() (*userError, bool) { return e.is("GroupNotFoundError") }
func (e *userError) ToIncompatibleAskForNumberChoiceError() (*userError, bool) {
	return e.is("IncompatibleAskForNumberChoiceError")
}
func (e *userError) ToInvalidAvatarUrlError() (*userError, bool) {
	return e.is("InvalidAvatarUrlError")
}
func (e *userError) ToInvalidClickToCallPhoneNumberError() (*userError, bool) {
	return e.is("InvalidClickToCallPhoneNumberError")
}
func (e *userError) ToInvalidEmailError() (*userError, bool) { return e.is("InvalidEmailError") }
func (e *userError) ToInvalidEmailProfessionalCreateUserError() (*userError, bool) {
	return e.is("InvalidEmailProfessionalCreateUserError")
}
func (e *userError) ToInvalidEmailProfessionalUpdateUserError() (*userError, bool) {
	return e.is("InvalidEmailProfessionalUpdateUserError")
}
func (e *userError) ToInvalidInputError() (*userError, bool)    { return e.is("InvalidInputError") }
func (e *userError) ToInvalidLanguageError() (*userError, bool) { return e.is("InvalidLanguageError") }
func (e *userError) ToInvalidNumberOfSlotsError() (*userError, bool) {
	return e.is("InvalidNumberOfSlotsError")
}
func (e *userError) ToInvalidSkillParentError() (*userError, bool) {
	return e.is("InvalidSkillParentError")
}
func (e *userError) ToInvalidTimezoneError() (*userError, bool) { return e.is("InvalidTimezoneError") }
func (e *userError) ToLastAdministratorError() (*userError, bool) {
	return e.is("LastAdministratorError")
}
func (e *userError) ToLastNameIsEmptyError() (*userError, bool) { return e.is("LastNameIsEmptyError") }
func (e *userError) ToMissingClickToCallPhoneNumberError() (*userError, bool) {
	return e.is("MissingClickToCallPhoneNumberError")
}
func (e *userError) ToPasswordMissingError() (*userError, bool) { return e.is("PasswordMissingError") }
func (e *userError) ToPasswordTooShortError() (*userError, bool) {
	return e.is("PasswordTooShortError")
}
func (e *userError) ToPasswordWithSAMLUserIdError() (*userError, bool) {
	return e.is("PasswordWithSAMLUserIdError")
}
func (e *userError) ToProjectNotFoundError() (*userError, bool) { return e.is("ProjectNotFoundError") }
func (e *userError) ToRoleMissingError() (*userError, bool)     { return e.is("RoleMissingError") }
func (e *userError) ToRoleNotFoundError() (*userError, bool)    { return e.is("RoleNotFoundError") }
func (e *userError) ToSAMLUserIdAlreadyUsedError() (*userError, bool) {
	return e.is("SAMLUserIdAlreadyUsedError")
}
func (e *userError) ToSAMLUserIdAlreadyUsedProfessionalCreateUserError() (*userError, bool) {
	return e.is("SAMLUserIdAlreadyUsedProfessionalCreateUserError")
}
func (e *userError) ToSAMLUserIdIsEmptyError() (*userError, bool) {
	return e.is("SAMLUserIdIsEmptyError")
}
func (e *userError) ToSAMLUserIdIsEmptyProfessionalCreateUserError() (*userError, bool) {
	return e.is("SAMLUserIdIsEmptyProfessionalCreateUserError")
}
func (e *userError) ToSkillIsInUseError() (*userError, bool) { return e.is("SkillIsInUseError") }
func (e *userError) ToSkillNameAlreadyUsedError() (*userError, bool) {
	return e.is("SkillNameAlreadyUsedError")
}
func (e *userError) ToSkillNameIsEmptyError() (*userError, bool) {
	return e.is("SkillNameIsEmptyError")
}
func (e *userError) ToSkillNotFoundError() (*userError, bool)   { return e.is("SkillNotFoundError") }
func (e *userError) ToTooManyRolesError() (*userError, bool)    { return e.is("TooManyRolesError") }
func (e *userError) ToUserIsInUseError() (*userError, bool)     { return e.is("UserIsInUseError") }
func (e *userError) ToUserNameIsEmptyError() (*userError, bool) { return e.is("UserNameIsEmptyError") }
func (e *userError) ToUserNotFoundError() (*userError, bool)    { return e.is("UserNotFoundError") }
