package directory

import (
	"context"
	"time"
)

// Tombstone is what is left of a deleted employee.
type Tombstone struct {
	ID                   int64
	CreatedAt, DeletedAt time.Time
}

// Tombstones reads a page of those of deleted employees; they are selected and
// sorted by id.
// Errors: forbidden without the right employees:select.
func (s *Service) Tombstones(ctx context.Context, q Query) (Page[Tombstone], error) {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return Page[Tombstone]{}, err
	}
	return s.store.Tombstones(ctx, actor.AccountID, q)
}
