package store

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/store/testdb"
)

// fillAll gives a value to all that v has.
func fillAll(v reflect.Value, n int64) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1700000000+n, n).UTC()))
	case v.Kind() == reflect.String:
		v.SetString("é {[,]}: " + strings.Repeat("x", int(n%7)))
	case v.Kind() == reflect.Int64:
		v.SetInt(-n)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 5, 5))
		for i := range v.Len() {
			fillAll(v.Index(i), n+int64(i))
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem(), n)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fillAll(v.Field(i), n+int64(i))
		}
	}
}

// What the store writes is read without json, whatever is in it, and everything
// else is read, or refused, as json does.
func TestReadDocument(t *testing.T) {
	var full directory.Employee
	fillAll(reflect.ValueOf(&full).Elem(), 1)
	escaped := full
	escaped.LastName, escaped.Seat = "a \"b\"\\\n", &directory.Seat{Sites: []int64{1}}
	for i, e := range []directory.Employee{full, {}, escaped, {ID: 1 << 50, Groups: []int64{7}, Seat: &directory.Seat{}}} {
		document, err := json.Marshal(&e)
		if err != nil {
			t.Fatal(err)
		}
		if written, err := e.AppendJSON([]byte("x")); err != nil || string(written) != "x"+string(document) {
			t.Errorf("got %s, %v, want %s as json writes it", written, err, document)
		}
		if _, quick := readerOf(reflect.TypeFor[directory.Employee]())(string(document), reflect.ValueOf(new(directory.Employee)).Elem()); quick != (e.LastName != escaped.LastName) {
			t.Errorf("%d: read without json: %t", i, quick)
		}
		spaced := jsontext.Value(document).Clone()
		if err := spaced.Indent(); err != nil {
			t.Fatal(err)
		}
		canonical := jsontext.Value(document).Clone()
		if err := canonical.Canonicalize(); err != nil { // in another order
			t.Fatal(err)
		}
		for _, text := range []string{string(document), string(spaced), string(canonical)} {
			var got directory.Employee
			if err := readDocument(text, &got); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if diff := cmp.Diff(e, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", text, diff)
			}
		}
		for cut := range document { // every text that begins so and ends too early, or goes on
			for _, text := range []string{string(document[:cut]), string(document[:cut]) + "}", string(document[:cut]) + "," + string(document[cut:])} {
				var want, got directory.Employee
				wantErr, err := json.Unmarshal([]byte(text), &want), readDocument(text, &got)
				if (err == nil) != (wantErr == nil) || err == nil && !cmp.Equal(want, got) {
					t.Fatalf("%s: got %v, error %v, want %v, error %v", text, got, err, want, wantErr)
				}
			}
		}
	}
}

// Both databases write numbers as they are read without json.
func TestReadNumbers(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db testdb.Opener) {
		s := openFile(t, db(t), Options{})
		for _, tt := range []struct {
			rows  string
			quick bool
			want  []directory.Number
		}{
			{`select 1 as id, '+7 495' as phone_number where 1 = 0`, true, []directory.Number{}},
			{`select 1 as id, '+7 495' as phone_number union all select 1152921504606846977, 'é'`, true, []directory.Number{{ID: 1, Spelling: "+7 495"}, {ID: 1<<60 + 1, Spelling: "é"}}},
			{`select 1 as id, 'a"\b' as phone_number`, false, []directory.Number{{ID: 1, Spelling: `a"\b`}}},
		} {
			var text string
			if err := s.read.QueryRowContext(t.Context(), "select "+s.flavor.array("n", "id", "phone_number")+" from ("+tt.rows+") n").Scan(&text); err != nil {
				t.Fatal(err)
			}
			if _, quick := readerOf(reflect.TypeFor[[]directory.Number]())(text, reflect.ValueOf(new([]directory.Number)).Elem()); quick != tt.quick {
				t.Errorf("%s: read without json: %t", text, quick)
			}
			var got []directory.Number
			if err := readNumbers(text, &got); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", text, diff)
			}
		}
	})
}
