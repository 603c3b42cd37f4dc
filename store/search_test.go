package store

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store/testdb"
)

// needsIndex skips a test of what a program without FTS5 does not have.
func needsIndex(t *testing.T) {
	t.Helper()
	if !hasFTS5() {
		t.Skip("this program is built without FTS5")
	}
}

func silent(int64, int64) {}

func build(t *testing.T, s *Store) {
	t.Helper()
	if err := s.BuildSearch(t.Context(), silent); err != nil {
		t.Fatal(err)
	}
}

func wantState(t *testing.T, s *Store, want string) {
	t.Helper()
	got, err := s.searchState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.state != want {
		t.Errorf("the search index is %s, want %s", got.state, want)
	}
}

// wantProblems verifies and wants so many problems that have a text.
func wantProblems(t *testing.T, s *Store, n int, text string) {
	t.Helper()
	var problems []string
	if err := s.Verify(t.Context(), func(p string) { problems = append(problems, p) }, silent); err != nil {
		t.Fatal(err)
	}
	if len(problems) != n || n > 0 && !strings.Contains(strings.Join(problems, "\n"), text) {
		t.Errorf("got problems %q, want %d with %q", problems, n, text)
	}
}

// ilike is the test of a field with a pattern.
func ilike(field, pattern string) directory.Test {
	return directory.Test{Field: field, Op: directory.OpILike, Values: []any{directory.Fold(pattern)}}
}

// whoAre are the ids of whom a condition selects.
func whoAre(t rapid.TB, s *Store, account int64, where directory.Condition) []int64 {
	t.Helper()
	ids, err := s.PersonIDs(context.Background(), account, directory.Query{Where: where})
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := s.Employees(context.Background(), account, directory.Query{Where: where, Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	if int(page.Total) != len(ids) {
		t.Fatalf("the page counts %d, and there are %d ids", page.Total, len(ids))
	}
	return ids
}

// do runs a unit.
func do(t rapid.TB, s *Store, account int64, unit directory.Unit) {
	t.Helper()
	if err := s.InTx(context.Background(), account, unit)[0]; err != nil {
		t.Fatal(err)
	}
}

func insert1(e *directory.Employee) directory.Unit {
	return func(tx directory.Tx) error {
		if taken, err := tx.InsertEmployee(e, ""); err != nil || len(taken) > 0 {
			return errors.Join(err, fmt.Errorf("taken: %v", taken))
		}
		return tx.Append(directory.Event{Kind: "employee.created", Subject: directory.KindEmployee, SubjectID: e.ID, After: []byte(`{}`)})
	}
}

// change has change alter an employee.
func change(id int64, change func(e *directory.Employee)) directory.Unit {
	return func(tx directory.Tx) error {
		before, _, err := tx.Employee(id)
		if err != nil {
			return err
		}
		after := *before
		change(&after)
		after.Version++
		_, err = tx.UpdateEmployee(before, &after)
		return err
	}
}

func remove(id int64) directory.Unit {
	return func(tx directory.Tx) error {
		e, _, err := tx.Employee(id)
		if err != nil {
			return err
		}
		return tx.DeleteEmployee(e, e.UpdatedAt)
	}
}

// alphabet has letters that fold, compose, and mean something to a pattern, to
// FTS5 or to UTF-8.
var alphabet = []rune("aaabbc АБбЁё Éé İıß" + "\u0301" + "한日𐐀𐐨%_\\*?[]\"'-+:^(){}." + "\uFFFD\uFFFE")

var texts = rapid.Map(rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 12), func(r []rune) string { return string(r) })

var searchFields = []string{"full_name", "first_name", "last_name", "login", "email", "external_id", "handle", directory.PersonName, "uuid"}

// searchedRoster is what TestSearch searches.
type searchedRoster struct {
	*rapid.T
	store  *Store
	people map[int64][]int64 // by account
}

func (r *searchedRoster) name(e *directory.Employee) {
	e.LastName = texts.Draw(r.T, "last name")
	e.FirstName = rapid.OneOf(rapid.Just(""), texts).Draw(r.T, "first name")
	e.DisplayName = rapid.OneOf(rapid.Just(""), texts).Draw(r.T, "display name")
	e.Email = directory.Email(fmt.Sprint(texts.Draw(r.T, "email"), "@", e.ID))
	e.Login = rapid.SampledFrom([]string{"", fmt.Sprint(e.LastName, e.ID)}).Draw(r.T, "login")
	e.ExternalID = fmt.Sprint(texts.Draw(r.T, "external id"), e.ID)
	e.Handle = fmt.Sprint(directory.Fold(e.LastName), e.ID)
}

func (r *searchedRoster) write() {
	account := rapid.SampledFrom(sortedKeys(r.people)).Draw(r.T, "account")
	var units []directory.Unit
	for range rapid.IntRange(1, 4).Draw(r.T, "units") {
		known := r.people[account]
		what := rapid.SampledFrom([]string{"insert", "insert", "rename", "insert, rename", "fail", "delete"}).Draw(r.T, "what")
		if len(known) == 0 {
			what = "insert"
		}
		if what == "rename" || what == "delete" {
			id := rapid.SampledFrom(known).Draw(r.T, "who")
			if what == "delete" {
				units = append(units, remove(id))
				r.people[account] = slices.DeleteFunc(slices.Clone(known), func(k int64) bool { return k == id })
				continue
			}
			to := &directory.Employee{ID: id}
			r.name(to)
			units = append(units, change(id, func(e *directory.Employee) {
				e.LastName, e.FirstName, e.DisplayName, e.Email, e.Login, e.ExternalID, e.Handle = to.LastName, to.FirstName, to.DisplayName, to.Email, to.Login, to.ExternalID, to.Handle
			}))
			continue
		}
		ids, err := r.store.NewIDs(context.Background(), 1)
		if err != nil {
			r.Fatal(err)
		}
		e := &directory.Employee{ID: ids[0], AccountID: account, UUID: uuid.NewString(), RocketID: fmt.Sprint(ids[0]), Version: 1, StatusID: r.people[-account][0], CallRecording: "all"}
		r.name(e)
		switch what {
		case "fail":
			units = append(units, func(tx directory.Tx) error {
				return errors.Join(insert1(e)(tx), change(e.ID, func(e *directory.Employee) { e.LastName += " failed" })(tx), errors.New("on purpose"))
			})
			continue
		case "insert, rename":
			units = append(units, func(tx directory.Tx) error {
				return errors.Join(insert1(e)(tx), change(e.ID, func(e *directory.Employee) { e.LastName += " renamed" })(tx))
			})
		default:
			units = append(units, insert1(e))
		}
		r.people[account] = append(r.people[account], e.ID)
	}
	for _, err := range r.store.InTx(context.Background(), account, units...) {
		if err != nil && err.Error() != "on purpose" {
			r.Fatal(err)
		}
	}
}

func sortedKeys(m map[int64][]int64) (keys []int64) {
	for key := range m {
		if key > 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// pattern is a piece of somebody's text, or any text, with what may be anything.
func (r *searchedRoster) pattern(account int64) string {
	text := texts.Draw(r.T, "text")
	if all := r.people[account]; len(all) > 0 && rapid.IntRange(0, 4).Draw(r.T, "somebody's") > 0 {
		var e *directory.Employee
		do(r.T, r.store, account, func(tx directory.Tx) (err error) {
			e, _, err = tx.Employee(rapid.SampledFrom(all).Draw(r.T, "whose"))
			return err
		})
		runes := []rune(rapid.SampledFrom([]string{e.FullName(), e.ShownName(), string(e.Email), e.ExternalID, e.Handle}).Draw(r.T, "which"))
		from := rapid.IntRange(0, len(runes)).Draw(r.T, "from")
		text = string(runes[from:rapid.IntRange(from, len(runes)).Draw(r.T, "to")])
	}
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{"%", "%", "", "_"}).Draw(r.T, "before"))
	for _, c := range directory.Fold(text) {
		switch rapid.IntRange(0, 9).Draw(r.T, "how") {
		case 0:
			b.WriteByte('_')
		case 1:
			b.WriteString("%")
		default:
			b.WriteString(directory.LikeLiteral(string(c)))
		}
	}
	return b.String() + rapid.SampledFrom([]string{"%", "%", "", "_"}).Draw(r.T, "after")
}

func (r *searchedRoster) condition(account int64, depth int) directory.Condition {
	kind := rapid.IntRange(0, 6).Draw(r.T, "kind")
	if kind < 2 && depth > 0 {
		branches := make([]directory.Condition, rapid.IntRange(0, 3).Draw(r.T, "branches"))
		for i := range branches {
			branches[i] = r.condition(account, depth-1)
		}
		if kind == 0 {
			return directory.All(branches)
		}
		return directory.Any(branches)
	}
	if kind == 2 {
		return directory.Test{Field: "status_id", Op: directory.OpGreater, Values: []any{int64(0)}}
	}
	test := ilike(rapid.SampledFrom(searchFields).Draw(r.T, "field"), r.pattern(account))
	test.Not = kind == 3
	return test
}

// With the index the same employees are found as without, whatever they are called
// and asked by, and whatever was changed; and the index is what the rows say.
func TestSearch(t *testing.T) {
	needsIndex(t)
	migrated.Each(t, func(t *testing.T, db testdb.Opener) {
		dsn := db(t)
		indexed := openFile(t, with(dsn, "enable_seqscan=off&jit=off"), Options{})
		if isPostgres(dsn) {
			leaveSearchAlone(t, indexed)
		}
		scanning := openFile(t, with(dsn, "enable_indexscan=off&enable_bitmapscan=off&jit=off"), Options{withoutSearch: true})
		wantState(t, indexed, searchReady)
		r := searchedRoster{store: indexed, people: map[int64][]int64{}}
		for range 2 {
			account := people(t, indexed, 0)
			status := only(t, indexed, `select id from statuses where account_id = $1`, account).(int64)
			r.people[account], r.people[-account] = nil, []int64{status}
		}
		some := 0
		rapid.Check(t, func(t *rapid.T) {
			r.T = t
			r.write()
			for range 3 {
				account := rapid.SampledFrom(sortedKeys(r.people)).Draw(t, "of")
				where := r.condition(account, 3)
				got, want := whoAre(t, indexed, account, where), whoAre(t, scanning, account, where)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%#v (-scan +index):\n%s", where, diff)
				}
				if len(got) > 0 && len(got) < len(r.people[account]) {
					some++
				}
			}
		})
		if some < 10 {
			t.Errorf("only %d conditions selected some, but not all: the test no longer tells", some)
		}
		wantState(t, indexed, searchReady)
		wantProblems(t, indexed, 0, "")
	})
}

// with adds parameters to the URL of a PostgreSQL.
func with(dsn, parameters string) string {
	if !isPostgres(dsn) {
		return dsn
	}
	return dsn + "&" + parameters
}

// leaveSearchAlone leaves the search index alone to the planner, which takes
// others for the few rows of a test.
func leaveSearchAlone(t *testing.T, s *Store) {
	t.Helper()
	execute(t, s.write, `do $$ declare other record; begin
		for other in select conname as name from pg_constraint where conrelid = 'employees'::regclass and contype in ('p', 'u') loop
			execute 'alter table employees drop constraint ' || other.name || ' cascade';
		end loop;
		for other in select indexrelid::regclass as name from pg_index where indrelid = 'employees'::regclass and indexrelid <> 'employees_search'::regclass loop
			execute 'drop index ' || other.name;
		end loop;
	end $$`)
}

// A query for part of a text looks the rows up that the index finds, unless it
// finds too many, and whatever else it asks.
func TestSearchPlans(t *testing.T) {
	needsIndex(t)
	s := openFile(t, migrated.SQLite(t), Options{})
	account := people(t, s, 300)
	const byID = "id=?); LIST SUBQUERY 1; SCAN json_each"
	for _, tt := range []struct {
		name  string
		where directory.Condition
		want  bool
	}{
		{"part", ilike("full_name", "%nov29%"), true},
		{"begin", ilike("last_name", "ivanov29%"), true},
		{"with gaps", ilike("email", "%29_@exa%com"), true},
		{"nobody", ilike("full_name", "%smith%"), true},
		{"several columns", directory.Any{ilike("full_name", "%nov29%"), ilike("email", "%nov29%"), ilike("handle", "%nov29%")}, true},
		{"several texts", directory.Any{ilike("full_name", "%nov29%"), ilike("full_name", "%nov28%")}, true},
		{"and more", directory.All{directory.Is("status_id", int64(5)), ilike("full_name", "%nov29%")}, true},
		{"too short", ilike("full_name", "%29%"), false},
		{"short runs", ilike("full_name", "%no_29%"), false},
		{"or another", directory.Any{ilike("full_name", "%nov29%"), directory.Is("status_id", int64(5))}, false},
		{"not", directory.Test{Field: "full_name", Op: directory.OpILike, Not: true, Values: []any{"%nov29%"}}, false},
		{"no searched field", ilike("uuid", "%abc%"), false},
	} {
		for _, order := range [][]directory.Order{nil, {{Field: "full_name"}}} {
			err := s.snapshot(t.Context(), func(r *reader) error {
				c := newCompiler(s.flavor, employeeView, account)
				where, err := c.narrowed(r, tt.where)
				if err != nil {
					return err
				}
				text := c.ids(where, order) + ` limit 100`
				if got := plan(t, s, text, c.args...); strings.Contains(got, byID) != tt.want {
					t.Errorf("%s, order %v: got plan %q, want one by id: %t", tt.name, order, got, tt.want)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is asked of the index is bounded, and always something that it understands.
func TestQuestions(t *testing.T) {
	needsIndex(t)
	s := openFile(t, migrated.SQLite(t), Options{})
	c := newCompiler(s.flavor, employeeView, 1)
	var many directory.Any
	for i := range searchTerms {
		many = append(many, ilike("full_name", fmt.Sprintf("%%%03d%%", i)))
	}
	deep := directory.Condition(ilike("full_name", "%abc%"))
	for i := range 60 {
		deep = directory.Any{directory.All{deep, ilike("email", fmt.Sprintf("%%%03d%%", i))}, ilike("email", "%abc%")}
	}
	for _, tt := range []struct {
		name  string
		where directory.Condition
		want  string // or the number of terms, if empty
		terms int
	}{
		{"a trigram", ilike("full_name", "%abc%"), `"abc"`, 1},
		{"the last of a run", ilike("full_name", "%abcdefg%"), `("abc" AND "def" AND "efg")`, 3},
		{"runs", ilike("full_name", `a%abc_d\%fx\\%`), `("abc" AND "d%f" AND "fx\")`, 3},
		{"again", ilike("full_name", `%abcabc%`), `"abc"`, 1},
		{"quotes", ilike("full_name", `%a"b%`), `"a""b"`, 1},
		{"operators", directory.All{ilike("full_name", `%or %`), directory.Any{ilike("email", `%not%`), ilike("email", `%)^-%`)}}, `("or " AND ("not" OR ")^-"))`, 3},
		{"what ends a text", ilike("full_name", "%abc\x00def%"), "", 0},
		{"a long pattern", ilike("full_name", "%"+strings.Repeat("0123456789", directory.MaxPattern/10)+"%"), "", 10},
		{"long, all different", ilike("full_name", "%"+many3(200)+"%"), "", searchTerms},
		{"many", many, "", searchTerms},
		{"one too many", append(many, ilike("full_name", "%xyz%")), "", 0},
		{"one too many to hold", directory.All{many, ilike("full_name", "%xyz%")}, "", searchTerms},
		{"deep", deep, "", 20},
		{"no branches", directory.Any{}, "", 0},
	} {
		got := c.question(tt.where)
		if got.terms != tt.terms || tt.want != "" && got.text != tt.want {
			t.Errorf("%s: got %d terms %s, want %d %s", tt.name, got.terms, got.text, tt.terms, tt.want)
		}
		whoAre(t, s, 1, tt.where)
	}
}

// many3 is n different texts of three letters.
func many3(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%03x", i)
	}
	return b.String()
}

// A query of which the index finds too many is one without.
func TestSearchFindsMany(t *testing.T) {
	needsIndex(t)
	s := openFile(t, migrated.SQLite(t), Options{})
	account := people(t, s, 20)
	execute(t, s.write, `insert into employee_search (rowid, text)
		with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1) select 1000000 + i, 'ivanov' from n`, searchNarrows-20)
	wantFew := func(pattern string, want bool, people int) {
		t.Helper()
		where := ilike("full_name", pattern)
		err := s.snapshot(t.Context(), func(r *reader) error {
			c := newCompiler(s.flavor, employeeView, account)
			_, err := c.narrowed(r, where)
			if c.few != want {
				t.Errorf("%s: few is %t, want %t", pattern, c.few, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := whoAre(t, s, account, where); len(got) != people {
			t.Errorf("%s: found %d, want %d", pattern, len(got), people)
		}
	}
	wantFew("%vanov%", true, 20)
	execute(t, s.write, `insert into employee_search (rowid, text) values (1, 'ivanov')`)
	wantFew("%vanov%", false, 20)
	wantFew("%vanov17%", true, 1)
}

// An index that is not ready is asked nothing, made or gone on with by BuildSearch,
// and right whatever was written meanwhile.
func TestBuildSearch(t *testing.T) {
	needsIndex(t)
	dsn := testdb.SQLite(t)
	s := openFile(t, dsn, Options{})
	const n = 2*searchStep + 500
	account := people(t, s, n)
	wantState(t, s, searchStale)
	ids := whoAre(t, s, account, directory.All{})

	ctx, interrupt := context.WithCancel(t.Context())
	var told [][2]int64
	err := s.BuildSearch(ctx, func(done, all int64) {
		if told = append(told, [2]int64{done, all}); done > 0 {
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want canceled", err)
	}
	wantState(t, s, searchBuilding)
	interrupted := snapshotFiles(t, dsn)

	// What is written meanwhile, on both sides.
	for _, i := range []int{5, 6, n - 5, n - 6} {
		do(t, s, account, change(ids[i], func(e *directory.Employee) { e.LastName = "Meanwhile" }))
		do(t, s, account, remove(ids[i+50-100*(i/(n/2))]))
	}
	wantState(t, s, searchBuilding)
	if got := whoAre(t, s, account, ilike("full_name", "%meanwh%")); len(got) != 4 {
		t.Errorf("while it is built: found %v, want 4", got)
	}
	wantProblems(t, s, 0, "")

	var goesOn [][2]int64
	if err := s.BuildSearch(t.Context(), func(done, all int64) { goesOn = append(goesOn, [2]int64{done, all}) }); err != nil {
		t.Fatal(err)
	}
	if goesOn[0][0] < searchStep-10 || goesOn[len(goesOn)-1] != [2]int64{n - 4, n - 4} {
		t.Errorf("after %v it went on at %v", told, goesOn)
	}
	wantState(t, s, searchReady)
	wantProblems(t, s, 0, "")
	if err := s.BuildSearch(t.Context(), func(int64, int64) { t.Error("there is something to do") }); err != nil {
		t.Fatal(err)
	}

	// The files as a power cut would have left them.
	killed := openFile(t, interrupted, Options{})
	wantState(t, killed, searchBuilding)
	build(t, killed)
	wantState(t, killed, searchReady)
	wantProblems(t, killed, 0, "")
	if got := whoAre(t, killed, account, ilike("full_name", "%ivanov2%")); len(got) != 1+10+100+500 {
		t.Errorf("found %d, want 611", len(got))
	}
}

// snapshotFiles copies a database with what is committed and not yet in its file.
func snapshotFiles(t *testing.T, dsn string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "rosterd.db")
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(dsn + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+end, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A program without FTS5 makes the index stale where it changes what that should
// know, and only there.
func TestPlainProgram(t *testing.T) {
	dsn := testdb.SQLite(t)
	s := openFile(t, dsn, Options{})
	plain := openFile(t, dsn, Options{withoutSearch: true})
	var none *Unindexed
	if err := plain.BuildSearch(t.Context(), silent); !errors.As(err, &none) || none.Reason == "" {
		t.Errorf("got error %v, want one that says why", err)
	}
	account := people(t, plain, 10)
	wantState(t, plain, searchStale)
	ids := whoAre(t, plain, account, directory.All{})
	needsIndex(t)
	for _, tt := range []struct {
		name  string
		unit  directory.Unit
		stale bool
	}{
		{"a change of something else", change(ids[0], func(e *directory.Employee) { e.CallRecording = "none" }), false},
		{"a change", change(ids[0], func(e *directory.Employee) { e.FirstName = "Pëtr" }), true},
		{"an employee", insert1(&directory.Employee{ID: 90001, AccountID: account, UUID: "x", RocketID: "x", Version: 1, LastName: "Pëtrova", Handle: "x", StatusID: account + 1, CallRecording: "all"}), true},
		{"one less", remove(ids[1]), true},
	} {
		build(t, s)
		do(t, plain, account, tt.unit)
		want := searchReady
		if tt.stale {
			want = searchStale
		}
		t.Log(tt.name)
		wantState(t, s, want)
		pattern := ilike("full_name", "%pëtr%")
		if diff := cmp.Diff(whoAre(t, plain, account, pattern), whoAre(t, s, account, pattern)); diff != "" {
			t.Errorf("%s (-plain +with index):\n%s", tt.name, diff)
		}
	}
	build(t, s)
	wantProblems(t, s, 0, "")
	wantProblems(t, plain, 0, "")
	if err := plain.Backup(t.Context(), filepath.Join(t.TempDir(), "plain.db")); err != nil {
		t.Error(err)
	}
}

// The index is left out of a load into a roster of few, and of no other.
func TestDeferSearch(t *testing.T) {
	needsIndex(t)
	migrated.Each(t, func(t *testing.T, db testdb.Opener) {
		s := openFile(t, db(t), Options{})
		wantState(t, s, searchReady)
		people(t, s, 1)
		if deferred, err := s.DeferSearch(t.Context()); err != nil || !deferred {
			t.Fatalf("got %t, %v, want the index deferred", deferred, err)
		}
		wantState(t, s, searchStale)
		wantProblems(t, s, 0, "")
		account := people(t, s, searchDeferred)
		if got := whoAre(t, s, account, ilike("full_name", "%ivanov99%")); len(got) != 11 {
			t.Errorf("found %d, want 11", len(got))
		}
		build(t, s)
		wantState(t, s, searchReady)
		wantProblems(t, s, 0, "")
		if deferred, err := s.DeferSearch(t.Context()); err != nil || deferred {
			t.Errorf("got %t, %v, want a refusal: the roster is large", deferred, err)
		}
		wantState(t, s, searchReady)
	})
}

// Servers that start together make one index.
func TestBuildSearchTogether(t *testing.T) {
	needsIndex(t)
	testdb.Each(t, func(t *testing.T, db testdb.Opener) {
		dsn := db(t)
		people(t, openFile(t, dsn, Options{}), 100)
		var servers sync.WaitGroup
		for range 4 {
			s := openFile(t, dsn, Options{})
			servers.Go(func() {
				if err := s.BuildSearch(context.Background(), silent); err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
		s := openFile(t, dsn, Options{})
		wantState(t, s, searchReady)
		wantProblems(t, s, 0, "")
	})
}

// Verify tells where the index and the rows differ; a backup has the index too.
func TestVerifySearch(t *testing.T) {
	needsIndex(t)
	s := openFile(t, migrated.SQLite(t), Options{})
	account := people(t, s, 20)
	ids := whoAre(t, s, account, directory.All{})
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	copied := openFile(t, file, Options{Readers: 1})
	wantState(t, copied, searchReady)
	wantProblems(t, copied, 0, "")
	if got := whoAre(t, copied, account, ilike("full_name", "%nov19%")); len(got) != 1 {
		t.Errorf("in the backup: found %v, want one", got)
	}
	for i := range 40 { // which makes segments of the index, and ends them
		do(t, copied, account, change(ids[i%5], func(e *directory.Employee) { e.LastName = fmt.Sprint("Renamed ", i) }))
		if i%4 == 3 {
			wantProblems(t, copied, 0, "")
		}
	}
	execute(t, s.write, `delete from employee_search where rowid = ?1`, ids[3])
	wantProblems(t, s, 1, fmt.Sprint("employee ", ids[3], ": the search index knows another text"))
	execute(t, s.write, `insert into employee_search (rowid, text) values (?1, 'ivanov 3')`, ids[3])
	wantProblems(t, s, 1, fmt.Sprint("employee ", ids[3], ": the search index knows another text"))
	execute(t, s.write, `insert into employee_search (rowid, text) values (99999, 'nobody')`)
	wantProblems(t, s, 2, "employee 99999: the search index knows one who is not there")
}

// On PostgreSQL the planner looks into the index, which Verify misses when it is
// gone, and a copy has it.
func TestSearchOnPostgres(t *testing.T) {
	dsn := migrated.Postgres(t)
	s := openFile(t, dsn+"&enable_seqscan=off&jit=off", Options{})
	account := people(t, s, 100)
	leaveSearchAlone(t, s)
	for _, tt := range []struct {
		field, pattern string
		want           bool
	}{
		{"full_name", "%nov29%", true},
		{"first_name", "%nov29%", true},
		{"last_name", "%nov29%", true},
		{"login", "%nov29%", true},
		{"email", "%nov29%", true},
		{"external_id", "%nov29%", true},
		{"handle", "%nov29%", true},
		{directory.PersonName, "%nov29%", true},
		{"full_name", "iv%", true},
		{"full_name", "%29%", false},
		{"full_name", "%v.2.%", false},
		{"full_name", "_iv%", false},
	} {
		c := newCompiler(s.flavor, employeeView, account)
		where, err := c.narrowed(nil, ilike(tt.field, tt.pattern))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := query(s)(`explain select e.id from employees e where `+where, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(rows); strings.Contains(got, "employees_search") != tt.want {
			t.Errorf("%s ilike %s: got plan %s, want the index in it: %t", tt.field, tt.pattern, got, tt.want)
		}
	}
	execute(t, s.write, `drop index employees_search`)
	wantProblems(t, s, 1, "employees_search")
	execute(t, s.write, `update search_index set state = 'stale'`)
	wantProblems(t, s, 0, "")
	build(t, s)
	wantProblems(t, s, 0, "")
}

// Who may not bring extensions into the database has no index, and a roster all
// the same.
func TestPostgresRefuses(t *testing.T) {
	dsn := testdb.Postgres(t)
	admin, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := fmt.Sprintf("plain_%d", os.Getpid())
	administer := func(ctx context.Context, statement string) {
		if _, err := admin.Exec(ctx, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	administer(t.Context(), `create role `+role+` login password 'plain'`)
	administer(t.Context(), `grant create, usage on schema public to `+role)
	t.Cleanup(func() {
		ctx := context.Background()
		administer(ctx, `drop owned by `+role+` cascade`)
		administer(ctx, `drop role `+role)
		if err := admin.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "plain")
	s := openFile(t, u.String(), Options{})
	var none *Unindexed
	if err := s.BuildSearch(t.Context(), silent); !errors.As(err, &none) || !strings.Contains(err.Error(), "pg_trgm") {
		t.Errorf("got error %v, want one that names the extension", err)
	}
	wantState(t, s, searchStale)
	account := people(t, s, 10)
	if got := whoAre(t, s, account, ilike("full_name", "%nov7%")); len(got) != 1 {
		t.Errorf("found %v, want one", got)
	}
	wantProblems(t, s, 0, "")
}
