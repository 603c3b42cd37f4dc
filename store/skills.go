package store

import (
	"context"
	"database/sql"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

var skillView = &view{
	from: "skills s", id: "s.id", mine: "s.account_id = $1",
	fields: map[string]field{
		"id":                     {expr: "s.id"},
		"name":                   {expr: "s.name", folded: "s.name_folded"},
		directory.SkillParent:    {expr: "s.parent_id"},
		directory.SkillEmployees: {shape: many{outer: "s.id", column: "h.skill_id", from: "employee_skills h where h.account_id = $1", of: whole("h.employee_id")}},
	},
}

const skillQuery = `select id, name, coalesce(parent_id, 0), sort_order, is_location, created_at from skills where account_id = $1 and `

func scanSkill(row scanner) (s directory.Skill, err error) {
	var created int64
	err = row.Scan(&s.ID, &s.Name, &s.ParentID, &s.Order, &s.IsLocation, &created)
	s.CreatedAt = moment(created)
	return s, err
}

// Skills reads a page of skills.
func (s *Store) Skills(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Skill], error) {
	return page(ctx, s, skillView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Skill) error {
		skills, err := r.skills(account, ids)
		for id, s := range skills {
			*place(id) = s
		}
		return err
	})
}

func (r *reader) skills(account int64, ids []int64) (map[int64]directory.Skill, error) {
	skills := map[int64]directory.Skill{}
	if ids = distinct(ids); len(ids) == 0 {
		return skills, nil
	}
	err := r.each(func(row scanner) error {
		s, err := scanSkill(row)
		skills[s.ID] = s
		return err
	}, skillQuery+r.flavor.ids("id", "$2"), account, list(ids))
	return skills, err
}

func (t *tx) Skill(id int64) (*directory.Skill, error) {
	s, err := scanSkill(t.row(skillQuery+`id = $2`, t.account, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &s, err
}

func (t *tx) InsertSkill(s directory.Skill) (bool, error) {
	n, err := t.exec(`insert into skills (account_id, id, name, name_folded, parent_id, sort_order, is_location, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`, append(t.skillValues(s), s.CreatedAt.UnixMicro())...)
	return n > 0, err
}

func (t *tx) UpdateSkill(s directory.Skill) (bool, error) {
	if holder, err := t.IDByName(directory.KindSkill, s.Name); err != nil || holder != 0 && holder != s.ID {
		return false, err
	}
	_, err := t.exec(`update skills set name = $3, name_folded = $4, parent_id = $5, sort_order = $6, is_location = $7 where account_id = $1 and id = $2`, t.skillValues(s)...)
	return true, err
}

func (t *tx) skillValues(s directory.Skill) []any {
	return []any{t.account, s.ID, s.Name, directory.Fold(s.Name), id(s.ParentID), s.Order, s.IsLocation}
}

func (t *tx) Orphan(kind directory.Kind, parent int64) error {
	_, err := t.exec(`update `+kinds[kind].table+` set parent_id = null where account_id = $1 and parent_id = $2`, t.account, parent)
	return err
}
