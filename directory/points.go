package directory

import (
	"context"
	"strconv"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Points are what calls cost, and limits of an account say how many it has in a
// minute and in a day. Both windows are opened by the first call. Source:
// data-api.md §1.2, §7.
const (
	pointsMinute = time.Minute
	pointsDay    = 24 * time.Hour
)

// PointsRequest asks for points of an account, as many as there are calls.
type PointsRequest struct {
	AccountID             int64
	N                     int64
	PerMinute, PerDay     int64 // 0 is without limit
	Now                   time.Time
	MinuteEnded, DayEnded time.Time // a window that was opened then or before is over
}

// PointsUsed is how many points an account has used in its windows.
type PointsUsed struct {
	Minute, Day             int64
	MinuteOpened, DayOpened time.Time
}

// Points are those that some calls have taken. The zero Points are of an account
// without limits.
type Points struct {
	limited           bool
	taken             int64
	accountID         int64
	perMinute, perDay int64
	used              PointsUsed // after taking
	now               time.Time
}

// TakePoints takes a point of the caller's account for each of n calls, as far as
// there are any. They are counted in the database, for all servers together.
// Calls that Points.Allow does not let ahead end with Points.Exceeded. What the
// others took and did not use goes back by ReturnPoints.
func (s *Service) TakePoints(ctx context.Context, c Caller, n int) (Points, error) {
	a := &c.account
	if a.PointsPerMinute == 0 && a.PointsPerDay == 0 {
		return Points{}, nil
	}
	now := s.now()
	taken, used, err := s.store.TakePoints(ctx, PointsRequest{
		AccountID: a.ID, N: int64(n), PerMinute: a.PointsPerMinute, PerDay: a.PointsPerDay,
		Now: now, MinuteEnded: now.Add(-pointsMinute), DayEnded: now.Add(-pointsDay),
	})
	return Points{true, taken, a.ID, a.PointsPerMinute, a.PointsPerDay, used, now}, err
}

// ReturnPoints gives back the points of calls that took them, but of which only
// some have succeeded. What belongs to a window that is over is left alone.
func (s *Service) ReturnPoints(ctx context.Context, p Points, succeeded int) error {
	if back := p.taken - int64(succeeded); p.limited && back > 0 {
		return s.store.ReturnPoints(ctx, p.accountID, back, p.used)
	}
	return nil
}

// Allow reports whether the call at index i, of those that asked for points, has
// got one.
func (p Points) Allow(i int) bool { return !p.limited || int64(i) < p.taken }

// Exceeded is the error of calls that have got no point: limit_exceeded.
func (p Points) Exceeded() error {
	day, minute := p.windows(p.taken)
	if day.Limit > 0 && day.Remaining == 0 {
		return exceeded("day", day, newLimits(day, minute))
	}
	return exceeded("minute", minute, newLimits(day, minute))
}

// Limits tells what is left when so many of the calls have succeeded, as far as
// these calls know. Nothing is told of limits that there are not.
func (p Points) Limits(succeeded int) Limits {
	return newLimits(p.windows(int64(succeeded)))
}

func (p Points) windows(succeeded int64) (day, minute Window) {
	w := func(limit, used int64, opened time.Time, length time.Duration) Window {
		if limit == 0 {
			return Window{}
		}
		return Window{limit, max(limit-(used-p.taken+succeeded), 0), opened.Add(length).Sub(p.now)}
	}
	return w(p.perDay, p.used.Day, p.used.DayOpened, pointsDay), w(p.perMinute, p.used.Minute, p.used.MinuteOpened, pointsMinute)
}

// Window is what is left of a limit, and for how long.
type Window struct {
	Limit     int64 // 0 for none
	Remaining int64
	Reset     time.Duration
}

// Limits are the member limits of metadata. Source: data-api.md §1.2.
type Limits struct {
	DayLimit        schema.Opt[int64] `json:"day_limit,omitzero" doc:"Points that the account has in a day. Nothing is told of a day without limit."`
	DayRemaining    schema.Opt[int64] `json:"day_remaining,omitzero" doc:"Points that are left of the day."`
	DayReset        schema.Opt[int64] `json:"day_reset,omitzero" unit:"s" doc:"How long the day still takes."`
	MinuteLimit     schema.Opt[int64] `json:"minute_limit,omitzero" doc:"Points that the account has in a minute. Nothing is told of a minute without limit."`
	MinuteRemaining schema.Opt[int64] `json:"minute_remaining,omitzero" doc:"Points that are left of the minute."`
	MinuteReset     schema.Opt[int64] `json:"minute_reset,omitzero" unit:"s" doc:"How long the minute still takes."`
}

func newLimits(day, minute Window) (l Limits) {
	if day.Limit > 0 {
		l.DayLimit, l.DayRemaining, l.DayReset = schema.Some(day.Limit), schema.Some(day.Remaining), schema.Some(seconds(min(day.Reset, pointsDay)))
	}
	if minute.Limit > 0 {
		l.MinuteLimit, l.MinuteRemaining, l.MinuteReset = schema.Some(minute.Limit), schema.Some(minute.Remaining), schema.Some(seconds(min(minute.Reset, pointsMinute)))
	}
	return l
}

// seconds are whole ones, and enough.
func seconds(d time.Duration) int64 { return int64((max(d, 0) + time.Second - 1) / time.Second) }

// exceeded is limit_exceeded of a window, by its name, with the limits beside it.
func exceeded(name string, w Window, limits Limits) error {
	return errors.E(errors.LimitExceeded, "limit_type", name, "limit_max_value", strconv.FormatInt(w.Limit, 10)).
		WithMetadata(limitsMetadata{limits})
}

type limitsMetadata struct {
	Limits Limits `json:"limits"`
}

// LimitsOf are the limits that an error with limit_exceeded comes with.
func LimitsOf(err error) (limits Limits, is bool) {
	m, is := errors.Of(err).Metadata.(limitsMetadata)
	return m.Limits, is
}
