package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func dial(t *testing.T, url string, o rpc.ClientOptions) *rpc.Client {
	c := rpc.Dial(url, o)
	t.Cleanup(func() { c.Close() })
	return c
}

// codeOf is the code of a *jsonrpc2.Error, or 0.
func codeOf(err error) int64 {
	var e *jsonrpc2.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code
}

// eachClient runs a test over HTTP and in this process, with the token t1.
func eachClient(t *testing.T, change func(*rpc.Options), test func(t *testing.T, b *bench, c *rpc.Client)) {
	t.Run("HTTP", func(t *testing.T) {
		b := newBench(t, change)
		test(t, b, dial(t, listen(t, b).URL, rpc.ClientOptions{Token: "t1"}))
	})
	t.Run("in this process", func(t *testing.T) {
		b := newBench(t, change)
		c := b.Client(rpc.Peer{Addr: "127.0.0.1", Bearer: "t1"})
		t.Cleanup(func() { c.Close() })
		test(t, b, c)
	})
}

func TestClientCall(t *testing.T) {
	eachClient(t, func(*rpc.Options) {}, testClientCall)
}

func testClientCall(t *testing.T, _ *bench, c *rpc.Client) {
	t.Run("result", func(t *testing.T) {
		var got who
		if err := c.Call(t.Context(), "whoami", nil, &got); err != nil {
			t.Fatal(err)
		}
		if want := (who{Token: "t1", Addr: "127.0.0.1"}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("by position", func(t *testing.T) {
		var got int64
		if err := c.Call(t.Context(), "subtract", []int{42, 23}, &got); err != nil || got != 19 {
			t.Errorf("got %d, %v; want 19", got, err)
		}
	})
	t.Run("result dropped", func(t *testing.T) {
		if err := c.Call(t.Context(), "subtract", map[string]int{"minuend": 1, "subtrahend": 1}, nil); err != nil {
			t.Errorf("got error %v, want none", err)
		}
	})
	t.Run("error", func(t *testing.T) {
		err := c.Call(t.Context(), "taken", nil, nil)
		var got *jsonrpc2.Error
		if !errors.As(err, &got) {
			t.Fatalf("got error %v, want a *jsonrpc2.Error", err)
		}
		var data struct{ Mnemonic, Field string }
		if err := json.Unmarshal(*got.Data, &data); err != nil {
			t.Fatal(err)
		}
		if got.Code != -32602 || data.Mnemonic != "already_in_use" || data.Field != "phone_numbers.phone_number" {
			t.Errorf("got %v %+v, want already_in_use at phone_numbers.phone_number", got, data)
		}
	})
	t.Run("parameters that are no JSON", func(t *testing.T) {
		if err := c.Call(t.Context(), "sum", make(chan int), nil); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("result of another type", func(t *testing.T) {
		var got string
		if err := c.Call(t.Context(), "sum", []int{1}, &got); err == nil {
			t.Errorf("got %q and no error", got)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Call(ctx, "sum", []int{1}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	})
}

// answering is a server that answers every request with the same, and keeps what
// it was sent.
type answering struct {
	status int
	body   string
	mu     sync.Mutex
	sent   []string
}

func (a *answering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.sent = append(a.sent, r.Header.Get("Authorization")+string(body))
	a.mu.Unlock()
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}

func TestClientSends(t *testing.T) {
	a := &answering{status: 204}
	server := httptest.NewServer(a)
	defer server.Close()
	c := dial(t, server.URL, rpc.ClientOptions{HTTP: server.Client()})
	send := func(err error) {
		if codeOf(err) != 0 {
			t.Error(err)
		}
	}
	send(c.Call(t.Context(), "a", nil, nil))
	send(c.Call(t.Context(), "b", []int{1}, nil, jsonrpc2.StringID()))
	send(c.Call(t.Context(), "c", nil, nil, jsonrpc2.PickID(jsonrpc2.ID{Str: "x", IsString: true}), jsonrpc2.ExtraField("extra", true)))
	send(c.Notify(t.Context(), "d", map[string]int{"n": 1}, jsonrpc2.Meta("m")))
	send(c.Batch(t.Context(), []rpc.BatchCall{{Method: "e"}, {Method: "f", Notify: true, Params: []int{2}}, {Method: "g"}}))
	send(dial(t, server.URL, rpc.ClientOptions{Token: "t1"}).Notify(t.Context(), "h", nil))
	want := []string{
		`{"id":0,"jsonrpc":"2.0","method":"a"}`,
		`{"id":"1","jsonrpc":"2.0","method":"b","params":[1]}`,
		`{"extra":true,"id":"x","jsonrpc":"2.0","method":"c"}`,
		`{"jsonrpc":"2.0","meta":"m","method":"d","params":{"n":1}}`,
		`[{"id":1,"jsonrpc":"2.0","method":"e"},{"jsonrpc":"2.0","method":"f","params":[2]},{"id":3,"jsonrpc":"2.0","method":"g"}]`,
		`Bearer t1{"jsonrpc":"2.0","method":"h"}`,
	}
	if diff := cmp.Diff(want, a.sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestClientAnswers has servers that do not do as they should.
func TestClientAnswers(t *testing.T) {
	const refusal = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}`
	tests := []struct {
		name                string
		status              int
		body                string
		call, notify, batch string // a part of the error; "" for none
	}{
		{"nothing", 204, "", "did not answer this call", "", "calls[0]: the server did not answer this call"},
		{"no JSON", 200, "hello", "invalid character", "invalid character", "invalid character"},
		{"no answer", 200, "{}", "neither result nor error", "answered what was not asked", "answered what was not asked"},
		{"another id", 200, `{"id":7,"result":1}`, "has the id 7 instead of 0", "answered what was not asked", "answered what was not asked"},
		{"another id in a batch", 200, `[{"id":7,"result":1}]`, "cannot unmarshal array", "cannot unmarshal array", "no call with the id 7"},
		{"the same id twice", 200, `[{"id":1,"result":1},{"id":1,"result":1}]`, "cannot unmarshal array", "cannot unmarshal array", "no call with the id 1"},
		{"null id in a batch", 200, "[" + refusal + "]", "cannot unmarshal array", "cannot unmarshal array", "no call with the id 0"},
		{"refusal of the document", 200, refusal, "code -32600 message: no", "code -32600 message: no", "code -32600 message: no"},
		{"refusal by status", 413, refusal, "code -32600 message: no", "code -32600 message: no", "code -32600 message: no"},
		{"status without JSON", 502, "<html>", "502 Bad Gateway", "502 Bad Gateway", "502 Bad Gateway"},
		{"result with a bad status", 500, `{"id":0,"result":1}`, "500 Internal", "500 Internal", "500 Internal"},
		{"an answer of full length", 200, refusal + strings.Repeat(" ", 100-len(refusal)), "code -32600", "code -32600", "code -32600"},
		{"an answer that is too long", 200, strings.Repeat(" ", 101), "longer than 100 bytes", "longer than 100 bytes", "longer than 100 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(&answering{status: tt.status, body: tt.body})
			defer server.Close()
			o := rpc.ClientOptions{HTTP: server.Client(), MaxAnswer: 100}
			calls := []rpc.BatchCall{{Method: "a"}}
			batch := dial(t, server.URL, o).Batch(t.Context(), calls)
			if batch == nil && calls[0].Err != nil {
				batch = fmt.Errorf("calls[0]: %s", strings.TrimPrefix(calls[0].Err.Error(), "rpc: "))
			}
			for _, got := range []struct {
				what string
				err  error
				want string
			}{
				{"Call", dial(t, server.URL, o).Call(t.Context(), "a", nil, nil), tt.call},
				{"Notify", dial(t, server.URL, o).Notify(t.Context(), "a", nil), tt.notify},
				{"Batch", batch, tt.batch},
			} {
				if got.want == "" && got.err != nil || got.want != "" && (got.err == nil || !strings.Contains(got.err.Error(), got.want)) {
					t.Errorf("%s: got error %v, want %q", got.what, got.err, got.want)
				}
			}
		})
	}
}

// transport is a RoundTripper in this process.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientMaxAnswer(t *testing.T) {
	tests := []struct {
		name   string
		set    int64
		length int64 // as the server tells it
		want   string
		most   int // bytes that may be read
	}{
		{"default", 0, rpc.DefaultMaxAnswer + 1, "longer than 67108864 bytes", 0},
		{"length told", 100, 101, "longer than 100 bytes", 0},
		{"length unknown", 100, -1, "longer than 100 bytes", 101},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := &counting{}
			client := &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, ContentLength: tt.length, Body: body}, nil
			})}
			c := dial(t, "http://example.com", rpc.ClientOptions{HTTP: client, MaxAnswer: tt.set})
			err := c.Call(t.Context(), "a", nil, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || body.read > tt.most {
				t.Errorf("got error %v after reading %d bytes, want %q after %d at most", err, body.read, tt.want, tt.most)
			}
		})
	}
}

func TestClientNotify(t *testing.T) {
	eachClient(t, func(o *rpc.Options) { o.MaxBody = 100 }, testClientNotify)
}

func testClientNotify(t *testing.T, b *bench, c *rpc.Client) {
	if err := c.Notify(t.Context(), "update", []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"update [1 2]"}, b.took()); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	if err := c.Notify(t.Context(), "update", make([]int, 100)); codeOf(err) != -32600 {
		t.Errorf("too long: got error %v, want code -32600", err)
	}
}

func TestClientBatch(t *testing.T) {
	eachClient(t, func(o *rpc.Options) { o.BatchLimit = 5 }, testClientBatch)
}

func testClientBatch(t *testing.T, b *bench, c *rpc.Client) {
	var first, second stored
	var sum int
	var wrong string
	calls := []rpc.BatchCall{
		{Method: "store", Params: name{"a"}, Result: &first},
		{Method: "store", Params: name{"taken"}, Result: &second},
		{Method: "update", Params: []int{1}, Notify: true, Err: errors.New("old")},
		{Method: "sum", Params: []int{1, 2}, Result: &sum, Err: errors.New("old")},
		{Method: "sum", Params: []int{1, 2}, Result: &wrong},
	}
	if err := c.Batch(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"store a taken for t1", "update [1]"}, b.took()); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	if want := (stored{"a", 2}); first != want || second != (stored{}) || sum != 3 {
		t.Errorf("got %+v, %+v and %d; want %+v, nothing and 3", first, second, sum, want)
	}
	for i, want := range []bool{false, true, false, false, true} {
		if (calls[i].Err != nil) != want {
			t.Errorf("call %d: got error %v, want one: %v", i, calls[i].Err, want)
		}
	}
	if codeOf(calls[1].Err) != -32602 {
		t.Errorf("got error %v, want code -32602", calls[1].Err)
	}
	if err := c.Batch(t.Context(), make([]rpc.BatchCall, 6)); codeOf(err) != -32600 {
		t.Errorf("too many calls: got error %v, want code -32600", err)
	}
	if err := c.Batch(t.Context(), nil); err != nil {
		t.Errorf("no calls: got error %v, want none", err)
	}
	if err := c.Batch(t.Context(), []rpc.BatchCall{{Method: "sum", Params: make(chan int)}}); err == nil {
		t.Error("parameters that are no JSON: got no error")
	}
}

func TestClientClose(t *testing.T) {
	c := rpc.Dial("http://127.0.0.1:0", rpc.ClientOptions{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"Call":   c.Call(t.Context(), "sum", nil, nil),
		"Notify": c.Notify(t.Context(), "sum", nil),
		"Batch":  c.Batch(t.Context(), []rpc.BatchCall{{Method: "sum"}}),
		"Close":  c.Close(),
	} {
		if !errors.Is(err, jsonrpc2.ErrClosed) {
			t.Errorf("%s after Close: got error %v, want %v", what, err, jsonrpc2.ErrClosed)
		}
	}
}

func TestClientConcurrent(t *testing.T) {
	c := dial(t, listen(t, newBench(t)).URL, rpc.ClientOptions{})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			var got int
			if err := c.Call(t.Context(), "sum", []int{i, 1}, &got); err != nil || got != i+1 {
				t.Errorf("%d + 1: got %d, %v", i, got, err)
			}
		})
	}
	wg.Wait()
}
