package store

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/errors"
)

// CommitLife is how long the record of a transaction is kept at least. It is asked
// for within OutageTimeout of the commit.
const CommitLife = time.Hour

// A transaction on PostgreSQL writes its number into its session's row of commits,
// together with its first lock and so without a round trip of its own. A commit that
// is not answered is found out about by touching that row from another connection:
// PostgreSQL makes that wait for the transaction if it is still on its way, and then
// the row has its number if it was kept, and has not, and never will, if it was not.
// The number is written, and answered, before the commit is sent: one that is still
// in the network commits nothing whose number has not been seen.
//
// The touch is a transaction that writes, whatever it finds: once it is answered, it
// is on the standby too, and so is everything before it. It changes no number, so
// that it may be repeated when it is not answered itself.
const (
	databaseTime = `(extract(epoch from now()) * 1000000)::bigint`

	lockAndRecord = `with record as (insert into commits (session, number, at) values ($2, $3, ` + databaseTime + `)
		on conflict (session) do update set number = excluded.number, at = excluded.at) ` + accountLock

	findCommit = `insert into commits as c (session, number, at) values ($1, 0, ` + databaseTime + `)
		on conflict (session) do update set at = excluded.at returning c.number`
)

// errNotKept says that a commit was not answered and came to nothing.
var errNotKept = errors.New("the connection was lost before a commit; nothing was kept")

// outcomeUnknown says that a commit was sent, and not answered as it should.
type outcomeUnknown struct{ cause error }

func (o *outcomeUnknown) Error() string {
	return "a commit was not answered, so that its outcome is unknown: " + o.cause.Error()
}

func (o *outcomeUnknown) Unwrap() error { return o.cause }

// lastError is of a statement that was sent together with a commit, and of some step.
type lastError struct{ error }

func (l lastError) Unwrap() error { return l.error }

// commit ends the session's transaction. If it returns an error, nothing was kept,
// but for what cannot be found out.
func (w *writer) commit(s *session, c map[int64]*changes) error {
	err := w.flavor.commit(s, c, w.outage.limit)
	var unknown *outcomeUnknown
	switch {
	case err == nil:
		w.outage.over()
		return nil
	case errors.As(err, &unknown):
		return w.resolve(s, unknown)
	}
	w.rollback(s)
	var last lastError
	if errors.As(err, &last) {
		return last.error
	}
	return wholeError{err}
}

// resolve finds out what came of the session's commit, for as long as an outage is
// waited for. The session then has a connection.
func (w *writer) resolve(s *session, unknown *outcomeUnknown) error {
	begun := time.Now()
	for try := 1; ; try++ {
		kept, err := w.kept(s)
		if err == nil {
			w.log.Warn("a commit was not answered; it was found out whether it was kept", "kept", kept, "error", unknown.cause)
			if !kept {
				return wholeError{errNotKept}
			}
			return nil
		}
		if w.outage.tooLong(begun) {
			w.log.Error("a commit was not answered, and it could not be found out whether it was kept", "commit", unknown.cause, "error", err)
			e := errors.E(errors.Other, "error_message", "The database does not answer, and whether this was done could not be found out; look, or repeat it with the same idempotency_key")
			e.Cause = unknown
			return e
		}
		w.outage.begun(try, err)
		time.Sleep(outagePause(try))
	}
}

// kept reports whether the transaction that the session has sent last was kept.
func (w *writer) kept(s *session) (bool, error) {
	if s.gone() {
		s.drop()
		if err := s.open(w.db); err != nil {
			return false, err
		}
	}
	var number int64
	err := s.exec1(w.flavor.begin)
	if err == nil {
		err = s.row(findCommit, s.id[:]).Scan(&number)
	}
	if err == nil {
		err = w.flavor.commit(s, nil, w.outage.limit)
	}
	if err != nil {
		w.rollback(s)
		if w.flavor.away(err) {
			s.drop()
		}
	}
	return number == s.number, err
}

// DropCommits removes the records of sessions that have written nothing for
// CommitLife. Its own is the newest.
func (s *Store) DropCommits(ctx context.Context) error {
	return s.writer.do(ctx, 0, []task{func(tx *tx) error {
		_, err := tx.exec(`delete from commits where at < (select max(at) from commits) - $1`, CommitLife.Microseconds())
		return err
	}})[0]
}
