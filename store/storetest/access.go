package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

func testTokens(b *bench) {
	a := b.account()
	disabled := b.accountLike(directory.Account{Name: "Disabled", Disabled: true})
	anna := b.inserted(a, func(e *directory.Employee) {
		e.Login, e.Roles = "Anna", []directory.Role{directory.Reader, directory.Agent}
	})
	boris := b.inserted(disabled)
	ids := b.ids(5)
	moment := now()
	permanent := directory.Token{ID: ids[0], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("permanent\x00\xff"), Label: "CRM", CreatedAt: moment, Blocked: true}
	session := directory.Token{ID: ids[1], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("session"), Session: true, CreatedAt: moment, ExpiresAt: moment.Add(time.Hour)}
	old := directory.Token{ID: ids[2], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("old"), Session: true, CreatedAt: moment, ExpiresAt: moment}
	ending := directory.Token{ID: ids[3], AccountID: a.id, EmployeeID: anna.ID, Digest: []byte("ending"), CreatedAt: moment, ExpiresAt: moment}
	foreign := directory.Token{ID: ids[4], AccountID: disabled.id, EmployeeID: boris.ID, Digest: []byte("foreign"), CreatedAt: moment}
	b.in(a.id, func(tx directory.Tx) error {
		return errors.Join(tx.InsertToken(permanent), tx.InsertToken(session), tx.InsertToken(old), tx.InsertToken(ending))
	})
	b.in(disabled.id, func(tx directory.Tx) error { return tx.InsertToken(foreign) })

	// Read, a token tells of its holder.
	for _, t := range []*directory.Token{&permanent, &session, &old, &ending} {
		t.Login, t.Roles = anna.Login, anna.Roles
	}
	foreign.AccountDisabled = true
	want := func(what string, tokens ...directory.Token) {
		b.Helper()
		is := map[int64]bool{}
		for _, t := range tokens {
			is[t.ID] = true
		}
		for _, t := range []directory.Token{permanent, session, old, ending, foreign} {
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
	want("inserted", permanent, session, old, ending, foreign)
	if got, err := b.store.TokenByDigest(b.Context(), []byte("unknown")); err != nil || got != nil {
		b.Errorf("unknown: got %v, %v, want nothing", got, err)
	}
	if err := b.try(a.id, func(tx directory.Tx) error {
		return tx.InsertToken(directory.Token{ID: b.number(`select max(id) + 1 from tokens`), EmployeeID: anna.ID, Digest: foreign.Digest, CreatedAt: moment})
	}); err == nil {
		b.Error("a digest was kept twice")
	}

	b.in(a.id, func(tx directory.Tx) error { return tx.DeleteExpiredSessions(anna.ID, moment) })
	want("without expired sessions", permanent, session, ending, foreign)
	b.in(a.id, func(tx directory.Tx) error { return tx.SetPassword(anna.ID, "hash") })
	want("after a new password", permanent, ending, foreign)
	b.in(a.id, func(tx directory.Tx) error {
		for _, wantFound := range []bool{true, false} {
			if found, err := tx.DeleteToken(ending.ID); err != nil || found != wantFound {
				b.Errorf("delete: got %t, %v, want %t", found, err, wantFound)
			}
		}
		return nil
	})
	want("after one was deleted", permanent, foreign)
	b.in(a.id, remove(anna))
	want("after Anna has gone", foreign)
}

func testMembers(b *bench) {
	a := b.account()
	disabled := b.accountLike(directory.Account{Name: "Disabled", Disabled: true})
	anna := b.inserted(a, func(e *directory.Employee) { e.Login = "ÁNNA@Example.com" })
	boris := b.inserted(disabled, func(e *directory.Employee) { e.Login = "boris" })
	b.inserted(a)
	want := func(what, login string, want *directory.Member) {
		b.Helper()
		got, err := b.store.MemberByLogin(b.Context(), login)
		if err != nil {
			b.Errorf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			b.Errorf("%s: member (-want +got):\n%s", what, diff)
		}
	}
	want("no password", "boris", &directory.Member{EmployeeID: boris.ID, AccountID: disabled.id, AccountDisabled: true})
	b.in(a.id, func(tx directory.Tx) error { return tx.SetPassword(anna.ID, "hash") })
	member := &directory.Member{EmployeeID: anna.ID, AccountID: a.id, PasswordHash: "hash"}
	want("as given", "ÁNNA@Example.com", member)
	want("folded, decomposed", "a\u0301nna@example.com", member)
	want("unknown", "anna@example.com", nil)
	want("empty", "", nil)
	want("pattern", "%", nil)

	// A change of the person leaves the password alone.
	b.updated(anna, func(e *directory.Employee) { e.FirstName = "Anna" })
	want("changed", "ánna@example.com", member)

	accounts, err := b.store.Accounts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, account := range accounts {
		got = append(got, account.Name)
		if account.TimeZone != "UTC" || account.CreatedAt.IsZero() || account.Disabled != (account.ID == disabled.id) {
			b.Errorf("account %+v, want time zone UTC, a date, and disabled only %d", account, disabled.id)
		}
	}
	if diff := cmp.Diff([]string{"Account", "Disabled"}, got); diff != "" {
		b.Errorf("accounts (-want +got):\n%s", diff)
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
