package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func statuses(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.GetStatuses, Answer[directory.List[directory.StatusRow]]]{
			Name:    "get.statuses",
			Summary: "Read statuses, a page at a time.",
			Example: `{"fields": ["id", "name", "mnemonic"], "sort": [{"field": "is_worktime", "order": "desc"}, {"field": "name"}]}`,
			Right:   string(directory.SelectStatuses),
			Errors:  getErrors,
			Run:     page(d.GetStatuses),
		},
		rpc.Method[directory.CreateStatus, Created]{
			Name:    "create.statuses",
			Summary: "Create a status beside the standard ones (an extension).",
			Example: `{"name": "Training", "color": "#8e44ad", "in_external_allowed_call_directions": [], "is_worktime": true}`,
			Right:   string(directory.InsertStatuses),
			Errors:  []*errors.Code{errors.DuplicateEntity},
			RunAll:  created(d.CreateStatuses),
		},
		rpc.Method[directory.UpdateStatus, Done]{
			Name:    "update.statuses",
			Summary: "Change what is given of a status, null resets (an extension).",
			Example: `{"id": 4, "name": "Lunch", "color": "#1179ad"}`,
			Right:   string(directory.UpdateStatuses),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DuplicateEntity},
			RunAll:  done(d.UpdateStatuses),
		},
		rpc.Method[directory.DeleteStatus, Done]{
			Name:    "delete.statuses",
			Summary: "Delete a status that no employee has and that is no standard one (an extension).",
			Example: `{"id": 25}`,
			Right:   string(directory.DeleteStatuses),
			Errors:  []*errors.Code{errors.EntityNotFound, errors.DependencyError, errors.SystemEntity},
			RunAll:  done(d.DeleteStatuses),
		},
	}
}
