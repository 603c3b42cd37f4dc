package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func schedules(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.ScheduleRow], Answer[directory.List[directory.ScheduleRow]]]{
			Name:    "get.schedules",
			Summary: "Read schedules, a page at a time.",
			Example: `{"filter": {"field": "name", "operator": "=", "value": "Weekdays"}}`,
			Right:   string(directory.SelectSchedules),
			Errors:  getErrors,
			Run:     page(d.GetSchedules),
		},
		rpc.Method[directory.CreateSchedule, Created]{
			Name:    "create.schedules",
			Summary: "Create a schedule, by which employees may work.",
			Example: `{"name": "Two on, two off", "schedules": [{"activity_days": {"type": "cycle", "days": [2, 2]}, "activity_time": [{"time_from": "08:00", "time_till": "20:00"}], "activity_date_from": "2026-01-01"}]}`,
			Right:   string(directory.InsertSchedules),
			Errors:  []*errors.Code{errors.DataLimitExceeded},
			RunAll:  created(d.CreateSchedules),
		},
		rpc.Method[directory.UpdateSchedule, Done]{
			Name:    "update.schedules",
			Summary: "Rename a schedule; its rules cannot be changed.",
			Example: `{"id": 15, "name": "Working days"}`,
			Right:   string(directory.UpdateSchedules),
			Errors:  []*errors.Code{errors.EntityNotFound},
			RunAll:  done(d.UpdateSchedules),
		},
		rpc.Method[directory.DeleteSchedule, Done]{
			Name:    "delete.schedules",
			Summary: "Delete a schedule that no employee has.",
			Example: `{"id": 23}`,
			Right:   string(directory.DeleteSchedules),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DependencyError},
			RunAll:  done(d.DeleteSchedules),
		},
	}
}
