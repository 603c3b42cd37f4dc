package directory

import (
	"context"
	"slices"

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

func (r Role) may(right Right) bool {
	switch r {
	case Administrator:
		return true
	case Manager:
		return slices.Contains([]Right{
			SelectEmployees, InsertEmployees, UpdateEmployees, DeleteEmployees,
			SelectSchedules, InsertSchedules, UpdateSchedules, DeleteSchedules,
			SelectStatuses, InsertStatuses, UpdateStatuses, DeleteStatuses,
			SelectSites, InsertSites, UpdateSites, DeleteSites,
			SelectVA, InsertVA, UpdateVA, DeleteVA,
			SelectDiscovery,
		}, right)
	case Reader:
		return slices.Contains([]Right{SelectEmployees, SelectSchedules, SelectStatuses, SelectSites, SelectVA, SelectDiscovery}, right)
	default:
		return false
	}
}

// Actor is who calls: a member of an account, through a token.
type Actor struct {
	AccountID  int64
	EmployeeID int64 // 0 on the command line, which is trusted
	TokenID    int64
	Session    bool // the token was given by a sign-in
	Roles      []Role
}

// CommandLine is the actor of someone who has the database itself.
func CommandLine(account int64) Actor {
	return Actor{AccountID: account, Roles: []Role{Administrator}}
}

// May reports whether one of the actor's roles has the right.
func (a Actor) May(right Right) bool {
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return r.may(right) })
}

func (a Actor) is(role Role) bool { return slices.Contains(a.Roles, role) }

type actorKey struct{}

// WithActor returns a context in which the Service's verbs act for a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// allowed returns the actor of ctx if it has the right, else forbidden.
func allowed(ctx context.Context, right Right) (Actor, error) {
	a, known := ctx.Value(actorKey{}).(Actor)
	if !known {
		return a, errors.Internal(errors.New("a verb was called without an actor"))
	}
	if !a.May(right) {
		return a, errors.E(errors.Forbidden)
	}
	return a, nil
}
