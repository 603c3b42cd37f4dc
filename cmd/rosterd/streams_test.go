package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// sockets is where the server takes WebSocket connections.
func (p *process) sockets() string { return "ws" + strings.TrimPrefix(p.url, "http") + "/ws" }

func TestWebSocket(t *testing.T) { each(t, testWebSocket) }

func testWebSocket(t *testing.T, db testdb.Opener) {
	const n = 20
	dsn, credentials := newDatabase(t, db)
	s := serve(t, dsn, "--max-web-sockets", "1")
	header := http.Header{"Authorization": {"Bearer " + credentials.AccessToken}}
	ws, _, err := websocket.Dial(t.Context(), s.sockets(), &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	ws.SetReadLimit(-1)
	send := func(document string) {
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(document)); err != nil {
			t.Fatal(err)
		}
	}
	receive := func() (string, error) {
		_, answer, err := ws.Read(t.Context())
		return string(answer), err
	}
	read := `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"fields":["last_name","login"]}}`
	send(read)
	if got, err := receive(); err != nil || got != s.post(t, credentials.AccessToken, read) || !strings.Contains(got, `"login":"admin"`) {
		t.Errorf("got %s (%v), want the same as over HTTP, with the administrator", got, err)
	}
	if _, err := rpc.DialWebSocket(t.Context(), s.sockets(), rpc.ClientOptions{}, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a second connection: got %v, want it refused with 503", err)
	}

	// SIGTERM lets what runs finish, answers it, and says good-bye.
	send(slowBatch(n))
	send(read)
	if got, err := receive(); err != nil || !strings.HasPrefix(got, "{") {
		t.Errorf("got %.100s (%v), want the answer to what is quicker than the batch before it", got, err)
	}
	s.signal(t)
	results := 0
	for {
		answer, err := receive()
		if err != nil {
			if status := websocket.CloseStatus(err); status != websocket.StatusGoingAway {
				t.Errorf("the connection ends with %d (%v), want %d", status, err, websocket.StatusGoingAway)
			}
			break
		}
		if strings.HasPrefix(answer, "[") {
			results = strings.Count(answer, `"result"`)
		}
	}
	if results != n {
		t.Errorf("got %d results of the batch, want %d", results, n)
	}
	if code := s.exit(t); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// piped is a rosterd that serves standard input.
type piped struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr buffer
}

func pipeTo(t *testing.T, args ...string) *piped {
	t.Helper()
	p := &piped{cmd: exec.CommandContext(t.Context(), binary, append([]string{"serve", "--stdio"}, args...)...)}
	p.cmd.Env, p.cmd.Stderr = []string{}, &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *piped) ask(t *testing.T, document string) string {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, document); err != nil {
		t.Fatalf("%v\n%s", err, p.stderr.String())
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, p.stderr.String())
	}
	return strings.TrimSuffix(line, "\n")
}

// end waits for the exit code, when nothing more may come.
func (p *piped) end(t *testing.T) int {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil || len(rest) > 0 {
		t.Errorf("standard output had more: %q (%v)", rest, err)
	}
	_ = p.cmd.Wait() // what came of it is in ProcessState
	return p.cmd.ProcessState.ExitCode()
}

// On an empty database the credentials go to standard error: standard output has
// answers and nothing else.
func TestStdio(t *testing.T) { each(t, testStdio) }

func testStdio(t *testing.T, db testdb.Opener) {
	dsn := db(t)
	p := pipeTo(t, "--db", dsn)
	if got := p.ask(t, `{"jsonrpc":"2.0","id":7,"method":"none"}`); !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,`) {
		t.Errorf("got %s, want method_not_found", got)
	}
	var line string
	until(t, "the credentials are on standard error", func() (printed bool) {
		line, _, printed = strings.Cut(p.stderr.String(), "\n")
		return printed
	})
	var credentials directory.Credentials
	if err := json.Unmarshal([]byte(line), &credentials); err != nil || !tokenForm.MatchString(credentials.AccessToken) {
		t.Fatalf("standard error: %v: %q", err, line)
	}
	call := func(method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{"access_token":%q,%s}}`, method, credentials.AccessToken, params)
	}
	created := p.ask(t, call("create.employees", `"last_name":"Piper","phone_numbers":[]`))
	read := call("get.employees", `"fields":["last_name"]`)
	got := p.ask(t, read)
	if !strings.Contains(created, `"result"`) || !strings.Contains(got, `"Piper"`) {
		t.Errorf("create.employees: %s\nget.employees: %s", created, got)
	}
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", code, p.stderr.String())
	}

	s := serve(t, dsn)
	if over := s.post(t, "", read); over != got {
		t.Errorf("over standard output: %s\nover HTTP: %s", got, over)
	}
}

// TestStdioStops at SIGTERM, though standard input stays open.
func TestStdioStops(t *testing.T) {
	dsn, credentials := newDatabase(t, testdb.SQLite)
	p := pipeTo(t, "--db", dsn)
	read := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":%q}}`, credentials.AccessToken)
	if got := p.ask(t, read); !strings.Contains(got, `"result"`) {
		t.Errorf("got %s, want a result", got)
	}
	(&process{cmd: p.cmd}).signal(t)
	if code := p.end(t); code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", code, p.stderr.String())
	}
}
