package dialecttest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

const testMaxBody = 1 << 20

func respond(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"text":%q}`, text)
}

func says(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { respond(w, status, http.StatusText(status)) }
}

// targetOf is a door with one more handler.
func targetOf(handle http.HandlerFunc) Target {
	return Target{
		Handler: dialect.NewRouter([]dialect.Route{
			{Method: http.MethodGet, Path: "/door/a", Handle: says(http.StatusOK)},
			{Method: http.MethodPost, Path: "/door/a", Handle: handle},
		}, dialect.Refusals{NotFound: says(404), MethodNotAllowed: says(405), Failed: says(500)}, slog.New(slog.DiscardHandler)),
		MaxBody:  testMaxBody,
		Requests: []Request{{Method: http.MethodGet, Path: "/door/a"}, {Method: http.MethodPost, Path: "/door/a"}},
		Unknown:  "/door/none",
		Check: func(r *http.Response, body string) error {
			if r.Header.Get("Content-Type") != jsonType || r.Request.Method != http.MethodHead && !strings.HasPrefix(body, `{"text":`) {
				return errors.New("not our form")
			}
			return nil
		},
	}
}

func careful(w http.ResponseWriter, r *http.Request) {
	body, err := dialect.ReadBody(w, r, testMaxBody)
	switch {
	case dialect.IsTooLarge(err):
		respond(w, http.StatusRequestEntityTooLarge, "too large")
	case !json.Valid(body):
		respond(w, http.StatusBadRequest, "not JSON")
	default:
		respond(w, http.StatusOK, "done")
	}
}

func TestHostile(t *testing.T) { Hostile(t, targetOf(careful)) }

// Whatever a door does wrong is found.
func TestHostileFinds(t *testing.T) {
	for _, c := range []struct {
		name   string
		target Target
		want   string
	}{
		{"reads everything", targetOf(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			respond(w, http.StatusOK, "done")
		}), "the server has read"},
		{"fails on bad input", targetOf(func(w http.ResponseWriter, r *http.Request) {
			if body, _ := dialect.ReadBody(w, r, testMaxBody); !json.Valid(body) {
				respond(w, http.StatusInternalServerError, "failed")
				return
			}
			respond(w, http.StatusOK, "done")
		}), "got status 500"},
		{"panics on what is no object", targetOf(func(w http.ResponseWriter, r *http.Request) {
			var body map[string]any
			if raw, _ := dialect.ReadBody(w, r, testMaxBody); json.Unmarshal(raw, &body) != nil {
				panic("no object")
			}
			careful(w, r)
		}), "got status 500"},
		{"answers in another form", targetOf(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "bad request", http.StatusBadRequest)
		}), "not our form"},
		{"hangs up", targetOf(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "EOF"},
		{"has no 405", func() Target {
			target := targetOf(careful)
			target.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/door/a" {
					respond(w, http.StatusNotFound, "")
					return
				}
				careful(w, r)
			})
			return target
		}(), "want 405"},
		{"has no 404", func() Target {
			target := targetOf(careful)
			target.Unknown = "/door/a"
			return target
		}(), "want 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := hostile(c.target)
			if !slices.ContainsFunc(got, func(problem string) bool { return strings.Contains(problem, c.want) }) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
