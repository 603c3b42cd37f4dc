package importer

import (
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/errors"
)

// The outcomes of a row.
const (
	Created   = "created"
	Updated   = "updated"
	Unchanged = "unchanged"
	Failed    = "failed"
)

// ReportRow is a line of a report: what became of a row, or one of several things
// that are wrong with it. Whoever fills it in leaves secrets out.
type ReportRow struct {
	Line     int    `json:"line"`              // of the file, as Row.Line
	Outcome  string `json:"outcome"`           // created, updated, unchanged or failed
	ID       int64  `json:"id,omitzero"`       // of the employee; 0 if there is none
	Mnemonic string `json:"mnemonic,omitzero"` // of the error
	Field    string `json:"field,omitzero"`    // the documented dotted name, or a column
	Value    string `json:"value,omitzero"`    // what was sent, where it may be repeated
	Message  string `json:"message,omitzero"`  // for people
	HeldBy   int64  `json:"held_by,omitzero"`  // the employee that has the value already; 0 if none
}

// Report writes report rows. One goroutine at a time may use it.
type Report struct {
	csv  *csvWriter // or nil
	json *ndjsonWriter
}

var reportHeader = []string{"line", "outcome", "id", "mnemonic", "field", "value", "message", "held_by"}

// NewReport writes CSV with a header, or NDJSON, in which what is not there is
// left out. In CSV a value that a spreadsheet would take for a formula gets a
// backslash before it, as a Writer's cells do.
func NewReport(w io.Writer, format Format) (*Report, error) {
	switch format {
	case NDJSON:
		return &Report{json: newNDJSONWriter(open{w})}, nil
	case CSV:
		r := &Report{csv: newCSVWriter(open{w}, delimiters[0])}
		return r, r.csv.cells(reportHeader)
	}
	return nil, errors.New("a report is CSV or NDJSON")
}

// ReportFormat is the format that a report's file name asks for by its ending:
// .csv, .ndjson or .jsonl. Another one is an error.
func ReportFormat(path string) (Format, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return CSV, nil
	case ".ndjson", ".jsonl":
		return NDJSON, nil
	}
	return "", errors.New("a report's name ends in .csv or .ndjson, not as " + path)
}

// Write writes one row.
func (r *Report) Write(row ReportRow) error {
	if r.csv == nil {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		return r.json.object(line)
	}
	return r.csv.cells([]string{
		strconv.Itoa(row.Line), row.Outcome, idText(row.ID), row.Mnemonic, row.Field, harmless(row.Value), harmless(row.Message), idText(row.HeldBy),
	})
}

// Close writes what is left; the io.Writer stays open.
func (r *Report) Close() error {
	if r.csv == nil {
		return r.json.close()
	}
	return r.csv.close()
}

func idText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
