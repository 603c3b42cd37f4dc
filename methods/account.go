package methods

import (
	"context"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

func account(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[struct{}, Answer[[]directory.AccountRow]]{
			Name:    "get.account",
			Summary: "Read the account.",
			Right:   string(directory.SelectAccount),
			Example: `{}`,
			Run: func(ctx context.Context, _ struct{}) (Answer[[]directory.AccountRow], error) {
				row, err := d.GetAccount(ctx)
				answer := Answer[[]directory.AccountRow]{[]directory.AccountRow{row}, metadata(ctx)}
				answer.Metadata.TotalItems = schema.Some(int64(1))
				return answer, err
			},
		},
		rpc.Method[directory.Get[directory.CustomerUserRow], Answer[directory.List[directory.CustomerUserRow]]]{
			Name:    "get.customer_users",
			Summary: "Read the members of the accounts whose partner the caller's is: whom user_id may name.",
			Right:   string(directory.SelectClientUsers),
			Example: `{"sort":[{"field":"name"}]}`,
			Errors:  getErrors,
			Run:     page(d.GetCustomerUsers),
		},
	}
}
