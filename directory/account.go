package directory

import (
	"context"
	"reflect"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Account is a tenant.
type Account struct {
	ID                 int64          `json:"id"`
	Name               string         `json:"name"`
	TimeZone           TimeZone       `json:"time_zone"`
	Disabled           bool           `json:"disabled"`
	DisabledComponents []Component    `json:"disabled_components,omitempty"`
	AllowIPs           []AddressRange `json:"allow_ips,omitempty"`        // from where it may be called; from everywhere if empty
	PartnerID          int64          `json:"partner_id,omitzero"`        // the account that may act for this one; 0 for none
	PointsPerMinute    int64          `json:"points_per_minute,omitzero"` // 0 is without limit
	PointsPerDay       int64          `json:"points_per_day,omitzero"`    // 0 is without limit
	JIDHost            DomainName     `json:"jid_host,omitempty"`         // unique in the whole server; "" if presence is not public
	CreatedAt          time.Time      `json:"created_at"`
}

// Component is a part of the service that an account has or has not. An account
// has all of them until some are switched off. Source of the names: data-api.md
// §2.1.
type Component string

// chatComponent is the one that has operators' seats.
const chatComponent Component = "consultant"

// Components are all that there are.
func Components() []Component {
	return []Component{"trainer", "recording", "consultant", "va", "call_center", "call_tracking", "lead", "sitephone"}
}

// AccountRow is an account as get.account shows it. Source: data-api.md §2.
type AccountRow struct {
	AppID    int64    `json:"app_id" doc:"Id of the account."`
	Name     string   `json:"name" doc:"Name of the account."`
	TimeZone TimeZone `json:"timezone" doc:"IANA time zone." example:"Europe/Moscow"`
}

// GetAccount tells of the caller's account.
func (s *Service) GetAccount(ctx context.Context) (AccountRow, error) {
	actor, err := allowed(ctx, SelectAccount)
	if err != nil {
		return AccountRow{}, err
	}
	a, err := s.account(ctx, actor.AccountID)
	return AccountRow{a.ID, a.Name, a.TimeZone}, err
}

// account reads an account, which must be there.
// Errors: entity_not_found.
func (s *Service) account(ctx context.Context, id int64) (Account, error) {
	a, err := s.store.Account(ctx, id)
	if err != nil {
		return Account{}, err
	}
	if a == nil {
		return Account{}, errors.At(errors.EntityNotFound, place("account"), shownID(id))
	}
	return *a, nil
}

// What follows is for those who have the database itself, on the command line.

// NewAccount asks for an account with its first administrator.
type NewAccount struct {
	Name     schema.Opt[string] `json:"name" required:"true" length:"1..255" doc:"Name of the account."`
	Login    schema.Opt[string] `json:"login" required:"true" length:"1..128" doc:"Login of the first administrator, unique in the whole server."`
	Password schema.Opt[string] `json:"password" required:"true" length:"1..128" secret:"true" doc:"Password of the first administrator."`
}

// Credentials are those of a new account's first administrator.
type Credentials struct {
	AccountID   int64  `json:"account_id"`
	UserID      int64  `json:"user_id"`
	AccessToken string `json:"access_token"`
}

// Accounts lists all accounts, by id.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) { return s.store.Accounts(ctx) }

// CreateAccount makes an account with the standard statuses and its first
// administrator, an employee with a login, and a permanent token of theirs.
// Errors: those of the rules; already_in_use for the login.
func (s *Service) CreateAccount(ctx context.Context, c NewAccount) (Credentials, error) {
	if err := check(s, &c); err != nil {
		return Credentials{}, err
	}
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return Credentials{}, err
	}
	account := Account{ID: ids[0], Name: c.Name.Value, TimeZone: "UTC", CreatedAt: s.now()}
	administrator, err := s.newEmployee(ctx, account.ID)
	if err != nil {
		return Credentials{}, err
	}
	administrator.Login, administrator.LastName, administrator.Roles = c.Login.Value, c.Login.Value, []Role{Administrator}
	statuses := standardStatuses()
	statusIDs, err := s.store.NewIDs(ctx, len(statuses))
	if err != nil {
		return Credentials{}, err
	}
	hash, err := s.hasher.hash(ctx, c.Password.Value)
	if err != nil {
		return Credentials{}, err
	}
	token, text, err := s.newToken(ctx, account.ID, ownKeys)
	if err != nil {
		return Credentials{}, err
	}
	token.EmployeeID, token.Label = administrator.ID, "first administrator"
	err = one(s.store.InTx(ctx, account.ID, func(tx Tx) error {
		if err := tx.InsertAccount(account); err != nil {
			return err
		}
		for i, status := range statuses {
			status.ID = statusIDs[i]
			if err := tx.InsertStatus(status); err != nil {
				return err
			}
		}
		actor := CommandLine(account.ID)
		if err := appendEvent(tx, actor, account.CreatedAt, KindAccount, account.ID, created, nil, account); err != nil {
			return err
		}
		if err := s.insertMember(tx, actor, administrator, hash); err != nil {
			return err
		}
		return tx.InsertToken(token)
	}))
	return Credentials{account.ID, administrator.ID, text}, err
}

// UpdateAccount changes what is given of an account.
type UpdateAccount struct {
	ID                 schema.Opt[int64]          `json:"account" required:"true" doc:"The account."`
	Name               schema.Opt[string]         `json:"name" null:"no" length:"1..255" doc:"Name."`
	TimeZone           schema.Opt[TimeZone]       `json:"timezone" null:"no" length:"1.." doc:"IANA time zone."`
	Disabled           schema.Opt[bool]           `json:"disabled" null:"no" doc:"Whether nobody may call."`
	DisabledComponents schema.Opt[[]Component]    `json:"components" null:"no" enum:"trainer,recording,consultant,va,call_center,call_tracking,lead,sitephone" unique:"true" doc:"The components that are switched off."`
	AllowIPs           schema.Opt[[]AddressRange] `json:"allow_ip" null:"no" items:"100" doc:"From where the account may be called; from everywhere if it is empty."`
	PartnerID          schema.Opt[int64]          `json:"partner" doc:"The account that may act for this one."`
	PointsPerMinute    schema.Opt[int64]          `json:"points_per_minute" null:"no" range:"0.." doc:"Calls that may succeed in a minute; 0 is without limit."`
	PointsPerDay       schema.Opt[int64]          `json:"points_per_day" null:"no" range:"0.." doc:"Calls that may succeed in a day; 0 is without limit."`
	JIDHost            schema.Opt[DomainName]     `json:"jid_host" doc:"Host of the account's JIDs, unique in the whole server: by it anybody may ask for presence. Not public if null."`
}

// UpdateAccount changes an account; it holds on every server with the next call.
// Errors: those of the rules; entity_not_found for the account and for the partner;
// invalid_parameter_value for an account as its own partner; already_in_use for the
// JID host.
func (s *Service) UpdateAccount(ctx context.Context, c UpdateAccount) error {
	if err := check(s, &c); err != nil {
		return err
	}
	before, err := s.account(ctx, c.ID.Value)
	if err != nil {
		return err
	}
	if c.PartnerID.IsSet() {
		if c.PartnerID.Value == before.ID {
			return errors.At(errors.InvalidParameterValue, place("partner"), shownID(before.ID))
		}
		partner, err := s.store.Account(ctx, c.PartnerID.Value) // accounts are not deleted
		if err != nil {
			return err
		}
		if partner == nil {
			return errors.At(errors.EntityNotFound, place("partner"), shownID(c.PartnerID.Value))
		}
	}
	return one(s.store.InTx(ctx, before.ID, func(tx Tx) error {
		before, err := tx.Account()
		if err != nil {
			return err
		}
		after := before
		set(&after.Name, c.Name, none[string]())
		set(&after.TimeZone, c.TimeZone, none[TimeZone]())
		set(&after.Disabled, c.Disabled, none[bool]())
		set(&after.DisabledComponents, c.DisabledComponents, none[[]Component]())
		set(&after.PartnerID, c.PartnerID, none[int64]())
		set(&after.PointsPerMinute, c.PointsPerMinute, none[int64]())
		set(&after.PointsPerDay, c.PointsPerDay, none[int64]())
		if c.AllowIPs.IsSet() {
			after.AllowIPs = normalizeRanges(c.AllowIPs.Value)
		}
		set(&after.JIDHost, c.JIDHost, none[DomainName]())
		after.JIDHost = DomainName(after.JIDHost.normalized())
		if reflect.DeepEqual(before, after) {
			return nil
		}
		free, err := tx.UpdateAccount(after)
		if err != nil {
			return err
		}
		if !free {
			return errors.At(errors.AlreadyInUse, place("jid_host"), errors.Shown(string(c.JIDHost.Value)))
		}
		return appendEvent(tx, CommandLine(before.ID), s.now(), KindAccount, before.ID, updated, before, after)
	}))
}
