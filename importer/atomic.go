package importer

import (
	"context"
	"slices"
	"strconv"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// whole puts all rows in together, or none. Its rows cannot refer to each other,
// since ids are known only when all are in.
func (e *engine) whole(ctx context.Context, b begun) error {
	var all []*entry
	values := map[string]bool{}
	err := e.entries(ctx, nil, func(ctx context.Context, batch []*entry) error {
		all = append(all, batch...)
		if err := e.findCoaches(ctx, batch); err != nil {
			return err
		}
		if err := e.findExisting(ctx, batch); err != nil {
			return err
		}
		for _, n := range batch {
			e.standAlone(n, values)
		}
		return nil
	})
	if err != nil {
		return err
	}
	clean := !slices.ContainsFunc(all, func(n *entry) bool { return len(n.faults) > 0 })
	if e.o.Check || !clean {
		return e.rehearse(ctx, all)
	}
	if err := e.open(ctx, b); err != nil {
		return err
	}
	if err := e.sendTogether(ctx, all); err != nil {
		return err
	}
	if err := e.tellAll(ctx, all); err != nil {
		return err
	}
	return e.end(ctx)
}

// standAlone refuses what one call of an atomic batch cannot do.
func (e *engine) standAlone(n *entry, values map[string]bool) {
	refuse := func(code *errors.Code, path errors.Path, value, message string) {
		fault := newFault(code, path, errors.Shown(value))
		fault.Message = message
		n.fail(fault)
	}
	if n.coach != "" && n.coachID == 0 && !n.faulty(coachPath().String()) {
		message := errors.EntityNotFound.Message
		if e.handles.has(n.coach) {
			message = "With --atomic a coach must be in the roster before: import this file without it, or the coaches first"
		}
		refuse(errors.EntityNotFound, coachPath(), n.coach, message)
	}
	if n.statusID != 0 && n.existing == 0 {
		refuse(errors.InvalidParameterValue, errors.Path{}.Key("status"), at(n.given(), "status"), "With --atomic nobody is created with this status: import this file without it")
	}
	if n.upsert == "" {
		return
	}
	if values[n.upsert] {
		refuse(errors.AlreadyInUse, upsertPaths[e.o.Upsert], n.upsert, "With --atomic a file may have this value once")
	}
	values[n.upsert] = true
}

// given are the params as the file has them.
func (n *entry) given() []member {
	all, _ := members(n.row.Params) // or there is a fault for it
	return all
}

// rehearse finds out what is wrong with each row, and writes nothing.
func (e *engine) rehearse(ctx context.Context, all []*entry) error {
	check := e.o.Check
	e.o.Check = true
	for batch := range slices.Chunk(all, BatchSize) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.attemptAll(ctx, batch); err != nil {
			return err
		}
	}
	e.o.Check = check
	if !check || slices.ContainsFunc(all, func(n *entry) bool { return len(n.faults) > 0 }) {
		giveUp(all)
	}
	return e.tellAll(ctx, all)
}

// giveUp makes rows that would have gone in fail with the others.
func giveUp(all []*entry) {
	fault := newFault(errors.Other, errors.Path{}, nil)
	fault.Message = "The import was given up because other rows failed; nothing of it was done"
	for _, n := range all {
		if len(n.faults) == 0 {
			n.fail(fault)
		}
	}
}

// sendTogether sends one atomic batch.
func (e *engine) sendTogether(ctx context.Context, all []*entry) error {
	calls, answers := make([]rpc.BatchCall, len(all)), make([]answer, len(all))
	together := []member{{"batch_id", valueOf("import " + strconv.FormatInt(e.id, 10))}, {"atomic", []byte("true")}}
	for i, n := range all {
		calls[i] = e.callFor(n, false, together...)
		calls[i].Result = &answers[i]
	}
	if err := e.caller.together(ctx, calls); err != nil {
		return err
	}
	for i, n := range all {
		e.note(n, calls[i].Err, answers[i])
	}
	return nil
}

// tellAll reports on rows in batches.
func (e *engine) tellAll(ctx context.Context, all []*entry) error {
	for batch := range slices.Chunk(all, BatchSize) {
		if err := e.tell(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}
