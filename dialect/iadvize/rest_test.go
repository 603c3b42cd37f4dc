package iadvize_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/iadvize"
)

// startREST makes REST of a roster of its own.
func startREST(t testing.TB) (http.Handler, map[string]string) {
	return must(iadvize.REST(options(t)))(t), maps.Clone(fixture)
}

func TestRESTExchanges(t *testing.T) { dialecttest.Replay(t, "testdata/rest", startREST) }

func TestRESTComplete(t *testing.T) { dialecttest.Complete(t, iadvize.RESTContract()) }

func FuzzIAdvizeREST(f *testing.F) { dialecttest.Fuzz(f, "testdata/rest", startREST) }

func TestRESTHostile(t *testing.T) {
	const maxBody = 64 << 10
	o := options(t)
	o.MaxBody = maxBody
	target := dialecttest.Target{
		Handler: must(iadvize.REST(o))(t),
		MaxBody: maxBody,
		Unknown: iadvize.RESTPrefix + "visitor",
		Check:   isRESTAnswer,
	}
	for _, e := range iadvize.RESTEndpoints() {
		id := fixture["anna"]
		for _, noun := range []string{"client", "group", "skill", "website"} {
			if strings.Contains(e.Path, "/"+noun) {
				id = fixture[map[string]string{"client": "client", "group": "sales", "skill": "french", "website": "shop"}[noun]]
			}
		}
		target.Requests = append(target.Requests, dialecttest.Request{
			Method: e.Method,
			Path:   strings.ReplaceAll(e.Path, "{id}", id),
			Header: map[string]string{"X-API-Key": fixture["admin_key"]},
		})
	}
	dialecttest.Hostile(t, target)
}

// isRESTAnswer says what is wrong with a response: all have the same header, and a body
// that says whether the call worked.
func isRESTAnswer(r *http.Response, body string) error {
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"} {
		if got := r.Header.Get(name); got != want {
			return fmt.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if r.Request.Method == http.MethodHead {
		return nil
	}
	var answer struct {
		Meta struct {
			Status, Message string
		} `json:"meta"`
	}
	if err := json.Unmarshal([]byte(body), &answer, json.MatchCaseInsensitiveNames(true)); err != nil {
		return err
	}
	worked := r.StatusCode == http.StatusOK || r.StatusCode == http.StatusCreated
	words := map[bool][]string{true: {"success"}, false: {"fail", "error"}}[worked]
	if !strings.Contains(strings.Join(words, " "), answer.Meta.Status) || answer.Meta.Status == "" || !worked && answer.Meta.Message == "" {
		return fmt.Errorf("meta is not what status %d says", r.StatusCode)
	}
	return nil
}
