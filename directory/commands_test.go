package directory

import (
	"strconv"
	"testing"

	"github.com/rosterd/rosterd/schema"
)

// The commands allow as many phone numbers as MaxPhoneNumbers says.
func TestMaxPhoneNumbers(t *testing.T) {
	for _, command := range []*schema.Type{schema.Of[CreateEmployee](RevisionSeed).Type(), schema.Of[UpdateEmployee](RevisionSeed).Type()} {
		found := false
		for _, f := range command.Fields {
			if f.Name == "phone_numbers" {
				found = true
				if want := strconv.Itoa(MaxPhoneNumbers); f.Items != want {
					t.Errorf("%s: phone_numbers has items %q, want %q", command.Name, f.Items, want)
				}
			}
		}
		if !found {
			t.Errorf("%s has no phone_numbers", command.Name)
		}
	}
}
