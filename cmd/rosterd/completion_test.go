package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		words string // between spaces
		want  string
	}{
		{"se", "serve seed"},
		{"__", ""},
		{"token ", "create list block unblock revoke"},
		{"token c", "create"},
		{"serve --rev", "--revision"},
		{"serve --revision ", "seed current"},
		{"serve --revision=c", "--revision=current"},
		{"serve --db x --log-l", "--log-level"},
		{"serve --doors ", "data-api rocketchat libraryh3lp iadvize iadvize-graphql"},
		{"serve --doo", "--doors"},
		{"token create --door=", "--door=data-api --door=rocketchat --door=libraryh3lp --door=iadvize --door=iadvize-graphql"},
		{"account set --jid", "--jid-host"},
		{"--log-level ", "debug info warn error"},
		{"--log-level debug tok", "token"},
		{"completion ", "bash zsh fish"},
		{"call login", "login.user"},
		{"call --url http://localhost/ --token-file token logout", "logout.user"},
		{"call --url=http://localhost/ logout", "logout.user"},
		{"call logout.user ", "user_id="},
		{"call update.employees st", "status= status_id="},
		{"call update.employees id=18 i", "in_external_allowed_call_directions= in_internal_allowed_call_directions= interface_language= import_row= idempotency_key="},
		{"call update.employees status=b", "status=break"},
		{"call update.employees calls_available=", "calls_available=true calls_available=false"},
		{"call update.employees last_name=", ""},
		{"call update.employees acc", ""},
		{"call nonsense x", ""},
		{"call update.employees --ti", "--timeout"},
		{"import u", "undo"},
		{"import --ups", "--upsert"},
		{"import --upsert ", "external_id handle email extension"},
		{"import undo 7 --rep", "--report"},
	} {
		got := must(t, "", append([]string{"__complete"}, strings.Split(tt.words, " ")...)...)
		if diff := cmp.Diff(tt.want, strings.Join(strings.Fields(got), " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.words, diff)
		}
	}
}

// Bash itself completes, from words that are parted as it parts them.
func TestCompletionBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	for _, tt := range []struct{ words, want string }{
		{`rosterd cal`, "call"},
		{`rosterd call update.employees cal`, "call_recording= calls_available="},
		{`rosterd call update.employees status = av`, "available"},
		{`rosterd call update.employees status =`, "available break do_not_disturb not_at_workplace not_at_work auto_out_call unknown"},
		{`rosterd call --url http : //localhost:8080/v2.0 logou`, "logout.user"},
		{`rosterd call logout.user ''`, "user_id="},
		{filepath.Dir(binary) + `/rosterd serve --revision = c`, "current"},
	} {
		script := `source <("$BINARY" completion bash)
COMP_WORDS=(` + tt.words + `)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_rosterd
echo "${COMPREPLY[@]}"
complete -p rosterd`
		cmd := exec.CommandContext(t.Context(), bash, "--noprofile", "--norc", "-c", script)
		cmd.Env = []string{"BINARY=" + binary, "PATH=" + filepath.Dir(binary)}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.words, err, out)
		}
		if diff := cmp.Diff(tt.want+"\ncomplete -o default -F _rosterd rosterd\n", string(out)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.words, diff)
		}
	}
}

// The scripts are what the other shells can read, as far as they are here.
func TestCompletionScripts(t *testing.T) {
	for shell, script := range completionScripts {
		if got := must(t, "", "completion", shell); got != script {
			t.Errorf("completion %s: got\n%s\nwant\n%s", shell, got, script)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s is not installed; its script is not read", shell)
			continue
		}
		cmd := exec.CommandContext(t.Context(), path, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s -n: %v\n%s", shell, err, out)
		}
	}
}
