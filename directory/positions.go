package directory

import (
	"context"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Positions are what operators are: names, unique in the account. Source:
// data-api.md §5.1.

// PositionRow is a position as get.employee_positions shows it.
type PositionRow struct {
	ID   int64  `json:"id" filter:"true" doc:"Unique id."`
	Name string `json:"name" filter:"true" sort:"true" doc:"Name, unique in the account."`
}

// CreatePosition adds a position.
type CreatePosition struct {
	Name schema.Opt[string] `json:"name" required:"true" null:"no" length:"1..255" doc:"Name, unique in the account."`
	WriteOptions
}

// UpdatePosition renames a position.
type UpdatePosition struct {
	ID   schema.Opt[int64]  `json:"id" required:"true" doc:"The position."`
	Name schema.Opt[string] `json:"name" required:"true" null:"no" length:"1..255" doc:"Name, unique in the account."`
	WriteOptions
}

// DeletePosition removes a position.
type DeletePosition struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The position."`
	WriteOptions
}

// GetPositions reads a page of positions.
func (s *Service) GetPositions(ctx context.Context, c Get[PositionRow]) (List[PositionRow], error) {
	return get(ctx, s, SelectEmployees, c, func(actor Actor, q Query, _ schema.Pick) (Page[PositionRow], error) {
		return s.store.Positions(ctx, actor.AccountID, q)
	})
}

// CreatePositions adds positions; it answers their ids.
// Errors: duplicate_entity for the name.
func (s *Service) CreatePositions(ctx context.Context, commands []CreatePosition) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreatePosition) (job[int64], error) {
		return s.createNamed(ctx, actor, KindPosition, Named{Name: c.Name.Value})
	})
}

// UpdatePositions renames positions.
// Errors: entity_not_found; duplicate_entity for the name.
func (s *Service) UpdatePositions(ctx context.Context, commands []UpdatePosition) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdatePosition) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.renameNamed(tx, actor, KindPosition, c.ID.Value, c.Name.Value) })
	})
}

// DeletePositions removes positions.
// Errors: entity_not_found; dependency_error while an operator has it.
func (s *Service) DeletePositions(ctx context.Context, commands []DeletePosition) []Result[struct{}] {
	return write(ctx, s, DeleteEmployees, commands, func(_ context.Context, actor Actor, c *DeletePosition) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteNamed(tx, actor, KindPosition, c.ID.Value) })
	})
}

// createNamed is the job that adds an entity which is little more than a name.
func (s *Service) createNamed(ctx context.Context, actor Actor, kind Kind, n Named) (job[int64], error) {
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return job[int64]{}, err
	}
	n.ID = ids[0]
	return job[int64]{result: &n.ID, unit: func(tx Tx) error {
		free, err := tx.InsertNamed(kind, n)
		if err != nil {
			return err
		}
		if !free {
			return errors.At(errors.DuplicateEntity, place("name"), errors.Shown(n.Name))
		}
		return appendEvent(tx, actor, s.now(), kind, n.ID, created, nil, n)
	}}, nil
}

func (s *Service) renameNamed(tx Tx, actor Actor, kind Kind, id int64, name string) error {
	before, err := existingNamed(tx, kind, id)
	if err != nil || before.Name == name {
		return err
	}
	after := *before
	after.Name = name
	free, err := tx.RenameNamed(kind, after)
	if err != nil {
		return err
	}
	if !free {
		return errors.At(errors.DuplicateEntity, place("name"), errors.Shown(name))
	}
	return appendEvent(tx, actor, s.now(), kind, id, updated, before, after)
}

// deleteNamed removes an entity that nothing depends on.
func (s *Service) deleteNamed(tx Tx, actor Actor, kind Kind, id int64) error {
	if _, err := existingNamed(tx, kind, id); err != nil {
		return err
	}
	used, err := tx.InUse(kind, id)
	if err != nil {
		return err
	}
	if used {
		return errors.At(errors.DependencyError, place("id"), shownID(id))
	}
	if err := tx.DeleteNamed(kind, id); err != nil {
		return err
	}
	return appendEvent(tx, actor, s.now(), kind, id, deleted, nil, nil)
}

func existingNamed(tx Tx, kind Kind, id int64) (*Named, error) {
	n, err := tx.Named(kind, id)
	if err == nil && n == nil {
		err = errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	return n, err
}
