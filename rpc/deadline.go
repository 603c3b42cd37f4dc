package rpc

import (
	"context"
	"sync/atomic"
	"time"
)

// deadline is what context.WithDeadline returns, made only when somebody waits for its
// end, or that has come: short calls are answered before, and a timer and a place among
// the parent's children are much of what they take.
type deadline struct {
	context.Context // the parent
	at              time.Time
	made            atomic.Pointer[cancellable]
	over            atomic.Bool // canceled
}

// cancellable is a context with its cancel function.
type cancellable struct {
	context.Context
	cancel context.CancelFunc
}

// withTimeout is context.WithTimeout.
func withTimeout(parent context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	d := &deadline{Context: parent, at: time.Now().Add(timeout)}
	return d, d.cancel
}

func (d *deadline) make() context.Context {
	if m := d.made.Load(); m != nil {
		return m
	}
	m := new(cancellable)
	m.Context, m.cancel = context.WithDeadline(d.Context, d.at)
	if !d.made.CompareAndSwap(nil, m) {
		m.cancel()
		return d.made.Load()
	}
	if d.over.Load() { // before it was made
		m.cancel()
	}
	return m
}

func (d *deadline) cancel() {
	d.over.Store(true)
	if m := d.made.Load(); m != nil {
		m.cancel()
	}
}

func (d *deadline) Deadline() (time.Time, bool) {
	if at, has := d.Context.Deadline(); has && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

func (d *deadline) Done() <-chan struct{} { return d.make().Done() }

func (d *deadline) Err() error {
	if d.made.Load() == nil && !d.over.Load() && d.Context.Err() == nil && time.Now().Before(d.at) {
		return nil
	}
	return d.make().Err()
}

func (d *deadline) Value(key any) any {
	if m := d.made.Load(); m != nil {
		return m.Value(key) // package context asks in this way whose child a context is
	}
	return d.Context.Value(key)
}
