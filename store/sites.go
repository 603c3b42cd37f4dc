package store

import (
	"context"
	"database/sql"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

var siteView = &view{
	from: "sites s", id: "s.id", mine: "s.account_id = $1",
	fields: map[string]field{
		"id":                   {expr: "s.id"},
		"domain_name":          {expr: "s.domain_name", folded: "s.domain_name_folded"},
		"name":                 {expr: "s.name", folded: "s.name_folded"},
		"default_phone_number": {expr: "s.default_phone_number", folded: "s.default_phone_number"}, // has no letters
	},
}

const siteQuery = `select id, domain_name, coalesce(name, ''), coalesce(default_phone_number, ''), coalesce(currency, ''), coalesce(language, ''), coalesce(time_zone, '') from sites where account_id = $1 and `

func scanSite(row scanner) (s directory.Site, err error) {
	err = row.Scan(&s.ID, &s.DomainName, &s.Name, &s.DefaultPhoneNumber, &s.Currency, &s.Language, &s.TimeZone)
	return s, err
}

// Sites reads a page of sites.
func (s *Store) Sites(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.SiteRow], error) {
	return page(ctx, s, siteView, account, q, func(r *reader, ids []int64, place func(int64) *directory.SiteRow) error {
		return r.each(func(row scanner) error {
			site, err := scanSite(row)
			*place(site.ID) = site.Row()
			return err
		}, siteQuery+s.flavor.ids("id", "$2"), account, list(ids))
	})
}

// Websites reads a page of sites.
func (s *Store) Websites(ctx context.Context, account int64, q directory.Query) (directory.Page[directory.Site], error) {
	return page(ctx, s, siteView, account, q, func(r *reader, ids []int64, place func(int64) *directory.Site) error {
		sites, err := r.sites(account, ids)
		for id, site := range sites {
			*place(id) = site
		}
		return err
	})
}

func (t *tx) Site(id int64) (*directory.Site, error) {
	s, err := scanSite(t.row(siteQuery+`id = $2`, t.account, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &s, err
}

func (t *tx) InsertSite(s directory.Site) (bool, error) {
	n, err := t.exec(`insert into sites (account_id, id, domain_name, domain_name_folded, name, name_folded, default_phone_number, currency, language, time_zone)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`, t.siteValues(s)...)
	return n > 0, err
}

func (t *tx) UpdateSite(s directory.Site) (bool, error) {
	if holder, err := t.IDByName(directory.KindSite, s.DomainName); err != nil || holder != 0 && holder != s.ID {
		return false, err
	}
	_, err := t.exec(`update sites set domain_name = $3, domain_name_folded = $4, name = $5, name_folded = $6, default_phone_number = $7, currency = $8, language = $9, time_zone = $10
		where account_id = $1 and id = $2`, t.siteValues(s)...)
	return true, err
}

func (t *tx) siteValues(s directory.Site) []any {
	return []any{t.account, s.ID, s.DomainName, directory.Fold(s.DomainName), nullable(s.Name), folded(s.Name), nullable(string(s.DefaultPhoneNumber)), nullable(string(s.Currency)), nullable(string(s.Language)), nullable(string(s.TimeZone))}
}
