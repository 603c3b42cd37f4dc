package libraryh3lp

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// The vendor documents failures of one kind: HTTP 200 and success null, with a
// message. So is answered what was wrong with values. For the rest, of which nothing
// is documented, there are HTTP's codes with the same body.

// failure is the body of what went wrong. Newer clients read error, older ones
// message.
type failure struct {
	Success truth  `json:"success"` // null
	Message string `json:"message"`
	Error   string `json:"error"`
}

// answers are the status and the message for each code of the catalogue. {property}
// is the vendor's name of what is wrong, {noun} what the request is about; other
// names in braces are the violation's.
var answers = map[*errors.Code]struct {
	status  int
	message string
}{
	errors.ParseError:                {http.StatusBadRequest, "The body is neither a JSON object nor a form."},
	errors.InvalidRequest:            {http.StatusBadRequest, "The request cannot be read."},
	errors.BatchNotSupported:         {http.StatusBadRequest, "Several calls in one request are not supported."},
	errors.NotificationsNotSupported: {http.StatusBadRequest, "Requests without an answer are not supported."},
	errors.MethodNotFound:            {http.StatusNotFound, "There is nothing here."},

	errors.AccessTokenExpired: {http.StatusUnauthorized, "The session is over, sign in again."},
	errors.AccessTokenBlocked: {http.StatusUnauthorized, "The session has been blocked."},
	errors.AccessTokenInvalid: {http.StatusUnauthorized, "There is no session, sign in first."},
	errors.AuthError:          {http.StatusOK, "The username or the password is wrong."},

	errors.IPNotWhitelisted:           {http.StatusForbidden, "The address {ip} is not on the account's list."},
	errors.Forbidden:                  {http.StatusForbidden, "This is not allowed."},
	errors.AccountInactive:            {http.StatusForbidden, "The account is disabled."},
	errors.MethodComponentDisabled:    {http.StatusForbidden, "The account lacks one of: {components}."},
	errors.ParameterComponentDisabled: {http.StatusForbidden, "For {property}, the account lacks one of: {components}."},
	errors.TariffRestrictions:         {http.StatusForbidden, "The account's tariff does not allow this."},
	errors.LimitExceeded:              {http.StatusTooManyRequests, "This has been tried too often, {limit_max_value} times in a {limit_type} are allowed."},
	errors.InternalError:              {http.StatusInternalServerError, "Internal error."},
	errors.Other:                      {http.StatusTooManyRequests, "{error_message}"}, // only overload is told so, at this door

	errors.DataTypeError:                {http.StatusOK, "The property {property} has a value of the wrong type."},
	errors.RequiredParameterMissed:      {http.StatusOK, "The property {property} is required."},
	errors.InvalidParameterValue:        {http.StatusOK, "The property {property} cannot have this value."},
	errors.UnexpectedParameters:         {http.StatusOK, "There is no property {property}."},
	errors.InvalidParametersCombination: {http.StatusOK, "The property {property} does not fit the others."},
	errors.SortProhibited:               {http.StatusOK, "Nothing is sorted by {property}."},
	errors.FilterProhibited:             {http.StatusOK, "Nothing is selected by {property}."},
	errors.DateIntervalLimitReached:     {http.StatusOK, "The interval is longer than three months."},
	errors.InvalidDateTime:              {http.StatusOK, "There is no such date or time."},
	errors.EntityNotFound:               {http.StatusNotFound, "There is no such {noun}."},
	errors.DependencyError:              {http.StatusOK, "Something else depends on this {noun}."},
	errors.SystemEntity:                 {http.StatusOK, "This {noun} cannot be deleted."},
	errors.DuplicateEntity:              {http.StatusOK, "This {noun} is there already."},
	errors.AlreadyInUse:                 {http.StatusOK, "The {property} is in use already."},
	errors.CampaignIsInactive:           {http.StatusOK, "The campaign is inactive."},
	errors.DataLimitExceeded:            {http.StatusOK, "There are too many of them."},
	errors.VersionConflict:              {http.StatusOK, "The {noun} has been changed since."},
	errors.InvalidState:                 {http.StatusOK, "The {noun} cannot have this state now."},
	errors.VirtualPhoneNumberNotFound:   {http.StatusOK, "There is no virtual number {virtual_phone_number}."},
}

// answerTo is the status and the body for an error.
func answerTo(err error) (status int, body []byte) {
	if dialect.IsTooLarge(err) {
		return http.StatusRequestEntityTooLarge, failureBody("The body is too large.")
	}
	e := errors.Of(err)
	v := e.Violations[0]
	answer, known := answers[v.Code]
	if !known {
		answer = answers[errors.InternalError]
	}
	status = answer.status
	if s := (soft{}); errors.As(err, &s) {
		status = http.StatusOK
	}
	return status, failureBody(messageOf(v, answer.message, nounOf(err, v)))
}

// messageOf fills in what is known of a violation.
func messageOf(v errors.Violation, message, noun string) string {
	property := propertyOf(v)
	switch {
	case property == "name" && v.Code == errors.InvalidParameterValue:
		return nameMessage(v, noun)
	case v.Code == errors.EntityNotFound && (property == "parent_id" || property == "node"):
		return "There are no folders."
	}
	replacements := []string{"{property}", property, "{noun}", noun}
	for name, value := range v.Params {
		replacements = append(replacements, "{"+name+"}", value)
	}
	return strings.NewReplacer(replacements...).Replace(message)
}

// nameMessage tells what is wrong with a name. The text about characters is the
// vendor's.
func nameMessage(v errors.Violation, noun string) string {
	subject, limit := "User", directory.MaxHandle
	if noun == queueType {
		subject, limit = "Queue", directory.MaxGroupHandle
	}
	switch {
	case v.Value == nil || *v.Value == "" || utf8.RuneCountInString(*v.Value) > limit:
		return subject + " names have 1 to " + strconv.Itoa(limit) + " characters."
	case strings.ContainsAny(*v.Value, ` "&'/:<>@\`):
		return subject + ` names cannot contain spaces or any of the characters "&'/:<>@\.`
	}
	return subject + " names can only contain characters that XMPP allows in them."
}

// soft is an error that the vendor answers with HTTP 200.
type soft struct{ error }

func (s soft) Unwrap() error { return s.error }

// business is err of a call whose answer has success and, if that is null, a
// message: that something is not there is told by it.
func business(err error) error { return softened(err, errors.EntityNotFound) }

// signInFailed is err of a sign-in, whose refusals are told by success null.
func signInFailed(err error) error {
	return softened(err, errors.Forbidden, errors.IPNotWhitelisted, errors.AccountInactive)
}

func softened(err error, codes ...*errors.Code) error {
	if slices.Contains(codes, errors.Of(err).Code()) {
		return soft{err}
	}
	return err
}

// about is an error of a call that is about a user or a queue.
type about struct {
	error
	noun string
}

func (a about) Unwrap() error { return a.error }

func ofUsers(err error) error  { return about{err, userType} }
func ofQueues(err error) error { return about{err, queueType} }

// ofOperators is err of a call about a user in a queue, of whom only the queue may be
// said to be missing.
func ofOperators(err error) error {
	if propertyOf(errors.Of(err).Violations[0]) == "queueId" {
		return err
	}
	return about{err, "operator"}
}

// nounOf is what a violation is about.
func nounOf(err error, v errors.Violation) string {
	if a := (about{}); errors.As(err, &a) {
		return a.noun
	}
	return cmp.Or(nouns[v.Path.String()], "resource")
}

// refuse answers what no handler has seen.
func refuse(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, failureBody(message))
}

// refuseError answers an error, and logs it if it is the server's.
func (d *door) refuseError(w http.ResponseWriter, r *http.Request, err error) {
	e := errors.Of(err)
	if e.Code() == errors.InternalError {
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // the client has gone
		}
		d.log.ErrorContext(r.Context(), "a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if limits, known := directory.LimitsOf(err); known {
		w.Header().Set("Retry-After", strconv.FormatInt(limits.MinuteReset.Or(limits.DayReset.Value), 10))
	}
	status, body := answerTo(err)
	writeJSON(w, status, body)
}

func failureBody(message string) []byte {
	body, err := json.Marshal(failure{Message: message, Error: message})
	if err != nil { // the message is not UTF-8
		return []byte(`{"success":null,"message":"Internal error.","error":"Internal error."}`)
	}
	return body
}
