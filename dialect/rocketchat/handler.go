// Package rocketchat is the door for clients of Rocket.Chat's REST API: sign-in,
// users, and the agents, managers and departments of Omnichannel, as the public
// server of versions 6 to 8 answers them.
//
// It translates names, bodies and errors. What is the roster's business, package
// directory decides; what is Rocket.Chat's alone, its permissions and settings,
// is kept there by name and means something only here.
package rocketchat

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Door is the door's name, by which its tokens and settings are kept.
const Door = "rocketchat"

// Prefix is where the door is mounted.
const Prefix = "/api/v1/"

// SessionLife is how long a sign-in lasts: the server's Accounts_LoginExpiration.
const SessionLife = 90 * 24 * time.Hour

// tokenBytes make 43 characters of base64url.
const tokenBytes = 32

// Keys are the tokens of this door.
func Keys() directory.Keys {
	return directory.Keys{Door: Door, New: newAuthToken, SessionLife: SessionLife, Connects: true}
}

func newAuthToken(random io.Reader) (string, error) {
	b := make([]byte, tokenBytes)
	_, err := io.ReadFull(random, b)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// Options are what the door works with. Directory, Clock and Log are required.
type Options struct {
	Directory *directory.Service
	MaxBody   int64 // of a request, in bytes; dialect.DefaultMaxBody if 0
	Clock     func() time.Time
	Log       *slog.Logger
}

// New makes the door, to be mounted at Prefix. It fails if an option is missing.
func New(o Options) (http.Handler, error) {
	if o.Directory == nil || o.Clock == nil || o.Log == nil {
		return nil, errors.New("rocketchat: Directory, Clock and Log are required")
	}
	if o.MaxBody == 0 {
		o.MaxBody = dialect.DefaultMaxBody
	}
	s := &server{Options: o, limits: newLimiter(o.Clock)}
	var routes []dialect.Route
	for _, e := range slices.Concat(session, users, permissions, settings, livechat, departments) {
		routes = append(routes, dialect.Route{Method: e.method, Path: Prefix + e.path, Handle: func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, &e) }})
	}
	return dialect.NewRouter(routes, dialect.Refusals{
		NotFound:         refuse(noEndpoint(http.StatusNotFound)),
		MethodNotAllowed: refuse(noEndpoint(http.StatusMethodNotAllowed)),
		Failed:           refuse(internalError()),
	}, o.Log), nil
}

func refuse(f *failure) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, f.status, f) }
}

// endpoint is one method of one path. What is checked before its handler is called,
// and in which order, is said by server.serve.
type endpoint struct {
	method string
	path   string // below Prefix, as http.ServeMux has patterns
	open   bool   // needs no sign-in; there is no caller then, and no limit of calls
	params *rule  // of the query for GET, else of the body; nil takes anything

	// needs are permissions that the caller must have, one at least; none if empty.
	needs []permission
	// grants are the rights in the roster that the endpoint gives to whom it lets in.
	grants []directory.Right

	// handle answers a struct, to which success is added, or nil for success alone.
	handle func(*call) (any, error)
}

type server struct {
	Options
	limits *limiter
}

// call is a request on its way through an endpoint.
type call struct {
	*server
	ctx    context.Context // in which the caller acts
	w      http.ResponseWriter
	r      *http.Request
	actor  directory.Actor
	self   directory.Person // who calls
	kept   map[string]jsontext.Value
	params map[string]any // strings, float64, bool, nil, []any and map[string]any, as the rule leaves them
}

// serve has a request pass, in this order: sign-in (401), limit of calls (429),
// parameters (400), permissions (403), the handler.
func (s *server) serve(w http.ResponseWriter, r *http.Request, e *endpoint) {
	c := &call{server: s, ctx: r.Context(), w: w, r: r}
	result, err := c.pass(e)
	if err != nil {
		f := s.failureOf(err, r)
		write(w, f.status, f)
		return
	}
	if _, done := result.(written); !done {
		write(w, http.StatusOK, success{result})
	}
}

func (c *call) pass(e *endpoint) (any, error) {
	if !e.open {
		if err := c.authenticate(); err != nil {
			return nil, err
		}
		if err := c.limit(e); err != nil {
			return nil, err
		}
	}
	if err := c.read(e); err != nil {
		return nil, err
	}
	if len(e.needs) > 0 && !c.mayAny(e.needs...) {
		return nil, errNoPermission()
	}
	c.grant(e.grants...)
	return e.handle(c)
}

// authenticate finds who calls, by the two headers that clients send.
func (c *call) authenticate() error {
	token, id := c.r.Header.Get("X-Auth-Token"), c.r.Header.Get("X-User-Id")
	if token == "" || id == "" {
		return errNotLoggedIn()
	}
	return c.become(token, id)
}

// become makes who has a token the caller. id, unless "", must be theirs.
func (c *call) become(token, id string) error {
	caller, err := c.Directory.Authenticate(c.ctx, Door, token, c.address())
	if err != nil {
		return err
	}
	c.actor = caller.Actor()
	c.ctx = directory.WithActor(c.ctx, c.actor)
	c.self, err = c.Directory.Self(c.ctx)
	if errors.HasCode(err, errors.Forbidden) { // the token is the account's, and nobody's
		return errNotLoggedIn()
	}
	if err != nil {
		return err
	}
	if id != "" && c.self.RocketID != id {
		return errNotLoggedIn()
	}
	c.kept, err = c.Directory.DoorSettings(c.ctx, Door)
	return err
}

// address is where the call is from.
func (c *call) address() string { return dialect.ClientAddr(c.r) }

// grant lets the caller do more in the roster than their roles do, in this call.
func (c *call) grant(rights ...directory.Right) {
	if len(rights) == 0 {
		return
	}
	c.actor = c.actor.Grant(rights...)
	c.ctx = directory.WithActor(c.ctx, c.actor)
}

// read takes the parameters from the query or the body.
func (c *call) read(e *endpoint) error {
	if e.method == http.MethodGet {
		return c.check(parseQuery(c.r.URL.RawQuery), e.params, fromQuery)
	}
	body, err := dialect.ReadBody(c.w, c.r, c.MaxBody)
	if dialect.IsTooLarge(err) {
		return errTooLarge()
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	return c.check(parseBody(c.r, body), e.params, fromBody)
}

func (c *call) check(value any, params *rule, from origin) error {
	if params != nil {
		var bad []string
		if value, bad = params.check(value, from); len(bad) > 0 {
			return errInvalidParams(bad)
		}
	}
	c.params, _ = value.(map[string]any)
	return nil
}

// text is a parameter, "" if it is absent or no text.
func (c *call) text(name string) string { return textOf(c.params, name) }

// flag is a parameter, or standard if it is absent or no boolean.
func (c *call) flag(name string, standard bool) bool {
	if b, ok := c.params[name].(bool); ok {
		return b
	}
	return standard
}
