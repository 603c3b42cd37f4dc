package directory

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Seed is what employees refer to, to begin with.
type Seed struct {
	Positions schema.Opt[[]SeedName]       `json:"employee_positions" items:"100000" doc:"Positions."`
	Groups    schema.Opt[[]SeedName]       `json:"group_employees" items:"100000" doc:"Groups."`
	Schedules schema.Opt[[]CreateSchedule] `json:"schedules" items:"100000" doc:"Schedules; the name tells them apart."`
	Sites     schema.Opt[[]CreateSite]     `json:"sites" items:"100000" doc:"Sites."`
	Skills    schema.Opt[[]SeedName]       `json:"skills" items:"100000" doc:"Skills."`
}

// SeedName is a position, group or skill.
type SeedName struct {
	Name schema.Opt[string] `json:"name" required:"true" length:"1..255" doc:"Name, unique in the account."`
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
	site Site // of a site
}

func (seed *Seed) entities() ([]seedEntity, error) {
	var all []seedEntity
	for _, p := range seed.Positions.Value {
		all = append(all, seedEntity{kind: KindPosition, Named: Named{Name: p.Name.Value}})
	}
	for _, g := range seed.Groups.Value {
		all = append(all, seedEntity{kind: KindGroup, Named: Named{Name: g.Name.Value}})
	}
	for _, sc := range seed.Schedules.Value {
		named, err := sc.named()
		if err != nil {
			return nil, err
		}
		all = append(all, seedEntity{kind: KindSchedule, Named: named})
	}
	for _, c := range seed.Sites.Value {
		site := c.apply(Site{})
		all = append(all, seedEntity{kind: KindSite, Named: Named{Name: site.DomainName}, site: site})
	}
	for _, sk := range seed.Skills.Value {
		all = append(all, seedEntity{kind: KindSkill, Named: Named{Name: sk.Name.Value}})
	}
	return all, nil
}

func (s *Service) insertSeed(tx Tx, account int64, w seedEntity) error {
	var free bool
	var made any = w.Named
	var err error
	switch w.kind {
	case KindGroup:
		var group Group
		if group, err = s.newGroup(w.ID, w.Name); err != nil {
			return err
		}
		if err = group.deriveHandle(tx); err != nil {
			return err
		}
		made = group
		var taken []UniqueValue
		taken, err = tx.InsertGroup(&group)
		free = len(taken) == 0
	case KindSkill:
		skill := Skill{ID: w.ID, Name: w.Name, CreatedAt: s.now()}
		made = skill
		free, err = tx.InsertSkill(skill)
	case KindSite:
		w.site.ID = w.ID
		made = w.site
		free, err = tx.InsertSite(w.site)
	default:
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
