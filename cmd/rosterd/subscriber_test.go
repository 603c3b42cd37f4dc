package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// heard is an event as a subscriber has heard of it.
type heard struct {
	Method string
	Number int64
	ID     int64
}

// listener subscribes to one server after the other, from where it was cut off.
type listener struct {
	servers []*process
	token   string
	all     []heard
	cuts    int
}

// listen connects to the next server, hears n events, and cuts the connection off
// without a good-bye.
func (l *listener) listen(t *testing.T, n int) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), l.servers[l.cuts%len(l.servers)].sockets(), &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + l.token}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	l.cuts++
	after := l.all[len(l.all)-1].Number
	if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"subscribe.employees","params":{"after":%d}}`, after)); err != nil {
		t.Fatal(err)
	}
	for first := true; n > 0; first = false {
		_, message, err := ws.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Method string
			Params heard
			Result *struct{ Data struct{ After int64 } }
		}
		if err := json.Unmarshal(message, &got); err != nil {
			t.Fatal(err)
		}
		if first {
			if got.Result == nil || got.Result.Data.After != after {
				t.Fatalf("subscribe.employees after %d: got %s", after, message)
			}
			continue
		}
		got.Params.Method = got.Method
		l.all = append(l.all, got.Params)
		n--
	}
}

// TestSubscriber is cut off again and again while clients of two servers change
// employees. It hears of each change once, in order.
func TestSubscriber(t *testing.T) {
	t.Parallel()
	each(t, testSubscriber)
}

func testSubscriber(t *testing.T, db testdb.Opener) {
	changes, cuts := 1000, 20
	if os.Getenv("ROSTERD_SOAK") == "1" {
		changes, cuts = 10_000, 100
	}
	const (
		clients = 4
		batch   = 10  // employees in a document
		ahead   = 300 // changes that may be made before they are heard of, so that the cuts come between them
		each    = 4   // changes of an employee: created, updated twice, deleted
	)
	rounds := (changes + clients*batch*each - 1) / (clients * batch * each)
	total := rounds * clients * batch * each
	dsn, credentials := newDatabase(t, db)
	servers := []*process{serve(t, dsn), serve(t, dsn)}
	l := &listener{servers: servers, token: credentials.AccessToken, all: []heard{{Number: number(t, openSQL(t, dsn), `select last_event from accounts`)}}}

	var made, known atomic.Int64
	var mu sync.Mutex
	people := map[int64]bool{}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	defer func() { cancel(); working.Wait() }()
	for n := range clients {
		client := dial(t, servers[n%len(servers)], credentials)
		call := func(method string, params []map[string]any) (ids []int64) {
			for made.Load() > known.Load()+ahead && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			results := make([]struct{ ID int64 }, len(params))
			calls := make([]rpc.BatchCall, len(params))
			for i := range params {
				calls[i] = rpc.BatchCall{Method: method, Params: params[i], Result: &results[i]}
			}
			if err := client.Batch(ctx, calls); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			for i, c := range calls {
				if c.Err != nil {
					t.Errorf("%s: %v", method, c.Err)
				}
				ids = append(ids, results[i].ID)
			}
			made.Add(int64(len(params)))
			return ids
		}
		working.Go(func() {
			for range rounds {
				params := make([]map[string]any, batch)
				for i := range params {
					params[i] = map[string]any{"last_name": "New", "phone_numbers": []any{}}
				}
				ids := call("create.employees", params)
				mu.Lock()
				for _, id := range ids {
					people[id] = true
				}
				mu.Unlock()
				for version := range 2 {
					for i, id := range ids {
						params[i] = map[string]any{"id": id, "first_name": fmt.Sprint("Version ", version)}
					}
					call("update.employees", params)
				}
				for i, id := range ids {
					params[i] = map[string]any{"id": id}
				}
				call("delete.employees", params)
			}
		})
	}
	for left := total; left > 0; {
		n := min(left, total/cuts)
		l.listen(t, n)
		left -= n
		known.Add(int64(n))
	}
	working.Wait()
	if l.cuts < cuts {
		t.Errorf("cut off %d times, want %d", l.cuts, cuts)
	}

	want := []string{"employee.created", "employee.updated", "employee.updated", "employee.deleted"}
	next := map[int64]int{}
	for i, e := range l.all[1:] {
		if before := l.all[i].Number; e.Number <= before {
			t.Fatalf("event %d after event %d", e.Number, before)
		}
		if n := next[e.ID]; !people[e.ID] || n == len(want) || e.Method != want[n] {
			t.Fatalf("employee %d, event %d: %s, after %v", e.ID, e.Number, e.Method, want[:n])
		}
		next[e.ID]++
	}
	if len(next) != len(people) || len(people) != total/each {
		t.Errorf("heard of %d employees of %d, want %d", len(next), len(people), total/each)
	}
	for id, n := range next {
		if n != each {
			t.Errorf("employee %d: heard of %d changes, want %d", id, n, each)
		}
	}
	for _, s := range servers {
		s.stop(t)
	}
}
