package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// newKey is a file with a key.
func newKey(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rosterd.key")
	must(t, "", "key", "create", file)
	return file
}

func TestKeyCreate(t *testing.T) {
	dir := t.TempDir()
	var keys []string
	for _, name := range []string{"a.key", "b.key"} {
		file := filepath.Join(dir, name)
		if out := must(t, "", "key", "create", file); !strings.HasPrefix(out, file+" holds a new key.") {
			t.Errorf("got %q, want a sentence about %s", out, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[0-9a-f]{64}\n$`).Match(text) {
			t.Errorf("got %q, want 64 hexadecimal digits", text)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("got mode %o, want 600", mode)
		}
		keys = append(keys, string(text))

		_, err = command(t, "", "key", "create", file)
		wantError(t, "a file that is there", err, file, "exists")
		if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, text) {
			t.Errorf("the key was overwritten: got %q, %v, want %q", again, err, text)
		}
	}
	if keys[0] == keys[1] {
		t.Errorf("two keys are the same: %s", keys[0])
	}
	_, err := command(t, "", "key", "create", filepath.Join(dir, "none", "c.key"))
	wantError(t, "no such directory", err, "no such file or directory")
}

// A server does not start with a key that it cannot use, or that others could have
// read; and it tells nothing of what is in the file.
func TestKeyRefused(t *testing.T) {
	db, _ := newDatabase(t, testdb.SQLite)
	dir := t.TempDir()
	key := strings.Repeat("5e", directory.SecretKeySize)
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want       []string
	}{
		{"none", "", 0, []string{"no such file or directory", "rosterd key create"}},
		{"readable by the group", key, 0o640, []string{"others", "0640", "chmod 600"}},
		{"readable by all", key, 0o604, []string{"others", "0604", "chmod 600"}},
		{"writable by all", key, 0o602, []string{"others", "0602", "chmod 600"}},
		{"empty", "", 0o600, []string{"holds no key", "64 hexadecimal digits"}},
		{"short", key[2:], 0o600, []string{"holds no key"}},
		{"long", key + "5e", 0o600, []string{"holds no key"}},
		{"odd", key[1:], 0o600, []string{"holds no key"}},
		{"two keys", key + "\n" + key + "\n", 0o600, []string{"holds no key"}},
		{"something else", "5e" + strings.Repeat("x", 62), 0o600, []string{"holds no key"}},
		{"a key and too much", key + strings.Repeat(" ", maxKeyFile), 0o600, []string{"holds no key"}},
	} {
		file := filepath.Join(dir, tt.name)
		if tt.mode != 0 {
			writeFile(t, file, []byte(tt.text))
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
		}
		_, err := command(t, "", "serve", "--db", db, "--listen", "127.0.0.1:0", "--secret-key-file", file)
		wantError(t, tt.name, err, append(tt.want, "--secret-key-file", file)...)
		if strings.Contains(fmt.Sprint(err), "5e5e") {
			t.Errorf("%s: the error shows the key: %v", tt.name, err)
		}
	}
	_, err := command(t, "", "serve", "--db", db, "--listen", "127.0.0.1:0", "--sip-server", "sip:sip.example.com")
	wantError(t, "a URI for a SIP server", err, "host:port", "sip:sip.example.com")
}

// The passwords of SIP lines are answered to those who ask for them with the key,
// and are nowhere else: not in the database, the events, the log or an error.
func TestSIPPasswords(t *testing.T) { each(t, testSIPPasswords) }

func testSIPPasswords(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	key := newKey(t)
	post := func(s *process, method, params string) string {
		t.Helper()
		return s.post(t, credentials.AccessToken, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`)
	}
	var passwords []string
	remember := func(answer, want string) {
		t.Helper()
		found := regexp.MustCompile(`"password":"([^"]+)"`).FindStringSubmatch(answer)
		if found == nil || !strings.Contains(answer, want) {
			t.Fatalf("got %s, want a password and %s", answer, want)
		}
		passwords = append(passwords, found[1])
	}
	s := serve(t, dsn, "--secret-key-file", key, "--sip-server", "sip.example.com:5060", "--log-level", "debug")
	processes := []*process{s}
	created := post(s, "create.sip_lines", fmt.Sprintf(`{"employee_id":%d}`, credentials.UserID))
	remember(created, `"server":"sip.example.com:5060"`)
	var line struct{ Result struct{ ID int64 } }
	if err := json.Unmarshal([]byte(created), &line); err != nil {
		t.Fatalf("%v: %s", err, created)
	}
	id := line.Result.ID
	remember(post(s, "update.sip_line_password", fmt.Sprintf(`{"id":%d}`, id)), `"result"`)
	for _, call := range []struct{ method, params, want string }{
		{"get.sip_lines", `{}`, passwords[1]},
		{"get.sip_lines", `{"fields":["id"],"filter":{"field":"password","operator":"=","value":"` + passwords[1] + `"}}`, fmt.Sprintf(`"data":[{"id":%d}]`, id)},
		{"get.sip_lines", `{"fields":["id"],"filter":{"field":"password","operator":"=","value":"` + passwords[0] + `"}}`, `"data":[]`},
		{"update.sip_lines", fmt.Sprintf(`{"id":%d,"channels_count":2}`, id), `"result"`},
		{"upload.sip_line_registrations", fmt.Sprintf(`{"id":%d,"registered":true,"ip":"10.0.0.1","date_time":"2026-01-31 12:00:00"}`, id), `"result"`},
	} {
		if answer := post(s, call.method, call.params); !strings.Contains(answer, call.want) {
			t.Errorf("%s %s: got %s, want %s", call.method, call.params, answer, call.want)
		}
	}
	for _, filter := range []string{
		`{"field":"password","operator":"like","value":"` + passwords[1] + `"}`,
		`{"field":"password","operator":"=","value":["` + passwords[1] + `"]}`,
		`{"field":"password","operator":"in","value":"` + passwords[1] + `"}`,
		`{"field":"password","operator":"=","value":"` + passwords[1] + `\u0000"}`,
	} {
		answer := post(s, "get.sip_lines", `{"filter":`+filter+`}`)
		if !strings.Contains(answer, "invalid_parameter_value") || strings.Contains(answer, passwords[1]) {
			t.Errorf("%s: got %s, want invalid_parameter_value without the password", filter, answer)
		}
	}
	s.stop(t)

	// With the same key the password is there again, with another one or none it is
	// not, and all else is.
	again := serve(t, dsn, "--secret-key-file", key)
	if answer := post(again, "get.sip_lines", `{"fields":["password"]}`); !strings.Contains(answer, passwords[1]) {
		t.Errorf("with the same key: got %s, want %s", answer, passwords[1])
	}
	if answer := post(again, "create.sip_lines", fmt.Sprintf(`{"employee_id":%d}`, credentials.UserID)); !strings.Contains(answer, `"server":null`) {
		t.Errorf("without --sip-server: got %s, want null", answer)
	} else {
		remember(answer, `"result"`)
	}
	other := serve(t, dsn, "--secret-key-file", newKey(t))
	if answer := post(other, "get.sip_lines", `{}`); !strings.Contains(answer, `"internal_error"`) {
		t.Errorf("with another key: got %s, want internal_error", answer)
	}
	until(t, "the log tells of the key", func() bool {
		return regexp.MustCompile(fmt.Sprintf(`"level":"ERROR".*the password of SIP line %d was encrypted with key [0-9a-f]{16}, and the server has key [0-9a-f]{16}`, id)).MatchString(other.stderr.String())
	})
	none := serve(t, dsn)
	if answer := post(none, "get.sip_lines", `{}`); !strings.Contains(answer, `"mnemonic":"error"`) || !strings.Contains(answer, "rosterd key create FILE") {
		t.Errorf("without a key: got %s, want an error that tells what to do", answer)
	}
	for _, s := range []*process{other, none} {
		for _, call := range []struct{ method, params, want string }{
			{"get.sip_lines", `{"fields":["id","ip_addresses"],"limit":1}`, "10.0.0.1"},
			{"update.sip_lines", fmt.Sprintf(`{"id":%d,"channels_count":3}`, id), `"result"`},
			{"get.sip_lines", `{"limit":1,"offset":2}`, `"data":[]`},
		} {
			if answer := post(s, call.method, call.params); !strings.Contains(answer, call.want) {
				t.Errorf("%s %s without the key: got %s, want %s", call.method, call.params, answer, call.want)
			}
		}
	}
	for _, s := range []*process{again, other, none} {
		processes = append(processes, s)
		s.stop(t)
	}

	secrets := append([]string{}, passwords...)
	text, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, strings.TrimSpace(string(text)))
	for _, password := range passwords {
		secrets = append(secrets, hex.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte(password))[:20])
	}
	where := map[string]string{}
	for i, s := range processes {
		where[fmt.Sprintf("the output of server %d", i)] = s.stdout.String() + s.stderr.String()
	}
	for _, table := range tablesOf(t, dsn) {
		rows, err := rowsOf(t, openSQL(t, dsn))(`select * from ` + table)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, value := range row {
				if b, isBytes := value.([]byte); isBytes {
					value = string(b)
				}
				where[table] += fmt.Sprint(value, "\n")
			}
		}
	}
	if !strings.Contains(where["sip_lines"], "10.0.0.1") || !strings.Contains(where["events"], "sip_line.updated") {
		t.Fatalf("neither the line nor its events are found: %q, %q", where["sip_lines"], where["events"])
	}
	if store.IsFile(dsn) {
		files, err := filepath.Glob(dsn + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			where[file] = string(text)
		}
	}
	for place, text := range where {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s: holds %q", place, secret)
			}
		}
	}
}
