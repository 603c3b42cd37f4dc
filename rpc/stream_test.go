package rpc_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/rpc/wiretest"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// eventually waits until is reports true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for: %s", patience, what)
		}
	}
}

// listenWebSocket serves s on a real socket until the test ends, and returns its
// URL.
func listenWebSocket(t *testing.T, s *rpc.Server, o rpc.WebSocketOptions) string {
	url, _ := startWebSocket(t, s, o)
	return url
}

func startWebSocket(t *testing.T, s *rpc.Server, o rpc.WebSocketOptions) (string, *rpc.WebSockets) {
	sockets := s.WebSocket(o)
	server := httptest.NewServer(sockets)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := sockets.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		server.Close()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http"), sockets
}

// pipe serves s over lines until the test ends.
func pipe(t *testing.T, s *rpc.Server, o rpc.StreamOptions, peer rpc.Peer) (in io.WriteCloser, out io.Reader) {
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- s.ServeStream(rpc.WithPeer(context.Background(), peer), requests, answers, o)
		answers.Close()
	}()
	t.Cleanup(func() {
		in.Close()
		if err := <-done; err != nil {
			t.Errorf("ServeStream: %v", err)
		}
	})
	return in, out
}

// peer is the other end of a stream.
type peer struct {
	send func(document string)
	read func() (string, error)
}

// next is the next document that the server sends.
func (p peer) next(t *testing.T) string {
	t.Helper()
	document, err := p.read()
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return document
}

// ask sends a call and expects its answer, in wiretest's terms.
func (p peer) ask(t *testing.T, call, want string) {
	t.Helper()
	p.send(call)
	wantAnswer(t, call, []byte(p.next(t)), want)
}

func dialSocket(t *testing.T, url string, o *websocket.DialOptions) *websocket.Conn {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(-1)
	return ws
}

func socketPeer(t *testing.T, ws *websocket.Conn) peer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return peer{
		send: func(document string) {
			if err := ws.Write(ctx, websocket.MessageText, []byte(document)); err != nil {
				t.Errorf("send: %v", err)
			}
		},
		read: func() (string, error) {
			_, document, err := ws.Read(ctx)
			return string(document), err
		},
	}
}

func linesPeer(t *testing.T, in io.Writer, out io.Reader) peer {
	lines := bufio.NewReader(out)
	return peer{
		send: func(document string) {
			if _, err := io.WriteString(in, document+"\n"); err != nil {
				t.Errorf("send: %v", err)
			}
		},
		read: func() (string, error) {
			line, err := lines.ReadString('\n')
			return strings.TrimSuffix(line, "\n"), err
		},
	}
}

// streaming has methods that use the Stream they are called over.
type streaming struct {
	*rpc.Server
	log     *bench
	running atomic.Int64 // calls of wait
	waits   chan struct{}
	ended   atomic.Int64 // subscriptions and calls whose context has ended
	sent    atomic.Int64 // notifications of flood
}

type tick struct {
	Of string `json:"of"`
	N  int    `json:"n"`
}

type ticks struct {
	Of    string `json:"of" required:"true"`
	Count int64  `json:"count"`
}

func newStreaming(t *testing.T, change ...func(*rpc.Options)) *streaming {
	t.Helper()
	s := &streaming{log: newBench(t), waits: make(chan struct{})}
	var o rpc.Options
	change = append(change, func(o *rpc.Options) { o.Log = s.log.logger() })
	for _, f := range change {
		f(&o)
	}
	subscribe := func(ctx context.Context, f func(context.Context, rpc.Notify) error) error {
		stream, ok := rpc.StreamFrom(ctx)
		if !ok {
			return errors.E(errors.Other, "error_message", "no stream")
		}
		return stream.Go(f)
	}
	count := func(p ticks) func(context.Context, rpc.Notify) error {
		return func(_ context.Context, notify rpc.Notify) error {
			for n := range int(p.Count) {
				if err := notify("tick", tick{p.Of, n}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	hold := func(ctx context.Context, _ rpc.Notify) error {
		<-ctx.Done()
		s.ended.Add(1)
		return ctx.Err()
	}
	var err error
	s.Server, err = rpc.New(o,
		open("ticks", func(ctx context.Context, p ticks) (string, error) { return p.Of, subscribe(ctx, count(p)) }),
		open("ticks_and_fail", func(ctx context.Context, p ticks) (none, error) {
			return none{}, errors.Join(subscribe(ctx, count(p)), errors.E(errors.Forbidden))
		}),
		open("hold", func(ctx context.Context, _ none) (none, error) { return none{}, subscribe(ctx, hold) }),
		open("brief", func(ctx context.Context, _ none) (none, error) {
			return none{}, subscribe(ctx, func(context.Context, rpc.Notify) error { return nil })
		}),
		open("subscription_panics", func(ctx context.Context, _ none) (none, error) {
			return none{}, subscribe(ctx, func(context.Context, rpc.Notify) error { panic("in the goroutine") })
		}),
		open("unsendable", func(ctx context.Context, _ none) (none, error) {
			return none{}, subscribe(ctx, func(_ context.Context, notify rpc.Notify) error {
				return notify("told", map[string]bool{"refused": notify("bad", func() {}) != nil})
			})
		}),
		open("subscription_fails", func(ctx context.Context, _ none) (none, error) {
			return none{}, errors.Join(
				subscribe(ctx, func(context.Context, rpc.Notify) error { return errors.New("disk on fire") }),
				subscribe(ctx, func(context.Context, rpc.Notify) error { return errors.E(errors.Forbidden) }),
			)
		}),
		open("flood", func(ctx context.Context, _ none) (none, error) {
			return none{}, subscribe(ctx, func(ctx context.Context, notify rpc.Notify) error {
				for {
					if err := notify("drop", strings.Repeat("x", 1<<16)); err != nil {
						s.ended.Add(1)
						return err
					}
					s.sent.Add(1)
				}
			})
		}),
		open("wait", func(ctx context.Context, _ none) (string, error) {
			s.running.Add(1)
			defer s.running.Add(-1)
			select {
			case <-s.waits:
				return "waited", nil
			case <-ctx.Done():
				s.ended.Add(1)
				return "", ctx.Err()
			}
		}),
		open("large", func(context.Context, none) (string, error) {
			s.sent.Add(1)
			return strings.Repeat("x", 1<<20), nil
		}),
		open("echo", func(_ context.Context, s []int64) ([]int64, error) { return s, nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eachStream runs a test over WebSocket and over lines.
func eachStream(t *testing.T, o rpc.StreamOptions, test func(t *testing.T, s *streaming, p peer)) {
	t.Run("WebSocket", func(t *testing.T) {
		s := newStreaming(t)
		ws := dialSocket(t, listenWebSocket(t, s.Server, rpc.WebSocketOptions{StreamOptions: o}), nil)
		test(t, s, socketPeer(t, ws))
	})
	t.Run("lines", func(t *testing.T) {
		s := newStreaming(t)
		in, out := pipe(t, s.Server, o, rpc.Peer{})
		test(t, s, linesPeer(t, in, out))
	})
}

func subscription(id, of string, count int) string {
	return request(id, "ticks", fmt.Sprintf(`{"of":%q,"count":%d}`, of, count))
}

const nullResult = `{"jsonrpc":"2.0","id":1,"result":{}}`

// TestStream has two subscriptions send between the answers to other calls. Each
// comes after its answer, in order and whole.
func TestStream(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, _ *streaming, p peer) {
		const count, calls = 200, 50
		go func() {
			p.send(subscription(`"a"`, "a", count))
			for i := range calls {
				p.send(request(fmt.Sprint(i), "echo", fmt.Sprintf("[%d]", i)))
			}
			p.send(batch(subscription(`"b"`, "b", count), request(`"last"`, "echo", "[]")))
		}()
		next := map[string]int{}
		answers := map[string]string{}
		for len(answers) < calls+2 || next["a"] < count || next["b"] < count {
			var got struct {
				ID     any    `json:"id"`
				Method string `json:"method"`
				Params tick   `json:"params"`
			}
			document := p.next(t)
			if strings.HasPrefix(document, "[") {
				answers["b"] = document
				continue
			}
			unmarshal(t, document, &got)
			if got.Method == "" {
				answers[fmt.Sprint(got.ID)] = document
				continue
			}
			of := got.Params.Of
			if answers[of] == "" {
				t.Fatalf("notification %s before the answer", document)
			}
			if want := fmt.Sprintf(`{"jsonrpc":"2.0","method":"tick","params":{"of":%q,"n":%d}}`, of, next[of]); document != want {
				t.Fatalf("got %s, want %s", document, want)
			}
			next[of]++
		}
		if got, want := answers["b"], `[{"jsonrpc":"2.0","id":"b","result":"b"},{"jsonrpc":"2.0","id":"last","result":[]}]`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for i := range calls {
			if got, want := answers[fmt.Sprint(i)], fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":[%d]}`, i, i); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

func TestStreamFrom(t *testing.T) {
	s := newStreaming(t)
	call := subscription("1", "a", 1)
	want := `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no stream","...":true}}`
	wantAnswer(t, call, s.Serve(t.Context(), []byte(call)), want)
	web := httptest.NewServer(s.HTTP())
	defer web.Close()
	wantAnswer(t, call, []byte(do(t, web, newRequest(t, http.MethodPost, web.URL, strings.NewReader(call))).Body), want)
}

// TestFailedCallStartsNothing also in a document where another call succeeds.
func TestFailedCallStartsNothing(t *testing.T) {
	eachStream(t, rpc.StreamOptions{MaxInFlight: 1, MaxSubscriptions: 1}, func(t *testing.T, _ *streaming, p peer) {
		failing := request("1", "ticks_and_fail", `{"of":"a","count":3}`)
		refused := `{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"...":true}}`
		p.ask(t, failing, refused)
		p.ask(t, failing, refused) // what has not been started takes no place
		p.ask(t, batch(failing, subscription("2", "b", 1)), "["+refused+`,{"jsonrpc":"2.0","id":2,"result":"b"}]`)
		if got, want := p.next(t), `{"jsonrpc":"2.0","method":"tick","params":{"of":"b","n":0}}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		p.ask(t, request("1", "echo", "[1]"), `{"jsonrpc":"2.0","id":1,"result":[1]}`)
	})
}

// TestSubscribeByNotification: there is no answer to wait for.
func TestSubscribeByNotification(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, _ *streaming, p peer) {
		p.ask(t, subscription("", "a", 1), `{"jsonrpc":"2.0","method":"tick","params":{"of":"a","n":0}}`)
	})
}

func TestMaxSubscriptions(t *testing.T) {
	for name, tt := range map[string]struct{ set, want int }{"default": {0, rpc.DefaultMaxSubscriptions}, "as set": {2, 2}} {
		t.Run(name, func(t *testing.T) {
			eachStream(t, rpc.StreamOptions{MaxSubscriptions: tt.set}, func(t *testing.T, s *streaming, p peer) {
				for range tt.want - 1 {
					p.ask(t, request("1", "hold", "{}"), nullResult)
				}
				p.ask(t, request("1", "brief", "{}"), nullResult)
				eventually(t, "a place for another subscription", func() bool {
					p.send(request("1", "hold", "{}"))
					return p.next(t) == nullResult
				})
				p.ask(t, request("1", "hold", "{}"), fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"a connection may have %d subscriptions","data":{"mnemonic":"error","...":true}}}`, tt.want))
			})
		})
	}
}

func TestMaxInFlight(t *testing.T) {
	for name, tt := range map[string]struct{ set, want int }{"default": {0, rpc.DefaultMaxInFlight}, "as set": {3, 3}, "one": {1, 1}} {
		t.Run(name, func(t *testing.T) {
			eachStream(t, rpc.StreamOptions{MaxInFlight: tt.set}, func(t *testing.T, s *streaming, p peer) {
				calls := 3 * tt.want
				go func() {
					for i := range calls {
						p.send(request(fmt.Sprint(i), "wait", "{}"))
					}
				}()
				eventually(t, "calls that run", func() bool { return s.running.Load() == int64(tt.want) })
				time.Sleep(20 * time.Millisecond) // for more to begin, if they could
				if got := s.running.Load(); got != int64(tt.want) {
					t.Errorf("%d calls run, want %d", got, tt.want)
				}
				close(s.waits)
				var got []string
				for range calls {
					got = append(got, p.next(t))
				}
				if tt.want != 1 {
					return
				}
				want := []string{`{"jsonrpc":"2.0","id":0,"result":"waited"}`, `{"jsonrpc":"2.0","id":1,"result":"waited"}`, `{"jsonrpc":"2.0","id":2,"result":"waited"}`}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("answers (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestAnswersAsTheyGetReady has a call that waits not keep others.
func TestAnswersAsTheyGetReady(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, s *streaming, p peer) {
		p.send(request("1", "wait", "{}"))
		p.ask(t, request("2", "echo", "[1]"), `{"jsonrpc":"2.0","id":2,"result":[1]}`)
		close(s.waits)
		wantAnswer(t, "wait", []byte(p.next(t)), `{"jsonrpc":"2.0","id":1,"result":"waited"}`)
	})
}

func TestSubscriptionPanics(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, s *streaming, p peer) {
		p.ask(t, request("1", "subscription_panics", "{}"), nullResult)
		eventually(t, "the panic in the log", func() bool { return strings.Contains(s.log.logged(), "panic: in the goroutine") })
		p.ask(t, request("1", "echo", "[1]"), `{"jsonrpc":"2.0","id":1,"result":[1]}`)
	})
}

// TestSubscriptionFails: what is a fault of ours is an error in the log.
func TestSubscriptionFails(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, s *streaming, p peer) {
		p.ask(t, request("1", "subscription_fails", "{}"), nullResult)
		for _, want := range []string{`level=ERROR msg="internal error" error="disk on fire"`, `level=DEBUG msg="subscription ended" reason=forbidden`} {
			eventually(t, want, func() bool { return strings.Contains(s.log.logged(), want) })
		}
	})
}

func TestUnsendable(t *testing.T) {
	eachStream(t, rpc.StreamOptions{}, func(t *testing.T, _ *streaming, p peer) {
		p.ask(t, request("1", "unsendable", "{}"), nullResult)
		wantAnswer(t, "unsendable", []byte(p.next(t)), `{"jsonrpc":"2.0","method":"told","params":{"refused":true}}`)
	})
}

// TestResponsesToTheServer are not answered: it has asked nothing. What only looks
// like one is.
func TestResponsesToTheServer(t *testing.T) {
	eachStream(t, rpc.StreamOptions{MaxInFlight: 1}, func(t *testing.T, _ *streaming, p peer) {
		for _, response := range []string{`{"jsonrpc":"2.0","id":1,"result":1}`, `{"jsonrpc":"2.0","id":"a","error":{"code":1,"message":"x"}}`, `{"jsonrpc":"2.0","id":0,"result":null}`} {
			p.send(response)
			p.ask(t, request("1", "echo", "[1]"), `{"jsonrpc":"2.0","id":1,"result":[1]}`)
		}
		for document, mnemonic := range map[string]string{
			`{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"x"}}`: "invalid_request",
			`{"jsonrpc":"2.0","result":1}`:                                         "invalid_request",
			`{"jsonrpc":"2.0","id":1.5,"result":1}`:                                "invalid_request",
			`[{"jsonrpc":"2.0","id":1,"result":1}]`:                                "invalid_request",
			`{"jsonrpc":"2.0","id":1,"result":1`:                                   "parse_error",
		} {
			p.send(document)
			if got := p.next(t); !strings.Contains(got, mnemonic) {
				t.Errorf("%s: got %s, want %s", document, got, mnemonic)
			}
		}
	})
}

// TestScriptsAreInOrder holds wiretest's own transports to their promise that
// nothing is taken for the answer of something else.
func TestScriptsAreInOrder(t *testing.T) {
	s := newStreaming(t)
	send := wiretest.WebSocket(t, listenWebSocket(t, s.Server, rpc.WebSocketOptions{StreamOptions: rpc.StreamOptions{MaxInFlight: 1}}))
	for i := range 20 {
		if _, answer := send([]byte(request("", "echo", "[1]"))); answer != nil {
			t.Fatalf("notification %d: got %s, want no answer", i, answer)
		}
		if _, answer := send([]byte(request(fmt.Sprint(i), "echo", "[1]"))); string(answer) != fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":[1]}`, i) {
			t.Fatalf("call %d: got %s", i, answer)
		}
	}
}

func unmarshal(t *testing.T, document string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(document), into); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
}
