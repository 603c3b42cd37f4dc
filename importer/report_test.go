package importer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/importer"
)

func TestReport(t *testing.T) {
	rows := []importer.ReportRow{
		{Line: 2, Outcome: importer.Created, ID: 7},
		{Line: 3, Outcome: importer.Unchanged, ID: 8},
		{Line: 4, Outcome: importer.Failed, Mnemonic: "already_in_use", Field: "handle", Value: "anna, \"a\"", Message: "This value is already used by another entity", HeldBy: 7},
		{Line: 4, Outcome: importer.Failed, Mnemonic: "data_type_error", Field: "calls_available", Value: "=x", Message: "Data supplied is of wrong type"},
	}
	for format, want := range map[importer.Format]string{
		importer.NDJSON: `{"line":2,"outcome":"created","id":7}
{"line":3,"outcome":"unchanged","id":8}
{"line":4,"outcome":"failed","mnemonic":"already_in_use","field":"handle","value":"anna, \"a\"","message":"This value is already used by another entity","held_by":7}
{"line":4,"outcome":"failed","mnemonic":"data_type_error","field":"calls_available","value":"=x","message":"Data supplied is of wrong type"}
`,
		importer.CSV: `line,outcome,id,mnemonic,field,value,message,held_by
2,created,7,,,,,
3,unchanged,8,,,,,
4,failed,,already_in_use,handle,"anna, ""a""",This value is already used by another entity,7
4,failed,,data_type_error,calls_available,\=x,Data supplied is of wrong type,
`,
	} {
		var b bytes.Buffer
		r, err := importer.NewReport(&b, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err := r.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", format, diff)
		}
	}
	for path, want := range map[string]importer.Format{"a/report.CSV": importer.CSV, "report.ndjson": importer.NDJSON, "report.jsonl": importer.NDJSON, "report.xlsx": "", "csv": ""} {
		if got, err := importer.ReportFormat(path); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, error %v", path, got, err)
		}
	}
	if _, err := importer.NewReport(&bytes.Buffer{}, importer.XLSX); err == nil || !strings.Contains(err.Error(), "CSV or NDJSON") {
		t.Errorf("a report in XLSX: %v", err)
	}
}
