package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// The search index finds the employees that have some text in a searched column.
// It is no part of the schema: a database, or a program, may be without one, and
// then every row is looked at. PostgreSQL keeps and uses its index by itself. On
// SQLite the store writes it, in the transaction of the row, and asks it; the row
// of search_index says which employees it knows, so that it can be left out of a
// load, made a piece at a time, and not be trusted after a program without FTS5
// has written.

// Bounds of the search index.
const (
	searchStep     = 1000  // employees that one transaction of BuildSearch indexes
	searchDeferred = 1000  // employees at most in a roster that DeferSearch takes for empty
	searchNarrows  = 10000 // employees that the index may find for a query to use it
	searchTerms    = 32    // terms in one question to the index
)

// searched are the columns that the index is over: those without case that ilike
// looks into, but for ids and the names of what an employee refers to.
var searched = []string{"full_name_folded", "first_name_folded", "last_name_folded", "shown_name_folded", "email_folded", "external_id_folded", "login_folded", "handle"}

// search is what a flavor says of its index.
type search struct {
	missing string // why this program can neither write nor use one; empty if it can
	kept    bool   // the database keeps the index up to date, and looks into it, by itself

	// create makes the index, empty unless the database keeps it, and drop removes
	// it if it is there.
	create, drop []string

	// refused reports whether an error of create says that the database may not have
	// an index.
	refused func(error) bool
}

// Unindexed says why a store has no search index. Texts are found all the same, by
// looking at every row.
type Unindexed struct{ Reason string }

func (u *Unindexed) Error() string { return "no search index: " + u.Reason }

// States of the search index.
const (
	searchStale    = "stale"    // it is not there, or nothing in it can be relied on
	searchBuilding = "building" // it is right up to an employee, in the order of account and id, and knows none after them
	searchReady    = "ready"
)

// searchState is the row of search_index.
type searchState struct {
	state string
	to    entity // of searchBuilding
}

// covers reports whether the index must know of an employee.
func (s searchState) covers(e entity) bool {
	switch s.state {
	case searchReady:
		return true
	case searchBuilding:
		return e.account < s.to.account || e.account == s.to.account && e.id <= s.to.id
	}
	return false
}

func scanSearchState(row scanner) (s searchState, err error) {
	err = row.Scan(&s.state, &s.to.account, &s.to.id)
	return s, err
}

const searchStateQuery = `select state, account_id, employee_id from search_index where name = 'employees'`

// lockSearch reads the state and keeps it until the end of the transaction.
func (t *tx) lockSearch() (searchState, error) {
	if err := t.flush(); err != nil {
		return searchState{}, err
	}
	return scanSearchState(t.row(`update search_index set state = state where name = 'employees' returning state, account_id, employee_id`))
}

func (s *session) setSearch(to searchState) error {
	_, err := s.exec(`update search_index set state = $1, account_id = $2, employee_id = $3 where name = 'employees'`, to.state, to.to.account, to.to.id)
	return err
}

// BuildSearch makes the search index, or what it lacks, and does nothing if it is
// ready. It goes in transactions of searchStep employees, in between others', and
// goes on where it was stopped; PostgreSQL makes its own in one, and lets nobody
// else write employees meanwhile. Unless there is nothing to do, progress is told
// how many of how many employees are indexed. The error is an *Unindexed where
// there cannot be an index.
func (s *Store) BuildSearch(ctx context.Context, progress func(done, all int64)) error {
	if s.flavor.search.missing != "" {
		return &Unindexed{s.flavor.search.missing}
	}
	state, err := s.searchState(ctx)
	if err != nil || state.state == searchReady {
		return err
	}
	var done, all int64
	err = s.snapshot(ctx, func(r *reader) error {
		return r.row(`select count(*), coalesce(sum(case when (account_id, id) <= ($1, $2) then 1 else 0 end), 0) from employees`, state.to.account, state.to.id).Scan(&all, &done)
	})
	for err == nil && state.state != searchReady {
		all = max(all, done) // others may add employees
		progress(done, all)
		var n int64
		err = s.writer.do(ctx, 0, []task{func(tx *tx) (err error) {
			state, n, err = tx.buildSearch()
			return err
		}})[0]
		done += n
		err = errors.Join(err, ctx.Err())
	}
	switch {
	case err == nil:
		progress(all, all)
	case s.flavor.search.refused(err):
		return &Unindexed{err.Error()}
	}
	return err
}

// DeferSearch has the search index left alone until BuildSearch, and reports
// whether it did: only for a roster of few employees, since until then every
// search looks at all rows. For loads that are faster without.
func (s *Store) DeferSearch(ctx context.Context) (deferred bool, err error) {
	err = s.writer.do(ctx, 0, []task{func(tx *tx) error {
		var n int64
		if err := tx.flush(); err != nil {
			return err
		}
		err := tx.row(fmt.Sprintf(`select count(*) from (select 1 from employees limit %d) few`, searchDeferred+1)).Scan(&n)
		if deferred = err == nil && n <= searchDeferred; !deferred {
			return err
		}
		return tx.staleSearch()
	}})[0]
	return deferred, err
}

// staleSearch has the index made anew by the next BuildSearch.
func (t *tx) staleSearch() error {
	if _, err := t.lockSearch(); err != nil {
		return err
	}
	if t.flavor().search.kept {
		if err := t.execAll(t.flavor().search.drop); err != nil {
			return err
		}
	}
	return t.group.session.setSearch(searchState{state: searchStale})
}

func (t *tx) execAll(statements []string) error {
	for _, statement := range statements {
		if _, err := t.exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// buildSearch is one step of making the index: it makes an empty one, or indexes n
// more employees.
func (t *tx) buildSearch() (state searchState, n int64, err error) {
	state, err = t.lockSearch()
	if err != nil {
		return state, 0, err
	}
	index := t.flavor().search
	switch state.state {
	case searchReady: // another server was quicker
		return state, 0, nil
	case searchStale:
		if err := t.execAll(slices.Concat(index.drop, index.create)); err != nil {
			return state, 0, err
		}
		state = searchState{state: searchBuilding}
		if index.kept {
			state.state = searchReady
		}
	case searchBuilding:
		texts, err := t.textsAfter(state.to)
		if err == nil {
			err = t.group.session.writeTexts(texts)
		}
		if err != nil {
			return state, 0, err
		}
		if n = int64(len(texts)); n == 0 {
			state = searchState{state: searchReady}
		} else {
			state.to = texts[n-1].entity
		}
	}
	return state, n, t.group.session.setSearch(state)
}

// searchText is what the index is to know of an employee. Without trigrams, as the empty
// one, it is nothing.
type searchText struct {
	entity
	text string
}

var searchedQuery = `select account_id, id, ` + strings.Join(searched, ", ") + ` from employees`

func scanText(row scanner) (t searchText, err error) {
	values := make([]*string, len(searched))
	targets := []any{&t.account, &t.id}
	for i := range values {
		targets = append(targets, &values[i])
	}
	err = row.Scan(targets...)
	var b textBuilder
	for _, v := range values {
		if v != nil {
			b.add(*v)
		}
	}
	t.text = b.text
	return t, err
}

// textsAfter reads the next searchStep employees.
func (t *tx) textsAfter(after entity) (texts []searchText, err error) {
	err = t.each(func(row scanner) error {
		text, err := scanText(row)
		texts = append(texts, text)
		return err
	}, searchedQuery+fmt.Sprintf(` where (account_id, id) > ($1, $2) order by account_id, id limit %d`, searchStep), after.account, after.id)
	return texts, err
}

// textBuilder joins texts so that each is found in the whole.
type textBuilder struct{ text string }

// add leaves out what is there already, as the handle often is in the e-mail. No
// searched text has the control character in between.
func (b *textBuilder) add(text string) {
	switch {
	case strings.Contains(b.text, text): // "" too
	case b.text == "":
		b.text = text
	default:
		b.text += "\n" + text
	}
}

// searchedColumns are the places of searched among employeeColumns.
var searchedColumns = func() (places []int) {
	for _, name := range searched {
		places = append(places, slices.IndexFunc(employeeColumns, func(c column) bool { return c.name == name }))
	}
	return places
}()

// textOf is what the index is to know of an employee with these values of
// employeeColumns.
func textOf(values []any) string {
	var b textBuilder
	for _, place := range searchedColumns {
		if v, isText := values[place].(string); isText {
			b.add(v)
		}
	}
	return b.text
}

// index has the search index know an employee by a text, and no more by any if it
// is empty, when the group is written.
func (t *tx) index(employee int64, as string) {
	if !t.flavor().search.kept {
		t.group.waiting.texts = append(t.group.waiting.texts, searchText{entity{t.account, employee}, as})
	}
}

// index brings the search index up to date with the group, at its end and at once:
// each savepoint in between would make the index write a segment.
func (g *group) index() error {
	if len(g.waiting.texts) == 0 {
		return nil
	}
	state, err := scanSearchState(g.session.row(searchStateQuery))
	if err != nil {
		return err
	}
	last := map[entity]string{}
	for _, t := range g.waiting.texts {
		if state.covers(t.entity) {
			last[t.entity] = t.text
		}
	}
	switch {
	case len(last) == 0:
		return nil
	case g.session.flavor.search.missing != "":
		return g.session.setSearch(searchState{state: searchStale})
	}
	texts := make([]searchText, 0, len(last))
	for e, t := range last {
		texts = append(texts, searchText{e, t})
	}
	slices.SortFunc(texts, func(a, b searchText) int { return int(a.id - b.id) })
	return g.session.writeTexts(texts)
}

// writeTexts puts texts in the place of what the index knows of their employees.
func (s *session) writeTexts(texts []searchText) error {
	gone := make([]int64, 0)
	rows := make([][2]any, 0, len(texts))
	for _, t := range texts {
		if t.text == "" {
			gone = append(gone, t.id)
		} else {
			rows = append(rows, [2]any{t.id, t.text})
		}
	}
	if len(gone) > 0 {
		if _, err := s.exec(`delete from employee_search where rowid in (select value from json_each($1))`, list(gone)); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = s.exec(`insert or replace into employee_search (rowid, text) select value ->> 0, value ->> 1 from json_each($1)`, string(document))
	return err
}

// searchState reads the state as it is now.
func (s *Store) searchState(ctx context.Context) (state searchState, err error) {
	err = s.snapshot(ctx, func(r *reader) error {
		state, err = scanSearchState(r.row(searchStateQuery))
		return err
	})
	return state, err
}

// narrowed is a condition and, if the search index finds few who can fulfil it,
// their ids. What order is asked for comes after it.
func (c *compiler) narrowed(r *reader, condition directory.Condition) (where string, err error) {
	if c.view != employeeView || c.flavor.search.kept || c.flavor.search.missing != "" {
		return c.where(condition), nil
	}
	q := c.question(condition)
	if q.terms == 0 {
		return c.where(condition), nil
	}
	if state, err := scanSearchState(r.row(searchStateQuery)); err != nil || state.state != searchReady {
		return c.where(condition), err
	}
	ids, err := r.ids(`select rowid from employee_search where employee_search match $1 limit $2`, q.text, searchNarrows+1)
	if err != nil || len(ids) > searchNarrows {
		return c.where(condition), err
	}
	c.few = true
	return c.where(condition) + " and " + c.flavor.ids(c.view.id, c.arg(list(ids))), nil
}

// question is one to the index, in FTS5's language. Without terms it is none.
type question struct {
	text  string
	terms int
}

// question asks for all who can fulfil a condition, and for as few others as the
// index can tell.
func (c *compiler) question(condition directory.Condition) question {
	switch x := condition.(type) {
	case directory.All:
		var all []question // those left out only ask for more employees
		terms := 0
		for _, branch := range x {
			if q := c.question(branch); q.terms > 0 && terms+q.terms <= searchTerms {
				all = append(all, q)
				terms += q.terms
			}
		}
		return joined(all, " AND ")
	case directory.Any:
		var each []question
		for _, branch := range x {
			q := c.question(branch)
			if q.terms == 0 {
				return question{}
			}
			if !slices.Contains(each, q) { // the same text in another column
				each = append(each, q)
			}
		}
		if q := joined(each, " OR "); q.terms <= searchTerms {
			return q
		}
	case directory.Test:
		column := strings.TrimPrefix(c.view.fields[x.Field].folded, "e.")
		if x.Op == directory.OpILike && !x.Not && slices.Contains(searched, column) {
			return trigramsOf(x.Values[0].(string))
		}
	}
	return question{}
}

func joined(questions []question, with string) (q question) {
	for i, one := range questions {
		if i > 0 {
			q.text += with
		}
		q.text += one.text
		q.terms += one.terms
	}
	if len(questions) > 1 {
		q.text = "(" + q.text + ")"
	}
	return q
}

// trigramsOf asks for texts that have what is literal in a pattern of like: for
// trigrams beside each other, and the last one of each run.
func trigramsOf(like string) question {
	var each []question
	for _, run := range literals(like) {
		for i := 0; i < len(run); i += 3 {
			from := min(i, len(run)-3)
			if from < 0 || len(each) == searchTerms {
				break
			}
			term := question{`"` + strings.ReplaceAll(string(run[from:from+3]), `"`, `""`) + `"`, 1}
			if !slices.Contains(each, term) {
				each = append(each, term)
			}
		}
	}
	return joined(each, " AND ")
}

// searchable is the expression of a column to compare with a pattern. Where the
// database keeps the index it is another for a pattern that has no trigram for it,
// or the planner may choose to read the whole index, which takes longer than the
// rows.
func (c *compiler) searchable(expr, like string) string {
	if c.flavor.search.kept && !hasWord(like) {
		return "(" + expr + " || '')"
	}
	return expr
}

// hasWord reports whether a pattern has what pg_trgm makes a trigram of: three
// letters or digits beside each other, or where the text begins some.
func hasWord(like string) bool {
	for i, run := range literals(like) {
		n := 0
		for j, r := range run {
			n++
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				n = 0
			}
			if n == 3 || i == 0 && j == n-1 && n > 0 {
				return true
			}
		}
	}
	return false
}

// literals are the texts between what may be any text in a pattern of like.
func literals(like string) (runs [][]rune) {
	if strings.ContainsRune(like, 0) { // where SQLite ends a pattern
		return nil
	}
	runs = [][]rune{nil}
	escaped := false
	for _, r := range like {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && (r == '%' || r == '_'):
			runs = append(runs, nil)
		default:
			last := len(runs) - 1
			runs[last] = append(runs[last], r)
		}
		escaped = false
	}
	return runs
}

// verifySearch compares a search index that is ready with the employees' rows.
func (r *reader) verifySearch(problem func(string)) error {
	state, err := scanSearchState(r.row(searchStateQuery))
	if err != nil || state.state != searchReady || r.flavor.search.missing != "" {
		return err
	}
	if r.flavor.search.kept {
		var valid int64
		err := r.row(`select count(*) from pg_index where indexrelid = to_regclass('employees_search') and indisvalid`).Scan(&valid)
		if valid == 0 {
			problem("the search index employees_search is said to be ready and is not there, or not valid")
		}
		return err
	}
	// A sum of what is known of an employee stands for a set of any order.
	known := map[int64]uint64{}
	err = r.each(func(row scanner) error {
		var term string
		var id int64
		err := row.Scan(&term, &id)
		known[id] += hash(term)
		return err
	}, `select term, doc from employee_search_terms`)
	if err != nil {
		return err
	}
	err = r.each(func(row scanner) error {
		t, err := scanText(row)
		if known[t.id] != trigramSum(t.text) {
			problem(fmt.Sprintf("employee %d: the search index knows another text than the row has", t.id))
		}
		delete(known, t.id)
		return err
	}, searchedQuery)
	for id := range known {
		problem(fmt.Sprintf("employee %d: the search index knows one who is not there", id))
	}
	return err
}

// renewSearch has FTS5 forget what the connection knows of the index from another
// moment. A query does that; a check does not, and would miss what is gone.
func (r *reader) renewSearch() error {
	if r.flavor.search.missing != "" {
		return nil
	}
	var n int64
	if err := r.row(`select count(*) from pragma_table_list where name = 'employee_search'`).Scan(&n); err != nil || n == 0 {
		return err
	}
	return r.row(`select count(*) from employee_search where rowid = 0`).Scan(&n)
}

// trigramSum is the sum of the hashes of a text's different trigrams.
func trigramSum(text string) (sum uint64) {
	runes := []rune(notCharacters.Replace(text))
	terms := map[string]bool{}
	for i := range max(len(runes)-2, 0) {
		if term := string(runes[i : i+3]); !terms[term] {
			terms[term] = true
			sum += hash(term)
		}
	}
	return sum
}

// notCharacters are read by SQLite as the replacement character.
var notCharacters = strings.NewReplacer("\uFFFE", "\uFFFD", "\uFFFF", "\uFFFD")

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
