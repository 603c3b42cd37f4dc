package storetest

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

func testSIPLines(b *bench) {
	a, other := b.account(), b.account()
	anna, boris := b.inserted(a), b.inserted(a)
	ids := b.ids(4)
	number, line, second := directory.Named{ID: ids[0], Name: "74951234567"}, ids[1], ids[2]
	wantFree := func(account account, n directory.Named, want bool) {
		b.Helper()
		b.in(account.id, func(tx directory.Tx) error {
			if free, err := tx.InsertVirtualNumber(n); err != nil || free != want {
				b.Errorf("virtual number %+v: got %t, %v, want %t", n, free, err, want)
			}
			return nil
		})
	}
	wantFree(a, number, true)
	wantFree(a, directory.Named{ID: ids[3], Name: number.Name}, false)
	wantFree(other, directory.Named{ID: ids[3], Name: number.Name}, true)

	l := directory.SIPLine{
		ID: line, EmployeeID: anna.ID, PhoneNumber: "0000001", VirtualNumberID: number.ID, ChannelsCount: 20, DialTime: 100, BillingState: directory.BillingManual,
		Registered: true, Registrations: []directory.SIPRegistration{{IP: "10.0.0.1", DateTime: "2026-01-31T12:00:00"}, {IP: "::1", DateTime: "2026-01-31T11:00:00"}},
		Password: directory.Sealed{Ciphertext: []byte{0, 255, 1}, MAC: []byte{2, 0, 254}},
	}
	bare := directory.SIPLine{
		ID: second, EmployeeID: boris.ID, PhoneNumber: "0000002", ChannelsCount: 1, DialTime: 1, BillingState: directory.BillingActive,
		Password: directory.Sealed{Ciphertext: []byte{1}, MAC: []byte{2}},
	}
	b.in(a.id, func(tx directory.Tx) error { return errors.Join(tx.InsertSIPLine(l), tx.InsertSIPLine(bare)) })
	if err := b.try(a.id, func(tx directory.Tx) error {
		again := bare
		again.ID = b.id()
		return tx.InsertSIPLine(again)
	}); err == nil {
		b.Error("two lines have one number")
	}
	want := func(what string, lines ...directory.SIPLine) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error {
			for _, want := range lines {
				got, err := tx.SIPLine(want.ID)
				if err != nil {
					return err
				}
				if diff := cmp.Diff(&want, got); diff != "" {
					b.Errorf("%s: line (-want +got):\n%s", what, diff)
				}
			}
			return nil
		})
		page, err := b.store.SIPLines(b.Context(), a.id, directory.Query{Limit: 10})
		if err != nil || page.Total != int64(len(lines)) {
			b.Errorf("%s: got %d lines, %v, want %d", what, page.Total, err, len(lines))
		}
		for i := range lines {
			lines[i].EmployeeFullName = "Ivanov"
			if lines[i].VirtualNumberID != 0 {
				lines[i].VirtualNumber = number.Name
			}
		}
		if diff := cmp.Diff(lines, page.Items); diff != "" {
			b.Errorf("%s: page (-want +got):\n%s", what, diff)
		}
	}
	bare.Registrations = []directory.SIPRegistration{}
	want("inserted", l, bare)

	inUse := func(what string, want map[int64]bool) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error {
			for id, want := range want {
				kind := directory.KindEmployee
				if id == number.ID {
					kind = directory.KindVirtualNumber
				}
				if got, err := tx.InUse(kind, id); err != nil || got != want {
					b.Errorf("%s: %s %d in use: got %t, %v, want %t", what, kind, id, got, err, want)
				}
			}
			return nil
		})
	}
	inUse("two lines", map[int64]bool{anna.ID: true, boris.ID: true, number.ID: true})
	if err := b.try(a.id, remove(anna)); err == nil {
		b.Error("Anna was deleted from under her line")
	}
	if err := b.try(a.id, func(tx directory.Tx) error { return tx.DeleteNamed(directory.KindVirtualNumber, number.ID) }); err == nil {
		b.Error("a virtual number was deleted from under a line")
	}

	l, bare = bare, l // exchange all but what never changes
	l.ID, bare.ID, l.PhoneNumber, bare.PhoneNumber = line, second, bare.PhoneNumber, l.PhoneNumber
	b.in(a.id, func(tx directory.Tx) error { return errors.Join(tx.UpdateSIPLine(l), tx.UpdateSIPLine(bare)) })
	want("updated", l, bare)

	for field, value := range map[string][]byte{"first": l.Password.MAC, "second": bare.Password.MAC, "nobody's": {9}} {
		page, err := b.store.SIPLines(b.Context(), a.id, directory.Query{Where: directory.Test{Field: "password", Op: directory.OpIn, Values: []any{value}}, Limit: 10})
		var got []int64
		for _, found := range page.Items {
			got = append(got, found.ID)
		}
		if want := map[string][]int64{"first": {line}, "second": {second}}[field]; err != nil || !slices.Equal(got, want) {
			b.Errorf("by the %s MAC: got %v, %v, want %v", field, got, err, want)
		}
	}

	b.in(other.id, func(tx directory.Tx) error {
		if got, err := tx.SIPLine(line); err != nil || got != nil {
			b.Errorf("another account's line: got %+v, %v, want none", got, err)
		}
		return errors.Join(tx.UpdateSIPLine(directory.SIPLine{ID: line}), tx.DeleteNamed(directory.KindSIPLine, line))
	})
	if page, err := b.store.SIPLines(b.Context(), other.id, directory.Query{Limit: 10}); err != nil || page.Total != 0 || len(page.Items) != 0 {
		b.Errorf("another account's lines: got %+v, %v, want none", page, err)
	}
	want("not changed by another account", l, bare)

	b.in(a.id, func(tx directory.Tx) error {
		return errors.Join(tx.DeleteNamed(directory.KindSIPLine, second), tx.DeleteNamed(directory.KindVirtualNumber, number.ID), remove(anna)(tx))
	})
	want("one deleted", l)
	inUse("one line", map[int64]bool{boris.ID: true, number.ID: false})
	numbers, err := b.store.VirtualNumbers(b.Context(), a.id, directory.Query{Limit: 10})
	if err != nil || numbers.Total != 0 {
		b.Errorf("virtual numbers: got %+v, %v, want none", numbers, err)
	}
}

// Each change of a line is an event, without its password; and a deleted line is
// forgotten.
func testSIPLineEvents(b *bench) {
	service := b.service()
	credentials, err := service.CreateAccount(b.Context(), directory.NewAccount{Name: schema.Some("A"), Login: schema.Some("admin"), Password: schema.Some("p")})
	if err != nil {
		b.Fatal(err)
	}
	ctx := directory.WithActor(b.Context(), directory.CommandLine(credentials.AccountID))
	number := service.CreateVirtualNumbers(ctx, []directory.CreateVirtualNumber{{VirtualPhoneNumber: schema.Some(directory.VirtualNumber("7495"))}})[0]
	created := service.CreateSIPLines(ctx, []directory.CreateSIPLine{{EmployeeID: schema.Some(credentials.UserID), VirtualPhoneNumber: schema.Some("7495")}})[0]
	line := schema.Some(created.Value.ID)
	renewed := service.UpdateSIPLinePasswords(ctx, []directory.UpdateSIPLinePassword{{ID: line}})[0]
	registration := directory.UploadSIPLineRegistration{ID: line, Registered: schema.Some(true), IP: schema.Some(directory.IPAddress("10.0.0.1")), DateTime: schema.Some(directory.DateTime("2026-01-31 12:00:00"))}
	results := slices.Concat(
		service.UpdateSIPLines(ctx, []directory.UpdateSIPLine{{ID: line, ChannelsCount: schema.Some[int64](2)}, {ID: line, ChannelsCount: schema.Some[int64](2)}}),
		service.UploadSIPLineRegistrations(ctx, []directory.UploadSIPLineRegistration{registration, registration}),
	)
	for _, err := range []error{number.Err, created.Err, renewed.Err, results[0].Err, results[1].Err, results[2].Err, results[3].Err} {
		if err != nil {
			b.Fatal(err)
		}
	}
	const changed = "sip_line.updated"
	events := func(what string, want ...string) [][]any {
		b.Helper()
		rows := b.query(`select kind, coalesce(before_state, ''), coalesce(after_state, '') from events where account_id = $1 and subject_kind in ('sip_lines', 'sip_line_virtual_numbers') order by number`, credentials.AccountID)
		var got []string
		for _, row := range rows {
			got = append(got, row[0].(string))
			for _, secret := range []string{created.Value.Password, renewed.Value, "assword"} {
				if state := row[1].(string) + row[2].(string); strings.Contains(state, secret) {
					b.Errorf("%s: event %s tells of the password: %s", what, row[0], state)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			b.Errorf("%s: events (-want +got):\n%s", what, diff)
		}
		return rows
	}
	all := []string{"virtual_number.created", "sip_line.created", changed, changed, changed}
	for i, row := range events("changed", all...) {
		if row[2] == "" || (row[1] == "") != (i < 2) {
			b.Errorf("event %d: got %v, want what was before and after", i, row)
		}
	}
	if r := service.DeleteSIPLines(ctx, []directory.DeleteSIPLine{{ID: line}})[0]; r.Err != nil {
		b.Fatal(r.Err)
	}
	for i, row := range events("deleted", append(all, "sip_line.deleted")...) {
		if i > 0 && (row[1] != "" || row[2] != "") {
			b.Errorf("event %d remembers the line: %v", i, row)
		}
	}
}
