package directory

import (
	"slices"
	"strconv"
	"testing"

	"github.com/rosterd/rosterd/schema"
)

// The commands allow as many phone numbers and groups as the limits say.
func TestLimits(t *testing.T) {
	for _, command := range []*schema.Type{schema.Of[CreateEmployee](RevisionSeed).Type(), schema.Of[UpdateEmployee](RevisionSeed).Type()} {
		for name, limit := range map[string]int{"phone_numbers": MaxPhoneNumbers, "groups": MaxGroups} {
			i := slices.IndexFunc(command.Fields, func(f *schema.Field) bool { return f.Name == name })
			if i < 0 {
				t.Errorf("%s has no %s", command.Name, name)
			} else if want := strconv.Itoa(limit); command.Fields[i].Items != want {
				t.Errorf("%s: %s has items %q, want %q", command.Name, name, command.Fields[i].Items, want)
			}
		}
	}
}
