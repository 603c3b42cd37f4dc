package directory

import "context"

// Foresight is what a unit of work is going to ask for.
type Foresight struct {
	Numbers []string // identities, of Tx.NumbersByIdentity
	Groups  []int64  // of Tx.Unknown
}

type foresightKey struct{}

// WithForesight tells the store what the units that are run with a context are going
// to ask for, in their order, so that it can find that for many units at once. It is no
// promise: units ask all the same, and for other things.
func WithForesight(ctx context.Context, f []Foresight) context.Context {
	return context.WithValue(ctx, foresightKey{}, f)
}

// ForesightOf is what the store was told; of units beyond its length it was told
// nothing.
func ForesightOf(ctx context.Context) []Foresight {
	f, _ := ctx.Value(foresightKey{}).([]Foresight)
	return f
}
