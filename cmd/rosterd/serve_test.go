package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// send posts a document and returns what came back.
func send(ctx context.Context, url, token, body string) (*http.Response, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response, string(answer), err
}

func (p *process) post(t *testing.T, token, body string) string {
	t.Helper()
	_, answer, err := send(t.Context(), p.url, token, body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return answer
}

// get fetches a path of the server.
func (p *process) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.origin()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// On an empty database serve makes an account, and what it prints works as it is.
func TestWelcome(t *testing.T) { each(t, testWelcome) }

func testWelcome(t *testing.T, db testdb.Opener) {
	dsn := db(t)
	s := serve(t, dsn, "--seed", seedExample)
	curl := regexp.MustCompile(`(?s)curl -sS (\S+) -H 'Authorization: Bearer ([a-z0-9]{40})' -d '(.*?)'\n`)
	until(t, "two curl commands", func() bool { return len(curl.FindAllString(s.stdout.String(), -1)) == 2 })
	welcome := s.stdout.String()
	line, _, _ := strings.Cut(welcome, "\n")
	var credentials directory.Credentials
	if err := json.Unmarshal([]byte(line), &credentials); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	curls := curl.FindAllStringSubmatch(welcome, -1)
	var answers []string
	for _, curl := range curls {
		_, answer, err := send(t.Context(), curl[1], curl[2], curl[3])
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer)
	}
	var created struct{ Result struct{ ID int64 } }
	if err := json.Unmarshal([]byte(answers[0]), &created); err != nil || created.Result.ID == 0 {
		t.Fatalf("create.employees: got %s (%v), want an id", answers[0], err)
	}
	type name struct {
		GroupName string `json:"group_name,omitempty"`
		SiteName  string `json:"site_domain_name,omitempty"`
	}
	type row struct {
		ID        int64          `json:"id"`
		FullName  string         `json:"full_name"`
		Email     string         `json:"email"`
		Schedule  string         `json:"schedule_name"`
		Numbers   []phone        `json:"phone_numbers"`
		Extension map[string]any `json:"extension"`
		Coach     map[string]any `json:"coach"`
		Groups    []name         `json:"groups"`
		Operator  struct {
			Login    string `json:"operator_login"`
			Name     string `json:"operator_display_name"`
			Position string `json:"operator_position_name"`
			Sites    []name `json:"operator_sites"`
		} `json:"operator"`
	}
	var read struct {
		Result struct {
			Data     []row
			Metadata struct {
				Total int64 `json:"total_items"`
			}
		}
	}
	if err := json.Unmarshal([]byte(answers[1]), &read); err != nil || read.Result.Metadata.Total != 2 || len(read.Result.Data) != 2 {
		t.Fatalf("get.employees: got %s (%v), want two", answers[1], err)
	}
	want := row{
		ID: created.Result.ID, FullName: "Petrova Anna", Email: "anna.petrova@example.com", Schedule: "Weekdays",
		Numbers:   []phone{{"+7 495 514-05-78", 1, 60}, {"74955140579...2345", 2, 30}},
		Extension: map[string]any{"extension_phone_number": "101", "extension_voice_mail_enabled": true, "extension_queue_enabled": false},
		Coach:     map[string]any{"coach_id": float64(credentials.UserID), "coach_full_name": "admin", "coach_always_enabled": false},
		Groups:    []name{{GroupName: "Sales"}, {GroupName: "Support"}},
	}
	want.Operator.Login, want.Operator.Name, want.Operator.Position, want.Operator.Sites = "anna", "Anna", "Consultant", []name{{SiteName: "example.com"}}
	if diff := cmp.Diff(want, read.Result.Data[1]); diff != "" {
		t.Errorf("the employee (-want +got):\n%s", diff)
	}

	// The password that was printed signs in.
	password := regexp.MustCompile(`with password (\S+)`).FindStringSubmatch(welcome)
	if password == nil {
		t.Fatalf("no password:\n%s", welcome)
	}
	if answer := s.post(t, "", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":"admin","password":%q}}`, password[1])); !strings.Contains(answer, `"access_token"`) {
		t.Errorf("login.user: got %s, want a token", answer)
	}
	for _, secret := range []string{password[1], credentials.AccessToken} {
		if strings.Contains(s.stderr.String(), secret) {
			t.Errorf("the log holds %s:\n%s", secret, s.stderr.String())
		}
	}
	s.stop(t)
	again := serve(t, dsn, "--seed", seedExample)
	again.stop(t)
	if out := again.stdout.String(); out != "" {
		t.Errorf("the second time: got %q, want nothing", out)
	}
}

type phone struct {
	Text     string `json:"phone_number"`
	Channels int64  `json:"channels_count"`
	Time     int64  `json:"dial_time"`
}

// A seed that is wrong must not cost the credentials, which are printed only once.
func TestWelcomeBadSeed(t *testing.T) { each(t, testWelcomeBadSeed) }

func testWelcomeBadSeed(t *testing.T, db testdb.Opener) {
	dsn, seed := db(t), filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(seed, []byte(`{"skills": [{"name": ""}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := command(t, "", "serve", "--db", dsn, "--listen", "127.0.0.1:0", "--seed", seed)
	wantError(t, "bad seed", err, "/skills/0/name")
	s := serve(t, dsn)
	if second := s.stdout.String(); strings.Count(first+second, `"access_token"`) != 1 {
		t.Errorf("got %q and then %q, want credentials once", first, second)
	}
}

func TestHealth(t *testing.T) { each(t, testHealth) }

func testHealth(t *testing.T, db testdb.Opener) {
	dsn, _ := newDatabase(t, db)
	s := serve(t, dsn)
	ids := map[string]bool{}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		response, body := s.get(t, path)
		if response.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s: got %d %q, want 200 %q", path, response.StatusCode, body, want)
		}
		ids[response.Header.Get("X-Request-Id")] = true
	}
	if response, _ := s.get(t, "/nowhere"); response.StatusCode != http.StatusNotFound {
		t.Errorf("/nowhere: got %d, want 404", response.StatusCode)
	} else {
		ids[response.Header.Get("X-Request-Id")] = true
	}
	for _, path := range []string{"/v2.0", "/v2.0/", "/"} {
		response, answer, err := send(t.Context(), strings.TrimSuffix(s.url, "/v2.0")+path, "", `{`)
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(answer, "parse_error") {
			t.Errorf("POST %s: got %s, %v, want the Data API", path, answer, err)
			continue
		}
		ids[response.Header.Get("X-Request-Id")] = true
	}
	for id := range ids {
		if uuid.Validate(id) != nil {
			t.Errorf("got request id %q, want a UUID", id)
		}
	}
	if len(ids) != 6 {
		t.Errorf("6 requests have the ids %v, want as many", ids)
	}
}

// readyz says no while the server stops, and when the database does not answer.
func TestNotReady(t *testing.T) { each(t, testNotReady) }

func testNotReady(t *testing.T, db testdb.Opener) {
	dsn, _ := newDatabase(t, db)
	s, err := store.Open(t.Context(), dsn, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var stopping atomic.Bool
	handler := http.NewServeMux()
	addHealth(handler, s, &stopping, slog.New(slog.DiscardHandler))
	want := func(what, path string, code int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != code || w.Body.String() != body {
			t.Errorf("%s: got %d %q, want %d %q", what, w.Code, w.Body, code, body)
		}
	}
	want("at work", "/readyz", http.StatusOK, "ready\n")
	stopping.Store(true)
	want("stopping", "/readyz", http.StatusServiceUnavailable, "stopping\n")
	want("stopping", "/healthz", http.StatusOK, "ok\n")
	stopping.Store(false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want("without database", "/readyz", http.StatusServiceUnavailable, "the database is not ready; the log says why\n")
}

// A database that takes a connection and says nothing is not ready, and readyz does
// not wait as long as connecting may take.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s, err := store.Open(t.Context(), "postgres://rosterd@"+listener.Addr().String()+"/roster?sslmode=disable&connect_timeout=600", store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	handler := http.NewServeMux()
	addHealth(handler, s, &atomic.Bool{}, slog.New(slog.DiscardHandler))
	answered := make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/readyz", nil))
		answered <- w.Code
	}()
	select {
	case code := <-answered:
		if code != http.StatusServiceUnavailable {
			t.Errorf("got %d, want 503", code)
		}
	case <-time.After(patience):
		t.Errorf("no answer in %s", patience)
	}
}

// slowBatch creates n operators, whose passwords take their time.
func slowBatch(n int) string {
	calls := make([]string, n)
	for i := range calls {
		calls[i] = fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"create.employees","params":{"last_name":"Slow","phone_numbers":[],
			"operator":{"operator_login":"slow%d","operator_display_name":"Slow","operator_password":"secret12"}}}`, i, i)
	}
	return "[" + strings.Join(calls, ",") + "]"
}

// underWay posts body and returns when the server reads it. The answer, or "" if
// there was none, comes on the channel.
func (p *process) underWay(t *testing.T, token, body string) <-chan string {
	t.Helper()
	begun, answered := make(chan struct{}), make(chan string, 1)
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Expect", "100-continue") // which the server says when it reads the body
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	go func() {
		defer client.CloseIdleConnections()
		response, err := client.Do(request)
		if err != nil {
			answered <- ""
			return
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			answer = nil
		}
		answered <- string(answer)
	}()
	select {
	case <-begun:
	case <-time.After(time.Minute):
		t.Fatal("the server does not read the request")
	}
	time.Sleep(50 * time.Millisecond) // and hands it on, before another that may follow
	return answered
}

// SIGTERM lets what runs finish, and answers it.
func TestStop(t *testing.T) { each(t, testStop) }

func testStop(t *testing.T, db testdb.Opener) {
	const n = 40
	dsn, credentials := newDatabase(t, db)
	s := serve(t, dsn)
	answered := s.underWay(t, credentials.AccessToken, slowBatch(n))
	s.signal(t)
	until(t, "the log says that it stops", func() bool { return strings.Contains(s.stderr.String(), `"msg":"stopping"`) })
	select {
	case answer := <-answered:
		t.Fatalf("answered before it was told to stop: %s", answer)
	default:
	}
	until(t, "no new connection is taken", func() bool {
		conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/v2.0"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	answer := <-answered
	if got := strings.Count(answer, `"result"`); got != n || strings.Contains(answer, `"error"`) {
		t.Errorf("got %d results, want %d: %s", got, n, answer)
	}
	if code := s.exit(t); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	again := serve(t, dsn)
	if answer := again.post(t, credentials.AccessToken, `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"limit":1}}`); !strings.Contains(answer, fmt.Sprintf(`"total_items":%d`, n+1)) {
		t.Errorf("started again: got %s, want %d employees", answer, n+1)
	}
}

// What runs longer than --stop-timeout is given up, and the exit code says so.
func TestStopTimeout(t *testing.T) { each(t, testStopTimeout) }

func testStopTimeout(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	s := serve(t, dsn, "--stop-timeout", "10ms")
	s.underWay(t, credentials.AccessToken, slowBatch(100))
	s.signal(t)
	if code := s.exit(t); code != 1 || !strings.Contains(s.stderr.String(), "calls still ran after 10ms") {
		t.Errorf("got exit code %d, want 1 with the reason:\n%s", code, s.stderr.String())
	}
}

// Flags reach what they are about.
func TestServeFlags(t *testing.T) {
	db, credentials := newDatabase(t, testdb.SQLite)
	s := serve(t, db, "--max-body", "1000", "--batch-limit", "2", "--notifications", "off", "--revision", "current",
		"--max-connections", "2", "--read-timeout", "200ms", "--idle-timeout", "200ms")
	const call = `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`
	operator := func(password string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"create.employees","params":{"last_name":"x","operator":{"operator_login":"x","operator_display_name":"x","operator_password":"` + password + `"}}}`
	}
	for _, tt := range []struct {
		name, body, want string
		status           int
	}{
		{"a body as long as allowed", call + strings.Repeat(" ", 1000-len(call)), `"result"`, http.StatusOK},
		{"a longer one", call + strings.Repeat(" ", 1001-len(call)), "invalid_request", http.StatusRequestEntityTooLarge},
		{"a batch as long as allowed", "[" + call + "," + call + "]", `"result"`, http.StatusOK},
		{"a longer one", "[" + call + "," + call + "," + call + "]", "invalid_request", http.StatusOK},
		{"a notification", `{"jsonrpc":"2.0","method":"get.employees"}`, "notifications_not_supported", http.StatusOK},
		{"a password too short for the revision", operator("1234567"), "invalid_parameter_value", http.StatusOK},
		{"one that is not, and no numbers", operator("12345678"), `"result"`, http.StatusOK},
	} {
		response, answer, err := send(t.Context(), s.url, credentials.AccessToken, tt.body)
		if err != nil || response.StatusCode != tt.status || !strings.Contains(answer, tt.want) {
			t.Errorf("%s: got %s, %v, want %s with status %d", tt.name, answer, err, tt.want, tt.status)
		}
	}
	http.DefaultClient.CloseIdleConnections()

	// Two connections that say nothing hold up a third until their time is over.
	address := strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/v2.0")
	started := time.Now()
	for range 2 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	time.Sleep(20 * time.Millisecond) // they are taken first
	if answer := s.post(t, credentials.AccessToken, call); !strings.Contains(answer, `"result"`) {
		t.Errorf("the third connection: got %s", answer)
	}
	if took := time.Since(started); took < 200*time.Millisecond {
		t.Errorf("the third connection was served after %s, want it to wait for --read-timeout of the others", took)
	}
}

// A token that is made while the server runs is good at once, and one that is revoked
// good for a second at most.
func TestTokenWhileServing(t *testing.T) { each(t, testTokenWhileServing) }

func testTokenWhileServing(t *testing.T, db testdb.Opener) {
	dsn, _ := newDatabase(t, db)
	s := serve(t, dsn)
	token := newToken(t, dsn)
	const call = `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`
	if answer := s.post(t, token, call); !strings.Contains(answer, `"total_items":1`) {
		t.Errorf("new token: got %s, want the administrator", answer)
	}
	lines := strings.Split(strings.TrimSpace(must(t, "", "token", "list", "--db", dsn)), "\n")
	id := strings.Fields(lines[len(lines)-1])[0]
	must(t, "", "token", "revoke", "--db", dsn, id)
	time.Sleep(time.Second)
	if answer := s.post(t, token, call); !strings.Contains(answer, "access_token_invalid") {
		t.Errorf("revoked token: got %s, want access_token_invalid", answer)
	}
}

// writePair makes a self-signed certificate with a serial number and writes it and
// its key.
func writePair(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "rosterd test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	writeFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	db, credentials := newDatabase(t, testdb.SQLite)
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	writePair(t, certFile, keyFile, 1)
	s := serve(t, db, "--tls-cert", certFile, "--tls-key", keyFile)
	if !strings.HasPrefix(s.url, "https://127.0.0.1:") {
		t.Fatalf("got url %s, want https", s.url)
	}

	roots := x509.NewCertPool()
	cert, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	roots.AppendCertsFromPEM(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	api := rpc.Dial(s.url, rpc.ClientOptions{Token: credentials.AccessToken, HTTP: client})
	defer api.Close()
	var result struct{ Data []struct{ Login string } }
	if err := api.Call(t.Context(), "get.employees", nil, &result); err != nil || len(result.Data) != 1 || result.Data[0].Login != "admin" {
		t.Errorf("over TLS: got %+v, %v, want the administrator", result, err)
	}

	address := strings.TrimSuffix(strings.TrimPrefix(s.url, "https://"), "/v2.0")
	serial := func(c *tls.Config) int64 {
		t.Helper()
		c.InsecureSkipVerify = true // the test looks at the certificate itself
		conn, err := tls.Dial("tcp", address, c)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(&tls.Config{}); got != 1 {
		t.Errorf("got certificate %d, want 1", got)
	}
	if conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	writeFile(t, certFile, []byte("half a certif"))
	until(t, "the log tells of the broken file", func() bool {
		if got := serial(&tls.Config{}); got != 1 {
			t.Fatalf("with a broken file: got certificate %d, want 1", got)
		}
		return strings.Contains(s.stderr.String(), "certificate not reloaded")
	})
	writePair(t, certFile, keyFile, 2)
	until(t, "the new certificate is used", func() bool { return serial(&tls.Config{}) == 2 })
}

func TestPlainHTTP(t *testing.T) {
	for _, tt := range []struct {
		listen   string
		insecure bool
		allowed  bool
	}{
		{"127.0.0.1:8080", false, true},
		{"127.1.2.3:8080", false, true},
		{"[::1]:8080", false, true},
		{"localhost:8080", false, true},
		{"0.0.0.0:8080", false, false},
		{"[::]:8080", false, false},
		{":8080", false, false},
		{"192.0.2.1:8080", false, false},
		{"localhost.example.com:8080", false, false},
		{"0.0.0.0:8080", true, true},
	} {
		c := serveCommand{Listen: tt.listen, InsecureHTTP: tt.insecure}
		certificate, err := c.certificate(slog.New(slog.DiscardHandler))
		if (err == nil) != tt.allowed || certificate != nil {
			t.Errorf("%s, --insecure-http %t: got %v, %v, want allowed: %t", tt.listen, tt.insecure, certificate, err, tt.allowed)
		}
	}
}

func TestLogFormat(t *testing.T) {
	for _, tt := range []struct {
		format   string
		terminal bool
		want     string
	}{
		{"auto", true, "time="},
		{"auto", false, "{"},
		{"text", false, "time="},
		{"json", true, "{"},
	} {
		var out strings.Builder
		c := commands{LogLevel: "warn", LogFormat: tt.format}
		log := c.logger(environment{stderr: &out, terminal: tt.terminal})
		log.Info("below the level")
		log.Warn("message")
		if got := out.String(); !strings.HasPrefix(got, tt.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s, terminal %t: got %q, want one line from %q", tt.format, tt.terminal, got, tt.want)
		}
	}
}

// The log is JSON where nobody watches, tells of each request by its id, and holds
// no secret, even at level debug.
func TestLog(t *testing.T) { each(t, testLog) }

func testLog(t *testing.T, db testdb.Opener) {
	dsn, credentials := newDatabase(t, db)
	s := serve(t, dsn, "--log-level", "debug")
	token := newToken(t, dsn)
	const wrong, operator, unknown = "wrong-password-1", "oper-pw1", "unknowntokenunknowntokenunknowntoken1234"
	secrets := []string{adminPassword, url.QueryEscape(adminPassword), wrong, operator, unknown, token, credentials.AccessToken}
	login := s.post(t, "", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":"admin","password":%q}}`, adminPassword))
	session := regexp.MustCompile(`"access_token":"([a-z0-9]{40})"`).FindStringSubmatch(login)
	if session == nil {
		t.Fatalf("login.user: got %s, want a token", login)
	}
	secrets = append(secrets, session[1])
	create := fmt.Sprintf(`"method":"create.employees","params":{"access_token":%q,"last_name":"Petrova","phone_numbers":[],"operator":{"operator_login":"anna","operator_display_name":"A","operator_password":%q}}`, session[1], operator)
	for _, call := range []struct{ token, body, want string }{
		{"", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":"admin","password":%q}}`, wrong), "auth_error"},
		{"", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"login.user","params":{"login":1,"password":[%q]}}`, wrong), "data_type_error"},
		{unknown, `{"jsonrpc":"2.0","id":1,"method":"get.employees"}`, "access_token_invalid"},
		{"", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":[%q]}}`, token), "data_type_error"},
		{"", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q}`, token), "method_not_found"},
		{"", `{"jsonrpc":"2.0","id":1,` + create + `}`, `"result"`},
		{"", `[{"jsonrpc":"2.0","id":1,` + create + `},{"jsonrpc":"2.0",` + create + `}]`, "already_in_use"},
		{token, `{"jsonrpc":"2.0","id":1,"method":"create.employees","params":{"last_name":"x","phone_numbers":[],"operator":{"operator_password":"` + operator + operator + `"}}}`, "invalid_parameter_value"},
		{token, `{"jsonrpc":"2.0","id":1,"password":"` + wrong, "parse_error"},
		{token, `{"jsonrpc":"2.0","id":1,"method":"logout.user"}`, `"result"`},
	} {
		if answer := s.post(t, call.token, call.body); !strings.Contains(answer, call.want) {
			t.Errorf("%s: got %s, want %s", call.body, answer, call.want)
		}
	}
	for _, request := range []*http.Request{
		s.request(t, http.MethodPost, "/api/v1/login", mediaJSON, fmt.Sprintf(`{"user":"admin","password":%q}`, adminPassword)),
		s.request(t, http.MethodPost, "/api/v1/login", mediaJSON, fmt.Sprintf(`{"user":"admin","password":%q}`, wrong)),
		s.request(t, http.MethodPost, "/2011-12-03/auth/login?"+url.Values{"username": {"admin"}, "password": {adminPassword}}.Encode(), "", ""),
		s.request(t, http.MethodPost, "/2011-12-03/auth/login?"+url.Values{"username": {"admin"}, "password": {wrong}}.Encode(), "", ""),
	} {
		if got := answered(t, request).StatusCode; got != http.StatusOK && got != http.StatusUnauthorized {
			t.Errorf("%s: got %d", request.URL.Path, got)
		}
	}
	response, _ := s.get(t, "/healthz")
	id := response.Header.Get("X-Request-Id")
	until(t, "the log tells of the last request", func() bool { return strings.Contains(s.stderr.String(), id) })
	s.stop(t)

	log := s.stderr.String()
	for _, secret := range append(secrets, "argon2") {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the secret %q:\n%s", secret, log)
		}
	}
	requests := 0
	for line := range strings.Lines(log) {
		var entry struct {
			Time                                time.Time
			Level, Msg, Request, Path, Mnemonic string
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level == "" || entry.Msg == "" || entry.Time.IsZero() {
			t.Errorf("got line %q (%v), want JSON with time, level and msg", line, err)
		}
		if entry.Msg == "request" {
			requests++
			if entry.Request == "" || entry.Path == "" {
				t.Errorf("got line %q, want a request's id and path", line)
			}
		}
		if entry.Msg == "call failed" && (entry.Request == "" || entry.Mnemonic == "") {
			t.Errorf("got line %q, want a request's id and a mnemonic", line)
		}
	}
	if requests != 16 || !strings.Contains(log, `"call failed"`) {
		t.Errorf("got %d requests in the log, want 16 and those that failed:\n%s", requests, log)
	}

	text := serve(t, dsn, "--log-format", "text")
	text.stop(t)
	if line, _, _ := strings.Cut(text.stderr.String(), "\n"); !strings.HasPrefix(line, "time=") || !strings.Contains(line, "level=INFO msg=listening") {
		t.Errorf("--log-format text: got line %q", line)
	}
}
