package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

type accountCommand struct {
	Create  accountCreateCommand  `cmd:"" help:"Make an account and its first administrator; print their ids and an access token as one JSON line."`
	List    accountListCommand    `cmd:"" help:"List accounts."`
	Set     accountSetCommand     `cmd:"" help:"Change what is given of an account."`
	Disable accountDisableCommand `cmd:"" help:"Refuse every call of an account, and every sign-in to it."`
	Enable  accountEnableCommand  `cmd:"" help:"Allow calls again."`
}

// newAccount is the flags that describe an account.
type newAccount struct {
	Name          string `default:"Account" help:"Name of the account."`
	Login         string `required:"" help:"Login of the first administrator."`
	PasswordStdin bool   `required:"" help:"Read the administrator's password, one line, from standard input."`
}

// create makes the account and prints its credentials.
func (c *newAccount) create(ctx context.Context, env environment, service *directory.Service, password string) error {
	credentials, err := service.CreateAccount(ctx, directory.NewAccount{
		Name: schema.Some(c.Name), Login: schema.Some(c.Login), Password: schema.Some(password),
	})
	if err != nil {
		return told(err)
	}
	return printLine(env.stdout, credentials)
}

// accountFlag says which account is meant where there may be only one.
type accountFlag struct {
	Account int64 `placeholder:"ID" help:"The account; needed if there are several."`
}

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
	return 0, fmt.Errorf("there are %d accounts; say with --account which one is meant, see rosterd account list", len(accounts))
}

type accountCreateCommand struct {
	database
	newAccount
}

// Run makes the account.
func (c *accountCreateCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	password, err := readPassword(env.stdin)
	if err != nil {
		return err
	}
	return c.with(ctx, log, func(service *directory.Service) error { return c.create(ctx, env, service, password) })
}

type accountListCommand struct{ database }

// Run prints the listing.
func (c *accountListCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	return c.with(ctx, log, func(service *directory.Service) error {
		accounts, err := service.Accounts(ctx)
		if err != nil {
			return err
		}
		l := newListing(env.stdout, "ID", "NAME", "TIMEZONE", "STATE", "COMPONENTS", "ALLOW-IP", "PARTNER", "PER-MINUTE", "PER-DAY", "JID-HOST")
		for _, a := range accounts {
			l.row(a.ID, a.Name, a.TimeZone, state(a.Disabled, "disabled"), enabled(a.DisabledComponents), names(a.AllowIPs, ","), a.PartnerID, a.PointsPerMinute, a.PointsPerDay, a.JIDHost)
		}
		return l.Flush()
	})
}

// What account set changes is not read from the environment, where it may stand for
// another command.
type accountSetCommand struct {
	database
	Account         int64    `required:"" placeholder:"ID" help:"The account, see account list."`
	Name            *string  `env:"-" help:"Name."`
	Timezone        *string  `env:"-" placeholder:"ZONE" help:"Time zone, as Europe/Moscow."`
	Components      *string  `env:"-" placeholder:"LIST" help:"Components that are on, separated by commas, or all, or none; or with + and - in front of each what to switch on and off: --components=-trainer,-recording. There are ${components}."`
	AllowIP         []string `env:"-" placeholder:"RANGE" help:"Addresses or CIDR ranges from which the account may be called, separated by commas or the flag repeated; none takes the list away, so that all may."`
	Partner         *int64   `env:"-" placeholder:"ID" help:"The partner account that may act for this one; 0 for none."`
	PointsPerMinute *int64   `env:"-" placeholder:"N" help:"Calls that may succeed in a minute; 0 is without limit."`
	PointsPerDay    *int64   `env:"-" placeholder:"N" help:"Calls that may succeed in a day; 0 is without limit."`
	JIDHost         *string  `env:"-" name:"jid-host" placeholder:"HOST" help:"Host of the account's JIDs, as example.com, which no other account may have: by it anybody may ask for presence; none makes presence private."`
}

// Run changes the account.
func (c *accountSetCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	return c.with(ctx, log, func(service *directory.Service) error {
		update := directory.UpdateAccount{
			ID: schema.Some(c.Account), Name: given(c.Name), PartnerID: given(c.Partner),
			PointsPerMinute: given(c.PointsPerMinute), PointsPerDay: given(c.PointsPerDay),
		}
		if c.Timezone != nil {
			update.TimeZone = schema.Some(directory.TimeZone(*c.Timezone))
		}
		if c.Partner != nil && *c.Partner == 0 {
			update.PartnerID = schema.Null[int64]()
		}
		switch {
		case c.JIDHost == nil:
		case *c.JIDHost == "none":
			update.JIDHost = schema.Null[directory.DomainName]()
		default:
			update.JIDHost = schema.Some(directory.DomainName(*c.JIDHost))
		}
		if len(c.AllowIP) > 0 {
			update.AllowIPs = schema.Some(ranges(c.AllowIP))
		}
		if c.Components != nil {
			accounts, err := service.Accounts(ctx)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(accounts, func(a directory.Account) bool { return a.ID == c.Account })
			if i < 0 {
				return fmt.Errorf("there is no account %d; see rosterd account list", c.Account)
			}
			disabled, err := switchComponents(*c.Components, accounts[i].DisabledComponents)
			if err != nil {
				return err
			}
			update.DisabledComponents = schema.Some(disabled)
		}
		return told(service.UpdateAccount(ctx, update))
	})
}

// ranges are those of a flag, of which none means that there are none.
func ranges(texts []string) []directory.AddressRange {
	if len(texts) == 1 && texts[0] == "none" {
		return nil
	}
	all := make([]directory.AddressRange, len(texts))
	for i, text := range texts {
		all[i] = directory.AddressRange(text)
	}
	return all
}

// switchComponents reads a list of components, see accountSetCommand, and tells
// which are off then.
func switchComponents(list string, off []directory.Component) ([]directory.Component, error) {
	all := directory.Components()
	switch list {
	case "all":
		return nil, nil
	case "none":
		return all, nil
	}
	words := strings.Split(list, ",")
	relative := strings.ContainsAny(list, "+-")
	if !relative {
		off = all
	}
	for _, word := range words {
		name := directory.Component(strings.TrimLeft(word, "+-"))
		if !slices.Contains(all, name) || relative != (len(name)+1 == len(word)) {
			return nil, fmt.Errorf("--components %s: %q is none; there are all, none, %s, each of these with + or - in front, or none of them", list, word, names(all, ", "))
		}
		off = slices.DeleteFunc(slices.Clone(off), func(c directory.Component) bool { return c == name })
		if word[0] == '-' {
			off = append(off, name)
		}
	}
	return off, nil
}

// enabled are the components that are on, in words.
func enabled(off []directory.Component) string {
	on := slices.DeleteFunc(directory.Components(), func(c directory.Component) bool { return slices.Contains(off, c) })
	switch {
	case len(off) == 0:
		return "all"
	case len(on) == 0:
		return "none"
	}
	return names(on, ",")
}

func names[T ~string](list []T, separator string) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, separator)
}

// given is the value of a flag, absent if that was not given.
func given[T any](flag *T) schema.Opt[T] {
	if flag == nil {
		return schema.Opt[T]{}
	}
	return schema.Some(*flag)
}

type accountDisableCommand struct {
	database
	Account int64 `required:"" placeholder:"ID" help:"The account, see account list."`
}

// Run disables the account.
func (c *accountDisableCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.disable(ctx, log, c.Account, true)
}

type accountEnableCommand struct {
	database
	Account int64 `required:"" placeholder:"ID" help:"The account, see account list."`
}

// Run enables the account.
func (c *accountEnableCommand) Run(ctx context.Context, log *slog.Logger) error {
	return c.disable(ctx, log, c.Account, false)
}

func (d database) disable(ctx context.Context, log *slog.Logger, account int64, disabled bool) error {
	return d.with(ctx, log, func(service *directory.Service) error {
		return told(service.UpdateAccount(ctx, directory.UpdateAccount{ID: schema.Some(account), Disabled: schema.Some(disabled)}))
	})
}
