package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

var importView = &view{
	from: "imports i", id: "i.id", mine: "i.account_id = $1",
	fields: map[string]field{
		"id":     {expr: "i.id"},
		"name":   {expr: "i.name", folded: "i.name_folded"},
		"digest": {expr: "i.digest", folded: "i.digest"},
		"state":  {expr: "i.state"},
	},
}

// Imports reads a page of imports.
func (s *Store) Imports(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.ImportInfo], error) {
	return page(ctx, s, importView, account, q, func(r *reader, ids []int64, place func(int64) *directory.ImportInfo) error {
		return r.each(func(row scanner) error {
			i, err := scanImport(row)
			*place(i.ID) = directory.ImportInfo{
				ID: i.ID, Name: i.Name, Digest: i.Digest, State: i.State, Rows: i.Rows, Failed: i.Failed, CreatedAt: i.CreatedAt.Format(time.RFC3339),
			}
			return err
		}, importQuery+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

const importQuery = `select id, name, digest, state, rows_count, failed_count, created_at from imports where account_id = $1 and `

func scanImport(row scanner) (i directory.Import, err error) {
	var at int64
	err = row.Scan(&i.ID, &i.Name, &i.Digest, &i.State, &i.Rows, &i.Failed, &at)
	i.CreatedAt = time.UnixMicro(at).UTC()
	return i, err
}

func (t *tx) Import(id int64) (*directory.Import, error) {
	i, err := scanImport(t.row(importQuery+`id = $2`, t.account, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &i, err
}

func (t *tx) PutImport(i directory.Import) error {
	_, err := t.exec(`insert into imports (account_id, id, name, name_folded, digest, state, rows_count, failed_count, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (account_id, id) do update set digest = excluded.digest, state = excluded.state, rows_count = excluded.rows_count, failed_count = excluded.failed_count`,
		t.account, i.ID, i.Name, directory.Fold(i.Name), i.Digest, string(i.State), i.Rows, i.Failed, i.CreatedAt.UnixMicro())
	return err
}

var importRowView = &view{
	from: "import_rows r", id: "r.id", mine: "r.account_id = $1",
	fields: map[string]field{
		"id":          {expr: "r.id"},
		"import_id":   {expr: "r.import_id"},
		"key":         {expr: "r.key", folded: "r.key"},
		"outcome":     {expr: "r.outcome"},
		"employee_id": {expr: "r.employee_id"},
	},
}

// ImportRows reads a page of the rows of imports that went in.
func (s *Store) ImportRows(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.ImportRow], error) {
	return page(ctx, s, importRowView, account, q, func(r *reader, ids []int64, place func(int64) *directory.ImportRow) error {
		return r.each(func(row scanner) error {
			in, err := scanImportRow(row)
			*place(in.ID) = in
			return err
		}, importRowQuery+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

const importRowQuery = `select id, import_id, key, line, outcome, employee_id, version from import_rows where account_id = $1 and `

func scanImportRow(row scanner) (r directory.ImportRow, err error) {
	err = row.Scan(&r.ID, &r.ImportID, &r.Key, &r.Line, &r.Outcome, &r.EmployeeID, &r.Version)
	return r, err
}

func (t *tx) ImportRow(importID int64, key string) (*directory.ImportRow, error) {
	if r, waits := t.group.waiting.imported.values[importedRow{t.account, importID, key}]; waits {
		return &r, nil
	}
	r, err := scanImportRow(t.row(importRowQuery+`import_id = $2 and key = $3`, t.account, importID, key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, err
}

func (t *tx) PutImportRow(r directory.ImportRow) error {
	t.add(importRows, t.account, r.ImportID, r.Key, r.ID, r.Line, r.Outcome, r.EmployeeID, r.Version)
	t.group.waiting.imported.set(importedRow{t.account, r.ImportID, r.Key}, r)
	return nil
}
