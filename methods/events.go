package methods

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

// Subscribed is where a subscription begins.
type Subscribed struct {
	After int64 `json:"after" doc:"Number of the event from which on the subscription follows."`
}

// change is what a subscriber is told of an event.
type change struct {
	Number   int64             `json:"number"`
	ID       int64             `json:"id"`
	DateTime string            `json:"date_time"` // RFC 3339, in UTC
	UserID   schema.Opt[int64] `json:"user_id"`
	Version  schema.Opt[int64] `json:"version"`
}

// subscriptionEnded is the last notification of a subscription that the server ends.
const subscriptionEnded = "subscription.ended"

// ending says why a subscription has ended.
type ending struct {
	Mnemonic string `json:"mnemonic"`
	Message  string `json:"message"`
}

func events(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.SubscribeEmployees, Answer[Subscribed]]{
			Name: "subscribe.employees",
			Summary: "Be told of created, updated and deleted employees from now on, or from an earlier event on, by notifications over the same connection. " +
				"An extension of rosterd, for connections that stay open.",
			Right:   string(directory.SelectEmployees),
			Example: `{"after":0}`,
			Run:     subscribe(d.SubscribeEmployees),
		},
	}
}

// subscribe answers where a verb's subscription begins, and follows it.
func subscribe[P any](verb func(context.Context, P) (*directory.Subscription, error)) func(context.Context, P) (Answer[Subscribed], error) {
	return func(ctx context.Context, params P) (answer Answer[Subscribed], err error) {
		stream, ok := rpc.StreamFrom(ctx)
		if !ok {
			return answer, errors.E(errors.Other, "error_message", "notifications need a connection that stays open: WebSocket at /v2.0/ws")
		}
		subscription, err := verb(ctx, params)
		if err != nil {
			return answer, err
		}
		recheck := admittedOf(ctx).recheck
		answer = Answer[Subscribed]{Subscribed{subscription.After}, metadata(ctx)}
		return answer, stream.Go(func(ctx context.Context, notify rpc.Notify) error {
			err := subscription.Run(ctx, recheck, func(e directory.EmployeeEvent) error {
				return notify(e.Kind, change{e.Number, e.ID, e.At.Format(time.RFC3339Nano), orNull(e.UserID), orNull(e.Version)})
			})
			if ctx.Err() == nil {
				last := errors.Of(err).Violations[0]
				err = errors.Join(err, notify(subscriptionEnded, ending{last.Code.Mnemonic, last.Message()}))
			}
			return err
		})
	}
}

// orNull is null for 0.
func orNull(n int64) schema.Opt[int64] {
	if n == 0 {
		return schema.Opt[int64]{}
	}
	return schema.Some(n)
}
