package methods

import (
	"context"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func session(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.SignIn, Answer[directory.Session]]{
			Name:    "login.user",
			Summary: "Sign in; the token is valid for one hour.",
			Open:    true,
			Example: `{"login": "admin", "password": "a long password"}`,
			Errors:  []*errors.Code{errors.AuthError},
			Run: func(ctx context.Context, c directory.SignIn) (Answer[directory.Session], error) {
				session, err := d.SignIn(ctx, c, rpc.PeerFrom(ctx).Addr)
				return Answer[directory.Session]{session, metadata(ctx)}, err
			},
		},
		rpc.Method[struct{}, Done]{
			Name:      "logout.user",
			Summary:   "End the token that the call comes with.",
			AnyCaller: true,
			Example:   `{}`,
			Run: func(ctx context.Context, _ struct{}) (Done, error) {
				return Done{Metadata: metadata(ctx)}, d.SignOut(ctx)
			},
		},
	}
}
