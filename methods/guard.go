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
	actor, err := g.directory.Authenticate(ctx, c.Token)
	if err != nil {
		return rpc.Admission{}, err
	}
	if c.UserID.IsSet() && c.UserID.Value != actor.EmployeeID {
		return rpc.Admission{}, errors.At(errors.Forbidden, errors.Path{}.Key("user_id"), nil)
	}
	if !c.Method.AnyCaller && !actor.May(directory.Right(c.Method.Right)) {
		return rpc.Admission{}, errors.E(errors.Forbidden)
	}
	return rpc.Admission{Context: directory.WithActor(ctx, actor)}, nil
}
