package methods_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// patience is how long a notification may take.
const patience = 30 * time.Second

// told is a notification.
type told struct {
	Method   string
	Number   int64  `json:"number"`
	ID       int64  `json:"id"`
	DateTime string `json:"date_time"`
	UserID   *int64 `json:"user_id"`
	Version  *int64 `json:"version"`
	Mnemonic string `json:"mnemonic"`
	Message  string `json:"message"`
}

// subscriber is a connection and what has been told over it.
type subscriber struct {
	*jsonrpc2.Conn
	told chan told
}

func (b *bench) subscriber(t *testing.T) subscriber {
	t.Helper()
	s := subscriber{told: make(chan told, 1000)}
	s.Conn = must(rpc.DialWebSocket(t.Context(), b.sockets, rpc.ClientOptions{}, func(method string, params []byte) {
		n := told{Method: method}
		if err := json.Unmarshal(params, &n, json.RejectUnknownMembers(true)); err != nil {
			t.Errorf("%s %s: %v", method, params, err)
		}
		s.told <- n
	}))(t)
	t.Cleanup(func() { s.Close() })
	return s
}

// subscribe calls subscribe.employees, and returns after which event it follows.
func (s subscriber) subscribe(t *testing.T, p params) int64 {
	t.Helper()
	var got struct {
		Data struct {
			After int64 `json:"after"`
		} `json:"data"`
	}
	if err := s.Call(t.Context(), "subscribe.employees", p, &got); err != nil {
		t.Fatalf("subscribe.employees %v: %v", p, err)
	}
	return got.Data.After
}

func (s subscriber) next(t *testing.T) told {
	t.Helper()
	select {
	case n := <-s.told:
		return n
	case <-time.After(patience):
		t.Fatal("no notification")
		return told{}
	}
}

// want expects notifications, and that their numbers increase from after on. It
// returns the last number.
func (s subscriber) want(t *testing.T, after int64, all ...told) int64 {
	t.Helper()
	for _, want := range all {
		got := s.next(t)
		if got.Number <= after {
			t.Errorf("%s has the number %d, want more than %d", got.Method, got.Number, after)
		}
		after, got.Number = got.Number, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notification (-want +got):\n%s", diff)
		}
	}
	return after
}

func number(n int64) *int64 { return &n }

// hire creates an employee, and fails the test if it fails.
func (b *bench) hire(t *testing.T, token string) int64 {
	t.Helper()
	created := b.call(t, "create.employees", params{"access_token": token, "last_name": "New", "phone_numbers": []params{}})
	var result struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(created.Result, &result, json.RejectUnknownMembers(false)); err != nil || result.ID == 0 {
		t.Fatalf("create.employees: %s %+v", created.Result, created.Error)
	}
	return result.ID
}

func TestSubscribeEmployees(t *testing.T) { prepared.Each(t, testSubscribeEmployees) }

func testSubscribeEmployees(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	admin, at := number(b.id(t, "admin")), "2026-01-31T12:00:00Z"
	token := params{"access_token": b.token(t)}
	s := b.subscriber(t)
	began := s.subscribe(t, token)

	id := b.hire(t, b.token(t))
	after := s.want(t, began, told{Method: "employee.created", ID: id, DateTime: at, UserID: admin, Version: number(1)})
	b.call(t, "create.employee_positions", params{"name": "Engineer"}) // takes a number, and is no employee
	b.hire(t, b.text(t, "other_token"))                                // another account's
	b.clock.advance(1500 * time.Microsecond)
	b.call(t, "update.employees", params{"id": id, "first_name": "Anna"})
	b.call(t, "update.employees", params{"id": id, "first_name": "Anna"}) // changes nothing
	after = s.want(t, after, told{Method: "employee.updated", ID: id, DateTime: "2026-01-31T12:00:00.0015Z", UserID: admin, Version: number(2)})

	// Another server on the database, which no member asks.
	second := must(store.Open(t.Context(), b.dsn, store.Options{Log: slog.New(slog.DiscardHandler)}))(t)
	defer second.Close()
	service := must(directory.New(directory.Config{Store: second, Clock: b.clock.Now, Random: rand.Reader}))(t)
	ctx := directory.WithActor(t.Context(), directory.CommandLine(b.id(t, "account")))
	if r := service.UpdateEmployees(ctx, []directory.UpdateEmployee{{ID: schema.Some(id), Names: directory.Names{FirstName: schema.Some("Olga")}}}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	after = s.want(t, after, told{Method: "employee.updated", ID: id, DateTime: "2026-01-31T12:00:00.0015Z", Version: number(3)})
	b.call(t, "delete.employees", params{"id": id})
	after = s.want(t, after, told{Method: "employee.deleted", ID: id, DateTime: "2026-01-31T12:00:00.0015Z", UserID: admin})

	// Whoever comes later hears the same, but for what has been forgotten.
	again := b.subscriber(t)
	if got := again.subscribe(t, params{"access_token": b.token(t), "after": began}); got != began {
		t.Errorf("after %d: got %d", began, got)
	}
	if last := again.want(t, began,
		told{Method: "employee.created", ID: id, DateTime: at, UserID: admin},
		told{Method: "employee.updated", ID: id, DateTime: "2026-01-31T12:00:00.0015Z", UserID: admin},
		told{Method: "employee.updated", ID: id, DateTime: "2026-01-31T12:00:00.0015Z"},
		told{Method: "employee.deleted", ID: id, DateTime: "2026-01-31T12:00:00.0015Z", UserID: admin},
	); last != after {
		t.Errorf("the last number is %d, want %d", last, after)
	}
	if got := b.subscriber(t).subscribe(t, params{"access_token": b.token(t)}); got != after {
		t.Errorf("without after: follows %d, want %d", got, after)
	}
	if len(s.told) > 0 || len(again.told) > 0 {
		t.Errorf("%d and %d notifications too many", len(s.told), len(again.told))
	}
}

func TestSubscribeMistakes(t *testing.T) { prepared.Each(t, testSubscribeMistakes) }

func testSubscribeMistakes(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	newest := b.subscriber(t).subscribe(t, params{"access_token": b.token(t)})
	b.set("newest", newest)
	b.set("too_new", newest+1)
	send := b.sendWebSocket(t)
	for _, tt := range []struct{ name, params, mnemonic, field string }{
		{"the newest", `"access_token":"$token","after":"$newest"`, "", ""},
		{"null is as absent", `"access_token":"$token","after":null`, "", ""},
		{"newer than the newest", `"access_token":"$token","after":"$too_new"`, "invalid_parameter_value", "after"},
		{"less than none", `"access_token":"$token","after":-1`, "invalid_parameter_value", "after"},
		{"no number", `"access_token":"$token","after":"1"`, "data_type_error", "after"},
		{"without the right", `"access_token":"$agent_token"`, "forbidden", ""},
		{"without a token", `"after":0`, "required_parameter_missed", "access_token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call := `{"jsonrpc":"2.0","id":1,"method":"subscribe.employees","params":{` + tt.params + `}}`
			for name, value := range b.vars {
				call = strings.ReplaceAll(call, `"$`+name+`"`, value)
			}
			_, text := send([]byte(call))
			var got answer
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			field := ""
			if got.Error != nil && got.Error.Data.Field != nil {
				field = *got.Error.Data.Field
			}
			if got.mnemonic() != tt.mnemonic || field != tt.field {
				t.Errorf("%s: got %s, want %q at %q", call, text, tt.mnemonic, tt.field)
			}
		})
	}
	t.Run("over HTTP", func(t *testing.T) {
		if got := b.call(t, "subscribe.employees", params{}); got.mnemonic() != "error" || !strings.Contains(got.Error.Message, "/v2.0/ws") {
			t.Errorf("got %s %+v, want an error that says where to go", got.Result, got.Error)
		}
	})
}

// TestSubscriptionEnds when the caller may not go on; the connection stays.
func TestSubscriptionEnds(t *testing.T) { prepared.Each(t, testSubscriptionEnds) }

func testSubscriptionEnds(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	account := b.id(t, "account")
	commandLine := directory.WithActor(t.Context(), directory.CommandLine(account))
	session := func() (token string) {
		var got struct {
			Data struct {
				Token string `json:"access_token"`
			} `json:"data"`
		}
		if err := json.Unmarshal(b.signIn(t, adminLogin, adminPassword).Result, &got); err != nil {
			t.Fatal(err)
		}
		return got.Data.Token
	}
	for _, tt := range []struct {
		name, mnemonic string
		token          func() string
		end            func(token string)
	}{
		{"signed out", "access_token_invalid", session, func(token string) {
			b.call(t, "logout.user", params{"access_token": token})
		}},
		{"session over", "access_token_invalid", session, func(string) { b.clock.advance(2 * directory.SessionLife) }},
		{"right lost", "forbidden", func() string { return b.text(t, "reader_token") }, func(string) {
			b.call(t, "update.employees", params{"id": b.id(t, "reader"), "roles": []string{"agent"}})
		}},
		{"holder deleted", "access_token_invalid", func() string { return b.text(t, "manager_token") }, func(string) {
			b.call(t, "delete.employees", params{"id": b.id(t, "manager")})
		}},
		{"holder blocked", "access_token_blocked", func() string {
			_, err := b.service.AddMember(commandLine, directory.AddMember{
				LastName: schema.Some("Vera"), Login: schema.Some("vera"), Password: schema.Some("x"), Roles: schema.Some([]directory.Role{directory.Reader}),
			})
			if err != nil {
				t.Fatal(err)
			}
			return must(b.service.CreateToken(t.Context(), directory.NewToken{Login: schema.Some("vera")}, directory.Keys{}))(t)
		}, func(string) {
			vera := must(b.service.MemberByLogin(t.Context(), "vera"))(t)
			if err := b.service.BlockMember(commandLine, vera.EmployeeID, true); err != nil {
				t.Fatal(err)
			}
		}},
		{"address taken off the list", "ip_not_whitelisted", session, func(string) {
			b.setAccount(t, directory.UpdateAccount{ID: schema.Some(account), AllowIPs: schema.Some([]directory.AddressRange{"192.0.2.0/24"})})
		}},
		{"account disabled", "account_inactive", session, func(string) {
			b.setAccount(t, directory.UpdateAccount{ID: schema.Some(account), Disabled: schema.Some(true)})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.setAccount(t, directory.UpdateAccount{ID: schema.Some(account), AllowIPs: schema.Some([]directory.AddressRange(nil)), Disabled: schema.Some(false)})
			token := tt.token()
			s := b.subscriber(t)
			after := s.subscribe(t, params{"access_token": token})
			id := b.hire(t, b.token(t))
			s.want(t, after, told{Method: "employee.created", ID: id, DateTime: b.clock.Now().Format(time.RFC3339Nano), UserID: number(b.id(t, "admin")), Version: number(1)})
			tt.end(token)
			got := s.next(t)
			if strings.HasPrefix(got.Method, "employee.") { // what has ended it
				got = s.next(t)
			}
			if got.Message == "" {
				t.Error("the end has no message")
			}
			got.Message = ""
			if diff := cmp.Diff(told{Method: "subscription.ended", Mnemonic: tt.mnemonic}, got); diff != "" {
				t.Errorf("notification (-want +got):\n%s", diff)
			}
			if err := s.Call(t.Context(), "login.user", params{}, nil); err == nil || !strings.Contains(err.Error(), "-32602") {
				t.Errorf("another call: got %v, want an answer", err)
			}
		})
	}
}

// TestSubscriptionEndsWithTheDatabase, and says no more of it than other calls do.
func TestSubscriptionEndsWithTheDatabase(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	s := b.subscriber(t)
	s.subscribe(t, params{"access_token": b.token(t)})
	if err := b.closeStore(); err != nil {
		t.Fatal(err)
	}
	want := told{Method: "subscription.ended", Mnemonic: "internal_error", Message: "Internal error, contact the support service"}
	if diff := cmp.Diff(want, s.next(t)); diff != "" {
		t.Errorf("notification (-want +got):\n%s", diff)
	}
}

// pruned is a store that has kept no events before a number.
type pruned struct {
	directory.Store
	oldest int64
}

func (p pruned) Events(ctx context.Context, account, after int64, limit int) (directory.EventPage, error) {
	page, err := p.Store.Events(ctx, account, after, limit)
	page.Oldest = p.oldest
	return page, err
}

// TestSubscribeToWhatIsGone is refused rather than skip events.
func TestSubscribeToWhatIsGone(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	service := must(directory.New(directory.Config{Store: pruned{b.store, 3}, Clock: b.clock.Now, Random: rand.Reader}))(t)
	api := must(rpc.New(rpc.Options{Guard: methods.Guard(service), Together: methods.Together(service)}, methods.All(service)...))(t)
	for after, want := range map[int]string{0: `"mnemonic":"error","field":"after","value":"0"`, 1: "the oldest event that is kept has the number 3", 2: `"result":{"data":{"after":2}`} {
		var out bytes.Buffer
		call := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"subscribe.employees","params":{"access_token":%s,"after":%d}}`, b.vars["token"], after)
		if err := api.ServeStream(t.Context(), strings.NewReader(call), &out, rpc.StreamOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want in it %s", call, got, want)
		}
	}
}
