package libraryh3lp

import (
	"net/http"
	"slices"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// sessionCookie is the name of the cookie that holds the token. Clients take the
// first Set-Cookie header, and its value from the first "=" on.
const sessionCookie = "libraryh3lp-session"

// welcome is the answer to a sign-in.
type welcome struct {
	Success   bool              `json:"success"`
	Username  string            `json:"username"`
	AccountID schema.Opt[int64] `json:"account_id,omitzero"` // of administrators: clients take who has it for one
}

// login signs in. Username and password come in the body, or else in the query.
func (d *door) login(c *call) error {
	query, err := formFields(dialect.URLEncoded(c.r.URL.RawQuery))
	if err != nil {
		return err
	}
	var credentials [2]string
	for i, name := range []string{"username", "password"} {
		text, ok := c.given.text(name)
		if !text.Given() && ok {
			text, ok = query.text(name)
		}
		switch {
		case !ok:
			return errors.At(errors.DataTypeError, errors.Path{}.Key(name), nil)
		case text.Or("") == "":
			return required(name)
		case !schema.IsText(text.Value):
			return errors.At(errors.InvalidParameterValue, errors.Path{}.Key(name), nil)
		}
		credentials[i] = text.Value
	}
	token, person, err := d.directory.SignInAt(c.context(), Keys(), credentials[0], credentials[1], dialect.ClientAddr(c.r))
	if err != nil {
		return signInFailed(err)
	}
	http.SetCookie(c.w, session(c.r, token))
	answer := welcome{Success: true, Username: person.Handle}
	if slices.Contains(person.Roles, directory.Administrator) {
		answer.AccountID = schema.Some(person.AccountID)
	}
	return c.answer(answer)
}

// logout ends the session. The vendor documents no such call: it is ours.
func (d *door) logout(c *call) error {
	if err := d.directory.SignOutAt(c.context(), Keys()); err != nil {
		return err
	}
	ended := session(c.r, "")
	ended.MaxAge = -1
	http.SetCookie(c.w, ended)
	return c.answer(done{true})
}

// session is the cookie. It is not Secure over plain HTTP, where clients would keep
// it and not send it.
func session(r *http.Request, token string) *http.Cookie {
	return &http.Cookie{Name: sessionCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: dialect.IsSecure(r)}
}

// required is the error of a property that must be given.
func required(property string) error {
	return errors.At(errors.RequiredParameterMissed, errors.Path{}.Key(property), nil)
}
