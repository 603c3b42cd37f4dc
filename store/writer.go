package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/errors"
)

// Bounds of the writer.
const (
	maxGroup   = 512                   // tasks in one transaction, unless a single caller brings more
	maxTries   = 10                    // of a task that others' transactions get in the way of
	firstPause = 2 * time.Millisecond  // before the second try; then twice as long, …
	longPause  = 50 * time.Millisecond // … up to this
)

// task is one unit of work.
type task func(*tx) error

// order is what one caller brought to the writer.
type order struct {
	account int64
	tasks   []task
	errs    []error
	state   atomic.Int32 // waiting, taken or withdrawn
	done    chan struct{}
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

// writer does whatever waits in one transaction, commits, and only then answers:
// an answer means on disk. Orders of one lane are done one group after the other,
// in the order in which they came; lanes beside each other.
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

// lane is a queue of orders. It exists while there is work in it.
type lane struct{ queue []*order }

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

// do hands tasks to the writer and waits until they are done. An order that the
// writer has not yet taken is withdrawn when ctx ends.
func (w *writer) do(ctx context.Context, account int64, tasks []task) []error {
	if len(tasks) == 0 {
		return nil
	}
	o := &order{account: account, tasks: tasks, errs: make([]error, len(tasks)), done: make(chan struct{})}
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
		l = &lane{}
		w.lanes[key] = l
		w.busy.Go(func() { w.drain(key, l) })
	}
	l.queue = append(l.queue, o)
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
func (w *writer) drain(key int64, l *lane) {
	for {
		s := <-w.sessions
		group := w.take(key, l)
		if group == nil {
			w.sessions <- s
			return
		}
		w.sessions <- w.write(s, group)
		for _, o := range group {
			close(o.done)
		}
	}
}

// take removes a group of orders from the lane's queue. It is nil, and the lane
// gone, if there are none.
func (w *writer) take(key int64, l *lane) []*order {
	w.mu.Lock()
	defer w.mu.Unlock()
	var group []*order
	size := 0
	for len(l.queue) > 0 && (size == 0 || size+len(l.queue[0].tasks) <= maxGroup) {
		o := l.queue[0]
		l.queue = l.queue[1:]
		w.queued -= int64(len(o.tasks))
		if o.state.CompareAndSwap(waiting, taken) {
			group = append(group, o)
			size += len(o.tasks)
		}
	}
	if group == nil {
		delete(w.lanes, key)
	}
	return group
}

// step is one task of a group and where its error goes.
type step struct {
	account int64
	task    task
	err     *error
}

// write does a group, and returns the session to use from now on.
func (w *writer) write(s *session, group []*order) *session {
	var steps []step
	for _, o := range group {
		for i, t := range o.tasks {
			steps = append(steps, step{o.account, t, &o.errs[i]})
		}
	}
	return w.settle(s, steps)
}

// settle brings each step to its end. A transaction that fails is tried again in
// two halves, until whatever does not go in stands alone; that is tried again
// while others may be the reason. What concerns the transaction as a whole, as a
// lock that was not had or a lost connection, is no step's fault: all are tried
// again, or all fail.
func (w *writer) settle(s *session, steps []step) *session {
	for try := 1; ; try++ {
		if s == nil {
			s = &session{flavor: w.flavor}
		}
		err := w.attempt(s, steps)
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
		isWhole := errors.As(err, &whole)
		switch {
		case again && (gone || (isWhole || len(steps) == 1) && w.flavor.retriable(err)):
			pause(try)
		case again && !gone && !isWhole && len(steps) > 1:
			s = w.settle(s, steps[:len(steps)/2])
			return w.settle(s, steps[len(steps)/2:])
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
func (w *writer) attempt(s *session, steps []step) error {
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
	return g.flush(g.waiting.mark())
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
