package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func stat(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.GetEmployeeStat, Answer[directory.List[directory.StatRow]]]{
			Name:       "get.employee_stat",
			Summary:    "Read how long employees had which status, a page at a time.",
			Example:    `{"date_from": "2026-01-01 00:00:00", "date_till": "2026-02-01 00:00:00", "fields": ["id", "full_name", "status_stats"]}`,
			Right:      string(directory.SelectEmployees),
			Components: []string{"call_center"},
			Errors:     append([]*errors.Code{errors.DateIntervalLimitReached}, getErrors...),
			Run:        page(d.GetEmployeeStat),
		},
	}
}
