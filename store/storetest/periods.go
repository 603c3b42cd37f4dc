package storetest

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// had is a change: e has the status since a moment.
func had(status int64, since time.Time) func(*directory.Employee) {
	return func(e *directory.Employee) { e.StatusID, e.StatusSince = status, since }
}

// restated keeps e with another status, and returns it.
func (b *bench) restated(e *directory.Employee, status int64, since time.Time) *directory.Employee {
	b.Helper()
	after := changed(e, had(status, since))
	after.StatusSince = since
	b.in(e.AccountID, update(e, after))
	return after
}

// The last period has the employee's status and no end; each other one ends where
// the next begins.
func testStatusPeriods(b *bench) {
	a := b.account()
	at := func(seconds int) time.Time { return time.Unix(1_800_000_000+int64(seconds), 0).UTC() }
	names := map[int64]string{}
	for mnemonic, id := range a.statuses {
		names[id] = mnemonic
	}
	want := func(what string, e *directory.Employee, want ...string) {
		b.Helper()
		var got []string
		for _, row := range b.query(`select started_at, ended_at, status_id from status_periods where employee_id = $1 order by started_at`, e.ID) {
			end := "…"
			if row[1] != nil {
				end = strconv.FormatInt(row[1].(int64)/1_000_000-1_800_000_000, 10)
			}
			got = append(got, fmt.Sprintf("%d-%s %s", row[0].(int64)/1_000_000-1_800_000_000, end, names[row[2].(int64)]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			b.Errorf("%s: periods (-want +got):\n%s", what, diff)
		}
	}
	anna, boris := b.employee(a, had(a.statuses["available"], at(0))), b.employee(a, had(a.statuses["break"], at(5)))
	b.in(a.id, insert(anna))
	b.in(a.id, insert(boris))
	want("inserted", anna, "0-… available")
	anna = b.updated(anna, func(e *directory.Employee) { e.FirstName = "Anna" })
	want("another change", anna, "0-… available")
	anna = b.restated(anna, a.statuses["break"], at(10))
	want("a status", anna, "0-10 available", "10-… break")
	anna = b.restated(anna, a.statuses["unknown"], at(10))
	want("at the same moment", anna, "0-10 available", "10-… unknown")
	anna = b.restated(anna, a.statuses["available"], at(10))
	want("and back at the same moment", anna, "0-10 available", "10-… available")
	anna = b.restated(anna, a.statuses["break"], at(20))
	anna = b.restated(anna, a.statuses["available"], at(30))
	want("later", anna, "0-10 available", "10-20 available", "20-30 break", "30-… available")
	boris = b.restated(boris, a.statuses["available"], at(5))
	want("the first at the same moment", boris, "5-… available")

	// Created and changed by one group.
	vera := b.employee(a, had(a.statuses["available"], at(0)))
	on := changed(vera, had(a.statuses["break"], at(7)))
	on.StatusSince = at(7)
	for _, err := range b.store.InTx(b.Context(), a.id, insert(vera), update(vera, on)) {
		if err != nil {
			b.Fatal(err)
		}
	}
	want("created and changed together", vera, "0-7 available", "7-… break")

	b.in(a.id, remove(anna))
	want("deleted", anna)
	want("somebody else", boris, "5-… available")
}

// Servers that change the status of one employee at the same time leave no gap, as
// Inconsistencies finds.
func testStatusRace(b *bench) {
	a := b.account()
	e := b.inserted(a)
	const changes = 8 // of each writer
	stores := []Store{b.store, b.open()}
	mnemonics := []string{"available", "break", "do_not_disturb", "not_at_work"}
	var running sync.WaitGroup
	for w := range 4 {
		running.Go(func() {
			for i := range changes {
				err := stores[w%2].InTx(b.Context(), a.id, func(tx directory.Tx) error {
					before, _, err := tx.Employee(e.ID)
					if err != nil {
						return err
					}
					return update(before, changed(before, func(e *directory.Employee) {
						e.StatusID = a.statuses[mnemonics[(w+i)%len(mnemonics)]]
					}))(tx)
				})[0]
				if err != nil {
					b.Errorf("writer %d, change %d: %v", w, i, err)
				}
			}
		})
	}
	running.Wait()
	if got, _ := b.read(a.id, e.ID); got.Version != 1+4*changes {
		b.Errorf("got version %d, want %d", got.Version, 1+4*changes)
	}
}

// Statistics cut the periods to the interval.
func testEmployeeStat(b *bench) {
	a := b.account()
	at := func(seconds float64) time.Time {
		return time.Unix(1_800_000_000, 0).Add(time.Duration(seconds * float64(time.Second))).UTC()
	}
	own := b.id()
	b.in(a.id, func(tx directory.Tx) error { return tx.InsertStatus(directory.Status{ID: own, Name: "Training"}) })
	ids := []int64{b.group(a, "Sales").ID, b.group(a, "Support").ID}
	anna := b.employee(a, had(a.statuses["available"], at(0)), func(e *directory.Employee) {
		e.LastName, e.FirstName, e.Patronymic, e.Groups = "Ivanova", "Anna", "Petrovna", []int64{ids[1], ids[0]}
	})
	boris := b.employee(a, had(own, at(100)), func(e *directory.Employee) { e.LastName = "Borisov" })
	b.in(a.id, insert(anna))
	b.in(a.id, insert(boris))
	anna = b.restated(anna, a.statuses["break"], at(10))
	anna = b.restated(anna, own, at(20.5))
	anna = b.restated(anna, a.statuses["break"], at(40))
	b.restated(anna, a.statuses["available"], at(50))
	key := strconv.FormatInt(own, 10)
	for _, tt := range []struct {
		name         string
		from, till   float64
		onlyStandard bool
		anna, boris  directory.StatusStats
	}{
		{"all", -5, 200, false, directory.StatusStats{"available": 160, "break": 20, key: 19}, directory.StatusStats{key: 100}},
		{"only standard", -5, 200, true, directory.StatusStats{"available": 160, "break": 20}, directory.StatusStats{}},
		{"cut on both sides", 5, 45.5, false, directory.StatusStats{"available": 5, "break": 16, key: 19}, directory.StatusStats{}},
		{"within one", 12, 13, false, directory.StatusStats{"break": 1}, directory.StatusStats{}},
		{"exactly one", 10, 20.5, false, directory.StatusStats{"break": 10}, directory.StatusStats{}},
		{"less than a second", 20, 20.75, false, directory.StatusStats{"break": 0, key: 0}, directory.StatusStats{}},
		{"no time", 12, 12, false, directory.StatusStats{}, directory.StatusStats{}},
		{"before", -20, 0, false, directory.StatusStats{}, directory.StatusStats{}},
		{"ended before it began", 200, 100, false, directory.StatusStats{}, directory.StatusStats{}},
		{"the last, which lasts", 150, 160, false, directory.StatusStats{"available": 10}, directory.StatusStats{key: 10}},
	} {
		want := []directory.StatRow{
			{ID: anna.ID, FirstName: schema.Some("Anna"), LastName: "Ivanova", Patronymic: schema.Some("Petrovna"), FullName: "Ivanova Anna Petrovna", StatusStats: tt.anna, Groups: []directory.EmployeeGroupRow{{ID: ids[0], Name: "Sales"}, {ID: ids[1], Name: "Support"}}},
			{ID: boris.ID, LastName: "Borisov", FullName: "Borisov", StatusStats: tt.boris},
		}
		interval := directory.StatTime{From: at(tt.from), Till: at(tt.till), OnlyStandard: tt.onlyStandard}
		got, err := b.store.EmployeeStat(b.Context(), a.id, directory.Query{Limit: 10}, interval)
		if err != nil {
			b.Fatal(err)
		}
		if diff := cmp.Diff(directory.Page[directory.StatRow]{Items: want, Total: 2}, got, cmp.AllowUnexported(schema.Opt[string]{})); diff != "" {
			b.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		var empty int64
		for _, row := range want {
			if len(row.StatusStats) == 0 {
				empty++
			}
		}
		got, err = b.store.EmployeeStat(b.Context(), a.id, directory.Query{Limit: 10, Where: directory.Test{Field: "status_stats", Op: directory.OpNull}}, interval)
		if err != nil || got.Total != empty || int64(len(got.Items)) != empty {
			b.Errorf("%s: without statistics: %d of %d, %v, want %d", tt.name, len(got.Items), got.Total, err, empty)
		}
	}
}

func testActivity(b *bench) {
	a, other := b.account(), b.account()
	full := directory.EmployeeActivity{
		Connected: true, ChatOngoing: 1, CallOngoing: 2, VideoOngoing: 3, ThirdPartyOngoing: 4, Conversations: 5,
		SatisfactionRate: schema.Some[int64](9250), Experience: schema.Some[int64](0),
	}
	less := directory.EmployeeActivity{Conversations: 6}
	put := func(e *directory.Employee, activity directory.EmployeeActivity) directory.Unit {
		return func(tx directory.Tx) error {
			if err := tx.PutEmployeeActivity(e.ID, activity); err != nil {
				return err
			}
			if got, err := tx.EmployeeActivity(e.ID); err != nil || got != activity {
				b.Errorf("in the unit that put it: got %+v, %v, want %+v", got, err, activity)
			}
			return nil
		}
	}
	anna, boris, vera := b.inserted(a), b.inserted(a), b.employee(a)
	want := func(what string, account int64, want map[int64]directory.EmployeeActivity) {
		b.Helper()
		got, err := b.store.EmployeeActivity(b.Context(), account, []int64{anna.ID, boris.ID, vera.ID, 1 << 60})
		if err != nil {
			b.Error(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(schema.Opt[int64]{})); diff != "" {
			b.Errorf("%s: activity (-want +got):\n%s", what, diff)
		}
	}
	want("nothing known", a.id, map[int64]directory.EmployeeActivity{})
	b.in(a.id, func(tx directory.Tx) error {
		if got, err := tx.EmployeeActivity(anna.ID); err != nil || got != (directory.EmployeeActivity{}) {
			b.Errorf("nothing known: got %+v, %v, want zero", got, err)
		}
		return nil
	})
	for i, err := range b.store.InTx(b.Context(), a.id, put(anna, full), insert(vera), put(vera, less), put(anna, less), put(anna, full)) {
		if err != nil {
			b.Errorf("unit %d: %v", i, err)
		}
	}
	want("put", a.id, map[int64]directory.EmployeeActivity{anna.ID: full, vera.ID: less})
	b.in(a.id, put(anna, directory.EmployeeActivity{}))
	want("reset", a.id, map[int64]directory.EmployeeActivity{anna.ID: {}, vera.ID: less})
	want("of another account", other.id, map[int64]directory.EmployeeActivity{})
	if err := b.try(other.id, func(tx directory.Tx) error { return tx.PutEmployeeActivity(vera.ID, full) }); err == nil {
		b.Error("put for an employee of another account")
	}
	b.in(a.id, remove(vera))
	want("deleted", a.id, map[int64]directory.EmployeeActivity{anna.ID: {}})
	if n := b.number(`select count(*) from employee_activity`); n != 1 {
		b.Errorf("%d rows are left, want 1", n)
	}
}

// A deleted status is there for statistics only.
func testStatuses(b *bench) {
	a, other := b.account(), b.account()
	full := directory.Status{
		ID: b.id(), Name: "Обучение", Description: "d", Color: "#48b882", Directions: directory.Directions{InExternal: 1, InInternal: 2, OutExternal: 3},
		PhoneProtocols: []directory.PhoneProtocol{"SIP", "FMC"}, IsWorktime: true, IsSelectAllowed: true, IsAutoOutCallsReady: true, Priority: 9,
	}
	bare := directory.Status{ID: full.ID, Name: "B", PhoneProtocols: []directory.PhoneProtocol{}}
	is := func(what string, account int64, want *directory.Status) {
		b.Helper()
		b.in(account, func(tx directory.Tx) error {
			got, err := tx.Status(full.ID)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, got); diff != "" {
				b.Errorf("%s (-want +got):\n%s", what, diff)
			}
			wantID, wantUnknown := int64(0), []int64{full.ID}
			if want != nil {
				wantID, wantUnknown = full.ID, []int64{}
				if id, err := tx.IDByName(directory.KindStatus, want.Name); err != nil || id != wantID {
					b.Errorf("%s: by name: got %d, %v, want %d", what, id, err, wantID)
				}
			}
			if got, err := tx.Unknown(directory.KindStatus, []int64{full.ID}); err != nil || !cmp.Equal(wantUnknown, got) {
				b.Errorf("%s: unknown: got %v, %v, want %v", what, got, err, wantUnknown)
			}
			return nil
		})
	}
	b.in(a.id, func(tx directory.Tx) error {
		if err := tx.InsertStatus(full); err != nil {
			return err
		}
		return tx.Append(directory.Event{Kind: "status.created", Subject: directory.KindStatus, SubjectID: full.ID, At: now(), After: []byte("{}")})
	})
	is("inserted", a.id, &full)
	is("of another account", other.id, nil)
	b.in(a.id, func(tx directory.Tx) error { return tx.UpdateStatus(bare) })
	is("updated", a.id, &bare)
	b.in(other.id, func(tx directory.Tx) error { return tx.DeleteStatus(full.ID) })
	is("deleted by another account", a.id, &bare)
	used := func(want bool) {
		b.Helper()
		b.in(a.id, func(tx directory.Tx) error {
			if got, err := tx.InUse(directory.KindStatus, full.ID); err != nil || got != want {
				b.Errorf("in use: got %t, %v, want %t", got, err, want)
			}
			return nil
		})
	}
	used(false)
	e := b.inserted(a, had(full.ID, now()))
	used(true)
	b.updated(e, func(e *directory.Employee) { e.StatusID = a.statuses["break"] })
	used(false)
	b.in(a.id, func(tx directory.Tx) error { return tx.DeleteStatus(full.ID) })
	is("deleted", a.id, nil)
	if n := b.number(`select count(*) from events where subject_kind = 'statuses' and after_state is not null`); n != 0 {
		b.Errorf("%d events remember the deleted status", n)
	}
	for deleted, want := range map[bool]int64{false: 7, true: 8} {
		page, err := b.store.Statuses(b.Context(), a.id, directory.Query{Limit: 10}, deleted)
		if err != nil || page.Total != want || int64(len(page.Items)) != want {
			b.Errorf("with deleted ones %t: got %d of %d, %v, want %d", deleted, len(page.Items), page.Total, err, want)
		}
	}
	page, err := b.store.Statuses(b.Context(), a.id, directory.Query{Limit: 10, Where: directory.Test{Field: "id", Op: directory.OpEqual, Values: []any{full.ID}}}, true)
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff([]directory.StatusRow{bare.Row(true)}, page.Items, cmp.AllowUnexported(schema.Opt[string]{}, schema.Opt[directory.Color]{})); diff != "" {
		b.Errorf("the deleted status (-want +got):\n%s", diff)
	}
}

func testSites(b *bench) {
	a, other := b.account(), b.account()
	ids := b.ids(3)
	full := directory.Site{ID: ids[0], DomainName: "пример.рф", Name: "Ёлки", DefaultPhoneNumber: "+7 495 5140578"}
	bare := directory.Site{ID: ids[0], DomainName: "example.com"}
	b.in(a.id, func(tx directory.Tx) error {
		for _, s := range []struct {
			site directory.Site
			free bool
		}{{full, true}, {directory.Site{ID: ids[1], DomainName: full.DomainName}, false}, {directory.Site{ID: ids[1], DomainName: "second"}, true}} {
			if free, err := tx.InsertSite(s.site); err != nil || free != s.free {
				b.Errorf("insert %+v: got %t, %v, want %t", s.site, free, err, s.free)
			}
		}
		if got, err := tx.Site(full.ID); err != nil || !cmp.Equal(&full, got) {
			b.Errorf("got %+v, %v, want %+v", got, err, full)
		}
		if got, err := tx.Site(ids[2]); err != nil || got != nil {
			b.Errorf("unknown: got %+v, %v, want none", got, err)
		}
		taken := bare
		taken.DomainName = "second"
		if free, err := tx.UpdateSite(taken); err != nil || free {
			b.Errorf("another's domain name: got %t, %v, want false", free, err)
		}
		if free, err := tx.UpdateSite(bare); err != nil || !free {
			b.Errorf("update: got %t, %v, want true", free, err)
		}
		return nil
	})
	b.in(other.id, func(tx directory.Tx) error {
		if got, err := tx.Site(full.ID); err != nil || got != nil {
			b.Errorf("of another account: got %+v, %v, want none", got, err)
		}
		if _, err := tx.UpdateSite(full); err != nil {
			b.Error(err)
		}
		free, err := tx.InsertSite(directory.Site{ID: ids[2], DomainName: bare.DomainName})
		if !free {
			b.Error("a domain name of another account is not free")
		}
		return err
	})
	page, err := b.store.Sites(b.Context(), a.id, directory.Query{Limit: 10})
	if err != nil {
		b.Fatal(err)
	}
	want := directory.Page[directory.SiteRow]{Items: []directory.SiteRow{bare.Row(), {ID: ids[1], DomainName: "second"}}, Total: 2}
	if diff := cmp.Diff(want, page, cmp.AllowUnexported(schema.Opt[string]{}, schema.Opt[directory.PhoneText]{})); diff != "" {
		b.Errorf("sites (-want +got):\n%s", diff)
	}
}
