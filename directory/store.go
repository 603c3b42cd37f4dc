package directory

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/schema"
)

// Store keeps the roster. Everything is kept within one account; an id of another
// account is an unknown id.
type Store interface {
	// InTx runs units of work of one account, each whole or not at all, and
	// answers when they are on disk: error i is unit i's own, or says why it
	// could not be kept. Units run in their order. A unit may be run again, so it
	// changes nothing but through its Tx.
	InTx(ctx context.Context, account int64, units ...Unit) []error
	// Together runs units of work of one account in a transaction of their own, in
	// which each sees what those before it did and one that fails undoes only itself.
	// Then keep, which may be asked again, says whether all of that stays.
	Together(ctx context.Context, account int64, keep func(errs []error) bool, units ...Unit) []error

	// NewIDs reserves n ids that nothing in the database has or had.
	NewIDs(ctx context.Context, n int) ([]int64, error)

	// Employees reads a page of employees with all that they refer to, and
	// counts all that the query's Where selects, at one moment.
	Employees(ctx context.Context, account int64, q Query) (Page[Employee], References, error)

	// Positions, … read a page of a noun, and count all that the query's Where
	// selects, at one moment.
	Positions(ctx context.Context, account int64, q Query) (Page[PositionRow], error)
	Schedules(ctx context.Context, account int64, q Query) (Page[ScheduleRow], error)
	Sites(ctx context.Context, account int64, q Query) (Page[SiteRow], error)
	// Websites reads the same as Sites, whole.
	Websites(ctx context.Context, account int64, q Query) (Page[Site], error)
	// Statuses reads deleted ones too if it is told so.
	Statuses(ctx context.Context, account int64, q Query, deleted bool) (Page[StatusRow], error)
	// Groups reads members and phone numbers only if they are picked.
	Groups(ctx context.Context, account int64, q Query, pick schema.Pick) (Page[GroupRow], error)
	SIPLines(ctx context.Context, account int64, q Query) (Page[SIPLine], error)
	VirtualNumbers(ctx context.Context, account int64, q Query) (Page[VirtualNumberRow], error)

	// People reads a page of people, and counts all that the query's Where selects,
	// at one moment. PersonIDs reads the ids of all of them, in the query's order.
	People(ctx context.Context, account int64, q Query) (Page[Person], error)
	PersonIDs(ctx context.Context, account int64, q Query) ([]int64, error)
	// ChatGroups and Memberships read a page, and count all that the query's Where
	// selects, at one moment. Memberships are in the order of groups, and in each in
	// that of its members, whatever the query's.
	ChatGroups(ctx context.Context, account int64, q Query) (Page[ChatGroup], error)
	Memberships(ctx context.Context, account int64, q Query) (Page[Membership], error)
	// Skills reads a page, and Tombstones what is left of deleted employees.
	Skills(ctx context.Context, account int64, q Query) (Page[Skill], error)
	Tombstones(ctx context.Context, account int64, q Query) (Page[Tombstone], error)
	// Avatar finds a picture of any account; nil if there is none.
	Avatar(ctx context.Context, id string) (*Avatar, error)

	// Events reads the events of an account that come after a number, the oldest
	// first and limit at most.
	Events(ctx context.Context, account, after int64, limit int) (EventPage, error)
	// LastEvents reads the numbers of the newest events of accounts. Unknown
	// accounts are missing in the answer.
	LastEvents(ctx context.Context, accounts []int64) (map[int64]int64, error)

	// EmployeeStat reads a page of employees as Employees does, each with how long
	// they had which status.
	EmployeeStat(ctx context.Context, account int64, q Query, t StatTime) (Page[StatRow], error)
	// EmployeeActivity tells what is known of the work of each of ids; those of whom
	// nothing is known are missing.
	EmployeeActivity(ctx context.Context, account int64, ids []int64) (map[int64]EmployeeActivity, error)

	// Accounts lists all accounts, by id; Account finds one, and nil if there is none.
	Accounts(ctx context.Context) ([]Account, error)
	Account(ctx context.Context, id int64) (*Account, error)
	// TokenByDigest finds a token, and nil if there is none.
	TokenByDigest(ctx context.Context, digest []byte) (*Token, error)
	// Tokens lists all permanent tokens, by id.
	Tokens(ctx context.Context) ([]Token, error)
	// MemberByLogin finds who signs in with a login, which is compared folded, and
	// the password's hash, "" for none. The member is nil if nobody does.
	MemberByLogin(ctx context.Context, login string) (*Member, string, error)
	// MembersByName finds those who may sign in by a name, which is compared folded:
	// those whose login it is, else whose e-mail address, else whose handle;
	// SignInCandidates at most, by account.
	MembersByName(ctx context.Context, name string) ([]Candidate, error)
	// PasswordHashes reads the password hashes of ids; those who have none are missing.
	PasswordHashes(ctx context.Context, account int64, ids []int64) (map[int64]string, error)
	// AccountByJIDHost finds an account, and nil if there is none.
	AccountByJIDHost(ctx context.Context, host string) (*Account, error)
	// DoorSettings reads an account's settings of a door.
	DoorSettings(ctx context.Context, account int64, door string) (map[string]jsontext.Value, error)
	// Members lists the members of all accounts, by account and id.
	Members(ctx context.Context) ([]Member, error)
	// CustomerUser finds a member of an account whose partner is partner, and nil if
	// there is none. CustomerUsers reads a page of them.
	CustomerUser(ctx context.Context, partner, id int64) (*Member, error)
	CustomerUsers(ctx context.Context, partner int64, q Query) (Page[Member], error)

	// References reads what employees refer to.
	References(ctx context.Context, account int64, employees []Employee) (References, error)
	// Imports and ImportRows read pages of them.
	Imports(ctx context.Context, account int64, q Query) (Page[ImportInfo], error)
	ImportRows(ctx context.Context, account int64, q Query) (Page[ImportRow], error)

	// TakePoints counts up to r.N more points, so that no window has more than its
	// limit, whoever asks at the same time. It answers how many, and what the
	// windows have then. ReturnPoints takes n off those windows that are still the
	// same.
	TakePoints(ctx context.Context, r PointsRequest) (taken int64, used PointsUsed, err error)
	ReturnPoints(ctx context.Context, account, n int64, used PointsUsed) error
}

// Unit is one unit of work. What it returns undoes what it did.
type Unit func(Tx) error

// Tx is a unit of work's view of one account.
type Tx interface {
	// Employee finds an employee with their numbers, in order of priority; nil if
	// there is none.
	Employee(id int64) (*Employee, []Number, error)
	// Employees finds many employees, and all their numbers by id; unknown ones are
	// missing in the answer, which is in the order of ids.
	Employees(ids []int64) ([]*Employee, map[int64]Number, error)
	// Unknown returns those of ids that are no entity of the kind. A deleted status
	// is none.
	Unknown(kind Kind, ids []int64) ([]int64, error)
	// StatusByMnemonic finds a standard status.
	StatusByMnemonic(mnemonic string) (int64, error)
	// NumbersByID and NumbersByIdentity find the account's numbers; unknown ones
	// are missing in the answer.
	NumbersByID(ids []int64) ([]Number, error)
	NumbersByIdentity(identities []string) ([]Number, error)
	// FreeHandle returns base, or base-2, base-3, … whichever nobody has, for what the
	// unit then inserts with it: until then it may be a guess.
	FreeHandle(base string) (string, error)
	// OtherAdministrators counts members with role administrator besides id.
	OtherAdministrators(id int64) (int64, error)

	// InsertAccount makes the account of this Tx, Account reads and UpdateAccount
	// changes it. False says that another has its JID host.
	InsertAccount(a Account) error
	Account() (Account, error)
	UpdateAccount(a Account) (bool, error)
	// InsertStatus, InsertSite and InsertNamed add what employees refer to;
	// InsertNamed adds positions, schedules and skills. False says that the name is
	// taken.
	InsertStatus(s Status) error
	InsertNamed(kind Kind, n Named) (bool, error)
	InsertSite(s Site) (bool, error)
	// Site finds a site; nil if there is none. UpdateSite changes it. False says
	// that another has its domain name.
	Site(id int64) (*Site, error)
	UpdateSite(s Site) (bool, error)
	// Status finds a status; nil if there is none, or it is deleted. UpdateStatus
	// changes it; DeleteStatus marks it deleted, and removes what events remember
	// of it.
	Status(id int64) (*Status, error)
	UpdateStatus(s Status) error
	DeleteStatus(id int64) error
	// Named finds an entity; nil if there is none.
	Named(kind Kind, id int64) (*Named, error)
	// RenameNamed gives an entity its new name. False says that the name is taken.
	RenameNamed(kind Kind, n Named) (bool, error)
	// DeleteNamed removes an entity, and what events remember of it. InUse reports
	// whether an employee has it, or another depends on it: of an employee, whether
	// they coach or have a SIP line.
	DeleteNamed(kind Kind, id int64) error
	InUse(kind Kind, id int64) (bool, error)
	// IDByName finds an entity by name; 0 if there is none. A deleted status is none.
	IDByName(kind Kind, name string) (int64, error)

	// Taken returns which of e's unique values others hold.
	Taken(e *Employee) ([]UniqueValue, error)
	// PutNumber inserts a number, or changes it from what it was before. False says
	// that another number has its identity.
	PutNumber(before *Number, n Number) (bool, error)
	// InsertEmployee, UpdateEmployee and DeleteEmployee keep an employee and
	// everything derived from it. They return which unique values others hold; if
	// there are any, nothing was kept and the unit must fail. The password hash may
	// be empty.
	InsertEmployee(e *Employee, passwordHash string) (taken []UniqueValue, err error)
	UpdateEmployee(before, after *Employee) (taken []UniqueValue, err error)
	DeleteEmployee(e *Employee, at time.Time) error
	// PutAvatar keeps an employee's picture instead of the one that they had, or none.
	PutAvatar(employee int64, a *Avatar) error
	// SignedIn notes when an employee has last signed in.
	SignedIn(employee int64, at time.Time) error
	// Skill finds a skill; nil if there is none. InsertSkill and UpdateSkill keep it;
	// false says that another has its name. Orphan moves what has a group or skill as
	// its parent to the top.
	Skill(id int64) (*Skill, error)
	InsertSkill(s Skill) (bool, error)
	UpdateSkill(s Skill) (bool, error)
	Orphan(kind Kind, parent int64) error
	// EmployeeActivity tells what is known of an employee's work, and
	// PutEmployeeActivity keeps it.
	EmployeeActivity(employee int64) (EmployeeActivity, error)
	PutEmployeeActivity(employee int64, a EmployeeActivity) error
	// PasswordHash is a person's password hash, "" for none. SetPassword replaces it
	// and ends their sessions. ReplacePasswordHash replaces it by another of the same
	// password, unless it is not old any more.
	PasswordHash(employee int64) (string, error)
	SetPassword(employee int64, hash string) error
	ReplacePasswordHash(employee int64, old, hash string) error

	// Group finds a group; nil if there is none.
	Group(id int64) (*Group, error)
	// Members are the ids of a group's members, in their order.
	Members(group int64) ([]int64, error)
	// GroupNumbers are the numbers of a group's members, in order of priority:
	// those that have been given their place, then the others, by member and by the
	// member's own priority. A number that a group has not been told about is
	// available.
	GroupNumbers(group int64) ([]GroupNumber, error)
	// GroupTaken returns which of g's unique values others hold.
	GroupTaken(g *Group) ([]UniqueValue, error)
	// InsertGroup and UpdateGroup keep a group. They return which unique values
	// others hold; if there are any, nothing was kept and the unit must fail.
	InsertGroup(g *Group) (taken []UniqueValue, err error)
	UpdateGroup(before, after *Group) (taken []UniqueValue, err error)
	// DeleteGroup removes a group that has no members, and what events remember of
	// it.
	DeleteGroup(g *Group) error
	// Join makes employees members of a group, after those who are, in their order.
	// Leave ends memberships, with the places and the availability of the members'
	// numbers. Both keep the employees, who have changed in nothing but their
	// groups, and that by one version.
	Join(group int64, members []*Employee) error
	Leave(group int64, members []*Employee) error
	// Membership finds what is kept of a membership itself, and of group and employee
	// only the ids; nil if there is none. UpdateMembership keeps that.
	Membership(group, employee int64) (*Membership, error)
	UpdateMembership(m Membership) error
	// PlaceGroupNumbers gives all of a group's numbers their places.
	PlaceGroupNumbers(group int64, numbers []GroupNumber) error

	// InsertToken keeps a token. BlockToken says whether it is blocked, DeleteToken
	// removes it; both report whether it was there.
	InsertToken(t Token) error
	BlockToken(id int64, blocked bool) (bool, error)
	DeleteToken(id int64) (bool, error)
	// DeleteExpiredSessions removes an employee's sessions that ended before now.
	DeleteExpiredSessions(employee int64, now time.Time) error

	// Sessions counts an employee's sessions at a door.
	Sessions(employee int64, door string) (int64, error)
	// PutDoorSetting keeps a setting of a door.
	PutDoorSetting(door, name string, value jsontext.Value) error

	// SIPLine finds a line, without what is only read with a page; nil if there is
	// none. UpdateSIPLine keeps all of a line that is there.
	SIPLine(id int64) (*SIPLine, error)
	InsertSIPLine(l SIPLine) error
	UpdateSIPLine(l SIPLine) error
	// InsertVirtualNumber adds a number, whose text is its name. False says that the
	// account has it.
	InsertVirtualNumber(n Named) (bool, error)

	// Outcome finds what a call came to; nil if it is not kept. PutOutcome keeps it.
	// DropOutcomes removes those that are no newer than before.
	Outcome(k OutcomeKey) (*Outcome, error)
	PutOutcome(k OutcomeKey, o Outcome) error
	DropOutcomes(before time.Time) error
	// Import finds an import; nil if there is none. PutImport keeps it.
	Import(id int64) (*Import, error)
	PutImport(i Import) error
	// ImportRow finds a row that went in; nil if there is none. PutImportRow keeps it.
	ImportRow(importID int64, key string) (*ImportRow, error)
	PutImportRow(r ImportRow) error

	// Undo takes back what the unit has done so far, its events included.
	Undo() error
	// Append adds an event. It gets the account's next number when the unit is
	// kept.
	Append(e Event) error
}

// Kind is a sort of entity.
type Kind string

// The kinds of entities.
const (
	KindEmployee Kind = "employees"
	KindGroup    Kind = "group_employees"
	KindPosition Kind = "employee_positions"
	KindSchedule Kind = "schedules"
	KindStatus   Kind = "statuses"
	KindSite     Kind = "sites"
	KindSkill    Kind = "skills"
	KindNumber   Kind = "phone_numbers"
	KindAccount  Kind = "account"
	KindToken    Kind = "tokens"

	KindSIPLine       Kind = "sip_lines"
	KindVirtualNumber Kind = "sip_line_virtual_numbers"
)

// Named is an entity that is little more than a name: a position, schedule or
// skill; or the name of any other.
type Named struct {
	ID       int64          `json:"id"`
	Name     string         `json:"name"`
	Document jsontext.Value `json:"document,omitempty"` // a schedule's rules
}

// UniqueValue names a value that only one may have, in an account or (login) in
// the whole server.
type UniqueValue string

// The unique values of employees.
const (
	UniqueHandle        UniqueValue = "handle"
	UniqueExtension     UniqueValue = "extension"
	UniqueOperatorLogin UniqueValue = "operator_login"
	UniqueExternalID    UniqueValue = "external_id"
	UniqueEmail         UniqueValue = "email"
	UniqueLogin         UniqueValue = "login"
	UniqueSAMLID        UniqueValue = "saml_id"
)

// UniqueName is a group's name, which only one group of an account may have.
// Handle and extension are unique among employees and groups.
const UniqueName UniqueValue = "name"

// UniqueValues are g's values that only one may have, employees and groups
// together, in the form in which they are compared.
func (g *Group) UniqueValues() map[UniqueValue]string {
	values := map[UniqueValue]string{UniqueHandle: g.Handle}
	if g.Extension != "" {
		values[UniqueExtension] = string(g.Extension)
	}
	return values
}

// UniqueValues are e's values that only one may have, in the form in which they
// are compared. E-mail is unique among members.
func (e *Employee) UniqueValues() map[UniqueValue]string {
	values := map[UniqueValue]string{UniqueHandle: e.Handle}
	if e.Extension.Number != "" {
		values[UniqueExtension] = string(e.Extension.Number)
	}
	if e.Seat != nil {
		values[UniqueOperatorLogin] = Fold(e.Seat.Login)
	}
	if e.SAMLID != "" {
		values[UniqueSAMLID] = e.SAMLID
	}
	if e.ExternalID != "" {
		values[UniqueExternalID] = e.ExternalID
	}
	if e.IsMember() {
		values[UniqueLogin] = Fold(e.Login)
		if e.Email != "" {
			values[UniqueEmail] = Fold(string(e.Email))
		}
	}
	return values
}

// noun is how events call one entity of the kind.
func (k Kind) noun() string {
	return map[Kind]string{
		KindAccount: "account", KindEmployee: "employee", KindGroup: "group", KindPosition: "position", KindSchedule: "schedule",
		KindStatus: "status", KindSite: "site", KindSkill: "skill", KindNumber: "phone_number", KindToken: "token",
		KindSIPLine: "sip_line", KindVirtualNumber: "virtual_number",
	}[k]
}

// Event is one change, for subscribers and the audit log. Before and After are
// JSON without secrets; both are emptied when their subject is deleted.
type Event struct {
	Kind      string // noun and verb: "employee.created"
	Subject   Kind
	SubjectID int64
	Actor     Actor
	At        time.Time
	Before    []byte // nil for a creation
	After     []byte // nil for a deletion
}

// NumberedEvent is an event that is kept.
type NumberedEvent struct {
	Number int64
	Event  // of its Actor, AccountID, EmployeeID and TokenID
}

// EventPage is some of an account's events. Oldest and Newest are the numbers of
// the first and the last event of all that are kept, at the same moment; if none
// is, Oldest is one more than Newest.
type EventPage struct {
	Events         []NumberedEvent
	Oldest, Newest int64
}

// The verbs of events.
const (
	created = "created"
	updated = "updated"
	deleted = "deleted"
)

// appendEvent tells of a change. before and after are what JSON remembers of the
// subject, or nil.
func appendEvent(tx Tx, actor Actor, at time.Time, kind Kind, id int64, verb string, before, after any) error {
	e := Event{Kind: kind.noun() + "." + verb, Subject: kind, SubjectID: id, Actor: actor, At: at}
	var err error
	if e.Before, err = textOf(before); err != nil {
		return err
	}
	if e.After, err = textOf(after); err != nil {
		return err
	}
	return tx.Append(e)
}

// textOf is what events remember of a subject as JSON; nothing of nil.
func textOf(subject any) ([]byte, error) {
	switch subject := subject.(type) {
	case nil:
		return nil, nil
	case eventEmployee:
		return subject.text()
	}
	return json.Marshal(subject)
}
