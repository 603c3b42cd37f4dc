package methods_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/jsquery"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// row is one row of a get method.
type row map[string]any

// page is the result of a get method.
type page struct {
	Data     []row `json:"data"`
	Metadata struct {
		Total int `json:"total_items"`
	} `json:"metadata"`
}

// noun is what a get method reads.
type noun struct {
	method string
	fields []*schema.Field
	key    string // the field that tells rows apart
	extra  params // parameters that the method wants besides
}

// nouns are what the get methods with a filter read, with the values of varied.
func nouns(t *testing.T) []noun {
	t.Helper()
	var all []noun
	for _, info := range must(rpc.New(rpc.Options{Revision: directory.RevisionSeed, Guard: methods.Guard(nil), Together: methods.Together(nil)}, methods.All(nil)...))(t).Methods() {
		filters := slices.ContainsFunc(info.Params.Fields, func(f *schema.Field) bool { return f.Name == "filter" })
		if !filters {
			continue
		}
		n := noun{method: info.Name, fields: info.Result.Fields[0].Type.Elem.Fields, key: "id"}
		switch info.Name {
		case "get.statuses":
			n.extra = params{"is_deleted": true}
		case "get.employee_stat":
			n.extra = params{"date_from": "2026-01-31 12:00:00", "date_till": "2026-02-01 12:00:00", "only_default_statuses_in_stats": false}
		}
		all = append(all, n)
	}
	if want := 8; len(all) < want {
		t.Fatalf("%d get methods with a filter, want %d at least", len(all), want)
	}
	return all
}

func (b *bench) get(t *testing.T, n noun, p params) page {
	t.Helper()
	maps.Copy(p, n.extra)
	a := b.call(t, n.method, p)
	if a.Error != nil {
		t.Fatalf("%s %v: %s", n.method, p, a.Error.Message)
	}
	var got page
	if err := json.Unmarshal(a.Result, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// keys are the keys of the rows that a query finds, and how many it says there are.
func (b *bench) keys(t *testing.T, n noun, p params) ([]any, int) {
	t.Helper()
	p["fields"] = []string{n.key}
	got := b.get(t, n, p)
	keys := []any{}
	for _, r := range got.Data {
		keys = append(keys, r[n.key])
	}
	return keys, got.Metadata.Total
}

// varied makes a roster that has what is hard to compare: alphabets, case,
// composed and decomposed letters, characters of patterns, nulls, equal values.
func varied(t *testing.T, b *bench) {
	t.Helper()
	last := []string{"Иванов", "ИВАНОВ", "иванова", "Ёлкин", "ёлкин", "Ångström", "A\u030angstro\u0308m", "O'Neil", "o*neil", "O?Neil", "[x]", "a]b[c", "100%", "a_b", `C:\dir`, `\`, "straße", "STRASSE", "İstanbul", "😀 Smile", "Ω", "ω", "Z", "z", "a", "^$.*", "Łódź"}
	first := []string{"", "Ann", "ANN", "Пётр", "", "пётр", "_", "%"}
	directions := [][]string{{"in", "out"}, {"in"}, {"out"}, {}}
	recordings := []string{"all", "in", "out", "off"}
	statuses := []string{"available", "break", "unknown", "not_at_work"}
	var people []int64
	for i, name := range last {
		p := params{
			"last_name": name, "first_name": first[i%len(first)], "patronymic": first[(i/2)%len(first)],
			"phone_numbers":  []params{{"phone_number": fmt.Sprint(1000 + i/3)}}[:i%2],
			"call_recording": recordings[i%4], "status": statuses[i/2%4],
			"in_external_allowed_call_directions": directions[i%4], "in_internal_allowed_call_directions": directions[i/4%4],
			"out_external_allowed_call_directions": directions[i/2%4], "out_internal_allowed_call_directions": directions[i/8%4],
		}
		if i%3 == 0 {
			p["email"] = []string{"Ann@Example.com", "ann@example.com", "100%_@example.org"}[i/3%3]
		}
		if i%4 < 2 {
			p["schedule_id"] = b.id(t, fmt.Sprintf("schedule%d", 1+i%2))
		}
		if i%5 == 0 {
			p["groups"] = []int64{b.id(t, "group1"), b.id(t, "group2")}[:1+i%2]
			p["extension"] = params{"extension_phone_number": fmt.Sprint(i + 1)}
		}
		if i%7 < 2 {
			p["coach"] = params{"coach_id": b.id(t, "admin")}
			p["external_id"] = fmt.Sprintf("Ext_%d%%", i)
		}
		a := b.call(t, "create.employees", p)
		if a.Error != nil {
			t.Fatalf("create %v: %+v", p, a.Error)
		}
		people = append(people, a.id(t))
	}
	if a := b.call(t, "update.employees", params{"id": b.id(t, "admin"), "operator": params{"operator_display_name": "A", "operator_login": "a", "operator_password": "a"}}); a.Error != nil {
		t.Fatalf("update: %+v", a.Error)
	}
	domains := []string{"пример.рф", "Пример.ру", "example.net", "EXAMPLE.name", "xn--strae-oqa.de", "ångström.se", "łódź.pl", "localhost", "a-b.c"}
	for i, name := range last {
		site := params{"domain_name": fmt.Sprint("s", i, ".", domains[i%len(domains)]), "name": name}
		if i%2 == 0 {
			site["default_phone_number"] = []string{"+7 495 514-05-78", "74955140578...2*#", "(7495)5140578"}[i%3]
			delete(site, "name")
		}
		group := params{"name": name, "members": people[i:min(i+i%4, len(people))], "queue_enabled": i%3 == 0, "channels_count": 1 + i%5}
		if i%3 == 0 {
			group["group_phone_number"] = fmt.Sprint(9000 + i/2)
		}
		for _, c := range []struct {
			method string
			params params
		}{
			{"create.employee_positions", params{"name": name}},
			{"create.schedules", params{"name": name, "schedules": []params{{"activity_days": params{"type": "cycle", "days": []int{1, 1 + i}}}}[:i%2]}},
			{"create.sites", site},
			{"create.statuses", params{"name": name, "description": first[i%len(first)], "is_select_allowed": i%2 == 0, "is_worktime": i%3 == 0, "is_auto_out_calls_ready": i%4 == 0}},
			{"create.group_employees", group},
		} {
			if a := b.call(t, c.method, c.params); a.Error != nil {
				t.Fatalf("%d: %s %v: %+v", i, c.method, c.params, a.Error)
			}
		}
	}
	for i, r := range b.get(t, noun{method: "get.statuses"}, params{"filter": params{"field": "mnemonic", "operator": "is_null"}}).Data {
		if i%3 > 0 {
			continue
		}
		if a := b.call(t, "delete.statuses", params{"id": r["id"]}); a.Error != nil {
			t.Fatalf("delete %v: %+v", r, a.Error)
		}
	}
	variedImports(t, b, last[:9])
	variedSkills(t, b, last[:9])
	b.clock.advance(time.Minute) // for employees to have had their statuses
	variedLines(t, b)
}

// variedSkills makes a skill of each name, which no method of the dialect does.
func variedSkills(t *testing.T, b *bench, names []string) {
	t.Helper()
	commands := make([]directory.CreateSkill, len(names))
	for i, name := range names {
		commands[i].Name = schema.Some(name)
		if i%3 == 0 {
			commands[i].ParentID = schema.Some(b.id(t, "skill1"))
		}
	}
	ctx := directory.WithActor(t.Context(), directory.CommandLine(b.id(t, "account")))
	for i, r := range b.service.CreateSkills(ctx, commands) {
		if r.Err != nil {
			t.Fatalf("skill %q: %v", names[i], r.Err)
		}
	}
}

// variedImports makes imports in all states, and rows of them with all outcomes.
func variedImports(t *testing.T, b *bench, names []string) {
	t.Helper()
	for i, name := range names {
		begun := b.call(t, "create.imports", params{"name": name, "digest": fmt.Sprintf("%x", 1000*(i%5)), "rows": i})
		if begun.Error != nil {
			t.Fatalf("create.imports: %+v", begun.Error)
		}
		id := begun.id(t)
		row := params{"import_id": id, "key": fmt.Sprintf("row-%x", i*i), "line": 1}
		var a answer
		switch i % 3 {
		case 0:
			a = b.call(t, "create.employees", params{"last_name": name, "phone_numbers": []params{}, "import_row": row})
		case 1:
			a = b.call(t, "update.employees", params{"id": b.id(t, "admin"), "patronymic": name, "import_row": row})
		case 2:
			a = b.call(t, "update.employees", params{"id": b.id(t, "admin"), "import_row": row})
		}
		if a.Error != nil {
			t.Fatalf("row of an import: %+v", a.Error)
		}
		if a := b.call(t, "update.imports", params{"id": id, "state": []string{"open", "done", "undone"}[i%3], "failed": i % 2}); a.Error != nil {
			t.Fatalf("update.imports: %+v", a.Error)
		}
	}
}

// everything is all rows of a noun with all fields.
func everything(t *testing.T, b *bench, n noun) []row {
	t.Helper()
	var names []string
	for _, f := range n.fields {
		names = append(names, f.Name)
	}
	rows := b.get(t, n, params{"fields": names}).Data
	if len(rows) < 7 {
		t.Fatalf("%s: %d rows, want 7 at least", n.method, len(rows))
	}
	return rows
}

// isEmpty reports whether v is null, [] or {}.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// operators are those of each type, by data-api.md §3.1, and what they mean: v is
// a row's value, arg that of the filter. Where v is empty, only the null tests
// are asked, and those with "not" hold.
var operators = map[string]struct {
	kinds []schema.Kind
	holds func(v, arg any) bool
}{
	"=":    {[]schema.Kind{schema.Number, schema.String, schema.Enum, schema.Boolean}, equal},
	"<":    {[]schema.Kind{schema.Number}, func(v, arg any) bool { return v.(float64) < arg.(float64) }},
	">":    {[]schema.Kind{schema.Number}, func(v, arg any) bool { return v.(float64) > arg.(float64) }},
	"<=":   {[]schema.Kind{schema.Number}, func(v, arg any) bool { return v.(float64) <= arg.(float64) }},
	">=":   {[]schema.Kind{schema.Number}, func(v, arg any) bool { return v.(float64) >= arg.(float64) }},
	"like": {[]schema.Kind{schema.String}, func(v, arg any) bool { return like([]rune(v.(string)), []rune(arg.(string))) }},
	"ilike": {[]schema.Kind{schema.String}, func(v, arg any) bool {
		return like([]rune(directory.Fold(v.(string))), []rune(directory.Fold(arg.(string))))
	}},
	"regexp": {[]schema.Kind{schema.String}, func(v, arg any) bool { return regexp.MustCompile(arg.(string)).MatchString(v.(string)) }},
	"in":     {[]schema.Kind{schema.Number, schema.String, schema.Enum}, func(v, arg any) bool { return slices.Contains(arg.([]any), v) }},
	"overlap": {[]schema.Kind{schema.Array}, func(v, arg any) bool {
		return slices.ContainsFunc(arg.([]any), func(a any) bool { return slices.Contains(v.([]any), a) })
	}},
}

// negations are the operators that hold where another does not.
var negations = map[string]string{"!=": "=", "not_like": "like", "not_ilike": "ilike", "not_in": "in", "not_overlap": "overlap"}

func equal(v, arg any) bool { return v == arg }

// like matches an SQL pattern.
func like(text, pattern []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(text) == 0
	case pattern[0] == '%':
		return like(text, pattern[1:]) || len(text) > 0 && like(text[1:], pattern)
	case len(text) == 0:
		return false
	case pattern[0] == '_':
		return like(text[1:], pattern[1:])
	case pattern[0] == '\\':
		pattern = pattern[1:]
	}
	return text[0] == pattern[0] && like(text[1:], pattern[1:])
}

// arguments are values to compare a field with, made of those that rows have.
func arguments(op string, values []any) []any {
	if base, negates := negations[op]; negates {
		op = base
	}
	var args []any
	switch op {
	case "like", "ilike":
		escape := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
		for _, v := range values {
			s := []rune(v.(string))
			middle := string(s[len(s)/3 : 1+len(s)*2/3])
			args = append(args, v, escape.Replace(v.(string)), escape.Replace(string(s[0]))+"%", "%"+escape.Replace(string(s[len(s)-1])), "%"+escape.Replace(strings.ToUpper(middle))+"%", "_"+escape.Replace(strings.ToLower(string(s[1:]))))
		}
		args = slices.DeleteFunc(args, func(a any) bool { // a lone backslash at the end is refused
			s := a.(string)
			return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
		})
		return append(args, "", "%", "_", "%_%", "nobody")
	case "regexp":
		for _, v := range values {
			args = append(args, "^"+regexp.QuoteMeta(v.(string))+"$", "(?i)"+regexp.QuoteMeta(v.(string)))
		}
		return append(args, "", ".", `^\pL+$`, "[0-9]")
	case "in":
		return []any{[]any{}, values, values[:1], values[len(values)/2:]}
	case "overlap":
		return append([]any{[]any{}}, values...)
	}
	return values
}

// TestEveryFilter filters by every field that has filter:"true" with every
// operator of its type, and compares with an evaluation over the whole roster.
func TestEveryFilter(t *testing.T) { prepared.Each(t, testEveryFilter) }

func testEveryFilter(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	varied(t, b)
	for _, n := range nouns(t) {
		t.Run(n.method, func(t *testing.T) {
			rows := everything(t, b, n)
			for _, f := range n.fields {
				if f.Filter {
					testFilter(t, b, n, rows, f)
				} else if a := b.call(t, n.method, with(n.extra, params{"filter": params{"field": f.Name, "operator": "is_null"}})); a.mnemonic() != "filter_prohibited" {
					t.Errorf("%s: %q, want filter_prohibited", f.Name, a.mnemonic())
				}
			}
		})
	}
}

// with is p and q together.
func with(p, q params) params {
	q = maps.Clone(q)
	maps.Copy(q, p)
	return q
}

func testFilter(t *testing.T, b *bench, n noun, rows []row, f *schema.Field) {
	check := func(op string, arg any, want func(v any) bool) {
		t.Helper()
		wanted := []any{}
		for _, r := range rows {
			if want(r[f.Name]) {
				wanted = append(wanted, r[n.key])
			}
		}
		got, total := b.keys(t, n, params{"filter": params{"field": f.Name, "operator": op, "value": arg}})
		if diff := gocmp.Diff(wanted, got); diff != "" || total != len(wanted) {
			t.Errorf("%s %s %q: total_items %d, want %d; ids (-want +got):\n%s", f.Name, op, arg, total, len(wanted), diff)
		}
	}
	refused := func(op string) {
		t.Helper()
		a := b.call(t, n.method, with(n.extra, params{"filter": params{"field": f.Name, "operator": op, "value": "x"}}))
		if a.mnemonic() != "invalid_parameter_value" || *a.Error.Data.Field != "filter.operator" {
			t.Errorf("%s %s: %s %s, want invalid_parameter_value of filter.operator", f.Name, op, a.mnemonic(), a.Result)
		}
	}
	check("=", nil, isEmpty)
	check("!=", nil, func(v any) bool { return !isEmpty(v) })
	if f.Secret {
		refused("is_null")
		refused("is_not_null")
	} else {
		check("is_null", nil, isEmpty)
		check("is_not_null", nil, func(v any) bool { return !isEmpty(v) })
	}
	values := valuesOf(rows, f.Name)
	if n.method != "get.employees" { // the same texts are tried there
		values = values[:min(len(values), 10)]
	}
	if len(values) == 0 {
		t.Errorf("no row has a %s", f.Name)
		return
	}
	for op, o := range operators {
		elementsFit := op != "overlap" || f.Type.Kind == schema.Array && f.Type.Elem.Kind != schema.Object
		secretsFit := !f.Secret || op == "=" || op == "in"
		fits := slices.Contains(o.kinds, f.Type.Kind) && elementsFit && secretsFit
		all := []string{op}
		for negation, base := range negations {
			if base == op {
				all = append(all, negation)
			}
		}
		for _, op := range all {
			if !fits {
				refused(op)
				continue
			}
			for i, arg := range arguments(op, values) {
				if op != all[0] && i%3 > 0 { // what is negated is tried with all
					continue
				}
				check(op, arg, func(v any) bool {
					holds := !isEmpty(v) && o.holds(v, arg)
					return holds != (op != all[0])
				})
			}
		}
	}
}

// valuesOf are the distinct values of a field that are not empty.
func valuesOf(rows []row, field string) []any {
	var values []any
	seen := map[string]bool{}
	for _, r := range rows {
		key := fmt.Sprint(r[field])
		if isEmpty(r[field]) || seen[key] {
			continue
		}
		seen[key] = true
		values = append(values, r[field])
	}
	return values
}

// TestEverySort sorts by every field that has sort:"true", both ways and in pairs.
func TestEverySort(t *testing.T) { prepared.Each(t, testEverySort) }

func testEverySort(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	varied(t, b)
	for _, n := range nouns(t) {
		t.Run(n.method, func(t *testing.T) {
			rows := everything(t, b, n)
			var sortable []string
			for _, f := range n.fields {
				if f.Sort {
					sortable = append(sortable, f.Name)
				} else if a := b.call(t, n.method, with(n.extra, params{"sort": []params{{"field": f.Name}}})); a.mnemonic() != "sort_prohibited" {
					t.Errorf("%s: %q, want sort_prohibited", f.Name, a.mnemonic())
				}
			}
			for i, field := range sortable {
				testSort(t, b, n, rows, field, sortable[(i+1)%len(sortable)])
			}
		})
	}
}

func testSort(t *testing.T, b *bench, n noun, rows []row, field, second string) {
	for _, keys := range [][]params{
		{{"field": field}},
		{{"field": field, "order": "asc"}},
		{{"field": field, "order": "desc"}},
		{{"field": field, "order": "asc"}, {"field": second, "order": "desc"}},
		{{"field": field, "order": "desc"}, {"field": second, "order": "asc"}},
	} {
		// rows are in the order of ids, which equal ones keep
		ordered := slices.SortedStableFunc(slices.Values(rows), func(x, y row) int {
			for _, key := range keys {
				name := key["field"].(string)
				by := compare(x[name], y[name])
				if key["order"] == "desc" {
					by = -by
				}
				if by != 0 {
					return by
				}
			}
			return 0
		})
		want := []any{}
		for _, r := range ordered {
			want = append(want, r[n.key])
		}
		got, _ := b.keys(t, n, params{"sort": keys})
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("sort %v: ids (-want +got):\n%s", keys, diff)
		}
		got, total := b.keys(t, n, params{"sort": keys, "limit": 3, "offset": 4})
		if diff := gocmp.Diff(want[4:min(7, len(want))], got); diff != "" || total != len(rows) {
			t.Errorf("sort %v, a page: total_items %d, want %d; ids (-want +got):\n%s", keys, total, len(rows), diff)
		}
	}
}

// compare is the order of values: null first, text bytewise, false before true.
func compare(x, y any) int {
	if x == nil || y == nil {
		return cmp.Compare(rank(x != nil), rank(y != nil))
	}
	switch x := x.(type) {
	case string:
		return strings.Compare(x, y.(string))
	case bool:
		return cmp.Compare(rank(x), rank(y.(bool)))
	default:
		return cmp.Compare(x.(float64), y.(float64))
	}
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestEveryField asks for each field alone.
func TestEveryField(t *testing.T) { prepared.Each(t, testEveryField) }

func testEveryField(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	varied(t, b)
	for _, n := range nouns(t) {
		rows := everything(t, b, n)
		for _, f := range n.fields {
			got := b.get(t, n, params{"fields": []string{f.Name}})
			var want []row
			for _, r := range rows {
				want = append(want, row{f.Name: r[f.Name]})
			}
			if diff := gocmp.Diff(want, got.Data); diff != "" {
				t.Errorf("%s: fields [%s] (-want +got):\n%s", n.method, f.Name, diff)
			}
		}
	}
}

func TestFilterLimits(t *testing.T) { prepared.Each(t, testFilterLimits) }

func testFilterLimits(t *testing.T, db testdb.Opener) {
	b := start(t, db, settings{})
	admin := b.id(t, "admin")
	tests := func(n int) params {
		return params{"condition": "or", "filters": slices.Repeat([]params{{"field": "id", "operator": "=", "value": admin}}, n)}
	}
	values := func(n int) params {
		return params{"field": "id", "operator": "in", "value": slices.Repeat([]int64{admin}, n)}
	}
	pattern := func(op string, n int) params {
		return params{"field": "login", "operator": op, "value": strings.Repeat("%", n-len(adminLogin)) + adminLogin}
	}
	expressions := func(lengths ...int) params {
		filters := []params{{"field": "id", "operator": "=", "value": admin}}
		for _, n := range lengths {
			const test = `$ IS OBJECT OR $ = ""`
			filters = append(filters, params{"field": "extension", "operator": "jsquery", "value": test[:len(test)-1] + strings.Repeat("x", n-len(test)) + `"`})
		}
		return params{"filters": filters}
	}
	for _, test := range []struct {
		name     string
		filter   params
		mnemonic string
		pointer  string
	}{
		{"comparisons", tests(directory.MaxFilters), "", ""},
		{"a comparison too many", tests(directory.MaxFilters + 1), "invalid_parameter_value", fmt.Sprintf("/filter/filters/%d", directory.MaxFilters)},
		{"many comparisons too many", tests(directory.MaxFilters + 10), "invalid_parameter_value", fmt.Sprintf("/filter/filters/%d", directory.MaxFilters)},
		{"values", values(directory.MaxFilterValues), "", ""},
		{"a value too many", values(directory.MaxFilterValues + 1), "invalid_parameter_value", "/filter/value"},
		{"values in several lists", params{"filters": []params{values(directory.MaxFilterValues), values(1)}}, "invalid_parameter_value", "/filter/filters/1/value"},
		{"bytes of a like pattern", pattern("like", directory.MaxPattern), "", ""},
		{"a byte too many", pattern("like", directory.MaxPattern+1), "invalid_parameter_value", "/filter/value"},
		{"a byte too many of ilike", pattern("ilike", directory.MaxPattern+1), "invalid_parameter_value", "/filter/value"},
		{"bytes of a jsquery", expressions(jsquery.MaxLength), "", ""},
		{"a byte too many of jsquery", expressions(jsquery.MaxLength + 1), "invalid_parameter_value", "/filter/filters/1/value"},
		{"bytes of two jsqueries", expressions(jsquery.MaxLength-50, 50), "", ""},
		{"a byte too many of two", expressions(jsquery.MaxLength-50, 51), "invalid_parameter_value", "/filter/filters/2/value"},
		{"a byte too many of regexp", pattern("regexp", directory.MaxPattern+1), "invalid_parameter_value", "/filter/value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := b.call(t, "get.employees", params{"fields": []string{"id"}, "filter": test.filter})
			if got.mnemonic() != test.mnemonic {
				t.Fatalf("%q, want %q", got.mnemonic(), test.mnemonic)
			}
			if got.Error == nil {
				want := fmt.Sprintf(`{"data":[{"id":%d}],"metadata":{"total_items":1,"version":null,"limits":{}}}`, admin)
				if string(got.Result) != want {
					t.Errorf("result %s, want %s", got.Result, want)
				}
				return
			}
			if len(got.Error.Data.Errors) != 1 || *got.Error.Data.Errors[0].Pointer != test.pointer {
				t.Errorf("errors %+v, want one at %s", got.Error.Data.Errors, test.pointer)
			}
		})
	}
}
