package storetest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Events are numbered from 1 per account, without gaps, in the order of commits:
// whoever reads never finds a number before the ones below it.
func testEventNumbers(b *bench) {
	const rounds = 4
	accounts := []account{b.account(), b.account()}
	ids := b.ids(writers * rounds)
	done := make(chan struct{})
	var reading, writing sync.WaitGroup
	for _, a := range accounts {
		reading.Go(func() {
			for {
				rows, err := b.db.Query(`select count(*), coalesce(max(number), 0) from events where account_id = $1`, a.id)
				if err != nil || rows[0][0] != rows[0][1] {
					b.Errorf("a reader saw (count, last number) %v and error %v, want them equal", rows, err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			a := accounts[w%2]
			for _, id := range ids[w*rounds : (w+1)*rounds] {
				e := employee(id, a)
				errs := b.store.InTx(b.Context(), a.id, insert(e), after(insert(employee(-id, a)), refuse), update(e, changed(e)))
				if errs[0] != nil || errs[1] == nil || errs[2] != nil {
					b.Errorf("got errors %v, want only the second", errs)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	for _, a := range accounts {
		order := map[int64]int64{} // number of the creation by employee
		want := int64(0)
		for _, row := range b.query(`select number, kind, subject_id from events where account_id = $1 order by number`, a.id) {
			if want++; row[0] != want {
				b.Fatalf("account %d: got event %v, want %d", a.id, row[0], want)
			}
			id := row[2].(int64)
			if row[1] == "employee.created" {
				order[id] = want
			} else if order[id] == 0 {
				b.Errorf("event %d: %v of employee %d comes before their creation", want, row[1], id)
			}
		}
		if want != writers*rounds {
			b.Errorf("account %d: got %d events, want %d", a.id, want, writers*rounds)
		}
		for w := range writers { // a writer's later unit has the later number
			for i := w*rounds + 1; i < (w+1)*rounds && accounts[w%2].id == a.id; i++ {
				if order[ids[i-1]] >= order[ids[i]] {
					b.Errorf("employee %d has event %d, and %d, who came later, %d", ids[i-1], order[ids[i-1]], ids[i], order[ids[i]])
				}
			}
		}
	}
}

// events are an employee's, as kind, before and after.
func (b *bench) events(kind directory.Kind, subject int64) [][]any {
	b.Helper()
	return b.query(`select kind, case when before_state is null then 0 else 1 end, case when after_state is null then 0 else 1 end
		from events where subject_kind = $1 and subject_id = $2 order by number`, string(kind), subject)
}

func testEventContents(b *bench) {
	a := b.account()
	at, group := time.UnixMicro(1_700_000_000_123_456).UTC(), b.group(a, "sales").ID
	b.in(a.id, func(tx directory.Tx) error {
		return tx.Append(directory.Event{
			Kind: "group.updated", Subject: directory.KindGroup, SubjectID: group, At: at,
			Actor: directory.Actor{AccountID: a.id, EmployeeID: 6, TokenID: 7}, Before: []byte(`{"n":1}`), After: []byte(`{"n":2}`),
		})
	})
	want := [][]any{{int64(1), "group.updated", "group_employees", group, int64(6), int64(7), at.UnixMicro(), `{"n":1}`, `{"n":2}`}}
	got := b.query(`select number, kind, subject_kind, subject_id, actor_employee_id, actor_token_id, at, before_state, after_state from events where account_id = $1`, a.id)
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("event (-want +got):\n%s", diff)
	}

	// Those of one unit keep their order.
	b.in(a.id, func(tx directory.Tx) error {
		return errors.Join(
			tx.Append(directory.Event{Kind: "group.created", Subject: directory.KindGroup, SubjectID: 1, At: at}),
			tx.Append(directory.Event{Kind: "group.updated", Subject: directory.KindGroup, SubjectID: 1, At: at}),
			tx.Append(directory.Event{Kind: "group.deleted", Subject: directory.KindGroup, SubjectID: 1, At: at}),
		)
	})
	want = [][]any{{int64(2), "group.created"}, {int64(3), "group.updated"}, {int64(4), "group.deleted"}}
	if diff := cmp.Diff(want, b.query(`select number, kind from events where account_id = $1 and number > 1 order by number`, a.id)); diff != "" {
		b.Errorf("events of one unit (-want +got):\n%s", diff)
	}

	service, ctx := b.service(), directory.WithActor(b.Context(), directory.CommandLine(a.id))
	phones := func(channels int64) schema.Opt[[]directory.PhoneNumber] {
		return schema.Some([]directory.PhoneNumber{{
			PhoneNumber:    schema.Some(directory.PhoneText("+7 495 514-05-78")),
			NumberSettings: directory.NumberSettings{ChannelsCount: schema.Some(channels)},
		}})
	}
	var ids []int64
	for i := range int64(2) {
		r := service.CreateEmployees(ctx, []directory.CreateEmployee{{Names: directory.Names{LastName: schema.Some("Ivanov")}, PhoneNumbers: phones(i + 1)}})
		if r[0].Err != nil {
			b.Fatal(r[0].Err)
		}
		ids = append(ids, r[0].Value)
	}
	if r := service.UpdateEmployees(ctx, []directory.UpdateEmployee{{ID: schema.Some(ids[0]), Names: directory.Names{FirstName: schema.Some("Ivan")}}}); r[0].Err != nil {
		b.Fatal(r[0].Err)
	}
	phone := b.number(`select id from phone_numbers`)
	if diff := cmp.Diff([][]any{{"employee.created", int64(0), int64(1)}, {"employee.updated", int64(1), int64(1)}}, b.events(directory.KindEmployee, ids[0])); diff != "" {
		b.Errorf("employee (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]any{{"phone_number.updated", int64(1), int64(1)}}, b.events(directory.KindNumber, phone)); diff != "" {
		b.Errorf("number (-want +got):\n%s", diff)
	}
	for _, id := range ids {
		if r := service.DeleteEmployees(ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}}); r[0].Err != nil {
			b.Fatal(r[0].Err)
		}
	}
	want = [][]any{{"employee.created", int64(0), int64(0)}, {"employee.updated", int64(0), int64(0)}, {"employee.deleted", int64(0), int64(0)}}
	if diff := cmp.Diff(want, b.events(directory.KindEmployee, ids[0])); diff != "" {
		b.Errorf("deleted employee (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]any{{"phone_number.updated", int64(0), int64(0)}}, b.events(directory.KindNumber, phone)); diff != "" {
		b.Errorf("number that nobody has (-want +got):\n%s", diff)
	}
}

// Events of groups say what has changed, and those of a group that is gone nothing.
func testGroupEvents(b *bench) {
	a := b.account()
	phone := number(b.id(), "74955140578")
	b.put(a, phone)
	anna := b.inserted(a, func(e *directory.Employee) { e.NumberIDs = []int64{phone.ID} })
	boris := b.inserted(a)
	service, ctx := b.service(), directory.WithActor(b.Context(), directory.CommandLine(a.id))
	group := service.CreateGroups(ctx, []directory.CreateGroup{{GroupParams: directory.GroupParams{Name: schema.Some("A"), Members: schema.Some([]int64{anna.ID})}}})[0]
	id := schema.Some(group.Value)
	errs := []error{
		group.Err,
		service.UpdateGroups(ctx, []directory.UpdateGroup{{ID: id, GroupParams: directory.GroupParams{Name: schema.Some("B"), Members: schema.Some([]int64{boris.ID, anna.ID})}}})[0].Err,
		service.UpdateGroupNumbers(ctx, []directory.UpdateGroupNumbers{{ID: id, PhoneNumbers: schema.Some([]directory.GroupNumberParams{{ID: schema.Some(anna.LinkIDs[0]), Available: schema.Some(false)}})}})[0].Err,
		service.UpdateGroups(ctx, []directory.UpdateGroup{{ID: id, GroupParams: directory.GroupParams{Members: schema.Null[[]int64]()}}})[0].Err,
	}
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	told := func() (events [][]string) {
		for _, row := range b.query(`select kind, before_state, after_state from events where subject_kind = 'group_employees' order by number`) {
			told := []string{row[0].(string)}
			for _, state := range row[1:] {
				text, _ := state.(string)
				var g struct {
					Name    string         `json:"name"`
					Members jsontext.Value `json:"members"`
					Numbers jsontext.Value `json:"phone_numbers"`
				}
				if text != "" {
					if err := json.Unmarshal([]byte(text), &g); err != nil {
						b.Fatalf("%v: %s", err, text)
					}
				}
				told = append(told, g.Name+string(g.Members)+string(g.Numbers))
			}
			events = append(events, told)
		}
		return events
	}
	number := func(available bool) string {
		return fmt.Sprintf(`[{"employee_phone_number_id":%d,"employee_id":%d,"available":%t}]`, anna.LinkIDs[0], anna.ID, available)
	}
	want := [][]string{
		{"group.created", "", fmt.Sprintf("A[%d]", anna.ID)},
		{"group.updated", "A", fmt.Sprintf("B[%d]", boris.ID)},
		{"group.updated", "B" + number(true), "B" + number(false)},
		{"group.updated", fmt.Sprintf("B[%d,%d]", anna.ID, boris.ID), "B"},
	}
	if diff := cmp.Diff(want, told()); diff != "" {
		b.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]any{{"employee.created", int64(0), int64(1)}, {"employee.updated", int64(1), int64(1)}, {"employee.updated", int64(1), int64(1)}}, b.events(directory.KindEmployee, anna.ID)); diff != "" {
		b.Errorf("events of a member (-want +got):\n%s", diff)
	}
	if err := service.DeleteGroups(ctx, []directory.DeleteGroup{{ID: id}})[0].Err; err != nil {
		b.Fatal(err)
	}
	want = [][]string{{"group.created", "", ""}, {"group.updated", "", ""}, {"group.updated", "", ""}, {"group.updated", "", ""}, {"group.deleted", "", ""}}
	if diff := cmp.Diff(want, told()); diff != "" {
		b.Errorf("events of a deleted group (-want +got):\n%s", diff)
	}
}

// No event holds a password, a token, or what either is kept as.
func testEventSecrets(b *bench) {
	service := b.service()
	const password, seatPassword, newPassword = "correct-horse", "battery1", "staple22"
	credentials, err := service.CreateAccount(b.Context(), directory.NewAccount{Name: schema.Some("A"), Login: schema.Some("admin"), Password: schema.Some(password)})
	if err != nil {
		b.Fatal(err)
	}
	secrets := []string{password, seatPassword, newPassword, "argon2"}
	secret := func(token string) {
		digest := sha256.Sum256([]byte(token))
		secrets = append(secrets, token, hex.EncodeToString(digest[:]), base64.StdEncoding.EncodeToString(digest[:])[:40])
	}
	secret(credentials.AccessToken)
	token, err := service.CreateToken(b.Context(), directory.NewToken{Login: schema.Some("admin"), Label: schema.Some("label")}, directory.Keys{})
	if err != nil {
		b.Fatal(err)
	}
	secret(token)
	session, err := service.SignIn(b.Context(), directory.SignIn{Login: schema.Some("admin"), Password: schema.Some(password)}, "192.0.2.1")
	if err != nil {
		b.Fatal(err)
	}
	secret(session.AccessToken)
	caller, err := service.Authenticate(b.Context(), "", session.AccessToken, "192.0.2.1")
	if err != nil {
		b.Fatal(err)
	}
	actor, err := service.ActAs(b.Context(), caller, schema.Opt[int64]{}, true)
	if err != nil {
		b.Fatal(err)
	}
	ctx := directory.WithActor(b.Context(), actor)
	operator := func(password string) schema.Opt[directory.OperatorParams] {
		return schema.Some(directory.OperatorParams{DisplayName: schema.Some("Anna"), Login: schema.Some("anna"), Password: schema.Some(password)})
	}
	created := service.CreateEmployees(ctx, []directory.CreateEmployee{{
		Names: directory.Names{LastName: schema.Some("Petrova")}, PhoneNumbers: schema.Some([]directory.PhoneNumber{}),
		Workplace: directory.Workplace{Operator: operator(seatPassword)},
	}})
	if created[0].Err != nil {
		b.Fatal(created[0].Err)
	}
	updated := service.UpdateEmployees(ctx, []directory.UpdateEmployee{{ID: schema.Some(created[0].Value), Workplace: directory.Workplace{Operator: operator(newPassword)}}})
	if updated[0].Err != nil {
		b.Fatal(updated[0].Err)
	}
	if _, err := service.AddMember(ctx, directory.AddMember{
		EmployeeID: schema.Some(created[0].Value), Login: schema.Some("anna"), Password: schema.Some(seatPassword), Roles: schema.Some([]directory.Role{directory.Reader}),
	}); err != nil {
		b.Fatal(err)
	}
	if err := service.SetMemberPassword(ctx, directory.SetMemberPassword{EmployeeID: schema.Some(created[0].Value), Password: schema.Some(newPassword)}); err != nil {
		b.Fatal(err)
	}
	if err := service.SignOut(ctx); err != nil {
		b.Fatal(err)
	}
	rows := b.query(`select number, kind, coalesce(before_state, '') || coalesce(after_state, '') from events where account_id = $1`, credentials.AccountID)
	if len(rows) < 7 { // account, administrator, token, employee, their passwords
		b.Errorf("got %d events, want one for each change", len(rows))
	}
	for _, row := range rows {
		for _, s := range secrets {
			if strings.Contains(row[2].(string), s) {
				b.Errorf("event %d, %v, holds the secret %q: %v", row[0], row[1], s, row[2])
			}
		}
	}
	if n := b.number(`select count(*) from employees where password_hash like '$argon2id$%'`); n != 2 {
		b.Errorf("got %d password hashes, want 2", n)
	}
}

// What a token's label says of its holder goes with the token, and with them.
func testTokenEvents(b *bench) {
	service := b.service()
	credentials, err := service.CreateAccount(b.Context(), directory.NewAccount{Name: schema.Some("A"), Login: schema.Some("admin"), Password: schema.Some("p")})
	if err != nil {
		b.Fatal(err)
	}
	ctx := directory.WithActor(b.Context(), directory.CommandLine(credentials.AccountID))
	anna := b.employee(account{id: credentials.AccountID}, func(e *directory.Employee) {
		e.Login, e.StatusID = "anna", b.number(`select min(id) from statuses`)
	})
	b.in(credentials.AccountID, insert(anna))
	for range 2 {
		if _, err := service.CreateToken(b.Context(), directory.NewToken{Login: schema.Some("anna"), Label: schema.Some("Anna's laptop")}, directory.Keys{}); err != nil {
			b.Fatal(err)
		}
	}
	remembered := func() int64 {
		return b.number(`select count(*) from events where after_state like '%laptop%'`)
	}
	tokens, err := service.Tokens(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := service.RevokeToken(b.Context(), tokens[len(tokens)-1].ID); err != nil {
		b.Fatal(err)
	}
	if n := remembered(); n != 1 {
		b.Errorf("after one of two was revoked: got %d labels in events, want 1", n)
	}
	if r := service.DeleteEmployees(ctx, []directory.DeleteEmployee{{ID: schema.Some(anna.ID)}}); r[0].Err != nil {
		b.Fatal(r[0].Err)
	}
	if n := remembered(); n != 0 {
		b.Errorf("after Anna was deleted: got %d labels in events, want 0", n)
	}
}

// What is deleted is forgotten also by the events of units that share its
// transaction; a deletion that comes to nothing makes nobody forget.
func testForgottenTogether(b *bench) {
	a := b.account()
	gone, stays := b.employee(a), b.employee(a)
	after := changed(gone, func(e *directory.Employee) { e.FirstName = "Anna" })
	refused := errors.New("refused")
	errs := b.store.InTx(b.Context(), a.id,
		insert(gone), insert(stays), update(gone, after),
		func(tx directory.Tx) error { return errors.Join(remove(stays)(tx), refused) },
		remove(after),
	)
	for i, err := range errs {
		if want := i == 3; errors.Is(err, refused) != want || err != nil && !want {
			b.Errorf("unit %d: got error %v", i, err)
		}
	}
	for _, row := range b.events(directory.KindEmployee, gone.ID) {
		if row[1] != int64(0) || row[2] != int64(0) {
			b.Errorf("event %v remembers who was deleted", row)
		}
	}
	if got := b.events(directory.KindEmployee, stays.ID); len(got) != 1 || got[0][2] == int64(0) {
		b.Errorf("events of the one who stays: got %v, want the creation as it was", got)
	}
}
