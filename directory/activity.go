package directory

import (
	"context"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// What the platform feeds in of its employees' work: the statuses they chose
// elsewhere, their conversations, what visitors think of them. All of it is an
// extension of ours.

// EmployeeActivity is what is known of an employee's work; of whom nothing is
// known it is zero.
type EmployeeActivity struct {
	Connected         bool              `json:"connected" doc:"Whether the employee is signed in where they work."`
	ChatOngoing       int64             `json:"chat_ongoing" doc:"Running text chats."`
	CallOngoing       int64             `json:"call_ongoing" doc:"Running voice calls from the site."`
	VideoOngoing      int64             `json:"video_ongoing" doc:"Running video calls from the site."`
	ThirdPartyOngoing int64             `json:"third_party_ongoing" doc:"Running conversations in messengers."`
	Conversations     int64             `json:"conversations" doc:"Finished conversations, in all."`
	SatisfactionRate  schema.Opt[int64] `json:"satisfaction_rate" unit:"0.01 %" doc:"How satisfied visitors are: 9250 is 92.5 %. Null if nobody was asked."`
	Experience        schema.Opt[int64] `json:"experience" doc:"Experience points; null if there are none."`
}

// UpdateActivity changes what is given of an employee's activity and leaves the
// rest; null resets.
type UpdateActivity struct {
	ID                schema.Opt[int64] `json:"id" required:"true" doc:"The employee."`
	Connected         schema.Opt[bool]  `json:"connected" default:"false" doc:"Whether the employee is signed in where they work."`
	ChatOngoing       schema.Opt[int64] `json:"chat_ongoing" range:"0..1000000" default:"0" doc:"Running text chats."`
	CallOngoing       schema.Opt[int64] `json:"call_ongoing" range:"0..1000000" default:"0" doc:"Running voice calls from the site."`
	VideoOngoing      schema.Opt[int64] `json:"video_ongoing" range:"0..1000000" default:"0" doc:"Running video calls from the site."`
	ThirdPartyOngoing schema.Opt[int64] `json:"third_party_ongoing" range:"0..1000000" default:"0" doc:"Running conversations in messengers."`
	Conversations     schema.Opt[int64] `json:"conversations" range:"0..1000000000" default:"0" doc:"Finished conversations, in all."`
	SatisfactionRate  schema.Opt[int64] `json:"satisfaction_rate" range:"0..10000" unit:"0.01 %" doc:"How satisfied visitors are: 9250 is 92.5 %."`
	Experience        schema.Opt[int64] `json:"experience" range:"0..1000000000" doc:"Experience points."`
	WriteOptions
}

// apply is a with what was given.
func (c *UpdateActivity) apply(a EmployeeActivity) EmployeeActivity {
	set(&a.Connected, c.Connected, none[bool]())
	set(&a.ChatOngoing, c.ChatOngoing, none[int64]())
	set(&a.CallOngoing, c.CallOngoing, none[int64]())
	set(&a.VideoOngoing, c.VideoOngoing, none[int64]())
	set(&a.ThirdPartyOngoing, c.ThirdPartyOngoing, none[int64]())
	set(&a.Conversations, c.Conversations, none[int64]())
	setOptional(&a.SatisfactionRate, c.SatisfactionRate)
	setOptional(&a.Experience, c.Experience)
	return a
}

// UpdateActivity changes what is known of employees' work. It changes all the
// time, so it makes no new version of the employee, and no event.
// Errors: entity_not_found.
func (s *Service) UpdateActivity(ctx context.Context, commands []UpdateActivity) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, _ Actor, c *UpdateActivity) (job[struct{}], error) {
		return done(func(tx Tx) error {
			id := c.ID.Value
			unknown, err := tx.Unknown(KindEmployee, []int64{id})
			if err != nil {
				return err
			}
			if len(unknown) > 0 {
				return errors.At(errors.EntityNotFound, place("id"), shownID(id))
			}
			before, err := tx.EmployeeActivity(id)
			if err != nil {
				return err
			}
			if after := c.apply(before); after != before {
				return tx.PutEmployeeActivity(id, after)
			}
			return nil
		})
	})
}

// UploadStatus tells that an employee's status was changed.
type UploadStatus struct {
	ID       schema.Opt[int64]    `json:"id" required:"true" doc:"The employee."`
	Status   schema.Opt[string]   `json:"status" null:"no" enum:"available,break,do_not_disturb,not_at_workplace,not_at_work,auto_out_call,unknown" doc:"Standard status, by mnemonic. Either this or status_id must be there."`
	StatusID schema.Opt[int64]    `json:"status_id" null:"no" doc:"Status, by id."`
	DateTime schema.Opt[DateTime] `json:"date_time" null:"no" doc:"When, YYYY-MM-DD hh:mm:ss in the account's time zone; now if absent. Not in the future, and not before the employee's present status began." example:"2026-01-31 09:30:00"`
	WriteOptions
}

// CheckTogether wants one of status and status_id.
func (c *UploadStatus) CheckTogether(at errors.Path, bad *errors.List) {
	switch {
	case c.Status.Given() && c.StatusID.Given():
		bad.Add(errors.InvalidParametersCombination, at.Key("status_id"), nil)
	case !c.Status.Given() && !c.StatusID.Given():
		bad.Add(errors.RequiredParameterMissed, at.Key("status"), nil)
	}
}

// UploadStatuses changes employees' statuses, each at its moment, as
// UpdateEmployees does now.
// Errors: entity_not_found for the employee and the status;
// invalid_parameter_value for a moment in the future, or before the present status
// began.
func (s *Service) UploadStatuses(ctx context.Context, commands []UploadStatus) []Result[struct{}] {
	var zone *time.Location // of the account, asked for once
	return write(ctx, s, UpdateEmployees, commands, func(ctx context.Context, actor Actor, c *UploadStatus) (_ job[struct{}], err error) {
		w := s.newWriter(actor, &Names{}, &Work{}, &Workplace{}, &Extras{}, nil)
		w.status, w.statusID = c.Status, c.StatusID
		if c.DateTime.IsSet() {
			if zone == nil {
				if zone, err = s.zone(ctx, actor.AccountID); err != nil {
					return job[struct{}]{}, err
				}
			}
			w.statusSince = schema.Some(moment{c.DateTime.Value, c.DateTime.Value.in(zone)})
		}
		return done(func(tx Tx) error {
			return w.update(tx, &UpdateEmployee{ID: c.ID}, schema.Of[UploadStatus](s.revision).Arrange)
		})
	})
}
