package directory

import (
	"context"
	"regexp"

	"github.com/rosterd/rosterd/schema"
)

// Websites are sites with what desks of contact centres keep of them beside the
// parameters of the Data API.

// Currency is a code of ISO 4217: "EUR".
type Currency string

var currencyGrammar = regexp.MustCompile(`^[A-Z]{3}$`)

// Valid reports whether c looks like a code.
func (c Currency) Valid() bool { return c == "" || currencyGrammar.MatchString(string(c)) }

// SiteSettings is what desks say of a site.
type SiteSettings struct {
	Currency schema.Opt[Currency] `json:"currency" doc:"Currency, ISO 4217." example:"EUR"`
	Language schema.Opt[Language] `json:"language" doc:"Language, ISO 639-1."`
	TimeZone schema.Opt[TimeZone] `json:"time_zone" doc:"IANA time zone; the account's if there is none." example:"Europe/Paris"`
}

func (c *SiteSettings) apply(site Site) Site {
	set(&site.Currency, c.Currency, none[Currency]())
	set(&site.Language, c.Language, none[Language]())
	set(&site.TimeZone, c.TimeZone, none[TimeZone]())
	return site
}

// CreateWebsite adds a site.
type CreateWebsite struct {
	CreateSite
	SiteSettings
}

// UpdateWebsite changes what is given of a site; null resets.
type UpdateWebsite struct {
	UpdateSite
	SiteSettings
}

// Websites reads a page of sites.
// Errors: forbidden without the right site_selected:select.
func (s *Service) Websites(ctx context.Context, q Query) (Page[Site], error) {
	actor, err := allowed(ctx, SelectSites)
	if err != nil {
		return Page[Site]{}, err
	}
	return s.store.Websites(ctx, actor.AccountID, q)
}

// CreateWebsites adds sites as CreateSites does; it answers their ids.
func (s *Service) CreateWebsites(ctx context.Context, commands []CreateWebsite) []Result[int64] {
	return write(ctx, s, InsertSites, commands, func(ctx context.Context, actor Actor, c *CreateWebsite) (job[int64], error) {
		return s.newSite(ctx, actor, &c.CreateSite, &c.SiteSettings)
	})
}

// UpdateWebsites changes sites as UpdateSites does.
func (s *Service) UpdateWebsites(ctx context.Context, commands []UpdateWebsite) []Result[struct{}] {
	return write(ctx, s, UpdateSites, commands, func(_ context.Context, actor Actor, c *UpdateWebsite) (job[struct{}], error) {
		return done(func(tx Tx) error { return s.updateSite(tx, actor, &c.UpdateSite, &c.SiteSettings) })
	})
}
