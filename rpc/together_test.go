package rpc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

// kept is params of a method that takes part in atomic batches.
type kept struct {
	Name    string             `json:"name" required:"true"`
	BatchID schema.Opt[string] `json:"batch_id"`
	Atomic  schema.Opt[bool]   `json:"atomic"`
	DryRun  schema.Opt[bool]   `json:"dry_run"`
	Key     schema.Opt[string] `json:"idempotency_key"`
}

type placeKey struct{}

// meeting is a Together whose groups wait for each other, as a transaction's do.
type meeting struct {
	t       *testing.T
	mu      sync.Mutex
	missing sync.WaitGroup
	left    []int
}

func (m *meeting) Context(ctx context.Context, place int) context.Context {
	return context.WithValue(ctx, placeKey{}, func() string {
		m.missing.Done()
		m.missing.Wait()
		return fmt.Sprint(place)
	})
}

func (m *meeting) Leave(place int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = append(m.left, place)
}

// together is a server with the methods keep and keep2, and panics, which are called
// together, and what is atomic there.
func together(t *testing.T) (*rpc.Server, *[]*meeting) {
	t.Helper()
	var meetings []*meeting
	method := func(name string) rpc.Entry {
		return rpc.Method[kept, string]{Name: name, Summary: "s", AnyCaller: true, RunAll: func(ctx context.Context, all []kept) []rpc.Outcome[string] {
			outcomes := make([]rpc.Outcome[string], len(all))
			where := "alone"
			if meet, is := ctx.Value(placeKey{}).(func() string); is {
				where = meet()
			}
			if name == "panics" {
				panic("at the disco")
			}
			for i, p := range all {
				outcomes[i].Result = where + " " + p.Name + " " + p.Key.Value
			}
			return outcomes
		}}
	}
	guard := guardFunc(func(_ context.Context, c rpc.Calls) (rpc.Admission, error) {
		if c.Token == "nobody" {
			return rpc.Admission{}, errors.E(errors.AccessTokenInvalid)
		}
		return rpc.Admission{}, nil
	})
	s, err := rpc.New(rpc.Options{Guard: guard, Together: func(groups int) rpc.Together {
		m := &meeting{t: t}
		m.missing.Add(groups)
		meetings = append(meetings, m)
		return m
	}}, method("keep"), method("keep2"), method("panics"))
	if err != nil {
		t.Fatal(err)
	}
	return s, &meetings
}

type guardFunc func(context.Context, rpc.Calls) (rpc.Admission, error)

func (f guardFunc) Admit(ctx context.Context, c rpc.Calls) (rpc.Admission, error) { return f(ctx, c) }

// The groups of an atomic batch run beside each other, each in the context of its
// place, once all calls are admitted and understood; and all leave.
func TestTogether(t *testing.T) {
	atomic := func(method, rest string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{"batch_id":"b","atomic":true,%s}}`, method, rest)
	}
	for _, tt := range []struct {
		name  string
		calls []string
		want  string // of each answer: result or mnemonic
		left  []int
	}{
		{"groups of neighbours", []string{atomic("keep", `"name":"a"`), atomic("keep", `"name":"b"`), atomic("keep2", `"name":"c"`), atomic("keep", `"name":"d"`)}, "0 a |0 b |1 c |2 d ", []int{0, 1, 2}},
		{"of several callers", []string{atomic("keep", `"name":"a","access_token":"t1"`), atomic("keep", `"name":"b","access_token":"t2"`)}, "0 a |1 b ", []int{0, 1}},
		{"one alone", []string{atomic("keep", `"name":"a"`)}, "0 a ", []int{0}},
		{"one panics", []string{atomic("keep", `"name":"a"`), atomic("panics", `"name":"b"`)}, "0 a |internal_error", []int{0, 1}},
		{"one is not understood", []string{atomic("keep", `"name":"a"`), atomic("keep2", `"name":1`)}, "error|data_type_error", nil},
		{"one is not admitted", []string{atomic("keep", `"name":"a"`), atomic("keep", `"name":"b","access_token":"nobody"`)}, "error|access_token_invalid", nil},
		{"one has no method", []string{atomic("none", `"name":"a"`), atomic("keep", `"name":"b"`)}, "method_not_found|error", nil},
		{"one is no request", []string{atomic("keep", `"name":"b"`), `{"jsonrpc":"1.0"}`}, "error|invalid_request", nil},
		{"one is not atomic", []string{atomic("keep", `"name":"a"`), `{"jsonrpc":"2.0","id":1,"method":"keep","params":{"name":"b"}}`}, "error|invalid_parameters_combination", nil},
		{"by position", []string{`{"jsonrpc":"2.0","id":1,"method":"keep","params":["a","b",true]}`, atomic("keep", `"name":"c"`)}, "0 a |0 c ", []int{0}},
		{"atomic is no boolean", []string{`{"jsonrpc":"2.0","id":1,"method":"keep","params":{"name":"a","batch_id":"b","atomic":1}}`}, "data_type_error", nil},
	} {
		s, meetings := together(t)
		answer := s.Serve(t.Context(), []byte("["+strings.Join(tt.calls, ",")+"]"))
		if diff := cmp.Diff(tt.want, told(t, answer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", tt.name, diff, answer)
		}
		var left []int
		for _, m := range *meetings {
			left = append(left, m.left...)
		}
		slices.Sort(left)
		if diff := cmp.Diff(tt.left, left); diff != "" {
			t.Errorf("%s: left (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Methods that take part in atomic batches need something that makes them one.
func TestNoTogether(t *testing.T) {
	method := rpc.Method[kept, string]{Name: "keep", Summary: "s", Open: true, RunAll: func(_ context.Context, all []kept) []rpc.Outcome[string] {
		return make([]rpc.Outcome[string], len(all))
	}}
	if _, err := rpc.New(rpc.Options{}, method); err == nil || !strings.Contains(err.Error(), "keep takes part in atomic batches and there is no Together") {
		t.Errorf("got error %v", err)
	}
}

// The key of the transport is a call's own where it has none, by name and by position.
func TestIdempotencyKey(t *testing.T) {
	s, _ := together(t)
	ctx := rpc.WithPeer(t.Context(), rpc.Peer{IdempotencyKey: `k"1`})
	call := func(params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"keep","params":` + params + `}`
	}
	for _, tt := range []struct{ document, want string }{
		{call(`{"name":"a"}`), `alone a k"1`},
		{call(`{"name":"a","idempotency_key":"own"}`), `alone a own`},
		{call(`{"idempotency_key":null,"name":"a"}`), `alone a `},
		{call(`["a"]`), `alone a k"1`},
		{call(`["a",null,null,null] `), `alone a k"1`},
		{call(`["a",null,null,null,"own"]`), `alone a own`},
		{"[" + call(`{"name":"a"}`) + "," + call(`["b"]`) + "," + call(`["b",null,null,null,"own"]`) + "]", `alone a k"1#1|alone b k"1#2|alone b own`},
	} {
		if got := told(t, s.Serve(ctx, []byte(tt.document))); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.document, got, tt.want)
		}
	}
}

// told is the results of an answer, and the mnemonics where there is none.
func told(t *testing.T, answer []byte) string {
	t.Helper()
	type one struct {
		Result *string `json:"result"`
		Error  struct {
			Data struct {
				Mnemonic string `json:"mnemonic"`
			} `json:"data"`
		} `json:"error"`
	}
	var all []one
	if err := json.Unmarshal(answer, &all); err != nil {
		all = make([]one, 1)
		if err := json.Unmarshal(answer, &all[0]); err != nil {
			t.Fatalf("%s: %v", answer, err)
		}
	}
	var texts []string
	for _, a := range all {
		if a.Result != nil {
			texts = append(texts, *a.Result)
		} else {
			texts = append(texts, a.Error.Data.Mnemonic)
		}
	}
	return strings.Join(texts, "|")
}
