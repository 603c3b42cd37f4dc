package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
)

// view is what one of the get methods reads: rows of a noun, and its fields in SQL.
type view struct {
	from   string            // tables, with the aliases that the expressions use
	id     string            // the rows' id
	mine   string            // the condition that a row is the account's, which is $1
	args   []any             // what $2, $3, … in from are
	count  string            // a query of how many rows account $1 has; counted if empty
	blocks bool              // employee_counts has how many rows there are by id
	fields map[string]field  // by public name
	walked map[string]string // what some expressions over the rows are in memberships m, along which they can be walked
}

// field tells how a field is read in SQL: by an expression or, if it is an object
// or an array, by its shape.
type field struct {
	expr   string // its value
	set    bool   // it is never null
	folded string // its value without case, of texts that ilike serves
	shape  shape
}

// directions is a set of call directions: 1 is in, 2 is out.
func directions(column string) field {
	return field{shape: words{{"in", "(" + column + " & 1) <> 0"}, {"out", "(" + column + " & 2) <> 0"}}}
}

// types is a list of call types, which the directions imply.
func types(external, internal string) field {
	return field{shape: words{{"external", external + " <> 0"}, {"internal", internal + " <> 0"}}}
}

const membersOf = "memberships m where m.account_id = $1"

const scheduleOf = " from schedules s where s.account_id = e.account_id and s.id = e.schedule_id)"

var employeeView = &view{
	from: "employees e", id: "e.id", mine: "e.account_id = $1", count: "select employees from accounts where id = $1", blocks: true,
	walked: map[string]string{"e.id": "m.employee_id", "e.status_id": "m.status_id"},
	fields: map[string]field{
		"id":                                   {expr: "e.id", set: true},
		"login":                                {expr: "e.login", folded: "e.login_folded"},
		"first_name":                           {expr: "e.first_name", folded: "e.first_name_folded"},
		"last_name":                            {expr: "e.last_name", folded: "e.last_name_folded", set: true},
		"patronymic":                           {expr: "e.patronymic"},
		"full_name":                            {expr: "e.full_name", folded: "e.full_name_folded", set: true},
		"status":                               {expr: "(select s.mnemonic from statuses s where s.account_id = e.account_id and s.id = e.status_id)"},
		"status_id":                            {expr: "e.status_id", set: true},
		"calls_available":                      {expr: "((e.in_external + e.in_internal) > 0)"},
		"allowed_in_call_types":                types("e.in_external", "e.in_internal"),
		"in_external_allowed_call_directions":  directions("e.in_external"),
		"in_internal_allowed_call_directions":  directions("e.in_internal"),
		"allowed_out_call_types":               types("e.out_external", "e.out_internal"),
		"out_external_allowed_call_directions": directions("e.out_external"),
		"out_internal_allowed_call_directions": directions("e.out_internal"),
		"email":                                {expr: "e.email", folded: "e.email_folded"},
		"call_recording":                       {expr: "e.call_recording", set: true},
		"schedule_id":                          {expr: "e.schedule_id"},
		"schedule_name":                        {expr: "(select s.name" + scheduleOf, folded: "(select s.name_folded" + scheduleOf},
		"coach": {shape: object{"e.coach_id is not null", []member{
			{"coach_id", whole("e.coach_id")},
			{"coach_full_name", text("(select c.full_name from employees c where c.account_id = e.account_id and c.id = e.coach_id)")},
			{"coach_always_enabled", boolean("e.coach_always_enabled")},
		}}},
		"groups": {shape: many{outer: "e.id", column: "m.employee_id", from: membersOf, pin: "m.group_id", of: object{members: []member{
			{"group_id", whole("m.group_id")},
			{"group_name", text("(select g.name from employee_groups g where g.account_id = m.account_id and g.id = m.group_id)")},
		}}}},
		"phone_numbers": {shape: many{
			outer: "e.id", column: "n.employee_id",
			from: "employee_phone_numbers n join phone_numbers p on p.account_id = n.account_id and p.id = n.phone_number_id where n.account_id = $1",
			of: object{members: []member{
				{"phone_id", whole("n.phone_number_id")},
				{"phone_number", text("p.spelling")},
				{"channels_count", whole("p.channels_count")},
				{"dial_time", whole("p.dial_time")},
				{"status", text("p.status")},
			}},
		}},
		"extension": {shape: object{"e.extension is not null", []member{
			{"extension_phone_number", text("e.extension")},
			{"extension_voice_mail_enabled", boolean("e.extension_voice_mail")},
			{"extension_queue_enabled", boolean("e.extension_queue")},
		}}},
		"uuid":        {expr: "e.uuid", folded: "e.uuid", set: true},
		"external_id": {expr: "e.external_id", folded: "e.external_id_folded"},
		"handle":      {expr: "e.handle", folded: "e.handle", set: true},

		directory.PersonRocketID:   {expr: "e.rocket_id", set: true},
		directory.PersonName:       {expr: "e.shown_name", folded: "e.shown_name_folded", set: true},
		directory.PersonAgent:      {expr: "e.agent", set: true},
		directory.PersonManager:    {expr: "e.manager", set: true},
		directory.PersonChatting:   {expr: "e.chatting", set: true},
		directory.PersonChatSlots:  {expr: "e.chat_slots"},
		directory.PersonChatStatus: {expr: "case when e.chatting then 'available' when e.chat_slots is not null then 'not-available' end"},
		directory.PersonPresence:   {expr: presenceExpr},

		directory.PersonConnected:     {expr: "exists (select 1 from employee_activity a where a.account_id = e.account_id and a.employee_id = e.id and a.connected)"},
		directory.PersonSignedIn:      {expr: "exists (select 1 from employee_activity a where a.account_id = e.account_id and a.employee_id = e.id and a.signed_in_at is not null)"},
		directory.PersonAdministrator: {expr: "e.administrator"},
		directory.PersonGroups:        {shape: many{outer: "e.id", column: "m.employee_id", from: membersOf, pin: "m.group_id", of: whole("m.group_id")}},
		directory.PersonSites:         {shape: many{outer: "e.id", column: "s.employee_id", from: "employee_sites s where s.account_id = $1", of: whole("s.site_id")}},
		directory.PersonSkills:        {shape: many{outer: "e.id", column: "s.employee_id", from: "employee_skills s where s.account_id = $1", of: whole("s.skill_id")}},
	},
}

// presenceExpr is what directory.Person.Show comes to, in four words.
var presenceExpr = func() string {
	standard := ""
	for _, s := range directory.StandardShows() {
		standard += fmt.Sprintf(" when '%s' then '%s'", s.Mnemonic, s.Show.Presence())
	}
	return fmt.Sprintf(`case when exists (select 1 from employee_activity a where a.account_id = e.account_id and a.employee_id = e.id and a.connected)
		then (select case s.mnemonic%s else case when not s.is_worktime then '%s' when s.in_external + s.in_internal > 0 then '%s' else '%s' end end
			from statuses s where s.account_id = e.account_id and s.id = e.status_id)
		else '%s' end`, standard, directory.Offline, directory.Online, directory.Busy, directory.Offline)
}()

// compiler turns checked conditions into SQL over a view. Values become
// parameters, never text.
type compiler struct {
	flavor flavor
	view   *view
	args   []any
	few    bool // rows are looked up by id, see narrowed, and then sorted
	sorts  bool // rows are looked up in an index, and then sorted

	walk string // "memberships m where …" by which one group's rows are walked, see where; "" for the view's own tables
	wide bool   // with walk: the view's tables are needed as well
}

func newCompiler(f flavor, v *view, account int64) *compiler {
	return &compiler{flavor: f, view: v, args: append([]any{account}, v.args...)}
}

func (c *compiler) arg(value any) string {
	c.args = append(c.args, value)
	return placeholderOf(len(c.args))
}

// placeholderOf stands for args[n-1].
func placeholderOf(n int) string { return fmt.Sprintf("$%d", n) }

// where is the condition that rows are the account's and fulfil another. If that
// asks for the members of one group, it may be a condition over their memberships:
// these have an index by group, status and id.
func (c *compiler) where(condition directory.Condition) string {
	conditions := conjuncts(condition, nil)
	if c.view.walked != nil && !c.few {
		for i, x := range conditions {
			t, isTest := x.(directory.Test)
			if !isTest || c.view.fields[t.Field].shape == nil || t.Not {
				continue
			}
			args := len(c.args)
			if c.walk = c.nested(c.view.fields[t.Field].shape, t).walk; c.walk != "" {
				conditions = slices.Delete(conditions, i, i+1)
				break
			}
			c.args = c.args[:args]
		}
	}
	where := []string{c.view.mine}
	if c.walk != "" {
		_, where[0], _ = strings.Cut(c.walk, " where ")
	}
	for _, x := range conditions {
		text := c.condition(x)
		t, isTest := x.(directory.Test)
		c.sorts = c.sorts || isTest && listed(t, text)
		where = append(where, text)
	}
	return balanced(where, " and ")
}

// listed reports whether what a test has come to is that a column has one of several
// values: an index serves that, and gives the rows in no order of ids.
func listed(t directory.Test, text string) bool {
	return t.Field != "id" && strings.Contains(text, " in ($") && !strings.Contains(text, " or ") && !strings.Contains(text, "(not ")
}

// conjuncts appends the conditions all of which are asked for.
func conjuncts(condition directory.Condition, to []directory.Condition) []directory.Condition {
	switch x := condition.(type) {
	case nil:
		return to
	case directory.All:
		for _, branch := range x {
			to = conjuncts(branch, to)
		}
		return to
	}
	return append(to, condition)
}

// expr is an expression over the view's tables, or over the walked one.
func (c *compiler) expr(over string) string {
	if c.walk == "" {
		return over
	}
	walked, is := c.view.walked[over]
	if !is {
		c.wide = true
		return over
	}
	return walked
}

// asked is a query with its parameters.
type asked struct {
	text string
	args []any
}

// page makes the statements that count what a query selects, and that read the ids of
// its page, in their order.
func (c *compiler) page(r *reader, q directory.Query) (count, ids asked, err error) {
	where, err := c.narrowed(r, q.Where)
	if err != nil {
		return count, ids, err
	}
	count = asked{"select count(*) as total from " + c.from() + " where " + where, slices.Clone(c.args)}
	if q.Where == nil && c.view.count != "" {
		count = asked{c.view.count, c.args[:1]}
	} else if from, to, is := idRange(q.Where); is && c.view.blocks {
		count = between(c.args[0].(int64), from, to)
	}
	text := c.ids(where, q.Order) + " limit " + c.arg(q.Limit)
	return count, asked{text + " offset " + c.arg(q.Offset), c.args}, nil
}

// ids is the query of the ids of rows that fulfil a condition, in an order.
func (c *compiler) ids(where string, order []directory.Order) string {
	by := c.order(order)
	return "select " + c.expr(c.view.id) + " from " + c.from() + " where " + where + " order by " + by
}

// from are the tables of a condition, and of an order that has been compiled.
func (c *compiler) from() string {
	tables, _, walked := strings.Cut(c.walk, " where ")
	switch {
	case !walked:
		return c.view.from
	case c.wide:
		return tables + " join employees e on e.account_id = m.account_id and e.id = m.employee_id"
	}
	return tables
}

func (c *compiler) condition(condition directory.Condition) string {
	switch x := condition.(type) {
	case directory.All:
		return c.join(x, " and ")
	case directory.Any:
		return c.join(x, " or ")
	case directory.Test:
		return c.test(x)
	default:
		panic(fmt.Sprintf("store: condition of type %T", condition))
	}
}

func (c *compiler) join(conditions []directory.Condition, with string) string {
	if len(conditions) == 0 {
		return "1 = 1"
	}
	parts := make([]string, len(conditions))
	for i, condition := range conditions {
		parts[i] = c.condition(condition)
	}
	return balanced(parts, with)
}

func (c *compiler) test(t directory.Test) string {
	f := c.view.fields[t.Field]
	if f.shape != nil {
		c.wide = true
		return c.nested(f.shape, t).sql
	}
	f.expr = c.expr(f.expr)
	text := c.positive(f, t)
	if t.Not {
		return "(not coalesce(" + text + ", false))"
	}
	return "(" + text + ")"
}

func (c *compiler) positive(f field, t directory.Test) string {
	switch t.Op {
	case directory.OpNull:
		return f.expr + " is null"
	case directory.OpLike:
		return c.flavor.like(f.expr, c.arg(c.flavor.pattern(t.Values[0].(string))))
	case directory.OpILike:
		pattern := t.Values[0].(string)
		return c.flavor.like(c.searchable(f.folded, pattern), c.arg(c.flavor.pattern(pattern)))
	case directory.OpRegexp:
		return c.flavor.matches(f.expr, c.arg(c.flavor.regexp(t.Values[0].(string))))
	case directory.OpIn:
		if len(t.Values) == 0 {
			return "1 = 0"
		}
		args := make([]string, len(t.Values))
		for i, v := range t.Values {
			args[i] = c.arg(v)
		}
		return f.expr + " in (" + strings.Join(args, ", ") + ")"
	case directory.OpEqual:
		switch t.Values[0] { // so that an index of the true ones serves
		case true:
			return f.expr
		case false:
			return "not " + f.expr
		}
	}
	return f.expr + " " + string(t.Op) + " " + c.arg(t.Values[0]) // as it is written in SQL
}

// order is the order by clause; equal rows follow by id. Where nulls come is said
// of what may be null alone: PostgreSQL takes no other index for it.
func (c *compiler) order(keys []directory.Order) string {
	var b strings.Builder
	for _, k := range keys {
		if c.few {
			b.WriteString(c.flavor.sorted)
		}
		f := c.view.fields[k.Field]
		b.WriteString(c.expr(f.expr))
		switch {
		case k.Descending && f.set:
			b.WriteString(" desc")
		case k.Descending:
			b.WriteString(" desc nulls last")
		case !f.set:
			b.WriteString(" asc nulls first")
		}
		if f.expr == c.view.id {
			return b.String()
		}
		b.WriteString(", ")
	}
	if c.sorts && len(keys) == 0 {
		b.WriteString(c.flavor.sorted)
	}
	return b.String() + c.expr(c.view.id)
}
