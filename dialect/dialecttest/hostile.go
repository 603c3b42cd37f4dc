package dialecttest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Target is a door that is sent what no client should send.
type Target struct {
	Handler  http.Handler
	MaxBody  int64     // what it was told that a body's bytes are at most
	Requests []Request // one for each route and method, let in wherever one must be
	Unknown  string    // a path of the door that has no route

	// Check says what is not the vendor's form in a response, of whatever status. Of
	// its Request it knows method and URL.
	Check func(r *http.Response, body string) error
}

// Request is a request, but for its body.
type Request struct {
	Method, Path string
	Header       map[string]string
}

// Hostile sends each request with bodies that are none, too deep, too long or of
// another type than they say, and asks for paths and methods that are not there. A
// door answers all of it in its vendor's form, with no status of 500 and more, reads
// no more than it must, and serves the next request.
func Hostile(t *testing.T, target Target) {
	t.Helper()
	for _, problem := range hostile(target) {
		t.Error(problem)
	}
}

// What hostile bodies are.
const (
	deep      = 100_000
	tooLong   = 100 << 20
	unread    = 1 << 20 // what net/http may read of a body beside the handler, with much to spare
	patience  = 20 * time.Second
	jsonType  = "application/json"
	formType  = "application/x-www-form-urlencoded"
	partsType = "multipart/form-data; boundary=b"
)

// body is a body with the type that it says it has.
type body struct {
	mediaType, text string
	endless         ending // spaces follow, more than anybody should read
}

// ending is how a body says where it ends.
type ending int

const (
	none     ending = iota // it is the text, and declares its length
	declared               // it declares its length
	chunked                // it does not
)

func (b body) String() string {
	text := b.text
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	return fmt.Sprintf("body %q of type %q%s", text, b.mediaType, []string{"", " and 100 MB", " and 100 MB in chunks"}[b.endless])
}

// write sends what is left of a request's header, and the body.
func (b body) write(w io.Writer) error {
	if b.mediaType != "" {
		fmt.Fprintf(w, "Content-Type: %s\r\n", b.mediaType)
	}
	switch b.endless {
	case declared:
		fmt.Fprintf(w, "Content-Length: %d\r\n\r\n%s", len(b.text)+tooLong, b.text)
		_, err := io.Copy(w, io.LimitReader(spaces{}, tooLong))
		return err
	case chunked:
		fmt.Fprint(w, "Transfer-Encoding: chunked\r\n\r\n")
		chunks := httputil.NewChunkedWriter(w)
		if _, err := io.Copy(chunks, io.MultiReader(strings.NewReader(b.text), io.LimitReader(spaces{}, tooLong))); err != nil {
			return err
		}
		_, err := io.WriteString(w, "0\r\n\r\n")
		return err
	}
	_, err := fmt.Fprintf(w, "Content-Length: %d\r\n\r\n%s", len(b.text), b.text)
	return err
}

// badBodies are bodies of which none is what it should be.
var badBodies = []body{
	{jsonType, "", none},
	{jsonType, "not JSON", none},
	{jsonType, `{"username":`, none},
	{jsonType, `{"username":"a"`, none},
	{jsonType, `{} {}`, none},
	{jsonType, "\ufeff{}", none},
	{jsonType, "null", none},
	{jsonType, "[]", none},
	{jsonType, `"text"`, none},
	{jsonType, "1e999999", none},
	{jsonType, `{"name":1e999999,"id":99999999999999999999,"enabled":-0.0}`, none},
	{jsonType, `{"name":"a","name":{"name":[]}}`, none},
	{jsonType, "{\"name\":\"\xff\xfe\",\"username\":\"\xc3\"}", none},
	{jsonType, `{"name":"\ud800","username":"\u0000"}`, none},
	{jsonType, strings.Repeat("[", deep), none},
	{jsonType, strings.Repeat("[", deep) + strings.Repeat("]", deep), none},
	{jsonType, strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep), none},
	{"application/json; charset=utf-16", "{}", none},
	{"", "{}", none},
	{"text/plain", "{}", none},
	{"image/png", "\x89PNG\r\n\x1a\n", none},
	{"; no type", "{}", none},
	{formType, "%zz=%&&&==&;\xff=\x00", none},
	{formType, strings.Repeat("a[b]=c&", 5000), none},
	{"multipart/form-data", "{}", none},
	{partsType, "not parts", none},
	{partsType, "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nhalf", none},
	{partsType, "--b\r\nContent-Disposition: form-data; name=\"\xff\"; filename=\"x\"\r\n\r\n\xff\r\n--b--", none},
}

var (
	noBody     = body{}
	badEndless = []body{{jsonType, `{"username":"`, declared}, {jsonType, `{"username":"`, chunked}, {formType, "username=", declared}, {formType, "username=", chunked}}
)

func hostile(target Target) []string {
	a := &attack{target: target}
	server := httptest.NewUnstartedServer(target.Handler)
	server.Listener = &counting{Listener: server.Listener, read: &a.read}
	server.Start()
	defer server.Close()
	a.address = server.Listener.Addr().String()

	for _, r := range target.Requests {
		for _, b := range badBodies {
			a.send(r, b)
		}
		for _, b := range badEndless {
			a.send(r, b)
		}
		a.send(Request{Method: r.Method, Path: r.Path}, body{jsonType, "{}", none})

		refused := r
		refused.Method = "BREW"
		if response := a.send(refused, noBody); response != nil && (response.StatusCode != http.StatusMethodNotAllowed || !allows(response, r.Method)) {
			a.problem(refused, noBody, "got status %d and Allow %q, want 405 and %s", response.StatusCode, response.Header.Get("Allow"), r.Method)
		}
		at := strings.LastIndexByte(r.Path, '/')
		a.wantNotFound(Request{r.Method, r.Path[:at] + "/." + r.Path[at:], r.Header})
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, "BREW"} {
		a.wantNotFound(Request{Method: method, Path: target.Unknown})
	}
	return a.problems
}

// attack is what has been found out about a target.
type attack struct {
	target   Target
	address  string
	read     atomic.Int64 // bytes that the server has taken off its sockets
	problems []string
}

func (a *attack) problem(r Request, b body, format string, args ...any) {
	a.problems = append(a.problems, fmt.Sprintf("%s %s, %v: ", r.Method, r.Path, b)+fmt.Sprintf(format, args...))
}

func (a *attack) wantNotFound(r Request) {
	if response := a.send(r, noBody); response != nil && response.StatusCode != http.StatusNotFound {
		a.problem(r, noBody, "got status %d, want 404", response.StatusCode)
	}
}

// send sends a request on a connection of its own, and one more if that stays open.
// It returns nil after a problem.
func (a *attack) send(r Request, b body) *http.Response {
	conn, err := net.DialTimeout("tcp", a.address, patience)
	if err != nil {
		a.problem(r, b, "%v", err)
		return nil
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience)) // fails if it is closed, which the next call tells
	a.read.Store(0)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		w := bufio.NewWriterSize(conn, 1<<16)
		fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: rosterd.example\r\n", r.Method, r.Path)
		for name, value := range r.Header {
			fmt.Fprintf(w, "%s: %s\r\n", name, value)
		}
		if b.write(w) == nil { // a server that has had enough closes the connection
			_ = w.Flush()
		}
	}()
	in := bufio.NewReader(conn)
	response, err := a.receive(r, in)
	if err != nil {
		a.problem(r, b, "%v", err)
		return nil
	}
	most := int64(len(b.text)) + unread
	if b.endless == chunked {
		most += a.target.MaxBody
	}
	if read := a.read.Load(); read > most {
		a.problem(r, b, "the server has read %d bytes, want %d at most", read, most)
	}
	if response.Close {
		return response
	}
	<-sent
	unknown := Request{Method: http.MethodGet, Path: a.target.Unknown}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: rosterd.example\r\n\r\n", unknown.Method, unknown.Path)
	if next, err := a.receive(unknown, in); err != nil || next.StatusCode != http.StatusNotFound {
		a.problem(r, b, "the next request on the connection got %+v, %v", next, err)
	}
	return response
}

// receive reads a response and checks it.
func (a *attack) receive(r Request, in *bufio.Reader) (*http.Response, error) {
	request, err := http.NewRequest(r.Method, r.Path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(in, request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusInternalServerError {
		return nil, fmt.Errorf("got status %d, %s", response.StatusCode, body)
	}
	if err := a.target.Check(response, string(body)); err != nil {
		return nil, fmt.Errorf("got status %d, %v, %s: %w", response.StatusCode, response.Header, body, err)
	}
	return response, nil
}

func allows(r *http.Response, method string) bool {
	for allowed := range strings.SplitSeq(r.Header.Get("Allow"), ",") {
		if strings.TrimSpace(allowed) == method {
			return true
		}
	}
	return false
}

// spaces has no end.
type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// counting is a listener that counts what its connections read.
type counting struct {
	net.Listener
	read *atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.read}, err
}

type countingConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}
