package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// UndoOptions say how an import is undone.
type UndoOptions struct {
	Pauses   []time.Duration       // as in ImportOptions
	Report   func(ReportRow) error // takes whoever is kept; nil for nothing
	Progress func(Progress)        // is told after each batch; nil for nothing
}

// UndoSummary is what an undo came to, in employees whom the import had created.
type UndoSummary struct {
	Name    string // of the import
	Removed int64
	Gone    int64 // had been removed before
	Kept    int64 // because somebody changed them since, or others depend on them
}

// victim is an employee whom an import created.
type victim struct {
	id, version, line int64
	fault             Fault // why they are still there
}

// undo is an undo that runs.
type undo struct {
	caller
	o       UndoOptions
	id      int64
	left    []victim // who has dependents, for now
	summary UndoSummary
}

// Undo removes the employees whom an import created, the latest first, unless
// somebody has changed them since the import. Whom it updated stays as they are. The
// import takes no more rows, even if the undo is interrupted; it can be run again.
// An import that is not there is a *UsageError.
func Undo(ctx context.Context, client Client, id int64, o UndoOptions) (UndoSummary, error) {
	u := &undo{caller: caller{client, o.Pauses}, o: o, id: id}
	err := u.run(ctx)
	return u.summary, err
}

func (u *undo) run(ctx context.Context) error {
	found, err := Imports(ctx, u.client, map[string]any{"field": "id", "operator": "=", "value": u.id}, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return &UsageError{fmt.Sprintf("there is no import %d; rosterd import list shows those that there are", u.id)}
	}
	u.summary.Name = found[0].Name
	if err := u.call(ctx, "update.imports", map[string]any{"id": u.id, "state": stateUndone}, nil); err != nil {
		return err
	}
	for last := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		victims, oldest, err := u.page(ctx, last)
		if err != nil {
			return err
		}
		if len(victims) == 0 {
			break
		}
		last = oldest
		kept, err := u.remove(ctx, victims)
		if err != nil {
			return err
		}
		u.left = append(u.left, kept...)
	}
	return u.dependents(ctx)
}

// page are the employees whom the import created before a row of its journal (0
// for all), and the oldest row among theirs.
func (u *undo) page(ctx context.Context, before int64) (victims []victim, oldest int64, err error) {
	mine := map[string]any{"field": "import_id", "operator": "=", "value": u.id}
	filters := []any{mine, is("outcome", Created)}
	if before != 0 {
		filters = append(filters, map[string]any{"field": "id", "operator": "<", "value": before})
	}
	rows, err := u.rows(ctx, both(filters...), "desc", BatchSize)
	if err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	ids, versions := make([]int64, len(rows)), map[int64]int64{}
	for i, row := range rows {
		ids[i] = row.EmployeeID
	}
	// The import may have changed them afterwards.
	theirs := map[string]any{"field": "employee_id", "operator": "in", "value": ids}
	for last, full := int64(0), true; full; {
		later, err := u.rows(ctx, both(mine, theirs, map[string]any{"field": "id", "operator": ">", "value": last}), "asc", namesPage)
		if err != nil {
			return nil, 0, err
		}
		for _, row := range later {
			versions[row.EmployeeID] = max(versions[row.EmployeeID], row.Version)
			last = row.ID
		}
		full = len(later) == namesPage
	}
	for _, row := range rows {
		victims = append(victims, victim{id: row.EmployeeID, version: versions[row.EmployeeID], line: row.Line})
	}
	return victims, rows[len(rows)-1].ID, nil
}

// rows are rows of the journal in the order of their ids.
func (u *undo) rows(ctx context.Context, filter any, order string, limit int) ([]journalRow, error) {
	var page struct {
		Data []journalRow `json:"data"`
	}
	err := u.call(ctx, "get.import_rows", map[string]any{
		"filter": filter, "limit": limit, "sort": []any{map[string]any{"field": "id", "order": order}},
	}, &page)
	return page.Data, err
}

// remove deletes employees. It reports on those who are kept for good, and returns
// those who have dependents.
func (u *undo) remove(ctx context.Context, victims []victim) (dependent []victim, err error) {
	calls := make([]rpc.BatchCall, len(victims))
	for i, v := range victims {
		calls[i] = deletion(v)
	}
	if err := u.batch(ctx, calls); err != nil {
		return nil, err
	}
	for i, v := range victims {
		if v.fault = firstFault(calls[i].Err); v.fault.Mnemonic == errors.DependencyError.Mnemonic {
			dependent = append(dependent, v)
			continue
		}
		if err := u.tell(v); err != nil {
			return nil, err
		}
	}
	u.progress()
	return dependent, nil
}

func deletion(v victim) rpc.BatchCall {
	return rpc.BatchCall{Method: "delete.employees", Params: map[string]any{"id": v.id, "expected_version": v.version}}
}

// firstFault is the first thing wrong with a call; nothing if it succeeded.
func firstFault(err error) Fault {
	if err == nil {
		return Fault{}
	}
	r, _ := refusalOf(err)
	return r.Errors[0]
}

// tell counts what became of somebody, and reports on who is kept.
func (u *undo) tell(v victim) error {
	switch {
	case v.fault.Mnemonic == "":
		u.summary.Removed++
	case v.fault.Mnemonic == errors.EntityNotFound.Mnemonic:
		u.summary.Gone++
	default:
		u.summary.Kept++
		if u.o.Report != nil {
			return u.o.Report(ReportRow{Line: int(v.line), Outcome: Failed, ID: v.id, Mnemonic: v.fault.Mnemonic, Field: v.fault.Field, Message: v.fault.Message})
		}
	}
	return nil
}

func (u *undo) progress() {
	if u.o.Progress != nil {
		done := u.summary.Removed + u.summary.Gone + u.summary.Kept
		u.o.Progress(Progress{done, done + int64(len(u.left)), u.summary.Kept})
	}
}

// dependents removes coaches after those they coach, and those who coach each
// other together.
func (u *undo) dependents(ctx context.Context) error {
	for before := -1; len(u.left) > 0 && len(u.left) != before; {
		before = len(u.left)
		var still []victim
		for victims := range slices.Chunk(u.left, BatchSize) {
			if err := ctx.Err(); err != nil {
				return err
			}
			dependent, err := u.remove(ctx, victims)
			if err != nil {
				return err
			}
			still = append(still, dependent...)
		}
		u.left = still
	}
	circles, err := u.circles(ctx)
	if err != nil {
		return err
	}
	for _, circle := range circles {
		if err := u.removeTogether(ctx, circle); err != nil {
			return err
		}
	}
	for _, v := range u.left {
		if err := u.tell(v); err != nil {
			return err
		}
	}
	u.left = nil
	u.progress()
	return nil
}

// coachesPage is how many coaches are asked about at once: a jsquery expression
// may have 4,000 bytes.
const coachesPage = 180

// circles takes those out of left who depend on nobody but each other as coaches.
func (u *undo) circles(ctx context.Context) ([][]victim, error) {
	coachees := map[int64][]int64{}
	among := map[int64]bool{}
	for page := range slices.Chunk(u.left, coachesPage) {
		ids := make([]string, len(page))
		for i, v := range page {
			ids[i], among[v.id] = strconv.FormatInt(v.id, 10), true
		}
		expr := "coach_id IN (" + strings.Join(ids, ",") + ")"
		for last, full := int64(0), true; full; {
			var answer struct {
				Data []struct {
					ID    int64           `json:"id"`
					Coach json.RawMessage `json:"coach"`
				} `json:"data"`
			}
			err := u.call(ctx, "get.employees", map[string]any{
				"fields": []string{"id", "coach"}, "limit": namesPage,
				"filter": both(map[string]any{"field": "coach", "operator": "jsquery", "value": expr}, map[string]any{"field": "id", "operator": ">", "value": last}),
			}, &answer)
			if err != nil {
				return nil, err
			}
			for _, row := range answer.Data {
				var coach struct {
					ID int64 `json:"coach_id"`
				}
				if err := json.Unmarshal(row.Coach, &coach); err != nil {
					return nil, err
				}
				coachees[coach.ID], last = append(coachees[coach.ID], row.ID), row.ID
			}
			full = len(answer.Data) == namesPage
		}
	}
	stays := func(v victim) bool {
		return among[v.id] && (len(coachees[v.id]) == 0 || slices.ContainsFunc(coachees[v.id], func(id int64) bool { return !among[id] }))
	}
	for changed := true; changed; {
		changed = false
		for _, v := range u.left {
			if stays(v) {
				among[v.id], changed = false, true
			}
		}
	}
	var circles [][]victim
	kept := u.left[:0]
	circleOf := map[int64]int{} // by employee, from 1
	for _, v := range u.left {
		if !among[v.id] {
			kept = append(kept, v)
			continue
		}
		// Everybody reached from v by coaching is of v's circle, or of one that was found before.
		nth := circleOf[v.id]
		if nth == 0 {
			circles = append(circles, nil)
			nth = len(circles)
			for todo := []int64{v.id}; len(todo) > 0; {
				id := todo[len(todo)-1]
				todo = todo[:len(todo)-1]
				if circleOf[id] == 0 {
					circleOf[id] = nth
					todo = append(todo, coachees[id]...)
				}
			}
		}
		circles[nth-1] = append(circles[nth-1], v)
	}
	u.left = kept
	return circles, nil
}

// removeTogether removes those who coach each other in an atomic batch: first they
// have no coach any more, then they go.
func (u *undo) removeTogether(ctx context.Context, circle []victim) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if 2*len(circle) > AtomicRows {
		u.left = append(u.left, circle...)
		return nil
	}
	batch := map[string]any{"batch_id": fmt.Sprintf("undo of import %d", u.id), "atomic": true}
	var calls []rpc.BatchCall
	add := func(method string, params map[string]any) {
		for name, value := range batch {
			params[name] = value
		}
		calls = append(calls, rpc.BatchCall{Method: method, Params: params})
	}
	for _, v := range circle {
		add("update.employees", map[string]any{"id": v.id, "expected_version": v.version, "coach": nil})
	}
	for _, v := range circle {
		add("delete.employees", map[string]any{"id": v.id, "expected_version": v.version + 1})
	}
	if err := u.together(ctx, calls); err != nil {
		return err
	}
	for i, v := range circle {
		changed, removed := calls[i].Err, calls[len(circle)+i].Err
		switch {
		case changed == nil && removed == nil:
			v.fault = Fault{}
		case firstFault(changed).Mnemonic == errors.VersionConflict.Mnemonic:
			v.fault = firstFault(changed)
		}
		if err := u.tell(v); err != nil {
			return err
		}
	}
	return nil
}
