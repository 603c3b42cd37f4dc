package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// activity are methods of ours, by which the platform tells what its employees do.
func activity(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.UploadStatus, Done]{
			Name:    "upload.employee_statuses",
			Summary: "Tell that an employee's status was changed at a moment (an extension).",
			Example: `{"id": 18, "status": "break"}`,
			Right:   string(directory.UpdateEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound},
			RunAll:  done(d.UploadStatuses),
		},
		rpc.Method[directory.UpdateActivity, Done]{
			Name:    "update.employee_activity",
			Summary: "Tell what is given of an employee's conversations, satisfaction and presence, null resets; this makes no new version of the employee (an extension).",
			Example: `{"id": 18, "connected": true, "chat_ongoing": 2, "conversations": 174, "satisfaction_rate": 9250}`,
			Right:   string(directory.UpdateEmployees),
			Errors:  []*errors.Code{errors.EntityNotFound},
			RunAll:  done(d.UpdateActivity),
		},
	}
}
