package directory

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/errors"
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

// Commands are checked before anything else: a new seat has one password, in one of
// its forms, and none of them is repeated.
func TestPasswordHashParameter(t *testing.T) {
	const hash = "$2b$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu"
	const at = "/operator/operator_password_hash"
	wide := "$pbkdf2$" + strings.Repeat("0", 195) + "1$c29tZXNhbHQ$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYg" // 255 characters
	for _, tt := range []struct {
		name           string
		password, hash schema.Opt[string]
		create, update string // what is wrong
	}{
		{"a password", schema.Some("secret"), schema.Opt[string]{}, "", ""},
		{"a hash", schema.Opt[string]{}, schema.Some(hash), "", ""},
		{"no password", schema.Opt[string]{}, schema.Some(NoPasswordHash), "", ""},
		{"the longest hash", schema.Opt[string]{}, schema.Some(wide), "", ""},
		{"both", schema.Some("secret"), schema.Some(hash), "invalid_parameters_combination " + at, "invalid_parameters_combination " + at},
		{"neither", schema.Opt[string]{}, schema.Opt[string]{}, "required_parameter_missed /operator/operator_password", ""},
		{"null", schema.Opt[string]{}, schema.Null[string](), "required_parameter_missed " + at, "required_parameter_missed " + at},
		{"no hash", schema.Opt[string]{}, schema.Some("secret"), "invalid_parameter_value " + at, "invalid_parameter_value " + at},
		{"no hash beside a password", schema.Some("secret"), schema.Some("secret"), "invalid_parameter_value " + at, "invalid_parameter_value " + at},
		{"too long a hash", schema.Opt[string]{}, schema.Some("$pbkdf2$0" + wide[len("$pbkdf2$"):]), "invalid_parameter_value " + at, "invalid_parameter_value " + at},
	} {
		operator := schema.Some(OperatorParams{DisplayName: schema.Some("A"), Login: schema.Some("a"), Password: tt.password, PasswordHash: tt.hash})
		create := CreateEmployee{Names: Names{LastName: schema.Some("A")}, PhoneNumbers: schema.Some([]PhoneNumber{}), Workplace: Workplace{Operator: operator}}
		update := UpdateEmployee{ID: schema.Some[int64](1), Workplace: Workplace{Operator: operator}}
		for _, got := range []struct {
			of, want string
			err      error
		}{
			{"create", tt.create, schema.Of[CreateEmployee](RevisionSeed).Check(&create)},
			{"update", tt.update, schema.Of[UpdateEmployee](RevisionSeed).Check(&update)},
		} {
			var texts []string
			var violations []errors.Violation
			if got.err != nil {
				violations = errors.Of(got.err).Violations
			}
			for _, v := range violations {
				texts = append(texts, v.Code.Mnemonic+" "+v.Path.Pointer())
				if v.Value != nil {
					t.Errorf("%s, %s: repeats %q", tt.name, got.of, *v.Value)
				}
			}
			if s := strings.Join(texts, ", "); s != got.want {
				t.Errorf("%s, %s: got %q, want %q", tt.name, got.of, s, got.want)
			}
		}
	}
}
