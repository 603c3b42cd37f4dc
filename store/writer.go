package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Bounds of the writer.
const (
	maxGroup     = 512                   // tasks in one transaction, unless a single caller brings more
	smallOrder   = 8                     // tasks of an order that goes before what is left of larger ones
	firstPortion = 4                     // tasks of a larger order in one transaction while small ones come
	quietAfter   = 8                     // groups without small orders after which larger ones are done whole
	carefulAfter = 32                    // groups that ask first after one whose hopes failed, see batch
	maxTries     = 10                    // of a task that others' transactions get in the way of
	firstPause   = 2 * time.Millisecond  // before the second try; then twice as long, …
	longPause    = 50 * time.Millisecond // … up to this
)

// task is one unit of work.
type task func(*tx) error

// order is what one caller brought to the writer.
type order struct {
	account int64
	tasks   []task
	asks    []directory.Foresight // of the tasks, as far as it is known
	errs    []error
	keep    func([]error) bool // see together
	begun   int                // tasks that were taken
	came    time.Time
	state   atomic.Int32 // waiting, taken or withdrawn
	done    chan struct{}
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

// writer does whatever waits in one transaction, commits, and only then answers:
// an answer means on disk. Orders of one lane are done one group after the other, in
// the order in which they came but that small ones go before larger ones; lanes beside
// each other.
type writer struct {
	flavor flavor
	log    *slog.Logger
	db     *sql.DB
	limit  int64
	outage *outage

	changed func() // is called when a commit has changed what was there

	sessions chan *session // idle ones, nil for one that is yet to be opened

	mu     sync.Mutex
	closed bool
	lanes  map[int64]*lane
	queued int64 // tasks that wait
	busy   sync.WaitGroup

	statistics statistics
}

// lane is two queues of orders.
type lane struct {
	small, large []*order
	quiet        int  // groups since the last with a small order, up to quietAfter
	served       bool // the last group had some of a larger order
	running      bool // somebody drains it
	careful      int  // groups that are still to ask first
}

// The writer's own statements never see a caller's context: one that is cancelled
// in the middle would roll the whole transaction back and take the others' work
// with it.
var forever = context.Background()

func newWriter(db *sql.DB, f flavor, writers int, o Options, away *outage, changed func()) *writer {
	w := &writer{flavor: f, log: o.Log, db: db, limit: int64(o.WriteQueue), outage: away, changed: changed, sessions: make(chan *session, writers), lanes: map[int64]*lane{}}
	for range writers {
		w.sessions <- nil
	}
	return w
}

// do hands tasks that stand apart to the writer and waits until they are done.
func (w *writer) do(ctx context.Context, account int64, tasks []task) []error {
	return w.together(ctx, account, nil, tasks)
}

// together is do for tasks that have a transaction of their own, if keep is not nil,
// which says whether to commit it. An order that the writer has not yet taken is
// withdrawn when ctx ends.
func (w *writer) together(ctx context.Context, account int64, keep func([]error) bool, tasks []task) []error {
	if len(tasks) == 0 {
		return nil
	}
	o := &order{account: account, tasks: tasks, asks: directory.ForesightOf(ctx), errs: make([]error, len(tasks)), keep: keep, came: time.Now(), done: make(chan struct{})}
	if err := w.put(o); err != nil {
		return o.all(err)
	}
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(waiting, withdrawn) {
			return o.all(w.outage.told(ctx.Err()))
		}
		<-o.done
	}
	return o.errs
}

func (o *order) all(err error) []error {
	for i := range o.errs {
		o.errs[i] = err
	}
	return o.errs
}

// put queues an order, and starts its lane if it was empty.
func (w *writer) put(o *order) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errors.New("the store is closed")
	}
	// An order larger than the limit is let in when nothing waits.
	if w.queued > 0 && w.queued+int64(len(o.tasks)) > w.limit {
		return overloaded()
	}
	w.queued += int64(len(o.tasks))
	key := w.flavor.lane(o.account)
	l := w.lanes[key]
	if l == nil {
		l = &lane{quiet: quietAfter}
		w.lanes[key] = l
	}
	if !l.running {
		l.running = true
		w.busy.Go(func() { w.drain(l) })
	}
	if o.keep == nil && len(o.tasks) <= smallOrder {
		l.small = append(l.small, o)
	} else {
		l.large = append(l.large, o)
	}
	return nil
}

// close lets the writer finish what was accepted. Closing again does nothing.
func (w *writer) close() error {
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.mu.Unlock()
	w.busy.Wait()
	if closed {
		return nil
	}
	var errs []error
	for range cap(w.sessions) {
		if s := <-w.sessions; s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}

// drain does a lane's orders until there are none. They wait in their queues for a
// database that is away, where they may be withdrawn.
func (w *writer) drain(l *lane) {
	for try := 1; ; {
		s := <-w.sessions
		if s == nil {
			var err error
			if s, err = w.dial(); err != nil {
				w.sessions <- nil
				w.outage.begun(try, err)
				if !w.expire(l, err) {
					return
				}
				time.Sleep(outagePause(try))
				try++
				continue
			}
		}
		try = 1
		group := w.take(l)
		if group == nil {
			w.sessions <- s
			return
		}
		s, group = w.write(s, group, l)
		w.sessions <- s
		for _, p := range group {
			if p.to == len(p.order.tasks) {
				close(p.order.done)
			}
		}
	}
}

// portion is some tasks of an order, mostly all.
type portion struct {
	order    *order
	from, to int
}

// take removes a group of orders from the lane's queues: the small ones that wait, and
// larger ones, in the order in which they came. While small ones come, a larger one is
// done a portion at a time, and not in every group, so that they do not wait for all of
// it. The group is nil, and the lane at rest, if nothing waits.
func (w *writer) take(l *lane) []portion {
	w.mu.Lock()
	defer w.mu.Unlock()
	group, size := w.takeSmall(l, maxGroup)
	switch {
	case slices.ContainsFunc(group, func(p portion) bool { return p.order.account > 0 }): // else it is a block of ids, for which no caller waits
		l.quiet = 0
	case len(l.large) > 0:
		l.quiet = min(l.quiet+1, quietAfter)
	}
	l.served = (size == 0 || !l.served) && len(l.large) > 0
	for l.served && len(l.large) > 0 {
		o := l.large[0]
		n := l.share(o, size)
		if n == 0 {
			break
		}
		if o.begun > 0 || w.accept(o) {
			group = append(group, w.portion(o, n))
			size += n
		} else {
			l.large = l.large[1:]
			continue
		}
		if o.begun == len(o.tasks) {
			l.large = l.large[1:]
		}
		if o.keep != nil {
			break
		}
	}
	l.running = group != nil
	return group
}

// takeSmall removes small orders from the lane's queue while there are fewer than limit
// tasks, and counts them.
func (w *writer) takeSmall(l *lane, limit int) (group []portion, size int) {
	for len(l.small) > 0 && size < limit {
		o := l.small[0]
		l.small = l.small[1:]
		if w.accept(o) {
			group = append(group, w.portion(o, len(o.tasks)))
			size += len(o.tasks)
		}
	}
	return group, size
}

// portion takes the next n tasks of an order.
func (w *writer) portion(o *order, n int) portion {
	p := portion{o, o.begun, o.begun + n}
	o.begun += n
	w.queued -= int64(n)
	return p
}

// share is how many tasks of a larger order go into a group that has so many already:
// all, where no small orders have come for a while; else a portion, which grows with
// each group that has no small one. An order that has a transaction of its own is a
// group of its own.
func (l *lane) share(o *order, size int) int {
	left := len(o.tasks) - o.begun
	whole := o.keep != nil || l.quiet == quietAfter
	switch {
	case whole && (size == 0 || o.keep == nil && size+left <= maxGroup):
		return left
	case whole:
		return 0
	}
	return max(0, min(left, firstPortion<<max(0, l.quiet-1)-size))
}

// accept takes an order, unless it was withdrawn.
func (w *writer) accept(o *order) bool {
	if o.state.CompareAndSwap(waiting, taken) {
		return true
	}
	w.queued -= int64(len(o.tasks))
	return false
}

// step is one task of a group and where its error goes.
type step struct {
	account int64
	task    task
	asks    *directory.Foresight // nil if nothing is known
	err     *error
}

// write does a group, to which it adds the small orders that come while it does so:
// those whose callers were answered just now have often come again before the group is
// committed. It returns the whole group, and the session to use from now on.
func (w *writer) write(s *session, group []portion, l *lane) (*session, []portion) {
	b := batch{steps: stepsOf(group), keep: group[0].order.whole(), careful: l.careful > 0}
	l.careful = max(0, l.careful-1)
	if b.keep == nil {
		b.more = func() []step {
			w.mu.Lock()
			defer w.mu.Unlock()
			late, _ := w.takeSmall(l, maxGroup-len(b.steps))
			group = append(group, late...)
			return stepsOf(late)
		}
	}
	hopeful := !b.careful
	s = w.settle(s, &b)
	if hopeful && b.careful {
		l.careful = carefulAfter
	}
	return s, group
}

// batch is the steps of one transaction. A careful one asks the database whether what
// must be unique is free before it inserts it. Another hopes that it is: if rows are
// left out at the end, all is done again, carefully.
type batch struct {
	steps   []step
	keep    func() bool   // see settle; nil where the steps stand apart
	more    func() []step // those that have come meanwhile; nil where none are wanted
	careful bool
}

// gather adds the steps that have come meanwhile. Those who are just about to bring some
// are let ahead.
func (b *batch) gather() {
	if b.more == nil {
		return
	}
	known := len(b.steps)
	if b.steps = append(b.steps, b.more()...); len(b.steps) == known {
		runtime.Gosched()
		b.steps = append(b.steps, b.more()...)
	}
}

func stepsOf(group []portion) (steps []step) {
	for _, p := range group {
		for i := p.from; i < p.to; i++ {
			s := step{account: p.order.account, task: p.order.tasks[i], err: &p.order.errs[i]}
			if i < len(p.order.asks) {
				s.asks = &p.order.asks[i]
			}
			steps = append(steps, s)
		}
	}
	return steps
}

// whole reports of an order that has a transaction of its own whether to keep it; it
// is nil for others.
func (o *order) whole() func() bool {
	if o.keep == nil {
		return nil
	}
	return func() bool { return o.keep(o.errs) }
}

// settle brings each step to its end. A transaction that fails is tried again in
// two halves, until whatever does not go in stands alone; that is tried again
// while others may be the reason. What concerns the transaction as a whole, as a
// lock that was not had or a lost connection, is no step's fault: all are tried
// again, or all fail. So it is with whatever fails a transaction in which steps stay
// together: keep then says whether to commit it; it is nil where they stand apart.
// Once a connection is lost, another is waited for as long as an outage may last.
func (w *writer) settle(s *session, b *batch) *session {
	var lost time.Time // when a connection was, first
	for try := 1; ; try++ {
		if s == nil {
			s = newSession(w.flavor)
		}
		err := w.attempt(s, b)
		if err == nil {
			return s
		}
		gone := s.gone() || w.flavor.away(err)
		if gone { // and whatever it had not committed
			s.drop()
			s = nil
		}
		var unknown *outcomeUnknown
		var whole wholeError
		again := !errors.As(err, &unknown) && try < maxTries
		isWhole := errors.As(err, &whole) || b.keep != nil
		if again && gone {
			if lost.IsZero() {
				lost = time.Now()
			}
			var away error
			if s, away = w.redial(lost); away != nil {
				again, err = false, away
			}
		}
		switch {
		case again && !b.careful && errors.Is(err, errConflict):
			b.careful = true
		case again && (gone || (isWhole || len(b.steps) == 1) && w.flavor.retriable(err)):
			pause(try)
		case again && !gone && !isWhole && len(b.steps) > 1:
			half := len(b.steps) / 2
			s = w.settle(s, &batch{steps: b.steps[:half], careful: true})
			return w.settle(s, &batch{steps: b.steps[half:], careful: true})
		default:
			if w.flavor.away(err) && !errors.As(err, &unknown) {
				err = unreachable(err)
			}
			for _, step := range b.steps {
				*step.err = err
			}
			return s
		}
	}
}

// wholeError concerns a transaction, and none of its steps.
type wholeError struct{ error }

func (w wholeError) Unwrap() error { return w.error }

// pause waits before another try, longer each time, and not as long as others.
func pause(try int) {
	d := min(firstPause<<(try-1), longPause)
	time.Sleep(d/2 + rand.N(d))
}

// attempt does the steps in one transaction. If it returns an error, nothing was
// kept (but see commit) and the steps are to be done again or failed.
func (w *writer) attempt(s *session, b *batch) error {
	if err := s.open(w.db); err != nil {
		return wholeError{err}
	}
	if err := s.begin(b.steps[0].account); err != nil {
		w.rollback(s)
		return wholeError{err}
	}
	g := &group{session: s, careful: b.careful, changes: map[int64]*changes{}}
	if err := g.run(b); err != nil {
		w.rollback(s)
		return err
	}
	if b.keep != nil && !b.keep() {
		w.rollback(s)
		return nil
	}
	err := w.commit(s, g.changes)
	if g.changed {
		w.changed()
	}
	if err == nil {
		w.renewStatistics(g.added())
	}
	return err
}

// rollback ends a transaction that failed.
func (w *writer) rollback(s *session) {
	if s.gone() {
		return
	}
	if err := s.rollback(); err != nil {
		w.log.Warn("rollback failed", "error", err)
	}
}

// group is the steps of one transaction, and what of them is not yet written.
type group struct {
	session *session
	careful bool // see batch
	waiting rows
	changes map[int64]*changes // by account
	changed bool               // rows that were there, and not only the counters of accounts
	failed  error              // why rows that waited could not be written
}

// run does the steps and writes all that waits, then those that have come meanwhile,
// until none have.
func (g *group) run(b *batch) error {
	b.gather() // while the lock was waited for, too
	for done := 0; done < len(b.steps); {
		for done < len(b.steps) {
			begun := b.steps[done:]
			if err := g.foresee(begun); err != nil {
				return err
			}
			for _, s := range begun {
				if err := g.try(s); err != nil {
					return err
				}
			}
			done += len(begun)
			b.gather()
		}
		if err := g.flush(g.waiting.mark()); err != nil {
			return err
		}
		b.gather()
	}
	if number := g.session.flavor.number; number != nil {
		if err := number(g); err != nil {
			return err
		}
	}
	return g.index()
}

// try does one step. It returns an error where the group cannot go on.
func (g *group) try(s step) error {
	err := g.step(s)
	*s.err = err
	switch {
	case g.failed != nil: // also where the unit took no notice
		return g.failed
	case err == nil:
		return nil
	case g.session.flavor.retriable(err):
		return err
	}
	if broken, why := g.session.broken(); broken || why != nil {
		return errors.Join(err, why)
	}
	return nil
}

// step does one step so that its failure undoes only itself.
func (g *group) step(s step) error {
	t := &tx{group: g, account: s.account, from: g.waiting.mark()}
	err := t.run(s.task)
	if err != nil {
		g.waiting.truncate(t.from)
		if t.saved {
			err = errors.Join(err, g.session.exec1("rollback to savepoint task"))
		}
	} else {
		t.keep()
	}
	if t.saved {
		err = errors.Join(err, g.session.exec1("release savepoint task"))
	}
	return err
}

// run runs a task; a panic is its error.
func (t *tx) run(task task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a unit of work: %v\n%s", p, debug.Stack())
		}
	}()
	return task(t)
}
