package directory

import (
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"strconv"
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
// Errors: auth_error, after the same time whether login or password is wrong;
// limit_exceeded after SignInsPerLogin or SignInsPerAddress in a minute;
// account_inactive.
func (s *Service) SignIn(ctx context.Context, c SignIn, from string) (Session, error) {
	if err := check(s, &c); err != nil {
		return Session{}, err
	}
	for _, l := range []struct {
		key   string
		limit int
	}{{"address " + from, SignInsPerAddress}, {"login " + Fold(c.Login.Value), SignInsPerLogin}} {
		if !s.signIn.allow(l.key, l.limit) {
			return Session{}, errors.E(errors.LimitExceeded, "limit_type", "minute", "limit_max_value", strconv.Itoa(l.limit))
		}
	}
	member, err := s.store.MemberByLogin(ctx, c.Login.Value)
	if err != nil {
		return Session{}, err
	}
	if member == nil {
		member = &Member{}
	}
	right, err := s.hasher.matches(ctx, c.Password.Value, member.PasswordHash)
	if err != nil {
		return Session{}, err
	}
	if !right {
		return Session{}, errors.E(errors.AuthError)
	}
	if member.AccountDisabled {
		return Session{}, errors.E(errors.AccountInactive)
	}
	token, text, err := s.newToken(ctx, member.AccountID, member.EmployeeID)
	if err != nil {
		return Session{}, err
	}
	token.Session, token.ExpiresAt = true, token.CreatedAt.Add(SessionLife)
	err = one(s.store.InTx(ctx, member.AccountID, func(tx Tx) error {
		if err := tx.DeleteExpiredSessions(member.EmployeeID, token.CreatedAt); err != nil {
			return err
		}
		return tx.InsertToken(token)
	}))
	return Session{text, token.ExpiresAt.Unix(), member.AccountID}, err
}

// SignOut ends the token that the caller of ctx came with, be it of a session or
// permanent.
func (s *Service) SignOut(ctx context.Context) error {
	actor, known := ctx.Value(actorKey{}).(Actor)
	if !known {
		return errors.Internal(errors.New("a verb was called without an actor"))
	}
	return one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error {
		found, err := tx.DeleteToken(actor.TokenID)
		if err != nil || !found || actor.Session {
			return err
		}
		return appendEvent(tx, actor, s.now(), KindToken, actor.TokenID, deleted, nil, nil)
	}))
}

// Authenticate finds who holds a token.
// Errors: access_token_invalid, access_token_expired, access_token_blocked,
// account_inactive.
func (s *Service) Authenticate(ctx context.Context, text string) (Actor, error) {
	digest := sha256.Sum256([]byte(text))
	t, err := s.store.TokenByDigest(ctx, digest[:])
	if err != nil {
		return Actor{}, err
	}
	ended := t != nil && !t.ExpiresAt.IsZero() && !s.clock().Before(t.ExpiresAt)
	switch {
	case t == nil || ended && t.Session:
		return Actor{}, errors.E(errors.AccessTokenInvalid)
	case ended:
		return Actor{}, errors.E(errors.AccessTokenExpired)
	case t.Blocked:
		return Actor{}, errors.E(errors.AccessTokenBlocked)
	case t.AccountDisabled:
		return Actor{}, errors.E(errors.AccountInactive)
	}
	return Actor{AccountID: t.AccountID, EmployeeID: t.EmployeeID, TokenID: t.ID, Session: t.Session, Roles: t.Roles}, nil
}

// CreateToken makes a permanent token for the member with the login, and returns
// its text, which nothing keeps.
// Errors: entity_not_found if nobody signs in with it.
func (s *Service) CreateToken(ctx context.Context, login, label string) (string, error) {
	member, err := s.store.MemberByLogin(ctx, login)
	if err != nil {
		return "", err
	}
	if member == nil {
		return "", errors.At(errors.EntityNotFound, place("login"), errors.Shown(login))
	}
	token, text, err := s.newToken(ctx, member.AccountID, member.EmployeeID)
	if err != nil {
		return "", err
	}
	token.Label = label
	return text, one(s.store.InTx(ctx, member.AccountID, func(tx Tx) error {
		if err := tx.InsertToken(token); err != nil {
			return err
		}
		return appendEvent(tx, CommandLine(member.AccountID), token.CreatedAt, KindToken, token.ID, created, nil, struct {
			EmployeeID int64  `json:"employee_id"`
			Label      string `json:"label"`
		}{token.EmployeeID, label})
	}))
}

// Tokens lists all permanent tokens.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) { return s.store.Tokens(ctx) }

// RevokeToken removes a permanent token; from then on it is access_token_invalid.
// Errors: entity_not_found.
func (s *Service) RevokeToken(ctx context.Context, id int64) error {
	tokens, err := s.store.Tokens(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tokens, func(t Token) bool { return t.ID == id })
	if i < 0 {
		return errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	account := tokens[i].AccountID
	return one(s.store.InTx(ctx, account, func(tx Tx) error {
		found, err := tx.DeleteToken(id)
		if err != nil || !found { // another may have been quicker
			return err
		}
		return appendEvent(tx, CommandLine(account), s.now(), KindToken, id, deleted, nil, nil)
	}))
}

func (s *Service) newToken(ctx context.Context, account, employee int64) (Token, string, error) {
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return Token{}, "", err
	}
	text, err := s.randomText(tokenLength, tokenAlphabet)
	if err != nil {
		return Token{}, "", err
	}
	digest := sha256.Sum256([]byte(text))
	return Token{ID: ids[0], AccountID: account, EmployeeID: employee, Digest: digest[:], CreatedAt: s.now()}, text, nil
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
