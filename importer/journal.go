package importer

import (
	"context"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// ImportInfo is an import as get.imports tells it.
type ImportInfo struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Digest    string `json:"digest"`
	State     string `json:"state"` // open, done or undone
	Rows      int64  `json:"rows"`
	Failed    int64  `json:"failed"`
	CreatedAt string `json:"created_at"`
}

// The states of an import.
const (
	stateOpen   = "open"
	stateDone   = "done"
	stateUndone = "undone"
)

// begun is an import that began before; ID is 0 if there is none.
type begun struct {
	ImportInfo
	done   bool
	digest string // of the file
}

// Imports reads the imports of an account that a filter selects, the newest first.
// nil selects all.
func Imports(ctx context.Context, client Client, filter any, limit int) ([]ImportInfo, error) {
	params := map[string]any{"limit": limit, "sort": []any{map[string]any{"field": "id", "order": "desc"}}}
	if filter != nil {
		params["filter"] = filter
	}
	var page struct {
		Data []ImportInfo `json:"data"`
	}
	err := caller{client: client}.call(ctx, "get.imports", params, &page)
	return page.Data, err
}

func is(field, value string) map[string]any {
	return map[string]any{"field": field, "operator": "=", "value": value}
}

func isNot(field, value string) map[string]any {
	return map[string]any{"field": field, "operator": "!=", "value": value}
}

func both(filters ...any) map[string]any {
	return map[string]any{"filters": filters, "condition": "and"}
}

// find looks for the import that this one is: of the same content, or else the last
// one of the same name if rows of it are missing.
func (e *engine) find(ctx context.Context, c caller) (begun, error) {
	digest, err := e.file.Digest()
	if err != nil || e.o.Again {
		return begun{digest: digest}, err
	}
	name := both(is("name", e.o.Name), isNot("state", stateUndone))
	same, err := Imports(ctx, c.client, both(name, is("digest", digest)), 1)
	if err == nil && len(same) == 0 {
		if same, err = Imports(ctx, c.client, name, 1); len(same) > 0 && same[0].State == stateDone {
			same = nil
		}
	}
	if err != nil || len(same) == 0 {
		return begun{digest: digest}, err
	}
	return begun{same[0], same[0].State == stateDone, digest}, nil
}

// open makes the import, or goes on with the one that was begun before. A check
// makes none, but knows of the one that it would go on with.
func (e *engine) open(ctx context.Context, b begun) error {
	e.id, e.continued = b.ID, b.ID != 0
	if e.o.Check {
		return nil
	}
	if e.o.Before != nil {
		if err := e.o.Before(ctx); err != nil {
			return err
		}
	}
	if e.continued {
		e.summary.ID = b.ID
		return e.call(ctx, "update.imports", map[string]any{"id": b.ID, "digest": b.digest, "rows": e.summary.Rows}, nil)
	}
	var made struct {
		ID int64 `json:"id"`
	}
	// If the answer is lost and it is made twice, the one without rows is never looked at again.
	params := map[string]any{"name": e.o.Name, "digest": b.digest, "rows": e.summary.Rows}
	err := e.call(ctx, "create.imports", params, &made)
	e.id, e.summary.ID = made.ID, made.ID
	return err
}

// end says in the journal what all rows came to.
func (e *engine) end(ctx context.Context) error {
	if e.o.Check || e.id == 0 {
		return nil
	}
	state := stateOpen
	if e.summary.In() == e.summary.Rows {
		state = stateDone
	}
	params := map[string]any{"id": e.id, "state": state, "failed": e.summary.Failed}
	return e.call(ctx, "update.imports", params, nil)
}

// journalRow is a row that went in.
type journalRow struct {
	ID         int64  `json:"id"`
	Key        string `json:"key"`
	Line       int64  `json:"line"`
	Outcome    string `json:"outcome"`
	EmployeeID int64  `json:"employee_id"`
	Version    int64  `json:"version"`
}

// journal reads the rows of entries that went in, by key.
func (e *engine) journal(ctx context.Context, batch []*entry) (map[string]journalRow, error) {
	keys := make([]string, 0, 3*len(batch))
	for _, n := range batch {
		keys = append(keys, n.key, n.key+firstHalf, n.key+secondHalf)
	}
	var page struct {
		Data []journalRow `json:"data"`
	}
	params := map[string]any{"limit": namesPage, "filter": both(
		map[string]any{"field": "import_id", "operator": "=", "value": e.id},
		map[string]any{"field": "key", "operator": "in", "value": keys},
	)}
	err := e.call(ctx, "get.import_rows", params, &page)
	rows := make(map[string]journalRow, len(page.Data))
	for _, row := range page.Data {
		rows[row.Key] = row
	}
	return rows, err
}

// notIn reports on those entries that are in, and returns the others.
func (e *engine) notIn(ctx context.Context, batch []*entry) ([]*entry, error) {
	rows, err := e.journal(ctx, batch)
	if err != nil {
		return nil, err
	}
	var left []*entry
	for _, n := range batch {
		row, in := rows[n.key]
		first, begun := rows[n.key+firstHalf]
		if _, whole := rows[n.key+secondHalf]; begun && (whole || e.o.Check) {
			row, in = first, true
		}
		switch {
		case in:
			n.outcome, n.id, n.faults = row.Outcome, row.EmployeeID, nil
			e.summary.Earlier++
			if err := e.report(n); err != nil {
				return nil, err
			}
		case begun:
			e.second.add(n.ordinal)
		default:
			left = append(left, n)
		}
	}
	return left, nil
}

// finish does the second half of entries: the coach, or the status, that they
// could not be created with.
func (e *engine) finish(ctx context.Context, batch []*entry) error {
	if err := e.findCoaches(ctx, batch); err != nil {
		return err
	}
	rows, err := e.journal(ctx, batch)
	if err != nil {
		return err
	}
	var calls []rpc.BatchCall
	var called []*entry
	for _, n := range batch {
		first := rows[n.key+firstHalf]
		n.outcome, n.id, n.existing = first.Outcome, first.EmployeeID, first.EmployeeID
		params := []member{{"id", number(n.id)}}
		switch {
		case n.coachID != 0:
			params = append(params, n.coachMember())
		case n.coach != "":
			n.fail(newFault(errors.EntityNotFound, coachPath(), errors.Shown(n.coach)))
			continue
		}
		if n.statusID != 0 {
			params = append(params, member{"status_id", number(n.statusID)})
		}
		params = append(params, e.importRow(n.key+secondHalf, n.row.Line))
		calls, called = append(calls, rpc.BatchCall{Method: "update.employees", Params: objectOf(params)}), append(called, n)
	}
	if len(calls) > 0 {
		if err := e.caller.batch(ctx, calls); err != nil {
			return err
		}
	}
	for i, n := range called {
		if r, _ := refusalOf(calls[i].Err); calls[i].Err != nil {
			n.fail(r.Errors...)
		}
	}
	return e.tell(ctx, batch)
}
