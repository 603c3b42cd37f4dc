package methods_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// outcomes is all that the database keeps of calls with idempotency keys.
func (b *bench) outcomes(t *testing.T) (n int, text string) {
	t.Helper()
	rows := must(testdb.SQL(t, b.dsn).Query(`select method, outcome, coalesce(shown, '') from outcomes`))(t)
	defer rows.Close()
	for ; rows.Next(); n++ {
		var method, outcome, shown string
		if err := rows.Scan(&method, &outcome, &shown); err != nil {
			t.Fatal(err)
		}
		text += method + " " + outcome + " " + shown + "\n"
	}
	return n, text
}

// named counts the employees of a last name.
func (b *bench) named(t *testing.T, name string) int {
	t.Helper()
	_, n := b.keys(t, noun{method: "get.employees", key: "id"}, params{"filter": params{"field": "last_name", "operator": "=", "value": name}})
	return n
}

// TestIdempotencyInFlight sends one call from many at the same time, to two servers on
// the database: it is done once and all are answered the same.
func TestIdempotencyInFlight(t *testing.T) { prepared.Each(t, testIdempotencyInFlight) }

func testIdempotencyInFlight(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	second := start(t, func(testing.TB) string { return b.dsn }, settings{})
	call := params{
		"access_token": b.token(t), "last_name": "Once", "phone_numbers": []params{{"phone_number": "74950001122"}}, "idempotency_key": "one",
		"operator": params{"operator_login": "once", "operator_display_name": "Once", "operator_password": "12345678"},
	}
	answers := make([]string, 16)
	var sent sync.WaitGroup
	for i := range answers {
		sent.Go(func() {
			to := []*bench{b, second}[i%2]
			answers[i] = string(to.call(t, "create.employees", call).Result)
		})
	}
	sent.Wait()
	for _, a := range answers {
		if a != answers[0] || a == "" {
			t.Errorf("answers differ: %q and %q", answers[0], a)
		}
	}
	if n := b.named(t, "Once"); n != 1 {
		t.Errorf("there are %d of them, want 1", n)
	}
}

// TestIdempotencyLasts: an outcome survives its server, is a token's own, and ends
// after OutcomeLife.
func TestIdempotencyLasts(t *testing.T) { prepared.Each(t, testIdempotencyLasts) }

func testIdempotencyLasts(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	call := params{"access_token": b.token(t), "last_name": "Once", "phone_numbers": []params{}, "idempotency_key": "one"}
	first := b.call(t, "create.employees", call)
	if err := b.closeStore(); err != nil {
		t.Fatal(err)
	}
	b = start(t, func(testing.TB) string { return b.dsn }, settings{})
	b.clock.advance(directory.OutcomeLife - time.Microsecond)
	again := b.call(t, "create.employees", call)
	if diff := cmp.Diff(string(first.Result), string(again.Result)); diff != "" || first.Error != nil {
		t.Errorf("after a restart, and a while (-first +again):\n%s", diff)
	}
	call["access_token"] = b.vars["manager_token"][1 : len(b.vars["manager_token"])-1]
	if others := b.call(t, "create.employees", call); others.Error != nil || string(others.Result) == string(first.Result) {
		t.Errorf("another token's: %s (%v), want an employee of their own", others.Result, others.Error)
	}
	if err := b.service.DropOutcomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, text := b.outcomes(t); n != 2 {
		t.Errorf("before its end: %d outcomes are kept, want both: %s", n, text)
	}
	b.clock.advance(time.Microsecond)
	call["access_token"] = b.token(t)
	if later := b.call(t, "create.employees", call); later.Error != nil || string(later.Result) == string(first.Result) {
		t.Errorf("after %s: %s (%v), want another employee", directory.OutcomeLife, later.Result, later.Error)
	}
	b.clock.advance(directory.OutcomeLife)
	if err := b.service.DropOutcomes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, text := b.outcomes(t); n != 0 {
		t.Errorf("after its end: %d outcomes are kept: %s", n, text)
	}
}

// TestIdempotencyKeepsNoSecret: neither passwords nor keys are in what is kept, other
// passwords are the same call, and a SIP password is answered again all the same.
func TestIdempotencyKeepsNoSecret(t *testing.T) { prepared.Each(t, testIdempotencyKeepsNoSecret) }

func testIdempotencyKeepsNoSecret(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	has, _ := b.possess(t, "")
	var secrets []string
	for _, c := range []struct {
		method string
		params params
	}{
		{"create.employees", params{"last_name": "Seat", "phone_numbers": []params{}, "operator": params{"operator_login": "seat", "operator_display_name": "Seat", "operator_password": "Zw5!pqrT"}}},
		{"create.sip_lines", params{"employee_id": has["employees"]}},
		{"update.sip_line_password", params{"id": has["sip_lines"]}},
	} {
		c.params["idempotency_key"] = "my-secret-key"
		first := b.call(t, c.method, c.params)
		if operator, is := c.params["operator"].(params); is {
			secrets = append(secrets, operator["operator_password"].(string), "my-secret-key")
			operator["operator_password"] = "another"
		}
		again := b.call(t, c.method, c.params)
		if first.Error != nil || again.Error != nil || string(first.Result) != string(again.Result) {
			t.Errorf("%s: %s (%v), then %s (%v)", c.method, first.Result, first.Error, again.Result, again.Error)
		}
		var line struct {
			Data struct {
				Password string `json:"password"`
			} `json:"data"`
		}
		if err := json.Unmarshal(first.Result, &line); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(c.method, "sip") {
			if line.Data.Password == "" {
				t.Errorf("%s answers no password: %s", c.method, first.Result)
			}
			secrets = append(secrets, line.Data.Password)
		}
	}
	n, text := b.outcomes(t)
	if n != 3 || len(secrets) != 4 {
		t.Fatalf("%d outcomes of %d secrets are kept: %s", n, len(secrets), text)
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is kept: %s", s, text)
		}
	}
}

// TestIdempotencyHeader: the header stands for the parameter, by name and by position,
// for each call of a batch, and not for methods that write nothing.
func TestIdempotencyHeader(t *testing.T) {
	b := start(t, prepared.SQLite, settings{})
	post := func(key, body string) string {
		t.Helper()
		r := must(http.NewRequest(http.MethodPost, b.url, strings.NewReader(strings.ReplaceAll(body, "$token", b.token(t)))))(t)
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("Authorization", "Bearer "+b.token(t))
		response := must(b.client.Do(r))(t)
		defer response.Body.Close()
		return string(must(io.ReadAll(response.Body))(t))
	}
	for i, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{"name":"A"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":["B"]}`,
		`[{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{"name":"C"}},{"jsonrpc":"2.0","id":2,"method":"create.employee_positions","params":{"name":"D"}},{"jsonrpc":"2.0","id":3,"method":"get.sites"}]`,
		`{"jsonrpc":"2.0","id":1,"method":"create.employees","params":[null,"Position",null,null,null,null,null,null,null,null,null,null,null,null,null,null,[]]}`,
	} {
		key := fmt.Sprint("key", i)
		first := post(key, body)
		if strings.Contains(first, `"error"`) {
			t.Errorf("%s: %s", body, first)
		}
		for _, same := range []string{key, `"` + key + `"`} {
			if again := post(same, body); again != first {
				t.Errorf("%s: answers %s and then %s", body, first, again)
			}
		}
		if again := post("other "+key, body); !strings.Contains(body, "create.employees") && !strings.Contains(again, "duplicate_entity") {
			t.Errorf("%s: with another key: %s, want duplicate_entity", body, again)
		}
	}
	// A parameter wins over the header.
	own := `{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{"name":"A","idempotency_key":"fresh"}}`
	if got := post("key0", own); !strings.Contains(got, "duplicate_entity") {
		t.Errorf("%s: %s, want duplicate_entity", own, got)
	}
	long := strings.Repeat("x", 256)
	if got := post(long, `{"jsonrpc":"2.0","id":1,"method":"create.employee_positions","params":{"name":"Z"}}`); !strings.Contains(got, `"invalid_parameter_value"`) {
		t.Errorf("a key of 256 characters: %s", got)
	}
}

// TestAtomicLimit: an atomic batch may be larger than others.
func TestAtomicLimit(t *testing.T) {
	s := settings{}
	s.rpc.BatchLimit, s.rpc.AtomicLimit = 2, 3
	b := start(t, prepared.SQLite, s)
	send := func(n int, options string) string {
		t.Helper()
		var calls []string
		for i := range n {
			calls = append(calls, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"create.employee_positions","params":{"access_token":%q,"name":"%d of %d"%s}}`, i, b.token(t), i, n, options))
		}
		response := must(b.client.Post(b.url, "", strings.NewReader("["+strings.Join(calls, ",")+"]")))(t)
		defer response.Body.Close()
		return string(must(io.ReadAll(response.Body))(t))
	}
	for _, tt := range []struct {
		calls   int
		options string
		good    bool
	}{
		{3, `,"batch_id":"b","atomic":true`, true},
		{4, `,"batch_id":"b","atomic":true`, false},
		{2, ``, true},
		{3, ``, false},
		{3, `,"batch_id":"b"`, false},
	} {
		got := send(tt.calls, tt.options)
		if good := strings.Count(got, `"result"`) == tt.calls; good != tt.good || !good && !strings.Contains(got, `"invalid_request"`) {
			t.Errorf("%d calls with %q: %s", tt.calls, tt.options, got)
		}
	}
}
