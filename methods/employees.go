package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
)

func employees(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.GetEmployees, Answer[directory.List[directory.EmployeeRow]]]{
			Name:    "get.employees",
			Summary: "Read employees, a page at a time.",
			Right:   string(directory.SelectEmployees),
			Example: `{"fields": ["id", "full_name", "phone_numbers", "extension"], "filter": {"field": "last_name", "operator": "ilike", "value": "petr%"}, "sort": [{"field": "full_name"}], "limit": 10}`,
			Errors:  getErrors,
			Run:     page(d.GetEmployees),
		},
		rpc.Method[directory.CreateEmployee, Created]{
			Name:    "create.employees",
			Summary: "Create an employee with phone numbers, extension, coach, groups and operator's seat.",
			Right:   string(directory.InsertEmployees),
			Example: `{"last_name": "Sidorov", "first_name": "Boris", "phone_numbers": [{"phone_number": "+7 495 514-05-81", "dial_time": 30}], "extension": {"extension_phone_number": "102"}, "coach": {"coach_id": 18}, "groups": [13], "operator": {"operator_login": "boris", "operator_display_name": "Boris", "operator_password": "secret12", "operator_position_id": 11, "operator_sites": [16]}}`,
			Errors:  createErrors,
			RunAll:  created(d.CreateEmployees),
		},
		rpc.Method[directory.UpdateEmployee, Done]{
			Name:    "update.employees",
			Summary: "Change what is given of an employee: objects merge, arrays replace, null resets.",
			Right:   string(directory.UpdateEmployees),
			Example: `{"id": 18, "status": "break", "groups": [13], "extension": {"extension_queue_enabled": true}}`,
			Errors:  updateErrors,
			RunAll:  done(d.UpdateEmployees),
		},
		rpc.Method[directory.DeleteEmployee, Done]{
			Name:    "delete.employees",
			Summary: "Delete an employee and what is known of them.",
			Right:   string(directory.DeleteEmployees),
			Example: `{"id": 30}`,
			Errors:  deleteErrors,
			RunAll:  done(d.DeleteEmployees),
		},
	}
}
