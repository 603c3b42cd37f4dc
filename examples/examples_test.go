// Package examples_test sends the requests of this folder, which the README
// shows, to a server as make run starts it.
package examples_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

var update = flag.Bool("update", false, "write the answers that the server gives")

// Each N-name.json is answered with N-name.answer.json, and README.md shows that
// answer. So it is with stream-name.json and the messages that come over WebSocket.
func TestExamples(t *testing.T) {
	url, token := serve(t)
	readme := read(t, "../README.md")
	files, err := filepath.Glob("[0-9]-*.json")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".answer.json") {
			continue
		}
		sent++
		compare(t, file, post(t, url, token, read(t, file)), readme, "@examples/"+file)
	}
	if sent < 6 {
		t.Errorf("only %d examples were found", sent)
	}
	const stream = "stream-subscribe.json"
	got := listen(t, "ws"+strings.TrimPrefix(url, "http")+"/v2.0/ws", token, bytes.TrimSpace(read(t, stream)), 7)
	compare(t, stream, got, readme, "< examples/"+stream)
}

// compare holds what a request was answered with against its file and the README.
func compare(t *testing.T, file string, got, readme []byte, sends string) {
	t.Helper()
	got = append(got, '\n')
	answer := strings.TrimSuffix(file, ".json") + ".answer.json"
	if *update {
		if err := os.WriteFile(answer, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := read(t, answer)
	if !bytes.Equal(got, want) {
		t.Errorf("%s was answered with\n%s\nand not, as %s says, with\n%s", file, got, answer, want)
	}
	if !bytes.Contains(readme, want) {
		t.Errorf("README.md does not show %s", answer)
	}
	if !bytes.Contains(readme, []byte(sends)) {
		t.Errorf("README.md does not send %s", file)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// listen sends a request over WebSocket and returns the n messages that come, a
// line each.
func listen(t *testing.T, url, token string, request []byte, n int) []byte {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if err := ws.Write(t.Context(), websocket.MessageText, request); err != nil {
		t.Fatal(err)
	}
	messages := make([][]byte, n)
	for i := range messages {
		if _, messages[i], err = ws.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Join(messages, []byte("\n"))
}

// clock stands still, so that the README can show when something was done.
func clock() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }

// serve starts a server on a roster that is made as rosterd serve makes it.
func serve(t *testing.T) (url, token string) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "rosterd.db"), store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	service, err := directory.New(directory.Config{Store: s, Clock: clock, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	account, err := service.CreateAccount(ctx, directory.NewAccount{Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some("secret")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Seed(ctx, account.AccountID, read(t, "seed.json")); err != nil {
		t.Fatal(err)
	}
	api, err := rpc.New(rpc.Options{Revision: directory.RevisionSeed, Guard: methods.Guard(service), Together: methods.Together(service)}, methods.All(service)...)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", api.HTTP())
	mux.Handle("/v2.0/ws", api.WebSocket(rpc.WebSocketOptions{}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, account.AccessToken
}

func post(t *testing.T, url, token string, body []byte) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
