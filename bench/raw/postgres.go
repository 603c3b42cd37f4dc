package raw

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Added is what rosterd has written to PostgreSQL: the rows of some employees.
type Added struct {
	tables    []*columns // phone_numbers first
	employees [][][][]any
}

// columns are a table's.
type columns struct {
	table
	names, types []string
	owner        int // index of the column that says whose a row is
}

// Len is how many employees there are.
func (a *Added) Len() int { return len(a.employees) }

// ReadAdded reads the rows of the employees that events with a number greater than after
// tell of, and their numbers, and returns the number of the last event.
func ReadAdded(ctx context.Context, conn *pgx.Conn, after int64) (a *Added, last int64, err error) {
	a = &Added{}
	all := map[string]map[any][][]any{} // rows by table and owner
	for _, t := range append([]table{{"phone_numbers", "id"}}, tables...) {
		c, rows, err := t.read(ctx, conn, after)
		if err != nil {
			return nil, 0, err
		}
		a.tables = append(a.tables, c)
		all[t.name] = rows
	}
	ids := make([]int64, 0, len(all["employees"]))
	for id := range all["employees"] {
		ids = append(ids, id.(int64))
	}
	slices.Sort(ids)
	for _, id := range ids {
		e := make([][][]any, len(a.tables))
		for i, t := range a.tables {
			e[i] = all[t.name][id]
		}
		const number = 2 // the column phone_number_id
		for _, link := range all["employee_phone_numbers"][id] {
			e[0] = append(e[0], all["phone_numbers"][link[number]]...)
		}
		a.employees = append(a.employees, e)
	}
	err = conn.QueryRow(ctx, "select max(number) from events").Scan(&last)
	return a, last, err
}

// read reads rows, and puts them together by owner.
func (t table) read(ctx context.Context, conn *pgx.Conn, after int64) (*columns, map[any][][]any, error) {
	theirs := "select subject_id from events where subject_kind = 'employees' and number > $1"
	if t.name == "phone_numbers" {
		theirs = "select phone_number_id from employee_phone_numbers where employee_id in (" + theirs + ")"
	}
	result, err := conn.Query(ctx, fmt.Sprintf("select * from %s where %s in (%s)", t.name, t.owner, theirs), after)
	if err != nil {
		return nil, nil, err
	}
	defer result.Close()
	c := &columns{table: t}
	for i, field := range result.FieldDescriptions() {
		typ, known := conn.TypeMap().TypeForOID(field.DataTypeOID)
		if !known {
			return nil, nil, fmt.Errorf("%s.%s is of a type that is not known", t.name, field.Name)
		}
		c.names, c.types = append(c.names, field.Name), append(c.types, typ.Name)
		if field.Name == t.owner {
			c.owner = i
		}
	}
	byOwner := map[any][][]any{}
	for result.Next() {
		row, err := result.Values()
		if err != nil {
			return nil, nil, err
		}
		byOwner[row[c.owner]] = append(byOwner[row[c.owner]], row)
	}
	return c, byOwner, result.Err()
}

// Unnest is transactions that insert size employees each: a statement a table, with an
// array for each column, and at last one that counts them in the account's row, as
// numbers of events are taken from there. Numbers, which several employees share, are
// left out where they are there already.
func (a *Added) Unnest(size int) (transactions []*pgx.Batch) {
	for some := range slices.Chunk(a.employees, size) {
		batch := &pgx.Batch{}
		for i, t := range a.tables {
			var rows [][]any
			for _, e := range some {
				rows = append(rows, e[i]...)
			}
			insert := "insert into " + t.name + " (" + strings.Join(t.names, ", ") + ") select * from unnest($" + t.parameters() + ")"
			if i == 0 { // each once, and in one order, so that nobody waits for whom he keeps waiting
				id := func(x, y []any) int { return cmp.Compare(x[t.owner].(int64), y[t.owner].(int64)) }
				slices.SortFunc(rows, id)
				rows = slices.CompactFunc(rows, func(x, y []any) bool { return id(x, y) == 0 })
				insert += " on conflict do nothing"
			}
			if len(rows) > 0 {
				batch.Queue(insert, t.arrays(rows)...)
			}
		}
		batch.Queue("update accounts set last_event = last_event + $1, employees = employees + $1 where id = $2 returning last_event", len(some), some[0][1][0][0])
		transactions = append(transactions, batch)
	}
	return transactions
}

// parameters are those of unnest, with their types.
func (c *columns) parameters() string {
	parameters := make([]string, len(c.types))
	for i, typ := range c.types {
		parameters[i] = fmt.Sprintf("%d::%s[]", i+1, typ)
	}
	return strings.Join(parameters, ", $")
}

// arrays are the columns of rows.
func (c *columns) arrays(rows [][]any) []any {
	arrays := make([]any, len(c.names))
	for i, typ := range c.types {
		switch typ {
		case "int8":
			arrays[i] = array[int64](rows, i)
		case "bool":
			arrays[i] = array[bool](rows, i)
		default:
			arrays[i] = array[string](rows, i)
		}
	}
	return arrays
}

// array is column i of rows; a null is a nil pointer.
func array[T any](rows [][]any, i int) pgtype.FlatArray[*T] {
	values := make([]*T, len(rows))
	for n, row := range rows {
		if v, is := row[i].(T); is {
			values[n] = &v
		}
	}
	return values
}
