package importer_test

import (
	"bytes"

	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
)

// fuzz holds that whatever is in a file, it is refused with a FileError or read
// as valid params, twice the same; and that its rows read the same again after
// they have been rejected.
func fuzz(f *testing.F, o importer.Options, seeds ...string) {
	samples, err := filepath.Glob("testdata/*/*." + string(o.Format))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range samples {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(content) < 1<<10 { // a larger one takes minutes to be made smaller
			f.Add(content)
		}
	}
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "f."+string(o.Format))
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		rows, err := read(path, o)
		if err != nil {
			var about *importer.FileError
			if !errors.As(err, &about) || bytes.ContainsAny([]byte(err.Error()), "\r\n\x00") {
				t.Fatalf("%q: %v", content, err)
			}
			return
		}
		for _, r := range rows {
			if !r.Params.IsValid() || r.Params.Kind() != '{' || r.Line < 1 {
				t.Fatalf("%q: line %d, %s", content, r.Line, r.Params)
			}
		}
		again := rejected(t, path, o)
		if err := os.WriteFile(path, again, 0o600); err != nil {
			t.Fatal(err)
		}
		same, err := read(path, o)
		if err != nil {
			t.Fatalf("%q became %q: %v", content, again, err)
		}
		if diff := cmp.Diff(withoutLines(rows), withoutLines(same)); diff != "" {
			t.Fatalf("%q became %q: -want +got\n%s", content, again, diff)
		}
	})
}

// withoutLines describes rows but for where they were: quoting and blank lines
// may have gone.
func withoutLines(rows []importer.Row) []string {
	for i := range rows {
		rows[i].Line = 0
	}
	return described(rows)
}

func FuzzCSV(f *testing.F) {
	fuzz(f, importer.Options{Format: importer.CSV},
		"last_name,groups,coach.coach_id,calls_available,phone_numbers.2.dial_time\n\\x,\"[\"\"a\"\",1]\",#13,да,5\n",
		"last_name\tstatus\r\n\"a\r\nb\"\tnull\r\n", "operator;operator.operator_login;phone_numbers\nnull;a;[]\n")
}

func FuzzNDJSON(f *testing.F) {
	fuzz(f, importer.Options{Format: importer.NDJSON}, "{\"last_name\":\"\\ud83d\\ude42\"}\n\n{\"a\":[{},[]]}")
}
