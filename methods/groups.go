package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func groups(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.GroupRow], Answer[directory.List[directory.GroupRow]]]{
			Name:    "get.group_employees",
			Summary: "Read groups with their members and phone numbers, a page at a time.",
			Example: `{"fields": ["id", "name", "members", "phone_numbers"], "filter": {"field": "name", "operator": "=", "value": "Sales"}}`,
			Right:   string(directory.SelectEmployees),
			Errors:  getErrors,
			Run:     page(d.GetGroups),
		},
		rpc.Method[directory.CreateGroup, Created]{
			Name:    "create.group_employees",
			Summary: "Create a group with its members.",
			Example: `{"name": "Back office", "members": [18], "group_phone_number": "200", "queue_enabled": true}`,
			Right:   string(directory.InsertEmployees),
			Errors:  groupErrors,
			RunAll:  created(d.CreateGroups),
		},
		rpc.Method[directory.UpdateGroup, Done]{
			Name:    "update.group_employees",
			Summary: "Change what is given of a group: members replace, null resets.",
			Example: `{"id": 14, "name": "Customer support", "group_phone_number": "201"}`,
			Right:   string(directory.UpdateEmployees),
			Errors:  groupErrors,
			RunAll:  done(d.UpdateGroups),
		},
		rpc.Method[directory.UpdateGroupNumbers, Done]{
			Name:    "update.group_employees_numbers",
			Summary: "Set in which order a group dials its members' phone numbers, and which it does not dial.",
			Example: `{"id": 13, "phone_numbers": [{"employee_phone_number_id": 22, "available": true}, {"employee_phone_number_id": 20, "available": false}]}`,
			Right:   string(directory.UpdateEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DataLimitExceeded},
			RunAll:  done(d.UpdateGroupNumbers),
		},
		rpc.Method[directory.DeleteGroup, Done]{
			Name:    "delete.group_employees",
			Summary: "Delete a group; its members stay.",
			Example: `{"id": 26}`,
			Right:   string(directory.DeleteEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound},
			RunAll:  done(d.DeleteGroups),
		},
	}
}

// groupErrors are what a create or an update of a group may answer.
var groupErrors = []*errors.Code{errors.EntityNotFound, errors.DuplicateEntity, errors.AlreadyInUse, errors.DataLimitExceeded}
