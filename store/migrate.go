package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/rosterd/rosterd/errors"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Bounds of waiting for another server's migration.
const (
	migrationTries = 50
	migrationPause = 200 * time.Millisecond
)

// Migrate brings the database to the schema of this program. Of servers that do so
// at the same time one migrates, and the others wait for it.
// It refuses a schema that is newer.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		behind, err := s.behind(ctx, p)
		if err == nil && behind {
			_, err = p.Up(ctx)
		}
		var newer *newerSchema
		if err == nil || errors.As(err, &newer) || try == migrationTries {
			return err
		}
		select { // another server may be at it, and then there are tables already
		case <-time.After(migrationPause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// newerSchema is the refusal of a schema that this program does not know.
type newerSchema struct{ current, known int64 }

func (n *newerSchema) Error() string {
	return fmt.Sprintf("the database has schema %d and this rosterd knows only up to %d; run a newer rosterd", n.current, n.known)
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

// Versions are the database's schema, 0 for none, and the newest that this program
// knows.
func (s *Store) Versions(ctx context.Context) (current, newest int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	return p.GetVersions(ctx)
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	if s.flavor.locker != nil {
		locker, err := s.flavor.locker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	options = append(options, goose.WithGoMigrations(
		goose.NewGoMigration(3, &goose.GoFunc{RunTx: s.fillColumns}, nil),
		goose.NewGoMigration(5, &goose.GoFunc{RunTx: s.fillShown}, nil),
		goose.NewGoMigration(12, &goose.GoFunc{RunTx: s.estimate}, nil),
	))
	return goose.NewProvider(s.flavor.dialect, s.write, migrationFS{files, s.flavor.schema}, options...)
}

func (s *Store) behind(ctx context.Context, p *goose.Provider) (bool, error) {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return false, err
	}
	if current > target {
		return false, &newerSchema{current, target}
	}
	return current < target, nil
}
