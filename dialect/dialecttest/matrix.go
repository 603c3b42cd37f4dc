package dialecttest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
)

// Person is an employee in words that no vendor owns: by the paths of
// directory.Employee's JSON, and by the names of together. What is referred to is
// named, and not told by its id. Nothing, null, "", false, 0 and [] are the same.
type Person map[string]any

// AnyOf is what a door tells that has one word for several values.
type AnyOf []string

// What doors tell of several fields at once, or in a form of its own.
const (
	ShownName = "shown_name" // text
	Presence  = "presence"   // the words of directory.Show
	UTCOffset = "utc_offset" // hours
)

// together are the fields that these tell of.
var together = map[string][]string{
	ShownName: {"first_name", "last_name", "display_name", "seat.display_name"},
	Presence:  {"status_id", "finer_show"},
	UTCOffset: {"time_zone"},
}

// Door is a door, driven by the requests that its clients send.
type Door interface {
	Name() string

	// Contract says in its Fields what the door tells. All of that is in what Find
	// returns.
	Contract() dialect.Contract

	// Writes reports whether the door can give a field a value.
	Writes(field string, value any) bool

	// Create makes an employee, with what the door needs beyond p.
	Create(t testing.TB, p Person)

	// Find returns what the door tells of who, of whom all that was given and all
	// that other doors told is known; nil if there is nobody.
	Find(t testing.TB, who Person) Person

	// Change gives who what is in change.
	Change(t testing.TB, who, change Person)

	Delete(t testing.TB, who Person)
}

// Matrix creates an employee through each door, and changes and deletes them
// through each other one. Each time all doors tell the same of the employee: what
// was given, and whatever two doors have by their contracts. There must be two
// groups called sales and support, whose handles are their names.
func Matrix(t *testing.T, doors []Door) {
	for _, from := range doors {
		for _, to := range doors {
			if from != to {
				t.Run(from.Name()+" then "+to.Name(), func(t *testing.T) { through(t, doors, from, to) })
			}
		}
	}
	for _, from := range doors {
		for _, to := range doors {
			if from != to {
				t.Run("presence from "+from.Name()+" to "+to.Name(), func(t *testing.T) { presences(t, from, to) })
			}
		}
	}
}

// before and after are what the employee is, and what they become.
var (
	before = Person{
		"handle":                  "anna.petrova",
		"first_name":              "Anna",
		"last_name":               "Petrova",
		"patronymic":              "Ivanovna",
		ShownName:                 "Anna from sales",
		"email":                   "anna.petrova@example.com",
		"external_id":             "crm-1",
		"roles":                   []string{"manager"},
		Presence:                  string(directory.ShowAvailable),
		"status_text":             "Ask me anything",
		"groups":                  []string{"sales"},
		"extension.number":        "101",
		"channels.chat.enabled":   true,
		"channels.chat.available": true,
		"channels.chat.slots":     int64(3),
		"languages":               []string{"en", "ru"},
		"interface_language":      "en",
		"time_zone":               "Asia/Kolkata",
		"profile.description":     "Knows the catalogue.",
		"profile.city":            "Pune",
	}
	after = Person{
		"handle":                  "anna.ivanova",
		"first_name":              "Annushka",
		"last_name":               "Ivanova",
		"patronymic":              "Petrovna",
		ShownName:                 "Anna from support",
		"email":                   "anna.ivanova@example.com",
		"external_id":             "crm-2",
		"roles":                   []string{"administrator"},
		Presence:                  string(directory.ShowDND),
		"status_text":             "Back at ten",
		"groups":                  []string{"sales", "support"},
		"extension.number":        "102",
		"channels.chat.available": false,
		"channels.chat.slots":     int64(5),
		"languages":               []string{"ru"},
		"interface_language":      "ru",
		"time_zone":               "Europe/Moscow",
		"profile.description":     "Knows the plumbing.",
		"profile.city":            "Tver",
	}
	noAgent = Person{"channels.chat.enabled": false}
)

// writable is what a door can give of p.
func writable(d Door, p Person) Person {
	can := Person{}
	for field, value := range p {
		if d.Writes(field, value) {
			can[field] = value
		}
	}
	return can
}

func through(t *testing.T, doors []Door, from, to Door) {
	given := writable(from, before)
	from.Create(t, given)
	who := maps.Clone(given)
	told := compare(t, doors, who, given)
	for _, problem := range forgotten(doors, told) {
		t.Error(problem)
	}
	for _, changed := range []Person{after, noAgent} {
		change := writable(to, changed)
		if len(change) == 0 {
			continue
		}
		to.Change(t, who, change)
		maps.Copy(who, change)
		compare(t, doors, who, change)
	}
	to.Delete(t, who)
	for _, d := range doors {
		if p := d.Find(t, who); p != nil {
			t.Errorf("%s still tells %v", d.Name(), p)
		}
	}
}

// compare asks all doors for who, and notes there what they tell. Where two do not
// agree with each other or with what was given, the test fails.
func compare(t *testing.T, doors []Door, who, given Person) []Person {
	t.Helper()
	told := make([]Person, len(doors))
	for i, d := range doors {
		if told[i] = d.Find(t, who); told[i] == nil {
			t.Fatalf("%s does not know %v", d.Name(), who)
		}
		for _, problem := range differences(given, told[i]) {
			t.Errorf("%s, given %s", d.Name(), problem)
		}
		for j := range i {
			for _, problem := range differences(told[j], told[i]) {
				t.Errorf("%s and %s: %s", doors[j].Name(), d.Name(), problem)
			}
		}
		maps.Copy(who, told[i])
	}
	return told
}

// differences are the fields that two tell of and do not agree about.
func differences(a, b Person) []string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(a)) {
		if there, told := b[field]; told && !agree(a[field], there) {
			all = append(all, fmt.Sprintf("%s: %v and %v", field, a[field], there))
		}
	}
	return all
}

// agree reports whether two values can be the same.
func agree(a, b any) bool {
	if words, is := a.(AnyOf); is {
		return slices.ContainsFunc(words, func(word string) bool { return agree(word, b) })
	}
	if _, is := b.(AnyOf); is {
		return agree(b, a)
	}
	return isNothing(a) && isNothing(b) || cmp.Equal(a, b)
}

func isNothing(v any) bool {
	value := reflect.ValueOf(v)
	return !value.IsValid() || value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0
}

// forgotten says what the doors have by their contracts and was not compared, and
// what they have not and tell nevertheless.
func forgotten(doors []Door, told []Person) []string {
	paths := leaves(reflect.TypeFor[directory.Employee](), "")
	tells := func(p Person, path string) map[string]bool { // the fields of p that tell of a path
		fields := map[string]bool{}
		for field := range p {
			if field == path || slices.Contains(together[field], path) {
				fields[field] = true
			}
		}
		return fields
	}
	var problems []string
	for i, d := range doors {
		has := d.Contract().Fields
		for field := range told[i] {
			if !slices.ContainsFunc(append(together[field], field), func(path string) bool { return has[path].Name != "" }) {
				problems = append(problems, fmt.Sprintf("%s tells %s, which it has not by its contract", d.Name(), field))
			}
		}
		for _, path := range paths {
			own := tells(told[i], path)
			if has[path].Name != "" && len(own) == 0 {
				problems = append(problems, fmt.Sprintf("%s has %s by its contract, and does not tell it", d.Name(), path))
			}
			for j := range i {
				other := tells(told[j], path)
				maps.DeleteFunc(other, func(field string, _ bool) bool { return !own[field] })
				if len(own) > 0 && has[path].Name != "" && doors[j].Contract().Fields[path].Name != "" && len(other) == 0 {
					problems = append(problems, fmt.Sprintf("%s and %s have %s by their contracts, and it was not compared", doors[j].Name(), d.Name(), path))
				}
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// presences has from say each word of presence that it has, and to say again what it
// understood: nothing of the word is lost.
func presences(t *testing.T, from, to Door) {
	who := writable(from, before)
	from.Create(t, maps.Clone(who))
	for _, show := range []directory.Show{directory.ShowAvailable, directory.ShowChat, directory.ShowAway, directory.ShowXA, directory.ShowDND, directory.ShowUnavailable} {
		word := string(show)
		if !from.Writes(Presence, word) {
			continue
		}
		from.Change(t, who, Person{Presence: word})
		said := from.Find(t, who)[Presence]
		understood := to.Find(t, who)[Presence]
		if !agree(word, said) || !agree(word, understood) {
			t.Errorf("%s: %s tells %v, %s tells %v", word, from.Name(), said, to.Name(), understood)
		}
		i := slices.IndexFunc(words(understood), func(w string) bool { return to.Writes(Presence, w) })
		if i < 0 {
			continue
		}
		to.Change(t, who, Person{Presence: words(understood)[i]})
		if again := from.Find(t, who)[Presence]; !cmp.Equal(again, said) {
			t.Errorf("%s: after %s said %s, %s tells %v", word, to.Name(), words(understood)[i], from.Name(), again)
		}
	}
	from.Delete(t, who)
}

func words(v any) []string {
	if several, is := v.(AnyOf); is {
		return several
	}
	return []string{fmt.Sprint(v)}
}

// Told is what a door tells of the fields of its contract in a JSON document, found
// under their names there, "emails.address" in each element of emails. Elements are
// told in order, as texts; numbers are int64 or float64.
func Told(c dialect.Contract, document any) Person {
	p := Person{}
	for path, field := range c.Fields {
		if field.Name != "" {
			p[path] = at(document, strings.Split(field.Name, "."))
		}
	}
	return p
}

func at(document any, names []string) any {
	switch v := document.(type) {
	case []any:
		texts := []string{}
		for _, element := range v {
			if text := at(element, names); text != nil {
				texts = append(texts, fmt.Sprint(text))
			}
		}
		slices.Sort(texts)
		return texts
	case map[string]any:
		if len(names) > 0 {
			return at(v[names[0]], names[1:])
		}
	case float64:
		if v == float64(int64(v)) {
			document = int64(v)
		}
	}
	if len(names) > 0 {
		return nil
	}
	return document
}
