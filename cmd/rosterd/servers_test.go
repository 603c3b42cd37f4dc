package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/rpc"
)

const (
	fighters     = 32 // clients that write at the same time
	fightNumbers = 5  // phone numbers that they share
)

// contested are the parameters that are unique in an account, by how often they
// are given and from how many values. Passwords make operator logins slow.
var contested = []contest{
	{"extension.extension_phone_number", 0.6, 10, ""},
	{"external_id", 0.6, 10, "id"},
	{"handle", 0.6, 10, "handle"},
	{"operator.operator_login", 0.03, 2, "login"},
}

type contest struct {
	field  string
	often  float64
	values int
	prefix string // apart, because a handle that is not given is made from the login
}

func (c contest) value(n int) string { return c.prefix + fmt.Sprint(100+n) }

// allowed is what may be wrong with a call, by what it is for: mnemonics and fields.
var allowed = func() map[string][]string {
	var taken []string
	for _, c := range contested {
		taken = append(taken, "already_in_use "+c.field)
	}
	return map[string][]string{
		"create": append(taken, "entity_not_found coach.coach_id"),
		"update": taken,
		"delete": {"dependency_error id"}, // is a coach
		"touch":  {"entity_not_found id"},
	}
}()

// act is what one call did to one contested value, or learnt about it.
type act struct {
	value string // with its field
	what  string
	who   int64 // an employee; of a phone number, its channels_count
}

// The acts. A value's state is who has it, 0 for nobody.
const (
	takes   = "takes"      // was given it: nobody had it, or who had it already
	leaves  = "leaves"     // gave it up, and so had it
	refused = "is refused" // was told that another has it; 0 for a new employee
	passes  = "could have" // failed for another reason: nobody else had it
	finds   = "is found"   // was read; 0 for nobody
	sets    = "is set"     // a phone number's setting was written
)

// registers is what the acts on one value must look like: as if they had happened
// one after the other, each between its call and its answer.
var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byValue := map[string][]porcupine.Operation{}
		for _, o := range history {
			value := o.Input.(act).value
			byValue[value] = append(byValue[value], o)
		}
		return slices.Collect(maps.Values(byValue))
	},
	Init: func() any { return int64(0) },
	Step: func(state, input, _ any) (bool, any) {
		has, a := state.(int64), input.(act)
		switch a.what {
		case takes:
			return has == 0 || has == a.who, a.who
		case leaves:
			return has == a.who, int64(0)
		case refused:
			return has != 0 && has != a.who, has
		case passes:
			return has == 0 || has == a.who, has
		case finds:
			return has == a.who, has
		}
		return true, a.who // sets
	},
}

// fight is servers on one database, what their clients did, and what must have
// come of it.
type fight struct {
	clients []*rpc.Client
	started time.Time
	anchors map[string]int64 // an employee for each phone number who always has it

	mu                        sync.Mutex
	history                   []porcupine.Operation
	people                    map[int64]map[string]string // who must be there, and their contested values
	versions                  map[int64]int64
	created, updated, deleted int64
	answers                   map[string]map[string]int // by what calls were for and what was wrong with them
	everyone                  []int64                   // ids that were ever answered
}

// call makes a call on some server and tells what was wrong with it: mnemonics and
// fields.
func (f *fight) call(method string, params map[string]any, result any) (wrong []string, err error) {
	err = f.clients[rand.IntN(len(f.clients))].Call(context.Background(), method, params, result)
	var refusal *jsonrpc2.Error
	if !errors.As(err, &refusal) || refusal.Data == nil {
		return nil, err
	}
	var data struct {
		Errors []struct{ Mnemonic, Field string }
	}
	if err := json.Unmarshal(*refusal.Data, &data); err != nil {
		return nil, err
	}
	for _, e := range data.Errors {
		wrong = append(wrong, e.Mnemonic+" "+e.Field)
	}
	if len(wrong) == 0 {
		return nil, err
	}
	return wrong, nil
}

// record notes what a call came to, and calls then if nothing was wrong with it.
func (f *fight) record(client int, called time.Duration, method string, wrong []string, acts []act, then func()) {
	answered := time.Since(f.started)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range acts {
		f.history = append(f.history, porcupine.Operation{ClientId: client, Input: a, Call: int64(called), Return: int64(answered)})
	}
	if f.answers[method] == nil {
		f.answers[method] = map[string]int{}
	}
	for _, w := range wrong {
		f.answers[method][w]++
	}
	if len(wrong) == 0 {
		f.answers[method][""]++
		then()
	}
}

// fighter is one client and the employees that it made. Nobody else deletes them or
// changes what is contested of them.
type fighter struct {
	*fight
	n, calls int
	mine     []int64
	held     map[int64]map[string]string
}

func (f *fighter) run(until time.Time) error {
	for time.Now().Before(until) {
		f.calls++
		var err error
		switch chance := rand.IntN(100); {
		case len(f.mine) == 0 || len(f.mine) < 3 && chance < 30:
			err = f.create()
		case chance < 50:
			err = f.update()
		case chance < 70:
			err = f.delete()
		case chance < 80:
			err = f.touch()
		case chance < 90:
			err = f.readValue()
		default:
			err = f.readNumber()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// some is a text that nobody else gives.
func (f *fighter) some() string { return fmt.Sprintf("w%d-%d", f.n, f.calls) }

// wish chooses contested values and puts them into params.
func (f *fighter) wish(params map[string]any) map[string]string {
	wishes := map[string]string{}
	for _, c := range contested {
		if rand.Float64() > c.often {
			continue
		}
		value := c.value(rand.IntN(c.values))
		wishes[c.field] = value
		switch object, member, _ := strings.Cut(c.field, "."); object {
		case "extension":
			params[object] = map[string]any{member: value}
		case "operator":
			params[object] = map[string]any{member: value, "operator_display_name": "Operator", "operator_password": "secret12"}
		default:
			params[object] = value
		}
	}
	return wishes
}

// number chooses a phone number and perhaps its channels, and tells what that does.
func (f *fighter) number() (param map[string]any, acts []act) {
	text := numberText(rand.IntN(fightNumbers))
	param = map[string]any{"phone_number": text}
	if rand.IntN(3) > 0 {
		channels := 1 + rand.Int64N(150)
		param["channels_count"] = channels
		acts = []act{{text, sets, channels}}
	}
	return param, acts
}

func numberText(n int) string { return fmt.Sprint(74950000000 + n) }

// outcome is what a call that wished for values did, by what was wrong with it.
func outcome(id int64, wishes map[string]string, held map[string]string, wrong []string) (acts []act) {
	for field, value := range wishes {
		switch {
		case len(wrong) == 0:
			if old, had := held[field]; had && old != value {
				acts = append(acts, act{field + " " + old, leaves, id})
			}
			acts = append(acts, act{field + " " + value, takes, id})
		case slices.Contains(wrong, "already_in_use "+field):
			acts = append(acts, act{field + " " + value, refused, id})
		default:
			acts = append(acts, act{field + " " + value, passes, id})
		}
	}
	return acts
}

func (f *fighter) create() error {
	number, numberActs := f.number()
	params := map[string]any{"last_name": "Fighter", "first_name": f.some(), "phone_numbers": []any{number}}
	if rand.IntN(3) == 0 { // comes and goes with whoever has it
		params["phone_numbers"] = []any{number, map[string]any{"phone_number": fmt.Sprint(4950000000 + rand.IntN(3)), "channels_count": 1 + rand.IntN(150)}}
	}
	if rand.IntN(10) == 0 {
		params["coach"] = map[string]any{"coach_id": f.anybody()}
	}
	wishes := f.wish(params)
	var result struct {
		ID int64 `json:"id"`
	}
	called := time.Since(f.started)
	wrong, err := f.call("create.employees", params, &result)
	if err != nil {
		return err
	}
	acts := outcome(result.ID, wishes, nil, wrong)
	if len(wrong) == 0 {
		acts = append(acts, numberActs...)
		f.mine, f.held[result.ID] = append(f.mine, result.ID), wishes
	}
	f.record(f.n, called, "create", wrong, acts, func() {
		f.created++
		f.people[result.ID], f.versions[result.ID], f.everyone = wishes, f.versions[result.ID]+1, append(f.everyone, result.ID)
	})
	return nil
}

// update changes contested values of an employee of its own, or gives them up.
func (f *fighter) update() error {
	id := f.mine[rand.IntN(len(f.mine))]
	params := map[string]any{"id": id, "patronymic": f.some()}
	wishes := f.wish(params)
	if _, has := f.held[id]["operator.operator_login"]; has {
		delete(wishes, "operator.operator_login")
		delete(params, "operator")
	}
	held := maps.Clone(f.held[id])
	var given []act // if it goes well
	for field, parameter := range map[string]string{"extension.extension_phone_number": "extension", "external_id": "external_id", "operator.operator_login": "operator"} {
		if old, has := held[field]; has && params[parameter] == nil && rand.IntN(2) == 0 {
			params[parameter] = nil
			given = append(given, act{field + " " + old, leaves, id})
			delete(held, field)
		}
	}
	if rand.IntN(2) == 0 {
		number, acts := f.number()
		params["phone_numbers"] = []any{number}
		given = append(given, acts...)
	}
	called := time.Since(f.started)
	wrong, err := f.call("update.employees", params, nil)
	if err != nil {
		return err
	}
	acts := outcome(id, wishes, held, wrong)
	if len(wrong) == 0 {
		acts = append(acts, given...)
		maps.Copy(held, wishes)
		f.held[id] = held
	}
	f.record(f.n, called, "update", wrong, acts, func() {
		f.updated++
		f.people[id] = held
		f.versions[id]++
	})
	return nil
}

func (f *fighter) delete() error {
	i := rand.IntN(len(f.mine))
	id := f.mine[i]
	called := time.Since(f.started)
	wrong, err := f.call("delete.employees", map[string]any{"id": id}, nil)
	if err != nil {
		return err
	}
	var acts []act
	if len(wrong) == 0 {
		for field, value := range f.held[id] {
			acts = append(acts, act{field + " " + value, leaves, id})
		}
		delete(f.held, id)
		f.mine = slices.Delete(f.mine, i, i+1)
	}
	f.record(f.n, called, "delete", wrong, acts, func() {
		f.deleted++
		delete(f.people, id)
	})
	return nil
}

// anybody is someone who was there once.
func (f *fighter) anybody() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	recent := f.everyone[max(0, len(f.everyone)-2*fighters):]
	return recent[rand.IntN(len(recent))]
}

// touch changes someone else's employee, or an anchor and its number.
func (f *fighter) touch() error {
	id := f.anybody()
	params := map[string]any{"id": id, "patronymic": f.some()}
	var given []act
	if rand.IntN(2) == 0 {
		var number map[string]any
		number, given = f.number()
		id = f.anchors[number["phone_number"].(string)]
		params["id"], params["phone_numbers"] = id, []any{number}
	}
	called := time.Since(f.started)
	wrong, err := f.call("update.employees", params, nil)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		given = nil
	}
	f.record(f.n, called, "touch", wrong, given, func() {
		f.updated++
		f.versions[id]++
	})
	return nil
}

// readValue asks who has a contested value that can be filtered by.
func (f *fighter) readValue() error {
	c := contested[1+rand.IntN(2)]
	value := c.value(rand.IntN(c.values))
	var result struct {
		Data []struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	called := time.Since(f.started)
	wrong, err := f.call("get.employees", map[string]any{"fields": []string{"id"}, "filter": map[string]any{"field": c.field, "operator": "=", "value": value}}, &result)
	if err != nil {
		return err
	}
	found := act{c.field + " " + value, finds, 0}
	for _, e := range result.Data {
		found.who = e.ID
	}
	if len(result.Data) > 1 {
		return fmt.Errorf("%s %s belongs to %v", c.field, value, result.Data)
	}
	f.record(f.n, called, "get by value", wrong, []act{found}, func() {})
	return nil
}

// readNumber asks for the channels of a phone number.
func (f *fighter) readNumber() error {
	text := numberText(rand.IntN(fightNumbers))
	called := time.Since(f.started)
	channels, err := f.channels(f.clients[rand.IntN(len(f.clients))], text)
	if err != nil {
		return err
	}
	f.record(f.n, called, "get number", nil, []act{{text, finds, channels}}, func() {})
	return nil
}

func (f *fight) channels(client *rpc.Client, text string) (int64, error) {
	var result struct {
		Data []struct {
			Numbers []struct {
				Channels int64 `json:"channels_count"`
			} `json:"phone_numbers"`
		} `json:"data"`
	}
	err := client.Call(context.Background(), "get.employees", map[string]any{
		"fields": []string{"phone_numbers"}, "filter": map[string]any{"field": "id", "operator": "=", "value": f.anchors[text]},
	}, &result)
	if err != nil {
		return 0, err
	}
	if len(result.Data) != 1 || len(result.Data[0].Numbers) != 1 {
		return 0, fmt.Errorf("the anchor of %s has %v", text, result.Data)
	}
	return result.Data[0].Numbers[0].Channels, nil
}

// TestServers lets clients of several servers on one database fight for the same
// values. What was answered must be explained by an order of all calls, and be what
// is there in the end, whoever is asked.
func TestServers(t *testing.T) {
	t.Parallel()
	duration := 5 * time.Second
	if os.Getenv("ROSTERD_SOAK") == "1" {
		duration = time.Minute
	}
	dsn, credentials := newDatabase(t, postgres)
	db := openSQL(t, dsn)
	f := &fight{
		anchors: map[string]int64{}, people: map[int64]map[string]string{}, versions: map[int64]int64{}, answers: map[string]map[string]int{},
		started: time.Now(),
	}
	var servers []*process
	for range 3 {
		s := serve(t, dsn)
		servers = append(servers, s)
		f.clients = append(f.clients, dial(t, s, credentials))
	}
	for i := range fightNumbers {
		var result struct {
			ID int64 `json:"id"`
		}
		text := numberText(i)
		err := f.clients[0].Call(t.Context(), "create.employees", map[string]any{"last_name": "Anchor", "phone_numbers": []any{map[string]any{"phone_number": text}}}, &result)
		if err != nil {
			t.Fatal(err)
		}
		f.anchors[text], f.people[result.ID], f.versions[result.ID], f.everyone = result.ID, map[string]string{}, 1, append(f.everyone, result.ID)
		f.history = append(f.history, porcupine.Operation{Input: act{text, sets, 1}, Call: int64(time.Since(f.started)), Return: int64(time.Since(f.started))})
	}
	before := number(t, db, `select last_event from accounts`)

	var fighting sync.WaitGroup
	until := time.Now().Add(duration)
	for n := range fighters {
		fighting.Go(func() {
			fighter := &fighter{fight: f, n: n, held: map[int64]map[string]string{}}
			if err := fighter.run(until); err != nil {
				t.Errorf("client %d: %v", n, err)
			}
		})
	}
	fighting.Wait()
	slowest := slices.MaxFunc(f.history, func(a, b porcupine.Operation) int { return int(a.Return - a.Call - (b.Return - b.Call)) })
	t.Logf("answers in %s, the slowest in %s, by what was wrong: %v", duration, time.Duration(slowest.Return-slowest.Call), f.answers)
	for method, answers := range f.answers {
		for wrong := range answers {
			if wrong != "" && !slices.Contains(allowed[method], wrong) {
				t.Errorf("%s was answered with %s", method, wrong)
			}
		}
	}
	if f.created == 0 || f.updated == 0 || f.deleted == 0 {
		t.Errorf("%d creates, %d updates, %d deletes succeeded, want some of each", f.created, f.updated, f.deleted)
	}

	for i, client := range f.clients {
		f.compareEnd(t, fmt.Sprint("server ", i+1), client)
	}
	f.checkHistory(t)
	f.checkEvents(t, rowsOf(t, db), number(t, db, `select last_event from accounts`)-before)
	for _, s := range servers {
		s.stop(t)
		for _, word := range []string{`"level":"ERROR"`, `"level":"WARN"`, "internal_error", "deadlock"} {
			if log := s.stderr.String(); strings.Contains(log, word) {
				t.Errorf("a server's log has %s:\n%.5000s", word, log)
			}
		}
	}
	checkDatabase(t, dsn)
	must(t, "", "verify", "--db", dsn)
}

// compareEnd reads everything through one server and compares it with what was
// answered.
func (f *fight) compareEnd(t *testing.T, server string, client *rpc.Client) {
	t.Helper()
	called := time.Since(f.started)
	var result struct {
		Data []struct {
			ID         int64  `json:"id"`
			Login      string `json:"login"`
			Version    int64  `json:"version"`
			ExternalID string `json:"external_id"`
			Handle     string `json:"handle"`
			Extension  struct {
				Number string `json:"extension_phone_number"`
			} `json:"extension"`
			Operator struct {
				Login string `json:"operator_login"`
			} `json:"operator"`
		} `json:"data"`
	}
	err := client.Call(t.Context(), "get.employees", map[string]any{"fields": []string{"id", "login", "version", "external_id", "handle", "extension", "operator"}}, &result)
	if err != nil {
		t.Fatal(err)
	}
	people, versions, holders := map[int64]map[string]string{}, map[int64]int64{}, map[string]int64{}
	for _, e := range result.Data {
		if e.Login != "" { // the administrator
			continue
		}
		people[e.ID], versions[e.ID] = map[string]string{}, e.Version
		if _, was := f.people[e.ID]["handle"]; !was {
			e.Handle = "" // one that was derived
		}
		for field, value := range map[string]string{"extension.extension_phone_number": e.Extension.Number, "external_id": e.ExternalID, "handle": e.Handle, "operator.operator_login": e.Operator.Login} {
			if value != "" {
				people[e.ID][field] = value
				holders[field+" "+value] = e.ID
			}
		}
	}
	wantVersions := map[int64]int64{}
	for id := range f.people {
		wantVersions[id] = f.versions[id]
	}
	if diff := cmp.Diff(f.people, people); diff != "" {
		t.Errorf("%s: who has what in the end (-answered +there):\n%s", server, diff)
	}
	if diff := cmp.Diff(wantVersions, versions); diff != "" {
		t.Errorf("%s: changes of each (-answered +there):\n%s", server, diff)
	}
	var acts []act
	for _, c := range contested {
		for i := range c.values {
			value := c.field + " " + c.value(i)
			acts = append(acts, act{value, finds, holders[value]})
		}
	}
	for text := range f.anchors {
		channels, err := f.channels(client, text)
		if err != nil {
			t.Fatal(err)
		}
		acts = append(acts, act{text, finds, channels})
	}
	f.record(0, called, "get all", nil, acts, func() {})
}

// checkHistory looks for an order of the acts on each value that explains them.
func (f *fight) checkHistory(t *testing.T) {
	t.Helper()
	for _, history := range registers.Partition(f.history) {
		if result := porcupine.CheckOperationsTimeout(registers, history, patience); result != porcupine.Ok {
			slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
			var text strings.Builder
			for _, o := range history {
				a := o.Input.(act)
				fmt.Fprintf(&text, "%12s to %12s: %s %s %d\n", time.Duration(o.Call), time.Duration(o.Return), a.value, a.what, a.who)
			}
			t.Errorf("%s: porcupine says %s:\n%.20000s", history[0].Input.(act).value, result, &text)
		}
	}
}

// checkEvents compares the events with the changes that were answered, and looks
// for changes of a phone number that did not start where the one before ended.
func (f *fight) checkEvents(t *testing.T, query func(string, ...any) ([][]any, error), numbered int64) {
	t.Helper()
	rows, err := query(`select kind, subject_id, before_state, after_state from events where subject_kind in ('employees', 'phone_numbers') order by number`)
	if err != nil {
		t.Fatal(err)
	}
	counts, last := map[string]int64{}, map[any]any{}
	for _, row := range rows {
		kind := row[0].(string)
		counts[kind]++
		if kind == "phone_number.updated" {
			if before, was := last[row[1]]; was && before != row[2] {
				t.Errorf("phone number %v was changed from %v, after it was changed to %v", row[1], row[2], before)
			}
			last[row[1]] = row[3]
		}
	}
	want := map[string]int64{
		"employee.created": f.created + int64(len(f.anchors)) + 1, "employee.updated": f.updated, "employee.deleted": f.deleted,
		"phone_number.updated": numbered - f.created - f.updated - f.deleted,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("events (-answered +there):\n%s", diff)
	}
}
