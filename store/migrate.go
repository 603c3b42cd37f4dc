package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/rosterd/rosterd/errors"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the database to the schema of this program.
// It refuses a schema that is newer.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := s.behind(ctx, p); err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// Current reports whether the database has the schema of this program, and not an
// older one or none. It fails if the schema is newer.
func (s *Store) Current(ctx context.Context) (bool, error) {
	p, err := s.provider()
	if err != nil {
		return false, err
	}
	behind, err := s.behind(ctx, p)
	return !behind, err
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.flavor.dialect, s.write, migrationFS{files, s.flavor.schema}, goose.WithLogger(goose.NopLogger()))
}

func (s *Store) behind(ctx context.Context, p *goose.Provider) (bool, error) {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return false, err
	}
	if current > target {
		return false, errors.New(fmt.Sprintf("the database has schema %d and this rosterd knows only up to %d; run a newer rosterd", current, target))
	}
	return current < target, nil
}
