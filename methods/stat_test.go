package methods_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestStatistics moves the clock: a status that lasts counts until now.
func TestStatistics(t *testing.T) { prepared.Each(t, testStatistics) }

func testStatistics(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	agent := b.id(t, "agent")
	do := func(method string, p params) {
		t.Helper()
		if a := b.call(t, method, p); a.Error != nil {
			t.Fatalf("%s %v: %+v", method, p, a.Error)
		}
	}
	want := func(what string, want map[string]any) {
		t.Helper()
		got := b.get(t, noun{method: "get.employee_stat"}, params{
			"date_from": "2026-01-31 00:00:00", "date_till": "2026-03-01 00:00:00", "only_default_statuses_in_stats": false,
			"fields": []string{"status_stats"}, "filter": params{"field": "id", "operator": "=", "value": agent},
		})
		if diff := cmp.Diff([]row{{"status_stats": want}}, got.Data); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	want("at once", map[string]any{})
	b.clock.advance(90 * time.Second)
	want("later", map[string]any{"available": 90.})
	do("update.employees", params{"id": agent, "status": "break"})
	want("at the change", map[string]any{"available": 90.})
	b.clock.advance(time.Hour + 500*time.Millisecond)
	want("after it", map[string]any{"available": 90., "break": 3600.})

	do("create.statuses", params{"name": "Training"})
	training := b.get(t, noun{method: "get.statuses"}, params{"filter": params{"field": "name", "operator": "=", "value": "Training"}}).Data[0]["id"].(float64)
	do("update.employees", params{"id": agent, "status_id": training})
	key := strconv.FormatInt(int64(training), 10)
	b.clock.advance(10 * time.Second)
	want("a status of the account's own", map[string]any{"available": 90., "break": 3600., key: 10.})

	// The clock of another server may be behind: no time is counted twice.
	do("update.employees", params{"id": agent, "status": "available"})
	b.clock.advance(-time.Minute)
	do("update.employees", params{"id": agent, "status": "break"})
	b.clock.advance(time.Minute + 7*time.Second)
	want("the clock went back", map[string]any{"available": 90., "break": 3607., key: 10.})

	// What has fractions began within the second that a text says.
	do("update.employees", params{"id": agent, "status": "available"})
	do("upload.employee_statuses", params{"id": agent, "status": "unknown", "date_time": b.clock.Now().Format(time.DateTime)})
	b.clock.advance(20 * time.Second)
	want("in the second in which a status began", map[string]any{"available": 90., "break": 3607., key: 10., "unknown": 20.})

	do("delete.statuses", params{"id": training})
	want("the status was deleted", map[string]any{"available": 90., "break": 3607., key: 10., "unknown": 20.})
}

// TestBatchOfActivity tells of as many employees in one document as it may hold.
func TestBatchOfActivity(t *testing.T) { prepared.Each(t, testBatchOfActivity) }

func testBatchOfActivity(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	people := []string{"agent", "manager", "reader", "expert"}
	var calls []request
	for i := range rpc.DefaultBatchLimit {
		calls = append(calls, request{"2.0", i, "update.employee_activity", params{"access_token": b.token(t), "id": b.id(t, people[i%len(people)]), "conversations": i}})
	}
	var answers []answer
	b.post(t, calls, "", &answers)
	for i, a := range answers {
		if a.Error != nil {
			t.Fatalf("call %d: %+v", i, a.Error)
		}
	}
	for i, name := range people {
		got := b.get(t, noun{method: "get.employees"}, params{"fields": []string{"activity", "version"}, "filter": params{"field": "login", "operator": "=", "value": name}}).Data[0]
		want := fmt.Sprint(rpc.DefaultBatchLimit - len(people) + i)
		if conversations := fmt.Sprint(got["activity"].(map[string]any)["conversations"]); conversations != want || got["version"] != 1. {
			t.Errorf("%s: %v, want %s conversations, the last that was told, and version 1", name, got, want)
		}
	}
}
