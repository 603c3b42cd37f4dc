package importer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/importer"
)

// A template has all columns, and is a file like any other, without rows.
func TestTemplate(t *testing.T) {
	columns := importer.Columns(directory.RevisionSeed)
	for _, format := range []importer.Format{importer.CSV, importer.XLSX} {
		var b bytes.Buffer
		if err := importer.Template(&b, format, directory.RevisionSeed); err != nil {
			t.Fatal(err)
		}
		malformed(t, string(format), file(t, "f."+string(format), b.Bytes()), importer.Options{}, "f."+string(format)+": has no rows")
		if format == importer.CSV {
			if got := strings.Split(strings.TrimSuffix(b.String(), "\n"), ","); len(got) != len(columns) || got[0] != columns[0].Name {
				t.Errorf("the header is %s", b.String())
			}
			continue
		}
		book, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		rows, err := book.GetRows("columns")
		if err != nil || len(rows) != len(columns)+1 {
			t.Fatalf("%d rows explain %d columns, error %v", len(rows), len(columns), err)
		}
		for i, c := range columns {
			if row := rows[i+1]; row[0] != c.Name || row[len(row)-1] != c.Doc {
				t.Errorf("%s is explained by %q", c.Name, row)
			}
		}
		// What is typed into a column of the first sheet stays as it is.
		id, err := book.GetColStyle("employees", "B")
		if err != nil {
			t.Fatal(err)
		}
		if style, err := book.GetStyle(id); err != nil || style.NumFmt != 49 {
			t.Errorf("the style of a column is %+v, error %v", style, err)
		}
	}
	if err := importer.Template(&bytes.Buffer{}, importer.NDJSON, directory.RevisionSeed); err == nil {
		t.Error("there is a template of NDJSON")
	}
}
