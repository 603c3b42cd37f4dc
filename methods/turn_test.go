package methods_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestTurns calls a verb from many at the same time, with commands that take their time,
// that are wrong, and that are dry runs: what they write follows their turns.
func TestTurns(t *testing.T) { prepared.Each(t, testTurns) }

func testTurns(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	ctx := directory.WithActor(t.Context(), directory.CommandLine(b.id(t, "account")))
	const calls, each = 12, 5
	results := make([][]directory.Result[int64], calls)
	var turn *directory.Turn
	var running sync.WaitGroup
	for i := range calls {
		turn = directory.NextTurn(turn)
		mine := turn
		running.Go(func() {
			defer mine.End()
			commands := make([]directory.CreateEmployee, each)
			for j := range commands {
				c := &commands[j]
				c.LastName, c.PhoneNumbers = schema.Some("Same Name"), schema.Some([]directory.PhoneNumber{})
				switch {
				case i%4 == 1 && j == 0:
					c.Operator = schema.Some(directory.OperatorParams{DisplayName: schema.Some("x"), Login: schema.Some(fmt.Sprint("x", i)), Password: schema.Some("slow")})
				case i%4 == 2 && j%2 == 0, i%4 == 3:
					c.LastName = schema.Some("")
				case i%2 == 0 && j == 3:
					c.DryRun = schema.Some(true)
				}
			}
			results[i] = b.service.CreateEmployees(mine.Context(ctx), commands)
		})
	}
	running.Wait()

	var ids []any
	for i, call := range results {
		for j, r := range call {
			switch {
			case r.Err == nil && !r.DryRun:
				ids = append(ids, r.Value)
			case r.Err != nil && i%4 < 2:
				t.Errorf("call %d, command %d: %v", i, j, r.Err)
			}
		}
	}
	// Handles of one name are numbered in the order in which they are given.
	handles := map[int64]string{}
	for _, r := range b.get(t, noun{method: "get.employees"}, params{"fields": []string{"id", "handle"}, "limit": 1000}).Data {
		handles[int64(r["id"].(float64))] = r["handle"].(string)
	}
	n := 0
	for _, id := range ids {
		handle := handles[id.(int64)]
		if handle[0] == 'x' { // of the seat
			continue
		}
		n++
		want := fmt.Sprintf("same-name-%d", n)
		if n == 1 {
			want = "same-name"
		}
		if handle != want {
			t.Errorf("the %d. has handle %s, want %s", n, handle, want)
		}
	}
	if want := 25; n < want {
		t.Errorf("%d were created, want %d at least", n, want)
	}
}
