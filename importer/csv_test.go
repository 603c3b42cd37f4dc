package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/importer"
)

// The delimiter is recognised by the columns that it makes.
func TestDelimiter(t *testing.T) {
	want := []string{`2 {"first_name":"c","last_name":"a,b"}`}
	for _, d := range []string{",", ";", "\t", "|"} {
		// The note has more of all delimiters than there are columns.
		const note = "Note, a, b; c; d; e\tf\tg\th | i | j | k"
		rows, err := read(file(t, "f.csv", []byte("last_name"+d+"first_name"+d+"\""+note+"\"\n\"a,b\""+d+"c"+d+"\n")), importer.Options{
			Mapping: importer.Mapping{strings.Join(strings.Fields(note), " "): ""},
		})
		if err != nil {
			t.Errorf("%q: %v", d, err)
			continue
		}
		if diff := cmp.Diff(want, described(rows)); diff != "" {
			t.Errorf("%q: -want +got\n%s", d, diff)
		}
	}
	path := file(t, "f.csv", []byte("last_name:first_name\na:b\n"))
	if rows, err := read(path, importer.Options{Delimiter: ':'}); err != nil || len(rows) != 1 {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
	path = file(t, "f.csv", []byte("last_name;first_name\na;b\n"))
	malformed(t, "another delimiter", path, importer.Options{Delimiter: ','}, "f.csv:1: has one column only; the delimiter seems to be ';' and not ','")
	malformed(t, "no delimiter", path, importer.Options{Delimiter: '"'}, `f.csv: '"' cannot be a delimiter`)
}

// Cells become params as the package comment says; what cannot be read is told
// with its column, and the rest of the row is kept.
func TestCells(t *testing.T) {
	for _, c := range []struct{ column, cell, want string }{
		{"first_name", "", `{}`},
		{"first_name", "  ", `{}`},
		{"first_name", " Anna ", `{"first_name":" Anna "}`},
		{"first_name", "null", `{"first_name":null}`},
		{"first_name", "Null", `{"first_name":"Null"}`},
		{"first_name", `\null`, `{"first_name":"null"}`},
		{"first_name", `\`, `{"first_name":""}`},
		{"first_name", `\\a`, `{"first_name":"\\a"}`},
		{"first_name", "13", `{"first_name":"13"}`},
		{"first_name", "#13", `{"first_name":"#13"}`},
		{"first_name", "true", `{"first_name":"true"}`},
		{"external_id", "7.49514E+10", `{} external_id invalid_parameter_value "7.49514E+10"`},
		{"external_id", "7,49514E+10", `{} external_id invalid_parameter_value "7,49514E+10"`},
		{"external_id", `\7.49514E+10`, `{"external_id":"7.49514E+10"}`},
		{"calls_available", "TRUE", `{"calls_available":true}`},
		{"calls_available", " Да ", `{"calls_available":true}`},
		{"calls_available", "1", `{"calls_available":true}`},
		{"calls_available", "yes", `{"calls_available":true}`},
		{"calls_available", "False", `{"calls_available":false}`},
		{"calls_available", "НЕТ", `{"calls_available":false}`},
		{"calls_available", "0", `{"calls_available":false}`},
		{"calls_available", "no", `{"calls_available":false}`},
		{"calls_available", "null", `{"calls_available":null}`},
		{"calls_available", "2", `{} calls_available data_type_error "2"`},
		{"channels.chat.slots", " 5", `{"channels":{"chat":{"slots":5}}}`},
		{"channels.chat.slots", "005", `{"channels":{"chat":{"slots":5}}}`},
		{"channels.chat.slots", "5.0", `{"channels":{"chat":{"slots":5}}}`},
		{"channels.chat.slots", "-5", `{"channels":{"chat":{"slots":-5}}}`},
		{"channels.chat.slots", "1.5", `{} channels.chat.slots invalid_parameter_value "1.5"`},
		{"channels.chat.slots", "99999999999999999999", `{} channels.chat.slots invalid_parameter_value "99999999999999999999"`},
		{"channels.chat.slots", "five", `{} channels.chat.slots data_type_error "five"`},
		{"channels.chat.slots", `"5"`, `{} channels.chat.slots data_type_error "\"5\""`},
		{"groups", "Sales", `{"groups":["Sales"]}`},
		{"groups", "Sales; Support ;", `{"groups":["Sales","Support"]}`},
		{"groups", "13;#14;#general", `{"groups":["13",14,"#general"]}`},
		{"groups", `["a;b", 13, "13"]`, `{"groups":["a;b",13,"13"]}`},
		{"groups", "[]", `{"groups":[]}`},
		{"groups", "null", `{"groups":null}`},
		{"groups", ";", `{} groups invalid_parameter_value ";"`},
		{"groups", "[1,", `{} groups invalid_parameter_value "[1,"`},
		{"roles", "agent;manager", `{"roles":["agent","manager"]}`},
		{"status", "On a trip", `{"status":"On a trip"}`},
		{"schedule_id", "Nights", `{"schedule_id":"Nights"}`},
		{"schedule_id", "13", `{"schedule_id":"13"}`},
		{"schedule_id", "#13", `{"schedule_id":13}`},
		{"schedule_id", `\#13`, `{"schedule_id":"#13"}`},
		{"coach.coach_id", "anna", `{"coach":{"coach_id":"anna"}}`},
		{"operator", "null", `{"operator":null}`},
		{"operator", "anna", `{} operator invalid_parameter_value "anna"`},
		{"operator", "[]", `{} operator invalid_parameter_value "[]"`},
		{"phone_numbers", "[]", `{"phone_numbers":[]}`},
		{"phone_numbers", "null", `{"phone_numbers":null}`},
		{"phone_numbers.3.phone_number", "0101", `{"phone_numbers":[{"phone_number":"0101"}]}`},
		{"operator.operator_password", "7.49514E+10", `{} operator.operator_password invalid_parameter_value -`},
	} {
		quoted := `"` + strings.ReplaceAll(c.cell, `"`, `""`) + `"`
		rows, err := read(file(t, "f.csv", []byte("patronymic,"+c.column+"\nx,"+quoted+"\n")), importer.Options{})
		if err != nil {
			t.Errorf("%s %q: %v", c.column, c.cell, err)
			continue
		}
		got := strings.NewReplacer(`"patronymic":"x",`, "", `,"patronymic":"x"`, "", `"patronymic":"x"`, "").Replace(described(rows)[0])
		if got != "2 "+c.want {
			t.Errorf("%s %q: %s, want %s", c.column, c.cell, got, c.want)
		}
	}
	rows, err := read(file(t, "f.csv", []byte("operator,operator.operator_login\nnull,anna\n")), importer.Options{})
	if want := `2 {"operator":{"operator_login":"anna"}} operator invalid_parameters_combination "null"`; err != nil || described(rows)[0] != want {
		t.Errorf("%v, error %v; want %s", described(rows), err, want)
	}
	if path := rows[0].Problems[0].Path.String(); path != "operator" {
		t.Errorf("the path is %s", path)
	}
}

// Params are in the order of the documentation, whatever the header's; lines are
// those of the file, and blank rows are left out.
func TestLines(t *testing.T) {
	rows, err := read(file(t, "f.csv", []byte("\n  \n"+
		"phone_numbers.2.phone_number,last_name,profile.description,phone_numbers.1.phone_number\n"+
		"2,a,\"one\ntwo\",1\n"+
		",,,\n\n   \n"+
		"3,b,,\n"+
		"\"\n\",c,,\n")), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`4 {"last_name":"a","phone_numbers":[{"phone_number":"1"},{"phone_number":"2"}],"profile":{"description":"one\ntwo"}}`,
		`9 {"last_name":"b","phone_numbers":[{"phone_number":"3"}]}`,
		`10 {"last_name":"c"}`,
	}
	if diff := cmp.Diff(want, described(rows)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLimits(t *testing.T) {
	if importer.MaxLine != 1<<20 || importer.MaxColumns != 1000 || importer.MaxCell != 64<<10 || importer.MaxUnzipped != 1<<30 || importer.MaxPart != 32<<20 || importer.MaxTexts != 2<<20 {
		t.Error("the defaults have changed: so must the documentation")
	}
	columns := func(n int) string {
		header := "last_name"
		for i := range n - 1 {
			header += fmt.Sprintf(",c%d", i)
		}
		return header
	}
	ignored := importer.Mapping{}
	for i := range importer.MaxColumns - 1 {
		ignored[fmt.Sprintf("c%d", i)] = ""
	}
	long := strings.Repeat("x", importer.MaxLine)
	for _, c := range []struct {
		name, content string
		o             importer.Options
		want          string
	}{
		{"f.csv", columns(importer.MaxColumns) + "\n" + strings.Repeat(",", importer.MaxColumns-1) + "x\n", importer.Options{Mapping: ignored}, ""},
		{"f.csv", columns(importer.MaxColumns+1) + "\n", importer.Options{}, "f.csv:1: has 1001 columns, more than 1000"},
		{"f.csv", "last_name\n" + long[:importer.MaxCell] + "\n", importer.Options{}, ""},
		{"f.csv", "last_name\n" + long[:importer.MaxCell+1] + "\n", importer.Options{}, "f.csv:2: has a cell of 65537 bytes in column 1, more than 65536"},
		{"f.csv", "last_name\nx\n" + strings.Repeat(long, 10) + "\n", importer.Options{}, "f.csv:3: the row that begins here is over 1048576 bytes; is a quote not closed?"},
		{"f.csv", "last_name\nx\n\"" + strings.Repeat("a\n", importer.MaxLine) + "\"\n", importer.Options{}, "f.csv:3: the row that begins here is over 1048576 bytes; is a quote not closed?"},
		{"f.csv", strings.Repeat(long, 2), importer.Options{}, "f.csv: has a header of over 1048576 bytes"},
		{"f.csv", "last_name\n12345678\n", importer.Options{MaxLine: 20}, ""},
		{"f.csv", "last_name\n12345678901234567890\n", importer.Options{MaxLine: 20}, "f.csv:2: the row that begins here is over 20 bytes"},
		{"f.ndjson", `{"a":"` + long[8:] + `"}`, importer.Options{}, ""},
		{"f.ndjson", "\n" + `{"a":"` + long + `"}`, importer.Options{}, "f.ndjson:2: is over 1048576 bytes long"},
		{"f.ndjson", strings.Repeat("[", 20000), importer.Options{Format: importer.NDJSON}, "f.ndjson:1: is no JSON object"},
		{"f.ndjson", strings.Repeat(`{"a":`, 20000), importer.Options{Format: importer.NDJSON}, "f.ndjson:1: is no JSON: exceeded max depth"},
	} {
		path := file(t, c.name, []byte(c.content))
		if c.want != "" {
			malformed(t, c.name, path, c.o, c.want)
		} else if rows, err := read(path, c.o); err != nil || len(rows) != 1 {
			t.Errorf("%.40q: %d rows, error %v", c.content, len(rows), err)
		}
	}
}

func TestMapping(t *testing.T) {
	m, err := importer.ReadMapping(file(t, "map", []byte("\ufeff# our names first\n\nlast_name = Фамилия\r\nphone_numbers.1.phone_number=Тел.\n-=Notes = old\n - = Twice\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add("groups=Отдел (где)"); err != nil {
		t.Fatal(err)
	}
	want := []string{`3 {"last_name":"Петрова","groups":["Sales"],"phone_numbers":[{"phone_number":"1"}]}`}
	content := []byte("Фамилия;Тел.;Notes = old;\" Отдел\n(где) \";Twice;Twice\nПетрова;1;x;Sales;;\n")
	rows, err := read(file(t, "f.csv", content), importer.Options{Mapping: m})
	if diff := cmp.Diff(want, described(rows)); diff != "" || err != nil {
		t.Errorf("error %v, -want +got\n%s", err, diff)
	}
	for _, c := range []struct {
		mapping importer.Mapping
		want    string
	}{
		{importer.Mapping{"Фамилия": "lastname"}, `f.csv: "Фамилия" is mapped to the unknown column "lastname" (did you mean last_name?)`},
		{importer.Mapping{"Фамилия": "last_name", "Тел.": "last_name"}, "f.csv:1: has two columns that the mapping makes last_name"},
		{importer.Mapping{"Фамилия": "last_name", "Тел.": "", "Notes = old": "", "Отдел (где)": "", "Twice": "", "Email": "email"}, `f.csv:1: has no column "Email", which is mapped`},
	} {
		malformed(t, c.want, file(t, "f.csv", content), importer.Options{Mapping: c.mapping}, c.want)
	}
	for content, want := range map[string]string{
		"a=b\nlast_name\n":       ":2: \"last_name\" is not ours=theirs, such as last_name=Surname, or -=theirs to leave a column out",
		"last_name=\n":           ":1: \"last_name=\" is not",
		"a=b\n#\nb = b":          ":3: \"b\" is mapped twice",
		strings.Repeat("x", 1e5): ": cannot be read: ",
	} {
		path := file(t, "map", []byte(content))
		if _, err := importer.ReadMapping(path); err == nil || !strings.HasPrefix(err.Error(), path+want) {
			t.Errorf("%.40q: %v, want %s", content, err, want)
		}
	}
	if _, err := importer.ReadMapping(file(t, "map", nil) + "none"); err == nil {
		t.Error("there is a mapping without a file")
	}
}

func TestColumns(t *testing.T) {
	byName := map[string]importer.Column{}
	for _, revision := range []string{directory.RevisionCurrent, directory.RevisionSeed} {
		for _, c := range append(importer.Columns(revision), importer.ClearingColumns(revision)...) {
			byName[c.Name] = c
		}
		if phone := byName["phone_numbers.1.phone_number"]; phone.Required != (revision == directory.RevisionSeed) {
			t.Errorf("under %s, a phone number is required: %t", revision, phone.Required)
		}
	}
	text := func(c importer.Column) string {
		return strings.Join([]string{c.RequiredText(), c.Type, strings.Join(c.Enum, ","), c.Unit, c.Default, c.Example, string(c.Refers)}, "|")
	}
	for name, want := range map[string]string{
		"last_name":                     "yes|text; 1 to 255 characters|||||",
		"status":                        "|word, or the name of a status|available,break,do_not_disturb,not_at_workplace,not_at_work,unknown||available||status",
		"allowed_in_call_types":         "|list: word|internal,external||internal;external||",
		"phone_numbers.1.phone_number":  "yes|text; at most 64 characters||||74955140578...2345|",
		"phone_numbers.10.phone_number": "with phone_numbers.10|text; at most 64 characters||||74955140578...2345|",
		"phone_numbers.2.dial_time":     "|whole number; 1 to 100||s|60||",
		"coach.coach_id":                "with coach|handle or #id of an employee|||||employee",
		"groups":                        "|list: name or #id of a group; at most 1000|||||group",
		"operator.operator_sites":       "|list: domain name or #id of a site; at most 1000|||||site",
		"operator.operator_login":       "with operator|text; 1 to 128 characters|||||",
		"channels.chat.enabled":         "|true or false|||false||",
		"languages":                     "|list: text; 2 to 2 characters; at most 100|||||",
		"operator":                      "|null, to clear all of it|||||",
	} {
		if got := text(byName[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if p := byName["phone_numbers.2.dial_time"].Path.Pointer(); p != "/phone_numbers/1/dial_time" {
		t.Errorf("the pointer is %s", p)
	}
	for name, c := range byName {
		if c.Type == "" || strings.HasPrefix(c.Type, ";") {
			t.Errorf("%s has a kind of value that no cell holds", name)
		}
		if c.Doc == "" && !c.Clears {
			t.Errorf("%s has no description", name)
		}
		if strings.Contains(name, "password") != c.Secret {
			t.Errorf("%s is secret: %t", name, c.Secret)
		}
		// A number that only a machine knows can be given as a name.
		if strings.HasPrefix(strings.TrimPrefix(c.Type, "list: "), "whole number") && (strings.HasSuffix(name, "_id") || c.List) {
			t.Errorf("%s is an id and refers to nothing", name)
		}
	}
	for _, option := range []string{"access_token", "idempotency_key", "dry_run", "expected_version", "batch_id", "atomic"} {
		if _, there := byName[option]; there {
			t.Errorf("%s is a column", option)
		}
	}
}
