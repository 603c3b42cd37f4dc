package methods_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	metaschema "github.com/open-rpc/meta-schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

var update = flag.Bool("update", false, "write examples.json: what the methods answer to their examples")

// Every method's Example is called on a new roster, made as rosterd init
// and rosterd seed examples/seed.json make it, and by the calls of
// testdata/examples/roster.json, an hour before. Clock and randomness are always
// the same, and so is every id:
//
//	1       the account
//	2       the administrator, who calls: login "admin", password "a long password"
//	3 … 9   the standard statuses, available first
//	11, 12  positions: Consultant, Team lead
//	13, 14  groups: Sales, Support
//	15      schedule: Weekdays
//	16      site: example.com
//	17      skill: English
//	18      Anna Petrova: numbers 19 and 21, hers as 20 and 22; extension 101, operator anna
//	23      schedule: Weekends
//	24      site: example.org
//	25      status: Business trip
//	26      group: Night shift
//	27, 29  virtual numbers: 74951234567, 74951234568
//	28      Anna's SIP line, with the first of these
//	30      Ivan Kuznetsov
//
// For get.customer_users alone there is another account, with member
// boss@example.com, whose partner the account is.
//
// What another example refers to is made by a call at the end of roster.json, and
// noted here.
const exampleRoster = "testdata/examples/roster.json"

// TestExamples calls the examples, and holds examples.json to the answers.
func TestExamples(t *testing.T) {
	const howTo = "give its literal an Example that works on the roster described at exampleRoster, and run make generate"
	results := map[string]jsontext.Value{}
	table, err := rpc.Describe(directory.RevisionSeed, methods.All(nil)...)
	if err != nil {
		t.Fatal(err)
	}
	reading := newExampleRoster(t) // what only reads can share one
	for _, m := range table {
		if m.Example == "" {
			t.Errorf("%s has no example: %s", m.Name, howTo)
			continue
		}
		r := reading
		if !strings.HasPrefix(m.Name, "get.") || m.Name == partnersOnly {
			r = newExampleRoster(t)
		}
		if m.Name == partnersOnly {
			r.becomePartner(t)
		}
		result, err := r.call(m.Name, jsontext.Value(m.Example))
		if err != nil {
			t.Errorf("the example of %s fails: %v\n%s\n%s", m.Name, err, m.Example, howTo)
			continue
		}
		if m.Name == "rpc.discover" {
			result = abridged(t, result)
		}
		results[m.Name] = result
	}

	const file = "examples.json"
	text := []byte("{")
	for i, name := range slices.Sorted(maps.Keys(results)) {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, "\n  \""+name+"\": "+string(results[name])...)
	}
	text = append(text, "\n}\n"...)
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(os.ReadFile(file))(t); !bytes.Equal(got, text) {
		t.Errorf("%s is stale, run make generate; it holds\n%s\nand the server answers\n%s", file, got, text)
	}
}

// abridged is an OpenRPC document without its methods: as an example, it stands
// in itself.
func abridged(t *testing.T, document jsontext.Value) jsontext.Value {
	t.Helper()
	var part struct {
		OpenRPC string         `json:"openrpc"`
		Info    jsontext.Value `json:"info"`
		Methods []struct{}     `json:"methods"`
	}
	if err := json.Unmarshal(document, &part); err != nil {
		t.Fatal(err)
	}
	part.Methods = nil
	return must(json.Marshal(part))(t)
}

// roster is a server with what examples refer to.
type roster struct {
	client  jsonrpc2.JSONRPC2
	service *directory.Service
	account int64
}

// becomePartner makes another account, whose partner the roster's is.
func (r roster) becomePartner(t *testing.T) {
	t.Helper()
	customer := must(r.service.CreateAccount(t.Context(), directory.NewAccount{Name: schema.Some("Customer"), Login: schema.Some("boss@example.com"), Password: schema.Some("x")}))(t)
	if err := r.service.UpdateAccount(t.Context(), directory.UpdateAccount{ID: schema.Some(customer.AccountID), PartnerID: schema.Some(r.account)}); err != nil {
		t.Fatal(err)
	}
}

// exampleFile is a database with the roster, its access token and its account.
var exampleFile = sync.OnceValue(func() (made struct {
	file    []byte
	token   string
	account int64
	err     error
}) {
	dir, err := os.MkdirTemp("", "rosterd")
	if err != nil {
		made.err = err
		return made
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "rosterd.db")
	made.token, made.account, made.err = makeExampleRoster(context.Background(), file)
	if made.err == nil {
		made.file, made.err = os.ReadFile(file)
	}
	return made
})

func makeExampleRoster(ctx context.Context, file string) (token string, account int64, err error) {
	db, err := store.Open(ctx, file, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return "", 0, err
	}
	service, api, err := exampleServer(db, &clock{now: dawn}, 0)
	if err != nil {
		return "", 0, err
	}
	made, err := service.CreateAccount(ctx, directory.NewAccount{
		Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some("a long password"),
	})
	if err != nil {
		return "", 0, err
	}
	seed, err := os.ReadFile("../examples/seed.json")
	if err != nil {
		return "", 0, err
	}
	if _, err := service.Seed(ctx, made.AccountID, seed); err != nil {
		return "", 0, err
	}
	client := api.Client(rpc.Peer{Bearer: made.AccessToken})
	defer client.Close()
	var calls []struct {
		Method string         `json:"method"`
		Params jsontext.Value `json:"params"`
	}
	text, err := os.ReadFile(exampleRoster)
	if err == nil {
		err = json.Unmarshal(text, &calls)
	}
	if err != nil {
		return "", 0, err
	}
	for i, c := range calls {
		if err := client.Call(ctx, c.Method, c.Params, nil); err != nil {
			return "", 0, fmt.Errorf("call %d of %s, %s: %w", i+1, exampleRoster, c.Method, err)
		}
	}
	return made.AccessToken, made.AccountID, nil
}

// exampleServer is a server whose randomness is told by seed.
func exampleServer(db *store.Store, now *clock, seed byte) (*directory.Service, *rpc.Server, error) {
	service, err := directory.New(directory.Config{Store: db, Clock: now.Now, Random: rand.NewChaCha8([32]byte{seed}), SecretKey: make([]byte, directory.SecretKeySize)})
	if err != nil {
		return nil, nil, err
	}
	api, err := rpc.New(rpc.Options{Revision: service.Revision(), Guard: methods.Guard(service), Together: methods.Together(service)}, methods.All(service)...)
	return service, api, err
}

// newExampleRoster is a copy of the roster, an hour later.
func newExampleRoster(t *testing.T) roster {
	t.Helper()
	made := exampleFile()
	if made.err != nil {
		t.Fatal(made.err)
	}
	file := filepath.Join(t.TempDir(), "rosterd.db")
	if err := os.WriteFile(file, made.file, 0o600); err != nil {
		t.Fatal(err)
	}
	db := must(store.Open(t.Context(), file, store.Options{Log: slog.New(slog.DiscardHandler)}))(t)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := &clock{now: dawn}
	now.advance(time.Hour)
	service, api, err := exampleServer(db, now, 1)
	if err != nil {
		t.Fatal(err)
	}
	sockets := api.WebSocket(rpc.WebSocketOptions{}) // which carries all methods
	server := httptest.NewServer(sockets)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if err := sockets.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	client := must(rpc.DialWebSocket(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), rpc.ClientOptions{Token: made.token}, nil))(t)
	return roster{client, service, made.account}
}

func (r roster) call(method string, params jsontext.Value) (result jsontext.Value, err error) {
	err = r.client.Call(context.Background(), method, params, &result)
	return result, err
}

// TestOpenRPC validates the document: against OpenRPC's own schema, and its
// examples against its own schemas.
func TestOpenRPC(t *testing.T) {
	// Its dialect is draft-07 under another name, which also stands on one of its
	// parts and would end the reach of references within it.
	meta := strings.ReplaceAll(metaschema.RawOpenrpc_document, `"$schema":"https://meta.json-schema.tools/","$id":"https://meta.json-schema.tools/",`, "")
	meta = strings.ReplaceAll(meta, `"$schema":"https://meta.json-schema.tools/"`, `"$schema":"http://json-schema.org/draft-07/schema#"`)
	const metaURL, documentURL = "https://meta.open-rpc.org/", "https://example.com/openrpc.json"

	for _, revision := range []string{directory.RevisionSeed, directory.RevisionCurrent} {
		text := must(methods.OpenRPC(revision, "http://127.0.0.1:8080/v2.0"))(t)
		parsed := must(jsonschema.UnmarshalJSON(bytes.NewReader(text)))(t)
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft7)
		for url, document := range map[string]any{metaURL: must(jsonschema.UnmarshalJSON(strings.NewReader(meta)))(t), documentURL: parsed} {
			if err := c.AddResource(url, document); err != nil {
				t.Fatal(err)
			}
		}
		if err := must(c.Compile(metaURL))(t).Validate(parsed); err != nil {
			t.Errorf("revision %s: the document is no OpenRPC: %v", revision, err)
		}

		var document struct {
			OpenRPC string `json:"openrpc"`
			Methods []struct {
				Name   string `json:"name"`
				Params []struct {
					Name     string `json:"name"`
					Required bool   `json:"required"`
				} `json:"params"`
				Examples []struct {
					Params []namedValue `json:"params"`
					Result namedValue   `json:"result"`
				} `json:"examples"`
			} `json:"methods"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		if document.OpenRPC != rpc.OpenRPCVersion || len(document.Methods) != len(methods.All(nil)) {
			t.Errorf("revision %s: OpenRPC %s with %d methods, want %s with %d", revision, document.OpenRPC, len(document.Methods), rpc.OpenRPCVersion, len(methods.All(nil)))
		}
		for i, m := range document.Methods {
			at := documentURL + "#/methods/" + strconv.Itoa(i)
			if len(m.Examples) == 0 {
				t.Errorf("revision %s: %s has no example; run make generate", revision, m.Name)
			}
			for _, example := range m.Examples {
				given := map[string]jsontext.Value{}
				for _, p := range example.Params {
					given[p.Name] = p.Value
				}
				for j, p := range m.Params {
					value, isGiven := given[p.Name]
					if delete(given, p.Name); !isGiven {
						if p.Required {
							t.Errorf("revision %s: the example of %s lacks %s", revision, m.Name, p.Name)
						}
						continue
					}
					validates(t, c, at+"/params/"+strconv.Itoa(j)+"/schema", value)
				}
				if len(given) > 0 {
					t.Errorf("revision %s: the example of %s has parameters that the method lacks: %v", revision, m.Name, given)
				}
				validates(t, c, at+"/result/schema", example.Result.Value)
			}
		}
	}
}

type namedValue struct {
	Name  string         `json:"name"`
	Value jsontext.Value `json:"value"`
}

// validates holds a value to the schema at a place of a document.
func validates(t *testing.T, c *jsonschema.Compiler, at string, value jsontext.Value) {
	t.Helper()
	instance := must(jsonschema.UnmarshalJSON(bytes.NewReader(value)))(t)
	if err := must(c.Compile(at))(t).Validate(instance); err != nil {
		t.Errorf("%s refuses %s: %v", at, value, err)
	}
}
