package libraryh3lp

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/errors"
)

// A list that fails before anything of it has been sent is an error; one that fails
// later is not taken for a whole one.
func TestListFails(t *testing.T) {
	failure := errors.E(errors.Forbidden)
	for _, c := range []struct {
		name  string
		items int
		fails bool
		want  string // what is answered, "" where the answer breaks off
	}{
		{"nothing", 0, false, "200 []"},
		{"one", 1, false, `200 ["x"]`},
		{"failed at once", 0, true, "403 failed"},
		{"failed before it was sent", 100, true, "403 failed"},
		{"failed later", dialect.StreamBuffer, true, ""},
	} {
		var told bytes.Buffer
		d := &door{log: slog.New(slog.NewTextHandler(&told, nil))}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := d.list(&call{w: w, r: r}, func(add func(any) error) error {
				for range c.items {
					if err := add("x"); err != nil {
						return err
					}
				}
				if c.fails {
					return failure
				}
				return nil
			})
			if err != nil {
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, "failed")
			}
		}))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		server.Close()
		got := response.Status[:4] + string(body)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s: got a whole answer of %d bytes", c.name, len(body))
		case c.want != "" && (err != nil || got != c.want):
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
		if tells := told.Len() > 0; tells != (c.want == "") {
			t.Errorf("%s: the log says %q", c.name, told.String())
		}
	}
}

// given is what a request with a body gives.
func given(t *testing.T, contentType, body string) fields {
	t.Helper()
	c, err := read(t, contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	return c.given
}

func read(t *testing.T, contentType, body string) (*call, error) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	c := &call{w: httptest.NewRecorder(), r: r}
	return c, (&door{maxBody: 1 << 20}).readBody(c)
}

// A form of more names than forms have is not read.
func TestLargeForm(t *testing.T) {
	var form strings.Builder
	for i := range dialect.MaxFormFields {
		fmt.Fprintf(&form, "a%d=b&", i)
	}
	if got := given(t, "application/x-www-form-urlencoded", form.String()); len(got.values) != dialect.MaxFormFields {
		t.Errorf("%d names: got %d", dialect.MaxFormFields, len(got.values))
	}
	if got := given(t, "application/x-www-form-urlencoded", form.String()+"c=d"); len(got.values) != 0 {
		t.Errorf("one more: got %d", len(got.values))
	}
}

// What JSON and forms give is read as each says it.
func TestFields(t *testing.T) {
	const text = `{"text":"a","null":null,"true":true,"false":false,"number":12,"whole":1.2e1,"fraction":1.5,"large":1e30,"digits":"12","words":"a b","array":[],"object":{}}`
	object := given(t, "application/json", text)
	form := given(t, "application/x-www-form-urlencoded", "text=a&true=true&one=1&false=false&zero=0&null=null&empty=&digits=12&words=a+b")
	type outcome struct{ given, ok bool }
	for _, c := range []struct {
		name            string
		fields          fields
		text, truth, id outcome
		textIs          string
		truthIs         bool
		idIs            int64
	}{
		{"absent", object, outcome{false, true}, outcome{false, true}, outcome{false, true}, "", false, 0},
		{"text", object, outcome{true, true}, outcome{false, false}, outcome{false, false}, "a", false, 0},
		{"null", object, outcome{true, true}, outcome{true, true}, outcome{false, true}, "", false, 0},
		{"true", object, outcome{false, false}, outcome{true, true}, outcome{false, false}, "", true, 0},
		{"false", object, outcome{false, false}, outcome{true, true}, outcome{false, false}, "", false, 0},
		{"number", object, outcome{false, false}, outcome{false, false}, outcome{true, true}, "", false, 12},
		{"whole", object, outcome{false, false}, outcome{false, false}, outcome{true, true}, "", false, 12},
		{"fraction", object, outcome{false, false}, outcome{false, false}, outcome{false, false}, "", false, 0},
		{"large", object, outcome{false, false}, outcome{false, false}, outcome{false, false}, "", false, 0},
		{"digits", object, outcome{true, true}, outcome{false, false}, outcome{true, true}, "12", false, 12},
		{"words", object, outcome{true, true}, outcome{false, false}, outcome{false, false}, "a b", false, 0},
		{"array", object, outcome{false, false}, outcome{false, false}, outcome{false, false}, "", false, 0},
		{"object", object, outcome{false, false}, outcome{false, false}, outcome{false, false}, "", false, 0},

		{"absent", form, outcome{false, true}, outcome{false, true}, outcome{false, true}, "", false, 0},
		{"text", form, outcome{true, true}, outcome{false, false}, outcome{false, false}, "a", false, 0},
		{"true", form, outcome{true, true}, outcome{true, true}, outcome{false, false}, "true", true, 0},
		{"one", form, outcome{true, true}, outcome{true, true}, outcome{true, true}, "1", true, 1},
		{"false", form, outcome{true, true}, outcome{true, true}, outcome{false, false}, "false", false, 0},
		{"zero", form, outcome{true, true}, outcome{true, true}, outcome{true, true}, "0", false, 0},
		{"null", form, outcome{true, true}, outcome{true, true}, outcome{false, false}, "null", false, 0},
		{"empty", form, outcome{true, true}, outcome{true, true}, outcome{false, false}, "", false, 0},
		{"digits", form, outcome{true, true}, outcome{false, false}, outcome{true, true}, "12", false, 12},
		{"words", form, outcome{true, true}, outcome{false, false}, outcome{false, false}, "a b", false, 0},
	} {
		text, textOK := c.fields.text(c.name)
		truth, truthOK := c.fields.truth(c.name)
		id, idOK := c.fields.id(c.name)
		if (outcome{text.Given(), textOK}) != c.text || text.Value != c.textIs {
			t.Errorf("%s, form %v: text is %+v, %v", c.name, c.fields.isForm, text, textOK)
		}
		if (outcome{truth.Given(), truthOK}) != c.truth || truth.Value != c.truthIs {
			t.Errorf("%s, form %v: truth is %+v, %v", c.name, c.fields.isForm, truth, truthOK)
		}
		if (outcome{id.Given(), idOK}) != c.id || id.Value != c.idIs {
			t.Errorf("%s, form %v: id is %+v, %v", c.name, c.fields.isForm, id, idOK)
		}
	}
}
