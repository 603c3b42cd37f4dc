package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
)

// view is what one of the get methods reads: rows of a noun, and its fields in SQL.
type view struct {
	from   string           // tables, with the aliases that the expressions use
	id     string           // the rows' id
	mine   string           // the condition that a row is the account's, which is $1
	count  string           // a query of how many rows the account has; counted if empty
	fields map[string]field // by public name
}

// field tells how a field is read in SQL.
type field struct {
	expr   string // its value; of an object or array nothing
	folded string // its value without case, of texts that ilike serves
	empty  string // when it is null or empty; "expr is null" if not said

	// overlap is the test that an array has the element, for arrays of enums.
	overlap map[any]string
}

// directions are the tests of a set of call directions: 1 is in, 2 is out.
func directions(column string) field {
	return field{empty: column + " = 0", overlap: map[any]string{"in": "(" + column + " & 1) <> 0", "out": "(" + column + " & 2) <> 0"}}
}

// types are the tests of a list of call types, which the directions imply.
func types(external, internal string) field {
	return field{empty: "(" + external + " + " + internal + ") = 0", overlap: map[any]string{"external": external + " <> 0", "internal": internal + " <> 0"}}
}

const scheduleOf = " from schedules s where s.account_id = e.account_id and s.id = e.schedule_id)"

var employeeView = &view{
	from: "employees e", id: "e.id", mine: "e.account_id = $1", count: "select employees from accounts where id = $1",
	fields: map[string]field{
		"id":                                   {expr: "e.id"},
		"login":                                {expr: "e.login", folded: "e.login_folded"},
		"first_name":                           {expr: "e.first_name", folded: "e.first_name_folded"},
		"last_name":                            {expr: "e.last_name", folded: "e.last_name_folded"},
		"patronymic":                           {expr: "e.patronymic"},
		"full_name":                            {expr: "e.full_name", folded: "e.full_name_folded"},
		"status":                               {expr: "(select s.mnemonic from statuses s where s.account_id = e.account_id and s.id = e.status_id)"},
		"status_id":                            {expr: "e.status_id"},
		"calls_available":                      {expr: "((e.in_external + e.in_internal) > 0)"},
		"allowed_in_call_types":                types("e.in_external", "e.in_internal"),
		"in_external_allowed_call_directions":  directions("e.in_external"),
		"in_internal_allowed_call_directions":  directions("e.in_internal"),
		"allowed_out_call_types":               types("e.out_external", "e.out_internal"),
		"out_external_allowed_call_directions": directions("e.out_external"),
		"out_internal_allowed_call_directions": directions("e.out_internal"),
		"email":                                {expr: "e.email", folded: "e.email_folded"},
		"call_recording":                       {expr: "e.call_recording"},
		"schedule_id":                          {expr: "e.schedule_id"},
		"schedule_name":                        {expr: "(select s.name" + scheduleOf, folded: "(select s.name_folded" + scheduleOf},
		"coach":                                {empty: "e.coach_id is null"},
		"groups":                               {empty: "not exists (select 1 from memberships m where m.account_id = e.account_id and m.employee_id = e.id)"},
		"phone_numbers":                        {empty: "not exists (select 1 from employee_phone_numbers n where n.account_id = e.account_id and n.employee_id = e.id)"},
		"extension":                            {empty: "e.extension is null"},
		"uuid":                                 {expr: "e.uuid", folded: "e.uuid"},
		"external_id":                          {expr: "e.external_id", folded: "e.external_id_folded"},
		"handle":                               {expr: "e.handle", folded: "e.handle"},
	},
}

// compiler turns checked conditions into SQL over a view. Values become
// parameters, never text.
type compiler struct {
	flavor flavor
	view   *view
	args   []any
}

func newCompiler(f flavor, v *view, account int64) *compiler {
	return &compiler{flavor: f, view: v, args: []any{account}}
}

func (c *compiler) arg(value any) string {
	c.args = append(c.args, value)
	return fmt.Sprintf("$%d", len(c.args))
}

func (c *compiler) where(condition directory.Condition) string {
	if condition == nil {
		return c.view.mine
	}
	return c.view.mine + " and " + c.condition(condition)
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
	return "(" + strings.Join(parts, with) + ")"
}

func (c *compiler) test(t directory.Test) string {
	text := c.positive(c.view.fields[t.Field], t)
	if t.Not {
		return "(not coalesce(" + text + ", false))"
	}
	return "(" + text + ")"
}

func (c *compiler) positive(f field, t directory.Test) string {
	switch t.Op {
	case directory.OpNull:
		if f.empty != "" {
			return f.empty
		}
		return f.expr + " is null"
	case directory.OpLike:
		return c.flavor.like(f.expr, c.arg(c.flavor.pattern(t.Values[0].(string))))
	case directory.OpILike:
		return c.flavor.like(f.folded, c.arg(c.flavor.pattern(t.Values[0].(string))))
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
	case directory.OpOverlap:
		if len(t.Values) == 0 {
			return "1 = 0"
		}
		tests := make([]string, 0, len(t.Values))
		for _, v := range t.Values {
			if test := f.overlap[v]; !slices.Contains(tests, test) {
				tests = append(tests, test)
			}
		}
		return strings.Join(tests, " or ")
	default: // OpEqual and the comparisons are written as they are in SQL
		return f.expr + " " + string(t.Op) + " " + c.arg(t.Values[0])
	}
}

// order is the order by clause; equal rows follow by id.
func (c *compiler) order(keys []directory.Order) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(c.view.fields[k.Field].expr)
		if k.Descending {
			b.WriteString(" desc nulls last, ")
		} else {
			b.WriteString(" asc nulls first, ")
		}
	}
	return b.String() + c.view.id
}
