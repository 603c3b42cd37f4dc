package storetest

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Password hashes are read and replaced within an account, and there may be none.
func testPasswordHashes(b *bench) {
	a, other := b.account(), b.account()
	theirs := b.inserted(other)
	anna, boris := b.employee(a), b.employee(a)
	read := func(tx directory.Tx, employee int64, want string) {
		b.Helper()
		if got, err := tx.PasswordHash(employee); err != nil || got != want {
			b.Errorf("hash of %d: got %q, %v, want %q", employee, got, err, want)
		}
	}
	b.in(a.id, func(tx directory.Tx) error {
		for e, hash := range map[*directory.Employee]string{anna: "first", boris: ""} {
			if taken, err := tx.InsertEmployee(e, hash); err != nil || len(taken) > 0 {
				b.Errorf("got %v, %v", taken, err)
			}
			if err := tx.Append(event("employee.created", e.ID, nil, []byte(`{}`))); err != nil {
				return err
			}
		}
		read(tx, anna.ID, "first")
		read(tx, boris.ID, "")
		read(tx, theirs.ID, "")
		return nil
	})
	b.in(other.id, func(tx directory.Tx) error { return tx.SetPassword(theirs.ID, "theirs") })
	token := directory.Token{ID: b.id(), EmployeeID: anna.ID, Digest: []byte("session"), Session: true, CreatedAt: now(), ExpiresAt: now()}
	b.in(a.id, func(tx directory.Tx) error { return tx.InsertToken(token) })

	want := func(what string, want map[int64]string) {
		b.Helper()
		got, err := b.store.PasswordHashes(b.Context(), a.id, []int64{anna.ID, boris.ID, theirs.ID, 404})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			b.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	want("as inserted", map[int64]string{anna.ID: "first"})
	replace := func(employee int64, old, hash string) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error { return tx.ReplacePasswordHash(employee, old, hash) })
	}
	replace(anna.ID, "other", "stolen")
	replace(anna.ID, "", "stolen")
	replace(boris.ID, "", "stolen")
	replace(theirs.ID, "theirs", "stolen")
	want("replaced where it is another", map[int64]string{anna.ID: "first"})
	replace(anna.ID, "first", "second")
	want("replaced", map[int64]string{anna.ID: "second"})
	if n := b.number(`select count(*) from tokens where id = $1`, token.ID); n != 1 {
		b.Error("a hash of the same password ended a session")
	}
	b.in(other.id, func(tx directory.Tx) error { read(tx, theirs.ID, "theirs"); return nil })

	b.in(a.id, func(tx directory.Tx) error { return tx.SetPassword(anna.ID, "") })
	want("none", map[int64]string{})
	if n := b.number(`select count(*) from employees where password_hash is not null`); n != 1 {
		b.Errorf("got %d employees with a hash, want the other account's", n)
	}
}

// elsewhere is a hash that another system has made of elsewhereOf.
const (
	elsewhere   = "$2b$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu"
	elsewhereOf = "пароль 1"
)

// addHashed adds a member whose password was hashed elsewhere.
func (c *chat) addHashed(handle string) int64 {
	c.Helper()
	return c.add(handle, func(p *directory.CreatePerson) {
		p.Login = schema.Some(handle)
		p.Operator = schema.Some(directory.OperatorParams{DisplayName: schema.Some(handle), Login: schema.Some(handle), PasswordHash: schema.Some(elsewhere)})
	})
}

// hash is the hash that is kept for somebody.
func (c *chat) hash(id int64) string {
	c.Helper()
	hashes, err := c.service.PasswordHashes(c.ctx, []int64{id})
	if err != nil {
		c.Fatal(err)
	}
	return hashes[id]
}

// hooked is a store that does something else before the next unit of work, which
// then fails if it says so.
type hooked struct {
	Store
	before func() error
}

func (h *hooked) InTx(ctx context.Context, account int64, units ...directory.Unit) []error {
	if before := h.before; before != nil {
		h.before = nil
		if err := before(); err != nil {
			return []error{err}
		}
	}
	return h.Store.InTx(ctx, account, units...)
}

// A hash that was made elsewhere is replaced at the first sign-in, wherever that is,
// and nothing else is changed.
func testUpgradedHashes(b *bench) {
	const ours = "$argon2id$v=19$m=19456,t=2,p=1$"
	c := newChat(b)
	door := directory.Keys{Door: "chat", SessionLife: time.Hour, New: func(random io.Reader) (string, error) { return directory.RandomText(random, 43, "abcdef") }}
	for name, signIn := range map[string]func(s *directory.Service, login, password string) error{
		"data": func(s *directory.Service, login, password string) error {
			_, err := s.SignIn(b.Context(), directory.SignIn{Login: schema.Some(login), Password: schema.Some(password)}, "192.0.2.1")
			return err
		},
		"chat": func(s *directory.Service, login, password string) error {
			_, _, err := s.SignInAt(b.Context(), door, login, password, "192.0.2.1")
			return err
		},
	} {
		kept := func(what string, id int64, want string) {
			b.Helper()
			if got := c.hash(id); !strings.HasPrefix(got, want) {
				b.Errorf("%s, %s: got hash %q, want %s", name, what, got, want)
			}
		}
		may := func(what string, s *directory.Service, login, password string) {
			b.Helper()
			if err := signIn(s, login, password); err != nil {
				b.Errorf("%s, %s: %v", name, what, err)
			}
		}
		mayNot := func(what, login, password string, want *errors.Code) {
			b.Helper()
			if err := signIn(c.service, login, password); !errors.HasCode(err, want) {
				b.Errorf("%s, %s: got %v, want %s", name, what, err, want.Mnemonic)
			}
		}

		anna := c.addHashed(name + "-anna")
		session, err := c.service.SignIn(b.Context(), directory.SignIn{Login: schema.Some("admin"), Password: schema.Some("secret")}, "192.0.2.1")
		if err != nil {
			b.Fatal(err)
		}
		mayNot("a wrong password", name+"-anna", "пароль 2", errors.AuthError)
		kept("a wrong password", anna, elsewhere)
		version, events := c.person(anna).Version, b.number(`select count(*) from events`)
		may("the first time", c.service, name+"-anna", elsewhereOf)
		kept("the first time", anna, ours)
		first := c.hash(anna)
		may("the second time", c.service, name+"-anna", elsewhereOf)
		kept("the second time", anna, first)
		mayNot("a wrong password again", name+"-anna", "пароль 2", errors.AuthError)
		if n := b.number(`select count(*) from tokens where employee_id = $1 and session`, anna); n != 2 {
			b.Errorf("%s: got %d sessions, want both", name, n)
		}
		if p := c.person(anna); p.Version != version || b.number(`select count(*) from events`) != events {
			b.Errorf("%s: version %d, was %d; or there are events", name, p.Version, version)
		}
		if _, err := c.service.Authenticate(b.Context(), "", session.AccessToken, "192.0.2.1"); err != nil {
			b.Errorf("%s: somebody else's session: %v", name, err)
		}

		// Who may not sign in keeps what they have.
		blocked := c.addHashed(name + "-blocked")
		c.change(blocked, func(p *directory.UpdatePerson) { p.Blocked = schema.Some(true) })
		mayNot("blocked", name+"-blocked", elsewhereOf, errors.Forbidden)
		kept("blocked", blocked, elsewhere)

		// Somebody sets another hash after the one that was there has been compared with.
		raced := c.addHashed(name + "-raced")
		store := &hooked{Store: b.store}
		store.before = func() error {
			b.in(c.account, func(tx directory.Tx) error { return tx.SetPassword(raced, "new") })
			return nil
		}
		may("in a race", b.serviceOn(store), name+"-raced", elsewhereOf)
		kept("in a race", raced, "new")

		// A hash that cannot be replaced now is replaced another time.
		later := c.addHashed(name + "-later")
		store.before = func() error { return errors.New("not now") }
		may("while nothing can be written", b.serviceOn(store), name+"-later", elsewhereOf)
		kept("while nothing can be written", later, elsewhere)
		may("later", c.service, name+"-later", elsewhereOf)
		kept("later", later, ours)
	}
}

// A hash is set as a password is; one that is there already changes nothing.
func testGivenHashes(b *bench) {
	c := newChat(b)
	anna := c.addHashed("anna")
	give := func(ctx context.Context, id int64, hash string) error {
		return c.tryChange(ctx, id, func(p *directory.UpdatePerson) {
			p.Operator = schema.Some(directory.OperatorParams{DisplayName: schema.Some("A"), Login: schema.Some("a"), PasswordHash: schema.Some(hash)})
		})
	}
	signIn := func() error {
		_, err := c.service.SignIn(b.Context(), directory.SignIn{Login: schema.Some("anna"), Password: schema.Some(elsewhereOf)}, "192.0.2.1")
		return err
	}
	state := func() [3]int64 {
		return [3]int64{c.person(anna).Version, b.number(`select count(*) from events`), b.number(`select count(*) from tokens where employee_id = $1`, anna)}
	}
	other := "$2y$" + elsewhere[len("$2b$"):]
	for _, tt := range []struct {
		name, hash, kept   string
		versions, sessions int64
	}{
		{"another name", elsewhere, elsewhere, 1, 1},
		{"the same", elsewhere, elsewhere, 0, 1},
		{"another", other, other, 1, 0},
		{"none", directory.NoPasswordHash, "", 1, 0},
		{"none again", directory.NoPasswordHash, "", 0, 1},
	} {
		before, session := state(), b.id()
		b.in(c.account, func(tx directory.Tx) error {
			return tx.InsertToken(directory.Token{ID: session, EmployeeID: anna, Digest: []byte(tt.name), Session: true, CreatedAt: now(), ExpiresAt: now()})
		})
		if err := give(c.ctx, anna, tt.hash); err != nil {
			b.Fatalf("%s: %v", tt.name, err)
		}
		want := [3]int64{before[0] + tt.versions, before[1] + tt.versions, tt.sessions}
		if got := state(); got != want || c.hash(anna) != tt.kept {
			b.Errorf("%s: got version, events, sessions %v and hash %q, want %v and %q", tt.name, got, c.hash(anna), want, tt.kept)
		}
		b.in(c.account, func(tx directory.Tx) error { _, err := tx.DeleteToken(session); return err })
	}
	if n := b.number(`select count(*) from events where coalesce(before_state, '') || coalesce(after_state, '') like '%$04$%'`); n != 0 {
		b.Errorf("%d events hold a hash", n)
	}
	if err := signIn(); !errors.HasCode(err, errors.AuthError) {
		b.Errorf("without a password: got %v, want auth_error", err)
	}

	// Only an administrator sets an administrator's, be it the one that is there.
	admin := b.number(`select id from employees where login = 'admin'`)
	manager := directory.Actor{AccountID: c.account, EmployeeID: anna, TokenID: 1, Roles: []directory.Role{directory.Manager}}
	for _, hash := range []string{elsewhere, directory.NoPasswordHash, c.hash(admin)} {
		if err := give(directory.WithActor(b.Context(), manager), admin, hash); !errors.HasCode(err, errors.Forbidden) {
			b.Errorf("a manager: got %v, want forbidden", err)
		}
	}
	if err := give(directory.WithActor(b.Context(), manager), anna, elsewhere); err != nil {
		b.Errorf("a manager, for somebody else: %v", err)
	}

	// No token reads hashes, whoever holds it.
	token := directory.CommandLine(c.account)
	token.TokenID = 1
	for name, actor := range map[string]directory.Actor{"an administrator's token": token, "a manager's": manager, "nobody": {AccountID: c.account}} {
		if got, err := c.service.PasswordHashes(directory.WithActor(b.Context(), actor), []int64{anna}); !errors.HasCode(err, errors.Forbidden) || got != nil {
			b.Errorf("%s: got %v, %v, want forbidden", name, got, err)
		}
	}
	if got := c.hash(anna); got != elsewhere {
		b.Errorf("the command line: got %q", got)
	}
}
