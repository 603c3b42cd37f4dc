package store

import (
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
)

// tx is one unit of work on the writing connection, in one account.
type tx struct {
	w       *writer
	account int64

	events []directory.Event
	added  int64 // employees inserted less those deleted
}

var _ directory.Tx = (*tx)(nil)

// row runs a query of one row. A query that cannot be prepared fails in Scan.
func (t *tx) row(query string, args ...any) scanner {
	s, err := t.w.statement(query)
	if err != nil {
		return failed{err}
	}
	return s.QueryRowContext(forever, args...)
}

type scanner interface{ Scan(...any) error }

type failed struct{ error }

func (f failed) Scan(...any) error { return f.error }

// exec runs a statement and returns how many rows it affected.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.w.statement(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(forever, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each runs a query and calls visit for each row.
func (t *tx) each(visit func(scanner) error, query string, args ...any) error {
	s, err := t.w.statement(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(forever, args...)
	if err != nil {
		return err
	}
	return visitRows(rows, visit)
}

func visitRows(rows *sql.Rows, visit func(scanner) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// keep ends the unit: it numbers its events, from the account's row, as the
// transaction's last statement about it, so that numbers follow commits.
func (t *tx) keep() error {
	n := int64(len(t.events))
	if n == 0 && t.added == 0 {
		return nil
	}
	var last int64
	err := t.row(`update accounts set last_event = last_event + $1, employees = employees + $2 where id = $3 returning last_event`, n, t.added, t.account).Scan(&last)
	if err != nil {
		return err
	}
	for i, e := range t.events {
		_, err := t.exec(`insert into events (account_id, number, kind, subject_kind, subject_id, actor_employee_id, actor_token_id, at, before_state, after_state)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			t.account, last-n+int64(i)+1, e.Kind, string(e.Subject), e.SubjectID, id(e.Actor.EmployeeID), id(e.Actor.TokenID), e.At.UnixMicro(), nullable(string(e.Before)), nullable(string(e.After)))
		if err != nil {
			return err
		}
	}
	return nil
}

// Append adds an event, to be numbered by keep.
func (t *tx) Append(e directory.Event) error {
	t.events = append(t.events, e)
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

// kinds tells where the entities of a kind are, and under which column their name.
var kinds = map[directory.Kind]struct{ table, name string }{
	directory.KindEmployee: {"employees", "full_name"},
	directory.KindGroup:    {"employee_groups", "name"},
	directory.KindPosition: {"employee_positions", "name"},
	directory.KindSchedule: {"schedules", "name"},
	directory.KindStatus:   {"statuses", "name"},
	directory.KindSite:     {"sites", "domain_name"},
	directory.KindSkill:    {"skills", "name"},
}

func (t *tx) Unknown(kind directory.Kind, ids []int64) ([]int64, error) {
	unknown := slices.Clone(ids)
	err := t.each(func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		unknown = slices.DeleteFunc(unknown, func(u int64) bool { return u == id })
		return err
	}, `select id from `+kinds[kind].table+` where account_id = $1 and id in `+t.w.flavor.ids("$2"), t.account, list(ids))
	return unknown, err
}

func (t *tx) IDByName(kind directory.Kind, name string) (id int64, err error) {
	err = t.row(`select coalesce(min(id), 0) from `+kinds[kind].table+` where account_id = $1 and `+kinds[kind].name+` = $2`, t.account, name).Scan(&id)
	return id, err
}

func (t *tx) StatusByMnemonic(mnemonic string) (id int64, err error) {
	err = t.row(`select id from statuses where account_id = $1 and mnemonic = $2`, t.account, mnemonic).Scan(&id)
	return id, err
}

func (t *tx) InsertAccount(a directory.Account) error {
	_, err := t.exec(`insert into accounts (id, name, time_zone, disabled, employees, last_event, created_at) values ($1, $2, $3, $4, 0, 0, $5)`,
		a.ID, a.Name, a.TimeZone, a.Disabled, a.CreatedAt.UnixMicro())
	return err
}

func (t *tx) InsertStatus(s directory.Status) error {
	_, err := t.exec(`insert into statuses (account_id, id, mnemonic, name, description, color, in_external, in_internal, out_external, out_internal,
			phone_protocols, is_worktime, is_select_allowed, is_auto_out_calls_ready, is_deleted, priority)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		t.account, s.ID, nullable(s.Mnemonic), s.Name, s.Description, nullable(s.Color),
		s.Directions.InExternal, s.Directions.InInternal, s.Directions.OutExternal, s.Directions.OutInternal,
		strings.Join(s.PhoneProtocols, ","), s.IsWorktime, s.IsSelectAllowed, s.IsAutoOutCallsReady, false, s.Priority)
	return err
}

func (t *tx) InsertGroup(g directory.Group) (bool, error) {
	n, err := t.exec(`insert into employee_groups (account_id, id, uuid, rocket_id, handle, name, queue_enabled, channels_count)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
		t.account, g.ID, g.UUID, g.RocketID, g.Handle, g.Name, g.QueueEnabled, g.ChannelsCount)
	if err != nil || n == 0 {
		return false, err
	}
	taken, err := t.claim(g.ID, map[directory.UniqueValue]string{directory.UniqueHandle: g.Handle})
	return len(taken) == 0, err
}

func (t *tx) InsertNamed(kind directory.Kind, n directory.Named) (bool, error) {
	k := kinds[kind]
	var affected int64
	var err error
	if kind == directory.KindSchedule {
		affected, err = t.exec(`insert into schedules (account_id, id, name, name_folded, document) values ($1, $2, $3, $4, $5)`,
			t.account, n.ID, n.Name, directory.Fold(n.Name), string(n.Document))
	} else {
		affected, err = t.exec(`insert into `+k.table+` (account_id, id, `+k.name+`) values ($1, $2, $3) on conflict do nothing`, t.account, n.ID, n.Name)
	}
	return affected > 0, err
}

const numberColumns = `id, identity, spelling, coalesce(e164, ''), channels_count, dial_time, status`

func scanNumber(row scanner) (n directory.Number, err error) {
	err = row.Scan(&n.ID, &n.Identity, &n.Spelling, &n.E164, &n.ChannelsCount, &n.DialTime, &n.Status)
	return n, err
}

func (t *tx) NumbersByID(ids []int64) ([]directory.Number, error) {
	return t.numbers(`select `+numberColumns+` from phone_numbers where account_id = $1 and id in `+t.w.flavor.ids("$2"), list(ids))
}

func (t *tx) NumbersByIdentity(identities []string) ([]directory.Number, error) {
	return t.numbers(`select `+numberColumns+` from phone_numbers where account_id = $1 and identity in `+t.w.flavor.texts("$2"), list(identities))
}

func (t *tx) numbers(query, which string) (numbers []directory.Number, err error) {
	err = t.each(func(row scanner) error {
		n, err := scanNumber(row)
		numbers = append(numbers, n)
		return err
	}, query, t.account, which)
	return numbers, err
}

func (t *tx) PutNumber(n directory.Number) (bool, error) {
	affected, err := t.exec(`update phone_numbers set identity = $3, spelling = $4, e164 = $5, channels_count = $6, dial_time = $7, status = $8
		where account_id = $1 and id = $2 and not exists (select 1 from phone_numbers other where other.account_id = $1 and other.identity = $3 and other.id <> $2)`,
		t.account, n.ID, n.Identity, n.Spelling, nullable(n.E164), n.ChannelsCount, n.DialTime, string(n.Status))
	if err != nil || affected > 0 {
		return true, err
	}
	affected, err = t.exec(`insert into phone_numbers (account_id, id, identity, spelling, e164, channels_count, dial_time, status)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
		t.account, n.ID, n.Identity, n.Spelling, nullable(n.E164), n.ChannelsCount, n.DialTime, string(n.Status))
	return affected > 0, err
}

// FreeHandle looks at ever greater numbers until one is free, then for the least
// free between the last two: many of one name cost few look-ups.
func (t *tx) FreeHandle(base string) (string, error) {
	handle := func(n int) string {
		if n == 1 {
			return base
		}
		return base + "-" + strconv.Itoa(n)
	}
	isTaken := func(n int) (taken bool, err error) {
		var count int
		err = t.row(`select count(*) from unique_values where account_id = $1 and kind = $2 and value = $3`, t.account, string(directory.UniqueHandle), handle(n)).Scan(&count)
		return count > 0, err
	}
	low, high := 0, 1 // low is taken, high is asked for
	for {
		taken, err := isTaken(high)
		if err != nil {
			return "", err
		}
		if !taken {
			break
		}
		low, high = high, high*2
	}
	for high-low > 1 {
		middle := (low + high) / 2
		taken, err := isTaken(middle)
		if err != nil {
			return "", err
		}
		if taken {
			low = middle
		} else {
			high = middle
		}
	}
	return handle(high), nil
}

func (t *tx) Coachees(id int64) (n int64, err error) {
	err = t.row(`select count(*) from employees where account_id = $1 and coach_id = $2`, t.account, id).Scan(&n)
	return n, err
}

func (t *tx) OtherAdministrators(id int64) (n int64, err error) {
	err = t.row(`select count(*) from employees where account_id = $1 and administrator and id <> $2`, t.account, id).Scan(&n)
	return n, err
}

// claim makes owner the holder of unique values and returns those that others
// have. The login is not among them: the employee's row holds it.
func (t *tx) claim(owner int64, values map[directory.UniqueValue]string) (taken []directory.UniqueValue, err error) {
	for _, kind := range slices.Sorted(maps.Keys(values)) {
		if kind == directory.UniqueLogin {
			continue
		}
		n, err := t.exec(`insert into unique_values (account_id, kind, value, owner_id) values ($1, $2, $3, $4) on conflict do nothing`, t.account, string(kind), values[kind], owner)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			taken = append(taken, kind)
		}
	}
	return taken, nil
}

func (t *tx) Taken(e *directory.Employee) (taken []directory.UniqueValue, err error) {
	values := e.UniqueValues()
	for _, kind := range slices.Sorted(maps.Keys(values)) {
		var n int64
		if kind == directory.UniqueLogin {
			err = t.row(`select count(*) from employees where login_folded = $1 and id <> $2`, values[kind], e.ID).Scan(&n)
		} else {
			err = t.row(`select count(*) from unique_values where account_id = $1 and kind = $2 and value = $3 and owner_id <> $4`, t.account, string(kind), values[kind], e.ID).Scan(&n)
		}
		if err != nil {
			return nil, err
		}
		if n > 0 {
			taken = append(taken, kind)
		}
	}
	return taken, nil
}

func (t *tx) SetPassword(employee int64, hash string) error {
	if _, err := t.exec(`update employees set password_hash = $3 where account_id = $1 and id = $2`, t.account, employee, hash); err != nil {
		return err
	}
	_, err := t.exec(`delete from tokens where account_id = $1 and employee_id = $2 and session`, t.account, employee)
	return err
}

func (t *tx) InsertToken(k directory.Token) error {
	var expires any
	if !k.ExpiresAt.IsZero() {
		expires = k.ExpiresAt.UnixMicro()
	}
	_, err := t.exec(`insert into tokens (account_id, id, employee_id, digest, session, label, created_at, expires_at, blocked) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		t.account, k.ID, k.EmployeeID, k.Digest, k.Session, k.Label, k.CreatedAt.UnixMicro(), expires, k.Blocked)
	return err
}

func (t *tx) DeleteToken(id int64) (bool, error) {
	n, err := t.exec(`delete from tokens where account_id = $1 and id = $2`, t.account, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.forget(directory.KindToken, id)
}

func (t *tx) DeleteExpiredSessions(employee int64, now time.Time) error {
	_, err := t.exec(`delete from tokens where account_id = $1 and employee_id = $2 and session and expires_at <= $3`, t.account, employee, now.UnixMicro())
	return err
}
