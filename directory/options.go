package directory

import (
	"context"

	"github.com/rosterd/rosterd/schema"
)

// WriteOptions are what every command takes beside its own parameters. All are
// rosterd's own.
type WriteOptions struct {
	IdempotencyKey schema.Opt[string] `json:"idempotency_key" ours:"true" null:"no" length:"1..255" doc:"Any text of the caller's. The first outcome of a call with this key is kept for 24 hours and answered again, by access token and method; other parameters with the same key are invalid_parameters_combination."`
	DryRun         schema.Opt[bool]   `json:"dry_run" ours:"true" default:"false" doc:"Answer what the call would, with metadata.diff, and write nothing."`
	BatchID        schema.Opt[string] `json:"batch_id" ours:"true" null:"no" length:"1..255" doc:"Any text, the same in all calls of an atomic batch."`
	Atomic         schema.Opt[bool]   `json:"atomic" ours:"true" default:"false" doc:"Done only if all calls of the batch are; all of them must say so."`
}

func (o *WriteOptions) options() *WriteOptions { return o }

// optionsOf are the options of a command. One that has none is a door's, and none
// of its options is given.
func optionsOf[C any](c *C) WriteOptions {
	if with, has := any(c).(interface{ options() *WriteOptions }); has {
		return *with.options()
	}
	return WriteOptions{}
}

// writeOptions are the names of all WriteOptions.
var writeOptions = func() []string {
	var names []string
	for _, f := range schema.Of[WriteOptions]("").Type().Fields {
		names = append(names, f.Name)
	}
	return names
}()

type methodKey struct{}

// WithMethod returns a context for a call of the method that is called so: an
// idempotency key is of one method.
func WithMethod(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, methodKey{}, name)
}

func methodOf(ctx context.Context) string {
	name, _ := ctx.Value(methodKey{}).(string)
	return name
}
