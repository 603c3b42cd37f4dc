package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func positions(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.PositionRow], Answer[directory.List[directory.PositionRow]]]{
			Name:    "get.employee_positions",
			Summary: "Read positions, a page at a time.",
			Example: `{"filter": {"field": "name", "operator": "ilike", "value": "%lead%"}}`,
			Right:   string(directory.SelectEmployees),
			Errors:  getErrors,
			Run:     page(d.GetPositions),
		},
		rpc.Method[directory.CreatePosition, Created]{
			Name:    "create.employee_positions",
			Summary: "Create a position, which operators may have.",
			Example: `{"name": "Trainer"}`,
			Right:   string(directory.InsertEmployees),
			Errors:  []*errors.Code{errors.DuplicateEntity},
			RunAll:  created(d.CreatePositions),
		},
		rpc.Method[directory.UpdatePosition, Done]{
			Name:    "update.employee_positions",
			Summary: "Rename a position.",
			Example: `{"id": 12, "name": "Head of team"}`,
			Right:   string(directory.UpdateEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DuplicateEntity},
			RunAll:  done(d.UpdatePositions),
		},
		rpc.Method[directory.DeletePosition, Done]{
			Name:    "delete.employee_positions",
			Summary: "Delete a position that no operator has.",
			Example: `{"id": 12}`,
			Right:   string(directory.DeleteEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DependencyError},
			RunAll:  done(d.DeletePositions),
		},
	}
}
