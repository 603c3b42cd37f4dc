package directory

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// SessionLife is how long the token of a sign-in is valid.
const SessionLife = time.Hour

const (
	tokenAlphabet  = "abcdefghijklmnopqrstuvwxyz0123456789"
	tokenLength    = 40
	rocketAlphabet = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz" // as Rocket.Chat's ids have it
)

// SignIn asks for a session.
type SignIn struct {
	Login    schema.Opt[string] `json:"login" required:"true" null:"no" doc:"The member's login."`
	Password schema.Opt[string] `json:"password" required:"true" null:"no" secret:"true" doc:"The member's password."`
}

// Session is a token that a sign-in gave.
type Session struct {
	AccessToken string `json:"access_token" doc:"40 characters of a-z and 0-9."`
	ExpireAt    int64  `json:"expire_at" unit:"s" doc:"When the token ends: Unix time."`
	AppID       int64  `json:"app_id" doc:"Id of the account."`
}

// SignIn gives a member a session. from is the caller's address.
// Errors: limit_exceeded after SignInsPerLogin or SignInsPerAddress in a minute;
// auth_error, after the same time whether login or password is wrong; then, for
// who knows the password: forbidden for a blocked member, ip_not_whitelisted,
// account_inactive.
func (s *Service) SignIn(ctx context.Context, c SignIn, from string) (Session, error) {
	if err := check(s, &c); err != nil {
		return Session{}, err
	}
	for _, l := range []struct {
		key   string
		limit int
	}{{"address " + from, SignInsPerAddress}, {"login " + Fold(c.Login.Value), SignInsPerLogin}} {
		if reset, ok := s.signIn.allow(l.key, l.limit); !ok {
			minute := Window{Limit: int64(l.limit), Reset: reset}
			return Session{}, exceeded("minute", minute, newLimits(Window{}, minute))
		}
	}
	member, hash, err := s.store.MemberByLogin(ctx, c.Login.Value)
	if err != nil {
		return Session{}, err
	}
	right, err := s.hasher.matches(ctx, c.Password.Value, hash)
	if err != nil {
		return Session{}, err
	}
	if !right {
		return Session{}, errors.E(errors.AuthError)
	}
	if member.Blocked {
		return Session{}, errors.E(errors.Forbidden)
	}
	if err := member.Account.admits(from); err != nil {
		return Session{}, err
	}
	account := member.Account.ID
	token, text, err := s.newToken(ctx, account)
	if err != nil {
		return Session{}, err
	}
	token.EmployeeID, token.Session, token.ExpiresAt = member.EmployeeID, true, token.CreatedAt.Add(SessionLife)
	err = one(s.store.InTx(ctx, account, func(tx Tx) error {
		if err := tx.DeleteExpiredSessions(member.EmployeeID, token.CreatedAt); err != nil {
			return err
		}
		return tx.InsertToken(token)
	}))
	return Session{text, token.ExpiresAt.Unix(), account}, err
}

// admits tells why an account may not be called from an address.
// Errors: ip_not_whitelisted, account_inactive.
func (a *Account) admits(from string, lists ...[]AddressRange) error {
	if err := whitelisted(from, append(lists, a.AllowIPs)...); err != nil {
		return err
	}
	if a.Disabled {
		return errors.E(errors.AccountInactive)
	}
	return nil
}

// SignOut ends the token that the caller of ctx came with, be it of a session or
// permanent.
func (s *Service) SignOut(ctx context.Context) error {
	actor, err := actorOf(ctx)
	if err != nil {
		return err
	}
	if actor.through != nil { // the token is the partner's
		actor = *actor.through
	}
	return one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error {
		found, err := tx.DeleteToken(actor.TokenID)
		if err != nil || !found || actor.Session {
			return err
		}
		return appendEvent(tx, actor, s.now(), KindToken, actor.TokenID, deleted, nil, nil)
	}))
}

// Caller is who comes with a token that is good. For whom they act, ActAs tells.
type Caller struct {
	actor   Actor
	account Account
	from    string
}

// Authenticate finds who calls with a token from an address.
// Errors: access_token_invalid, access_token_expired, access_token_blocked, also
// for a blocked member's; then ip_not_whitelisted, by the lists of the token and of
// its account; then account_inactive.
func (s *Service) Authenticate(ctx context.Context, text, from string) (Caller, error) {
	digest := sha256.Sum256([]byte(text))
	t, err := s.store.TokenByDigest(ctx, digest[:])
	if err != nil {
		return Caller{}, err
	}
	ended := t != nil && !t.ExpiresAt.IsZero() && !s.clock().Before(t.ExpiresAt)
	switch {
	case t == nil || ended && t.Session:
		return Caller{}, errors.E(errors.AccessTokenInvalid)
	case ended:
		return Caller{}, errors.E(errors.AccessTokenExpired)
	case t.Blocked || t.HolderBlocked:
		return Caller{}, errors.E(errors.AccessTokenBlocked)
	}
	return Caller{t.actor(), t.Account, from}, t.Account.admits(from, t.AllowIPs)
}

// ActAs settles for whom a caller acts. That is the caller, unless a partner names
// with user a member of a customer; it must, where toCustomer says that the call is
// about a customer's roster. The id of the caller may always be given.
// Errors, all at user_id: required_parameter_missed; forbidden for an id that the
// caller may not give, and for a blocked member. Then, for the customer's account,
// ip_not_whitelisted and account_inactive.
func (s *Service) ActAs(ctx context.Context, c Caller, user schema.Opt[int64], toCustomer bool) (Actor, error) {
	at := place("user_id")
	switch {
	case !user.IsSet() && c.actor.partner && toCustomer:
		return Actor{}, errors.At(errors.RequiredParameterMissed, at, nil)
	case !user.IsSet(), user.Value == c.actor.EmployeeID && user.Value != 0:
		return c.actor, nil
	case !c.actor.partner:
		return Actor{}, errors.At(errors.Forbidden, at, nil)
	}
	member, err := s.store.CustomerUser(ctx, c.account.ID, user.Value)
	if err != nil {
		return Actor{}, err
	}
	if member == nil || member.Blocked {
		return Actor{}, errors.At(errors.Forbidden, at, nil)
	}
	if err := member.Account.admits(c.from); err != nil {
		return Actor{}, err
	}
	return Actor{
		AccountID: member.Account.ID, EmployeeID: member.EmployeeID, TokenID: c.actor.TokenID, Session: c.actor.Session,
		Roles: member.Roles, DisabledComponents: member.Account.DisabledComponents, through: &c.actor,
	}, nil
}

// randomText is n characters of an alphabet of at most 64, each as likely as the
// others.
func (s *Service) randomText(n int, alphabet string) (string, error) {
	text, random := make([]byte, 0, n), make([]byte, 2*n)
	for {
		if _, err := io.ReadFull(s.random, random); err != nil {
			return "", err
		}
		for _, b := range random {
			if i := int(b & 63); i < len(alphabet) {
				if text = append(text, alphabet[i]); len(text) == n {
					return string(text), nil
				}
			}
		}
	}
}

func (s *Service) newUUID() (string, error) {
	id, err := uuid.NewRandomFromReader(s.random)
	return id.String(), err
}

func one(errs []error) error { return errs[0] }
