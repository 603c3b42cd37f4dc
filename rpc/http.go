package rpc

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// HTTP serves documents over HTTP, at whatever path it is mounted: POST, any
// Content-Type, status 200 for every JSON-RPC answer and 204 where there is
// none. The header Idempotency-Key is Peer.IdempotencyKey. Other methods are answered with 405, bodies over Options.MaxBody with
// 413; both with invalid_request as the body. Where a body ends too early, the
// handler panics with http.ErrAbortHandler, so that the connection just ends.
func (s *Server) HTTP() http.Handler { return http.HandlerFunc(s.serveHTTP) }

func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		write(w, http.StatusMethodNotAllowed, refusal(errors.InvalidRequest))
		return
	}
	body, err := s.readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		write(w, http.StatusRequestEntityTooLarge, refusal(errors.InvalidRequest))
		return
	case err != nil:
		panic(http.ErrAbortHandler)
	}
	peer := peerOf(r)
	peer.IdempotencyKey = strings.Trim(r.Header.Get("Idempotency-Key"), `"`) // a structured field has quotes
	buffer := *buffers.Get().(*[]byte)
	out := s.serve(WithPeer(r.Context(), peer), body, buffer)
	if out == nil {
		recycle(buffer)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	write(w, http.StatusOK, out)
	recycle(out)
}

// believedLength is the size of the longest body, in bytes, for which memory is taken
// because the client says that it will come. For longer ones it is taken as they come.
const believedLength = 16 << 10

// readBody reads at most one byte more than allowed, and nothing of a body that
// says itself that it is too large.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch {
	case r.ContentLength > s.o.MaxBody:
		w.Header().Set("Connection", "close") // rather than read the rest to reach the next request
		return nil, &http.MaxBytesError{Limit: s.o.MaxBody}
	case r.ContentLength >= 0 && r.ContentLength <= believedLength:
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, s.o.MaxBody))
}

// countedLength is the size of the longest answer, in bytes, whose length is left to
// net/http to tell: of what its buffer holds it does so without a header to sort and copy.
const countedLength = 1 << 10

// contentType is shared by all answers.
var contentType = []string{"application/json; charset=UTF-8"}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Type"] = contentType
	if len(body) > countedLength {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only if the client has gone, and then there is nobody to tell
}

func peerOf(r *http.Request) Peer {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	p := Peer{Addr: host}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		p.Bearer = strings.TrimSpace(token)
	}
	return p
}
