package dialecttest

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Complete checks that a door has forgotten nothing: each field of an employee is
// mapped or excused, and each code of the catalogue has an answer, which is a JSON
// object, the same each time, below 500 unless the code is internal_error (or 503
// for the mnemonic error, which tells of overload), and tells neither causes nor
// secrets.
func Complete(t *testing.T, c dialect.Contract) {
	t.Helper()
	for _, p := range append(incomplete(c.Fields, leaves(reflect.TypeFor[directory.Employee](), "")), incompleteCodes(c)...) {
		t.Error(p)
	}
}

// leaves are the paths of the scalars and arrays in a type's JSON.
func leaves(t reflect.Type, path string) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return []string{path}
	}
	var all []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if path != "" {
			name = path + "." + name
		}
		all = append(all, leaves(f.Type, name)...)
	}
	return all
}

// incomplete says what is wrong with a table of fields.
func incomplete(fields map[string]dialect.Field, paths []string) []string {
	var problems []string
	for _, path := range paths {
		f, known := fields[path]
		switch {
		case !known:
			problems = append(problems, fmt.Sprintf("field %s: neither named nor excused", path))
		case (f.Name == "") == (f.Why == ""):
			problems = append(problems, fmt.Sprintf("field %s: has the name %q and the excuse %q, want one of them", path, f.Name, f.Why))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(paths, path) {
			problems = append(problems, fmt.Sprintf("field %s: an employee has none", path))
		}
	}
	return problems
}

// What no answer may tell.
const (
	secretCause    = "cause-that-is-for-the-log"
	secretPassword = "password-that-is-nobodys-business"
)

// incompleteCodes says what is wrong with a door's answers to errors.
func incompleteCodes(c dialect.Contract) []string {
	var problems []string
	catalogue := errors.Catalogue()
	for i, code := range c.Codes {
		if !slices.Contains(catalogue, code) {
			problems = append(problems, fmt.Sprintf("code %s: is not of the catalogue", code.Mnemonic))
		}
		if slices.Contains(c.Codes[:i], code) {
			problems = append(problems, fmt.Sprintf("code %s: stands there twice", code.Mnemonic))
		}
	}
	for _, code := range catalogue {
		if !slices.Contains(c.Codes, code) {
			problems = append(problems, fmt.Sprintf("code %s: has no answer of its own", code.Mnemonic))
			continue
		}
		for _, err := range errorsOf(code) {
			problems = append(problems, wrongAnswer(c, err)...)
		}
	}
	for _, err := range []error{errors.New(secretCause), fmt.Errorf("wrapped: %w", errors.New(secretCause)), &errors.Error{Cause: errors.New(secretCause)}} {
		problems = append(problems, wrongAnswer(c, err)...)
	}
	long := directory.SetMemberPassword{EmployeeID: schema.Some(int64(1)), Password: schema.Some(strings.Repeat(secretPassword, 10))}
	err := schema.Of[directory.SetMemberPassword](directory.RevisionSeed).Check(&long)
	if err == nil {
		return append(problems, "a password of any length is accepted")
	}
	return append(problems, wrongAnswer(c, err)...)
}

// errorsOf are errors of a code: alone, at a place with a value, several, each with
// a cause, and wrapped.
func errorsOf(code *errors.Code) []error {
	value := `a "value" <b>\` + "\n\x00\u2028é"
	params := map[string]string{}
	for _, part := range strings.Split(code.Message, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		params[name] = value
	}
	at := func(place errors.Path, value *string) errors.Violation {
		return errors.Violation{Code: code, Path: place, Value: value, Params: params}
	}
	var root errors.Path
	with := func(violations ...errors.Violation) *errors.Error {
		return &errors.Error{Violations: violations, Cause: errors.New(secretCause)}
	}
	alone := with(at(root, nil))
	return []error{
		alone,
		with(at(root.Key("last_name"), &value)),
		with(at(root.Key("phone_numbers").Index(1).Key("phone_number"), &value)),
		with(at(root.Key("handle"), &value), at(root.Key("a/b~c"), nil)),
		alone.WithMetadata(map[string]string{"cause": secretCause}),
		fmt.Errorf("%s: %w", secretCause, alone),
	}
}

// wrongAnswer says what is wrong with a door's answer to an error.
func wrongAnswer(c dialect.Contract, err error) []string {
	status, body := c.Answer(err)
	code := errors.Of(err).Code()
	var problems []string
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("error %q: answer %d %s: ", err, status, body)+fmt.Sprintf(format, args...))
	}
	switch {
	case code == errors.InternalError && status != http.StatusInternalServerError:
		problem("want status 500")
	case code == errors.Other && status == http.StatusServiceUnavailable:
	case code != errors.InternalError && (status < 200 || status >= 500):
		problem("want a status below 500")
	}
	if value := jsontext.Value(body); !value.IsValid() || value.Kind() != jsontext.KindBeginObject {
		problem("is no JSON object")
	}
	for _, secret := range []string{secretCause, secretPassword} {
		if bytes.Contains(body, []byte(secret)) {
			problem("tells %q", secret)
		}
	}
	for range 5 {
		if againStatus, again := c.Answer(err); againStatus != status || !bytes.Equal(again, body) {
			problem("and then %d %s", againStatus, again)
			break
		}
	}
	return problems
}
