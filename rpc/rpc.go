// Package rpc is JSON-RPC 2.0, whole and alone: methods declared with their
// types, one entry point that turns a document into its answer, HTTP, WebSocket
// and lines to carry both, notifications from the server, clients, and a
// description of the methods as OpenRPC.
//
// A method is one Method literal. New checks the literals and compiles them into
// a Server; Server.Serve owns the specification, and every transport does
// nothing but carry documents to it and answers back, so that all of them give
// the same bytes.
//
// It does not know what the methods are about, where tokens and rights come
// from (a Guard does), or how parameters are described (package schema does).
package rpc

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Method declares one method with its parameters P, of which schema.Of makes a
// schema, and its result R, which go-json-experiment/json writes.
type Method[P, R any] struct {
	Name, Summary string

	// Exactly one of these three says who may call.
	Right     string // "unit:action" that the caller needs
	Open      bool   // callable without a token
	AnyCaller bool   // needs a token, but no right

	// Components are what the account needs at least one of; none if it is empty.
	// It must be empty for an Open method, which concerns no account.
	Components []string

	// Example is params of a call in JSON, an object without the caller's members,
	// for documentation. It must decode as P under the server's revision. "" is
	// none.
	Example string

	// Errors is what the method may answer beyond the codes with Scope "all".
	// Any other code is answered as internal_error.
	Errors []*errors.Code

	// Exactly one of these two does the work. ctx is the Guard's, and ends after
	// Options.CallTimeout.
	Run func(ctx context.Context, params P) (R, error)
	// RunAll takes neighbouring calls of one batch together, those of one token
	// and user_id that the Guard has let ahead. Outcome i belongs to params i, and
	// each stands or falls alone. A single call is a RunAll of one.
	RunAll func(ctx context.Context, params []P) []Outcome[R]
}

// Outcome is what one call of a RunAll came to: Result, or Err if it is not nil.
type Outcome[R any] struct {
	Result R
	Err    error
}

// Appender is a result that writes itself, faster than json does: what it appends is
// sent as it is, so that it must be valid JSON without white space.
type Appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// Entry is a Method of any types. Only Method implements it.
type Entry interface {
	// Info describes the method as declared. Params and Result are nil: they
	// depend on the server's revision, see Server.Methods.
	Info() Info
	compile(revision string) (*method, error)
}

// Info describes a method.
type Info struct {
	Name, Summary   string
	Right           string
	Open, AnyCaller bool
	Components      []string
	Example         string
	Errors          []*errors.Code
	Params          *schema.Type
	Result          *schema.Type // nil unless R is a struct that has no JSON form of its own
}

// Info implements Entry.
func (m Method[P, R]) Info() Info {
	return Info{
		Name: m.Name, Summary: m.Summary,
		Right: m.Right, Open: m.Open, AnyCaller: m.AnyCaller,
		Components: m.Components, Example: m.Example,
		Errors: m.Errors,
	}
}

// Guard decides whether calls go ahead, before their own parameters are read: the
// stages from token to right, of which the first failure stops. It is asked for
// every call, also of open methods, once for those that run together. An error
// refuses all of them.
type Guard interface {
	Admit(ctx context.Context, c Calls) (Admission, error)
}

// Calls is what a Guard learns of calls of one method by one caller: neighbours of
// one batch if the method has RunAll, else a single one.
type Calls struct {
	Method *Info
	Token  string            // params.access_token, else the Peer's bearer; "" if there is none
	UserID schema.Opt[int64] // params.user_id
	// Given has the names of the top-level members of params, as sent, for each
	// call; of params by position, the names of those that are not null.
	Given [][]string
}

// Admission is what a Guard decides on Calls that it does not refuse altogether.
type Admission struct {
	// Context is what the calls run in; nil is the one that Admit got.
	Context context.Context
	// Refused says of each call why it does not go ahead, and nil if it does. A nil
	// slice refuses none.
	Refused []error
	// Settle, if it is not nil, is called once when all of the calls have ended, and
	// told of each whether it is answered with a result. The context that Admit got
	// may have ended by then. An error is logged and changes no answer.
	Settle func(succeeded []bool) error
}

// Peer is who sent a document, as far as the transport knows.
type Peer struct {
	Addr   string // remote host without port
	Bearer string // token given to the transport, not in the document; "" if none

	// IdempotencyKey is idempotency_key of a call that has none of its own, if its
	// method takes it; in a batch it is followed by # and the call's place, from 1.
	// "" is none.
	IdempotencyKey string
}

type peerKey struct{}

// WithPeer returns a context that carries p.
func WithPeer(ctx context.Context, p Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// PeerFrom returns the Peer that ctx carries, or the zero Peer.
func PeerFrom(ctx context.Context) Peer {
	p, _ := ctx.Value(peerKey{}).(Peer)
	return p
}

// method is a Method with its types compiled away.
type method struct {
	Info
	grouped bool                  // takes neighbouring calls together
	joins   bool                  // takes batch_id and atomic
	answers map[*errors.Code]bool // declared codes
	decode  func(params jsontext.Value) (any, error)
	// run takes what decode returned, one value unless grouped, and returns as
	// many outcomes.
	run func(ctx context.Context, params []any) ([]Outcome[jsontext.Value], error)
}

var rightForm = regexp.MustCompile(`^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$`)

// check says what is wrong with the declaration.
func (m Method[P, R]) check() error {
	access := 0
	for _, given := range []bool{m.Right != "", m.Open, m.AnyCaller} {
		if given {
			access++
		}
	}
	switch {
	case m.Name == "":
		return errors.New("rpc: a method has no name")
	case m.Open && len(m.Components) > 0:
		return fmt.Errorf("rpc: %s: is open and needs a component of an account", m.Name)
	case access != 1:
		return fmt.Errorf("rpc: %s: want exactly one of Right, Open and AnyCaller", m.Name)
	case m.Right != "" && !rightForm.MatchString(m.Right):
		return fmt.Errorf("rpc: %s: right %q is not unit:action", m.Name, m.Right)
	case (m.Run == nil) == (m.RunAll == nil):
		return fmt.Errorf("rpc: %s: want exactly one of Run and RunAll", m.Name)
	}
	return nil
}

func (m Method[P, R]) compile(revision string) (*method, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	params := schema.Of[P](revision)
	if m.Example != "" {
		if err := checkExample(params, jsontext.Value(m.Example)); err != nil {
			return nil, fmt.Errorf("rpc: %s: example: %w", m.Name, err)
		}
	}
	info := m.Info()
	info.Params, info.Result = params.Type(), resultType[R]()

	var reserved []string
	if !m.Open {
		reserved = []string{accessToken, userID}
	}
	answers := make(map[*errors.Code]bool, len(m.Errors))
	for _, code := range m.Errors {
		answers[code] = true
	}
	return &method{
		Info:    info,
		grouped: m.RunAll != nil,
		joins:   m.RunAll != nil && slices.ContainsFunc(info.Params.Fields, func(f *schema.Field) bool { return f.Name == atomicName }),
		answers: answers,
		decode: func(raw jsontext.Value) (any, error) {
			return params.Decode(raw, reserved...)
		},
		run: m.run,
	}, nil
}

// buffers are those that are not in use, for results and answers. These differ in size by
// powers of ten, and a buffer that grows with each of them is copied as often.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer is the size of the largest buffer that is used again, in bytes; longResult
// that of the shortest result that keeps its buffer until it is answered.
const (
	keptBuffer = 1 << 20
	longResult = 4 << 10
)

// recycle lets a buffer that nobody reads any more be used again.
func recycle(b []byte) {
	if cap(b) <= keptBuffer {
		b = b[:0]
		buffers.Put(&b)
	}
}

// appendSized has a result append itself. A short one it returns at its size.
func appendSized(a Appender) (jsontext.Value, error) {
	text, err := a.AppendJSON((*buffers.Get().(*[]byte))[:0])
	if err == nil && len(text) >= longResult {
		return text, nil
	}
	defer recycle(text)
	return slices.Clone(text), err
}

// checkExample says what is wrong with params in a declaration.
func checkExample[P any](s *schema.Schema[P], params jsontext.Value) error {
	if params.Kind() != jsontext.KindBeginObject || !params.IsValid() {
		return errors.New("is no JSON object")
	}
	_, err := s.Decode(params)
	return err
}

// resultType describes R, or is nil.
func resultType[R any]() *schema.Type {
	t := reflect.TypeFor[R]()
	if t.Kind() != reflect.Struct {
		return nil
	}
	switch any((*R)(nil)).(type) {
	case json.MarshalerTo, json.Marshaler:
		return nil
	}
	return &schema.Type{Kind: schema.Object, Name: t.Name(), Fields: schema.RowOf[R]().Fields()}
}

func (m Method[P, R]) run(ctx context.Context, params []any) ([]Outcome[jsontext.Value], error) {
	typed := make([]P, len(params))
	for i, p := range params {
		typed[i] = p.(P)
	}
	outcomes, err := noPanic(func() ([]Outcome[R], error) {
		if m.RunAll != nil {
			return m.RunAll(ctx, typed), nil
		}
		result, err := m.Run(ctx, typed[0])
		return []Outcome[R]{{result, err}}, nil
	})
	if err != nil {
		return nil, err
	}
	if len(outcomes) != len(params) {
		return nil, fmt.Errorf("rpc: %s: %d outcomes for %d calls", m.Name, len(outcomes), len(params))
	}
	rendered := make([]Outcome[jsontext.Value], len(outcomes))
	for i := range outcomes {
		o := &outcomes[i]
		if o.Err != nil {
			rendered[i].Err = o.Err
			continue
		}
		rendered[i].Result, rendered[i].Err = noPanic(func() (jsontext.Value, error) {
			if a, is := any(&o.Result).(Appender); is {
				return appendSized(a)
			}
			return json.Marshal(&o.Result, json.Deterministic(true))
		})
	}
	return rendered, nil
}
