package storetest

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Events are read in their order from any number on, those of one account only,
// together with the numbers of the oldest and the newest.
func testEventPages(b *bench) {
	a, other, empty := b.account(), b.account(), b.account()
	at := time.UnixMicro(1_700_000_000_123_456).UTC()
	all := []directory.NumberedEvent{
		{Number: 1, Event: directory.Event{Kind: "position.created", Subject: directory.KindPosition, SubjectID: 5, At: at, Actor: directory.Actor{AccountID: a.id, EmployeeID: 6, TokenID: 7}, After: []byte(`{"n":1}`)}},
		{Number: 2, Event: directory.Event{Kind: "position.updated", Subject: directory.KindPosition, SubjectID: 5, At: at.Add(time.Microsecond), Actor: directory.Actor{AccountID: a.id}, Before: []byte(`{"n":1}`), After: []byte(`{"n":2}`)}},
		{Number: 3, Event: directory.Event{Kind: "employee.deleted", Subject: directory.KindEmployee, SubjectID: 8, At: at, Actor: directory.Actor{AccountID: a.id}}},
	}
	for _, e := range all {
		b.in(a.id, func(tx directory.Tx) error { return tx.Append(e.Event) })
		b.in(other.id, func(tx directory.Tx) error {
			return errors.Join(tx.Append(e.Event), tx.Append(e.Event))
		})
	}
	for _, tt := range []struct {
		name    string
		account int64
		after   int64
		limit   int
		want    directory.EventPage
	}{
		{"all", a.id, 0, 10, directory.EventPage{Events: all, Oldest: 1, Newest: 3}},
		{"the first", a.id, 0, 1, directory.EventPage{Events: all[:1], Oldest: 1, Newest: 3}},
		{"those after", a.id, 1, 2, directory.EventPage{Events: all[1:], Oldest: 1, Newest: 3}},
		{"after the newest", a.id, 3, 10, directory.EventPage{Oldest: 1, Newest: 3}},
		{"after what is not there yet", a.id, 99, 10, directory.EventPage{Oldest: 1, Newest: 3}},
		{"none", a.id, 0, 0, directory.EventPage{Oldest: 1, Newest: 3}},
		{"of an account without any", empty.id, 0, 10, directory.EventPage{Oldest: 1, Newest: 0}},
		{"of no account", -1, 0, 10, directory.EventPage{}},
	} {
		got, err := b.store.Events(b.Context(), tt.account, tt.after, tt.limit)
		if err != nil {
			b.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(directory.Actor{})); diff != "" {
			b.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for _, tt := range []struct {
		ids  []int64
		want map[int64]int64
	}{
		{[]int64{a.id, other.id, empty.id, -1}, map[int64]int64{a.id: 3, other.id: 6, empty.id: 0}},
		{[]int64{other.id}, map[int64]int64{other.id: 6}},
		{nil, map[int64]int64{}},
	} {
		got, err := b.store.LastEvents(b.Context(), tt.ids)
		if err != nil {
			b.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			b.Errorf("last events of %v (-want +got):\n%s", tt.ids, diff)
		}
	}
}

// A subscription hears of what its own server does at once, of what another does
// when it looks, and of more than is read at once.
func testSubscriptions(b *bench) {
	a, other := b.account(), b.open()
	actor := directory.WithActor(b.Context(), directory.CommandLine(a.id))
	server := func(s Store, poll time.Duration) *directory.Service {
		service, err := directory.New(directory.Config{Store: s, Clock: time.Now, Random: rand.Reader, PollInterval: poll})
		if err != nil {
			b.Fatal(err)
		}
		return service
	}
	hire := func(s *directory.Service, n int) {
		commands := make([]directory.CreateEmployee, n)
		for i := range commands {
			commands[i] = directory.CreateEmployee{Names: directory.Names{LastName: schema.Some("Ivanov")}, PhoneNumbers: schema.Some([]directory.PhoneNumber{})}
		}
		for _, r := range s.CreateEmployees(actor, commands) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	never, often := server(b.store, time.Hour), server(other, time.Millisecond)
	ctx, cancel := context.WithCancel(actor)
	var running sync.WaitGroup
	defer func() { cancel(); running.Wait() }()
	follow := func(s *directory.Service) <-chan int64 {
		sub, err := s.SubscribeEmployees(ctx, directory.SubscribeEmployees{After: schema.Some(int64(0))})
		if err != nil {
			b.Fatal(err)
		}
		numbers := make(chan int64, 2000)
		running.Go(func() {
			err := sub.Run(ctx, func(context.Context) error { return nil }, func(e directory.EmployeeEvent) error {
				numbers <- e.Number
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				b.Errorf("a subscription ended with %v, want %v", err, context.Canceled)
			}
		})
		return numbers
	}
	hears := func(what string, numbers <-chan int64, first, last int64) {
		b.Helper()
		for want := first; want <= last; want++ {
			select {
			case got := <-numbers:
				if got != want {
					b.Fatalf("%s: heard of event %d, want %d", what, got, want)
				}
			case <-time.After(30 * time.Second):
				b.Fatalf("%s: did not hear of event %d", what, want)
			}
		}
	}
	hire(never, 1001)
	deaf, quick := follow(never), follow(often)
	hears("what was before", deaf, 1, 1001)
	hears("what was before", quick, 1, 1001)
	hire(often, 1)
	hears("its own change", quick, 1002, 1002)
	select {
	case n := <-deaf:
		b.Errorf("heard of event %d of another server without looking", n)
	case <-time.After(2 * directory.DefaultPollInterval):
	}
	hire(never, 1)
	hears("its own change, and the one before", deaf, 1002, 1003)
	hears("another server's change", quick, 1003, 1003)
}
