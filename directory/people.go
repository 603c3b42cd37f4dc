package directory

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// People are employees as chat systems see them: with a name to show, a presence
// and a channel for chats. What the Data API's commands cannot say, and other
// doors' clients do, is here; the rules are the same.

// Person is an employee with what is kept beside them.
type Person struct {
	Employee
	Chosen   Status           // the status that they have chosen
	Activity EmployeeActivity // connected or not among it
	In       []*Group         // the groups of Employee.Groups, in the same order
	Serves   []Site           // the sites of the seat, in the same order
	Skilled  []Skill          // the skills of Employee.Skills, in the same order

	SignedInAt time.Time // last; zero if never
}

// The fields by which people are selected and sorted, beside those of get.employees
// that are no objects or arrays.
const (
	PersonRocketID      = "rocket_id"     // text
	PersonName          = "shown_name"    // text: Employee.ShownName
	PersonAgent         = "agent"         // boolean: Employee.IsChatAgent
	PersonManager       = "manager"       // boolean: has the role manager
	PersonChatting      = "chatting"      // boolean: is an agent and available for chats
	PersonChatSlots     = "chat_slots"    // number, null without a seat
	PersonChatStatus    = "chat_status"   // text, to sort by: "available", "not-available", null without a seat
	PersonPresence      = "presence"      // text: Person.Presence
	PersonConnected     = "connected"     // boolean
	PersonSignedIn      = "signed_in"     // boolean: has ever signed in
	PersonAdministrator = "administrator" // boolean: Employee.Administers
	PersonGroups        = "group_ids"     // array of numbers, for OpOverlap
	PersonSites         = "site_ids"      // array of numbers, for OpOverlap
	PersonSkills        = "skill_ids"     // array of numbers, for OpOverlap
)

// PersonParams is what chat systems say of a person beside the parameters of the
// Data API.
type PersonParams struct {
	Login         schema.Opt[string]   `json:"login" null:"no" length:"1..128" doc:"Login, unique in the whole server: who has one is a member."`
	Password      schema.Opt[string]   `json:"password" null:"no" length:"1..128" secret:"true" doc:"The person's one password."`
	Blocked       schema.Opt[bool]     `json:"blocked" default:"false" doc:"Whether a member may not sign in."`
	EmailVerified schema.Opt[bool]     `json:"email_verified" default:"false" doc:"Whether the e-mail address has been verified; a new address has not."`
	ShownName     schema.Opt[string]   `json:"shown_name" null:"no" length:"1..255" doc:"The one name of doors that have one: it becomes the display name, and the last name where there is no first name."`
	DisplayName   schema.Opt[string]   `json:"display_name" null:"no" length:"1..255" doc:"The name that chat systems show."`
	Agent         schema.Opt[bool]     `json:"agent" null:"no" doc:"True gives the role agent, a seat unless there is one, and the chat channel, available; false takes role and channel away and leaves the seat."`
	Seat          schema.Opt[bool]     `json:"seat" null:"no" doc:"True gives a seat to who has none: the display name as given or else the full name, the handle as login. False changes nothing."`
	HandleNames   schema.Opt[bool]     `json:"handle_names" null:"no" doc:"True lets names that were the handle follow a new one, as do logins."`
	Show          schema.Opt[Show]     `json:"show" null:"no" enum:"chat,available,away,xa,dnd,unavailable" doc:"Presence: chooses a status that shows it, unless the chosen one does, and connects; unavailable disconnects, and changes nothing for who is not connected."`
	Presence      schema.Opt[Presence] `json:"presence" null:"no" enum:"online,away,busy,offline" doc:"The same in four words; show wins over it."`
	StatusText    schema.Opt[string]   `json:"status_text" length:"..255" doc:"What the person says of their presence."`
	DeskParams
}

// CreatePerson adds a person. Phone numbers are required of no one here.
type CreatePerson struct {
	CreateEmployee
	PersonParams
}

// CheckTogether reports what does not fit within a create.
func (c *CreatePerson) CheckTogether(at errors.Path, bad *errors.List) {
	c.CreateEmployee.checkTogether(c.Seat.Value || c.Agent.Value, at, bad)
}

// UpdatePerson changes what is given and leaves the rest. A login that was the
// handle, be it the member's or the seat's, follows a new handle.
type UpdatePerson struct {
	UpdateEmployee
	PersonParams
}

// CreatePeople adds people as CreateEmployees does; it answers their ids.
// Errors: those of CreateEmployees; already_in_use for the login; forbidden for a
// login without the right members:insert; parameter_component_disabled for seats in
// an account without the component consultant.
func (s *Service) CreatePeople(ctx context.Context, commands []CreatePerson) []Result[int64] {
	given := slices.Clone(commands)
	for i := range given {
		if !given[i].PhoneNumbers.Given() {
			given[i].PhoneNumbers = schema.Some([]PhoneNumber{})
		}
	}
	return write(ctx, s, InsertEmployees, given, func(ctx context.Context, actor Actor, c *CreatePerson) (job[int64], error) {
		if err := c.PersonParams.permit(actor); err != nil {
			return job[int64]{}, err
		}
		return s.creation(ctx, actor, &c.CreateEmployee, &c.PersonParams, schema.Of[CreatePerson](s.revision).Arrange)
	})
}

// UpdatePeople changes people as UpdateEmployees does.
// Errors: those of UpdateEmployees; already_in_use for the login; forbidden for
// login and blocked without the right members:update; parameter_component_disabled
// as CreatePeople.
func (s *Service) UpdatePeople(ctx context.Context, commands []UpdatePerson) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(ctx context.Context, actor Actor, c *UpdatePerson) (job[struct{}], error) {
		if err := c.PersonParams.permit(actor); err != nil {
			return job[struct{}]{}, err
		}
		return s.change(ctx, actor, &c.UpdateEmployee, &c.PersonParams, schema.Of[UpdatePerson](s.revision).Arrange)
	})
}

// People reads a page of people, at one moment.
// Errors: forbidden without the right employees:select.
func (s *Service) People(ctx context.Context, q Query) (Page[Person], error) {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return Page[Person]{}, err
	}
	return s.store.People(ctx, actor.AccountID, q)
}

// eachPage is how many people EachPerson reads at a time.
const eachPage = 500

// EachPerson visits all people that q selects, in its order and whatever its limit,
// some at a time: who is changed meanwhile so that q does not select them any more
// is left out.
// Errors: as People, and those of visit.
func (s *Service) EachPerson(ctx context.Context, q Query, visit func(*Person) error) error {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return err
	}
	ids, err := s.store.PersonIDs(ctx, actor.AccountID, q)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids[min(q.Offset, int64(len(ids))):], eachPage) {
		where := All{Test{Field: "id", Op: OpIn, Values: anys(chunk)}}
		if q.Where != nil {
			where = append(where, q.Where)
		}
		page, err := s.store.People(ctx, actor.AccountID, Query{Where: where, Limit: eachPage})
		if err != nil {
			return err
		}
		byID := make(map[int64]*Person, len(page.Items))
		for i := range page.Items {
			byID[page.Items[i].ID] = &page.Items[i]
		}
		for _, id := range chunk {
			if p := byID[id]; p != nil {
				if err := visit(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func anys(ids []int64) []any {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return values
}

// Self is who calls. It needs no right.
// Errors: forbidden for the account's own token, which is nobody.
func (s *Service) Self(ctx context.Context) (Person, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return Person{}, err
	}
	return s.person(ctx, actor.AccountID, actor.EmployeeID)
}

// person reads one.
// Errors: forbidden for who is not there, or not any more.
func (s *Service) person(ctx context.Context, account, id int64) (Person, error) {
	page, err := s.store.People(ctx, account, Query{Where: Is("id", id), Limit: 1})
	if err == nil && len(page.Items) == 0 {
		err = errors.E(errors.Forbidden)
	}
	if err != nil {
		return Person{}, err
	}
	return page.Items[0], nil
}

// ShownName is the name that chat systems show: the display name, else first and
// last name.
func (e *Employee) ShownName() string {
	switch {
	case e.Seat != nil:
		return e.Seat.DisplayName
	case e.DisplayName != "":
		return e.DisplayName
	case e.FirstName == "":
		return e.LastName
	}
	return e.FirstName + " " + e.LastName
}

// IsChatAgent reports whether e serves chats: has a seat with the chat channel.
func (e *Employee) IsChatAgent() bool { return e.Seat != nil && e.Channels.Chat.Enabled }

// permit refuses seats in an account that has no chat system.
func (p *PersonParams) permit(actor Actor) error {
	var bad errors.List
	for _, seat := range []struct {
		name  string
		given bool
	}{{"agent", p.Agent.IsSet()}, {"seat", p.Seat.Value}} {
		if seat.given && !actor.Has(chatComponent) {
			bad.Append(errors.Violation{Code: errors.ParameterComponentDisabled, Path: place(seat.name), Params: map[string]string{"components": string(chatComponent)}})
		}
	}
	return bad.Err()
}

// applySeat puts what chat systems say of e's names into e, and gives e a seat if
// they say so.
func (w *writer) applySeat(e *Employee) {
	shown := w.DisplayName
	if w.ShownName.IsSet() {
		shown = w.ShownName
		if e.FirstName == "" {
			e.LastName = w.ShownName.Value
		}
	}
	set(&e.DisplayName, shown, none[string]())
	if (w.Seat.Value || w.Agent.Value) && e.Seat == nil {
		w.takeSeat(e)
		e.Seat.DisplayName = e.DisplayName
		if e.DisplayName == "" {
			e.Seat.DisplayName = e.FullName()
		}
	}
	if e.Seat != nil {
		set(&e.Seat.DisplayName, shown, none[string]())
		e.DisplayName = ""
	}
}

// applyPerson puts what else chat systems say into e. before is e as it was.
func (w *writer) applyPerson(before, e *Employee, bad *errors.List) {
	set(&e.Login, w.Login, none[string]())
	set(&e.Blocked, w.Blocked, none[bool]())
	if Fold(string(before.Email)) != Fold(string(e.Email)) {
		e.Verified = false
	}
	set(&e.Verified, w.EmailVerified, none[bool]())
	set(&e.StatusText, w.StatusText, none[string]())
	if w.Agent.IsSet() {
		e.Roles = slices.DeleteFunc(e.Roles, func(r Role) bool { return r == Agent })
		e.Channels.Chat.Enabled, e.Channels.Chat.Available = w.Agent.Value, w.Agent.Value
	}
	if w.Agent.Value {
		e.Roles = append(e.Roles, Agent)
	}
	w.applyDesk(e, bad)
}

// seatLogins is how many logins are tried for a seat that has none.
const seatLogins = 20

// nameSeat gives a seat that has no login yet the handle, or if another seat has that
// as its login, the handle and a number.
func (w *writer) nameSeat(tx Tx, e *Employee) error {
	if e.Seat == nil || e.Seat.Login != "" {
		return nil
	}
	for n := 1; ; n++ {
		if e.Seat.Login = e.Handle; n > 1 {
			e.Seat.Login += "-" + strconv.Itoa(n)
		}
		taken, err := tx.Taken(e)
		if err != nil || n == seatLogins || !slices.Contains(taken, UniqueOperatorLogin) {
			return err
		}
	}
}

// followHandle lets a login that was the handle be the new one.
func (w *writer) followHandle(before, e *Employee) {
	if before.Handle == e.Handle || !w.isPerson {
		return
	}
	if !w.Login.IsSet() && Fold(e.Login) == before.Handle {
		e.Login = e.Handle
	}
	if w.HandleNames.Value {
		names := []*string{&e.DisplayName}
		if e.FirstName == "" {
			names = append(names, &e.LastName)
		}
		if e.Seat != nil {
			names = append(names, &e.Seat.DisplayName)
		}
		for _, name := range names {
			if *name == before.Handle {
				*name = e.Handle
			}
		}
	}
	if e.Seat != nil && !w.Operator.Value.Login.IsSet() && Fold(e.Seat.Login) == before.Handle {
		e.Seat.Login = e.Handle
	}
}
