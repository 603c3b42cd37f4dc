package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// full gives e one of each unique value.
func full(e *directory.Employee) {
	e.Login, e.Roles = "Anna", []directory.Role{directory.Manager}
	e.Handle, e.ExternalID, e.Email = "anna", "A-1", "Anna@example.com"
	e.Extension.Number = "101"
	e.Seat = &directory.Seat{DisplayName: "Anna", Login: "Операторъ"}
}

// clash is a change that takes one of full's values, in another spelling where
// that is the same.
type clash struct {
	kind   directory.UniqueValue
	change func(*directory.Employee)
}

var clashes = []clash{
	{directory.UniqueHandle, func(e *directory.Employee) { e.Handle = "anna" }},
	{directory.UniqueExtension, func(e *directory.Employee) { e.Extension.Number = "101" }},
	{directory.UniqueOperatorLogin, func(e *directory.Employee) { e.Seat = &directory.Seat{DisplayName: "B", Login: "оПЕРАТОРЪ"} }},
	{directory.UniqueExternalID, func(e *directory.Employee) { e.ExternalID = "A-1" }},
	{directory.UniqueEmail, func(e *directory.Employee) { e.Login, e.Email = "boris", "aNNA@EXAMPLE.com" }},
	{directory.UniqueLogin, func(e *directory.Employee) { e.Login = "ANNA" }},
}

// every is all the clashes at once.
func every(e *directory.Employee) {
	for _, c := range clashes {
		login := e.Login
		c.change(e)
		if c.kind == directory.UniqueEmail && login != "" {
			e.Login = login
		}
	}
}

func kinds() (all []directory.UniqueValue) {
	for _, c := range clashes {
		all = append(all, c.kind)
	}
	return all
}

func wantTaken(t testing.TB, what string, err error, want ...directory.UniqueValue) {
	t.Helper()
	var got taken
	if !errors.As(err, &got) {
		t.Errorf("%s: got error %v, want taken: %v", what, err, want)
		return
	}
	inOrder := cmpopts.SortSlices(func(x, y directory.UniqueValue) bool { return x < y })
	if diff := cmp.Diff(want, []directory.UniqueValue(got), inOrder); diff != "" {
		t.Errorf("%s: taken (-want +got):\n%s", what, diff)
	}
}

// wantAsked checks that Taken tells the same before anything is written.
func (b *bench) wantAsked(what string, account int64, e *directory.Employee, want ...directory.UniqueValue) {
	b.Helper()
	err := b.try(account, func(tx directory.Tx) error {
		values, err := tx.Taken(e)
		if err != nil {
			return err
		}
		return taken(values)
	})
	wantTaken(b, what+", asked", err, want...)
}

func testInsertConflicts(b *bench) {
	a := b.account()
	holder := b.inserted(a, full)
	b.wantAsked("one's own values", a.id, holder)
	for _, c := range clashes {
		e := b.employee(a, c.change)
		b.wantAsked(string(c.kind), a.id, e, c.kind)
		wantTaken(b, string(c.kind), b.try(a.id, insert(e)), c.kind)
	}
	e := b.employee(a, every)
	b.wantAsked("all", a.id, e, kinds()...)
	wantTaken(b, "all", b.try(a.id, insert(e)), kinds()...)

	// What is no conflict: an e-mail of who is no member, texts that differ in
	// case where case matters, and all but the login in another account.
	b.inserted(a, func(e *directory.Employee) { e.Email = "anna@example.com" })
	b.inserted(a, func(e *directory.Employee) { e.ExternalID = "a-1" })
	other := b.account()
	foreign := b.employee(other, full)
	wantTaken(b, "another account", b.try(other.id, insert(foreign)), directory.UniqueLogin)
	foreign.Login = "vera"
	b.in(other.id, insert(foreign))
}

func testUpdateConflicts(b *bench) {
	a := b.account()
	b.inserted(a, full)
	mine := func(e *directory.Employee) {
		e.Login, e.Handle, e.ExternalID, e.Email = "boris", "boris", "B-1", "boris@example.com"
		e.Extension.Number, e.Seat = "202", &directory.Seat{DisplayName: "B", Login: "boris"}
	}
	e := b.inserted(a, mine)
	for _, c := range clashes {
		if c.kind == directory.UniqueLogin {
			continue // see testLoginConflict
		}
		after := changed(e, c.change)
		b.wantAsked(string(c.kind), a.id, after, c.kind)
		wantTaken(b, string(c.kind), b.try(a.id, update(e, after)), c.kind)
	}
	all := changed(e, every)
	all.Login = e.Login
	wantTaken(b, "all", b.try(a.id, update(e, all)), slices.DeleteFunc(kinds(), func(k directory.UniqueValue) bool { return k == directory.UniqueLogin })...)
	if got, _ := b.read(a.id, e.ID); !cmp.Equal(e, got) {
		b.Errorf("refused updates changed the employee (-want +got):\n%s", cmp.Diff(e, got))
	}

	// Who becomes a member needs an e-mail of their own.
	guest := b.inserted(a, func(e *directory.Employee) { e.Email = "anna@example.com" })
	wantTaken(b, "new member", b.try(a.id, update(guest, changed(guest, func(e *directory.Employee) { e.Login = "guest" }))), directory.UniqueEmail)

	// Another spelling of one's own value is no conflict.
	e = b.updated(e, func(e *directory.Employee) {
		e.Email, e.Seat = "BORIS@example.com", &directory.Seat{DisplayName: "B", Login: "BORIS"}
	})
	if got, _ := b.read(a.id, e.ID); got.Seat.Login != "BORIS" || got.Email != "BORIS@example.com" {
		b.Errorf("got %+v, want the new spelling", got)
	}
}

func testLoginConflict(b *bench) {
	a := b.account()
	b.inserted(a, full)
	e := b.inserted(a, func(e *directory.Employee) { e.Login = "boris" })
	wantTaken(b, "login", b.try(a.id, update(e, changed(e, func(e *directory.Employee) { e.Login = "ANNA" }))), directory.UniqueLogin)
	wantTaken(b, "all", b.try(a.id, update(e, changed(e, every))), kinds()...)
}

// Values that an update gives up, or a deletion, are for others to have.
func testValuesFreed(b *bench) {
	a := b.account()
	holder := b.inserted(a, full)
	heir := b.inserted(a)
	for _, c := range clashes {
		if c.kind == directory.UniqueLogin {
			continue // nobody gives up a login but by going
		}
		without := *holder
		switch c.kind {
		case directory.UniqueHandle:
			without.Handle = "other"
		case directory.UniqueExtension:
			without.Extension = directory.Extension{}
		case directory.UniqueOperatorLogin:
			without.Seat = nil
		case directory.UniqueExternalID:
			without.ExternalID = ""
		case directory.UniqueEmail:
			without.Email = ""
		}
		without.Version++
		b.in(a.id, update(holder, &without))
		holder = &without
		b.wantAsked(string(c.kind)+" given up", a.id, b.employee(a, c.change))
	}
	holder = b.updated(holder, full)
	b.in(a.id, remove(holder))
	heir = b.updated(heir, full)
	if got, _ := b.read(a.id, heir.ID); !cmp.Equal(heir, got) {
		b.Errorf("heir (-want +got):\n%s", cmp.Diff(heir, got))
	}
	if rows := b.query(`select deleted_at >= created_at from tombstones where account_id = $1 and id = $2`, a.id, holder.ID); len(rows) != 1 {
		b.Errorf("got %d tombstones, want 1", len(rows))
	}
}

func testVersions(b *bench) {
	a := b.account()
	first := b.inserted(a)
	second := b.updated(first, func(e *directory.Employee) { e.FirstName = "Ivan" })
	for name, before := range map[string]*directory.Employee{"an old version": first, "a version to come": changed(second)} {
		if err := b.try(a.id, update(before, changed(before, func(e *directory.Employee) { e.FirstName = "Pyotr" }))); err == nil {
			b.Errorf("an update of %s succeeded", name)
		}
	}
	if got, _ := b.read(a.id, first.ID); !cmp.Equal(second, got) {
		b.Errorf("after refused updates (-want +got):\n%s", cmp.Diff(second, got))
	}
	gone := b.inserted(a)
	b.in(a.id, remove(gone))
	if err := b.try(a.id, update(gone, changed(gone))); err == nil {
		b.Error("an update of a deleted employee succeeded")
	}
	if err := b.try(a.id, remove(gone)); err == nil {
		b.Error("a deletion of a deleted employee succeeded")
	}
}

// Identifiers that are made to be unique are not dropped silently if they are
// not: an insert that keeps nothing fails.
func testIdentifiers(b *bench) {
	a := b.account()
	holder := b.inserted(a)
	for name, change := range map[string]func(*directory.Employee){
		"id":        func(e *directory.Employee) { e.ID = holder.ID },
		"uuid":      func(e *directory.Employee) { e.UUID = holder.UUID },
		"rocket id": func(e *directory.Employee) { e.RocketID = holder.RocketID },
	} {
		if err := b.try(a.id, insert(b.employee(a, change))); err == nil {
			b.Errorf("an insert with another's %s succeeded", name)
		}
	}
}

func number(id int64, identity string) directory.Number {
	return directory.Number{ID: id, Identity: identity, Spelling: "+" + identity, ChannelsCount: 1, DialTime: 60, Status: "active"}
}

// put keeps a number that is new, change one that was before.
func (b *bench) put(a account, n directory.Number) { b.Helper(); b.putNumber(a, nil, n) }

func (b *bench) change(a account, before, n directory.Number) { b.Helper(); b.putNumber(a, &before, n) }

func (b *bench) putNumber(a account, before *directory.Number, n directory.Number) {
	b.Helper()
	b.in(a.id, func(tx directory.Tx) error {
		if free, err := tx.PutNumber(before, n); err != nil || !free {
			b.Errorf("number %s: got %t, %v, want true", n.Identity, free, err)
		}
		return nil
	})
}

func testNumbers(b *bench) {
	a := b.account()
	ids := b.ids(3)
	n1, n2, n3 := number(ids[0], "74955140578"), number(ids[1], "74955140579...2345"), number(ids[2], "3")
	n1.E164 = "+74955140578"
	has := func(numbers ...directory.Number) func(*directory.Employee) {
		return func(e *directory.Employee) {
			e.NumberIDs = nil
			for _, n := range numbers {
				e.NumberIDs = append(e.NumberIDs, n.ID)
			}
		}
	}
	wantNumbers := func(what string, e *directory.Employee, want ...directory.Number) {
		b.Helper()
		if _, got := b.read(a.id, e.ID); !cmp.Equal(want, got, cmpopts.EquateEmpty()) {
			b.Errorf("%s (-want +got):\n%s", what, cmp.Diff(want, got, cmpopts.EquateEmpty()))
		}
	}
	wantExist := func(what string, want ...string) {
		b.Helper()
		var got []string
		for _, row := range b.query(`select identity from phone_numbers where account_id = $1 order by identity`, a.id) {
			got = append(got, row[0].(string))
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			b.Errorf("%s: numbers (-want +got):\n%s", what, diff)
		}
	}

	var anna, boris *directory.Employee
	anna, boris = b.employee(a, has(n2, n1)), b.employee(a, has(n1, n3))
	b.in(a.id, func(tx directory.Tx) error {
		for _, n := range []directory.Number{n1, n2, n3} {
			if _, err := tx.PutNumber(nil, n); err != nil {
				return err
			}
		}
		return errors.Join(insert(anna)(tx), insert(boris)(tx))
	})
	wantNumbers("in order of priority", anna, n2, n1)

	b.in(a.id, func(tx directory.Tx) error {
		taken := number(n3.ID, n1.Identity)
		if free, err := tx.PutNumber(&n3, taken); err != nil || free {
			b.Errorf("change to another's identity: got %t, %v, want false", free, err)
		}
		byID, err := tx.NumbersByID([]int64{n1.ID, 1 << 60})
		if err != nil || !cmp.Equal([]directory.Number{n1}, byID) {
			b.Errorf("by id: got %v, %v, want %v", byID, err, n1)
		}
		byIdentity, err := tx.NumbersByIdentity([]string{n2.Identity, "unknown", `"]`})
		if err != nil || !cmp.Equal([]directory.Number{n2}, byIdentity) {
			b.Errorf("by identity: got %v, %v, want %v", byIdentity, err, n2)
		}
		return nil
	})

	before := n1
	n1.ChannelsCount, n1.DialTime, n1.Status, n1.Spelling = 150, 1, "inactive", "7 495 514 05 78"
	b.change(a, before, n1)
	wantNumbers("changed where it is shared", anna, n2, n1)
	wantNumbers("changed where it is shared", boris, n1, n3)

	anna = b.updated(anna, has(n1, n2))
	wantNumbers("new order", anna, n1, n2)
	anna = b.updated(anna, has(n2))
	wantExist("Boris still has the first", n3.Identity, n1.Identity, n2.Identity)
	wantNumbers("Boris", boris, n1, n3)
	boris = b.updated(boris, has())
	wantExist("nobody has the first and the third", n2.Identity)
	b.in(a.id, remove(anna))
	wantExist("nobody has any")
}

func testLinks(b *bench) {
	a := b.account()
	groups := []int64{b.group(a, "a").ID, b.group(a, "b").ID, b.group(a, "c").ID}
	sites, skills := b.ids(2), b.ids(2)
	b.in(a.id, func(tx directory.Tx) error {
		for i := range sites {
			name := string(rune('a' + i))
			_, err1 := tx.InsertSite(directory.Site{ID: sites[i], DomainName: name})
			_, err2 := tx.InsertNamed(directory.KindSkill, directory.Named{ID: skills[i], Name: name})
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
		}
		return nil
	})
	link := func(groups, sites, skills []int64, status string) func(*directory.Employee) {
		return func(e *directory.Employee) {
			e.Groups, e.Skills, e.StatusID = groups, skills, a.statuses[status]
			e.Seat = &directory.Seat{DisplayName: "A", Login: "a", Sites: sites}
		}
	}
	wantRows := func(what, query string, want ...int64) {
		b.Helper()
		var got []int64
		for _, row := range b.query(query, a.id) {
			got = append(got, row[0].(int64))
		}
		if !slices.Equal(want, got) {
			b.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	wantLinks := func(what string, groups, sites, skills []int64) {
		b.Helper()
		wantRows(what+": groups", `select group_id from memberships where account_id = $1 order by group_id`, groups...)
		wantRows(what+": sites", `select site_id from employee_sites where account_id = $1 order by site_id`, sites...)
		wantRows(what+": skills", `select skill_id from employee_skills where account_id = $1 order by skill_id`, skills...)
	}
	e := b.inserted(a, link(groups[:2], sites, skills[:1], "available"))
	wantLinks("inserted", groups[:2], sites, skills[:1])
	e = b.updated(e, link([]int64{groups[2], groups[1]}, sites[1:], skills, "available"))
	wantLinks("replaced", groups[1:], sites[1:], skills)
	e = b.updated(e, link([]int64{groups[2], groups[1]}, sites[1:], skills, "break"))
	wantRows("status of memberships", `select distinct status_id from memberships where account_id = $1`, a.statuses["break"])
	e = b.updated(e, func(e *directory.Employee) { e.Seat = nil })
	wantLinks("no seat", groups[1:], nil, skills)
	b.in(a.id, remove(e))
	wantLinks("deleted", nil, nil, nil)
}

func testNames(b *bench) {
	a, other := b.account(), b.account()
	insert := func(tx directory.Tx, kind directory.Kind, id int64) (bool, error) {
		if kind == directory.KindSite {
			return tx.InsertSite(directory.Site{ID: id, DomainName: "One"})
		}
		return tx.InsertNamed(kind, directory.Named{ID: id, Name: "One", Document: []byte("[]")})
	}
	for _, kind := range []directory.Kind{directory.KindPosition, directory.KindSchedule, directory.KindSite, directory.KindSkill} {
		ids := b.ids(3)
		b.in(a.id, func(tx directory.Tx) error {
			if free, err := insert(tx, kind, ids[0]); err != nil || !free {
				b.Errorf("%s: got %t, %v, want true", kind, free, err)
			}
			free, err := insert(tx, kind, ids[1])
			if wantFree := kind == directory.KindSchedule; err != nil || free != wantFree { // schedules may share a name
				b.Errorf("%s: a second of a name: got %t, %v, want %t", kind, free, err, wantFree)
			}
			if id, err := tx.IDByName(kind, "One"); err != nil || id != ids[0] {
				b.Errorf("%s: by name: got %d, %v, want %d", kind, id, err, ids[0])
			}
			for _, name := range []string{"one", "Two"} {
				if id, err := tx.IDByName(kind, name); err != nil || id != 0 {
					b.Errorf("%s: by name %s: got %d, %v, want 0", kind, name, id, err)
				}
			}
			if unknown, err := tx.Unknown(kind, []int64{ids[2], ids[0]}); err != nil || !slices.Equal(unknown, ids[2:]) {
				b.Errorf("%s: unknown: got %v, %v, want %v", kind, unknown, err, ids[2:])
			}
			return nil
		})
		b.in(other.id, func(tx directory.Tx) error {
			if free, err := insert(tx, kind, ids[2]); err != nil || !free {
				b.Errorf("%s: a name of another account: got %t, %v, want true", kind, free, err)
			}
			return nil
		})
	}
	group := b.group(a, "One")
	b.in(a.id, func(tx directory.Tx) error {
		if id, err := tx.IDByName(directory.KindGroup, "One"); err != nil || id != group.ID {
			b.Errorf("group by name: got %d, %v, want %d", id, err, group.ID)
		}
		return nil
	})
}

// What an earlier unit has found to exist is not there any more when another has
// deleted it; what one that failed has deleted is, and what it has made is not.
func testReferencesTogether(b *bench) {
	a, ids := b.account(), b.ids(2)
	named := func(id int64, name string) directory.Unit {
		return func(tx directory.Tx) error {
			_, err := tx.InsertNamed(directory.KindPosition, directory.Named{ID: id, Name: name})
			return err
		}
	}
	gone := func(tx directory.Tx) error { return tx.DeleteNamed(directory.KindPosition, ids[0]) }
	b.in(a.id, named(ids[0], "Boss"))
	var got [][]int64
	look := func(tx directory.Tx) error {
		unknown, err := tx.Unknown(directory.KindPosition, ids)
		got = append(got, unknown)
		return err
	}
	status := func(tx directory.Tx) error {
		for range 2 {
			if id, err := tx.StatusByMnemonic("break"); err != nil || id != a.statuses["break"] {
				b.Errorf("status: got %d, %v, want %d", id, err, a.statuses["break"])
			}
		}
		return nil
	}
	errs := b.store.InTx(b.Context(), a.id,
		func(tx directory.Tx) error { // an earlier try, if there was one, does not count
			got = nil
			return look(tx)
		},
		look,
		func(tx directory.Tx) error { return errors.Join(gone(tx), look(tx), refuse()) },
		func(tx directory.Tx) error { return errors.Join(named(ids[1], "Guest")(tx), look(tx), refuse()) },
		status, look, status,
		gone, look,
	)
	for i, err := range errs {
		if refused := i == 2 || i == 3; errors.Is(err, errRefused) != refused || !refused && err != nil {
			b.Errorf("unit %d: got error %v, want one: %t", i, err, refused)
		}
	}
	want := [][]int64{{ids[1]}, {ids[1]}, ids, {}, {ids[1]}, ids}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("unknown (-want +got):\n%s", diff)
	}
}

func testFreeHandle(b *bench) {
	a := b.account()
	take := func(a account, base string) string {
		b.Helper()
		e := b.employee(a)
		b.in(a.id, func(tx directory.Tx) (err error) {
			if e.Handle, err = tx.FreeHandle(base); err != nil {
				return err
			}
			return insert(e)(tx)
		})
		return e.Handle
	}
	seen := map[string]bool{}
	for range 20 {
		handle := take(a, "anna")
		if seen[handle] {
			b.Fatalf("got %q again", handle)
		}
		seen[handle] = true
	}
	for _, want := range []string{"anna", "anna-2", "anna-3", "anna-20"} {
		if !seen[want] {
			b.Errorf("20 of one base: %s is not among them", want)
		}
	}
	b.group(a, "sales")
	if got := take(a, "sales"); got != "sales-2" {
		b.Errorf("a group's handle: got %q, want sales-2", got)
	}
	if got := take(b.account(), "anna"); got != "anna" {
		b.Errorf("in another account: got %q, want anna", got)
	}
	b.in(a.id, func(tx directory.Tx) error { // within a unit, too
		e := employee(b.number(`select max(id) + 100000 from employees`), a)
		e.Handle = "vera"
		if err := insert(e)(tx); err != nil {
			return err
		}
		if got, err := tx.FreeHandle("vera"); err != nil || got != "vera-2" {
			b.Errorf("in the unit that took it: got %q, %v, want vera-2", got, err)
		}
		return nil
	})
}

// An id of another account is an unknown id, in every method of Tx.
func testOtherAccounts(b *bench) {
	mine, theirs := b.account(), b.account()
	n := number(b.id(), "74955140578")
	b.put(theirs, n)
	coach := b.inserted(theirs, func(e *directory.Employee) {
		full(e)
		e.Roles, e.NumberIDs = []directory.Role{directory.Administrator}, []int64{n.ID}
	})
	b.inserted(theirs, func(e *directory.Employee) { e.Coach.ID = coach.ID })
	ids := b.ids(6)
	group := b.group(theirs, "sales", func(g *directory.Group) { g.Extension = "102" })
	b.in(theirs.id, func(tx directory.Tx) error {
		return errors.Join(
			tx.InsertToken(directory.Token{ID: ids[0], EmployeeID: coach.ID, Digest: []byte("session"), Session: true, CreatedAt: now(), ExpiresAt: now()}),
			tx.SetPassword(coach.ID, "hash"), // ends the session, hence the second
			tx.InsertToken(directory.Token{ID: ids[1], EmployeeID: coach.ID, Digest: []byte("second"), Session: true, CreatedAt: now(), ExpiresAt: now()}),
		)
	})
	member := b.inserted(theirs, func(e *directory.Employee) { e.Groups = []int64{group.ID} })
	snapshot := func() [][]any {
		b.Helper()
		return append(b.query(`select id, document, password_hash from employees where account_id = $1 order by id`, theirs.id),
			b.query(`select t.id, a.employees, n.spelling from tokens t, accounts a, phone_numbers n where a.id = $1 and n.account_id = a.id and t.account_id = a.id
			union all select g.id, m.employee_id, g.name from employee_groups g, memberships m where g.account_id = $1 and m.account_id = g.account_id and m.group_id = g.id`, theirs.id)...)
	}
	before := snapshot()

	b.in(mine.id, func(tx directory.Tx) error {
		if e, numbers, err := tx.Employee(coach.ID); e != nil || numbers != nil || err != nil {
			b.Errorf("Employee: got %v, %v, %v, want nothing", e, numbers, err)
		}
		for kind, id := range map[directory.Kind]int64{directory.KindEmployee: coach.ID, directory.KindGroup: group.ID, directory.KindStatus: coach.StatusID} {
			if got, err := tx.Unknown(kind, []int64{id}); err != nil || !slices.Equal(got, []int64{id}) {
				b.Errorf("Unknown %s: got %v, %v, want %d", kind, got, err, id)
			}
		}
		if got, err := tx.StatusByMnemonic("available"); err != nil || got != mine.statuses["available"] {
			b.Errorf("StatusByMnemonic: got %d, %v, want %d", got, err, mine.statuses["available"])
		}
		if got, err := tx.NumbersByID([]int64{n.ID}); err != nil || len(got) != 0 {
			b.Errorf("NumbersByID: got %v, %v, want none", got, err)
		}
		if got, err := tx.NumbersByIdentity([]string{n.Identity}); err != nil || len(got) != 0 {
			b.Errorf("NumbersByIdentity: got %v, %v, want none", got, err)
		}
		if got, err := tx.IDByName(directory.KindGroup, "sales"); err != nil || got != 0 {
			b.Errorf("IDByName: got %d, %v, want 0", got, err)
		}
		if got, err := tx.FreeHandle("anna"); err != nil || got != "anna" {
			b.Errorf("FreeHandle: got %q, %v, want anna", got, err)
		}
		if got, err := tx.InUse(directory.KindEmployee, coach.ID); err != nil || got {
			b.Errorf("InUse: got %t, %v, want false", got, err)
		}
		if got, err := tx.OtherAdministrators(0); err != nil || got != 0 {
			b.Errorf("OtherAdministrators: got %d, %v, want 0", got, err)
		}
		if e, numbers, err := tx.Employees([]int64{coach.ID}); len(e) != 0 || len(numbers) != 0 || err != nil {
			b.Errorf("Employees: got %v, %v, %v, want nothing", e, numbers, err)
		}
		if got, err := tx.Group(group.ID); got != nil || err != nil {
			b.Errorf("Group: got %v, %v, want none", got, err)
		}
		if got, err := tx.Members(group.ID); len(got) != 0 || err != nil {
			b.Errorf("Members: got %v, %v, want none", got, err)
		}
		if got, err := tx.GroupNumbers(group.ID); len(got) != 0 || err != nil {
			b.Errorf("GroupNumbers: got %v, %v, want none", got, err)
		}
		stolen := *group
		stolen.ID, stolen.UUID = b.number(`select max(id) + 100000 from employees`), "u"
		if got, err := tx.GroupTaken(&stolen); len(got) != 0 || err != nil {
			b.Errorf("GroupTaken: got %v, %v, want none", got, err)
		}
		if found, err := tx.DeleteToken(ids[1]); err != nil || found {
			b.Errorf("DeleteToken: got %t, %v, want false", found, err)
		}
		return errors.Join(
			tx.DeleteExpiredSessions(coach.ID, now().AddDate(1, 0, 0)),
			tx.SetPassword(coach.ID, "stolen"),
			tx.ReplacePasswordHash(coach.ID, "hash", "stolen"),
		)
	})
	for name, unit := range map[string]directory.Unit{
		"UpdateEmployee":                update(coach, changed(coach, func(e *directory.Employee) { e.LastName = "Stolen" })),
		"UpdateEmployee, as one of one": update(coach, changed(coach, func(e *directory.Employee) { e.AccountID, e.Handle, e.LastName = mine.id, "stolen", "Stolen" })),
		"DeleteEmployee":                remove(coach),
		"InsertEmployee with coach":     insert(b.employee(mine, func(e *directory.Employee) { e.Coach.ID = coach.ID })),
		"InsertEmployee with status":    insert(b.employee(mine, func(e *directory.Employee) { e.StatusID = coach.StatusID })),
		"InsertEmployee with group":     insert(b.employee(mine, func(e *directory.Employee) { e.Groups = []int64{group.ID} })),
		"InsertEmployee with number":    insert(b.employee(mine, func(e *directory.Employee) { e.NumberIDs = []int64{n.ID} })),
		"UpdateGroup":                   func(tx directory.Tx) error { _, err := tx.UpdateGroup(group, group); return err },
		"DeleteGroup":                   func(tx directory.Tx) error { return tx.DeleteGroup(group) },
		"Join": func(tx directory.Tx) error {
			return tx.Join(group.ID, []*directory.Employee{regrouped(coach, group.ID)})
		},
		"Leave": func(tx directory.Tx) error { return tx.Leave(group.ID, []*directory.Employee{regrouped(member)}) },
		"PlaceGroupNumbers": func(tx directory.Tx) error {
			return tx.PlaceGroupNumbers(group.ID, []directory.GroupNumber{{ID: coach.LinkIDs[0], EmployeeID: coach.ID}})
		},
		"InsertToken": func(tx directory.Tx) error {
			return tx.InsertToken(directory.Token{ID: ids[3], EmployeeID: coach.ID, Digest: []byte("d"), CreatedAt: now()})
		},
	} {
		if err := b.try(mine.id, unit); err == nil {
			b.Errorf("%s with another account's id succeeded", name)
		}
	}
	if diff := cmp.Diff(before, snapshot()); diff != "" {
		b.Errorf("another account's rows (-before +after):\n%s", diff)
	}
	page, _, err := b.store.Employees(b.Context(), mine.id, directory.Query{Limit: 10})
	if err != nil || page.Total != 0 || len(page.Items) != 0 {
		b.Errorf("Employees: got %d of %d, %v, want none", len(page.Items), page.Total, err)
	}
	groups, err := b.store.Groups(b.Context(), mine.id, directory.Query{Limit: 10}, schema.Pick{})
	if err != nil || groups.Total != 0 || len(groups.Items) != 0 {
		b.Errorf("Groups: got %d of %d, %v, want none", len(groups.Items), groups.Total, err)
	}
}
