package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/testdb"
)

// hashProcesses are the ids of those that a process has started and that run.
func hashProcesses(t *testing.T, parent int) (ids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range all {
		state, err := stat(dir)
		line, _ := os.ReadFile(dir + "/cmdline") // empty for what has ended
		if err != nil || state[1] != strconv.Itoa(parent) || !strings.Contains(string(line), hashCommandName) {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// stat is what /proc says of a process or thread after its name: its state, its parent, ….
func stat(dir string) ([]string, error) {
	text, err := os.ReadFile(dir + "/stat")
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest), err
}

// theHashProcess waits until it works.
func theHashProcess(t *testing.T, parent int) (id int) {
	t.Helper()
	until(t, "a process that hashes passwords", func() bool {
		ids := hashProcesses(t, parent)
		if len(ids) != 1 {
			return false
		}
		id = ids[0]
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", id)) // it may have ended
		return string(name) == "rosterd-hash\n"
	})
	return id
}

func testHashProcess(t *testing.T) (*hashProcess, *buffer) {
	t.Helper()
	log := new(buffer)
	h := newHashProcess(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() {
		h.close()
		if left := hashProcesses(t, os.Getpid()); len(left) > 0 {
			t.Errorf("processes %v are left", left)
		}
		if got := log.String(); strings.Contains(got, "geheim") {
			t.Errorf("the log shows a password: %s", got)
		}
	})
	return h, log
}

// wantHash hashes and compares.
func wantHash(t *testing.T, h directory.Hasher, password string) {
	t.Helper()
	salt := []byte("0123456789abcdef")
	hash, err := h.Hash(t.Context(), password, salt)
	if want := directory.HashPassword(password, salt); err != nil || hash != want {
		t.Errorf("%q: got hash %q, %v, want %q", password, hash, err, want)
	}
	if right, err := h.Matches(t.Context(), password, hash); err != nil || !right {
		t.Errorf("%q: got %t, %v, want that it has its hash", password, right, err)
	}
	if right, err := h.Matches(t.Context(), password+"x", hash); err != nil || right {
		t.Errorf("%q: got %t, %v, want that another has not its hash", password, right, err)
	}
}

// One process hashes, which all others go before and from which nobody learns passwords.
func TestHashProcess(t *testing.T) {
	h, log := testHashProcess(t)
	var all sync.WaitGroup
	for _, password := range []string{"geheim", "", "геheim", "geheim\xff\x00\"\n", strings.Repeat("geheim", 1000)} {
		all.Go(func() { wantHash(t, h, password) })
	}
	all.Wait()
	for _, hash := range []string{"plain", "$2b$10$abc", "\xff"} {
		_, err := h.Matches(t.Context(), "geheim", hash)
		wantError(t, hash, err, "in no known form")
		if errors.Is(err, errNoHashProcess) || log.String() != "" {
			t.Errorf("%q: got error %v, log %s, want what the process says", hash, err, log.String())
		}
	}

	id := theHashProcess(t, os.Getpid())
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", id))
	if err != nil || len(threads) < 2 {
		t.Fatalf("got threads %v, %v, want some", threads, err)
	}
	for _, thread := range threads {
		state, err := stat(thread)
		const nice = 16
		if err != nil || state[nice] != strconv.Itoa(lowestPriority) {
			t.Errorf("%s: got state %v, %v, want nice value %d", thread, state, err, lowestPriority)
		}
	}
	if got, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", id)); err != nil || string(got) != "1000\n" {
		t.Errorf("oom_score_adj: got %q, %v, want 1000", got, err)
	}
	for _, name := range []string{"cmdline", "environ"} {
		if got, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", id, name)); err != nil || len(got) == 0 || bytes.Contains(got, []byte("heim")) {
			t.Errorf("%s: got %q, %v, want no password", name, got, err)
		}
	}
}

// So many hashes are with the process; who waits for a place or for an answer may go
// away. What was sent keeps its place until it is answered.
func TestHashProcessBound(t *testing.T) {
	h, _ := testHashProcess(t)
	wantHash(t, h, "geheim")
	id := theHashProcess(t, os.Getpid())
	if err := syscall.Kill(id, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 2 * cap(h.places) {
		all.Go(func() {
			if _, err := h.Hash(ctx, "geheim", []byte("01234567")); !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want canceled", err)
			}
		})
	}
	until(t, "all places are taken", func() bool { return len(h.places) == cap(h.places) })
	cancel()
	all.Wait()
	if got := len(h.places); got != cap(h.places) {
		t.Errorf("got %d places taken after the callers went, want %d", got, cap(h.places))
	}
	if err := syscall.Kill(id, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	until(t, "no place is taken", func() bool { return len(h.places) == 0 })
	wantHash(t, h, "geheim")
}

// Processes that are killed cost nobody a hash.
func TestHashProcessKilled(t *testing.T) {
	h, log := testHashProcess(t)
	const kills = 4
	killed := make(chan struct{})
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for over := false; !over; {
				select {
				case <-killed:
					over = true
				default:
				}
				wantHash(t, h, fmt.Sprint("geheim", i))
			}
		})
	}
	for last := 0; t.Context().Err() == nil && strings.Count(log.String(), "signal: killed") < kills; time.Sleep(100 * time.Millisecond) {
		if id := theHashProcess(t, os.Getpid()); id != last {
			last = id
			if err := syscall.Kill(id, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
	close(killed)
	all.Wait()
}

// A process that has nothing to do ends; the next hash has another.
func TestHashProcessIdle(t *testing.T) {
	h, log := testHashProcess(t)
	if h.idle != time.Minute {
		t.Errorf("got %s until an idle process ends, want a minute", h.idle)
	}
	h.idle = 50 * time.Millisecond
	for range 2 {
		wantHash(t, h, "geheim")
		until(t, "the process has ended", func() bool { return len(hashProcesses(t, os.Getpid())) == 0 })
	}
	if got := log.String(); got != "" {
		t.Errorf("got log %s, want nothing", got)
	}
}

// Where no process can be started, or all end at once, this one hashes.
func TestHashProcessMissing(t *testing.T) {
	for name, program := range map[string]func() (string, error){
		"no name":    func() (string, error) { return "", errors.New("nobody knows") },
		"no file":    func() (string, error) { return filepath.Join(t.TempDir(), "none"), nil },
		"not itself": func() (string, error) { return "/bin/false", nil },
	} {
		t.Run(name, func(t *testing.T) {
			h, log := testHashProcess(t)
			h.program = program
			wantHash(t, h, "geheim")
			if !strings.Contains(log.String(), "the server hashes a password itself") {
				t.Errorf("got log %s", log.String())
			}
		})
	}
}

// A server whose process is asked to end, or is killed, answers all; one that is killed
// itself leaves none behind.
func TestServeHashes(t *testing.T) {
	dsn, credentials := newDatabase(t, testdb.SQLite)
	s := serve(t, dsn)
	if ids := hashProcesses(t, s.cmd.Process.Pid); len(ids) > 0 {
		t.Errorf("processes %v run before there is a password", ids)
	}
	made := 0
	creates := func(during func(id int)) (answers []string) {
		const n = 16
		answers = make([]string, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				_, answers[i], _ = send(t.Context(), s.url, credentials.AccessToken, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"create.employees","params":{
					"last_name":"Ivanova","first_name":"Vera","phone_numbers":[{"phone_number":"7495%07[1]d"}],
					"operator":{"operator_login":"vera%[1]d","operator_display_name":"Vera","operator_password":"geheim12"}}}`, made+i))
			})
		}
		during(theHashProcess(t, s.cmd.Process.Pid))
		all.Wait()
		made += n
		return answers
	}
	kill := func(id int, signals ...syscall.Signal) {
		for _, signal := range signals {
			if err := syscall.Kill(id, signal); err != nil {
				t.Errorf("%s: %v", signal, err)
			}
		}
	}
	want := func(what string, answers []string) {
		for _, answer := range answers {
			if !strings.Contains(answer, `"result"`) {
				t.Errorf("%s: got %s", what, answer)
			}
		}
	}

	var first, last int
	want("asked to end", creates(func(id int) { first = id; kill(id, syscall.SIGINT, syscall.SIGTERM) }))
	want("killed", creates(func(id int) {
		if id != first {
			t.Errorf("process %d has ended when it was asked to", first)
		}
		kill(id, syscall.SIGKILL)
	}))
	if !strings.Contains(s.stderr.String(), "signal: killed") {
		t.Errorf("got log %s, want that the process was killed", s.stderr.String())
	}
	creates(func(id int) { last = id; s.kill(t) })
	until(t, "the process of a killed server has ended", func() bool {
		state, err := stat(fmt.Sprint("/proc/", last))
		return err != nil || state[0] == "Z"
	})
}
