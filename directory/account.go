package directory

import (
	"context"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

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

// Accounts lists all accounts.
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
	token, text, err := s.newToken(ctx, account.ID, administrator.ID)
	if err != nil {
		return Credentials{}, err
	}
	token.Label = "first administrator"
	err = one(s.store.InTx(ctx, account.ID, func(tx Tx) error {
		if err := tx.InsertAccount(account); err != nil {
			return err
		}
		for i, status := range statuses {
			status.ID = statusIDs[i]
			if err := tx.InsertStatus(status); err != nil {
				return err
			}
			if status.Mnemonic == s.standards.create.Status.Value {
				administrator.StatusID, administrator.StatusSince = status.ID, administrator.CreatedAt
			}
		}
		if administrator.Handle, err = tx.FreeHandle(deriveHandle(administrator.Login)); err != nil {
			return err
		}
		taken, err := tx.InsertEmployee(administrator, hash)
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			return errors.At(errors.AlreadyInUse, place("login"), errors.Shown(administrator.Login))
		}
		if err := tx.InsertToken(token); err != nil {
			return err
		}
		actor := CommandLine(account.ID)
		if err := appendEvent(tx, actor, account.CreatedAt, KindAccount, account.ID, created, nil, account); err != nil {
			return err
		}
		return appendEvent(tx, actor, account.CreatedAt, KindEmployee, administrator.ID, created, nil, eventEmployee{administrator, nil})
	}))
	return Credentials{account.ID, administrator.ID, text}, err
}
