package wiretest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, want, got string
		differ          string // "" for a match, else a part of the error
	}{
		{"equal", `{"a":[1,"x",null,true]}`, ` {"a" : [1, "x", null, true]} `, ""},
		{"member order", `{"a":1,"b":2}`, `{"b":2,"a":1}`, ""},
		{"escapes", `"aé"`, `"\u0061\u00e9"`, ""},
		{"other string", `"a"`, `"b"`, `at "": got "b", want "a"`},
		{"other number", `{"a":1}`, `{"a":2}`, `at "/a": got 2, want 1`},
		{"number text", `1`, `1.0`, `got 1.0, want 1`},
		{"huge numbers", `9007199254740993`, `9007199254740992`, "got 9007199254740992"},
		{"negative zero", `0`, `-0`, "got -0"},
		{"other kind", `1`, `"1"`, `got "1", want 1`},
		{"null is not false", `null`, `false`, "got false, want null"},
		{"true is not false", `true`, `false`, "got false, want true"},
		{"array order", `[1,2]`, `[2,1]`, `at "/0": got 2`},
		{"array too short", `[1,2]`, `[1]`, "1 elements, want 2"},
		{"array too long", `[1]`, `[1,2]`, "2 elements, want 1"},
		{"missing member", `{"a":1,"b":2}`, `{"a":1}`, `at "/b": missing`},
		{"member not wanted", `{"a":1}`, `{"a":1,"b":2}`, `at "/b": not wanted: 2`},
		{"every difference", `{"a":1,"b":1}`, `{"a":2,"c":1}`, "at \"/a\": got 2, want 1\nat \"/b\": missing\nat \"/c\": not wanted: 1"},
		{"rest allowed", `{"a":1,"...":true}`, `{"a":1,"b":2}`, ""},
		{"rest allowed, but a member differs", `{"a":1,"...":true}`, `{"a":2,"b":2}`, `at "/a"`},
		{"rest allowed, but a member is missing", `{"a":1,"...":true}`, `{"b":2}`, `at "/a": missing`},
		{"rest is for its own object", `{"a":{},"...":true}`, `{"a":{"b":1}}`, `at "/a/b": not wanted`},
		{"any value", `["$any","$any"]`, `[{"a":1},null]`, ""},
		{"any is not absent", `{"a":"$any"}`, `{}`, `at "/a": missing`},
		{"given value", `["$token"]`, `["abc"]`, ""},
		{"given value differs", `["$token"]`, `["abd"]`, `at "/0": got "abd", want "abc"`},
		{"kept value", `["$set:id",{"same":"$id"}]`, `[[1, 2],{"same":[1,2]}]`, ""},
		{"kept value differs", `["$set:id","$id"]`, `[1,2]`, `at "/1": got 2, want 1`},
		{"unknown name", `"$nobody"`, `"$nobody"`, ""},
		{"unknown name differs", `"$nobody"`, `"x"`, `got "x", want "$nobody"`},
		{"pointer escapes", `{"a/b~":1}`, `{"a/b~":2}`, `at "/a~1b~0"`},
		{"answer is no JSON", `1`, `{"a":1,"a":2}`, "the answer is no JSON"},
		{"no answer", `1`, ``, "the answer is no JSON"},
		{"wanted is no JSON", `{`, `{}`, "what is wanted is no JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Match([]byte(tt.want), []byte(tt.got), map[string]string{"token": `"abc"`})
			switch {
			case err == nil && tt.differ != "":
				t.Errorf("Match(%s, %s) finds no difference, want %s", tt.want, tt.got, tt.differ)
			case err != nil && (tt.differ == "" || !strings.Contains(err.Error(), tt.differ)):
				t.Errorf("Match(%s, %s) = %v, want %q", tt.want, tt.got, err, tt.differ)
			}
		})
	}
}

func TestMatchKeeps(t *testing.T) {
	vars := map[string]string{}
	if err := Match([]byte(`{"id":"$set:id","name":"$set:name"}`), []byte(`{"id": 1e2 ,"name":"a\u0062"}`), vars); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"id": "1e2", "name": `"a\u0062"`}, vars); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestParse(t *testing.T) {
	got, err := parse(`# first
# second
--> {"a":
  1}
<-- {"b":
  2}

--> not json
<-- 413 {"c":3}
-->
<-- (nothing)
# last
--> [1]
# between
<-- 100
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []exchange{
		{"second", 3, "{\"a\":\n  1}", 200, "{\"b\":\n  2}"},
		{"second", 8, "not json", 413, `{"c":3}`},
		{"second", 10, "", 204, ""},
		{"last", 13, "[1]", 200, "100"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(exchange{})); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"request without an answer", "--> 1\n", "1: the request has no answer"},
		{"two requests", "--> 1\n--> 2\n<-- 2\n", "2: the request in line 1 has no answer"},
		{"answer without a request", "\n<-- 1\n", "2: an answer without a request"},
		{"two answers", "--> 1\n<-- 1\n<-- 2\n", "3: an answer without a request"},
		{"stray text", "--> 1\n<-- 1\n\nhello\n", "4: neither a request nor an answer: hello"},
		{"empty answer", "--> 1\n<--\n", "2: no answer; write (nothing) where there is none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.script)
			if err == nil || err.Error() != tt.want {
				t.Errorf("parse(%q): got error %v, want %s", tt.script, err, tt.want)
			}
		})
	}
}

func TestExchangeMatch(t *testing.T) {
	tests := []struct {
		name   string
		x      exchange
		status int
		answer string
		ok     bool
	}{
		{"same", exchange{status: 200, answer: `1`}, 200, `1`, true},
		{"other status", exchange{status: 200, answer: `1`}, 413, `1`, false},
		{"other answer", exchange{status: 200, answer: `1`}, 200, `2`, false},
		{"nothing", exchange{status: 204}, 204, ``, true},
		{"nothing, but 200", exchange{status: 204}, 200, ``, false},
		{"nothing, but an answer", exchange{status: 204}, 204, `1`, false},
		{"no statuses", exchange{status: 413, answer: `1`}, 0, `1`, true},
		{"no statuses, other answer", exchange{status: 413, answer: `1`}, 0, `2`, false},
		{"no statuses, nothing", exchange{status: 204}, 0, ``, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.x.match(tt.status, []byte(tt.answer), nil); (err == nil) != tt.ok {
				t.Errorf("match(%d, %q) = %v, want a match: %v", tt.status, tt.answer, err, tt.ok)
			}
		})
	}
}

func TestSubstitute(t *testing.T) {
	got := substitute(`{"a":"$id","b":"$idx","c":"x $id"}`, map[string]string{"id": "7"})
	if want := `{"a":7,"b":"$idx","c":"x $id"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// echo answers a request with itself, and an empty one with nothing.
func echo(_ context.Context, frame []byte) []byte {
	if len(frame) == 0 {
		return nil
	}
	return frame
}

func TestRunDir(t *testing.T) {
	ran := 0
	RunDir(t, "testdata", func(*testing.T) (map[string]string, Send) {
		ran++
		return map[string]string{"token": `"abc"`}, Serve(echo)
	})
	if ran != 1 {
		t.Errorf("ran %d files, want 1", ran)
	}
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestSame(t *testing.T) {
	answer := func(status int, text string) Send {
		return func([]byte) (int, []byte) { return status, []byte(text) }
	}
	tests := []struct {
		name   string
		sends  map[string]Send
		differ bool
	}{
		{"same", map[string]Send{"a": answer(200, "x"), "b": answer(200, "x")}, false},
		{"no statuses", map[string]Send{"a": answer(0, "x"), "b": answer(200, "x"), "c": answer(0, "x")}, false},
		{"other answer", map[string]Send{"a": answer(200, "x"), "b": answer(200, "y")}, true},
		{"no answer", map[string]Send{"a": answer(0, "x"), "b": answer(0, "")}, true},
		{"other status", map[string]Send{"a": answer(200, "x"), "b": answer(0, "x"), "c": answer(413, "x")}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			status, answer := Same(r, tt.sends)([]byte("request"))
			if wantStatus, want := tt.sends["a"](nil); string(answer) != string(want) || status != wantStatus && wantStatus != 0 {
				t.Errorf("got %d %s, want %d %s", status, answer, wantStatus, want)
			}
			if differ := len(r.failures) > 0; differ != tt.differ {
				t.Errorf("failures %q, want some: %v", r.failures, tt.differ)
			}
		})
	}
}

// TestLines against a server that answers all but notifications, and once too often.
func TestLines(t *testing.T) {
	in, requests := io.Pipe()
	answers, out := io.Pipe()
	go func() {
		defer out.Close()
		for lines := bufio.NewScanner(in); lines.Scan(); {
			for range strings.Count(lines.Text(), `"id"`) {
				fmt.Fprintln(out, lines.Text())
			}
		}
	}()
	r := &recorder{TB: t}
	send := Lines(r, requests, answers)
	for _, tt := range []struct{ request, want string }{
		{"{\n\"id\":1}", `{ "id":1}`},
		{`{"x":1}`, ""},
		{`{"id":"id"}`, `{"id":"id"}`},
	} {
		if status, answer := send([]byte(tt.request)); status != 0 || string(answer) != tt.want {
			t.Errorf("%s: got %d %s, want %s and no status", tt.request, status, answer, tt.want)
		}
	}
	requests.Close()
	if len(r.failures) != 1 || !strings.Contains(r.failures[0], "2 answers") {
		t.Errorf("failures %q, want one about 2 answers", r.failures)
	}
}

func TestHTTP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
		w.Write(body)
	}))
	defer server.Close()
	status, answer := HTTP(t, server.Client(), server.URL)([]byte(`[1]`))
	if status != http.StatusTeapot || string(answer) != `[1]` {
		t.Errorf("got %d %s, want 418 [1]", status, answer)
	}
}
