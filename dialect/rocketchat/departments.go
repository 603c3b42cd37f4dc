package rocketchat

import (
	"cmp"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// departments are the endpoints of departments and their agents.
var departments = []endpoint{
	{method: http.MethodGet, path: "livechat/department", params: &listDepartmentsRule, needs: seesDepartments, grants: reads, handle: (*call).listDepartments},
	{method: http.MethodPost, path: "livechat/department", params: &addDepartmentRule, needs: []permission{manageLivechatDepartments},
		grants: []directory.Right{directory.SelectEmployees, directory.InsertEmployees, directory.UpdateEmployees}, handle: (*call).addDepartment},
	{method: http.MethodGet, path: "livechat/department/{id}", params: &getDepartmentRule, needs: seesDepartments, grants: reads, handle: (*call).getDepartment},
	{method: http.MethodPut, path: "livechat/department/{id}", params: &putDepartmentRule, needs: []permission{manageLivechatDepartments, addLivechatDepartmentAgents},
		grants: changes, handle: (*call).putDepartment},
	{method: http.MethodDelete, path: "livechat/department/{id}", needs: []permission{manageLivechatDepartments, removeLivechatDepartment},
		grants: []directory.Right{directory.SelectEmployees, directory.DeleteEmployees}, handle: (*call).removeDepartment},
	{method: http.MethodGet, path: "livechat/department/{id}/agents", params: &listDepartmentAgentsRule, needs: seesDepartments, grants: reads, handle: (*call).listDepartmentAgents},
	{method: http.MethodPost, path: "livechat/department/{id}/agents", params: &saveDepartmentAgentsRule, needs: []permission{manageLivechatDepartments, addLivechatDepartmentAgents},
		grants: changes, handle: (*call).saveDepartmentAgents},
}

var seesDepartments = []permission{viewLivechatDepartments, viewLRoom}

// The vendor's schemas. There are no units, no archive and no other query language
// here, so that onlyMyDepartments, showArchived and query leave nobody out.
var (
	listDepartmentsRule = closed(nil, text("text").orNull(), member{"onlyMyDepartments", rule{kind: aText, nullable: true, words: []string{"true", "false"}}},
		text("enabled").orNull(), text("excludeDepartmentId").orNull(), text("showArchived").orNull(),
		number("count").orNull(), number("offset").orNull(), text("sort").orNull(), text("query").orNull())
	getDepartmentRule = closed(nil, text("onlyMyDepartments").orNull(), text("includeAgents").orNull())

	addDepartmentRule = savedDepartment(text("agentId"), number("count").orNull(), number("order").orNull())
	putDepartmentRule = savedDepartment(text("agentId"), number("count").orNull(), number("order").orNull(), text("username"), text("name"))

	listDepartmentAgentsRule = closed(nil, number("count"), number("offset"), text("sort"))
	saveDepartmentAgentsRule = closed([]string{"upsert", "remove"},
		list("upsert", closed(agentNames, text("agentId"), text("username"), text("name"), number("count"), number("order"))),
		list("remove", closed(agentNames, text("agentId"), text("username"), text("name"), number("count"), number("order"),
			flag("departmentEnabled"), text("departmentId"), text("_id"), text("_updatedAt"))))
	agentNames = []string{"agentId", "username"}
)

// savedDepartment is the rule for a department with agents that have these members.
func savedDepartment(agent ...member) rule {
	agents := list("agents", closed([]string{"agentId"}, agent...)).orNull()
	tags := list("chatClosingTags", rule{kind: aText}).orNull()
	forward := list("departmentsAllowedToForward", rule{kind: aText}).orNull()
	department := closed([]string{"name", "email", "enabled", "showOnRegistration", "showOnOfflineForm"},
		flag("enabled"), text("name"), text("description").orNull(), flag("showOnRegistration"), flag("showOnOfflineForm"), flag("requestTagBeforeClosingChat").orNull(),
		tags, text("fallbackForwardDepartment").orNull(), text("email"), forward, flag("allowReceiveForwardOffline").orNull(), text("offlineMessageChannelName").orNull(),
		text("abandonedRoomsCloseCustomMessage").orNull(), text("waitingQueueMessage").orNull())
	department.open = true
	return closed([]string{"department"}, member{"department", department}, agents, member{"departmentUnit", closed(nil, text("_id"))})
}

// department is a group.
type department struct {
	ID                 string `json:"_id"`
	Enabled            bool   `json:"enabled"`
	Name               string `json:"name"`
	Description        string `json:"description,omitempty"`
	ShowOnRegistration bool   `json:"showOnRegistration"`
	ShowOnOfflineForm  bool   `json:"showOnOfflineForm"`
	Email              string `json:"email"`
	Agents             int64  `json:"numAgents"`
}

func departmentOf(g *directory.ChatGroup) department {
	return department{g.RocketID, g.Enabled, g.Name, g.Description, g.ShowOnRegistration, g.ShowOnOfflineForm, string(g.Email), g.Agents}
}

// departmentAgent is an agent in a department.
type departmentAgent struct {
	ID             string  `json:"_id"`
	AgentID        string  `json:"agentId"`
	DepartmentID   string  `json:"departmentId"`
	DepartmentName string  `json:"departmentName,omitempty"` // not among the agents of one department
	Username       string  `json:"username"`
	Count          int64   `json:"count"`
	Order          int64   `json:"order"`
	Enabled        bool    `json:"departmentEnabled"`
	UpdatedAt      instant `json:"_updatedAt"`
}

func departmentAgentOf(m *directory.Membership) departmentAgent {
	return departmentAgent{
		ID: membershipID(m.Person.RocketID, m.Group.RocketID), AgentID: m.Person.RocketID, DepartmentID: m.Group.RocketID,
		Username: m.Person.Handle, Count: m.ChatLimit, Order: m.Order, Enabled: m.Group.Enabled, UpdatedAt: instant(m.ChangedAt),
	}
}

// idAlphabet is what the vendor's ids are made of.
const idAlphabet = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"

// idLength is how long they are.
const idLength = 17

// membershipID is the _id of an agent in a department, which has none in the roster:
// one that always is the same, and no other's.
func membershipID(agent, department string) string {
	digest := sha256.Sum256([]byte(agent + " " + department))
	id := digest[:idLength]
	for i, b := range id {
		id[i] = idAlphabet[int(b)%len(idAlphabet)]
	}
	return string(id)
}

// departmentPage is a page of departments, departmentAgentPage one of agents.
type departmentPage struct {
	Departments []department `json:"departments"`
	Count       int          `json:"count"` // of the page
	Offset      int64        `json:"offset"`
	Total       int64        `json:"total"`
}
type departmentAgentPage struct {
	Agents []departmentAgent `json:"agents"`
	Count  int               `json:"count"` // of the page
	Offset int64             `json:"offset"`
	Total  int64             `json:"total"`
}

// departmentFields are the fields of departments by which they can be sorted.
var departmentFields = map[string]string{"_id": directory.GroupRocketID, "name": "name"}

func (c *call) listDepartments() (any, error) {
	order, err := c.order(departmentFields)
	if err != nil {
		return nil, err
	}
	where := directory.All{}
	if text := c.text("text"); text != "" {
		where = append(where, textIn(text, "name"))
	}
	if id := c.text("excludeDepartmentId"); isSearchable(id) {
		where = append(where, isNot(directory.GroupRocketID, id))
	}
	if c.text("enabled") == "true" {
		where = append(where, directory.Is(directory.GroupEnabled, true))
	}
	offset, count := c.page()
	answer := departmentPage{Departments: []department{}, Offset: offset}
	answer.Total, err = c.eachGroup(directory.Query{Where: where, Order: order, Offset: offset, Limit: count}, func(g *directory.ChatGroup) {
		answer.Departments = append(answer.Departments, departmentOf(g))
	})
	answer.Count = len(answer.Departments)
	return answer, err
}

// batch is how many groups and people are read, and memberships changed, at a time.
const batch = 500

// eachGroup visits the groups that q selects, all of them if its limit is 0; it
// returns how many there are, whatever limit and offset.
func (c *call) eachGroup(q directory.Query, visit func(*directory.ChatGroup)) (total int64, err error) {
	left := q.Limit
	for {
		if q.Limit = batch; left > 0 {
			q.Limit = min(batch, left)
		}
		page, err := c.Directory.ChatGroups(c.ctx, q)
		if err != nil {
			return 0, err
		}
		for i := range page.Items {
			visit(&page.Items[i])
		}
		read := int64(len(page.Items))
		if q.Offset += read; read < q.Limit || read == left {
			return page.Total, nil
		}
		left -= min(left, read)
	}
}

// groups are the ids of the groups that have these _ids, in their order; what there
// is not is left out.
func (c *call) groups(ids []string) ([]int64, error) {
	found := map[string]int64{}
	for chunk := range slices.Chunk(searchable(ids), batch) {
		where := directory.Test{Field: directory.GroupRocketID, Op: directory.OpIn, Values: chunk}
		_, err := c.eachGroup(directory.Query{Where: where}, func(g *directory.ChatGroup) { found[g.RocketID] = g.ID })
		if err != nil {
			return nil, err
		}
	}
	groups := []int64{}
	for _, id := range ids {
		if group, there := found[id]; there {
			groups = append(groups, group)
			delete(found, id)
		}
	}
	return groups, nil
}

// searchable are the texts that can be in the roster, each once.
func searchable(texts []string) []any {
	var values []any
	seen := map[string]bool{}
	for _, text := range texts {
		if isSearchable(text) && !seen[text] {
			values, seen[text] = append(values, text), true
		}
	}
	return values
}

// department finds the department in the path; nil if there is none.
func (c *call) department() (*directory.ChatGroup, error) {
	var found *directory.ChatGroup
	id := c.r.PathValue("id")
	if !isSearchable(id) {
		return nil, nil
	}
	page, err := c.Directory.ChatGroups(c.ctx, directory.Query{Where: directory.Is(directory.GroupRocketID, id), Limit: 1})
	if err == nil && len(page.Items) > 0 {
		found = &page.Items[0]
	}
	return found, err
}

func errNoDepartment() error {
	return coded(http.StatusBadRequest, "error-department-not-found", "Department not found")
}

// departmentAnswer is a department with its agents.
type departmentAnswer struct {
	Department *department        `json:"department"`      // nil if there is none
	Agents     *[]departmentAgent `json:"agents,omitzero"` // nil for who may not see them
}

// answerDepartment answers the department that has an id in the roster.
func (c *call) answerDepartment(id int64) (any, error) {
	page, err := c.Directory.ChatGroups(c.ctx, directory.Query{Where: directory.Is("id", id), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 { // removed meanwhile
		return nil, errNoDepartment()
	}
	d := departmentOf(&page.Items[0])
	agents, err := c.agentsOf(id)
	return departmentAnswer{&d, &agents}, err
}

func (c *call) getDepartment() (any, error) {
	g, err := c.department()
	if err != nil {
		return nil, err
	}
	var answer departmentAnswer
	if g != nil {
		d := departmentOf(g)
		answer.Department = &d
	}
	if include := c.text("includeAgents"); include != "" && include != "true" || !c.may(viewLivechatDepartments) {
		return answer, nil
	}
	agents := []departmentAgent{}
	if g != nil {
		agents, err = c.agentsOf(g.ID)
	}
	answer.Agents = &agents
	return answer, err
}

func (c *call) addDepartment() (any, error) {
	name, settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	agents, err := agentsAsked(c.params["agents"])
	if err != nil {
		return nil, err
	}
	var command directory.CreateChatGroup
	command.Name, command.GroupSettings = schema.Some(name), settings
	created := c.Directory.CreateChatGroups(c.ctx, []directory.CreateChatGroup{command})[0]
	if created.Err != nil {
		return nil, nameTaken(created.Err, name)
	}
	if err := c.putAgents(created.Value, agents); err != nil {
		return nil, err
	}
	return c.answerDepartment(created.Value)
}

func (c *call) putDepartment() (any, error) {
	if !c.may(manageLivechatDepartments) {
		return nil, errBad("error-not-allowed")
	}
	name, settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	agents, err := agentsAsked(c.params["agents"])
	if err != nil {
		return nil, err
	}
	if len(agents) > 0 && !c.may(addLivechatDepartmentAgents) { // rather than leave them out in silence
		return nil, errBad("error-not-allowed")
	}
	g, err := c.department()
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, errNoDepartment()
	}
	var command directory.UpdateChatGroup
	command.ID, command.Name, command.GroupSettings = schema.Some(g.ID), schema.Some(name), settings
	if err := c.Directory.UpdateChatGroups(c.ctx, []directory.UpdateChatGroup{command})[0].Err; err != nil {
		return nil, nameTaken(err, name)
	}
	if err := c.putAgents(g.ID, agents); err != nil {
		return nil, err
	}
	return c.answerDepartment(g.ID)
}

// settings are what the parameters say of a department.
func (c *call) settings() (name string, s directory.GroupSettings, err error) {
	d, _ := c.params["department"].(map[string]any)
	if err := refuseOthers(d, "enabled", "name", "description", "showOnRegistration", "showOnOfflineForm", "email"); err != nil {
		return "", s, err
	}
	if textOf(d, "name") == "" {
		return "", s, required(errors.Violation{Path: errors.Path{}.Key("name")}, nil)
	}
	if unit, _ := c.params["departmentUnit"].(map[string]any); textOf(unit, "_id") != "" {
		return "", s, coded(http.StatusBadRequest, "error-invalid-department-unit", "Invalid department unit id provided")
	}
	isOn := func(name string) schema.Opt[bool] {
		on, _ := d[name].(bool)
		return schema.Some(on)
	}
	return textOf(d, "name"), directory.GroupSettings{
		Description: schema.Some(textOf(d, "description")), Email: schema.Some(directory.Email(textOf(d, "email"))),
		Enabled: isOn("enabled"), ShowOnRegistration: isOn("showOnRegistration"), ShowOnOfflineForm: isOn("showOnOfflineForm"),
	}, nil
}

// nameTaken is err, in the vendor's words if another department has the name.
func nameTaken(err error, name string) error {
	if errors.HasCode(err, errors.DuplicateEntity) {
		return coded(http.StatusBadRequest, "error-field-unavailable", name+" is already in use :(")
	}
	return err
}

// removeDepartment removes a department; only where a setting lets it.
func (c *call) removeDepartment() (any, error) {
	if !c.isOn(departmentRemoval) {
		return nil, errBad("error-department-removal-disabled")
	}
	g, err := c.department()
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, errBad("error-department-not-found")
	}
	err = c.Directory.DeleteGroups(c.ctx, []directory.DeleteGroup{{ID: schema.Some(g.ID)}})[0].Err
	return nil, err
}

// agentsOf are the agents of a department. Who is in the group and serves no chats is
// none.
func (c *call) agentsOf(group int64) ([]departmentAgent, error) {
	agents := []departmentAgent{}
	where := directory.All{
		directory.Is(directory.MembershipGroup, group),
		directory.Is(directory.MembershipAgent, true),
	}
	err := c.Directory.EachMembership(c.ctx, where, func(m *directory.Membership) error {
		agents = append(agents, departmentAgentOf(m))
		return nil
	})
	return agents, err
}

func (c *call) listAgentDepartments() (any, error) {
	answer := struct {
		Departments []departmentAgent `json:"departments"`
	}{[]departmentAgent{}}
	agent, err := c.personByID(c.r.PathValue("id"))
	if err != nil || agent == nil || !agent.IsChatAgent() {
		return answer, err
	}
	where := directory.All{directory.Is(directory.MembershipEmployee, agent.ID)}
	if c.text("enabledDepartmentsOnly") == "true" {
		where = append(where, directory.Is(directory.MembershipActive, true))
	}
	err = c.Directory.EachMembership(c.ctx, where, func(m *directory.Membership) error {
		d := departmentAgentOf(m)
		d.DepartmentName = m.Group.Name
		answer.Departments = append(answer.Departments, d)
		return nil
	})
	return answer, err
}

// agentOrders compare the agents of a department by the fields by which they can be
// sorted.
var agentOrders = map[string]func(a, b departmentAgent) int{
	"_id":        func(a, b departmentAgent) int { return strings.Compare(a.ID, b.ID) },
	"agentId":    func(a, b departmentAgent) int { return strings.Compare(a.AgentID, b.AgentID) },
	"username":   func(a, b departmentAgent) int { return strings.Compare(a.Username, b.Username) },
	"count":      func(a, b departmentAgent) int { return cmp.Compare(a.Count, b.Count) },
	"order":      func(a, b departmentAgent) int { return cmp.Compare(a.Order, b.Order) },
	"_updatedAt": func(a, b departmentAgent) int { return time.Time(a.UpdatedAt).Compare(time.Time(b.UpdatedAt)) },
}

func (c *call) listDepartmentAgents() (any, error) {
	keys, err := c.sortKeys()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		keys = []sortKey{{name: "username"}}
	}
	offset, count := c.page()
	answer := departmentAgentPage{Agents: []departmentAgent{}, Offset: offset}
	g, err := c.department()
	if err != nil || g == nil {
		return answer, err
	}
	agents, err := c.agentsOf(g.ID)
	slices.SortStableFunc(agents, func(a, b departmentAgent) int {
		for _, key := range keys {
			compare, known := agentOrders[key.name]
			if !known {
				continue
			}
			if order := compare(a, b); order != 0 && key.descending {
				return -order
			} else if order != 0 {
				return order
			}
		}
		return 0
	})
	answer.Total = int64(len(agents))
	agents = agents[min(offset, answer.Total):]
	if count > 0 {
		agents = agents[:min(count, int64(len(agents)))]
	}
	answer.Agents, answer.Count = append(answer.Agents, agents...), len(agents)
	return answer, err
}

// MaxAsked is how many agents or departments a call can name in a list.
const MaxAsked = 10_000

func errTooMany() error {
	return errInvalidParams([]string{"must NOT have more than " + strconv.Itoa(MaxAsked) + " items"})
}

// askedAgent is an agent that is put into a department.
type askedAgent struct {
	id           string
	count, order int64
}

// agentsAsked reads a list of agents, who have a count and an order of 0 where
// nothing else is said. Of two with the same id the last counts.
func agentsAsked(list any) ([]askedAgent, error) {
	values, _ := list.([]any)
	if len(values) > MaxAsked {
		return nil, errTooMany()
	}
	var agents []askedAgent
	places := map[string]int{}
	for _, value := range values {
		object, _ := value.(map[string]any)
		agent := askedAgent{id: textOf(object, "agentId")}
		var err error
		for name, to := range map[string]*int64{"count": &agent.count, "order": &agent.order} {
			if f, given := object[name].(float64); given && err == nil {
				*to, err = integer(f)
			}
		}
		if err != nil {
			return nil, err
		}
		if i, again := places[agent.id]; again {
			agents[i] = agent
			continue
		}
		places[agent.id] = len(agents)
		agents = append(agents, agent)
	}
	return agents, nil
}

// putAgents puts agents into a department. Who is in it gets the count and the order;
// who is no agent becomes one, as only agents are in departments here; who there is
// not is left out, as the vendor does.
func (c *call) putAgents(group int64, asked []askedAgent) error {
	for chunk := range slices.Chunk(asked, batch) {
		people, err := c.peopleByID(chunk)
		if err != nil {
			return err
		}
		var made []directory.UpdatePerson
		var joins []directory.CreateMembership
		for _, a := range chunk {
			p := people[a.id]
			if p == nil {
				continue
			}
			if !p.IsChatAgent() {
				var agent directory.UpdatePerson
				agent.ID, agent.Agent = schema.Some(p.ID), schema.Some(true)
				made = append(made, agent)
			}
			var join directory.CreateMembership
			join.GroupID, join.EmployeeID = schema.Some(group), schema.Some(p.ID)
			join.ChatLimit, join.Order = schema.Some(a.count), schema.Some(a.order)
			joins = append(joins, join)
		}
		if err := firstError(c.Directory.UpdatePeople(c.ctx, made), nil); err != nil {
			return err
		}
		var changed []directory.UpdateMembership
		results := c.Directory.CreateMemberships(c.ctx, joins)
		for i, r := range results {
			if errors.HasCode(r.Err, errors.DuplicateEntity) {
				changed = append(changed, directory.UpdateMembership{CreateMembership: joins[i]})
			}
		}
		if err := firstError(results, errors.DuplicateEntity); err != nil {
			return err
		}
		if err := firstError(c.Directory.UpdateMemberships(c.ctx, changed), nil); err != nil {
			return err
		}
	}
	return nil
}

// peopleByID finds people by their _ids.
func (c *call) peopleByID(agents []askedAgent) (map[string]*directory.Person, error) {
	ids := make([]string, len(agents))
	for i, a := range agents {
		ids[i] = a.id
	}
	values := searchable(ids)
	if len(values) == 0 {
		return nil, nil
	}
	page, err := c.Directory.People(c.ctx, directory.Query{Where: directory.Test{Field: directory.PersonRocketID, Op: directory.OpIn, Values: values}, Limit: int64(len(values))})
	people := make(map[string]*directory.Person, len(page.Items))
	for i := range page.Items {
		people[page.Items[i].RocketID] = &page.Items[i]
	}
	return people, err
}

// firstError is the first error of results that has not the code.
func firstError(results []directory.Result[struct{}], but *errors.Code) error {
	for _, r := range results {
		if r.Err != nil && (but == nil || !errors.HasCode(r.Err, but)) {
			return r.Err
		}
	}
	return nil
}

// saveDepartmentAgents removes agents from a department and puts others into it.
func (c *call) saveDepartmentAgents() (any, error) {
	upsert, err := agentsAsked(c.params["upsert"])
	if err != nil {
		return nil, err
	}
	remove, err := agentsAsked(c.params["remove"])
	if err != nil {
		return nil, err
	}
	g, err := c.department()
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, errNoDepartment()
	}
	for chunk := range slices.Chunk(remove, batch) {
		people, err := c.peopleByID(chunk)
		if err != nil {
			return nil, err
		}
		var ends []directory.DeleteMembership
		for _, p := range people {
			ends = append(ends, directory.DeleteMembership{GroupID: schema.Some(g.ID), EmployeeID: schema.Some(p.ID)})
		}
		if err := firstError(c.Directory.DeleteMemberships(c.ctx, ends), errors.EntityNotFound); err != nil {
			return nil, err
		}
	}
	return nil, c.putAgents(g.ID, upsert)
}
