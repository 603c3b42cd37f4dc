package store

import (
	"strings"
	"testing"
)

// Every index of the tables that have estimates has one, of as many columns as it has,
// and there is none of an index that is not there.
func TestEstimates(t *testing.T) {
	s := openTest(t, Options{})
	columns := map[string]int64{} // by index; a key that is the table's only tree is named as the table
	for _, e := range estimates {
		rows, err := query(s)(`select case when t.wr and i.origin = 'pk' then t.name else i.name end, (select count(*) from pragma_index_xinfo(i.name) c where c.key)
			from pragma_table_list t, pragma_index_list(t.name) i where t.schema = 'main' and t.name = '` + e.table + `'`)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			columns[row[0].(string)] = row[1].(int64)
		}
	}
	for _, e := range estimates {
		n, is := columns[e.index]
		if got := int64(len(strings.Fields(e.rows)) - 1); !is || got < n {
			t.Errorf("%s: got an estimate of %d columns, want one of the %d that the index has", e.index, got, n)
		}
		if got := only(t, s, `select stat from sqlite_stat1 where tbl = $1 and idx = $2`, e.table, e.index); got != e.rows {
			t.Errorf("%s: the database has the estimate %q, want %q", e.index, got, e.rows)
		}
		delete(columns, e.index)
	}
	for index := range columns {
		t.Errorf("%s has no estimate", index)
	}
}
