package iadvize

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
)

// RESTPrefix is where REST is mounted.
const RESTPrefix = "/api/2/"

// MaxLive is how many operators the list of live availability has at most; it has no
// pages.
const MaxLive = 10_000

// REST makes the door, to be mounted at RESTPrefix. It fails if an option is missing.
func REST(o Options) (http.Handler, error) { return newREST(o, MaxLive) }

func newREST(o Options, maxLive int) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &restServer{o, maxLive}
	var routes []dialect.Route
	for _, e := range restEndpoints() {
		routes = append(routes, dialect.Route{Method: e.method, Path: RESTPrefix + e.path, Handle: func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, &e) }})
	}
	return withoutSuffix(dialect.NewRouter(routes, dialect.Refusals{
		NotFound:         refuse(errNoResource()),
		MethodNotAllowed: refuse(errMethod()),
		Failed:           refuse(errInternal()),
	}, o.Log)), nil
}

func refuse(f *failure) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answer(w, r, f.status, f.envelope()) }
}

// restEndpoints are all of REST's.
func restEndpoints() []restEndpoint {
	return slices.Concat(operatorEndpoints, liveEndpoints, groupEndpoints, skillEndpoints, websiteEndpoints, clientEndpoints)
}

// restEndpoint is one method of one path.
type restEndpoint struct {
	method string
	path   string   // below RESTPrefix, as http.ServeMux has patterns
	noun   string   // what its id is of
	params []string // of the query, beside those of all
	handle func(*restCall) (result, error)
}

// result is what a call that worked answers.
type result struct {
	status     int // 200 if 0
	message    string
	filters    []string // the names of those that were applied
	data       any      // nil for none
	pagination *pagination
}

// envelope is the body of each answer.
type envelope struct {
	Meta       meta        `json:"meta"`
	Data       any         `json:"data,omitzero"`
	Pagination *pagination `json:"pagination,omitzero"`
}

type meta struct {
	Status  string   `json:"status"`
	Message string   `json:"message,omitzero"`
	Filters []string `json:"filters,omitzero"`
}

type pagination struct {
	Page  int64 `json:"page"`
	Pages int64 `json:"pages"`
	Limit int64 `json:"limit"`
	Count int64 `json:"count"`
}

type restServer struct {
	Options
	maxLive int
}

// restCall is a request on its way.
type restCall struct {
	*restServer
	*restEndpoint
	ctx   context.Context // in which the caller acts
	w     http.ResponseWriter
	r     *http.Request
	actor directory.Actor
	query map[string]any
	body  map[string]any // of a write
}

// serve has a request pass, in this order: key (403), query and body (400), handler.
func (s *restServer) serve(w http.ResponseWriter, r *http.Request, e *restEndpoint) {
	c := &restCall{restServer: s, restEndpoint: e, ctx: r.Context(), w: w, r: r}
	got, err := c.pass()
	if err != nil {
		f := failureOf(err, e.noun, e.method)
		if f.status == http.StatusInternalServerError {
			s.Log.ErrorContext(r.Context(), "a call failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		refuse(f)(w, r)
		return
	}
	if got.status == 0 {
		got.status = http.StatusOK
	}
	answer(w, r, got.status, envelope{meta{succeeded, got.message, got.filters}, got.data, got.pagination})
}

func (c *restCall) pass() (result, error) {
	query, badQuery := parseBrackets(c.r.URL.RawQuery)
	if err := c.authenticate(query); err != nil {
		return result{}, err
	}
	if badQuery != nil {
		return result{}, badQuery
	}
	c.query = query
	if err := c.checkQuery(); err != nil {
		return result{}, err
	}
	if c.method != http.MethodGet {
		var err error
		if c.body, err = c.readBody(); err != nil {
			return result{}, err
		}
	}
	return c.handle(c)
}

// authenticate finds who calls, by a key in the header, in the query, or as the name of
// HTTP's Basic authentication, whose password means nothing.
func (c *restCall) authenticate(query map[string]any) error {
	key := c.r.Header.Get("X-API-Key")
	if key == "" {
		key, _ = query["key"].(string)
	}
	if key == "" {
		key, _, _ = c.r.BasicAuth()
	}
	caller, err := c.Directory.Authenticate(c.ctx, Door, key, dialect.ClientAddr(c.r))
	if err != nil {
		return err
	}
	c.actor = caller.Actor()
	c.ctx = directory.WithActor(c.ctx, c.actor)
	return nil
}

// common are the parameters of every query. The vendor's client sends page and limit
// with every call, and with a write its body once more as fields.
var common = []string{"fields", "full", "key", "limit", "page"}

// checkQuery refuses parameters that there are none of.
func (c *restCall) checkQuery() error {
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if !slices.Contains(common, name) && !slices.Contains(c.params, name) {
			return errNoField(name)
		}
	}
	return nil
}

// id is the id in the path.
// Errors: an unknown one for what is no id at all.
func (c *restCall) id() (int64, error) {
	text := c.r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != text {
		return 0, errUnknown(c.noun, text, c.method)
	}
	return id, nil
}

// field is a field that a body may have. read notes its value, and reports whether it
// is one.
type field[T any] struct {
	name string
	read func(to *T, v any) bool
}

// readFields reads the fields of a body.
// Errors: a field that there is none of; else the first, in the order of the table,
// whose value is none.
func readFields[T any](body map[string]any, table []field[T], to *T) error {
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if !slices.ContainsFunc(table, func(f field[T]) bool { return f.name == name }) {
			return errNoField(name)
		}
	}
	for _, f := range table {
		if v, given := body[f.name]; given && !f.read(to, v) {
			return errNotValid(f.name, "")
		}
	}
	return nil
}

// isSame reports whether v is what a field that can be read only says already.
func isSame(v any, want string) bool {
	switch v := v.(type) {
	case string:
		return v == want
	case number:
		return string(v) == want
	}
	return false
}

type suffixKey struct{}

// withoutSuffix takes the suffixes .json and .json-unicode off the names in a path. The
// second lets answers have characters beyond ASCII; else they are escaped.
func withoutSuffix(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		names, found, unescaped := strings.Split(r.URL.Path, "/"), false, false
		for i, name := range names {
			bare, isUnicode := strings.CutSuffix(name, ".json-unicode")
			bare, isJSON := strings.CutSuffix(bare, ".json")
			names[i] = bare
			found, unescaped = found || isUnicode || isJSON, unescaped || isUnicode
		}
		if found {
			plain := *r.URL
			plain.Path, plain.RawPath = strings.Join(names, "/"), ""
			r = r.WithContext(context.WithValue(r.Context(), suffixKey{}, unescaped))
			r.URL = &plain
		}
		next.ServeHTTP(w, r)
	})
}

// answer writes an answer.
func answer(w http.ResponseWriter, r *http.Request, status int, e envelope) {
	body, err := json.Marshal(e)
	if err != nil {
		panic(err) // answers are types of ours, which can be written
	}
	if unescaped, _ := r.Context().Value(suffixKey{}).(bool); !unescaped {
		body = escaped(body)
	}
	send(w, status, body)
}

// escaped is a text of JSON in ASCII.
func escaped(text []byte) []byte {
	if !slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf }) {
		return text
	}
	ascii := make([]byte, 0, 2*len(text))
	for _, r := range string(text) {
		if r < utf8.RuneSelf {
			ascii = append(ascii, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			ascii = fmt.Appendf(ascii, `\u%04x`, unit)
		}
	}
	return ascii
}
