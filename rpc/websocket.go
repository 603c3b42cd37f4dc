package rpc

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// Defaults of WebSocketOptions.
const (
	DefaultMaxWebSockets = 1024
	DefaultPingInterval  = 30 * time.Second
	DefaultReadTimeout   = 30 * time.Second
	DefaultWriteTimeout  = 30 * time.Second
)

// missedPings in a row mean that the client has gone.
const missedPings = 2

// WebSocketOptions are the settings of WebSockets. What is not positive is its
// default.
type WebSocketOptions struct {
	StreamOptions
	MaxConnections int           // at the same time; more are refused with status 503
	PingInterval   time.Duration // between pings; a client that misses two of them is cut off
	ReadTimeout    time.Duration // for a message to arrive once it has begun
	WriteTimeout   time.Duration // for a message to be sent; a client that takes longer is cut off
}

// WebSockets serves documents over WebSocket: one a message, text or binary, and
// its answer as one text message, with the same bytes as over HTTP. A message over
// Options.MaxBody is invalid_request and is not kept. The Peer of all calls is that
// of the request which has opened the connection.
//
// A browser may connect only from a page of the same host.
type WebSockets struct {
	server *Server
	o      WebSocketOptions
	slots  chan struct{} // holds one for each connection

	stopping, cutting context.Context // ended by Shutdown
	stop, cut         context.CancelFunc
}

// WebSocket returns the handler for WebSocket connections. It must be shut down
// besides the http.Server, which does not wait for them.
func (s *Server) WebSocket(o WebSocketOptions) *WebSockets {
	o.StreamOptions = o.StreamOptions.withDefaults()
	if o.MaxConnections <= 0 {
		o.MaxConnections = DefaultMaxWebSockets
	}
	if o.PingInterval <= 0 {
		o.PingInterval = DefaultPingInterval
	}
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = DefaultReadTimeout
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = DefaultWriteTimeout
	}
	w := &WebSockets{server: s, o: o, slots: make(chan struct{}, o.MaxConnections)}
	w.stopping, w.stop = context.WithCancel(context.Background())
	w.cutting, w.cut = context.WithCancel(context.Background())
	return w
}

// ServeHTTP serves a connection, and returns when it has ended.
func (w *WebSockets) ServeHTTP(response http.ResponseWriter, r *http.Request) {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	default:
		http.Error(response, "too many WebSocket connections", http.StatusServiceUnavailable)
		return
	}
	if w.stopping.Err() != nil {
		http.Error(response, "the server is stopping", http.StatusServiceUnavailable)
		return
	}
	ws, err := websocket.Accept(response, r, nil)
	if err != nil {
		return // it has answered what is wrong
	}
	socket := newSocket(ws, w.server.o.MaxBody, w.o)
	c := w.server.connect(WithPeer(r.Context(), peerOf(r)), socket, w.o.StreamOptions)
	defer context.AfterFunc(w.cutting, func() { c.fail(context.Canceled) })()
	select {
	case <-c.closed:
	case <-w.stopping.Done():
		c.stop()
		<-c.closed
	}
	w.server.o.Log.DebugContext(r.Context(), "WebSocket closed", "reason", c.failure())
}

// Shutdown ends all connections, and takes no more: calls that run are finished and
// answered, then the connection is closed with status 1001. Those that have not
// ended when ctx ends are cut off, and the error is ctx's.
func (w *WebSockets) Shutdown(ctx context.Context) error {
	w.stop()
	defer w.cut()
	for range cap(w.slots) {
		select {
		case w.slots <- struct{}{}:
			defer func() { <-w.slots }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// socket carries one document a message.
type socket struct {
	ws    *websocket.Conn
	limit int64 // bytes of a document
	o     WebSocketOptions

	// turns counts when read begins to listen, and when it has heard something. It is
	// even while read does not listen; then a pong would not be heard either.
	turns atomic.Int64
	busy  atomic.Int64 // messages that are being sent

	ending chan struct{} // closed by close
	pinged chan struct{} // closed when there are no more pings
}

func newSocket(ws *websocket.Conn, limit int64, o WebSocketOptions) *socket {
	ws.SetReadLimit(-1) // read has its own, which does not end the connection
	s := &socket{ws: ws, limit: limit, o: o, ending: make(chan struct{}), pinged: make(chan struct{})}
	go s.ping()
	return s
}

func (s *socket) read() ([]byte, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.turns.Add(1)
	_, message, err := s.ws.Reader(ctx)
	s.turns.Add(1)
	if err != nil {
		return nil, err
	}
	defer time.AfterFunc(s.o.ReadTimeout, cancel).Stop()
	var document bytes.Buffer
	if _, err = io.Copy(&document, io.LimitReader(message, s.limit+1)); err == nil {
		_, err = io.Copy(io.Discard, message)
	}
	return document.Bytes(), err
}

func (s *socket) write(document []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.o.WriteTimeout)
	defer cancel()
	s.busy.Add(1)
	defer s.busy.Add(-1)
	return s.ws.Write(ctx, websocket.MessageText, document)
}

// ping cuts the client off when it has missed too many pings. A ping does not count
// while the client could not have answered it, or not have been heard: then the
// other limits hold.
func (s *socket) ping() {
	defer close(s.pinged)
	ticker := time.NewTicker(s.o.PingInterval)
	defer ticker.Stop()
	for missed := 0; missed < missedPings; {
		select {
		case <-ticker.C:
		case <-s.ending:
			return
		}
		turn := s.turns.Load()
		ctx, cancel := context.WithTimeout(context.Background(), s.o.PingInterval)
		err := s.ws.Ping(ctx)
		cancel()
		switch {
		case err == nil, turn%2 == 0, turn != s.turns.Load(), s.busy.Load() > 0:
			missed = 0
		default:
			missed++
		}
	}
	s.cut()
}

func (s *socket) cut() { _ = s.ws.CloseNow() }

func (s *socket) close() error {
	close(s.ending)
	err := s.ws.Close(websocket.StatusGoingAway, "")
	<-s.pinged
	return err
}
