package rpc

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
)

// DialWebSocket connects to a server of WebSockets at a ws or wss URL. The Conn is
// jsonrpc2's client as it is; DisconnectNotify tells when the connection is lost,
// and calls then fail with jsonrpc2.ErrClosed.
//
// notified gets the server's notifications one after the other, in the order sent,
// with params as JSON, nil if there are none. While it runs, nothing else arrives,
// answers and pings included, so it must not call the server. It may be nil.
//
// ctx is for connecting only. Errors: what the server refused is an error with the
// HTTP status.
func DialWebSocket(ctx context.Context, url string, o ClientOptions, notified func(method string, params []byte)) (*jsonrpc2.Conn, error) {
	if o.MaxAnswer == 0 {
		o.MaxAnswer = DefaultMaxAnswer
	}
	client := o.HTTP
	if client == nil {
		client = &http.Client{Transport: &http.Transport{}}
	}
	header := http.Header{}
	if o.Token != "" {
		header.Set("Authorization", "Bearer "+o.Token)
	}
	ws, response, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, HTTPHeader: header})
	if err != nil {
		if o.HTTP == nil {
			client.CloseIdleConnections()
		}
		if response != nil {
			err = fmt.Errorf("rpc: the server answered with HTTP status %s", response.Status)
		}
		return nil, err
	}
	ws.SetReadLimit(o.MaxAnswer)
	return jsonrpc2.NewConn(context.Background(), clientSocket{ws}, receiver(notified), jsonrpc2.SetLogger(log.New(io.Discard, "", 0))), nil
}

// receiver takes what the server sends beside answers.
type receiver func(method string, params []byte)

func (r receiver) Handle(_ context.Context, _ *jsonrpc2.Conn, request *jsonrpc2.Request) {
	if r == nil || !request.Notif {
		return
	}
	var params []byte
	if request.Params != nil {
		params = *request.Params
	}
	r(request.Method, params)
}

// clientSocket is the stream of a client's Conn, which orders what it writes.
type clientSocket struct{ ws *websocket.Conn }

func (s clientSocket) WriteObject(v any) error {
	document, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), DefaultWriteTimeout) // Conn has no context for us
	defer cancel()
	return s.ws.Write(ctx, websocket.MessageText, document)
}

// ReadObject ends the connection on an error without id: it means that the server
// could not read a call, which therefore would wait for ever.
func (s clientSocket) ReadObject(v any) error {
	_, document, err := s.ws.Read(context.Background())
	if err != nil {
		return err
	}
	for name, value := range children(document) {
		if name == "id" && value.Kind() == jsontext.KindNull {
			return errors.New("rpc: the server could not read a call")
		}
	}
	return json.Unmarshal(document, v)
}

func (s clientSocket) Close() error { return s.ws.Close(websocket.StatusNormalClosure, "") }
