package rpc

import (
	"context"
	"slices"
	"sync"

	"github.com/rosterd/rosterd/errors"
)

// Names of parameters that methods declare as their own and that mean something to
// every one of them.
const (
	idempotencyKey = "idempotency_key"
	batchID        = "batch_id"
	atomicName     = "atomic"
	dryRun         = "dry_run"
)

// Together makes groups of calls, each of one method, one: what their methods do is
// done whole or not at all.
type Together interface {
	// Context is what the group at a place runs in, made of the Guard's context.
	Context(ctx context.Context, place int) context.Context
	// Leave is called when the group at a place has ended.
	Leave(place int)
}

// runTogether brings the calls of an atomic batch to results, or all of them to
// errors. All are admitted and understood before any of them runs.
func (s *Server) runTogether(ctx context.Context, calls []*call) {
	ctx, cancel := withTimeout(ctx, s.o.CallTimeout)
	defer cancel()
	s.agree(ctx, calls)
	if s.giveUp(ctx, calls) {
		return
	}
	var all []*running
	for _, group := range groups(calls) {
		all = append(all, s.admitGroup(ctx, group))
	}
	if !s.giveUp(ctx, calls) {
		together := s.o.Together(len(all))
		var done sync.WaitGroup
		for i, r := range all {
			done.Go(func() {
				defer together.Leave(i)
				s.runReady(ctx, r, together.Context(r.admission.Context, i))
			})
		}
		done.Wait()
	}
	for _, r := range all {
		s.settle(ctx, r)
	}
}

// agree fails calls that do not say the same of the batch.
func (s *Server) agree(ctx context.Context, calls []*call) {
	first := calls[slices.IndexFunc(calls, func(c *call) bool { return c.whole.Atomic.Value })].whole
	for _, c := range calls {
		if c.err != nil {
			continue
		}
		var bad errors.List
		at := func(name string) errors.Path { return errors.Path{}.Key(name) }
		switch {
		case !c.whole.Atomic.Value:
			bad.Add(errors.InvalidParametersCombination, at(atomicName), nil)
		case !c.whole.BatchID.IsSet():
			bad.Add(errors.RequiredParameterMissed, at(batchID), nil)
		case c.whole.BatchID != first.BatchID:
			bad.Add(errors.InvalidParametersCombination, at(batchID), errors.Shown(c.whole.BatchID.Value))
		case c.whole.DryRun.Value != first.DryRun.Value:
			bad.Add(errors.InvalidParametersCombination, at(dryRun), nil)
		}
		if err := bad.Err(); err != nil {
			s.fail(ctx, c, err)
		}
	}
}

// giveUp fails all calls if one has failed, and reports that.
func (s *Server) giveUp(ctx context.Context, calls []*call) bool {
	if !slices.ContainsFunc(calls, func(c *call) bool { return c.err != nil }) {
		return false
	}
	for _, c := range calls {
		if c.err == nil {
			s.fail(ctx, c, errors.GivenUp())
		}
	}
	return true
}
