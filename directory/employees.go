package directory

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// MaxPhoneNumbers is how many phone numbers an employee has at most: the items of
// the commands' phone_numbers.
const MaxPhoneNumbers = 10

// CreateEmployees adds people; each command stands or falls alone, and an earlier
// one comes before a later one. It answers their ids.
// Errors: those of the parameters' rules; entity_not_found for what is referred
// to; already_in_use for what must be unique; forbidden.
func (s *Service) CreateEmployees(ctx context.Context, commands []CreateEmployee) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreateEmployee) (job[int64], error) {
		return s.creation(ctx, actor, c, nil, schema.Of[CreateEmployee](s.revision).Arrange)
	})
}

// creation is the job of a command that adds a person. p is nil for one that says
// nothing beside the parameters of the Data API.
func (s *Service) creation(ctx context.Context, actor Actor, c *CreateEmployee, p *PersonParams, arrange func(*errors.List) error) (job[int64], error) {
	e, err := s.newEmployee(ctx, actor.AccountID)
	if err != nil {
		return job[int64]{}, err
	}
	w := s.newWriter(actor, &c.Names, &c.Work, &c.Workplace, &c.Extras, p)
	w.employee, w.status = e, schema.Some(c.Status.Or(s.standards.create.Status.Value))
	for _, n := range c.PhoneNumbers.Value {
		w.numbers = append(w.numbers, UpdatePhoneNumber{PhoneNumber: n})
	}
	w.numbersGiven = true
	if err := w.prepare(ctx); err != nil {
		return job[int64]{}, err
	}
	result := e.ID
	j := job[int64]{slow: w.slow(), unit: func(tx Tx) error { return w.create(tx, arrange) }, asks: w.asks(), result: &result, did: &w.did}
	j.reread = func(id int64) { result = id }
	return j, j.inImport(ctx, s, c.ImportRow)
}

// newEmployee is an employee with the defaults and identifiers of their own.
func (s *Service) newEmployee(ctx context.Context, account int64) (*Employee, error) {
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return nil, err
	}
	uuid, err := s.newUUID()
	if err != nil {
		return nil, err
	}
	rocketID, err := s.newRocketID()
	if err != nil {
		return nil, err
	}
	now := s.now()
	e := &Employee{ID: ids[0], AccountID: account, UUID: uuid, RocketID: rocketID, Version: 1, CreatedAt: now, UpdatedAt: now}
	standard := &s.standards.create
	e.CallRecording = standard.CallRecording.Value
	standard.Work.apply(&e.Directions, &standard.Work)
	return e, nil
}

// UpdateEmployees changes people; each command stands or falls alone, and an
// earlier one comes before a later one. An update that changes nothing writes
// nothing.
// Errors: as CreateEmployees; entity_not_found for the employee;
// version_conflict.
func (s *Service) UpdateEmployees(ctx context.Context, commands []UpdateEmployee) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(ctx context.Context, actor Actor, c *UpdateEmployee) (job[struct{}], error) {
		return s.change(ctx, actor, c, nil, schema.Of[UpdateEmployee](s.revision).Arrange)
	})
}

// change is the job of a command that changes a person. p is nil for one that says
// nothing beside the parameters of the Data API.
func (s *Service) change(ctx context.Context, actor Actor, c *UpdateEmployee, p *PersonParams, arrange func(*errors.List) error) (job[struct{}], error) {
	w := s.newWriter(actor, &c.Names, &c.Work, &c.Workplace, &c.Extras, p)
	w.status, w.statusID, w.numbers, w.numbersGiven = c.Status, c.StatusID, c.PhoneNumbers.Value, c.PhoneNumbers.Given()
	if w.status.IsNull() {
		w.status = s.standards.create.Status
	}
	if err := w.prepare(ctx); err != nil {
		return job[struct{}]{}, err
	}
	j := job[struct{}]{slow: w.slow(), unit: func(tx Tx) error { return w.update(tx, c, arrange) }, asks: w.asks(), result: &struct{}{}, did: &w.did}
	j.reread = func(int64) {}
	return j, j.inImport(ctx, s, c.ImportRow)
}

// DeleteEmployees removes people; each command stands or falls alone.
// Errors: entity_not_found; dependency_error for a coach of others and while there
// is a SIP line of theirs; forbidden (-32602) for the last administrator;
// version_conflict.
func (s *Service) DeleteEmployees(ctx context.Context, commands []DeleteEmployee) []Result[struct{}] {
	return write(ctx, s, DeleteEmployees, commands, func(_ context.Context, actor Actor, c *DeleteEmployee) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteEmployee(tx, actor, c) })
	})
}

func (s *Service) deleteEmployee(tx Tx, actor Actor, c *DeleteEmployee) error {
	e, _, err := existing(tx, c.ID, c.ExpectedVersion)
	if err != nil {
		return err
	}
	if e.is(Administrator) && !actor.is(Administrator) {
		return errors.E(errors.Forbidden)
	}
	used, err := tx.InUse(KindEmployee, e.ID)
	if err != nil {
		return err
	}
	if used {
		return errors.At(errors.DependencyError, place("id"), shownID(e.ID))
	}
	if e.Administers() {
		others, err := tx.OtherAdministrators(e.ID)
		if err != nil {
			return err
		}
		if others == 0 {
			return errors.At(errors.SystemEntity, place("id"), shownID(e.ID))
		}
	}
	now := s.now()
	if err := tx.DeleteEmployee(e, now); err != nil {
		return err
	}
	return appendEvent(tx, actor, now, KindEmployee, e.ID, deleted, nil, nil)
}

// existing finds the employee that a command is about.
func existing(tx Tx, id, version schema.Opt[int64]) (*Employee, []Number, error) {
	e, numbers, err := tx.Employee(id.Value)
	if err != nil {
		return nil, nil, err
	}
	if e == nil {
		return nil, nil, errors.At(errors.EntityNotFound, place("id"), shownID(id.Value))
	}
	if version.IsSet() && version.Value != e.Version {
		return nil, nil, errors.At(errors.VersionConflict, place("expected_version"), shownID(version.Value))
	}
	return e, numbers, nil
}

// GetEmployees asks for a page of people.
type GetEmployees = Get[EmployeeRow]

// GetEmployees reads a page of people.
// Errors: those of the parameters' rules; unexpected_parameters,
// filter_prohibited and sort_prohibited for fields.
func (s *Service) GetEmployees(ctx context.Context, c GetEmployees) (List[EmployeeRow], error) {
	return getList(ctx, s, SelectEmployees, &c, &c, func(actor Actor, q Query, pick schema.Pick) (List[EmployeeRow], error) {
		employees, references, err := s.store.Employees(ctx, actor.AccountID, q)
		var activity map[int64]EmployeeActivity
		if err == nil && pick.Has("activity") {
			ids := make([]int64, len(employees.Items))
			for i := range ids {
				ids[i] = employees.Items[i].ID
			}
			activity, err = s.store.EmployeeActivity(ctx, actor.AccountID, ids)
		}
		return List[EmployeeRow]{employees.Total, len(employees.Items), func(i int, row *EmployeeRow) *EmployeeRow {
			e := &employees.Items[i]
			row.show(e, &references)
			row.Activity = activity[e.ID]
			return row
		}, pick}, err
	})
}

// eventEmployee is an employee as events remember them.
type eventEmployee struct {
	*Employee `json:",inline"`
	Numbers   []Number `json:"phone_numbers"`
}

var (
	appendEmployee = schema.PlainOf[Employee]()
	appendNumbers  = schema.PlainOf[[]Number]()
)

// employeeText is how many bytes the JSON of an employee mostly has at most, with numbers.
const employeeText = 1500

// AppendJSON appends e as json writes it, which is how it is kept.
func (e *Employee) AppendJSON(dst []byte) ([]byte, error) {
	return appendEmployee(slices.Grow(dst, employeeText), e)
}

// text is the JSON of e.
func (e eventEmployee) text() ([]byte, error) {
	text, err := e.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	text = append(text[:len(text)-1], `,"phone_numbers":`...)
	if text, err = appendNumbers(text, &e.Numbers); err != nil {
		return nil, err
	}
	return append(text, '}'), nil
}

// same reports whether two employees are equal but for version and time.
func same(a, b *Employee) (bool, error) {
	x, y := *a, *b
	x.Version, x.UpdatedAt = y.Version, y.UpdatedAt
	ax, err := json.Marshal(x)
	if err != nil {
		return false, err
	}
	by, err := json.Marshal(y)
	return bytes.Equal(ax, by), err
}

func place(names ...string) errors.Path {
	var p errors.Path
	for _, name := range names {
		p = p.Key(name)
	}
	return p
}

func shownID(id int64) *string {
	s := strconv.FormatInt(id, 10)
	return &s
}

// grantsOf are the roles that only administrators give and take.
func grantsOf(roles []Role) []Role {
	grants := slices.DeleteFunc(slices.Clone(roles), func(r Role) bool { return r != Administrator && r != Manager })
	slices.Sort(grants)
	return grants
}
