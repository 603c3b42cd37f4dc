package rpc

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// null is the id of an answer to what has no id that could be read.
var null = jsontext.Value("null")

// document is what was sent: one call, or a batch.
type document struct {
	batch bool
	size  int     // how many elements the batch has
	calls []*call // one; or the elements of a batch, up to the limit
}

// call is one call of a document, and its answer once there is one.
type call struct {
	id     jsontext.Value // as sent; nil for a notification
	name   string
	params jsontext.Value // an object, an array, or nil

	method *method
	token  string
	userID schema.Opt[int64]
	whole  whole

	result jsontext.Value // set when it succeeded
	err    *errors.Error  // set when it failed

	metadata jsontext.Value // err's, if it has some
}

// parse reads a document strictly: UTF-8, no duplicate names, nothing after it,
// no nesting beyond maxDepth. Of a batch it keeps the first limit calls. The
// calls refer to frame.
func parse(frame []byte, maxDepth, limit int) (document, error) {
	r := &reader{jsontext.NewDecoder(bytes.NewBuffer(frame)), frame, maxDepth}
	var doc document
	var err error
	if doc.batch = r.PeekKind() == jsontext.KindBeginArray; doc.batch {
		err = r.batch(&doc, limit)
	} else {
		doc.calls = make([]*call, 1)
		doc.calls[0], err = r.call()
	}
	if err != nil {
		return document{}, err
	}
	if _, err := r.ReadToken(); err != io.EOF {
		return document{}, errors.New("rpc: data after the document")
	}
	return doc, nil
}

// reader reads calls off a frame.
type reader struct {
	*jsontext.Decoder
	frame    []byte
	maxDepth int
}

func (r *reader) batch(doc *document, limit int) error {
	if _, err := r.token(); err != nil {
		return err
	}
	for r.PeekKind() != jsontext.KindEndArray {
		if doc.size++; doc.size > limit {
			if _, err := r.value(); err != nil {
				return err
			}
			continue
		}
		c, err := r.call()
		if err != nil {
			return err
		}
		doc.calls = append(doc.calls, c)
	}
	_, err := r.token()
	return err
}

// call reads one element. What is no valid Request object is a call that has
// failed already.
func (r *reader) call() (*call, error) {
	if r.PeekKind() != jsontext.KindBeginObject {
		_, err := r.value()
		return envelope{}.call(), err
	}
	if _, err := r.token(); err != nil {
		return nil, err
	}
	var e envelope
	for r.PeekKind() != jsontext.KindEndObject {
		name, err := r.token()
		if err != nil {
			return nil, err
		}
		member := e.member(name.String())
		if *member, err = r.value(); err != nil {
			return nil, err
		}
	}
	_, err := r.token()
	return e.call(), err
}

// token reads the next token.
func (r *reader) token() (jsontext.Token, error) {
	t, err := r.ReadToken()
	if err == nil && r.StackDepth() > r.maxDepth {
		err = fmt.Errorf("rpc: nested deeper than %d", r.maxDepth)
	}
	return t, err
}

// value reads the next value and returns it as it stands in the frame.
func (r *reader) value() (jsontext.Value, error) {
	from, depth := r.InputOffset(), r.StackDepth()
	for {
		if _, err := r.token(); err != nil {
			return nil, err
		}
		if r.StackDepth() == depth {
			break
		}
	}
	// The decoder stands before the separator when a value begins.
	return bytes.TrimLeft(r.frame[from:r.InputOffset()], ":, \t\r\n"), nil
}

// envelope is the members of a Request object, nil where absent.
type envelope struct {
	id, jsonrpc, method, params jsontext.Value
	ignored                     jsontext.Value
}

func (e *envelope) member(name string) *jsontext.Value {
	switch name {
	case "id":
		return &e.id
	case "jsonrpc":
		return &e.jsonrpc
	case "method":
		return &e.method
	case "params":
		return &e.params
	}
	return &e.ignored
}

// call is the call that e asks for, or one that has failed already.
func (e envelope) call() *call {
	c := &call{id: e.id, params: e.params}
	valid := true
	if e.id != nil {
		switch e.id.Kind() {
		case jsontext.KindString, jsontext.KindNumber, jsontext.KindNull:
		default:
			c.id, valid = null, false
		}
	}
	version, ok := text(e.jsonrpc)
	valid = valid && ok && version == "2.0"
	c.name, ok = text(e.method)
	valid = valid && ok
	if e.params != nil {
		kind := e.params.Kind()
		valid = valid && (kind == jsontext.KindBeginObject || kind == jsontext.KindBeginArray)
	}
	if !valid {
		c.refuse(errors.InvalidRequest)
	}
	return c
}

// refuse fails a call of which it cannot be said that it is a notification, so
// that it is answered in any case.
func (c *call) refuse(code *errors.Code) {
	if c.id == nil {
		c.id = null
	}
	c.err = errors.E(code)
}

// caller is the parameters that tell who calls. They belong to no method.
type caller struct {
	AccessToken schema.Opt[string] `json:"access_token" secret:"true" doc:"The token that the call comes with; may stand in the header Authorization: Bearer instead."`
	UserID      schema.Opt[int64]  `json:"user_id" doc:"The member in whose name the call is made; the token's own if absent."`
}

// The names of caller's members.
const (
	accessToken = "access_token"
	userID      = "user_id"
)

// whole is the parameters by which the calls of a batch are one. Methods that take
// them declare them as their own.
type whole struct {
	BatchID schema.Opt[string] `json:"batch_id"`
	Atomic  schema.Opt[bool]   `json:"atomic"`
	DryRun  schema.Opt[bool]   `json:"dry_run"`
}

// callerOf reads the caller out of params of a method, and whole if the method takes
// that, and nothing else. What whole cannot be read from says nothing of it. Params by
// position tell of no caller.
func (s *Server) callerOf(params jsontext.Value, m *method) (who caller, of whole, err error) {
	var whoText, ofText []byte
	for name, value := range named(params, m.Params) {
		switch name {
		case accessToken, userID:
			whoText = appendMember(whoText, name, value)
		case batchID, atomicName, dryRun:
			ofText = appendMember(ofText, name, value)
		}
	}
	if ofText != nil && m.joins {
		if of, err = s.whole.Decode(append(ofText, '}')); err != nil {
			of = whole{}
		}
	}
	if whoText == nil {
		return who, of, nil
	}
	who, err = s.caller.Decode(append(whoText, '}'))
	return who, of, err
}

// appendMember adds a member to an object that lacks its end, and that begins here if
// it is empty.
func appendMember(object []byte, name string, value jsontext.Value) []byte {
	separator := byte(',')
	if len(object) == 0 {
		separator = '{'
	}
	object = append(object, separator)
	object, _ = jsontext.AppendQuote(object, name) // a name of ours, or one that has been parsed
	return append(append(object, ':'), value...)
}

// named yields the members of params as t calls them, be they sent by name or by
// position.
func named(params jsontext.Value, t *schema.Type) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		isObject, i := params.Kind() == jsontext.KindBeginObject, 0
		for name, value := range children(params) {
			if !isObject {
				if i >= len(t.Fields) {
					return
				}
				name = t.Fields[i].Name
				i++
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// withDefault is params of type t with a member, unless they have it.
func withDefault(params jsontext.Value, t *schema.Type, name string, value jsontext.Value) jsontext.Value {
	position := slices.IndexFunc(t.Fields, func(f *schema.Field) bool { return f.Name == name })
	if position < 0 {
		return params
	}
	isArray, count := params.Kind() == jsontext.KindBeginArray, 0
	for has := range named(params, t) {
		if count++; has == name {
			return params
		}
	}
	if isArray {
		out := bytes.TrimSuffix(bytes.TrimRight(params.Clone(), " \t\r\n"), []byte("]"))
		for ; count <= position; count++ {
			if count > 0 {
				out = append(out, ',')
			}
			if count < position {
				out = append(out, "null"...)
			}
		}
		return append(append(out, value...), ']')
	}
	out := appendMember(nil, name, value)
	for has, member := range children(params) {
		out = appendMember(out, has, member)
	}
	return append(out, '}')
}

// given are the names of the members of params that t has been sent, see
// Calls.Given.
func given(params jsontext.Value, t *schema.Type) []string {
	var names []string
	isObject := params.Kind() == jsontext.KindBeginObject
	for name, value := range named(params, t) {
		if isObject || value.Kind() != jsontext.KindNull {
			names = append(names, name)
		}
	}
	return names
}

// children yields what is in an object or an array that has been parsed before;
// elements of an array have no name. There is nothing in v if it is neither.
func children(v jsontext.Value) iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		d := jsontext.NewDecoder(bytes.NewBuffer(v), jsontext.AllowDuplicateNames(true))
		if _, err := d.ReadToken(); err != nil {
			return
		}
		isObject := v.Kind() == jsontext.KindBeginObject
		for d.PeekKind() != jsontext.KindEndObject && d.PeekKind() != jsontext.KindEndArray {
			name := ""
			if isObject {
				token, err := d.ReadToken()
				if err != nil {
					return
				}
				name = token.String() // before the next read, which ends the token
			}
			value, err := d.ReadValue()
			if err != nil || !yield(name, value) {
				return
			}
		}
	}
}

// text is the string that a JSON string stands for.
func text(v jsontext.Value) (string, bool) {
	if v.Kind() != jsontext.KindString {
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, v)
	return string(b), err == nil
}
