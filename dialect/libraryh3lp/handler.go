// Package libraryh3lp serves the roster in the dialect of LibraryH3lp's REST API:
// version 2011-12-03, what the vendor's later client needs of 2013-07-21, and
// presence. Employees are users there, groups are queues, and memberships are
// operators or assignments, depending on where one comes from.
//
// It knows the vendor's names and forms. What is allowed, and which values are
// good, the directory decides. Sources: the vendor's documentation, and what its
// public clients send and read; docs/coverage-libraryh3lp.md goes through them.
package libraryh3lp

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// SessionLife is how long a sign-in is valid.
const SessionLife = 24 * time.Hour

const doorName = "libraryh3lp"

// Keys are the door's tokens: UUIDs.
func Keys() directory.Keys {
	return directory.Keys{
		Door: doorName,
		New: func(random io.Reader) (string, error) {
			id, err := uuid.NewRandomFromReader(random)
			return id.String(), err
		},
		SessionLife: SessionLife,
		Connects:    true,
	}
}

// Options are what a door needs. Directory and Log are required.
type Options struct {
	Directory *directory.Service
	MaxBody   int64 // bytes of a request's body; dialect.DefaultMaxBody if it is 0
	Log       *slog.Logger
}

type door struct {
	directory *directory.Service
	maxBody   int64
	log       *slog.Logger
	crossSite *http.CrossOriginProtection
	pictures  map[directory.Show][]byte
}

// The versions of the API, which are the first element of paths.
const (
	v1 = "2011-12-03"
	v2 = "2013-07-21"
)

// New makes the door, to be mounted at /2011-12-03/, /2013-07-21/ and /presence/.
func New(o Options) (http.Handler, error) {
	if o.Directory == nil || o.Log == nil || o.MaxBody < 0 {
		return nil, errors.New("a door needs a directory, a log and a limit of bodies that is not negative")
	}
	if o.MaxBody == 0 {
		o.MaxBody = dialect.DefaultMaxBody
	}
	pictures, err := drawPictures()
	if err != nil {
		return nil, err
	}
	d := &door{directory: o.Directory, maxBody: o.MaxBody, log: o.Log, crossSite: http.NewCrossOriginProtection(), pictures: pictures}
	router := dialect.NewRouter(d.routes(), dialect.Refusals{
		NotFound:         func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "There is nothing here.") },
		MethodNotAllowed: func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusMethodNotAllowed, "Not supported.") },
		Failed: func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusInternalServerError, answers[errors.InternalError].message)
		},
	}, o.Log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if d.crossSite.Check(r) != nil {
			refuse(w, http.StatusForbidden, "Requests from other sites' pages may not change anything.")
			return
		}
		r, known := withMethod(r)
		if !known {
			refuse(w, http.StatusBadRequest, "The parameter _method is PUT, PATCH or DELETE.")
			return
		}
		router.ServeHTTP(w, r)
	}), nil
}

// methodParameter is the query parameter by which a POST stands for another method.
const methodParameter = "_method"

// withMethod is r with the method that it stands for.
func withMethod(r *http.Request) (*http.Request, bool) {
	if r.Method != http.MethodPost || r.URL.RawQuery == "" {
		return r, true
	}
	values, given := dialect.URLEncoded(r.URL.RawQuery)[methodParameter]
	if !given {
		return r, true
	}
	method := strings.ToUpper(values[0])
	if !slices.Contains([]string{http.MethodPut, http.MethodPatch, http.MethodDelete}, method) {
		return r, false
	}
	r = r.WithContext(r.Context())
	r.Method = method
	return r, true
}

// routes are the calls of the API.
func (d *door) routes() []dialect.Route {
	const (
		read   = directory.SelectEmployees
		insert = directory.InsertEmployees
		update = directory.UpdateEmployees
		remove = directory.DeleteEmployees
	)
	var routes []dialect.Route
	add := func(version, methods, path string, handle http.HandlerFunc) {
		for method := range strings.FieldsSeq(methods) {
			routes = append(routes, dialect.Route{Method: method, Path: "/" + version + path, Handle: ofVersion(version, handle)})
		}
	}
	for _, version := range []string{v1, v2} {
		add(version, "POST", "/auth/login", d.open(d.login))
		add(version, "POST", "/auth/logout", d.signedIn(anyRight, d.logout))
		add(version, "GET", "/users", d.signedIn(read, d.listUsers))
		add(version, "GET", "/queues", d.signedIn(read, d.listQueues))
	}
	add(v2, "GET", "/queues/{queue}/operators", d.signedIn(read, d.listOperators(newerOperator)))
	add(v2, "PATCH", "/queues/{queue}/operators/{user}", d.signedIn(update, d.updateOperator(newerOperator)))

	add(v1, "POST", "/users", d.signedIn(insert, d.createUser))
	add(v1, "GET", "/users/{user}", d.signedIn(read, d.getUser))
	add(v1, "PUT PATCH", "/users/{user}", d.signedIn(update, d.updateUser))
	add(v1, "DELETE", "/users/{user}", d.signedIn(remove, d.deleteUser))

	add(v1, "POST", "/queues", d.signedIn(insert, d.createQueue))
	add(v1, "GET", "/queues/{queue}", d.signedIn(read, d.getQueue))
	add(v1, "PUT PATCH", "/queues/{queue}", d.signedIn(update, d.updateQueue))
	add(v1, "DELETE", "/queues/{queue}", d.signedIn(remove, d.deleteQueue))

	add(v1, "GET", "/queues/{queue}/operators", d.signedIn(read, d.listOperators(operator)))
	add(v1, "POST", "/queues/{queue}/operators", d.signedIn(update, d.createOperator))
	add(v1, "PUT PATCH", "/queues/{queue}/operators/{user}", d.signedIn(update, d.updateOperator(operator)))
	add(v1, "DELETE", "/queues/{queue}/operators/{user}", d.signedIn(update, d.deleteOperator))

	add(v1, "GET", "/users/{user}/assignments", d.signedIn(read, d.listAssignments))
	add(v1, "POST", "/users/{user}/assignments", d.signedIn(update, d.createOperator))
	add(v1, "PUT PATCH", "/users/{user}/assignments/{queue}", d.signedIn(update, d.updateOperator(operator)))
	add(v1, "DELETE", "/users/{user}/assignments/{queue}", d.signedIn(update, d.deleteOperator))

	for _, prefix := range []string{"", "/" + v1} {
		for _, path := range []string{"/{format}", "/{format}/{theme}"} {
			routes = append(routes, dialect.Route{Method: http.MethodGet, Path: prefix + "/presence/jid/{name}/{host}" + path, Handle: d.presence})
		}
	}
	return routes
}

// ofVersion refuses requests that say they are of another version than their path.
func ofVersion(version string, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if slices.ContainsFunc(r.Header.Values("X-API-Version"), func(v string) bool { return v != version }) {
			refuse(w, http.StatusBadRequest, "X-API-Version is not that of the path, "+version+".")
			return
		}
		handle(w, r)
	}
}

// call is a request that is being answered.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	given fields // by the body
}

func (c *call) context() context.Context { return c.r.Context() }

// open answers requests of whomever.
func (d *door) open(handle func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r}
		if err := d.readBody(c); err != nil {
			d.refuseError(w, r, err)
			return
		}
		if err := handle(c); err != nil {
			d.refuseError(w, r, err)
		}
	}
}

// anyRight is of calls that everybody may make who has signed in.
const anyRight directory.Right = ""

// signedIn answers requests of who has signed in and may do what the call does. The
// directory asks for that right itself; it is asked for here so that what else is
// wrong is told only to those who may.
func (d *door) signedIn(right directory.Right, handle func(*call) error) http.HandlerFunc {
	serve := d.open(handle)
	return func(w http.ResponseWriter, r *http.Request) {
		actor, err := d.authenticate(r)
		if err == nil && right != anyRight && !actor.May(right) {
			err = errors.E(errors.Forbidden)
		}
		if err != nil {
			d.refuseError(w, r, err)
			return
		}
		serve(w, r.WithContext(directory.WithActor(r.Context(), actor)))
	}
}

// authenticate finds who sent a request, by the session's cookie.
func (d *door) authenticate(r *http.Request) (directory.Actor, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return directory.Actor{}, errors.E(errors.AccessTokenInvalid)
	}
	caller, err := d.directory.Authenticate(r.Context(), doorName, cookie.Value, dialect.ClientAddr(r))
	if err != nil {
		return directory.Actor{}, err
	}
	return caller.Actor(), nil
}
