package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/schema"
)

func TestWords(t *testing.T) {
	var got []string
	for name, f := range schema.Of[create]("seed").Type().Members() {
		got = append(got, name+": "+f.TypeText()+": "+f.RulesText())
	}
	want := []string{
		"first_name: string: at most 255 characters", "last_name: string: 1 to 255 characters", "status: enum: available, break", "calls_available: boolean: ",
		"allowed_in_call_types: array of enums: internal, external", "email: string: ", "coach: object: ", "coach.coach_id: number: at least 1",
		"coach.coach_always_enabled: boolean: ", "groups: array of numbers: at least 1; at most 3", "phone_numbers: array of objects: at most 2",
		"phone_numbers.phone_number: string: at least 1 characters", "phone_numbers.channels_count: number: 1 to 150", "phone_numbers.dial_time: number, s: 1 to 100",
		"extension: string: 1 to 5 characters", "site: string: ", "operator: object: ", "operator.operator_login: string: ",
		"operator.operator_password: string: 1 to 8 characters", "note: any: ", "expected_version: number: ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	got = nil
	for name := range schema.Of[filter]("").Type().Members() {
		if got = append(got, name); name == "filters" {
			break
		}
	}
	if diff := cmp.Diff([]string{"field", "value", "filters"}, got); diff != "" {
		t.Errorf("a filter, to its filters: -want +got\n%s", diff)
	}
	got = nil
	for name := range schema.Of[filter]("").Type().Members() {
		got = append(got, name)
	}
	if diff := cmp.Diff([]string{"field", "value", "filters", "condition"}, got); diff != "" {
		t.Errorf("a filter, which contains itself: -want +got\n%s", diff)
	}
}
