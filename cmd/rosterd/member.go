package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

type memberCommand struct {
	Add      memberAddCommand      `cmd:"" help:"Make a new employee, or one who is there, a member; print the ids as one JSON line."`
	List     memberListCommand     `cmd:"" help:"List members."`
	Role     memberRoleCommand     `cmd:"" help:"Give a member other roles."`
	Password memberPasswordCommand `cmd:"" help:"Give a member another password, and end their sessions."`
	Block    memberBlockCommand    `cmd:"" help:"Refuse a member's sign-ins, and every call with their tokens."`
	Unblock  memberUnblockCommand  `cmd:"" help:"Allow a blocked member's sign-ins and calls again."`
}

// rolesFlag is what a member is to the account.
type rolesFlag struct {
	Role []directory.Role `required:"" enum:"administrator,manager,agent,expert,reader" placeholder:"ROLE" help:"administrator, manager, agent, expert or reader; several separated by commas or the flag repeated."`
}

type memberAddCommand struct {
	database
	accountFlag
	rolesFlag
	Login         string  `required:"" help:"Login, unique in the whole server."`
	PasswordStdin bool    `required:"" help:"Read the password, one line, from standard input."`
	Employee      *int64  `xor:"who" required:"" placeholder:"ID" help:"An employee who is there."`
	LastName      *string `xor:"who" required:"" placeholder:"NAME" help:"Last name of a new employee."`
	FirstName     *string `placeholder:"NAME" help:"First name of a new employee."`
}

// Run makes the member.
func (c *memberAddCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	password, err := readPassword(env.stdin)
	if err != nil {
		return err
	}
	return c.with(ctx, log, func(service *directory.Service) error {
		account, err := c.choose(ctx, service)
		if err != nil {
			return err
		}
		id, err := service.AddMember(directory.WithActor(ctx, directory.CommandLine(account)), directory.AddMember{
			EmployeeID: given(c.Employee), LastName: given(c.LastName), FirstName: given(c.FirstName),
			Login: schema.Some(c.Login), Password: schema.Some(password), Roles: schema.Some(c.Role),
		})
		if err != nil {
			return told(err)
		}
		return printLine(env.stdout, struct {
			AccountID int64 `json:"account_id"`
			UserID    int64 `json:"user_id"`
		}{account, id})
	})
}

type memberListCommand struct{ database }

// Run prints the listing.
func (c *memberListCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	return c.with(ctx, log, func(service *directory.Service) error {
		members, err := service.Members(ctx)
		if err != nil {
			return err
		}
		l := newListing(env.stdout, "ID", "ACCOUNT", "LOGIN", "NAME", "STATE", "ROLES")
		for _, m := range members {
			l.row(m.EmployeeID, m.Account.ID, m.Login, m.FullName, state(m.Blocked, "blocked"), names(m.Roles, ","))
		}
		return l.Flush()
	})
}

// memberFlag says which member is meant.
type memberFlag struct {
	database
	Login string `required:"" help:"Login of the member."`
}

// change does something with the member.
func (f memberFlag) change(ctx context.Context, log *slog.Logger, change func(ctx context.Context, service *directory.Service, id int64) error) error {
	return f.with(ctx, log, func(service *directory.Service) error {
		member, err := service.MemberByLogin(ctx, f.Login)
		if errors.HasCode(err, errors.EntityNotFound) {
			return nobody(f.Login)
		}
		if err != nil {
			return err
		}
		err = change(directory.WithActor(ctx, directory.CommandLine(member.Account.ID)), service, member.EmployeeID)
		if errors.HasCode(err, errors.Forbidden) {
			return fmt.Errorf("%s is the account's last administrator who can sign in; make another first", f.Login)
		}
		return told(err)
	})
}

func nobody(login string) error { return fmt.Errorf("nobody signs in as %q", login) }

type memberRoleCommand struct {
	memberFlag
	rolesFlag
}

// Run sets the roles.
func (c *memberRoleCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(ctx context.Context, service *directory.Service, id int64) error {
		return service.SetMemberRoles(ctx, directory.SetMemberRoles{EmployeeID: schema.Some(id), Roles: schema.Some(c.Role)})
	})
}

type memberPasswordCommand struct {
	memberFlag
	PasswordStdin bool `required:"" help:"Read the password, one line, from standard input."`
}

// Run sets the password.
func (c *memberPasswordCommand) Run(ctx context.Context, env environment, log *slog.Logger) error {
	password, err := readPassword(env.stdin)
	if err != nil {
		return err
	}
	return c.change(ctx, log, func(ctx context.Context, service *directory.Service, id int64) error {
		return service.SetMemberPassword(ctx, directory.SetMemberPassword{EmployeeID: schema.Some(id), Password: schema.Some(password)})
	})
}

type memberBlockCommand struct{ memberFlag }

// Run blocks the member.
func (c *memberBlockCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(ctx context.Context, service *directory.Service, id int64) error {
		return service.BlockMember(ctx, id, true)
	})
}

type memberUnblockCommand struct{ memberFlag }

// Run allows the member again.
func (c *memberUnblockCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.change(ctx, log, func(ctx context.Context, service *directory.Service, id int64) error {
		return service.BlockMember(ctx, id, false)
	})
}
