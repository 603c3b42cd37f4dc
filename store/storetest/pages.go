package storetest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/jsquery"
)

// roster keeps five employees, known by their last names, for reading tests.
func roster(b *bench) (account, map[string]*directory.Employee) {
	a, other := b.account(), b.account()
	b.inserted(other, full, func(e *directory.Employee) { e.Login = "foreign" }) // whom no query may find
	n := number(b.id(), "74955140578")
	group := b.group(a, "Sales").ID
	ids := b.ids(4)
	position, schedule, site, skill := ids[0], ids[1], ids[2], ids[3]
	b.put(a, n)
	b.in(a.id, func(tx directory.Tx) error {
		_, err1 := tx.InsertNamed(directory.KindPosition, directory.Named{ID: position, Name: "Consultant"})
		_, err2 := tx.InsertNamed(directory.KindSchedule, directory.Named{ID: schedule, Name: "Weekdays", Document: []byte("[]")})
		_, err3 := tx.InsertSite(directory.Site{ID: site, DomainName: "example.com"})
		_, err4 := tx.InsertNamed(directory.KindSkill, directory.Named{ID: skill, Name: "English"})
		return errors.Join(err1, err2, err3, err4)
	})
	people := map[string]*directory.Employee{}
	keep := func(lastName string, change func(*directory.Employee)) *directory.Employee {
		e := b.inserted(a, func(e *directory.Employee) {
			e.LastName = lastName
			e.Directions = directory.Directions{InExternal: 3, InInternal: 3, OutExternal: 3, OutInternal: 3}
			change(e)
		})
		people[lastName] = e
		return e
	}
	coach := keep("Ivanov", func(e *directory.Employee) {
		e.FirstName, e.Email, e.ExternalID, e.Handle = "Иван", "Ivan@example.com", "1", "ivan"
	})
	keep("ivanova", func(e *directory.Employee) {
		e.FirstName, e.Patronymic, e.Login, e.Handle = "Анна", "Ивановна", "anna", "anna"
		e.StatusID, e.Directions.InExternal = a.statuses["break"], directory.InDirection
	})
	keep("50%_off*[x]", func(e *directory.Employee) {
		e.CallRecording, e.Extension.Number, e.Handle = "off", "101", "off"
		e.Directions = directory.Directions{OutExternal: directory.OutDirection}
	})
	keep("Petrov", func(e *directory.Employee) {
		e.Coach, e.Groups, e.NumberIDs = directory.Coach{ID: coach.ID, AlwaysEnabled: true}, []int64{group}, []int64{n.ID}
		e.ScheduleID, e.Skills, e.Handle = schedule, []int64{skill}, "petrov"
		e.Seat = &directory.Seat{DisplayName: "P", Login: "p", PositionID: position, Sites: []int64{site}}
	})
	keep("Ёлкин", func(e *directory.Employee) { e.Handle, e.Groups = "ёлкин", []int64{group} })
	return a, people
}

// selected are the last names that a query gives, and its total.
func (b *bench) selected(a account, q directory.Query) ([]string, int64) {
	b.Helper()
	page, _, err := b.store.Employees(b.Context(), a.id, q)
	if err != nil {
		b.Errorf("%+v: %v", q, err)
	}
	var names []string
	for _, e := range page.Items {
		names = append(names, e.LastName)
	}
	return names, page.Total
}

func testFilters(b *bench) {
	a, people := roster(b)
	const ivanov, ivanova, off, petrov, elkin = "Ivanov", "ivanova", "50%_off*[x]", "Petrov", "Ёлкин"
	test := func(field string, op directory.Op, values ...any) directory.Test {
		return directory.Test{Field: field, Op: op, Values: values}
	}
	query := func(field, expression string) directory.Test {
		e, err := jsquery.Parse(expression)
		if err != nil {
			b.Fatal(err)
		}
		return directory.Test{Field: field, Op: directory.OpJSQuery, Expr: e}
	}
	group := people[petrov].Groups[0]
	sales := query("groups", fmt.Sprintf("#.group_id = %d", group))
	not := func(t directory.Test) directory.Test {
		t.Not = true
		return t
	}
	for _, tt := range []struct {
		name  string
		where directory.Condition
		want  []string
	}{
		{"none", nil, []string{ivanov, ivanova, off, petrov, elkin}},
		{"all of nothing", directory.All{}, []string{ivanov, ivanova, off, petrov, elkin}},
		{"any of nothing", directory.Any{}, []string{ivanov, ivanova, off, petrov, elkin}},
		{"id", test("id", directory.OpEqual, people[petrov].ID), []string{petrov}},
		{"id at least", test("id", directory.OpAtLeast, people[petrov].ID), []string{petrov, elkin}},
		{"id less", test("id", directory.OpLess, people[petrov].ID), []string{ivanov, ivanova, off}},
		{"ids", test("id", directory.OpIn, people[elkin].ID, people[ivanov].ID, int64(-1)), []string{ivanov, elkin}},
		{"no ids", test("id", directory.OpIn), nil},
		{"not no ids", not(test("id", directory.OpIn)), []string{ivanov, ivanova, off, petrov, elkin}},
		{"equal distinguishes case", test("last_name", directory.OpEqual, "ivanov"), nil},
		{"not equal includes null", not(test("first_name", directory.OpEqual, "Иван")), []string{ivanova, off, petrov, elkin}},
		{"like distinguishes case", test("last_name", directory.OpLike, "I%"), []string{ivanov}},
		{"like is of the whole text", test("last_name", directory.OpLike, "vano"), nil},
		{"like one character", test("last_name", directory.OpLike, "_лкин"), []string{elkin}},
		{"like with escapes", test("last_name", directory.OpLike, `50\%\_off%`), []string{off}},
		{"like what globs mean", test("last_name", directory.OpLike, `%*[x]`), []string{off}},
		{"like a bracket", test("last_name", directory.OpLike, `%[%`), []string{off}},
		{"ilike folds every alphabet", test("full_name", directory.OpILike, directory.Fold("%ИВАН%")), []string{ivanov, ivanova}},
		{"not ilike includes null", not(test("first_name", directory.OpILike, "анна")), []string{ivanov, off, petrov, elkin}},
		{"regexp", test("last_name", directory.OpRegexp, `^(?i)IVANOVA?$`), []string{ivanov, ivanova}},
		{"regexp on null", test("first_name", directory.OpRegexp, ``), []string{ivanov, ivanova}},
		{"quotes are text", test("last_name", directory.OpEqual, `' or '1' = '1`), nil},
		{"null", test("email", directory.OpNull), []string{ivanova, off, petrov, elkin}},
		{"not null", not(test("login", directory.OpNull)), []string{ivanova}},
		{"status", test("status", directory.OpEqual, "break"), []string{ivanova}},
		{"status id", test("status_id", directory.OpIn, a.statuses["break"]), []string{ivanova}},
		{"boolean", test("calls_available", directory.OpEqual, false), []string{off}},
		{"enum", test("call_recording", directory.OpIn, "off", "in"), []string{off}},
		{"schedule", test("schedule_name", directory.OpILike, "week%"), []string{petrov}},
		{"no coach", test("coach", directory.OpNull), []string{ivanov, ivanova, off, elkin}},
		{"groups", not(test("groups", directory.OpNull)), []string{petrov, elkin}},
		{"numbers", not(test("phone_numbers", directory.OpNull)), []string{petrov}},
		{"extension", not(test("extension", directory.OpNull)), []string{off}},
		{"directions", test("in_external_allowed_call_directions", directory.OpOverlap, "out"), []string{ivanov, petrov, elkin}},
		{"either direction", test("out_external_allowed_call_directions", directory.OpOverlap, "in", "out", "in"), []string{ivanov, ivanova, off, petrov, elkin}},
		{"not the direction", not(test("out_external_allowed_call_directions", directory.OpOverlap, "in")), []string{off}},
		{"no directions", test("out_internal_allowed_call_directions", directory.OpNull), []string{off}},
		{"types", test("allowed_in_call_types", directory.OpOverlap, "external"), []string{ivanov, ivanova, petrov, elkin}},
		{"external id", test("external_id", directory.OpEqual, "1"), []string{ivanov}},
		{"handle", test("handle", directory.OpILike, "ёл%"), []string{elkin}},
		{"uuid", test("uuid", directory.OpEqual, people[elkin].UUID), []string{elkin}},
		{"jsquery of an object", query("extension", `extension_phone_number = "101"`), []string{off}},
		{"not jsquery of an object", not(query("coach", `coach_full_name = "Ivanov Иван" AND coach_always_enabled = true`)), []string{ivanov, ivanova, off, elkin}},
		{"jsquery of an array", query("phone_numbers", `#(phone_number = "+74955140578" AND channels_count >= 1)`), []string{petrov}},
		{"jsquery that negates", query("groups", `NOT #.group_name = "Sales"`), []string{ivanov, ivanova, off}},
		{"group", sales, []string{petrov, elkin}},
		{"group, another way", query("groups", fmt.Sprintf(`#(group_id = %d AND group_id > 0)`, group)), []string{petrov, elkin}},
		{"group without", directory.All{not(sales), test("status_id", directory.OpEqual, a.statuses["break"])}, []string{ivanova}},
		{"group and status", directory.All{sales, test("status_id", directory.OpEqual, a.statuses["available"])}, []string{petrov, elkin}},
		{"group and not the status", directory.All{not(test("status_id", directory.OpEqual, a.statuses["available"])), sales}, nil},
		{"group, status and id", directory.All{test("id", directory.OpGreater, people[petrov].ID), sales, test("status_id", directory.OpIn, a.statuses["available"])}, []string{elkin}},
		{"group and name", directory.All{directory.All{sales}, test("last_name", directory.OpEqual, elkin)}, []string{elkin}},
		{"group and part of a name", directory.All{sales, test("last_name", directory.OpILike, "%ёлк%")}, []string{elkin}},
		{"group and number", directory.All{sales, query("phone_numbers", `#.phone_number = "+74955140578"`)}, []string{petrov}},
		{"group twice", directory.All{sales, query("groups", `#.group_name = "Sales"`), sales}, []string{petrov, elkin}},
		{"group or name", directory.Any{sales, test("last_name", directory.OpEqual, off)}, []string{off, petrov, elkin}},
		{"group of nobody", query("groups", `#.group_id = 1`), nil},
		{"number by id", query("phone_numbers", fmt.Sprintf(`#.phone_id in (1, %d)`, people[petrov].NumberIDs[0])), []string{petrov}},
		{"jsquery of directions", query("in_external_allowed_call_directions", `$ <@ ["in"]`), []string{ivanova, off}},
		{"tree", directory.Any{
			directory.All{test("first_name", directory.OpEqual, "Анна"), test("login", directory.OpEqual, "anna")},
			directory.All{test("first_name", directory.OpEqual, "Анна"), test("login", directory.OpEqual, "other")},
			test("handle", directory.OpEqual, "petrov"),
		}, []string{ivanova, petrov}},
	} {
		got, total := b.selected(a, directory.Query{Where: tt.where, Limit: 100})
		if diff := cmp.Diff(tt.want, got); diff != "" || total != int64(len(tt.want)) {
			b.Errorf("%s: total %d, want %d; employees (-want +got):\n%s", tt.name, total, len(tt.want), diff)
		}
	}
}

func testOrdersOfGroup(b *bench) {
	a, people := roster(b)
	e, err := jsquery.Parse(fmt.Sprintf("#.group_id = %d", people["Petrov"].Groups[0]))
	if err != nil {
		b.Fatal(err)
	}
	for key, want := range map[directory.Order]string{{Field: "last_name", Descending: true}: "Petrov", {Field: "last_name"}: "Ёлкин", {Field: "id", Descending: true}: "Petrov", {Field: "status_id"}: "Ёлкин"} {
		got, total := b.selected(a, directory.Query{Where: directory.Test{Field: "groups", Op: directory.OpJSQuery, Expr: e}, Order: []directory.Order{key}, Limit: 1, Offset: 1})
		if !slices.Equal(got, []string{want}) || total != 2 {
			b.Errorf("the second of a group by %v: got %v of %d, want %s of 2", key, got, total, want)
		}
	}
}

// The total of a range of ids is that of the employees in it, wherever the range and
// those who have come and gone lie: ids are counted in blocks.
func testIDRanges(b *bench) {
	a, other := b.account(), b.account()
	const block = 4096
	first := b.id()/block*block + block // of a whole block
	ids := []int64{}
	for i := range int64(5) {
		for _, id := range []int64{first + i*block, first + i*block + 1 + i, first + i*block + block - 1} {
			b.inserted(a, func(e *directory.Employee) { e.ID, e.Handle = id, fmt.Sprint("h", id) })
			ids = append(ids, id)
		}
	}
	b.inserted(other, func(e *directory.Employee) { e.ID = first + 2 })
	check := func() {
		b.Helper()
		for _, from := range []int64{0, first - 1, first, first + 1, first + block - 1, first + block, first + 2*block + 3, first + 5*block, math.MaxInt64} {
			for _, to := range []int64{math.MinInt64, 0, first, first + 1, first + block - 1, first + block, first + 3*block, first + 4*block + 2, math.MaxInt64} {
				for _, ops := range [][2]directory.Op{{directory.OpGreater, directory.OpLess}, {directory.OpAtLeast, directory.OpAtMost}} {
					both := directory.All{directory.Test{Field: "id", Op: ops[0], Values: []any{from}}, directory.Test{Field: "id", Op: ops[1], Values: []any{to}}}
					for _, where := range []directory.Condition{both, both[0], both[1]} {
						got, total := b.selected(a, directory.Query{Where: where, Limit: int64(len(ids) + 1)})
						if total != int64(len(got)) {
							b.Errorf("%v: got a total of %d of %d employees", where, total, len(got))
						}
					}
				}
			}
		}
	}
	check()
	for i, id := range ids {
		if i%4 != 0 {
			continue
		}
		b.in(a.id, func(tx directory.Tx) error {
			e, _, err := tx.Employee(id)
			if err != nil {
				return err
			}
			return tx.DeleteEmployee(e, now())
		})
	}
	check()
	if _, total := b.selected(a, directory.Query{Where: directory.Test{Field: "id", Op: directory.OpGreater, Values: []any{first}}, Limit: 1}); total != 11 {
		b.Errorf("after the first of them: got a total of %d, want 11", total)
	}
}

func testOrders(b *bench) {
	a, _ := roster(b)
	by := func(keys ...string) (order []directory.Order) {
		for _, key := range keys {
			field, descending := strings.CutPrefix(key, "-")
			order = append(order, directory.Order{Field: field, Descending: descending})
		}
		return order
	}
	for _, tt := range []struct {
		name          string
		order         []directory.Order
		limit, offset int64
		want          []string
	}{
		{"by id", nil, 10, 0, []string{"Ivanov", "ivanova", "50%_off*[x]", "Petrov", "Ёлкин"}},
		{"bytewise", by("last_name"), 10, 0, []string{"50%_off*[x]", "Ivanov", "Petrov", "ivanova", "Ёлкин"}},
		{"descending", by("-last_name"), 10, 0, []string{"Ёлкин", "ivanova", "Petrov", "Ivanov", "50%_off*[x]"}},
		{"null first, then by id", by("first_name"), 10, 0, []string{"50%_off*[x]", "Petrov", "Ёлкин", "ivanova", "Ivanov"}},
		{"null last, then by id", by("-first_name"), 10, 0, []string{"Ivanov", "ivanova", "50%_off*[x]", "Petrov", "Ёлкин"}},
		{"two keys", by("-first_name", "last_name"), 10, 0, []string{"Ivanov", "ivanova", "50%_off*[x]", "Petrov", "Ёлкин"}},
		{"two keys, the second descending", by("first_name", "-last_name"), 10, 0, []string{"Ёлкин", "Petrov", "50%_off*[x]", "ivanova", "Ivanov"}},
		{"boolean", by("calls_available", "-last_name"), 10, 0, []string{"50%_off*[x]", "Ёлкин", "ivanova", "Petrov", "Ivanov"}},
		{"page", by("last_name"), 2, 1, []string{"Ivanov", "Petrov"}},
		{"last page", nil, 2, 4, []string{"Ёлкин"}},
		{"beyond", nil, 2, 5, nil},
	} {
		got, total := b.selected(a, directory.Query{Order: tt.order, Limit: tt.limit, Offset: tt.offset})
		if diff := cmp.Diff(tt.want, got); diff != "" || total != 5 {
			b.Errorf("%s: total %d, want 5; employees (-want +got):\n%s", tt.name, total, diff)
		}
	}
}

// A page comes with what its employees refer to, and with nothing else.
func testReferences(b *bench) {
	a, people := roster(b)
	page, refs, err := b.store.Employees(b.Context(), a.id, directory.Query{
		Where: directory.Test{Field: "handle", Op: directory.OpEqual, Values: []any{"petrov"}}, Limit: 10,
	})
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff([]directory.Employee{*people["Petrov"]}, page.Items); diff != "" {
		b.Errorf("employees (-want +got):\n%s", diff)
	}
	var numbers []string
	for _, n := range refs.Numbers {
		numbers = append(numbers, n.Spelling)
	}
	values := func(m map[int64]string) []string { return slices.Sorted(maps.Values(m)) }
	got := [][]string{values(refs.Statuses), values(refs.Schedules), values(refs.Groups), values(refs.Positions), values(refs.Sites), values(refs.Skills), values(refs.Coaches), numbers}
	want := [][]string{{"available"}, {"Weekdays"}, {"Sales"}, {"Consultant"}, {"example.com"}, {"English"}, {"Ivanov Иван"}, {"+74955140578"}}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("references (-want +got):\n%s", diff)
	}
}
