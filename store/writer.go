package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/errors"
)

// Bounds of the writer.
const (
	maxGroup     = 512                   // tasks in one transaction, unless a single caller brings more
	smallOrder   = 8                     // tasks of an order that goes before what is left of larger ones
	firstPortion = 4                     // tasks of a larger order in one transaction while small ones come
	quietAfter   = 8                     // groups without small orders after which larger ones are done whole
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
	errs    []error
	keep    func([]error) bool // see together
	begun   int                // tasks that were taken
	state   atomic.Int32       // waiting, taken or withdrawn
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

	sessions chan *session // idle ones, nil for one that is yet to be opened

	mu     sync.Mutex
	closed bool
	lanes  map[int64]*lane
	queued int64 // tasks that wait
	busy   sync.WaitGroup
}

// lane is two queues of orders.
type lane struct {
	small, large []*order
	quiet        int  // groups since the last with a small order, up to quietAfter
	served       bool // the last group had some of a larger order
	running      bool // somebody drains it
}

// The writer's own statements never see a caller's context: one that is cancelled
// in the middle would roll the whole transaction back and take the others' work
// with it.
var forever = context.Background()

func newWriter(db *sql.DB, f flavor, writers int, o Options) *writer {
	w := &writer{flavor: f, log: o.Log, db: db, limit: int64(o.WriteQueue), sessions: make(chan *session, writers), lanes: map[int64]*lane{}}
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
	o := &order{account: account, tasks: tasks, errs: make([]error, len(tasks)), keep: keep, done: make(chan struct{})}
	if err := w.put(o); err != nil {
		return o.all(err)
	}
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(waiting, withdrawn) {
			return o.all(ctx.Err())
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

// drain does a lane's orders until there are none.
func (w *writer) drain(l *lane) {
	for {
		s := <-w.sessions
		group := w.take(l)
		if group == nil {
			w.sessions <- s
			return
		}
		w.sessions <- w.write(s, group)
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
	var group []portion
	size := 0
	take := func(o *order, n int) {
		group = append(group, portion{o, o.begun, o.begun + n})
		o.begun += n
		size += n
		w.queued -= int64(n)
	}
	for len(l.small) > 0 && size < maxGroup {
		o := l.small[0]
		l.small = l.small[1:]
		if w.accept(o) {
			take(o, len(o.tasks))
		}
	}
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
			take(o, n)
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
	err     *error
}

// write does a group, and returns the session to use from now on.
func (w *writer) write(s *session, group []portion) *session {
	var steps []step
	for _, p := range group {
		for i := p.from; i < p.to; i++ {
			steps = append(steps, step{p.order.account, p.order.tasks[i], &p.order.errs[i]})
		}
	}
	return w.settle(s, steps, group[0].order.whole())
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
func (w *writer) settle(s *session, steps []step, keep func() bool) *session {
	for try := 1; ; try++ {
		if s == nil {
			s = &session{flavor: w.flavor}
		}
		err := w.attempt(s, steps, keep)
		if err == nil {
			return s
		}
		gone := s.gone()
		if gone { // and whatever it had not committed
			if err := s.close(); err != nil {
				w.log.Debug("closing a lost connection", "error", err)
			}
			s = nil
		}
		var unknown *outcomeUnknown
		var whole wholeError
		again := !errors.As(err, &unknown) && try < maxTries
		isWhole := errors.As(err, &whole) || keep != nil
		switch {
		case again && (gone || (isWhole || len(steps) == 1) && w.flavor.retriable(err)):
			pause(try)
		case again && !gone && !isWhole && len(steps) > 1:
			s = w.settle(s, steps[:len(steps)/2], nil)
			return w.settle(s, steps[len(steps)/2:], nil)
		default:
			for _, step := range steps {
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

// outcomeUnknown says that a commit was sent and not answered.
type outcomeUnknown struct{ cause error }

func (o *outcomeUnknown) Error() string {
	return "the connection was lost during a commit, so that its outcome is unknown: " + o.cause.Error()
}

func (o *outcomeUnknown) Unwrap() error { return o.cause }

// attempt does the steps in one transaction. If it returns an error, nothing was
// kept (but see outcomeUnknown) and the steps are to be done again or failed.
func (w *writer) attempt(s *session, steps []step, keep func() bool) error {
	if err := s.open(w.db); err != nil {
		return wholeError{err}
	}
	if err := s.exec1(w.flavor.begin); err != nil {
		return wholeError{err}
	}
	if lock := w.flavor.lockAccount; lock != "" {
		if _, err := s.exec(lock, steps[0].account); err != nil {
			w.rollback(s)
			return wholeError{err}
		}
	}
	g := &group{session: s, changes: map[int64]*changes{}}
	if err := g.run(steps); err != nil {
		w.rollback(s)
		return err
	}
	if keep != nil && !keep() {
		w.rollback(s)
		return nil
	}
	if err := s.exec1("commit"); err != nil {
		if s.gone() {
			return &outcomeUnknown{err}
		}
		w.rollback(s)
		return wholeError{err}
	}
	return nil
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
	waiting rows
	changes map[int64]*changes // by account
	failed  error              // why rows that waited could not be written
}

// run does the steps and writes all that waits.
func (g *group) run(steps []step) error {
	for _, s := range steps {
		err := g.step(s)
		*s.err = err
		switch {
		case g.failed != nil: // also where the unit took no notice
			return g.failed
		case err == nil:
			continue
		case g.session.flavor.retriable(err):
			return err
		}
		if broken, why := g.session.broken(); broken || why != nil {
			return errors.Join(err, why)
		}
	}
	if err := g.number(); err != nil {
		return err
	}
	if err := g.flush(g.waiting.mark()); err != nil {
		return err
	}
	return g.index()
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
