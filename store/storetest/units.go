package storetest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// writers is how many callers write at the same time where a test is about that.
const writers = 64

var errRefused = errors.New("refused")

// after runs units in turn, and what comes last decides.
func after(first directory.Unit, then func() error) directory.Unit {
	return func(tx directory.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		return then()
	}
}

func refuse() error { return errRefused }
func panics() error { panic("at the disco") }

func testUnitsStandAlone(b *bench) {
	a := b.account()
	kept, refused, panicked, last := b.employee(a), b.employee(a), b.employee(a), b.employee(a)
	var seen []bool
	errs := b.store.InTx(b.Context(), a.id,
		insert(kept),
		after(insert(refused), refuse),
		after(insert(panicked), panics),
		func(tx directory.Tx) error { // units run in their order, over what is left of earlier ones
			seen = nil
			for _, e := range []*directory.Employee{kept, refused, panicked, last} {
				found, _, err := tx.Employee(e.ID)
				if err != nil {
					return err
				}
				seen = append(seen, found != nil)
			}
			return nil
		},
		insert(last),
	)
	if len(errs) != 5 {
		b.Fatalf("got %d errors, want 5", len(errs))
	}
	for i, want := range []string{"", "refused", "at the disco", "", ""} {
		switch err := errs[i]; {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			b.Errorf("unit %d: got error %v, want %q", i, err, want)
		}
	}
	if !errors.Is(errs[1], errRefused) {
		b.Errorf("got %v, want the unit's own error", errs[1])
	}
	if diff := cmp.Diff([]bool{true, false, false, false}, seen); diff != "" {
		b.Errorf("the fourth unit saw (-want +got):\n%s", diff)
	}
	want := map[int64]bool{kept.ID: true, last.ID: true}
	if diff := cmp.Diff(want, present(b, b.store, a.id, kept.ID, refused.ID, panicked.ID, last.ID)); diff != "" {
		b.Errorf("kept (-want +got):\n%s", diff)
	}
	rows := b.query(`select subject_id from events where account_id = $1 order by number`, a.id)
	if diff := cmp.Diff([][]any{{kept.ID}, {last.ID}}, rows); diff != "" {
		b.Errorf("events (-want +got):\n%s", diff)
	}
	if errs := b.store.InTx(b.Context(), a.id); len(errs) != 0 {
		b.Errorf("no units: got %v, want nothing", errs)
	}
	if err := b.try(b.id(), insert(b.employee(a))); err == nil {
		b.Error("a unit of an account that is not there succeeded")
	}
}

// Callers who write at the same time, and may share a transaction, don't feel the
// failures of others.
func testNeighbours(b *bench) {
	const rounds = 6
	a, other := b.account(), b.account()
	ends := []func() error{nil, refuse, nil, panics}
	ids := b.ids(writers * rounds)
	all, want := ids, map[int64]bool{}
	var mu sync.Mutex
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for r := range rounds {
				e := employee(ids[w*rounds+r], a)
				unit, end := insert(e), ends[(w+r)%len(ends)]
				if end != nil {
					unit = after(unit, end)
				}
				// Units of another account fail beside those of this one.
				neighbour := b.store.InTx(b.Context(), other.id, func(directory.Tx) error { return panics() })
				if neighbour[0] == nil {
					b.Error("a panic had no error")
				}
				err := b.store.InTx(b.Context(), a.id, unit)[0]
				if (err == nil) != (end == nil) {
					b.Errorf("writer %d, round %d: got error %v, want one: %t", w, r, err, end != nil)
				}
				if end == nil {
					mu.Lock()
					want[e.ID] = true
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	if diff := cmp.Diff(want, present(b, b.store, a.id, all...)); diff != "" {
		b.Errorf("kept (-want +got):\n%s", diff)
	}
}

// What is answered is there for whoever reads next, on this server or another.
func testAnswerIsKept(b *bench) {
	a, other := b.account(), b.open()
	ids := b.ids(writers * 4)
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for _, id := range ids[w*4 : w*4+4] {
				if err := b.store.InTx(b.Context(), a.id, insert(employee(id, a)))[0]; err != nil {
					b.Error(err)
				}
				for name, s := range map[string]Store{"the same store": b.store, "another store": other} {
					if !present(b, s, a.id, id)[id] {
						b.Errorf("%s does not have employee %d, whose insert was answered", name, id)
					}
				}
			}
		})
	}
	running.Wait()
	reopened := b.open()
	if got := len(present(b, reopened, a.id, ids...)); got != len(ids) {
		b.Errorf("reopened: got %d employees, want %d", got, len(ids))
	}
}

// Ids are unique under concurrency, over several servers, and after a restart.
func testIDs(b *bench) {
	seen := map[int64]bool{}
	var mu sync.Mutex
	take := func(s Store, n int) {
		ids, err := s.NewIDs(b.Context(), n)
		if err != nil || len(ids) != n {
			b.Errorf("got %d ids and error %v, want %d", len(ids), err, n)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, id := range ids {
			if id <= 0 || seen[id] {
				b.Errorf("got id %d, want a new one", id)
			}
			seen[id] = true
		}
	}
	const sizes = 7 // from one id to more than a block is likely to have
	stores := []Store{b.store, b.open()}
	var running sync.WaitGroup
	for w := range 16 {
		running.Go(func() {
			for i := range sizes {
				take(stores[w%2], 1<<(2*i))
			}
		})
	}
	running.Wait()
	take(b.open(), 1)
	if want := 16*(1<<(2*sizes)-1)/3 + 1; len(seen) != want {
		b.Errorf("got %d different ids, want %d", len(seen), want)
	}
}

// Of many who want one value one gets it; of many changes of one version one is
// made.
func testRace(b *bench) {
	a := b.account()
	target := b.inserted(a)
	const stale = 4
	ids := b.ids(writers)
	var mu sync.Mutex
	got := map[string]int{}
	count := func(what string, err error) {
		mu.Lock()
		defer mu.Unlock()
		got[fmt.Sprintf("%s: %t", what, err == nil)]++
	}
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			e := employee(ids[w], a)
			e.Extension.Number = "101"
			count("extension", b.store.InTx(b.Context(), a.id, insert(e))[0])
			if w >= stale { // a store may try again what others were quicker at, and that takes time
				return
			}
			count("version", b.store.InTx(b.Context(), a.id, update(target, changed(target, func(e *directory.Employee) {
				e.FirstName = fmt.Sprint("Ivan ", w)
			})))[0])
		})
	}
	running.Wait()
	want := map[string]int{"extension: true": 1, "extension: false": writers - 1, "version: true": 1, "version: false": stale - 1}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("succeeded (-want +got):\n%s", diff)
	}
	if e, _ := b.read(a.id, target.ID); e.Version != 2 {
		b.Errorf("got version %d, want 2", e.Version)
	}
}
