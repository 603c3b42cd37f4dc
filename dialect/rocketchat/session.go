package rocketchat

import (
	"net/http"
	"slices"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// session are the endpoints of signing in and out.
var session = []endpoint{
	{method: http.MethodPost, path: "login", open: true, handle: (*call).login},
	{method: http.MethodPost, path: "logout", handle: (*call).logout},
	{method: http.MethodGet, path: "logout", handle: (*call).logout},
	{method: http.MethodGet, path: "me", handle: (*call).me},
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	Status string `json:"status"`
	Data   struct {
		UserID    string     `json:"userId"`
		AuthToken string     `json:"authToken"`
		Me        *selfShown `json:"me"`
	} `json:"data"`
}

// login gives a session to who knows a password, or has a session already.
func (c *call) login() (any, error) {
	if token := c.text("resume"); token != "" {
		if err := c.become(token, ""); err != nil {
			return nil, refusedSignIn(err)
		}
		return c.signedIn(token), nil
	}
	name, password := c.credentials()
	if name == "" || password == "" || !schema.IsText(name) {
		return nil, errLoginFailed()
	}
	token, person, err := c.Directory.SignInAt(c.ctx, Keys(), name, password, c.address())
	if err != nil {
		return nil, refusedSignIn(err)
	}
	c.self = person
	return c.signedIn(token), nil
}

// credentialNames are the members of a sign-in with a password. One with others is
// for another way to sign in, of which there is none. Nobody has a second factor, so
// that a code is not asked for and not looked at.
var credentialNames = []string{"user", "username", "email", "password", "code"}

// credentials are the name and the password of who signs in, both "" if there are
// none. A digest instead of a password is none: passwords are kept as hashes of
// another kind.
func (c *call) credentials() (name, password string) {
	for given := range c.params {
		if !slices.Contains(credentialNames, given) {
			return "", ""
		}
	}
	user, _ := c.params["user"].(map[string]any) // as clients of the realtime API have it
	for _, name := range []string{c.text("user"), textOf(user, "username"), textOf(user, "email"), c.text("username"), c.text("email")} {
		if name != "" {
			return name, c.text("password")
		}
	}
	return "", ""
}

func (c *call) signedIn(token string) signedIn {
	answer := signedIn{Status: "success"}
	answer.Data.UserID, answer.Data.AuthToken, answer.Data.Me = c.self.RocketID, token, c.shownSelf()
	return answer
}

// refusedSignIn is the answer to a sign-in that failed. What is wrong beyond name
// and password is told to who knows them.
func refusedSignIn(err error) error {
	refused := func(code, text string) error {
		return &failure{status: http.StatusUnauthorized, Status: "error", Text: code, Message: text}
	}
	switch e := errors.Of(err); e.Code() {
	case errors.AuthError, errors.AccessTokenInvalid, errors.AccessTokenExpired, errors.AccessTokenBlocked, errors.InvalidParameterValue, errors.RequiredParameterMissed:
		return errLoginFailed()
	case errors.Forbidden:
		return refused("error-user-is-not-activated", "User is not activated")
	case errors.IPNotWhitelisted, errors.AccountInactive:
		return refused("error-login-blocked", e.Violations[0].Message())
	}
	return err
}

// logout ends the session that the call came with, and no other.
func (c *call) logout() (any, error) {
	if err := c.Directory.SignOutAt(c.ctx, Keys()); err != nil {
		return nil, err
	}
	type data struct {
		Message string `json:"message"`
	}
	return struct {
		Status string `json:"status"`
		Data   data   `json:"data"`
	}{"success", data{"You've been logged out!"}}, nil
}

func (c *call) me() (any, error) { return c.shownSelf(), nil }
