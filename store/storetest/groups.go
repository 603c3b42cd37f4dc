package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// testGroups holds groups' unique values against those of employees and of other
// groups.
func testGroups(b *bench) {
	a := b.account()
	b.inserted(a, func(e *directory.Employee) { e.Handle, e.Extension.Number = "anna", "101" })
	sales := b.group(a, "sales", func(g *directory.Group) { g.Extension = "102" })
	b.group(b.account(), "sales", func(g *directory.Group) { g.Extension = "102" }) // of another account
	other := b.group(a, "other")
	wantGroup := func(what string, want *directory.Group) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error {
			got, err := tx.Group(sales.ID)
			if diff := gocmp.Diff(want, got); diff != "" {
				b.Errorf("%s: group (-want +got):\n%s", what, diff)
			}
			return err
		})
	}
	wantGroup("inserted", sales)

	for _, tt := range []struct {
		name   string
		change func(*directory.Group)
		want   []directory.UniqueValue
	}{
		{"its own", func(*directory.Group) {}, nil},
		{"an employee's handle", func(g *directory.Group) { g.Handle = "anna" }, []directory.UniqueValue{directory.UniqueHandle}},
		{"an employee's extension", func(g *directory.Group) { g.Extension = "101" }, []directory.UniqueValue{directory.UniqueExtension}},
		{"a group's handle", func(g *directory.Group) { g.Handle = "sales" }, []directory.UniqueValue{directory.UniqueHandle}},
		{"a group's extension", func(g *directory.Group) { g.Extension = "102" }, []directory.UniqueValue{directory.UniqueExtension}},
		{"a group's name", func(g *directory.Group) { g.Name = "sales" }, []directory.UniqueValue{directory.UniqueName}},
		{"a name in another case", func(g *directory.Group) { g.Name = "Sales" }, nil},
		{"all", func(g *directory.Group) { g.Name, g.Handle, g.Extension = "sales", "anna", "102" }, []directory.UniqueValue{directory.UniqueHandle, directory.UniqueExtension, directory.UniqueName}},
	} {
		after := *other
		tt.change(&after)
		fresh := after
		fresh.ID = b.id()
		for what, taken := range map[string]func(directory.Tx) ([]directory.UniqueValue, error){
			"asked":    func(tx directory.Tx) ([]directory.UniqueValue, error) { return tx.GroupTaken(&after) },
			"updated":  func(tx directory.Tx) ([]directory.UniqueValue, error) { return tx.UpdateGroup(other, &after) },
			"inserted": func(tx directory.Tx) ([]directory.UniqueValue, error) { return tx.InsertGroup(&fresh) },
		} {
			if what == "inserted" && len(tt.want) == 0 {
				continue
			}
			err := b.try(a.id, func(tx directory.Tx) error {
				values, err := taken(tx)
				if err != nil {
					return err
				}
				if what == "inserted" { // the new group has what the other one has not given up
					values = slices.DeleteFunc(values, func(v directory.UniqueValue) bool { return !slices.Contains(tt.want, v) })
				}
				return refusedFor(values)
			})
			wantTaken(b, tt.name+", "+what, err, tt.want...)
		}
	}

	// An employee cannot have what is a group's.
	wantTaken(b, "an employee", b.try(a.id, insert(b.employee(a, func(e *directory.Employee) { e.Handle, e.Extension.Number = "sales", "102" }))),
		directory.UniqueHandle, directory.UniqueExtension)

	// What a group gives up is for others to have, also in the same unit.
	after := *sales
	after.Handle, after.Extension, after.Name, after.QueueEnabled, after.ChannelsCount = "new", "", "Новое", true, 199
	b.in(a.id, func(tx directory.Tx) error {
		if values, err := tx.UpdateGroup(sales, &after); err != nil || len(values) > 0 {
			b.Errorf("update: got %v, %v, want nothing", values, err)
		}
		heir := *sales
		heir.ID, heir.UUID, heir.RocketID = b.number(`select max(id) + 100000 from employees`), "u", "r"
		values, err := tx.InsertGroup(&heir)
		if len(values) > 0 {
			b.Errorf("the values given up: got %v, want none taken", values)
		}
		return err
	})
	wantGroup("updated", &after)
	b.in(a.id, func(tx directory.Tx) error { return tx.DeleteGroup(&after) })
	wantGroup("deleted", nil)
	b.group(a, "new")
	if err := b.try(a.id, func(tx directory.Tx) error { return tx.DeleteGroup(&after) }); err == nil {
		b.Error("a deletion of a deleted group succeeded")
	}
	if err := b.try(a.id, func(tx directory.Tx) error {
		gone := after
		gone.Name, gone.Handle = "gone", "gone"
		_, err := tx.UpdateGroup(&after, &gone)
		return err
	}); err == nil {
		b.Error("an update of a deleted group succeeded")
	}
}

// refusedFor is an error even if nothing is taken, so that nothing is kept.
func refusedFor(values []directory.UniqueValue) error { return taken(values) }

// members are a group's, and its numbers.
func (b *bench) members(account, group int64) (members []int64, numbers []directory.GroupNumber) {
	b.Helper()
	b.in(account, func(tx directory.Tx) (err error) {
		if members, err = tx.Members(group); err != nil {
			return err
		}
		numbers, err = tx.GroupNumbers(group)
		return err
	})
	return members, numbers
}

// regrouped is e, one version on, in the groups.
func regrouped(e *directory.Employee, groups ...int64) *directory.Employee {
	c := *e
	c.Version, c.UpdatedAt, c.Groups = e.Version+1, now(), groups
	return &c
}

// testMemberships joins and leaves, in both ways that there are: through the group
// and through the employee.
func testMemberships(b *bench) {
	a := b.account()
	sales, support := b.group(a, "sales").ID, b.group(a, "support").ID
	shared, own := number(b.id(), "74955140578"), number(b.id(), "101")
	b.put(a, shared)
	b.put(a, own)
	var people []*directory.Employee
	for i, numbers := range [][]int64{{shared.ID, own.ID}, {shared.ID}, nil} {
		people = append(people, b.inserted(a, func(e *directory.Employee) { e.LastName, e.NumberIDs = fmt.Sprint("Ivanov ", i), numbers }))
	}
	anna, boris, vera := people[0], people[1], people[2]
	want := func(what string, group int64, members []*directory.Employee, numbers ...directory.GroupNumber) {
		b.Helper()
		var ids []int64
		for _, e := range members {
			ids = append(ids, e.ID)
		}
		gotMembers, gotNumbers := b.members(a.id, group)
		if diff := gocmp.Diff(ids, gotMembers); diff != "" {
			b.Errorf("%s: members (-want +got):\n%s", what, diff)
		}
		if diff := gocmp.Diff(numbers, gotNumbers); diff != "" {
			b.Errorf("%s: numbers (-want +got):\n%s", what, diff)
		}
		for _, e := range members {
			if got, _ := b.read(a.id, e.ID); !gocmp.Equal(e, got) {
				b.Errorf("%s: employee (-want +got):\n%s", what, gocmp.Diff(e, got))
			}
		}
	}
	theirs := func(e *directory.Employee, i int) directory.GroupNumber {
		return directory.GroupNumber{ID: e.LinkIDs[i], EmployeeID: e.ID, Available: true}
	}

	b.in(a.id, func(tx directory.Tx) error {
		vera, anna = regrouped(vera, sales), regrouped(anna, sales)
		return tx.Join(sales, []*directory.Employee{vera, anna})
	})
	want("in the order given", sales, []*directory.Employee{vera, anna}, theirs(anna, 0), theirs(anna, 1))
	boris = b.updated(boris, func(e *directory.Employee) { e.Groups = []int64{support, sales} })
	want("last who came last", sales, []*directory.Employee{vera, anna, boris}, theirs(anna, 0), theirs(anna, 1), theirs(boris, 0))

	// A shared number is two numbers of the group.
	placed := []directory.GroupNumber{theirs(boris, 0), theirs(anna, 1), theirs(anna, 0)}
	for i := range placed {
		placed[i].Placed = true
	}
	placed[2].Available = false
	b.in(a.id, func(tx directory.Tx) error { return tx.PlaceGroupNumbers(sales, placed) })
	want("placed", sales, []*directory.Employee{vera, anna, boris}, placed...)
	want("in another group as they were", support, []*directory.Employee{boris}, theirs(boris, 0))

	// Who stays keeps place and availability, whoever comes and goes; new numbers
	// follow those that have their place.
	third := number(b.id(), "102")
	b.put(a, third)
	vera = b.updated(vera, func(e *directory.Employee) { e.NumberIDs = []int64{third.ID, shared.ID} })
	anna = b.updated(anna, func(e *directory.Employee) { e.NumberIDs, e.StatusID = []int64{shared.ID}, a.statuses["break"] })
	want("a number less, two more", sales, []*directory.Employee{vera, anna, boris}, placed[0], placed[2], theirs(vera, 0), theirs(vera, 1))

	b.in(a.id, func(tx directory.Tx) error {
		boris = regrouped(boris, support)
		return tx.Leave(sales, []*directory.Employee{boris})
	})
	want("gone through the group", sales, []*directory.Employee{vera, anna}, placed[2], theirs(vera, 0), theirs(vera, 1))
	want("elsewhere still", support, []*directory.Employee{boris}, theirs(boris, 0))
	anna = b.updated(anna, func(e *directory.Employee) { e.Groups = nil })
	want("gone through the employee", sales, []*directory.Employee{vera}, theirs(vera, 0), theirs(vera, 1))
	b.in(a.id, func(tx directory.Tx) error {
		boris, anna = regrouped(boris, support, sales), regrouped(anna, sales)
		return tx.Join(sales, []*directory.Employee{boris, anna})
	})
	want("who comes back is new", sales, []*directory.Employee{vera, boris, anna}, theirs(vera, 0), theirs(vera, 1), theirs(boris, 0), theirs(anna, 0))
	b.in(a.id, remove(boris))
	want("deleted", support, nil)
	want("deleted", sales, []*directory.Employee{vera, anna}, theirs(vera, 0), theirs(vera, 1), theirs(anna, 0))

	// Of a unit that reads what waits to be written.
	b.in(a.id, func(tx directory.Tx) error {
		e := employee(b.number(`select max(id) + 100000 from employees`), a)
		e.Groups = []int64{support}
		if err := insert(e)(tx); err != nil {
			return err
		}
		members, err := tx.Members(support)
		if !slices.Equal(members, []int64{e.ID}) {
			b.Errorf("members in the unit: got %v, want %d", members, e.ID)
		}
		employees, _, err2 := tx.Employees([]int64{vera.ID, 1 << 60, e.ID, anna.ID})
		if len(employees) != 3 || employees[0].ID != vera.ID || employees[1].ID != e.ID || employees[2].ID != anna.ID {
			b.Errorf("employees in the unit: got %v, want those of three known ids in their order", employees)
		}
		return errors.Join(err, err2)
	})

	// A version that is not the last is refused.
	for name, unit := range map[string]directory.Unit{
		"a join of an old version": func(tx directory.Tx) error {
			return tx.Join(support, []*directory.Employee{regrouped(people[2], support)})
		},
		"a leave of an old version": func(tx directory.Tx) error { return tx.Leave(sales, []*directory.Employee{regrouped(people[2])}) },
	} {
		if err := b.try(a.id, unit); err == nil {
			b.Errorf("%s succeeded", name)
		}
	}
	want("after what was refused", sales, []*directory.Employee{vera, anna}, theirs(vera, 0), theirs(vera, 1), theirs(anna, 0))
}

const manyMembers = 2500 // more than a store is likely to change in one statement

// testLargeGroup has many join and leave at once.
func testLargeGroup(b *bench) {
	a := b.account()
	service, ctx := b.service(), directory.WithActor(b.Context(), directory.CommandLine(a.id))
	commands := make([]directory.CreateEmployee, manyMembers)
	for i := range commands {
		commands[i] = directory.CreateEmployee{
			Names:        directory.Names{LastName: schema.Some(`Ångström "` + strconv.Itoa(i) + `" \ 😀`)},
			PhoneNumbers: schema.Some([]directory.PhoneNumber{{PhoneNumber: schema.Some(directory.PhoneText(strconv.Itoa(i/2 + 1)))}}),
		}
	}
	var ids []int64
	for _, r := range service.CreateEmployees(ctx, commands) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
		ids = append(ids, r.Value)
	}
	slices.Reverse(ids)
	created := service.CreateGroups(ctx, []directory.CreateGroup{{GroupParams: directory.GroupParams{Name: schema.Some("All"), Members: schema.Some(ids)}}})[0]
	if created.Err != nil {
		b.Fatal(created.Err)
	}
	members, numbers := b.members(a.id, created.Value)
	if !slices.Equal(members, ids) || len(numbers) != manyMembers {
		b.Errorf("got %d members and %d numbers, want all %d in the order given", len(members), len(numbers), manyMembers)
	}
	some := slices.Clone(ids[manyMembers-2:])
	if r := service.UpdateGroups(ctx, []directory.UpdateGroup{{ID: schema.Some(created.Value), GroupParams: directory.GroupParams{Members: schema.Some(some)}}})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	if members, _ := b.members(a.id, created.Value); !slices.Equal(members, some) {
		b.Errorf("got %d members, want the two that stay", len(members))
	}
	if n := b.number(`select count(*) from events where kind = 'employee.updated'`); n != 2*manyMembers-2 {
		b.Errorf("got %d events of employees, want one for each who came and each who went", n)
	}
	if n := b.number(`select min(version) + max(version) from employees`); n != 2+3 {
		b.Errorf("least and greatest version make %d, want 2 and 3", n)
	}
}

// Two servers change the memberships of the same employees, each in its way. None
// loses what the other did: there is a version for every event, and
// Inconsistencies finds documents and rows equal.
func testGroupRace(b *bench) {
	a := b.account()
	groups := []int64{b.group(a, "a").ID, b.group(a, "b").ID}
	var people []int64
	for range 6 {
		people = append(people, b.inserted(a).ID)
	}
	one, two := b.service(), b.serviceOn(b.open())
	ctx := directory.WithActor(b.Context(), directory.CommandLine(a.id))
	var running sync.WaitGroup
	const rounds = 12
	for w := range 4 {
		service := []*directory.Service{one, two}[w%2]
		running.Go(func() {
			for r := range rounds {
				some := people[(w+r)%len(people):]
				if w < 2 {
					if r := service.UpdateGroups(ctx, []directory.UpdateGroup{{ID: schema.Some(groups[r%2]), GroupParams: directory.GroupParams{Members: schema.Some(some)}}})[0]; r.Err != nil {
						b.Error(r.Err)
					}
					continue
				}
				command := directory.UpdateEmployee{ID: schema.Some(some[0]), Work: directory.Work{Groups: schema.Some(groups[:r%3])}}
				if r := service.UpdateEmployees(ctx, []directory.UpdateEmployee{command})[0]; r.Err != nil {
					b.Error(r.Err)
				}
			}
		})
	}
	running.Wait()
	if rows := b.query(`select id, version, (select count(*) from events v where v.account_id = e.account_id and v.subject_id = e.id and v.subject_kind = 'employees')
		from employees e where version <> (select count(*) from events v where v.account_id = e.account_id and v.subject_id = e.id and v.subject_kind = 'employees')`); len(rows) > 0 {
		b.Errorf("employees, their versions and how many events they have: got %v, want the same", rows)
	}
	if n := b.number(`select count(*) from events where kind = 'employee.updated'`); n < rounds {
		b.Errorf("got %d events of employees, want many", n)
	}
}

// testGroupModel does a few random things with groups and their members, and
// compares the groups with a model after each.
func testGroupModel(b *bench) {
	service := b.service()
	rapid.Check(b.T, func(t *rapid.T) {
		m := &groupModel{service: service, groups: map[int64]*modelledGroup{}, people: map[int64][]string{}}
		account := b.account()
		m.ctx = directory.WithActor(b.Context(), directory.CommandLine(account.id))
		m.hire(t)
		m.found(t)
		steps := []func(*rapid.T){m.setMembers, m.setMembers, m.place, m.place, m.renumber, m.regroup, m.hire, m.fire, m.found, m.dissolve}
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, "step")(t)
			m.compare(t)
		}
	})
}

// groupModel is what there is to know of groups: who has which numbers, and which
// groups they are in.
type groupModel struct {
	service *directory.Service
	ctx     context.Context
	people  map[int64][]string // numbers by employee
	groups  map[int64]*modelledGroup
	founded int
}

type modelledGroup struct {
	members []int64
	placed  []modelledNumber
}

// modelledNumber is a number of an employee in a group.
type modelledNumber struct {
	Employee  int64  `json:"employee_id"`
	Text      string `json:"employee_phone_number"`
	Available bool   `json:"available"`
}

// numbers are the group's, as it dials them.
func (m *groupModel) numbers(g *modelledGroup) []modelledNumber {
	all := slices.Clone(g.placed)
	for _, e := range g.members {
		for _, text := range m.people[e] {
			if !slices.ContainsFunc(g.placed, func(n modelledNumber) bool { return n.Employee == e && n.Text == text }) {
				all = append(all, modelledNumber{e, text, true})
			}
		}
	}
	return all
}

func (m *groupModel) ids() []int64 { return slices.Sorted(maps.Keys(m.people)) }

// draw is a list of some of values, in any order.
func draw[T comparable](t *rapid.T, label string, values []T) []T {
	if len(values) == 0 {
		return []T{}
	}
	shuffled := rapid.Permutation(values).Draw(t, label)
	return shuffled[:rapid.IntRange(0, len(shuffled)).Draw(t, "how many")]
}

// one draws a key; false says that there is none.
func one[V any](t *rapid.T, of map[int64]V) (id int64, any bool) {
	if len(of) == 0 {
		return 0, false
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(of))).Draw(t, "id"), true
}

func (m *groupModel) group(t *rapid.T) (int64, *modelledGroup) {
	id, _ := one(t, m.groups)
	return id, m.groups[id]
}

var modelNumbers = []string{"1", "2", "3"}

// hire adds three employees with numbers, some of which they share.
func (m *groupModel) hire(t *rapid.T) {
	commands := make([]directory.CreateEmployee, 3)
	numbers := make([][]string, len(commands))
	for i := range commands {
		numbers[i] = draw(t, "numbers", modelNumbers)
		commands[i] = directory.CreateEmployee{Names: directory.Names{LastName: schema.Some("Ivanov")}, PhoneNumbers: schema.Some(change{numbers: schema.Some(numbers[i])}.phones())}
	}
	for i, r := range m.service.CreateEmployees(m.ctx, commands) {
		check(t, "hire", r.Err, nil)
		m.people[r.Value] = numbers[i]
	}
}

// fire deletes an employee.
func (m *groupModel) fire(t *rapid.T) {
	id, any := one(t, m.people)
	if !any {
		return
	}
	check(t, "fire", m.service.DeleteEmployees(m.ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}})[0].Err, nil)
	delete(m.people, id)
	for _, g := range m.groups {
		g.leave(id)
	}
}

func (g *modelledGroup) leave(id int64) {
	g.members = slices.DeleteFunc(g.members, func(e int64) bool { return e == id })
	g.placed = slices.DeleteFunc(g.placed, func(n modelledNumber) bool { return n.Employee == id })
}

// found adds a group with members.
func (m *groupModel) found(t *rapid.T) {
	m.founded++
	members := draw(t, "members", m.ids())
	r := m.service.CreateGroups(m.ctx, []directory.CreateGroup{{GroupParams: directory.GroupParams{Name: schema.Some(strconv.Itoa(m.founded)), Members: schema.Some(members)}}})[0]
	check(t, "found", r.Err, nil)
	m.groups[r.Value] = &modelledGroup{members: members}
}

// dissolve deletes a group.
func (m *groupModel) dissolve(t *rapid.T) {
	id, g := m.group(t)
	if g == nil {
		return
	}
	check(t, "dissolve", m.service.DeleteGroups(m.ctx, []directory.DeleteGroup{{ID: schema.Some(id)}})[0].Err, nil)
	delete(m.groups, id)
}

// setMembers replaces a group's members, one of whom may be nobody.
func (m *groupModel) setMembers(t *rapid.T) {
	id, g := m.group(t)
	if g == nil {
		return
	}
	members := draw(t, "members", append(m.ids(), unknown))
	var wrong []string
	if i := slices.Index(members, unknown); i >= 0 {
		wrong = []string{"entity_not_found /members/" + strconv.Itoa(i)}
	}
	check(t, "set members", m.service.UpdateGroups(m.ctx, []directory.UpdateGroup{{ID: schema.Some(id), GroupParams: directory.GroupParams{Members: schema.Some(members)}}})[0].Err, wrong)
	if wrong != nil {
		return
	}
	for _, e := range slices.Clone(g.members) {
		if !slices.Contains(members, e) {
			g.leave(e)
		}
	}
	for _, e := range members {
		if !slices.Contains(g.members, e) {
			g.members = append(g.members, e)
		}
	}
}

// regroup replaces an employee's groups.
func (m *groupModel) regroup(t *rapid.T) {
	id, any := one(t, m.people)
	if !any {
		return
	}
	groups := draw(t, "groups", slices.Sorted(maps.Keys(m.groups)))
	check(t, "regroup", m.service.UpdateEmployees(m.ctx, []directory.UpdateEmployee{{ID: schema.Some(id), Work: directory.Work{Groups: schema.Some(groups)}}})[0].Err, nil)
	for group, g := range m.groups {
		switch is := slices.Contains(groups, group); {
		case !is:
			g.leave(id)
		case !slices.Contains(g.members, id):
			g.members = append(g.members, id)
		}
	}
}

// renumber replaces an employee's numbers.
func (m *groupModel) renumber(t *rapid.T) {
	id, any := one(t, m.people)
	if !any {
		return
	}
	numbers := draw(t, "numbers", modelNumbers)
	var phones []directory.UpdatePhoneNumber
	for _, n := range (change{numbers: schema.Some(numbers)}).phones() {
		phones = append(phones, directory.UpdatePhoneNumber{PhoneNumber: n})
	}
	check(t, "renumber", m.service.UpdateEmployees(m.ctx, []directory.UpdateEmployee{{ID: schema.Some(id), PhoneNumbers: schema.Some(phones)}})[0].Err, nil)
	m.people[id] = numbers
	for _, g := range m.groups {
		g.placed = slices.DeleteFunc(g.placed, func(n modelledNumber) bool { return n.Employee == id && !slices.Contains(numbers, n.Text) })
	}
}

// place orders the numbers of a group, and may forget some or name a foreign one.
func (m *groupModel) place(t *rapid.T) {
	id, g := m.group(t)
	if g == nil {
		return
	}
	var shown []struct {
		modelledNumber `json:",inline"`
		ID             int64 `json:"employee_phone_number_id"`
	}
	m.read(t, id, "phone_numbers", &shown)
	order := make([]int, len(shown))
	for i := range order {
		order[i] = i
	}
	if len(order) > 1 {
		order = rapid.Permutation(order).Draw(t, "order")
	}
	mistake := rapid.SampledFrom([]string{"", "", "", "foreign", "incomplete"}).Draw(t, "mistake")
	var wrong []string
	params := []directory.GroupNumberParams{}
	var placed []modelledNumber
	for _, i := range order {
		n := shown[i].modelledNumber
		available := opt(t, "available", rapid.Bool())
		give(&n.Available, available, true)
		params, placed = append(params, directory.GroupNumberParams{ID: schema.Some(shown[i].ID), Available: available}), append(placed, n)
	}
	switch {
	case mistake == "foreign":
		wrong = append(wrong, fmt.Sprintf("invalid_parameter_value /phone_numbers/%d/employee_phone_number_id", len(params)))
		params = append(params, directory.GroupNumberParams{ID: schema.Some[int64](unknown)})
	case mistake == "incomplete" && len(params) > 0:
		wrong = append(wrong, "invalid_parameter_value /phone_numbers")
		params = params[1:]
	}
	check(t, "place", m.service.UpdateGroupNumbers(m.ctx, []directory.UpdateGroupNumbers{{ID: schema.Some(id), PhoneNumbers: schema.Some(params)}})[0].Err, wrong)
	if wrong == nil {
		g.placed = placed
	}
}

// read reads a field of a group.
func (m *groupModel) read(t *rapid.T, id int64, field string, into any) {
	list, err := m.service.GetGroups(m.ctx, directory.Get[directory.GroupRow]{
		Fields: schema.Some([]string{field}),
		Filter: schema.Some(directory.Filter{Field: schema.Some("id"), Operator: schema.Some("="), Value: []byte(strconv.FormatInt(id, 10))}),
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]jsontext.Value
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: got %s, want one group", err, text)
	}
	if err := json.Unmarshal(rows[0][field], into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// compare reads all groups and compares them with the model.
func (m *groupModel) compare(t *rapid.T) {
	for id, g := range m.groups {
		var members []struct {
			ID int64 `json:"employee_id"`
		}
		m.read(t, id, "members", &members)
		var ids []int64
		for _, e := range members {
			ids = append(ids, e.ID)
		}
		if diff := gocmp.Diff(g.members, ids, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("members (-want +got):\n%s", diff)
		}
		var numbers []modelledNumber
		m.read(t, id, "phone_numbers", &numbers)
		if diff := gocmp.Diff(m.numbers(g), numbers, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("numbers (-want +got):\n%s", diff)
		}
	}
	if list, err := m.service.GetGroups(m.ctx, directory.Get[directory.GroupRow]{}); err != nil || list.Total != int64(len(m.groups)) {
		t.Fatalf("got %d groups, %v, want %d", list.Total, err, len(m.groups))
	}
}
