package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// petrova is params of an employee.
const petrova = `{"last_name": "Petrova", "phone_numbers": [{"phone_number": "74955140578"}], "extension": {"extension_phone_number": "101"}}`

// Calls straight on a database: as the command line, and as who holds a token.
func TestCallDatabase(t *testing.T) { each(t, testCallDatabase) }

func testCallDatabase(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	call := func(stdin string, args ...string) (string, error) {
		return command(t, stdin, append([]string{"call", "--db", dsn}, args...)...)
	}
	made, err := call("", "create.employees", petrova)
	var created struct{ ID int64 }
	if err := json.Unmarshal([]byte(made), &created); err != nil || created.ID == 0 {
		t.Fatalf("create.employees: %v: %q", err, made)
	}
	want := fmt.Sprintf("{\n  \"data\": {\n    \"id\": %d\n  },\n  \"id\": %[1]d,\n  \"metadata\": {\n    \"version\": null,\n    \"limits\": {}\n  }\n}\n", created.ID)
	if err != nil || made != want {
		t.Errorf("create.employees: got %q, %v; want %q", made, err, want)
	}
	id := strconv.FormatInt(created.ID, 10)
	if _, err := call("", "update.employees", "id="+id, "first_name=Анна", `groups=[]`, "calls_available=false"); err != nil {
		t.Error(err)
	}
	const filter = `{"fields": ["full_name", "calls_available"], "filter": {"field": "extension", "operator": "is_not_null"}}`
	const row = `{"data":[{"full_name":"Petrova Анна","calls_available":false}],`
	for what, read := range map[string]func() (string, error){
		"as an argument":    func() (string, error) { return call("", "get.employees", filter) },
		"on standard input": func() (string, error) { return call(filter, "get.employees", "-") },
		"with a token in them": func() (string, error) {
			return call(`{"access_token":"`+credentials.AccessToken+`",`+filter[1:], "get.employees", "-")
		},
		"with user_id and a token in a file": func() (string, error) {
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, []byte(credentials.AccessToken+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return call("", "get.employees", "--token-file", file, "user_id="+strconv.FormatInt(credentials.UserID, 10), `fields=["full_name","calls_available"]`, `filter={"field":"extension","operator":"is_not_null"}`)
		},
	} {
		got, err := read()
		if err != nil || !strings.HasPrefix(compact(t, got), row) {
			t.Errorf("params %s: got %s, %v; want %s", what, got, err, row)
		}
	}

	_, err = call("", "create.employees", `{"first_name": "Boris", "phone_numbers": [{"phone_number": "1", "dial_time": 101}], "shoe_size": 43}`)
	const refused = `create.employees was refused:
  shoe_size: Unexpected method parameter(s) ("43")
  last_name: The required parameter has been missed
  phone_numbers/0/dial_time: Invalid parameter value ("101")`
	if diff := cmp.Diff(refused, fmt.Sprint(err)); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
	t.Setenv(tokenVariable, "nonsense")
	_, err = call("", "get.employees")
	wantError(t, "with a bad token", err, "get.employees was refused:\n  Access token is invalid")
	_, err = call("", "get.employees", "--account", strconv.FormatInt(credentials.AccountID, 10))
	wantError(t, "a token and --account", err, "--account is for a call without a token")
	t.Setenv(tokenVariable, "")
	_, err = call("", "get.employees", "user_id=1")
	wantError(t, "user_id without a token", err, "user_id: Permission denied")
	_, err = call("", "get.employees", "--account", "999")
	wantError(t, "an account that is not there", err, "--account")
	if _, err = call("", "get.employees", "--account", strconv.FormatInt(credentials.AccountID, 10)); err != nil {
		t.Errorf("with --account: %v", err)
	}
}

// compact is a JSON text without spaces.
func compact(t *testing.T, text string) string {
	t.Helper()
	raw := json.RawMessage(text)
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return string(b)
}

// The program calls a server, and tells by its exit code what came of it.
func TestCallServer(t *testing.T) {
	dsn, credentials := newDatabase(t, testdb.SQLite)
	s := serve(t, dsn)
	run := func(token string, args ...string) (stdout, stderr string, code int) {
		cmd := launch(t, []string{tokenVariable + "=" + token, "ROSTERD_URL=" + s.url}, append([]string{"call"}, args...)...)
		code = cmd.exit(t)
		return cmd.stdout.String(), cmd.stderr.String(), code
	}
	if out, log, code := run(credentials.AccessToken, "create.employees", petrova); code != 0 || log != "" || !strings.Contains(out, `"id":`) {
		t.Errorf("got %q, %q, exit code %d; want an id", out, log, code)
	}
	if out, log, code := run(credentials.AccessToken, "create.employees", petrova); code != 1 || out != "" ||
		log != "rosterd: create.employees was refused:\n  extension/extension_phone_number: This value is already used by another entity (\"101\")\n" {
		t.Errorf("again: got %q, %q, exit code %d; want already_in_use", out, log, code)
	}
	if _, log, code := run("", "get.employees"); code != 1 || !strings.Contains(log, "access_token: The required parameter has been missed") {
		t.Errorf("without a token: got %q, exit code %d", log, code)
	}
	if _, log, code := run("", "get.employees", "--db", dsn); code != 1 || !strings.Contains(log, "exclude each other") {
		t.Errorf("with --db: got %q, exit code %d", log, code)
	}
}

func TestCallWebSocket(t *testing.T) {
	api, err := rpc.New(rpc.Options{}, rpc.Method[struct{}, string]{
		Name: "logout.user", Open: true,
		Run: func(ctx context.Context, _ struct{}) (string, error) { return rpc.PeerFrom(ctx).Bearer, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	sockets := api.WebSocket(rpc.WebSocketOptions{})
	server := httptest.NewServer(sockets)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if err := sockets.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(tokenVariable, "abc")
	if got := must(t, "", "call", "--url", "ws"+strings.TrimPrefix(server.URL, "http"), "logout.user"); got != "\"abc\"\n" {
		t.Errorf("got %q, want the token", got)
	}
}

// Servers of others need not answer as ours do.
func TestCallForeignServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":0,"error":{"code":-32003,"message":"Permission denied"}}`)
	}))
	t.Cleanup(server.Close)
	_, err := command(t, "", "call", "--url", server.URL, "get.employees")
	if want := "get.employees: Permission denied"; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCallUsage(t *testing.T) {
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        []string
	}{
		{"no method", "", nil, []string{"<method>"}},
		{"an unknown method", "", []string{"create.employe"}, []string{"there is no method create.employe", "did you mean create.employees"}},
		{"a method like none", "", []string{"xyzzy"}, []string{"there is no method xyzzy"}},
		{"an unknown parameter", "", []string{"create.employees", "last_nam=x"}, []string{"create.employees has no parameter last_nam; did you mean last_name"}},
		{"no name", "", []string{"create.employees", "Petrova"}, []string{"want name=value, one JSON object, or -"}},
		{"the same twice", "", []string{"create.employees", "last_name=a", "last_name=b"}, []string{"last_name stands twice"}},
		{"no JSON", "", []string{"get.employees", "limit=ten"}, []string{"parameter limit: want JSON (number), not ten"}},
		{"a token", "", []string{"get.employees", "access_token=abc"}, []string{"ROSTERD_TOKEN", "--token-file"}},
		{"a broken object", "", []string{"get.employees", `{"limit": }`}, []string{"no JSON object"}},
		{"an array on standard input", "[1]", []string{"get.employees", "-"}, []string{"no JSON object"}},
		{"a URL of another kind", "", []string{"get.employees", "--url", "ftp://localhost"}, []string{"no http, https, ws or wss URL"}},
		{"no URL", "", []string{"get.employees", "--url", ":"}, []string{"--url"}},
		{"--account for a server", "", []string{"get.employees", "--account", "1"}, []string{"--account is for --db"}},
		{"a token file that is not there", "", []string{"get.employees", "--token-file", "/nonexistent"}, []string{"/nonexistent"}},
		{"help of an unknown method", "", []string{"create.employe", "--help"}, []string{"did you mean create.employees"}},
	} {
		stdout, err := command(t, tt.stdin, append([]string{"call"}, tt.args...)...)
		wantError(t, tt.name, err, tt.want...)
		if stdout != "" {
			t.Errorf("%s: got %q on standard output, want nothing", tt.name, stdout)
		}
	}
}

func TestCallHelp(t *testing.T) {
	for revision, length := range map[string]string{"seed": "1 to 8", "current": "8 to 128"} {
		help := must(t, "", "call", "--revision", revision, "create.employees", "--help")
		for _, want := range []string{
			"Usage: rosterd call create.employees [NAME=VALUE ...] [flags]\n", "It needs the right employees:insert.",
			"\n  last_name (string, required; 1 to 255 characters)\n      Last name.\n",
			"\n    phone_numbers.dial_time (number, s; 1 to 100; default 60)\n        How long to ring.\n",
			"\n    operator.operator_password (string; " + length + " characters)\n",
			"\n  rosterd call create.employees '{\"last_name\": ", "already_in_use",
		} {
			if !strings.Contains(help, want) {
				t.Errorf("revision %s: the help lacks %q:\n%s", revision, want, help)
			}
		}
		before, _, _ := strings.Cut(help, "\nExample:")
		for line := range strings.Lines(before) {
			if len([]rune(line)) > helpWidth+1 {
				t.Errorf("revision %s: a line is longer than %d: %q", revision, helpWidth, line)
			}
		}
	}
	if help := must(t, "", "call", "--help"); !strings.Contains(help, "--token-file") {
		t.Errorf("rosterd call --help: got\n%s\nwant flags", help)
	}
}

// What rosterd openrpc prints is what rpc.discover answers, and the server.
func TestOpenRPC(t *testing.T) {
	dsn, _ := newDatabase(t, testdb.SQLite)
	for _, revision := range []string{"seed", "current"} {
		var discovered, printed map[string]any
		if err := json.Unmarshal([]byte(must(t, "", "call", "--db", dsn, "--revision", revision, "rpc.discover")), &discovered); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(must(t, "", "openrpc", "--revision", revision, "--url", "https://example.com/v2.0")), &printed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{map[string]any{"url": "https://example.com/v2.0"}}, printed["servers"]); diff != "" {
			t.Errorf("revision %s: servers (-want +got):\n%s", revision, diff)
		}
		delete(printed, "servers")
		if diff := cmp.Diff(discovered, printed); diff != "" {
			t.Errorf("revision %s: -rpc.discover +rosterd openrpc\n%s", revision, diff)
		}
	}
}
