package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
)

// withRequestID gives each request an id, answers it in X-Request-Id, and tells
// the debug log how the request went.
func withRequestID(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.NewString()
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestKey{}, id)
		started := time.Now()
		next.ServeHTTP(w, r.WithContext(ctx))
		if log.Enabled(ctx, slog.LevelDebug) { // its arguments take memory
			log.DebugContext(ctx, "request", "method", r.Method, "path", r.URL.Path, "remote", r.RemoteAddr, "took", time.Since(started))
		}
	})
}

type requestKey struct{}

// requestHandler adds the request's id to each line.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		record.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// certificateAge is how long a certificate is used before its files are looked at
// again.
const certificateAge = time.Second

// certificate is a key pair that is read again when its files change.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	files   string // sizes and times of the files that pair came from
	checked time.Time
}

func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	return c, c.reload()
}

// get is for tls.Config. While the files are unreadable or do not fit together, as
// they may be while they are replaced, the old pair is used.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) > certificateAge {
		if err := c.reload(); err != nil {
			c.log.Warn("certificate not reloaded", "error", err)
		}
	}
	return c.pair, nil
}

func (c *certificate) reload() error {
	c.checked = time.Now()
	files := ""
	for _, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		files += fmt.Sprintln(info.Size(), info.ModTime().UnixNano())
	}
	if files == c.files {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.files = &pair, files
	return nil
}
