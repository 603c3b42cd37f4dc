package storetest

import (
	stdcmp "cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// chat is a Service on an account with an administrator, as doors of chat systems
// use it.
type chat struct {
	*bench
	service *directory.Service
	account int64
	ctx     context.Context // of the administrator
}

func newChat(b *bench) *chat {
	service := b.service()
	credentials, err := service.CreateAccount(b.Context(), directory.NewAccount{Name: schema.Some("A"), Login: schema.Some("admin"), Password: schema.Some("secret")})
	if err != nil {
		b.Fatal(err)
	}
	return &chat{b, service, credentials.AccountID, directory.WithActor(b.Context(), directory.CommandLine(credentials.AccountID))}
}

// add makes a person whose handle is given.
func (c *chat) add(handle string, changes ...func(*directory.CreatePerson)) int64 {
	c.Helper()
	p := directory.CreatePerson{}
	p.LastName, p.Handle = schema.Some(handle), schema.Some(directory.Handle(handle))
	for _, change := range changes {
		change(&p)
	}
	r := c.service.CreatePeople(c.ctx, []directory.CreatePerson{p})[0]
	if r.Err != nil {
		c.Fatalf("creating %s: %v", handle, r.Err)
	}
	return r.Value
}

// change updates a person, who must let it happen.
func (c *chat) change(id int64, change func(*directory.UpdatePerson)) {
	c.Helper()
	if err := c.tryChange(c.ctx, id, change); err != nil {
		c.Fatalf("changing %d: %v", id, err)
	}
}

func (c *chat) tryChange(ctx context.Context, id int64, change func(*directory.UpdatePerson)) error {
	p := directory.UpdatePerson{}
	p.ID = schema.Some(id)
	change(&p)
	return c.service.UpdatePeople(ctx, []directory.UpdatePerson{p})[0].Err
}

func (c *chat) person(id int64) directory.Person {
	c.Helper()
	page, err := c.service.People(c.ctx, directory.Query{Where: equals("id", id), Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Total != 1 {
		c.Fatalf("person %d: got %d of %d, %v", id, len(page.Items), page.Total, err)
	}
	return page.Items[0]
}

func equals(field string, value any) directory.Condition {
	return directory.Test{Field: field, Op: directory.OpEqual, Values: []any{value}}
}

func testPeople(b *bench) {
	c := newChat(b)
	vera0 := c.add("vera0", func(p *directory.CreatePerson) { p.Seat = schema.Some(true) })
	id := c.add("anna", func(p *directory.CreatePerson) {
		p.ShownName, p.Seat, p.Password, p.StatusText = schema.Some("Anna P."), schema.Some(true), schema.Some("a password of 1 to 128"), schema.Some("back at 10")
		p.Email, p.EmailVerified = schema.Some(directory.Email("anna@example.com")), schema.Some(true)
	})
	want := func(what string, wanted func(e *directory.Employee)) {
		b.Helper()
		got := c.person(id).Employee
		was := got
		seat := *got.Seat
		was.Seat = &seat
		wanted(&was)
		if diff := cmp.Diff(was, got); diff != "" {
			b.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	want("created", func(e *directory.Employee) {
		e.Handle, e.LastName, e.FirstName, e.DisplayName, e.StatusText, e.Verified = "anna", "Anna P.", "", "", "back at 10", true
		*e.Seat = directory.Seat{DisplayName: "Anna P.", Login: "anna"}
		e.Channels.Chat = directory.Channel{Enabled: true, Slots: 1, Available: true}
		e.Roles, e.Login = nil, ""
	})
	c.change(id, func(p *directory.UpdatePerson) {
		p.Agent, p.FirstName, p.LastName, p.Login = schema.Some(false), schema.Some("Anna"), schema.Some("Petrova"), schema.Some("ANNA")
	})
	want("without the role, and with names and a login", func(e *directory.Employee) {
		*e.Seat = directory.Seat{DisplayName: "Anna P.", Login: "anna"}
		e.Channels.Chat, e.Login = directory.Channel{Slots: 1}, "ANNA"
	})
	c.change(id, func(p *directory.UpdatePerson) {
		p.ShownName, p.Handle, p.Agent = schema.Some("Ann"), schema.Some(directory.Handle("ann")), schema.Some(true)
	})
	want("renamed", func(e *directory.Employee) {
		e.FirstName, e.LastName, e.Handle, e.Login, e.Roles = "Anna", "Petrova", "ann", "ann", []directory.Role{directory.Agent}
		*e.Seat = directory.Seat{DisplayName: "Ann", Login: "ann"}
		e.Channels.Chat = directory.Channel{Enabled: true, Slots: 1, Available: true}
	})
	c.change(id, func(p *directory.UpdatePerson) { p.Email = schema.Some(directory.Email("ANNA@example.com")) })
	want("the same address", func(e *directory.Employee) { e.Verified = true })
	c.change(id, func(p *directory.UpdatePerson) { p.Email = schema.Some(directory.Email("ann@example.com")) })
	want("another address", func(e *directory.Employee) { e.Verified = false })

	// Names that were the handle follow it only if they are told to.
	c.change(vera0, func(p *directory.UpdatePerson) { p.Handle = schema.Some(directory.Handle("vera1")) })
	c.change(vera0, func(p *directory.UpdatePerson) {
		p.Handle, p.HandleNames = schema.Some(directory.Handle("vera2")), schema.Some(true)
	})
	if e := c.person(vera0); e.LastName != "vera0" || e.Seat.DisplayName != "vera0" || e.Seat.Login != "vera2" {
		b.Errorf("names that are not the handle: got %q, %+v", e.LastName, e.Seat)
	}
	c.change(vera0, func(p *directory.UpdatePerson) { p.ShownName = schema.Some("vera2") })
	c.change(vera0, func(p *directory.UpdatePerson) {
		p.Handle, p.HandleNames = schema.Some(directory.Handle("vera3")), schema.Some(true)
	})
	if e := c.person(vera0); e.LastName != "vera3" || e.Seat.DisplayName != "vera3" {
		b.Errorf("names that are the handle: got %q, %+v", e.LastName, e.Seat)
	}
	if r := c.service.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(vera0)}})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}

	// A seat whose login another has already gets another login.
	first := c.add("grisha", func(p *directory.CreatePerson) { p.Seat = schema.Some(true) })
	c.change(first, func(p *directory.UpdatePerson) {
		p.Handle = schema.Some(directory.Handle("other"))
		p.Operator = schema.Some(directory.OperatorParams{Login: schema.Some("Grisha")})
	})
	second := c.add("grisha", func(p *directory.CreatePerson) { p.Seat = schema.Some(true) })
	if got := c.person(second).Seat.Login; got != "grisha-2" {
		b.Errorf("the second seat's login: got %q", got)
	}
	for _, id := range []int64{first, second} {
		if r := c.service.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}})[0]; r.Err != nil {
			b.Fatal(r.Err)
		}
	}

	// A name without a seat waits for one.
	boris := c.add("boris", func(p *directory.CreatePerson) {
		p.FirstName, p.ShownName = schema.Some("Boris"), schema.Some("Bob")
	})
	if e := c.person(boris); e.ShownName() != "Bob" || e.LastName != "boris" || e.Seat != nil {
		b.Errorf("without a seat: got %q, %q, %v", e.ShownName(), e.LastName, e.Seat)
	}
	c.change(boris, func(p *directory.UpdatePerson) { p.Agent = schema.Some(true) })
	if e := c.person(boris); e.Seat == nil || e.Seat.DisplayName != "Bob" || e.DisplayName != "" || e.Seat.Login != "boris" {
		b.Errorf("with a seat: got %q, %+v", e.DisplayName, e.Seat)
	}
	vera := c.add("vera", func(p *directory.CreatePerson) { p.FirstName = schema.Some("Vera") })
	if got := c.person(vera); got.ShownName() != "Vera vera" {
		b.Errorf("shown name: got %q", got.ShownName())
	}

	// Selected and sorted by what chat systems know.
	for _, tt := range []struct {
		name string
		q    directory.Query
		want []int64
	}{
		{"agents by name", directory.Query{Where: equals(directory.PersonAgent, true), Order: []directory.Order{{Field: directory.PersonName, Descending: true}}}, []int64{boris, id}},
		{"not agents", directory.Query{Where: directory.All{equals(directory.PersonAgent, false), directory.Test{Field: "login", Op: directory.OpNull}}}, []int64{vera}},
		{"chatting", directory.Query{Where: equals(directory.PersonChatting, true)}, []int64{id, boris}},
		{"managers", directory.Query{Where: equals(directory.PersonManager, true)}, nil},
		{"by Rocket.Chat's id", directory.Query{Where: equals(directory.PersonRocketID, c.person(vera).RocketID)}, []int64{vera}},
		{"by part of the name", directory.Query{Where: directory.Test{Field: directory.PersonName, Op: directory.OpILike, Values: []any{"%bo%"}}}, []int64{boris}},
		{"by chat status", directory.Query{Where: directory.Test{Field: "login", Op: directory.OpNull}, Order: []directory.Order{{Field: directory.PersonChatStatus}, {Field: directory.PersonChatSlots}}}, []int64{vera, boris}},
		{"a page", directory.Query{Where: equals(directory.PersonAgent, true), Limit: 1, Offset: 1}, []int64{boris}},
	} {
		page, err := c.service.People(c.ctx, directory.Query{Where: tt.q.Where, Order: tt.q.Order, Limit: stdcmp.Or(tt.q.Limit, 10), Offset: tt.q.Offset})
		var got []int64
		for _, p := range page.Items {
			got = append(got, p.ID)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			b.Errorf("%s: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
		if tt.q.Limit > 0 {
			continue
		}
		got = nil
		err = c.service.EachPerson(c.ctx, tt.q, func(p *directory.Person) error {
			got = append(got, p.ID)
			return nil
		})
		if err != nil || !slices.Equal(got, tt.want) {
			b.Errorf("%s, each: got %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	stop := errors.New("stop")
	if err := c.service.EachPerson(c.ctx, directory.Query{}, func(*directory.Person) error { return stop }); err != stop {
		b.Errorf("an error of the visitor: got %v", err)
	}
}

// EachPerson reads some at a time, and misses nobody.
func testEachPerson(b *bench) {
	c := newChat(b)
	var commands []directory.CreatePerson
	for i := range 1100 {
		p := directory.CreatePerson{}
		p.LastName = schema.Some(fmt.Sprintf("%04d", 1100-i))
		commands = append(commands, p)
	}
	for _, r := range c.service.CreatePeople(c.ctx, commands) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	var names []string
	gone := int64(0)
	err := c.service.EachPerson(c.ctx, directory.Query{Where: directory.Test{Field: "login", Op: directory.OpNull}, Order: []directory.Order{{Field: "last_name"}}, Offset: 50}, func(p *directory.Person) error {
		if names = append(names, p.LastName); len(names) == 1 { // whoever goes meanwhile is left out
			page, err := c.service.People(c.ctx, directory.Query{Where: equals("last_name", "1000"), Limit: 1})
			if err != nil {
				return err
			}
			gone = page.Items[0].ID
			return c.service.DeleteEmployees(c.ctx, []directory.DeleteEmployee{{ID: schema.Some(gone)}})[0].Err
		}
		return nil
	})
	if err != nil || len(names) != 1049 || !slices.IsSorted(names) || names[0] != "0051" || slices.Contains(names, "1000") {
		b.Errorf("got %d names from %v, %v", len(names), names[:min(3, len(names))], err)
	}
}

// What a person chooses at one door is seen at the others.
func testPresence(b *bench) {
	c := newChat(b)
	id := c.add("anna")
	want := func(what string, show directory.Show, status string, connected bool) {
		b.Helper()
		p := c.person(id)
		if p.Show() != show || p.Chosen.Mnemonic != status || p.Activity.Connected != connected {
			b.Errorf("%s: got %s, %s, %t, want %s, %s, %t", what, p.Show(), p.Chosen.Mnemonic, p.Activity.Connected, show, status, connected)
		}
	}
	show := func(s directory.Show) func(*directory.UpdatePerson) {
		return func(p *directory.UpdatePerson) { p.Show = schema.Some(s) }
	}
	presence := func(s directory.Presence) func(*directory.UpdatePerson) {
		return func(p *directory.UpdatePerson) { p.Presence = schema.Some(s) }
	}
	status := func(s string) func(*directory.UpdatePerson) {
		return func(p *directory.UpdatePerson) { p.Status = schema.Some(s) }
	}
	want("new", directory.ShowUnavailable, "available", false)
	for _, step := range []struct {
		what      string
		change    func(*directory.UpdatePerson)
		show      directory.Show
		status    string
		connected bool
	}{
		{"chat", show(directory.ShowChat), directory.ShowChat, "available", true},
		{"online keeps the finer word", presence(directory.Online), directory.ShowChat, "available", true},
		{"available takes it back", show(directory.ShowAvailable), directory.ShowAvailable, "available", true},
		{"chat again", show(directory.ShowChat), directory.ShowChat, "available", true},
		{"away", presence(directory.Away), directory.ShowAway, "break", true},
		{"the status changes back", status("available"), directory.ShowAvailable, "available", true},
		{"xa", show(directory.ShowXA), directory.ShowXA, "not_at_workplace", true},
		{"away is what xa says", presence(directory.Away), directory.ShowXA, "not_at_workplace", true},
		{"away is not xa", show(directory.ShowAway), directory.ShowAway, "break", true},
		{"dnd", show(directory.ShowDND), directory.ShowDND, "do_not_disturb", true},
		{"a campaign", status("auto_out_call"), directory.ShowDND, "auto_out_call", true},
		{"busy is what a campaign says", presence(directory.Busy), directory.ShowDND, "auto_out_call", true},
		{"offline", presence(directory.Offline), directory.ShowUnavailable, "not_at_work", false},
		{"unknown", status("unknown"), directory.ShowUnavailable, "unknown", false},
		{"offline, once more", presence(directory.Offline), directory.ShowUnavailable, "unknown", false},
		{"a break", status("break"), directory.ShowUnavailable, "break", false},
		{"unavailable is what who is not connected shows", show(directory.ShowUnavailable), directory.ShowUnavailable, "break", false},
		{"away is what a break says", presence(directory.Away), directory.ShowAway, "break", true},
		{"unavailable", show(directory.ShowUnavailable), directory.ShowUnavailable, "not_at_work", false},
		{"unknown again", status("unknown"), directory.ShowUnavailable, "unknown", false},
		{"unavailable is what unknown says", show(directory.ShowUnavailable), directory.ShowUnavailable, "unknown", false},
		{"online", presence(directory.Online), directory.ShowAvailable, "available", true},
	} {
		c.change(id, step.change)
		want(step.what, step.show, step.status, step.connected)
	}

	// The database selects by the same words, whatever the status.
	statuses, err := b.store.Statuses(b.Context(), c.account, directory.Query{Limit: 100}, false)
	if err != nil {
		b.Fatal(err)
	}
	ids := []int64{}
	for _, s := range statuses.Items {
		ids = append(ids, s.ID)
	}
	for i, incoming := range []directory.DirectionSet{directory.NoDirections, directory.BothDirections} {
		for j, worktime := range []bool{false, true} {
			s := directory.Status{ID: b.id(), Name: fmt.Sprint(i, j), IsWorktime: worktime, Directions: directory.Directions{InInternal: incoming}}
			b.in(c.account, func(tx directory.Tx) error { return tx.InsertStatus(s) })
			ids = append(ids, s.ID)
		}
	}
	seen := map[directory.Presence]bool{}
	for _, connected := range []bool{false, true} {
		for _, status := range ids {
			c.change(id, func(p *directory.UpdatePerson) { p.StatusID = schema.Some(status) })
			if r := c.service.UpdateActivity(c.ctx, []directory.UpdateActivity{{ID: schema.Some(id), Connected: schema.Some(connected)}})[0]; r.Err != nil {
				b.Fatal(r.Err)
			}
			p := c.person(id)
			presence := p.Show().Presence()
			seen[presence] = true
			page, err := c.service.People(c.ctx, directory.Query{Where: directory.All{equals("id", id), equals(directory.PersonPresence, string(presence))}, Limit: 1})
			if err != nil || page.Total != 1 {
				b.Errorf("status %+v, connected %t is %s, which the database does not say (%v)", p.Chosen, connected, presence, err)
			}
		}
	}
	if len(seen) != 4 {
		b.Errorf("got the words %v, want four", seen)
	}
}

func testChatGroups(b *bench) {
	c := newChat(b)
	anna, boris := c.add("anna", func(p *directory.CreatePerson) { p.Agent = schema.Some(true) }), c.add("boris")
	command := directory.CreateChatGroup{}
	command.Name, command.Handle, command.Description, command.ShowOnRegistration = schema.Some("sales"), schema.Some(directory.GroupHandle("sales")), schema.Some("Sells"), schema.Some(true)
	r := c.service.CreateChatGroups(c.ctx, []directory.CreateChatGroup{command})[0]
	if r.Err != nil {
		b.Fatal(r.Err)
	}
	group := func() directory.ChatGroup {
		b.Helper()
		page, err := c.service.ChatGroups(c.ctx, directory.Query{Where: equals("id", r.Value), Limit: 1})
		if err != nil || len(page.Items) != 1 {
			b.Fatalf("got %v, %v", page, err)
		}
		return page.Items[0]
	}
	want := func(what string, change func(*directory.ChatGroup)) {
		b.Helper()
		got := group()
		was := got
		change(&was)
		if was != got {
			b.Errorf("%s: got %+v, want %+v", what, got, was)
		}
	}
	want("created", func(g *directory.ChatGroup) {
		g.Name, g.Handle, g.Description, g.Enabled, g.ShowOnRegistration, g.Show, g.Members = "sales", "sales", "Sells", true, true, directory.ShowUnavailable, 0
	})
	update := directory.UpdateChatGroup{}
	update.ID, update.Handle, update.Email, update.Enabled, update.Transcripts, update.Avatar = schema.Some(r.Value), schema.Some(directory.GroupHandle("sell")), schema.Some(directory.Email("sales@example.com")), schema.Some(false), schema.Some(true), schema.Some("https://example.com/a.png")
	if r := c.service.UpdateChatGroups(c.ctx, []directory.UpdateChatGroup{update})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	want("changed", func(g *directory.ChatGroup) {
		g.Name, g.Handle, g.Email, g.Enabled, g.Transcripts, g.Avatar, g.Description = "sell", "sell", "sales@example.com", false, true, "https://example.com/a.png", "Sells"
	})
	for enabled, want := range map[bool]int64{true: 0, false: 1} {
		if page, err := c.service.ChatGroups(c.ctx, directory.Query{Where: equals(directory.GroupEnabled, enabled), Limit: 1}); err != nil || page.Total != want {
			b.Errorf("enabled is %t: got %d groups, %v, want %d", enabled, page.Total, err, want)
		}
	}

	member := func(id int64) directory.CreateMembership {
		return directory.CreateMembership{GroupID: schema.Some(r.Value), EmployeeID: schema.Some(id)}
	}
	wantCodes := func(what string, err error, codes ...*errors.Code) {
		b.Helper()
		if len(codes) == 0 && err == nil {
			return
		}
		var got []*errors.Code
		if err != nil {
			for _, v := range errors.Of(err).Violations {
				got = append(got, v.Code)
			}
		}
		if !slices.Equal(got, codes) {
			b.Errorf("%s: got %v", what, err)
		}
	}
	ordered := member(anna)
	ordered.ChatLimit, ordered.Order = schema.Some[int64](5), schema.Some[int64](2)
	wantCodes("joining", c.service.CreateMemberships(c.ctx, []directory.CreateMembership{ordered})[0].Err)
	wantCodes("joining again", c.service.CreateMemberships(c.ctx, []directory.CreateMembership{ordered})[0].Err, errors.DuplicateEntity)
	wantCodes("joining, a stranger", c.service.CreateMemberships(c.ctx, []directory.CreateMembership{{GroupID: schema.Some(anna), EmployeeID: schema.Some(r.Value)}})[0].Err, errors.EntityNotFound, errors.EntityNotFound)
	wantCodes("joining, the other", c.service.CreateMemberships(c.ctx, []directory.CreateMembership{member(boris)})[0].Err)
	want("with members", func(g *directory.ChatGroup) { g.Members, g.Agents, g.Show = 2, 1, directory.ShowUnavailable })
	memberships := func(where directory.Condition) (all []string) {
		b.Helper()
		page, err := c.service.Memberships(c.ctx, directory.Query{Where: where, Limit: 10})
		if err != nil || page.Total != int64(len(page.Items)) {
			b.Fatalf("got %d of %d, %v", len(page.Items), page.Total, err)
		}
		for _, m := range page.Items {
			if m.Group.ID != r.Value || m.ChangedAt.Before(m.Person.CreatedAt) || len(m.Person.In) != 1 || m.GroupShow != group().Show {
				b.Errorf("got %+v", m)
			}
			all = append(all, fmt.Sprint(m.Person.Handle, m.Enabled, m.ChatLimit, m.Order))
		}
		return all
	}
	wantMembers := func(what string, where directory.Condition, want ...string) {
		b.Helper()
		if got := memberships(where); !slices.Equal(got, want) {
			b.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	wantMembers("all", nil, "annatrue 5 2", "boristrue 0 0")
	wantMembers("agents", equals(directory.MembershipAgent, true), "annatrue 5 2")
	wantMembers("of an employee", equals(directory.MembershipEmployee, boris), "boristrue 0 0")
	wantMembers("of enabled groups", equals(directory.MembershipActive, true))

	c.change(anna, func(p *directory.UpdatePerson) { p.Show = schema.Some(directory.ShowChat) })
	c.change(boris, func(p *directory.UpdatePerson) { p.Show = schema.Some(directory.ShowDND) })
	want("both are there", func(g *directory.ChatGroup) { g.Show = directory.ShowChat })
	suspend := directory.UpdateMembership{CreateMembership: member(anna)}
	suspend.Enabled = schema.Some(false)
	before := b.number(`select last_event from accounts where id = $1`, c.account)
	wantCodes("suspending", c.service.UpdateMemberships(c.ctx, []directory.UpdateMembership{suspend, suspend})[0].Err)
	if n := b.number(`select last_event from accounts where id = $1`, c.account); n != before+1 {
		b.Errorf("suspending twice: got %d events, want 1", n-before)
	}
	want("one is suspended", func(g *directory.ChatGroup) { g.Show = directory.ShowDND })
	wantMembers("one suspended", nil, "annafalse 5 2", "boristrue 0 0")

	leave := directory.DeleteMembership{GroupID: schema.Some(r.Value), EmployeeID: schema.Some(anna)}
	wantCodes("leaving", c.service.DeleteMemberships(c.ctx, []directory.DeleteMembership{leave})[0].Err)
	wantCodes("leaving again", c.service.DeleteMemberships(c.ctx, []directory.DeleteMembership{leave})[0].Err, errors.EntityNotFound)
	wantCodes("suspending who has left", c.service.UpdateMemberships(c.ctx, []directory.UpdateMembership{suspend})[0].Err, errors.EntityNotFound)
	wantMembers("who stayed", nil, "boristrue 0 0")
	if got := c.person(anna); len(got.Groups) != 0 || len(got.In) != 0 {
		b.Errorf("who left is in %v, %v", got.Groups, got.In)
	}

	// Everybody may ask what is public.
	public := func(host, handle string, group bool, want directory.Show) {
		b.Helper()
		if got, _, err := c.service.PublicPresence(b.Context(), host, handle, group); err != nil || got != want {
			b.Errorf("%s at %s: got %s, %v, want %s", handle, host, got, err, want)
		}
	}
	public("chat.example", "boris", false, directory.ShowUnavailable)
	if err := c.service.UpdateAccount(b.Context(), directory.UpdateAccount{ID: schema.Some(c.account), JIDHost: schema.Some(directory.DomainName("Chat.Example"))}); err != nil {
		b.Fatal(err)
	}
	public("chat.example", "boris", false, directory.ShowDND)
	public("CHAT.example", "BORIS", false, directory.ShowDND)
	public("chat.example", "sell", true, directory.ShowDND)
	public("chat.example", "sell", false, directory.ShowUnavailable)
	public("chat.example", "boris", true, directory.ShowUnavailable)
	public("other.example", "boris", false, directory.ShowUnavailable)
	public("no host", "bo\x00ris", false, directory.ShowUnavailable)
}

// Tokens of a door open that door; who signs in there is connected until they have
// signed out everywhere.
func testDoors(b *bench) {
	c := newChat(b)
	other := newChatNamed(c, "other")
	door := directory.Keys{Door: "chat", SessionLife: time.Hour, Connects: true, New: func(random io.Reader) (string, error) { return directory.RandomText(random, 43, "abcdef") }}
	anna := c.add("anna", func(p *directory.CreatePerson) {
		p.Login, p.Password, p.Email = schema.Some("anna@login"), schema.Some("one"), schema.Some(directory.Email("anna@example.com"))
	})
	theirs := other.add("anna", func(p *directory.CreatePerson) {
		p.Login, p.Password, p.Email = schema.Some("anna@other"), schema.Some("two"), schema.Some(directory.Email("Anna@Example.com"))
	})
	c.add("nobody", func(p *directory.CreatePerson) { p.Password, p.Seat = schema.Some("three"), schema.Some(true) })
	for _, tt := range []struct {
		name, password string
		want           int64
	}{
		{"ANNA@login", "one", anna}, {"anna@LOGIN", "two", 0},
		{"anna@example.com", "one", anna}, {"anna@example.com", "two", theirs}, {"anna@example.com", "three", 0},
		{"anna", "one", anna}, {"Anna", "two", theirs},
		{"nobody", "three", 0}, {"", "", 0}, {"anna\x00", "one", 0}, {"anna\xff", "one", 0},
	} {
		token, p, err := c.service.SignInAt(b.Context(), door, tt.name, tt.password, "192.0.2.1")
		if p.ID != tt.want || tt.want == 0 && !errors.HasCode(err, errors.AuthError) || tt.want != 0 && (err != nil || len(token) != 43 || !p.Activity.Connected) {
			b.Errorf("%s, %s: got %d, %v, want %d", tt.name, tt.password, p.ID, err, tt.want)
		}
	}
	for i := range directory.SignInsPerLogin + 1 {
		_, _, err := c.service.SignInAt(b.Context(), door, "guess", fmt.Sprint(i), "192.0.2.2")
		if limited := errors.HasCode(err, errors.LimitExceeded); limited != (i == directory.SignInsPerLogin) {
			b.Errorf("guess %d: got %v", i, err)
		}
	}

	actor := func(door, token string) (directory.Actor, error) {
		caller, err := c.service.Authenticate(b.Context(), door, token, "192.0.2.1")
		return caller.Actor(), err
	}
	token, _, err := c.service.SignInAt(b.Context(), door, "anna@login", "one", "192.0.2.1")
	if err != nil {
		b.Fatal(err)
	}
	for _, elsewhere := range []string{"", "another"} {
		if _, err := actor(elsewhere, token); !errors.HasCode(err, errors.AccessTokenInvalid) {
			b.Errorf("at the door %q: got %v", elsewhere, err)
		}
	}
	var sessions []directory.Actor
	for range 2 {
		token, _, err := c.service.SignInAt(b.Context(), door, "anna@login", "one", "192.0.2.1")
		if err != nil {
			b.Fatal(err)
		}
		a, err := actor("chat", token)
		if err != nil {
			b.Fatal(err)
		}
		sessions = append(sessions, a)
	}
	me, err := c.service.Self(directory.WithActor(b.Context(), sessions[0]))
	if err != nil || me.ID != anna {
		b.Errorf("self: got %d, %v", me.ID, err)
	}
	n := b.number(`select count(*) from tokens where employee_id = $1`, anna)
	for i := range n {
		if p := c.person(anna); !p.Activity.Connected {
			b.Errorf("not connected with %d sessions left", n-i)
		}
		id := b.number(`select min(id) from tokens where employee_id = $1`, anna)
		if err := c.service.SignOutAt(directory.WithActor(b.Context(), directory.Actor{AccountID: c.account, EmployeeID: anna, TokenID: id, Session: true}), door); err != nil {
			b.Fatal(err)
		}
	}
	if p := c.person(anna); n < 5 || p.Activity.Connected {
		b.Errorf("after %d sessions: connected is %t", n, p.Activity.Connected)
	}

	// A permanent token of a door is a member's.
	permanent, err := c.service.CreateToken(b.Context(), directory.NewToken{Login: schema.Some("anna@login")}, door)
	if err != nil || len(permanent) != 43 {
		b.Fatalf("got %d characters, %v", len(permanent), err)
	}
	if a, err := actor("chat", permanent); err != nil || a.EmployeeID != anna {
		b.Errorf("got %+v, %v", a, err)
	}
	accounts := door
	accounts.OfAccounts = true
	if own, err := c.service.CreateToken(b.Context(), directory.NewToken{AccountID: schema.Some(c.account)}, accounts); err != nil {
		b.Error(err)
	} else if a, err := actor("chat", own); err != nil || a.EmployeeID != 0 || a.AccountID != c.account {
		b.Errorf("an account's own token: got %+v, %v", a, err)
	}
	if _, err := c.service.CreateToken(b.Context(), directory.NewToken{AccountID: schema.Some(c.account)}, door); !errors.HasCode(err, errors.RequiredParameterMissed) {
		b.Errorf("an account's token of a door: got %v", err)
	}

	// What a door grants, it grants; but administrators are administrators' business.
	agent := sessions[0]
	may := func(a directory.Actor) context.Context { return directory.WithActor(b.Context(), a) }
	rename := func(p *directory.UpdatePerson) { p.ShownName = schema.Some("New") }
	block := func(p *directory.UpdatePerson) { p.Blocked = schema.Some(true) }
	boris := c.add("boris")
	admin := b.number(`select min(id) from employees where login = 'admin'`)
	for _, tt := range []struct {
		what    string
		actor   directory.Actor
		id      int64
		change  func(*directory.UpdatePerson)
		allowed bool
	}{
		{"an agent changes", agent, boris, rename, false},
		{"an agent who was granted that changes", agent.Grant(directory.UpdateEmployees), boris, rename, true},
		{"and blocks", agent.Grant(directory.UpdateEmployees), boris, block, false},
		{"but may, if that was granted", agent.Grant(directory.UpdateEmployees, directory.UpdateMembers), boris, block, true},
		{"but no administrator", agent.Grant(directory.UpdateEmployees, directory.UpdateMembers), admin, block, false},
		{"an administrator not the last one", directory.CommandLine(c.account), admin, block, false},
	} {
		if err := c.tryChange(may(tt.actor), tt.id, tt.change); (err == nil) != tt.allowed || err != nil && !errors.HasCode(err, errors.Forbidden) {
			b.Errorf("%s: got %v", tt.what, err)
		}
	}
	irina := c.add("irina", func(p *directory.CreatePerson) {
		p.Login, p.Roles = schema.Some("irina"), schema.Some([]directory.Role{directory.Manager})
	})
	manager := directory.Actor{AccountID: c.account, EmployeeID: irina, Roles: []directory.Role{directory.Manager}}
	for _, tt := range []struct {
		what    string
		id      int64
		change  func(*directory.UpdatePerson)
		allowed bool
	}{
		{"a manager lets somebody sign in", boris, func(p *directory.UpdatePerson) { p.Login = schema.Some("boris") }, true},
		{"and not", boris, block, true},
		{"but makes no manager", boris, func(p *directory.UpdatePerson) { p.Roles = schema.Some([]directory.Role{directory.Manager}) }, false},
		{"nor blocks one", irina, block, false},
		{"nor an administrator", admin, block, false},
		{"nor changes their logins", irina, func(p *directory.UpdatePerson) { p.Login = schema.Some("ira") }, false},
	} {
		if err := c.tryChange(may(manager), tt.id, tt.change); (err == nil) != tt.allowed || err != nil && !errors.HasCode(err, errors.Forbidden) {
			b.Errorf("%s: got %v", tt.what, err)
		}
	}
	login := directory.CreatePerson{}
	login.LastName, login.Login = schema.Some("x"), schema.Some("x")
	for _, rights := range [][]directory.Right{{directory.InsertEmployees}, {directory.InsertEmployees, directory.InsertMembers}} {
		if err := c.service.CreatePeople(may(agent.Grant(rights...)), []directory.CreatePerson{login})[0].Err; (err == nil) != (len(rights) == 2) {
			b.Errorf("a member, with %v: got %v", rights, err)
		}
	}

	// There are no seats in an account without a chat system.
	bare := directory.CommandLine(c.account)
	bare.DisabledComponents = []directory.Component{"consultant"}
	for _, seat := range []func(*directory.UpdatePerson){
		func(p *directory.UpdatePerson) { p.Seat = schema.Some(true) },
		func(p *directory.UpdatePerson) { p.Agent = schema.Some(true) },
	} {
		if err := c.tryChange(may(bare), boris, seat); !errors.HasCode(err, errors.ParameterComponentDisabled) {
			b.Errorf("a seat without a chat system: got %v", err)
		}
	}

	// Settings are each door's and each account's own.
	if err := c.service.PutDoorSettings(may(agent), "chat", nil); !errors.HasCode(err, errors.Forbidden) {
		b.Errorf("settings by an agent: got %v", err)
	}
	for _, settings := range []map[string]jsontext.Value{{"a": jsontext.Value(`1`), "b": jsontext.Value(`["x"]`)}, {"a": jsontext.Value(`2`)}} {
		if err := c.service.PutDoorSettings(c.ctx, "chat", settings); err != nil {
			b.Fatal(err)
		}
	}
	for _, tt := range []struct {
		ctx  context.Context
		door string
		want map[string]jsontext.Value
	}{
		{c.ctx, "chat", map[string]jsontext.Value{"a": jsontext.Value(`2`), "b": jsontext.Value(`["x"]`)}},
		{c.ctx, "another", map[string]jsontext.Value{}},
		{other.ctx, "chat", map[string]jsontext.Value{}},
	} {
		got, err := c.service.DoorSettings(tt.ctx, tt.door)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			b.Errorf("settings of %s (%v) (-want +got):\n%s", tt.door, err, diff)
		}
	}
}

// newChatNamed is one more account on the same Service.
func newChatNamed(c *chat, login string) *chat {
	c.Helper()
	credentials, err := c.service.CreateAccount(c.Context(), directory.NewAccount{Name: schema.Some("B"), Login: schema.Some(login), Password: schema.Some("secret")})
	if err != nil {
		c.Fatal(err)
	}
	return &chat{c.bench, c.service, credentials.AccountID, directory.WithActor(c.Context(), directory.CommandLine(credentials.AccountID))}
}
