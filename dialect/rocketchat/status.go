package rocketchat

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// failure is the body of a call that did not work.
type failure struct {
	status    int
	Success   bool   `json:"success"` // false
	Status    string `json:"status,omitempty"`
	Text      string `json:"error,omitempty"`
	ErrorType string `json:"errorType,omitempty"`
	Message   string `json:"message,omitempty"`
	Details   any    `json:"details,omitempty"` // an object
}

// details are what the vendor's server adds to some coded failures.
type details struct {
	Method string `json:"method,omitempty"`
	Action string `json:"action,omitempty"`
	Input  string `json:"input,omitempty"`
	Field  string `json:"field,omitempty"`
}

// Error is for tests.
func (f *failure) Error() string { return f.Text }

// with is f with details.
func (f *failure) with(d details) *failure {
	f.Details = d
	return f
}

// plain is a failure that says a text only.
func plain(status int, text string) *failure { return &failure{status: status, Text: text} }

// coded is a failure with a code, which its text repeats.
func coded(status int, code, text string) *failure {
	return &failure{status: status, Text: text + " [" + code + "]", ErrorType: code}
}

// errNotLoggedIn is the union of what versions have answered: each client finds its
// own.
func errNotLoggedIn() *failure {
	const text = "You must be logged in to do this."
	return &failure{status: http.StatusUnauthorized, Status: "error", Text: text, Message: text}
}

// errLoginFailed is the answer to a sign-in with a name or password that is wrong.
func errLoginFailed() *failure {
	const text = "Unauthorized"
	return &failure{status: http.StatusUnauthorized, Status: "error", Text: text, Message: text}
}

// errNoPermission is the refusal of a route, errUnauthorized that of a handler.
func errNoPermission() *failure {
	return plain(http.StatusForbidden, "User does not have the permissions required for this action [error-unauthorized]")
}
func errUnauthorized() *failure { return plain(http.StatusForbidden, "unauthorized") }

// errNotAllowed refuses a part of what a handler was asked for.
func errNotAllowed(text string) *failure {
	return coded(http.StatusBadRequest, "error-action-not-allowed", text)
}

func errInvalidParams(messages []string) *failure {
	return coded(http.StatusBadRequest, "invalid-params", strings.Join(messages, "\n "))
}

// errBad is a bad request in words of the vendor's; "" are none.
func errBad(text string) *failure { return plain(http.StatusBadRequest, text) }

// errUnsupported refuses a parameter that the vendor's server honours and this one
// cannot.
func errUnsupported(name string) *failure {
	return coded(http.StatusBadRequest, "error-not-supported", `The parameter "`+name+`" is not supported by this server`)
}

// errTooManyRequests tells how long to wait.
func errTooManyRequests(wait time.Duration) *failure {
	seconds := strconv.FormatInt(int64((max(wait, 0)+time.Second-1)/time.Second), 10)
	return plain(http.StatusTooManyRequests, "Error, too many requests. Please slow down. You must wait "+seconds+" seconds before trying this endpoint again. [error-too-many-requests]")
}

func errTooLarge() *failure {
	return plain(http.StatusRequestEntityTooLarge, "Request body is too large")
}

func internalError() *failure {
	return plain(http.StatusInternalServerError, "Internal server error")
}

func noEndpoint(status int) *failure {
	const text = "API endpoint does not exist"
	return &failure{status: status, Status: "error", Text: text, Message: text}
}

// failureOf is what is answered to an error. One that is the server's own fault is
// logged, and nothing of it told.
func (s *server) failureOf(err error, r *http.Request) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if errors.Of(err).Code() == errors.InternalError {
		level := slog.LevelError
		if errors.Is(err, context.Canceled) {
			level = slog.LevelInfo // the client has gone
		}
		s.Log.Log(r.Context(), level, "a call failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	return translate(err)
}

// translate is the answer to an error of the roster's: the first thing that is wrong
// speaks, as at the vendor's.
func translate(err error) *failure {
	e := errors.Of(err)
	answer, known := answers[e.Code()]
	if !known {
		return internalError()
	}
	return answer(e.Violations[0], err)
}

// answer makes a failure of the first violation of an error.
type answer func(v errors.Violation, err error) *failure

// answers are for each code of the catalogue: in the words of the vendor's server
// where it can meet the same, else in the catalogue's.
var answers = map[*errors.Code]answer{
	errors.AccessTokenInvalid: always(errNotLoggedIn),
	errors.AccessTokenExpired: always(errNotLoggedIn),
	errors.AccessTokenBlocked: always(errNotLoggedIn),
	errors.AuthError:          always(errLoginFailed),
	errors.Forbidden:          always(errUnauthorized),
	errors.SystemEntity:       always(errLastAdmin),
	errors.InternalError:      always(internalError),
	errors.IPNotWhitelisted:   saying(http.StatusForbidden, "error-not-allowed"),
	errors.AccountInactive:    saying(http.StatusForbidden, "error-not-allowed"),
	errors.LimitExceeded:      tooManyCalls,
	errors.Other:              saying(http.StatusTooManyRequests, "error-too-many-requests"), // overload, at this door

	errors.AlreadyInUse:                 taken,
	errors.DuplicateEntity:              taken,
	errors.EntityNotFound:               missing,
	errors.RequiredParameterMissed:      required,
	errors.DataTypeError:                invalid,
	errors.InvalidParameterValue:        invalid,
	errors.UnexpectedParameters:         invalid,
	errors.InvalidParametersCombination: invalid,
	errors.InvalidDateTime:              invalid,
	errors.DependencyError:              always(errDependency),

	errors.ParseError:                 saying(http.StatusBadRequest, "invalid-params"),
	errors.InvalidRequest:             saying(http.StatusBadRequest, "invalid-params"),
	errors.BatchNotSupported:          saying(http.StatusBadRequest, "error-not-supported"),
	errors.NotificationsNotSupported:  saying(http.StatusBadRequest, "error-not-supported"),
	errors.MethodNotFound:             saying(http.StatusBadRequest, "error-not-supported"),
	errors.MethodComponentDisabled:    saying(http.StatusBadRequest, "error-not-allowed"),
	errors.ParameterComponentDisabled: saying(http.StatusBadRequest, "error-not-allowed"),
	errors.SortProhibited:             saying(http.StatusBadRequest, "error-invalid-sort"),
	errors.FilterProhibited:           saying(http.StatusBadRequest, "error-invalid-query"),
	errors.DateIntervalLimitReached:   saying(http.StatusBadRequest, "error-invalid-query"),
	errors.CampaignIsInactive:         saying(http.StatusBadRequest, "error-not-allowed"),
	errors.DataLimitExceeded:          saying(http.StatusBadRequest, "error-limit-exceeded"),
	errors.TariffRestrictions:         saying(http.StatusBadRequest, "error-not-allowed"),
	errors.VersionConflict:            saying(http.StatusBadRequest, "error-version-conflict"),
	errors.InvalidState:               saying(http.StatusBadRequest, "error-action-not-allowed"),
	errors.VirtualPhoneNumberNotFound: saying(http.StatusBadRequest, "error-invalid-query"),
}

func always(f func() *failure) answer {
	return func(errors.Violation, error) *failure { return f() }
}

// saying answers in the catalogue's words, with a code of the vendor's or in the
// vendor's manner.
func saying(status int, code string) answer {
	return func(v errors.Violation, _ error) *failure {
		f := coded(status, code, v.Message())
		if status != http.StatusBadRequest {
			f.ErrorType = "" // which only bad requests have at the vendor's
		}
		return f
	}
}

func tooManyCalls(_ errors.Violation, err error) *failure {
	limits, _ := directory.LimitsOf(err)
	return errTooManyRequests(time.Duration(limits.MinuteReset.Or(60)) * time.Second)
}

func taken(v errors.Violation, _ error) *failure {
	what := shown(v)
	return coded(http.StatusBadRequest, "error-field-unavailable", what+" is already in use :(").with(details{Method: "insertOrUpdateUser", Field: what})
}

func missing(v errors.Violation, _ error) *failure {
	return coded(http.StatusBadRequest, "error-invalid-"+vendorName(v.Path), "Invalid "+vendorName(v.Path))
}

func required(v errors.Violation, _ error) *failure {
	name := label(vendorName(v.Path))
	return coded(http.StatusBadRequest, "error-the-field-is-required", "The field "+name+" is required").with(details{Method: "insertOrUpdateUser", Field: name})
}

func invalid(v errors.Violation, _ error) *failure {
	switch name := vendorName(v.Path); {
	case name == "email":
		return coded(http.StatusBadRequest, "error-invalid-email", "Invalid email "+shown(v)).with(details{Method: "insertOrUpdateUser"})
	case v.Value == nil:
		return coded(http.StatusBadRequest, "error-input-is-not-a-valid-field", "The field "+label(name)+" is not valid").with(details{Field: label(name)})
	default:
		return coded(http.StatusBadRequest, "error-input-is-not-a-valid-field", *v.Value+" is not a valid "+name).with(details{Method: "insertOrUpdateUser", Input: *v.Value, Field: label(name)})
	}
}

// errLastAdmin refuses to delete the last administrator.
func errLastAdmin() *failure {
	return errNotAllowed("Leaving the app without admins is not allowed").with(details{Method: "deleteUser", Action: "Remove_last_admin"})
}

// errDependency refuses to delete what others depend on, such as somebody's coach.
func errDependency() *failure {
	return errNotAllowed("Deleting is not allowed while others depend on it")
}

// shown is the value that a violation is about, or else what it is called.
func shown(v errors.Violation) string {
	if v.Value != nil {
		return *v.Value
	}
	return vendorName(v.Path)
}

// label is a name as the vendor's texts have it: "username" is "Username".
func label(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

// codes are those that there is an answer for.
func codes() []*errors.Code {
	return slices.SortedFunc(maps.Keys(answers), func(a, b *errors.Code) int { return strings.Compare(a.Mnemonic+a.Scope, b.Mnemonic+b.Scope) })
}

// bodyOf is the answer to an error, as it is sent.
func bodyOf(err error) (status int, body []byte) {
	f := translate(err)
	body, _ = json.Marshal(f) // which can be written
	return f.status, body
}
