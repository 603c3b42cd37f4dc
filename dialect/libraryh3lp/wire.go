package libraryh3lp

import (
	"bufio"
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// user is the resource of an employee.
type user struct {
	ID     int64           `json:"id"`
	Type   string          `json:"type"`
	Name   string          `json:"name"`
	Email  directory.Email `json:"email"`
	Show   directory.Show  `json:"show"`
	Status string          `json:"status"`
}

func userOf(p *directory.Person) user {
	return user{p.ID, userType, p.Handle, p.Email, p.Show(), p.StatusText}
}

// queue is the resource of a group.
type queue struct {
	ID          int64           `json:"id"`
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Enabled     truth           `json:"enabled"` // which the vendor does not use
	Transcripts truth           `json:"transcripts"`
	Email       directory.Email `json:"email"`
	Avatar      string          `json:"avatar"`
	Show        directory.Show  `json:"show"`
	Status      string          `json:"status"` // groups have none
}

func queueOf(g *directory.ChatGroup) queue {
	return queue{ID: g.ID, Type: queueType, Name: g.Handle, Enabled: truth(g.Enabled), Transcripts: truth(g.Transcripts), Email: g.Email, Avatar: g.Avatar, Show: g.Show}
}

// membership is the resource of a membership: an operator of a queue, and an
// assignment of a user.
type membership struct {
	QueueID   int64          `json:"queueId"`
	Queue     string         `json:"queue"`
	QueueShow directory.Show `json:"queueShow"`
	UserID    int64          `json:"userId"`
	User      string         `json:"user"`
	UserShow  directory.Show `json:"userShow"`
	Enabled   truth          `json:"enabled"`
}

// newerMembership is a membership as version 2013-07-21 has it, which is about the
// user. The older names stand beside its own.
type newerMembership struct {
	ID         int64          `json:"id"`
	Name       string         `json:"name"`
	Show       directory.Show `json:"show"`
	membership `json:",inline"`
}

// operator and newerOperator are the two forms of a membership.
func operator(m *directory.Membership) any { return membershipOf(m) }

func newerOperator(m *directory.Membership) any {
	return newerMembership{m.Person.ID, m.Person.Handle, m.Person.Show(), membershipOf(m)}
}

func membershipOf(m *directory.Membership) membership {
	return membership{m.Group.ID, m.Group.Handle, m.GroupShow, m.Person.ID, m.Person.Handle, m.Person.Show(), truth(m.Enabled)}
}

// truth is a boolean whose false is null.
type truth bool

// MarshalJSONTo writes true or null.
func (t truth) MarshalJSONTo(enc *jsontext.Encoder) error {
	if t {
		return enc.WriteToken(jsontext.True)
	}
	return enc.WriteToken(jsontext.Null)
}

// done is the answer of calls that answer nothing else.
type done struct {
	Success truth `json:"success"`
}

// answer writes v as the body of a call that was good.
func (c *call) answer(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	writeJSON(c.w, http.StatusOK, body)
	return nil
}

// list answers all that each visits, as an array that is written while it is read.
func (d *door) list(c *call, each func(add func(any) error) error) error {
	return dialect.Stream(c.w, c.r, d.log, jsonHeader, func(out *bufio.Writer) error {
		separator := "["
		err := each(func(v any) error {
			item, err := json.Marshal(v)
			if err != nil {
				return err
			}
			if _, err := out.WriteString(separator); err != nil {
				return err
			}
			separator = ","
			_, err = out.Write(item)
			return err
		})
		if err != nil {
			return err
		}
		end := "]"
		if separator == "[" {
			end = "[]"
		}
		_, err = out.WriteString(end)
		return err
	})
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	jsonHeader(w.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only if the client has gone, and then there is nobody to tell
}

func jsonHeader(h http.Header) {
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
}

// fields is what a request gives, by name, in JSON. What a form gives is a string
// there.
type fields struct {
	values map[string]jsontext.Value
	isForm bool
}

// readBody reads what a request gives where its method has a body. GET and DELETE
// may have one that means nothing: a client sends {} with all of them.
func (d *door) readBody(c *call) error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead || c.r.Method == http.MethodDelete {
		return nil
	}
	body, err := dialect.ReadBody(c.w, c.r, d.maxBody)
	switch {
	case dialect.IsTooLarge(err):
		return err
	case err != nil:
		panic(http.ErrAbortHandler) // the body ended too early: nobody is there to be answered
	}
	text := bytes.TrimSpace(body)
	switch mediaType := dialect.MediaType(c.r); {
	case mediaType == "multipart/form-data":
		c.given, err = formFields(dialect.Form(c.r, body))
	case mediaType == "application/x-www-form-urlencoded" && !bytes.HasPrefix(text, []byte("{")): // with which tools label JSON, too
		c.given, err = formFields(dialect.URLEncoded(string(text)))
	case len(text) > 0:
		if text[0] != '{' || json.Unmarshal(text, &c.given.values) != nil {
			err = errors.E(errors.ParseError)
		}
	}
	return err
}

// formFields is what a form gives.
// Errors: parse_error for what is not UTF-8.
func formFields(values url.Values) (fields, error) {
	f := fields{map[string]jsontext.Value{}, true}
	for name := range values {
		quoted, err := jsontext.AppendQuote(nil, values.Get(name))
		if err != nil {
			return fields{}, errors.E(errors.ParseError)
		}
		f.values[name] = quoted
	}
	return f, nil
}

// text is a text, or null. It is not ok if something else is given.
func (f fields) text(name string) (text schema.Opt[string], ok bool) {
	value, given := f.values[name]
	if !given {
		return text, true
	}
	switch value.Kind() {
	case 'n':
		return schema.Null[string](), true
	case '"':
		unquoted, err := jsontext.AppendUnquote(nil, value)
		return schema.Some(string(unquoted)), err == nil
	}
	return text, false
}

// truth is true, or false, for which null stands as well. It is not ok if something
// else is given.
func (f fields) truth(name string) (truth schema.Opt[bool], ok bool) {
	value, given := f.values[name]
	if !given {
		return truth, true
	}
	switch string(value) {
	case "true":
		return schema.Some(true), true
	case "false", "null":
		return schema.Some(false), true
	}
	if f.isForm {
		switch string(value) {
		case `"true"`, `"1"`:
			return schema.Some(true), true
		case `"false"`, `"0"`, `"null"`, `""`:
			return schema.Some(false), true
		}
	}
	return truth, false
}

// id is a number, also in a string. It is not ok if something else is given; null is
// absent.
func (f fields) id(name string) (id schema.Opt[int64], ok bool) {
	value, given := f.values[name]
	if !given || value.Kind() == 'n' {
		return id, true
	}
	var n int64
	switch value.Kind() {
	case '0':
		n, ok = schema.Whole(string(value))
	case '"':
		var err error
		n, err = strconv.ParseInt(strings.Trim(string(value), `"`), 10, 64)
		ok = err == nil
	}
	if !ok {
		return id, false
	}
	return schema.Some(n), true
}
