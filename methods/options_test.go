package methods_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
)

// writeOptions are the parameters that every method takes that writes.
var writeOptions = []string{"idempotency_key", "dry_run", "batch_id", "atomic"}

// readOnly are methods that write nothing to the roster: they have no WriteOptions.
var readOnly = []string{"login.user", "logout.user", "rpc.discover", "subscribe.employees"}

// TestWriteOptions calls the example of each method that writes: as a dry run, which
// changes nothing; with an idempotency key, twice, which does it once; and with that
// key for something else.
func TestWriteOptions(t *testing.T) {
	tried := 0
	for _, m := range must(rpc.Describe(directory.RevisionSeed, methods.All(nil)...))(t) {
		if strings.HasPrefix(m.Name, "get.") || slices.Contains(readOnly, m.Name) {
			for _, name := range writeOptions {
				if takes(m, name) {
					t.Errorf("%s takes %s and writes nothing", m.Name, name)
				}
			}
			continue
		}
		tried++
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			testWriteOptions(t, m)
		})
	}
	if want := 30; tried < want {
		t.Errorf("%d methods write, want %d at least", tried, want)
	}
}

func testWriteOptions(t *testing.T, m rpc.Info) {
	r := newExampleRoster(t)
	call := func(p params) (map[string]any, error) {
		t.Helper()
		var with params
		if err := json.Unmarshal([]byte(m.Example), &with); err != nil {
			t.Fatal(err)
		}
		for name, value := range p {
			with[name] = value
		}
		text, err := r.call(m.Name, must(json.Marshal(with))(t))
		if err != nil {
			return nil, err
		}
		var result map[string]any
		return result, json.Unmarshal(text, &result)
	}
	before := r.everything(t)
	rehearsed := must(call(params{"dry_run": true, "idempotency_key": "once"}))(t)
	if diff := cmp.Diff(before, r.everything(t)); diff != "" {
		t.Errorf("the dry run changed something (-before +after):\n%s", diff)
	}
	metadata := rehearsed["metadata"].(map[string]any)
	if metadata["dry_run"] != true || metadata["diff"] == nil {
		t.Errorf("the dry run answered %v, want metadata.dry_run and metadata.diff", rehearsed)
	}

	first := must(call(params{"idempotency_key": "once"}))(t)
	done := r.everything(t)
	if diff := cmp.Diff(before, done); diff == "" && !slices.Contains([]string{"update.sip_line_password"}, m.Name) {
		t.Errorf("nothing changed: %v", first)
	}
	if got := first["metadata"].(map[string]any)["dry_run"]; got != nil {
		t.Errorf("metadata.dry_run is %v in the answer of a call that is none", got)
	}
	again := must(call(params{"idempotency_key": "once"}))(t)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the second answer is another (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(done, r.everything(t)); diff != "" {
		t.Errorf("it was done twice (-once +twice):\n%s", diff)
	}

	_, err := r.call(m.Name, jsontext.Value(`{"idempotency_key": "once"`+other(m)+`}`))
	var refused *jsonrpc2.Error
	if !errors.As(err, &refused) || !strings.Contains(string(*refused.Data), `"invalid_parameters_combination"`) {
		t.Errorf("the key with other parameters: %v, want invalid_parameters_combination", err)
	}
}

// other are parameters that are well formed and not those of the example.
func other(m rpc.Info) string {
	p := strings.NewReplacer(
		`"Trainer"`, `"Another"`, `"Sidorov"`, `"Other"`, `"id": 1`, `"id": 2`, `"id": 3`, `"id": 4`, `"id": 2`, `"id": 3`,
		`"employees.csv"`, `"other.csv"`, `"employee_id": 1`, `"employee_id": 2`, `"name": "`, `"name": "x`, `"domain_name": "`, `"domain_name": "x`,
		`"virtual_phone_number": "7`, `"virtual_phone_number": "8`,
	).Replace(m.Example)
	return "," + strings.TrimSuffix(strings.TrimPrefix(p, "{"), "}")
}

// everything is what the get methods answer, and what is in the event log.
func (r roster) everything(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, n := range nouns(t) {
		if n.method == partnersOnly {
			continue
		}
		p := params{}
		var fields []string
		for _, f := range n.fields {
			fields = append(fields, f.Name)
		}
		p["fields"] = fields
		for name, value := range n.extra {
			p[name] = value
		}
		all[n.method] = string(must(r.call(n.method, must(json.Marshal(p))(t)))(t))
	}
	return all
}
