package directory

import (
	"context"
	"strings"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Members are the employees with a login: they can sign in and hold tokens. With what
// follows only administrators make and change them; other doors make and change
// them with people, see PersonParams.

// Member is an employee who can sign in, with their account.
type Member struct {
	EmployeeID int64
	Login      string
	FullName   string
	Roles      []Role
	Blocked    bool // may not sign in, and their tokens are access_token_blocked
	Account    Account
}

// Members lists all members of all accounts, by account and id. It is for those who
// have the database itself.
func (s *Service) Members(ctx context.Context) ([]Member, error) { return s.store.Members(ctx) }

// MemberByLogin finds who signs in with a login. It is for those who have the
// database itself.
// Errors: entity_not_found.
func (s *Service) MemberByLogin(ctx context.Context, login string) (Member, error) {
	member, _, err := s.store.MemberByLogin(ctx, login)
	if err != nil {
		return Member{}, err
	}
	if member == nil {
		return Member{}, errors.At(errors.EntityNotFound, place("login"), errors.Shown(login))
	}
	return *member, nil
}

// AddMember makes a new employee, or one who is there, a member.
type AddMember struct {
	EmployeeID schema.Opt[int64]  `json:"employee" doc:"The employee; a new one if absent."`
	LastName   schema.Opt[string] `json:"last_name" length:"1..255" doc:"Last name of a new employee."`
	FirstName  schema.Opt[string] `json:"first_name" length:"..255" doc:"First name of a new employee."`
	Login      schema.Opt[string] `json:"login" required:"true" length:"1..128" doc:"Login, unique in the whole server."`
	Password   schema.Opt[string] `json:"password" required:"true" length:"1..128" secret:"true" doc:"Password; that of an operator's seat, too."`
	Roles      schema.Opt[[]Role] `json:"role" required:"true" enum:"administrator,manager,agent,expert,reader" unique:"true" doc:"Roles."`
}

// CheckTogether reports names that are missing, or not wanted.
func (c *AddMember) CheckTogether(at errors.Path, bad *errors.List) {
	switch {
	case !c.EmployeeID.IsSet() && !c.LastName.IsSet():
		bad.Add(errors.RequiredParameterMissed, at.Key("last_name"), nil)
	case c.EmployeeID.IsSet() && c.LastName.IsSet():
		bad.Add(errors.InvalidParametersCombination, at.Key("last_name"), nil)
	case c.EmployeeID.IsSet() && c.FirstName.IsSet():
		bad.Add(errors.InvalidParametersCombination, at.Key("first_name"), nil)
	}
}

// AddMember answers the employee's id.
// Errors: those of the rules; entity_not_found for the employee; duplicate_entity
// for one who is a member; already_in_use for the login, and for an e-mail that
// another member has; forbidden.
func (s *Service) AddMember(ctx context.Context, c AddMember) (int64, error) {
	actor, err := administrator(ctx)
	if err != nil {
		return 0, err
	}
	if err := check(s, &c); err != nil {
		return 0, err
	}
	hash, err := s.hasher.hash(ctx, c.Password.Value)
	if err != nil {
		return 0, err
	}
	if c.EmployeeID.IsSet() {
		return c.EmployeeID.Value, s.changeEmployee(ctx, actor, c.EmployeeID.Value, hash, func(e *Employee) error {
			if e.IsMember() {
				return errors.At(errors.DuplicateEntity, place("employee"), shownID(e.ID))
			}
			e.Login, e.Roles = c.Login.Value, c.Roles.Value
			return nil
		})
	}
	e, err := s.newEmployee(ctx, actor.AccountID)
	if err != nil {
		return 0, err
	}
	e.LastName, e.FirstName, e.Login, e.Roles = c.LastName.Value, c.FirstName.Value, c.Login.Value, c.Roles.Value
	return e.ID, one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error { return s.insertMember(tx, actor, e, hash) }))
}

// insertMember keeps a new employee, who has a login.
func (s *Service) insertMember(tx Tx, actor Actor, e *Employee, hash string) error {
	member := e.clone() // a unit may run twice
	var err error
	if member.StatusID, err = tx.StatusByMnemonic(s.standards.create.Status.Value); err != nil {
		return err
	}
	member.StatusSince = member.CreatedAt
	if member.Handle, err = tx.FreeHandle(deriveHandle(member.Login)); err != nil {
		return err
	}
	taken, err := tx.InsertEmployee(member, hash)
	if err != nil {
		return err
	}
	if err := refuseTaken(taken, member); err != nil {
		return err
	}
	return appendEvent(tx, actor, member.CreatedAt, KindEmployee, member.ID, created, nil, eventEmployee{member, nil})
}

// SetMemberRoles gives a member roles instead of those that they have.
type SetMemberRoles struct {
	EmployeeID schema.Opt[int64]  `json:"employee" required:"true" doc:"The member."`
	Roles      schema.Opt[[]Role] `json:"role" required:"true" enum:"administrator,manager,agent,expert,reader" unique:"true" doc:"Roles."`
}

// SetMemberRoles holds on every server with the next call.
// Errors: those of the rules; entity_not_found; forbidden, also for the last
// administrator's role.
func (s *Service) SetMemberRoles(ctx context.Context, c SetMemberRoles) error {
	if err := check(s, &c); err != nil {
		return err
	}
	return s.changeMember(ctx, c.EmployeeID.Value, "", func(e *Employee) { e.Roles = c.Roles.Value })
}

// SetMemberPassword replaces a member's password.
type SetMemberPassword struct {
	EmployeeID schema.Opt[int64]  `json:"employee" required:"true" doc:"The member."`
	Password   schema.Opt[string] `json:"password" required:"true" length:"1..128" secret:"true" doc:"New password; that of an operator's seat, too."`
}

// SetMemberPassword ends the member's sessions.
// Errors: those of the rules; entity_not_found; forbidden.
func (s *Service) SetMemberPassword(ctx context.Context, c SetMemberPassword) error {
	if err := check(s, &c); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, c.Password.Value)
	if err != nil {
		return err
	}
	return s.changeMember(ctx, c.EmployeeID.Value, hash, func(*Employee) {})
}

// BlockMember forbids a member to sign in, and to call with their tokens, or allows
// it again. It holds on every server with the next call.
// Errors: entity_not_found; forbidden, also for the last administrator.
func (s *Service) BlockMember(ctx context.Context, employee int64, blocked bool) error {
	return s.changeMember(ctx, employee, "", func(e *Employee) { e.Blocked = blocked })
}

func (s *Service) changeMember(ctx context.Context, id int64, hash string, change func(*Employee)) error {
	actor, err := administrator(ctx)
	if err != nil {
		return err
	}
	return s.changeEmployee(ctx, actor, id, hash, func(e *Employee) error {
		if !e.IsMember() {
			return errors.At(errors.EntityNotFound, place("employee"), shownID(id))
		}
		change(e)
		return nil
	})
}

// changeEmployee changes what makes an employee a member, and the password unless
// its hash is "". Nothing is written where nothing changes.
func (s *Service) changeEmployee(ctx context.Context, actor Actor, id int64, hash string, change func(*Employee) error) error {
	return one(s.store.InTx(ctx, actor.AccountID, func(tx Tx) error {
		before, numbers, err := tx.Employee(id)
		if err != nil {
			return err
		}
		if before == nil {
			return errors.At(errors.EntityNotFound, place("employee"), shownID(id))
		}
		after := before.clone()
		if err := change(after); err != nil {
			return err
		}
		unchanged, err := same(before, after)
		if err != nil || unchanged && hash == "" {
			return err
		}
		after.Version, after.UpdatedAt = before.Version+1, s.now()
		if err := keepAdministrator(tx, before, after); err != nil {
			return err
		}
		taken, err := tx.UpdateEmployee(before, after)
		if err != nil {
			return err
		}
		if err := refuseTaken(taken, after); err != nil {
			return err
		}
		if hash != "" {
			if err := tx.SetPassword(id, hash); err != nil {
				return err
			}
		}
		return appendEvent(tx, actor, after.UpdatedAt, KindEmployee, id, updated, eventEmployee{before, numbers}, eventEmployee{after, numbers})
	}))
}

// PasswordHashes answers the password hashes of employees, by id; those who have no
// password are missing. It is for those who have the database itself: no token may.
// Errors: forbidden.
func (s *Service) PasswordHashes(ctx context.Context, ids []int64) (map[int64]string, error) {
	actor, err := administrator(ctx)
	if err != nil {
		return nil, err
	}
	if actor.TokenID != 0 {
		return nil, errors.E(errors.Forbidden)
	}
	return s.store.PasswordHashes(ctx, actor.AccountID, ids)
}

// refuseTaken tells which values of a member others have.
func refuseTaken(taken []UniqueValue, e *Employee) error {
	var bad errors.List
	addTaken(&bad, taken, e)
	return bad.Err()
}

// keepAdministrator refuses to take from an account the last administrator who can
// sign in: forbidden.
func keepAdministrator(tx Tx, before, after *Employee) error {
	if !before.Administers() || after.Administers() {
		return nil
	}
	others, err := tx.OtherAdministrators(before.ID)
	if err == nil && others == 0 {
		err = errors.At(errors.Forbidden, place("roles"), nil)
	}
	return err
}

// CustomerUserRow is a member of a customer as get.customer_users shows them to the
// customer's partner. Source: data-api.md §2.
type CustomerUserRow struct {
	ID          int64              `json:"id" filter:"true" doc:"Unique id: what user_id takes."`
	Login       string             `json:"login" doc:"Login."`
	Description schema.Opt[string] `json:"description" doc:"Roles, separated by commas."`
	Name        string             `json:"name" filter:"true" sort:"true" doc:"Last name, first name, patronymic."`
	CustomerID  int64              `json:"customer_id" filter:"true" sort:"true" doc:"Id of the customer's account."`
}

// GetCustomerUsers reads a page of the members of the caller's customers.
// Errors: forbidden for an account that is nobody's partner.
func (s *Service) GetCustomerUsers(ctx context.Context, c Get[CustomerUserRow]) (List[CustomerUserRow], error) {
	return get(ctx, s, SelectClientUsers, c, func(actor Actor, q Query, _ schema.Pick) (Page[CustomerUserRow], error) {
		members, err := s.store.CustomerUsers(ctx, actor.AccountID, q)
		page := Page[CustomerUserRow]{Total: members.Total}
		for _, m := range members.Items {
			roles := make([]string, len(m.Roles))
			for i, r := range m.Roles {
				roles[i] = string(r)
			}
			page.Items = append(page.Items, CustomerUserRow{m.EmployeeID, m.Login, some(strings.Join(roles, ", ")), m.FullName, m.Account.ID})
		}
		return page, err
	})
}
