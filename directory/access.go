package directory

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

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
	if err := s.countSignIn(c.Login.Value, from); err != nil {
		return Session{}, err
	}
	member, hash, err := s.store.MemberByLogin(ctx, c.Login.Value)
	if err != nil {
		return Session{}, err
	}
	var candidates []Candidate
	if member != nil {
		candidates = []Candidate{{*member, hash}}
	}
	found, err := s.identify(ctx, candidates, c.Password.Value, from)
	if err != nil {
		return Session{}, err
	}
	token, text, err := s.openSession(ctx, found, ownKeys)
	return Session{text, token.ExpiresAt.Unix(), token.AccountID}, err
}

// countSignIn counts a sign-in, whatever comes of it.
// Errors: limit_exceeded.
func (s *Service) countSignIn(name, from string) error {
	for _, l := range []struct {
		key   string
		limit int
	}{{"address " + from, SignInsPerAddress}, {"login " + Fold(name), SignInsPerLogin}} {
		if reset, ok := s.signIn.allow(l.key, l.limit); !ok {
			minute := Window{Limit: int64(l.limit), Reset: reset}
			return exceeded("minute", minute, newLimits(Window{}, minute))
		}
	}
	return nil
}

// identify tells which of those who may be meant has the password, and whether they
// may sign in. Who may has a hash of ours from then on. One that was made elsewhere
// takes its own time to compare with, until then; an unknown name takes the time of
// ours.
func (s *Service) identify(ctx context.Context, candidates []Candidate, password, from string) (Member, error) {
	if len(candidates) == 0 {
		candidates = []Candidate{{}} // nobody, whose password takes as long to be wrong
	}
	for _, c := range candidates {
		right, err := s.hasher.matches(ctx, password, c.PasswordHash)
		switch {
		case err != nil:
			return Member{}, err
		case right && c.Member.Blocked:
			return Member{}, errors.E(errors.Forbidden)
		case right:
			err := c.Member.Account.admits(from)
			if err == nil {
				s.upgradeHash(ctx, c, password)
			}
			return c.Member, err
		}
	}
	return Member{}, errors.E(errors.AuthError)
}

// upgradeHash replaces a hash that was made elsewhere, and that the password is known
// to have, by one of ours. It changes nothing else, and that only while the hash is
// still there. What goes wrong is nobody's concern: the next sign-in tries again.
func (s *Service) upgradeHash(ctx context.Context, c Candidate, password string) {
	if !outdated(password, c.PasswordHash) {
		return
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return
	}
	_ = s.store.InTx(ctx, c.Member.Account.ID, func(tx Tx) error {
		return tx.ReplacePasswordHash(c.Member.EmployeeID, c.PasswordHash, hash)
	})
}

// openSession gives a member a session at the door whose keys these are.
func (s *Service) openSession(ctx context.Context, m Member, k Keys) (Token, string, error) {
	token, text, err := s.newToken(ctx, m.Account.ID, k)
	if err != nil {
		return Token{}, "", err
	}
	token.EmployeeID, token.Session, token.ExpiresAt = m.EmployeeID, true, token.CreatedAt.Add(k.SessionLife)
	return token, text, one(s.store.InTx(ctx, m.Account.ID, func(tx Tx) error {
		if err := tx.DeleteExpiredSessions(m.EmployeeID, token.CreatedAt); err != nil {
			return err
		}
		if err := tx.InsertToken(token); err != nil {
			return err
		}
		if err := tx.SignedIn(m.EmployeeID, token.CreatedAt); err != nil || !k.Connects {
			return err
		}
		return connect(tx, m.EmployeeID, true)
	}))
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
func (s *Service) SignOut(ctx context.Context) error { return s.SignOutAt(ctx, ownKeys) }

// SignOutAt is SignOut at the door whose keys these are. Who has no other session
// there is not connected any more, if a sign-in connects.
func (s *Service) SignOutAt(ctx context.Context, k Keys) error {
	actor, err := actorOf(ctx)
	if err != nil {
		return err
	}
	if actor.through != nil { // the token is the partner's
		actor = *actor.through
	}
	return one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error {
		found, err := tx.DeleteToken(actor.TokenID)
		if err != nil || !found {
			return err
		}
		if actor.Session && k.Connects {
			return s.disconnect(tx, actor.EmployeeID, k.Door)
		}
		if actor.Session {
			return nil
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

// Authenticate finds who calls at a door ("" is the Data API) with a token, from an
// address.
// Errors: access_token_invalid, also for a token of another door's, access_token_expired, access_token_blocked, also
// for a blocked member's; then ip_not_whitelisted, by the lists of the token and of
// its account; then account_inactive.
func (s *Service) Authenticate(ctx context.Context, door, text, from string) (Caller, error) {
	digest := sha256.Sum256([]byte(text))
	t, err := s.store.TokenByDigest(ctx, digest[:])
	if err != nil {
		return Caller{}, err
	}
	if t != nil && t.Door != door {
		t = nil
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
	switch {
	case !user.IsSet() && c.actor.partner && toCustomer:
		return Actor{}, errors.At(errors.RequiredParameterMissed, place("user_id"), nil)
	case !user.IsSet(), user.Value == c.actor.EmployeeID && user.Value != 0:
		return c.actor, nil
	case !c.actor.partner:
		return Actor{}, errors.At(errors.Forbidden, place("user_id"), nil)
	}
	member, err := s.store.CustomerUser(ctx, c.account.ID, user.Value)
	if err != nil {
		return Actor{}, err
	}
	if member == nil || member.Blocked {
		return Actor{}, errors.At(errors.Forbidden, place("user_id"), nil)
	}
	if err := member.Account.admits(c.from); err != nil {
		return Actor{}, err
	}
	partner := c.actor // not c's own, or every call would take memory for c
	return Actor{
		AccountID: member.Account.ID, EmployeeID: member.EmployeeID, TokenID: c.actor.TokenID, Session: c.actor.Session,
		Roles: member.Roles, DisabledComponents: member.Account.DisabledComponents, through: &partner,
	}, nil
}

// RandomText is n characters of an alphabet of at most 64, each as likely as the
// others.
func RandomText(random io.Reader, n int, alphabet string) (string, error) {
	text, noise := make([]byte, 0, n), make([]byte, 2*n)
	for {
		if _, err := io.ReadFull(random, noise); err != nil {
			return "", err
		}
		for _, b := range noise {
			if i := int(b & 63); i < len(alphabet) {
				if text = append(text, alphabet[i]); len(text) == n {
					return string(text), nil
				}
			}
		}
	}
}

func one(errs []error) error { return errs[0] }
