package methods_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestRights calls every method with tokens that leave all rights but the one that
// it needs, and with such that leave no other.
func TestRights(t *testing.T) { prepared.Each(t, testRights) }

func testRights(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	var all []directory.Right
	for _, entry := range methods.All(b.service) {
		if right := directory.Right(entry.Info().Right); right != "" && !slices.Contains(all, right) {
			all = append(all, right)
		}
	}
	token := func(account string, rights ...directory.Right) string {
		return must(b.service.CreateToken(t.Context(), directory.NewToken{AccountID: schema.Some(b.id(t, account)), Rights: schema.Some(rights)}, directory.Keys{}))(t)
	}
	var without []string
	for _, entry := range methods.All(b.service) {
		m := entry.Info()
		if m.Right == "" {
			without = append(without, m.Name)
			continue
		}
		account := "account"
		if m.Name == partnersOnly {
			account = "partner_account"
		}
		right := directory.Right(m.Right)
		others := slices.DeleteFunc(slices.Clone(all), func(r directory.Right) bool { return r == right })
		for _, tt := range []struct {
			rights []directory.Right
			want   string
		}{{others, "forbidden"}, {[]directory.Right{right}, "unexpected_parameters"}} {
			got := b.call(t, m.Name, params{"access_token": token(account, tt.rights...), "no_such_parameter": 1})
			if got.mnemonic() != tt.want {
				t.Errorf("%s, which needs %s, with %v: %q, want %q", m.Name, right, tt.rights, got.mnemonic(), tt.want)
			}
		}
	}
	if diff := cmp.Diff([]string{"login.user", "logout.user"}, without); diff != "" {
		t.Errorf("methods that need no right (-want +got):\n%s", diff)
	}
}

// TestOrderOfChecks makes a call that is wrong in every way, and mends what it is
// told until it succeeds. Source: data-api.md §6.6.
func TestOrderOfChecks(t *testing.T) { prepared.Each(t, testOrderOfChecks) }

func testOrderOfChecks(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	partner, customer := b.id(t, "partner_account"), b.id(t, "account")
	set := func(account int64, c directory.UpdateAccount) {
		t.Helper()
		c.ID = schema.Some(account)
		b.setAccount(t, c)
	}
	token := must(b.service.CreateToken(t.Context(), directory.NewToken{Login: schema.Some("partner"), AllowIPs: schema.Some([]directory.AddressRange{"127.0.0.2"})}, directory.Keys{}))(t)
	elsewhere := schema.Some([]directory.AddressRange{"192.0.2.0/24"})
	everywhere := schema.Some([]directory.AddressRange{"0.0.0.0/0"})
	role := func(roles ...directory.Role) {
		t.Helper()
		ctx := directory.WithActor(t.Context(), directory.CommandLine(partner))
		if err := b.service.SetMemberRoles(ctx, directory.SetMemberRoles{EmployeeID: schema.Some(b.id(t, "partner")), Roles: schema.Some(roles)}); err != nil {
			t.Fatal(err)
		}
	}
	block := func(blocked bool) {
		t.Helper()
		ctx := directory.WithActor(t.Context(), directory.CommandLine(partner))
		if err := b.service.BlockMember(ctx, b.id(t, "partner"), blocked); err != nil {
			t.Fatal(err)
		}
	}

	// Everything is wrong, from the last to the first.
	set(partner, directory.UpdateAccount{PointsPerMinute: schema.Some[int64](1)})
	if a := b.call(t, "get.account", params{"access_token": b.text(t, "partner_token")}); a.Error != nil {
		t.Fatalf("the point is not spent: %+v", a.Error)
	}
	ctx := directory.WithActor(t.Context(), directory.CommandLine(partner))
	if _, err := b.service.AddMember(ctx, directory.AddMember{
		LastName: schema.Some("x"), Login: schema.Some("second"), Password: schema.Some("x"), Roles: schema.Some([]directory.Role{directory.Administrator}),
	}); err != nil {
		t.Fatal(err)
	}
	role(directory.Agent)
	block(true)
	set(partner, directory.UpdateAccount{AllowIPs: elsewhere, Disabled: schema.Some(true)})
	set(customer, directory.UpdateAccount{AllowIPs: elsewhere, Disabled: schema.Some(true), DisabledComponents: schema.Some([]directory.Component{"trainer"})})
	const nobody = 999999999
	method := "create.employee"
	p := params{
		"surplus": 1, "email": 7, "coach": params{"coach_id": nobody},
		"calls_available": true, "allowed_in_call_types": []string{}, "extension": params{"extension_phone_number": "101"},
	}

	for _, stage := range []struct {
		want string // mnemonics, and the fields of those that have one
		mend func()
	}{
		{"method_not_found", func() { method = "create.employees" }},
		{"required_parameter_missed access_token", func() { p["access_token"] = "nonsense" }},
		{"access_token_invalid", func() { p["access_token"] = b.text(t, "expired_token") }},
		{"access_token_expired", func() { p["access_token"] = token }},
		{"access_token_blocked", func() { block(false) }},
		{"ip_not_whitelisted", func() {
			p["access_token"] = must(b.service.CreateToken(t.Context(), directory.NewToken{Login: schema.Some("partner"), AllowIPs: everywhere}, directory.Keys{}))(t)
		}},
		{"ip_not_whitelisted", func() { set(partner, directory.UpdateAccount{AllowIPs: everywhere}) }},
		{"account_inactive", func() { set(partner, directory.UpdateAccount{Disabled: schema.Some(false)}) }},
		{"limit_exceeded", func() { b.clock.advance(time.Minute) }},
		{"required_parameter_missed user_id", func() { p["user_id"] = nobody }},
		{"forbidden user_id", func() { p["user_id"] = b.id(t, "reader") }},
		{"ip_not_whitelisted", func() {
			set(customer, directory.UpdateAccount{AllowIPs: schema.Some([]directory.AddressRange{"127.0.0.0/8"})})
		}},
		{"account_inactive", func() { set(customer, directory.UpdateAccount{Disabled: schema.Some(false)}) }},
		{"parameter_component_disabled coach", func() {
			set(customer, directory.UpdateAccount{DisabledComponents: schema.Some([]directory.Component(nil))})
		}},
		{"forbidden", func() { role(directory.Manager) }},
		{"forbidden", func() { p["user_id"] = b.id(t, "manager") }},
		{"unexpected_parameters surplus, required_parameter_missed last_name, data_type_error email, invalid_parameters_combination calls_available", func() {
			delete(p, "surplus")
			delete(p, "email")
			delete(p, "calls_available")
			p["last_name"], p["phone_numbers"] = "Ivanov", []any{}
			set(partner, directory.UpdateAccount{PointsPerMinute: schema.Some[int64](0)})
			if a := b.call(t, "create.employees", params{"last_name": "x", "phone_numbers": []any{}, "extension": p["extension"]}); a.Error != nil {
				t.Fatalf("the extension is not taken: %+v", a.Error)
			}
		}},
		{"entity_not_found coach.coach_id, already_in_use extension.extension_phone_number", func() {
			p["coach"], p["extension"] = params{"coach_id": b.id(t, "admin")}, params{"extension_phone_number": "102"}
		}},
		{"", func() {}},
	} {
		var got []string
		var a answer
		b.post(t, request{"2.0", 1, method, p}, "", &a)
		if a.Error != nil {
			for _, v := range a.Error.Data.Errors {
				text := v.Mnemonic
				if v.Field != nil {
					text += " " + *v.Field
				}
				got = append(got, text)
			}
		}
		if got := strings.Join(got, ", "); got != stage.want {
			t.Fatalf("%s %v:\ngot  %q\nwant %q", method, p, got, stage.want)
		}
		stage.mend()
	}
}

// TestMethodComponents asks for methods that need one of several components.
func TestMethodComponents(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	method := func(name string, components ...string) rpc.Entry {
		return rpc.Method[struct{}, string]{
			Name: name, Right: string(directory.SelectEmployees), Components: components,
			Run: func(_ context.Context, _ struct{}) (string, error) { return "fine", nil },
		}
	}
	api := must(rpc.New(rpc.Options{Guard: methods.Guard(b.service), Together: methods.Together(b.service)}, method("none"), method("one", "va"), method("two", "call_tracking", "lead")))(t)
	for _, tt := range []struct {
		off  []directory.Component
		want string
	}{
		{nil, "none: fine; one: fine; two: fine"},
		{[]directory.Component{"lead", "trainer"}, "none: fine; one: fine; two: fine"},
		{[]directory.Component{"va", "call_tracking"}, "none: fine; one: -32602 You need at least one of the following components to access this method: va; two: fine"},
		{directory.Components(), "none: fine; one: -32602 You need at least one of the following components to access this method: va; " +
			"two: -32602 You need at least one of the following components to access this method: call_tracking, lead"},
	} {
		b.setAccount(t, directory.UpdateAccount{ID: schema.Some(b.id(t, "account")), DisabledComponents: schema.Some(tt.off)})
		var got []string
		for _, name := range []string{"none", "one", "two"} {
			ctx := rpc.WithPeer(t.Context(), rpc.Peer{Bearer: b.token(t)})
			var a answer
			if err := json.Unmarshal(api.Serve(ctx, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q}`, name)), &a); err != nil {
				t.Fatal(err)
			}
			text := "fine"
			if a.Error != nil {
				text = fmt.Sprint(a.Error.Code, " ", a.Error.Message)
				if want := "method_component_disabled"; a.mnemonic() != want {
					t.Errorf("%s without %v: %q, want %q", name, tt.off, a.mnemonic(), want)
				}
			}
			got = append(got, name+": "+text)
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("without %v:\ngot  %s\nwant %s", tt.off, got, tt.want)
		}
	}
}

// TestComponentNames holds the components that methods and parameters name against
// those that there are.
func TestComponentNames(t *testing.T) {
	known := func(where, name string) {
		if !slices.Contains(directory.Components(), directory.Component(name)) {
			t.Errorf("%s: component %q, want one of %v", where, name, directory.Components())
		}
	}
	tags := 0
	for _, m := range must(rpc.New(rpc.Options{Guard: methods.Guard(nil), Together: methods.Together(nil)}, methods.All(nil)...))(t).Methods() {
		for _, c := range m.Components {
			known(m.Name, c)
		}
		for _, f := range m.Params.Fields {
			if f.Component != "" {
				tags++
				known(m.Name+" "+f.Name, f.Component)
			}
		}
	}
	if tags == 0 {
		t.Error("no parameter needs a component")
	}
	enum := schema.Of[directory.UpdateAccount]("").Type().Fields
	i := slices.IndexFunc(enum, func(f *schema.Field) bool { return f.Name == "components" })
	var want []string
	for _, c := range directory.Components() {
		want = append(want, string(c))
	}
	if diff := cmp.Diff(want, enum[i].Enum); diff != "" {
		t.Errorf("components that an account can switch off (-want +got):\n%s", diff)
	}
}

// TestPointsOfWindows spends a minute's points and a day's, and waits.
func TestPointsOfWindows(t *testing.T) { prepared.Each(t, testPointsOfWindows) }

func testPointsOfWindows(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{account: directory.UpdateAccount{PointsPerMinute: schema.Some[int64](2), PointsPerDay: schema.Some[int64](5)}})
	for i, step := range []struct {
		advance time.Duration
		want    string // day_remaining day_reset minute_remaining minute_reset, with the error
	}{
		{0, "4 86400 1 60"},
		{1500 * time.Millisecond, "3 86399 0 59"},
		{0, "limit_exceeded minute 3 86399 0 59"},
		{58500*time.Millisecond - 1*time.Microsecond, "limit_exceeded minute 3 86341 0 1"},
		{time.Microsecond, "2 86340 1 60"},
		{time.Hour, "1 82740 1 60"},
		{59 * time.Second, "0 82681 0 1"},
		{0, "limit_exceeded day 0 82681 0 1"},
		{time.Second, "limit_exceeded day 0 82680 2 60"},
		{82680 * time.Second, "4 86400 1 60"},
	} {
		b.clock.advance(step.advance)
		a := b.call(t, "get.account", params{})
		var limits directory.Limits
		got := ""
		if a.Error != nil {
			got = fmt.Sprint(a.mnemonic(), " ", a.Error.Data.Params["limit_type"], " ")
			limits = a.Error.Data.Metadata.Limits
		} else {
			var r struct {
				Metadata struct{ Limits directory.Limits } `json:"metadata"`
			}
			if err := json.Unmarshal(a.Result, &r, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			limits = r.Metadata.Limits
		}
		got += fmt.Sprint(limits.DayRemaining.Value, limits.DayReset.Value, limits.MinuteRemaining.Value, limits.MinuteReset.Value)
		if got != step.want {
			t.Errorf("call %d, at %s: %s, want %s", i, b.clock.Now().Format(time.TimeOnly), got, step.want)
		}
	}
}
