package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/schollz/progressbar/v3"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store"
)

type migrateCommand struct {
	Status migrateStatusCommand `cmd:"" help:"Print the schema of the database and the newest one that this rosterd knows."`
	Up     migrateUpCommand     `cmd:"" help:"Bring the database to the newest schema, and make its search index, as rosterd serve does."`
}

type migrateStatusCommand struct{ database }

// Run prints the versions.
func (c *migrateStatusCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, err := openStore(ctx, c.DB, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	current, newest, err := s.Versions(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "schema %d, newest %d\n", current, newest)
	return err
}

type migrateUpCommand struct{ database }

// Run migrates.
func (c *migrateUpCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	s, err := openStore(ctx, c.DB, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	return buildSearch(ctx, s, log)
}

type copyCommand struct {
	From string `required:"" placeholder:"DB" help:"Database to read."`
	To   string `required:"" placeholder:"DB" help:"Database to fill; it must be new, or hold an interrupted copy of the same roster."`
}

// Run copies and compares.
func (c *copyCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	from, _, err := database{c.From}.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := store.Open(ctx, c.To, store.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := to.Migrate(ctx); err != nil {
		return err
	}
	progress := newProgress(env, "rows copied and compared")
	if err := store.Copy(ctx, from, to, progress.tell); err != nil {
		progress.stop()
		return fmt.Errorf("%w; nothing is lost, and the copy can be run again", err)
	}
	progress.stop()
	_, err = fmt.Fprintf(env.stdout, "%d rows are equal in %s and %s\n", progress.all/2, store.Redacted(c.From), store.Redacted(c.To))
	return err
}

type backupCommand struct {
	database
	File string `arg:"" help:"New file for the copy."`
}

// Run writes the copy.
func (c *backupCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, _, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Backup(ctx, c.File); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s is a copy of %s, and sound; to restore it, stop the server and put it in its place without the -wal and -shm files\n", c.File, c.DB)
	return err
}

type verifyCommand struct{ database }

// Run prints what does not agree.
func (c *verifyCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, _, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	problems := 0
	progress := newProgress(env, "employees verified")
	err = s.Verify(ctx, func(text string) {
		problems++
		fmt.Fprintln(env.stdout, text)
	}, progress.tell)
	progress.stop()
	if err != nil {
		return err
	}
	if problems > 0 {
		return fmt.Errorf("%d problems were found", problems)
	}
	_, err = fmt.Fprintf(env.stdout, "%d employees verified, no problem found\n", progress.all)
	return err
}

// progress shows how far long work is: a bar on a terminal, nothing otherwise.
type progress struct {
	bar *progressbar.ProgressBar
	all int64
}

func newProgress(env environment, what string) *progress {
	out := io.Discard
	if env.terminal {
		out = env.stderr
	}
	// A bar of unknown length would draw on its own, without a lock for ChangeMax64.
	return &progress{bar: progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())}
}

func (p *progress) tell(done, all int64) {
	p.all = all
	p.bar.ChangeMax64(all)
	_ = p.bar.Set64(done) // it can only fail to draw
}

func (p *progress) stop() { _ = p.bar.Finish() }
