package directory

import (
	"context"
	"slices"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// ChatGroup is a group as chat systems see it.
type ChatGroup struct {
	Group
	Members int64 // how many
	Agents  int64 // how many of them are chat agents
	Show    Show  // the best of the enabled members: chat, available, away, dnd, xa, unavailable
}

// The fields by which chat groups are selected and sorted, beside id, name and
// handle.
const (
	GroupRocketID = "rocket_id"
	GroupEnabled  = "enabled" // boolean
	GroupParent   = "parent_id"
)

// GroupSettings is what chat systems say of a group beside the parameters of the
// Data API.
type GroupSettings struct {
	Description        schema.Opt[string] `json:"description" length:"..4000" doc:"What the group is for."`
	Email              schema.Opt[Email]  `json:"email" length:"..254" doc:"Where messages to the group go."`
	Enabled            schema.Opt[bool]   `json:"enabled" default:"true" doc:"Whether the group takes chats."`
	ShowOnRegistration schema.Opt[bool]   `json:"show_on_registration" default:"false" doc:"Whether visitors may choose it when they register."`
	ShowOnOfflineForm  schema.Opt[bool]   `json:"show_on_offline_form" default:"false" doc:"Whether visitors may choose it while nobody is there."`
	Transcripts        schema.Opt[bool]   `json:"transcripts" default:"false" doc:"Whether transcripts go to the e-mail address."`
	Avatar             schema.Opt[string] `json:"avatar" length:"..2000" doc:"URL of a picture."`
	ParentID           schema.Opt[int64]  `json:"parent_id" doc:"The group that it is a part of."`
}

// CreateChatGroup adds a group.
type CreateChatGroup struct {
	CreateGroup
	GroupSettings
}

// UpdateChatGroup changes what is given and leaves the rest.
type UpdateChatGroup struct {
	UpdateGroup
	GroupSettings
}

// CreateChatGroups adds groups as CreateGroups does; it answers their ids.
func (s *Service) CreateChatGroups(ctx context.Context, commands []CreateChatGroup) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreateChatGroup) (job[int64], error) {
		return (&groupWriter{s, actor, &c.GroupParams, &c.GroupSettings, schema.Of[CreateChatGroup](s.revision).Arrange}).job(ctx)
	})
}

// UpdateChatGroups changes groups as UpdateGroups does. A name that was the handle
// follows a new handle, unless a name is given.
func (s *Service) UpdateChatGroups(ctx context.Context, commands []UpdateChatGroup) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdateChatGroup) (job[struct{}], error) {
		w := groupWriter{s, actor, &c.GroupParams, &c.GroupSettings, schema.Of[UpdateChatGroup](s.revision).Arrange}
		return done(func(tx Tx) error {
			before, err := existingGroup(tx, c.ID.Value)
			if err != nil {
				return err
			}
			after := *before
			w.apply(&after)
			if before.Name == before.Handle && !w.Name.IsSet() {
				after.Name = after.Handle
			}
			return w.save(tx, before, &after)
		})
	})
}

// ChatGroups reads a page of groups, at one moment.
// Errors: forbidden without the right employees:select.
func (s *Service) ChatGroups(ctx context.Context, q Query) (Page[ChatGroup], error) {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return Page[ChatGroup]{}, err
	}
	return s.store.ChatGroups(ctx, actor.AccountID, q)
}

// Membership is an employee in a group.
type Membership struct {
	Group     Group
	GroupShow Show
	Person    Person
	Enabled   bool  // takes part in the group's presence and its chats
	ChatLimit int64 // chats of the group at the same time; 0 is no limit of its own
	Order     int64 // the smallest is asked first
	ChangedAt time.Time
}

// The fields by which memberships are selected; they are sorted by group and then
// by when they began.
const (
	MembershipGroup    = "group_id"
	MembershipEmployee = "employee_id"
	MembershipAgent    = "agent"         // boolean: the employee is a chat agent
	MembershipActive   = "group_enabled" // boolean: Group.Enabled
)

// Memberships reads a page of memberships, at one moment.
// Errors: forbidden without the right employees:select.
func (s *Service) Memberships(ctx context.Context, q Query) (Page[Membership], error) {
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return Page[Membership]{}, err
	}
	return s.store.Memberships(ctx, actor.AccountID, q)
}

// EachMembership visits all memberships that where selects, some at a time: who joins
// or leaves meanwhile may be missed or met twice.
// Errors: as Memberships, and those of visit.
func (s *Service) EachMembership(ctx context.Context, where Condition, visit func(*Membership) error) error {
	for q := (Query{Where: where, Limit: eachPage, Uncounted: true}); ; q.Offset += eachPage {
		page, err := s.Memberships(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Items {
			if err := visit(&page.Items[i]); err != nil {
				return err
			}
		}
		if len(page.Items) < eachPage {
			return nil
		}
	}
}

// MembershipParams is what a membership says.
type MembershipParams struct {
	Enabled   schema.Opt[bool]  `json:"enabled" default:"true" doc:"Whether the employee takes part in the group's presence and its chats."`
	ChatLimit schema.Opt[int64] `json:"chat_limit" range:"0..1000" default:"0" doc:"Chats of the group at the same time; 0 is no limit of its own."`
	Order     schema.Opt[int64] `json:"order" range:"-1000000..1000000" default:"0" doc:"The smallest is asked first."`
}

// CreateMembership makes an employee a member of a group.
type CreateMembership struct {
	GroupID    schema.Opt[int64] `json:"group_id" required:"true" doc:"The group."`
	EmployeeID schema.Opt[int64] `json:"employee_id" required:"true" doc:"The employee."`
	MembershipParams
}

// UpdateMembership changes what is given and leaves the rest.
type UpdateMembership struct{ CreateMembership }

// DeleteMembership ends a membership.
type DeleteMembership struct {
	GroupID    schema.Opt[int64] `json:"group_id" required:"true" doc:"The group."`
	EmployeeID schema.Opt[int64] `json:"employee_id" required:"true" doc:"The employee."`
}

// CreateMemberships makes employees members of groups.
// Errors: entity_not_found for group and employee; duplicate_entity for who is a
// member; data_limit_exceeded for who is in MaxGroups already.
func (s *Service) CreateMemberships(ctx context.Context, commands []CreateMembership) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *CreateMembership) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.createMembership(tx, actor, c) })
	})
}

func (s *Service) createMembership(tx Tx, actor Actor, c *CreateMembership) error {
	var bad errors.List
	g, err := tx.Group(c.GroupID.Value)
	if err != nil {
		return err
	}
	if g == nil {
		bad.Add(errors.EntityNotFound, place("group_id"), shownID(c.GroupID.Value))
	}
	joining, err := readPeople(tx, []int64{c.EmployeeID.Value})
	if err != nil {
		return err
	}
	at := place("employee_id")
	switch {
	case len(joining.employees) == 0:
		bad.Add(errors.EntityNotFound, at, shownID(c.EmployeeID.Value))
	case g != nil && slices.Contains(joining.employees[0].Groups, g.ID):
		bad.Add(errors.DuplicateEntity, at, shownID(c.EmployeeID.Value))
	case len(joining.employees[0].Groups) >= MaxGroups:
		bad.Add(errors.DataLimitExceeded, at, shownID(c.EmployeeID.Value))
	}
	if err := bad.Err(); err != nil {
		return err
	}
	now := s.now()
	if err := joining.join(tx, actor, now, g.ID); err != nil {
		return err
	}
	m, err := tx.Membership(g.ID, c.EmployeeID.Value)
	if err != nil {
		return err
	}
	before := *m.terms()
	if c.apply(m, &s.standards.membership); *m.terms() != before {
		if err := tx.UpdateMembership(*m); err != nil {
			return err
		}
	}
	return appendEvent(tx, actor, now, KindGroup, g.ID, updated, eventGroup{Group: g}, eventGroup{Group: g, Members: joining.ids, Terms: m.terms()})
}

// apply puts what was given into m.
func (c *MembershipParams) apply(m *Membership, standard *MembershipParams) {
	set(&m.Enabled, c.Enabled, standard.Enabled)
	set(&m.ChatLimit, c.ChatLimit, standard.ChatLimit)
	set(&m.Order, c.Order, standard.Order)
}

// terms are what events remember of a membership.
type terms struct {
	EmployeeID int64 `json:"employee_id"`
	Enabled    bool  `json:"enabled"`
	ChatLimit  int64 `json:"chat_limit"`
	Order      int64 `json:"order"`
}

func (m *Membership) terms() *terms { return &terms{m.Person.ID, m.Enabled, m.ChatLimit, m.Order} }

// UpdateMemberships changes memberships.
// Errors: entity_not_found.
func (s *Service) UpdateMemberships(ctx context.Context, commands []UpdateMembership) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdateMembership) (job[struct{}], error) {
		return done(func(tx Tx) error {
			g, m, err := existingMembership(tx, c.GroupID.Value, c.EmployeeID.Value)
			if err != nil {
				return err
			}
			after := *m
			if c.apply(&after, &s.standards.membership); *after.terms() == *m.terms() {
				return nil
			}
			after.ChangedAt = s.now()
			if err := tx.UpdateMembership(after); err != nil {
				return err
			}
			return appendEvent(tx, actor, after.ChangedAt, KindGroup, g.ID, updated, eventGroup{Group: g, Terms: m.terms()}, eventGroup{Group: g, Terms: after.terms()})
		})
	})
}

// existingMembership finds a membership and its group.
func existingMembership(tx Tx, group, employee int64) (*Group, *Membership, error) {
	g, err := tx.Group(group)
	if err == nil && g == nil {
		err = errors.At(errors.EntityNotFound, place("group_id"), shownID(group))
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := tx.Membership(group, employee)
	if err == nil && m == nil {
		err = errors.At(errors.EntityNotFound, place("employee_id"), shownID(employee))
	}
	return g, m, err
}

// DeleteMemberships ends memberships.
// Errors: entity_not_found.
func (s *Service) DeleteMemberships(ctx context.Context, commands []DeleteMembership) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *DeleteMembership) (job[struct{}], error) {
		return done(func(tx Tx) error {
			g, _, err := existingMembership(tx, c.GroupID.Value, c.EmployeeID.Value)
			if err != nil {
				return err
			}
			leaving, err := readPeople(tx, []int64{c.EmployeeID.Value})
			if err != nil {
				return err
			}
			now := s.now()
			if err := leaving.leave(tx, actor, now, g.ID); err != nil {
				return err
			}
			return appendEvent(tx, actor, now, KindGroup, g.ID, updated, eventGroup{Group: g, Members: leaving.ids}, eventGroup{Group: g})
		})
	})
}
