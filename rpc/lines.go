package rpc

import (
	"bufio"
	"context"
	"io"
	"sync"
)

// ServeStream answers documents that come one a line, with one line for each
// answer: what standard input and output, or a pipe, can carry. A line longer than
// Options.MaxBody is invalid_request and is not kept. The Peer is ctx's.
//
// It returns when in ends and all its documents have been answered, with an error
// if in or out fails. When ctx ends, calls that run are finished and answered, and
// nothing more is read. An in that is an io.Closer is closed then; one that is not
// may keep a goroutine until its Read returns.
func (s *Server) ServeStream(ctx context.Context, in io.Reader, out io.Writer, o StreamOptions) error {
	c := s.connect(ctx, newLines(in, out, s.o.MaxBody), o.withDefaults())
	select {
	case <-c.closed:
	case <-ctx.Done():
		c.stop()
		<-c.closed
	}
	return c.failure()
}

// lines carries one document a line.
type lines struct {
	in    io.Reader
	out   io.Writer
	limit int64 // bytes of a document

	documents chan []byte
	err       error         // why there are no more; set before documents is closed
	gone      chan struct{} // closed by cut
	cutting   sync.Once
}

func newLines(in io.Reader, out io.Writer, limit int64) *lines {
	l := &lines{in: in, out: out, limit: limit, documents: make(chan []byte), gone: make(chan struct{})}
	go l.readAll()
	return l
}

// readAll reads in a goroutine of its own, so that read can give up on an in that
// has nothing to say.
func (l *lines) readAll() {
	defer close(l.documents)
	r := bufio.NewReader(l.in)
	for {
		document, err := readLine(r, l.limit)
		if err != nil {
			l.err = err
			return
		}
		select {
		case l.documents <- document:
		case <-l.gone:
			l.err = io.EOF
			return
		}
	}
}

// readLine reads a line without its end, and of one that is longer than limit one
// byte more than that. The last line may have no end.
func readLine(r *bufio.Reader, limit int64) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		ended := err == nil
		if ended {
			part = part[:len(part)-1]
		}
		line = append(line, part[:min(int64(len(part)), limit+1-int64(len(line)))]...)
		switch {
		case ended, err == io.EOF && len(line) > 0:
			return line, nil
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

func (l *lines) read() ([]byte, error) {
	select {
	case document, ok := <-l.documents:
		if !ok {
			return nil, l.err
		}
		return document, nil
	case <-l.gone:
		return nil, io.EOF
	}
}

func (l *lines) write(document []byte) error {
	_, err := l.out.Write(append(document, '\n'))
	return err
}

func (l *lines) cut() {
	l.cutting.Do(func() {
		close(l.gone)
		if closer, ok := l.in.(io.Closer); ok {
			_ = closer.Close() // only to make a Read that waits return
		}
	})
}

func (l *lines) close() error {
	l.cut()
	return nil
}
