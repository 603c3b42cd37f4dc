package directory

import (
	"context"
	"reflect"
	"regexp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Statuses are what employees choose from to say whether they work. The standard
// ones are there in every account from the start. Source: data-api.md §5.3; the
// vendor's API has no methods to change statuses, ours are extensions.

// Status is a presence status of an account. In strings "" means none.
type Status struct {
	ID                  int64           `json:"id"`
	Mnemonic            string          `json:"mnemonic,omitempty"` // of the standard statuses
	Name                string          `json:"name"`
	Description         string          `json:"description,omitempty"`
	Color               Color           `json:"color,omitempty"`
	Directions          Directions      `json:"directions"`
	PhoneProtocols      []PhoneProtocol `json:"phone_protocols,omitempty"`
	IsWorktime          bool            `json:"is_worktime,omitempty"`
	IsSelectAllowed     bool            `json:"is_select_allowed,omitempty"`
	IsAutoOutCallsReady bool            `json:"is_auto_out_calls_ready,omitempty"`
	Priority            int64           `json:"priority"`
}

// PhoneProtocol is how a call reaches a phone: PSTN, SIP, SIP_TRUNK or FMC.
type PhoneProtocol string

// Color is "#48b882", or "" for none.
type Color string

var colorGrammar = regexp.MustCompile(`^(#[0-9A-Fa-f]{6})?$`)

// Valid reports whether c is # and six hexadecimal digits, or "".
func (c Color) Valid() bool { return colorGrammar.MatchString(string(c)) }

// standardStatuses are there in every account from the start. Source:
// data-api.md §5.3 (F1); names in English, auto_out_call's colour ours.
func standardStatuses() []Status {
	all := Directions{BothDirections, BothDirections, BothDirections, BothDirections}
	protocols := []PhoneProtocol{"PSTN", "SIP", "SIP_TRUNK", "FMC"}
	statuses := []Status{
		{Mnemonic: "available", Name: "Available", Description: "all calls", Color: "#48b882", Directions: all, IsWorktime: true, IsSelectAllowed: true},
		{Mnemonic: "break", Name: "On a break", Description: "temporarily off", Color: "#1179ad", IsWorktime: true, IsSelectAllowed: true},
		{Mnemonic: "do_not_disturb", Name: "Do not disturb", Description: "outgoing calls only", Color: "#cc5d35", IsWorktime: true, IsSelectAllowed: true},
		{Mnemonic: "not_at_workplace", Name: "Not at workplace", Description: "all calls on the mobile phone", Color: "#ebb03b", Directions: all, IsWorktime: true, IsSelectAllowed: true},
		{Mnemonic: "not_at_work", Name: "Not at work", Description: "wholly off", Color: "#99acb7", IsSelectAllowed: true},
		{Mnemonic: "auto_out_call", Name: "Automatic outgoing calls", Description: "calls of campaigns", Color: "#7a5fb5", Directions: all, IsWorktime: true, IsSelectAllowed: true, IsAutoOutCallsReady: true},
		{Mnemonic: "unknown", Name: "Unknown", Directions: all},
	}
	for i := range statuses {
		statuses[i].PhoneProtocols = protocols
		statuses[i].Priority = int64(i + 1)
	}
	return statuses
}

// StatusRow is a status as get.statuses shows it. Priority and icon_mnemonic are
// in the vendor's answers, though not in its documentation.
type StatusRow struct {
	ID                  int64              `json:"id" filter:"true" doc:"Unique id."`
	Name                string             `json:"name" filter:"true" sort:"true" doc:"Name, unique among statuses that are not deleted."`
	Mnemonic            schema.Opt[string] `json:"mnemonic" filter:"true" enum:"available,break,do_not_disturb,not_at_workplace,not_at_work,auto_out_call,unknown" doc:"Of a standard status, else null."`
	Description         schema.Opt[string] `json:"description" sort:"true" doc:"What it means."`
	Color               schema.Opt[Color]  `json:"color" doc:"#rrggbb."`
	IsDeleted           bool               `json:"is_deleted" sort:"true" doc:"Whether it is deleted."`
	InExternal          []Direction        `json:"in_external_allowed_call_directions" enum:"in,out" doc:"Directions allowed for incoming external calls."`
	InInternal          []Direction        `json:"in_internal_allowed_call_directions" enum:"in,out" doc:"Directions allowed for incoming internal calls."`
	OutExternal         []Direction        `json:"out_external_allowed_call_directions" enum:"in,out" doc:"Directions allowed for outgoing external calls."`
	OutInternal         []Direction        `json:"out_internal_allowed_call_directions" enum:"in,out" doc:"Directions allowed for outgoing internal calls."`
	PhoneProtocols      []PhoneProtocol    `json:"allowed_phone_protocols" enum:"PSTN,SIP,SIP_TRUNK,FMC" doc:"How calls may reach phones."`
	IsSelectAllowed     bool               `json:"is_select_allowed" sort:"true" doc:"Whether employees may choose it themselves."`
	IsWorktime          bool               `json:"is_worktime" sort:"true" doc:"Whether it counts as working time."`
	IsAutoOutCallsReady bool               `json:"is_auto_out_calls_ready" sort:"true" doc:"Whether calls of campaigns may come."`
	Priority            int64              `json:"priority" doc:"Place in lists to choose from, the smallest first."`
	IconMnemonic        schema.Opt[string] `json:"icon_mnemonic" doc:"Icon of a standard status, its mnemonic; else null."`
}

// Row shows s, which may be deleted.
func (s *Status) Row(deleted bool) StatusRow {
	d := s.Directions
	return StatusRow{
		ID: s.ID, Name: s.Name, Mnemonic: some(s.Mnemonic), Description: some(s.Description), Color: some(s.Color), IsDeleted: deleted,
		InExternal: d.InExternal.list(), InInternal: d.InInternal.list(), OutExternal: d.OutExternal.list(), OutInternal: d.OutInternal.list(),
		PhoneProtocols: s.PhoneProtocols, IsSelectAllowed: s.IsSelectAllowed, IsWorktime: s.IsWorktime, IsAutoOutCallsReady: s.IsAutoOutCallsReady,
		Priority: s.Priority, IconMnemonic: some(s.Mnemonic),
	}
}

// GetStatuses asks for a page of statuses.
type GetStatuses struct {
	Deleted schema.Opt[bool] `json:"is_deleted" default:"false" doc:"Whether deleted statuses are among the rows."`
	Get[StatusRow]
}

// CreateStatus adds a status.
type CreateStatus struct {
	Name                schema.Opt[string]          `json:"name" required:"true" null:"no" length:"1..255" doc:"Name, unique among statuses that are not deleted."`
	Description         schema.Opt[string]          `json:"description" length:"..255" doc:"What it means."`
	Color               schema.Opt[Color]           `json:"color" doc:"# and six hexadecimal digits." example:"#48b882"`
	InExternal          schema.Opt[[]Direction]     `json:"in_external_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for incoming external calls."`
	InInternal          schema.Opt[[]Direction]     `json:"in_internal_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for incoming internal calls."`
	OutExternal         schema.Opt[[]Direction]     `json:"out_external_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for outgoing external calls."`
	OutInternal         schema.Opt[[]Direction]     `json:"out_internal_allowed_call_directions" enum:"in,out" unique:"true" default:"[\"in\",\"out\"]" doc:"Directions allowed for outgoing internal calls."`
	PhoneProtocols      schema.Opt[[]PhoneProtocol] `json:"allowed_phone_protocols" enum:"PSTN,SIP,SIP_TRUNK,FMC" unique:"true" default:"[\"PSTN\",\"SIP\",\"SIP_TRUNK\",\"FMC\"]" doc:"How calls may reach phones."`
	IsSelectAllowed     schema.Opt[bool]            `json:"is_select_allowed" default:"true" doc:"Whether employees may choose it themselves."`
	IsWorktime          schema.Opt[bool]            `json:"is_worktime" default:"true" doc:"Whether it counts as working time."`
	IsAutoOutCallsReady schema.Opt[bool]            `json:"is_auto_out_calls_ready" default:"false" doc:"Whether calls of campaigns may come."`
	Priority            schema.Opt[int64]           `json:"priority" range:"0..1000000" default:"100" doc:"Place in lists to choose from, the smallest first; the standard ones have 1 to 7."`
	WriteOptions
}

// UpdateStatus changes what is given of a status; null resets.
type UpdateStatus struct {
	ID           schema.Opt[int64] `json:"id" required:"true" doc:"The status; a standard one may be renamed and changed, too."`
	CreateStatus `partial:"true"`
}

// DeleteStatus deletes a status.
type DeleteStatus struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The status."`
	WriteOptions
}

// apply sets what was given in s.
func (c *CreateStatus) apply(s *Status, standard *CreateStatus) {
	directions := func(to *DirectionSet, given, standard schema.Opt[[]Direction]) {
		if given.Given() {
			*to = directionSet(given.Or(standard.Value))
		}
	}
	set(&s.Name, c.Name, none[string]())
	set(&s.Description, c.Description, none[string]())
	set(&s.Color, c.Color, none[Color]())
	directions(&s.Directions.InExternal, c.InExternal, standard.InExternal)
	directions(&s.Directions.InInternal, c.InInternal, standard.InInternal)
	directions(&s.Directions.OutExternal, c.OutExternal, standard.OutExternal)
	directions(&s.Directions.OutInternal, c.OutInternal, standard.OutInternal)
	set(&s.PhoneProtocols, c.PhoneProtocols, standard.PhoneProtocols)
	set(&s.IsSelectAllowed, c.IsSelectAllowed, standard.IsSelectAllowed)
	set(&s.IsWorktime, c.IsWorktime, standard.IsWorktime)
	set(&s.IsAutoOutCallsReady, c.IsAutoOutCallsReady, standard.IsAutoOutCallsReady)
	set(&s.Priority, c.Priority, standard.Priority)
}

// GetStatuses reads a page of statuses.
func (s *Service) GetStatuses(ctx context.Context, c GetStatuses) (List[StatusRow], error) {
	return getBy(ctx, s, SelectStatuses, &c, &c.Get, func(actor Actor, q Query, _ schema.Pick) (Page[StatusRow], error) {
		return s.store.Statuses(ctx, actor.AccountID, q, c.Deleted.Value)
	})
}

// CreateStatuses adds statuses; it answers their ids.
// Errors: duplicate_entity for the name.
func (s *Service) CreateStatuses(ctx context.Context, commands []CreateStatus) []Result[int64] {
	return write(ctx, s, InsertStatuses, commands, func(ctx context.Context, actor Actor, c *CreateStatus) (job[int64], error) {
		ids, err := s.store.NewIDs(ctx, 1)
		if err != nil {
			return job[int64]{}, err
		}
		status, standard := Status{ID: ids[0]}, &s.standards.status
		standard.apply(&status, standard)
		c.apply(&status, standard)
		return job[int64]{result: &status.ID, unit: func(tx Tx) error {
			if err := freeStatusName(tx, status); err != nil {
				return err
			}
			if err := tx.InsertStatus(status); err != nil {
				return err
			}
			return appendEvent(tx, actor, s.now(), KindStatus, status.ID, created, nil, status)
		}}, nil
	})
}

// UpdateStatuses changes statuses. An update that changes nothing writes nothing.
// Errors: entity_not_found; duplicate_entity for the name.
func (s *Service) UpdateStatuses(ctx context.Context, commands []UpdateStatus) []Result[struct{}] {
	return write(ctx, s, UpdateStatuses, commands, func(_ context.Context, actor Actor, c *UpdateStatus) (job[struct{}], error) {
		return done(func(tx Tx) error {
			before, err := existingStatus(tx, c.ID.Value)
			if err != nil {
				return err
			}
			after := *before
			c.apply(&after, &s.standards.status)
			if reflect.DeepEqual(*before, after) {
				return nil
			}
			if err := freeStatusName(tx, after); err != nil {
				return err
			}
			if err := tx.UpdateStatus(after); err != nil {
				return err
			}
			return appendEvent(tx, actor, s.now(), KindStatus, after.ID, updated, before, after)
		})
	})
}

// DeleteStatuses marks statuses as deleted: nobody can have them any more, and
// statistics still tell of them.
// Errors: entity_not_found; forbidden (-32602) for a standard status;
// dependency_error while an employee has it.
func (s *Service) DeleteStatuses(ctx context.Context, commands []DeleteStatus) []Result[struct{}] {
	return write(ctx, s, DeleteStatuses, commands, func(_ context.Context, actor Actor, c *DeleteStatus) (job[struct{}], error) {
		return done(func(tx Tx) error {
			id := c.ID.Value
			status, err := existingStatus(tx, id)
			if err != nil {
				return err
			}
			if status.Mnemonic != "" {
				return errors.At(errors.SystemEntity, place("id"), shownID(id))
			}
			used, err := tx.InUse(KindStatus, id)
			if err != nil {
				return err
			}
			if used {
				return errors.At(errors.DependencyError, place("id"), shownID(id))
			}
			if err := tx.DeleteStatus(id); err != nil {
				return err
			}
			return appendEvent(tx, actor, s.now(), KindStatus, id, deleted, nil, nil)
		})
	})
}

func existingStatus(tx Tx, id int64) (*Status, error) {
	status, err := tx.Status(id)
	if err == nil && status == nil {
		err = errors.At(errors.EntityNotFound, place("id"), shownID(id))
	}
	return status, err
}

// freeStatusName reports that another has the status's name.
func freeStatusName(tx Tx, s Status) error {
	holder, err := tx.IDByName(KindStatus, s.Name)
	if err == nil && holder != 0 && holder != s.ID {
		err = errors.At(errors.DuplicateEntity, place("name"), errors.Shown(s.Name))
	}
	return err
}
