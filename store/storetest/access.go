package storetest

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

func testTokens(b *bench) {
	a := b.account()
	disabled := b.accountLike(directory.Account{
		Name: "Disabled", Disabled: true, DisabledComponents: []directory.Component{"va", "trainer"},
		AllowIPs: []directory.AddressRange{"192.0.2.0/24", "2001:db8::1"}, PartnerID: a.id, PointsPerMinute: 60, PointsPerDay: 3000,
	})
	anna := b.inserted(a, func(e *directory.Employee) {
		e.Login, e.Roles = "Anna", []directory.Role{directory.Reader, directory.Agent}
	})
	boris := b.inserted(disabled, func(e *directory.Employee) { e.Login, e.Blocked = "boris", true })
	ids := b.ids(6)
	moment := now()
	permanent := directory.Token{ID: ids[0], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("permanent\x00\xff"), Label: "CRM", CreatedAt: moment, Blocked: true}
	session := directory.Token{ID: ids[1], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("session"), Session: true, CreatedAt: moment, ExpiresAt: moment.Add(time.Hour)}
	old := directory.Token{ID: ids[2], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("old"), Session: true, CreatedAt: moment, ExpiresAt: moment}
	ending := directory.Token{ID: ids[3], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("ending"), CreatedAt: moment, ExpiresAt: moment}
	foreign := directory.Token{
		ID: ids[4], AccountID: disabled.id, EmployeeID: boris.ID, Digest: []byte("foreign"), CreatedAt: moment,
		Rights: []directory.Right{directory.SelectEmployees, directory.SelectAccount}, AllowIPs: []directory.AddressRange{"198.51.100.7", "::/0"},
	}
	own := directory.Token{ID: ids[5], AccountID: a.id, Digest: []byte("own"), Label: "of nobody", CreatedAt: moment}
	b.in(a.id, func(tx directory.Tx) error {
		return errors.Join(tx.InsertToken(permanent), tx.InsertToken(session), tx.InsertToken(old), tx.InsertToken(ending), tx.InsertToken(own))
	})
	b.in(disabled.id, func(tx directory.Tx) error { return tx.InsertToken(foreign) })

	// Read, a token tells of its holder and of the account.
	for _, t := range []*directory.Token{&permanent, &session, &old, &ending} {
		t.Login, t.Roles = anna.Login, anna.Roles
	}
	foreign.Login, foreign.HolderBlocked = boris.Login, true
	for _, t := range []*directory.Token{&permanent, &session, &old, &ending, &own, &foreign} {
		t.Account = b.readAccount(t.AccountID)
		t.Partner = t.AccountID == a.id
	}
	want := func(what string, tokens ...directory.Token) {
		b.Helper()
		is := map[int64]bool{}
		for _, t := range tokens {
			is[t.ID] = true
		}
		for _, t := range []directory.Token{permanent, session, old, ending, foreign, own} {
			got, err := b.store.TokenByDigest(b.Context(), t.Digest)
			switch {
			case err != nil:
				b.Errorf("%s: %s: %v", what, t.Digest, err)
			case is[t.ID]:
				if diff := cmp.Diff(&t, got); diff != "" {
					b.Errorf("%s: %s (-want +got):\n%s", what, t.Digest, diff)
				}
			case got != nil:
				b.Errorf("%s: %s is there, want none", what, t.Digest)
			}
		}
		var listed []directory.Token
		for _, t := range tokens {
			if !t.Session {
				listed = append(listed, t)
			}
		}
		got, err := b.store.Tokens(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if diff := cmp.Diff(listed, got); diff != "" {
			b.Errorf("%s: permanent tokens (-want +got):\n%s", what, diff)
		}
	}
	want("inserted", permanent, session, old, ending, foreign, own)
	if got, err := b.store.TokenByDigest(b.Context(), []byte("unknown")); err != nil || got != nil {
		b.Errorf("unknown: got %v, %v, want nothing", got, err)
	}
	if err := b.try(a.id, func(tx directory.Tx) error {
		return tx.InsertToken(directory.Token{ID: b.number(`select max(id) + 1 from tokens`), EmployeeID: anna.ID, Digest: foreign.Digest, CreatedAt: moment})
	}); err == nil {
		b.Error("a digest was kept twice")
	}

	b.in(a.id, func(tx directory.Tx) error { return tx.DeleteExpiredSessions(anna.ID, moment) })
	want("without expired sessions", permanent, session, ending, foreign, own)
	b.in(a.id, func(tx directory.Tx) error { return tx.SetPassword(anna.ID, "hash") })
	want("after a new password", permanent, ending, foreign, own)
	b.in(a.id, func(tx directory.Tx) error {
		for id, wantFound := range map[int64]bool{own.ID: true, foreign.ID: false} {
			if found, err := tx.BlockToken(id, true); err != nil || found != wantFound {
				b.Errorf("block %d: got %t, %v, want %t", id, found, err, wantFound)
			}
		}
		return nil
	})
	own.Blocked = true
	want("after one was blocked", permanent, ending, foreign, own)
	b.in(a.id, func(tx directory.Tx) error {
		for _, wantFound := range []bool{true, false} {
			if found, err := tx.DeleteToken(ending.ID); err != nil || found != wantFound {
				b.Errorf("delete: got %t, %v, want %t", found, err, wantFound)
			}
		}
		return nil
	})
	want("after one was deleted", permanent, foreign, own)
	b.in(a.id, remove(anna))
	want("after Anna has gone", foreign, own)
}

// readAccount is an account as the store tells of it, in each way that it does.
func (b *bench) readAccount(id int64) directory.Account {
	b.Helper()
	got, err := b.store.Account(b.Context(), id)
	if err != nil || got == nil {
		b.Fatalf("account %d: got %v, %v", id, got, err)
	}
	all, err := b.store.Accounts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	i := slices.IndexFunc(all, func(a directory.Account) bool { return a.ID == id })
	if i < 0 || !cmp.Equal(*got, all[i]) {
		b.Errorf("account %+v is not listed alike: %+v", *got, all)
	}
	b.in(id, func(tx directory.Tx) error {
		inside, err := tx.Account()
		if diff := cmp.Diff(*got, inside); diff != "" {
			b.Errorf("account, outside and inside of a transaction:\n%s", diff)
		}
		return err
	})
	return *got
}

func testAccounts(b *bench) {
	if got, err := b.store.Account(b.Context(), 404); err != nil || got != nil {
		b.Errorf("unknown account: got %v, %v, want nothing", got, err)
	}
	a := b.account()
	like := directory.Account{
		Name: "Disabled", Disabled: true, DisabledComponents: []directory.Component{"va", "trainer"}, AllowIPs: []directory.AddressRange{"192.0.2.0/24", "2001:db8::1"},
		PartnerID: a.id, PointsPerMinute: 60, PointsPerDay: 3000,
	}
	disabled := b.accountLike(like)
	want := b.readAccount(disabled.id)
	like.ID, like.TimeZone, like.CreatedAt = disabled.id, "UTC", want.CreatedAt
	if diff := cmp.Diff(like, want); diff != "" {
		b.Errorf("inserted account (-want +got):\n%s", diff)
	}
	change := func(want directory.Account) {
		b.Helper()
		b.in(want.ID, func(tx directory.Tx) error {
			free, err := tx.UpdateAccount(want)
			if err == nil && !free {
				err = errors.New("the JID host is said to be taken")
			}
			return err
		})
		if diff := cmp.Diff(want, b.readAccount(want.ID)); diff != "" {
			b.Errorf("account (-want +got):\n%s", diff)
		}
	}
	change(directory.Account{ID: disabled.id, Name: "Other", TimeZone: "Asia/Tokyo", CreatedAt: want.CreatedAt})
	change(directory.Account{
		ID: a.id, Name: "Other", TimeZone: "Asia/Tokyo", Disabled: true, DisabledComponents: []directory.Component{"lead"}, AllowIPs: []directory.AddressRange{"::1"},
		PartnerID: disabled.id, PointsPerMinute: 1, PointsPerDay: 2, JIDHost: "chat.example", CreatedAt: b.readAccount(a.id).CreatedAt,
	})
	if err := b.try(a.id, func(tx directory.Tx) error {
		_, err := tx.UpdateAccount(directory.Account{ID: a.id, PartnerID: 404})
		return err
	}); err == nil {
		b.Error("an account got a partner that is not there")
	}
	b.in(disabled.id, func(tx directory.Tx) error {
		if free, err := tx.UpdateAccount(directory.Account{Name: "x", JIDHost: "chat.example"}); free || err != nil {
			b.Errorf("a JID host that another has: got %v, %v", free, err)
		}
		return nil
	})
	for host, want := range map[string]int64{"chat.example": a.id, "other.example": 0} {
		got, err := b.store.AccountByJIDHost(b.Context(), host)
		if err != nil || (got == nil) != (want == 0) || got != nil && got.ID != want {
			b.Errorf("account with the JID host %s: got %v, %v, want %d", host, got, err, want)
		}
	}
}

func testMembers(b *bench) {
	a := b.account()
	customer := b.accountLike(directory.Account{Name: "Customer", PartnerID: a.id})
	anna := b.inserted(a, func(e *directory.Employee) { e.Login, e.FirstName = "ÁNNA@Example.com", "Anna" })
	boris := b.inserted(customer, func(e *directory.Employee) {
		e.Login, e.Blocked, e.Roles = "boris", true, []directory.Role{directory.Manager, directory.Agent}
	})
	nobody := b.inserted(customer)
	want := func(what, login string, want *directory.Member, wantHash string) {
		b.Helper()
		got, hash, err := b.store.MemberByLogin(b.Context(), login)
		if err != nil {
			b.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || hash != wantHash {
			b.Errorf("%s: hash %q, want %q; member (-want +got):\n%s", what, hash, wantHash, diff)
		}
	}
	theirs := directory.Member{
		EmployeeID: boris.ID, Login: "boris", FullName: "Ivanov", Roles: boris.Roles, Blocked: true, Account: b.readAccount(customer.id),
	}
	want("no password", "boris", &theirs, "")
	b.in(a.id, func(tx directory.Tx) error { return tx.SetPassword(anna.ID, "hash") })
	ours := directory.Member{EmployeeID: anna.ID, Login: "ÁNNA@Example.com", FullName: "Ivanov Anna", Account: b.readAccount(a.id)}
	want("as given", "ÁNNA@Example.com", &ours, "hash")
	want("folded, decomposed", "a\u0301nna@example.com", &ours, "hash")
	want("unknown", "anna@example.com", nil, "")
	want("empty", "", nil, "")
	want("pattern", "%", nil, "")

	// A change of the person leaves the password alone.
	b.updated(anna, func(e *directory.Employee) { e.FirstName = "Ann" })
	ours.FullName = "Ivanov Ann"
	want("changed", "ánna@example.com", &ours, "hash")

	members, err := b.store.Members(b.Context())
	if diff := cmp.Diff([]directory.Member{ours, theirs}, members); diff != "" || err != nil {
		b.Errorf("members: %v (-want +got):\n%s", err, diff)
	}
	for id, want := range map[int64]*directory.Member{boris.ID: &theirs, anna.ID: nil, nobody.ID: nil, 404: nil} {
		if got, err := b.store.CustomerUser(b.Context(), a.id, id); err != nil || !cmp.Equal(want, got) {
			b.Errorf("customer's user %d: got %+v, %v, want %+v", id, got, err, want)
		}
		if got, err := b.store.CustomerUser(b.Context(), customer.id, id); err != nil || got != nil {
			b.Errorf("user %d of the customer's customers: got %+v, %v, want nothing", id, got, err)
		}
	}
	for partner, want := range map[int64][]directory.Member{a.id: {theirs}, customer.id: nil} {
		got, err := b.store.CustomerUsers(b.Context(), partner, directory.Query{Limit: 10})
		if diff := cmp.Diff(directory.Page[directory.Member]{Items: want, Total: int64(len(want))}, got); diff != "" || err != nil {
			b.Errorf("customers' users: %v (-want +got):\n%s", err, diff)
		}
	}
}

// testPoints counts in windows that open with the first call.
func testPoints(b *bench) {
	a := b.account().id
	opened := now()
	take := func(what string, at time.Duration, n, minute, day int64, want int64, used directory.PointsUsed) {
		b.Helper()
		now := opened.Add(at)
		r := directory.PointsRequest{AccountID: a, N: n, PerMinute: minute, PerDay: day, Now: now, MinuteEnded: now.Add(-time.Minute), DayEnded: now.Add(-time.Hour)}
		taken, got, err := b.store.TakePoints(b.Context(), r)
		if diff := cmp.Diff(used, got); diff != "" || err != nil || taken != want {
			b.Errorf("%s: got %d points, %v, want %d; used (-want +got):\n%s", what, taken, err, want, diff)
		}
	}
	first := directory.PointsUsed{Minute: 3, Day: 3, MinuteOpened: opened, DayOpened: opened}
	take("the first", 0, 3, 10, 20, 3, first)
	first.Minute, first.Day = 10, 10
	take("more than are left", time.Second, 9, 10, 20, 7, first)
	take("when there are none", time.Minute-1, 5, 10, 20, 0, first)
	take("a limit that was lowered", 0, 5, 4, 20, 0, first)
	returned := func(n int64, used directory.PointsUsed) {
		b.Helper()
		if err := b.store.ReturnPoints(b.Context(), a, n, used); err != nil {
			b.Error(err)
		}
	}
	returned(2, first)
	take("what was given back", time.Second, 5, 10, 20, 2, first)
	second := directory.PointsUsed{Minute: 10, Day: 20, MinuteOpened: opened.Add(time.Minute), DayOpened: opened}
	take("the next minute", time.Minute, 100, 0, 20, 10, second)
	take("the day is over its limit", time.Minute, 1, 30, 20, 0, second)
	returned(1, first) // of a minute that is over, and of the same day
	second.Day = 19
	take("a look", time.Minute, 0, 10, 20, 0, second)
	third := directory.PointsUsed{Minute: 1, Day: 1, MinuteOpened: opened.Add(time.Hour), DayOpened: opened.Add(time.Hour)}
	take("the next day", time.Hour, 1, 10, 20, 1, third)
	returned(1, second)
	third.Minute, third.Day = 2, 2
	take("nothing given back", time.Hour, 1, 10, 20, 1, third)
}

// testPointsTogether takes points through two stores at the same time, as two
// servers do.
func testPointsTogether(b *bench) {
	a := b.account().id
	const callers, rounds, limit = 8, 20, 100
	stores := []Store{b.store, b.open()}
	at := now()
	var taken, returned atomic.Int64
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			for range rounds {
				r := directory.PointsRequest{AccountID: a, N: 3, PerMinute: limit, Now: at, MinuteEnded: at.Add(-time.Minute), DayEnded: at.Add(-time.Hour)}
				n, used, err := stores[i%2].TakePoints(b.Context(), r)
				if err != nil || used.Minute > limit {
					b.Errorf("got %d used, %v, want at most %d", used.Minute, err, limit)
				}
				taken.Add(n)
				if n > 0 {
					returned.Add(1)
					if err := stores[1-i%2].ReturnPoints(b.Context(), a, 1, used); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	used := taken.Load() - returned.Load()
	if counted := b.number(`select minute_used from account_points where account_id = $1`, a); counted != used || used > limit {
		b.Errorf("%d taken, %d given back, %d counted, of %d", taken.Load(), returned.Load(), counted, limit)
	}
}

func testAdministrators(b *bench) {
	a := b.account()
	administrator := func(login string) func(*directory.Employee) {
		return func(e *directory.Employee) {
			e.Login, e.Roles = login, []directory.Role{directory.Agent, directory.Administrator}
		}
	}
	anna := b.inserted(a, administrator("anna"))
	boris := b.inserted(a, administrator("boris"))
	vera := b.inserted(a, administrator("")) // has the role and cannot sign in
	want := func(what string, others int64, coaches bool) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error {
			if got, err := tx.OtherAdministrators(anna.ID); err != nil || got != others {
				b.Errorf("%s: administrators besides Anna: got %d, %v, want %d", what, got, err, others)
			}
			if got, err := tx.InUse(directory.KindEmployee, boris.ID); err != nil || got != coaches {
				b.Errorf("%s: Boris coaches: got %t, %v, want %t", what, got, err, coaches)
			}
			return nil
		})
	}
	want("at first", 1, false)
	vera = b.updated(vera, func(e *directory.Employee) { e.Coach.ID = boris.ID })
	anna = b.updated(anna, func(e *directory.Employee) { e.Coach.ID = boris.ID })
	want("with coach", 1, true)
	vera = b.updated(vera, func(e *directory.Employee) { e.Coach.ID = 0 })
	boris = b.updated(boris, func(e *directory.Employee) { e.Roles = nil })
	want("a role less", 0, true)
	if err := b.try(a.id, remove(boris)); err == nil {
		b.Error("a coach was deleted from under Anna")
	}
	b.in(a.id, remove(vera))
	want("Vera gone", 0, true)
}
