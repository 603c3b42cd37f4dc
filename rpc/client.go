package rpc

import (
	"bytes"
	"context"
	"encoding/json" // as jsonrpc2 does: Client must treat params and results no differently
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
)

// DefaultMaxAnswer is the default of ClientOptions.MaxAnswer in bytes.
const DefaultMaxAnswer = 64 << 20

// ClientOptions are the settings of a Client.
type ClientOptions struct {
	Token     string       // sent as Authorization: Bearer; "" sends none
	HTTP      *http.Client // nil is one of the Client's own, without a proxy
	MaxAnswer int64        // bytes of an answer; more is an error; 0 is DefaultMaxAnswer
}

// Client calls methods, of a server over HTTP or in this process. It is jsonrpc2's
// client interface, with that library's types and encoding/json. It is safe for
// concurrent use.
type Client struct {
	// exchange sends a document and returns the answer, which is empty if there is
	// none.
	exchange func(ctx context.Context, document []byte) ([]byte, error)
	release  func()         // lets go of what exchange holds
	conn     *jsonrpc2.Conn // builds requests, see build; nothing is sent through it

	mu    sync.Mutex
	built *jsonrpc2.Request
}

var _ jsonrpc2.JSONRPC2 = (*Client)(nil)

// Dial returns a Client for the server at url. It does not connect yet. The
// Client must be closed.
func Dial(url string, o ClientOptions) *Client {
	release := func() {}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Transport: &http.Transport{}}
		release = o.HTTP.CloseIdleConnections
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = DefaultMaxAnswer
	}
	return newClient(poster{url, o}.post, release)
}

// Client returns a Client that calls s in this process, as p. It must be closed.
func (s *Server) Client(p Peer) *Client {
	return newClient(func(ctx context.Context, document []byte) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return s.Serve(WithPeer(ctx, p), document), nil
	}, func() {})
}

func newClient(exchange func(context.Context, []byte) ([]byte, error), release func()) *Client {
	c := &Client{exchange: exchange, release: release}
	c.conn = jsonrpc2.NewConn(context.Background(), unsent{make(chan struct{})}, nil,
		jsonrpc2.OnSend(func(r *jsonrpc2.Request, _ *jsonrpc2.Response) { c.built = r }))
	return c
}

// Close makes further calls fail with jsonrpc2.ErrClosed. Those under way end as
// they would have.
func (c *Client) Close() error {
	err := c.conn.Close()
	c.release()
	return err
}

// Call calls a method and stores its result in the value that result points to;
// nil drops it. An error that the server answered is a *jsonrpc2.Error. params
// are anything that encoding/json makes an object or an array of; nil sends
// none.
func (c *Client) Call(ctx context.Context, method string, params, result any, opts ...jsonrpc2.CallOption) error {
	request, err := c.build(func() error { return c.conn.Call(ctx, method, params, nil, opts...) })
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, request)
	if err != nil {
		return err
	}
	if len(answer) == 0 {
		return errUnanswered
	}
	var response jsonrpc2.Response
	if err := json.Unmarshal(answer, &response); err != nil {
		return fmt.Errorf("rpc: answer to %s: %w", method, err)
	}
	if response.Error == nil && response.ID != request.ID {
		return fmt.Errorf("rpc: answer to %s has the id %s instead of %s", method, response.ID, request.ID)
	}
	return settle(response, result)
}

// Notify calls a method without being told what came of it. It returns when the
// server has done it.
func (c *Client) Notify(ctx context.Context, method string, params any, opts ...jsonrpc2.CallOption) error {
	request, err := c.build(func() error { return c.conn.Notify(ctx, method, params, opts...) })
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, request)
	if err != nil || len(answer) == 0 {
		return err
	}
	return documentError(answer)
}

// BatchCall is one call of a batch.
type BatchCall struct {
	Method string
	Params any   // as for Call
	Result any   // where the result goes, as for Call
	Notify bool  // a notification: no result, no error
	Err    error // set by Batch: what came of this call
}

// Batch sends all calls in one document and sets Result and Err of each. It
// returns an error if the batch as a whole failed; Result and Err then mean
// nothing.
func (c *Client) Batch(ctx context.Context, calls []BatchCall) error {
	if len(calls) == 0 {
		return nil // the protocol has no empty batch
	}
	requests := make([]*jsonrpc2.Request, len(calls))
	waiting := make(map[jsonrpc2.ID]int, len(calls))
	for i, call := range calls {
		calls[i].Err = nil
		var err error
		requests[i], err = c.build(func() error {
			if call.Notify {
				return c.conn.Notify(ctx, call.Method, call.Params)
			}
			id := jsonrpc2.ID{Num: uint64(i + 1)} // not 0, which is also what the library reads null as
			waiting[id] = i
			return c.conn.Call(ctx, call.Method, call.Params, nil, jsonrpc2.PickID(id))
		})
		if err != nil {
			return fmt.Errorf("rpc: call %d of the batch: %w", i, err)
		}
	}
	answer, err := c.send(ctx, requests)
	if err != nil {
		return err
	}
	var responses []jsonrpc2.Response
	if len(answer) > 0 {
		if answer[0] != '[' {
			return documentError(answer)
		}
		if err := json.Unmarshal(answer, &responses); err != nil {
			return fmt.Errorf("rpc: answer to a batch: %w", err)
		}
	}
	for _, response := range responses {
		i, ok := waiting[response.ID]
		if !ok {
			return fmt.Errorf("rpc: the batch has no call with the id %s", response.ID)
		}
		delete(waiting, response.ID)
		calls[i].Err = settle(response, calls[i].Result)
	}
	for _, i := range waiting {
		calls[i].Err = errUnanswered
	}
	return nil
}

// settle stores a response's result, or returns its error.
func settle(response jsonrpc2.Response, result any) error {
	switch {
	case response.Error != nil:
		return response.Error
	case response.Result == nil:
		return errors.New("rpc: an answer has neither result nor error")
	case result == nil:
		return nil
	}
	return json.Unmarshal(*response.Result, result)
}

// documentError is the error in an answer that is for a whole document.
func documentError(answer []byte) error {
	var response jsonrpc2.Response
	if err := json.Unmarshal(answer, &response); err != nil {
		return fmt.Errorf("rpc: %w", err)
	}
	if response.Error == nil {
		return errors.New("rpc: the server answered what was not asked")
	}
	return response.Error
}

// send sends a document and returns the answer, which is empty if there is none.
func (c *Client) send(ctx context.Context, document any) ([]byte, error) {
	body, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return c.exchange(ctx, body)
}

// poster sends documents over HTTP.
type poster struct {
	url string
	o   ClientOptions
}

func (p poster) post(ctx context.Context, document []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	if p.o.Token != "" {
		r.Header.Set("Authorization", "Bearer "+p.o.Token)
	}
	response, err := p.o.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := p.read(response)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusOK, response.StatusCode == http.StatusNoContent:
		return bytes.TrimSpace(answer), nil
	}
	var refused *jsonrpc2.Error
	if errors.As(documentError(answer), &refused) {
		return nil, refused
	}
	return nil, fmt.Errorf("rpc: the server answered with HTTP status %s", response.Status)
}

// read reads the body of a response, unless it is too long.
func (p poster) read(response *http.Response) ([]byte, error) {
	tooLong := fmt.Errorf("rpc: the answer is longer than %d bytes", p.o.MaxAnswer)
	if response.ContentLength > p.o.MaxAnswer {
		return nil, tooLong
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, p.o.MaxAnswer+1))
	if err == nil && int64(len(body)) > p.o.MaxAnswer {
		err = tooLong
	}
	return body, err
}

var (
	errUnanswered = errors.New("rpc: the server did not answer this call")
	errUnsent     = errors.New("rpc: request built, not sent")
)

// build returns the request that a call on c.conn would send. Only a Conn can
// apply CallOptions, and it also numbers the requests.
func (c *Client) build(call func() error) (*jsonrpc2.Request, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := call(); !errors.Is(err, errUnsent) {
		return nil, err
	}
	return c.built, nil
}

// unsent is the stream of a Conn that only builds requests: it takes none and
// never brings an answer.
type unsent struct{ closed chan struct{} }

func (u unsent) WriteObject(any) error { return errUnsent }

func (u unsent) ReadObject(any) error {
	<-u.closed
	return io.EOF
}

func (u unsent) Close() error {
	close(u.closed)
	return nil
}
