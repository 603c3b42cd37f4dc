package methods_test

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestBatch creates as many employees in one document as it may hold. Two of them
// are wrong, and harm no other.
func TestBatch(t *testing.T) { prepared.Each(t, testBatch) }

func testBatch(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	const bad, duplicate = 137, 638
	var calls []request
	for i := range rpc.DefaultBatchLimit {
		p := params{
			"access_token": b.token(t), "last_name": fmt.Sprintf("Employee %03d", i), "external_id": fmt.Sprint(i),
			"extension":     params{"extension_phone_number": fmt.Sprint(10000 + i)},
			"phone_numbers": []params{{"phone_number": fmt.Sprint(74950000000 + i/2), "channels_count": 1 + i%150}},
		}
		switch i {
		case bad:
			p["status"] = "lunch"
		case duplicate:
			p["extension"] = params{"extension_phone_number": "10000"}
		}
		calls = append(calls, request{"2.0", fmt.Sprint("call ", i), "create.employees", p})
	}
	var answers []answer
	b.post(t, calls, "", &answers)
	if len(answers) != len(calls) {
		t.Fatalf("%d answers to %d calls", len(answers), len(calls))
	}
	type created struct {
		Data struct {
			ID int64 `json:"id"`
		} `json:"data"`
		ID int64 `json:"id"`
	}
	want := map[int64]string{}
	for i, a := range answers {
		if got, want := string(a.ID), fmt.Sprintf("%q", calls[i].ID); got != want {
			t.Fatalf("answer %d has id %s, want %s", i, got, want)
		}
		switch {
		case i == bad || i == duplicate:
			mnemonic := map[int]string{bad: "invalid_parameter_value", duplicate: "already_in_use"}[i]
			if a.mnemonic() != mnemonic {
				t.Errorf("call %d: %q, want %q", i, a.mnemonic(), mnemonic)
			}
		case a.Error != nil:
			t.Errorf("call %d: %+v, want a result", i, a.Error)
		default:
			var c created
			if err := json.Unmarshal(a.Result, &c); err != nil {
				t.Fatal(err)
			}
			if c.ID != c.Data.ID || want[c.ID] != "" {
				t.Errorf("call %d: %s, want an id of its own, twice", i, a.Result)
			}
			want[c.ID] = fmt.Sprintf("Employee %03d", i)
		}
	}

	got := map[int64]string{}
	for offset := 0; ; offset += 400 {
		page := b.get(t, noun{method: "get.employees"}, params{"fields": []string{"id", "last_name"}, "filter": params{"field": "external_id", "operator": "is_not_null"}, "limit": 400, "offset": offset})
		if page.Metadata.Total != len(calls)-2 {
			t.Errorf("total_items %d, want %d", page.Metadata.Total, len(calls)-2)
		}
		for _, r := range page.Data {
			got[int64(r["id"].(float64))] = r["last_name"].(string)
		}
		if len(page.Data) == 0 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("employees by id (-want +got):\n%s", diff)
	}
	settings := b.get(t, noun{method: "get.employees"}, params{"fields": []string{"phone_numbers"}, "filter": params{"field": "external_id", "operator": "=", "value": "0"}})
	if got := settings.Data[0]["phone_numbers"].([]any)[0].(map[string]any)["channels_count"]; got != 2. {
		t.Errorf("channels_count of the number that calls 0 and 1 share: %v, want 2, the later call's", got)
	}
}

// TestBatchOfUpdatesAndDeletes changes and removes in one document what it has
// changed before.
func TestBatchOfUpdatesAndDeletes(t *testing.T) { prepared.Each(t, testBatchOfUpdatesAndDeletes) }

func testBatchOfUpdatesAndDeletes(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	id := b.id(t, "agent")
	document := func(method string, ps ...params) []request {
		var calls []request
		for i, p := range ps {
			p["access_token"] = b.token(t)
			calls = append(calls, request{"2.0", i, method, p})
		}
		return calls
	}
	for _, test := range []struct {
		calls []request
		want  []string
	}{
		{document("update.employees", params{"id": id, "expected_version": 1, "first_name": "A"}, params{"id": id, "expected_version": 1, "first_name": "B"}, params{"id": id, "expected_version": 2, "first_name": "C"}), []string{"", "version_conflict", ""}},
		{document("delete.employees", params{"id": id, "expected_version": 3}, params{"id": id}), []string{"", "entity_not_found"}},
	} {
		var answers []answer
		b.post(t, test.calls, "", &answers)
		var got []string
		for _, a := range answers {
			got = append(got, a.mnemonic())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.calls, diff)
		}
	}
}
