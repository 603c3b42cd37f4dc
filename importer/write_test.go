package importer_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/importer"
)

// file writes content into a file called name.
func file(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read reads all rows of a file.
func read(path string, o importer.Options) (rows []importer.Row, err error) {
	if o.Revision == "" {
		o.Revision = directory.RevisionSeed
	}
	f, err := importer.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for range 2 { // a file can be read again
		rows = nil
		if err := f.Rows(context.Background(), func(r importer.Row) error {
			rows = append(rows, r)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// written is a file with employees.
func written(t fataler, format importer.Format, columns []importer.Column, params ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := importer.NewWriter(&b, format, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range params {
		if err := w.Write(jsontext.Value(p)); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// canonical is JSON in one spelling, with members sorted.
func canonical(t fataler, value string) string {
	t.Helper()
	v := jsontext.Value(value)
	if err := v.Canonicalize(); err != nil {
		t.Fatalf("%s: %v", value, err)
	}
	return string(v)
}

func allColumns() []importer.Column {
	return append(importer.Columns(directory.RevisionSeed), importer.ClearingColumns(directory.RevisionSeed)...)
}

// nasty are texts that a careless reader or writer takes for something else.
var nasty = []string{
	"", " ", "\t", "null", "Null", " null ", `\`, `\null`, `\\`, `"`, `""`, `a "quoted" word`, `a,b`, `a;b`, "a\tb", "a|b", ";", "[", "[]", `["a"]`,
	"two\nlines", "\nbegins", "ends\n", " spaces around ", "  ", "\u00a0", "007", "0101", "+74951234567", "74951234567", "-5", "-5+3", "+7 (495) 123-45-67...12*#",
	"=1+1", "=cmd|' /C calc'!A0", "+cmd", "-cmd", "@SUM(A1)", "＝1", "1e5", "7.49514E+10", "7,5E+3", "1E+5", "true", "13", "#13", "#general", "_x0041_", "_x005F_", "x_x000D_y",
	"<b>&amp;</b>", "]]>", "Анна Петрова", "Ђорђе", "李小龍", "محمد", "🙂", "e\u0301", "\ufeffmark", "\u200b", "#N/A", "'quote", "12:30", "2026-01-31", "1/2", "\ufffd",
}

// texts are texts that all formats can hold: no control characters but tab and
// newline, and what XML can write.
func texts() *rapid.Generator[string] {
	any := rapid.StringOfN(rapid.RuneFrom(nil, unicode.Latin, unicode.Cyrillic, unicode.Han, unicode.Arabic, unicode.Punct, unicode.Sm, unicode.Zs), 0, 12, -1)
	return rapid.OneOf(rapid.SampledFrom(nasty), any)
}

// values are values that a column can hold.
func values(c importer.Column) *rapid.Generator[any] {
	if c.Clears {
		if c.Name == "phone_numbers" {
			return rapid.SampledFrom([]any{nil, []any{}})
		}
		return rapid.Just[any](nil)
	}
	one := rapid.Custom(func(t *rapid.T) any {
		switch {
		case c.Enum != nil:
			return rapid.SampledFrom(c.Enum).Draw(t, "word")
		case c.Refers != "" && rapid.Bool().Draw(t, "by id"):
			return rapid.Int64Range(0, 1<<53).Draw(t, "id")
		case strings.HasPrefix(c.Type, "whole number"):
			return rapid.Int64Range(-1<<53, 1<<53).Draw(t, "number")
		case strings.HasPrefix(c.Type, "true or false"):
			return rapid.Bool().Draw(t, "boolean")
		}
		return texts().Draw(t, "text")
	})
	if !c.List {
		return one
	}
	return rapid.Map(rapid.SliceOfN(one, 0, 4), func(elements []any) any { return elements })
}

// with is v with a value at a path of names and indices, all above it made.
func with(v any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	if i, isElement := path[0].(int); isElement {
		array, _ := v.([]any)
		for len(array) <= i {
			array = append(array, map[string]any{"phone_number": "1"})
		}
		array[i] = with(array[i], path[1:], value)
		return array
	}
	object, isObject := v.(map[string]any)
	if !isObject {
		object = map[string]any{}
	}
	object[path[0].(string)] = with(object[path[0].(string)], path[1:], value)
	return object
}

// What is written reads back as the same, whatever is in it, in every format.
func TestRoundTrip(t *testing.T) {
	columns := allColumns()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var params []string
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			var employee any = map[string]any{"last_name": "x"}
			for _, c := range rapid.SliceOfN(rapid.SampledFrom(columns), 1, 12).Draw(t, "columns") {
				value := values(c).Draw(t, c.Name)
				if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
					value = nil
				}
				employee = with(employee, c.Path.Names(), value)
			}
			text, err := json.Marshal(employee)
			if err != nil {
				t.Fatal(err)
			}
			params = append(params, canonical(t, string(text)))
		}
		for _, format := range []importer.Format{importer.CSV, importer.XLSX, importer.NDJSON} {
			path := filepath.Join(dir, "employees."+string(format))
			if err := os.WriteFile(path, written(t, format, columns, params...), 0o600); err != nil {
				t.Fatal(err)
			}
			rows, err := read(path, importer.Options{})
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			var got []string
			for _, r := range rows {
				if len(r.Problems) > 0 {
					t.Fatalf("%s line %d: %+v", format, r.Line, r.Problems)
				}
				got = append(got, canonical(t, string(r.Params)))
			}
			if diff := cmp.Diff(params, got); diff != "" {
				t.Fatalf("%s: -want +got\n%s", format, diff)
			}
		}
	})
}

// Every nasty text goes through every format, in a text, a name and a list.
func TestRoundTripNasty(t *testing.T) {
	columns := allColumns()
	var params []string
	for _, text := range nasty {
		quoted, _ := jsontext.AppendQuote(nil, text)
		params = append(params, fmt.Sprintf(`{"last_name":%[1]s,"schedule_id":%[1]s,"groups":[%[1]s],"skills":["a",%[1]s,7],"status":%[1]s}`, quoted))
	}
	for _, format := range []importer.Format{importer.CSV, importer.XLSX, importer.NDJSON} {
		rows, err := read(file(t, "f."+string(format), written(t, format, columns, params...)), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if got, want := canonical(t, string(r.Params)), canonical(t, params[i]); got != want || len(r.Problems) > 0 {
				t.Errorf("%s: %s became %s, problems %+v", format, want, got, r.Problems)
			}
		}
		if len(rows) != len(nasty) {
			t.Errorf("%s: %d rows of %d", format, len(rows), len(nasty))
		}
	}
}

// No cell of a CSV is one that a spreadsheet computes, and none of an XLSX.
func TestNoFormula(t *testing.T) {
	columns := slices.DeleteFunc(allColumns(), func(c importer.Column) bool { return c.Name != "last_name" && c.Name != "groups" })
	got := string(written(t, importer.CSV, columns,
		`{"last_name":"=cmd|' /C calc'!A0","groups":["=1","b"]}`, `{"last_name":"@SUM(A1)","groups":["-2+3"]}`,
		`{"last_name":"+7 (495) 123-45-67","groups":["+7495"]}`, `{"last_name":"-5"}`))
	want := "last_name,groups\n" +
		`\=cmd|' /C calc'!A0,"[""=1"",""b""]"` + "\n" + `\@SUM(A1),"[""-2+3""]"` + "\n" +
		"+7 (495) 123-45-67,+7495\n-5,\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for name, part := range parts(t, written(t, importer.XLSX, columns, `{"last_name":"=1+1"}`)) {
		if strings.Contains(part, "<f>") {
			t.Errorf("%s has a formula: %s", name, part)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	names := slices.DeleteFunc(allColumns(), func(c importer.Column) bool {
		return c.Name != "last_name" && c.Name != "phone_numbers.1.phone_number" && c.Name != "groups" && c.Name != "phone_numbers"
	})
	for _, c := range []struct {
		format importer.Format
		params string
		want   string
	}{
		{importer.CSV, `{"first_name":"x"}`, "no column first_name"},
		{importer.CSV, `{"phone_numbers":[{"phone_number":"1"},{"phone_number":"2"}]}`, "no column phone_numbers.2.phone_number"},
		{importer.CSV, `{"phone_numbers":true}`, "phone_numbers cannot hold"},
		{importer.CSV, `{"last_name":5}`, "last_name cannot hold"},
		{importer.CSV, `{"groups":"x"}`, "groups cannot hold"},
		{importer.CSV, `{"groups":[true]}`, "groups cannot hold"},
		{importer.CSV, `{"last_name":{}}`, "last_name cannot hold"},
		{importer.CSV, `"x"`, "no column"},
		{importer.CSV, `{"last_name":"x"`, "EOF"},
		{importer.XLSX, `{"last_name":"a\u0001"}`, "the column last_name has a character that XLSX cannot hold"},
		{importer.XLSX, `{"last_name":"` + strings.Repeat("x", 32768) + `"}`, "the column last_name has 32768 characters, and a cell of XLSX has 32767 at most"},
		{importer.NDJSON, `{"last_name":"x"`, "EOF"},
	} {
		var b bytes.Buffer
		w, err := importer.NewWriter(&b, c.format, names)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(jsontext.Value(c.params)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.params, err, c.want)
		}
		if err := w.Close(); err != nil {
			t.Errorf("%s: %v", c.params, err)
		}
	}
	if _, err := importer.NewWriter(&bytes.Buffer{}, "ods", names); err == nil {
		t.Error("there is a writer of an unknown format")
	}
}
