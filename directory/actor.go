package directory

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// Right is what a caller may do: "unit:action", as the Data API names them.
type Right string

// The rights. Those of employees are also those of groups and positions.
const (
	SelectEmployees Right = "employees:select"
	InsertEmployees Right = "employees:insert"
	UpdateEmployees Right = "employees:update"
	DeleteEmployees Right = "employees:delete"

	SelectSchedules Right = "schedules:select"
	InsertSchedules Right = "schedules:insert"
	UpdateSchedules Right = "schedules:update"
	DeleteSchedules Right = "schedules:delete"

	SelectStatuses Right = "statuses:select"
	InsertStatuses Right = "statuses:insert"
	UpdateStatuses Right = "statuses:update"
	DeleteStatuses Right = "statuses:delete"

	SelectSites Right = "site_selected:select"
	InsertSites Right = "site_selected:insert"
	UpdateSites Right = "site_selected:update"
	DeleteSites Right = "site_selected:delete"

	SelectDiscovery Right = "discovery:select" // to read the description of the API
)

// The rights of the unit va: SIP lines and virtual numbers.
const (
	SelectVA Right = "va:select"
	InsertVA Right = "va:insert"
	UpdateVA Right = "va:update"
	DeleteVA Right = "va:delete"
)

// The rights that concern the account itself.
const (
	SelectAccount     Right = "account:select"
	UpdateAccounts    Right = "account:update"     // which only doors ask for
	SelectClientUsers Right = "client_user:select" // which only partners have
)

// The rights to let people sign in, which only doors ask for. Whatever they have,
// only administrators change how administrators and managers sign in.
const (
	InsertMembers Right = "members:insert"
	UpdateMembers Right = "members:update"
)

var rightGrammar = regexp.MustCompile(`^[a-z][a-z0-9_]*:[a-z][a-z0-9_]*$`)

// Valid reports whether r looks like a right. Which rights there are, say the
// methods that need them.
func (r Right) Valid() bool { return rightGrammar.MatchString(string(r)) }

// Role is what an employee is to the account.
type Role string

// The roles. Administrator may do everything; Manager everything with employees
// and what hangs on them; Reader may look; Agent and Expert work in the chat and
// phone systems and may do nothing in the Data API.
const (
	Administrator Role = "administrator"
	Manager       Role = "manager"
	Agent         Role = "agent"
	Expert        Role = "expert"
	Reader        Role = "reader"
)

// grants are the rights of each role; * is every unit or every action.
var grants = map[Role][]string{
	Administrator: {"*:*"},
	Manager:       {"employees:*", "va:*", "site_selected:*", "schedules:*", "statuses:*", "members:*", "*:select"},
	Reader:        {"*:select"},
}

func (r Role) may(right Right) bool {
	unit, action, _ := strings.Cut(string(right), ":")
	return slices.ContainsFunc(grants[r], func(grant string) bool {
		u, a, _ := strings.Cut(grant, ":")
		return (u == "*" || u == unit) && (a == "*" || a == action)
	})
}

// Actor is who acts, and in which account: a member through a token, or the
// account itself.
type Actor struct {
	AccountID  int64
	EmployeeID int64 // 0 for the account itself and on the command line, which is trusted
	TokenID    int64
	Session    bool // the token was given by a sign-in
	Roles      []Role
	Rights     []Right // what the token leaves of the roles' rights; all if it is empty

	// DisabledComponents are those that the account has not.
	DisabledComponents []Component

	granted []Right // by a door, beside the roles'
	partner bool    // other accounts name this one as their partner
	through *Actor  // the partner's, who acts as a member of a customer; nil for others
}

// CommandLine is the actor of someone who has the database itself, and may do
// everything in the account.
func CommandLine(account int64) Actor {
	return Actor{AccountID: account, Roles: []Role{Administrator}, partner: true}
}

// May reports whether one of the actor's roles has the right and the token leaves
// it to them. Who acts through a partner needs it twice: as the member of the
// customer, and as who holds the partner's token.
func (a Actor) May(right Right) bool {
	switch {
	case right == SelectClientUsers && !a.partner:
		return false
	case len(a.Rights) > 0 && !slices.Contains(a.Rights, right):
		return false
	case a.through != nil && !a.through.May(right):
		return false
	}
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return r.may(right) }) || slices.Contains(a.granted, right)
}

// Has reports whether the actor's account has the component.
func (a Actor) Has(c Component) bool { return !slices.Contains(a.DisabledComponents, c) }

// is reports whether the actor acts in the role, with all that it may.
func (a Actor) is(role Role) bool {
	return slices.Contains(a.Roles, role) && len(a.Rights) == 0 && (a.through == nil || a.through.is(role))
}

type actorKey struct{}

// WithActor returns a context in which the Service's verbs act for a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actorOf returns the actor of ctx.
func actorOf(ctx context.Context) (Actor, error) {
	a, known := ctx.Value(actorKey{}).(Actor)
	if !known {
		return a, errors.Internal(errors.New("a verb was called without an actor"))
	}
	return a, nil
}

// allowed returns the actor of ctx if it has the right, else forbidden.
func allowed(ctx context.Context, right Right) (Actor, error) {
	a, err := actorOf(ctx)
	if err == nil && !a.May(right) {
		err = errors.E(errors.Forbidden)
	}
	return a, err
}

// administrator returns the actor of ctx if it acts as an administrator, else
// forbidden.
func administrator(ctx context.Context) (Actor, error) {
	a, err := actorOf(ctx)
	if err == nil && !a.is(Administrator) {
		err = errors.E(errors.Forbidden)
	}
	return a, err
}
