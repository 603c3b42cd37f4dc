package directory

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// SIP lines are what employees' telephones register with, and virtual numbers
// what called people see. Source: data-api.md §5.5; rosterd is told of virtual
// numbers and of registrations by methods of its own.

// MaxRegistrations is how many addresses a line remembers.
const MaxRegistrations = 10

// A line's password is chosen by the server alone: 16 of 55 characters that are
// hard to mistake for each other.
const (
	sipPasswordAlphabet = rocketAlphabet
	sipPasswordLength   = 16
)

// SIPLine is a line as it is kept.
type SIPLine struct {
	ID              int64             `json:"id"`
	EmployeeID      int64             `json:"employee_id"`
	PhoneNumber     string            `json:"phone_number"`
	VirtualNumberID int64             `json:"virtual_number_id,omitempty"` // 0: for incoming calls only
	ChannelsCount   int64             `json:"channels_count"`
	DialTime        int64             `json:"dial_time"` // seconds
	BillingState    BillingState      `json:"billing_state"`
	Registered      bool              `json:"registered"`
	Registrations   []SIPRegistration `json:"registrations,omitempty"` // newest first, each address once
	Password        Sealed            `json:"-"`

	// Of the employee and the virtual number, when a page is read.
	EmployeeFullName string `json:"-"`
	VirtualNumber    string `json:"-"`
}

// SIPRegistration is where a telephone registered from, and when last.
type SIPRegistration struct {
	IP       IPAddress `json:"ip" doc:"IPv4 or IPv6 address."`
	DateTime string    `json:"date_time" doc:"When it last registered, YYYY-MM-DDThh:mm:ss in the account's time zone."`
}

// BillingState says whether a line may be used.
type BillingState string

// The states of lines. Nothing here bills, so that no line has the vendor's third,
// limit_lock.
const (
	BillingActive BillingState = "active"
	BillingManual BillingState = "manual_lock"
)

// The words of the field physical_state, as the vendor documents them.
const (
	PhysicallyRegistered    = "Зарегистрирован"
	PhysicallyNotRegistered = "Не зарегистрирован"
)

// SIPLineRow is a line as get.sip_lines shows it.
type SIPLineRow struct {
	ID                    int64              `json:"id" filter:"true" doc:"Unique id."`
	PhoneNumber           string             `json:"phone_number" filter:"true" doc:"The line's own number, by which it registers: 0 and at least 6 digits, unique in the whole server."`
	Type                  string             `json:"type" filter:"true" sort:"true" enum:"in,in_out" doc:"in: for incoming calls only; in_out: for outgoing ones too, with a virtual number."`
	ChannelsCount         int64              `json:"channels_count" doc:"Calls at the same time, 1 to 20."`
	DialTime              int64              `json:"dial_time" unit:"s" doc:"How long to ring, 1 to 100."`
	BillingState          BillingState       `json:"billing_state" filter:"true" sort:"true" enum:"active,manual_lock,limit_lock" doc:"Whether the line is locked. limit_lock is the vendor's: nothing here sets it."`
	PhysicalState         string             `json:"physical_state" filter:"true" sort:"true" enum:"Зарегистрирован,Не зарегистрирован" doc:"Registered, or not, as the registrar last told, in the vendor's words."`
	VirtualPhoneNumber    schema.Opt[string] `json:"virtual_phone_number" filter:"true" sort:"true" doc:"Number that called people see; null if the line is for incoming calls only."`
	Status                string             `json:"status" filter:"true" sort:"true" enum:"active,inactive" doc:"active unless billing_state says that the line is locked."`
	EmployeeID            int64              `json:"employee_id" filter:"true" sort:"true" doc:"Whose line it is."`
	EmployeeFullName      string             `json:"employee_full_name" filter:"true" doc:"Their full name."`
	IPAddresses           []SIPRegistration  `json:"ip_addresses" filter:"true" doc:"Addresses that the line registered from, each once, newest first, 10 at most."`
	VirtualPhoneUsageRule schema.Opt[string] `json:"virtual_phone_usage_rule" enum:"fixed" doc:"fixed: called people always see virtual_phone_number; null without one."`
	Password              string             `json:"password" filter:"true" secret:"true" doc:"Password for registration. Filtered by =, !=, in and not_in only."`
}

// VirtualNumberRow is a number as get.sip_line_virtual_numbers shows it.
type VirtualNumberRow struct {
	VirtualPhoneNumber string `json:"virtual_phone_number" filter:"true" doc:"The number: 1 to 20 digits."`
	ID                 int64  `json:"id" ours:"true" filter:"true" doc:"Unique id."`
}

// CreateSIPLine adds a line.
type CreateSIPLine struct {
	EmployeeID         schema.Opt[int64]  `json:"employee_id" required:"true" doc:"Whose line it is."`
	VirtualPhoneNumber schema.Opt[string] `json:"virtual_phone_number" doc:"Number that called people see, one of get.sip_line_virtual_numbers; without it the line is for incoming calls only."`
	ChannelsCount      schema.Opt[int64]  `json:"channels_count" ours:"true" range:"1..20" default:"1" doc:"Calls at the same time."`
	DialTime           schema.Opt[int64]  `json:"dial_time" ours:"true" range:"1..100" unit:"s" default:"60" doc:"How long to ring."`
	WriteOptions
}

// UpdateSIPLine changes what is given of a line.
type UpdateSIPLine struct {
	ID                 schema.Opt[int64]        `json:"id" required:"true" doc:"The line."`
	EmployeeID         schema.Opt[int64]        `json:"employee_id" null:"no" doc:"Whose line it is."`
	VirtualPhoneNumber schema.Opt[string]       `json:"virtual_phone_number" doc:"Number that called people see, one of get.sip_line_virtual_numbers; null makes the line one for incoming calls only."`
	BillingState       schema.Opt[BillingState] `json:"billing_state" enum:"active,manual_lock" default:"active" doc:"Lock the line, or unlock it."`
	ChannelsCount      schema.Opt[int64]        `json:"channels_count" range:"1..20" default:"1" doc:"Calls at the same time."`
	DialTime           schema.Opt[int64]        `json:"dial_time" ours:"true" range:"1..100" unit:"s" default:"60" doc:"How long to ring."`
	WriteOptions
}

// DeleteSIPLine removes a line.
type DeleteSIPLine struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The line."`
	WriteOptions
}

// UpdateSIPLinePassword gives a line a new password.
type UpdateSIPLinePassword struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The line."`
	WriteOptions
}

// UploadSIPLineRegistration tells what the registrar knows of a line.
type UploadSIPLineRegistration struct {
	ID         schema.Opt[int64]     `json:"id" required:"true" doc:"The line."`
	Registered schema.Opt[bool]      `json:"registered" required:"true" doc:"Whether the line is registered now."`
	IP         schema.Opt[IPAddress] `json:"ip" null:"no" doc:"IPv4 or IPv6 address that it registered from; given if, and only if, registered is true." example:"10.81.120.12"`
	DateTime   schema.Opt[DateTime]  `json:"date_time" null:"no" doc:"When, YYYY-MM-DD hh:mm:ss in the account's time zone; given if, and only if, registered is true." example:"2026-01-31 12:00:00"`
	WriteOptions
}

// CreateVirtualNumber adds a number that lines can show.
type CreateVirtualNumber struct {
	VirtualPhoneNumber schema.Opt[VirtualNumber] `json:"virtual_phone_number" required:"true" doc:"1 to 20 digits, unique in the account." example:"74951234567"`
	WriteOptions
}

// DeleteVirtualNumber removes a number.
type DeleteVirtualNumber struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The number."`
	WriteOptions
}

// CheckTogether reports an address without a registration, and the reverse.
func (c *UploadSIPLineRegistration) CheckTogether(at errors.Path, bad *errors.List) {
	for name, given := range map[string]bool{"ip": c.IP.Given(), "date_time": c.DateTime.Given()} {
		switch {
		case !c.Registered.IsSet():
		case c.Registered.Value && !given:
			bad.Add(errors.RequiredParameterMissed, at.Key(name), nil)
		case !c.Registered.Value && given:
			bad.Add(errors.InvalidParametersCombination, at.Key(name), nil)
		}
	}
}

// VirtualNumber is a number as called people see it: 1 to 20 digits.
type VirtualNumber string

var virtualNumberGrammar = regexp.MustCompile(`^[0-9]{1,20}$`)

// Valid reports whether n is 1 to 20 digits.
func (n VirtualNumber) Valid() bool { return virtualNumberGrammar.MatchString(string(n)) }

// NewSIPLine is what a telephone registers a new line with.
type NewSIPLine struct {
	ID          int64              `json:"id" doc:"Id of the new line."`
	PhoneNumber string             `json:"phone_number" doc:"The line's own number, by which it registers."`
	Password    string             `json:"password" doc:"Password for registration."`
	Server      schema.Opt[string] `json:"server" doc:"Where to register, as the server was told with --sip-server; null if it was not."`
}

// GetSIPLines reads a page of lines.
// Errors: error where a password is to be shown or compared and the server has no
// key.
func (s *Service) GetSIPLines(ctx context.Context, c Get[SIPLineRow]) (List[SIPLineRow], error) {
	return get(ctx, s, SelectVA, c, func(actor Actor, q Query, pick schema.Pick) (page Page[SIPLineRow], err error) {
		if q.Where, err = replaceTests(q.Where, func(t Test) (Test, error) { return s.testMACs(actor.AccountID, t) }); err != nil {
			return page, err
		}
		lines, err := s.store.SIPLines(ctx, actor.AccountID, q)
		if err != nil {
			return page, err
		}
		page.Total = lines.Total
		for i := range lines.Items {
			line := &lines.Items[i]
			row := line.row()
			if pick.Has("password") {
				if row.Password, err = s.sealer.open(actor.AccountID, line.ID, line.Password.Ciphertext); err != nil {
					return page, err
				}
			}
			page.Items = append(page.Items, row)
		}
		return page, nil
	})
}

// testMACs is a test that compares what is kept of passwords.
func (s *Service) testMACs(account int64, t Test) (Test, error) {
	if t.Field != "password" {
		return t, nil
	}
	macs := make([]any, len(t.Values))
	for i, password := range t.Values {
		mac, err := s.sealer.mac(account, password.(string))
		if err != nil {
			return t, err
		}
		macs[i] = mac
	}
	t.Values = macs
	return t, nil
}

func (l *SIPLine) row() SIPLineRow {
	r := SIPLineRow{
		ID: l.ID, PhoneNumber: l.PhoneNumber, Type: "in", ChannelsCount: l.ChannelsCount, DialTime: l.DialTime,
		BillingState: l.BillingState, PhysicalState: PhysicallyNotRegistered, Status: "inactive",
		EmployeeID: l.EmployeeID, EmployeeFullName: l.EmployeeFullName, IPAddresses: l.Registrations,
	}
	if l.VirtualNumberID != 0 {
		r.Type, r.VirtualPhoneNumber, r.VirtualPhoneUsageRule = "in_out", schema.Some(l.VirtualNumber), schema.Some("fixed")
	}
	if l.BillingState == BillingActive {
		r.Status = "active"
	}
	if l.Registered {
		r.PhysicalState = PhysicallyRegistered
	}
	return r
}

// CreateSIPLines adds lines; it answers what they are registered with.
// Errors: entity_not_found for the employee and the virtual number; error if the
// server has no key.
func (s *Service) CreateSIPLines(ctx context.Context, commands []CreateSIPLine) []Result[NewSIPLine] {
	return write(ctx, s, InsertVA, commands, func(ctx context.Context, actor Actor, c *CreateSIPLine) (job[NewSIPLine], error) {
		ids, err := s.store.NewIDs(ctx, 1)
		if err != nil {
			return job[NewSIPLine]{}, err
		}
		standard := &s.standards.sipLine
		line := SIPLine{
			ID: ids[0], EmployeeID: c.EmployeeID.Value, PhoneNumber: fmt.Sprintf("0%06d", ids[0]),
			ChannelsCount: c.ChannelsCount.Or(standard.ChannelsCount.Value), DialTime: c.DialTime.Or(standard.DialTime.Value), BillingState: BillingActive,
		}
		password, err := s.newSIPPassword(actor, &line)
		if err != nil {
			return job[NewSIPLine]{}, err
		}
		unit := func(tx Tx) error {
			line := line // a unit may run twice
			var bad errors.List
			if err := line.refer(tx, c.EmployeeID, c.VirtualPhoneNumber, &bad); err != nil {
				return err
			}
			if err := schema.Of[CreateSIPLine](s.revision).Arrange(&bad); err != nil {
				return err
			}
			if err := tx.InsertSIPLine(line); err != nil {
				return err
			}
			return appendEvent(tx, actor, s.now(), KindSIPLine, line.ID, created, nil, line)
		}
		result := &NewSIPLine{line.ID, line.PhoneNumber, password, some(s.sipServer)}
		return job[NewSIPLine]{unit: unit, result: result, keep: &result.ID, complete: func(tx Tx) (err error) {
			result.PhoneNumber, result.Password, err = s.registration(tx, actor, result.ID)
			return err
		}}, nil
	})
}

// UpdateSIPLines changes lines. An update that changes nothing writes nothing.
// Errors: entity_not_found for the line, the employee and the virtual number.
func (s *Service) UpdateSIPLines(ctx context.Context, commands []UpdateSIPLine) []Result[struct{}] {
	return write(ctx, s, UpdateVA, commands, func(_ context.Context, actor Actor, c *UpdateSIPLine) (job[struct{}], error) {
		standard := &s.standards.sipLine
		return done(func(tx Tx) error {
			return s.changeSIPLine(tx, actor, c.ID.Value, func(line *SIPLine) error {
				var bad errors.List
				if err := line.refer(tx, c.EmployeeID, c.VirtualPhoneNumber, &bad); err != nil {
					return err
				}
				set(&line.BillingState, c.BillingState, schema.Some(BillingActive))
				set(&line.ChannelsCount, c.ChannelsCount, standard.ChannelsCount)
				set(&line.DialTime, c.DialTime, standard.DialTime)
				return schema.Of[UpdateSIPLine](s.revision).Arrange(&bad)
			})
		})
	})
}

// UpdateSIPLinePasswords gives lines new passwords; it answers them.
// Errors: entity_not_found; error if the server has no key.
func (s *Service) UpdateSIPLinePasswords(ctx context.Context, commands []UpdateSIPLinePassword) []Result[string] {
	return write(ctx, s, UpdateVA, commands, func(_ context.Context, actor Actor, c *UpdateSIPLinePassword) (job[string], error) {
		sealed := SIPLine{ID: c.ID.Value}
		password, err := s.newSIPPassword(actor, &sealed)
		if err != nil {
			return job[string]{}, err
		}
		complete := func(tx Tx) (err error) {
			_, password, err = s.registration(tx, actor, c.ID.Value)
			return err
		}
		return job[string]{result: &password, keep: &struct{}{}, complete: complete, unit: func(tx Tx) error {
			return s.changeSIPLine(tx, actor, c.ID.Value, func(line *SIPLine) error {
				line.Password = sealed.Password
				return nil
			})
		}}, nil
	})
}

// UploadSIPLineRegistrations tells whether lines are registered, and from where.
// Errors: entity_not_found.
func (s *Service) UploadSIPLineRegistrations(ctx context.Context, commands []UploadSIPLineRegistration) []Result[struct{}] {
	return write(ctx, s, UpdateVA, commands, func(_ context.Context, actor Actor, c *UploadSIPLineRegistration) (job[struct{}], error) {
		return done(func(tx Tx) error {
			return s.changeSIPLine(tx, actor, c.ID.Value, func(line *SIPLine) error {
				line.Registered = c.Registered.Value
				if line.Registered {
					line.register(SIPRegistration{c.IP.Value.normalized(), strings.Replace(string(c.DateTime.Value), " ", "T", 1)})
				}
				return nil
			})
		})
	})
}

// DeleteSIPLines removes lines.
// Errors: entity_not_found.
func (s *Service) DeleteSIPLines(ctx context.Context, commands []DeleteSIPLine) []Result[struct{}] {
	return write(ctx, s, DeleteVA, commands, func(_ context.Context, actor Actor, c *DeleteSIPLine) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteNamed(tx, actor, KindSIPLine, c.ID.Value) })
	})
}

// GetVirtualNumbers reads a page of virtual numbers.
func (s *Service) GetVirtualNumbers(ctx context.Context, c Get[VirtualNumberRow]) (List[VirtualNumberRow], error) {
	return get(ctx, s, SelectVA, c, func(actor Actor, q Query, _ schema.Pick) (Page[VirtualNumberRow], error) {
		return s.store.VirtualNumbers(ctx, actor.AccountID, q)
	})
}

// CreateVirtualNumbers adds virtual numbers; it answers their ids.
// Errors: duplicate_entity for the number.
func (s *Service) CreateVirtualNumbers(ctx context.Context, commands []CreateVirtualNumber) []Result[int64] {
	return write(ctx, s, InsertVA, commands, func(ctx context.Context, actor Actor, c *CreateVirtualNumber) (job[int64], error) {
		ids, err := s.store.NewIDs(ctx, 1)
		if err != nil {
			return job[int64]{}, err
		}
		n := Named{ID: ids[0], Name: string(c.VirtualPhoneNumber.Value)}
		return job[int64]{result: &n.ID, unit: func(tx Tx) error {
			free, err := tx.InsertVirtualNumber(n)
			if err != nil {
				return err
			}
			if !free {
				return errors.At(errors.DuplicateEntity, place("virtual_phone_number"), errors.Shown(n.Name))
			}
			return appendEvent(tx, actor, s.now(), KindVirtualNumber, n.ID, created, nil, n)
		}}, nil
	})
}

// DeleteVirtualNumbers removes virtual numbers.
// Errors: entity_not_found; dependency_error while a line has it.
func (s *Service) DeleteVirtualNumbers(ctx context.Context, commands []DeleteVirtualNumber) []Result[struct{}] {
	return write(ctx, s, DeleteVA, commands, func(_ context.Context, actor Actor, c *DeleteVirtualNumber) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteNamed(tx, actor, KindVirtualNumber, c.ID.Value) })
	})
}

// newSIPPassword gives a line a password that nobody has chosen.
func (s *Service) newSIPPassword(actor Actor, line *SIPLine) (password string, err error) {
	if password, err = RandomText(s.random, sipPasswordLength, sipPasswordAlphabet); err != nil {
		return "", err
	}
	line.Password, err = s.sealer.seal(actor.AccountID, line.ID, password)
	return password, err
}

// registration is what a line registers with.
// Errors: entity_not_found; error if the server has no key.
func (s *Service) registration(tx Tx, actor Actor, id int64) (phoneNumber, password string, err error) {
	line, err := tx.SIPLine(id)
	if err == nil && line == nil {
		err = errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	if err != nil {
		return "", "", err
	}
	password, err = s.sealer.open(actor.AccountID, id, line.Password.Ciphertext)
	return line.PhoneNumber, password, err
}

// changeSIPLine writes what change makes of a line, unless that is nothing new.
func (s *Service) changeSIPLine(tx Tx, actor Actor, id int64, change func(*SIPLine) error) error {
	before, err := tx.SIPLine(id)
	if err != nil {
		return err
	}
	if before == nil {
		return errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	after := *before
	after.Registrations = slices.Clone(before.Registrations)
	if err := change(&after); err != nil || reflect.DeepEqual(*before, after) {
		return err
	}
	if err := tx.UpdateSIPLine(after); err != nil {
		return err
	}
	return appendEvent(tx, actor, s.now(), KindSIPLine, id, updated, before, after)
}

// refer makes l the line of an employee, with a virtual number, as far as they are
// given, and notes which of them the account has not.
func (l *SIPLine) refer(tx Tx, employee schema.Opt[int64], number schema.Opt[string], bad *errors.List) error {
	if employee.IsSet() {
		l.EmployeeID = employee.Value
		unknown, err := tx.Unknown(KindEmployee, []int64{l.EmployeeID})
		if err != nil {
			return err
		}
		if len(unknown) > 0 {
			bad.Add(errors.EntityNotFound, place("employee_id"), shownID(l.EmployeeID))
		}
	}
	if !number.Given() {
		return nil
	}
	l.VirtualNumberID = 0
	text := number.Or("")
	if text == "" {
		return nil
	}
	id, err := tx.IDByName(KindVirtualNumber, text)
	if err == nil && id == 0 {
		bad.Add(errors.EntityNotFound, place("virtual_phone_number"), errors.Shown(text))
	}
	l.VirtualNumberID = id
	return err
}

// register notes where a line has registered from.
func (l *SIPLine) register(r SIPRegistration) {
	i := slices.IndexFunc(l.Registrations, func(known SIPRegistration) bool { return known.IP == r.IP })
	if i < 0 {
		l.Registrations = append(l.Registrations, r)
	} else {
		l.Registrations[i].DateTime = max(l.Registrations[i].DateTime, r.DateTime)
	}
	slices.SortStableFunc(l.Registrations, func(a, b SIPRegistration) int { return strings.Compare(b.DateTime, a.DateTime) })
	l.Registrations = l.Registrations[:min(len(l.Registrations), MaxRegistrations)]
}
