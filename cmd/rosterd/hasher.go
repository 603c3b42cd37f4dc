package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// Hashing takes all processors for long. So that calls don't wait for them, a process of
// its own hashes, which all others go before; threads of the server's that others went
// before were not enough. It speaks JSON-RPC on its standard input and output.

const (
	hashCommandName = "__hash"
	hashIdle        = time.Minute // how long the process is kept at least when nothing is hashed; twice as long at most
	hashAttempts    = 3           // how many processes may die of a hash before the server itself makes it
	hashesSent      = 2           // hashes that are with the process, for each processor: none waits for the next one
)

// hashRequest is what is asked of the process, by one of its methods: hash, which
// answers a text, and matches, which answers a boolean. Passwords need not be UTF-8.
type hashRequest struct {
	Password []byte `json:"password"`
	Salt     []byte `json:"salt,omitempty"` // for hash
	Hash     string `json:"hash,omitempty"` // for matches
}

func (r hashRequest) answer(method string) (any, error) {
	switch method {
	case "hash":
		return directory.HashPassword(string(r.Password), r.Salt), nil
	case "matches":
		return directory.MatchPassword(string(r.Password), r.Hash)
	default:
		return nil, fmt.Errorf("there is no method %q", method)
	}
}

// hashCommand is the process. It ends when its input does, as when the server dies, or
// when it has had nothing to do.
type hashCommand struct {
	Idle time.Duration `required:"" env:"-"`
}

// Run takes no notice of signals to end: who sends them to the server may send them to
// all processes, and calls that run then still need hashes.
func (c *hashCommand) Run(env environment) error {
	yieldToOthers()
	debug.SetGCPercent(-1) // garbage is the memory of hashes, and collected before the next one
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	var asked atomic.Bool
	conn := jsonrpc2.NewConn(context.Background(), jsonrpc2.NewPlainObjectStream(pipes{polled(env.stdin), env.stdout}),
		jsonrpc2.AsyncHandler(jsonrpc2.HandlerWithError(func(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) (any, error) {
			places <- struct{}{}
			defer func() { <-places }()
			asked.Store(true)
			var request hashRequest
			if r.Params == nil {
				return nil, errors.New("no params")
			}
			if err := json.Unmarshal(*r.Params, &request); err != nil {
				return nil, err
			}
			runtime.GC()
			return request.answer(r.Method)
		})), silent())
	ticker := time.NewTicker(c.Idle)
	defer ticker.Stop()
	for {
		select {
		case <-conn.DisconnectNotify():
			return nil
		case <-ticker.C:
			if !asked.Swap(false) && len(places) == 0 {
				return nil
			}
		}
	}
}

// silent has a connection log nothing: what goes wrong, its caller is told.
func silent() jsonrpc2.ConnOpt { return jsonrpc2.SetLogger(log.New(io.Discard, "", 0)) }

// pipes are the ends of two pipes.
type pipes struct {
	io.Reader
	io.Writer
}

// Close closes the ends that can be closed.
func (p pipes) Close() error {
	for _, end := range []any{p.Writer, p.Reader} {
		if c, ok := end.(io.Closer); ok {
			_ = c.Close() // the other side may be gone
		}
	}
	return nil
}

// hashProcess is a directory.Hasher that has a process hash, which it starts when there
// is something to hash. One that dies is replaced, and what it had is done again; where
// none can be started, this process hashes.
type hashProcess struct {
	log     *slog.Logger
	program func() (string, error) // its file
	idle    time.Duration
	places  chan struct{}
	here    directory.Hasher

	mu       sync.Mutex
	closed   bool
	conn     *jsonrpc2.Conn // nil if no process is there
	watching sync.WaitGroup
}

func newHashProcess(log *slog.Logger) *hashProcess {
	processors := runtime.GOMAXPROCS(0)
	return &hashProcess{
		log: log, program: ownProgram, idle: hashIdle,
		places: make(chan struct{}, hashesSent*processors), here: directory.NewHasher(processors),
	}
}

func (h *hashProcess) Hash(ctx context.Context, password string, salt []byte) (string, error) {
	return inHashProcess(ctx, h, "hash", hashRequest{Password: []byte(password), Salt: salt},
		func() (string, error) { return h.here.Hash(ctx, password, salt) })
}

func (h *hashProcess) Matches(ctx context.Context, password, hash string) (bool, error) {
	return inHashProcess(ctx, h, "matches", hashRequest{Password: []byte(password), Hash: hash},
		func() (bool, error) { return h.here.Matches(ctx, password, hash) })
}

// inHashProcess asks the process, or does it here. What was sent to the process keeps
// its place until it is done, also if ctx ends before.
func inHashProcess[T any](ctx context.Context, h *hashProcess, method string, request hashRequest, here func() (T, error)) (T, error) {
	var zero T
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return zero, ctx.Err()
	}
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-h.places }()
		var o outcome
		if o.err = h.ask(method, request, &o.result); errors.Is(o.err, errNoHashProcess) {
			o.result, o.err = here()
		}
		done <- o
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return zero, ctx.Err()
	}
}

// errNoHashProcess tells that no process has done it.
var errNoHashProcess = errors.New("no process hashes passwords")

// ask has a process do it, and the next one if that dies.
// Errors: errNoHashProcess; what the process says of the hash.
func (h *hashProcess) ask(method string, request hashRequest, result any) error {
	reason := errors.New("processes ended before they had done it")
	for range hashAttempts {
		conn, err := h.connect()
		if err != nil {
			reason = err
			break
		}
		err = conn.Call(context.Background(), method, request, result)
		var answer *jsonrpc2.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &answer):
			return errors.New(answer.Message)
		}
		h.forget(conn)
	}
	h.log.Warn("the server hashes a password itself", "error", reason)
	return errNoHashProcess
}

// connect returns the connection to a process that was there when last heard of.
func (h *hashProcess) connect() (*jsonrpc2.Conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errors.New("the server has stopped")
	}
	if h.conn != nil {
		return h.conn, nil
	}
	program, err := h.program()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, hashCommandName, "--idle", h.idle.String())
	cmd.Stderr = os.Stderr
	setApart(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	conn := jsonrpc2.NewConn(context.Background(), jsonrpc2.NewPlainObjectStream(pipes{stdout, stdin}), nil, silent())
	h.conn = conn
	h.watching.Go(func() {
		<-conn.DisconnectNotify()
		closed := h.forget(conn)
		_ = cmd.Process.Kill() // it has ended, if not by close
		if err := cmd.Wait(); err != nil && !closed {
			h.log.Warn("the process that hashes passwords ended; another one does what it had", "error", err)
		}
	})
	return conn, nil
}

// forget has the next call start another process, and reports whether there is none.
func (h *hashProcess) forget(conn *jsonrpc2.Conn) (closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == conn {
		h.conn = nil
	}
	return h.closed
}

// close ends the process and waits for it. What still is hashed, is hashed here.
func (h *hashProcess) close() {
	h.mu.Lock()
	h.closed = true
	if h.conn != nil {
		_ = h.conn.Close() // it may have ended
	}
	h.mu.Unlock()
	h.watching.Wait()
}
