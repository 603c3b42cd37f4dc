package dialecttest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
)

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"1", int64(1), false},
		{nil, "", true},
		{nil, false, true},
		{[]string{}, nil, true},
		{[]string{"a"}, nil, false},
		{[]string{"a", "b"}, []string{"b", "a"}, false},
		{[]string{"a", "b"}, []string{"a", "b"}, true},
		{AnyOf{"away", "xa"}, "xa", true},
		{"dnd", AnyOf{"away", "xa"}, false},
		{AnyOf{"away", "xa"}, AnyOf{"xa"}, true},
		{AnyOf{"away", "xa"}, AnyOf{"dnd"}, false},
		{AnyOf{"away"}, nil, false},
	} {
		if got := agree(c.a, c.b); got != c.want {
			t.Errorf("%v and %v agree: %t, want %t", c.a, c.b, got, c.want)
		}
	}
}

func TestDifferences(t *testing.T) {
	got := differences(Person{"handle": "anna", "email": "a@example.com", "id": int64(1)}, Person{"email": "b@example.com", "id": int64(1), "uuid": "x"})
	if diff := cmp.Diff([]string{"email: a@example.com and b@example.com"}, got); diff != "" {
		t.Error(diff)
	}
}

// paper is a door of which only the contract is there.
type paper struct {
	Door
	name  string
	names map[string]string
}

func (p paper) Name() string { return p.name }

func (p paper) Contract() dialect.Contract {
	fields := map[string]dialect.Field{"version": {Why: "for this test"}}
	for path, name := range p.names {
		fields[path] = dialect.Field{Name: name}
	}
	return dialect.Contract{Fields: fields}
}

// What should have been compared and was not is found.
func TestForgotten(t *testing.T) {
	one := paper{name: "one", names: map[string]string{"handle": "h", "first_name": "n", "last_name": "n"}}
	two := paper{name: "two", names: map[string]string{"handle": "user", "first_name": "first", "last_name": "last"}}
	for _, c := range []struct {
		one, two Person
		want     []string
	}{
		{Person{"handle": "a", ShownName: "A B"}, Person{"handle": "a", "first_name": "A", "last_name": "B", ShownName: "A B"}, nil},
		{Person{"handle": "a", ShownName: "A B", Takes + "chat": true}, Person{"handle": "a", "first_name": "A", "last_name": "B", ShownName: "A B", Takes + "chat": true}, nil},
		{Person{"handle": "a", ShownName: "A B"}, Person{"handle": "a", "first_name": "A", "last_name": "B"}, []string{
			"one and two have first_name by their contracts, and it was not compared",
			"one and two have last_name by their contracts, and it was not compared",
		}},
		{Person{"handle": "a", ShownName: "A B"}, Person{"first_name": "A", "last_name": "B", ShownName: "A B", Presence: "dnd", Connected: true}, []string{
			"two alone tells connected, which was not compared",
			"two alone tells presence, which was not compared",
			"two has handle by its contract, and does not tell it",
		}},
		{Person{"handle": "a", ShownName: "A B", "version": 1, "shoes": 42}, Person{"handle": "a", "first_name": "A", "last_name": "B", ShownName: "A B", UTCOffset: 3.5}, []string{
			"one tells shoes, which it has not by its contract",
			"one tells version, which it has not by its contract",
			"two tells utc_offset, which it has not by its contract",
		}},
	} {
		if diff := cmp.Diff(c.want, forgotten([]Door{one, two}, []Person{c.one, c.two})); diff != "" {
			t.Errorf("%v and %v: -want +got\n%s", c.one, c.two, diff)
		}
	}
}

// The fields that the matrix writes and puts together are an employee's.
func TestMatrixFields(t *testing.T) {
	paths := leaves(reflect.TypeFor[directory.Employee](), "")
	for _, field := range slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after)), slices.Concat(slices.Collect(maps.Values(together))...)) {
		if together[field] == nil && !isBeside(field) && !slices.Contains(paths, field) {
			t.Errorf("an employee has no field %s", field)
		}
	}
}

func TestTold(t *testing.T) {
	contract := paper{names: map[string]string{
		"id": "id", "email": "emails.address", "seat.login": "operator.login", "time_zone": "offset", "groups": "groups.name", "languages": "languages", "handle": "none", "uuid": "id.deeper",
	}}.Contract()
	got := Told(contract, map[string]any{
		"id": 7.0, "emails": []any{map[string]any{"address": "a@example.com"}}, "operator": map[string]any{"login": "a"}, "offset": 5.5,
		"groups": []any{map[string]any{"name": "b"}, map[string]any{"name": "a"}, map[string]any{}}, "languages": []any{"ru", "en"},
	})
	want := Person{
		"id": int64(7), "email": []string{"a@example.com"}, "seat.login": "a", "time_zone": 5.5, "groups": []string{"a", "b"}, "languages": []string{"en", "ru"}, "handle": nil, "uuid": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
