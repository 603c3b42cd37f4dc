package methods_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// spot is a place in the parameters of a method.
type spot struct {
	t      *schema.Type
	names  []any // as errors.Path.Names
	secret bool
}

// spots are all places below at, but for what is any JSON, and once for a type
// that contains itself.
func spots(at spot, within ...*schema.Type) []spot {
	var all []spot
	below := func(t *schema.Type, name any, secret bool) {
		next := spot{t, append(at.names[:len(at.names):len(at.names)], name), at.secret || secret}
		if t.Kind != schema.Any {
			all = append(all, next)
		}
		if !slices.Contains(within, t) {
			all = append(all, spots(next, append(within, t)...)...)
		}
	}
	for _, f := range at.t.Fields {
		below(f.Type, f.Name, f.Secret)
	}
	if at.t.Kind == schema.Array {
		below(at.t.Elem, 0, false)
	}
	return all
}

// wrap is value at the spot, in params that have nothing else.
func (s spot) wrap(value any) params {
	for i := len(s.names) - 1; i >= 0; i-- {
		if name, ok := s.names[i].(string); ok {
			value = params{name: value}
		} else {
			value = []any{value}
		}
	}
	return value.(params)
}

func (s spot) field() string {
	var names []string
	for _, name := range s.names {
		if name, ok := name.(string); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, ".")
}

func (s spot) pointer() string {
	var b strings.Builder
	for _, name := range s.names {
		fmt.Fprintf(&b, "/%v", name)
	}
	return b.String()
}

// TestWrongTypes sends every parameter of every method, nested ones included, as
// every JSON type that it does not have.
func TestWrongTypes(t *testing.T) { prepared.Each(t, testWrongTypes) }

func testWrongTypes(t *testing.T, db testdb.Opener) {
	samples := []struct {
		kinds []schema.Kind
		value any
		shown *string
	}{
		{[]schema.Kind{schema.String, schema.Enum}, "x", text("x")},
		{[]schema.Kind{schema.Number}, 7, text("7")},
		{[]schema.Kind{schema.Boolean}, true, text("true")},
		{[]schema.Kind{schema.Array}, []any{}, nil},
		{[]schema.Kind{schema.Object}, params{}, nil},
	}
	for _, revision := range []string{directory.RevisionSeed, directory.RevisionCurrent} {
		b := start(t, db, settings{revision: revision})
		for _, method := range []struct {
			name string
			open bool
			t    *schema.Type
			min  int // places at least
		}{
			{"create.employees", false, schema.Of[directory.CreateEmployee](revision).Type(), 80},
			{"update.employees", false, schema.Of[directory.UpdateEmployee](revision).Type(), 80},
			{"delete.employees", false, schema.Of[directory.DeleteEmployee](revision).Type(), 2},
			{"get.employees", false, schema.Of[directory.GetEmployees](revision).Type(), 11},
			{"create.schedules", false, schema.Of[directory.CreateSchedule](revision).Type(), 12},
			{"update.statuses", false, schema.Of[directory.UpdateStatus](revision).Type(), 13},
			{"create.sites", false, schema.Of[directory.CreateSite](revision).Type(), 3},
			{"get.employee_stat", false, schema.Of[directory.GetEmployeeStat](revision).Type(), 14},
			{"update.employee_activity", false, schema.Of[directory.UpdateActivity](revision).Type(), 9},
			{"upload.employee_statuses", false, schema.Of[directory.UploadStatus](revision).Type(), 4},
			{"create.group_employees", false, schema.Of[directory.CreateGroup](revision).Type(), 7},
			{"update.group_employees", false, schema.Of[directory.UpdateGroup](revision).Type(), 8},
			{"update.group_employees_numbers", false, schema.Of[directory.UpdateGroupNumbers](revision).Type(), 5},
			{"delete.group_employees", false, schema.Of[directory.DeleteGroup](revision).Type(), 1},
			{"get.group_employees", false, schema.Of[directory.Get[directory.GroupRow]](revision).Type(), 11},
			{"create.sip_lines", false, schema.Of[directory.CreateSIPLine](revision).Type(), 4},
			{"update.sip_lines", false, schema.Of[directory.UpdateSIPLine](revision).Type(), 6},
			{"upload.sip_line_registrations", false, schema.Of[directory.UploadSIPLineRegistration](revision).Type(), 4},
			{"create.sip_line_virtual_numbers", false, schema.Of[directory.CreateVirtualNumber](revision).Type(), 1},
			{"login.user", true, schema.Of[directory.SignIn](revision).Type(), 2},
		} {
			all := spots(spot{t: method.t})
			if len(all) < method.min {
				t.Errorf("%s: %d parameters, want %d at least", method.name, len(all), method.min)
			}
			for _, s := range all {
				for _, sample := range samples {
					if slices.Contains(sample.kinds, s.t.Kind) {
						continue
					}
					p := s.wrap(sample.value)
					if !method.open {
						p["access_token"] = b.token(t)
					}
					var got answer
					b.post(t, request{"2.0", 1, method.name, p}, "", &got)
					delete(p, "access_token")

					field, pointer, shown := s.field(), s.pointer(), sample.shown
					if s.secret {
						shown = nil
					}
					want := []violation{{"data_type_error", &field, &pointer, shown}}
					if diff := cmp.Diff(want, got.at(pointer)); diff != "" {
						t.Errorf("%s %s %v: violations at %s (-want +got):\n%s", revision, method.name, p, pointer, diff)
					}
				}
			}
		}
	}
}

// TestNotWhole sends every parameter that is a number as one that is not whole or
// too large.
func TestNotWhole(t *testing.T) { prepared.Each(t, testNotWhole) }

func testNotWhole(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	for method, root := range map[string]*schema.Type{
		"create.employees": schema.Of[directory.CreateEmployee]("").Type(),
		"update.employees": schema.Of[directory.UpdateEmployee]("").Type(),
		"delete.employees": schema.Of[directory.DeleteEmployee]("").Type(),
		"get.employees":    schema.Of[directory.GetEmployees]("").Type(),

		"create.group_employees":         schema.Of[directory.CreateGroup]("").Type(),
		"update.group_employees":         schema.Of[directory.UpdateGroup]("").Type(),
		"update.group_employees_numbers": schema.Of[directory.UpdateGroupNumbers]("").Type(),
		"delete.group_employees":         schema.Of[directory.DeleteGroup]("").Type(),
		"create.sip_lines":               schema.Of[directory.CreateSIPLine]("").Type(),
		"update.sip_lines":               schema.Of[directory.UpdateSIPLine]("").Type(),
	} {
		for _, s := range spots(spot{t: root}) {
			if s.t.Kind != schema.Number {
				continue
			}
			for _, value := range []float64{0.5, -1.25, 1e19} {
				got := b.call(t, method, s.wrap(value))
				field, pointer := s.field(), s.pointer()
				violations := got.at(pointer)
				for i := range violations {
					violations[i].Value = nil // spelled as the client's encoder likes
				}
				want := []violation{{"invalid_parameter_value", &field, &pointer, nil}}
				if diff := cmp.Diff(want, violations); diff != "" {
					t.Errorf("%s %s %v: violations (-want +got):\n%s", method, pointer, value, diff)
				}
			}
		}
	}
}

// at are the violations at a pointer.
func (a answer) at(pointer string) []violation {
	if a.Error == nil {
		return nil
	}
	var found []violation
	for _, v := range a.Error.Data.Errors {
		if v.Pointer != nil && *v.Pointer == pointer {
			found = append(found, v)
		}
	}
	return found
}

func text(s string) *string { return &s }

// TestUnknownIDs sends an id that nobody has wherever update.employees takes ids.
func TestUnknownIDs(t *testing.T) { prepared.Each(t, testUnknownIDs) }

func testUnknownIDs(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	const nobody = 999999999
	places := 0
	for _, s := range spots(spot{t: schema.Of[directory.UpdateEmployee]("").Type()}) {
		name, isMember := s.names[len(s.names)-1].(string)
		isID := isMember && strings.HasSuffix(name, "_id") || !isMember
		if s.t.Kind != schema.Number || !isID {
			continue
		}
		places++
		p := s.wrap(nobody)
		p["id"] = b.id(t, "admin")
		if operator, ok := p["operator"].(params); ok {
			operator["operator_display_name"], operator["operator_login"], operator["operator_password"] = "x", "x", "x"
		}
		if row, ok := p["import_row"].(params); ok {
			row["key"], row["line"] = "x", 1
		}
		field, pointer := s.field(), s.pointer()
		want := []violation{{"entity_not_found", &field, &pointer, text(strconv.Itoa(nobody))}}
		got := b.call(t, "update.employees", p)
		if diff := cmp.Diff(want, got.at(pointer)); diff != "" {
			t.Errorf("%s: violations (-want +got):\n%s", pointer, diff)
		}
	}
	if want := 9; places != want { // status, schedule, coach, group, number, position, site, skill, import
		t.Errorf("%d places take an id, want %d", places, want)
	}
}
