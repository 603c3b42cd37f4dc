package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/rosterd/rosterd/errors"
)

// Bounds of waiting for a database that is away.
const (
	MaxOutageTimeout = CommitLife / 6 // well below, so that no record is missing when it is asked for

	firstOutagePause = 10 * time.Millisecond  // before the second try to connect; then twice as long, …
	longOutagePause  = 250 * time.Millisecond // … up to this
)

// outage is whether the database can be reached. While it cannot, what reads and what
// writes waits, each up to the limit.
type outage struct {
	log   *slog.Logger
	limit time.Duration
	since atomic.Int64 // in Unix nanoseconds; 0 while it can be reached
}

// begun notes that a try to reach the database failed. The first one may have met no
// more than an old connection.
func (o *outage) begun(try int, err error) {
	if try > 1 && o.since.CompareAndSwap(0, time.Now().UnixNano()) {
		o.log.Warn("the database is away", "error", err)
	}
}

// over notes that the database was reached.
func (o *outage) over() {
	if since := o.since.Load(); since != 0 && o.since.CompareAndSwap(since, 0) {
		o.log.Info("the database is back", "after", time.Since(time.Unix(0, since)).Round(time.Millisecond))
	}
}

// tooLong reports whether who began to wait at some time has waited long enough.
func (o *outage) tooLong(begun time.Time) bool { return time.Since(begun) >= o.limit }

// told is what to tell of an error that ended the wait for something: that the
// database is away, if it is.
func (o *outage) told(err error) error {
	if o.since.Load() == 0 {
		return err
	}
	return unreachable(err)
}

func unreachable(cause error) error {
	e := errors.E(errors.Other, "error_message", "The database does not answer, nothing was done; try again in a few seconds")
	e.Cause = cause
	return e
}

// outagePause is how long to wait before the next try.
func outagePause(try int) time.Duration {
	return min(firstOutagePause<<min(try-1, 10), longOutagePause)
}

// begin starts a transaction that reads, and waits for a database that is away.
func (s *Store) begin(ctx context.Context, begun time.Time) (*sql.Tx, error) {
	for try := 1; ; try++ {
		tx, err := s.read.BeginTx(ctx, &s.flavor.snapshot)
		if err == nil {
			s.outage.over()
			return tx, nil
		}
		if ctx.Err() != nil {
			return nil, s.outage.told(err)
		}
		if !s.flavor.away(err) {
			return nil, err
		}
		s.outage.begun(try, err)
		if s.outage.tooLong(begun) {
			return nil, unreachable(err)
		}
		select {
		case <-time.After(outagePause(try)):
		case <-ctx.Done():
			return nil, s.outage.told(ctx.Err())
		}
	}
}

// dial opens a session. It fails only if the database is away; a session that cannot
// be opened for another reason says so when it is used.
func (w *writer) dial() (*session, error) {
	s := newSession(w.flavor)
	if err := s.open(w.db); err != nil && w.flavor.away(err) {
		return nil, err
	}
	return s, nil
}

// redial is dial, and waits for a database that is away.
func (w *writer) redial(begun time.Time) (*session, error) {
	for try := 1; ; try++ {
		s, err := w.dial()
		if err == nil {
			return s, nil
		}
		w.outage.begun(try, err)
		if w.outage.tooLong(begun) || w.stopping() {
			return nil, err
		}
		time.Sleep(outagePause(try))
	}
}

func (w *writer) stopping() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// expire answers the lane's orders that have waited long enough for a database that is
// away, and forgets those that were withdrawn. It reports whether any are left; if
// not, the lane is at rest.
func (w *writer) expire(l *lane, cause error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := time.Unix(0, w.outage.since.Load())
	left := func(orders []*order) (kept []*order) {
		for _, o := range orders {
			begun := o.came
			if begun.Before(since) {
				begun = since
			}
			switch {
			case o.state.Load() == withdrawn:
				w.queued -= int64(len(o.tasks))
			case !w.closed && !w.outage.tooLong(begun):
				kept = append(kept, o)
			case o.begun > 0 || w.accept(o):
				w.queued -= int64(len(o.tasks) - o.begun)
				for i := o.begun; i < len(o.tasks); i++ {
					o.errs[i] = unreachable(cause)
				}
				close(o.done)
			}
		}
		return kept
	}
	l.small, l.large = left(l.small), left(l.large)
	l.running = len(l.small)+len(l.large) > 0
	return l.running
}
