package directory

import (
	"context"
	"slices"
	"sync"

	"github.com/rosterd/rosterd/errors"
)

// Batch makes verbs that are called beside each other one: what they write is
// written in one transaction, in the order of their places, or not at all.
type Batch struct {
	service *Service

	mu      sync.Mutex
	parts   []part
	missing int
	done    chan struct{}
}

// part is what one verb brings.
type part struct {
	arrived bool
	account int64
	dry     bool
	units   []Unit
	failed  bool // a command of it has failed already
	errs    []error
}

// NewBatch makes a Batch of so many verbs.
func (s *Service) NewBatch(verbs int) *Batch {
	return &Batch{service: s, parts: make([]part, verbs), missing: verbs, done: make(chan struct{})}
}

type batchKey struct{}

// batchPlace is the place of a verb in a Batch.
type batchPlace struct {
	batch *Batch
	place int
}

// Context returns the context for the verb at a place. The verb returns when all
// others are called, or left.
func (b *Batch) Context(ctx context.Context, place int) context.Context {
	return context.WithValue(ctx, batchKey{}, batchPlace{b, place})
}

// inBatch reports whether ctx is of a Batch.
func inBatch(ctx context.Context) bool {
	_, in := ctx.Value(batchKey{}).(batchPlace)
	return in
}

// Leave must be called when the verb at a place has returned. If it has brought
// nothing, the batch is given up.
func (b *Batch) Leave(place int) { b.put(context.Background(), place, part{failed: true}) }

// do brings a verb's units, waits for the others, and returns what its own came to.
func (p batchPlace) do(ctx context.Context, brought part) []error {
	p.batch.put(ctx, p.place, brought)
	<-p.batch.done
	return p.batch.parts[p.place].errs
}

// put takes what a verb brings, unless it has brought something before. Who comes
// last does the work.
func (b *Batch) put(ctx context.Context, place int, brought part) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.parts[place].arrived {
		return
	}
	brought.arrived = true
	b.parts[place] = brought
	if b.missing--; b.missing == 0 {
		b.run(ctx)
		close(b.done)
	}
}

// run does all units, or none.
func (b *Batch) run(ctx context.Context) {
	var units []Unit
	for _, p := range b.parts {
		units = append(units, p.units...)
	}
	errs := make([]error, len(units))
	given := slices.ContainsFunc(b.parts, func(p part) bool { return p.failed })
	switch first := b.parts[0]; {
	case given:
	case slices.ContainsFunc(b.parts, func(p part) bool { return p.account != first.account }):
		for i := range errs {
			errs[i] = errors.At(errors.InvalidParametersCombination, place("access_token"), nil)
		}
	default:
		errs = b.service.store.Together(ctx, first.account, func(errs []error) bool { return !first.dry && noneFailed(errs) }, units...)
		b.service.feed.wake(first.account)
	}
	if given || !noneFailed(errs) {
		for i := range errs {
			if errs[i] == nil {
				errs[i] = errors.GivenUp()
			}
		}
	}
	for i := range b.parts {
		n := len(b.parts[i].units)
		b.parts[i].errs, errs = errs[:n:n], errs[n:]
	}
}

func noneFailed(errs []error) bool {
	return !slices.ContainsFunc(errs, func(err error) bool { return err != nil })
}
