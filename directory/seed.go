package directory

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Seed is what employees refer to, to begin with.
type Seed struct {
	Positions schema.Opt[[]SeedName]     `json:"employee_positions" items:"100000" doc:"Positions."`
	Groups    schema.Opt[[]SeedName]     `json:"group_employees" items:"100000" doc:"Groups."`
	Schedules schema.Opt[[]SeedSchedule] `json:"schedules" items:"100000" doc:"Schedules."`
	Sites     schema.Opt[[]SeedSite]     `json:"sites" items:"100000" doc:"Sites."`
	Skills    schema.Opt[[]SeedName]     `json:"skills" items:"100000" doc:"Skills."`
}

// SeedName is a position, group or skill.
type SeedName struct {
	Name schema.Opt[string] `json:"name" required:"true" length:"1..255" doc:"Name, unique in the account."`
}

// SeedSite is a site.
type SeedSite struct {
	DomainName schema.Opt[string] `json:"domain_name" required:"true" length:"1..255" doc:"Domain name without scheme, unique in the account."`
}

// SeedSchedule is a schedule. Source of the shapes: data-api.md §5.4.
type SeedSchedule struct {
	Name      schema.Opt[string]     `json:"name" required:"true" length:"1..255" doc:"Name, unique among what is seeded."`
	Schedules schema.Opt[[]Activity] `json:"schedules" required:"true" items:"100" doc:"When there is activity."`
}

// Activity is one rule of a schedule.
type Activity struct {
	Days     schema.Opt[ActivityDays]   `json:"activity_days" required:"true" doc:"On which days."`
	Time     schema.Opt[[]ActivityTime] `json:"activity_time" items:"100" doc:"At which hours; all day if absent or empty."`
	DateFrom schema.Opt[Date]           `json:"activity_date_from" doc:"First day, YYYY-MM-DD."`
	DateTill schema.Opt[Date]           `json:"activity_date_till" doc:"Last day, YYYY-MM-DD."`
}

// ActivityDays are the days of a rule.
type ActivityDays struct {
	Type schema.Opt[string]  `json:"type" required:"true" enum:"days_of_week,days_of_month,business_calendar,cycle" doc:"How to read days."`
	Days schema.Opt[[]int64] `json:"days" required:"true" items:"31" doc:"days_of_week: 0 Sunday to 6 Saturday, 7 working, 8 non-working days; days_of_month: 1 to 31; business_calendar: 7 or 8; cycle: days on, days off."`
}

// ActivityTime is a span of hours.
type ActivityTime struct {
	From schema.Opt[TimeOfDay] `json:"time_from" required:"true" doc:"HH:MM."`
	Till schema.Opt[TimeOfDay] `json:"time_till" required:"true" doc:"HH:MM, later than time_from."`
}

// CheckTogether reports days that the type does not have.
func (d *ActivityDays) CheckTogether(at errors.Path, bad *errors.List) {
	low, high := int64(1), int64(31)
	switch d.Type.Value {
	case "days_of_week":
		low, high = 0, 8
	case "business_calendar":
		low, high = 7, 8
	case "cycle":
		if len(d.Days.Value) != 2 {
			bad.Add(errors.InvalidParameterValue, at.Key("days"), nil)
		}
	}
	for i, day := range d.Days.Value {
		if day < low || day > high {
			bad.Add(errors.InvalidParameterValue, at.Key("days").Index(i), shownID(day))
		}
	}
}

// CheckTogether reports a span that ends before it begins.
func (t *ActivityTime) CheckTogether(at errors.Path, bad *errors.List) {
	if t.From.IsSet() && t.Till.IsSet() && t.Till.Value <= t.From.Value {
		bad.Add(errors.InvalidParameterValue, at.Key("time_till"), errors.Shown(string(t.Till.Value)))
	}
}

// Seeded is one entity that a seed asked for, made or found.
type Seeded struct {
	Kind Kind   `json:"kind"`
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Seed makes what a JSON document of the shape of Seed names, in the account. What
// is there by that name stays as it is, so that a seed may be repeated. All or
// nothing.
// Errors: those of the rules.
func (s *Service) Seed(ctx context.Context, account int64, document []byte) ([]Seeded, error) {
	raw := jsontext.Value(document)
	if !raw.IsValid() {
		return nil, errors.E(errors.ParseError)
	}
	seed, err := schema.Of[Seed](s.revision).Decode(raw)
	if err != nil {
		return nil, err
	}
	if err := check(s, &seed); err != nil {
		return nil, err
	}
	wanted, err := seed.entities()
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	ids, err := s.store.NewIDs(ctx, len(wanted))
	if err != nil {
		return nil, err
	}
	for i := range wanted {
		wanted[i].ID = ids[i]
	}
	seeded := make([]Seeded, len(wanted))
	err = one(s.store.InTx(ctx, account, func(tx Tx) error {
		for i, w := range wanted {
			id, err := tx.IDByName(w.kind, w.Name)
			if err != nil {
				return err
			}
			if id == 0 {
				id = w.ID
				if err := s.insertSeed(tx, account, w); err != nil {
					return err
				}
			}
			seeded[i] = Seeded{w.kind, id, w.Name}
		}
		return nil
	}))
	return seeded, err
}

type seedEntity struct {
	kind Kind
	Named
}

func (seed *Seed) entities() ([]seedEntity, error) {
	var all []seedEntity
	for _, p := range seed.Positions.Value {
		all = append(all, seedEntity{KindPosition, Named{Name: p.Name.Value}})
	}
	for _, g := range seed.Groups.Value {
		all = append(all, seedEntity{KindGroup, Named{Name: g.Name.Value}})
	}
	for _, sc := range seed.Schedules.Value {
		document, err := json.Marshal(sc.Schedules.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, seedEntity{KindSchedule, Named{Name: sc.Name.Value, Document: document}})
	}
	for _, site := range seed.Sites.Value {
		all = append(all, seedEntity{KindSite, Named{Name: site.DomainName.Value}})
	}
	for _, sk := range seed.Skills.Value {
		all = append(all, seedEntity{KindSkill, Named{Name: sk.Name.Value}})
	}
	return all, nil
}

func (s *Service) insertSeed(tx Tx, account int64, w seedEntity) error {
	var free bool
	var made any = w.Named
	var err error
	if w.kind == KindGroup {
		var group Group
		if group, err = s.newGroup(tx, w.Named); err != nil {
			return err
		}
		made = group
		free, err = tx.InsertGroup(group)
	} else {
		free, err = tx.InsertNamed(w.kind, w.Named)
	}
	if err != nil {
		return err
	}
	if !free { // by another server, since IDByName
		return errors.At(errors.DuplicateEntity, place(string(w.kind), "name"), errors.Shown(w.Name))
	}
	return appendEvent(tx, CommandLine(account), s.now(), w.kind, w.ID, created, nil, made)
}

func (s *Service) newGroup(tx Tx, n Named) (Group, error) {
	uuid, err := s.newUUID()
	if err != nil {
		return Group{}, err
	}
	rocketID, err := s.randomText(24, "0123456789abcdef")
	if err != nil {
		return Group{}, err
	}
	handle, err := tx.FreeHandle(deriveHandle(n.Name))
	if err != nil {
		return Group{}, err
	}
	return Group{ID: n.ID, UUID: uuid, RocketID: rocketID, Handle: handle, Name: n.Name, ChannelsCount: 1}, nil
}
