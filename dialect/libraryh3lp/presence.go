package libraryh3lp

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rosterd/rosterd/directory"
)

// queueHost stands before the host of a queue's JID.
const queueHost = "chat."

// simpleText is the one theme of pictures.
const simpleText = "simpletext"

// presence tells of the presence of a JID to whoever asks. Pages of any site fetch
// it, time and again, so that it is of this moment and no answer to be kept.
func (d *door) presence(w http.ResponseWriter, r *http.Request) {
	render, known := formats[r.PathValue("format")]
	if theme := r.PathValue("theme"); theme != "" && (theme != simpleText || r.PathValue("format") != "image") {
		known = false
	}
	if !known {
		refuse(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	jid := resource{name: r.PathValue("name"), server: r.PathValue("host")}
	host, ofQueue := strings.CutPrefix(jid.server, queueHost)
	var err error
	jid.show, jid.status, err = d.directory.PublicPresence(r.Context(), host, jid.name, ofQueue)
	if err != nil {
		d.refuseError(w, r, err)
		return
	}
	contentType, body := render(d, jid)
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	_, _ = w.Write(body) // fails only if the client has gone, and then there is nobody to tell
}

// resource is what is told of a JID.
type resource struct {
	name, server string
	show         directory.Show
	status       string
}

// formats are the forms of presence.
var formats = map[string]func(*door, resource) (contentType string, body []byte){
	"text": func(_ *door, j resource) (string, []byte) { return "text/plain; charset=utf-8", []byte(j.show) },
	"xml":  func(_ *door, j resource) (string, []byte) { return "application/xml; charset=utf-8", j.xml() },
	"js":   func(_ *door, j resource) (string, []byte) { return "text/javascript; charset=utf-8", j.js() },
	"image": func(d *door, j resource) (string, []byte) {
		return "image/png", d.pictures[j.show]
	},
}

func (j resource) xml() []byte {
	return fmt.Appendf(nil, `<presence user="%s" server="%s"><resource show="%s" name="libraryh3lp" priority="5"/></presence>`,
		xmlText(j.name), xmlText(j.server), xmlText(string(j.show)))
}

func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a Buffer takes all
	return b.String()
}

// js sets the variables that the vendor's pages read. There are no chats, and no
// clients of them to identify.
func (j resource) js() []byte {
	return fmt.Appendf(nil, "var jabber_user=%s; var jabber_server=%s; var jabber_resources=[{name:'libraryh3lp',priority:5,show:%s,status:%s}]; var jabber_client_id='';",
		jsString(j.name), jsString(j.server), jsString(string(j.show)), jsString(j.status))
}

// jsString is s as a literal of JavaScript, in ASCII, which is safe within HTML.
func jsString(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if r >= ' ' && r <= '~' && !strings.ContainsRune(`'"\<>&`, r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
