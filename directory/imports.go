package directory

import (
	"context"
	"regexp"
	"time"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Imports are journals of files whose rows became employees. They are rosterd's own.
// What went in is kept in the journal with the employee, so that an import that was
// interrupted goes on and repeats nothing. A row that failed is not in it.

// ImportState says how far an import is: open, done (all rows are in) or undone
// (what it created was removed).
type ImportState string

// The states.
const (
	ImportOpen   ImportState = "open"
	ImportDone   ImportState = "done"
	ImportUndone ImportState = "undone"
)

// ImportKey tells contents of files, or their rows, apart: of the characters 0-9 a-z
// . _ + and -.
type ImportKey string

var importKeyGrammar = regexp.MustCompile(`^[0-9a-z._+-]+$`)

// Valid reports whether k has these characters alone.
func (k ImportKey) Valid() bool { return importKeyGrammar.MatchString(string(k)) }

// Import is a journal.
type Import struct {
	ID        int64       `json:"id"`
	Name      string      `json:"name"`
	Digest    string      `json:"digest"`
	State     ImportState `json:"state"`
	Rows      int64       `json:"rows"`
	Failed    int64       `json:"failed"`
	CreatedAt time.Time   `json:"created_at"`
}

// ImportRow is a row that went in, as get.import_rows shows it.
type ImportRow struct {
	ID         int64  `json:"id" filter:"true" sort:"true" doc:"Unique id, greater than those of the rows before it."`
	ImportID   int64  `json:"import_id" filter:"true" doc:"The import."`
	Key        string `json:"key" filter:"true" doc:"What tells the rows of the import apart."`
	Line       int64  `json:"line" doc:"Line of the file, from 1."`
	Outcome    string `json:"outcome" filter:"true" enum:"created,updated,unchanged" doc:"What the row came to."`
	EmployeeID int64  `json:"employee_id" filter:"true" doc:"The employee."`
	Version    int64  `json:"version" doc:"The employee's version once the row was in; 0 if it changed nothing."`
}

// ImportInfo is an import as get.imports shows it.
type ImportInfo struct {
	ID        int64       `json:"id" filter:"true" sort:"true" doc:"Unique id."`
	Name      string      `json:"name" filter:"true" sort:"true" doc:"Name of the file."`
	Digest    string      `json:"digest" filter:"true" doc:"What tells the contents of files apart."`
	State     ImportState `json:"state" filter:"true" enum:"open,done,undone" doc:"open; done: all rows are in; undone: what it created was removed."`
	Rows      int64       `json:"rows" doc:"Rows of the file."`
	Failed    int64       `json:"failed" doc:"Rows that failed when it last ran."`
	CreatedAt string      `json:"created_at" doc:"When it began: RFC 3339, UTC."`
}

// ImportRowParams says that a call is a row of an import.
type ImportRowParams struct {
	ImportID schema.Opt[int64]     `json:"import_id" required:"true" null:"no" doc:"The import, which must be open."`
	Key      schema.Opt[ImportKey] `json:"key" required:"true" null:"no" length:"1..100" doc:"What tells the rows of the import apart: characters 0-9 a-z . _ + and -. A call for a row that went in before does nothing and answers what came of it then."`
	Line     schema.Opt[int64]     `json:"line" required:"true" null:"no" range:"1..1000000000" doc:"Line of the file."`
}

// RowOutcome is what is told of a row of an import beside the result.
type RowOutcome struct {
	Outcome    string `json:"outcome" doc:"created, updated or unchanged."`
	EmployeeID int64  `json:"employee_id" doc:"The employee."`
	Version    int64  `json:"version" doc:"The employee's version once the row was in; 0 if it changed nothing."`
	Replayed   bool   `json:"replayed" doc:"Whether the row went in before, and this call did nothing."`
}

// CreateImport begins an import.
type CreateImport struct {
	Name   schema.Opt[string]    `json:"name" required:"true" null:"no" length:"1..255" doc:"Name of the file."`
	Digest schema.Opt[ImportKey] `json:"digest" required:"true" null:"no" length:"1..128" doc:"What tells the contents of files apart, such as a SHA-256 in hexadecimal digits: characters 0-9 a-z . _ + and -."`
	Rows   schema.Opt[int64]     `json:"rows" required:"true" null:"no" range:"0..1000000000" doc:"Rows of the file."`
	WriteOptions
}

// UpdateImport changes what is given of an import.
type UpdateImport struct {
	ID     schema.Opt[int64]       `json:"id" required:"true" doc:"The import."`
	Digest schema.Opt[ImportKey]   `json:"digest" null:"no" length:"1..128" doc:"What tells the contents of files apart."`
	State  schema.Opt[ImportState] `json:"state" null:"no" enum:"open,done,undone" doc:"open; done: all rows are in; undone: what it created was removed."`
	Rows   schema.Opt[int64]       `json:"rows" null:"no" range:"0..1000000000" doc:"Rows of the file."`
	Failed schema.Opt[int64]       `json:"failed" null:"no" range:"0..1000000000" doc:"Rows that failed."`
	WriteOptions
}

// GetImports reads a page of imports.
// Errors: those of the parameters' rules; unexpected_parameters, filter_prohibited and
// sort_prohibited for fields.
func (s *Service) GetImports(ctx context.Context, c Get[ImportInfo]) (List[ImportInfo], error) {
	return get(ctx, s, SelectEmployees, c, func(actor Actor, q Query, _ schema.Pick) (Page[ImportInfo], error) {
		return s.store.Imports(ctx, actor.AccountID, q)
	})
}

// GetImportRows reads a page of the rows of imports that went in.
// Errors: as GetImports.
func (s *Service) GetImportRows(ctx context.Context, c Get[ImportRow]) (List[ImportRow], error) {
	return get(ctx, s, SelectEmployees, c, func(actor Actor, q Query, _ schema.Pick) (Page[ImportRow], error) {
		return s.store.ImportRows(ctx, actor.AccountID, q)
	})
}

// CreateImports begins imports; it answers their ids.
func (s *Service) CreateImports(ctx context.Context, commands []CreateImport) []Result[int64] {
	return write(ctx, s, InsertEmployees, commands, func(ctx context.Context, actor Actor, c *CreateImport) (job[int64], error) {
		ids, err := s.store.NewIDs(ctx, 1)
		if err != nil {
			return job[int64]{}, err
		}
		i := Import{ID: ids[0], Name: c.Name.Value, Digest: string(c.Digest.Value), State: ImportOpen, Rows: c.Rows.Value, CreatedAt: s.now()}
		return job[int64]{result: &i.ID, unit: func(tx Tx) error { return tx.PutImport(i) }}, nil
	})
}

// UpdateImports changes imports.
// Errors: entity_not_found.
func (s *Service) UpdateImports(ctx context.Context, commands []UpdateImport) []Result[struct{}] {
	return write(ctx, s, UpdateEmployees, commands, func(_ context.Context, _ Actor, c *UpdateImport) (job[struct{}], error) {
		return done(func(tx Tx) error {
			i, err := tx.Import(c.ID.Value)
			if err != nil {
				return err
			}
			if i == nil {
				return errors.At(errors.EntityNotFound, place("id"), shownID(c.ID.Value))
			}
			if c.Digest.IsSet() {
				i.Digest = string(c.Digest.Value)
			}
			set(&i.State, c.State, none[ImportState]())
			set(&i.Rows, c.Rows, none[int64]())
			set(&i.Failed, c.Failed, none[int64]())
			return tx.PutImport(*i)
		})
	})
}

// touched is what a unit did to an employee.
type touched struct {
	id, version int64
	verb        string // created, updated; "" for nothing
}

// inImport makes j a row of an import, if it is one.
func (j *job[T]) inImport(ctx context.Context, s *Service, row schema.Opt[ImportRowParams]) error {
	if !row.IsSet() {
		return nil
	}
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return err
	}
	j.row, j.rowID = &row.Value, ids[0]
	return nil
}

// journaled is a unit whose outcome goes into an import's journal with what it
// writes, and that is done only if it is not there yet. tell is told what is there
// in the end.
func (s *Service) journaled(p ImportRowParams, rowID int64, did *touched, tell func(RowOutcome), unit Unit) Unit {
	key := string(p.Key.Value)
	return func(tx Tx) error {
		row, err := tx.ImportRow(p.ImportID.Value, key)
		if err != nil {
			return err
		}
		if row != nil {
			tell(RowOutcome{row.Outcome, row.EmployeeID, row.Version, true})
			return nil
		}
		i, err := tx.Import(p.ImportID.Value)
		if err != nil {
			return err
		}
		if i == nil || i.State != ImportOpen {
			return errors.At(errors.EntityNotFound, place("import_row", "import_id"), shownID(p.ImportID.Value))
		}
		if err := unit(tx); err != nil {
			return err
		}
		row = &ImportRow{ID: rowID, ImportID: p.ImportID.Value, Key: key, Line: p.Line.Value, Outcome: did.verb, EmployeeID: did.id, Version: did.version}
		if row.Outcome == "" {
			row.Outcome = "unchanged"
		}
		tell(RowOutcome{row.Outcome, row.EmployeeID, row.Version, false})
		return tx.PutImportRow(*row)
	}
}
