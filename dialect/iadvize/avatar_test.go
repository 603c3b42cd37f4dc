package iadvize_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rosterd/rosterd/dialect/iadvize"
)

// noise is a picture that cannot be compressed.
func noise(width, height int) *image.NRGBA {
	i := image.NewNRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(1, 2))
	for n := range i.Pix {
		i.Pix[n] = byte(r.Uint32())
	}
	return i
}

// plain is a picture of one colour.
func plain(width, height int) *image.NRGBA {
	i := image.NewNRGBA(image.Rect(0, 0, width, height))
	for n := range i.Pix {
		i.Pix[n] = 200
	}
	return i
}

func asPNG(t testing.TB, i image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, i); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, i image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, i, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t testing.TB, frames ...image.Image) []byte {
	var all gif.GIF
	for _, frame := range frames {
		p := image.NewPaletted(frame.Bounds(), color.Palette{color.White, color.Black})
		all.Image, all.Delay = append(all.Image, p), append(all.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func dataURI(mediaType string, data []byte) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// giant says that it has more pixels than it has bytes.
func giant(t testing.TB, side uint32) []byte {
	data := asPNG(t, plain(1, 1))
	binary.BigEndian.PutUint32(data[16:], side)
	binary.BigEndian.PutUint32(data[20:], side)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// desk is GraphQL with the pictures beside it, on one socket.
type desk struct {
	*client
	server *httptest.Server
}

func startDesk(t testing.TB, make func(iadvize.Options) (http.Handler, error)) *desk {
	t.Helper()
	o := options(t)
	mux := http.NewServeMux()
	mux.Handle(iadvize.GraphQLPath, must(make(o))(t))
	mux.Handle(iadvize.AvatarPrefix, must(iadvize.Avatars(o))(t))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &desk{&client{server.URL + iadvize.GraphQLPath, fixture["admin_token"]}, server}
}

// give gives anna an avatar, and answers where it is, or the type of the mistake.
func (d *desk) give(t testing.TB, avatar any) (address, mistake string) {
	t.Helper()
	const document = "mutation ($id: LegacyId!, $avatar: URL) { userUpdate(input: {userId: $id, avatar: $avatar}) { user { avatar avatarUrl } userErrors { __typename } } }"
	payload := at(t, d.get(t, document, map[string]any{"id": fixture["anna"], "avatar": avatar}), "userUpdate")
	for _, e := range at(t, payload, "userErrors").([]any) {
		return "", at(t, e, "__typename").(string)
	}
	if a, b := at(t, payload, "user", "avatar"), at(t, payload, "user", "avatarUrl"); a != b {
		t.Errorf("avatar is %v and avatarUrl %v", a, b)
	}
	address, _ = at(t, payload, "user", "avatar").(string)
	return address, ""
}

func (d *desk) fetch(t testing.TB, address string) (*http.Response, []byte) {
	t.Helper()
	response := must(d.server.Client().Get(address))(t)
	defer response.Body.Close()
	return response, must(io.ReadAll(response.Body))(t)
}

func TestAvatars(t *testing.T) {
	d := startDesk(t, iadvize.GraphQL)
	for _, c := range []struct {
		name, given   string
		mediaType     string
		width, height int
	}{
		{"PNG", dataURI("image/png", asPNG(t, plain(40, 20))), "image/png", 40, 20},
		{"JPEG, made smaller", dataURI("image/jpeg", asJPEG(t, plain(1000, 500))), "image/jpeg", 256, 128},
		{"JPEG that says it is JPG", dataURI("image/jpg", asJPEG(t, plain(10, 10))), "image/jpeg", 10, 10},
		{"GIF that moves, high", dataURI("image/gif", asGIF(t, plain(10, 1000), plain(10, 1000))), "image/png", 2, 256},
		{"a line", dataURI("image/png", asPNG(t, plain(1000, 1))), "image/png", 256, 1},
		{"noise, escaped", strings.ReplaceAll(dataURI("image/png", asPNG(t, noise(400, 400))), "+", "%2B"), "image/png", 256, 256},
	} {
		address, mistake := d.give(t, c.given)
		if mistake != "" || !strings.HasPrefix(address, d.server.URL+iadvize.AvatarPrefix) {
			t.Errorf("%s: got %q, %s", c.name, address, mistake)
			continue
		}
		response, data := d.fetch(t, address)
		for name, want := range map[string]string{"Content-Type": c.mediaType, "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable", "Content-Security-Policy": "default-src 'none'"} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: header %s is %q, want %q", c.name, name, got, want)
			}
		}
		config, kind, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || "image/"+kind != c.mediaType || config.Width != c.width || config.Height != c.height || response.StatusCode != http.StatusOK {
			t.Errorf("%s: got status %d, %s of %d by %d, %v, want %s of %d by %d", c.name, response.StatusCode, kind, config.Width, config.Height, err, c.mediaType, c.width, c.height)
		}
	}
	first, _ := d.give(t, dataURI("image/png", asPNG(t, plain(3, 3))))
	if again, _ := d.give(t, dataURI("image/png", asPNG(t, plain(3, 3)))); again == first {
		t.Errorf("another picture has the same address, %s", again)
	}
	if response, _ := d.fetch(t, first); response.StatusCode != http.StatusNotFound {
		t.Errorf("a picture that is not anybody's any more: got %d", response.StatusCode)
	}
	if address, mistake := d.give(t, nil); address != "" || mistake != "" {
		t.Errorf("null leaves %s, %s", address, mistake)
	}
}

// What is no picture, or too large, is refused before it takes memory or time.
func TestAvatarsRefused(t *testing.T) {
	d := startDesk(t, iadvize.GraphQL)
	large := append(asPNG(t, plain(1, 1)), make([]byte, iadvize.MaxAvatarBytes)...)
	for name, given := range map[string]string{
		"nothing":                      "",
		"a word":                       "portrait",
		"a page":                       dataURI("text/html", []byte("<script>alert(1)</script>")),
		"SVG":                          dataURI("image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)),
		"WebP":                         dataURI("image/webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 ")),
		"a data URI without base64":    "data:image/png,abc",
		"a data URI that is none":      "data:image/png;base64",
		"letters that are no base64":   "data:image/png;base64,!!!",
		"an escape that is none":       "data:image/png;base64,%zz",
		"half a picture":               dataURI("image/png", asPNG(t, noise(50, 50))[:2000]),
		"a head without a body":        dataURI("image/jpeg", asJPEG(t, plain(10, 10))[:100]),
		"more pixels than allowed":     dataURI("image/png", asPNG(t, plain(iadvize.MaxAvatarSide+1, 1))),
		"higher than allowed":          dataURI("image/gif", asGIF(t, plain(1, iadvize.MaxAvatarSide+1))),
		"two billion pixels a side":    dataURI("image/png", giant(t, 1<<31-1)),
		"more bytes than allowed":      dataURI("image/png", large),
		"many more bytes than allowed": dataURI("image/png", bytes.Repeat([]byte{0}, 5<<20)),
		"an address":                   "https://example.com/a.png",
		"a file":                       "file:///etc/passwd",
	} {
		began := time.Now()
		if address, mistake := d.give(t, given); mistake != "InvalidAvatarUrlError" {
			t.Errorf("%s: got %q, %q, want InvalidAvatarUrlError", name, address, mistake)
		}
		if took := time.Since(began); took > hang {
			t.Errorf("%s: took %v", name, took)
		}
	}
	for _, path := range []string{"", "x", "00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-00000000000A", "..%2f..%2fetc", "{00000000-0000-4000-8000-000000000000}", "%00"} {
		if response, body := d.fetch(t, d.server.URL+iadvize.AvatarPrefix+path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%q: got %d %s", path, response.StatusCode, body)
		}
	}
	response := must(d.server.Client().Post(d.server.URL+iadvize.AvatarPrefix+"x", "", nil))(t)
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d", response.StatusCode)
	}
}

// pictures serves what avatars may be fetched from, over TLS.
func pictures(t *testing.T) (server *httptest.Server, asked *atomic.Int64) {
	asked = &atomic.Int64{}
	picture := asPNG(t, plain(20, 20))
	plainHTTP := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) }))
	t.Cleanup(plainHTTP.Close)
	stop := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/picture", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			if _, err := w.Write(append(picture, make([]byte, 1<<20)...)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/picture", http.StatusFound) })
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plainHTTP.URL, http.StatusFound)
	})
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		http.Redirect(w, r, "https://127.0.0.2:"+port+"/picture", http.StatusFound)
	})
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stop) })
	return server, asked
}

func TestAvatarsFetched(t *testing.T) {
	server, asked := pictures(t)
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig
	loopback := netip.MustParseAddr("127.0.0.1")
	fetching := startDesk(t, func(o iadvize.Options) (http.Handler, error) {
		o.FetchAvatars = true
		return iadvize.GraphQLFetching(o, func(a netip.Addr) bool { return a == loopback }, trusted, iadvize.FetchTimeout)
	})
	for _, path := range []string{"/picture", "/once"} {
		if address, mistake := fetching.give(t, server.URL+path); mistake != "" || address == "" {
			t.Errorf("%s: got %q, %s", path, address, mistake)
		}
	}
	u := must(url.Parse(server.URL))(t)
	for name, address := range map[string]string{
		"a page":                    server.URL + "/page",
		"nothing":                   server.URL + "/missing",
		"more than allowed":         server.URL + "/endless",
		"redirects without end":     server.URL + "/round",
		"a redirect to http":        server.URL + "/down",
		"a redirect to the inside":  server.URL + "/inside",
		"http":                      "http://" + u.Host + "/picture",
		"a user":                    "https://me:secret@" + u.Host + "/picture",
		"another address":           "https://127.0.0.3:" + u.Port() + "/picture",
		"another address, in IPv6":  "https://[::ffff:127.0.0.3]:" + u.Port() + "/picture",
		"nobody's name":             "https://nobody.invalid/picture",
		"no host":                   "https:///picture",
		"a certificate for another": "https://localhost:" + u.Port() + "/picture",
	} {
		if got, mistake := fetching.give(t, address); mistake != "InvalidAvatarUrlError" {
			t.Errorf("%s: got %q, %q, want InvalidAvatarUrlError", name, got, mistake)
		}
	}

	for name, d := range map[string]*desk{
		"off": startDesk(t, func(o iadvize.Options) (http.Handler, error) {
			return iadvize.GraphQLFetching(o, func(netip.Addr) bool { return true }, trusted, iadvize.FetchTimeout)
		}),
		"from public addresses": startDesk(t, func(o iadvize.Options) (http.Handler, error) {
			o.FetchAvatars = true
			return iadvize.GraphQLFetching(o, iadvize.IsPublic, trusted, iadvize.FetchTimeout)
		}),
		"as it is": startDesk(t, func(o iadvize.Options) (http.Handler, error) {
			o.FetchAvatars = true
			return iadvize.GraphQL(o)
		}),
	} {
		asked.Store(0)
		if got, mistake := d.give(t, server.URL+"/picture"); mistake != "InvalidAvatarUrlError" {
			t.Errorf("%s: got %q, %q", name, got, mistake)
		}
		if n := asked.Load(); n > 0 {
			t.Errorf("%s: the address was asked %d times", name, n)
		}
	}
}

// Who does not answer is not waited for.
func TestAvatarsTimeout(t *testing.T) {
	const timeout = 200 * time.Millisecond
	server, _ := pictures(t)
	d := startDesk(t, func(o iadvize.Options) (http.Handler, error) {
		o.FetchAvatars = true
		return iadvize.GraphQLFetching(o, func(netip.Addr) bool { return true }, server.Client().Transport.(*http.Transport).TLSClientConfig, timeout)
	})
	began := time.Now()
	if got, mistake := d.give(t, server.URL+"/slow"); mistake != "InvalidAvatarUrlError" {
		t.Errorf("got %q, %q", got, mistake)
	}
	if took := time.Since(began); took < timeout || took > hang {
		t.Errorf("took %v, want about %v", took, timeout)
	}
}

func TestIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true, "2a00:1450:4001:81b::200e": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "127.0.0.1": false, "169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.0.0.1": false, "192.0.2.1": false, "192.168.0.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "100::1": false, "2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false,
		"fc00::1": false, "fd12::1": false, "fe80::1": false, "fec0::1": false, "ff02::1": false, "3fff::1": false,
	} {
		if got := iadvize.IsPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %t, want %t", address, got, want)
		}
	}
}
