package iadvize

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Signing in at GraphQL: RFC 6749 with a password, and RFC 6750 with what that gives.

// oauthError is the answer to who is not let in.
type oauthError struct {
	status int
	wait   time.Duration // until it may be tried again; 0 where that does not matter

	Description string `json:"error_description"`
	Code        string `json:"error"`
}

// The answers. That to a token that is none is the vendor's, to the byte.
var (
	errToken       = oauthError{status: http.StatusUnauthorized, Code: "invalid_token", Description: "access token not valid"}
	errServer      = oauthError{status: http.StatusInternalServerError, Code: "server_error", Description: errors.InternalError.Message}
	errNoForm      = oauthError{status: http.StatusBadRequest, Code: "invalid_request", Description: "the body must be of the type application/x-www-form-urlencoded"}
	errGrantType   = oauthError{status: http.StatusBadRequest, Code: "unsupported_grant_type", Description: "the grant type must be password"}
	errCredentials = oauthError{status: http.StatusBadRequest, Code: "invalid_grant", Description: "user name or password is wrong"}
	errLongForm    = oauthError{status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Description: "the body is too long"}
)

// maxForm is how many bytes a sign-in has at most.
const maxForm = 64 << 10

// grant is the answer to a sign-in. There is nothing to refresh it by.
type grant struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	TokenType    string `json:"token_type"`
	RefreshToken string `json:"refresh_token"`
}

// token gives a member a token for their e-mail address and password.
func (s *graphqlServer) token(w http.ResponseWriter, r *http.Request) {
	body, err := dialect.ReadBody(w, r, min(s.MaxBody, maxForm))
	switch {
	case dialect.IsTooLarge(err):
		refuseOAuth(errLongForm)(w, r)
		return
	case err != nil:
		panic(http.ErrAbortHandler) // the client has gone
	case dialect.MediaType(r) != "application/x-www-form-urlencoded":
		refuseOAuth(errNoForm)(w, r)
		return
	}
	form := dialect.Form(r, body)
	for _, name := range []string{"grant_type", "username", "password"} {
		if len(form[name]) != 1 || form[name][0] == "" {
			refuseOAuth(oauthError{status: http.StatusBadRequest, Code: "invalid_request", Description: "the parameter " + name + " must be given once"})(w, r)
			return
		}
		if name == "grant_type" && form.Get(name) != "password" {
			refuseOAuth(errGrantType)(w, r)
			return
		}
	}
	if !schema.IsText(form.Get("username")) {
		refuseOAuth(errCredentials)(w, r)
		return
	}
	token, _, err := s.Directory.SignInAt(r.Context(), TokenKeys(), form.Get("username"), form.Get("password"), dialect.ClientAddr(r))
	if err != nil {
		s.refuseSignIn(w, r, err)
		return
	}
	writeAnswer(w, "application/json; charset=utf-8", http.StatusOK, grant{token, int64(TokenLife / time.Second), "Bearer", "none"})
}

// refuseSignIn tells who may not sign in why; what is wrong beyond name and password is
// told to who knows them.
func (s *graphqlServer) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	e := errors.Of(err)
	switch e.Code() {
	case errors.AuthError, errors.InvalidParameterValue:
		refuseOAuth(errCredentials)(w, r)
	case errors.Forbidden:
		refuseOAuth(oauthError{status: http.StatusBadRequest, Code: "invalid_grant", Description: "the user is blocked"})(w, r)
	case errors.IPNotWhitelisted, errors.AccountInactive:
		refuseOAuth(oauthError{status: http.StatusBadRequest, Code: "invalid_grant", Description: e.Violations[0].Message()})(w, r)
	default:
		s.refuseOAuth(w, r, err)
	}
}

// authenticated tells whether a token is good.
func (s *graphqlServer) authenticated(w http.ResponseWriter, r *http.Request) {
	if _, err := s.authenticate(r); err != nil {
		s.refuseOAuth(w, r, err)
		return
	}
	writeAnswer(w, "application/json; charset=utf-8", http.StatusOK, struct {
		Authenticated bool `json:"authenticated"`
	}{true})
}

// authenticate finds who calls, by a token of this door's or the Data API's.
func (s *graphqlServer) authenticate(r *http.Request) (directory.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return directory.Actor{}, errors.E(errors.AccessTokenInvalid)
	}
	door := GraphQLDoor
	if token = strings.TrimSpace(token); !strings.Contains(token, ".") {
		door = "" // the Data API's
	}
	c, err := s.Directory.Authenticate(r.Context(), door, token, dialect.ClientAddr(r))
	return c.Actor(), err
}

// refuseOAuth answers an error that comes before anything is asked for. One that is the
// server's own fault is logged.
func (s *graphqlServer) refuseOAuth(w http.ResponseWriter, r *http.Request, err error) {
	if mistake, _ := mistakeOf(err); mistake == ours {
		s.Log.ErrorContext(r.Context(), "a call failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	refuseOAuth(oauthErrorOf(err))(w, r)
}

func oauthErrorOf(err error) oauthError {
	switch what, v := mistakeOf(err); what {
	case keyRefused:
		return errToken
	case notAllowed:
		return oauthError{status: http.StatusForbidden, Code: "access_denied", Description: v.Message()}
	case tooMany:
		return oauthError{status: http.StatusTooManyRequests, wait: waitOf(err), Code: "temporarily_unavailable", Description: v.Message()}
	}
	return errServer
}

// waitOf is how long to wait: a second for a server that has too much to do, and after
// too many sign-ins until there may be more, or a minute if that is not known.
func waitOf(err error) time.Duration {
	if !errors.HasCode(err, errors.LimitExceeded) {
		return time.Second
	}
	limits, _ := directory.LimitsOf(err)
	return time.Duration(limits.MinuteReset.Or(60)) * time.Second
}

func refuseOAuth(e oauthError) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if e.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		}
		if e.wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.wait.Seconds()))))
		}
		writeAnswer(w, "application/json; charset=utf-8", e.status, e)
	}
}
