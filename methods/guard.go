package methods

import (
	"context"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// Guard admits calls by the directory's tokens, in the order of data-api.md §6.6:
// token, address, account, points, user_id, components, right.
// Errors: required_parameter_missed without a token; those of the directory's
// Authenticate, TakePoints and ActAs; method_component_disabled;
// parameter_component_disabled, also for a parameter that is null;
// forbidden for a right that is missing.
func Guard(d *directory.Service) rpc.Guard { return guard{d} }

type guard struct{ directory *directory.Service }

// ownMethods are those that a partner calls for its own account, and so without
// user_id. All others are about the roster of a customer.
var ownMethods = []string{"logout.user", "get.account", "get.customer_users", "rpc.discover"}

func (g guard) Admit(ctx context.Context, c rpc.Calls) (rpc.Admission, error) {
	if c.Method.Open {
		return rpc.Admission{}, nil
	}
	if c.Token == "" {
		return rpc.Admission{}, errors.At(errors.RequiredParameterMissed, errors.Path{}.Key("access_token"), nil)
	}
	from := rpc.PeerFrom(ctx).Addr
	caller, err := g.directory.Authenticate(ctx, "", c.Token, from)
	if err != nil {
		return rpc.Admission{}, err
	}
	points, err := g.directory.TakePoints(ctx, caller, len(c.Given))
	if err != nil {
		return rpc.Admission{}, err
	}
	actor, err := g.actAs(ctx, caller, c)
	refused := make([]error, len(c.Given))
	for i, given := range c.Given {
		switch {
		case !points.Allow(i):
			refused[i] = points.Exceeded()
		case err != nil:
			refused[i] = err
		default:
			refused[i] = permit(actor, c.Method, given)
		}
	}
	return rpc.Admission{
		Context: withRecheck(withPoints(directory.WithMethod(directory.WithActor(ctx, actor), c.Method.Name), points), func(ctx context.Context) error { return g.recheck(ctx, c, from) }),
		Refused: refused,
		Settle: func(succeeded []bool) error {
			n := 0
			for _, s := range succeeded {
				if s {
					n++
				}
			}
			return g.directory.ReturnPoints(context.WithoutCancel(ctx), points, n)
		},
	}, nil
}

func (g guard) actAs(ctx context.Context, caller directory.Caller, c rpc.Calls) (directory.Actor, error) {
	return g.directory.ActAs(ctx, caller, c.UserID, !slices.Contains(ownMethods, c.Method.Name))
}

// recheck tells why the caller of a call that goes on may not any more.
func (g guard) recheck(ctx context.Context, c rpc.Calls, from string) error {
	caller, err := g.directory.Authenticate(ctx, "", c.Token, from)
	if err != nil {
		return err
	}
	actor, err := g.actAs(ctx, caller, c)
	if err != nil {
		return err
	}
	return permit(actor, c.Method, c.Given[0])
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

// permit tells why an actor may not call a method with the parameters given.
func permit(a directory.Actor, m *rpc.Info, given []string) error {
	has := func(component string) bool { return a.Has(directory.Component(component)) }
	if len(m.Components) > 0 && !slices.ContainsFunc(m.Components, has) {
		return errors.E(errors.MethodComponentDisabled, "components", strings.Join(m.Components, ", "))
	}
	var bad errors.List
	for _, f := range m.Params.Fields {
		if f.Component != "" && !has(f.Component) && slices.Contains(given, f.Name) {
			bad.Append(errors.Violation{Code: errors.ParameterComponentDisabled, Path: errors.Path{}.Key(f.Name), Params: map[string]string{"components": f.Component}})
		}
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if !m.AnyCaller && !a.May(directory.Right(m.Right)) {
		return errors.E(errors.Forbidden)
	}
	return nil
}

type pointsKey struct{}

// withPoints returns a context in which metadata tells of points.
func withPoints(ctx context.Context, p directory.Points) context.Context {
	return context.WithValue(ctx, pointsKey{}, p)
}
