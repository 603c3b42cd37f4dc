package storetest

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

func always([]error) bool { return true }
func never([]error) bool  { return false }

// whole keeps units only if all of them went well.
func whole(errs []error) bool { return errors.Join(errs...) == nil }

// Units that stand together see what those before them did and are kept or not by
// their keep; one that fails undoes only itself.
func testTogether(b *bench) {
	a := b.account()
	for _, tt := range []struct {
		name    string
		keep    func([]error) bool
		refused bool // one of the units is
		want    []bool
	}{
		{"kept", always, false, []bool{true, true, true}},
		{"kept but for what failed", always, true, []bool{true, false, true}},
		{"all or none: all", whole, false, []bool{true, true, true}},
		{"all or none: none", whole, true, []bool{false, false, false}},
		{"rehearsed", never, false, []bool{false, false, false}},
		{"rehearsed, with a failure", never, true, []bool{false, false, false}},
	} {
		first, middle, last := b.employee(a), b.employee(a), b.employee(a)
		var saw []bool
		units := []directory.Unit{
			after(insert(first), func() error { return nil }),
			after(insert(middle), func() error {
				if tt.refused {
					return errRefused
				}
				return nil
			}),
			func(tx directory.Tx) error {
				saw = nil
				for _, e := range []*directory.Employee{first, middle} {
					found, _, err := tx.Employee(e.ID)
					if err != nil {
						return err
					}
					saw = append(saw, found != nil)
				}
				if err := tx.SetPassword(first.ID, "x"); err != nil { // a statement that does not wait
					return err
				}
				return insert(last)(tx)
			},
		}
		errs := b.store.Together(b.Context(), a.id, tt.keep, units...)
		for i, err := range errs {
			if want := i == 1 && tt.refused; errors.Is(err, errRefused) != want || err != nil != want {
				b.Errorf("%s: unit %d: %v", tt.name, i, err)
			}
		}
		if diff := cmp.Diff([]bool{true, !tt.refused}, saw); diff != "" {
			b.Errorf("%s: the last unit saw (-want +got):\n%s", tt.name, diff)
		}
		ids := []int64{first.ID, middle.ID, last.ID}
		found := present(b, b.store, a.id, ids...)
		for i, id := range ids {
			if found[id] != tt.want[i] {
				b.Errorf("%s: employee %d is there: %t, want %t", tt.name, i, found[id], tt.want[i])
			}
		}
	}
	if errs := b.store.Together(b.Context(), a.id, always); len(errs) != 0 {
		b.Errorf("no units: got %v, want nothing", errs)
	}
}

// Orders that stand together and others that come at the same time leave each other
// alone.
func testTogetherAmongOthers(b *bench) {
	a := b.account()
	var done sync.WaitGroup
	var kept, gone []int64
	var mu sync.Mutex
	for i := range writers {
		done.Go(func() {
			first, second := b.employee(a), b.employee(a)
			units := []directory.Unit{insert(first), insert(second)}
			ids, stays := []int64{first.ID, second.ID}, true
			var errs []error
			switch i % 3 {
			case 0:
				errs = b.store.InTx(b.Context(), a.id, units...)
			case 1:
				errs = b.store.Together(b.Context(), a.id, whole, units...)
			case 2:
				errs, stays = b.store.Together(b.Context(), a.id, never, units...), false
			}
			if err := errors.Join(errs...); err != nil {
				b.Errorf("writer %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if stays {
				kept = append(kept, ids...)
			} else {
				gone = append(gone, ids...)
			}
		})
	}
	done.Wait()
	if found := present(b, b.store, a.id, kept...); len(found) != len(kept) {
		b.Errorf("%d of %d are there", len(found), len(kept))
	}
	if found := present(b, b.store, a.id, gone...); len(found) > 0 {
		b.Errorf("%d of those that were rehearsed are there", len(found))
	}
}

// Undo takes back what a unit has waiting and what it has written, events included,
// and nothing of its neighbours'.
func testUndo(b *bench) {
	a := b.account()
	before, undone, after, changed := b.inserted(a), b.employee(a), b.employee(a), b.inserted(a)
	neighbour := b.employee(a)
	errs := b.store.InTx(b.Context(), a.id,
		insert(neighbour),
		func(tx directory.Tx) error {
			if err := insert(undone)(tx); err != nil {
				return err
			}
			if err := tx.Undo(); err != nil {
				return err
			}
			if err := remove(before)(tx); err != nil { // a statement that does not wait
				return err
			}
			if err := insert(undone)(tx); err != nil {
				return err
			}
			if err := tx.Undo(); err != nil {
				return err
			}
			return insert(after)(tx)
		},
		func(tx directory.Tx) error { return tx.SetPassword(changed.ID, "x") },
	)
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	want := map[int64]bool{before.ID: true, after.ID: true, neighbour.ID: true}
	if diff := cmp.Diff(want, present(b, b.store, a.id, before.ID, undone.ID, after.ID, neighbour.ID)); diff != "" {
		b.Errorf("kept (-want +got):\n%s", diff)
	}
	rows := b.query(`select subject_id, kind from events where account_id = $1 and number > 2 order by number`, a.id)
	if diff := cmp.Diff([][]any{{neighbour.ID, "employee.created"}, {after.ID, "employee.created"}}, rows); diff != "" {
		b.Errorf("events (-want +got):\n%s", diff)
	}
}

func outcomeKey(token int64, method, key string) directory.OutcomeKey {
	return directory.OutcomeKey{TokenID: token, Method: method, Key: sha256.Sum256([]byte(key))}
}

// Outcomes are found by all of their key, in the unit's own group and later, in their
// account alone, until they are dropped.
func testOutcomes(b *bench) {
	a, other := b.account(), b.account()
	k := outcomeKey(7, "create.employees", "k")
	o := directory.Outcome{Params: sha256.Sum256([]byte("p")), JSON: []byte(`{"errors":[]}`), Shown: []byte(`["v"]`), At: now()}
	bare := directory.Outcome{JSON: []byte(`{"result":1}`), At: now().Add(-time.Hour)}
	get := func(account int64, k directory.OutcomeKey) (found *directory.Outcome) {
		b.in(account, func(tx directory.Tx) (err error) {
			found, err = tx.Outcome(k)
			return err
		})
		return found
	}
	put := func(k directory.OutcomeKey, o directory.Outcome) directory.Unit {
		return func(tx directory.Tx) error { return tx.PutOutcome(k, o) }
	}
	if got := get(a.id, k); got != nil {
		b.Errorf("before it is kept: %+v", got)
	}
	var inGroup *directory.Outcome
	errs := b.store.InTx(b.Context(), a.id,
		put(k, o),
		func(tx directory.Tx) (err error) {
			inGroup, err = tx.Outcome(k)
			return err
		},
		after(put(outcomeKey(7, "create.employees", "refused"), o), refuse),
		put(outcomeKey(8, "create.employees", "k"), bare),
	)
	if !errors.Is(errs[2], errRefused) || errors.Join(errs[0], errs[1], errs[3]) != nil {
		b.Fatalf("got %v", errs)
	}
	if diff := cmp.Diff(&o, inGroup); diff != "" {
		b.Errorf("in the group (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&o, get(a.id, k)); diff != "" {
		b.Errorf("later (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&bare, get(a.id, outcomeKey(8, "create.employees", "k"))); diff != "" {
		b.Errorf("another token's (-want +got):\n%s", diff)
	}
	for name, k := range map[string]directory.OutcomeKey{
		"another token": outcomeKey(9, "create.employees", "k"), "another method": outcomeKey(7, "update.employees", "k"),
		"another key": outcomeKey(7, "create.employees", "l"), "one refused": outcomeKey(7, "create.employees", "refused"),
	} {
		if got := get(a.id, k); got != nil {
			b.Errorf("%s: %+v", name, got)
		}
	}
	if got := get(other.id, k); got != nil {
		b.Errorf("another account: %+v", got)
	}

	// Values go with whoever is deleted.
	gone := b.inserted(a)
	b.in(a.id, remove(gone))
	o.Shown = nil
	if diff := cmp.Diff(&o, get(a.id, k)); diff != "" {
		b.Errorf("once a person is deleted (-want +got):\n%s", diff)
	}
	b.in(a.id, func(tx directory.Tx) error { return tx.DropOutcomes(bare.At) })
	if got := get(a.id, outcomeKey(8, "create.employees", "k")); got != nil {
		b.Errorf("dropped: %+v", got)
	}
	if got := get(a.id, k); got == nil {
		b.Error("one that is newer was dropped, too")
	}
}

// Imports and their rows are found in the unit's own group and later, in their
// account alone.
func testImports(b *bench) {
	a, other := b.account(), b.account()
	i := directory.Import{ID: b.id(), Name: "Люди.csv", Digest: "00ff", State: directory.ImportOpen, Rows: 3, CreatedAt: now()}
	e := b.inserted(a)
	row := directory.ImportRow{ID: b.id(), ImportID: i.ID, Key: "k", Line: 2, Outcome: "created", EmployeeID: e.ID, Version: 1}
	var inGroup *directory.ImportRow
	errs := b.store.InTx(b.Context(), a.id,
		func(tx directory.Tx) error { return tx.PutImport(i) },
		func(tx directory.Tx) error { return tx.PutImportRow(row) },
		func(tx directory.Tx) (err error) {
			inGroup, err = tx.ImportRow(i.ID, "k")
			return err
		},
	)
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff(&row, inGroup); diff != "" {
		b.Errorf("in the group (-want +got):\n%s", diff)
	}
	i.State, i.Failed, i.Digest, i.Rows = directory.ImportDone, 1, "01", 4
	b.in(a.id, func(tx directory.Tx) error { return tx.PutImport(i) })
	for account, want := range map[int64]struct {
		i *directory.Import
		r *directory.ImportRow
	}{a.id: {&i, &row}, other.id: {}} {
		b.in(account, func(tx directory.Tx) error {
			gotImport, err := tx.Import(i.ID)
			if err != nil {
				return err
			}
			gotRow, err := tx.ImportRow(i.ID, "k")
			if diff := cmp.Diff(want.i, gotImport) + cmp.Diff(want.r, gotRow); diff != "" {
				b.Errorf("account %d (-want +got):\n%s", account, diff)
			}
			return err
		})
		rows, err := b.store.ImportRows(b.Context(), account, directory.Query{Limit: 10})
		if err != nil {
			b.Fatal(err)
		}
		imports, err := b.store.Imports(b.Context(), account, directory.Query{Limit: 10})
		if err != nil {
			b.Fatal(err)
		}
		if n := map[int64]int{a.id: 1}[account]; len(rows.Items) != n || len(imports.Items) != n {
			b.Errorf("account %d: %d rows and %d imports, want %d of each", account, len(rows.Items), len(imports.Items), n)
		}
	}
}
