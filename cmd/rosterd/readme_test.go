package main

import (
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
	s := serve(t, filepath.Join(dir, "rosterd.db"), "--seed", seedExample)
	line, _, _ := strings.Cut(s.stdout.String(), "\n")
	var credentials directory.Credentials
	if err := json.Unmarshal([]byte(line), &credentials); err != nil {
		t.Fatalf("%v: %q", err, line)
	}

	ran := 0
	for _, title := range []string{"Calling methods from the shell", "Discovering the API"} {
		_, section, _ := strings.Cut(string(readme), "\n## "+title+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		_, console, _ := strings.Cut(section, "```console\n")
		console, _, _ = strings.Cut(console, "```")
		for _, shown := range strings.Split("\n"+console, "\n$ ")[1:] {
			shell, want, _ := strings.Cut(shown, "\n")
			if !strings.HasPrefix(shell, "bin/rosterd ") {
				continue
			}
			ran++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", shell)
			cmd.Dir = dir
			cmd.Env = []string{"ROSTERD_URL=" + s.url, tokenVariable + "=" + credentials.AccessToken}
			got, _ := cmd.CombinedOutput() // the output tells a failure
			pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(want, "\n")), "…", "(?s:.*)") + "\n?$"
			if !regexp.MustCompile(pattern).Match(got) {
				t.Errorf("README.md, %s: %s prints\n%s\nand not\n%s", title, shell, got, want)
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}
