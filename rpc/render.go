package rpc

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// errorObject is the error member of a response: data-api.md §1.3, and errors,
// which is ours.
type errorObject struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Data    errorData `json:"data"`
}

type errorData struct {
	Mnemonic       string            `json:"mnemonic"`
	Field          *string           `json:"field"`
	Value          *string           `json:"value"`
	Params         map[string]any    `json:"params"`
	ExtendedHelper *string           `json:"extended_helper"` // documented; we have no page to link to
	Metadata       jsontext.Value    `json:"metadata,omitzero"`
	Errors         []violationObject `json:"errors"`
}

type violationObject struct {
	Mnemonic string  `json:"mnemonic"`
	Message  string  `json:"message"`
	Field    *string `json:"field"`
	Pointer  *string `json:"pointer"`
	Value    *string `json:"value"`
}

// newErrorObject renders e with its metadata, which is JSON already.
func newErrorObject(e *errors.Error, metadata jsontext.Value) errorObject {
	first := e.Violations[0]
	o := errorObject{
		Code:    first.Code.Number,
		Message: first.Message(),
		Data: errorData{
			Mnemonic: first.Code.Mnemonic,
			Field:    field(first),
			Value:    first.Value,
			Params:   placeholders(first),
			Metadata: metadata,
		},
	}
	for _, v := range e.Violations {
		o.Data.Errors = append(o.Data.Errors, violationObject{
			Mnemonic: v.Code.Mnemonic,
			Message:  v.Message(),
			Field:    field(v),
			Pointer:  pointer(v),
			Value:    v.Value,
		})
	}
	return o
}

// field is the documented name of the place, nil where it has none.
func field(v errors.Violation) *string {
	if name := v.Path.String(); name != "" {
		return &name
	}
	return nil
}

// pointer is the place, nil for params itself. Elements of params by position
// may have no name, but do have a pointer.
func pointer(v errors.Violation) *string {
	if v.Path.IsRoot() {
		return nil
	}
	p := v.Path.Pointer()
	return &p
}

// limitMaxValue is the one placeholder that the documentation types as a number.
const limitMaxValue = "limit_max_value"

func placeholders(v errors.Violation) map[string]any {
	params := make(map[string]any, len(v.Params))
	for name, value := range v.Params {
		params[name] = value
		if name == limitMaxValue {
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				params[name] = n
			}
		}
	}
	return params
}

// answerFrame is how many bytes stand around the id and the result of an answer, at
// most.
const answerFrame = len(`,{"jsonrpc":"2.0","id":,"result":}]`)

// appendAnswer appends the response to c, which is no notification.
func (c *call) appendAnswer(dst []byte) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	dst = append(dst, c.id...)
	if c.err != nil {
		dst = append(dst, `,"error":`...)
		dst = append(dst, renderError(c.err, c.metadata)...)
	} else {
		dst = append(dst, `,"result":`...)
		dst = append(dst, c.result...)
	}
	return append(dst, '}')
}

// renderError never fails: strings that are no UTF-8 are mangled.
func renderError(e *errors.Error, metadata jsontext.Value) []byte {
	b, err := json.Marshal(newErrorObject(e, metadata), json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err) // strings, numbers, nulls and what is JSON already always have a JSON form
	}
	return b
}

// refusal is the answer to a document of which no call was looked at.
func refusal(code *errors.Code) []byte {
	c := call{id: null, err: errors.E(code)}
	return c.appendAnswer(nil)
}
