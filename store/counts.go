package store

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/rosterd/rosterd/directory"
)

// countBlock is how many ids one row of employee_counts is about: few enough to count
// the employees among them in no time, and so many that an account of a million has
// some hundred rows. The migration that made the table knows it, too.
const countBlock = 4096

// tally is how many employees an account has more, by block of ids.
type tally map[int64]int64

func (t *tally) add(id, n int64) {
	if *t == nil {
		*t = tally{}
	}
	(*t)[id/countBlock] += n
}

func (t *tally) merge(other tally) {
	for block, n := range other {
		t.add(block*countBlock, n)
	}
}

func (t tally) sum() (n int64) {
	for _, more := range t {
		n += more
	}
	return n
}

// countBlocks brings a row of employee_counts up to date.
const countBlocks = `insert into employee_counts (account_id, block, employees) values ($1, $2, $3)
	on conflict (account_id, block) do update set employees = employee_counts.employees + excluded.employees`

// rows are the parameters of countBlocks.
func (t tally) rows(account int64) (rows [][]any) {
	for _, block := range slices.Sorted(maps.Keys(t)) {
		rows = append(rows, []any{account, block, t[block]})
	}
	return rows
}

// between is the query of how many employees an account has from one id to another: of
// the first and of the last block they are counted, of those in between summed up.
func between(account, from, to int64) asked {
	const counted = `(select count(*) from employees where account_id = $1 and id between %s and %s)`
	first, last := from/countBlock, to/countBlock
	if first == last {
		return asked{fmt.Sprintf(`select `+counted, "$2", "$3"), []any{account, from, to}}
	}
	return asked{
		fmt.Sprintf(`select `+counted+` + `+counted+` + (select cast(coalesce(sum(employees), 0) as bigint) from employee_counts where account_id = $1 and block > $6 and block < $7)`, "$2", "$3", "$4", "$5"),
		[]any{account, from, (first+1)*countBlock - 1, last * countBlock, to, first, last},
	}
}

// idRange is the least and the greatest id that fulfil a condition, if that is about ids
// alone. No id is negative.
func idRange(condition directory.Condition) (from, to int64, is bool) {
	from, to = 0, math.MaxInt64
	for _, x := range conjuncts(condition, nil) {
		t, isTest := x.(directory.Test)
		if !isTest || t.Field != "id" || t.Not || len(t.Values) != 1 {
			return 0, 0, false
		}
		id, isID := t.Values[0].(int64)
		if !isID {
			return 0, 0, false
		}
		switch {
		case t.Op == directory.OpAtLeast:
			from = max(from, id)
		case t.Op == directory.OpAtMost:
			to = min(to, id)
		case t.Op == directory.OpGreater && id < math.MaxInt64:
			from = max(from, id+1)
		case t.Op == directory.OpLess && id > 0:
			to = min(to, id-1)
		default:
			return 0, 0, false
		}
	}
	return from, to, from <= to
}
