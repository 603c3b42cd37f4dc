package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/schema"
)

type tokenCommand struct {
	Create  tokenCreateCommand  `cmd:"" help:"Make a permanent token and print it, alone on one line. It is shown only now."`
	List    tokenListCommand    `cmd:"" help:"List permanent tokens: ids and labels, never a token."`
	Block   tokenBlockCommand   `cmd:"" help:"Refuse every call with a permanent token."`
	Unblock tokenUnblockCommand `cmd:"" help:"Allow calls with a blocked token again."`
	Revoke  tokenRevokeCommand  `cmd:"" help:"Revoke a permanent token."`
}

type tokenCreateCommand struct {
	database
	Login   *string           `xor:"whose" required:"" help:"Login of the member whom the token belongs to."`
	Account *int64            `xor:"whose" required:"" placeholder:"ID" help:"The account that the token belongs to, with all rights."`
	Door    string            `enum:"${doors}" default:"data-api" placeholder:"DOOR" help:"Where the token is valid: ${doors_text}; data-api if not given. At rocketchat, libraryh3lp and iadvize-graphql it belongs to a member."`
	Right   []directory.Right `placeholder:"UNIT:ACTION" help:"Leave the holder only this right, and others that are given: ${rights}."`
	Expires *string           `placeholder:"TIME" help:"Last day in the account's time zone, 2026-12-31, or the moment of the end, 2026-12-31T18:00:00+03:00."`
	AllowIP []string          `placeholder:"RANGE" help:"Addresses or CIDR ranges from which the token may be used, separated by commas or the flag repeated."`
	Label   *string           `help:"What the token is for."`
}

// rights are those that methods need.
func rights() []directory.Right {
	var all []directory.Right
	for _, entry := range methods.All(nil) {
		if right := directory.Right(entry.Info().Right); right != "" && !slices.Contains(all, right) {
			all = append(all, right)
		}
	}
	slices.Sort(all)
	return all
}

// Run makes the token.
func (c *tokenCreateCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	for _, right := range c.Right {
		if all := rights(); !slices.Contains(all, right) {
			return fmt.Errorf("--right %s: there is no such right; there are %s", right, names(all, ", "))
		}
	}
	request := directory.NewToken{Login: given(c.Login), AccountID: given(c.Account), Label: given(c.Label), Rights: schema.Some(c.Right), AllowIPs: schema.Some(ranges(c.AllowIP))}
	if c.Expires != nil {
		request.Expires = schema.Some(directory.Ending(*c.Expires))
	}
	return c.with(ctx, log, func(service *directory.Service) error {
		token, err := service.CreateToken(ctx, request, keysOf(c.Door))
		if c.Login != nil && errors.HasCode(err, errors.EntityNotFound) {
			return nobody(*c.Login)
		}
		if err != nil {
			return told(err)
		}
		_, err = fmt.Fprintln(env.stdout, token)
		return err
	})
}

type tokenListCommand struct{ database }

// Run prints the listing.
func (c *tokenListCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	return c.with(ctx, log, func(service *directory.Service) error {
		tokens, err := service.Tokens(ctx)
		if err != nil {
			return err
		}
		l := newListing(env.stdout, "ID", "ACCOUNT", "LOGIN", "DOOR", "STATE", "CREATED", "EXPIRES", "RIGHTS", "ALLOW-IP", "LABEL")
		for _, k := range tokens {
			expires := ""
			if !k.ExpiresAt.IsZero() {
				expires = k.ExpiresAt.Format(time.RFC3339)
			}
			l.row(k.ID, k.AccountID, k.Login, doorName(k.Door), state(k.Blocked, "blocked"), k.CreatedAt.Format(time.RFC3339), expires, names(k.Rights, ","), names(k.AllowIPs, ","), k.Label)
		}
		return l.Flush()
	})
}

// tokenID says which token is meant.
type tokenID struct {
	database
	ID int64 `arg:"" help:"Id of the token, as token list prints it."`
}

// change does something with the token.
func (c tokenID) change(ctx context.Context, log *slog.Logger, change func(*directory.Service) error) error {
	return c.with(ctx, log, func(service *directory.Service) error {
		err := change(service)
		if errors.HasCode(err, errors.EntityNotFound) {
			return fmt.Errorf("there is no token %d; see rosterd token list", c.ID)
		}
		return err
	})
}

type tokenBlockCommand struct{ tokenID }

// Run blocks the token.
func (c *tokenBlockCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(service *directory.Service) error { return service.BlockToken(ctx, c.ID, true) })
}

type tokenUnblockCommand struct{ tokenID }

// Run allows the token again.
func (c *tokenUnblockCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(service *directory.Service) error { return service.BlockToken(ctx, c.ID, false) })
}

type tokenRevokeCommand struct{ tokenID }

// Run revokes the token.
func (c *tokenRevokeCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(service *directory.Service) error { return service.RevokeToken(ctx, c.ID) })
}
