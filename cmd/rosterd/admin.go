package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

type initCommand struct {
	database
	Name          string `default:"Account" help:"Name of the account."`
	Login         string `required:"" help:"Login of the first administrator."`
	PasswordStdin bool   `required:"" help:"Read the administrator's password, one line, from standard input."`
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
	credentials, err := service.CreateAccount(ctx, directory.NewAccount{
		Name: schema.Some(c.Name), Login: schema.Some(c.Login), Password: schema.Some(password),
	})
	if err != nil {
		return err
	}
	return printLine(env.stdout, credentials)
}

type seedCommand struct {
	database
	accountFlag
	File string `arg:"" type:"existingfile" help:"JSON file; examples/seed.json is one."`
}

// accountFlag says which account is meant where there may be only one.
type accountFlag struct {
	Account int64 `placeholder:"ID" help:"The account; needed if there are several."`
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

// choose is the account that is meant.
func (f accountFlag) choose(ctx context.Context, service *directory.Service) (int64, error) {
	accounts, err := service.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	if f.Account == 0 && len(accounts) == 1 {
		return accounts[0].ID, nil
	}
	for _, a := range accounts {
		if a.ID == f.Account {
			return a.ID, nil
		}
	}
	return 0, fmt.Errorf("there are %d accounts; say with --account which one is meant", len(accounts))
}

type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a permanent token and print it, alone on one line. It is shown only now."`
	List   tokenListCommand   `cmd:"" help:"List permanent tokens: ids and labels, never a token."`
	Revoke tokenRevokeCommand `cmd:"" help:"Revoke a permanent token."`
}

type tokenCreateCommand struct {
	database
	Login string `required:"" help:"Login of the member whom the token belongs to."`
	Label string `help:"What the token is for."`
}

// Run makes the token.
func (c *tokenCreateCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, service, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	token, err := service.CreateToken(ctx, c.Login, c.Label)
	if errors.HasCode(err, errors.EntityNotFound) {
		return fmt.Errorf("nobody signs in as %q", c.Login)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, token)
	return err
}

type tokenListCommand struct{ database }

// Run prints a table.
func (c *tokenListCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	s, service, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	tokens, err := service.Tokens(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tLOGIN\tCREATED\tLABEL")
	for _, t := range tokens {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", t.ID, t.Login, t.CreatedAt.Format(time.RFC3339), t.Label)
	}
	return table.Flush()
}

type tokenRevokeCommand struct {
	database
	ID int64 `arg:"" help:"Id of the token, as token list prints it."`
}

// Run revokes the token.
func (c *tokenRevokeCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	s, service, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = service.RevokeToken(ctx, c.ID)
	if errors.HasCode(err, errors.EntityNotFound) {
		return fmt.Errorf("there is no token %d; see rosterd token list", c.ID)
	}
	return err
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
