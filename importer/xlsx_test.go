package importer_test

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/importer"
)

// parts are the files in an archive.
func parts(t testing.TB, archive []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range r.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(content)
	}
	return all
}

// archive packs files.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, parts[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// book is an XLSX as spreadsheets write it: texts are shared, numbers have
// styles. sheets are the rows of each sheet, by name and in this order.
func book(t testing.TB, texts []string, sheets ...[2]string) []byte {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const types = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	const relations = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	all := map[string]string{
		"_rels/.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/styles.xml": head + `<styleSheet ` + main + `><numFmts count="1"><numFmt numFmtId="164" formatCode="0000"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="1" applyNumberFormat="1"/></cellXfs></styleSheet>`,
	}
	content := head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + types + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + types + `styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="` + types + `sharedStrings+xml"/>`
	workbook := head + `<workbook ` + main + `><sheets>`
	rels := head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId8" Type="` + relations + `/styles" Target="styles.xml"/><Relationship Id="rId9" Type="` + relations + `/sharedStrings" Target="sharedStrings.xml"/>`
	for i, s := range sheets {
		n := string(rune('1' + i))
		all["xl/worksheets/sheet"+n+".xml"] = head + `<worksheet ` + main + `><sheetData>` + s[1] + `</sheetData></worksheet>`
		content += `<Override PartName="/xl/worksheets/sheet` + n + `.xml" ContentType="` + types + `worksheet+xml"/>`
		workbook += `<sheet name="` + s[0] + `" sheetId="` + n + `" r:id="rId` + n + `"/>`
		rels += `<Relationship Id="rId` + n + `" Type="` + relations + `/worksheet" Target="worksheets/sheet` + n + `.xml"/>`
	}
	all["[Content_Types].xml"] = content + `</Types>`
	all["xl/workbook.xml"] = workbook + `</sheets></workbook>`
	all["xl/_rels/workbook.xml.rels"] = rels + `</Relationships>`
	shared := head + `<sst ` + main + `>`
	for _, text := range texts {
		shared += `<si>` + text + `</si>`
	}
	all["xl/sharedStrings.xml"] = shared + `</sst>`
	return archive(t, all)
}

// Numbers are read as a spreadsheet shows them, but never rounded; the sheet of
// employees is found by name; lines are the sheet's rows.
func TestXLSX(t *testing.T) {
	texts := []string{
		"<t>last_name</t>", "<t>phone_numbers.1.phone_number</t>", "<t>extension.extension_phone_number</t>", "<t>calls_available</t>", "<t>channels.chat.slots</t>",
		`<r><t xml:space="preserve">Анна </t></r><r><t>Петрова</t></r>`, "<t>0101</t>",
	}
	header := `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c><c r="D2" t="s"><v>3</v></c><c r="E2" t="s"><v>4</v></c></row>`
	rows := header +
		`<row r="4"><c r="A4" t="s"><v>5</v></c><c r="B4"><v>74951234567</v></c><c r="C4" s="1" t="s"><v>6</v></c><c r="D4" t="b"><v>1</v></c><c r="E4"><v>3</v></c></row>` +
		`<row r="5"><c r="A5" t="inlineStr"><is><t>B</t></is></c><c r="B5" s="3"><v>7.4951234567E10</v></c><c r="C5" s="2"><v>102</v></c><c r="D5" t="b"><v>0</v></c></row>` +
		`<row r="6"><c r="A6" t="str"><f>UPPER("c")</f><v>C</v></c><c r="B6"><v>380441234567</v></c><c r="E6" s="3"><v>4</v></c><c r="F6"><v></v></c></row>` +
		`<row r="9"><c r="A9"><v>12345678901234567</v></c><c r="D9" t="inlineStr"><is><t>maybe</t></is></c></row>`
	want := []string{
		`4 {"last_name":"Анна Петрова","calls_available":true,"phone_numbers":[{"phone_number":"74951234567"}],"extension":{"extension_phone_number":"0101"},"channels":{"chat":{"slots":3}}}`,
		`5 {"last_name":"B","calls_available":false,"phone_numbers":[{"phone_number":"74951234567"}],"extension":{"extension_phone_number":"0102"}}`,
		`6 {"last_name":"C","phone_numbers":[{"phone_number":"380441234567"}],"channels":{"chat":{"slots":4}}}`,
		`9 {} last_name invalid_parameter_value "1.23456789012346E+16" calls_available data_type_error "maybe"`,
	}
	for name, content := range map[string][]byte{
		"the first sheet":  book(t, texts, [2]string{"Лист1", rows}, [2]string{"Other", ""}),
		"the sheet's name": book(t, texts, [2]string{"Notes", `<row r="1"><c r="A1"><v>1</v></c></row>`}, [2]string{"Employees", rows}),
	} {
		got, err := read(file(t, "f.xlsx", content), importer.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, described(got)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

// What a sheet's XML or archive hides is found before anything is imported.
func TestXLSXMalformed(t *testing.T) {
	const header = `<row r="1"><c r="A1" t="inlineStr"><is><t>last_name</t></is></c></row>`
	const row = `<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>`
	whole := book(t, nil, [2]string{"employees", header + row})
	changed := bytes.Clone(whole)
	changed[sheetOffset(t, whole)+50] ^= 1

	for _, c := range []struct {
		name    string
		content []byte
		o       importer.Options
		want    string
	}{
		{"cut off", whole[:len(whole)/2], importer.Options{}, "f.xlsx: is a damaged XLSX, perhaps cut off; save it again"},
		{"a bit changed", changed, importer.Options{}, "f.xlsx: is a damaged XLSX"},
		{"no XLSX", archive(t, map[string]string{"readme.txt": "x"}), importer.Options{}, "f.xlsx: is a ZIP archive and no XLSX"},
		{"no sheet", book(t, nil), importer.Options{}, "f.xlsx: is a damaged XLSX"},
		{"no cells", book(t, nil, [2]string{"Sheet1", ""}), importer.Options{}, `f.xlsx: is empty: the sheet "Sheet1" has no cells`},
		{"no rows", book(t, nil, [2]string{"Sheet1", header}), importer.Options{}, "f.xlsx: has no rows"},
		{"XML that ends", book(t, nil, [2]string{"employees", header + row + `<row r="3"><c`}), importer.Options{}, "f.xlsx: is a damaged XLSX"},
		{"XML that is none", book(t, nil, [2]string{"employees", header + row + `&#x1;`}), importer.Options{}, "f.xlsx: is a damaged XLSX"},
		{"a huge cell", book(t, nil, [2]string{"employees", header + `<row r="2"><c r="A2"><v>` + strings.Repeat("1", 1<<20) + `</v></c></row>`}), importer.Options{}, "f.xlsx: has a cell of more than 65536 bytes"},
		{"a large cell", book(t, nil, [2]string{"employees", header + `<row r="2"><c r="A2" t="inlineStr"><is><t>` + strings.Repeat("x", importer.MaxCell+1) + `</t></is></c></row>`}), importer.Options{}, "f.xlsx:2: has a cell of 65537 bytes in column 1, more than 65536"},
		{"a cell beside the header", book(t, nil, [2]string{"employees", header + `<row r="2"><c r="A2"><v>1</v></c><c r="C2"><v>1</v></c></row>`}), importer.Options{}, "f.xlsx:2: has 3 cells, the header 1"},
		{"large when unpacked", whole, importer.Options{MaxUnzipped: 1000}, "f.xlsx: is too large when it is unpacked"},
		{"a zip bomb", bomb(t), importer.Options{}, "f.xlsx: is too large when it is unpacked: over 1024 MiB, or over 32 MiB beside its sheets; split it, or save it as CSV"},
		{"a zip bomb that lies", lying(t), importer.Options{}, "f.xlsx: is a damaged XLSX"},
		{"many texts", book(t, []string{"<t>a</t>", "<t>b</t>", "<t>c</t>"}, [2]string{"employees", header + row}), importer.Options{MaxTexts: 2}, "f.xlsx: has more than 2 different texts; split it, or save it as CSV"},
		{"large beside the sheets", archive(t, map[string]string{"[Content_Types].xml": strings.Repeat(" ", importer.MaxPart+1)}), importer.Options{}, "f.xlsx: is too large when it is unpacked"},
		{"an encoding", whole, importer.Options{Encoding: "utf-8"}, "f.xlsx: is xlsx, and only CSV and NDJSON have an encoding"},
		{"a delimiter", whole, importer.Options{Delimiter: ';'}, "f.xlsx: is xlsx, and only CSV has a delimiter"},
	} {
		malformed(t, c.name, file(t, "f.xlsx", c.content), c.o, c.want)
	}
}

// sheetOffset is where the packed sheet begins in an XLSX.
func sheetOffset(t testing.TB, archive []byte) int64 {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		if f.Name == "xl/worksheets/sheet1.xml" {
			at, err := f.DataOffset()
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatal("there is no sheet")
	return 0
}

// bomb is an XLSX of a few kilobytes that says it unpacks to 100 GB.
func bomb(t testing.TB) []byte { return oversized(t, 100<<30) }

// lying is one that says it unpacks to ten bytes, and unpacks to 64 MiB.
func lying(t testing.TB) []byte { return oversized(t, 10) }

// oversized is an XLSX with a packed sheet of zeros and a size that it claims.
func oversized(t testing.TB, claimed uint64) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	sheet, err := w.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sheet.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.File[0].OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	if _, err := out.Create("[Content_Types].xml"); err != nil {
		t.Fatal(err)
	}
	header := r.File[0].FileHeader
	header.UncompressedSize64 = claimed
	part, err := out.CreateRaw(&header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(part, raw); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
