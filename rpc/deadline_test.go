package rpc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// subject is a context with a timeout of a minute, its parent, and what hangs on it.
type subject struct {
	ctx          context.Context
	cancel       context.CancelFunc
	cancelParent context.CancelCauseFunc
	child        context.Context
	called       atomic.Bool
	began        time.Time
}

type subjectKey struct{}

// observe does steps to a context, and tells how it is after each, without and, at the
// end, with asking for its end.
func observe(t *testing.T, steps []func(*subject), parentTimeout time.Duration, with func(context.Context, time.Duration) (context.Context, context.CancelFunc)) (seen []string) {
	synctest.Test(t, func(*testing.T) {
		s := &subject{began: time.Now()}
		parent, cancelParent := context.WithCancelCause(context.WithValue(context.Background(), subjectKey{}, "value"))
		defer cancelParent(nil)
		parent, cancelTimeout := context.WithTimeout(parent, parentTimeout)
		defer cancelTimeout()
		s.cancelParent = cancelParent
		s.ctx, s.cancel = with(parent, time.Minute)
		defer s.cancel()
		see := func() {
			synctest.Wait()
			at, has := s.ctx.Deadline()
			text := fmt.Sprint(s.ctx.Err(), context.Cause(s.ctx), at.Sub(s.began), has, s.ctx.Value(subjectKey{}), s.called.Load())
			if s.child != nil {
				text += fmt.Sprint(s.child.Err(), context.Cause(s.child))
			}
			seen = append(seen, text)
		}
		for _, step := range steps {
			step(s)
			see()
		}
		select {
		case <-s.ctx.Done():
			seen = append(seen, "done")
		default:
		}
		see()
	})
	return seen
}

// TestDeadline finds that what withTimeout returns is as what context.WithTimeout does,
// whatever three things happen to it.
func TestDeadline(t *testing.T) {
	gone := errors.New("the client has gone")
	steps := []struct {
		name string
		do   func(*subject)
	}{
		{"cancel", func(s *subject) { s.cancel() }},
		{"cancel the parent", func(s *subject) { s.cancelParent(gone) }},
		{"half a minute", func(*subject) { time.Sleep(30 * time.Second) }},
		{"a minute", func(*subject) { time.Sleep(time.Minute) }},
		{"a child", func(s *subject) {
			var cancel context.CancelFunc
			s.child, cancel = context.WithCancel(s.ctx)
			context.AfterFunc(s.child, cancel)
		}},
		{"AfterFunc", func(s *subject) { context.AfterFunc(s.ctx, func() { s.called.Store(true) }) }},
		{"Done", func(s *subject) { s.ctx.Done() }},
	}
	n := len(steps)
	for i := range n * n * n {
		var names []string
		var do []func(*subject)
		for _, at := range []int{i / n / n, i / n % n, i % n} {
			names, do = append(names, steps[at].name), append(do, steps[at].do)
		}
		for _, parentTimeout := range []time.Duration{45 * time.Second, time.Hour} {
			got, want := observe(t, do, parentTimeout, withTimeout), observe(t, do, parentTimeout, context.WithTimeout)
			if !slices.Equal(got, want) {
				t.Errorf("%s, with a parent of %s: %q, want %q", strings.Join(names, ", "), parentTimeout, got, want)
			}
		}
	}
}
