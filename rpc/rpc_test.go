package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/rpc/wiretest"
	"github.com/rosterd/rosterd/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a server with methods for tests, and what they have seen.
type bench struct {
	*rpc.Server
	log *bytes.Buffer // guarded by mu

	mu       sync.Mutex
	runs     []string // one entry a Run or RunAll, in order
	admitted []string // one entry each time that the Guard was asked
	settled  []string // one entry each time that an Admission was settled
}

func newBench(t testing.TB, change ...func(*rpc.Options)) *bench {
	t.Helper()
	b := &bench{log: new(bytes.Buffer)}
	o := rpc.Options{
		Guard: b,
		Log:   b.logger(),
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if b.Server, err = rpc.New(o, b.methods()...); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(lockedWriter{b}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type lockedWriter struct{ *bench }

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

func (b *bench) ran(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs = append(b.runs, fmt.Sprintf(format, args...))
}

// took returns what has run, and forgets it.
func (b *bench) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	runs := b.runs
	b.runs = nil
	return runs
}

type callKey struct{}

// Admit lets everybody in who has a token that is not "bad"; nobody has the
// right "safe:open", and nobody may give the parameter "locked".
func (b *bench) Admit(ctx context.Context, c rpc.Calls) (rpc.Admission, error) {
	b.mu.Lock()
	b.admitted = append(b.admitted, fmt.Sprint(c.Method.Name, " ", c.Given))
	b.mu.Unlock()
	switch {
	case c.Method.Open:
		return rpc.Admission{}, nil
	case c.Token == "":
		return rpc.Admission{}, errors.At(errors.RequiredParameterMissed, errors.Path{}.Key("access_token"), nil)
	case c.Token == "bad":
		return rpc.Admission{}, errors.E(errors.AccessTokenInvalid)
	case c.Token == "panic":
		panic("guard")
	case c.Method.Right == "safe:open":
		return rpc.Admission{}, errors.E(errors.Forbidden)
	}
	a := rpc.Admission{
		Context: context.WithValue(ctx, callKey{}, c),
		Settle: func(succeeded []bool) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.settled = append(b.settled, fmt.Sprint(c.Method.Name, " ", succeeded))
			switch c.Token {
			case "settle_panic":
				panic("settling")
			case "settle_error":
				return errors.New("not settled")
			}
			return nil
		},
	}
	if c.Token == "miscount" {
		a.Refused = make([]error, len(c.Given)+1)
		return a, nil
	}
	for i, names := range c.Given {
		if slices.Contains(names, "locked") {
			if a.Refused == nil {
				a.Refused = make([]error, len(c.Given))
			}
			a.Refused[i] = errors.E(errors.ParameterComponentDisabled, "components", "key")
		}
	}
	return a, nil
}

type (
	none       struct{}
	difference struct {
		Minuend    int64 `json:"minuend" required:"true"`
		Subtrahend int64 `json:"subtrahend" required:"true"`
	}
	name struct {
		Name string `json:"name" required:"true" length:"1..10"`
	}
	note struct {
		Text schema.Opt[string]         `json:"text"`
		Any  schema.Opt[jsontext.Value] `json:"any"`
	}
	stored struct {
		Name  string `json:"name"`
		Among int    `json:"among"`
	}
	who struct {
		Token  string            `json:"token"`
		UserID schema.Opt[int64] `json:"user_id"`
		Addr   string            `json:"addr"`
	}
)

// broken is a result that cannot be written.
type broken struct{ none }

func (broken) MarshalJSONTo(*jsontext.Encoder) error { panic("result") }

// open is an open method that does nothing but f.
func open[P, R any](name string, f func(context.Context, P) (R, error)) rpc.Entry {
	return rpc.Method[P, R]{Name: name, Open: true, Errors: []*errors.Code{errors.AlreadyInUse}, Run: f}
}

// failing is an open method that answers err.
func failing(name string, err error) rpc.Entry {
	return open(name, func(context.Context, none) (none, error) { return none{}, err })
}

func (b *bench) methods() []rpc.Entry {
	listen := func(name string) rpc.Entry {
		return open(name, func(_ context.Context, numbers []int64) (none, error) {
			b.ran("%s %v", name, numbers)
			return none{}, nil
		})
	}
	at := errors.Path{}.Key("phone_numbers").Index(1).Key("phone_number")
	sent := "+7 <913>"
	return []rpc.Entry{
		open("subtract", func(_ context.Context, p difference) (int64, error) {
			b.ran("subtract")
			return p.Minuend - p.Subtrahend, nil
		}),
		open("sum", func(_ context.Context, numbers []int64) (sum int64, _ error) {
			for _, n := range numbers {
				sum += n
			}
			return sum, nil
		}),
		listen("update"), listen("notify_hello"), listen("notify_sum"),
		open("get_data", func(context.Context, none) ([]any, error) { return []any{"hello", 5}, nil }),
		open("echo", func(_ context.Context, n note) (note, error) { return n, nil }),

		rpc.Method[none, who]{Name: "whoami", Right: "people:select", Run: func(ctx context.Context, _ none) (who, error) {
			c := ctx.Value(callKey{}).(rpc.Calls)
			return who{c.Token, c.UserID, rpc.PeerFrom(ctx).Addr}, nil
		}},
		rpc.Method[name, none]{Name: "safe", Right: "safe:open", Run: func(context.Context, name) (none, error) {
			b.ran("safe")
			return none{}, nil
		}},
		rpc.Method[none, none]{Name: "leave", AnyCaller: true, Run: func(context.Context, none) (none, error) {
			b.ran("leave")
			return none{}, nil
		}},
		rpc.Method[name, stored]{Name: "store", Right: "people:insert", Errors: []*errors.Code{errors.AlreadyInUse},
			RunAll: func(ctx context.Context, all []name) []rpc.Outcome[stored] {
				var names []string
				out := make([]rpc.Outcome[stored], len(all))
				for i, n := range all {
					names = append(names, n.Name)
					switch n.Name {
					case "taken":
						out[i].Err = errors.At(errors.AlreadyInUse, errors.Path{}.Key("name"), &n.Name)
					case "panic":
						panic("store")
					default:
						out[i].Result = stored{n.Name, len(all)}
					}
				}
				b.ran("store %s for %s", strings.Join(names, " "), ctx.Value(callKey{}).(rpc.Calls).Token)
				if all[0].Name == "forget" {
					return out[1:]
				}
				return out
			}},

		failing("taken", &errors.Error{Violations: []errors.Violation{
			{Code: errors.AlreadyInUse, Path: at, Value: &sent},
			{Code: errors.InvalidParametersCombination},
		}, Cause: errors.New("unique index")}),
		failing("limited", errors.E(errors.LimitExceeded, "limit_type", "minute", "limit_max_value", "60")),
		failing("unlimited", errors.E(errors.LimitExceeded, "limit_type", "minute", "limit_max_value", "many")),
		failing("measured", errors.E(errors.LimitExceeded, "limit_type", "day", "limit_max_value", "5").WithMetadata(map[string]any{"limits": map[string]int{"day_reset": 9, "day_limit": 5}})),
		failing("unmeasurable", errors.E(errors.Forbidden).WithMetadata(func() {})),
		failing("measured_internal", errors.Internal(errors.New("disk on fire")).WithMetadata("secret")),
		failing("other", errors.E(errors.Other, "error_message", "bad luck \xff")),
		failing("wrapped", fmt.Errorf("looking: %w", errors.E(errors.Forbidden))),
		failing("plain", errors.New("disk on fire")),
		failing("internal", errors.Internal(errors.New("disk on fire"))),
		failing("internal_second", &errors.Error{Violations: []errors.Violation{{Code: errors.Forbidden}, {Code: errors.InternalError}}}),
		failing("undeclared", errors.At(errors.DuplicateEntity, errors.Path{}.Key("name"), &sent)),
		failing("undeclared_second", &errors.Error{Violations: []errors.Violation{{Code: errors.AlreadyInUse}, {Code: errors.SystemEntity}}}),
		failing("empty", &errors.Error{}),
		open("panics", func(context.Context, none) (none, error) { panic("at the disco") }),
		open("broken", func(context.Context, none) (broken, error) { return broken{}, nil }),
		open("not_utf8", func(context.Context, none) (string, error) { return "\xff", nil }),
	}
}

// TestWire runs the scripts in this process and over every transport, which must
// not differ in a byte.
func TestWire(t *testing.T) {
	wiretest.RunDir(t, "testdata", func(t *testing.T) (map[string]string, wiretest.Send) {
		peer := rpc.Peer{Addr: "127.0.0.1"}
		inOrder := rpc.StreamOptions{MaxInFlight: 1}
		here, web := newBench(t), listen(t, newBench(t))
		sockets := listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{StreamOptions: inOrder})
		in, out := pipe(t, newBench(t).Server, inOrder, peer)
		return nil, wiretest.Same(t, map[string]wiretest.Send{
			"direct": wiretest.Serve(func(ctx context.Context, frame []byte) []byte {
				return here.Serve(rpc.WithPeer(ctx, peer), frame)
			}),
			"HTTP":      wiretest.HTTP(t, web.Client(), web.URL),
			"WebSocket": wiretest.WebSocket(t, sockets),
			"lines":     wiretest.Lines(t, in, out),
		})
	})
}

func TestNewRefuses(t *testing.T) {
	run := func(context.Context, none) (none, error) { return none{}, nil }
	all := func(context.Context, []none) []rpc.Outcome[none] { return nil }
	subtract := func(context.Context, difference) (int64, error) { return 0, nil }
	type method = rpc.Method[none, none]
	tests := []struct {
		name    string
		entries []rpc.Entry
		want    string
	}{
		{"no name", []rpc.Entry{method{Open: true, Run: run}}, "a method has no name"},
		{"one name twice", []rpc.Entry{method{Name: "a", Open: true, Run: run}, method{Name: "a", Open: true, Run: run}}, "two methods are called a"},
		{"neither Run nor RunAll", []rpc.Entry{method{Name: "a", Open: true}}, "a: want exactly one of Run and RunAll"},
		{"both Run and RunAll", []rpc.Entry{method{Name: "a", Open: true, Run: run, RunAll: all}}, "a: want exactly one of Run and RunAll"},
		{"no access", []rpc.Entry{method{Name: "a", Run: run}}, "a: want exactly one of Right, Open and AnyCaller"},
		{"open with a right", []rpc.Entry{method{Name: "a", Open: true, Right: "a:b", Run: run}}, "a: want exactly one of Right, Open and AnyCaller"},
		{"right without action", []rpc.Entry{method{Name: "a", Right: "people", Run: run}}, `a: right "people" is not unit:action`},
		{"right with a space", []rpc.Entry{method{Name: "a", Right: "people: select", Run: run}}, `a: right "people: select" is not unit:action`},
		{"open with components", []rpc.Entry{method{Name: "a", Open: true, Components: []string{"b"}, Run: run}}, "a: is open and needs a component"},
		{"example that is no JSON", []rpc.Entry{method{Name: "a", Open: true, Example: `{"a":1,"a":2}`, Run: run}}, "a: example: is no JSON object"},
		{"example that is no object", []rpc.Entry{method{Name: "a", Open: true, Example: `[]`, Run: run}}, "a: example: is no JSON object"},
		{"example that does not decode", []rpc.Entry{rpc.Method[difference, int64]{Name: "a", Open: true, Example: `{"minuend":"x","subtrahend":1}`, Run: subtract}}, "a: example: data_type_error at /minuend"},
		{"example with a token", []rpc.Entry{method{Name: "a", AnyCaller: true, Example: `{"access_token":"x"}`, Run: run}}, "a: example: unexpected_parameters at /access_token"},
		{"all that is wrong", []rpc.Entry{method{Name: "a", Run: run}, method{Name: "b", Open: true}}, "b: want exactly one of Run and RunAll"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rpc.New(rpc.Options{Guard: &bench{}}, tt.entries...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: got error %v, want %s", err, tt.want)
			}
		})
	}
	t.Run("no guard", func(t *testing.T) {
		_, err := rpc.New(rpc.Options{}, method{Name: "a", AnyCaller: true, Run: run})
		if want := "a is not open and there is no Guard"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: got error %v, want %s", err, want)
		}
	})
	t.Run("no guard needed", func(t *testing.T) {
		if _, err := rpc.New(rpc.Options{}, method{Name: "a", Open: true, Run: run}); err != nil {
			t.Errorf("New: got error %v, want none", err)
		}
	})
}

func TestDescribe(t *testing.T) {
	run := func(context.Context, none) (none, error) { return none{}, nil }
	a, b := rpc.Method[none, none]{Name: "a", Right: "x:y", Run: run}, rpc.Method[none, none]{Name: "b", Open: true, Run: run}
	infos, err := rpc.Describe("", b, a)
	if err != nil || len(infos) != 2 || infos[0].Name != "a" || infos[1].Name != "b" || infos[0].Params == nil {
		t.Errorf("got %+v, %v; want a and b, without a Guard", infos, err)
	}
	if infos, err := rpc.Describe("", a, a); err == nil {
		t.Errorf("the same method twice: got %+v and no error", infos)
	}
}

func TestMethods(t *testing.T) {
	run := func(context.Context, difference) (stored, error) { return stored{}, nil }
	s, err := rpc.New(rpc.Options{Guard: &bench{}},
		rpc.Method[difference, stored]{Name: "b", Summary: "Second.", Right: "people:select", Components: []string{"x", "y"}, Example: `{"minuend":1,"subtrahend":2}`, Errors: []*errors.Code{errors.AlreadyInUse}, Run: run},
		rpc.Method[[]int64, []string]{Name: "a", Open: true, Run: func(context.Context, []int64) ([]string, error) { return nil, nil }},
	)
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Name, Summary, Right string
		Open, AnyCaller      bool
		Components           []string
		Example              string
		Errors               []*errors.Code
		Params, Result       []string
	}
	names := func(t *schema.Type) (all []string) {
		if t == nil {
			return nil
		}
		all = append(all, string(t.Kind))
		for _, f := range t.Fields {
			all = append(all, f.Name)
		}
		return all
	}
	var got []seen
	for _, i := range s.Methods() {
		got = append(got, seen{i.Name, i.Summary, i.Right, i.Open, i.AnyCaller, i.Components, i.Example, i.Errors, names(i.Params), names(i.Result)})
	}
	want := []seen{
		{Name: "a", Open: true, Params: []string{"array"}},
		{
			Name: "b", Summary: "Second.", Right: "people:select", Components: []string{"x", "y"}, Example: `{"minuend":1,"subtrahend":2}`, Errors: []*errors.Code{errors.AlreadyInUse},
			Params: []string{"object", "minuend", "subtrahend"}, Result: []string{"object", "name", "among"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Methods (-want +got):\n%s", diff)
	}
}

func TestPeer(t *testing.T) {
	if got := rpc.PeerFrom(context.Background()); got != (rpc.Peer{}) {
		t.Errorf("without a peer: got %v, want none", got)
	}
	want := rpc.Peer{Addr: "192.0.2.1", Bearer: "x"}
	if got := rpc.PeerFrom(rpc.WithPeer(context.Background(), want)); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
