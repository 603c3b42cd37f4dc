package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

const killWriters = 64

// made tells which create an employee came from: all that they have follows from
// it. It is their external_id.
type made struct{ round, writer, n int }

func (m made) String() string { return fmt.Sprintf("%d-%d-%d", m.round, m.writer, m.n) }

// shown is what get.employees shows of an employee.
type shown struct {
	LastName   string         `json:"last_name"`
	FirstName  string         `json:"first_name"`
	FullName   string         `json:"full_name"`
	Email      string         `json:"email"`
	ExternalID string         `json:"external_id"`
	Numbers    []phone        `json:"phone_numbers"`
	Extension  map[string]any `json:"extension"`
	Coach      map[string]any `json:"coach"`
	Groups     []struct {
		ID int64 `json:"group_id"`
	} `json:"groups"`
	Operator map[string]any `json:"operator"`
}

// employee is what m gives to create.employees and what it shows then. Every
// writer's employees share a number; the first few have an extension, and those of
// writer 0 a seat, whose password takes its time.
func (m made) employee(coach int64, groups []int64) (params map[string]any, want shown) {
	own, shared := fmt.Sprintf("7%03d%03d%06d", m.round, m.writer, m.n), fmt.Sprintf("+7 (999) %03d", m.writer)
	params = map[string]any{
		"last_name": fmt.Sprint("Writer", m.writer), "first_name": m.String(), "email": m.String() + "@example.com", "external_id": m.String(),
		"phone_numbers": []any{map[string]any{"phone_number": own, "channels_count": 1 + m.n%150, "dial_time": 30}, map[string]any{"phone_number": shared}},
		"coach":         map[string]any{"coach_id": coach},
		"groups":        groups,
	}
	want = shown{
		LastName: fmt.Sprint("Writer", m.writer), FirstName: m.String(), FullName: fmt.Sprint("Writer", m.writer, " ", m), Email: m.String() + "@example.com", ExternalID: m.String(),
		Numbers:   []phone{{own, int64(1 + m.n%150), 30}, {shared, 1, 60}},
		Extension: map[string]any{},
		Coach:     map[string]any{"coach_id": float64(coach), "coach_full_name": "admin", "coach_always_enabled": false},
		Operator:  map[string]any{},
	}
	for _, id := range groups {
		want.Groups = append(want.Groups, struct {
			ID int64 `json:"group_id"`
		}{id})
	}
	if m.n < 20 {
		extension := fmt.Sprintf("%05d", (m.round*killWriters+m.writer)*20+m.n)
		params["extension"] = map[string]any{"extension_phone_number": extension}
		want.Extension = map[string]any{"extension_phone_number": extension, "extension_voice_mail_enabled": false, "extension_queue_enabled": false}
	}
	if m.writer == 0 {
		params["operator"] = map[string]any{"operator_login": m.String(), "operator_display_name": "Operator", "operator_password": "secret12"}
		want.Operator = map[string]any{
			"operator_login": m.String(), "operator_display_name": "Operator", "operator_position_id": nil, "operator_position_name": nil,
			"operator_offline_message_enabled": false, "operator_invite_to_chat_enabled": false,
			"operator_chat_enabled": true, "operator_chats_available": true, "operator_sites": []any{},
		}
	}
	return params, want
}

// TestKill kills a server while 64 callers write, and in every other round in the
// moment after the last of them was answered. Whatever was answered is there
// afterwards, whole; what was not answered is there whole or not at all.
func TestKill(t *testing.T) {
	t.Parallel()
	each(t, testKill)
}

func testKill(t *testing.T, db testdb.Opener) {
	rounds := 3
	if os.Getenv("ROSTERD_SOAK") == "1" {
		rounds = 20
	}
	dsn, credentials := newDatabase(t, db)
	groups := seeded(t, dsn)[directory.KindGroup]
	answered := map[int64]made{}
	for round := range rounds {
		before, life := len(answered), time.Duration(200+rand.IntN(600))*time.Millisecond
		s := serve(t, dsn)
		writeUntilKilled(t, s, round, life, credentials, groups, answered)
		if len(answered) == before {
			t.Errorf("round %d: nothing was answered in %s", round, life)
		}
		s = serve(t, dsn)
		there := compareEmployees(t, s, credentials, groups, answered)
		t.Logf("round %d: killed after %s, %d creates were answered, %d employees are there", round, life, len(answered), there)
		s.stop(t)
		checkDatabase(t, dsn)
		if t.Failed() {
			return
		}
	}
}

func dial(t *testing.T, s *process, credentials directory.Credentials) *rpc.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: killWriters}
	client := rpc.Dial(s.url, rpc.ClientOptions{Token: credentials.AccessToken, HTTP: &http.Client{Transport: transport}})
	t.Cleanup(func() {
		client.Close()
		transport.CloseIdleConnections()
	})
	return client
}

// writeUntilKilled adds what was answered. In odd rounds the kill waits for the
// last answers, so that nothing that comes later can put to disk what was answered.
func writeUntilKilled(t *testing.T, s *process, round int, life time.Duration, credentials directory.Credentials, groups []int64, answered map[int64]made) {
	t.Helper()
	client := dial(t, s, credentials)
	var mu sync.Mutex
	over := false
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	var writing sync.WaitGroup
	for writer := range killWriters {
		writing.Go(func() {
			for n, last := 0, false; !last; n++ {
				m := made{round, writer, n}
				params, _ := m.employee(credentials.UserID, groups)
				var result struct {
					ID int64 `json:"id"`
				}
				err := client.Call(context.Background(), "create.employees", params, &result)
				mu.Lock()
				last = over || err != nil
				if begin(); err == nil {
					answered[result.ID] = m
				} else if !over || round%2 == 1 {
					t.Errorf("create %s, before the kill: %v", m, err)
				}
				mu.Unlock()
			}
		})
	}
	<-begun // on a slow machine the first answer takes its time
	time.Sleep(life)
	mu.Lock()
	over = true
	mu.Unlock()
	if round%2 == 1 {
		writing.Wait()
	}
	s.kill(t)
	writing.Wait()
}

// compareEmployees checks that all that were answered are there, and that whoever
// is there is whole. It returns how many there are.
func compareEmployees(t *testing.T, s *process, credentials directory.Credentials, groups []int64, answered map[int64]made) (there int) {
	t.Helper()
	client := dial(t, s, credentials)
	missing := make(map[int64]made, len(answered))
	for id, m := range answered {
		missing[id] = m
	}
	const page = 10_000
	for last := credentials.UserID; ; {
		var result struct {
			Data []struct {
				ID int64 `json:"id"`
				shown
			} `json:"data"`
		}
		err := client.Call(t.Context(), "get.employees", map[string]any{
			"limit":  page,
			"filter": map[string]any{"field": "id", "operator": ">", "value": last},
			"fields": []string{"id", "last_name", "first_name", "full_name", "email", "external_id", "phone_numbers", "extension", "coach", "groups", "operator"},
		}, &result)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Data {
			var m made
			if _, err := fmt.Sscanf(e.ExternalID, "%d-%d-%d", &m.round, &m.writer, &m.n); err != nil {
				t.Fatalf("employee %d has the external_id %q", e.ID, e.ExternalID)
			}
			if wanted, was := answered[e.ID]; was && wanted != m {
				t.Errorf("employee %d is %s, answered was %s", e.ID, m, wanted)
			}
			if _, want := m.employee(credentials.UserID, groups); !cmp.Equal(want, e.shown) {
				t.Errorf("employee %d (-want +got):\n%s", e.ID, cmp.Diff(want, e.shown))
			}
			delete(missing, e.ID)
			last = e.ID
			if t.Failed() {
				return there
			}
			there++
		}
		if len(result.Data) < page {
			break
		}
	}
	if len(missing) > 0 {
		t.Errorf("%d of %d answered creates are lost, among them %v", len(missing), len(answered), missing)
	}
	return there
}
