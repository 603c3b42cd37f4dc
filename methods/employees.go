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
			Errors:  getErrors,
			Run:     page(d.GetEmployees),
		},
		rpc.Method[directory.CreateEmployee, Created]{
			Name:    "create.employees",
			Summary: "Create an employee with phone numbers, extension, coach, groups and operator's seat.",
			Right:   string(directory.InsertEmployees),
			Errors:  createErrors,
			RunAll:  created(d.CreateEmployees),
		},
		rpc.Method[directory.UpdateEmployee, Done]{
			Name:    "update.employees",
			Summary: "Change what is given of an employee: objects merge, arrays replace, null resets.",
			Right:   string(directory.UpdateEmployees),
			Errors:  updateErrors,
			RunAll:  done(d.UpdateEmployees),
		},
		rpc.Method[directory.DeleteEmployee, Done]{
			Name:    "delete.employees",
			Summary: "Delete an employee and what is known of them.",
			Right:   string(directory.DeleteEmployees),
			Errors:  deleteErrors,
			RunAll:  done(d.DeleteEmployees),
		},
	}
}
