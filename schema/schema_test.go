package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

func TestType(t *testing.T) {
	root := schema.Of[create]("seed").Type()
	if root.Kind != schema.Object || root.Name != "create" {
		t.Errorf("root is %s %q, want object create", root.Kind, root.Name)
	}
	var got []string
	for _, f := range root.Fields {
		line := f.Name + " " + string(f.Type.Kind)
		for e := f.Type.Elem; e != nil; e = e.Elem {
			line += " of " + string(e.Kind)
		}
		got = append(got, line)
	}
	want := []string{
		"first_name string", "last_name string", "status enum", "calls_available boolean", "allowed_in_call_types array of enum",
		"email string", "coach object", "groups array of number", "phone_numbers array of object", "extension string", "site string",
		"operator object", "note any", "expected_version number",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields: -want +got\n%s", diff)
	}

	carried := cmpopts.IgnoreUnexported(schema.Field{})
	noType := cmpopts.IgnoreFields(schema.Field{}, "Type")
	for i, want := range map[int]*schema.Field{
		1:  {Name: "last_name", Doc: "Family name.", Example: "Ivanov", Optional: true, Required: true, Length: "1..255"},
		4:  {Name: "allowed_in_call_types", Default: `["internal","external"]`, Optional: true, Unique: true, Enum: []string{"internal", "external"}},
		7:  {Name: "groups", Optional: true, Unique: true, Range: "1..", Items: "3"},
		8:  {Name: "phone_numbers", Optional: true, Required: true, Items: "2"},
		9:  {Name: "extension", Optional: true, NoNull: true, Length: "1..5"},
		13: {Name: "expected_version", Ours: true},
	} {
		if diff := cmp.Diff(want, root.Fields[i], carried, noType); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	dial := &schema.Field{Name: "dial_time", Unit: "s", Default: "60", Optional: true, Range: "1..100"}
	if diff := cmp.Diff(dial, root.Fields[8].Type.Elem.Fields[2], carried, noType); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	under := func(revision string) *schema.Field {
		return schema.Of[operator](revision).Type().Fields[1]
	}
	if f := under("seed"); f.Length != "1..8" || !f.Secret {
		t.Errorf("password under seed: length %q, secret %t; want 1..8, true", f.Length, f.Secret)
	}
	if f := under("current"); f.Length != "8..128" {
		t.Errorf("password under current: length %q, want 8..128", f.Length)
	}

	tree := schema.Of[filter]("").Type()
	if tree.Fields[2].Type.Elem != tree {
		t.Errorf("a filter's filters are not filters")
	}
}

func TestDefault(t *testing.T) {
	s := schema.Of[create]("")
	want := create{
		Status: schema.Some(status("available")), Available: schema.Some(true),
		InCalls: schema.Some([]string{"internal", "external"}),
	}
	first := s.Default()
	if diff := cmp.Diff(want, first, private); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	first.InCalls.Value[0] = "changed"
	if diff := cmp.Diff(want, s.Default(), private); diff != "" {
		t.Errorf("after the first one was changed: -want +got\n%s", diff)
	}

	type outer struct {
		Phone phone `json:"phone"`
		Text  struct {
			Quoted schema.Opt[string] `json:"quoted" default:"a \"b\"" default@old:""`
		} `json:"text"`
	}
	got := schema.Of[outer]("").Default()
	if got.Phone.DialTime.Or(0) != 60 || got.Phone.Channels.Or(0) != 1 || got.Text.Quoted.Or("") != `a "b"` {
		t.Errorf("defaults of nested structs: %+v", got)
	}
	if got := schema.Of[outer]("old").Default(); got.Text.Quoted.Given() {
		t.Errorf("under the revision without default: %+v", got)
	}
}

type checked struct {
	A schema.Opt[string] `json:"a"`
}

func (checked) CheckTogether(errors.Path, *errors.List) {}

type alsoChecked struct {
	B schema.Opt[string] `json:"b"`
}

func (alsoChecked) CheckTogether(errors.Path, *errors.List) {}

func TestOfPanics(t *testing.T) {
	for _, tt := range []struct {
		of   func()
		want string
	}{
		{of[string], "neither a struct nor a slice"},
		{of[schema.Opt[phone]], "an Opt must be the member"},
		{of[struct{ A string }], "no json tag"},
		{of[struct {
			A string `doc:"x"`
		}], "no json tag"},
		{of[struct {
			A string `json:",omitzero"`
		}], "no json tag"},
		{of[struct {
			A string `json:"a,string"`
		}], `json option "string"`},
		{of[struct {
			phone
			DialTime schema.Opt[int64] `json:"dial_time"`
		}], `"dial_time" stands twice`},
		{of[struct {
			A int `json:"a"`
		}], "int cannot be described"},
		{of[struct {
			A *string `json:"a"`
		}], "*string cannot be described"},
		{of[struct {
			A map[string]string `json:"a"`
		}], "cannot be described"},
		{of[struct {
			A []schema.Opt[string] `json:"a"`
		}], "an Opt must be the member"},
		{of[struct{ *phone }], "what is embedded must be a struct"},
		{of[struct {
			phone `doc:"x"`
		}], "what is embedded must be a struct without tags"},
		{of[struct {
			checked
			alsoChecked
		}], "hidden or ambiguous"},
		{of[struct {
			A string `json:"a" lenght:"1"`
		}], `unknown tag key "lenght"; known are json, doc, `},
		{of[struct {
			A string `json:"a" lenght@seed:"1"`
		}], `unknown tag key "lenght@seed"`},
		{of[struct {
			A string `json:"a" length@:"1"`
		}], "names no revision"},
		{of[struct {
			A string `json:"a" json@seed:"b"`
		}], "cannot differ by revision"},
		{of[struct {
			A string `json:"a" doc:"x" doc:"y"`
		}], "stands twice"},
		{of[struct {
			A schema.Opt[string] `json:"a" required:"yes"`
		}], `required is "yes"`},
		{of[struct {
			A schema.Opt[string] `json:"a" null:"false"`
		}], `null is "false"`},
		{of[struct {
			A schema.Opt[string] `json:"a" length:"5"`
		}], `length is "5"`},
		{of[struct {
			A schema.Opt[string] `json:"a" length:".."`
		}], `length is ".."`},
		{of[struct {
			A schema.Opt[string] `json:"a" length:"a..b"`
		}], `length is "a..b"`},
		{of[struct {
			A schema.Opt[int64] `json:"a" range:"2..1"`
		}], `range is "2..1"`},
		{of[struct {
			A schema.Opt[int64] `json:"a" range:"..9223372036854775808"`
		}], "range is"},
		{of[struct {
			A []string `json:"a" items:"0"`
		}], `items is "0"`},
		{of[struct {
			A schema.Opt[string] `json:"a" enum:"x,,y"`
		}], `enum is "x,,y"`},
		{of[struct {
			A schema.Opt[string] `json:"a" enum:"x,x"`
		}], `enum is "x,x"`},
		{of[struct {
			A int64 `json:"a" length:"1.."`
		}], "length means nothing"},
		{of[struct {
			A phone `json:"a" range:"1.."`
		}], "range means nothing"},
		{of[struct {
			A int64 `json:"a" enum:"1,2"`
		}], "enum means nothing"},
		{of[struct {
			A string `json:"a" items:"1"`
		}], "items means nothing"},
		{of[struct {
			A []phone `json:"a" unique:"true"`
		}], "unique means nothing"},
		{of[struct {
			A string `json:"a" default:"x"`
		}], "only an Opt can have a default"},
		{of[struct {
			A schema.Opt[phone] `json:"a" default:"{}"`
		}], "default means nothing"},
		{of[struct {
			A schema.Opt[int64] `json:"a" default:"x"`
		}], `default "x" is not allowed`},
		{of[struct {
			A schema.Opt[int64] `json:"a" default:"5" range:"6.."`
		}], `default "5" is not allowed`},
		{of[struct {
			A schema.Opt[[]string] `json:"a" default:"[1]"`
		}], `default "[1]" is not allowed`},
		{of[struct {
			A string `json:"a" length:"1.."`
		}], "must be required or an Opt"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			defer func() {
				got := recover()
				if message, _ := got.(string); !strings.HasPrefix(message, "schema: ") || !strings.Contains(message, tt.want) {
					t.Errorf("panics with %v, want %q", got, tt.want)
				}
			}()
			tt.of()
		})
	}
}

func of[T any]() { schema.Of[T]("seed") }

func TestFieldsLeftOut(t *testing.T) {
	type some struct {
		names   `json:"-"`
		Left    func()             `json:"-"`
		A       schema.Opt[string] `json:"a,omitzero"`
		private chan int
	}
	_ = some{}.private
	var got []string
	for _, f := range schema.Of[some]("").Type().Fields {
		got = append(got, f.Name)
	}
	if want := []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("fields are %q, want %q", got, want)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := schema.Of[create]("")
	done := make(chan error)
	const callers = 8
	for i := range callers {
		go func() {
			name := fmt.Sprintf("name %d", i)
			v, err := s.Decode(jsontext.Value(fmt.Sprintf(`{"last_name":%q}`, name)))
			if err == nil {
				err = s.Check(&v)
			}
			if err == nil && v.LastName.Or("") != name {
				err = fmt.Errorf("read %q, want %q", v.LastName.Value, name)
			}
			done <- err
		}()
	}
	for range callers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
