package iadvize

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/errors"
)

// The words of meta.status.
const (
	succeeded = "success"
	failed    = "fail"  // what was asked for is wrong
	refused   = "error" // it is not allowed, or did not work
)

// failure is the answer to a call that did not work.
type failure struct {
	status  int
	word    string
	message string
}

// Error is for tests.
func (f *failure) Error() string { return f.message }

func (f *failure) envelope() envelope {
	return envelope{Meta: meta{Status: f.word, Message: f.message}}
}

func errForbidden() *failure { return &failure{http.StatusForbidden, refused, "Forbidden"} }

// errMissing and errNotValid are about a field; why, unless "", is added to the
// vendor's words.
func errMissing(field string) *failure {
	return &failure{http.StatusBadRequest, failed, "Field '" + field + "' is missing."}
}
func errNotValid(field, why string) *failure {
	text := "Value of field '" + field + "' is not valid"
	if why != "" {
		text += ": " + why
	}
	return &failure{http.StatusBadRequest, failed, text + "."}
}

// errNoField and errNoFilter are about names that there are none of.
func errNoField(name string) *failure {
	return &failure{http.StatusBadRequest, failed, "Field " + quoted(name) + "is unknown."}
}
func errNoFilter(name string) *failure {
	return &failure{http.StatusBadRequest, failed, "Filter " + quoted(name) + "is unknown."}
}

// quoted is a name within a message, with a space behind it; "" if it is not to be
// repeated.
func quoted(name string) string {
	if shown := errors.Shown(name); shown != nil {
		return "'" + *shown + "' "
	}
	return ""
}

// errUnknown is about an id that is no noun's. The vendor's answer to DELETE has no
// period.
func errUnknown(noun, id, method string) *failure {
	text := "Unknown '" + noun + "' with 'id'"
	if shown := errors.Shown(id); shown != nil {
		text += " " + *shown
	}
	if method != http.MethodDelete {
		text += "."
	}
	return &failure{http.StatusNotFound, failed, text}
}

func errNoResource() *failure {
	return &failure{http.StatusNotFound, failed, "Unknown resource."}
}
func errMethod() *failure {
	return &failure{http.StatusMethodNotAllowed, refused, "Method not allowed."}
}
func errInternal() *failure {
	return &failure{http.StatusInternalServerError, refused, "Internal error."}
}

func errTooLarge() *failure {
	return &failure{http.StatusRequestEntityTooLarge, failed, "The body is too large."}
}
func errMediaType() *failure {
	return &failure{http.StatusBadRequest, failed, "The body is neither application/x-www-form-urlencoded nor application/json."}
}
func errNoObject() *failure {
	return &failure{http.StatusBadRequest, failed, "The body is not an object of JSON."}
}
func errTooManyFields() *failure {
	return &failure{http.StatusBadRequest, failed, "There are more than " + strconv.Itoa(MaxFields) + " fields."}
}
func errTooDeep() *failure {
	return &failure{http.StatusBadRequest, failed, "Fields are in others more than " + strconv.Itoa(MaxDepth) + " deep."}
}
func errTooManyLive(limit int) *failure {
	return &failure{http.StatusBadRequest, failed, "There are more than " + strconv.Itoa(limit) + " operators: ask for them by filters."}
}

// failureOf is the answer to an error that a call about a noun ended with.
func failureOf(err error, noun, method string) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	what, v := mistakeOf(err)
	field := fieldOf(noun, v.Path)
	switch what {
	case keyRefused, notAllowed:
		return errForbidden()
	case tooMany:
		return &failure{http.StatusTooManyRequests, refused, v.Message()}
	case fieldMissing:
		return errMissing(field)
	case notValid:
		return errNotValid(field, "")
	case unknownField:
		return errNoField(field)
	case inUse:
		return errNotValid(field, "it is in use already")
	case tooLong:
		return errNotValid(field, "there are too many")
	case notFound:
		if field == "id" {
			return errUnknown(noun, shownOf(v), method)
		}
		return errNotValid(field, "there is none with 'id' "+shownOf(v))
	case dependedOn:
		return &failure{http.StatusBadRequest, failed, "'" + noun + "' with 'id' " + shownOf(v) + " is in use."}
	case wrongRequest:
		return &failure{http.StatusBadRequest, failed, v.Message()}
	}
	return errInternal()
}

// shownOf is the value that a violation is about.
func shownOf(v errors.Violation) string {
	if v.Value == nil {
		return ""
	}
	return *v.Value
}

// restAnswer is the answer to an error, as it is sent.
func restAnswer(err error) (status int, body []byte) {
	f := failureOf(err, operators.name, http.MethodGet)
	body, _ = json.Marshal(f.envelope()) // which can be written
	return f.status, body
}
