package methods

import (
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

func sites(d *directory.Service) []rpc.Entry {
	components := []string{"call_tracking", "consultant", "lead", "sitephone"}
	return []rpc.Entry{
		rpc.Method[directory.Get[directory.SiteRow], Answer[directory.List[directory.SiteRow]]]{
			Name:       "get.sites",
			Summary:    "Read sites, a page at a time.",
			Example:    `{"fields": ["id", "domain_name"]}`,
			Right:      string(directory.SelectSites),
			Components: components,
			Errors:     getErrors,
			Run:        page(d.GetSites),
		},
		rpc.Method[directory.CreateSite, Created]{
			Name:       "create.sites",
			Summary:    "Create a site, which operators may serve.",
			Example:    `{"domain_name": "shop.example.com", "name": "Shop", "default_phone_number": "+7 495 514-05-79"}`,
			Right:      string(directory.InsertSites),
			Components: components,
			Errors:     []*errors.Code{errors.DuplicateEntity},
			RunAll:     created(d.CreateSites),
		},
		rpc.Method[directory.UpdateSite, Done]{
			Name:       "update.sites",
			Summary:    "Change what is given of a site; null resets.",
			Example:    `{"id": 16, "name": "Main site"}`,
			Right:      string(directory.UpdateSites),
			Components: components,
			Errors:     []*errors.Code{errors.EntityNotFound, errors.DuplicateEntity},
			RunAll:     done(d.UpdateSites),
		},
		rpc.Method[directory.DeleteSite, Done]{
			Name:       "delete.sites",
			Summary:    "Delete a site that no operator serves.",
			Example:    `{"id": 24}`,
			Right:      string(directory.DeleteSites),
			Components: components,
			Errors:     []*errors.Code{errors.EntityNotFound, errors.DependencyError},
			RunAll:     done(d.DeleteSites),
		},
	}
}
