package importer_test

import (
	"bytes"
	"context"

	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/importer"
)

// described puts rows into words: the line, the params, and the problems.
func described(rows []importer.Row) []string {
	all := make([]string, len(rows))
	for i, r := range rows {
		all[i] = fmt.Sprintf("%d %s", r.Line, r.Params)
		for _, p := range r.Problems {
			value := "-"
			if p.Value != nil {
				value = fmt.Sprintf("%q", *p.Value)
			}
			all[i] += fmt.Sprintf(" %s %s %s", p.Column, p.Code.Mnemonic, value)
		}
	}
	return all
}

// malformed holds that a file is refused with one line that begins with want.
func malformed(t *testing.T, name, path string, o importer.Options, want string) {
	t.Helper()
	rows, err := read(path, o)
	if err == nil {
		t.Errorf("%s: no error, but %d rows; want %s", name, len(rows), want)
		return
	}
	got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), "")
	if !strings.HasPrefix(got, want) || strings.ContainsAny(got, "\r\n\x00") {
		t.Errorf("%s: %q, want %q", name, got, want)
	}
	var about *importer.FileError
	if !errors.As(err, &about) {
		t.Errorf("%s: %v is no FileError", name, err)
	}
}

// Every file in testdata/malformed is refused, by the line that stands here.
func TestMalformedFiles(t *testing.T) {
	const quote = `has a quote (") that is not closed, or not followed by a delimiter; double quotes within a cell`
	wants := map[string]string{
		"array.json":              ": is a JSON array; write one object a line instead (NDJSON)",
		"array.ndjson":            ":1: is no JSON object; write the params of one employee a line",
		"bare-quote.csv":          `:2: has a quote (") in a cell that does not begin with one; put the cell in quotes and double the quotes in it`,
		"binary.csv":              ": is binary and no CSV, XLSX or NDJSON",
		"blank.csv":               ": is empty",
		"broken-utf-8.csv":        ":3: has bytes that are no UTF-8; save the file as UTF-8, or name its encoding with --encoding",
		"broken-utf-8.ndjson":     ":2: has bytes that are no UTF-8; save the file as UTF-8, or name its encoding with --encoding",
		"cell-without-header.csv": ":3: has a cell in column 3, which has no header",
		"classic-mac.csv":         ":1: ends in CR alone, as all lines seem to; save the file with LF or CR LF",
		"cut-off.utf-16.csv":      ":2: has bytes that are no UTF-16LE; save the file as UTF-8, or name its encoding with --encoding",
		"duplicate-column.csv":    `:1: has the column "last_name" twice`,
		"empty.csv":               ": is empty",
		"empty.ndjson":            ": is empty",
		"gzipped.csv":             ": is binary and no CSV, XLSX or NDJSON",
		"header-only.csv":         ": has no rows",
		"no-header.csv":           ":1: names no column; is the header missing, is the delimiter another (--delimiter), or have the columns other names (--map ours=theirs)?",
		"no-json.ndjson":          `:2: is no JSON: invalid character 'l' at start of string (expecting '"')`,
		"no-object.ndjson":        ":2: is no JSON object; write the params of one employee a line",
		"nul-late.csv":            ":402: has a NUL byte; remove it, or name the file's encoding with --encoding",
		"nul.csv":                 ":3: has a NUL byte; remove it, or name the file's encoding with --encoding",
		"old.xls":                 ": is an old .xls or has a password; save it as .xlsx without one",
		"open-object.ndjson":      ":3: is no JSON: unexpected EOF",
		"open-quote.csv":          ":3: the row that begins here " + quote,
		"same-name-twice.ndjson":  ":1: has the same name twice in one object",
		"text-after-quote.csv":    ":2: the row that begins here " + quote,
		"text.xlsx":               ": does not begin like an XLSX; it is damaged or in another format, which --format names",
		"too-few-cells.csv":       ":3: has 2 cells, the header 3; put cells with ',' in quotes",
		"too-many-cells.csv":      ":2: has 4 cells, the header 3; put cells with ',' in quotes",
		"two-objects.ndjson":      ":1: has something after its object",
		"unknown-column.csv": `:1: has the unknown columns "frist_name" (did you mean first_name?), "phone_number" (did you mean phone_numbers.1.phone_number, phone_numbers.10.phone_number?), "shoe_size"; ` +
			"rename with --map ours=theirs, or leave out with --map -=theirs",
		"wrong-delimiter.csv": ":1: names no column; is the header missing, is the delimiter another (--delimiter), or have the columns other names (--map ours=theirs)?",
	}
	files, err := os.ReadDir("testdata/malformed")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, known := wants[f.Name()]
		if !known {
			t.Errorf("%s has no line in this test", f.Name())
		}
		path := filepath.Join("testdata/malformed", f.Name())
		malformed(t, f.Name(), path, importer.Options{}, f.Name()+want)
	}
	if len(files) != len(wants) {
		t.Errorf("%d files for %d lines", len(files), len(wants))
	}
}

// The same table in every encoding reads the same.
func TestEncodings(t *testing.T) {
	want := []string{
		`2 {"first_name":"Анна","last_name":"Ёлкина-Петрова","groups":["Продажи","Поддержка"],"phone_numbers":[{"phone_number":"+7 (495) 123-45-67"}]}`,
		`3 {"first_name":"Пётр","last_name":"О'Нил, мл.","phone_numbers":[{"phone_number":"0101"}]}`,
	}
	for name, encoding := range map[string]string{
		"utf-8.csv": "", "utf-8-mark.csv": "", "utf-16le.csv": "", "utf-16le-mark.csv": "", "utf-16be.csv": "", "utf-16be-mark.csv": "", "windows-1251.csv": "", "koi8-r.csv": "KOI8-R",
	} {
		for _, o := range []importer.Options{{Encoding: encoding}, {Encoding: strings.TrimSuffix(strings.TrimSuffix(name, ".csv"), "-mark"), Delimiter: ';', Format: importer.CSV}} {
			rows, err := read(filepath.Join("testdata/encodings", name), o)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := cmp.Diff(want, described(rows)); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
	}
	malformed(t, "another encoding", "testdata/encodings/windows-1251.csv", importer.Options{Encoding: "utf-8"}, "windows-1251.csv:2: has bytes that are no UTF-8")
	malformed(t, "no encoding", "testdata/encodings/utf-8.csv", importer.Options{Encoding: "klingon"}, `utf-8.csv: there is no encoding "klingon"; known are utf-8, utf-16le`)
}

// Rejected rows are written as they were: the same encoding, delimiter and header.
func TestRejected(t *testing.T) {
	for _, name := range []string{"utf-8.csv", "utf-8-mark.csv", "utf-16le.csv", "utf-16be-mark.csv", "windows-1251.csv"} {
		path := filepath.Join("testdata/encodings", name)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := rejected(t, path, importer.Options{}); !bytes.Equal(want, got) {
			t.Errorf("%s: %q became %q", name, want, got)
		}
	}
	mapped := file(t, "f.csv", []byte("Surname|Note|phone_numbers.1.dial_time\n\"x\ny\"|\"a|b\"|soon\n"))
	o := importer.Options{Mapping: importer.Mapping{"Surname": "last_name", "Note": ""}}
	if want, got := "Surname|Note|phone_numbers.1.dial_time\n\"x\ny\"|\"a|b\"|soon\n", string(rejected(t, mapped, o)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	lines := file(t, "f.ndjson", []byte("\n {\"last_name\" : \"x\"} \r\n{\"shoe_size\":1}"))
	if want, got := "{\"last_name\" : \"x\"}\n{\"shoe_size\":1}\n", string(rejected(t, lines, importer.Options{})); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	const header = `<row r="1"><c r="A1" t="inlineStr"><is><t>last_name</t></is></c></row>`
	escaped := file(t, "f.xlsx", book(t, nil, [2]string{"employees", header + `<row r="2"><c r="A2" t="inlineStr"><is><t>a_x0001_b</t></is></c></row>`}))
	rows, err := read(file(t, "g.xlsx", rejected(t, escaped, importer.Options{})), importer.Options{})
	if want := `2 {"last_name":"a�b"}`; err != nil || described(rows)[0] != want {
		t.Errorf("%v, error %v; want %s", rows, err, want)
	}
	sheet := file(t, "f.xlsx", written(t, importer.XLSX, allColumns(), `{"last_name":"=x","groups":["a;b"]}`, `{"last_name":"0101"}`))
	before, err := read(sheet, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := read(file(t, "g.xlsx", rejected(t, sheet, importer.Options{})), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(described(before), described(after)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// rejected writes all rows of a file again.
func rejected(t testing.TB, path string, o importer.Options) []byte {
	t.Helper()
	o.Revision = directory.RevisionSeed
	f, err := importer.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	r, err := f.Rejected(&b)
	if err == nil {
		err = errors.Join(f.Rows(t.Context(), r.Write), r.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormats(t *testing.T) {
	const table, object = "last_name\nx\n", `{"last_name":"x"}`
	sheet := string(written(t, importer.XLSX, importer.Columns(directory.RevisionSeed), object))
	for _, c := range []struct {
		name, content string
		o             importer.Options
		format        importer.Format
	}{
		{"a.csv", table, importer.Options{}, importer.CSV},
		{"a", table, importer.Options{}, importer.CSV},
		{"a.xlsx", table, importer.Options{Format: importer.CSV}, importer.CSV},
		{"a.csv", sheet, importer.Options{}, importer.XLSX},
		{"a.csv", "\n " + object, importer.Options{}, importer.NDJSON},
		{"a.txt", "\xff\xfe{\x00\"\x00l\x00a\x00s\x00t\x00_\x00n\x00a\x00m\x00e\x00\"\x00:\x00\"\x00x\x00\"\x00}\x00", importer.Options{}, importer.NDJSON},
	} {
		f, err := importer.Open(file(t, c.name, []byte(c.content)), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		count := 0
		err = f.Rows(t.Context(), func(importer.Row) error { count++; return nil })
		if err != nil || f.Format != c.format || count != 1 {
			t.Errorf("%s %.20q: %s, %d rows, error %v; want %s", c.name, c.content, f.Format, count, err, c.format)
		}
		f.Close()
	}
	malformed(t, "an unknown format", file(t, "f.csv", []byte(table)), importer.Options{Format: "ods"}, `f.csv: cannot be read as "ods"; known are csv, xlsx and ndjson`)
	malformed(t, "a delimiter", file(t, "f.ndjson", []byte(object)), importer.Options{Delimiter: ';'}, "f.ndjson: is ndjson, and only CSV has a delimiter")
	malformed(t, "a mapping", file(t, "f.ndjson", []byte(object)), importer.Options{Mapping: importer.Mapping{"a": "b"}}, "f.ndjson: is ndjson, and only CSV and XLSX have a header to map")
	malformed(t, "no file", filepath.Join(t.TempDir(), "none.csv"), importer.Options{}, "none.csv: cannot be read: no such file or directory")
	folder := t.TempDir()
	malformed(t, "a folder", folder, importer.Options{}, filepath.Base(folder)+": is no regular file; it is read several times")
}

// A file that changes while it is imported is not imported further.
func TestChanged(t *testing.T) {
	path := file(t, "f.csv", []byte("last_name\nx\n"))
	f, err := importer.Open(path, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const want = "66c94000f627b45f2ac33b4d99bf71ded8559e3e2c7a768d49e9e9833a006ca9"
	if got, err := f.Digest(); err != nil || got != want {
		t.Errorf("the digest is %q, error %v; want %s", got, err, want)
	}
	if err := os.WriteFile(path, []byte("last_name\nx\ny\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var about *importer.FileError
	if err := f.Rows(t.Context(), func(importer.Row) error { return nil }); !errors.As(err, &about) || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("got %v", err)
	}
}

// Rows ends with what its caller says.
func TestRowsEnd(t *testing.T) {
	enough := errors.New("enough")
	for _, format := range []importer.Format{importer.CSV, importer.XLSX, importer.NDJSON} {
		content := written(t, format, importer.Columns(directory.RevisionSeed), `{"last_name":"a"}`, `{"last_name":"b"}`, `{"last_name":"c"}`)
		f, err := importer.Open(file(t, "f."+string(format), content), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		count := 0
		if err := f.Rows(t.Context(), func(importer.Row) error {
			if count++; count == 2 {
				return enough
			}
			return nil
		}); !errors.Is(err, enough) || count != 2 {
			t.Errorf("%s: %d rows, error %v", format, count, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		count = 0
		if err := f.Rows(ctx, func(importer.Row) error {
			count++
			cancel()
			return nil
		}); !errors.Is(err, context.Canceled) || count != 1 {
			t.Errorf("%s: %d rows, error %v", format, count, err)
		}
	}
}
