package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// column is one column of the employees table and its value for an employee.
type column struct {
	name  string
	typ   string // in PostgreSQL's words
	value func(e *directory.Employee) any
}

// employeeColumns are the columns beside account_id, id, document and
// password_hash.
var employeeColumns = []column{
	{"version", "bigint", func(e *directory.Employee) any { return e.Version }},
	{"uuid", "text", func(e *directory.Employee) any { return e.UUID }},
	{"rocket_id", "text", func(e *directory.Employee) any { return e.RocketID }},
	{"handle", "text", func(e *directory.Employee) any { return e.Handle }},
	{"external_id", "text", func(e *directory.Employee) any { return nullable(e.ExternalID) }},
	{"external_id_folded", "text", func(e *directory.Employee) any { return folded(e.ExternalID) }},
	{"login", "text", func(e *directory.Employee) any { return nullable(e.Login) }},
	{"login_folded", "text", func(e *directory.Employee) any { return folded(e.Login) }},
	{"first_name", "text", func(e *directory.Employee) any { return nullable(e.FirstName) }},
	{"first_name_folded", "text", func(e *directory.Employee) any { return folded(e.FirstName) }},
	{"last_name", "text", func(e *directory.Employee) any { return e.LastName }},
	{"last_name_folded", "text", func(e *directory.Employee) any { return directory.Fold(e.LastName) }},
	{"patronymic", "text", func(e *directory.Employee) any { return nullable(e.Patronymic) }},
	{"full_name", "text", func(e *directory.Employee) any { return e.FullName() }},
	{"full_name_folded", "text", func(e *directory.Employee) any { return directory.Fold(e.FullName()) }},
	{"email", "text", func(e *directory.Employee) any { return nullable(string(e.Email)) }},
	{"email_folded", "text", func(e *directory.Employee) any { return folded(string(e.Email)) }},
	{"administrator", "boolean", func(e *directory.Employee) any { return e.Administers() }},
	{"status_id", "bigint", func(e *directory.Employee) any { return e.StatusID }},
	{"schedule_id", "bigint", func(e *directory.Employee) any { return id(e.ScheduleID) }},
	{"coach_id", "bigint", func(e *directory.Employee) any { return id(e.Coach.ID) }},
	{"position_id", "bigint", func(e *directory.Employee) any {
		if e.Seat == nil {
			return nil
		}
		return id(e.Seat.PositionID)
	}},
	{"coach_always_enabled", "boolean", func(e *directory.Employee) any { return e.Coach.AlwaysEnabled }},
	{"extension_voice_mail", "boolean", func(e *directory.Employee) any { return e.Extension.VoiceMailEnabled }},
	{"extension_queue", "boolean", func(e *directory.Employee) any { return e.Extension.QueueEnabled }},
	{"extension", "text", func(e *directory.Employee) any { return nullable(string(e.Extension.Number)) }},
	{"call_recording", "text", func(e *directory.Employee) any { return string(e.CallRecording) }},
	{"in_external", "bigint", func(e *directory.Employee) any { return int64(e.Directions.InExternal) }},
	{"in_internal", "bigint", func(e *directory.Employee) any { return int64(e.Directions.InInternal) }},
	{"out_external", "bigint", func(e *directory.Employee) any { return int64(e.Directions.OutExternal) }},
	{"out_internal", "bigint", func(e *directory.Employee) any { return int64(e.Directions.OutInternal) }},
	{"shown_name", "text", func(e *directory.Employee) any { return e.ShownName() }},
	{"shown_name_folded", "text", func(e *directory.Employee) any { return directory.Fold(e.ShownName()) }},
	{"agent", "boolean", func(e *directory.Employee) any { return e.IsChatAgent() }},
	{"manager", "boolean", func(e *directory.Employee) any { return slices.Contains(e.Roles, directory.Manager) }},
	{"chatting", "boolean", func(e *directory.Employee) any { return e.IsChatAgent() && e.Channels.Chat.Available }},
	{"chat_slots", "bigint", func(e *directory.Employee) any {
		if e.Seat == nil {
			return nil
		}
		return e.Channels.Chat.Slots
	}},
	{"finer_show", "text", func(e *directory.Employee) any { return nullable(string(e.FinerShow)) }},
}

func folded(s string) any { return nullable(directory.Fold(s)) }

// employeeColumnTypes is employeeColumns as newTable reads it.
func employeeColumnTypes() string {
	columns := make([]string, len(employeeColumns))
	for i, c := range employeeColumns {
		columns[i] = c.name + " " + c.typ
	}
	return strings.Join(columns, ", ")
}

// setEmployee is the statement that sets columns of employee $2 of account $1 to
// $3, $4, …
func setEmployee(columns ...string) string {
	sets := make([]string, len(columns))
	for i, name := range columns {
		sets[i] = fmt.Sprintf("%s = $%d", name, i+3)
	}
	return `update employees set ` + strings.Join(sets, ", ") + ` where account_id = $1 and id = $2`
}

var updateEmployee = setEmployee(append([]string{"document"}, names(employeeColumns)...)...) + ` and version = $` + fmt.Sprint(len(employeeColumns)+4)

func names(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// employeeValues are the values of employeeColumns.
func employeeValues(e *directory.Employee) []any {
	values := make([]any, len(employeeColumns))
	for i, c := range employeeColumns {
		values[i] = c.value(e)
	}
	return values
}

func (t *tx) Employee(id int64) (*directory.Employee, []directory.Number, error) {
	if t.isNew(id) {
		if err := t.flush(); err != nil {
			return nil, nil, err
		}
	}
	e, err := scanEmployee(t.row(employeeQuery+`id = $2`, t.account, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if len(e.NumberIDs) == 0 {
		return &e, nil, nil
	}
	numbers, err := t.NumbersByID(e.NumberIDs)
	slices.SortFunc(numbers, func(a, b directory.Number) int {
		return slices.Index(e.NumberIDs, a.ID) - slices.Index(e.NumberIDs, b.ID)
	})
	return &e, numbers, err
}

func (t *tx) InsertEmployee(e *directory.Employee, passwordHash string) ([]directory.UniqueValue, error) {
	unique := e.UniqueValues()
	taken, err := t.hoped(e, unique)
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	document, err := e.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	values := employeeValues(e)
	t.add(employees, append([]any{t.account, e.ID, string(document), nullable(passwordHash)}, values...)...)
	t.index(e.ID, textOf(values))
	t.group.waiting.employees.set(entity{t.account, e.ID}, struct{}{})
	t.changes.added.add(e.ID, 1)
	t.claim(e.ID, unique)
	return nil, t.relink(&directory.Employee{ID: e.ID}, e)
}

func (t *tx) UpdateEmployee(before, after *directory.Employee) ([]directory.UniqueValue, error) {
	taken, err := t.Taken(after)
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	document, err := after.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	values := employeeValues(after)
	n, err := t.exec(updateEmployee, slices.Concat([]any{t.account, after.ID, string(document)}, values, []any{before.Version})...)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errConflict
	}
	if text := textOf(values); text != textOf(employeeValues(before)) {
		t.index(after.ID, text)
	}
	if err := t.reclaim(after.ID, before.UniqueValues(), after.UniqueValues()); err != nil {
		return nil, err
	}
	return nil, t.relink(before, after)
}

// relink brings the tables that tie an employee to others from before to after.
// What stays keeps its row, and what hangs on that.
func (t *tx) relink(before, after *directory.Employee) error {
	if err := t.relinkNumbers(before, after); err != nil {
		return err
	}
	if err := t.relinkGroups(before, after); err != nil {
		return err
	}
	if !slices.Equal(sitesOf(before), sitesOf(after)) {
		if err := t.unlink("employee_sites", "site_id", after.ID, sitesOf(before)); err != nil {
			return err
		}
		for _, site := range sitesOf(after) {
			t.add(employeeSites, t.account, after.ID, site)
		}
	}
	if !slices.Equal(before.Skills, after.Skills) {
		if err := t.unlink("employee_skills", "skill_id", after.ID, before.Skills); err != nil {
			return err
		}
		for _, skill := range after.Skills {
			t.add(employeeSkills, t.account, after.ID, skill)
		}
	}
	return t.relinkStatus(before, after)
}

func (t *tx) relinkNumbers(before, after *directory.Employee) error {
	gone := without(before.NumberIDs, after.NumberIDs)
	for i, number := range before.NumberIDs {
		if !slices.Contains(gone, number) {
			continue
		}
		if _, err := t.exec(`delete from group_phone_numbers where account_id = $1 and employee_phone_number_id = $2`, t.account, before.LinkIDs[i]); err != nil {
			return err
		}
	}
	if err := t.unlink("employee_phone_numbers", "phone_number_id", after.ID, gone); err != nil {
		return err
	}
	for i, number := range after.NumberIDs {
		switch was := slices.Index(before.NumberIDs, number); was {
		case i:
		case -1:
			t.add(employeePhoneNumbers, t.account, after.ID, number, int64(i), after.LinkIDs[i])
		default:
			if _, err := t.exec(`update employee_phone_numbers set position = $4 where account_id = $1 and employee_id = $2 and phone_number_id = $3`, t.account, after.ID, number, int64(i)); err != nil {
				return err
			}
		}
	}
	return t.dropUnused(gone)
}

func (t *tx) relinkGroups(before, after *directory.Employee) error {
	gone := without(before.Groups, after.Groups)
	if len(gone) > 0 {
		if _, err := t.exec(`delete from group_phone_numbers where account_id = $1 and employee_id = $2 and `+t.flavor().ids("group_id", "$3"), t.account, after.ID, list(gone)); err != nil {
			return err
		}
	}
	if err := t.unlink("memberships", "group_id", after.ID, gone); err != nil {
		return err
	}
	if before.StatusID != after.StatusID && len(gone) < len(before.Groups) {
		if _, err := t.exec(`update memberships set status_id = $3 where account_id = $1 and employee_id = $2`, t.account, after.ID, after.StatusID); err != nil {
			return err
		}
	}
	for _, group := range without(after.Groups, before.Groups) {
		t.join(group, after, after.UpdatedAt.UnixMicro())
	}
	return nil
}

// relinkStatus ends the period of the old status, and begins that of the new one.
func (t *tx) relinkStatus(before, after *directory.Employee) error {
	if before.StatusID == after.StatusID || after.StatusID == 0 {
		return nil
	}
	since := after.StatusSince.UnixMicro()
	if before.StatusID == 0 {
		t.add(statusPeriods, t.account, after.ID, since, nil, after.StatusID)
		return nil
	}
	// A status that was had for no time leaves no period.
	if _, err := t.exec(`delete from status_periods where account_id = $1 and employee_id = $2 and started_at >= $3`, t.account, after.ID, since); err != nil {
		return err
	}
	if _, err := t.exec(`update status_periods set ended_at = $3 where account_id = $1 and employee_id = $2 and ended_at is null`, t.account, after.ID, since); err != nil {
		return err
	}
	t.add(statusPeriods, t.account, after.ID, since, nil, after.StatusID)
	return nil
}

// unlink removes an employee's rows of a table that have one of ids in column.
func (t *tx) unlink(table, column string, employee int64, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := t.exec(`delete from `+table+` where account_id = $1 and employee_id = $2 and `+t.flavor().ids(column, "$3"), t.account, employee, list(ids))
	return err
}

// without are the ids of a that are not among b.
func without(a, b []int64) []int64 {
	if slices.Equal(a, b) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a), func(id int64) bool { return slices.Contains(b, id) })
}

func sitesOf(e *directory.Employee) []int64 {
	if e.Seat == nil {
		return nil
	}
	return e.Seat.Sites
}

// dropUnused removes those of numbers that nobody has any more, and what events
// remember of them.
func (t *tx) dropUnused(numbers []int64) error {
	for _, id := range numbers {
		n, err := t.exec(`delete from phone_numbers where account_id = $1 and id = $2
			and not exists (select 1 from employee_phone_numbers where account_id = $1 and phone_number_id = $2)`, t.account, id)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := t.forget(directory.KindNumber, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget empties what events remember of a subject: those that are kept, the
// unit's own, and by keep those of the group's units before it.
func (t *tx) forget(kind directory.Kind, id int64) error {
	_, err := t.exec(`update events set before_state = null, after_state = null where account_id = $1 and subject_kind = $2 and subject_id = $3`, t.account, string(kind), id)
	t.forgotten = append(t.forgotten, subject{kind, id})
	t.changes.forget(subject{kind, id})
	return err
}

func (t *tx) DeleteEmployee(e *directory.Employee, at time.Time) error {
	gone := &directory.Employee{ID: e.ID}
	if err := t.relink(e, gone); err != nil {
		return err
	}
	for _, table := range []string{"status_periods", "employee_activity", "avatars"} {
		if _, err := t.exec(`delete from `+table+` where account_id = $1 and employee_id = $2`, t.account, e.ID); err != nil {
			return err
		}
	}
	if err := t.release(e.ID, e.UniqueValues()); err != nil {
		return err
	}
	var theirs []int64
	if err := t.each(func(row scanner) error {
		var id int64
		err := row.Scan(&id)
		theirs = append(theirs, id)
		return err
	}, `select id from tokens where account_id = $1 and employee_id = $2`, t.account, e.ID); err != nil {
		return err
	}
	for _, id := range theirs {
		if _, err := t.DeleteToken(id); err != nil {
			return err
		}
	}
	n, err := t.exec(`delete from employees where account_id = $1 and id = $2`, t.account, e.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return errConflict
	}
	t.index(e.ID, "")
	t.changes.added.add(e.ID, -1)
	if err := t.forget(directory.KindEmployee, e.ID); err != nil {
		return err
	}
	if err := t.forgetShown(); err != nil {
		return err
	}
	_, err = t.exec(`insert into tombstones (account_id, id, created_at, deleted_at) values ($1, $2, $3, $4)`, t.account, e.ID, e.CreatedAt.UnixMicro(), at.UnixMicro())
	return err
}
