package rocketchat_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect/dialecttest"
	"github.com/rosterd/rosterd/dialect/rocketchat"
)

func TestExchanges(t *testing.T) { dialecttest.Replay(t, "testdata", start) }

func TestComplete(t *testing.T) { dialecttest.Complete(t, rocketchat.Contract()) }

func FuzzRocketChat(f *testing.F) { dialecttest.Fuzz(f, "testdata", start) }

func TestHostile(t *testing.T) {
	const maxBody = 64 << 10
	d, _ := startDirectory(t, atDawn)
	target := dialecttest.Target{
		Handler: newDoor(t, rocketchat.Options{Directory: d, Clock: atDawn, MaxBody: maxBody}),
		MaxBody: maxBody,
		Unknown: rocketchat.Prefix + "users.fly",
		Check:   isAnswer,
	}
	for _, e := range rocketchat.Endpoints() {
		who := "admin"
		if strings.HasSuffix(e.Path, "/logout") {
			who = "plain" // whose token it is the end of
		}
		target.Requests = append(target.Requests, dialecttest.Request{
			Method: e.Method,
			Path:   strings.NewReplacer("{type}", "agent", "{id}", fixture["manager"]).Replace(e.Path),
			Header: map[string]string{"X-Auth-Token": fixture[who+"_token"], "X-User-Id": fixture[who]},
		})
	}
	dialecttest.Hostile(t, target)
}

// isAnswer says what is wrong with a response: all have the same header, and a body
// that says whether the call worked.
func isAnswer(r *http.Response, body string) error {
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"} {
		if got := r.Header.Get(name); got != want {
			return fmt.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	if r.Request.Method == http.MethodHead {
		return nil
	}
	var answer struct {
		Success *bool `json:"success"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return err
	}
	if answer.Success == nil || *answer.Success != (r.StatusCode == http.StatusOK) {
		return fmt.Errorf("success is not what status %d says", r.StatusCode)
	}
	return nil
}

// Options that are missing are told when the door is made.
func TestNew(t *testing.T) {
	d, _ := startDirectory(t, atDawn)
	for _, o := range []rocketchat.Options{{}, {Directory: d}, {Directory: d, Clock: atDawn}, {Clock: atDawn}} {
		if _, err := rocketchat.New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// Tokens look like the vendor's, and the door's keys give sessions that connect.
func TestKeys(t *testing.T) {
	k := rocketchat.Keys()
	token := must(k.New(strings.NewReader(strings.Repeat("\xfb", 32))))(t)
	if want := strings.Repeat("-_v7", 10) + "-_s"; token != want || k.Door != rocketchat.Door || k.SessionLife != rocketchat.SessionLife || !k.Connects {
		t.Errorf("got %q and %+v", token, k)
	}
	if _, err := k.New(strings.NewReader("too short")); err == nil {
		t.Error("a token of less randomness is made")
	}
}
