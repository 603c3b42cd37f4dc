package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

// imports are the journals of imported files, which are rosterd's own.
func imports(d *directory.Service) []rpc.Entry {
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.ImportInfo], Answer[directory.List[directory.ImportInfo]]]{
			Name:    "get.imports",
			Summary: "Read the journals of imports, a page at a time. An extension of rosterd.",
			Right:   string(directory.SelectEmployees),
			Example: `{"filter": {"field": "name", "operator": "=", "value": "employees.csv"}, "sort": [{"field": "id", "order": "desc"}]}`,
			Errors:  getErrors,
			Run:     page(d.GetImports),
		},
		rpc.Method[directory.CreateImport, Created]{
			Name:    "create.imports",
			Summary: "Begin an import: create.employees and update.employees with import_row then write its journal. An extension of rosterd.",
			Right:   string(directory.InsertEmployees),
			Example: `{"name": "employees.csv", "digest": "3f0a1bbdb5c58300", "rows": 1000}`,
			RunAll:  created(d.CreateImports),
		},
		rpc.Method[directory.UpdateImport, Done]{
			Name:    "update.imports",
			Summary: "Change what is given of an import. An extension of rosterd.",
			Right:   string(directory.UpdateEmployees),
			Example: `{"id": 31, "state": "done", "failed": 0}`,
			Errors:  []*errors.Code{errors.EntityNotFound},
			RunAll:  done(d.UpdateImports),
		},
		rpc.Method[directory.Get[directory.ImportRow], Answer[directory.List[directory.ImportRow]]]{
			Name:    "get.import_rows",
			Summary: "Read the rows of imports that went in, a page at a time. An extension of rosterd.",
			Right:   string(directory.SelectEmployees),
			Example: `{"filter": {"field": "import_id", "operator": "=", "value": 31}, "sort": [{"field": "id"}]}`,
			Errors:  getErrors,
			Run:     page(d.GetImportRows),
		},
	}
}
