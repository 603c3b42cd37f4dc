package rocketchat

import (
	"math"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// The rules of agents and departments say what the vendor's validators say, as
// TestRules has it of others.
func TestLivechatRules(t *testing.T) {
	holdRules(t, "testdata/rules-livechat.json", map[string]rule{
		"listUsers": listUsersRule, "addUser": addUserRule, "agentStatus": agentStatusRule, "saveAgent": saveAgentRule, "agentDepartments": agentDepartmentsRule,
		"listDepartments": listDepartmentsRule, "getDepartment": getDepartmentRule, "addDepartment": addDepartmentRule,
		"listDepartmentAgents": listDepartmentAgentsRule, "saveDepartmentAgents": saveDepartmentAgentsRule,
	})
}

func TestPage(t *testing.T) {
	for _, test := range []struct {
		name          string
		params        map[string]any
		settings      map[setting]string
		offset, count int64
	}{
		{"nothing asked", nil, nil, 0, 50},
		{"both", map[string]any{"offset": 7.0, "count": 3.0}, nil, 7, 3},
		{"null", map[string]any{"offset": nil, "count": nil}, nil, 0, 50},
		{"over the limit", map[string]any{"count": 101.0}, nil, 0, 100},
		{"all", map[string]any{"count": 0.0}, nil, 0, 0},
		{"all, which the account does not let", map[string]any{"count": 0.0}, map[setting]string{allowInfiniteCount: `false`}, 0, 50},
		{"negative", map[string]any{"offset": -3.0, "count": -1.0}, nil, 0, 50},
		{"fractions", map[string]any{"offset": 1.9, "count": 2.9}, nil, 1, 2},
		{"infinite", map[string]any{"offset": math.Inf(1), "count": math.Inf(1)}, nil, maxWhole, 100},
		{"infinitely negative", map[string]any{"offset": math.Inf(-1), "count": math.Inf(-1)}, nil, 0, 50},
		{"the account's default", nil, map[setting]string{defaultCount: `9`}, 0, 9},
		{"the account's limit", map[string]any{"count": 30.0}, map[setting]string{countLimit: `20`}, 0, 20},
		{"a default over the limit", nil, map[setting]string{countLimit: `20`}, 0, 20},
		{"settings that make no sense", map[string]any{"count": 1000.0}, map[setting]string{defaultCount: `0`, countLimit: `-1`}, 0, 100},
		{"a default that makes no sense", nil, map[setting]string{defaultCount: `-1`}, 0, 50},
		{"a limit over ours", map[string]any{"count": 1e9}, map[setting]string{countLimit: `1e9`}, 0, MaxPage},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &call{params: test.params, kept: map[string]jsontext.Value{}}
			for s, value := range test.settings {
				c.kept[s.key()] = jsontext.Value(value)
			}
			offset, count := c.page()
			if offset != test.offset || count != test.count {
				t.Errorf("the page of %v begins at %d and has %d; want %d and %d", test.params, offset, count, test.offset, test.count)
			}
		})
	}
}

func TestMembershipID(t *testing.T) {
	const agent, department = "rbAXPnMktTFbNpwtJ", "64181a0728384134ed600dcc"
	const want = "WmKGT39QEWtZLBkLP" // clients keep it, so that it must not change
	if got := membershipID(agent, department); got != want {
		t.Errorf("the id is %q, want %q", got, want)
	}
	for _, others := range [][2]string{{agent, "64181a0728384134ed600dcd"}, {"rbAXPnMktTFbNpwtK", department}} {
		if got := membershipID(others[0], others[1]); got == want {
			t.Errorf("%v have the id %q of others", others, got)
		}
	}
}
