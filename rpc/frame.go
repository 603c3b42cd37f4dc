package rpc

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

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

	members []member // what is in params; read once, since a method, its parameters' decoder and the Guard ask for it

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
	r := readers.Get().(*reader)
	r.begin(frame, maxDepth)
	defer readers.Put(r)
	defer r.begin(nil, 0) // lets go of the frame
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
	jsontext.Decoder
	in       bytes.Buffer
	frame    []byte
	maxDepth int
}

// readers are those that are not in use; a new one takes long compared with a short
// document.
var readers = sync.Pool{New: func() any { return new(reader) }}

func (r *reader) begin(frame []byte, maxDepth int) {
	r.in, r.frame, r.maxDepth = *bytes.NewBuffer(frame), frame, maxDepth
	r.Reset(&r.in)
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
		switch member := e.member(name.String()); member {
		case &e.params:
			e.params, e.members, err = r.params()
		default:
			*member, err = r.value()
		}
		if err != nil {
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

// member is a value and its name, "" in an array.
type member struct {
	name  string
	value jsontext.Value
}

// params reads the next value as value does, and what is in it.
func (r *reader) params() (raw jsontext.Value, members []member, err error) {
	kind := r.PeekKind()
	if kind != jsontext.KindBeginObject && kind != jsontext.KindBeginArray {
		raw, err = r.value()
		return raw, nil, err
	}
	if _, err := r.token(); err != nil {
		return nil, nil, err
	}
	from := r.InputOffset() - 1
	for r.PeekKind() != jsontext.KindEndObject && r.PeekKind() != jsontext.KindEndArray {
		var m member
		if kind == jsontext.KindBeginObject {
			name, err := r.token()
			if err != nil {
				return nil, nil, err
			}
			m.name = name.String() // before the next read, which ends the token
		}
		if m.value, err = r.value(); err != nil {
			return nil, nil, err
		}
		members = append(members, m)
	}
	_, err = r.token()
	return r.frame[from:r.InputOffset()], members, err
}

// envelope is the members of a Request object, nil where absent.
type envelope struct {
	id, jsonrpc, method, params jsontext.Value
	ignored                     jsontext.Value
	members                     []member // of params
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
	c := &call{id: e.id, params: e.params, members: e.members}
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

// callerOf reads the caller out of a call's params, and whole if the method takes that,
// and nothing else. What whole cannot be read from says nothing of it. Params by
// position tell of no caller.
func (s *Server) callerOf(c *call) (who caller, of whole, err error) {
	var whoText, ofText []byte
	for name, value := range c.named() {
		switch name {
		case accessToken, userID:
			whoText = appendMember(whoText, name, value)
		case batchID, atomicName, dryRun:
			ofText = appendMember(ofText, name, value)
		}
	}
	if ofText != nil && c.method.joins {
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

// named yields the members of a call's params as its method calls them, be they sent by
// name or by position.
func (c *call) named() iter.Seq2[string, jsontext.Value] {
	return func(yield func(string, jsontext.Value) bool) {
		isObject := c.params.Kind() == jsontext.KindBeginObject
		for i, m := range c.members {
			name := m.name
			if !isObject {
				if i >= len(c.method.Params.Fields) {
					return
				}
				name = c.method.Params.Fields[i].Name
			}
			if !yield(name, m.value) {
				return
			}
		}
	}
}

// setDefault gives params a member, unless they have it or the method does not know it.
func (c *call) setDefault(name string, value jsontext.Value) {
	position := slices.IndexFunc(c.method.Params.Fields, func(f *schema.Field) bool { return f.Name == name })
	if position < 0 {
		return
	}
	for has := range c.named() {
		if has == name {
			return
		}
	}
	if c.params.Kind() == jsontext.KindBeginArray {
		for len(c.members) < position {
			c.members = append(c.members, member{value: null})
		}
		c.members = append(c.members, member{value: value})
		c.params = jsontext.Value("[")
		for i, m := range c.members {
			if i > 0 {
				c.params = append(c.params, ',')
			}
			c.params = append(c.params, m.value...)
		}
		c.params = append(c.params, ']')
		return
	}
	c.members = append(c.members, member{name, value})
	c.params = nil
	for _, m := range c.members {
		c.params = appendMember(c.params, m.name, m.value)
	}
	c.params = append(c.params, '}')
}

// given are the names of the members of params that the method has been sent, see
// Calls.Given.
func (c *call) given() []string {
	var names []string
	isObject := c.params.Kind() == jsontext.KindBeginObject
	for name, value := range c.named() {
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

// text is the string that a JSON string, which has been parsed, stands for.
func text(v jsontext.Value) (string, bool) {
	if v.Kind() != jsontext.KindString {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	b, err := jsontext.AppendUnquote(nil, v)
	return string(b), err == nil
}
