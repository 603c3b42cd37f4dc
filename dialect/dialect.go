// Package dialect is what the doors of other vendors share: finding the route of a
// request, reading a body of any form within a limit, and answering what goes wrong
// before or beside a handler, each in the vendor's own form.
//
// It knows no vendor and no employee. What a vendor's API says is in the packages
// below, one each, which know nothing of each other.
package dialect

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/errors"
)

// Route is one method of one path. The path is a pattern of http.ServeMux without
// a method: "/api/v1/livechat/users/{type}".
type Route struct {
	Method, Path string
	Handle       http.HandlerFunc
}

// Refusals are a door's answers to requests that no handler answers.
type Refusals struct {
	NotFound         http.HandlerFunc // no route has the path
	MethodNotAllowed http.HandlerFunc // one has, for other methods, which the header Allow names already
	Failed           http.HandlerFunc // a handler panicked; nothing of that is told
}

// NewRouter serves routes. HEAD is served by GET, as net/http does it, and no path is
// taken for another one: "/a/" and "/x/../a" are not "/a".
//
// A handler that panics is logged, and answered with Failed or, if it has begun to
// answer, by the end of the connection. http.ErrAbortHandler goes through.
func NewRouter(routes []Route, refused Refusals, log *slog.Logger) http.Handler {
	byPath := map[string]map[string]http.HandlerFunc{}
	for _, r := range routes {
		if byPath[r.Path] == nil {
			byPath[r.Path] = map[string]http.HandlerFunc{}
		}
		byPath[r.Path][r.Method] = r.Handle
	}
	mux := http.NewServeMux()
	for pattern, byMethod := range byPath {
		if byMethod[http.MethodGet] != nil && byMethod[http.MethodHead] == nil {
			byMethod[http.MethodHead] = byMethod[http.MethodGet]
		}
		allow := strings.Join(slices.Sorted(maps.Keys(byMethod)), ", ")
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if handle := byMethod[r.Method]; handle != nil {
				handle(w, r)
				return
			}
			w.Header().Set("Allow", allow)
			refused.MethodNotAllowed(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tracked, header := &answer{ResponseWriter: w}, w.Header().Clone()
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				log.ErrorContext(r.Context(), "a handler panicked", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				if tracked.begun {
					panic(http.ErrAbortHandler)
				}
				clear(w.Header())
				maps.Copy(w.Header(), header)
				refused.Failed(w, r)
			}
		}()
		if _, pattern := mux.Handler(r); pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
			refused.NotFound(tracked, r) // rather than a redirect to the clean path
			return
		}
		mux.ServeHTTP(tracked, r)
	})
}

// answer knows whether it has begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

func (a *answer) WriteHeader(status int) {
	a.begun = true
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// DefaultMaxBody is how many bytes a body has at most where nothing else is said.
const DefaultMaxBody = 8 << 20

// ReadBody reads a request's body, of limit bytes at most.
// Errors: *http.MaxBytesError for a longer one, of which nothing is read if it says
// so itself; others where the body ends too early.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	var err error = &http.MaxBytesError{Limit: limit}
	var body []byte
	if r.ContentLength <= limit {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	}
	if IsTooLarge(err) {
		w.Header().Set("Connection", "close") // rather than read the rest to reach the next request
	}
	return body, err
}

// IsTooLarge reports whether a body was longer than the limit.
func IsTooLarge(err error) bool {
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}

// MediaType is the type that a request says its body has, in lower case and without
// parameters; "" if it says none that can be read.
func MediaType(r *http.Request) string {
	t, _ := contentType(r)
	return t
}

// contentType leaves parameters out that cannot be read.
func contentType(r *http.Request) (string, map[string]string) {
	t, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", nil
	}
	return t, params
}

// MaxFormFields is how many fields a form has at most. One with more is not read.
const MaxFormFields = 1000

// Form reads a body of type application/x-www-form-urlencoded or
// multipart/form-data, without files. Clients write forms by hand: what is no escape
// stands for itself, and a multipart form that breaks off has the fields before that.
func Form(r *http.Request, body []byte) url.Values {
	t, params := contentType(r)
	switch t {
	case "application/x-www-form-urlencoded":
		return URLEncoded(string(body))
	case "multipart/form-data":
		return multipartForm(body, params["boundary"])
	}
	return url.Values{}
}

// URLEncoded reads a query, or a body of type application/x-www-form-urlencoded, as
// Form does.
func URLEncoded(text string) url.Values {
	values, n := url.Values{}, 0
	for field := range strings.SplitSeq(text, "&") {
		if field == "" {
			continue
		}
		if n++; n > MaxFormFields {
			return url.Values{}
		}
		name, value, _ := strings.Cut(field, "=")
		values.Add(unescape(name), unescape(value))
	}
	return values
}

// escape is what stands for another byte in a form.
var escape = regexp.MustCompile(`\+|%[0-9A-Fa-f]{2}`)

func unescape(text string) string {
	return escape.ReplaceAllStringFunc(text, func(found string) string {
		plain, _ := url.QueryUnescape(found) // of an escape, which can be read
		return plain
	})
}

func multipartForm(body []byte, boundary string) url.Values {
	values := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for range MaxFormFields {
		part, err := parts.NextPart()
		if err != nil {
			return values
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return values
		}
		if name := part.FormName(); name != "" && part.FileName() == "" {
			values.Add(name, string(value))
		}
	}
	if _, err := parts.NextPart(); err == nil {
		return url.Values{}
	}
	return values
}

// ClientAddr is the address that a request is from, without a port.
func ClientAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type secureKey struct{}

// WithSecure is r of a client that speaks TLS to a proxy we trust.
func WithSecure(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), secureKey{}, true))
}

// IsSecure reports whether the client speaks TLS, to us or to a proxy we trust.
func IsSecure(r *http.Request) bool {
	behindProxy, _ := r.Context().Value(secureKey{}).(bool)
	return r.TLS != nil || behindProxy
}
