package store

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// table is one of the schema.
type table struct {
	name    string
	key     int // how many of the first columns are the primary key
	columns []string
	types   []string // of the columns, in PostgreSQL's words
	later   string   // a column that refers to the table itself, which a copy writes last; "" if there is none
}

// newTable describes a table: "column type, …", the first key of them its key.
func newTable(name string, key int, columns string) *table {
	t := &table{name: name, key: key}
	for _, c := range strings.Split(columns, ", ") {
		column, typ, _ := strings.Cut(c, " ")
		t.columns, t.types = append(t.columns, column), append(t.types, typ)
	}
	return t
}

func selfReferring(column string, t *table) *table {
	t.later = column
	return t
}

var (
	phoneNumbers         = newTable("phone_numbers", 2, "account_id bigint, id bigint, identity text, spelling text, e164 text, channels_count bigint, dial_time bigint, status text")
	employees            = selfReferring("coach_id", newTable("employees", 2, "account_id bigint, id bigint, document text, password_hash text, "+employeeColumnTypes()))
	uniqueValues         = newTable("unique_values", 3, "account_id bigint, kind text, value text, owner_id bigint")
	employeePhoneNumbers = newTable("employee_phone_numbers", 3, "account_id bigint, employee_id bigint, phone_number_id bigint, position bigint, id bigint")
	memberships          = newTable("memberships", 3, "account_id bigint, employee_id bigint, group_id bigint, status_id bigint, position bigint, enabled boolean, chat_limit bigint, sort_order bigint, changed_at bigint")
	groupPhoneNumbers    = newTable("group_phone_numbers", 3, "account_id bigint, group_id bigint, employee_phone_number_id bigint, employee_id bigint, position bigint, available boolean")
	employeeSites        = newTable("employee_sites", 3, "account_id bigint, employee_id bigint, site_id bigint")
	employeeSkills       = newTable("employee_skills", 3, "account_id bigint, employee_id bigint, skill_id bigint")
	statusPeriods        = newTable("status_periods", 3, "account_id bigint, employee_id bigint, started_at bigint, ended_at bigint, status_id bigint")
	tokens               = newTable("tokens", 2, "account_id bigint, id bigint, employee_id bigint, digest bytea, session boolean, label text, created_at bigint, expires_at bigint, blocked boolean, rights text, allow_ips text, door text")
	events               = newTable("events", 2, "account_id bigint, number bigint, kind text, subject_kind text, subject_id bigint, actor_employee_id bigint, actor_token_id bigint, at bigint, before_state text, after_state text")
	outcomes             = newTable("outcomes", 4, "account_id bigint, token_id bigint, method text, key_digest bytea, params_digest bytea, outcome text, shown text, kept_at bigint")
	importRows           = newTable("import_rows", 3, "account_id bigint, import_id bigint, key text, id bigint, line bigint, outcome text, employee_id bigint, version bigint")
)

// tables are those whose rows a group inserts together, in the order in which
// they are written: what is referred to first, which is also the order of locks.
var tables = []*table{phoneNumbers, employees, uniqueValues, employeePhoneNumbers, memberships, groupPhoneNumbers, employeeSites, employeeSkills, statusPeriods, tokens, events, outcomes, importRows}

// allTables are all of the schema, in an order in which rows find what they refer
// to, but for columns that are to be written later.
var allTables = slices.Concat([]*table{
	selfReferring("partner_id", newTable("accounts", 1, "id bigint, name text, time_zone text, disabled boolean, employees bigint, last_event bigint, created_at bigint, disabled_components text, allow_ips text, partner_id bigint, points_per_minute bigint, points_per_day bigint, jid_host text")),
	newTable("employee_counts", 2, "account_id bigint, block bigint, employees bigint"),
	newTable("account_points", 1, "account_id bigint, minute_started bigint, minute_used bigint, day_started bigint, day_used bigint"),
	newTable("door_settings", 3, "account_id bigint, door text, name text, value text"),
	newTable("statuses", 2, "account_id bigint, id bigint, mnemonic text, name text, description text, color text, in_external bigint, in_internal bigint, out_external bigint, out_internal bigint, phone_protocols text, is_worktime boolean, is_select_allowed boolean, is_auto_out_calls_ready boolean, is_deleted boolean, priority bigint, name_folded text"),
	newTable("employee_positions", 2, "account_id bigint, id bigint, name text, name_folded text"),
	newTable("schedules", 2, "account_id bigint, id bigint, name text, name_folded text, document text"),
	newTable("sites", 2, "account_id bigint, id bigint, domain_name text, domain_name_folded text, name text, name_folded text, default_phone_number text, currency text, language text, time_zone text"),
	newTable("skills", 2, "account_id bigint, id bigint, name text, name_folded text, parent_id bigint, sort_order bigint, is_location boolean, created_at bigint"),
	newTable("employee_groups", 2, "account_id bigint, id bigint, uuid text, rocket_id text, handle text, name text, queue_enabled boolean, channels_count bigint, name_folded text, extension text, description text, email text, enabled boolean, show_on_registration boolean, show_on_offline_form boolean, transcripts boolean, avatar text, parent_id bigint, created_at bigint"),
	newTable("tombstones", 2, "account_id bigint, id bigint, created_at bigint, deleted_at bigint"),
	newTable("virtual_numbers", 2, "account_id bigint, id bigint, phone_number text"),
	newTable("imports", 2, "account_id bigint, id bigint, name text, name_folded text, digest text, state text, rows_count bigint, failed_count bigint, created_at bigint"),
}, tables, []*table{
	newTable("sip_lines", 2, "account_id bigint, id bigint, employee_id bigint, phone_number text, virtual_number_id bigint, channels_count bigint, dial_time bigint, billing_state text, registered boolean, ip_addresses text, password bytea, password_mac bytea"),
	newTable("employee_activity", 2, "account_id bigint, employee_id bigint, connected boolean, chats bigint, calls bigint, videos bigint, third_party bigint, conversations bigint, satisfaction bigint, experience bigint, signed_in_at bigint"),
	newTable("avatars", 2, "account_id bigint, employee_id bigint, id text, media_type text, data bytea"),
})

// orNothing has rows left out that are there by one of a table's keys.
const orNothing = " on conflict do nothing"

// insert is the statement that inserts n rows at once. Rows that are there by one
// of the table's keys are left out, which tells of a conflict without an error.
func (t *table) insert(n int) string {
	var b strings.Builder
	b.WriteString("insert into " + t.name + " (" + strings.Join(t.columns, ", ") + ") values ")
	for row := range n {
		if row > 0 {
			b.WriteString(", ")
		}
		for column := range t.columns {
			b.WriteString([]string{"(", ", "}[min(column, 1)])
			fmt.Fprintf(&b, "$%d", row*len(t.columns)+column+1)
		}
		b.WriteByte(')')
	}
	return b.String() + orNothing
}

// insertArrays is the statement that inserts rows whose columns are arrays, with
// expressions for those that are not inserted as they are.
func (t *table) insertArrays(expressions map[string]string) string {
	values := slices.Clone(t.columns)
	arrays := make([]string, len(t.types))
	for i, typ := range t.types {
		values[i] = cmp.Or(expressions[values[i]], values[i])
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, typ)
	}
	columns := strings.Join(t.columns, ", ")
	return "insert into " + t.name + " (" + columns + ") select " + strings.Join(values, ", ") + " from unnest(" + strings.Join(arrays, ", ") + ") as new (" + columns + ")"
}

// sortRows puts rows in the order of their values, so that two who insert the same
// keys wait for each other instead of for ever.
func (t *table) sortRows(rows [][]any) {
	slices.SortFunc(rows, func(a, b []any) int {
		for i := range a {
			x, y := reflect.ValueOf(a[i]), reflect.ValueOf(b[i])
			order := 0
			switch {
			case !x.IsValid() || !y.IsValid():
			case x.Kind() == reflect.String && y.Kind() == reflect.String:
				order = strings.Compare(x.String(), y.String())
			case x.CanInt() && y.CanInt():
				order = cmp.Compare(x.Int(), y.Int())
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
}

// errConflict says that another transaction has changed what this one relied on.
// The writer tries again.
var errConflict = errors.New("another transaction was quicker")

// rows are those that a group is yet to insert, by table, and what reads of the
// group must know of them, or need not ask.
type rows struct {
	byTable   [][][]any // index as in tables
	employees overlay[entity, struct{}]
	numbers   overlay[entity, directory.Number]
	byNumber  overlay[identity, directory.Number]
	claims    overlay[claim, int64] // the owner
	outcomes  overlay[outcomeOf, directory.Outcome]
	imported  overlay[importedRow, directory.ImportRow]
	learnt    map[fact]int64                 // ids
	foreseen  map[identity]*directory.Number // nil for a number that is not there
	texts     []searchText                   // for the search index, until the end of the group
}

// fact is that an entity exists, or which standard status a mnemonic is: what a unit
// has found in the database and later ones of the group need not ask again. There
// is no fact of what is not there, so that rows that are inserted change none. Any
// other change has all of them forgotten.
type fact struct {
	account  int64
	kind     directory.Kind
	id       int64
	mnemonic string
}

// entity, identity and claim are keys of the tables; groups may mix accounts.
type (
	entity   struct{ account, id int64 }
	identity struct {
		account int64
		number  string
	}
	claim struct {
		account int64
		kind    directory.UniqueValue
		value   string
	}
	outcomeOf struct {
		account int64
		key     directory.OutcomeKey
	}
	importedRow struct {
		account, importID int64
		key               string
	}
)

// overlay is a map that remembers the order of its keys.
type overlay[K comparable, V any] struct {
	keys   []K
	values map[K]V
}

func (o *overlay[K, V]) set(key K, value V) {
	if o.values == nil {
		o.values = map[K]V{}
	}
	o.keys = append(o.keys, key)
	o.values[key] = value
}

// keep forgets all keys but those from one index to another.
func (o *overlay[K, V]) keep(from, to int) {
	for i, key := range o.keys {
		if i < from || i >= to {
			delete(o.values, key)
		}
	}
	o.keys = o.keys[from:to]
}

// mark is how much there was at some moment.
type mark struct {
	byTable                              []int
	employees, numbers, byNumber, claims int
	outcomes, imported, texts            int
}

func (r *rows) mark() mark {
	m := mark{make([]int, len(tables)), len(r.employees.keys), len(r.numbers.keys), len(r.byNumber.keys), len(r.claims.keys), len(r.outcomes.keys), len(r.imported.keys), len(r.texts)}
	for i := range r.byTable {
		m.byTable[i] = len(r.byTable[i])
	}
	return m
}

// truncate forgets what came after m.
func (r *rows) truncate(m mark) {
	for i := range r.byTable {
		r.byTable[i] = r.byTable[i][:m.byTable[i]]
	}
	r.employees.keep(0, m.employees)
	r.numbers.keep(0, m.numbers)
	r.byNumber.keep(0, m.byNumber)
	r.claims.keep(0, m.claims)
	r.outcomes.keep(0, m.outcomes)
	r.imported.keep(0, m.imported)
	r.texts = r.texts[:m.texts]
}

// written forgets what was there at m, but for texts.
func (r *rows) written(m mark) {
	for i := range r.byTable {
		r.byTable[i] = r.byTable[i][m.byTable[i]:]
	}
	r.employees.keep(m.employees, len(r.employees.keys))
	r.numbers.keep(m.numbers, len(r.numbers.keys))
	r.byNumber.keep(m.byNumber, len(r.byNumber.keys))
	r.claims.keep(m.claims, len(r.claims.keys))
	r.outcomes.keep(m.outcomes, len(r.outcomes.keys))
	r.imported.keep(m.imported, len(r.imported.keys))
	clear(r.foreseen) // some of what was not there is now
}

// add puts a row into a table's queue.
func (r *rows) add(t *table, values ...any) {
	if r.byTable == nil {
		r.byTable = make([][][]any, len(tables))
	}
	i := slices.Index(tables, t)
	r.byTable[i] = append(r.byTable[i], values)
}

// flush writes the rows that were there at m, and forgets them.
func (g *group) flush(m mark) error {
	var inserts []insert
	for i, queue := range g.waiting.byTable {
		if n := m.byTable[i]; n > 0 {
			inserts = append(inserts, insert{tables[i], queue[:n:n]})
		}
	}
	if len(inserts) == 0 {
		return nil
	}
	g.waiting.written(m)
	err := g.session.flavor.insertNew(g.session, inserts)
	g.failed = err // rows of other units may be among them: the group cannot go on
	return err
}

// insertAll is insertNew where to leave rows out costs nothing.
func insertAll(s *session, inserts []insert) error {
	leftOut, err := s.flavor.insert(s, inserts)
	if err == nil && leftOut > 0 {
		err = errConflict
	}
	return err
}

// insert is rows of one table.
type insert struct {
	table *table
	rows  [][]any
}

// changes are what a group does to an account's row.
type changes struct {
	events []directory.Event
	added  tally // employees inserted less those deleted
}

// added is how many employees the group has inserted less those deleted.
func (g *group) added() (n int64) {
	for _, c := range g.changes {
		n += c.added.sum()
	}
	return n
}

// subject is what an event is about.
type subject struct {
	kind directory.Kind
	id   int64
}

// forget empties what events remember of a subject.
func (c *changes) forget(gone subject) {
	for i, e := range c.events {
		if e.Subject == gone.kind && e.SubjectID == gone.id {
			c.events[i].Before, c.events[i].After = nil, nil
		}
	}
}

// numberFirst numbers the events of the group, from the accounts' rows, as the
// transaction's last statements about them, so that numbers follow commits.
func numberFirst(g *group) error {
	for _, account := range slices.Sorted(maps.Keys(g.changes)) {
		c := g.changes[account]
		n := int64(len(c.events))
		var last int64
		err := g.session.row(countEvents+` returning last_event`, n, c.added.sum(), account).Scan(&last)
		if err != nil {
			return err
		}
		if _, err := g.session.flavor.execEach(g.session, countBlocks, c.added.rows(account)); err != nil {
			return err
		}
		for _, row := range c.eventRows(account, last-n+1) {
			g.waiting.add(events, row...)
		}
	}
	return g.flush(g.waiting.mark())
}

// countEvents changes an account's row, after which numberedEvents inserts its events
// with numbers that are told as how far they are behind the last.
var (
	countEvents    = `update accounts set last_event = last_event + $1, employees = employees + $2 where id = $3`
	numberedEvents = events.insertArrays(map[string]string{"number": `number + (select last_event from accounts where id = ($1::bigint[])[1])`})
)

// eventRows are rows of events with numbers from first on.
func (c *changes) eventRows(account, first int64) [][]any {
	rows := make([][]any, len(c.events))
	for i, e := range c.events {
		rows[i] = []any{account, first + int64(i), e.Kind, string(e.Subject), e.SubjectID, id(e.Actor.EmployeeID), id(e.Actor.TokenID), e.At.UnixMicro(), nullable(string(e.Before)), nullable(string(e.After))}
	}
	return rows
}
