package methods

import (
	"context"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// Guard admits calls by the directory's tokens, in the order of data-api.md §6.6:
// token, account, user_id, right.
// Errors: required_parameter_missed without a token; those of
// directory.Service.Authenticate; forbidden for a user_id that is not the
// caller's and for a right that is missing.
func Guard(d *directory.Service) rpc.Guard { return guard{d} }

type guard struct{ directory *directory.Service }

func (g guard) Admit(ctx context.Context, c rpc.Calls) (rpc.Admission, error) {
	if c.Method.Open {
		return rpc.Admission{}, nil
	}
	if c.Token == "" {
		return rpc.Admission{}, errors.At(errors.RequiredParameterMissed, errors.Path{}.Key("access_token"), nil)
	}
	actor, err := g.actor(ctx, c)
	if err != nil {
		return rpc.Admission{}, err
	}
	return rpc.Admission{Context: withRecheck(directory.WithActor(ctx, actor), func(ctx context.Context) error {
		_, err := g.actor(ctx, c)
		return err
	})}, nil
}

// actor is who calls, if they may.
func (g guard) actor(ctx context.Context, c rpc.Calls) (directory.Actor, error) {
	actor, err := g.directory.Authenticate(ctx, c.Token)
	if err != nil {
		return actor, err
	}
	if c.UserID.IsSet() && c.UserID.Value != actor.EmployeeID {
		return actor, errors.At(errors.Forbidden, errors.Path{}.Key("user_id"), nil)
	}
	if !c.Method.AnyCaller && !actor.May(directory.Right(c.Method.Right)) {
		return actor, errors.E(errors.Forbidden)
	}
	return actor, nil
}

type recheckKey struct{}

// withRecheck returns a context for calls that go on after their answer: recheck
// says why the caller may not any more. It costs no points.
func withRecheck(ctx context.Context, recheck func(context.Context) error) context.Context {
	return context.WithValue(ctx, recheckKey{}, recheck)
}

// recheckOf is what withRecheck was given. Every call that is not open has it.
func recheckOf(ctx context.Context) func(context.Context) error {
	return ctx.Value(recheckKey{}).(func(context.Context) error)
}
