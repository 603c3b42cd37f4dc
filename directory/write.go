package directory

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
)

// Result is what one of several commands came to.
type Result[T any] struct {
	Value T
	Err   error

	DryRun bool
	Diff   []Change    // of a dry run that went well
	Row    *RowOutcome // of a command that is a row of an import
}

// job is a command that is ready to be a unit of work once its slow part is done.
type job[T any] struct {
	slow   func(context.Context) error // nil if there is none
	unit   Unit
	result *T
	asks   Foresight // the unit's

	// keep is what an outcome keeps instead of a result that has a secret, and
	// complete makes the result of it again; nil for results without one.
	keep     any
	complete func(Tx) error

	row    *ImportRowParams // nil unless the command is a row of an import
	rowID  int64            // for the journal
	did    *touched         // what the unit did, of a command that may be such a row
	reread func(id int64)   // sets result to that of a row that went in before
}

// kept is what is kept of the result, or read from what was.
func (j *job[T]) kept() any {
	if j.keep != nil {
		return j.keep
	}
	return j.result
}

// done is the job of a unit that has nothing to answer.
func done(unit Unit) (job[struct{}], error) {
	return job[struct{}]{unit: unit, result: &struct{}{}}, nil
}

// write has the commands of one verb done: it checks who asks and what for,
// prepares them in their order, does what is slow side by side, and hands the good
// ones to the store as units of one account, in their order again. Each verb that
// writes is a call of it.
func write[C, T any](ctx context.Context, s *Service, right Right, commands []C, prepare func(context.Context, Actor, *C) (job[T], error)) []Result[T] {
	actor, err := allowed(ctx, right)
	if err != nil {
		return refuseAll[T](len(commands), err)
	}
	w := &writing[T]{s: s, ctx: ctx, actor: actor, results: make([]Result[T], len(commands))}
	jobs := make([]job[T], len(commands))
	var slow sync.WaitGroup
	for i := range commands {
		err := check(s, &commands[i])
		if err == nil {
			jobs[i], err = prepare(ctx, actor, &commands[i])
		}
		w.results[i].Err = err
		if dry := optionsOf(&commands[i]).DryRun.Value; err == nil && jobs[i].slow != nil && !dry { // nothing of it would stay
			slow.Go(func() { w.results[i].Err = jobs[i].slow(ctx) })
		}
	}
	slow.Wait()
	for i := range commands {
		options := optionsOf(&commands[i])
		if w.results[i].DryRun = options.DryRun.Value; w.results[i].Err == nil {
			w.add(i, options, &jobs[i], func() [sha256.Size]byte { return digest(s, &commands[i]) })
		} else {
			w.failed = true
		}
	}
	w.commit(true)
	return w.results
}

// writing is commands of one verb on their way to the store.
type writing[T any] struct {
	s       *Service
	ctx     context.Context
	actor   Actor
	results []Result[T]
	failed  bool // one of the commands has

	dry     bool // those that wait are dry runs
	waiting []*command[T]
}

// command is one whose unit waits.
type command[T any] struct {
	place  int
	unit   Unit
	job    *job[T]
	failed error   // an outcome that was kept
	events []Event // of a dry run
}

// add lets a command's unit wait, with what its options ask for around it. Those that
// wait, if they are no dry runs and this is one or the other way round, are done
// before.
func (w *writing[T]) add(place int, o WriteOptions, j *job[T], digest func() [sha256.Size]byte) {
	r := &w.results[place]
	if r.DryRun != w.dry && len(w.waiting) > 0 {
		w.commit(false)
	}
	w.dry = r.DryRun
	c := &command[T]{place: place, unit: j.unit, job: j}
	if j.row != nil {
		c.unit = w.s.journaled(*j.row, j.rowID, j.did, func(row RowOutcome) {
			if r.Row = &row; row.Replayed {
				j.reread(row.EmployeeID)
			}
		}, c.unit)
	}
	if key := o.IdempotencyKey; key.IsSet() {
		k := OutcomeKey{w.actor.TokenID, methodOf(w.ctx), sha256.Sum256([]byte(key.Value))}
		keepFailures := !w.dry && !inBatch(w.ctx)
		c.unit = once(w.s, k, digest(), j, keepFailures, &c.failed, c.unit)
	}
	if w.dry {
		unit := c.unit
		c.unit = func(tx Tx) error {
			seen := &rehearsed{Tx: tx}
			err := unit(seen)
			c.events = seen.events
			return err
		}
	}
	w.waiting = append(w.waiting, c)
}

// commit has what waits done, and notes what it came to. The last of the verb's passes
// its turn on.
func (w *writing[T]) commit(last bool) {
	if len(w.waiting) == 0 && !inBatch(w.ctx) {
		return
	}
	units := make([]Unit, len(w.waiting))
	for i, c := range w.waiting {
		units[i] = c.unit
	}
	turn := turnOf(w.ctx)
	if last {
		units = turn.last(units)
	}
	for i, err := range w.do(turn, units) {
		c := w.waiting[i]
		r := &w.results[c.place]
		if r.Err = err; err == nil {
			r.Err = c.failed
		}
		if r.Err == nil {
			r.Value = *c.job.result
		}
	}
	if w.dry {
		w.tellChanges()
	}
	w.waiting = nil
}

// tellChanges notes what the dry runs that went well would change.
func (w *writing[T]) tellChanges() {
	var good []*Result[T]
	var events [][]Event
	for _, c := range w.waiting {
		if r := &w.results[c.place]; r.Err == nil {
			good, events = append(good, r), append(events, c.events)
		}
	}
	diffs, err := w.s.changes(w.ctx, w.actor.AccountID, events)
	for i, r := range good {
		if r.Err = err; err == nil {
			r.Diff = diffs[i]
		}
	}
}

// do does units as the commands' options say.
func (w *writing[T]) do(turn *Turn, units []Unit) []error {
	account := w.actor.AccountID
	if err := turn.wait(w.ctx); err != nil {
		return slices.Repeat([]error{err}, len(units))
	}
	if b, in := w.ctx.Value(batchKey{}).(batchPlace); in {
		return b.do(w.ctx, part{account: account, dry: w.dry, units: units, failed: w.failed})
	}
	if w.dry {
		return w.s.store.Together(w.ctx, account, func([]error) bool { return false }, units...)
	}
	asks := make([]Foresight, len(w.waiting))
	for i, c := range w.waiting {
		asks[i] = c.job.asks
	}
	errs := w.s.store.InTx(WithForesight(w.ctx, asks), account, units...)
	w.s.feed.wake(account)
	return errs
}

// refuseAll answers each of n commands with err.
func refuseAll[T any](n int, err error) []Result[T] {
	results := make([]Result[T], n)
	for i := range results {
		results[i].Err = err
	}
	return results
}
