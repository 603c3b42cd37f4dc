package importer

import (
	"context"
	"slices"

	"github.com/rosterd/rosterd/rpc"
)

// through puts rows in, in the file's order.
func (e *engine) through(ctx context.Context, wanted *rowSet) error {
	err := e.entries(ctx, wanted, e.batch)
	if settled := e.settlePending(ctx); err == nil {
		err = settled
	}
	return err
}

// pending is a batch of rows that is under way.
type pending struct {
	batch   []*entry
	calls   []rpc.BatchCall
	answers []answer
	wait    func() error
}

// put does the calls of entries. Where the client can do it, it does not wait for
// creates that nothing is wrong with.
func (e *engine) put(ctx context.Context, batch []*entry) error {
	client, can := e.client.(Pipelined)
	if !can || e.o.Check || e.o.Upsert != "" || len(batch) == 0 || slices.ContainsFunc(batch, func(n *entry) bool { return len(n.faults) > 0 }) {
		if err := e.settlePending(ctx); err != nil {
			return err
		}
		if err := e.send(ctx, batch); err != nil {
			return err
		}
		return e.tell(ctx, batch)
	}
	p := &pending{batch: batch}
	p.calls, p.answers = e.callsFor(batch)
	p.wait = client.Begin(context.WithoutCancel(ctx), p.calls)
	before := e.pending
	e.pending = p
	return e.settle(ctx, before)
}

// settlePending waits for the batch that is under way.
func (e *engine) settlePending(ctx context.Context) error {
	before := e.pending
	e.pending = nil
	return e.settle(ctx, before)
}

// settle waits for a batch that is under way, and reports on its rows.
func (e *engine) settle(ctx context.Context, p *pending) error {
	if p == nil {
		return nil
	}
	var err error
	if lost := p.wait(); lost != nil {
		err = e.caller.batch(ctx, p.calls)
	} else {
		err = e.caller.settle(ctx, p.calls)
	}
	if err != nil {
		return err
	}
	for i, n := range p.batch {
		e.note(n, p.calls[i].Err, p.answers[i])
	}
	return e.tell(ctx, p.batch)
}
