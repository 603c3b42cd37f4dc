package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is one to send, and what its answer must have.
type request struct {
	path    string
	headers string // "Name: value\r\n", each
	body    []byte
	has     string // a part of the body of every good answer
	times   int    // how often the body has it; 0 is once at least
}

// load sends requests 0 to n-1 over some connections, each of which waits for an answer
// before it sends the next, and returns how long each took, in no order. An answer
// that is not of status 2xx, or lacks what it must have, ends the load with an error.
// The client is as little as HTTP/1.1 needs, so that servers are what is measured.
// requestOf should do nothing but look a request up, for the same reason.
func load(ctx context.Context, address string, connections, n int, requestOf func(i int) request) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	took := make([][]time.Duration, connections)
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			conn, err := dial(ctx, address)
			if err != nil {
				cancel(err)
				return
			}
			defer conn.Close()
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= n {
					return
				}
				r := requestOf(i)
				began := time.Now()
				if _, err := conn.do(r); err != nil {
					cancel(fmt.Errorf("request %d: %w", i, err))
					return
				}
				took[c] = append(took[c], time.Since(began))
			}
		})
	}
	all.Wait()
	var flat []time.Duration
	for _, t := range took {
		flat = append(flat, t...)
	}
	return flat, context.Cause(ctx)
}

// connection is one that is kept alive.
type connection struct {
	net.Conn
	host string
	in   *bufio.Reader
	out  []byte
	body []byte
}

func dial(ctx context.Context, address string) (*connection, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, host: address, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// do sends a request by POST, or by GET if it has no body, and returns the body of the
// answer, which the next call overwrites.
func (c *connection) do(r request) ([]byte, error) {
	method := "POST"
	if r.body == nil {
		method = "GET"
	}
	c.out = fmt.Appendf(c.out[:0], "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n", method, r.path, c.host, r.headers, len(r.body))
	c.out = append(c.out, r.body...)
	if _, err := c.Write(c.out); err != nil {
		return nil, err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(status) < len("HTTP/1.1 200") {
		return nil, fmt.Errorf("no status: %q", status)
	}
	code := [3]byte(status[9:12]) // the next line overwrites it
	if err := c.readBody(); err != nil {
		return nil, err
	}
	if code[0] != '2' || !r.answeredBy(c.body) {
		return nil, fmt.Errorf("answered with status %s: %.500s", code, c.body)
	}
	return c.body, nil
}

// answeredBy reports whether a body is a good answer.
func (r request) answeredBy(body []byte) bool {
	if r.times == 0 {
		return bytes.Contains(body, []byte(r.has))
	}
	return bytes.Count(body, []byte(r.has)) == r.times
}

// readBody reads the head, and the body of a length that it tells, or in chunks.
func (c *connection) readBody() error {
	length, chunked := -1, false
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		switch value = strings.TrimSpace(value); {
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.Atoi(value); err != nil {
				return err
			}
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = strings.EqualFold(value, "chunked")
		}
	}
	c.body = c.body[:0]
	switch {
	case chunked:
		return c.readChunks()
	case length < 0:
		return errors.New("an answer without a length")
	}
	return c.read(length)
}

// read appends n bytes to the body.
func (c *connection) read(n int) error {
	from := len(c.body)
	c.body = append(c.body, make([]byte, n)...)
	_, err := io.ReadFull(c.in, c.body[from:])
	return err
}

func (c *connection) readChunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.read(int(size)); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
