package rpc_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func TestDialWebSocket(t *testing.T) {
	url := listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{})
	conn, err := rpc.DialWebSocket(t.Context(), url, rpc.ClientOptions{Token: "t1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var client jsonrpc2.JSONRPC2 = conn
	var got who
	if err := client.Call(t.Context(), "whoami", nil, &got); err != nil || got.Token != "t1" {
		t.Errorf("whoami: got %+v, %v; want token t1", got, err)
	}
	if err := client.Call(t.Context(), "taken", nil, nil); codeOf(err) != -32602 {
		t.Errorf("taken: got %v, want -32602", err)
	}
	if err := client.Notify(t.Context(), "update", []int{1}); err != nil {
		t.Errorf("update: %v", err)
	}
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			var got int
			if err := client.Call(t.Context(), "sum", []int{i, i}, &got); err != nil || got != 2*i {
				t.Errorf("sum: got %d, %v; want %d", got, err, 2*i)
			}
		})
	}
	group.Wait()
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := client.Call(t.Context(), "sum", nil, nil); !errors.Is(err, jsonrpc2.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, jsonrpc2.ErrClosed)
	}
}

func TestDialWebSocketNotifications(t *testing.T) {
	s := newStreaming(t)
	var got []string
	done := make(chan struct{})
	conn, err := rpc.DialWebSocket(t.Context(), listenWebSocket(t, s.Server, rpc.WebSocketOptions{}), rpc.ClientOptions{}, func(method string, params []byte) {
		if got = append(got, method+" "+string(params)); len(got) == 3 {
			close(done)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var of string
	if err := conn.Call(t.Context(), "ticks", ticks{"a", 3}, &of); err != nil || of != "a" {
		t.Fatalf("got %q, %v; want a", of, err)
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("no notifications")
	}
	want := []string{`tick {"n":0,"of":"a"}`, `tick {"n":1,"of":"a"}`, `tick {"n":2,"of":"a"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

func TestDialWebSocketFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		url := listenWebSocket(t, newBench(t).Server, rpc.WebSocketOptions{MaxConnections: 1})
		conn, err := rpc.DialWebSocket(t.Context(), url, rpc.ClientOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := rpc.DialWebSocket(t.Context(), url, rpc.ClientOptions{}, nil); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("got %v, want status 503", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		if _, err := rpc.DialWebSocket(t.Context(), "ws://127.0.0.1:1", rpc.ClientOptions{}, nil); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("connection lost", func(t *testing.T) {
		s := newStreaming(t)
		url, sockets := startWebSocket(t, s.Server, rpc.WebSocketOptions{})
		conn, err := rpc.DialWebSocket(t.Context(), url, rpc.ClientOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := sockets.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-conn.DisconnectNotify()
		if err := conn.Call(t.Context(), "echo", []int{1}, nil); !errors.Is(err, jsonrpc2.ErrClosed) {
			t.Errorf("got %v, want %v", err, jsonrpc2.ErrClosed)
		}
	})
	t.Run("a call that the server cannot read", func(t *testing.T) {
		b := newBench(t, func(o *rpc.Options) { o.MaxBody = 1000 })
		conn, err := rpc.DialWebSocket(t.Context(), listenWebSocket(t, b.Server, rpc.WebSocketOptions{}), rpc.ClientOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Call(t.Context(), "echo", note{}, nil, jsonrpc2.PickID(jsonrpc2.ID{Num: 7})); codeOf(err) == 0 && err != nil {
			t.Errorf("a short call: %v", err)
		}
		if err := conn.Call(t.Context(), "echo", map[string]string{"text": fmt.Sprintf("%1000d", 1)}, nil); !errors.Is(err, jsonrpc2.ErrClosed) {
			t.Errorf("a long call: got %v, want %v", err, jsonrpc2.ErrClosed)
		}
	})
	t.Run("an answer that is too long", func(t *testing.T) {
		s := newStreaming(t)
		conn, err := rpc.DialWebSocket(t.Context(), listenWebSocket(t, s.Server, rpc.WebSocketOptions{}), rpc.ClientOptions{MaxAnswer: 1000}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Call(t.Context(), "large", nil, nil); !errors.Is(err, jsonrpc2.ErrClosed) {
			t.Errorf("got %v, want %v", err, jsonrpc2.ErrClosed)
		}
	})
}
