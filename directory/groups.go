package directory

import (
	"context"
	"slices"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Groups are the employees that calls and chats are given to together. Which
// groups they are in is the employees' own: whoever joins or leaves has changed.
// Source: data-api.md §5.2.

// MaxGroups is how many groups an employee is in at most: the items of the
// commands' groups.
const MaxGroups = 1000

// GroupRow is a group as get.group_employees shows it.
type GroupRow struct {
	ID               int64                     `json:"id" filter:"true" doc:"Unique id."`
	Name             string                    `json:"name" filter:"true" sort:"true" doc:"Name, unique in the account."`
	Members          []MemberRow               `json:"members" doc:"Employees of the group, in the order in which they joined."`
	PhoneNumbers     []GroupNumberRow          `json:"phone_numbers" filter:"true" doc:"The members' phone numbers in the order in which they are dialled."`
	GroupPhoneNumber schema.Opt[ExtensionText] `json:"group_phone_number" filter:"true" sort:"true" doc:"Extension of the group."`
	QueueEnabled     bool                      `json:"queue_enabled" filter:"true" doc:"Whether callers may wait in line when all numbers are busy."`
	ChannelsCount    int64                     `json:"channels_count" filter:"true" doc:"Number of phone lines, 1 to 199."`

	UUID   string `json:"uuid" ours:"true" filter:"true" doc:"UUID, fixed for life."`
	Handle string `json:"handle" ours:"true" filter:"true" sort:"true" doc:"Short name in chat systems."`
}

// MemberRow is one of the field members.
type MemberRow struct {
	ID       int64  `json:"employee_id" doc:"The employee."`
	FullName string `json:"employee_full_name" doc:"The employee's full name."`
}

// GroupNumberRow is one of the field phone_numbers of a group.
type GroupNumberRow struct {
	PhoneNumber string `json:"employee_phone_number" doc:"The number, as first given."`
	ID          int64  `json:"employee_phone_number_id" doc:"The number as this employee's; two who share a number have it under two ids."`
	FullName    string `json:"employee_full_name" doc:"The employee's full name."`
	EmployeeID  int64  `json:"employee_id" doc:"The employee whose it is."`
	Available   bool   `json:"available" doc:"Whether the group dials it."`
	PhoneID     int64  `json:"phone_in_employee_id" doc:"The number's record, phone_id of the employee's phone_numbers."`
}

// CreateGroup adds a group.
type CreateGroup struct {
	GroupParams
	WriteOptions
}

// UpdateGroup changes what is given and leaves the rest; null resets to the
// default.
type UpdateGroup struct {
	ID          schema.Opt[int64] `json:"id" required:"true" doc:"The group."`
	GroupParams `partial:"true"`
	WriteOptions
}

// GroupParams is what a group is.
type GroupParams struct {
	Name             schema.Opt[string]        `json:"name" required:"true" null:"no" length:"1..255" doc:"Name, unique in the account."`
	Members          schema.Opt[[]int64]       `json:"members" items:"10000" unique:"true" doc:"Ids of the employees in the group, all of them. Who was in it before keeps their place, and their numbers theirs; the others follow in the order given."`
	GroupPhoneNumber schema.Opt[ExtensionText] `json:"group_phone_number" length:"1..5" component:"va" doc:"Extension of the group: 1 to 5 digits, unique among the account's employees and groups."`
	QueueEnabled     schema.Opt[bool]          `json:"queue_enabled" default:"false" component:"va" doc:"Let callers wait in line when all numbers are busy."`
	ChannelsCount    schema.Opt[int64]         `json:"channels_count" range:"1..199" default:"1" component:"va" doc:"Number of phone lines."`
	Handle           schema.Opt[GroupHandle]   `json:"handle" ours:"true" null:"no" doc:"Short name in chat systems, unique among the account's employees and groups, at most 60 characters; derived from the name where not given."`
}

// DeleteGroup removes a group.
type DeleteGroup struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The group."`
	WriteOptions
}

// UpdateGroupNumbers sets in which order a group dials its members' numbers.
type UpdateGroupNumbers struct {
	ID           schema.Opt[int64]               `json:"id" required:"true" doc:"The group."`
	PhoneNumbers schema.Opt[[]GroupNumberParams] `json:"phone_numbers" required:"true" null:"no" items:"100000" doc:"All numbers of the group, in the order in which they are to be dialled."`
	WriteOptions
}

// GroupNumberParams is one of the parameter phone_numbers of a group.
type GroupNumberParams struct {
	ID        schema.Opt[int64] `json:"employee_phone_number_id" required:"true" null:"no" doc:"The number, as get.group_employees tells it."`
	Available schema.Opt[bool]  `json:"available" default:"true" doc:"Whether the group dials it; stays as it is where not given."`
}

// GroupNumber is a phone number of a member, as a group knows it.
type GroupNumber struct {
	ID         int64 `json:"employee_phone_number_id"` // of the employee's LinkIDs
	EmployeeID int64 `json:"employee_id"`
	Available  bool  `json:"available"` // the group dials it
	Placed     bool  `json:"-"`         // has been given its place, before those that have not
}

// CheckTogether reports numbers that stand twice.
func (c *UpdateGroupNumbers) CheckTogether(at errors.Path, bad *errors.List) {
	seen := make(map[int64]bool, len(c.PhoneNumbers.Value))
	for i, n := range c.PhoneNumbers.Value {
		if n.ID.IsSet() && seen[n.ID.Value] {
			bad.Add(errors.InvalidParameterValue, at.Key("phone_numbers").Index(i).Key("employee_phone_number_id"), shownID(n.ID.Value))
		}
		seen[n.ID.Value] = true
	}
}

// GetGroups reads a page of groups.
func (s *Service) GetGroups(ctx context.Context, c Get[GroupRow]) (List[GroupRow], error) {
	return get(ctx, s, SelectEmployees, c, func(actor Actor, q Query, pick schema.Pick) (Page[GroupRow], error) {
		return s.store.Groups(ctx, actor.AccountID, q, pick)
	})
}

// CreateGroups adds groups; it answers their ids.
// Errors: duplicate_entity for the name; already_in_use for what else must be
// unique; entity_not_found for a member; data_limit_exceeded for a member who is
// in MaxGroups already.
func (s *Service) CreateGroups(ctx context.Context, commands []CreateGroup) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreateGroup) (job[int64], error) {
		return (&groupWriter{s, actor, &c.GroupParams, &GroupSettings{}, schema.Of[CreateGroup](s.revision).Arrange}).job(ctx)
	})
}

// job creates the group.
func (w *groupWriter) job(ctx context.Context) (job[int64], error) {
	ids, err := w.s.store.NewIDs(ctx, 1)
	if err != nil {
		return job[int64]{}, err
	}
	g, err := w.s.newGroup(ids[0], w.Name.Value)
	if err != nil {
		return job[int64]{}, err
	}
	return job[int64]{unit: func(tx Tx) error { return w.create(tx, g) }, result: &ids[0]}, nil
}

// newGroup is a group with the defaults and identifiers of its own, but without a
// handle.
func (s *Service) newGroup(id int64, name string) (Group, error) {
	uuid, err := s.newUUID()
	if err != nil {
		return Group{}, err
	}
	rocketID, err := RandomText(s.random, 24, "0123456789abcdef")
	standard := &s.standards.group
	return Group{ID: id, UUID: uuid, RocketID: rocketID, Name: name, QueueEnabled: standard.QueueEnabled.Value, ChannelsCount: standard.ChannelsCount.Value, CreatedAt: s.now(), Enabled: s.standards.groupSettings.Enabled.Value}, err
}

// deriveHandle gives a group that has none the handle that its name suggests.
func (g *Group) deriveHandle(tx Tx) (err error) {
	g.Handle, err = tx.FreeHandle(deriveHandle(g.Name, "group"))
	return err
}

// UpdateGroups changes groups. An update that changes nothing writes nothing.
// Errors: as CreateGroups; entity_not_found for the group.
func (s *Service) UpdateGroups(ctx context.Context, commands []UpdateGroup) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdateGroup) (job[struct{}], error) {
		w := groupWriter{s, actor, &c.GroupParams, &GroupSettings{}, schema.Of[UpdateGroup](s.revision).Arrange}
		return done(func(tx Tx) error { return w.update(tx, c.ID.Value) })
	})
}

// DeleteGroups removes groups. Their members are then in one group less.
// Errors: entity_not_found.
func (s *Service) DeleteGroups(ctx context.Context, commands []DeleteGroup) []Result[struct{}] {
	return write(ctx, s, DeleteEmployees, commands, func(_ context.Context, actor Actor, c *DeleteGroup) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteGroup(tx, actor, c.ID.Value) })
	})
}

func (s *Service) deleteGroup(tx Tx, actor Actor, id int64) error {
	g, err := existingGroup(tx, id)
	if err != nil {
		return err
	}
	members, err := tx.Members(id)
	if err != nil {
		return err
	}
	leaving, err := readPeople(tx, members)
	if err != nil {
		return err
	}
	now := s.now()
	if err := leaving.leave(tx, actor, now, id); err != nil {
		return err
	}
	if err := tx.Orphan(KindGroup, id); err != nil {
		return err
	}
	if err := tx.DeleteGroup(g); err != nil {
		return err
	}
	return appendEvent(tx, actor, now, KindGroup, id, deleted, nil, nil)
}

// UpdateGroupNumbers sets in which order groups dial their members' numbers.
// Errors: entity_not_found for the group; invalid_parameter_value for a number
// that is not the group's, and for a list that lacks one.
func (s *Service) UpdateGroupNumbers(ctx context.Context, commands []UpdateGroupNumbers) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, actor Actor, c *UpdateGroupNumbers) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.orderNumbers(tx, actor, c) })
	})
}

func (s *Service) orderNumbers(tx Tx, actor Actor, c *UpdateGroupNumbers) error {
	g, err := existingGroup(tx, c.ID.Value)
	if err != nil {
		return err
	}
	before, err := tx.GroupNumbers(g.ID)
	if err != nil {
		return err
	}
	byID := make(map[int64]GroupNumber, len(before))
	for _, n := range before {
		byID[n.ID] = n
	}
	var bad errors.List
	after := make([]GroupNumber, 0, len(before))
	for i, params := range c.PhoneNumbers.Value {
		n, known := byID[params.ID.Value]
		if !known {
			bad.Add(errors.InvalidParameterValue, place("phone_numbers").Index(i).Key("employee_phone_number_id"), shownID(params.ID.Value))
			continue
		}
		set(&n.Available, params.Available, s.standards.groupNumber.Available)
		n.Placed = true
		after = append(after, n)
	}
	if len(after) < len(before) {
		bad.Add(errors.InvalidParameterValue, place("phone_numbers"), nil)
	}
	if err := schema.Of[UpdateGroupNumbers](s.revision).Arrange(&bad); err != nil || slices.Equal(before, after) {
		return err
	}
	if err := tx.PlaceGroupNumbers(g.ID, after); err != nil {
		return err
	}
	return appendEvent(tx, actor, s.now(), KindGroup, g.ID, updated, eventGroup{Group: g, Numbers: before}, eventGroup{Group: g, Numbers: after})
}

// eventGroup is a group as events remember it, with what else has changed: the
// members who left before and those who joined after, or the order of numbers.
type eventGroup struct {
	*Group  `json:",inline"`
	Members []int64       `json:"members,omitempty"`
	Terms   *terms        `json:"membership,omitempty"`
	Numbers []GroupNumber `json:"phone_numbers,omitempty"`
}

func existingGroup(tx Tx, id int64) (*Group, error) {
	g, err := tx.Group(id)
	if err == nil && g == nil {
		err = errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	return g, err
}

// groupWriter carries one create or update of a group.
type groupWriter struct {
	s     *Service
	actor Actor
	*GroupParams
	*GroupSettings
	arrange func(*errors.List) error // of the command
}

func (w *groupWriter) create(tx Tx, g Group) error {
	w.apply(&g)
	if !w.Handle.IsSet() {
		if err := g.deriveHandle(tx); err != nil {
			return err
		}
	}
	return w.save(tx, nil, &g)
}

func (w *groupWriter) update(tx Tx, id int64) error {
	before, err := existingGroup(tx, id)
	if err != nil {
		return err
	}
	after := *before
	w.apply(&after)
	return w.save(tx, before, &after)
}

// apply puts what was given into g.
func (w *groupWriter) apply(g *Group) {
	standard := &w.s.standards.group
	set(&g.Name, w.Name, none[string]())
	set(&g.Extension, w.GroupPhoneNumber, none[ExtensionText]())
	set(&g.QueueEnabled, w.QueueEnabled, standard.QueueEnabled)
	set(&g.ChannelsCount, w.ChannelsCount, standard.ChannelsCount)
	if w.Handle.IsSet() {
		g.Handle, _ = w.Handle.Value.normalized() // Valid, says the schema
	}
	settings := &w.s.standards.groupSettings
	set(&g.Description, w.Description, none[string]())
	set(&g.Email, w.Email, none[Email]())
	set(&g.Enabled, w.Enabled, settings.Enabled)
	set(&g.ShowOnRegistration, w.ShowOnRegistration, settings.ShowOnRegistration)
	set(&g.ShowOnOfflineForm, w.ShowOnOfflineForm, settings.ShowOnOfflineForm)
	set(&g.Transcripts, w.Transcripts, settings.Transcripts)
	set(&g.Avatar, w.Avatar, none[string]())
	set(&g.ParentID, w.ParentID, none[int64]())
}

// save writes a group, which is new if there was none before, and lets its members
// join and leave, unless something is wrong; it tells all that is.
func (w *groupWriter) save(tx Tx, before, after *Group) error {
	var bad errors.List
	joining, leaving, err := w.resolve(tx, after.ID, &bad)
	if err != nil {
		return err
	}
	if w.ParentID.IsSet() {
		err := checkParent(after.ID, after.ParentID, func(id int64) (int64, bool, error) {
			parent, err := tx.Group(id)
			if err != nil || parent == nil {
				return 0, false, err
			}
			return parent.ParentID, true, nil
		})
		if err != nil {
			return err
		}
	}
	if before != nil && *before == *after && len(joining.ids) == 0 && len(leaving.ids) == 0 {
		return nil
	}
	var taken []UniqueValue
	switch {
	case len(bad.Violations()) > 0:
		taken, err = tx.GroupTaken(after)
	case before == nil:
		taken, err = tx.InsertGroup(after)
	default:
		taken, err = tx.UpdateGroup(before, after)
	}
	if err != nil {
		return err
	}
	for _, value := range taken {
		switch value {
		case UniqueName:
			bad.Add(errors.DuplicateEntity, place("name"), errors.Shown(after.Name))
		case UniqueExtension:
			bad.Add(errors.AlreadyInUse, place("group_phone_number"), errors.Shown(string(after.Extension)))
		case UniqueHandle:
			bad.Add(errors.AlreadyInUse, place("handle"), errors.Shown(after.Handle))
		}
	}
	if err := w.arrange(&bad); err != nil {
		return err
	}
	now := w.s.now()
	if before == nil {
		err = appendEvent(tx, w.actor, now, KindGroup, after.ID, created, nil, eventGroup{Group: after, Members: joining.ids})
	} else {
		err = appendEvent(tx, w.actor, now, KindGroup, after.ID, updated, eventGroup{Group: before, Members: leaving.ids}, eventGroup{Group: after, Members: joining.ids})
	}
	if err != nil {
		return err
	}
	if err := leaving.leave(tx, w.actor, now, after.ID); err != nil {
		return err
	}
	return joining.join(tx, w.actor, now, after.ID)
}

// resolve finds who joins and who leaves, and notes who cannot join.
func (w *groupWriter) resolve(tx Tx, group int64, bad *errors.List) (joining, leaving people, err error) {
	if !w.Members.Given() {
		return people{}, people{}, nil
	}
	were, err := tx.Members(group)
	if err != nil {
		return people{}, people{}, err
	}
	if joining, err = readPeople(tx, without(w.Members.Value, were)); err != nil {
		return people{}, people{}, err
	}
	found := make(map[int64]*Employee, len(joining.employees))
	for _, e := range joining.employees {
		found[e.ID] = e
	}
	isMember := setOf(were)
	for i, id := range w.Members.Value {
		if isMember[id] {
			continue
		}
		at := place("members").Index(i)
		switch e := found[id]; {
		case e == nil:
			bad.Add(errors.EntityNotFound, at, shownID(id))
		case len(e.Groups) >= MaxGroups:
			bad.Add(errors.DataLimitExceeded, at, shownID(id))
		}
	}
	leaving, err = readPeople(tx, without(were, w.Members.Value))
	return joining, leaving, err
}

// people are employees who join or leave a group, with the numbers that they have.
type people struct {
	ids       []int64
	employees []*Employee
	numbers   map[int64]Number
}

// readPeople finds people; unknown ones are missing among the employees.
func readPeople(tx Tx, ids []int64) (people, error) {
	if len(ids) == 0 {
		return people{}, nil
	}
	employees, numbers, err := tx.Employees(ids)
	return people{ids, employees, numbers}, err
}

// join makes the people members of a group, after those who are, in their order.
func (p people) join(tx Tx, actor Actor, at time.Time, group int64) error {
	return p.change(tx, actor, at, func(e *Employee) { e.Groups = append(e.Groups, group) },
		func(after []*Employee) error { return tx.Join(group, after) })
}

// leave ends the people's membership of a group.
func (p people) leave(tx Tx, actor Actor, at time.Time, group int64) error {
	return p.change(tx, actor, at, func(e *Employee) { e.Groups = without(e.Groups, []int64{group}) },
		func(after []*Employee) error { return tx.Leave(group, after) })
}

// change gives each a new version, which keep writes, and tells of it.
func (p people) change(tx Tx, actor Actor, at time.Time, change func(*Employee), keep func([]*Employee) error) error {
	if len(p.employees) == 0 {
		return nil
	}
	after := make([]*Employee, len(p.employees))
	for i, before := range p.employees {
		e := before.clone()
		e.Version, e.UpdatedAt = before.Version+1, at
		change(e)
		after[i] = e
	}
	if err := keep(after); err != nil {
		return err
	}
	for i, before := range p.employees {
		numbers := make([]Number, len(before.NumberIDs))
		for n, id := range before.NumberIDs {
			numbers[n] = p.numbers[id]
		}
		if err := appendEvent(tx, actor, at, KindEmployee, before.ID, updated, eventEmployee{before, numbers}, eventEmployee{after[i], numbers}); err != nil {
			return err
		}
	}
	return nil
}

// without are the ids of a that are not among b.
func without(a, b []int64) (left []int64) {
	isOut := setOf(b)
	for _, id := range a {
		if !isOut[id] {
			left = append(left, id)
		}
	}
	return left
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
