package directory

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// How long employees had which status. Source: data-api.md §5.3.

// MaxStatMonths is the longest interval that statistics are asked for.
const MaxStatMonths = 3

// GetEmployeeStat asks for a page of people with how long they had which status.
type GetEmployeeStat struct {
	DateFrom     schema.Opt[DateTime] `json:"date_from" required:"true" null:"no" doc:"Begin of the interval, YYYY-MM-DD hh:mm:ss in the account's time zone." example:"2026-01-01 00:00:00"`
	DateTill     schema.Opt[DateTime] `json:"date_till" required:"true" null:"no" doc:"End of the interval, not before date_from and at most 3 months after it." example:"2026-02-01 00:00:00"`
	OnlyStandard schema.Opt[bool]     `json:"only_default_statuses_in_stats" default:"true" doc:"Whether only standard statuses are told of."`
	Get[StatRow]
}

// StatRow is an employee as get.employee_stat shows them.
type StatRow struct {
	ID          int64              `json:"id" filter:"true" doc:"Unique id of the employee."`
	FirstName   schema.Opt[string] `json:"first_name" filter:"true" sort:"true" doc:"First name."`
	LastName    string             `json:"last_name" filter:"true" sort:"true" doc:"Last name."`
	Patronymic  schema.Opt[string] `json:"patronymic" sort:"true" doc:"Patronymic."`
	FullName    string             `json:"full_name" filter:"true" sort:"true" doc:"Last name, first name, patronymic."`
	StatusStats StatusStats        `json:"status_stats" filter:"true" doc:"Whole seconds that the employee had each status within the interval, until now if that is earlier: {\"break\": 900}. The name of a member is the mnemonic of a standard status, or the id of another."`
	Groups      []EmployeeGroupRow `json:"groups" filter:"true" doc:"Groups the employee belongs to."`
}

// StatusStats are seconds by the mnemonic of a standard status, or the id of
// another.
type StatusStats map[string]int64

// Describe tells that it is an object.
func (StatusStats) Describe() *schema.Type { return &schema.Type{Kind: schema.Object} }

// StatTime is the time that statistics are of.
type StatTime struct {
	From, Till   time.Time // a status that lasts, lasts until Till
	OnlyStandard bool      // whether only standard statuses count
}

// CheckTogether reports an interval that ends before it begins or is too long,
// and what is wrong with the common parameters.
func (c *GetEmployeeStat) CheckTogether(at errors.Path, bad *errors.List) {
	c.Get.CheckTogether(at, bad)
	if !c.DateFrom.Value.Valid() || !c.DateTill.Value.Valid() {
		return
	}
	from, till := c.DateFrom.Value.in(time.UTC), c.DateTill.Value.in(time.UTC)
	switch shown := errors.Shown(string(c.DateTill.Value)); {
	case till.Before(from):
		bad.Add(errors.InvalidParametersCombination, at.Key("date_till"), shown)
	case till.After(from.AddDate(0, MaxStatMonths, 0)):
		bad.Add(errors.DateIntervalLimitReached, at.Key("date_till"), shown)
	}
}

// GetEmployeeStat reads a page of people with how long they had which status.
// Errors: as GetEmployees; invalid_parameters_combination and
// date_interval_limit_reached for the interval.
func (s *Service) GetEmployeeStat(ctx context.Context, c GetEmployeeStat) (List[StatRow], error) {
	return getBy(ctx, s, SelectEmployees, &c, &c.Get, func(actor Actor, q Query, _ schema.Pick) (Page[StatRow], error) {
		zone, err := s.zone(ctx, actor.AccountID)
		if err != nil {
			return Page[StatRow]{}, err
		}
		t := StatTime{From: c.DateFrom.Value.in(zone), Till: c.DateTill.Value.in(zone), OnlyStandard: c.OnlyStandard.Or(true)}
		if now := s.now(); now.Before(t.Till) {
			t.Till = now
		}
		return s.store.EmployeeStat(ctx, actor.AccountID, q, t)
	})
}

// zone is the time zone of an account.
func (s *Service) zone(ctx context.Context, account int64) (*time.Location, error) {
	a, err := s.store.Account(ctx, account)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, errors.E(errors.AccountInactive) // it was removed a moment ago
	}
	return time.LoadLocation(string(a.TimeZone))
}
