package store

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/directory"
)

// Avatar finds a picture of any account, and nil if there is none.
func (s *Store) Avatar(ctx context.Context, id string) (avatar *directory.Avatar, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		var a directory.Avatar
		err := r.row(`select id, media_type, data from avatars where id = $1`, id).Scan(&a.ID, &a.MediaType, &a.Data)
		return found(&avatar, a, err)
	})
	return avatar, err
}

func (t *tx) PutAvatar(employee int64, a *directory.Avatar) error {
	if _, err := t.exec(`delete from avatars where account_id = $1 and employee_id = $2`, t.account, employee); err != nil || a == nil {
		return err
	}
	_, err := t.exec(`insert into avatars (account_id, employee_id, id, media_type, data) values ($1, $2, $3, $4, $5)`, t.account, employee, a.ID, a.MediaType, a.Data)
	return err
}

var tombstoneView = &view{
	from: "tombstones t", id: "t.id", mine: "t.account_id = $1",
	fields: map[string]field{"id": {expr: "t.id"}},
}

// Tombstones reads a page of what is left of deleted employees.
func (s *Store) Tombstones(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Tombstone], error) {
	return page(ctx, s, tombstoneView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Tombstone) error {
		return r.each(func(row scanner) error {
			var id, created, deleted int64
			err := row.Scan(&id, &created, &deleted)
			*place(id) = directory.Tombstone{ID: id, CreatedAt: moment(created), DeletedAt: moment(deleted)}
			return err
		}, `select id, created_at, deleted_at from tombstones where account_id = $1 and `+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

func (t *tx) SignedIn(employee int64, at time.Time) error {
	_, err := t.exec(`insert into employee_activity (account_id, employee_id, connected, chats, calls, videos, third_party, conversations, signed_in_at)
			values ($1, $2, false, 0, 0, 0, 0, 0, $3)
		on conflict (account_id, employee_id) do update set signed_in_at = excluded.signed_in_at`, t.account, employee, at.UnixMicro())
	return err
}
