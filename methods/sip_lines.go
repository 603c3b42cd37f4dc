package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// NewSIPLine is the result of create.sip_lines.
type NewSIPLine struct {
	Data     directory.NewSIPLine `json:"data" doc:"What was created."`
	ID       int64                `json:"id" doc:"The same id."`
	Metadata Metadata             `json:"metadata" doc:"About the answer."`
}

// NewPassword is the result of update.sip_line_password: the password in both
// places where clients look. Source: data-api.md §1.1.
type NewPassword struct {
	Data     NewPasswordData `json:"data" doc:"The new password."`
	Password string          `json:"password" doc:"The same password."`
	Metadata Metadata        `json:"metadata" doc:"About the answer."`
}

// NewPasswordData is the member data of NewPassword.
type NewPasswordData struct {
	Password string `json:"password" doc:"Password for registration."`
}

// va is the component that SIP lines and virtual numbers belong to.
var va = []string{"va"}

func sipLines(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.SIPLineRow], Answer[directory.List[directory.SIPLineRow]]]{
			Name:       "get.sip_lines",
			Summary:    "Read SIP lines, a page at a time.",
			Right:      string(directory.SelectVA),
			Components: va,
			Example:    `{"filter": {"field": "employee_id", "operator": "=", "value": 18}}`,
			Errors:     getErrors,
			Run:        page(d.GetSIPLines),
		},
		rpc.Method[directory.CreateSIPLine, NewSIPLine]{
			Name:       "create.sip_lines",
			Summary:    "Create a SIP line of an employee, with a password that the server chooses.",
			Right:      string(directory.InsertVA),
			Components: va,
			Example:    `{"employee_id": 18}`,
			Errors:     []*errors.Code{errors.EntityNotFound},
			RunAll: told(d.CreateSIPLines, func(line directory.NewSIPLine, m Metadata) NewSIPLine {
				return NewSIPLine{line, line.ID, m}
			}),
		},
		rpc.Method[directory.UpdateSIPLine, Done]{
			Name:       "update.sip_lines",
			Summary:    "Change what is given of a SIP line; null resets.",
			Right:      string(directory.UpdateVA),
			Components: va,
			Example:    `{"id": 28, "billing_state": "manual_lock"}`,
			Errors:     []*errors.Code{errors.EntityNotFound},
			RunAll:     done(d.UpdateSIPLines),
		},
		rpc.Method[directory.DeleteSIPLine, Done]{
			Name:       "delete.sip_lines",
			Summary:    "Delete a SIP line.",
			Right:      string(directory.DeleteVA),
			Components: va,
			Example:    `{"id": 28}`,
			Errors:     []*errors.Code{errors.EntityNotFound},
			RunAll:     done(d.DeleteSIPLines),
		},
		rpc.Method[directory.UpdateSIPLinePassword, NewPassword]{
			Name:       "update.sip_line_password",
			Summary:    "Give a SIP line a new password, which the server chooses.",
			Right:      string(directory.UpdateVA),
			Components: va,
			Example:    `{"id": 28}`,
			Errors:     []*errors.Code{errors.EntityNotFound},
			RunAll: told(d.UpdateSIPLinePasswords, func(password string, m Metadata) NewPassword {
				return NewPassword{NewPasswordData{password}, password, m}
			}),
		},
		rpc.Method[directory.UploadSIPLineRegistration, Done]{
			Name:       "upload.sip_line_registrations",
			Summary:    "Tell what the registrar knows of a SIP line, which makes its physical_state and ip_addresses (an extension).",
			Right:      string(directory.UpdateVA),
			Components: va,
			Example:    `{"id": 28, "registered": true, "ip": "10.81.120.12", "date_time": "2026-01-31 12:00:00"}`,
			Errors:     []*errors.Code{errors.EntityNotFound},
			RunAll:     done(d.UploadSIPLineRegistrations),
		},
		rpc.Method[directory.Get[directory.VirtualNumberRow], Answer[directory.List[directory.VirtualNumberRow]]]{
			Name:       "get.sip_line_virtual_numbers",
			Summary:    "Read the virtual numbers that SIP lines may have, a page at a time.",
			Right:      string(directory.SelectVA),
			Components: va,
			Example:    `{}`,
			Errors:     getErrors,
			Run:        page(d.GetVirtualNumbers),
		},
		rpc.Method[directory.CreateVirtualNumber, Created]{
			Name:       "create.sip_line_virtual_numbers",
			Summary:    "Add a virtual number, which SIP lines may then have (an extension).",
			Right:      string(directory.InsertVA),
			Components: va,
			Example:    `{"virtual_phone_number": "74951234569"}`,
			Errors:     []*errors.Code{errors.DuplicateEntity},
			RunAll:     created(d.CreateVirtualNumbers),
		},
		rpc.Method[directory.DeleteVirtualNumber, Done]{
			Name:       "delete.sip_line_virtual_numbers",
			Summary:    "Delete a virtual number that no SIP line has (an extension).",
			Right:      string(directory.DeleteVA),
			Components: va,
			Example:    `{"id": 29}`,
			Errors:     []*errors.Code{errors.EntityNotFound, errors.DependencyError},
			RunAll:     done(d.DeleteVirtualNumbers),
		},
	}
}
