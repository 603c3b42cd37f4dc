package importer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
	"github.com/rosterd/rosterd/rpc"
)

// scripted is a server that does nothing and answers as a test says.
type scripted struct {
	lists   map[string]string                                             // answers by method
	answer  func(attempt int, method string, params sent) *jsonrpc2.Error // to a call of a batch; nil is success
	batches int
	calls   []sent // of batches, in the order in which they came
}

// sent is what is looked at of a call's params.
type sent struct {
	LastName   string `json:"last_name"`
	ScheduleID int64  `json:"schedule_id"`
	DryRun     bool   `json:"dry_run"`
	ImportRow  struct {
		Key string `json:"key"`
	} `json:"import_row"`
}

func (s *scripted) Call(_ context.Context, method string, _, result any, _ ...jsonrpc2.CallOption) error {
	text := s.lists[method]
	if text == "" {
		text = `{"id": 7, "data": []}`
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal([]byte(text), result)
}

func (s *scripted) Batch(_ context.Context, calls []rpc.BatchCall) error {
	s.batches++
	for i := range calls {
		var params sent
		text, err := json.Marshal(calls[i].Params)
		if err == nil {
			err = json.Unmarshal(text, &params)
		}
		if err != nil {
			return err
		}
		s.calls = append(s.calls, params)
		calls[i].Err = nil
		if s.answer != nil {
			if refused := s.answer(s.batches, calls[i].Method, params); refused != nil {
				calls[i].Err = refused
				continue
			}
		}
		if err := json.Unmarshal([]byte(`{"id": 9, "metadata": {"import_row": {"outcome": "created", "employee_id": 9}}}`), calls[i].Result); err != nil {
			return err
		}
	}
	return nil
}

// refusal is an error as a server answers it.
func refusal(t *testing.T, mnemonic, limit string) *jsonrpc2.Error {
	t.Helper()
	data := json.RawMessage(fmt.Sprintf(`{"mnemonic": %q, "params": {"limit_type": %q}, "errors": [{"mnemonic": %[1]q, "message": "because of %[1]s", "field": null, "pointer": null, "value": null}]}`, mnemonic, limit))
	return &jsonrpc2.Error{Code: -32602, Message: "because of " + mnemonic, Data: &data}
}

// importText imports a CSV, and tells the report.
func importText(t *testing.T, s *scripted, text string, change ...func(*importer.ImportOptions)) (importer.Summary, []importer.ReportRow, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "staff.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := importer.Open(path, importer.Options{Revision: "seed"})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var report []importer.ReportRow
	o := importer.ImportOptions{
		Revision: "seed", Name: "staff.csv", Pauses: []time.Duration{0, 0},
		Report: func(row importer.ReportRow) error {
			report = append(report, row)
			return nil
		},
	}
	for _, c := range change {
		c(&o)
	}
	summary, err := importer.Import(t.Context(), file, s, o)
	return summary, report, err
}

const three = "last_name,phone_numbers.1.phone_number\nOne,7495\nTwo,7495\nThree,7495\n"

// What may be answered otherwise is asked again, alone and a few times; what no row
// is the reason for ends the import.
func TestImportAttempts(t *testing.T) {
	for _, c := range []struct {
		name            string
		mnemonic, limit string
		times           int    // that a call is refused
		who             string // whose; "" for everybody's
		created, failed int64
		batches         int
		err             string
	}{
		{"overloaded", "error", "", 1, "Two", 3, 0, 2, ""},
		{"overloaded for long", "error", "", 9, "", 0, 0, 3, "because of error"},
		{"a fault of the server", "internal_error", "", 2, "", 3, 0, 3, ""},
		{"a fault of the server with one row", "internal_error", "", 9, "Two", 2, 1, 3, ""},
		{"no points this minute", "limit_exceeded", "minute", 2, "", 3, 0, 3, ""},
		{"no points today", "limit_exceeded", "day", 9, "", 0, 0, 1, "because of limit_exceeded"},
		{"no token any more", "access_token_expired", "", 9, "", 0, 0, 1, "an access token is in ROSTERD_TOKEN"},
		{"a bad row", "already_in_use", "", 9, "Two", 2, 1, 1, ""},
		{"no right for one row", "forbidden", "", 9, "Two", 2, 1, 1, ""},
	} {
		s := &scripted{answer: func(attempt int, _ string, params sent) *jsonrpc2.Error {
			if attempt <= c.times && (c.who == "" || c.who == params.LastName) {
				return refusal(t, c.mnemonic, c.limit)
			}
			return nil
		}}
		summary, _, err := importText(t, s, three)
		if summary.Created != c.created || summary.Failed != c.failed || s.batches != c.batches {
			t.Errorf("%s: %d created, %d failed, %d batches; want %d, %d, %d", c.name, summary.Created, summary.Failed, s.batches, c.created, c.failed, c.batches)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}

// Rows are known by their content but for passwords, and equal rows by how many
// there were before.
func TestImportKeys(t *testing.T) {
	const header = "last_name,phone_numbers.1.phone_number,operator.operator_login,operator.operator_password\n"
	keys := func(rows string) []string {
		s := &scripted{}
		if _, _, err := importText(t, s, header+rows); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, call := range s.calls {
			all = append(all, call.ImportRow.Key)
		}
		return all
	}
	one := keys("One,1,one,secret\nTwo,1,two,secret\nOne,1,one,secret\nOne,1,one,other\n")
	if distinct := slices.Compact(slices.Sorted(slices.Values(one))); len(distinct) != 4 {
		t.Errorf("four rows have the keys %v", one)
	}
	two := keys("Two,1,two,changed\nOne,1,one,secret\nThree,1,three,secret\n")
	if two[0] != one[1] || two[1] != one[0] || slices.Contains(one, two[2]) {
		t.Errorf("in another file, %v are %v", one, two)
	}
}

// A name that several have does not tell which is meant; its id does.
func TestImportNames(t *testing.T) {
	s := &scripted{lists: map[string]string{
		"get.schedules": `{"data": [{"id": 3, "name": "Shift"}, {"id": 4, "name": "Shift"}, {"id": 5, "name": "4"}, {"id": 6, "name": "Night"}]}`,
	}}
	summary, report, err := importText(t, s, "last_name,phone_numbers.1.phone_number,schedule_id\nOne,1,Shift\nTwo,1,#4\nThree,1,4\nFour,1,6\nFive,1,Night\nSix,1,7\n")
	if err != nil || summary.Created != 4 || summary.Failed != 2 {
		t.Errorf("%+v, %v", summary, err)
	}
	var got []string
	for _, call := range s.calls {
		got = append(got, fmt.Sprint(call.LastName, " ", call.ScheduleID, " ", call.DryRun))
	}
	if want := []string{"One 0 true", "Two 4 false", "Three 5 false", "Four 6 false", "Five 6 false", "Six 0 true"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got = nil
	for _, row := range report {
		if row.Outcome == importer.Failed {
			got = append(got, fmt.Sprint(row.Line, " ", row.Mnemonic, " ", row.Field, " ", row.Value))
		}
	}
	if want := []string{"2 invalid_parameter_value schedule_id Shift", "7 entity_not_found schedule_id 7"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// An account with more names than there is room for is refused, before anything is
// written.
func TestImportTooManyNames(t *testing.T) {
	page := strings.Repeat(`{"id": 1, "name": "x"},`, 10_000)
	s := &scripted{lists: map[string]string{"get.schedules": `{"data": [` + strings.TrimSuffix(page, ",") + `]}`}}
	_, _, err := importText(t, s, three)
	if err == nil || !strings.Contains(err.Error(), "more than 200000") || s.batches > 0 {
		t.Errorf("got %v, %d batches", err, s.batches)
	}
}

// A file of too many rows is refused before anything is written.
func TestImportTooManyRows(t *testing.T) {
	s := &scripted{}
	_, _, err := importText(t, s, three, func(o *importer.ImportOptions) { o.MaxRows = 2 })
	var usage *importer.UsageError
	if !errors.As(err, &usage) || s.batches > 0 {
		t.Errorf("three rows where two are allowed: %v, %d batches", err, s.batches)
	}
	if summary, _, err := importText(t, s, three, func(o *importer.ImportOptions) { o.MaxRows = 3 }); err != nil || summary.Rows != 3 {
		t.Errorf("three rows where three are allowed: %+v, %v", summary, err)
	}
}

// What is kept of failures, and sent at once, is bounded.
func TestImportBounds(t *testing.T) {
	n := 0
	s := &scripted{answer: func(int, string, sent) *jsonrpc2.Error {
		n++
		return refusal(t, fmt.Sprint("reason ", n), "")
	}}
	rows := strings.Repeat("One,7495\n", importer.MaxReasons+10)
	summary, _, err := importText(t, s, "last_name,phone_numbers.1.phone_number\n"+rows)
	if err != nil || summary.Failed != importer.MaxReasons+10 || len(summary.Reasons) != importer.MaxReasons || s.batches != 3 {
		t.Errorf("%d failed for %d reasons in %d batches, %v", summary.Failed, len(summary.Reasons), s.batches, err)
	}

	s = &scripted{}
	long := strings.Repeat("x", 50<<10)
	summary, _, err = importText(t, s, "last_name,phone_numbers.1.phone_number\n"+strings.Repeat(long+",7495\n", 2*importer.MaxBatchBytes/len(long)))
	if err != nil || summary.Failed+summary.Created != summary.Rows || s.batches < 2 || s.batches > 3 {
		t.Errorf("%d bytes went in %d batches, %v", 2*importer.MaxBatchBytes, s.batches, err)
	}
}
