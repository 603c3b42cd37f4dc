// Package methods is the native dialect: the Data API's methods over the roster,
// one file per noun, each method one literal.
//
// A method translates nothing and decides nothing: parameters are the
// directory's commands as they are, and the Guard asks the directory who calls.
// The package knows no SQL and no transport.
package methods

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
)

// All are the methods, over d.
func All(d *directory.Service) []rpc.Entry {
	return slices.Concat(
		discovery(d),
		session(d),
		employees(d),
		groups(d),
		positions(d),
		schedules(d),
		statuses(d),
		sites(d),
		skills(d),
		stat(d),
		activity(d),
		sipLines(d),
		events(d),
		account(d),
		imports(d),
	)
}

// Together makes groups of calls of an atomic batch one over d.
func Together(d *directory.Service) func(groups int) rpc.Together {
	return func(groups int) rpc.Together { return d.NewBatch(groups) }
}

// Metadata stands beside every result. Source: data-api.md §1.2.
type Metadata struct {
	TotalItems schema.Opt[int64] `json:"total_items,omitzero" doc:"Of get.*: rows that the filter selects, whatever limit and offset."`
	Version    jsontext.Value    `json:"version" doc:"null."`
	Limits     directory.Limits  `json:"limits" doc:"What is left of the account's points; {} where nothing limits them."`

	DryRun    bool                             `json:"dry_run,omitzero" doc:"true for a call with dry_run, which wrote nothing; else absent."`
	Diff      schema.Opt[[]directory.Change]   `json:"diff,omitzero" doc:"Of a call with dry_run: what it would change."`
	ImportRow schema.Opt[directory.RowOutcome] `json:"import_row,omitzero" doc:"Of a call with import_row: what came of the row."`
}

// metadata stands beside the result of a call that runs alone.
func metadata(ctx context.Context) Metadata { return metadataOf(ctx, 1) }

// metadataOf stands beside the result of one of the calls that run in ctx: the
// n-th of those that succeed, from 1.
func metadataOf(ctx context.Context, n int) Metadata {
	var points directory.Points // login.user, which is open, takes none
	if a, ok := ctx.Value(admittedKey{}).(*admitted); ok {
		points = a.points
	}
	return Metadata{Version: jsontext.Value("null"), Limits: points.Limits(n)}
}

// Created is the result of create.*: the id in both places where clients look.
type Created struct {
	Data     CreatedData `json:"data" doc:"What was created."`
	ID       int64       `json:"id" doc:"The same id."`
	Metadata Metadata    `json:"metadata" doc:"About the answer."`
}

// CreatedData is the member data of Created.
type CreatedData struct {
	ID int64 `json:"id" doc:"Id of the new entity."`
}

// Done is the result of update.*, delete.* and logout.user.
type Done struct {
	Data     struct{} `json:"data" doc:"{}."`
	Metadata Metadata `json:"metadata" doc:"About the answer."`
}

// Answer is a result with data.
type Answer[T any] struct {
	Data     T        `json:"data" doc:"What was asked for."`
	Metadata Metadata `json:"metadata" doc:"About the answer."`
}

// AppendJSON implements rpc.Appender.
func (a *Answer[T]) AppendJSON(dst []byte) ([]byte, error) {
	dst, err := appendJSON(append(dst, `{"data":`...), &a.Data)
	if err != nil {
		return dst, err
	}
	dst, err = appendJSON(append(dst, `,"metadata":`...), &a.Metadata)
	return append(dst, '}'), err
}

func appendJSON(dst []byte, v any) ([]byte, error) {
	if a, is := v.(rpc.Appender); is {
		return a.AppendJSON(dst)
	}
	text, err := json.Marshal(v, json.Deterministic(true))
	return append(dst, text...), err
}

// page tells what a get.* verb reads as the dialect does.
func page[P, R any](verb func(context.Context, P) (directory.List[R], error)) func(context.Context, P) (Answer[directory.List[R]], error) {
	return func(ctx context.Context, params P) (Answer[directory.List[R]], error) {
		list, err := verb(ctx, params)
		answer := Answer[directory.List[R]]{list, metadata(ctx)}
		answer.Metadata.TotalItems = schema.Some(list.Total)
		return answer, err
	}
}

// told tells the results of a verb as tell does.
func told[P, T, R any](verb func(context.Context, []P) []directory.Result[T], tell func(T, Metadata) R) func(context.Context, []P) []rpc.Outcome[R] {
	return func(ctx context.Context, params []P) []rpc.Outcome[R] {
		outcomes := make([]rpc.Outcome[R], len(params))
		succeeded := 0
		for i, r := range verb(ctx, params) {
			if outcomes[i].Err = r.Err; r.Err == nil {
				succeeded++
				m := metadataOf(ctx, succeeded)
				if m.DryRun = r.DryRun; r.DryRun {
					m.Diff = schema.Some(r.Diff)
				}
				if r.Row != nil {
					m.ImportRow = schema.Some(*r.Row)
				}
				outcomes[i].Result = tell(r.Value, m)
			}
		}
		return outcomes
	}
}

// created tells the results of a create.* verb as the dialect does.
func created[P any](verb func(context.Context, []P) []directory.Result[int64]) func(context.Context, []P) []rpc.Outcome[Created] {
	return told(verb, func(id int64, m Metadata) Created { return Created{CreatedData{id}, id, m} })
}

// done tells the results of an update.* or delete.* verb as the dialect does.
func done[P any](verb func(context.Context, []P) []directory.Result[struct{}]) func(context.Context, []P) []rpc.Outcome[Done] {
	return told(verb, func(_ struct{}, m Metadata) Done { return Done{Metadata: m} })
}

// createErrors are what create.* and update.* may answer beyond the codes that
// every method may; deleteErrors what delete.* may. Source: data-api.md §6.3, §6.4.
var (
	createErrors = []*errors.Code{errors.EntityNotFound, errors.AlreadyInUse, errors.DataLimitExceeded}
	updateErrors = append([]*errors.Code{errors.VersionConflict}, createErrors...)
	deleteErrors = []*errors.Code{errors.EntityNotFound, errors.DependencyError, errors.SystemEntity, errors.VersionConflict}
	getErrors    = []*errors.Code{errors.FilterProhibited, errors.SortProhibited, errors.DataLimitExceeded}
)
