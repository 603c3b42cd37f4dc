package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/rosterd/rosterd/errors"
)

// maxGroup is how many tasks go into one transaction, unless a single caller
// brings more.
const maxGroup = 512

// task is one unit of work on the writing connection.
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

// writer owns the one connection that writes. It takes whatever waits, does it in
// one transaction with a savepoint for each task, commits, and only then answers:
// an answer means on disk.
type writer struct {
	flavor flavor
	log    *slog.Logger
	conn   *sql.Conn
	limit  int64

	mu     sync.RWMutex // held for reading while an order is put in the queue
	closed bool
	queue  chan *order
	queued atomic.Int64 // tasks in queue
	ended  chan struct{}

	statements map[string]*sql.Stmt
}

// The writer's own statements never see a caller's context: one that is cancelled
// in the middle would roll the whole transaction back and take the others' work
// with it.
var forever = context.Background()

func startWriter(ctx context.Context, db *sql.DB, f flavor, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{flavor: f, log: o.Log, conn: conn, limit: int64(o.WriteQueue), queue: make(chan *order, o.WriteQueue), ended: make(chan struct{}), statements: map[string]*sql.Stmt{}}
	go w.run()
	return w, nil
}

// do hands tasks to the writer and waits until they are done. An order that the
// writer has not yet taken is withdrawn when ctx ends.
func (w *writer) do(ctx context.Context, account int64, tasks []task) []error {
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

func (w *writer) put(o *order) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errors.New("the store is closed")
	}
	// An order larger than the limit is let in when nothing waits.
	if n := int64(len(o.tasks)); w.queued.Add(n) > w.limit && w.queued.Load() > n {
		w.queued.Add(-n)
		return overloaded()
	}
	select {
	case w.queue <- o:
		return nil
	default:
		w.queued.Add(-int64(len(o.tasks)))
		return overloaded()
	}
}

// close lets the writer finish what was accepted.
func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	for _, s := range w.statements {
		s.Close()
	}
	return w.conn.Close()
}

func (w *writer) run() {
	defer close(w.ended)
	for first := range w.queue {
		group := w.take(nil, first)
		size := len(first.tasks)
	collect:
		for size < maxGroup {
			select {
			case next, open := <-w.queue:
				if !open {
					break collect
				}
				group = w.take(group, next)
				size += len(next.tasks)
			default:
				break collect
			}
		}
		w.write(group)
		for _, o := range group {
			close(o.done)
		}
	}
}

// take adds o to group unless it was withdrawn.
func (w *writer) take(group []*order, o *order) []*order {
	w.queued.Add(-int64(len(o.tasks)))
	if o.state.CompareAndSwap(waiting, taken) {
		group = append(group, o)
	}
	return group
}

// step is one task of a group and where its error goes.
type step struct {
	account int64
	task    task
	err     *error
}

// write does a group. If a task takes the transaction down with it, that task has
// failed and the others start again without it.
func (w *writer) write(group []*order) {
	var steps []step
	for _, o := range group {
		for i, t := range o.tasks {
			steps = append(steps, step{o.account, t, &o.errs[i]})
		}
	}
	for len(steps) > 0 {
		culprit, err := w.attempt(steps)
		if err == nil {
			return
		}
		if culprit < 0 { // nobody's fault: begin or commit failed
			for _, s := range steps {
				*s.err = err
			}
			return
		}
		*steps[culprit].err = err
		rest := append([]step(nil), steps[:culprit]...)
		steps = append(rest, steps[culprit+1:]...)
		for _, s := range steps {
			*s.err = nil
		}
	}
}

// attempt does the steps in one transaction. On an error nothing was kept; culprit
// is the step that ended the transaction, -1 if none did.
func (w *writer) attempt(steps []step) (culprit int, err error) {
	if err := w.exec(w.flavor.begin); err != nil {
		return -1, err
	}
	for i, s := range steps {
		*s.err = w.savepoint(s)
		if *s.err == nil {
			continue
		}
		lost, err := w.flavor.lost(w.conn)
		if err != nil || lost {
			w.rollback(lost)
			return i, errors.Join(*s.err, err)
		}
	}
	if err := w.exec("commit"); err != nil {
		lost, _ := w.flavor.lost(w.conn)
		w.rollback(lost)
		return -1, err
	}
	return 0, nil
}

func (w *writer) rollback(lost bool) {
	if lost {
		return
	}
	if err := w.exec("rollback"); err != nil {
		w.log.Error("rollback failed", "error", err)
	}
}

// savepoint runs one task so that its failure undoes only itself.
func (w *writer) savepoint(s step) error {
	if err := w.exec("savepoint task"); err != nil {
		return err
	}
	err := w.runTask(s)
	if err != nil {
		if undo := w.exec("rollback to savepoint task"); undo != nil {
			return errors.Join(err, undo)
		}
	}
	return errors.Join(err, w.exec("release savepoint task"))
}

// runTask runs a task; a panic is its error.
func (w *writer) runTask(s step) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a unit of work: %v\n%s", p, debug.Stack())
		}
	}()
	return s.task(&tx{w: w, account: s.account})
}

func (w *writer) exec(query string, args ...any) error {
	s, err := w.statement(query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(forever, args...)
	return err
}

// statement prepares a query once for the writer's connection.
func (w *writer) statement(query string) (*sql.Stmt, error) {
	if s := w.statements[query]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(forever, w.flavor.rebind(query))
	if err != nil {
		return nil, err
	}
	w.statements[query] = s
	return s, nil
}
