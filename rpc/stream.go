package rpc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
)

// Defaults of StreamOptions.
const (
	DefaultMaxInFlight      = 16 // documents
	DefaultMaxSubscriptions = 16
)

// StreamOptions are the settings of a connection that stays open and carries
// documents both ways. What is not positive is its default.
type StreamOptions struct {
	// MaxInFlight is how many documents of one connection are answered at the same
	// time. One more is read and waits; what comes behind it is not read. Answers
	// come as they get ready, and in the order of the documents if it is 1.
	MaxInFlight int
	// MaxSubscriptions is how many functions one connection may have running that
	// were given to Stream.Go.
	MaxSubscriptions int
}

func (o StreamOptions) withDefaults() StreamOptions {
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = DefaultMaxInFlight
	}
	if o.MaxSubscriptions <= 0 {
		o.MaxSubscriptions = DefaultMaxSubscriptions
	}
	return o
}

// Notify sends a notification, whose params go-json-experiment/json writes. It
// returns when the transport has taken it, so a client that does not read makes
// it wait. After an error nothing more can be sent.
type Notify func(method string, params any) error

// Stream is the connection that a call has come over, for methods that send more
// than their answer.
type Stream struct {
	connection *connection

	mu      sync.Mutex
	planned []func() // started when the answer has been written
}

type streamKey struct{}

// StreamFrom returns the Stream that the call with this context has come over. It
// reports false if there is none: over HTTP, an answer is all that can be sent.
func StreamFrom(ctx context.Context) (*Stream, bool) {
	s, ok := ctx.Value(streamKey{}).(*Stream)
	return s, ok
}

// Go runs f in a goroutine of the connection, as soon as the answer to the
// document has been written; never if the call fails, or all of a RunAll. Its
// context ends with the connection, which waits for f. What f sends arrives in the
// order sent, between whole answers. What f returns before that goes to the log; a
// panic ends f alone.
// Errors: the mnemonic "error" when StreamOptions.MaxSubscriptions are running.
func (s *Stream) Go(f func(ctx context.Context, notify Notify) error) error {
	c := s.connection
	if !c.reserve() {
		return errors.E(errors.Other, "error_message", "a connection may have "+strconv.Itoa(c.o.MaxSubscriptions)+" subscriptions")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned = append(s.planned, func() { c.subscribe(f) })
	return nil
}

// plans is how many functions wait to be started. A nil Stream has none.
func (s *Stream) plans() int {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.planned)
}

// drop forgets the plans after the first n.
func (s *Stream) drop(n int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.planned[n:] {
		s.connection.release()
	}
	s.planned = s.planned[:n]
}

func (s *Stream) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, run := range s.planned {
		run()
	}
	s.planned = nil
}

// carrier carries whole documents.
type carrier interface {
	// read returns the next document. Of one that is longer than Options.MaxBody it
	// returns no more than shows that, and leaves out the rest. io.EOF means that
	// nothing more will come, but answers are still read; other errors that they are
	// not.
	read() ([]byte, error)
	// write sends a document.
	write(document []byte) error
	// cut makes read and write return errors at once, also those that wait.
	cut()
	// close says good-bye where there is a way to, and then does as cut.
	close() error
}

// connection serves the documents of a carrier. It is the stream that a
// jsonrpc2.Conn stands on: Conn orders what the server sends on its own, and ends
// the connection; calls it never sees.
type connection struct {
	server  *Server
	carrier carrier
	o       StreamOptions

	ctx    context.Context // of the calls; ends when nobody would read their answers
	cancel context.CancelFunc

	conn  *jsonrpc2.Conn
	ready chan struct{} // closed when conn is set

	stopping chan struct{} // closed when no more documents are to be answered
	stopped  sync.Once
	slots    chan struct{} // holds one for each document that is being answered
	closed   chan struct{} // closed at the very end

	subscriptions    sync.WaitGroup
	subscribed       context.Context
	endSubscriptions context.CancelFunc

	writing sync.Mutex

	mu   sync.Mutex
	open int   // subscriptions, also those that are only planned
	err  error // why the carrier failed; nil for a good end
}

// connect begins to serve what the carrier brings. ctx lends its values.
func (s *Server) connect(ctx context.Context, carrier carrier, o StreamOptions) *connection {
	c := &connection{
		server: s, carrier: carrier, o: o,
		ready: make(chan struct{}), stopping: make(chan struct{}), closed: make(chan struct{}),
		slots: make(chan struct{}, o.MaxInFlight),
	}
	ctx = context.WithoutCancel(ctx)
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.subscribed, c.endSubscriptions = context.WithCancel(c.ctx)
	c.conn = jsonrpc2.NewConn(ctx, c, nil, jsonrpc2.SetLogger(connLog{s.o.Log}))
	close(c.ready)
	return c
}

// ReadObject is for jsonrpc2.Conn. It answers documents until the carrier ends; v
// gets only responses.
func (c *connection) ReadObject(v any) error {
	<-c.ready
	for {
		document, err := c.carrier.read()
		if err != nil {
			if err != io.EOF {
				c.fail(err)
			}
			c.finish()
			return io.EOF
		}
		if isResponse(document) && json.Unmarshal(document, v) == nil {
			return nil
		}
		if !c.begin() {
			c.finish()
			return io.EOF
		}
		go c.answer(document)
	}
}

// isResponse reports whether a document is a response to a call of ours, and
// nothing that Serve has to answer.
func isResponse(document jsontext.Value) bool {
	if document.Kind() != jsontext.KindBeginObject {
		return false
	}
	has := map[string]bool{}
	for name := range children(document) {
		if name == "method" {
			return false
		}
		has[name] = true
	}
	return has["id"] && has["result"] != has["error"] && document.IsValid()
}

// begin waits for a slot. It reports false if no more documents are to be
// answered.
func (c *connection) begin() bool {
	select {
	case <-c.stopping:
		return false
	case c.slots <- struct{}{}:
	}
	select {
	case <-c.stopping:
		<-c.slots
		return false
	default:
		return true
	}
}

// answer answers a document, and gives its slot back.
func (c *connection) answer(document []byte) {
	defer func() { <-c.slots }()
	stream := &Stream{connection: c}
	answer := c.server.Serve(context.WithValue(c.ctx, streamKey{}, stream), document)
	if answer != nil {
		if err := c.write(answer); err != nil {
			stream.drop(0)
			return
		}
	}
	stream.start()
}

// WriteObject is for jsonrpc2.Conn.
func (c *connection) WriteObject(v any) error {
	document, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.write(document)
}

func (c *connection) write(document []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	err := c.carrier.write(document)
	if err != nil {
		c.fail(err)
	}
	return err
}

// fail notes why nobody reads answers any more, and ends what works on them.
func (c *connection) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.cancel()
	c.carrier.cut()
}

// finish lets the documents that are being answered come to their end, and
// everything else end at once.
func (c *connection) finish() {
	c.stopped.Do(func() {
		close(c.stopping)
		c.endSubscriptions()
		for range cap(c.slots) {
			c.slots <- struct{}{}
		}
		c.subscriptions.Wait()
	})
}

// stop finishes and says good-bye.
func (c *connection) stop() {
	c.finish()
	_ = c.conn.Close() // fails only if it has been closed
}

// Close is for jsonrpc2.Conn, which calls it once, when all has been finished.
func (c *connection) Close() error {
	err := c.carrier.close()
	c.cancel()
	close(c.closed)
	return err
}

// failure is why the connection ended, nil if it ended well. It is for after
// closed.
func (c *connection) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// reserve takes one of the subscriptions that the connection may have.
func (c *connection) reserve() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.o.MaxSubscriptions {
		return false
	}
	c.open++
	return true
}

// release gives a subscription back.
func (c *connection) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
}

// subscribe runs f, for which a subscription has been reserved.
func (c *connection) subscribe(f func(context.Context, Notify) error) {
	c.subscriptions.Go(func() {
		defer c.release()
		_, err := noPanic(func() (any, error) { return nil, f(c.subscribed, c.notify) })
		switch {
		case err == nil, c.subscribed.Err() != nil:
		case errors.HasCode(errors.Of(err), errors.InternalError):
			c.server.logInternal(c.subscribed, err)
		default:
			c.server.o.Log.DebugContext(c.subscribed, "subscription ended", "reason", err)
		}
	})
}

func (c *connection) notify(method string, params any) error {
	b, err := json.Marshal(params, json.Deterministic(true))
	if err != nil {
		return err
	}
	return c.conn.Notify(c.subscribed, method, jsontext.Value(b))
}

// connLog takes what jsonrpc2.Conn has to say: that a response answers nothing.
type connLog struct{ log *slog.Logger }

func (l connLog) Printf(format string, args ...any) {
	l.log.Debug("connection", "message", fmt.Sprintf(format, args...))
}
