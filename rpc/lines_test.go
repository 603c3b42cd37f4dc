package rpc_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

var inOrder = rpc.StreamOptions{MaxInFlight: 1}

func TestServeStream(t *testing.T) {
	call := request("1", "sum", "[1,2]")
	const (
		three      = `{"jsonrpc":"2.0","id":1,"result":3}` + "\n"
		parseError = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,`
	)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"one", call + "\n", three},
		{"the last line has no end", call + "\n" + call, three + three},
		{"CR LF", call + "\r\n" + call + "\r\n", three + three},
		{"a notification", request("", "update", "[1]") + "\n" + call + "\n", three},
		{"a batch", batch(call, call) + "\n", "[" + three[:len(three)-1] + "," + three[:len(three)-1] + "]\n"},
		{"an empty line is no document", "\n", parseError},
		{"half a document", call[:10] + "\n" + call[10:] + "\n", parseError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := newBench(t).ServeStream(t.Context(), strings.NewReader(tt.in), &out, inOrder); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want && (tt.want != parseError || !strings.HasPrefix(got, parseError)) {
				t.Errorf("in %q\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestServeStreamMaxBody(t *testing.T) {
	full := request("1", "sum", "[1]")
	const one, limit = `{"jsonrpc":"2.0","id":1,"result":1}`, 10_000
	b := newBench(t, func(o *rpc.Options) { o.MaxBody = limit })
	pad := func(n int) string { return full + strings.Repeat(" ", n-len(full)) }
	const endless = 100 << 20
	in := io.MultiReader(
		strings.NewReader(pad(limit)+"\n"+pad(limit+1)+"\n"+full+"\n"),
		io.LimitReader(spaces{}, endless), strings.NewReader("\n"+full),
	)
	var out bytes.Buffer
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := b.ServeStream(t.Context(), in, &out, inOrder); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	want := strings.Join([]string{one, invalidRequest, one, invalidRequest, one, ""}, "\n")
	if got := out.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > endless/10 {
		t.Errorf("a line of %d bytes took %d bytes of memory", endless, took)
	}
}

// spaces are endless.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestServeStreamFinishes what it has read when there is no more to read.
func TestServeStreamFinishes(t *testing.T) {
	s := newStreaming(t)
	var out bytes.Buffer
	done := make(chan error, 1)
	go func() {
		in := request("1", "hold", "{}") + "\n" + request("2", "wait", "{}")
		done <- s.ServeStream(t.Context(), strings.NewReader(in), &out, rpc.StreamOptions{})
	}()
	eventually(t, "the end of the subscription", func() bool { return s.ended.Load() == 1 })
	select {
	case err := <-done:
		t.Fatalf("ServeStream returned (%v) while a call ran", err)
	default:
	}
	close(s.waits)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got, want := out.String(), `{"jsonrpc":"2.0","id":2,"result":"waited"}`; !strings.Contains(got, want) {
		t.Errorf("got %s, want in it %s", got, want)
	}
}

// TestServeStreamStops when its context ends, also while nothing comes.
func TestServeStreamStops(t *testing.T) {
	for name, in := range map[string]func(io.Reader) io.Reader{
		"in can be closed":    func(r io.Reader) io.Reader { return r },
		"in cannot be closed": func(r io.Reader) io.Reader { return struct{ io.Reader }{r} },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStreaming(t)
			requests, writer := io.Pipe()
			defer writer.Close()
			out, answers := io.Pipe()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.ServeStream(ctx, in(requests), answers, rpc.StreamOptions{}) }()
			p := linesPeer(t, writer, out)
			p.ask(t, request("1", "hold", "{}"), nullResult)
			p.send(request("1", "wait", "{}"))
			eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })
			cancel()
			eventually(t, "the end of the subscription", func() bool { return s.ended.Load() == 1 })
			close(s.waits)
			if got, want := p.next(t), `{"jsonrpc":"2.0","id":1,"result":"waited"}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServeStreamFails(t *testing.T) {
	broken := errors.New("broken")
	t.Run("read", func(t *testing.T) {
		s := newStreaming(t)
		requests, writer := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- s.ServeStream(t.Context(), requests, io.Discard, rpc.StreamOptions{}) }()
		fmt.Fprintln(writer, request("1", "wait", "{}"))
		eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })
		writer.CloseWithError(broken)
		if err := <-done; !errors.Is(err, broken) || s.ended.Load() != 1 {
			t.Errorf("got %v, and %d calls ended; want %v and 1", err, s.ended.Load(), broken)
		}
	})
	t.Run("write", func(t *testing.T) {
		s := newStreaming(t)
		requests, writer := io.Pipe()
		defer writer.Close()
		reader, answers := io.Pipe()
		reader.CloseWithError(broken)
		done := make(chan error, 1)
		go func() { done <- s.ServeStream(t.Context(), requests, answers, rpc.StreamOptions{}) }()
		fmt.Fprintln(writer, request("1", "wait", "{}"))
		eventually(t, "the call to run", func() bool { return s.running.Load() == 1 })
		fmt.Fprintln(writer, request("2", "echo", "[]"))
		if err := <-done; !errors.Is(err, broken) || s.ended.Load() != 1 {
			t.Errorf("got %v, and %d calls ended; want %v and 1", err, s.ended.Load(), broken)
		}
	})
}
