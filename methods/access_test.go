package methods_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

func TestBearer(t *testing.T) { prepared.Each(t, testBearer) }

func testBearer(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	good := b.token(t)
	for _, test := range []struct {
		name, bearer, want string
		params             params
	}{
		{"only the header", good, "", params{}},
		{"a bad header", "nonsense", "access_token_invalid", params{}},
		{"params win over a bad header", "nonsense", "", params{"access_token": good}},
		{"params win over a good header", good, "access_token_invalid", params{"access_token": "nonsense"}},
		{"null in params is no token", good, "", params{"access_token": nil}},
		{"a wrong type in params stops", good, "data_type_error", params{"access_token": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got answer
			b.post(t, request{"2.0", 1, "get.employees", test.params}, test.bearer, &got)
			if got.mnemonic() != test.want {
				t.Errorf("header %q, params %v: %q, want %q", test.bearer, test.params, got.mnemonic(), test.want)
			}
		})
	}
	t.Run("parameters by position", func(t *testing.T) {
		var got answer
		b.post(t, map[string]any{"jsonrpc": "2.0", "id": 1, "method": "create.employees", "params": []any{"Ivan", 7}}, good, &got)
		pointer, field := "/1", "last_name"
		want := []violation{{"data_type_error", &field, &pointer, text("7")}}
		if diff := cmp.Diff(want, got.at(pointer)); diff != "" {
			t.Errorf("violations at %s (-want +got):\n%s", pointer, diff)
		}
	})
}

// signIn tries to sign in.
func (b *bench) signIn(t *testing.T, login, password string) answer {
	t.Helper()
	var got answer
	b.post(t, request{"2.0", 1, "login.user", params{"login": login, "password": password}}, "", &got)
	return got
}

func TestSessionEnds(t *testing.T) { prepared.Each(t, testSessionEnds) }

func testSessionEnds(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	var session struct {
		Data struct {
			Token    string `json:"access_token"`
			ExpireAt int64  `json:"expire_at"`
		} `json:"data"`
	}
	if err := json.Unmarshal(b.signIn(t, adminLogin, adminPassword).Result, &session); err != nil {
		t.Fatal(err)
	}
	if got, want := session.Data.ExpireAt, dawn.Add(time.Hour).Unix(); got != want {
		t.Errorf("expire_at %d, want %d", got, want)
	}
	for _, step := range []struct {
		advance time.Duration
		want    string
	}{
		{0, ""},
		{time.Hour - time.Second, ""},
		{time.Second, "access_token_invalid"},
		{24 * time.Hour, "access_token_invalid"},
	} {
		b.clock.advance(step.advance)
		got := b.call(t, "get.employees", params{"access_token": session.Data.Token})
		if got.mnemonic() != step.want {
			t.Errorf("at %s: %q, want %q", b.clock.Now(), got.mnemonic(), step.want)
		}
	}
	if got := b.call(t, "get.employees", params{}); got.Error != nil {
		t.Errorf("the permanent token: %+v, want a result", got.Error)
	}
}

// TestSignInLimits counts sign-ins of a minute. Those over the limit of a login
// hash no password, and so are quick.
func TestSignInLimits(t *testing.T) { prepared.Each(t, testSignInLimits) }

func testSignInLimits(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	limit := func(a answer) string {
		if a.Error == nil {
			return "a session"
		}
		return a.mnemonic() + " " + fmt.Sprint(a.Error.Data.Params["limit_type"], " ", a.Error.Data.Params["limit_max_value"])
	}
	perLogin := "limit_exceeded minute " + strconv.Itoa(directory.SignInsPerLogin)
	perAddress := "limit_exceeded minute " + strconv.Itoa(directory.SignInsPerAddress)
	const wrong = "auth_error <nil> <nil>"

	for i := range directory.SignInsPerAddress {
		want := wrong
		if i >= directory.SignInsPerLogin {
			want = perLogin
		}
		if got := limit(b.signIn(t, "nobody", "x")); got != want {
			t.Fatalf("sign-in %d of nobody: %s, want %s", i+1, got, want)
		}
	}
	if got := limit(b.signIn(t, adminLogin, adminPassword)); got != perAddress {
		t.Errorf("sign-in %d from the address: %s, want %s", directory.SignInsPerAddress+1, got, perAddress)
	}
	b.clock.advance(time.Minute - time.Second)
	if got := limit(b.signIn(t, adminLogin, adminPassword)); got != perAddress {
		t.Errorf("a second before the minute is over: %s, want %s", got, perAddress)
	}
	b.clock.advance(time.Second)
	if got := limit(b.signIn(t, "NOBODY", "x")); got != wrong {
		t.Errorf("nobody in the next minute: %s, want %s", got, wrong)
	}
	if got := limit(b.signIn(t, adminLogin, adminPassword)); got != "a session" {
		t.Errorf("the administrator in the next minute: %s, want a session", got)
	}
}

// TestOverload holds the writer until more waits than may.
func TestOverload(t *testing.T) { prepared.Each(t, testOverload) }

func testOverload(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{store: store.Options{WriteQueue: 1}})
	account, send := b.id(t, "account"), b.send(t)
	busy, free, held := make(chan struct{}), make(chan struct{}), make(chan []error)
	go func() {
		held <- b.store.InTx(t.Context(), account, func(directory.Tx) error {
			close(busy)
			<-free
			return nil
		})
	}()
	<-busy

	const calls = 3 // one waits, the others are too many
	answers := make(chan []byte, calls)
	for i := range calls {
		body := must(json.Marshal(request{"2.0", i, "update.employees", params{"access_token": b.token(t), "id": b.id(t, "admin"), "first_name": "x"}}))(t)
		go func() {
			_, text := send(body)
			answers <- text
		}()
	}
	read := func() (a answer) {
		t.Helper()
		if err := json.Unmarshal(<-answers, &a); err != nil {
			t.Error(err)
		}
		return a
	}
	for range calls - 1 {
		a := read()
		if a.mnemonic() != "error" || a.Error.Code != -32602 || a.Error.Data.Params["error_message"] != a.Error.Message {
			t.Errorf("with a full queue: %s %+v, want error -32602 that says so", a.Result, a.Error)
		}
	}
	close(free)
	if a := read(); a.Error != nil {
		t.Errorf("the call that waited: %+v, want a result", a.Error)
	}
	for _, err := range <-held {
		if err != nil {
			t.Error(err)
		}
	}
}
