package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/schema"
)

func TestSuggest(t *testing.T) {
	names := []string{"last_name", "first_name", "phones.1.number", "phones.2.number", "phones.3.number", "phones.4.number"}
	for _, c := range []struct {
		word string
		want []string
	}{
		{"lastname", []string{"last_name"}},
		{"name", []string{"last_name", "first_name"}},
		{"number", []string{"phones.1.number", "phones.2.number", "phones.3.number"}},
		{"shoe_size", []string{}},
		{"", []string{}},
	} {
		if diff := cmp.Diff(c.want, schema.Suggest(c.word, names)); diff != "" {
			t.Errorf("%q: -want +got\n%s", c.word, diff)
		}
	}
}
