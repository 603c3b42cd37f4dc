// Package web holds the pages that people open in a browser. They are embedded, need
// nothing from elsewhere, and know nothing of the roster: what they show they ask of
// the doors, as anybody would.
package web

import (
	"embed"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// graphiqlPath is where the page of GraphiQL stands; what it needs is below it.
const graphiqlPath = "/graphql"

// graphiqlPolicy lets the page use its own script and stylesheet and ask its own
// server, and nothing else. Pictures are those in the stylesheet.
const graphiqlPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// dist is what make graphiql made.
//
//go:embed graphiql/dist
var dist embed.FS

// mediaTypes of the files in dist, by extension.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".txt":  "text/plain; charset=utf-8",
}

// WantsPage reports whether who asks is a browser that opens a page: it reads, and
// accepts text/html by name.
func WantsPage(r *http.Request) bool {
	return isRead(r) && acceptsHTML(strings.Join(r.Header.Values("Accept"), ","))
}

func isRead(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// acceptsHTML reads a header field Accept.
func acceptsHTML(accept string) bool {
	for accepted := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(accepted)
		if err != nil || media != "text/html" {
			continue
		}
		quality, err := strconv.ParseFloat(params["q"], 64)
		return err != nil || quality > 0
	}
	return false
}

// GraphiQL serves the page at /graphql, and below /graphql/assets/ its script, its
// stylesheet and the licences of what is in them. Their names hold a hash of what is in
// them, so that a browser may keep them for ever.
func GraphiQL() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if !isRead(r) {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "405 method not allowed", http.StatusMethodNotAllowed)
			return
		}
		file, caching := "page.html", "no-cache"
		if r.URL.Path == graphiqlPath {
			header.Set("Vary", "Accept") // others find GraphQL there
		} else {
			file, caching = strings.TrimPrefix(r.URL.Path, graphiqlPath+"/"), "public, max-age=31536000, immutable"
			if path.Dir(file) != "assets" {
				http.NotFound(w, r)
				return
			}
		}
		data, err := dist.ReadFile(path.Join("graphiql/dist", file))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		header.Set("Content-Security-Policy", graphiqlPolicy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", caching)
		header.Set("Content-Type", mediaTypes[path.Ext(file)])
		header.Set("Content-Length", strconv.Itoa(len(data)))
		_, _ = w.Write(data) // fails only if the browser has gone, and then there is nobody to tell
	})
}
