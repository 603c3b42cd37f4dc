package schema_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/schema"
)

type row struct {
	ID int64 `json:"id" filter:"true"`
	names
	Status  schema.Opt[status] `json:"status" enum:"available,break" default:"available" filter:"true" sort:"true"`
	Coach   schema.Opt[coach]  `json:"coach" component:"trainer"`
	Phones  []phone            `json:"phone_numbers"`
	Share   float64            `json:"share"`
	Created time.Time          `json:"created" ours:"true"`
	Tags    map[string]int     `json:"tags" ours:"true"`
	Digest  []byte             `json:"digest" ours:"true"`
	Colour  colour             `json:"colour" ours:"true"`
}

// colour writes itself as an array.
type colour struct{ red, green, blue byte }

func (c colour) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%d]", c.red, c.green, c.blue), nil
}

type names struct {
	First schema.Opt[string] `json:"first_name" sort:"true" doc:"Given name."`
	Last  string             `json:"last_name" length:"1.."`
}

func TestRow(t *testing.T) {
	r := schema.RowOf[row]()
	v := row{
		ID: 5, names: names{Last: `"x"`}, Phones: []phone{{Number: schema.Some("1")}}, Share: 0.5,
		Created: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Tags: map[string]int{"a": 1}, Digest: []byte{1},
	}
	for _, tt := range []struct {
		names   []string
		unknown int
		want    string
	}{
		{nil, -1, `{"id":5,"first_name":null,"last_name":"\"x\"","status":null,"coach":{},"phone_numbers":[{"phone_number":"1","channels_count":null,"dial_time":null}],"share":0.5}`},
		{[]string{}, -1, `{"id":5,"first_name":null,"last_name":"\"x\"","status":null,"coach":{},"phone_numbers":[{"phone_number":"1","channels_count":null,"dial_time":null}],"share":0.5}`},
		{[]string{"status", "id", "status"}, -1, `{"id":5,"status":null}`},
		{[]string{"colour", "digest", "tags", "created", "id"}, -1, `{"id":5,"created":"2030-01-02T03:04:05Z","tags":{"a":1},"digest":"AQ==","colour":[0,0,0]}`},
		{[]string{"id", "coach_id", "zzz"}, 1, `{"id":5}`},
		{[]string{"ID"}, 0, `{}`},
	} {
		pick, unknown := r.Pick(tt.names)
		if unknown != tt.unknown {
			t.Errorf("Pick(%q): first unknown is %d, want %d", tt.names, unknown, tt.unknown)
		}
		got, err := r.Append(nil, &v, pick)
		if err != nil {
			t.Errorf("Append(%q): %v", tt.names, err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("Append(%q): -want +got\n%s", tt.names, diff)
		}
	}
}

// Append writes what json does, byte for byte.
func TestRowIsJSON(t *testing.T) {
	type tree struct {
		Texts []string              `json:"texts"`
		Below []tree                `json:"below"`
		Rows  []row                 `json:"rows"`
		Time  schema.Opt[time.Time] `json:"time"`
		Zero  struct {
			A int64 `json:"a,omitzero"`
			B int32 `json:"b"`
		} `json:"zero"`
	}
	r := schema.RowOf[tree]()
	pick, _ := r.Pick(nil)
	leaf := tree{Texts: []string{"", "a~ b", "\x00\t\n\x1f\x7f", `"\/<>&'`, "é\u2028\u2029\U0001f600\ufffd"}, Time: schema.Some(time.Unix(1, 5).UTC())}
	for _, v := range []tree{{}, leaf, {Below: []tree{leaf, {}, leaf}, Rows: []row{{Coach: schema.Some(coach{}), Status: schema.Null[status]()}, {ID: -1 << 63, Digest: []byte{255}}}}} {
		want, err := json.Marshal(&v, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Append(nil, &v, pick)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%+v: -want +got\n%s", v, diff)
		}
	}
}

func TestRowFields(t *testing.T) {
	var got []string
	for _, f := range schema.RowOf[row]().Fields() {
		line := f.Name + " " + string(f.Type.Kind)
		if f.Filter {
			line += " filter"
		}
		if f.Sort {
			line += " sort"
		}
		if f.Ours {
			line += " ours"
		}
		if f.Component != "" {
			line += " component " + f.Component
		}
		got = append(got, line+" "+f.Doc+f.Default)
	}
	want := []string{
		"id number filter ", "first_name string sort Given name.", "last_name string ", "status enum filter sort available", "coach object component trainer ",
		"phone_numbers array ", "share number ", "created string ours ", "tags any ours ", "digest string ours ",
		"colour any ours ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("-want +got\n%s", cmp.Diff(want, got))
	}
}

func TestRowErrors(t *testing.T) {
	type bad struct {
		Text string `json:"text"`
	}
	r := schema.RowOf[bad]()
	pick, _ := r.Pick(nil)
	if _, err := r.Append(nil, &bad{"\xff"}, pick); err == nil {
		t.Error("a string that is no UTF-8 was written")
	}

	for name, of := range map[string]func(){
		"slice": func() { schema.RowOf[[]row]() },
		"pointer": func() {
			schema.RowOf[struct {
				A *int64 `json:"a"`
			}]()
		},
		"json option": func() {
			schema.RowOf[struct {
				A int64 `json:"a,omitzero"`
			}]()
		},
		"no json tag": func() { schema.RowOf[struct{ A int64 }]() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: RowOf does not panic", name)
				}
			}()
			of()
		}()
	}
}

func BenchmarkRow(b *testing.B) {
	r := schema.RowOf[row]()
	pick, _ := r.Pick(nil)
	v := row{ID: 5, Status: schema.Some(status("break")), Phones: []phone{{Number: schema.Some("1")}}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = r.Append(buf[:0], &v, pick); err != nil {
			b.Fatal(err)
		}
	}
}
