package directory

import (
	"context"
	"sync"
)

// Turn puts calls of verbs that write in an order: each prepares its commands as soon
// as it is called, and writes after the one before it. So the next is prepared while
// one is written.
type Turn struct {
	before <-chan struct{} // nil for the first
	passed chan struct{}
	pass   sync.Once
}

// NextTurn is the one after a Turn, or the first of all after nil.
func NextTurn(after *Turn) *Turn {
	t := &Turn{passed: make(chan struct{})}
	if after != nil {
		t.before = after.passed
	}
	return t
}

type turnKey struct{}

// Context returns the context for the verb whose turn it is. It has no other turn.
func (t *Turn) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// End must be called when the verb has returned. It returns when the turn has come.
func (t *Turn) End() {
	if t.before != nil {
		<-t.before
	}
	t.pass.Do(func() { close(t.passed) })
}

// turnOf is the Turn of ctx, or nil.
func turnOf(ctx context.Context) *Turn {
	t, _ := ctx.Value(turnKey{}).(*Turn)
	return t
}

// wait returns when the verb before has brought all its units to the store.
func (t *Turn) wait(ctx context.Context) error {
	if t == nil || t.before == nil {
		return nil
	}
	select {
	case <-t.before:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// last are the units that a verb brings last: when the last of them is run, the store
// has taken all of them, and the next verb may bring its own.
func (t *Turn) last(units []Unit) []Unit {
	if t == nil || len(units) == 0 {
		return units
	}
	last := len(units) - 1
	unit := units[last]
	units[last] = func(tx Tx) error {
		t.End()
		return unit(tx)
	}
	return units
}
