package directory

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Token is a key that an employee, or the account itself, calls with. The token
// itself is nowhere kept.
type Token struct {
	ID         int64
	AccountID  int64
	EmployeeID int64  // 0: the account's own
	Digest     []byte // SHA-256
	Session    bool   // made by a sign-in
	Door       string // where it is valid; "" is the Data API
	Label      string
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero for never
	Blocked    bool
	Rights     []Right        // what it leaves of its holder's; all if it is empty
	AllowIPs   []AddressRange // from where it may be used; from everywhere if empty

	// Of the holder and the account, when read.
	Login         string // "" of the account's own
	Roles         []Role
	HolderBlocked bool
	Account       Account
	Partner       bool // other accounts name the token's as their partner
}

// actor is who calls with the token.
func (t *Token) actor() Actor {
	a := Actor{
		AccountID: t.AccountID, EmployeeID: t.EmployeeID, TokenID: t.ID, Session: t.Session,
		Roles: t.Roles, Rights: t.Rights, DisabledComponents: t.Account.DisabledComponents, partner: t.Partner,
	}
	if t.EmployeeID == 0 { // the account may do everything with itself
		a.Roles = []Role{Administrator}
	}
	return a
}

// What follows is for those who have the database itself, on the command line.

// NewToken asks for a permanent token, of a member or of an account.
type NewToken struct {
	Login     schema.Opt[string]         `json:"login" doc:"Login of the member whom it belongs to."`
	AccountID schema.Opt[int64]          `json:"account" doc:"The account that it belongs to."`
	Label     schema.Opt[string]         `json:"label" length:"..255" doc:"What it is for."`
	Rights    schema.Opt[[]Right]        `json:"right" null:"no" items:"100" unique:"true" doc:"What it leaves of its holder's rights; all if absent or empty."`
	Expires   schema.Opt[Ending]         `json:"expires" doc:"Last day, in the account's time zone, or the moment when it ends."`
	AllowIPs  schema.Opt[[]AddressRange] `json:"allow_ip" null:"no" items:"100" doc:"From where it may be used; from everywhere if absent or empty."`
}

// Ending is a day, of which it means the end, or a moment, as RFC 3339 writes them:
// "2026-12-31" or "2026-12-31T18:00:00+03:00".
type Ending string

// Valid reports whether e can be read.
func (e Ending) Valid() bool {
	_, err := e.moment("UTC")
	return err == nil
}

// moment is when e is, where days are those of a time zone.
func (e Ending) moment(zone TimeZone) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, string(e)); err == nil {
		return at.UTC(), nil
	}
	location, err := time.LoadLocation(string(zone))
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, string(e), location)
	return day.AddDate(0, 0, 1).UTC(), err
}

// CheckTogether reports a token that is nobody's, or of two.
func (c *NewToken) CheckTogether(at errors.Path, bad *errors.List) {
	if c.Login.IsSet() == c.AccountID.IsSet() {
		bad.Add(errors.InvalidParametersCombination, at.Key("login"), nil)
	}
}

// CreateToken makes a permanent token of a door, whose keys these are (the zero Keys
// are the Data API's), and returns its text, which nothing keeps.
// Errors: those of the rules; entity_not_found for the login and for the account;
// invalid_parameter_value for an end that is past; required_parameter_missed for a
// token without login at a door that knows people only.
func (s *Service) CreateToken(ctx context.Context, c NewToken, k Keys) (string, error) {
	if err := check(s, &c); err != nil {
		return "", err
	}
	if k.Door == "" {
		k = ownKeys
	}
	if !k.OfAccounts && !c.Login.IsSet() {
		return "", errors.At(errors.RequiredParameterMissed, place("login"), nil)
	}
	var account Account
	var employee int64
	if c.Login.IsSet() {
		member, err := s.MemberByLogin(ctx, c.Login.Value)
		if err != nil {
			return "", err
		}
		account, employee = member.Account, member.EmployeeID
	} else {
		var err error
		if account, err = s.account(ctx, c.AccountID.Value); err != nil {
			return "", err
		}
	}
	token, text, err := s.newToken(ctx, account.ID, k)
	if err != nil {
		return "", err
	}
	token.EmployeeID, token.Label, token.Rights, token.AllowIPs = employee, c.Label.Value, c.Rights.Value, normalizeRanges(c.AllowIPs.Value)
	if c.Expires.IsSet() {
		if token.ExpiresAt, err = c.Expires.Value.moment(account.TimeZone); err != nil {
			return "", err
		}
		if !token.ExpiresAt.After(token.CreatedAt) {
			return "", errors.At(errors.InvalidParameterValue, place("expires"), errors.Shown(string(c.Expires.Value)))
		}
	}
	return text, one(s.store.InTx(ctx, account.ID, func(tx Tx) error {
		if err := tx.InsertToken(token); err != nil {
			return err
		}
		return appendEvent(tx, CommandLine(account.ID), token.CreatedAt, KindToken, token.ID, created, nil, eventOf(&token))
	}))
}

// eventToken is a token as events remember it.
type eventToken struct {
	EmployeeID int64          `json:"employee_id,omitzero"`
	Door       string         `json:"door,omitzero"`
	Label      string         `json:"label"`
	Blocked    bool           `json:"blocked,omitzero"`
	Rights     []Right        `json:"rights,omitempty"`
	AllowIPs   []AddressRange `json:"allow_ips,omitempty"`
	ExpiresAt  time.Time      `json:"expires_at,omitzero"`
}

func eventOf(t *Token) eventToken {
	return eventToken{t.EmployeeID, t.Door, t.Label, t.Blocked, t.Rights, t.AllowIPs, t.ExpiresAt}
}

// Tokens lists all permanent tokens, by id.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) { return s.store.Tokens(ctx) }

// token finds a permanent token.
// Errors: entity_not_found.
func (s *Service) token(ctx context.Context, id int64) (*Token, error) {
	tokens, err := s.store.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	for i := range tokens {
		if tokens[i].ID == id {
			return &tokens[i], nil
		}
	}
	return nil, errors.At(errors.EntityNotFound, place("id"), shownID(id))
}

// BlockToken blocks a permanent token, which is then access_token_blocked, or
// allows it again. It holds on every server with the next call.
// Errors: entity_not_found.
func (s *Service) BlockToken(ctx context.Context, id int64, blocked bool) error {
	token, err := s.token(ctx, id)
	if err != nil || token.Blocked == blocked {
		return err
	}
	after := *token
	after.Blocked = blocked
	return one(s.store.InTx(ctx, token.AccountID, func(tx Tx) error {
		found, err := tx.BlockToken(id, blocked)
		if err != nil || !found { // it was revoked meanwhile
			return err
		}
		return appendEvent(tx, CommandLine(token.AccountID), s.now(), KindToken, id, updated, eventOf(token), eventOf(&after))
	}))
}

// RevokeToken removes a permanent token; from then on it is access_token_invalid.
// Errors: entity_not_found.
func (s *Service) RevokeToken(ctx context.Context, id int64) error {
	token, err := s.token(ctx, id)
	if err != nil {
		return err
	}
	return one(s.store.InTx(ctx, token.AccountID, func(tx Tx) error {
		found, err := tx.DeleteToken(id)
		if err != nil || !found { // another may have been quicker
			return err
		}
		return appendEvent(tx, CommandLine(token.AccountID), s.now(), KindToken, id, deleted, nil, nil)
	}))
}

// newToken is a token of an account, and its text.
func (s *Service) newToken(ctx context.Context, account int64, k Keys) (Token, string, error) {
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return Token{}, "", err
	}
	text, err := k.New(s.random)
	if err != nil {
		return Token{}, "", err
	}
	digest := sha256.Sum256([]byte(text))
	return Token{ID: ids[0], AccountID: account, Door: k.Door, Digest: digest[:], CreatedAt: s.now()}, text, nil
}
