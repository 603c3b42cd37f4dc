package directory

import (
	"context"
	"slices"

	"github.com/rosterd/rosterd/schema"
)

// Presence is one thing at all doors: the status that a person has chosen, and
// whether they are connected.

// Show is presence in the words of XMPP (RFC 6121 §4.7.2.1), which are the finest
// that any door has.
type Show string

// The words.
const (
	ShowChat        Show = "chat" // available, and eager to chat
	ShowAvailable   Show = "available"
	ShowAway        Show = "away"
	ShowXA          Show = "xa" // away for longer
	ShowDND         Show = "dnd"
	ShowUnavailable Show = "unavailable"
)

// Presence is a Show in four words.
type Presence string

// The words.
const (
	Online  Presence = "online"
	Away    Presence = "away"
	Busy    Presence = "busy"
	Offline Presence = "offline"
)

// StandardShow is what who is connected shows with a standard status.
type StandardShow struct {
	Mnemonic string
	Show     Show
}

// StandardShows are those of all standard statuses. Of those that show the same,
// the first is the one that a door's word chooses.
func StandardShows() []StandardShow {
	return []StandardShow{
		{"available", ShowAvailable},
		{"break", ShowAway},
		{"do_not_disturb", ShowDND},
		{"auto_out_call", ShowDND},
		{"not_at_workplace", ShowXA},
		{"not_at_work", ShowUnavailable},
		{"unknown", ShowUnavailable},
	}
}

// Show is what who is connected shows with s. A status of the account's own shows
// unavailable outside working time, dnd if it takes no incoming calls, and else
// available.
func (s *Status) Show() Show {
	for _, standard := range StandardShows() {
		if s.Mnemonic == standard.Mnemonic {
			return standard.Show
		}
	}
	switch {
	case !s.IsWorktime:
		return ShowUnavailable
	case s.Directions.InExternal == NoDirections && s.Directions.InInternal == NoDirections:
		return ShowDND
	}
	return ShowAvailable
}

// Show is what others see of p's presence.
func (p *Person) Show() Show {
	switch show := p.Chosen.Show(); {
	case !p.Activity.Connected:
		return ShowUnavailable
	case show == ShowAvailable && p.FinerShow != "":
		return p.FinerShow
	default:
		return show
	}
}

// Presence is s in four words.
func (s Show) Presence() Presence {
	switch s {
	case ShowChat, ShowAvailable:
		return Online
	case ShowAway, ShowXA:
		return Away
	case ShowDND:
		return Busy
	}
	return Offline
}

// BestShow is the one of two that is better for who waits.
func BestShow(a, b Show) Show {
	order := []Show{ShowChat, ShowAvailable, ShowAway, ShowDND, ShowXA, ShowUnavailable}
	return order[min(slices.Index(order, a), slices.Index(order, b))]
}

// choose gives e a status that shows what was given, unless e shows that already or
// would, if connected. The finer word of a door is kept until the status changes.
func (w *writer) choose(tx Tx, e *Employee) error {
	if w.Show.Value == ShowUnavailable || w.Presence.Value == Offline {
		activity, err := tx.EmployeeActivity(e.ID)
		if err != nil || !activity.Connected {
			return err
		}
	}
	fits := func(s Show) bool { return s == w.Show.Value || s == ShowAvailable && w.Show.Value == ShowChat }
	switch {
	case w.Show.IsSet():
		e.FinerShow = ""
		if w.Show.Value == ShowChat {
			e.FinerShow = ShowChat
		}
	case w.Presence.IsSet():
		fits = func(s Show) bool { return s.Presence() == w.Presence.Value }
	default:
		return nil
	}
	chosen, err := tx.Status(e.StatusID)
	if err != nil || chosen != nil && fits(chosen.Show()) {
		return err
	}
	for _, standard := range StandardShows() {
		if fits(standard.Show) {
			e.StatusID, err = tx.StatusByMnemonic(standard.Mnemonic)
			return err
		}
	}
	return nil
}

// connect notes that who has got a presence is connected, or not.
func (w *writer) connect(tx Tx, employee int64) error {
	switch {
	case w.Show.IsSet():
		return connect(tx, employee, w.Show.Value != ShowUnavailable)
	case w.Presence.IsSet():
		return connect(tx, employee, w.Presence.Value != Offline)
	}
	return nil
}

// PublicPresence tells of the presence of who has a handle, an employee or (group)
// a group, in the account that has the JID host. Everybody may ask. What is not
// there is unavailable.
func (s *Service) PublicPresence(ctx context.Context, host, handle string, group bool) (show Show, statusText string, err error) {
	if !DomainName(host).Valid() || !schema.IsText(handle) {
		return ShowUnavailable, "", nil
	}
	account, err := s.store.AccountByJIDHost(ctx, DomainName(host).normalized())
	if err != nil || account == nil || account.Disabled {
		return ShowUnavailable, "", err
	}
	q := Query{Where: Is("handle", Fold(handle)), Limit: 1}
	if group {
		groups, err := s.store.ChatGroups(ctx, account.ID, q)
		if err != nil || len(groups.Items) == 0 {
			return ShowUnavailable, "", err
		}
		return groups.Items[0].Show, "", nil
	}
	people, err := s.store.People(ctx, account.ID, q)
	if err != nil || len(people.Items) == 0 {
		return ShowUnavailable, "", err
	}
	return people.Items[0].Show(), people.Items[0].StatusText, nil
}
