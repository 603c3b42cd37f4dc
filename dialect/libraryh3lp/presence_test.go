package libraryh3lp_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// tables are the rows of the tables of a document in Markdown, by what the first
// column is called; quotes are left out.
func tables(t *testing.T, file string) map[string][][]string {
	t.Helper()
	text := string(must(os.ReadFile(file))(t))
	all := map[string][][]string{}
	table := ""
	for line := range strings.Lines(strings.ReplaceAll(text, "`", "")) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| ") {
			if !strings.HasPrefix(line, "|") {
				table = ""
			}
			continue
		}
		cells[0], cells[len(cells)-1] = strings.TrimPrefix(cells[0], "| "), strings.TrimSuffix(cells[len(cells)-1], " |")
		if table == "" {
			table = cells[0]
			continue
		}
		all[table] = append(all[table], cells)
	}
	return all
}

// presences is a bench with one user whose presence is looked at.
type presences struct {
	*bench
	url string
	id  int64
	own map[string]int64 // ids of statuses of the account's own, by what docs/presence.md calls them
}

func newPresences(t *testing.T) presences {
	t.Helper()
	b := open(t, prepared.SQLite)
	server := httptest.NewServer(b.door(t))
	t.Cleanup(server.Close)
	p := presences{b, server.URL, b.id(t, "anna"), map[string]int64{}}
	for name, c := range map[string]directory.CreateStatus{
		"of the account's own, no working time":   {Name: schema.Some("Holiday"), IsWorktime: schema.Some(false)},
		"of the account's own, no incoming calls": {Name: schema.Some("Letters"), InExternal: schema.Some([]directory.Direction{}), InInternal: schema.Some([]directory.Direction{})},
		"of the account's own, any other":         {Name: schema.Some("Desk")},
	} {
		created := b.service.CreateStatuses(b.trusted(), []directory.CreateStatus{c})[0]
		if created.Err != nil {
			t.Fatal(created.Err)
		}
		p.own[name] = created.Value
	}
	return p
}

func (p presences) update(t *testing.T, c directory.UpdatePerson) {
	t.Helper()
	c.ID = schema.Some(p.id)
	if err := p.service.UpdatePeople(p.trusted(), []directory.UpdatePerson{c})[0].Err; err != nil {
		t.Fatal(err)
	}
}

// choose chooses a status as docs/presence.md calls it, and connects or not.
func (p presences) choose(t *testing.T, status string, connected bool) {
	t.Helper()
	mnemonic, word, finer := strings.Cut(status, ", written as ")
	own, isOwn := p.own[status]
	switch {
	case isOwn:
		p.update(t, directory.UpdatePerson{UpdateEmployee: directory.UpdateEmployee{StatusID: schema.Some(own)}})
	case finer:
		p.write(t, word)
	default:
		p.update(t, directory.UpdatePerson{UpdateEmployee: directory.UpdateEmployee{Status: schema.Some(mnemonic)}})
	}
	c := directory.UpdateActivity{ID: schema.Some(p.id), Connected: schema.Some(connected)}
	if err := p.service.UpdateActivity(p.trusted(), []directory.UpdateActivity{c})[0].Err; err != nil {
		t.Fatal(err)
	}
}

// write writes a word at the door.
func (p presences) write(t *testing.T, word string) {
	t.Helper()
	status, body := p.send(t, http.MethodPut, p.user(), `{"show":"`+word+`"}`)
	if status != http.StatusOK || !strings.Contains(body, `"show":"`+word+`"`) {
		t.Fatalf("PUT show %s: got %d %s", word, status, body)
	}
}

func (p presences) user() string { return fmt.Sprintf("/2011-12-03/users/%d", p.id) }

// send sends a request of the administrator's.
func (p presences) send(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body)))(t)
	r.Header.Set("Cookie", "libraryh3lp-session="+p.vars["admin_session"])
	response := must(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	return response.StatusCode, string(must(io.ReadAll(response.Body))(t))
}

// shown is the user as all see them.
func (p presences) shown(t *testing.T) directory.Person {
	t.Helper()
	page := must(p.service.People(p.trusted(), directory.Query{Where: directory.Test{Field: "id", Op: directory.OpEqual, Values: []any{p.id}}, Limit: 1}))(t)
	return page.Items[0]
}

const presenceDocument = "../../docs/presence.md"

// What docs/presence.md says is shown, is shown.
func TestPresenceShown(t *testing.T) {
	p := newPresences(t)
	rows := tables(t, presenceDocument)["Chosen status"]
	var named []string
	for _, row := range rows {
		named = append(named, row[0])
	}
	for _, standard := range directory.StandardShows() {
		if !slices.Contains(named, standard.Mnemonic) {
			t.Errorf("the document has no row for %s", standard.Mnemonic)
		}
	}
	for _, row := range rows {
		statuses := []string{row[0]}
		if row[0] == "any" {
			statuses = slices.DeleteFunc(slices.Clone(named), func(s string) bool { return s == "any" })
		}
		for _, status := range statuses {
			p.choose(t, status, row[1] == "yes")
			person := p.shown(t)
			if show := person.Show(); string(show) != row[2] || string(show.Presence()) != row[3] {
				t.Errorf("%s, connected %s: the directory shows %s and %s, want %s and %s", status, row[1], show, show.Presence(), row[2], row[3])
			}
			if _, body := p.send(t, http.MethodGet, p.user(), ""); !strings.Contains(body, `"show":"`+row[2]+`"`) {
				t.Errorf("%s, connected %s: the door shows %s, want %s", status, row[1], body, row[2])
			}
			if _, body := p.send(t, http.MethodGet, "/presence/jid/anna/"+jidHost+"/text", ""); body != row[2] {
				t.Errorf("%s, connected %s: presence is %s, want %s", status, row[1], body, row[2])
			}
		}
	}
}

// What docs/presence.md says of words that are written, becomes of them.
func TestPresenceWritten(t *testing.T) {
	p := newPresences(t)
	rows := tables(t, presenceDocument)["Word"]
	if len(rows) != 6+4 {
		t.Errorf("the document has %d words, want those of LibraryH3lp and of Rocket.Chat", len(rows))
	}
	for _, row := range rows {
		word, door, chosen, connects := row[0], row[1], row[2], row[3] == "yes"
		write := p.write
		if door == "Rocket.Chat" {
			write = func(t *testing.T, word string) {
				p.update(t, directory.UpdatePerson{PersonParams: directory.PersonParams{Presence: schema.Some(directory.Presence(word))}})
			}
		}
		for _, standard := range directory.StandardShows() {
			want := chosen
			if standard.Show == directory.Show(word) || door == "Rocket.Chat" && string(standard.Show.Presence()) == word || word == "chat" && standard.Show == directory.ShowAvailable {
				want = standard.Mnemonic // it shows the word already
			}
			for _, connected := range []bool{false, true} {
				want := want
				if !connected && !connects {
					want = standard.Mnemonic // as does everybody who is not connected
				}
				p.choose(t, standard.Mnemonic, connected)
				write(t, word)
				person := p.shown(t)
				if person.Chosen.Mnemonic != want || person.Activity.Connected != connects {
					t.Errorf("%s at %s after %s, connected %v: got %s, connected %v, want %s, %v", word, door, standard.Mnemonic, connected, person.Chosen.Mnemonic, person.Activity.Connected, want, connects)
				}
				if show := person.Show(); string(show) != word && string(show.Presence()) != word {
					t.Errorf("%s at %s after %s: shows %s", word, door, standard.Mnemonic, show)
				}
			}
		}
	}
}

// Of two operators a queue shows the one whose word docs/presence.md names first.
func TestPresenceOfQueues(t *testing.T) {
	p := newPresences(t)
	text := string(must(os.ReadFile(presenceDocument))(t))
	_, sentence, _ := strings.Cut(text, "A queue, ")
	sentence, _, _ = strings.Cut(sentence, "\n")
	var order []string
	for i, word := range strings.Split(sentence, "`") {
		if i%2 == 1 {
			order = append(order, word)
		}
	}
	if len(order) != 6 {
		t.Fatalf("the document orders %q, want six words", order)
	}
	anna, boris := p.id, p.bench.id(t, "boris")
	for i, better := range order[:5] {
		for _, ids := range [][2]int64{{anna, boris}, {boris, anna}} {
			p.id = ids[0]
			p.write(t, better)
			p.id = ids[1]
			p.write(t, order[i+1])
			if _, body := p.send(t, http.MethodGet, "/presence/jid/sales/chat."+jidHost+"/text", ""); body != better {
				t.Errorf("a queue of %s and %s shows %s", better, order[i+1], body)
			}
		}
	}
}

// chat is forgotten when another status is chosen.
func TestPresenceFinerWord(t *testing.T) {
	p := newPresences(t)
	for _, other := range []string{"break", "of the account's own, any other"} {
		p.write(t, "chat")
		p.choose(t, other, true)
		p.choose(t, "available", true)
		if person := p.shown(t); person.Show() != directory.ShowAvailable {
			t.Errorf("chat, then %s, then available: shows %s, want available", other, person.Show())
		}
	}
}

// Who signs in is connected until they have signed out.
func TestPresenceOfSessions(t *testing.T) {
	b := open(t, prepared.SQLite)
	p := presences{bench: b, id: b.id(t, "reader")}
	door := b.door(t)
	server := httptest.NewServer(door)
	defer server.Close()
	p.url = server.URL
	logout := func(session string) {
		t.Helper()
		r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/2011-12-03/auth/logout", nil))(t)
		r.Header.Set("Cookie", "libraryh3lp-session="+session)
		response := must(http.DefaultClient.Do(r))(t)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("got status %d, want 200", response.StatusCode)
		}
	}
	second := signIn(t, server.URL, "reader", password).session()
	for _, session := range []string{second, b.vars["reader_session"]} {
		if _, body := p.send(t, http.MethodGet, "/presence/jid/reader/"+jidHost+"/text", ""); body != "available" {
			t.Errorf("with a session: %s, want available", body)
		}
		logout(session)
	}
	if _, body := p.send(t, http.MethodGet, "/presence/jid/reader/"+jidHost+"/text", ""); body != "unavailable" {
		t.Errorf("without a session: %s, want unavailable", body)
	}
}

// Each word has a picture of its own, with the word in it.
func TestPictures(t *testing.T) {
	p := newPresences(t)
	seen := map[string]string{}
	for _, show := range []string{"chat", "available", "away", "xa", "dnd", "unavailable"} {
		p.write(t, show)
		status, body := p.send(t, http.MethodGet, "/presence/jid/anna/"+jidHost+"/image", "")
		if status != http.StatusOK {
			t.Fatalf("%s: got status %d", show, status)
		}
		if _, again := p.send(t, http.MethodGet, "/presence/jid/anna/"+jidHost+"/image/simpletext?1", ""); again != body {
			t.Errorf("%s: the theme by name gives another picture", show)
		}
		if other, known := seen[body]; known {
			t.Errorf("%s has the picture of %s", show, other)
		}
		seen[body] = show
		picture, err := png.Decode(bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatalf("%s: %v", show, err)
		}
		if letters := letters(picture); letters != len(show) {
			t.Errorf("%s: the picture has %d letters", show, letters)
		}
	}
}

// letters counts what stands apart from left to right in a picture.
func letters(picture image.Image) int {
	count, inLetter := 0, false
	bounds := picture.Bounds()
	for x := bounds.Min.X; x < bounds.Max.X; x++ {
		ink := false
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			_, _, _, alpha := picture.At(x, y).RGBA()
			ink = ink || alpha > 0
		}
		if ink && !inLetter {
			count++
		}
		inLetter = ink
	}
	return count
}

// Whatever a name and a status may be, XML and JavaScript tell it as it is.
func TestPresenceEscapes(t *testing.T) {
	p := newPresences(t)
	const nobody = "x&y<\"'\\\n>😀"
	for _, c := range []struct{ name, status string }{
		{"anna", `"'<>&\`},
		{"жанна", "</script><!--]]>\u2028\u2029\u00a0é 😀 %s ${a} `x`"},
		{"#?%3c=;,!$()*~", `\u0027 \' &apos; &#39;`},
	} {
		body := must(json.Marshal(map[string]string{"name": c.name, "show": "dnd", "status": c.status}))(t)
		if status, answer := p.send(t, http.MethodPut, p.user(), string(body)); status != http.StatusOK || !strings.HasPrefix(answer, "[") {
			t.Fatalf("%q: got %d %s", c, status, answer)
		}
		for _, name := range []string{c.name, nobody} {
			want, status := "dnd", c.status
			if name == nobody {
				want, status = "unavailable", ""
			}
			var document struct {
				User      string `xml:"user,attr"`
				Server    string `xml:"server,attr"`
				Resources []struct {
					Show     string `xml:"show,attr"`
					Name     string `xml:"name,attr"`
					Priority string `xml:"priority,attr"`
				} `xml:"resource"`
			}
			_, text := p.send(t, http.MethodGet, "/presence/jid/"+escaped(name)+"/"+jidHost+"/xml", "")
			if err := xml.Unmarshal([]byte(text), &document); err != nil {
				t.Fatalf("%q: %v in %s", name, err, text)
			}
			if document.User != name || document.Server != jidHost || len(document.Resources) != 1 || document.Resources[0].Show != want {
				t.Errorf("%q: got %+v in %s, want %s", name, document, text, want)
			}
			_, text = p.send(t, http.MethodGet, "/presence/jid/"+escaped(name)+"/"+jidHost+"/js", "")
			wantJS := []string{name, jidHost, "libraryh3lp", want, status, ""}
			if got := jsStrings(t, text); !slices.Equal(got, wantJS) {
				t.Errorf("%q: got %q in %s, want %q", name, got, text, wantJS)
			}
		}
	}
}

// escaped is a segment of a path with every byte escaped.
func escaped(segment string) string {
	var b strings.Builder
	for _, c := range []byte(segment) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// jsStrings are the literals of a script, of which nothing else may hold a quotation
// mark, and which must be in ASCII. JSON reads them, which has the same escapes.
func jsStrings(t *testing.T, script string) []string {
	t.Helper()
	for _, c := range []byte(script) {
		if c < ' ' || c > '~' || strings.IndexByte(`"<>&`, c) >= 0 {
			t.Fatalf("byte %q in %s", c, script)
		}
	}
	parts := strings.Split(script, "'")
	if len(parts)%2 == 0 {
		t.Fatalf("a quotation mark has no other in %s", script)
	}
	var literals []string
	for i := 1; i < len(parts); i += 2 {
		var literal string
		if err := json.Unmarshal([]byte(`"`+parts[i]+`"`), &literal); err != nil {
			t.Fatalf("%v in %s", err, script)
		}
		literals = append(literals, literal)
	}
	const want = "var jabber_user=; var jabber_server=; var jabber_resources=[{name:,priority:5,show:,status:}]; var jabber_client_id=;"
	var code strings.Builder
	for i := 0; i < len(parts); i += 2 {
		code.WriteString(parts[i])
	}
	if code.String() != want {
		t.Errorf("got the code %s, want %s", code.String(), want)
	}
	return literals
}
