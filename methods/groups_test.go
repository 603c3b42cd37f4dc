package methods_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestGroupLimits goes up to the limits of groups, and past them.
func TestGroupLimits(t *testing.T) { prepared.Each(t, testGroupLimits) }

func testGroupLimits(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	ids := func(n int) []int64 {
		all := make([]int64, n)
		for i := range all {
			all[i] = int64(1<<40 + i)
		}
		return all
	}
	numbers := func(n int) []params {
		all := make([]params, n)
		for i, id := range ids(n) {
			all[i] = params{"employee_phone_number_id": id}
		}
		return all
	}

	// Anna is in as many groups as there can be, Boris in one less.
	var names []string
	for i := range directory.MaxGroups {
		names = append(names, fmt.Sprintf(`{"name": "Group %d"}`, i))
	}
	seeded := must(b.service.Seed(t.Context(), b.id(t, "account"), []byte(`{"group_employees": [`+strings.Join(names, ", ")+`]}`)))(t)
	var groups []int64
	for _, g := range seeded {
		groups = append(groups, g.ID)
	}
	person := func(name string, groups []int64) int64 {
		return b.call(t, "create.employees", params{"last_name": name, "phone_numbers": []int{}, "groups": groups}).id(t)
	}
	anna, boris := person("Anna", groups), person("Boris", groups[1:])

	for _, test := range []struct {
		name, method string
		params       params
		mnemonic     string // "" for a result
		pointer      string
		value        *string
	}{
		{"members", "create.group_employees", params{"name": "A", "members": ids(10_000)}, "entity_not_found", "/members/0", text(fmt.Sprint(1 << 40))},
		{"a member too many", "create.group_employees", params{"name": "A", "members": ids(10_001)}, "data_limit_exceeded", "/members", nil},
		{"a member too many for an update", "update.group_employees", params{"id": groups[0], "members": ids(10_001)}, "data_limit_exceeded", "/members", nil},
		{"numbers", "update.group_employees_numbers", params{"id": groups[0], "phone_numbers": numbers(100_000)}, "invalid_parameter_value", "/phone_numbers/0/employee_phone_number_id", text(fmt.Sprint(1 << 40))},
		{"a number too many", "update.group_employees_numbers", params{"id": groups[0], "phone_numbers": numbers(100_001)}, "data_limit_exceeded", "/phone_numbers", nil},
		{"the last group of a member", "update.group_employees", params{"id": groups[0], "members": []int64{anna, boris}}, "", "", nil},
		{"who is in it already", "update.group_employees", params{"id": groups[0], "members": []int64{boris, anna}}, "", "", nil},
		{"a group too many", "create.group_employees", params{"name": "A", "members": []int64{b.id(t, "admin"), boris}}, "data_limit_exceeded", "/members/1", text(strconv.FormatInt(boris, 10))},
		{"a group too many in an update", "update.group_employees", params{"id": b.id(t, "group1"), "members": []int64{anna}}, "data_limit_exceeded", "/members/0", text(strconv.FormatInt(anna, 10))},
		{"a group less", "delete.group_employees", params{"id": groups[500]}, "", "", nil},
		{"another", "update.group_employees", params{"id": b.id(t, "group1"), "members": []int64{anna}}, "", "", nil},
	} {
		got := b.call(t, test.method, test.params)
		if test.mnemonic == "" {
			if got.Error != nil {
				t.Errorf("%s: %+v, want a result", test.name, got.Error)
			}
			continue
		}
		field := strings.Join(slices.DeleteFunc(strings.Split(test.pointer[1:], "/"), func(s string) bool { return s[0] <= '9' }), ".")
		want := []violation{{test.mnemonic, &field, &test.pointer, test.value}}
		if diff := cmp.Diff(want, got.at(test.pointer)); diff != "" {
			t.Errorf("%s: violations at %s (-want +got):\n%s", test.name, test.pointer, diff)
		}
	}
	got := b.get(t, noun{method: "get.employees"}, params{"fields": []string{"groups"}, "filter": params{"field": "id", "operator": "in", "value": []int64{anna, boris}}})
	for i, want := range []int{directory.MaxGroups, directory.MaxGroups - 1} {
		if groups := got.Data[i]["groups"].([]any); len(groups) != want {
			t.Errorf("employee %d is in %d groups, want %d", i, len(groups), want)
		}
	}
}
