package store

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// column is one column of the employees table and its value for an employee.
type column struct {
	name  string
	value func(e *directory.Employee) any
}

// employeeColumns are the columns beside account_id, id, document and
// password_hash.
var employeeColumns = []column{
	{"version", func(e *directory.Employee) any { return e.Version }},
	{"uuid", func(e *directory.Employee) any { return e.UUID }},
	{"rocket_id", func(e *directory.Employee) any { return e.RocketID }},
	{"handle", func(e *directory.Employee) any { return e.Handle }},
	{"external_id", func(e *directory.Employee) any { return nullable(e.ExternalID) }},
	{"external_id_folded", func(e *directory.Employee) any { return folded(e.ExternalID) }},
	{"login", func(e *directory.Employee) any { return nullable(e.Login) }},
	{"login_folded", func(e *directory.Employee) any { return folded(e.Login) }},
	{"first_name", func(e *directory.Employee) any { return nullable(e.FirstName) }},
	{"first_name_folded", func(e *directory.Employee) any { return folded(e.FirstName) }},
	{"last_name", func(e *directory.Employee) any { return e.LastName }},
	{"last_name_folded", func(e *directory.Employee) any { return directory.Fold(e.LastName) }},
	{"patronymic", func(e *directory.Employee) any { return nullable(e.Patronymic) }},
	{"full_name", func(e *directory.Employee) any { return e.FullName() }},
	{"full_name_folded", func(e *directory.Employee) any { return directory.Fold(e.FullName()) }},
	{"email", func(e *directory.Employee) any { return nullable(string(e.Email)) }},
	{"email_folded", func(e *directory.Employee) any { return folded(string(e.Email)) }},
	{"administrator", func(e *directory.Employee) any {
		return e.IsMember() && slices.Contains(e.Roles, directory.Administrator)
	}},
	{"status_id", func(e *directory.Employee) any { return e.StatusID }},
	{"schedule_id", func(e *directory.Employee) any { return id(e.ScheduleID) }},
	{"coach_id", func(e *directory.Employee) any { return id(e.Coach.ID) }},
	{"position_id", func(e *directory.Employee) any {
		if e.Seat == nil {
			return nil
		}
		return id(e.Seat.PositionID)
	}},
	{"extension", func(e *directory.Employee) any { return nullable(string(e.Extension.Number)) }},
	{"call_recording", func(e *directory.Employee) any { return string(e.CallRecording) }},
	{"in_external", func(e *directory.Employee) any { return int64(e.Directions.InExternal) }},
	{"in_internal", func(e *directory.Employee) any { return int64(e.Directions.InInternal) }},
	{"out_external", func(e *directory.Employee) any { return int64(e.Directions.OutExternal) }},
	{"out_internal", func(e *directory.Employee) any { return int64(e.Directions.OutInternal) }},
}

func folded(s string) any { return nullable(directory.Fold(s)) }

var insertEmployee, updateEmployee = employeeStatements()

func employeeStatements() (insert, update string) {
	names, values, sets := "account_id, id, document", "$1, $2, $3", "document = $3"
	for i, c := range employeeColumns {
		names += ", " + c.name
		values += fmt.Sprintf(", $%d", i+4)
		sets += fmt.Sprintf(", %s = $%d", c.name, i+4)
	}
	insert = `insert into employees (` + names + `) values (` + values + `) on conflict do nothing`
	update = `update employees set ` + sets + ` where account_id = $1 and id = $2 and version = $` + fmt.Sprint(len(employeeColumns)+4)
	return insert, update
}

func employeeValues(account int64, e *directory.Employee) ([]any, error) {
	document, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	values := make([]any, 0, len(employeeColumns)+4)
	values = append(values, account, e.ID, string(document))
	for _, c := range employeeColumns {
		values = append(values, c.value(e))
	}
	return values, nil
}

func (t *tx) Employee(id int64) (*directory.Employee, []directory.Number, error) {
	var document string
	err := t.row(`select document from employees where account_id = $1 and id = $2`, t.account, id).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var e directory.Employee
	if err := json.Unmarshal([]byte(document), &e); err != nil {
		return nil, nil, fmt.Errorf("employee %d: %w", id, err)
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

func (t *tx) InsertEmployee(e *directory.Employee) ([]directory.UniqueValue, error) {
	values, err := employeeValues(t.account, e)
	if err != nil {
		return nil, err
	}
	n, err := t.exec(insertEmployee, values...)
	if err != nil {
		return nil, err
	}
	if n == 0 { // of the row's own keys only the login is the caller's
		taken, err := t.Taken(e)
		if err == nil && len(taken) == 0 {
			err = fmt.Errorf("employee %d has the id, UUID or Rocket.Chat id of another", e.ID)
		}
		return taken, err
	}
	t.added++
	taken, err := t.claim(e.ID, e.UniqueValues())
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	return nil, t.relink(&directory.Employee{ID: e.ID}, e)
}

func (t *tx) UpdateEmployee(before, after *directory.Employee) ([]directory.UniqueValue, error) {
	values, err := employeeValues(t.account, after)
	if err != nil {
		return nil, err
	}
	held, wanted := before.UniqueValues(), after.UniqueValues()
	for kind, value := range held {
		if wanted[kind] == value {
			delete(wanted, kind)
		} else if err := t.release(after.ID, kind); err != nil {
			return nil, err
		}
	}
	taken, err := t.claim(after.ID, wanted)
	if err != nil || len(taken) > 0 {
		return taken, err
	}
	n, err := t.exec(updateEmployee, append(values, before.Version)...)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("employee %d is no longer at version %d", after.ID, before.Version)
	}
	return nil, t.relink(before, after)
}

func (t *tx) release(owner int64, kind directory.UniqueValue) error {
	_, err := t.exec(`delete from unique_values where account_id = $1 and owner_id = $2 and kind = $3`, t.account, owner, string(kind))
	return err
}

// relink brings the tables that tie an employee to others from before to after.
func (t *tx) relink(before, after *directory.Employee) error {
	if !slices.Equal(before.NumberIDs, after.NumberIDs) {
		if err := t.replace("employee_phone_numbers", "phone_number_id, position", after.ID, len(before.NumberIDs) > 0, len(after.NumberIDs), func(i int) [2]any {
			return [2]any{after.NumberIDs[i], i}
		}); err != nil {
			return err
		}
		if err := t.dropUnused(before.NumberIDs); err != nil {
			return err
		}
	}
	if !slices.Equal(before.Groups, after.Groups) || before.StatusID != after.StatusID {
		if err := t.replace("memberships", "group_id, status_id", after.ID, len(before.Groups) > 0, len(after.Groups), func(i int) [2]any {
			return [2]any{after.Groups[i], after.StatusID}
		}); err != nil {
			return err
		}
	}
	if !slices.Equal(sitesOf(before), sitesOf(after)) {
		if err := t.replaceIDs("employee_sites", "site_id", after.ID, sitesOf(before), sitesOf(after)); err != nil {
			return err
		}
	}
	if !slices.Equal(before.Skills, after.Skills) {
		return t.replaceIDs("employee_skills", "skill_id", after.ID, before.Skills, after.Skills)
	}
	return nil
}

func sitesOf(e *directory.Employee) []int64 {
	if e.Seat == nil {
		return nil
	}
	return e.Seat.Sites
}

// replace rewrites an employee's rows of a table with two columns of its own.
func (t *tx) replace(table, columns string, employee int64, clear bool, n int, row func(i int) [2]any) error {
	if clear {
		if _, err := t.exec(`delete from `+table+` where account_id = $1 and employee_id = $2`, t.account, employee); err != nil {
			return err
		}
	}
	for i := range n {
		values := row(i)
		if _, err := t.exec(`insert into `+table+` (account_id, employee_id, `+columns+`) values ($1, $2, $3, $4)`, t.account, employee, values[0], values[1]); err != nil {
			return err
		}
	}
	return nil
}

// replaceIDs rewrites an employee's rows of a table with one column of its own.
func (t *tx) replaceIDs(table, column string, employee int64, before, after []int64) error {
	if len(before) > 0 {
		if _, err := t.exec(`delete from `+table+` where account_id = $1 and employee_id = $2`, t.account, employee); err != nil {
			return err
		}
	}
	for _, id := range after {
		if _, err := t.exec(`insert into `+table+` (account_id, employee_id, `+column+`) values ($1, $2, $3)`, t.account, employee, id); err != nil {
			return err
		}
	}
	return nil
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

// forget empties what events remember of a subject.
func (t *tx) forget(kind directory.Kind, id int64) error {
	_, err := t.exec(`update events set before_state = null, after_state = null where account_id = $1 and subject_kind = $2 and subject_id = $3`, t.account, string(kind), id)
	return err
}

func (t *tx) DeleteEmployee(e *directory.Employee, at time.Time) error {
	gone := &directory.Employee{ID: e.ID}
	if err := t.relink(e, gone); err != nil {
		return err
	}
	for _, query := range []string{
		`delete from unique_values where account_id = $1 and owner_id = $2`,
		`update events set before_state = null, after_state = null where account_id = $1 and subject_kind = 'tokens'
			and subject_id in (select id from tokens where account_id = $1 and employee_id = $2)`,
		`delete from tokens where account_id = $1 and employee_id = $2`,
	} {
		if _, err := t.exec(query, t.account, e.ID); err != nil {
			return err
		}
	}
	n, err := t.exec(`delete from employees where account_id = $1 and id = $2`, t.account, e.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("employee %d is not there to be deleted", e.ID)
	}
	t.added--
	if err := t.forget(directory.KindEmployee, e.ID); err != nil {
		return err
	}
	_, err = t.exec(`insert into tombstones (account_id, id, created_at, deleted_at) values ($1, $2, $3, $4)`, t.account, e.ID, e.CreatedAt.UnixMicro(), at.UnixMicro())
	return err
}
