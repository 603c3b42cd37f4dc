package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/storetest"
	"github.com/rosterd/rosterd/store/testdb"
)

// crowd adds n employees to the one account, with a shared number and a coach each.
func crowd(t *testing.T, s *Store, n int) {
	t.Helper()
	service := newService(t, s)
	accounts, err := service.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := directory.WithActor(t.Context(), directory.CommandLine(accounts[0].ID))
	commands := make([]directory.CreateEmployee, n)
	for i := range commands {
		commands[i] = employee(fmt.Sprintf("Ångström %d", i), fmt.Sprintf("7495%07d", i/2), fmt.Sprint(10000+i))
	}
	results := service.CreateEmployees(ctx, commands)
	var coaches []directory.UpdateEmployee
	for i, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		coach := results[(i+1)%n].Value // most have a greater id
		coaches = append(coaches, directory.UpdateEmployee{
			ID:   schema.Some(r.Value),
			Work: directory.Work{Coach: schema.Some(directory.CoachParams{ID: schema.Some(coach)})},
		})
	}
	for _, r := range service.UpdateEmployees(ctx, coaches) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}

func wantSound(t *testing.T, s *Store, employees int64) {
	t.Helper()
	all := int64(-1)
	if err := s.Verify(t.Context(), func(problem string) { t.Error(problem) }, func(_, n int64) { all = n }); err != nil {
		t.Fatal(err)
	}
	if all != employees {
		t.Errorf("verified %d employees, want %d", all, employees)
	}
	problems, err := storetest.Inconsistencies(query(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// A copy goes from SQLite to PostgreSQL and back, may be run again at any point,
// and ends in an equal roster that goes on.
func TestCopy(t *testing.T) {
	const n = 2*copyPage + 100
	source := openFile(t, testdb.SQLite(t), Options{})
	populate(t, source)
	crowd(t, source, n)
	middle := openFile(t, testdb.Postgres(t), Options{})
	last := openFile(t, testdb.SQLite(t), Options{})

	ctx, interrupt := context.WithCancel(t.Context())
	err := Copy(ctx, source, middle, func(done, all int64) {
		if done > all/4 {
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted copy: got error %v, want canceled", err)
	}
	for _, step := range []struct{ from, to *Store }{{source, middle}, {source, middle}, {middle, last}} {
		var done, all int64
		if err := Copy(t.Context(), step.from, step.to, func(d, a int64) { done, all = d, a }); err != nil {
			t.Fatal(err)
		}
		if done != all || all < 2*n {
			t.Errorf("told of %d of %d rows at the end", done, all)
		}
	}
	wantSound(t, middle, n+3)
	wantSound(t, last, n+3)

	// Ids go on after the greatest.
	before, err := source.NewIDs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	after, err := last.NewIDs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if after[0] < before[0] {
		t.Errorf("the copy's next id is %d, and the source is at %d", after[0], before[0])
	}
}

// A copy tells of a row that differs, and leaves a roster of others alone.
func TestCopyRefuses(t *testing.T) {
	source, target := openFile(t, testdb.SQLite(t), Options{}), openFile(t, testdb.SQLite(t), Options{})
	populate(t, source)
	nothing := func(int64, int64) {}
	if err := Copy(t.Context(), source, target, nothing); err != nil {
		t.Fatal(err)
	}
	execute(t, target.write, `update phone_numbers set dial_time = 59`)
	if err := Copy(t.Context(), source, target, nothing); err == nil || !strings.Contains(err.Error(), "column dial_time differs") {
		t.Errorf("got error %v, want one that names the column", err)
	}
	other := openFile(t, testdb.SQLite(t), Options{})
	service := newService(t, other)
	if _, err := other.NewIDs(t.Context(), 1); err != nil { // so that ids differ
		t.Fatal(err)
	}
	if _, err := service.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Other"), Login: schema.Some("other"), Password: schema.Some("x")}); err != nil {
		t.Fatal(err)
	}
	if err := Copy(t.Context(), source, other, nothing); err == nil || !strings.Contains(err.Error(), "empty database") {
		t.Errorf("got error %v, want a refusal", err)
	}
	wantSound(t, other, 1)
}

// A backup that is taken while others write holds all that was answered before it
// began, and nothing by half.
func TestBackup(t *testing.T) {
	s := openFile(t, testdb.SQLite(t), Options{})
	populate(t, s)
	service := newService(t, s)
	accounts, err := service.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	actor := directory.WithActor(t.Context(), directory.CommandLine(accounts[0].ID))
	var mu sync.Mutex
	var answered []int64
	enough, stop := make(chan struct{}), make(chan struct{})
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				r := service.CreateEmployees(actor, []directory.CreateEmployee{employee("Writer", fmt.Sprintf("7499%02d%05d", w, i), fmt.Sprintf("%02d%03d", w, i%1000))})[0]
				if r.Err != nil && i < 1000 {
					t.Error(r.Err)
					return
				}
				mu.Lock()
				if answered = append(answered, r.Value); len(answered) == 200 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	mu.Lock()
	before := append([]int64(nil), answered...)
	mu.Unlock()
	file := filepath.Join(t.TempDir(), "backup.db")
	err = s.Backup(t.Context(), file)
	close(stop)
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), file); err == nil {
		t.Error("a file that is there was overwritten")
	}
	restored := openStore(t, file)
	page, _, err := restored.Employees(t.Context(), accounts[0].ID, directory.Query{Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	there := map[int64]bool{}
	for _, e := range page.Items {
		there[e.ID] = true
	}
	for _, id := range before {
		if !there[id] {
			t.Errorf("employee %d was answered before the backup and is not in it", id)
		}
	}
	wantSound(t, restored, page.Total)
}

func TestBackupOfPostgres(t *testing.T) {
	s := openFile(t, testdb.Postgres(t), Options{})
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "backup")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("got error %v, want one that names pg_dump", err)
	}
}
