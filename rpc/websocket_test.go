package rpc_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// wantClosed reads until the connection ends, which must be with this status; -1 is
// without one.
func wantClosed(t *testing.T, ws *websocket.Conn, want websocket.StatusCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, _, err := ws.Read(ctx)
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); got != want || ctx.Err() != nil {
			t.Errorf("the connection ends with status %d (%v), want %d", got, err, want)
		}
		return
	}
}

func TestWebSocketPeer(t *testing.T) {
	url := listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{})
	ws := dialSocket(t, url, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer t1"}}})
	p := socketPeer(t, ws)
	p.ask(t, request("1", "whoami", "{}"), `{"jsonrpc":"2.0","id":1,"result":{"token":"t1","user_id":null,"addr":"127.0.0.1"}}`)
	p.ask(t, request("1", "whoami", `{"access_token":"t2"}`), `{"jsonrpc":"2.0","id":1,"result":{"token":"t2","user_id":null,"addr":"127.0.0.1"}}`)
}

// TestWebSocketBinary: what comes as a binary message is answered as text.
func TestWebSocketBinary(t *testing.T) {
	ws := dialSocket(t, listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{}), nil)
	if err := ws.Write(t.Context(), websocket.MessageBinary, []byte(request("1", "sum", "[1]"))); err != nil {
		t.Fatal(err)
	}
	kind, answer, err := ws.Read(t.Context())
	if want := `{"jsonrpc":"2.0","id":1,"result":1}`; err != nil || kind != websocket.MessageText || string(answer) != want {
		t.Errorf("got %v %s (%v), want text %s", kind, answer, err, want)
	}
}

func TestWebSocketHandshake(t *testing.T) {
	url := strings.Replace(listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{}), "ws", "http", 1)
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
	host := strings.TrimPrefix(url, "http://")
	for _, tt := range []struct {
		name, method, origin string
		header               http.Header
		want                 int
	}{
		{"no browser", "GET", "", upgrade, http.StatusSwitchingProtocols},
		{"a page of the same host", "GET", "https://" + host, upgrade, http.StatusSwitchingProtocols},
		{"a page of another host", "GET", "https://example.com", upgrade, http.StatusForbidden},
		{"a page of no host", "GET", "null", upgrade, http.StatusForbidden},
		{"no upgrade", "GET", "", nil, http.StatusUpgradeRequired},
		{"a JSON-RPC request", "POST", "", nil, http.StatusUpgradeRequired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRequest(t, tt.method, url, nil)
			r.Header = tt.header.Clone()
			if r.Header == nil {
				r.Header = http.Header{}
			}
			if tt.origin != "" {
				r.Header.Set("Origin", tt.origin)
			}
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.want {
				t.Errorf("got %d, want %d", response.StatusCode, tt.want)
			}
		})
	}
}

func TestWebSocketMaxBody(t *testing.T) {
	full := request("1", "sum", "[1]")
	url := listenWebSocket(t, newBench(t, func(o *rpc.Options) { o.MaxBody = int64(len(full)) }).Server, rpc.WebSocketOptions{})
	p := socketPeer(t, dialSocket(t, url, nil))
	for _, tt := range []struct{ name, message, want string }{
		{"full", full, `{"jsonrpc":"2.0","id":1,"result":1}`},
		{"a byte more", full + " ", invalidRequest},
		{"a megabyte", full + strings.Repeat(" ", 1<<20), invalidRequest},
		{"full again", full, `{"jsonrpc":"2.0","id":1,"result":1}`},
	} {
		t.Run(tt.name, func(t *testing.T) { p.ask(t, tt.message, tt.want) })
	}
}

func TestMaxConnections(t *testing.T) {
	for name, tt := range map[string]struct{ set, want int }{"as set": {2, 2}, "default": {0, rpc.DefaultMaxWebSockets}} {
		t.Run(name, func(t *testing.T) {
			url := listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{MaxConnections: tt.set})
			var all []*websocket.Conn
			for range tt.want {
				all = append(all, dialSocket(t, url, nil))
			}
			_, response, err := websocket.Dial(t.Context(), url, nil)
			if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("connection %d: got %v, want it refused with 503", tt.want+1, err)
			}
			all[0].CloseNow()
			eventually(t, "room for another connection", func() bool {
				ws, _, err := websocket.Dial(t.Context(), url, nil)
				if err == nil {
					ws.CloseNow()
				}
				return err == nil
			})
		})
	}
}

// TestClientGone has what works for a client end when the client goes.
func TestClientGone(t *testing.T) {
	for name, leave := range map[string]func(*websocket.Conn) error{
		"with a good-bye": func(ws *websocket.Conn) error { return ws.Close(websocket.StatusNormalClosure, "") },
		"without":         (*websocket.Conn).CloseNow,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStreaming(t)
			ws := dialSocket(t, listenWebSocket(t, s.Server, rpc.WebSocketOptions{}), nil)
			p := socketPeer(t, ws)
			p.ask(t, request("1", "hold", "{}"), nullResult)
			p.send(request("1", "wait", "{}"))
			eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })
			if err := leave(ws); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the end of the call and of the subscription", func() bool { return s.ended.Load() == 2 })
		})
	}
}

// TestShutdown lets a call finish, ends a subscription, and says where it goes.
func TestShutdown(t *testing.T) {
	s := newStreaming(t)
	url, sockets := startWebSocket(t, s.Server, rpc.WebSocketOptions{})
	busy, idle := dialSocket(t, url, nil), dialSocket(t, url, nil)
	p := socketPeer(t, busy)
	p.ask(t, request("1", "hold", "{}"), nullResult)
	p.send(request("1", "wait", "{}"))
	eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })

	done := make(chan error, 1)
	go func() { done <- sockets.Shutdown(t.Context()) }()
	wantClosed(t, idle, websocket.StatusGoingAway)
	eventually(t, "the end of the subscription", func() bool { return s.ended.Load() == 1 })
	p.send(request("2", "echo", "[1]")) // too late
	if _, response, err := websocket.Dial(t.Context(), url, nil); err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new connection: got %v, want it refused with 503", err)
	}
	select {
	case err := <-done:
		t.Fatalf("Shutdown returned (%v) while a call ran", err)
	default:
	}
	close(s.waits)
	if got, want := p.next(t), `{"jsonrpc":"2.0","id":1,"result":"waited"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	wantClosed(t, busy, websocket.StatusGoingAway)
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// TestShutdownImpatient cuts off what takes too long.
func TestShutdownImpatient(t *testing.T) {
	s := newStreaming(t)
	url, sockets := startWebSocket(t, s.Server, rpc.WebSocketOptions{})
	ws := dialSocket(t, url, nil)
	socketPeer(t, ws).send(request("1", "wait", "{}"))
	eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := sockets.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: got %v, want %v", err, context.DeadlineExceeded)
	}
	wantClosed(t, ws, -1)
	eventually(t, "the end of the call", func() bool { return s.ended.Load() == 1 })
}

// TestSlowReader has clients that do not read. The server keeps nothing for them
// beyond what the sockets hold, and cuts them off.
func TestSlowReader(t *testing.T) {
	const mostBytes = 64 << 20 // that two sockets may hold
	o := rpc.WebSocketOptions{WriteTimeout: 200 * time.Millisecond}
	t.Run("notifications", func(t *testing.T) {
		s := newStreaming(t)
		p := socketPeer(t, dialSocket(t, listenWebSocket(t, s.Server, o), nil))
		p.send(request("1", "flood", "{}"))
		eventually(t, "the end of the subscription", func() bool { return s.ended.Load() == 1 })
		if got := s.sent.Load() << 16; got > mostBytes {
			t.Errorf("%d bytes were sent to a client that reads nothing", got)
		}
	})
	t.Run("answers", func(t *testing.T) {
		s := newStreaming(t)
		ws := dialSocket(t, listenWebSocket(t, s.Server, o), nil)
		for {
			if ws.Write(t.Context(), websocket.MessageText, []byte(request("1", "large", "{}"))) != nil {
				break // cut off
			}
			if got := s.sent.Load() << 20; got > mostBytes {
				t.Fatalf("%d bytes were made for a client that reads nothing", got)
			}
		}
	})
}

// TestPing cuts off a client that does not answer pings, and no other.
func TestPing(t *testing.T) {
	const interval = 100 * time.Millisecond
	o := rpc.WebSocketOptions{StreamOptions: rpc.StreamOptions{MaxInFlight: 1}, PingInterval: interval}
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		s := newStreaming(t)
		ws := dialSocket(t, listenWebSocket(t, s.Server, o), nil)
		p := socketPeer(t, ws)
		p.ask(t, request("1", "hold", "{}"), nullResult)
		// While nobody reads, the client's library answers no ping.
		eventually(t, "the end of the connection", func() bool { return s.ended.Load() == 1 })
	})
	t.Run("answering", func(t *testing.T) {
		t.Parallel()
		s := newStreaming(t)
		p := socketPeer(t, dialSocket(t, listenWebSocket(t, s.Server, o), nil))
		go func() {
			time.Sleep(10 * interval)
			p.send(request("1", "echo", "[1]"))
		}()
		if got, want := p.next(t), `{"jsonrpc":"2.0","id":1,"result":[1]}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("not heard", func(t *testing.T) {
		t.Parallel()
		s := newStreaming(t)
		p := socketPeer(t, dialSocket(t, listenWebSocket(t, s.Server, o), nil))
		go func() {
			for i := range 3 { // one runs, one waits, and behind the third stand the pongs
				p.send(request(fmt.Sprint(i), "wait", "{}"))
			}
			time.Sleep(10 * interval)
			close(s.waits)
		}()
		for i := range 3 {
			if got, want := p.next(t), fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":"waited"}`, i); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

// TestReadTimeout has a client begin a message and not go on. It answers pings; that
// does not help.
func TestReadTimeout(t *testing.T) {
	s := newStreaming(t)
	url := listenWebSocket(t, s.Server, rpc.WebSocketOptions{ReadTimeout: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	r := bufio.NewReader(conn)
	for line := ""; line != "\r\n"; {
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // no message has begun, so there is no hurry
	if _, err := conn.Write([]byte{0x81, 0x80 | 100, 0, 0, 0, 0, '{'}); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v; want the connection to end", rest, err)
	}
}
