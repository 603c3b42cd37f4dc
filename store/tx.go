package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// tx is one unit of work in one account. Rows of the tables that creates fill are
// not inserted at once: they wait for the end of the group, to go in together.
// Before any other statement changes something, the rows that wait are written,
// and a savepoint is set for the unit.
type tx struct {
	group   *group
	account int64
	from    mark // what waited when the unit began
	saved   bool // there is a savepoint
	changes changes

	forgotten []subject // whose events are to say nothing
}

var _ directory.Tx = (*tx)(nil)

// exec runs a statement that changes something, and returns how many rows it
// affected.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	return t.group.session.exec(query, args...)
}

// execEach runs a statement with each of the rows as its parameters, and returns
// how many rows it affected in all.
func (t *tx) execEach(query string, rows [][]any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	return t.group.session.flavor.execEach(t.group.session, query, rows)
}

// flush writes all rows that wait: those of other units, then a savepoint, then
// the unit's own.
func (t *tx) flush() error {
	if !t.saved {
		others := t.from
		t.from = mark{byTable: make([]int, len(tables)), texts: others.texts} // what is written waits no more, even if that fails
		if err := t.group.flush(others); err != nil {
			return err
		}
		if err := t.group.session.exec1("savepoint task"); err != nil {
			return err
		}
		t.saved, t.group.changed = true, true
		clear(t.group.waiting.learnt) // what follows is a change
		clear(t.group.waiting.foreseen)
	}
	return t.group.flush(t.group.waiting.mark())
}

// row runs a query of one row. Unless it looks at the rows that wait itself, the
// caller flushes first.
func (t *tx) row(query string, args ...any) scanner { return t.group.session.row(query, args...) }

func (t *tx) each(visit func(scanner) error, query string, args ...any) error {
	return t.group.session.each(visit, query, args...)
}

func (t *tx) ask(q inquiry) error { return t.each(q.visit, q.query, q.args...) }

func (t *tx) add(table *table, values ...any) { t.group.waiting.add(table, values...) }

func (t *tx) flavor() *flavor { return &t.group.session.flavor }

// keep ends the unit: its events are to be numbered.
func (t *tx) keep() {
	c := t.group.changes[t.account]
	if c != nil {
		for _, gone := range t.forgotten {
			c.forget(gone)
		}
	}
	if len(t.changes.events) == 0 && len(t.changes.added) == 0 {
		return
	}
	if c == nil {
		c = &changes{}
		t.group.changes[t.account] = c
	}
	c.events = append(c.events, t.changes.events...)
	c.added.merge(t.changes.added)
}

// Undo takes back what the unit has done so far.
func (t *tx) Undo() error {
	t.group.waiting.truncate(t.from)
	t.changes, t.forgotten = changes{}, nil
	if !t.saved {
		return nil
	}
	return t.group.session.exec1("rollback to savepoint task")
}

// Append adds an event. It gets its number at the end of the group.
func (t *tx) Append(e directory.Event) error {
	t.changes.events = append(t.changes.events, e)
	return nil
}

// nullable is s, or null for "".
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// id is an id, or null for 0.
func id(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// list is a JSON array, for flavor.ids and flavor.texts.
func list[T int64 | string](values []T) string {
	text, err := json.Marshal(values)
	if err != nil { // a string that is not UTF-8, which the core does not let through
		return "[]"
	}
	return string(text)
}

func (t *tx) Unknown(kind directory.Kind, ids []int64) ([]int64, error) {
	unknown := slices.DeleteFunc(slices.Clone(ids), func(u int64) bool {
		_, known := t.group.waiting.learnt[fact{account: t.account, kind: kind, id: u}]
		return known || kind == directory.KindEmployee && t.isNew(u)
	})
	if len(unknown) == 0 {
		return unknown, nil
	}
	err := t.ask(t.areThere(kind, unknown, func(id int64) {
		unknown = slices.DeleteFunc(unknown, func(u int64) bool { return u == id })
	}))
	return unknown, err
}

// areThere asks which of ids are entities of the kind.
func (t *tx) areThere(kind directory.Kind, ids []int64, visit func(id int64)) inquiry {
	query := `select id from ` + kinds[kind].table + ` where account_id = $1 and ` + t.flavor().ids("id", "$2") + kinds[kind].but
	return inquiry{query, []any{t.account, list(ids)}, func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		visit(id)
		t.learn(fact{account: t.account, kind: kind, id: id}, id)
		return err
	}}
}

// learn remembers a fact, unless the unit has changed something: it may yet fail.
func (t *tx) learn(f fact, id int64) {
	r := &t.group.waiting
	if t.saved {
		return
	}
	if r.learnt == nil {
		r.learnt = map[fact]int64{}
	}
	r.learnt[f] = id
}

// isNew reports whether an employee's row waits.
func (t *tx) isNew(id int64) bool {
	_, is := t.group.waiting.employees.values[entity{t.account, id}]
	return is
}

func (t *tx) IDByName(kind directory.Kind, name string) (id int64, err error) {
	err = t.row(`select coalesce(min(id), 0) from `+kinds[kind].table+` where account_id = $1 and `+kinds[kind].name+` = $2`+kinds[kind].but, t.account, name).Scan(&id)
	return id, err
}

func (t *tx) InsertNamed(kind directory.Kind, n directory.Named) (bool, error) {
	k := kinds[kind]
	var affected int64
	var err error
	if kind == directory.KindSchedule {
		affected, err = t.exec(`insert into schedules (account_id, id, name, name_folded, document) values ($1, $2, $3, $4, $5)`,
			t.account, n.ID, n.Name, directory.Fold(n.Name), string(n.Document))
	} else {
		affected, err = t.exec(`insert into `+k.table+` (account_id, id, `+k.name+`, `+k.name+`_folded) values ($1, $2, $3, $4) on conflict do nothing`, t.account, n.ID, n.Name, directory.Fold(n.Name))
	}
	return affected > 0, err
}

const numberColumns = `id, identity, spelling, coalesce(e164, ''), channels_count, dial_time, status`

func scanNumber(row scanner) (n directory.Number, err error) {
	err = row.Scan(&n.ID, &n.Identity, &n.Spelling, &n.E164, &n.ChannelsCount, &n.DialTime, &n.Status)
	return n, err
}

func (t *tx) NumbersByID(ids []int64) ([]directory.Number, error) {
	var numbers []directory.Number
	for _, id := range ids {
		if n, is := t.group.waiting.numbers.values[entity{t.account, id}]; is {
			numbers = append(numbers, n)
		}
	}
	return t.numbers(numbers, `select `+numberColumns+` from phone_numbers where account_id = $1 and `+t.flavor().ids("id", "$2"), list(ids))
}

func (t *tx) NumbersByIdentity(identities []string) ([]directory.Number, error) {
	var numbers []directory.Number
	var others []string
	for _, text := range identities {
		key := identity{t.account, text}
		if n, waits := t.group.waiting.byNumber.values[key]; waits {
			numbers = append(numbers, n)
		} else if n, known := t.group.waiting.foreseen[key]; !known {
			others = append(others, text)
		} else if n != nil {
			numbers = append(numbers, *n)
		}
	}
	if len(others) == 0 {
		return numbers, nil
	}
	return t.numbers(numbers, numbersByIdentity(t.flavor()), list(others))
}

func numbersByIdentity(f *flavor) string {
	return `select ` + numberColumns + ` from phone_numbers where account_id = $1 and ` + f.texts("identity", "$2")
}

// numbers adds the numbers that a query finds to those that wait.
func (t *tx) numbers(numbers []directory.Number, query, parameter string) ([]directory.Number, error) {
	err := t.each(func(row scanner) error {
		n, err := scanNumber(row)
		numbers = append(numbers, n)
		return err
	}, query, t.account, parameter)
	return numbers, err
}

func (t *tx) PutNumber(before *directory.Number, n directory.Number) (bool, error) {
	if before == nil {
		t.add(phoneNumbers, t.account, n.ID, n.Identity, n.Spelling, nullable(n.E164), n.ChannelsCount, n.DialTime, string(n.Status))
		t.group.waiting.numbers.set(entity{t.account, n.ID}, n)
		t.group.waiting.byNumber.set(identity{t.account, n.Identity}, n)
		return true, nil
	}
	if err := t.flush(); err != nil {
		return false, err
	}
	var others int64
	err := t.row(`select count(*) from phone_numbers where account_id = $1 and identity = $2 and id <> $3`, t.account, n.Identity, n.ID).Scan(&others)
	if err != nil || others > 0 {
		return false, err
	}
	affected, err := t.exec(`update phone_numbers set identity = $3, spelling = $4, e164 = $5, channels_count = $6, dial_time = $7, status = $8
		where account_id = $1 and id = $2 and identity = $9 and channels_count = $10 and dial_time = $11 and status = $12`,
		t.account, n.ID, n.Identity, n.Spelling, nullable(n.E164), n.ChannelsCount, n.DialTime, string(n.Status),
		before.Identity, before.ChannelsCount, before.DialTime, string(before.Status))
	if err == nil && affected == 0 {
		err = errConflict
	}
	return true, err
}

// FreeHandle asks for base, which mostly is free; then for ever greater numbers
// together, and then for those between the last that is taken and the first that is
// not: many of one name cost few queries.
func (t *tx) FreeHandle(base string) (string, error) {
	if taken, err := t.handleTaken(base); err != nil || !taken {
		return base, err
	}
	handle := func(n int) string { return base + "-" + strconv.Itoa(n) }
	low, high := 1, 1<<(handlePowers+1) // low is taken, high is free
	candidates := make([]int, handlePowers)
	for i := range candidates {
		candidates[i] = 2 << i
	}
	for {
		handles := make([]string, len(candidates))
		for i, n := range candidates {
			handles[i] = handle(n)
		}
		taken, err := t.takenHandles(handles)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(handles, func(h string) bool { return !taken[h] })
		if i >= 0 {
			high = candidates[i]
			candidates = candidates[:i]
		}
		if len(candidates) > 0 {
			low = candidates[len(candidates)-1]
		}
		if high-low <= 1 {
			return handle(high), nil
		}
		step := (high - low + handlePowers - 1) / handlePowers
		candidates = candidates[:0]
		for n := low + step; n < high; n += step {
			candidates = append(candidates, n)
		}
	}
}

// handlePowers is how many handles FreeHandle asks for together; the greatest
// number that it asks for first is 2 to the power of that.
const handlePowers = 20

func (t *tx) handleTaken(handle string) (taken bool, err error) {
	if taken = t.waits(directory.UniqueHandle, handle, 0); taken || !t.group.careful {
		return taken, nil
	}
	err = t.row(`select exists (select 1 from unique_values where account_id = $1 and kind = $2 and value = $3)`, t.account, string(directory.UniqueHandle), handle).Scan(&taken)
	return taken, err
}

// handlesQuery looks each of handlePowers handles up by the key.
var handlesQuery = func() string {
	parts := make([]string, handlePowers)
	for i := range parts {
		parts[i] = fmt.Sprintf(`select value from unique_values where account_id = $1 and kind = $2 and value = $%d`, i+3)
	}
	return strings.Join(parts, ` union all `)
}()

func (t *tx) takenHandles(handles []string) (map[string]bool, error) {
	taken := map[string]bool{}
	for _, handle := range handles {
		taken[handle] = t.waits(directory.UniqueHandle, handle, 0)
	}
	args := []any{t.account, string(directory.UniqueHandle)}
	for i := range handlePowers {
		if i < len(handles) {
			args = append(args, handles[i])
		} else {
			args = append(args, nil)
		}
	}
	err := t.each(func(row scanner) error {
		var handle string
		err := row.Scan(&handle)
		taken[handle] = true
		return err
	}, handlesQuery, args...)
	return taken, err
}

// accountLock makes who writes to an account wait for the others who do. The
// account's row would be theirs in turn at the end in any case, to number events.
const accountLock = `select id from accounts where id = $1 for no key update`

// OtherAdministrators is safe against two who look at the same time and each count
// on the other: only one at a time writes to an account.
func (t *tx) OtherAdministrators(id int64) (n int64, err error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	err = t.row(`select count(*) from employees where account_id = $1 and administrator and id <> $2`, t.account, id).Scan(&n)
	return n, err
}

// waits reports whether a row that waits gives a unique value to another than
// owner.
func (t *tx) waits(kind directory.UniqueValue, value string, owner int64) bool {
	holder, waits := t.group.waiting.claims.values[claim{t.account, kind, value}]
	return waits && holder != owner
}

func (t *tx) Taken(e *directory.Employee) ([]directory.UniqueValue, error) {
	values := e.UniqueValues()
	taken, err := t.taken(e.ID, values)
	if login, isMember := values[directory.UniqueLogin]; isMember && err == nil {
		if err := t.flush(); err != nil {
			return nil, err
		}
		var n int64
		err = t.row(`select count(*) from employees where login_folded = $1 and id <> $2`, login, e.ID).Scan(&n)
		if n > 0 {
			taken = append(taken, directory.UniqueLogin)
		}
	}
	return taken, err
}

// hoped is Taken for a group that is not careful: unless another unit of it has one of
// the employee's values, they are hoped to be free. A login is asked for in any case:
// it is no claim.
func (t *tx) hoped(e *directory.Employee, values map[directory.UniqueValue]string) ([]directory.UniqueValue, error) {
	_, asks := values[directory.UniqueLogin]
	for kind, value := range values {
		asks = asks || t.waits(kind, value, e.ID)
	}
	if asks || t.group.careful {
		return t.Taken(e)
	}
	return nil, nil
}

// taken are those of values that are claimable and that others than owner hold. One of
// them may be a handle that was hoped to be free: the group is done again, carefully.
func (t *tx) taken(owner int64, values map[directory.UniqueValue]string) (taken []directory.UniqueValue, err error) {
	args := []any{t.account, owner}
	for _, kind := range claimable {
		if t.waits(kind, values[kind], owner) {
			taken = append(taken, kind)
		}
		args = append(args, nullable(values[kind]))
	}
	err = t.each(func(row scanner) error {
		var kind directory.UniqueValue
		err := row.Scan(&kind)
		taken = append(taken, kind)
		return err
	}, takenQuery, args...)
	if err == nil && len(taken) > 0 && !t.group.careful {
		t.group.failed = errConflict
		err = errConflict
	}
	return taken, err
}

// claimable are the values that unique_values holds. The login is not among them:
// the employee's row holds it.
var claimable = []directory.UniqueValue{directory.UniqueHandle, directory.UniqueExtension, directory.UniqueOperatorLogin, directory.UniqueExternalID, directory.UniqueEmail, directory.UniqueSAMLID}

// takenQuery looks each value up by the key.
var takenQuery = func() string {
	var parts []string
	for i, kind := range claimable {
		parts = append(parts, fmt.Sprintf(`select kind from unique_values where account_id = $1 and owner_id <> $2 and kind = '%s' and value = $%d`, kind, i+3))
	}
	return strings.Join(parts, ` union all `)
}()

// claim makes owner the holder of unique values that nobody was found to have.
func (t *tx) claim(owner int64, values map[directory.UniqueValue]string) {
	for _, kind := range claimable {
		if value, has := values[kind]; has {
			t.add(uniqueValues, t.account, string(kind), value, owner)
			t.group.waiting.claims.set(claim{t.account, kind, value}, owner)
		}
	}
}

// reclaim changes the unique values that owner holds.
func (t *tx) reclaim(owner int64, held, wanted map[directory.UniqueValue]string) error {
	for kind, value := range held {
		if wanted[kind] == value {
			delete(held, kind)
			delete(wanted, kind)
		}
	}
	if err := t.release(owner, held); err != nil {
		return err
	}
	t.claim(owner, wanted)
	return nil
}

// release gives up unique values that owner holds.
func (t *tx) release(owner int64, held map[directory.UniqueValue]string) error {
	for _, kind := range claimable {
		value, has := held[kind]
		if !has {
			continue
		}
		if _, err := t.exec(`delete from unique_values where account_id = $1 and kind = $2 and value = $3 and owner_id = $4`, t.account, string(kind), value, owner); err != nil {
			return err
		}
	}
	return nil
}
