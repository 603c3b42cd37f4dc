package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/directory"
)

// What the README says of rosterd's own commands is what they print, where … stands
// for what is left out. The server and the roster are those of make run.
func TestReadme(t *testing.T) {
	r := newReader(t)
	ran := r.follow(t, "Calling methods from the shell") + r.follow(t, "Discovering the API")
	if ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}

// What the README says of importing a spreadsheet is what comes of it.
func TestReadmeImport(t *testing.T) {
	if ran := newReader(t).follow(t, "Importing a spreadsheet"); ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}

// What the README says of other vendors' doors is what they answer.
func TestReadmeDoors(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	if ran := newReader(t).follow(t, "The same roster at other doors"); ran < 17 {
		t.Errorf("only %d commands were found", ran)
	}
}

// reader does what the README says.
type reader struct {
	readme string
	dir    string // with bin/rosterd and rosterd.db
	server *process
	env    map[string]string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(dir, "bin", "rosterd")); err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(examples, filepath.Join(dir, "examples")); err != nil {
		t.Fatal(err)
	}
	s := serve(t, filepath.Join(dir, "rosterd.db"), "--seed", seedExample)
	line, rest, _ := strings.Cut(s.stdout.String(), "\n")
	var credentials directory.Credentials
	if err := json.Unmarshal([]byte(line), &credentials); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	password := regexp.MustCompile(`with password (\S+)`).FindStringSubmatch(rest)
	if password == nil {
		t.Fatalf("no password: %q", rest)
	}
	return &reader{string(readme), dir, s, map[string]string{
		"PATH": os.Getenv("PATH"), "ROSTERD_URL": s.url, tokenVariable: credentials.AccessToken, "PASSWORD": password[1],
	}}
}

// makeRun is where make run listens.
const makeRun = "http://127.0.0.1:8080"

// follow runs the commands of a section that call rosterd, curl or cat, and tells how
// many there are. What a sign-in answers, or a new token is, is kept for the next.
func (r *reader) follow(t *testing.T, title string) (ran int) {
	t.Helper()
	_, section, _ := strings.Cut(r.readme, "\n## "+title+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range strings.Split(section, "```console\n")[1:] {
		console, _, _ := strings.Cut(block, "```")
		for _, shown := range strings.Split("\n"+console, "\n$ ")[1:] {
			shell, want, _ := strings.Cut(shown, "\n")
			if !strings.HasPrefix(shell, "bin/rosterd ") && !strings.HasPrefix(shell, "curl ") && !strings.HasPrefix(shell, "cat ") {
				continue
			}
			ran++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(shell, makeRun, r.server.origin()))
			cmd.Dir = r.dir
			for name, value := range r.env {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			out, _ := cmd.CombinedOutput() // which tells a failure
			got := bytes.ReplaceAll(out, []byte(r.server.origin()), []byte(makeRun))
			if strings.Contains(shell, " token create ") {
				want = "…" // each time another
			}
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(want, "\n")), "…", "(?s:.*)") + "\n?$"
			if !regexp.MustCompile(pattern).Match(got) {
				t.Errorf("README.md, %s: %s prints\n%s\nand not\n%s", title, shell, got, want)
			}
			var signedIn struct {
				Data        struct{ UserID, AuthToken string }
				AccessToken string `json:"access_token"`
			}
			switch err := json.Unmarshal(got, &signedIn); {
			case err != nil && strings.Contains(shell, " token create "):
				r.env["KEY"] = strings.TrimSpace(string(got))
			case err == nil && signedIn.Data.AuthToken != "":
				r.env["ID"], r.env["TOKEN"] = signedIn.Data.UserID, signedIn.Data.AuthToken
			case err == nil && signedIn.AccessToken != "":
				r.env["TOKEN"] = signedIn.AccessToken
			}
		}
	}
	return ran
}
