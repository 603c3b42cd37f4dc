package iadvize

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// What operators refer to: groups, skills and websites, and the client that all belongs
// to.

const (
	fieldParent    = "parent_id"
	fieldParents   = "parent_list"
	fieldOperators = "operator_list"
)

// dateOf is a moment as the vendor writes it, in UTC.
func dateOf(t time.Time) string { return t.UTC().Format(time.DateTime) }

// wants reports whether a field is among those picked, all of them if that is nil.
func wants(picked []string, name string) bool {
	return picked == nil || slices.Contains(picked, name)
}

// idsTest is a condition on a field that is one of ids, or has one of them.
func idsTest(field string, op directory.Op, ids []int64) directory.Test {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return directory.Test{Field: field, Op: op, Values: values}
}

var groupEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "group", noun: groups.name, params: []string{"filters"}, handle: (*restCall).listGroups},
	{method: http.MethodPost, path: "group", noun: groups.name, handle: (*restCall).createGroup},
	{method: http.MethodGet, path: "group/{id}", noun: groups.name, handle: (*restCall).getGroup},
	{method: http.MethodPut, path: "group/{id}", noun: groups.name, handle: (*restCall).updateGroup},
	{method: http.MethodDelete, path: "group/{id}", noun: groups.name, handle: (*restCall).deleteGroup},
}

// group is a group with what is shown of others.
type group struct {
	directory.ChatGroup
	parents   []int64 // the groups that it is a part of, the nearest first
	operators []int64
}

var groups = noun[group]{name: "group", columns: []column[group]{
	{fieldID, func(g *group) any { return g.ID }},
	{"name", func(g *group) any { return g.Name }},
	{"created_at", func(g *group) any { return dateOf(g.CreatedAt) }},
	{fieldParent, func(g *group) any { return orNull(g.ParentID) }},
	{fieldOperators, func(g *group) any { return g.operators }},
	{fieldParents, func(g *group) any { return g.parents }},
}}

var groupFilters = []filter{byIDs(fieldParent, directory.GroupParent, directory.OpIn)}

func (c *restCall) listGroups() (result, error) {
	return list(c, &groups, groupFilters, func(g *group) int64 { return g.ID }, c.groupPage)
}

// groupPage reads groups, with as much of others as was picked.
func (c *restCall) groupPage(q directory.Query, picked []string) (page directory.Page[group], err error) {
	found, err := c.Directory.ChatGroups(c.ctx, q)
	if err != nil {
		return page, err
	}
	page.Total, page.Items = found.Total, make([]group, len(found.Items))
	for i, g := range found.Items {
		page.Items[i].ChatGroup = g
	}
	if wants(picked, fieldParents) {
		err = c.addParents(page.Items)
	}
	if err == nil && wants(picked, fieldOperators) {
		err = c.addMembers(page.Items)
	}
	return page, err
}

// addParents tells groups what they are parts of, one read for each level.
func (c *restCall) addParents(all []group) error {
	parentOf := map[int64]int64{}
	var unknown []int64
	note := func(id, parent int64) {
		parentOf[id] = parent
		if _, known := parentOf[parent]; !known && parent != 0 && !slices.Contains(unknown, parent) {
			unknown = append(unknown, parent)
		}
	}
	for i := range all {
		note(all[i].ID, all[i].ParentID)
	}
	for depth := 0; len(unknown) > 0 && depth <= directory.MaxParents; depth++ {
		page, err := c.Directory.ChatGroups(c.ctx, directory.Query{Where: idsTest("id", directory.OpIn, unknown), Limit: int64(len(unknown)), Uncounted: true})
		if err != nil {
			return err
		}
		unknown = nil
		for _, g := range page.Items {
			note(g.ID, g.ParentID)
		}
	}
	for i := range all {
		for id := all[i].ParentID; id != 0 && len(all[i].parents) <= directory.MaxParents; id = parentOf[id] {
			all[i].parents = append(all[i].parents, id)
		}
	}
	return nil
}

// addMembers tells groups who is in them.
func (c *restCall) addMembers(all []group) error {
	if len(all) == 0 {
		return nil
	}
	places, ids := map[int64]int{}, make([]int64, len(all))
	for i := range all {
		ids[i], places[all[i].ID] = all[i].ID, i
	}
	value, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	in := directory.Filter{Field: schema.Some("id"), Operator: schema.Some("in"), Value: jsontext.Value(value)}
	found, err := c.Directory.GetGroups(c.ctx, directory.Get[directory.GroupRow]{Limit: schema.Some(int64(len(ids))), Filter: schema.Some(in), Fields: schema.Some([]string{"id", "members"})})
	if err != nil {
		return err
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	var rows []struct {
		ID      int64                 `json:"id"`
		Members []directory.MemberRow `json:"members"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		for _, m := range row.Members {
			g := &all[places[row.ID]]
			g.operators = append(g.operators, m.ID)
		}
	}
	return nil
}

func (c *restCall) getGroup() (result, error) { return get(c, &groups, c.groupPage) }

// get answers the one of a noun that the path names.
func get[T any](c *restCall, n *noun[T], read func(q directory.Query, picked []string) (directory.Page[T], error)) (result, error) {
	picked, err := n.pick(c, nil)
	if err != nil {
		return result{}, err
	}
	id, err := c.id()
	if err != nil {
		return result{}, err
	}
	page, err := read(only(id), picked)
	item, err := first(c, id, page, err)
	if err != nil {
		return result{}, err
	}
	return result{data: n.show(item, id, picked)}, nil
}

// now is the answer to a write of a noun.
func now[T any](c *restCall, n *noun[T], id int64, read func(q directory.Query, picked []string) (directory.Page[T], error)) (result, error) {
	page, err := read(only(id), nil)
	item, err := first(c, id, page, err)
	if err != nil {
		return result{}, err
	}
	return written(c.method, n.show(item, id, nil)), nil
}

// groupInput is what a write says of a group.
type groupInput struct {
	id int64 // 0 in a create
	directory.GroupParams
	directory.GroupSettings
}

var groupFields = []field[groupInput]{
	{fieldID, func(g *groupInput, v any) bool { return isSame(v, strconv.FormatInt(g.id, 10)) }},
	{fieldLink, func(g *groupInput, v any) bool { return isSame(v, linkOf(groups.name, g.id)) }},
	{"name", func(g *groupInput, v any) bool { return textTo(&g.Name, v) }},
	{fieldParent, func(g *groupInput, v any) bool { return wholeTo(&g.ParentID, v) }},
	{fieldOperators, func(g *groupInput, v any) bool { return idsTo(&g.Members, v) }},
}

func (c *restCall) createGroup() (result, error) {
	var g groupInput
	if err := readFields(c.body, groupFields, &g); err != nil {
		return result{}, err
	}
	command := directory.CreateChatGroup{GroupSettings: g.GroupSettings}
	command.GroupParams = g.GroupParams
	made := c.Directory.CreateChatGroups(c.ctx, []directory.CreateChatGroup{command})[0]
	if made.Err != nil {
		return result{}, made.Err
	}
	return now(c, &groups, made.Value, c.groupPage)
}

func (c *restCall) updateGroup() (result, error) {
	id, err := c.id()
	if err != nil {
		return result{}, err
	}
	g := groupInput{id: id}
	if err := readFields(c.body, groupFields, &g); err != nil {
		return result{}, err
	}
	command := directory.UpdateChatGroup{GroupSettings: g.GroupSettings}
	command.ID, command.GroupParams = schema.Some(id), g.GroupParams
	if err := c.Directory.UpdateChatGroups(c.ctx, []directory.UpdateChatGroup{command})[0].Err; err != nil {
		return result{}, err
	}
	return now(c, &groups, id, c.groupPage)
}

func (c *restCall) deleteGroup() (result, error) {
	return remove(c, func(id int64) error {
		return c.Directory.DeleteGroups(c.ctx, []directory.DeleteGroup{{ID: schema.Some(id)}})[0].Err
	})
}

var skillEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "skill", noun: skills.name, params: []string{"filters"}, handle: (*restCall).listSkills},
	{method: http.MethodPost, path: "skill", noun: skills.name, handle: (*restCall).createSkill},
	{method: http.MethodGet, path: "skill/{id}", noun: skills.name, handle: (*restCall).getSkill},
	{method: http.MethodPut, path: "skill/{id}", noun: skills.name, handle: (*restCall).updateSkill},
	{method: http.MethodDelete, path: "skill/{id}", noun: skills.name, handle: (*restCall).deleteSkill},
}

// skill is a skill with who has it.
type skill struct {
	directory.Skill
	operators []int64
}

var skills = noun[skill]{name: "skill", columns: []column[skill]{
	{fieldID, func(s *skill) any { return s.ID }},
	{"name", func(s *skill) any { return s.Name }},
	{"order", func(s *skill) any { return s.Order }},
	{"created_at", func(s *skill) any { return dateOf(s.CreatedAt) }},
	{fieldParent, func(s *skill) any { return orNull(s.ParentID) }},
	{fieldOperators, func(s *skill) any { return s.operators }},
}}

var skillFilters = []filter{
	byIDs("operator_id", directory.SkillEmployees, directory.OpOverlap),
	byIDs(fieldParent, directory.SkillParent, directory.OpIn),
}

func (c *restCall) listSkills() (result, error) {
	return list(c, &skills, skillFilters, func(s *skill) int64 { return s.ID }, c.skillPage)
}

// skillPage reads skills, with who has them if that was picked.
func (c *restCall) skillPage(q directory.Query, picked []string) (page directory.Page[skill], err error) {
	found, err := c.Directory.Skills(c.ctx, q)
	if err != nil {
		return page, err
	}
	page.Total, page.Items = found.Total, make([]skill, len(found.Items))
	places, ids := map[int64]int{}, make([]int64, len(found.Items))
	for i, s := range found.Items {
		page.Items[i].Skill, ids[i], places[s.ID] = s, s.ID, i
	}
	if len(ids) == 0 || !wants(picked, fieldOperators) {
		return page, nil
	}
	return page, c.Directory.EachPerson(c.ctx, directory.Query{Where: idsTest(directory.PersonSkills, directory.OpOverlap, ids)}, func(p *directory.Person) error {
		for _, id := range p.Skills {
			if i, shown := places[id]; shown {
				page.Items[i].operators = append(page.Items[i].operators, p.ID)
			}
		}
		return nil
	})
}

func (c *restCall) getSkill() (result, error) { return get(c, &skills, c.skillPage) }

// skillInput is what a write says of a skill.
type skillInput struct {
	id int64 // 0 in a create
	directory.SkillParams
}

var skillFields = []field[skillInput]{
	{fieldID, func(s *skillInput, v any) bool { return isSame(v, strconv.FormatInt(s.id, 10)) }},
	{fieldLink, func(s *skillInput, v any) bool { return isSame(v, linkOf(skills.name, s.id)) }},
	{"name", func(s *skillInput, v any) bool { return textTo(&s.Name, v) }},
	{"order", func(s *skillInput, v any) bool { return wholeTo(&s.Order, v) }},
	{fieldParent, func(s *skillInput, v any) bool { return wholeTo(&s.ParentID, v) }},
}

func (c *restCall) createSkill() (result, error) {
	var s skillInput
	if err := readFields(c.body, skillFields, &s); err != nil {
		return result{}, err
	}
	made := c.Directory.CreateSkills(c.ctx, []directory.CreateSkill{{SkillParams: s.SkillParams}})[0]
	if made.Err != nil {
		return result{}, made.Err
	}
	return now(c, &skills, made.Value, c.skillPage)
}

func (c *restCall) updateSkill() (result, error) {
	id, err := c.id()
	if err != nil {
		return result{}, err
	}
	s := skillInput{id: id}
	if err := readFields(c.body, skillFields, &s); err != nil {
		return result{}, err
	}
	if err := c.Directory.UpdateSkills(c.ctx, []directory.UpdateSkill{{ID: schema.Some(id), SkillParams: s.SkillParams}})[0].Err; err != nil {
		return result{}, err
	}
	return now(c, &skills, id, c.skillPage)
}

func (c *restCall) deleteSkill() (result, error) {
	return remove(c, func(id int64) error {
		return c.Directory.DeleteSkills(c.ctx, []directory.DeleteSkill{{ID: schema.Some(id)}})[0].Err
	})
}

var websiteEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "website", noun: websites.name, handle: (*restCall).listWebsites},
	{method: http.MethodGet, path: "website/{id}", noun: websites.name, handle: (*restCall).getWebsite},
	{method: http.MethodPut, path: "website/{id}", noun: websites.name, handle: (*restCall).updateWebsite},
}

// website is a site with the account that it is of.
type website struct {
	directory.Site
	client int64
}

// scheme is that of all websites: sites have a domain name alone.
const scheme = "https"

var websites = noun[website]{name: "website", columns: []column[website]{
	{fieldID, func(s *website) any { return s.ID }},
	{"url", func(s *website) any { return scheme + "://" + s.DomainName }},
	{"label", func(s *website) any { return orNull(s.Name) }},
	{"client_id", func(s *website) any { return s.client }},
	{"currency", func(s *website) any { return orNull(s.Currency) }},
	{"language_admin", func(s *website) any { return orNull(s.Language) }},
	{"timezone", func(s *website) any { return orNull(s.TimeZone) }},
}}

// siteLanguages are those that the vendor's websites have, in the vendor's codes.
var siteLanguages = []directory.Language{"en", "de", "es", "it", "pt", "nl", "se", "tw", "ja", "ko", "fr"}

func (c *restCall) listWebsites() (result, error) {
	return list(c, &websites, nil, func(s *website) int64 { return s.ID }, c.websitePage)
}

func (c *restCall) websitePage(q directory.Query, _ []string) (page directory.Page[website], err error) {
	found, err := c.Directory.Websites(c.ctx, q)
	page.Total, page.Items = found.Total, make([]website, len(found.Items))
	for i, s := range found.Items {
		page.Items[i] = website{s, c.actor.AccountID}
	}
	return page, err
}

func (c *restCall) getWebsite() (result, error) { return get(c, &websites, c.websitePage) }

// websiteInput is what a write says of a website.
type websiteInput struct {
	id, client int64
	directory.CreateSite
	directory.SiteSettings
}

var websiteFields = []field[websiteInput]{
	{fieldID, func(s *websiteInput, v any) bool { return isSame(v, strconv.FormatInt(s.id, 10)) }},
	{fieldLink, func(s *websiteInput, v any) bool { return isSame(v, linkOf(websites.name, s.id)) }},
	{"client_id", func(s *websiteInput, v any) bool { return isSame(v, strconv.FormatInt(s.client, 10)) }},
	{"url", func(s *websiteInput, v any) bool {
		domain, ok := domainOf(v)
		s.DomainName = schema.Some(domain)
		return ok
	}},
	{"label", func(s *websiteInput, v any) bool { return textTo(&s.Name, v) }},
	{"currency", func(s *websiteInput, v any) bool { return textTo(&s.Currency, v) }},
	{"language_admin", func(s *websiteInput, v any) bool { return codeTo(&s.Language, v, siteLanguages...) }},
	{"timezone", func(s *websiteInput, v any) bool { return textTo(&s.TimeZone, v) }},
}

// domainOf reads the domain name of a URL that says nothing else, or one alone.
func domainOf(v any) (directory.DomainName, bool) {
	text, ok := v.(string)
	if !strings.Contains(text, "://") {
		return directory.DomainName(text), ok
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	path := strings.TrimSuffix(u.Path, "/")
	u.Path = ""
	return directory.DomainName(u.Host), path == "" && u.String() == scheme+"://"+u.Host
}

// updateWebsite changes a website. New ones the vendor's API does not make.
func (c *restCall) updateWebsite() (result, error) {
	id, err := c.id()
	if err != nil {
		return result{}, err
	}
	s := websiteInput{id: id, client: c.actor.AccountID}
	if err := readFields(c.body, websiteFields, &s); err != nil {
		return result{}, err
	}
	command := directory.UpdateWebsite{SiteSettings: s.SiteSettings}
	command.ID, command.CreateSite = schema.Some(id), s.CreateSite
	if err := c.Directory.UpdateWebsites(c.ctx, []directory.UpdateWebsite{command})[0].Err; err != nil {
		return result{}, err
	}
	return now(c, &websites, id, c.websitePage)
}

var clientEndpoints = []restEndpoint{
	{method: http.MethodGet, path: "client", noun: clients.name, handle: (*restCall).listClients},
	{method: http.MethodGet, path: "client/{id}", noun: clients.name, handle: (*restCall).getClient},
}

var clients = noun[directory.AccountRow]{name: "client", columns: []column[directory.AccountRow]{
	{fieldID, func(a *directory.AccountRow) any { return a.AppID }},
	{"lang", func(*directory.AccountRow) any { return "en" }},            // that of all messages
	{"premium_enabled", func(*directory.AccountRow) any { return true }}, // nothing is kept for who pays more
}}

// clientPage is the one account that the caller sees.
func (c *restCall) clientPage(q directory.Query, _ []string) (page directory.Page[directory.AccountRow], err error) {
	account, err := c.Directory.GetAccount(c.ctx)
	if err != nil {
		return page, err
	}
	page.Total = 1
	if q.Offset == 0 {
		page.Items = []directory.AccountRow{account}
	}
	return page, nil
}

func (c *restCall) listClients() (result, error) {
	return list(c, &clients, nil, func(a *directory.AccountRow) int64 { return a.AppID }, c.clientPage)
}

func (c *restCall) getClient() (result, error) {
	return get(c, &clients, func(q directory.Query, picked []string) (directory.Page[directory.AccountRow], error) {
		page, err := c.clientPage(q, picked)
		if id, _ := c.id(); len(page.Items) > 0 && page.Items[0].AppID != id {
			page.Items = nil
		}
		return page, err
	})
}
