package schema

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

type (
	plainText string
	plainPart struct {
		N int64 `json:"n,omitzero"`
	}
	plainWhole struct {
		Text    plainText   `json:"a-text"`
		Short   string      `json:"short,omitempty"`
		Count   int64       `json:"count"`
		Yes     bool        `json:"yes,omitzero"`
		At      time.Time   `json:"at"`
		Empty   plainPart   `json:"empty,omitempty"` // is {}
		Part    plainPart   `json:"part,omitzero"`
		Maybe   *plainPart  `json:"maybe,omitempty"`
		Null    *plainPart  `json:"null"`
		List    []int64     `json:"list,omitempty"`
		Texts   []plainText `json:"texts"`
		Parts   []plainPart `json:"parts,omitzero"` // may be empty and not nil
		Nothing struct{}    `json:"nothing"`
	}
)

// What is plain is written, or refused, as json does.
func TestPlain(t *testing.T) {
	appendWhole := PlainOf[plainWhole]()
	at := time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)
	for i, v := range []plainWhole{
		{},
		{Text: "a", At: at},
		{Text: "\"\\\n<é\u2028", Short: "x", Count: -1 << 63, Yes: true, At: at, Empty: plainPart{1}, Part: plainPart{2}, Maybe: &plainPart{3}, Null: &plainPart{}, List: []int64{0, 1}, Texts: []plainText{"", "é"}, Parts: []plainPart{{}, {4}}},
		{Maybe: &plainPart{}, Parts: []plainPart{}, List: []int64{}},
		{At: at.In(time.FixedZone("", 3600))},
		{Text: "\xff"}, {Short: "\xff"}, {Texts: []plainText{"\xff"}},
		{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, {At: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		want, wantErr := json.Marshal(&v)
		got, err := appendWhole([]byte("before"), &v)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != "before"+string(want) {
			t.Errorf("%d: got %s, %v, want %s, %v", i, got, err, want, wantErr)
		}
	}
}

// What is not plain is no type of which somebody would find out later.
func TestNotPlain(t *testing.T) {
	type unnamed struct{ N int64 }
	type optional struct {
		O Opt[string] `json:"o"`
	}
	type zero struct {
		At time.Time `json:"at,omitzero"`
	}
	type inline struct {
		unnamed `json:",inline"`
	}
	type quoted struct {
		N int64 `json:"n,string"`
	}
	for name, make := range map[string]func(){
		"a float": func() { PlainOf[float64]() }, "bytes": func() { PlainOf[[]byte]() }, "a map": func() { PlainOf[map[string]string]() },
		"no name": func() { PlainOf[unnamed]() }, "an Opt": func() { PlainOf[optional]() }, "a zero of its own": func() { PlainOf[zero]() },
		"inline": func() { PlainOf[inline]() }, "another option": func() { PlainOf[quoted]() },
	} {
		func() {
			defer func() {
				if why, _ := recover().(string); !strings.HasPrefix(why, "schema: ") {
					t.Errorf("%s: got panic %q, want one of schema's", name, why)
				}
			}()
			make()
		}()
	}
}
