package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store"
)

type initCommand struct {
	database
	newAccount
}

// Run makes the account and prints its credentials.
func (c *initCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	password, err := readPassword(env.stdin)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, c.DB, store.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	if err := buildSearch(ctx, s, log); err != nil {
		return err
	}
	service, err := newService(s, directory.Config{})
	if err != nil {
		return err
	}
	accounts, err := service.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) > 0 {
		return fmt.Errorf("%s has an account already; make a token with: rosterd token create --db %s --login LOGIN", store.Redacted(c.DB), store.Redacted(c.DB))
	}
	return c.create(ctx, env, service, password)
}

type seedCommand struct {
	database
	accountFlag
	File string `arg:"" type:"existingfile" help:"JSON file; examples/seed.json is one."`
}

// Run loads the file and prints what is there now.
func (c *seedCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, service, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	account, err := c.choose(ctx, service)
	if err != nil {
		return err
	}
	seeded, err := seedFile(ctx, service, account, c.File)
	if err != nil {
		return err
	}
	for _, entity := range seeded {
		if err := printLine(env.stdout, entity); err != nil {
			return err
		}
	}
	return nil
}

func seedFile(ctx context.Context, service *directory.Service, account int64, file string) ([]directory.Seeded, error) {
	document, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	seeded, err := service.Seed(ctx, account, document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return seeded, nil
}

type versionCommand struct{}

// Run prints the version that the build knows.
func (versionCommand) Run(env environment) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(env.stdout, "rosterd", version)
	return err
}

func printLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// listing prints rows in columns. What is 0 or empty is a dash.
type listing struct{ *tabwriter.Writer }

func newListing(w io.Writer, heads ...any) listing {
	l := listing{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	l.row(heads...)
	return l
}

func (l listing) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		if texts[i] = fmt.Sprint(cell); texts[i] == "" || cell == int64(0) {
			texts[i] = "-"
		}
	}
	fmt.Fprintln(l, strings.Join(texts, "\t")) // Flush tells of errors
}

// state is what a listing says of what may be off.
func state(off bool, name string) string {
	if off {
		return name
	}
	return "active"
}

// told is an error of the roster in the words of the command line: the flags that
// are wrong, and how.
func told(err error) error {
	var e *errors.Error
	if !errors.As(err, &e) || e.Cause != nil {
		return err
	}
	var all []error
	for _, v := range e.Violations {
		text := v.Message()
		if names := v.Path.Names(); len(names) > 0 {
			flag := "--" + strings.ReplaceAll(fmt.Sprint(names[0]), "_", "-")
			if v.Value != nil {
				flag += " " + *v.Value
			}
			text = flag + ": " + text
		}
		all = append(all, errors.New(text))
	}
	return errors.Join(all...)
}
