package importer

import (
	"context"
	"encoding/json" // as rpc's client does
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// Client calls the methods of a server. *rpc.Client is one.
type Client interface {
	Call(ctx context.Context, method string, params, result any, opts ...jsonrpc2.CallOption) error
	Batch(ctx context.Context, calls []rpc.BatchCall) error
}

// Pipelined is a Client that can take a batch while it does those before. Their
// effects come in the order of Begin.
type Pipelined interface {
	Client
	// Begin sends a batch of creates as Batch does. wait returns when it is done, with
	// Batch's error.
	Begin(ctx context.Context, calls []rpc.BatchCall) (wait func() error)
}

// Pauses are what is good for ImportOptions.Pauses and its like: how long to wait
// before each further attempt at what a server did not answer, or was too busy for.
func Pauses() []time.Duration {
	return []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}
}

// refusal is the error object of an answer, as far as it is looked at.
type refusal struct {
	Mnemonic string `json:"mnemonic"`
	Params   struct {
		LimitType string `json:"limit_type"`
	} `json:"params"`
	Errors []Fault `json:"errors"`
}

// Fault is one thing wrong with a row.
type Fault struct {
	Mnemonic string  `json:"mnemonic"`
	Message  string  `json:"message"`
	Field    string  `json:"field"`   // the documented dotted name; "" if it is about no parameter
	Pointer  string  `json:"pointer"` // JSON Pointer into the params; ""
	Value    *string `json:"value"`   // nil if there is none or it is not repeated

	HeldBy int64 `json:"-"` // the employee that has the value already; 0 if none
}

// column is the column that the fault is about: elements of an array of objects are
// numbered from 1, a list is one column.
func (f *Fault) column() string {
	var names []string
	for _, name := range strings.Split(strings.TrimPrefix(f.Pointer, "/"), "/") {
		if i, err := strconv.Atoi(name); err == nil {
			name = strconv.Itoa(i + 1)
		}
		names = append(names, name)
	}
	if _, err := strconv.Atoi(names[len(names)-1]); err == nil {
		names = names[:len(names)-1]
	}
	return strings.Join(names, ".")
}

func newFault(code *errors.Code, at errors.Path, value *string) Fault {
	return Fault{Mnemonic: code.Mnemonic, Message: errors.Violation{Code: code}.Message(), Field: at.String(), Pointer: at.Pointer(), Value: value}
}

// refusalOf is what a server answered to a call, and whether it answered at all.
func refusalOf(err error) (refusal, bool) {
	var answered *jsonrpc2.Error
	if !errors.As(err, &answered) {
		return refusal{}, false
	}
	var r refusal
	if answered.Data == nil || json.Unmarshal(*answered.Data, &r) != nil || len(r.Errors) == 0 {
		r = refusal{Mnemonic: r.Mnemonic, Errors: []Fault{{Mnemonic: r.Mnemonic, Message: answered.Message}}}
	}
	return r, true
}

// passing reports whether err may be gone at the next attempt: no answer, or one
// of a server that is too busy or does not know what came of the call.
func passing(err error) bool {
	r, answered := refusalOf(err)
	if !answered {
		return err != nil && !errors.Is(err, jsonrpc2.ErrClosed)
	}
	switch r.Mnemonic {
	case errors.Other.Mnemonic, errors.InternalError.Mnemonic:
		return true
	case errors.LimitExceeded.Mnemonic:
		return r.Params.LimitType == "minute"
	}
	return false
}

// ending are the mnemonics that no row is the reason for: there is no use in going
// on. forbidden is one where it is about the method.
var ending = []string{
	errors.AccessTokenExpired.Mnemonic, errors.AccessTokenBlocked.Mnemonic, errors.AccessTokenInvalid.Mnemonic,
	errors.IPNotWhitelisted.Mnemonic, errors.AccountInactive.Mnemonic, errors.MethodComponentDisabled.Mnemonic,
	errors.MethodNotFound.Mnemonic, errors.BatchNotSupported.Mnemonic, errors.LimitExceeded.Mnemonic,
	errors.InvalidRequest.Mnemonic, errors.ParseError.Mnemonic,
}

// hint is what to do about an error that ends the work; "" if nothing is known.
func hint(mnemonic string) string {
	switch mnemonic {
	case errors.AccessTokenExpired.Mnemonic, errors.AccessTokenBlocked.Mnemonic, errors.AccessTokenInvalid.Mnemonic, errors.RequiredParameterMissed.Mnemonic:
		return "; an access token is in ROSTERD_TOKEN or in the file of --token-file"
	case errors.BatchNotSupported.Mnemonic:
		return "; the server needs --batch on"
	case errors.InvalidRequest.Mnemonic:
		return "; the server's --max-body, --batch-limit or --atomic-limit may be too small"
	case errors.MethodNotFound.Mnemonic:
		return "; the server is older than this rosterd"
	}
	return ""
}

// caller calls with as many attempts as are worth it.
type caller struct {
	client Client
	pauses []time.Duration
}

// attempt does something until it succeeds, fails for good, or the pauses are used
// up. What is under way when ctx ends is finished; then there are no more
// attempts.
func (c caller) attempt(ctx context.Context, do func(context.Context) error) error {
	for n := 0; ; n++ {
		err := do(context.WithoutCancel(ctx))
		if !passing(err) || n == len(c.pauses) {
			return err
		}
		if !c.pause(ctx, n) {
			return err
		}
	}
}

// call calls a method.
func (c caller) call(ctx context.Context, method string, params, result any) error {
	err := c.attempt(ctx, func(ctx context.Context) error { return c.client.Call(ctx, method, params, result) })
	return oneLine(method, err)
}

// oneLine is an error that ends the work, in one line.
func oneLine(what string, err error) error {
	r, answered := refusalOf(err)
	switch {
	case err == nil:
		return nil
	case !answered:
		return fmt.Errorf("%s: %w", what, err)
	}
	text := what + ": " + r.Errors[0].Message
	if r.Errors[0].Field != "" {
		text += " (" + r.Errors[0].Field + ")"
	}
	return errors.New(text + hint(r.Mnemonic))
}

// batch does calls in their order in one document. Those for which there may be
// another answer are done again; an error means that the work cannot go on.
func (c caller) batch(ctx context.Context, calls []rpc.BatchCall) error {
	if err := c.attempt(ctx, func(ctx context.Context) error { return c.client.Batch(ctx, calls) }); err != nil {
		return oneLine(calls[0].Method, err)
	}
	return c.settle(ctx, calls)
}

// settle does those calls of a batch again for which there may be another answer.
func (c caller) settle(ctx context.Context, calls []rpc.BatchCall) error {
	for n := 0; ; n++ {
		var left []int
		for at, call := range calls {
			if passing(call.Err) {
				left = append(left, at)
			}
		}
		if len(left) == 0 {
			break
		}
		if n == len(c.pauses) || !c.pause(ctx, n) {
			if len(left) == len(calls) {
				return oneLine(calls[left[0]].Method, calls[left[0]].Err)
			}
			break // it is something about these calls
		}
		again := make([]rpc.BatchCall, len(left))
		for i, at := range left {
			again[i] = calls[at]
		}
		if err := c.attempt(ctx, func(ctx context.Context) error { return c.client.Batch(ctx, again) }); err != nil {
			return oneLine(again[0].Method, err)
		}
		for i, at := range left {
			calls[at].Err = again[i].Err
		}
	}
	return fatal(calls)
}

// fatal is the error of the first call that no row is the reason for.
func fatal(calls []rpc.BatchCall) error {
	for _, call := range calls {
		r, answered := refusalOf(call.Err)
		if call.Err != nil && !answered || slices.Contains(ending, r.Mnemonic) {
			return oneLine(call.Method, call.Err)
		}
	}
	return nil
}

// together does the calls of an atomic batch, again only if there was no answer.
func (c caller) together(ctx context.Context, calls []rpc.BatchCall) error {
	err := c.attempt(ctx, func(ctx context.Context) error { return c.client.Batch(ctx, calls) })
	if err != nil {
		return oneLine(calls[0].Method, err)
	}
	return fatal(calls)
}

// pause waits before attempt n+1; false if ctx has ended.
func (c caller) pause(ctx context.Context, n int) bool {
	timer := time.NewTimer(c.pauses[n])
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
