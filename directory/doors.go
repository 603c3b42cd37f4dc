package directory

import (
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/schema"
)

// Doors are the APIs of the server. What their tokens look like, and what their own
// settings mean, they know themselves.

// Keys are the tokens of one door. A token is valid at its door alone.
type Keys struct {
	Door        string // its name; "" is the Data API's
	New         func(random io.Reader) (string, error)
	SessionLife time.Duration
	Connects    bool // who signs in is connected until they sign out
	OfAccounts  bool // accounts may have tokens of their own there, as at the Data API
}

// ownKeys are those of the Data API.
var ownKeys = Keys{
	New:         func(random io.Reader) (string, error) { return RandomText(random, tokenLength, tokenAlphabet) },
	SessionLife: SessionLife, OfAccounts: true,
}

// SignInCandidates is how many members, each of an account of their own, may have
// the name that somebody signs in with; the others, of younger accounts, sign in
// with their logins.
const SignInCandidates = 10

// Candidate is a member who may be who signs in.
type Candidate struct {
	Member       Member
	PasswordHash string
}

// SignInAt gives a member a session at a door. The name is their login, or else
// their e-mail address, or else their handle; if several members of different
// accounts have it, the password tells which one is meant.
// Errors: as SignIn.
func (s *Service) SignInAt(ctx context.Context, k Keys, name, password, from string) (token string, p Person, err error) {
	if err := s.countSignIn(name, from); err != nil {
		return "", Person{}, err
	}
	var candidates []Candidate
	if schema.IsText(name) { // else nobody is called so
		if candidates, err = s.store.MembersByName(ctx, name); err != nil {
			return "", Person{}, err
		}
	}
	member, err := s.identify(ctx, candidates, password, from)
	if err != nil {
		return "", Person{}, err
	}
	_, token, err = s.openSession(ctx, member, k)
	if err != nil {
		return "", Person{}, err
	}
	p, err = s.person(ctx, member.Account.ID, member.EmployeeID)
	return token, p, err
}

// Actor is who calls, for themselves.
func (c Caller) Actor() Actor { return c.actor }

// Grant is a, who may do more: what a door's own permissions allow them. It is for
// one call, and adds nothing to a token that has rights of its own.
func (a Actor) Grant(rights ...Right) Actor {
	a.granted = slices.Concat(a.granted, rights)
	return a
}

// DoorSettings are what the administrators of the caller's account have set for a
// door, by name. The values mean nothing here. They need no right.
func (s *Service) DoorSettings(ctx context.Context, door string) (map[string]jsontext.Value, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	return s.store.DoorSettings(ctx, actor.AccountID, door)
}

// PutDoorSettings changes settings of a door and leaves the others.
// Errors: forbidden without the right account:update.
func (s *Service) PutDoorSettings(ctx context.Context, door string, settings map[string]jsontext.Value) error {
	actor, err := allowed(ctx, UpdateAccounts)
	if err != nil {
		return err
	}
	return one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error {
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			if err := tx.PutDoorSetting(door, name, settings[name]); err != nil {
				return err
			}
		}
		return appendEvent(tx, actor, s.now(), KindAccount, actor.AccountID, updated, nil, map[string]map[string]jsontext.Value{door: settings})
	}))
}

// connect notes whether an employee is connected.
func connect(tx Tx, employee int64, connected bool) error {
	activity, err := tx.EmployeeActivity(employee)
	if err != nil || activity.Connected == connected {
		return err
	}
	activity.Connected = connected
	return tx.PutEmployeeActivity(employee, activity)
}

// disconnect notes that an employee is not connected, unless they still have a
// session at a door.
func (s *Service) disconnect(tx Tx, employee int64, door string) error {
	if err := tx.DeleteExpiredSessions(employee, s.now()); err != nil {
		return err
	}
	left, err := tx.Sessions(employee, door)
	if err != nil || left > 0 {
		return err
	}
	return connect(tx, employee, false)
}
