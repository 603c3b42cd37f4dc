package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// failoverWriters write at the same time: creates with an idempotency key, updates
// with one, of which each names the version that the one before has made, and creates
// without a key.
const failoverWriters = 16

// failover is servers on a database that fails, and what they have answered.
type failover struct {
	clients []*rpc.Client

	mu        sync.Mutex
	over      bool
	created   map[string]int64 // answered ids by first_name, which nothing keeps unique
	uncertain map[string]bool  // first_names of creates that were not answered and not repeated
	versions  map[int64]int64  // of employees that are updated, as answered
	repeated  int              // calls
	answered  int
	killed    time.Time // and nothing that was sent since was answered; zero if something was
	outages   []time.Duration
}

// TestFailover kills the primary of a PostgreSQL with a synchronous standby while
// servers write, has the standby take over, and makes a new standby. What was answered
// is there, and nothing is there twice; the servers recover by themselves.
func TestFailover(t *testing.T) {
	t.Parallel()
	kills := 1
	if os.Getenv("ROSTERD_SOAK") == "1" {
		kills = 10
	}
	pair := testdb.NewPair(t)
	dsn, credentials := newDatabase(t, func(t testing.TB) string { return withPassword(t, pair.URL) })
	f := &failover{created: map[string]int64{}, uncertain: map[string]bool{}, versions: map[int64]int64{}}
	var servers []*process
	for _, patience := range []string{"45s", "45s", "300ms"} { // the last one gives up
		s := serve(t, dsn, "--outage-timeout", patience)
		servers = append(servers, s)
		f.clients = append(f.clients, dial(t, s, credentials))
	}
	var writing sync.WaitGroup
	for n := range failoverWriters {
		writing.Go(func() {
			if err := f.write(n); err != nil {
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	defer writing.Wait()
	defer f.end()
	for kill := range kills {
		before := f.count()
		until(t, "writers write", func() bool { return f.count() >= before+3*failoverWriters || t.Failed() })
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		f.mu.Lock()
		f.killed = time.Now()
		f.mu.Unlock()
		started := time.Now()
		pair.Kill(t)
		for i, s := range servers {
			if response, body := s.get(t, "/readyz"); response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("kill %d: /readyz of server %d: got %d %q without a primary, want 503", kill, i, response.StatusCode, body)
			}
		}
		time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond) // until the death is noticed
		pair.Promote(t)
		promoted := time.Since(started)
		pair.MakeStandby(t)
		followed := time.Since(started)
		until(t, "a write is answered", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.killed.IsZero() || t.Failed() })
		t.Logf("kill %d: promoted after %s, a new standby after %s", kill, promoted.Round(time.Millisecond), followed.Round(time.Millisecond))
		if t.Failed() {
			return
		}
	}
	f.end()
	writing.Wait()
	slices.Sort(f.outages)
	t.Logf("%d writes answered, %d calls repeated, %d unanswered without a key; from kill to the first answer: %v", f.answered, f.repeated, len(f.uncertain), f.outages)

	found := 0
	for i, s := range servers {
		if response, body := s.get(t, "/readyz"); response.StatusCode != http.StatusOK {
			t.Errorf("server %d: /readyz answers %d %q", i, response.StatusCode, body)
		}
		f.compare(t, f.clients[i], credentials)
		for line := range strings.Lines(s.stderr.String()) {
			gaveUp := i == 2 && strings.Contains(line, "it could not be found out")
			if strings.Contains(line, "it was found out") {
				found++
			} else if strings.Contains(line, `"level":"ERROR"`) && !gaveUp || strings.Contains(line, "internal_error") {
				t.Errorf("server %d logs %s", i, line)
			}
		}
	}
	t.Logf("%d commits were not answered and found out about", found)
	f.compareEvents(t, dsn)
	checkDatabase(t, dsn)
	must(t, "", "verify", "--db", dsn)
	for _, s := range servers {
		s.stop(t)
	}
}

func (f *failover) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
}

func (f *failover) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answered
}

// call makes a call on one server and tells whether it was answered. Refusals that a
// server without database gives are no answer.
func (f *failover) call(server int, method string, params map[string]any, result any) (answered bool, err error) {
	sent := time.Now()
	err = f.clients[server%len(f.clients)].Call(context.Background(), method, params, result)
	f.mu.Lock()
	defer f.mu.Unlock()
	var refusal *jsonrpc2.Error
	switch {
	case err == nil:
		f.answered++
		if !f.killed.IsZero() && sent.After(f.killed) {
			f.outages = append(f.outages, time.Since(f.killed).Round(time.Millisecond))
			f.killed = time.Time{}
		}
		return true, nil
	case errors.As(err, &refusal) && refusal.Data != nil:
		var data struct{ Mnemonic string }
		if json.Unmarshal(*refusal.Data, &data); data.Mnemonic == "error" && strings.Contains(refusal.Message, "The database does not answer") {
			return false, nil
		}
	}
	return false, err
}

// insist repeats a call, on one server after the other, until it is answered.
func (f *failover) insist(server int, method string, params map[string]any, result any) error {
	for ; ; server++ {
		answered, err := f.call(server, method, params, result)
		if answered || err != nil {
			return err
		}
		f.mu.Lock()
		f.repeated++
		f.mu.Unlock()
	}
}

type createdResult struct {
	ID int64 `json:"id"`
}

func (f *failover) write(n int) error {
	var chain createdResult
	if n%4 == 0 {
		if err := f.insist(n, "create.employees", person(fmt.Sprint("chain-", n), "chain"), &chain); err != nil {
			return err
		}
		f.noteCreated(fmt.Sprint("chain-", n), chain.ID)
	}
	for i := 1; ; i++ {
		f.mu.Lock()
		over := f.over
		f.mu.Unlock()
		if over {
			return nil
		}
		name := fmt.Sprint(n, "-", i)
		var result createdResult
		switch {
		case chain.ID != 0:
			params := map[string]any{"id": chain.ID, "last_name": name, "expected_version": i, "idempotency_key": name}
			if err := f.insist(n+i, "update.employees", params, &result); err != nil {
				return err
			}
			f.mu.Lock()
			f.versions[chain.ID] = int64(i + 1)
			f.mu.Unlock()
		case n%4 == 1:
			answered, err := f.call(n+i, "create.employees", person(name, ""), &result)
			if err != nil {
				return err
			}
			if answered {
				f.noteCreated(name, result.ID)
			} else {
				f.mu.Lock()
				f.uncertain[name] = true
				f.mu.Unlock()
			}
		default:
			if err := f.insist(n+i, "create.employees", person(name, name), &result); err != nil {
				return err
			}
			f.noteCreated(name, result.ID)
		}
	}
}

func person(name, key string) map[string]any {
	params := map[string]any{"last_name": "Writer", "first_name": name, "phone_numbers": []any{}}
	if key != "" {
		params["idempotency_key"] = key + "-" + name
	}
	return params
}

func (f *failover) noteCreated(name string, id int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.created[name] = id
}

// compare reads everybody through one server.
func (f *failover) compare(t *testing.T, client *rpc.Client, credentials directory.Credentials) {
	t.Helper()
	there, versions := map[string]int64{}, map[int64]int64{}
	for last := credentials.UserID; ; {
		var result struct {
			Data []struct {
				ID        int64  `json:"id"`
				FirstName string `json:"first_name"`
				Version   int64  `json:"version"`
			} `json:"data"`
		}
		err := client.Call(t.Context(), "get.employees", map[string]any{
			"limit": 10_000, "fields": []string{"id", "first_name", "version"},
			"filter": map[string]any{"field": "id", "operator": ">", "value": last},
		}, &result)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Data {
			if other, twice := there[e.FirstName]; twice {
				t.Errorf("%s is there twice, as %d and %d", e.FirstName, other, e.ID)
			}
			last, there[e.FirstName] = e.ID, e.ID
			if _, chain := f.versions[e.ID]; chain {
				versions[e.ID] = e.Version
			}
		}
		if len(result.Data) == 0 {
			break
		}
	}
	for name := range f.uncertain {
		delete(there, name)
	}
	if diff := cmp.Diff(f.created, there); diff != "" {
		t.Errorf("employees (-answered +there):\n%.5000s", diff)
	}
	if diff := cmp.Diff(f.versions, versions); diff != "" {
		t.Errorf("versions (-answered +there):\n%s", diff)
	}
}

// compareEvents looks for events that are missing, too many or not in order.
func (f *failover) compareEvents(t *testing.T, dsn string) {
	t.Helper()
	rows, err := rowsOf(t, openSQL(t, dsn))(`select number, kind, subject_id from events order by number`)
	if err != nil {
		t.Fatal(err)
	}
	created, updated := map[int64]int{}, map[int64]int64{}
	for i, row := range rows {
		if row[0] != int64(i+1) {
			t.Fatalf("event %v follows event %d", row[0], i)
		}
		switch id := row[2].(int64); row[1] {
		case "employee.created":
			created[id]++
		case "employee.updated":
			updated[id]++
		}
	}
	for id, n := range created {
		if n != 1 {
			t.Errorf("employee %d was created %d times", id, n)
		}
	}
	for _, id := range slices.Collect(maps.Values(f.created)) {
		if created[id] != 1 {
			t.Errorf("employee %d has %d events of their creation", id, created[id])
		}
	}
	for id, version := range f.versions {
		if updated[id] != version-1 {
			t.Errorf("employee %d has version %d and %d events of changes", id, version, updated[id])
		}
	}
}
