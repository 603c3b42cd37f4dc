package store

import (
	"context"
	"database/sql"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

var sipLineView = &view{
	from: `sip_lines l
		join employees e on e.account_id = l.account_id and e.id = l.employee_id
		left join virtual_numbers v on v.account_id = l.account_id and v.id = l.virtual_number_id`,
	id: "l.id", mine: "l.account_id = $1", count: "select count(*) from sip_lines where account_id = $1",
	fields: map[string]field{
		"id":                   {expr: "l.id"},
		"phone_number":         {expr: "l.phone_number", folded: "l.phone_number"},
		"type":                 {expr: "case when l.virtual_number_id is null then 'in' else 'in_out' end"},
		"billing_state":        {expr: "l.billing_state"},
		"physical_state":       {expr: "case when l.registered then '" + directory.PhysicallyRegistered + "' else '" + directory.PhysicallyNotRegistered + "' end"},
		"virtual_phone_number": {expr: "v.phone_number", folded: "v.phone_number"},
		"status":               {expr: "case when l.billing_state = 'active' then 'active' else 'inactive' end"},
		"employee_id":          {expr: "l.employee_id"},
		"employee_full_name":   {expr: "e.full_name", folded: "e.full_name_folded"},
		"ip_addresses": {shape: items{"l.ip_addresses", "r", object{members: []member{
			{"ip", text("r.value ->> 'ip'")},
			{"date_time", text("r.value ->> 'date_time'")},
		}}}},
		"password": {expr: "l.password_mac"},
	},
}

var virtualNumberView = &view{
	from: "virtual_numbers v", id: "v.id", mine: "v.account_id = $1",
	fields: map[string]field{
		"id":                   {expr: "v.id"},
		"virtual_phone_number": {expr: "v.phone_number", folded: "v.phone_number"},
	},
}

const sipLineColumns = `l.id, l.employee_id, l.phone_number, coalesce(l.virtual_number_id, 0), l.channels_count, l.dial_time, l.billing_state, l.registered, l.ip_addresses, l.password, l.password_mac`

// scanSIPLine reads sipLineColumns, and then what else there is.
func scanSIPLine(row scanner, l *directory.SIPLine, more ...any) error {
	var registrations string
	err := row.Scan(append([]any{&l.ID, &l.EmployeeID, &l.PhoneNumber, &l.VirtualNumberID, &l.ChannelsCount, &l.DialTime, &l.BillingState, &l.Registered,
		&registrations, &l.Password.Ciphertext, &l.Password.MAC}, more...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(registrations), &l.Registrations)
}

// SIPLines reads a page of lines.
func (s *Store) SIPLines(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.SIPLine], error) {
	return page(ctx, s, sipLineView, account, q, func(r *reader, ids []int64, place func(int64) *directory.SIPLine) error {
		return r.each(func(row scanner) error {
			var l directory.SIPLine
			err := scanSIPLine(row, &l, &l.EmployeeFullName, &l.VirtualNumber)
			*place(l.ID) = l
			return err
		}, `select `+sipLineColumns+`, e.full_name, coalesce(v.phone_number, '') from `+sipLineView.from+` where l.account_id = $1 and `+s.flavor.ids("l.id", "$2"), account, list(ids))
	})
}

// VirtualNumbers reads a page of virtual numbers.
func (s *Store) VirtualNumbers(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.VirtualNumberRow], error) {
	return page(ctx, s, virtualNumberView, account, q, func(r *reader, ids []int64, place func(int64) *directory.VirtualNumberRow) error {
		return r.each(func(row scanner) error {
			var n directory.VirtualNumberRow
			err := row.Scan(&n.ID, &n.VirtualPhoneNumber)
			*place(n.ID) = n
			return err
		}, `select id, phone_number from virtual_numbers where account_id = $1 and `+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

func (t *tx) SIPLine(id int64) (*directory.SIPLine, error) {
	var l directory.SIPLine
	err := scanSIPLine(t.row(`select `+sipLineColumns+` from sip_lines l where l.account_id = $1 and l.id = $2`, t.account, id), &l)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &l, err
}

func (t *tx) InsertSIPLine(l directory.SIPLine) error {
	registrations, err := registrationsOf(l)
	if err != nil {
		return err
	}
	_, err = t.exec(`insert into sip_lines (account_id, id, employee_id, phone_number, virtual_number_id, channels_count, dial_time, billing_state, registered, ip_addresses, password, password_mac)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.account, l.ID, l.EmployeeID, l.PhoneNumber, id(l.VirtualNumberID), l.ChannelsCount, l.DialTime, string(l.BillingState), l.Registered, registrations, l.Password.Ciphertext, l.Password.MAC)
	return err
}

func (t *tx) UpdateSIPLine(l directory.SIPLine) error {
	registrations, err := registrationsOf(l)
	if err != nil {
		return err
	}
	_, err = t.exec(`update sip_lines set employee_id = $3, phone_number = $4, virtual_number_id = $5, channels_count = $6, dial_time = $7, billing_state = $8, registered = $9, ip_addresses = $10, password = $11, password_mac = $12
		where account_id = $1 and id = $2`,
		t.account, l.ID, l.EmployeeID, l.PhoneNumber, id(l.VirtualNumberID), l.ChannelsCount, l.DialTime, string(l.BillingState), l.Registered, registrations, l.Password.Ciphertext, l.Password.MAC)
	return err
}

// registrationsOf is a JSON array, [] if there are none.
func registrationsOf(l directory.SIPLine) (string, error) {
	text, err := json.Marshal(l.Registrations)
	return string(text), err
}

func (t *tx) InsertVirtualNumber(n directory.Named) (bool, error) {
	affected, err := t.exec(`insert into virtual_numbers (account_id, id, phone_number) values ($1, $2, $3) on conflict do nothing`, t.account, n.ID, n.Name)
	return affected > 0, err
}
