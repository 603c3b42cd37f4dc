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
	a := &admitted{guard: g, calls: c, from: rpc.PeerFrom(ctx).Addr}
	caller, err := g.directory.Authenticate(ctx, "", c.Token, a.from)
	if err != nil {
		return rpc.Admission{}, err
	}
	if a.points, err = g.directory.TakePoints(ctx, caller, len(c.Given)); err != nil {
		return rpc.Admission{}, err
	}
	actor, err := g.actAs(ctx, caller, c)
	refused := make([]error, len(c.Given))
	for i, given := range c.Given {
		switch {
		case !a.points.Allow(i):
			refused[i] = a.points.Exceeded()
		case err != nil:
			refused[i] = err
		default:
			refused[i] = permit(actor, c.Method, given)
		}
	}
	admission := rpc.Admission{
		Context: context.WithValue(directory.WithMethod(directory.WithActor(ctx, actor), c.Method.Name), admittedKey{}, a),
		Refused: refused,
	}
	if a.points != (directory.Points{}) {
		admission.Settle = func(succeeded []bool) error { return a.settle(ctx, succeeded) }
	}
	return admission, nil
}

func (g guard) actAs(ctx context.Context, caller directory.Caller, c rpc.Calls) (directory.Actor, error) {
	return g.directory.ActAs(ctx, caller, c.UserID, !slices.Contains(ownMethods, c.Method.Name))
}

// admitted are calls that the guard has admitted, and what they cost.
type admitted struct {
	guard  guard
	calls  rpc.Calls
	from   string
	points directory.Points
}

type admittedKey struct{}

// admittedOf are the calls that run in ctx. Every call that is not open has them.
func admittedOf(ctx context.Context) *admitted { return ctx.Value(admittedKey{}).(*admitted) }

// settle gives back the points of calls that have failed.
func (a *admitted) settle(ctx context.Context, succeeded []bool) error {
	n := 0
	for _, s := range succeeded {
		if s {
			n++
		}
	}
	return a.guard.directory.ReturnPoints(context.WithoutCancel(ctx), a.points, n)
}

// recheck tells why the caller of a call that goes on after its answer may not any
// more. It costs no points.
func (a *admitted) recheck(ctx context.Context) error {
	caller, err := a.guard.directory.Authenticate(ctx, "", a.calls.Token, a.from)
	if err != nil {
		return err
	}
	actor, err := a.guard.actAs(ctx, caller, a.calls)
	if err != nil {
		return err
	}
	return permit(actor, a.calls.Method, a.calls.Given[0])
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
