package importer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// Limits of an import.
const (
	BatchSize     = 500       // rows that go to the server together
	MaxBatchBytes = 4 << 20   // bytes of params that do, about; a longer row goes alone
	AtomicRows    = 10_000    // rows of an import that goes in whole or not at all
	MaxRounds     = 20        // readings of the file for coaches who stand after those they coach
	MaxReasons    = 1000      // different reasons that are counted
	MaxCoaches    = 200_000   // coaches that are known by their handles at the same time
	MaxRows       = 5_000_000 // rows of a file, by default
)

// ImportOptions say how a file is imported. The zero ImportOptions create an
// employee for each row, and a bad row keeps no other out.
type ImportOptions struct {
	Revision string // of the contract
	Name     string // by which the import is known: the file's name without folders

	Check  bool   // write nothing, and report what would happen
	Atomic bool   // all rows, at most AtomicRows, or none
	Upsert string // one of Upserts: employees who have a row's value are updated
	Again  bool   // import a file once more that went in before

	MaxRows int64 // of the file; MaxRows if 0

	Pauses []time.Duration // before each further attempt at what was not answered

	Before   func(context.Context) error // is called once, before anything is written; nil for nothing
	Report   func(ReportRow) error       // takes what became of rows; nil for nothing
	Rejected func(Row) error             // takes rows that failed; nil for nothing
	Progress func(Progress)              // is told after each batch; nil for nothing
}

// Progress is how far an import is.
type Progress struct {
	Done, All, Failed int64 // rows, or employees
}

// Summary is what an import came to.
type Summary struct {
	ID        int64  // of the import; 0 for a check
	Before    string // the file went in before, at this time, and nothing was done; "" otherwise
	Continued bool   // an import that had begun before went on

	Rows, Created, Updated, Unchanged, Failed int64
	Earlier                                   int64    // of Created, Updated and Unchanged: in an earlier run
	Reasons                                   []Reason // of failures, the most frequent first
}

// In is how many rows are in.
func (s *Summary) In() int64 { return s.Created + s.Updated + s.Unchanged }

// Reason is why rows failed.
type Reason struct {
	Mnemonic, Field, Message string
	Rows                     int64
}

// UsageError is a wish that cannot be fulfilled; nothing was done.
type UsageError struct{ Text string }

// Error is the reason, in one line.
func (e *UsageError) Error() string { return e.Text }

// engine is an import that runs.
type engine struct {
	caller
	o         ImportOptions
	file      *File
	names     *names
	creatable []string // statuses

	id        int64
	continued bool

	repeated valueSet         // beginnings of digests that several rows may have
	handles  valueSet         // of rows of the file that are named as coaches
	failed   valueSet         // those of them that failed
	coaches  map[string]int64 // ids by handle
	would    valueSet         // in a check: values that rows before would have taken,
	freed    valueSet         // and those that they would have given up

	postponed *rowSet // rows whose coach stands after them
	second    *rowSet // rows whose second half is to be done
	round     int
	forced    bool     // whoever waits for a coach is created without
	passed    valueSet // handles of rows that earlier batches of the first round, and earlier rounds, have dealt with
	passing   valueSet // and those that this round has

	pending *pending // a batch that is under way; nil if there is none

	summary Summary
	done    int64
	reasons map[Reason]int64
}

// Import puts the rows of a file into a roster. A malformed file is a *FileError, a
// wish that cannot be fulfilled a *UsageError; nothing was written then. When ctx
// ends, the batch under way is finished and ctx's error returned. After any other
// error, too, the same import may be run again, and repeats nothing. The Summary
// is that of what was done.
func Import(ctx context.Context, file *File, client Client, o ImportOptions) (Summary, error) {
	e := &engine{
		caller: caller{client, o.Pauses}, o: o, file: file, creatable: creatable(o.Revision),
		repeated: valueSet{}, handles: valueSet{}, failed: valueSet{}, passed: valueSet{}, passing: valueSet{}, coaches: map[string]int64{}, would: valueSet{}, freed: valueSet{},
		postponed: &rowSet{}, second: &rowSet{}, reasons: map[Reason]int64{},
	}
	err := e.run(ctx)
	e.summarize()
	return e.summary, err
}

func (e *engine) run(ctx context.Context) error {
	if e.o.Upsert != "" && !slices.Contains(Upserts(), e.o.Upsert) {
		return &UsageError{fmt.Sprintf("employees cannot be updated by %s", e.o.Upsert)}
	}
	if err := e.look(ctx); err != nil {
		return err
	}
	// The first question is asked once: whoever cannot be reached at all is not waited for.
	begun, err := e.find(ctx, caller{client: e.client})
	if err != nil {
		return err
	}
	if begun.done {
		e.summary.ID, e.summary.Before, e.summary.Created = begun.ID, begun.CreatedAt, begun.Rows
		return nil
	}
	if e.names, err = readNames(ctx, e.caller); err != nil {
		return err
	}
	if e.o.Atomic {
		return e.whole(ctx, begun)
	}
	if err := e.open(ctx, begun); err != nil {
		return err
	}
	if err := e.all(ctx); err != nil {
		return err
	}
	return e.end(ctx)
}

// look reads the whole file: it is sound, and has so many rows. It notes which rows
// may be equal, and which of the coaches named in the file are in it.
func (e *engine) look(ctx context.Context) error {
	var seen filter
	named := valueSet{}
	rows, limit := int64(0), cmp.Or(e.o.MaxRows, MaxRows)
	err := e.file.Rows(ctx, func(row Row) error {
		if rows++; rows > limit {
			return &UsageError{fmt.Sprintf("the file has more than %d rows: split it", limit)}
		}
		all, _ := members(row.Params) // what is none will be told with the row
		if digest := contentOf(all); seen.add(beginning(digest)) {
			e.repeated[beginning(digest)] = struct{}{}
		}
		if coach := normalized("handle", at(all, coachPath().String())); coach != "" {
			named.add(coach)
		}
		return nil
	})
	e.summary.Rows = rows
	switch {
	case err != nil:
		return err
	case e.o.Atomic && rows > AtomicRows:
		return &UsageError{fmt.Sprintf("--atomic takes at most %d rows, and the file has %d: split it, or import it without --atomic", AtomicRows, rows)}
	case len(named) == 0:
		return nil
	}
	return e.file.Rows(ctx, func(row Row) error {
		all, _ := members(row.Params)
		if handle := normalized("handle", stringIn(all, "handle")); handle != "" && named.has(handle) {
			e.handles.add(handle)
		}
		return nil
	})
}

// all puts all rows in: in the file's order; then, in rounds, those whose coach
// stands after them; then what is left of those who coach each other, and of those
// with a status that nobody is created with.
func (e *engine) all(ctx context.Context) error {
	err := e.through(ctx, nil)
	for err == nil && e.postponed.n > 0 {
		waiting := e.postponed
		e.postponed = &rowSet{}
		e.round++
		err = e.through(ctx, waiting)
		maps.Copy(e.passed, e.passing)
		clear(e.passing)
		e.forced = e.postponed.n == waiting.n || e.round >= MaxRounds
	}
	if err == nil && e.second.n > 0 && !e.o.Check {
		err = e.entries(ctx, e.second, e.finish)
	}
	return err
}

// batch puts entries in.
func (e *engine) batch(ctx context.Context, batch []*entry) error {
	err := e.putBatch(ctx, batch)
	into := e.passed
	if e.round > 0 { // a batch may be another one when an import goes on, a round is not
		into = e.passing
	}
	for _, n := range batch {
		if handle := n.handle(); e.handles.has(handle) && !n.held {
			into.add(handle)
		}
	}
	return err
}

func (e *engine) putBatch(ctx context.Context, batch []*entry) error {
	if e.independent(batch) {
		return e.put(ctx, batch)
	}
	if err := e.settlePending(ctx); err != nil {
		return err
	}
	if err := e.findCoaches(ctx, batch); err != nil {
		return err
	}
	var left []*entry
	for _, n := range batch {
		if e.chooseCoach(n); !n.held {
			left = append(left, n)
		}
	}
	if e.continued {
		// After the coaches: what was found of the earlier run's rows then is in the journal now.
		var err error
		if left, err = e.notIn(ctx, left); err != nil {
			return err
		}
	}
	if err := e.findExisting(ctx, left); err != nil {
		return err
	}
	return e.put(ctx, left)
}

// independent reports whether nothing needs to be asked about entries, and notes
// the coaches of those that are so.
func (e *engine) independent(batch []*entry) bool {
	if e.continued || e.o.Upsert != "" {
		return false
	}
	for _, n := range batch {
		if n.coachID = e.coaches[n.coach]; n.coach != "" && (n.coachID == 0 || e.ahead(n.coach)) {
			return false
		}
	}
	return true
}

// ahead reports whether the file has a row for a coach that is still to come. That is
// so whatever an earlier run has put in, so that one that goes on takes rows in the
// same order.
func (e *engine) ahead(coach string) bool { return e.handles.has(coach) && !e.passed.has(coach) }

// chooseCoach decides what becomes of a row with a coach: it goes in with the coach,
// waits for them, goes in without, or fails.
func (e *engine) chooseCoach(n *entry) {
	known := n.coachID != 0
	switch {
	case n.coach == "":
	case !known && n.coach == n.handle():
		n.fail(newFault(errors.InvalidParameterValue, coachPath(), errors.Shown(n.coach)))
	case known && e.o.Upsert != "":
	case e.o.Check && (known || e.would.has(told("handle", n.coach))):
	case e.ahead(n.coach) && !e.failed.has(n.coach):
		if e.forced {
			n.coachID, n.half = 0, true
		} else {
			n.held = true
			e.postponed.add(n.ordinal)
		}
	case !known && !n.faulty(coachPath().String()):
		n.fail(newFault(errors.EntityNotFound, coachPath(), errors.Shown(n.coach)))
	}
}

// findCoaches finds coaches by their handles.
func (e *engine) findCoaches(ctx context.Context, batch []*entry) error {
	var ask []string
	for _, n := range batch {
		if n.coach != "" && e.coaches[n.coach] == 0 {
			ask = append(ask, n.coach)
		}
	}
	if len(e.coaches)+len(ask) > MaxCoaches {
		clear(e.coaches)
	}
	found, err := e.holders(ctx, "handle", ask)
	if err != nil {
		return err
	}
	for handle, rows := range found {
		e.coaches[handle] = rows[0].ID
	}
	for _, n := range batch {
		if n.coachID = e.coaches[n.coach]; n.coachID != 0 || n.coach == "" {
			continue
		}
		if id, err := strconv.ParseInt(n.coach, 10, 64); err == nil && id > 0 && !e.handles.has(n.coach) {
			n.coachID = id
		}
	}
	return nil
}

// findExisting finds who has the values by which rows are upserted.
func (e *engine) findExisting(ctx context.Context, batch []*entry) error {
	if e.o.Upsert == "" {
		return nil
	}
	var ask []string
	for _, n := range batch {
		if n.upsert != "" {
			ask = append(ask, n.upsert)
		}
	}
	found, err := e.holders(ctx, e.o.Upsert, ask, "operator")
	if err != nil {
		return err
	}
	for _, n := range batch {
		switch rows := found[n.upsert]; {
		case n.upsert == "":
		case len(rows) > 1:
			fault := newFault(errors.AlreadyInUse, upsertPaths[e.o.Upsert], errors.Shown(n.upsert))
			fault.Message, fault.HeldBy = fmt.Sprintf("%d employees have this value: it does not tell who is meant", len(rows)), rows[0].ID
			n.fail(fault)
		case len(rows) == 1:
			n.existing = rows[0].ID
			if rows[0].Operator.Login != "" {
				n.keepPassword()
			}
		default:
			n.twice = e.o.Check && e.would.has(told(e.o.Upsert, n.upsert))
		}
	}
	return nil
}

// send makes a call of each entry, and notes what came of it.
func (e *engine) send(ctx context.Context, batch []*entry) error {
	if len(batch) == 0 {
		return nil
	}
	if err := e.attemptAll(ctx, batch); err != nil {
		return err
	}
	var raced []*entry
	for _, n := range batch {
		if e.lostRace(n) {
			raced = append(raced, n)
		}
	}
	if len(raced) == 0 {
		return nil
	}
	faults := make([][]Fault, len(raced))
	for i, n := range raced {
		faults[i], n.faults = n.faults, nil
	}
	if err := e.findExisting(ctx, raced); err != nil {
		return err
	}
	var found []*entry
	for i, n := range raced {
		if n.existing != 0 {
			found = append(found, n)
		} else if len(n.faults) == 0 {
			n.faults = faults[i] // it is no employee who has the value
		}
	}
	return e.attemptAll(ctx, found)
}

// lostRace reports whether somebody has come to have the very value by which a row
// was looked for, since then.
func (e *engine) lostRace(n *entry) bool {
	return e.o.Upsert != "" && !e.o.Check && n.existing == 0 && len(n.faults) == 1 &&
		n.faults[0].Mnemonic == errors.AlreadyInUse.Mnemonic && n.faults[0].Field == upsertPaths[e.o.Upsert].String()
}

// attemptAll sends calls for entries and notes their answers.
func (e *engine) attemptAll(ctx context.Context, batch []*entry) error {
	if len(batch) == 0 {
		return nil
	}
	calls, answers := e.callsFor(batch)
	if err := e.caller.batch(ctx, calls); err != nil {
		return err
	}
	for i, n := range batch {
		e.note(n, calls[i].Err, answers[i])
	}
	return nil
}

// callsFor are a call for each entry, and where their answers go.
func (e *engine) callsFor(batch []*entry) ([]rpc.BatchCall, []answer) {
	calls, answers := make([]rpc.BatchCall, len(batch)), make([]answer, len(batch))
	for i, n := range batch {
		calls[i] = e.callFor(n, len(n.faults) > 0 || e.o.Check)
		calls[i].Result = &answers[i]
	}
	return calls, answers
}

// answer is what create.employees and update.employees answer.
type answer struct {
	ID       int64 `json:"id"`
	Metadata struct {
		Diff      []change `json:"diff"`
		ImportRow struct {
			Outcome    string `json:"outcome"`
			EmployeeID int64  `json:"employee_id"`
		} `json:"import_row"`
	} `json:"metadata"`
}

// callFor is the call that puts an entry in or, as a dry run, finds out all that is
// wrong with it.
func (e *engine) callFor(n *entry, dry bool, more ...member) rpc.BatchCall {
	method, params := "create.employees", n.coached()
	if n.existing != 0 {
		method, params = "update.employees", append([]member{{"id", number(n.existing)}}, params...)
		if n.statusID != 0 {
			params = append(params, member{"status_id", number(n.statusID)})
		}
	} else if n.statusID != 0 {
		n.half = true
	}
	if dry {
		params = append(slices.Clone(params), member{"dry_run", []byte("true")})
	} else {
		key := n.key
		if n.half {
			key += firstHalf
		}
		params = append(slices.Clone(params), e.importRow(key, n.row.Line))
	}
	return rpc.BatchCall{Method: method, Params: objectOf(append(params, more...))}
}

// importRow is the parameter that enters a call in the journal.
func (e *engine) importRow(key string, line int) member {
	return member{"import_row", valueOf(map[string]any{"import_id": e.id, "key": key, "line": line})}
}

// note takes what came of an entry's call.
func (e *engine) note(n *entry, err error, a answer) {
	if err != nil {
		r, _ := refusalOf(err)
		known := len(n.faults)
		for _, fault := range r.Errors {
			if e.o.Check && e.foreseen(n, fault) {
				continue
			}
			if !slices.ContainsFunc(n.faults[:known], func(k Fault) bool { return k.Field == fault.Field }) {
				n.fail(fault)
			}
		}
		if len(n.faults) > 0 {
			return
		}
	}
	switch {
	case len(n.faults) > 0:
	case e.o.Check:
		e.foresee(n, a.Metadata.Diff)
	default:
		n.outcome, n.id = a.Metadata.ImportRow.Outcome, a.Metadata.ImportRow.EmployeeID
	}
}
