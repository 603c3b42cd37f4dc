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

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

var update = flag.Bool("update", false, "write the answers that the server gives")

// Each N-name.json is answered with N-name.answer.json, and README.md shows that
// answer.
func TestExamples(t *testing.T) {
	url, token := serve(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
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
		request, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := append(post(t, url, token, request), '\n')
		answer := strings.TrimSuffix(file, ".json") + ".answer.json"
		if *update {
			if err := os.WriteFile(answer, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(answer)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s was answered with\n%s\nand not, as %s says, with\n%s", file, got, answer, want)
		}
		if !bytes.Contains(readme, want) {
			t.Errorf("README.md does not show %s", answer)
		}
		if !bytes.Contains(readme, []byte("@examples/"+file)) {
			t.Errorf("README.md does not send examples/%s", file)
		}
	}
	if sent < 6 {
		t.Errorf("only %d examples were found", sent)
	}
}

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
	service, err := directory.New(directory.Config{Store: s, Clock: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	account, err := service.CreateAccount(ctx, directory.NewAccount{Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some("secret")})
	if err != nil {
		t.Fatal(err)
	}
	seed, err := os.ReadFile("seed.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Seed(ctx, account.AccountID, seed); err != nil {
		t.Fatal(err)
	}
	api, err := rpc.New(rpc.Options{Revision: directory.RevisionSeed, Guard: methods.Guard(service)}, methods.All(service)...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.HTTP())
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
