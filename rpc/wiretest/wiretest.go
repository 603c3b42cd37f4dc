// Package wiretest runs wire scripts: files of requests and the answers that
// they must get.
//
//	# a comment; the nearest one above names the exchange
//	--> {"jsonrpc":"2.0","id":1,"method":"create","params":{"token":"$token"}}
//	<-- {"jsonrpc":"2.0","id":1,"result":{"id":"$set:new","created":"$any"}}
//
//	--> {"jsonrpc":"2.0","method":"drop","params":["$new"]}
//	<-- (nothing)
//
// A request begins with "-->", the expected answer with "<--". Lines after
// either belong to it until a blank line, an arrow or a comment. A request is
// sent as it stands, JSON or not. An expected answer may have an HTTP status in
// front ("<-- 413 {…}"); the default is 200. "(nothing)" is status 204 without
// an answer. Where the transport has no statuses, they are not compared.
//
// Answers are compared as JSON values: the order of an object's members does not
// matter, that of an array's elements does, numbers are compared as text. In an
// expected answer
//
//   - the string "$any" matches any value;
//   - the string "$set:name" matches any value and keeps it under the name;
//   - the string "$name" stands for the value kept or given under the name, in
//     requests too;
//   - the member "...": true of an object allows members that are not listed.
//
// A string whose name is unknown stands for itself.
//
// It does not know what carries the documents: a Send does.
package wiretest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
)

// Send carries a request to the server under test. An empty answer means that
// there was none, status 0 that the transport has no statuses.
type Send func(body []byte) (status int, answer []byte)

// Serve sends to a function in this process, with the statuses of HTTP.
func Serve(serve func(ctx context.Context, frame []byte) []byte) Send {
	return func(body []byte) (int, []byte) {
		answer := serve(context.Background(), body)
		if answer == nil {
			return http.StatusNoContent, nil
		}
		return http.StatusOK, answer
	}
}

// HTTP posts to url. A request that gets no response fails the test.
func HTTP(t testing.TB, client *http.Client, url string) Send {
	return func(body []byte) (int, []byte) {
		t.Helper()
		response, err := client.Post(url, "application/json", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, nil
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		return response.StatusCode, answer
	}
}

// WebSocket sends over one connection to url, a ws or wss URL, which is closed when
// the test ends. The server must answer in order.
func WebSocket(t testing.TB, url string) Send {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(-1)
	return probing(t, func(body []byte) error {
		return ws.Write(t.Context(), websocket.MessageText, body)
	}, func() ([]byte, error) {
		_, answer, err := ws.Read(t.Context())
		return answer, err
	})
}

// Lines sends one request a line to in, and reads the answers from out. The server
// must answer in order. Ends of lines within a request are sent as spaces.
func Lines(t testing.TB, in io.Writer, out io.Reader) Send {
	answers := bufio.NewReader(out)
	return probing(t, func(body []byte) error {
		_, err := in.Write(append(bytes.ReplaceAll(body, []byte("\n"), []byte(" ")), '\n'))
		return err
	}, func() ([]byte, error) {
		line, err := answers.ReadBytes('\n')
		return bytes.TrimSuffix(line, []byte("\n")), err
	})
}

// The probe is a call that any server answers, whatever it is.
const (
	probeID = `"wiretest probe"`
	probe   = `{"jsonrpc":"2.0","id":` + probeID + `,"method":"wiretest.probe"}`
)

// probing sends a call after each request: if its answer comes first, the request
// has none.
func probing(t testing.TB, write func([]byte) error, read func() ([]byte, error)) Send {
	return func(body []byte) (int, []byte) {
		t.Helper()
		written := make(chan error, 1)
		go func() { // a server may read no further before its answer is taken
			written <- errors.Join(write(body), write([]byte(probe)))
		}()
		var answers [][]byte
		for len(answers) == 0 || !bytes.Contains(answers[len(answers)-1], []byte(probeID)) {
			answer, err := read()
			if err != nil {
				t.Fatalf("request %s: %v", body, err)
			}
			answers = append(answers, answer)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		if len(answers) > 2 {
			t.Errorf("request %s\n%d answers: %s", body, len(answers)-1, answers[:len(answers)-1])
		}
		if len(answers) == 1 {
			return 0, nil
		}
		return 0, answers[0]
	}
}

// Same sends each request through all of sends, in the order of their names, and
// fails the test where two answers differ in a byte, or two statuses do.
func Same(t testing.TB, sends map[string]Send) Send {
	return func(body []byte) (status int, answer []byte) {
		t.Helper()
		first := ""
		for _, name := range slices.Sorted(maps.Keys(sends)) {
			gotStatus, got := sends[name](body)
			if first == "" {
				first, answer = name, got
			}
			if status == 0 {
				status = gotStatus
			}
			if !bytes.Equal(answer, got) || gotStatus != 0 && gotStatus != status {
				t.Errorf("request %s\n%s: %d %s\n%s: %d %s", body, first, status, answer, name, gotStatus, got)
			}
		}
		return status, answer
	}
}

// Run runs the exchanges of a script in order, each as a subtest. vars are JSON
// texts by name, such as {"token": `"abc"`}; Run does not change the map.
func Run(t *testing.T, file string, vars map[string]string, send Send) {
	t.Helper()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exchanges, err := parse(string(script))
	if err != nil {
		t.Fatalf("%s:%v", file, err)
	}
	known := maps.Clone(vars)
	if known == nil {
		known = make(map[string]string)
	}
	for name, value := range known {
		if !jsontext.Value(value).IsValid() {
			t.Fatalf("%s: variable %s is no JSON text: %s", file, name, value)
		}
	}
	for _, x := range exchanges {
		t.Run(x.name, func(t *testing.T) {
			t.Helper()
			request := substitute(x.request, known)
			status, answer := send([]byte(request))
			if err := x.match(status, answer, known); err != nil {
				t.Errorf("%s:%d: %v\nrequest: %s\n    got: %d %s\n   want: %d %s",
					file, x.line, err, request, status, answer, x.status, x.answer)
			}
		})
	}
}

// RunDir runs every *.wire file in dir as a subtest. start sets up what one file
// runs against.
func RunDir(t *testing.T, dir string, start func(t *testing.T) (vars map[string]string, send Send)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.wire"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no *.wire file", dir)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".wire"), func(t *testing.T) {
			vars, send := start(t)
			Run(t, file, vars, send)
		})
	}
}

// exchange is one request and what must come back.
type exchange struct {
	name    string
	line    int // of the request
	request string
	status  int
	answer  string // "" for none
}

const nothing = "(nothing)"

// parse reads a script. An error begins with the number of the line.
func parse(script string) ([]exchange, error) {
	var (
		all     []exchange
		name    string
		open    *exchange // has a request, and no answer yet
		current *string   // what a further line belongs to
	)
	script = strings.TrimSuffix(script, "\n")
	for i, line := range strings.Split(script, "\n") {
		number := i + 1
		switch {
		case strings.HasPrefix(line, "-->"):
			if open != nil {
				return nil, fmt.Errorf("%d: the request in line %d has no answer", number, open.line)
			}
			open = &exchange{name: name, line: number, request: strings.TrimPrefix(line[3:], " ")}
			if name == "" {
				open.name = "line " + strconv.Itoa(number)
			}
			current = &open.request
		case strings.HasPrefix(line, "<--"):
			if open == nil {
				return nil, fmt.Errorf("%d: an answer without a request", number)
			}
			all = append(all, *open)
			open = nil
			x := &all[len(all)-1]
			if err := x.expect(strings.TrimSpace(line[3:])); err != nil {
				return nil, fmt.Errorf("%d: %w", number, err)
			}
			current = &x.answer
		case strings.HasPrefix(line, "#"):
			name = strings.TrimSpace(strings.TrimLeft(line, "#"))
			current = nil
		case strings.TrimSpace(line) == "":
			current = nil
		case current == nil:
			return nil, fmt.Errorf("%d: neither a request nor an answer: %s", number, line)
		default:
			*current += "\n" + line
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%d: the request has no answer", open.line)
	}
	return all, nil
}

// expect reads the first line of an answer.
func (x *exchange) expect(text string) error {
	if text == nothing {
		x.status = http.StatusNoContent
		return nil
	}
	x.status, x.answer = http.StatusOK, text
	first, rest, _ := strings.Cut(text, " ")
	if status, err := strconv.Atoi(first); err == nil && len(first) == 3 && rest != "" {
		x.status, x.answer = status, rest
	}
	if x.answer == "" {
		return errors.New("no answer; write " + nothing + " where there is none")
	}
	return nil
}

func (x *exchange) match(status int, answer []byte, vars map[string]string) error {
	if status != 0 && status != x.status {
		return fmt.Errorf("status %d, want %d", status, x.status)
	}
	if x.answer == "" {
		if len(answer) > 0 {
			return errors.New("an answer, want none")
		}
		return nil
	}
	return Match([]byte(x.answer), answer, vars)
}

// substitute puts the values of known names into a request.
func substitute(text string, vars map[string]string) string {
	for name, value := range vars {
		text = strings.ReplaceAll(text, `"$`+name+`"`, value)
	}
	return text
}

// Match says where got differs from want, whose strings may be variables. It
// adds to vars what "$set:name" keeps.
func Match(want, got []byte, vars map[string]string) error {
	if !jsontext.Value(want).IsValid() {
		return errors.New("what is wanted is no JSON")
	}
	if !jsontext.Value(got).IsValid() {
		return errors.New("the answer is no JSON")
	}
	return match("", want, got, vars)
}

func match(at jsontext.Pointer, want, got jsontext.Value, vars map[string]string) error {
	if want.Kind() == jsontext.KindString {
		text := unquote(want)
		if text == "$any" {
			return nil
		}
		if name, ok := strings.CutPrefix(text, "$set:"); ok {
			vars[name] = string(bytes.TrimSpace(got))
			return nil
		}
		if name, ok := strings.CutPrefix(text, "$"); ok {
			if value, ok := vars[name]; ok {
				want = jsontext.Value(value)
			}
		}
	}
	differ := fmt.Errorf("at %q: got %s, want %s", at, bytes.TrimSpace(got), bytes.TrimSpace(want))
	if want.Kind() != got.Kind() {
		return differ
	}
	switch want.Kind() {
	case jsontext.KindBeginObject:
		return matchObjects(at, want, got, vars)
	case jsontext.KindBeginArray:
		return matchArrays(at, want, got, vars)
	case jsontext.KindString:
		if unquote(want) != unquote(got) {
			return differ
		}
	case jsontext.KindNumber:
		if !bytes.Equal(bytes.TrimSpace(want), bytes.TrimSpace(got)) {
			return differ
		}
	}
	return nil
}

// rest is the member that allows members which are not listed.
const rest = "..."

func matchObjects(at jsontext.Pointer, want, got jsontext.Value, vars map[string]string) error {
	wanted, given := children(want), children(got)
	others := make(map[string]jsontext.Value, len(given))
	for _, g := range given {
		others[g.name] = g.value
	}
	open := false
	var differences []error
	for _, w := range wanted {
		if w.name == rest && w.value.Kind() == jsontext.KindTrue {
			open = true
			continue
		}
		value, ok := others[w.name]
		if !ok {
			differences = append(differences, fmt.Errorf("at %q: missing", at.AppendToken(w.name)))
			continue
		}
		delete(others, w.name)
		differences = append(differences, match(at.AppendToken(w.name), w.value, value, vars))
	}
	if !open {
		for _, g := range given {
			if value, ok := others[g.name]; ok {
				differences = append(differences, fmt.Errorf("at %q: not wanted: %s", at.AppendToken(g.name), value))
			}
		}
	}
	return errors.Join(differences...)
}

func matchArrays(at jsontext.Pointer, want, got jsontext.Value, vars map[string]string) error {
	wanted, given := children(want), children(got)
	if len(wanted) != len(given) {
		return fmt.Errorf("at %q: %d elements, want %d", at, len(given), len(wanted))
	}
	var differences []error
	for i := range wanted {
		differences = append(differences, match(at.AppendToken(strconv.Itoa(i)), wanted[i].value, given[i].value, vars))
	}
	return errors.Join(differences...)
}

// child is a member of an object, or an element of an array (without a name).
type child struct {
	name  string
	value jsontext.Value
}

// children returns what is in an object or array, which must be valid JSON.
func children(v jsontext.Value) []child {
	d := jsontext.NewDecoder(bytes.NewReader(v))
	must(d.ReadToken())
	var all []child
	for d.PeekKind() != jsontext.KindEndObject && d.PeekKind() != jsontext.KindEndArray {
		var c child
		if v.Kind() == jsontext.KindBeginObject {
			c.name = must(d.ReadToken()).String()
		}
		c.value = must(d.ReadValue()).Clone()
		all = append(all, c)
	}
	return all
}

func unquote(v jsontext.Value) string {
	return string(must(jsontext.AppendUnquote(nil, bytes.TrimSpace(v))))
}

// must is for JSON that has been checked.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
