package store

import (
	"context"
	"database/sql"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

const activityQuery = `select employee_id, connected, chats, calls, videos, third_party, conversations, satisfaction, experience, coalesce(signed_in_at, 0)
	from employee_activity where account_id = $1 and `

func scanActivity(row scanner, signedIn *int64) (employee int64, a directory.EmployeeActivity, err error) {
	var satisfaction, experience *int64
	err = row.Scan(&employee, &a.Connected, &a.ChatOngoing, &a.CallOngoing, &a.VideoOngoing, &a.ThirdPartyOngoing, &a.Conversations, &satisfaction, &experience, signedIn)
	a.SatisfactionRate, a.Experience = optional(satisfaction), optional(experience)
	return employee, a, err
}

// optional is what a column has that may be null.
func optional[T any](v *T) schema.Opt[T] {
	if v == nil {
		return schema.Opt[T]{}
	}
	return schema.Some(*v)
}

// EmployeeActivity tells what is known of the work of each of ids.
func (s *Store) EmployeeActivity(ctx context.Context, account int64, ids []int64) (map[int64]directory.EmployeeActivity, error) {
	activity := make(map[int64]directory.EmployeeActivity, len(ids))
	err := s.snapshot(ctx, func(r *reader) error {
		return r.each(func(row scanner) error {
			id, a, err := scanActivity(row, new(int64))
			activity[id] = a
			return err
		}, activityQuery+s.flavor.ids("employee_id", "$2"), account, list(ids))
	})
	return activity, err
}

func (t *tx) EmployeeActivity(employee int64) (directory.EmployeeActivity, error) {
	_, a, err := scanActivity(t.row(activityQuery+`employee_id = $2`, t.account, employee), new(int64))
	if errors.Is(err, sql.ErrNoRows) {
		return directory.EmployeeActivity{}, nil
	}
	return a, err
}

func (t *tx) PutEmployeeActivity(employee int64, a directory.EmployeeActivity) error {
	number := func(o schema.Opt[int64]) any {
		if o.IsSet() {
			return o.Value
		}
		return nil
	}
	_, err := t.exec(`insert into employee_activity (account_id, employee_id, connected, chats, calls, videos, third_party, conversations, satisfaction, experience)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (account_id, employee_id) do update set connected = excluded.connected, chats = excluded.chats, calls = excluded.calls, videos = excluded.videos,
			third_party = excluded.third_party, conversations = excluded.conversations, satisfaction = excluded.satisfaction, experience = excluded.experience`,
		t.account, employee, a.Connected, a.ChatOngoing, a.CallOngoing, a.VideoOngoing, a.ThirdPartyOngoing, a.Conversations, number(a.SatisfactionRate), number(a.Experience))
	return err
}
