package directory

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Skills are what employees are chosen for. The Data API has no methods for them;
// get.skills is ours.

// Skill is a skill.
type Skill struct {
	ID         int64     `json:"id"`
	Name       string    `json:"name"`
	ParentID   int64     `json:"parent_id,omitzero"` // the skill that it is a part of
	Order      int64     `json:"order,omitzero"`     // place among others, the smallest first
	IsLocation bool      `json:"is_location,omitzero"`
	CreatedAt  time.Time `json:"created_at"`
}

// The fields by which skills are selected, beside id and name.
const (
	SkillParent    = "parent_id"
	SkillEmployees = "employee_ids" // array of numbers, for OpOverlap
)

// SkillParams is what a skill is.
type SkillParams struct {
	Name       schema.Opt[string] `json:"name" required:"true" null:"no" length:"1..255" doc:"Name, unique in the account."`
	ParentID   schema.Opt[int64]  `json:"parent_id" doc:"The skill that it is a part of."`
	Order      schema.Opt[int64]  `json:"order" range:"-1000000..1000000" default:"0" doc:"Place among others, the smallest first."`
	IsLocation schema.Opt[bool]   `json:"is_location" default:"false" doc:"Whether the skill is a place."`
}

// CreateSkill adds a skill.
type CreateSkill struct{ SkillParams }

// UpdateSkill changes what is given of a skill; null resets.
type UpdateSkill struct {
	ID          schema.Opt[int64] `json:"id" required:"true" doc:"The skill."`
	SkillParams `partial:"true"`
}

// DeleteSkill removes a skill.
type DeleteSkill struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The skill."`
}

// MaxParents is how deep groups and skills are in others at most.
const MaxParents = 20

func (c *SkillParams) apply(s Skill) Skill {
	set(&s.Name, c.Name, none[string]())
	set(&s.ParentID, c.ParentID, none[int64]())
	set(&s.Order, c.Order, none[int64]())
	set(&s.IsLocation, c.IsLocation, none[bool]())
	return s
}

// SkillInfo is a skill as get.skills shows it.
type SkillInfo struct {
	ID       int64             `json:"id" filter:"true" doc:"Unique id."`
	Name     string            `json:"name" filter:"true" sort:"true" doc:"Name, unique in the account."`
	ParentID schema.Opt[int64] `json:"parent_id" filter:"true" doc:"The skill that it is a part of."`
}

// GetSkills reads a page of skills.
func (s *Service) GetSkills(ctx context.Context, c Get[SkillInfo]) (List[SkillInfo], error) {
	return get(ctx, s, SelectEmployees, c, func(actor Actor, q Query, _ schema.Pick) (Page[SkillInfo], error) {
		skills, err := s.store.Skills(ctx, actor.AccountID, q)
		page := Page[SkillInfo]{Total: skills.Total}
		for _, skill := range skills.Items {
			page.Items = append(page.Items, SkillInfo{skill.ID, skill.Name, some(skill.ParentID)})
		}
		return page, err
	})
}

// Skills reads a page of skills.
// Errors: forbidden without the right employees:select.
func (s *Service) Skills(ctx context.Context, q Query) (Page[Skill], error) {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return Page[Skill]{}, err
	}
	return s.store.Skills(ctx, actor.AccountID, q)
}

// CreateSkills adds skills; it answers their ids.
// Errors: duplicate_entity for the name; entity_not_found for the parent;
// data_limit_exceeded for one that is MaxParents deep.
func (s *Service) CreateSkills(ctx context.Context, commands []CreateSkill) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreateSkill) (job[int64], error) {
		ids, err := s.store.NewIDs(ctx, 1)
		if err != nil {
			return job[int64]{}, err
		}
		skill := c.apply(Skill{ID: ids[0], CreatedAt: s.now()})
		return job[int64]{result: &skill.ID, unit: func(tx Tx) error {
			free, err := s.putSkill(tx, skill, tx.InsertSkill)
			if err != nil {
				return err
			}
			if !free {
				return duplicateSkill(c.Name.Value)
			}
			return appendEvent(tx, actor, s.now(), KindSkill, skill.ID, created, nil, skill)
		}}, nil
	})
}

// UpdateSkills changes skills. An update that changes nothing writes nothing.
// Errors: as CreateSkills; entity_not_found; invalid_parameter_value for a parent
// that is the skill itself or a part of it.
func (s *Service) UpdateSkills(ctx context.Context, commands []UpdateSkill) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdateSkill) (job[struct{}], error) {
		return done(func(tx Tx) error {
			before, err := tx.Skill(c.ID.Value)
			if err != nil {
				return err
			}
			if before == nil {
				return errors.At(errors.EntityNotFound, place("id"), shownID(c.ID.Value))
			}
			after := c.apply(*before)
			if after == *before {
				return nil
			}
			free, err := s.putSkill(tx, after, tx.UpdateSkill)
			if err != nil {
				return err
			}
			if !free {
				return duplicateSkill(after.Name)
			}
			return appendEvent(tx, actor, s.now(), KindSkill, after.ID, updated, before, after)
		})
	})
}

func (s *Service) putSkill(tx Tx, skill Skill, put func(Skill) (bool, error)) (bool, error) {
	err := checkParent(skill.ID, skill.ParentID, func(id int64) (int64, bool, error) {
		parent, err := tx.Skill(id)
		if err != nil || parent == nil {
			return 0, false, err
		}
		return parent.ParentID, true, nil
	})
	if err != nil {
		return false, err
	}
	return put(skill)
}

// checkParent looks whether parent, unless 0, may be the parent of what has an id:
// above tells the parent of another, and whether that is there.
func checkParent(id, parent int64, above func(int64) (int64, bool, error)) error {
	at, shown := place("parent_id"), shownID(parent)
	for depth := 1; parent != 0; depth++ {
		if parent == id {
			return errors.At(errors.InvalidParameterValue, at, shown)
		}
		if depth > MaxParents {
			return errors.At(errors.DataLimitExceeded, at, shown)
		}
		next, found, err := above(parent)
		if err != nil {
			return err
		}
		if !found {
			return errors.At(errors.EntityNotFound, at, shown)
		}
		parent = next
	}
	return nil
}

func duplicateSkill(name string) error {
	return errors.At(errors.DuplicateEntity, place("name"), errors.Shown(name))
}

// DeleteSkills removes skills. What was a part of one is at the top then.
// Errors: entity_not_found; dependency_error while an employee has it.
func (s *Service) DeleteSkills(ctx context.Context, commands []DeleteSkill) []Result[struct{}] {
	return write(ctx, s, DeleteEmployees, commands, func(_ context.Context, actor Actor, c *DeleteSkill) (job[struct{}], error) {
		return done(func(tx Tx) error {
			if err := tx.Orphan(KindSkill, c.ID.Value); err != nil {
				return err
			}
			return s.deleteNamed(tx, actor, KindSkill, c.ID.Value)
		})
	})
}
