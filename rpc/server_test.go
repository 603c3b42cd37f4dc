package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/rpc/wiretest"
)

// request is a call of method with these params; id "" makes a notification.
func request(id, method, params string) string {
	if id != "" {
		id = `,"id":` + id
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0"%s,"method":"%s","params":%s}`, id, method, params)
}

func store(id, token, name string) string {
	return request(id, "store", fmt.Sprintf(`{"access_token":"%s","name":"%s"}`, token, name))
}

func batch(calls ...string) string { return "[" + strings.Join(calls, ",") + "]" }

// wantAnswer fails the test unless got is as want, in wiretest's terms.
func wantAnswer(t *testing.T, request string, got []byte, want string) {
	t.Helper()
	if err := wiretest.Match([]byte(want), got, map[string]string{}); err != nil {
		t.Errorf("%v\nrequest: %.500s\n    got: %s\n   want: %s", err, request, got, want)
	}
}

// refused is the answer with this mnemonic to a document of which no call was
// looked at.
func refused(mnemonic string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":null,"error":{"code":"$any","message":"$any","data":{"mnemonic":%q,"...":true}}}`, mnemonic)
}

// TestServeBytes has the answers in full, since scripts compare values only.
func TestServeBytes(t *testing.T) {
	const parseError = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received by the server.","data":{"mnemonic":"parse_error","field":null,"value":null,"params":{},"extended_helper":null,"errors":[{"mnemonic":"parse_error","message":"Invalid JSON was received by the server.","field":null,"pointer":null,"value":null}]}}}`
	tests := []struct{ name, request, want string }{
		{"result", ` { "id" : 1.0 , "method":"sum","params":[1,2],"jsonrpc":"2.0"}`, `{"jsonrpc":"2.0","id":1.0,"result":3}`},
		{"id with escapes", request(`"\u0041\/\ud83D\ude00"`, "sum", `[]`), `{"jsonrpc":"2.0","id":"\u0041\/\ud83D\ude00","result":0}`},
		{"batch", batch(request("1", "sum", "[1]"), request("", "sum", "[1]"), request("-0", "sum", "[2]")), `[{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","id":-0,"result":2}]`},
		{"error", `{`, parseError},
		{
			"error with placeholders", request(`null`, "limited", "{}"),
			`{"jsonrpc":"2.0","id":null,"error":{"code":-32029,"message":"Limit per minute has been exceeded. Value of current limit per minute is 60","data":{"mnemonic":"limit_exceeded","field":null,"value":null,"params":{"limit_max_value":60,"limit_type":"minute"},"extended_helper":null,"errors":[{"mnemonic":"limit_exceeded","message":"Limit per minute has been exceeded. Value of current limit per minute is 60","field":null,"pointer":null,"value":null}]}}}`,
		},
		{"invalid UTF-8 in a string", request(`"`+"\xff"+`"`, "sum", "[]"), parseError},
		{"invalid UTF-8 in a name", "{\"\xc3\x28\":1," + request("1", "sum", "[]")[1:], parseError},
		{"overlong UTF-8", request(`"`+"\xc0\xaf"+`"`, "sum", "[]"), parseError},
		{"UTF-8 of a surrogate", request(`"`+"\xed\xa0\x80"+`"`, "sum", "[]"), parseError},
		{"UTF-16", "\xff\xfe{\x00}\x00", parseError},
		{"NUL after the document", request("1", "sum", "[]") + "\x00", parseError},
		{"control character in a string", request("\"a\x01\"", "sum", "[]"), parseError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newBench(t).Serve(t.Context(), []byte(tt.request)); string(got) != tt.want {
				t.Errorf("request: %q\n    got: %s\n   want: %s", tt.request, got, tt.want)
			}
		})
	}
}

func TestServeLeavesFrame(t *testing.T) {
	frame := []byte(batch(store("1", "t1", `a\u0062`), `{"a":1,"a":1}`, request(`"\u0061"`, "sum", "[1]")))
	before := bytes.Clone(frame)
	newBench(t).Serve(t.Context(), frame)
	if !bytes.Equal(before, frame) {
		t.Errorf("the frame has changed\nbefore: %s\n after: %s", before, frame)
	}
}

func TestMaxDepth(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	objects := func(depth int) string {
		return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
	}
	// The envelope is one level, params another.
	echo := func(value string) string { return request("1", "echo", `{"any":`+value+`}`) }
	limit := func(o *rpc.Options) { o.MaxDepth = 4 }
	result := func(value string) string {
		return `{"jsonrpc":"2.0","id":1,"result":{"text":null,"any":` + value + `}}`
	}
	tests := []struct {
		name, request, want string
		change              []func(*rpc.Options)
	}{
		{"64", echo(nested(62)), result(nested(62)), nil},
		{"65", echo(nested(63)), refused("parse_error"), nil},
		{"64 with objects", echo(objects(62)), result(objects(62)), nil},
		{"65 with objects", echo(objects(63)), refused("parse_error"), nil},
		{"64 in a batch", batch(echo(nested(61))), "[" + result(nested(61)) + "]", nil},
		{"65 in a batch", batch(echo(nested(62))), refused("parse_error"), nil},
		{"65 where it is ignored", `{"extra":` + nested(64) + "," + request("1", "sum", "[]")[1:], refused("parse_error"), nil},
		{"65 without an end", strings.Repeat("[", 65), refused("parse_error"), nil},
		{"a million", strings.Repeat("[", 1_000_000), refused("parse_error"), nil},
		{"not a sum of neighbours", echo("[" + strings.Repeat("[],", 100) + "[]]"), result("[" + strings.Repeat("[],", 100) + "[]]"), nil},
		{"as set", echo(nested(2)), result(nested(2)), []func(*rpc.Options){limit}},
		{"more than set", echo(nested(3)), refused("parse_error"), []func(*rpc.Options){limit}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantAnswer(t, tt.request, newBench(t, tt.change...).Serve(t.Context(), []byte(tt.request)), tt.want)
		})
	}
}

func TestBatchLimit(t *testing.T) {
	calls := func(n int) string {
		return batch(strings.Split(strings.TrimSuffix(strings.Repeat(request("", "update", "[]")+"\n", n), "\n"), "\n")...)
	}
	limit := func(o *rpc.Options) { o.BatchLimit = 3 }
	tests := []struct {
		name   string
		n      int
		runs   int
		change []func(*rpc.Options)
	}{
		{"default", rpc.DefaultBatchLimit, rpc.DefaultBatchLimit, nil},
		{"more than the default", rpc.DefaultBatchLimit + 1, 0, nil},
		{"as set", 3, 3, []func(*rpc.Options){limit}},
		{"more than set", 4, 0, []func(*rpc.Options){limit}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.change...)
			got := b.Serve(t.Context(), []byte(calls(tt.n)))
			if tt.runs == 0 {
				wantAnswer(t, calls(tt.n), got, refused("invalid_request"))
			} else if got != nil {
				t.Errorf("%d notifications: got %s, want no answer", tt.n, got)
			}
			if ran := len(b.took()); ran != tt.runs {
				t.Errorf("%d notifications: %d ran, want %d", tt.n, ran, tt.runs)
			}
		})
	}
	t.Run("bad JSON after the limit", func(t *testing.T) {
		request := calls(4) + "x"
		wantAnswer(t, request, newBench(t, limit).Serve(t.Context(), []byte(request)), refused("parse_error"))
	})
}

func TestMaxBody(t *testing.T) {
	call := request("1", "sum", "[1]")
	b := newBench(t, func(o *rpc.Options) { o.MaxBody = int64(len(call)) })
	wantAnswer(t, call, b.Serve(t.Context(), []byte(call)), `{"jsonrpc":"2.0","id":1,"result":1}`)
	wantAnswer(t, call+" ", b.Serve(t.Context(), []byte(call+" ")), refused("invalid_request"))
}

func TestSwitchedOff(t *testing.T) {
	noBatch := func(o *rpc.Options) { o.NoBatch = true }
	noNotifications := func(o *rpc.Options) { o.NoNotifications = true }
	call, note := request("1", "sum", "[1]"), request("", "update", "[1]")
	const one = `{"jsonrpc":"2.0","id":1,"result":1}`
	tests := []struct {
		name, request, want string
		change              func(*rpc.Options)
	}{
		{"batch", batch(call), refused("batch_opreations_not_supported"), noBatch},
		{"empty batch", "[]", refused("batch_opreations_not_supported"), noBatch},
		{"bad batch", "[1", refused("parse_error"), noBatch},
		{"single call without batches", call, one, noBatch},
		{"notification", note, refused("notifications_not_supported"), noNotifications},
		{"notification of no method", request("", "nowhere", "[1]"), refused("notifications_not_supported"), noNotifications},
		{"no request", `{"method":"sum"}`, refused("invalid_request"), noNotifications},
		{"null id", request("null", "sum", "[1]"), `{"jsonrpc":"2.0","id":null,"result":1}`, noNotifications},
		{"notification in a batch", batch(note, call), "[" + refused("notifications_not_supported") + "," + one + "]", noNotifications},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, tt.change)
			wantAnswer(t, tt.request, b.Serve(t.Context(), []byte(tt.request)), tt.want)
			if runs := b.took(); len(runs) > 0 {
				t.Errorf("request %s: ran %q, want nothing", tt.request, runs)
			}
		})
	}
}

// TestBatchRuns is about what runs together, and in which order.
func TestBatchRuns(t *testing.T) {
	note := request("", "update", "[1]")
	tests := []struct {
		name  string
		calls []string
		want  []string
	}{
		{"in order", []string{note, request("1", "subtract", "[2,1]"), request("", "update", "[2]")}, []string{"update [1]", "subtract", "update [2]"}},
		{"neighbours", []string{store("1", "t1", "a"), store("", "t1", "b"), store("2", "t1", "c")}, []string{"store a b c for t1"}},
		{"something between", []string{store("1", "t1", "a"), note, store("2", "t1", "b")}, []string{"store a for t1", "update [1]", "store b for t1"}},
		{"another token", []string{store("1", "t1", "a"), store("2", "t2", "b"), store("3", "t2", "c")}, []string{"store a for t1", "store b c for t2"}},
		{
			"another user", []string{
				request("1", "store", `{"access_token":"t1","user_id":1,"name":"a"}`),
				request("2", "store", `{"access_token":"t1","user_id":2,"name":"b"}`),
				request("3", "store", `{"access_token":"t1","user_id":2.0,"name":"c"}`),
				request("4", "store", `{"access_token":"t1","name":"d"}`),
				request("5", "store", `{"access_token":"t1","user_id":null,"name":"e"}`),
			}, []string{"store a for t1", "store b c for t1", "store d e for t1"},
		},
		{"without RunAll alone", []string{request("1", "subtract", "[2,1]"), request("1", "subtract", "[2,1]")}, []string{"subtract", "subtract"}},
		{"bad parameters between", []string{store("1", "t1", "a"), request("2", "store", `{"access_token":"t1"}`), store("3", "t1", "b")}, []string{"store a b for t1"}},
		{"bad token type between", []string{store("1", "t1", "a"), request("2", "store", `{"access_token":1}`), store("3", "t1", "b")}, []string{"store a b for t1"}},
		{"no request between", []string{store("1", "t1", "a"), "1", store("3", "t1", "b")}, []string{"store a b for t1"}},
		{"no method between", []string{store("1", "t1", "a"), request("", "nowhere", "[]"), store("3", "t1", "b")}, []string{"store a b for t1"}},
		{"the first is bad", []string{request("2", "store", `{"access_token":"t1"}`), store("3", "t1", "b")}, []string{"store b for t1"}},
		{"none admitted", []string{store("1", "bad", "a"), store("2", "bad", "b")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			answer := b.Serve(t.Context(), []byte(batch(tt.calls...)))
			if diff := cmp.Diff(tt.want, b.took()); diff != "" {
				t.Errorf("request %s\nanswer %s\nruns (-want +got):\n%s", batch(tt.calls...), answer, diff)
			}
		})
	}
	t.Run("bearer", func(t *testing.T) {
		b := newBench(t)
		ctx := rpc.WithPeer(t.Context(), rpc.Peer{Bearer: "t9"})
		answer := b.Serve(ctx, []byte(batch(request("1", "store", `["a"]`), request("2", "store", `{"name":"b"}`), store("3", "t9", "c"))))
		if diff := cmp.Diff([]string{"store a b c for t9"}, b.took()); diff != "" {
			t.Errorf("answer %s\nruns (-want +got):\n%s", answer, diff)
		}
	})
}

// TestGuardSeesEveryCall also for methods that are open, and none that is not
// there; and of neighbours what each has been given.
func TestGuardSeesEveryCall(t *testing.T) {
	b := newBench(t)
	b.Serve(t.Context(), []byte(batch(
		request("1", "sum", "[1]"), request("", "update", "[]"), request("2", "nowhere", "[]"),
		store("3", "t1", "a"), request("4", "store", `{"locked":{"x":1},"access_token":"t1","n\u0061me":null}`),
		store("5", "bad", "a"), store("6", "t1", "b"), request("7", "store", `{"access_token":1}`),
		request("8", "subtract", "[1,null,3]"), request("9", "subtract", "[1,2]"), `{"jsonrpc":"2.0","id":10,"method":"get_data"}`,
	)))
	want := []string{
		"sum [[]]", "update [[]]",
		"store [[access_token name] [locked access_token name]]",
		"store [[access_token name]]", "store [[access_token name]]",
		"subtract [[minuend]]", "subtract [[minuend subtrahend]]", "get_data [[]]",
	}
	if diff := cmp.Diff(want, b.admitted); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// TestAdmission is about what a Guard decides on neighbours, and what it is told
// afterwards.
func TestAdmission(t *testing.T) {
	locked := func(id string) string {
		return request(id, "store", `{"access_token":"t1","name":"x","locked":1}`)
	}
	tests := []struct {
		name    string
		calls   []string
		answers string // the mnemonics, "-" for a result
		runs    []string
		settled []string
	}{
		{"one", []string{store("1", "t1", "a")}, "-", []string{"store a for t1"}, []string{"store [true]"}},
		{"one refused", []string{locked("1")}, "parameter_component_disabled", nil, []string{"store [false]"}},
		{"some refused", []string{locked("1"), store("2", "t1", "a"), locked("3"), store("", "t1", "b")}, "parameter_component_disabled - parameter_component_disabled", []string{"store a b for t1"}, []string{"store [false true false true]"}},
		{"some that do not decode", []string{request("1", "store", `{"access_token":"t1"}`), store("2", "t1", "a")}, "required_parameter_missed -", []string{"store a for t1"}, []string{"store [false true]"}},
		{"none that decodes", []string{request("1", "store", `{"access_token":"t1"}`)}, "required_parameter_missed", nil, []string{"store [false]"}},
		{"some that fail", []string{store("1", "t1", "a"), store("2", "t1", "taken")}, "- already_in_use", []string{"store a taken for t1"}, []string{"store [true false]"}},
		{"a panic", []string{store("1", "t1", "a"), store("2", "t1", "panic")}, "internal_error internal_error", nil, []string{"store [false false]"}},
		{"without RunAll", []string{request("1", "leave", `{"access_token":"t1"}`), request("2", "leave", `{"access_token":"t1"}`)}, "- -", []string{"leave", "leave"}, []string{"leave [true]", "leave [true]"}},
		{"all refused", []string{store("1", "bad", "a"), store("2", "bad", "b")}, "access_token_invalid access_token_invalid", nil, nil},
		{"a Guard that panics", []string{store("1", "panic", "a")}, "internal_error", nil, nil},
		{"a Guard that panics when it settles", []string{store("1", "settle_panic", "a")}, "-", []string{"store a for settle_panic"}, []string{"store [true]"}},
		{"a Guard that fails to settle", []string{store("1", "settle_error", "a")}, "-", []string{"store a for settle_error"}, []string{"store [true]"}},
		{"a Guard that miscounts", []string{store("1", "miscount", "a"), store("2", "miscount", "a")}, "internal_error internal_error", nil, []string{"store [false false]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			answer := b.Serve(t.Context(), []byte(batch(tt.calls...)))
			var answers []struct {
				Error *struct{ Data struct{ Mnemonic string } }
			}
			if err := json.Unmarshal(answer, &answers, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			var mnemonics []string
			for _, a := range answers {
				mnemonic := "-"
				if a.Error != nil {
					mnemonic = a.Error.Data.Mnemonic
				}
				mnemonics = append(mnemonics, mnemonic)
			}
			if got := strings.Join(mnemonics, " "); got != tt.answers {
				t.Errorf("request %s\nanswers %s\nwant %s", batch(tt.calls...), got, tt.answers)
			}
			if diff := cmp.Diff(tt.runs, b.took()); diff != "" {
				t.Errorf("request %s\nruns (-want +got):\n%s", batch(tt.calls...), diff)
			}
			if diff := cmp.Diff(tt.settled, b.settled); diff != "" {
				t.Errorf("request %s\nsettled (-want +got):\n%s", batch(tt.calls...), diff)
			}
		})
	}
}

func TestLog(t *testing.T) {
	const secret = "hunter2"
	tests := []struct {
		name, request string
		want          []string // parts of the log
		level         string
	}{
		{"plain error", request("1", "plain", "{}"), []string{"method=plain", `error="disk on fire"`}, "ERROR"},
		{"internal error", request("1", "internal", "{}"), []string{"method=internal", "disk on fire"}, "ERROR"},
		{"undeclared code", request("1", "undeclared", "{}"), []string{"method=undeclared", "duplicate_entity at /name"}, "ERROR"},
		{"panic", request("1", "panics", "{}"), []string{"method=panics", "panic: at the disco", "rpc_test.go"}, "ERROR"},
		{"panic in a group", store("1", "t1", "panic"), []string{"method=store", "panic: store", "rpc_test.go"}, "ERROR"},
		{"panic in a result", request("1", "broken", "{}"), []string{"method=broken", "panic: result"}, "ERROR"},
		{"panic when settling", store("1", "settle_panic", "a"), []string{"method=store", "panic: settling", "rpc_test.go"}, "ERROR"},
		{"error when settling", store("1", "settle_error", "a"), []string{"method=store", "not settled"}, "ERROR"},
		{"a Guard that miscounts", store("1", "miscount", "a"), []string{"method=store", "decided on 2 of 1 calls"}, "ERROR"},
		{"metadata that cannot be written", request("1", "unmeasurable", "{}"), []string{"method=unmeasurable", "metadata of an error"}, "ERROR"},
		{"too few outcomes", store("1", "t1", "forget"), []string{"method=store", "0 outcomes for 1 calls"}, "ERROR"},
		{"declared error", request("1", "taken", "{}"), []string{"method=taken", "mnemonic=already_in_use", `cause="unique index"`}, "DEBUG"},
		{"notification", request("", "taken", "{}"), []string{"method=taken", "mnemonic=already_in_use"}, "DEBUG"},
		{"no method", request("1", secret, "{}"), []string{"mnemonic=method_not_found"}, "DEBUG"},
		{"bad value", request("1", "safe", `{"access_token":"`+secret+`","name":"`+secret+`"}`), []string{"method=safe", "mnemonic=forbidden"}, "DEBUG"},
		{"bad name", request("1", "sum", `{"`+secret+`":"`+secret+`"}`), []string{"method=sum", "mnemonic=data_type_error"}, "DEBUG"},
		{"bad token", request("1", "safe", `{"access_token":["`+secret+`"]}`), []string{"method=safe", "mnemonic=data_type_error"}, "DEBUG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.Serve(t.Context(), []byte(tt.request))
			log := b.logged()
			for _, part := range append(tt.want, "level="+tt.level) {
				if !strings.Contains(log, part) {
					t.Errorf("request %s\nlog %s\nwant in it %s", tt.request, log, part)
				}
			}
			if strings.Contains(log, secret) {
				t.Errorf("request %s\nlog %s\nwant no %s in it", tt.request, log, secret)
			}
		})
	}
	t.Run("success is not logged", func(t *testing.T) {
		b := newBench(t)
		b.Serve(t.Context(), []byte(request("1", "sum", "[1]")))
		if log := b.logged(); log != "" {
			t.Errorf("got log %s, want none", log)
		}
	})
}

func TestCallTimeout(t *testing.T) {
	for _, tt := range []struct {
		name      string
		set, want time.Duration
	}{
		{"default", 0, rpc.DefaultCallTimeout},
		{"as set", time.Minute, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := rpc.New(rpc.Options{CallTimeout: tt.set}, open("wait", func(ctx context.Context, _ none) (none, error) {
					<-ctx.Done()
					return none{}, ctx.Err()
				}))
				if err != nil {
					t.Fatal(err)
				}
				call := batch(request("1", "wait", "{}"), request("2", "wait", "{}"))
				began := time.Now()
				wantAnswer(t, call, s.Serve(t.Context(), []byte(call)), `[{"id":1,"error":{"code":-32603,"...":true},"...":true},{"id":2,"error":{"code":-32603,"...":true},"...":true}]`)
				if took := time.Since(began); took != 2*tt.want {
					t.Errorf("two calls took %v, want %v", took, 2*tt.want)
				}
			})
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	s, err := rpc.New(rpc.Options{}, open("cancel", func(ctx context.Context, _ none) (none, error) {
		ran++
		cancel()
		return none{}, fmt.Errorf("reading: %w", ctx.Err())
	}))
	if err != nil {
		t.Fatal(err)
	}
	call := batch(request("1", "cancel", "{}"), request("2", "cancel", "{}"))
	const internal = `{"jsonrpc":"2.0","id":"$any","error":{"code":-32603,"message":"Internal error, contact the support service","data":{"mnemonic":"internal_error","...":true}}}`
	wantAnswer(t, call, s.Serve(ctx, []byte(call)), "["+internal+","+internal+"]")
	if ran != 1 {
		t.Errorf("%d calls ran, want 1: nothing begins once the context has ended", ran)
	}
}

// TestCatalogue sees to it that every code that all methods may answer passes,
// and no other.
func TestCatalogue(t *testing.T) {
	for _, code := range errors.Catalogue() {
		s, err := rpc.New(rpc.Options{}, rpc.Method[none, none]{Name: "a", Open: true, Run: func(context.Context, none) (none, error) {
			return none{}, errors.E(code)
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := code
		if code.Scope != "all" {
			want = errors.InternalError
		}
		call := request("1", "a", "{}")
		wantAnswer(t, call, s.Serve(t.Context(), []byte(call)),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":"$any","data":{"mnemonic":%q,"...":true}}}`, want.Number, want.Mnemonic))
	}
}

// FuzzServe sends what may be anything. The answer must be nothing, or strict
// JSON: a response to each call with an id, the ids as they were sent.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"", "[]", "[1]", "{", "1", request(`"\u0061"`, "sum", "[1,2]"), request("1e2", "subtract", `{"minuend":1}`),
		batch(store("1", "t1", "a"), store("-0", "t1", "b"), request("", "panics", "{}"), `{"id":[1]}`, "null"),
		request("null", "echo", `{"any":[[{"a":1.0}]],"access_token":null}`),
		"\xef\xbb\xbf{}", `{"id":1,"id":1}`, `{"id":"\ud800"}`, strings.Repeat("[", 70),
	} {
		f.Add([]byte(seed))
	}
	b := newBench(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		answer := b.Serve(t.Context(), frame)
		b.took()
		b.mu.Lock()
		b.admitted, b.settled = nil, nil
		b.log.Reset()
		b.mu.Unlock()
		if answer == nil {
			return
		}
		if !jsontext.Value(answer).IsValid() {
			t.Fatalf("request: %q\n answer: %s\nis no JSON", frame, answer)
		}
		sent, got := idsOf(frame), idsOf(answer)
		if len(got) == 0 {
			t.Fatalf("request: %q\n answer: %s\nhas no response", frame, answer)
		}
		// The answers that have an id are a part of the calls that have one, in order.
		for _, id := range got {
			if id == "null" {
				continue
			}
			for len(sent) > 0 && sent[0] != id {
				sent = sent[1:]
			}
			if len(sent) == 0 {
				t.Fatalf("request: %q\n answer: %s\nhas the id %s, which was not sent there", frame, answer, id)
			}
			sent = sent[1:]
		}
	})
}

// idsOf returns the ids in a document as they stand there, "" for none.
func idsOf(document []byte) []string {
	elements := []jsontext.Value{document}
	if jsontext.Value(document).Kind() == jsontext.KindBeginArray {
		elements = nil
		if json.Unmarshal(document, &elements) != nil {
			return nil
		}
	}
	var ids []string
	for _, element := range elements {
		var members map[string]jsontext.Value
		if json.Unmarshal(element, &members) == nil {
			ids = append(ids, string(members["id"]))
		}
	}
	return ids
}
