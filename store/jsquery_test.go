package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/jsquery"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

func parse(t *testing.T, expression string) jsquery.Expr {
	t.Helper()
	e, err := jsquery.Parse(expression)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Each field that may be filtered by has SQL, and an object or array the shape that
// it has in public.
func TestShapes(t *testing.T) {
	nested := 0
	for _, tt := range []struct {
		view *view
		row  *schema.Type
	}{
		{employeeView, schema.RowOf[directory.EmployeeRow]().Type()},
		{positionView, schema.RowOf[directory.PositionRow]().Type()},
	} {
		for _, f := range tt.row.Fields {
			if !f.Filter {
				continue
			}
			where := tt.row.Name + "." + f.Name
			got, known := tt.view.fields[f.Name]
			switch {
			case !known:
				t.Errorf("%s: no SQL", where)
			case f.Type.Kind != schema.Object && f.Type.Kind != schema.Array:
				if got.expr == "" || got.shape != nil {
					t.Errorf("%s: expression %q and shape %v, want an expression alone", where, got.expr, got.shape)
				}
			case got.shape == nil:
				t.Errorf("%s: no shape", where)
			default:
				nested++
				if diff := cmp.Diff(public(f.Type, f.Enum), described(got.shape)); diff != "" {
					t.Errorf("%s (-public +shape):\n%s", where, diff)
				}
			}
		}
	}
	if want := 10; nested < want {
		t.Errorf("%d objects and arrays, want %d at least", nested, want)
	}
}

// public describes a type as described does a shape.
func public(t *schema.Type, enum []string) any {
	switch t.Kind {
	case schema.Object:
		members := map[string]any{}
		for _, f := range t.Fields {
			members[f.Name] = public(f.Type, nil)
		}
		return members
	case schema.Array:
		if t.Elem.Kind == schema.Enum {
			return slices.Sorted(slices.Values(enum))
		}
		return []any{public(t.Elem, nil)}
	case schema.Enum:
		return "string"
	default:
		return string(t.Kind)
	}
}

func described(s shape) any {
	switch s := s.(type) {
	case object:
		members := map[string]any{}
		for _, m := range s.members {
			members[m.name] = described(m.is)
		}
		return members
	case many:
		return []any{described(s.of)}
	case items:
		return []any{described(s.of)}
	case words:
		var texts []string
		for _, w := range s {
			texts = append(texts, w.text)
		}
		slices.Sort(texts)
		return texts
	case text:
		return "string"
	case boolean:
		return "boolean"
	default:
		return "number"
	}
}

// What is kept as JSON in a column, and members that are rows, are asked as others
// are. The rows here are schedules.
func TestDocumentsAndKeys(t *testing.T) { testdb.Each(t, testDocumentsAndKeys) }

func testDocumentsAndKeys(t *testing.T, db testdb.Opener) {
	s := openFile(t, db(t), Options{})
	account := people(t, s, 1)
	for i, document := range []string{
		`[]`,
		`[{"days": {"type": "week", "list": [1, 2]}, "times": [], "rate": 15, "on": true}]`,
		`[{"days": {"type": "cycle", "list": []}, "times": [{"from": "08:00"}, {"from": "13:00"}], "rate": 20, "on": false}, {"days": {"type": "week", "list": [6]}, "times": [], "rate": null, "on": true}]`,
		`[{"days": {"type": "it's \"", "list": [1]}, "times": [{"from": null}], "rate": -3, "on": null}]`,
	} {
		execute(t, s.write, fmt.Sprintf(`insert into schedules (account_id, id, name, name_folded, document) values (%d, %d, '', '', '%s')`, account, i, strings.ReplaceAll(document, "'", "''")))
	}
	v := &view{from: "schedules s", id: "s.id", mine: "s.account_id = $1", fields: map[string]field{
		"rules": {shape: items{"s.document", "r", object{members: []member{
			{"days", object{members: []member{{"type", text("r.value -> 'days' ->> 'type'")}, {"list", items{"r.value -> 'days' -> 'list'", "d", whole("cast(d.value as bigint)")}}}}},
			{"times", items{"r.value -> 'times'", "t", object{members: []member{{"from", text("t.value ->> 'from'")}}}}},
			{"rate", whole("cast(r.value ->> 'rate' as bigint)")},
			{"on", boolean("cast(r.value ->> 'on' as boolean)")},
		}}}},
		// By mnemonic, the statuses whose priority is the schedule's id.
		"statuses": {shape: many{"s.id", "x.priority", "statuses x where x.account_id = $1", "x.mnemonic", "", whole("x.priority * 10")}},
	}}
	for id, mnemonic := range []string{"unknown", "break", "", "auto_out_call"} {
		execute(t, s.write, fmt.Sprintf(`insert into statuses (account_id, id, mnemonic, name, description, in_external, in_internal, out_external, out_internal, phone_protocols, is_worktime, is_select_allowed, is_auto_out_calls_ready, is_deleted, priority)
			values (%d, -%d, '%s', '', '', 0, 0, 0, 0, '', false, false, false, false, %d)`, account, id, mnemonic, id))
	}

	for _, tt := range []struct {
		field, expression string
		want              []int64
	}{
		{"rules", `# = *`, []int64{1, 2, 3}},
		{"rules", `NOT # = *`, []int64{0}},
		{"rules", `#.days.type = week`, []int64{1, 2}},
		{"rules", `#.days.type = "it's \""`, []int64{3}},
		{"rules", `#(days.type = week AND rate = 15)`, []int64{1}},
		{"rules", `#.days.list.# = 1`, []int64{1, 3}},
		{"rules", `#.days.list.# >= 2.5`, []int64{2}},
		{"rules", `#.days.list @> [1, 2]`, []int64{1}},
		{"rules", `#.days.list <@ [1, 6]`, []int64{2, 3}},
		{"rules", `#.days.list && [2, 6, "1"]`, []int64{1, 2}},
		{"rules", `#(NOT days.list.# = *)`, []int64{2}},
		{"rules", `#.times.#.from = "13:00"`, []int64{2}},
		{"rules", `#.times.#.from = null`, []int64{3}},
		{"rules", `#.rate < 17.5`, []int64{1, 3}},
		{"rules", `#.rate IN (20, -3)`, []int64{2, 3}},
		{"rules", `#.rate = null`, []int64{2}},
		{"rules", `#.rate IS NUMERIC AND #.on = true`, []int64{1, 2}},
		{"rules", `#(rate IS NUMERIC AND on = true)`, []int64{1}},
		{"rules", `#(NOT on = false)`, []int64{1, 2, 3}},
		{"rules", `* = 6`, []int64{2}},
		{"rules", `* = "13:00" OR * = -3`, []int64{2, 3}},
		{"rules", `# = 1 OR #.days = week OR #.times = "08:00" OR #.days.list = 1 OR %.rate = 20`, nil},
		{"rules", `#.% IS ARRAY AND NOT #.%.# IS OBJECT`, []int64{1}},
		{"statuses", `break = 10`, []int64{1}},
		{"statuses", `break = *`, []int64{1}},
		{"statuses", `"" = 20`, []int64{2}},
		{"statuses", `NOT auto_out_call = *`, []int64{0, 1, 2}},
		{"statuses", `auto_out_call > 29 OR break > 29`, []int64{3}},
		{"statuses", `break = 20 OR "no such" = *`, nil},
		{"statuses", `% = 10`, []int64{1}},
		{"statuses", `* > 10`, []int64{2, 3}},
		{"statuses", `$ IS OBJECT AND NOT % > 0`, []int64{0}},
		{"statuses", `%($ > 5 AND NOT $ = 20)`, []int64{1, 3}},
		{"statuses", `# = * OR $ IS ARRAY OR $ @> [10] OR break.# = *`, nil},
	} {
		c := newCompiler(s.flavor, v, account)
		where := c.where(directory.Test{Field: tt.field, Op: directory.OpJSQuery, Expr: parse(t, tt.expression)})
		got := ids(t, s, `select s.id from `+v.from+` where `+where+` order by s.id`, c.args)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s as %s (-want +got):\n%s", tt.field, tt.expression, where, diff)
		}
	}
}

func ids(t *testing.T, s *Store, text string, args []any) (ids []int64) {
	t.Helper()
	rows, err := query(s)(text, args...)
	if err != nil {
		t.Errorf("%s: %v", text, err)
	}
	for _, row := range rows {
		ids = append(ids, row[0].(int64))
	}
	return ids
}

// The largest expressions are within what the databases take, also beside as many
// other filters as there may be.
func TestLargestExpressions(t *testing.T) { testdb.Each(t, testLargestExpressions) }

func testLargestExpressions(t *testing.T, db testdb.Opener) {
	s := openFile(t, db(t), Options{})
	account := people(t, s, 3)
	wide := func(expression string, with string, n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(expression, i)
		}
		return strings.Join(all, with)
	}
	tests := wide("$=%d ", "OR ", jsquery.MaxNodes/3-5)
	for _, tt := range []struct{ name, field, expression string }{
		{"tests", "phone_numbers", "#.phone_id = 1 OR " + wide("#>%d", " OR ", jsquery.MaxNodes/3-2)},
		{"scalars", "phone_numbers", "* IN (" + wide("%d", ",", jsquery.MaxNodes-2) + ")"},
		{"wildcards", "phone_numbers", "*(* = 1 AND *(" + tests + "))"},
		{"wildcards of texts", "extension", `*(NOT * = "" AND *(` + wide(`$="%d"`, "OR ", jsquery.MaxNodes/3-5) + "))"},
		{"levels", "phone_numbers", strings.Repeat("NOT (phone_id = 1 OR ", jsquery.MaxDepth/2) + "* = 1" + strings.Repeat(")", jsquery.MaxDepth/2)},
		{"levels of elements", "groups", strings.Repeat("$(#.group_id > 0 OR NOT ", jsquery.MaxDepth/2) + "#.group_id = 1" + strings.Repeat(")", jsquery.MaxDepth/2)},
		{"steps", "groups", strings.Repeat("*.", jsquery.MaxNodes-3) + "* = 1"},
		{"steps down", "groups", strings.Repeat("*.%.", (jsquery.MaxNodes-3)/2) + "* = 1"},
	} {
		filters := directory.All{directory.Test{Field: tt.field, Op: directory.OpJSQuery, Expr: parse(t, tt.expression)}}
		for range directory.MaxFilters - 1 {
			filters = append(filters, directory.Test{Field: "id", Op: directory.OpGreater, Values: []any{int64(0)}})
		}
		for _, where := range []directory.Condition{filters, directory.Any(filters)} {
			if _, _, err := s.Employees(t.Context(), account, directory.Query{Where: where, Limit: 10}); err != nil {
				t.Errorf("%s, in %T: %.300v", tt.name, where, err)
			}
		}
	}
}
