package schema_test

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// create has a member of every kind and a rule of every sort.
type create struct {
	FirstName schema.Opt[string]   `json:"first_name" length:"..255"`
	LastName  schema.Opt[string]   `json:"last_name" required:"true" length:"1..255" doc:"Family name." example:"Ivanov"`
	Status    schema.Opt[status]   `json:"status" enum:"available,break" default:"available"`
	Available schema.Opt[bool]     `json:"calls_available" default:"true"`
	InCalls   schema.Opt[[]string] `json:"allowed_in_call_types" enum:"internal,external" unique:"true" default:"[\"internal\",\"external\"]"`
	Email     schema.Opt[email]    `json:"email"`
	Coach     schema.Opt[coach]    `json:"coach"`
	Groups    schema.Opt[[]int64]  `json:"groups" range:"1.." items:"3" unique:"true"`
	Phones    schema.Opt[[]phone]  `json:"phone_numbers" items:"2" required@seed:"true"`
	contact
	Operator schema.Opt[operator]       `json:"operator"`
	Note     schema.Opt[jsontext.Value] `json:"note"`
	Version  int64                      `json:"expected_version" ours:"true"`
}

type status string

type email string

func (e email) Valid() bool { return strings.Contains(string(e), "@") }

type coach struct {
	ID     int64            `json:"coach_id" required:"true" range:"1.."`
	Always schema.Opt[bool] `json:"coach_always_enabled" default:"false"`
}

type phone struct {
	Number   schema.Opt[string] `json:"phone_number" required:"true" length:"1.."`
	Channels schema.Opt[int64]  `json:"channels_count" range:"1..150" default:"1"`
	DialTime schema.Opt[int64]  `json:"dial_time" range:"1..100" default:"60" unit:"s"`
}

type contact struct {
	Extension schema.Opt[string] `json:"extension" length:"1..5" null:"no"`
	Site      schema.Opt[string] `json:"site"`
}

type operator struct {
	Login    schema.Opt[string] `json:"operator_login" required:"true"`
	Password schema.Opt[string] `json:"operator_password" secret:"true" length:"1..8" length@current:"8..128"`
}

// CheckTogether wants an extension where there is a coach, no coach numbered as
// the version, and no extension called root.
func (c *create) CheckTogether(at errors.Path, bad *errors.List) {
	if c.Coach.IsSet() && !c.Extension.Given() {
		bad.Add(errors.RequiredParameterMissed, at.Key("extension"), nil)
	}
	if c.Coach.IsSet() && c.Coach.Value.ID == c.Version && c.Version != 0 {
		bad.Add(errors.InvalidParametersCombination, at.Key("coach").Key("coach_id"), nil)
	}
	if c.Extension.Or("") == "root" {
		bad.Add(errors.InvalidParametersCombination, at, nil)
	}
}

// filter contains itself.
type filter struct {
	Field     schema.Opt[string]         `json:"field"`
	Value     schema.Opt[jsontext.Value] `json:"value"`
	Filters   schema.Opt[[]filter]       `json:"filters"`
	Condition schema.Opt[string]         `json:"condition" enum:"and,or"`
}

// list writes what is wrong as "mnemonic pointer value", value in quotes or -.
func list(err error) []string {
	if err == nil {
		return nil
	}
	var lines []string
	for _, v := range errors.Of(err).Violations {
		value := "-"
		if v.Value != nil {
			value = strconv.Quote(*v.Value)
		}
		lines = append(lines, v.Code.Mnemonic+" "+v.Path.Pointer()+" "+value)
	}
	return lines
}
