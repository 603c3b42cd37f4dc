package storetest

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// testModel does random creates, updates and deletes, several at a time, and
// compares the roster with a map after each. Operators' seats are not among them:
// hashing their passwords would take most of the time.
func testModel(b *bench) {
	service := b.service()
	rapid.Check(b.T, func(t *rapid.T) {
		m := &model{b: b, service: service, account: b.account(), people: map[int64]modelled{}, channels: map[string]int64{}}
		m.ctx = directory.WithActor(b.Context(), directory.CommandLine(m.account.id))
		m.groups = []int64{b.group(m.account, "a").ID, b.group(m.account, "b").ID}
		t.Repeat(map[string]func(*rapid.T){"create": m.create, "update": m.update, "delete": m.remove, "": m.compare})
	})
}

// model is the roster as a map, beside the real one.
type model struct {
	b       *bench
	service *directory.Service
	ctx     context.Context
	account account
	groups  []int64

	people   map[int64]modelled
	channels map[string]int64 // of each number that somebody has
}

// modelled is what the model knows of an employee; "" and 0 mean none.
type modelled struct {
	lastName, firstName, email, status, externalID, extension string

	coach   int64
	groups  []int64
	numbers []string
	version int64
}

const unknown = 1 << 40 // an id that nothing has

// change is what a create or update gives, of so few values that they meet.
type change struct {
	lastName, firstName, email, status, externalID, extension schema.Opt[string]

	coach    schema.Opt[int64]
	groups   schema.Opt[[]int64]
	numbers  schema.Opt[[]string]
	channels schema.Opt[int64] // of all numbers given
}

// opt is absent, null or drawn.
func opt[T any](t *rapid.T, label string, of *rapid.Generator[T]) schema.Opt[T] {
	switch rapid.SampledFrom([]string{"absent", "null", "set", "set"}).Draw(t, label+" is") {
	case "absent":
		return schema.Opt[T]{}
	case "null":
		return schema.Null[T]()
	default:
		return schema.Some(of.Draw(t, label))
	}
}

func (m *model) ids() []int64 { return slices.Sorted(maps.Keys(m.people)) }

func (m *model) draw(t *rapid.T) change {
	texts := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	c := change{
		lastName:   schema.Some(texts("Ivanov", "Petrov").Draw(t, "last name")),
		firstName:  opt(t, "first name", texts("", "Ivan", "Pyotr")),
		email:      opt(t, "email", texts("", "a@example.com", "b@example.com")),
		status:     opt(t, "status", texts("available", "break", "unknown")),
		externalID: opt(t, "external id", texts("", "1", "2", "3")),
		extension:  opt(t, "extension", texts("101", "102", "103")),
		coach:      opt(t, "coach", rapid.SampledFrom(append(m.ids(), unknown))),
		groups:     opt(t, "groups", rapid.SliceOfNDistinct(rapid.SampledFrom(append([]int64{unknown}, m.groups...)), 0, 2, rapid.ID[int64])),
		numbers:    opt(t, "numbers", rapid.SliceOfNDistinct(texts("1", "2", "3", "4"), 0, 3, rapid.ID[string])),
	}
	if rapid.Bool().Draw(t, "channels given") {
		c.channels = schema.Some(rapid.Int64Range(1, 3).Draw(t, "channels"))
	}
	return c
}

// give sets to what was given; null is the standard.
func give[T any](to *T, given schema.Opt[T], standard T) {
	if given.Given() {
		*to = given.Or(standard)
	}
}

// apply makes the change to employee id, who is p now, and tells what is wrong
// with it.
func (m *model) apply(id int64, p modelled, c change) (after modelled, wrong []string) {
	give(&p.lastName, c.lastName, "")
	give(&p.firstName, c.firstName, "")
	give(&p.email, c.email, "")
	give(&p.status, c.status, "available")
	give(&p.externalID, c.externalID, "")
	give(&p.extension, c.extension, "")
	give(&p.coach, c.coach, 0)
	give(&p.groups, c.groups, nil)
	give(&p.numbers, c.numbers, nil)
	if c.coach.IsSet() {
		if _, known := m.people[p.coach]; p.coach == id {
			wrong = append(wrong, "invalid_parameter_value /coach/coach_id")
		} else if !known {
			wrong = append(wrong, "entity_not_found /coach/coach_id")
		}
	}
	if i := slices.Index(c.groups.Value, unknown); i >= 0 {
		wrong = append(wrong, "entity_not_found /groups/"+strconv.Itoa(i))
	}
	for other, o := range m.people {
		if other != id && p.extension != "" && o.extension == p.extension {
			wrong = append(wrong, "already_in_use /extension/extension_phone_number")
		}
		if other != id && p.externalID != "" && o.externalID == p.externalID {
			wrong = append(wrong, "already_in_use /external_id")
		}
	}
	slices.Sort(wrong)
	return p, wrong
}

// keep puts p into the map, and settles the numbers.
func (m *model) keep(id int64, p modelled, c change) {
	m.people[id] = p
	for _, n := range c.numbers.Value {
		if c.channels.IsSet() {
			m.channels[n] = c.channels.Value
		} else if _, known := m.channels[n]; !known {
			m.channels[n] = 1
		}
	}
	m.dropNumbers()
}

func (m *model) dropNumbers() {
	maps.DeleteFunc(m.channels, func(n string, _ int64) bool {
		for _, p := range m.people {
			if slices.Contains(p.numbers, n) {
				return false
			}
		}
		return true
	})
}

// check compares what came of a command with what the model says is wrong with it.
func check(t *rapid.T, what string, err error, wrong []string) {
	t.Helper()
	var got []string
	if err != nil {
		for _, v := range errors.Of(err).Violations {
			got = append(got, v.Code.Mnemonic+" "+v.Path.Pointer())
		}
		slices.Sort(got)
	}
	if diff := cmp.Diff(wrong, got); diff != "" {
		t.Fatalf("%s: error %v; violations (-want +got):\n%s", what, err, diff)
	}
}

// several draws up to three changes, which go to the store together.
func (m *model) several(t *rapid.T) []change {
	changes := make([]change, rapid.IntRange(1, 3).Draw(t, "how many"))
	for i := range changes {
		changes[i] = m.draw(t)
	}
	return changes
}

func (m *model) create(t *rapid.T) {
	changes := m.several(t)
	commands := make([]directory.CreateEmployee, len(changes))
	for i := range changes {
		c := &changes[i]
		c.numbers = schema.Some(c.numbers.Value) // required
		commands[i] = directory.CreateEmployee{Names: c.names(), Status: c.status, Work: c.work(), PhoneNumbers: schema.Some(c.phones()), Workplace: c.workplace(), Extras: c.extras()}
	}
	for i, r := range m.service.CreateEmployees(m.ctx, commands) {
		p, wrong := m.apply(0, modelled{status: "available", version: 1}, changes[i])
		check(t, "create", r.Err, wrong)
		if r.Err == nil {
			m.keep(r.Value, p, changes[i])
		}
	}
}

func (m *model) update(t *rapid.T) {
	changes := m.several(t)
	commands := make([]directory.UpdateEmployee, len(changes))
	for i, c := range changes {
		commands[i] = directory.UpdateEmployee{
			ID:    schema.Some(rapid.SampledFrom(append(m.ids(), unknown)).Draw(t, "id")),
			Names: c.names(), Status: c.status, Work: c.work(), Workplace: c.workplace(), Extras: c.extras(),
		}
		if rapid.Bool().Draw(t, "version expected") {
			commands[i].ExpectedVersion = schema.Some(rapid.Int64Range(1, 3).Draw(t, "version"))
		}
		if c.numbers.IsNull() {
			commands[i].PhoneNumbers = schema.Null[[]directory.UpdatePhoneNumber]()
		} else if c.numbers.IsSet() {
			var phones []directory.UpdatePhoneNumber
			for _, n := range c.phones() {
				phones = append(phones, directory.UpdatePhoneNumber{PhoneNumber: n})
			}
			commands[i].PhoneNumbers = schema.Some(phones)
		}
	}
	for i, r := range m.service.UpdateEmployees(m.ctx, commands) {
		id := commands[i].ID.Value
		before, wrong := m.expect(id, commands[i].ExpectedVersion)
		var p modelled
		if wrong == nil {
			p, wrong = m.apply(id, before, changes[i])
		}
		check(t, "update", r.Err, wrong)
		if r.Err != nil {
			continue
		}
		same := cmp.Equal(before, p, cmp.AllowUnexported(modelled{}), cmp.Comparer(slices.Equal[[]int64]), cmp.Comparer(slices.Equal[[]string]))
		if !same || m.resets(changes[i]) {
			p.version++ // an update that changes nothing writes nothing
		}
		m.keep(id, p, changes[i])
	}
}

// resets reports whether a change gives numbers that there are other settings.
func (m *model) resets(c change) bool {
	return c.channels.IsSet() && slices.ContainsFunc(c.numbers.Value, func(n string) bool {
		channels, known := m.channels[n]
		return known && channels != c.channels.Value
	})
}

// expect finds an employee, and tells what is wrong with who was meant.
func (m *model) expect(id int64, version schema.Opt[int64]) (modelled, []string) {
	p, known := m.people[id]
	switch {
	case !known:
		return p, []string{"entity_not_found /id"}
	case version.IsSet() && version.Value != p.version:
		return p, []string{"version_conflict /expected_version"}
	}
	return p, nil
}

func (m *model) remove(t *rapid.T) {
	id := rapid.SampledFrom(append(m.ids(), unknown)).Draw(t, "id")
	_, wrong := m.expect(id, schema.Opt[int64]{})
	for _, p := range m.people {
		if p.coach == id {
			wrong = []string{"dependency_error /id"}
		}
	}
	check(t, "delete", m.service.DeleteEmployees(m.ctx, []directory.DeleteEmployee{{ID: schema.Some(id)}})[0].Err, wrong)
	if wrong == nil {
		delete(m.people, id)
		m.dropNumbers()
	}
}

func (c change) names() directory.Names {
	return directory.Names{LastName: c.lastName, FirstName: c.firstName}
}

func (c change) work() directory.Work {
	w := directory.Work{Groups: c.groups}
	if c.email.Given() {
		w.Email = schema.Null[directory.Email]()
	}
	if c.email.IsSet() {
		w.Email = schema.Some(directory.Email(c.email.Value))
	}
	if c.coach.Given() {
		w.Coach = schema.Null[directory.CoachParams]()
	}
	if c.coach.IsSet() {
		w.Coach = schema.Some(directory.CoachParams{ID: c.coach})
	}
	return w
}

func (c change) phones() []directory.PhoneNumber {
	phones := make([]directory.PhoneNumber, len(c.numbers.Value))
	for i, n := range c.numbers.Value {
		phones[i].PhoneNumber, phones[i].ChannelsCount = schema.Some(directory.PhoneText(n)), c.channels
	}
	return phones
}

func (c change) workplace() directory.Workplace {
	switch {
	case c.extension.IsSet():
		return directory.Workplace{Extension: schema.Some(directory.ExtensionParams{Number: schema.Some(directory.ExtensionText(c.extension.Value))})}
	case c.extension.IsNull():
		return directory.Workplace{Extension: schema.Null[directory.ExtensionParams]()}
	default:
		return directory.Workplace{}
	}
}

func (c change) extras() directory.Extras { return directory.Extras{ExternalID: c.externalID} }

// row is an employee as get.employees shows them, as far as the model goes.
type row struct {
	ID         int64            `json:"id"`
	LastName   string           `json:"last_name"`
	FirstName  *string          `json:"first_name"`
	Email      *string          `json:"email"`
	Status     string           `json:"status"`
	ExternalID *string          `json:"external_id"`
	Version    int64            `json:"version"`
	Coach      map[string]any   `json:"coach"`
	Extension  map[string]any   `json:"extension"`
	Groups     []map[string]any `json:"groups"`
	Numbers    []rowNumber      `json:"phone_numbers"`
}

type rowNumber struct {
	Text     string `json:"phone_number"`
	Channels int64  `json:"channels_count"`
}

// person is a row in the model's terms.
func (r row) person() modelled {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	p := modelled{lastName: r.LastName, firstName: text(r.FirstName), email: text(r.Email), status: r.Status, externalID: text(r.ExternalID), version: r.Version}
	p.extension, _ = r.Extension["extension_phone_number"].(string)
	if id, given := r.Coach["coach_id"].(float64); given {
		p.coach = int64(id)
	}
	for _, g := range r.Groups {
		p.groups = append(p.groups, int64(g["group_id"].(float64)))
	}
	for _, n := range r.Numbers {
		p.numbers = append(p.numbers, n.Text)
	}
	return p
}

// compare reads everybody and compares with the map.
func (m *model) compare(t *rapid.T) {
	list, err := m.service.GetEmployees(m.ctx, directory.GetEmployees{Fields: schema.Some([]string{
		"id", "last_name", "first_name", "email", "status", "external_id", "version", "coach", "extension", "groups", "phone_numbers",
	})})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	people, channels := map[int64]modelled{}, map[string]int64{}
	for _, r := range rows {
		people[r.ID] = r.person()
		for _, n := range r.Numbers {
			channels[n.Text] = n.Channels
		}
	}
	equal := []cmp.Option{cmp.AllowUnexported(modelled{}), cmp.Comparer(slices.Equal[[]int64]), cmp.Comparer(slices.Equal[[]string])}
	if diff := cmp.Diff(m.people, people, equal...); diff != "" {
		t.Fatalf("employees (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m.channels, channels); diff != "" {
		t.Fatalf("channels of numbers (-want +got):\n%s", diff)
	}
	if want := int64(len(m.people)); list.Total != want {
		t.Fatalf("got total %d, want %d", list.Total, want)
	}
	counted, err := m.b.db.Query(`select employees from accounts where id = $1`, m.account.id)
	if err != nil || counted[0][0] != int64(len(m.people)) {
		t.Fatalf("the account counts %v (%v), want %d", counted, err, len(m.people))
	}
	numbers, err := m.b.db.Query(`select count(*) from phone_numbers where account_id = $1`, m.account.id)
	if err != nil || numbers[0][0] != int64(len(m.channels)) {
		t.Fatalf("there are %v numbers (%v), want %d", numbers, err, len(m.channels))
	}
}
