package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// statusView has deleted statuses too if it is told so.
func statusView(deleted bool) *view {
	mine := "s.account_id = $1"
	if !deleted {
		mine += " and not s.is_deleted"
	}
	return &view{
		from: "statuses s", id: "s.id", mine: mine,
		fields: map[string]field{
			"id":                      {expr: "s.id"},
			"name":                    {expr: "s.name", folded: "s.name_folded"},
			"mnemonic":                {expr: "s.mnemonic"},
			"description":             {expr: "nullif(s.description, '')"},
			"is_deleted":              {expr: "s.is_deleted"},
			"is_select_allowed":       {expr: "s.is_select_allowed"},
			"is_worktime":             {expr: "s.is_worktime"},
			"is_auto_out_calls_ready": {expr: "s.is_auto_out_calls_ready"},
		},
	}
}

const statusQuery = `select id, coalesce(mnemonic, ''), name, description, coalesce(color, ''), in_external, in_internal, out_external, out_internal,
	phone_protocols, is_worktime, is_select_allowed, is_auto_out_calls_ready, priority, is_deleted from statuses where account_id = $1 and `

func scanStatus(row scanner) (s directory.Status, deleted bool, err error) {
	var protocols string
	err = row.Scan(&s.ID, &s.Mnemonic, &s.Name, &s.Description, &s.Color,
		&s.Directions.InExternal, &s.Directions.InInternal, &s.Directions.OutExternal, &s.Directions.OutInternal,
		&protocols, &s.IsWorktime, &s.IsSelectAllowed, &s.IsAutoOutCallsReady, &s.Priority, &deleted)
	s.PhoneProtocols = []directory.PhoneProtocol{}
	for protocol := range strings.SplitSeq(protocols, ",") {
		if protocol != "" {
			s.PhoneProtocols = append(s.PhoneProtocols, directory.PhoneProtocol(protocol))
		}
	}
	return s, deleted, err
}

// Statuses reads a page of statuses.
func (s *Store) Statuses(ctx context.Context, account int64, q directory.Query, deleted bool) (directory.Page[directory.StatusRow], error) {
	return page(ctx, s, statusView(deleted), account, q, func(r *reader, ids []int64, place func(int64) *directory.StatusRow) error {
		return r.each(func(row scanner) error {
			status, deleted, err := scanStatus(row)
			*place(status.ID) = status.Row(deleted)
			return err
		}, statusQuery+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

func (t *tx) Status(id int64) (*directory.Status, error) {
	s, deleted, err := scanStatus(t.row(statusQuery+`id = $2`, t.account, id))
	if deleted || errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &s, err
}

func (t *tx) StatusByMnemonic(mnemonic string) (id int64, err error) {
	f := fact{account: t.account, kind: directory.KindStatus, mnemonic: mnemonic}
	if id, known := t.group.waiting.learnt[f]; known {
		return id, nil
	}
	if err := t.row(`select id from statuses where account_id = $1 and mnemonic = $2`, t.account, mnemonic).Scan(&id); err != nil {
		return 0, err
	}
	t.learn(f, id)
	return id, nil
}

func (t *tx) InsertStatus(s directory.Status) error {
	_, err := t.exec(`insert into statuses (account_id, id, mnemonic, name, name_folded, description, color, in_external, in_internal, out_external, out_internal,
			phone_protocols, is_worktime, is_select_allowed, is_auto_out_calls_ready, priority, is_deleted)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false)`, t.statusValues(s)...)
	return err
}

func (t *tx) UpdateStatus(s directory.Status) error {
	_, err := t.exec(`update statuses set mnemonic = $3, name = $4, name_folded = $5, description = $6, color = $7,
			in_external = $8, in_internal = $9, out_external = $10, out_internal = $11,
			phone_protocols = $12, is_worktime = $13, is_select_allowed = $14, is_auto_out_calls_ready = $15, priority = $16
		where account_id = $1 and id = $2`, t.statusValues(s)...)
	return err
}

func (t *tx) statusValues(s directory.Status) []any {
	protocols := make([]string, len(s.PhoneProtocols))
	for i, protocol := range s.PhoneProtocols {
		protocols[i] = string(protocol)
	}
	d := s.Directions
	return []any{
		t.account, s.ID, nullable(s.Mnemonic), s.Name, directory.Fold(s.Name), s.Description, nullable(string(s.Color)),
		d.InExternal, d.InInternal, d.OutExternal, d.OutInternal,
		strings.Join(protocols, ","), s.IsWorktime, s.IsSelectAllowed, s.IsAutoOutCallsReady, s.Priority,
	}
}

func (t *tx) DeleteStatus(id int64) error {
	if _, err := t.exec(`update statuses set is_deleted = true where account_id = $1 and id = $2`, t.account, id); err != nil {
		return err
	}
	return t.forget(directory.KindStatus, id)
}
