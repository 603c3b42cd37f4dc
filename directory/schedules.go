package directory

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Schedules say when employees may be called. Source: data-api.md §5.4.

// MaxActivityDays is how many days a rule has at most, and the greatest day of a
// month: the items of days.
const MaxActivityDays = 31

// ScheduleRow is a schedule as get.schedules shows it.
type ScheduleRow struct {
	ID        int64         `json:"id" filter:"true" doc:"Unique id."`
	Name      string        `json:"name" filter:"true" sort:"true" doc:"Name."`
	Schedules []ActivityRow `json:"schedules" filter:"true" doc:"When there is activity."`
}

// ActivityRow is one rule of a schedule.
type ActivityRow struct {
	Days     ActivityDaysRow   `json:"activity_days" doc:"On which days."`
	Time     []ActivityTimeRow `json:"activity_time" doc:"At which hours; all day if empty."`
	DateFrom schema.Opt[Date]  `json:"activity_date_from" doc:"First day, YYYY-MM-DD."`
	DateTill schema.Opt[Date]  `json:"activity_date_till" doc:"Last day, YYYY-MM-DD."`
}

// ActivityDaysRow are the days of a rule.
type ActivityDaysRow struct {
	Type string  `json:"type" enum:"days_of_week,days_of_month,business_calendar,cycle" doc:"How to read days."`
	Days []int64 `json:"days" doc:"As given; see create.schedules."`
}

// ActivityTimeRow is a span of hours.
type ActivityTimeRow struct {
	From TimeOfDay `json:"time_from" doc:"HH:MM."`
	Till TimeOfDay `json:"time_till" doc:"HH:MM."`
}

// CreateSchedule adds a schedule. Several may have one name.
type CreateSchedule struct {
	Name      schema.Opt[string]     `json:"name" required:"true" null:"no" length:"1..255" doc:"Name."`
	Schedules schema.Opt[[]Activity] `json:"schedules" required:"true" items:"100" doc:"When there is activity."`
	WriteOptions
}

// Activity is one rule of a schedule.
type Activity struct {
	Days     schema.Opt[ActivityDays]   `json:"activity_days" required:"true" doc:"On which days."`
	Time     schema.Opt[[]ActivityTime] `json:"activity_time" items:"100" doc:"At which hours; all day if absent or empty."`
	DateFrom schema.Opt[Date]           `json:"activity_date_from" doc:"First day, YYYY-MM-DD."`
	DateTill schema.Opt[Date]           `json:"activity_date_till" doc:"Last day, YYYY-MM-DD, not before activity_date_from."`
}

// ActivityDays are the days of a rule.
type ActivityDays struct {
	Type schema.Opt[string]  `json:"type" required:"true" enum:"days_of_week,days_of_month,business_calendar,cycle" doc:"How to read days."`
	Days schema.Opt[[]int64] `json:"days" required:"true" items:"31" doc:"One at least. days_of_week: 0 Sunday to 6 Saturday, 7 working, 8 non-working days; days_of_month: 1 to 31; business_calendar: 7 or 8; cycle: days on, days off."`
}

// ActivityTime is a span of hours.
type ActivityTime struct {
	From schema.Opt[TimeOfDay] `json:"time_from" required:"true" doc:"HH:MM."`
	Till schema.Opt[TimeOfDay] `json:"time_till" required:"true" doc:"HH:MM, later than time_from."`
}

// CheckTogether reports dates in the wrong order.
func (a *Activity) CheckTogether(at errors.Path, bad *errors.List) {
	if a.DateFrom.Value.Valid() && a.DateTill.Value.Valid() && a.DateTill.Value < a.DateFrom.Value {
		bad.Add(errors.InvalidParameterValue, at.Key("activity_date_till"), errors.Shown(string(a.DateTill.Value)))
	}
}

// CheckTogether reports days that the type does not have.
func (d *ActivityDays) CheckTogether(at errors.Path, bad *errors.List) {
	var low, high int64
	switch d.Type.Value {
	case "days_of_week":
		low, high = 0, 8
	case "business_calendar":
		low, high = 7, 8
	case "days_of_month", "cycle":
		low, high = 1, MaxActivityDays
	default:
		return
	}
	n := len(d.Days.Value)
	if n == 0 || d.Type.Value == "cycle" && n != 2 {
		bad.Add(errors.InvalidParameterValue, at.Key("days"), nil)
	}
	for i, day := range d.Days.Value[:min(n, MaxActivityDays)] {
		if day < low || day > high {
			bad.Add(errors.InvalidParameterValue, at.Key("days").Index(i), shownID(day))
		}
	}
}

// CheckTogether reports a span that ends before it begins.
func (t *ActivityTime) CheckTogether(at errors.Path, bad *errors.List) {
	if t.From.Value.Valid() && t.Till.Value.Valid() && t.Till.Value <= t.From.Value {
		bad.Add(errors.InvalidParameterValue, at.Key("time_till"), errors.Shown(string(t.Till.Value)))
	}
}

// named is the schedule as it is kept.
func (c *CreateSchedule) named() (Named, error) {
	document, err := json.Marshal(c.Schedules.Value)
	return Named{Name: c.Name.Value, Document: document}, err
}

// UpdateSchedule renames a schedule; its rules stay as they are.
type UpdateSchedule struct {
	ID   schema.Opt[int64]  `json:"id" required:"true" doc:"The schedule."`
	Name schema.Opt[string] `json:"name" required:"true" null:"no" length:"1..255" doc:"Name."`
	WriteOptions
}

// DeleteSchedule removes a schedule.
type DeleteSchedule struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The schedule."`
	WriteOptions
}

// GetSchedules reads a page of schedules.
func (s *Service) GetSchedules(ctx context.Context, c Get[ScheduleRow]) (List[ScheduleRow], error) {
	return get(ctx, s, SelectSchedules, c, func(actor Actor, q Query, _ schema.Pick) (Page[ScheduleRow], error) {
		return s.store.Schedules(ctx, actor.AccountID, q)
	})
}

// CreateSchedules adds schedules; it answers their ids.
func (s *Service) CreateSchedules(ctx context.Context, commands []CreateSchedule) []Result[int64] {
	return write(ctx, s, InsertSchedules, commands, func(ctx context.Context, actor Actor, c *CreateSchedule) (job[int64], error) {
		n, err := c.named()
		if err != nil {
			return job[int64]{}, err
		}
		return s.createNamed(ctx, actor, KindSchedule, n)
	})
}

// UpdateSchedules renames schedules.
// Errors: entity_not_found.
func (s *Service) UpdateSchedules(ctx context.Context, commands []UpdateSchedule) []Result[struct{}] {
	return write(ctx, s, UpdateSchedules, commands, func(_ context.Context, actor Actor, c *UpdateSchedule) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.renameNamed(tx, actor, KindSchedule, c.ID.Value, c.Name.Value) })
	})
}

// DeleteSchedules removes schedules.
// Errors: entity_not_found; dependency_error while an employee has it.
func (s *Service) DeleteSchedules(ctx context.Context, commands []DeleteSchedule) []Result[struct{}] {
	return write(ctx, s, DeleteSchedules, commands, func(_ context.Context, actor Actor, c *DeleteSchedule) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteNamed(tx, actor, KindSchedule, c.ID.Value) })
	})
}
