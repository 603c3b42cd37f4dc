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

// What doors tell that is not in their contracts: what is kept beside employees, and
// fields of which they have a part alone.
const (
	Connected     = "connected"     // true or false
	FirstGroup    = "first_group"   // the name of the first of the groups
	Conversations = "conversations" // how many there have been
	Takes         = "takes."        // and a channel: whether it takes conversations now
	Ongoing       = "ongoing."      // and a channel: how many conversations there are now
	Preferred     = "preferred."    // and a channel: whether its priority is above 0
)

// isBeside reports whether a field may be told whatever the contracts say. Presence is
// one: who knows that somebody is not connected knows enough to tell it.
func isBeside(field string) bool {
	ofChannel := func(kind string) bool { return strings.HasPrefix(field, kind) }
	return slices.Contains([]string{Presence, Connected, FirstGroup, Conversations}, field) || slices.ContainsFunc([]string{Takes, Ongoing, Preferred}, ofChannel)
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

	// Find returns what the door tells of who; nil if there is nobody. What was given
	// is known of who, the e-mail address at least, and more if other doors were asked
	// before.
	Find(t testing.TB, who Person) Person

	// Change gives who what is in change.
	Change(t testing.TB, who, change Person)

	Delete(t testing.TB, who Person)
}

// Matrix creates an employee through each door, and changes and deletes them
// through each other one. Each time all doors tell the same of the employee: what
// was given and not changed since, and whatever two doors have by their contracts.
// There must be the groups sales and support, whose handles are their names, the
// skills refunds and returns, and the sites blog.example.com and shop.example.com.
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
			if from != to && tellsPresence(from) {
				t.Run("presence from "+from.Name()+" to "+to.Name(), func(t *testing.T) { presences(t, from, to) })
			}
		}
	}
}

// before and after are what the employee is, and what they become.
var (
	before = Person{
		"handle":              "anna.petrova",
		"first_name":          "Anna",
		"last_name":           "Petrova",
		"patronymic":          "Ivanovna",
		ShownName:             "Anna from sales",
		"email":               "anna.petrova@example.com",
		"external_id":         "crm-1",
		"saml_id":             "anna@sso",
		"roles":               []string{"manager"},
		Presence:              string(directory.ShowAvailable),
		"status_text":         "Ask me anything",
		"groups":              []string{"sales"},
		FirstGroup:            "sales",
		"skills":              []string{"refunds"},
		"seat.sites":          []string{"blog.example.com", "shop.example.com"},
		"extension.number":    "101",
		"languages":           []string{"en", "ru"},
		"interface_language":  "en",
		"time_zone":           "Asia/Kolkata",
		"date_format":         "DMY",
		"time_format":         "CLASSIC",
		"profile.status":      "Here for you",
		"profile.description": "Knows the catalogue.",
		"profile.facebook":    "anna.petrova",
		"profile.city":        "Pune",
		"profile.country":     "India",

		"channels.chat.enabled":          true,
		"channels.chat.slots":            int64(3),
		"channels.chat.priority":         int64(10),
		Preferred + "chat":               true,
		"channels.chat.available":        true,
		"channels.call.enabled":          true,
		"channels.call.slots":            int64(2),
		"channels.call.available":        true,
		"channels.video.enabled":         true,
		"channels.video.priority":        int64(10),
		Preferred + "video":              true,
		"channels.video.available":       true,
		Ongoing + "chat":                 int64(2),
		Ongoing + "video":                int64(1), // as many as there may be
		Conversations:                    int64(174),
		"channels.third_party.enabled":   true,
		"channels.third_party.slots":     int64(4),
		"channels.third_party.available": false,
		"channels.chat_and_call":         true,
		"channels.chat_to_video":         true,
		"call_settings.from_phone":       true,
		"call_settings.phone":            "+919876543210",
	}
	after = Person{
		"handle":              "anna.ivanova",
		"first_name":          "Annushka",
		"last_name":           "Ivanova",
		"patronymic":          "Petrovna",
		ShownName:             "Anna from support",
		"email":               "anna.ivanova@example.com",
		"external_id":         "crm-2",
		"saml_id":             "annushka@sso",
		"roles":               []string{"administrator"},
		Presence:              string(directory.ShowDND),
		"status_text":         "Back at ten",
		"groups":              []string{"sales", "support"},
		FirstGroup:            "support",
		"skills":              []string{"refunds", "returns"},
		"seat.sites":          []string{"blog.example.com"},
		"extension.number":    "102",
		"languages":           []string{"ru"},
		"interface_language":  "fr",
		"time_zone":           "Europe/Moscow",
		"date_format":         "YMD",
		"time_format":         "MERIDIAN",
		"profile.status":      "Back soon",
		"profile.description": "Knows the plumbing.",
		"profile.facebook":    "anna.ivanova",
		"profile.city":        "Tver",
		"profile.country":     "Russia",

		"channels.chat.slots":            int64(5),
		"channels.chat.priority":         int64(0),
		Preferred + "chat":               false,
		"channels.chat.available":        false,
		"channels.call.enabled":          false,
		"channels.call.slots":            int64(1),
		"channels.call.priority":         int64(10),
		Preferred + "call":               true,
		"channels.video.enabled":         true,
		"channels.video.slots":           int64(2),
		"channels.video.priority":        int64(0),
		Preferred + "video":              false,
		"channels.video.available":       false,
		Ongoing + "chat":                 int64(0),
		Ongoing + "third_party":          int64(1),
		Conversations:                    int64(176),
		"channels.third_party.enabled":   true,
		"channels.third_party.slots":     int64(2),
		"channels.third_party.available": true,
		"channels.chat_and_call":         false,
		"channels.chat_to_video":         false,
		"call_settings.from_phone":       true,
		"call_settings.ask_number":       true,
		"call_settings.phone":            "",
	}
	noAgent = Person{"channels.chat.enabled": false}
)

// moves are the fields that change with others, where no more is said.
var moves = map[string][]string{
	FirstGroup:                {"groups"},
	"groups":                  {FirstGroup},
	"channels.chat.enabled":   {"channels.chat.available"},
	"channels.call.enabled":   {"channels.chat_and_call"},
	"channels.chat.priority":  {Preferred + "chat"},
	"channels.call.priority":  {Preferred + "call"},
	"channels.video.priority": {Preferred + "video"},
	Preferred + "chat":        {"channels.chat.priority"},
	Preferred + "call":        {"channels.call.priority"},
	Preferred + "video":       {"channels.video.priority"},
}

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

// cleanUp deletes who is left of a test that failed, so that others do not fail by that.
func cleanUp(t *testing.T, d Door, who Person) {
	t.Cleanup(func() {
		if t.Failed() && d.Find(t, who) != nil {
			d.Delete(t, who)
		}
	})
}

func through(t *testing.T, doors []Door, from, to Door) {
	given := writable(from, before)
	from.Create(t, given)
	who := maps.Clone(given)
	cleanUp(t, from, who)
	told := compare(t, doors, who, given)
	known := maps.Clone(given)
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
		for field := range change {
			for _, other := range moves[field] {
				delete(known, other)
			}
		}
		maps.Copy(known, change)
		compare(t, doors, who, known)
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
			if isBeside(field) {
				if !slices.ContainsFunc(slices.Delete(slices.Clone(told), i, i+1), func(other Person) bool { _, tells := other[field]; return tells }) {
					problems = append(problems, fmt.Sprintf("%s alone tells %s, which was not compared", d.Name(), field))
				}
				continue
			}
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

// shows are the words of presence.
var shows = []directory.Show{directory.ShowAvailable, directory.ShowChat, directory.ShowAway, directory.ShowXA, directory.ShowDND, directory.ShowUnavailable}

// tellsPresence reports whether a door can give somebody a presence.
func tellsPresence(d Door) bool {
	return slices.ContainsFunc(shows, func(show directory.Show) bool { return d.Writes(Presence, string(show)) })
}

// presences has from say each word of presence that it has, and to say again what it
// understood: nothing of the word is lost. Whoever is to be unavailable is there before
// that, if one of the two can say so.
func presences(t *testing.T, from, to Door) {
	who := writable(from, before)
	from.Create(t, maps.Clone(who))
	cleanUp(t, from, who)
	present := Person{Presence: string(directory.ShowAvailable)}
	for _, show := range shows {
		word := string(show)
		if !from.Writes(Presence, word) {
			continue
		}
		if show == directory.ShowUnavailable && to.Writes(Presence, present[Presence]) {
			to.Change(t, who, present)
		}
		from.Change(t, who, Person{Presence: word})
		said, understood := from.Find(t, who), to.Find(t, who)
		for _, problem := range differences(said, understood) {
			t.Errorf("%s: %s and %s: %s", word, from.Name(), to.Name(), problem)
		}
		if !agree(word, said[Presence]) || !agree(word, understood[Presence]) {
			t.Errorf("%s: %s tells %v, %s tells %v", word, from.Name(), said[Presence], to.Name(), understood[Presence])
		}
		i := slices.IndexFunc(words(understood[Presence]), func(w string) bool { return to.Writes(Presence, w) })
		if i < 0 {
			continue
		}
		to.Change(t, who, Person{Presence: words(understood[Presence])[i]})
		if again := from.Find(t, who)[Presence]; !cmp.Equal(again, said[Presence]) {
			t.Errorf("%s: after %s said %s, %s tells %v", word, to.Name(), words(understood[Presence])[i], from.Name(), again)
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
