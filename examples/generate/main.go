// Command generate writes employees.csv, a staff list of 1,000 employees such as a
// contact centre of many countries might have: names in several alphabets, numbers
// that are shared or dialled on from, coaches before and after those they coach,
// operators with passwords and with hashes of them, texts that CSV has to quote.
// Run it from the project's root; it writes the same file each time.
//
// Nobody in it is real: names are put together by chance, addresses are of
// example.com and example.org, and numbers of ranges that are set aside for fiction
// or that nobody has. What rows refer to is in seed.json, employees.seed.json and
// demo.sh, which makes the statuses.
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
)

func main() {
	text, err := generate()
	if err == nil {
		err = os.WriteFile("examples/employees.csv", text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate: "+err.Error())
		os.Exit(1)
	}
}

// What the file has.
const (
	employees = 1000
	teams     = 40 // of employees/teams, the lead among them
	heads     = 5  // coach the leads; the first two coach each other
)

// columns are those of the file, in order.
var columns = []string{
	"external_id", "last_name", "first_name", "patronymic", "handle", "email", "status",
	"phone_numbers",
	"phone_numbers.1.phone_number", "phone_numbers.1.channels_count", "phone_numbers.1.dial_time", "phone_numbers.1.status",
	"phone_numbers.2.phone_number", "phone_numbers.2.dial_time",
	"phone_numbers.3.phone_number",
	"extension.extension_phone_number", "extension.extension_voice_mail_enabled", "extension.extension_queue_enabled",
	"groups", "skills", "schedule_id", "coach.coach_id", "coach.coach_always_enabled", "call_recording",
	"in_external_allowed_call_directions", "in_internal_allowed_call_directions",
	"out_external_allowed_call_directions", "out_internal_allowed_call_directions",
	"operator.operator_login", "operator.operator_display_name", "operator.operator_password", "operator.operator_password_hash",
	"operator.operator_position_id", "operator.operator_sites", "operator.operator_offline_message_enabled", "operator.operator_invite_to_chat_enabled",
	"channels.chat.enabled", "channels.chat.slots", "channels.chat.priority", "channels.chat.available",
	"channels.call.enabled", "channels.call.slots", "channels.video.enabled", "channels.third_party.enabled",
	"roles", "languages", "interface_language", "time_zone",
	"profile.status", "profile.description", "profile.facebook", "profile.city", "profile.country",
}

// row is one employee: cells by column. A column that is missing is an empty cell.
type row map[string]string

// generate returns the file.
func generate() ([]byte, error) {
	g := &generator{Rand: rand.New(rand.NewPCG(1000, 40)), taken: map[string]int{}}
	rows := make([]row, employees)
	for i := range rows {
		rows[i] = g.person(i)
	}
	g.coaches(rows)
	if err := g.seats(rows); err != nil {
		return nil, err
	}
	quirks(rows)

	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(columns); err != nil {
		return nil, err
	}
	for i, r := range rows {
		cells := make([]string, len(columns))
		for c, name := range columns {
			cells[c] = r[name]
			delete(r, name)
		}
		if len(r) > 0 {
			return nil, fmt.Errorf("row %d has cells of no column: %v", i, r)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return text.Bytes(), w.Error()
}

// generator makes what the file has, by chance that is the same each time.
type generator struct {
	*rand.Rand
	taken map[string]int // handles, and how often they were wanted
}

// one is any of some.
func one[T any](g *generator, some []T) T { return some[g.IntN(len(some))] }

// some are up to n of all, none twice.
func (g *generator) some(n int, all ...string) []string {
	all = slices.Clone(all)
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

// oneIn is true once in n times.
func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

// person is the i-th employee but for coach and seat.
func (g *generator) person(i int) row {
	c := g.anywhere()
	n := c.name(g)
	r := row{
		"external_id": fmt.Sprintf("HR-%05d", 10_000+7*i), "last_name": n.last, "first_name": n.first, "patronymic": n.patronymic,
		"handle": g.free(n.latin), "time_zone": c.zone, "languages": c.language, "profile.country": c.country, "profile.city": one(g, c.cities),
	}
	r["email"] = r["handle"] + "@" + one(g, []string{"example.com", "example.org"})
	g.numbers(r, c, i)
	if !g.oneIn(3) {
		r["extension.extension_phone_number"] = fmt.Sprint(2000 + i)
		r["extension.extension_voice_mail_enabled"] = one(g, []string{"", "true", "yes", "1"})
		r["extension.extension_queue_enabled"] = one(g, []string{"", "", "false", "да"})
	}
	r["groups"] = strings.Join(g.some(1+g.IntN(2), append([]string{"Sales", "Support"}, c.groups...)...), "; ")
	if g.oneIn(3) {
		r["languages"] += ";" + one(g, []string{"es", "it", "nl", "pt"})
		r["skills"] = strings.Join(g.some(1+g.IntN(3), skills...), ";")
	}
	sometimes := func(n int, column string, cells ...string) {
		if g.oneIn(n) {
			r[column] = one(g, cells)
		}
	}
	sometimes(4, "schedule_id", "Weekdays", "Early shift", "Late shift", "Two on, two off", "Выходные")
	sometimes(5, "status", "available", "break", "do_not_disturb", "not_at_workplace", "not_at_work", "unknown")
	sometimes(40, "status", "Business trip", "В отпуске", "auto_out_call") // which nobody is created with
	sometimes(8, "call_recording", "all", "in", "out", "off")
	sometimes(15, "out_external_allowed_call_directions", "out", "[]", "in;out")
	sometimes(15, "in_external_allowed_call_directions", "in", `["in","out"]`, "[]")
	sometimes(30, "in_internal_allowed_call_directions", "in")
	sometimes(30, "out_internal_allowed_call_directions", "out", "[]")
	sometimes(3, "interface_language", c.language, "en")
	sometimes(25, "roles", "reader", "manager", "reader; expert")
	sometimes(12, "profile.status", statusLines...)
	sometimes(15, "profile.description", descriptions...)
	sometimes(30, "profile.facebook", r["handle"])
	return r
}

// free is a handle that nobody else has.
func (g *generator) free(wanted string) string {
	g.taken[wanted]++
	if n := g.taken[wanted]; n > 1 {
		return fmt.Sprint(wanted, n)
	}
	return wanted
}

// numbers gives a person of a country phone numbers: one of their own, with the
// office's main number, from which one is dialled on, or with one that a whole team
// shares behind it. Some have only these, and few none.
func (g *generator) numbers(r row, c country, i int) {
	const first, second, third = "phone_numbers.1.", "phone_numbers.2.", "phone_numbers.3."
	office := c.number(0)
	through, shared := fmt.Sprintf("%s...%d", office, 2000+i), c.number(1+i%4)
	switch g.IntN(10) {
	case 0: // reached in chats only
		r["phone_numbers"] = "[]"
	case 1:
		r[first+"phone_number"] = through
	case 2: // through a menu
		r[first+"phone_number"] = fmt.Sprintf("%s...*%d#", office, 2000+i)
		r[second+"phone_number"] = shared
	case 3, 4:
		r[first+"phone_number"] = shared
	default:
		r[first+"phone_number"] = c.number(5 + i%995)
		r[first+"dial_time"] = one(g, []string{"", "20", "30", "45"})
		r[first+"channels_count"] = one(g, []string{"", "", "", "2", "30"})
		if g.oneIn(20) {
			r[first+"status"] = "inactive"
		}
		if g.oneIn(2) {
			r[second+"phone_number"] = through
			r[second+"dial_time"] = "25"
		}
		if g.oneIn(4) {
			r[third+"phone_number"] = shared
		}
	}
}

// coaches gives everybody in a team its lead, who stands anywhere among them, and the
// leads a head. The first two heads coach each other.
func (g *generator) coaches(rows []row) {
	const size = employees / teams
	leads := make([]row, teams)
	for t := range leads {
		at := g.IntN(size)
		leads[t] = rows[t*size+at]
		for i, r := range rows[t*size : (t+1)*size] {
			if i != at && !g.oneIn(4) {
				r["coach.coach_id"] = leads[t]["handle"]
				r["coach.coach_always_enabled"] = one(g, []string{"", "", "true", "нет"})
			}
		}
	}
	for t, lead := range leads {
		lead["roles"] = "manager"
		if t >= heads {
			lead["coach.coach_id"] = leads[t%heads]["handle"]
		}
	}
	leads[0]["coach.coach_id"], leads[1]["coach.coach_id"] = leads[1]["handle"], leads[0]["handle"]
}

// seats gives every sixth employee an operator's seat: few with a password, more
// with a hash of it as another system has made it, and most with none yet.
func (g *generator) seats(rows []row) error {
	hashes, err := hashes()
	if err != nil {
		return err
	}
	n := 0
	for i := 3; i < len(rows); i += 6 {
		r := rows[i]
		const seat = "operator.operator_"
		r[seat+"login"] = r["email"]
		r[seat+"display_name"] = one(g, []string{r["first_name"], r["first_name"] + " " + r["last_name"], "☎ " + r["first_name"]})
		switch {
		case n%12 == 0:
			r[seat+"password"] = password
		case len(hashes) > 0:
			r[seat+"password_hash"], hashes = hashes[0], hashes[1:]
		default:
			r[seat+"password_hash"] = "*"
		}
		n++
		r[seat+"position_id"] = one(g, []string{"", "Consultant", "Team lead", "Senior consultant", "Trainer", "Старший оператор"})
		r[seat+"sites"] = strings.Join(g.some(g.IntN(3), "example.com", "shop.example.com", "help.example.org", "магазин.example"), "; ")
		r[seat+"offline_message_enabled"] = one(g, []string{"", "true", "No"})
		r[seat+"invite_to_chat_enabled"] = one(g, []string{"", "1", "0"})
		if r["roles"] == "" {
			r["roles"] = "agent"
		}
		if g.oneIn(2) {
			r["channels.chat.slots"] = fmt.Sprint(1 + g.IntN(6))
			r["channels.chat.priority"] = fmt.Sprint(g.IntN(11))
			r["channels.chat.available"] = one(g, []string{"", "true", "false"})
		}
		switch g.IntN(6) {
		case 0:
			r["channels.chat.enabled"], r["channels.call.enabled"], r["channels.call.slots"] = "false", "true", "1"
		case 1:
			r["channels.video.enabled"], r["channels.third_party.enabled"] = "yes", "yes"
		}
	}
	return nil
}

// quirks are rows that a spreadsheet of so many people has, too.
func quirks(rows []row) {
	rows[100]["last_name"] = `\Null`                          // is called so
	rows[100]["profile.description"] = `\\o/ is a mark`       // begins with a backslash
	rows[200]["groups"] = `["Returns; complaints","24"]`      // a semicolon in a name, a name that is a number
	rows[201]["groups"] = "Sales;\nSupport"                   // Alt+Enter
	rows[300]["first_name"], rows[300]["patronymic"] = "", "" // one name only
	rows[400]["handle"] = ""                                  // derived from the address
	rows[500]["extension.extension_phone_number"] = "007"
	rows[600]["email"], rows[601]["email"] = "office@example.org", "office@example.org"
	rows[700]["profile.status"] = "=1+1" // no formula
	rows[800]["last_name"] = "Ünal-Straße"
	rows[900]["external_id"] = "" // new, and not in the other system yet
}
