package directory

import (
	"context"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// Sites are where visitors meet operators. Source: data-api.md §5.6; the vendor's
// sites have many fields more, which do not concern employees.

// Site is a site. In strings "" means none.
type Site struct {
	ID                 int64     `json:"id"`
	DomainName         string    `json:"domain_name"` // see DomainName.normalized
	Name               string    `json:"name,omitempty"`
	DefaultPhoneNumber PhoneText `json:"default_phone_number,omitempty"` // as given

	Currency Currency `json:"currency,omitempty"`
	Language Language `json:"language,omitempty"`
	TimeZone TimeZone `json:"time_zone,omitempty"` // the account's if empty
}

// SiteRow is a site as get.sites shows it.
type SiteRow struct {
	ID                 int64                 `json:"id" filter:"true" doc:"Unique id."`
	DomainName         string                `json:"domain_name" filter:"true" doc:"Domain name without scheme, unique in the account, in lower case and its own alphabet."`
	Name               schema.Opt[string]    `json:"name" filter:"true" doc:"Name."`
	DefaultPhoneNumber schema.Opt[PhoneText] `json:"default_phone_number" filter:"true" doc:"Phone number shown where no other is, as given."`
}

// Row shows s.
func (s *Site) Row() SiteRow {
	return SiteRow{s.ID, s.DomainName, some(s.Name), some(s.DefaultPhoneNumber)}
}

// CreateSite adds a site.
type CreateSite struct {
	DomainName         schema.Opt[DomainName] `json:"domain_name" required:"true" null:"no" length:"1..253" doc:"Domain name without scheme, port and path, unique in the account. Kept in lower case and its own alphabet: xn--… is decoded."`
	Name               schema.Opt[string]     `json:"name" length:"..255" doc:"Name."`
	DefaultPhoneNumber schema.Opt[PhoneText]  `json:"default_phone_number" length:"..64" doc:"Phone number shown where no other is; of the form of an employee's phone_number."`
	WriteOptions
}

// UpdateSite changes what is given of a site; null resets.
type UpdateSite struct {
	ID         schema.Opt[int64] `json:"id" required:"true" doc:"The site."`
	CreateSite `partial:"true"`
}

// DeleteSite removes a site.
type DeleteSite struct {
	ID schema.Opt[int64] `json:"id" required:"true" doc:"The site."`
	WriteOptions
}

// apply is site with what was given.
func (c *CreateSite) apply(site Site) Site {
	if c.DomainName.IsSet() {
		site.DomainName = c.DomainName.Value.normalized()
	}
	set(&site.Name, c.Name, none[string]())
	set(&site.DefaultPhoneNumber, c.DefaultPhoneNumber, none[PhoneText]())
	return site
}

// GetSites reads a page of sites.
func (s *Service) GetSites(ctx context.Context, c Get[SiteRow]) (List[SiteRow], error) {
	return get(ctx, s, SelectSites, c, func(actor Actor, q Query, _ schema.Pick) (Page[SiteRow], error) {
		return s.store.Sites(ctx, actor.AccountID, q)
	})
}

// CreateSites adds sites; it answers their ids.
// Errors: duplicate_entity for the domain name.
func (s *Service) CreateSites(ctx context.Context, commands []CreateSite) []Result[int64] {
	return write(ctx, s, InsertSites, commands, func(ctx context.Context, actor Actor, c *CreateSite) (job[int64], error) {
		return s.newSite(ctx, actor, c, &SiteSettings{})
	})
}

// newSite is the job of a command that adds a site.
func (s *Service) newSite(ctx context.Context, actor Actor, c *CreateSite, settings *SiteSettings) (job[int64], error) {
	ids, err := s.store.NewIDs(ctx, 1)
	if err != nil {
		return job[int64]{}, err
	}
	site := settings.apply(c.apply(Site{ID: ids[0]}))
	return job[int64]{result: &site.ID, unit: func(tx Tx) error {
		free, err := tx.InsertSite(site)
		if err != nil {
			return err
		}
		if !free {
			return duplicateSite(c)
		}
		return appendEvent(tx, actor, s.now(), KindSite, site.ID, created, nil, site)
	}}, nil
}

// UpdateSites changes sites. An update that changes nothing writes nothing.
// Errors: entity_not_found; duplicate_entity for the domain name.
func (s *Service) UpdateSites(ctx context.Context, commands []UpdateSite) []Result[struct{}] {
	return write(ctx, s, UpdateSites, commands, func(_ context.Context, actor Actor, c *UpdateSite) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.updateSite(tx, actor, c, &SiteSettings{}) })
	})
}

func (s *Service) updateSite(tx Tx, actor Actor, c *UpdateSite, settings *SiteSettings) error {
	before, err := tx.Site(c.ID.Value)
	if err != nil {
		return err
	}
	if before == nil {
		return errors.At(errors.EntityNotFound, place("id"), shownID(c.ID.Value))
	}
	after := settings.apply(c.apply(*before))
	if after == *before {
		return nil
	}
	free, err := tx.UpdateSite(after)
	if err != nil {
		return err
	}
	if !free {
		return duplicateSite(&c.CreateSite)
	}
	return appendEvent(tx, actor, s.now(), KindSite, after.ID, updated, before, after)
}

func duplicateSite(c *CreateSite) error {
	return errors.At(errors.DuplicateEntity, place("domain_name"), errors.Shown(string(c.DomainName.Value)))
}

// DeleteSites removes sites.
// Errors: entity_not_found; dependency_error while an operator serves it.
func (s *Service) DeleteSites(ctx context.Context, commands []DeleteSite) []Result[struct{}] {
	return write(ctx, s, DeleteSites, commands, func(_ context.Context, actor Actor, c *DeleteSite) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.deleteNamed(tx, actor, KindSite, c.ID.Value) })
	})
}
