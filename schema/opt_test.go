package schema_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/schema"
)

func TestOptState(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		opt                         schema.Opt[int64]
		isSet, isNull, absent, zero bool
		or                          int64
	}{
		{name: "absent", absent: true, zero: true, or: 7},
		{name: "null", opt: schema.Null[int64](), isNull: true, or: 7},
		{name: "set", opt: schema.Some(int64(5)), isSet: true, or: 5},
		{name: "set to zero", opt: schema.Some(int64(0)), isSet: true, or: 0},
	} {
		o := tt.opt
		if o.IsSet() != tt.isSet || o.IsNull() != tt.isNull || o.IsAbsent() != tt.absent || o.IsZero() != tt.zero || o.Given() == tt.absent || o.Or(7) != tt.or {
			t.Errorf("%s: set %t, null %t, absent %t, given %t, zero %t, or 7: %d", tt.name, o.IsSet(), o.IsNull(), o.IsAbsent(), o.Given(), o.IsZero(), o.Or(7))
		}
	}
}

type point struct {
	X schema.Opt[int64]      `json:"x,omitzero"`
	Y schema.Opt[*int64]     `json:"y"`
	P schema.Opt[innerPoint] `json:"p"`
	T schema.Opt[time.Time]  `json:"t"`
	S schema.Opt[[]string]   `json:"s"`
}

type innerPoint struct {
	Z schema.Opt[bool] `json:"z"`
}

func TestOptJSON(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		value      point
	}{
		{name: "absent", text: `{"y":null,"p":{},"t":null,"s":null}`},
		{name: "null", text: `{"x":null,"y":null,"p":{},"t":null,"s":null}`, value: point{
			X: schema.Null[int64](), P: schema.Null[innerPoint](), T: schema.Null[time.Time](), S: schema.Null[[]string](),
		}},
		{name: "set", text: `{"x":1,"y":null,"p":{"z":true},"t":"2030-01-02T03:04:05Z","s":["a"]}`, value: point{
			X: schema.Some(int64(1)), Y: schema.Null[*int64](), P: schema.Some(innerPoint{schema.Some(true)}),
			T: schema.Some(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)), S: schema.Some([]string{"a"}),
		}},
	} {
		text, err := json.Marshal(tt.value)
		if err != nil || string(text) != tt.text {
			t.Errorf("%s: wrote %s, %v; want %s", tt.name, text, err, tt.text)
		}
	}

	var got point
	if err := json.Unmarshal([]byte(`{"x":null,"p":{"z":null},"t":"2030-01-02T03:04:05Z","s":[]}`), &got); err != nil {
		t.Fatal(err)
	}
	want := point{
		X: schema.Null[int64](), P: schema.Some(innerPoint{schema.Null[bool]()}),
		T: schema.Some(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)), S: schema.Some([]string{}),
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(
		schema.Opt[int64]{}, schema.Opt[*int64]{}, schema.Opt[innerPoint]{}, schema.Opt[bool]{}, schema.Opt[time.Time]{}, schema.Opt[[]string]{},
	)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}

	// A value that was there before does not shine through.
	got.P = schema.Some(innerPoint{schema.Some(true)})
	if err := json.Unmarshal([]byte(`{"p":{}}`), &got); err != nil || got.P.Value.Z.Given() {
		t.Errorf("read {} over a value: %+v, %v", got.P, err)
	}
	if err := json.Unmarshal([]byte(`{"x":"1"}`), &got); err == nil {
		t.Errorf("read a string into a number: %+v", got.X)
	}
}
