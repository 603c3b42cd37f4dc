package store

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/testdb"
)

// Ids are each handed out once, whoever asks on which server, and greater than those
// that were handed out before.
func TestIDs(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.Opener) {
		dsn := db(t)
		servers := []*Store{openFile(t, dsn, Options{}), openFile(t, dsn, Options{})}
		var mu sync.Mutex
		var all []int64
		var running sync.WaitGroup
		for caller := range 8 {
			running.Go(func() {
				for i := range 60 {
					n := []int{1, 5, 70, firstBlock + 1}[i%4]
					ids, err := servers[caller%2].NewIDs(t.Context(), n)
					if err != nil || len(ids) != n || !slices.IsSorted(ids) {
						t.Errorf("%d ids: got %d, sorted %t, error %v", n, len(ids), slices.IsSorted(ids), err)
						return
					}
					mu.Lock()
					all = append(all, ids...)
					mu.Unlock()
				}
			})
		}
		running.Wait()
		slices.Sort(all)
		if distinct := len(slices.Compact(slices.Clone(all))); distinct != len(all) {
			t.Errorf("%d ids, of which %d are distinct", len(all), distinct)
		}
	})
}

// Who takes few ids does not wait for the writer; who waits stops when their time is
// up, or there will be none.
func TestIDsAhead(t *testing.T) {
	s := openTest(t, Options{})
	take := func(ctx context.Context, n int) error {
		_, err := s.NewIDs(ctx, n)
		return err
	}
	if err := take(t.Context(), firstBlock/2+1); err != nil {
		t.Fatal(err)
	}
	s.ids.busy.Wait() // the second block is there
	release := hold(t, s)
	for _, n := range []int{firstBlock / 2, 1, firstBlock} { // of the first block, and of the second
		if err := take(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	waits := make(chan error, 1)
	go func() { waits <- take(ctx, largestBlock) }()
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("more than there are, while the writer is busy: got error %v, want canceled", err)
	}
	release()
	for range 10 {
		if err := take(t.Context(), largestBlock); err != nil {
			t.Fatal(err)
		}
	}
	s.ids.busy.Wait()
	if s.ids.size != largestBlock {
		t.Errorf("blocks grow to %d ids, want %d", s.ids.size, largestBlock)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := take(t.Context(), 2*largestBlock); err == nil {
		t.Error("a store that is closed reserved ids")
	}
}
