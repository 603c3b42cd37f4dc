package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Events reads the events of an account that come after a number, the oldest
// first and limit at most.
func (s *Store) Events(ctx context.Context, account, after int64, limit int) (page directory.EventPage, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		err := r.row(`select last_event, coalesce((select min(number) from events where account_id = $1), last_event + 1) from accounts where id = $1`, account).
			Scan(&page.Newest, &page.Oldest)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return r.each(func(row scanner) error {
			e := directory.NumberedEvent{Event: directory.Event{Actor: directory.Actor{AccountID: account}}}
			var at int64
			var subject, before, after string
			err := row.Scan(&e.Number, &e.Kind, &subject, &e.SubjectID, &e.Actor.EmployeeID, &e.Actor.TokenID, &at, &before, &after)
			e.Subject, e.At, e.Before, e.After = directory.Kind(subject), time.UnixMicro(at).UTC(), state(before), state(after)
			page.Events = append(page.Events, e)
			return err
		}, `select number, kind, subject_kind, subject_id, coalesce(actor_employee_id, 0), coalesce(actor_token_id, 0), at, coalesce(before_state, ''), coalesce(after_state, '')
			from events where account_id = $1 and number > $2 order by number limit $3`, account, after, limit)
	})
	return page, err
}

// state is what an event remembers, nil for nothing.
func state(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

// LastEvents reads the numbers of the newest events of accounts. Unknown accounts
// are missing in the answer.
func (s *Store) LastEvents(ctx context.Context, accounts []int64) (map[int64]int64, error) {
	last := make(map[int64]int64, len(accounts))
	err := s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			var account, number int64
			err := row.Scan(&account, &number)
			last[account] = number
			return err
		}, `select id, last_event from accounts where `+s.flavor.ids("id", "$1"), list(accounts))
	})
	return last, err
}
