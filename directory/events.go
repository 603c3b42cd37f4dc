package directory

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

const (
	// DefaultPollInterval is how often a Service looks for changes that other
	// servers on its database have made, while it has subscribers.
	DefaultPollInterval = 250 * time.Millisecond
	// RecheckInterval is how often it is asked whether a subscriber still may see
	// what they have subscribed to.
	RecheckInterval = 500 * time.Millisecond
	// eventPage is how many events are read at once.
	eventPage = 500
)

// SubscribeEmployees asks for events of employees.
type SubscribeEmployees struct {
	After schema.Opt[int64] `json:"after" range:"0.." doc:"Number of the last event that is known; events after it follow. Absent: the newest."`
}

// EmployeeEvent is a change of an employee, without what has changed: who may not
// see it, or sees it too late, learns nothing.
type EmployeeEvent struct {
	Kind    string
	Number  int64
	ID      int64
	At      time.Time
	UserID  int64 // 0 if it was no member
	Version int64 // 0 if it is not known any more, because the employee has been deleted
}

// Subscription follows the employees of an account.
type Subscription struct {
	After int64 // number of the event from which on it follows

	service *Service
	account int64
}

// SubscribeEmployees finds where a subscription begins. Run follows from there.
// Errors, at after: invalid_parameter_value for a number that no event has yet; the
// mnemonic "error" if the events after it are not all kept.
func (s *Service) SubscribeEmployees(ctx context.Context, c SubscribeEmployees) (*Subscription, error) {
	if err := check(s, &c); err != nil {
		return nil, err
	}
	actor, err := allowed(ctx, SelectEmployees)
	if err != nil {
		return nil, err
	}
	sub := &Subscription{After: c.After.Value, service: s, account: actor.AccountID}
	page, err := s.store.Events(ctx, sub.account, sub.After, 0)
	switch {
	case err != nil:
		return nil, err
	case !c.After.IsSet():
		sub.After = page.Newest
		return sub, nil
	case sub.After > page.Newest:
		return nil, errors.At(errors.InvalidParameterValue, place("after"), errors.Shown(strconv.FormatInt(sub.After, 10)))
	}
	return sub, page.follows(sub.After)
}

// follows says what is wrong if events are missing between after and the page.
func (p EventPage) follows(after int64) error {
	if after+1 >= p.Oldest {
		return nil
	}
	text := "the oldest event that is kept has the number " + strconv.FormatInt(p.Oldest, 10)
	return &errors.Error{Violations: []errors.Violation{{
		Code: errors.Other, Path: place("after"), Value: errors.Shown(strconv.FormatInt(after, 10)), Params: map[string]string{"error_message": text},
	}}}
}

// Run sends each event of an employee once, in the order of their numbers, which
// are those of all events of the account and therefore skip. It ends with ctx, or
// with the error of send, or of recheck, which is asked every RecheckInterval and
// says why the subscriber may not go on.
func (sub *Subscription) Run(ctx context.Context, recheck func(context.Context) error, send func(EmployeeEvent) error) error {
	changed, leave := sub.service.feed.join(sub.account)
	defer leave()
	ticker := time.NewTicker(RecheckInterval)
	defer ticker.Stop()
	for position := sub.After; ; {
		page, err := sub.service.store.Events(ctx, sub.account, position, eventPage)
		if err == nil {
			err = page.follows(position)
		}
		if err != nil {
			return err
		}
		for _, e := range page.Events {
			select {
			case <-ticker.C:
				if err := recheck(ctx); err != nil {
					return err
				}
			default:
			}
			if position = e.Number; e.Subject != KindEmployee {
				continue
			}
			if err := send(e.ofEmployee()); err != nil {
				return err
			}
		}
		for waiting := len(page.Events) < eventPage; waiting; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-changed:
				waiting = false
			case <-ticker.C:
				if err := recheck(ctx); err != nil {
					return err
				}
			}
		}
	}
}

// ofEmployee is what subscribers are told of e.
func (e *NumberedEvent) ofEmployee() EmployeeEvent {
	var state struct {
		Version int64 `json:"version"`
	}
	if len(e.After) > 0 {
		_ = json.Unmarshal(e.After, &state) // what is no state tells no version
	}
	return EmployeeEvent{Kind: e.Kind, Number: e.Number, ID: e.SubjectID, At: e.At, UserID: e.Actor.EmployeeID, Version: state.Version}
}

// feed wakes who waits for events of an account. While anybody does, it has a
// goroutine that looks what the newest event of each such account is.
type feed struct {
	store    Store
	interval time.Duration

	mu       sync.Mutex
	accounts map[int64]*watched
	stop     context.CancelFunc // of the goroutine; nil if there is none
	stopped  chan struct{}
}

// watched is an account that somebody waits for.
type watched struct {
	newest  int64                  // as last seen
	waiting map[chan struct{}]bool // each holds one signal
}

func newFeed(store Store, interval time.Duration) *feed {
	return &feed{store: store, interval: interval, accounts: map[int64]*watched{}}
}

// join returns a channel that tells of changes to an account from now on; several
// may be one signal, and there may be one too many. leave ends it.
func (f *feed) join(account int64) (changed <-chan struct{}, leave func()) {
	signal := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.accounts[account]
	if w == nil {
		w = &watched{waiting: map[chan struct{}]bool{}}
		f.accounts[account] = w
	}
	w.waiting[signal] = true
	if f.stop == nil {
		var ctx context.Context
		ctx, f.stop = context.WithCancel(context.Background())
		f.stopped = make(chan struct{})
		go f.poll(ctx, f.stopped)
	}
	return signal, func() { f.leave(account, signal) }
}

// leave removes a channel. The last one takes the goroutine with it.
func (f *feed) leave(account int64, signal chan struct{}) {
	f.mu.Lock()
	w := f.accounts[account]
	if delete(w.waiting, signal); len(w.waiting) == 0 {
		delete(f.accounts, account)
	}
	if len(f.accounts) > 0 {
		f.mu.Unlock()
		return
	}
	stop, stopped := f.stop, f.stopped
	f.stop = nil
	f.mu.Unlock()
	stop()
	<-stopped
}

// poll looks for changes until ctx ends. What it cannot read, those who wait find
// out themselves.
func (f *feed) poll(ctx context.Context, stopped chan<- struct{}) {
	defer close(stopped)
	ticker := time.NewTicker(f.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		newest, err := f.store.LastEvents(ctx, f.watching())
		if err == nil {
			f.seen(newest)
		}
	}
}

// watching are the accounts that somebody waits for.
func (f *feed) watching() []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := make([]int64, 0, len(f.accounts))
	for id := range f.accounts {
		ids = append(ids, id)
	}
	return ids
}

// seen wakes who waits for an account whose newest event has another number than
// before.
func (f *feed) seen(newest map[int64]int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, w := range f.accounts {
		if newest[id] != w.newest {
			w.newest = newest[id]
			w.wake()
		}
	}
}

// wake tells who waits for an account that it may have changed.
func (f *feed) wake(account int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w := f.accounts[account]; w != nil {
		w.wake()
	}
}

func (w *watched) wake() {
	for signal := range w.waiting {
		select {
		case signal <- struct{}{}:
		default: // there is a signal already
		}
	}
}
