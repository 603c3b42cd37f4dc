package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// binary is the program, built as the test is.
var binary string

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == hashCommandName { // started by a test's hashProcess
		main()
		return
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "rosterd-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "rosterd")
		args := []string{"build", "-o", binary}
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "-tags" || s.Key == "-race" {
					args = append(args, s.Key+"="+s.Value)
				}
			}
		}
		if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go %s: %v\n%s", args, err, out)
			return 1
		}
		return testdb.Main(m)
	}())
}

const patience = time.Minute // for what must come

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: still not so after %s", what, patience)
		}
	}
}

// command runs a command line in this process.
func command(t *testing.T, stdin string, args ...string) (stdout string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), environment{args: args, stdin: strings.NewReader(stdin), stdout: &out, stderr: &log})
	if log.Len() > 0 {
		t.Errorf("%v: got %q on standard error, want nothing", args, &log)
	}
	wantConcealed(t, fmt.Sprint(out.String(), err), args)
	return out.String(), err
}

// must is command, and that it succeeds.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	stdout, err := command(t, stdin, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return stdout
}

const adminPassword = "correct horse battery"

// newDatabase makes a database with an account.
func newDatabase(t *testing.T, db testdb.Opener) (dsn string, credentials directory.Credentials) {
	t.Helper()
	dsn = db(t)
	line := must(t, adminPassword+"\n", "init", "--db", dsn, "--login", "admin", "--password-stdin")
	if err := json.Unmarshal([]byte(line), &credentials); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	return dsn, credentials
}

func newToken(t *testing.T, db string) string {
	t.Helper()
	return strings.TrimSuffix(must(t, "", "token", "create", "--db", db, "--login", "admin"), "\n")
}

var tokenForm = regexp.MustCompile(`^[a-z0-9]{40}$`)

func wantError(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got error %v, want one with %q", what, err, word)
			return
		}
	}
}

func TestInit(t *testing.T) { each(t, testInit) }

func testInit(t *testing.T, db testdb.Opener) {
	dsn := db(t)
	line := must(t, "password", "init", "--db", dsn, "--name", "Acme", "--login", "Admin", "--password-stdin")
	if !strings.HasSuffix(line, "}\n") || strings.Count(line, "\n") != 1 {
		t.Errorf("got %q, want one line", line)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	account, user := got["account_id"], got["user_id"]
	if token, _ := got["access_token"].(string); !tokenForm.MatchString(token) || account == nil || user == nil || len(got) != 3 {
		t.Errorf("got %s, want account_id, user_id and access_token", line)
	}

	again, err := command(t, "password\n", "init", "--db", dsn, "--login", "other", "--password-stdin")
	wantError(t, "a second init", err, "has an account already", "rosterd token create --db "+store.Redacted(dsn))
	if again != "" {
		t.Errorf("a second init printed %q", again)
	}
	for name, stdin := range map[string]string{"nothing": "", "an empty line": "\n", "a long line": strings.Repeat("x", 129) + "\n"} {
		if _, err := command(t, stdin, "init", "--db", db(t), "--login", "admin", "--password-stdin"); err == nil {
			t.Errorf("init with %s for a password succeeded", name)
		}
	}
}

func TestToken(t *testing.T) { each(t, testToken) }

func testToken(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	token := must(t, "", "token", "create", "--db", dsn, "--login", "ADMIN", "--label", "CRM import")
	if !tokenForm.MatchString(strings.TrimSuffix(token, "\n")) {
		t.Errorf("token create: got %q, want a token, alone on one line", token)
	}
	_, err := command(t, "", "token", "create", "--db", dsn, "--login", "nobody")
	wantError(t, "a token for nobody", err, `nobody signs in as "nobody"`)

	list := must(t, "", "token", "list", "--db", dsn)
	row := regexp.MustCompile(`^(\d+) +\d+ +admin +data-api +active .* (first administrator|CRM import)$`)
	var labels []string
	var id string
	for _, line := range strings.Split(strings.TrimSpace(list), "\n")[1:] {
		parts := row.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("token list: got line %q, want %s", line, row)
		}
		id = parts[1]
		labels = append(labels, parts[2])
	}
	if diff := cmp.Diff([]string{"first administrator", "CRM import"}, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if strings.Contains(list, strings.TrimSpace(token)) || strings.Contains(list, credentials.AccessToken) {
		t.Errorf("token list shows a token: %s", list)
	}

	if out := must(t, "", "token", "revoke", "--db", dsn, id); out != "" {
		t.Errorf("token revoke: got %q, want nothing", out)
	}
	if list := must(t, "", "token", "list", "--db", dsn); strings.Contains(list, "CRM import") {
		t.Errorf("token list after revoke: got %q", list)
	}
	_, err = command(t, "", "token", "revoke", "--db", dsn, id)
	wantError(t, "a second revoke", err, "there is no token "+id)
}

const seedExample = "../../examples/seed.json"

func TestSeed(t *testing.T) { each(t, testSeed) }

func testSeed(t *testing.T, db testdb.Opener) {
	dsn, _ := newDatabase(t, db)
	first := must(t, "", "seed", "--db", dsn, seedExample)
	var got []string
	for line := range strings.Lines(first) {
		var seeded directory.Seeded
		if err := json.Unmarshal([]byte(line), &seeded); err != nil || seeded.ID <= 0 {
			t.Fatalf("got line %q (%v), want kind, id and name", line, err)
		}
		got = append(got, string(seeded.Kind)+" "+seeded.Name)
	}
	want := []string{
		"employee_positions Consultant", "employee_positions Team lead", "group_employees Sales", "group_employees Support",
		"schedules Weekdays", "sites example.com", "skills English",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seeded (-want +got):\n%s", diff)
	}
	if again := must(t, "", "seed", "--db", dsn, seedExample); again != first {
		t.Errorf("seeded again: got\n%swant the same\n%s", again, first)
	}
	_, err := command(t, "", "seed", "--db", dsn, "--account", "999", seedExample)
	wantError(t, "an unknown account", err, "--account")

	for _, tt := range []struct{ document, want string }{
		{`{"group_employees": [{"name": "Sales"}, {"name": ""}]}`, "invalid_parameter_value at /group_employees/1/name"},
		{`{"sites": [{"name": "example.com"}]}`, "required_parameter_missed at /sites/0/domain_name"},
		{`{"sites": [{"domain_name": "https://example.com"}]}`, "invalid_parameter_value at /sites/0/domain_name"},
		{`{"schedules": [{"name": "x", "schedules": [{"activity_days": {"type": "cycle", "days": [1]}}]}]}`, "/schedules/0/schedules/0/activity_days/days"},
		{`{"skills": [`, "parse_error"},
		{`{"skills": [], "skills": []}`, "parse_error"},
	} {
		file := filepath.Join(t.TempDir(), "seed.json")
		if err := os.WriteFile(file, []byte(tt.document), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := command(t, "", "seed", "--db", dsn, file)
		wantError(t, tt.document, err, file+": ", tt.want)
	}
}

func TestUsageErrors(t *testing.T) {
	db, _ := newDatabase(t, testdb.SQLite)
	missing := filepath.Join(t.TempDir(), "none.db")
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"nothing", nil, []string{"see rosterd --help"}},
		{"unknown command", []string{"start"}, []string{"start", "see rosterd --help"}},
		{"unknown flag", []string{"serve", "--port", "80"}, []string{"--port", "see rosterd --help"}},
		{"init without login", []string{"init", "--password-stdin"}, []string{"--login"}},
		{"init without password", []string{"init", "--login", "admin"}, []string{"--password-stdin"}},
		{"no database", []string{"token", "list", "--db", missing}, []string{missing, "rosterd init --db " + missing}},
		{"a database without roster", []string{"token", "list", "--db", empty}, []string{empty, "rosterd init"}},
		{"no seed file", []string{"seed", "--db", db, missing}, []string{missing}},
		{"serve with no seed file", []string{"serve", "--db", db, "--seed", missing}, []string{missing}},
		{"not loopback", []string{"serve", "--db", db, "--listen", "0.0.0.0:0"}, []string{"0.0.0.0:0", "loopback", "--tls-cert", "--insecure-http"}},
		{"every address", []string{"serve", "--db", db, "--listen", ":8080"}, []string{"--insecure-http"}},
		{"certificate without key", []string{"serve", "--db", db, "--tls-cert", "x"}, []string{"--tls-key"}},
		{"no certificate", []string{"serve", "--db", db, "--tls-cert", missing, "--tls-key", missing}, []string{missing}},
		{"standard input and an address", []string{"serve", "--db", db, "--stdio", "--listen", "127.0.0.1:0"}, []string{"--stdio", "--listen"}},
		{"standard input and a certificate", []string{"serve", "--db", db, "--stdio", "--tls-cert", "x"}, []string{"--stdio", "--tls-cert"}},
		{"address without port", []string{"serve", "--db", db, "--listen", "localhost"}, []string{"--listen"}},
		{"revision", []string{"serve", "--db", db, "--revision", "next"}, []string{"--revision"}},
		{"region", []string{"serve", "--db", db, "--region", "XX"}, []string{"XX"}},
		{"log level", []string{"serve", "--db", db, "--log-level", "loud"}, []string{"--log-level"}},
		{"duration", []string{"serve", "--db", db, "--call-timeout", "soon"}, []string{"--call-timeout"}},
	} {
		stdout, err := command(t, "password\n", tt.args...)
		wantError(t, tt.name, err, tt.want...)
		if stdout != "" {
			t.Errorf("%s: got %q on standard output, want nothing", tt.name, stdout)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Errorf("%s was made", missing)
	}
}

func TestHelp(t *testing.T) {
	help := must(t, "", "--help")
	for _, word := range []string{"serve", "init", "seed", "token create", "key create", "ROSTERD_"} {
		if !strings.Contains(help, word) {
			t.Errorf("help says nothing of %s:\n%s", word, help)
		}
	}
	if version := must(t, "", "version"); !strings.HasPrefix(version, "rosterd ") || strings.TrimSpace(version) == "rosterd" {
		t.Errorf("got version %q", version)
	}
}

// program runs the program to its end.
func program(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = []string{}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	wantConcealed(t, out.String()+log.String(), args)
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

// The program itself tells of an error in one line, and by its exit code.
func TestExit(t *testing.T) {
	stdout, stderr, code := program(t, "token", "list", "--db", filepath.Join(t.TempDir(), "none.db"))
	if code != 1 {
		t.Errorf("got exit code %d, want 1", code)
	}
	if !strings.HasPrefix(stderr, "rosterd: ") || strings.Count(stderr, "\n") != 1 || stdout != "" {
		t.Errorf("got %q and %q, want one line on standard error", stderr, stdout)
	}
}

func TestEnvironment(t *testing.T) { each(t, testEnvironment) }

func testEnvironment(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	s := start(t, []string{"ROSTERD_DB=" + dsn, "ROSTERD_LISTEN=127.0.0.1:0", "ROSTERD_BATCH=off", "ROSTERD_LOG_FORMAT=json"}, "serve")
	if answer := s.post(t, credentials.AccessToken, `[{"jsonrpc":"2.0","id":1,"method":"get.employees"}]`); !strings.Contains(answer, "batch_opreations_not_supported") {
		t.Errorf("ROSTERD_BATCH=off: got %s", answer)
	}
	if answer := s.post(t, credentials.AccessToken, `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`); !strings.Contains(answer, `"login":"admin"`) {
		t.Errorf("ROSTERD_DB: got %s, want the administrator", answer)
	}
	t.Setenv("ROSTERD_DB", dsn)
	if list := must(t, "", "token", "list"); !strings.Contains(list, "first administrator") {
		t.Errorf("token list: got %q", list)
	}
}

// buffer is a bytes.Buffer for two.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// process is a running rosterd.
type process struct {
	url            string // of the Data API, or only the origin if that door is closed
	stdout, stderr buffer
	cmd            *exec.Cmd
	ended          chan struct{}
}

// launch runs the program beside the test.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(context.Background(), binary, args...), ended: make(chan struct{})}
	p.cmd.Env = append([]string{}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // what came of it is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill(t)
		wantConcealed(t, p.stdout.String()+p.stderr.String(), slices.Concat(args, env))
		if t.Failed() {
			t.Logf("%v said on standard error:\n%.20000s", args, p.stderr.String())
		}
	})
	return p
}

// origin is the URL without a path.
func (p *process) origin() string { return strings.TrimSuffix(p.url, "/v2.0") }

var listening = regexp.MustCompile(`"?url"?[:=]"?(https?://[^" ]+)`)

// start runs the program until it listens.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := launch(t, env, args...)
	p.listen(t)
	return p
}

// listen waits until the process listens.
func (p *process) listen(t *testing.T) {
	t.Helper()
	until(t, "rosterd listens", func() bool {
		select {
		case <-p.ended:
			t.Fatalf("%v ended: %s\n%s", p.cmd.Args[1:], p.cmd.ProcessState, p.stderr.String())
		default:
		}
		if found := listening.FindStringSubmatch(p.stderr.String()); found != nil {
			p.url = found[1]
		}
		return p.url != ""
	})
}

// serve runs a server on a database, on any free port.
func serve(t *testing.T, db string, args ...string) *process {
	t.Helper()
	return start(t, nil, append([]string{"serve", "--db", db, "--listen", "127.0.0.1:0"}, args...)...)
}

// kill ends the process without asking it.
func (p *process) kill(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	default:
		if err := p.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-p.ended
	}
}

// signal asks the process to end.
func (p *process) signal(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// exit waits for the end and tells the exit code.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("rosterd still runs after %s", patience)
		return 0
	}
}

// stop ends the process, which must go well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t)
	if code := p.exit(t); code != 0 {
		t.Fatalf("got exit code %d, want 0:\n%s", code, p.stderr.String())
	}
}
