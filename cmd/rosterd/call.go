package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

const (
	// defaultURL is where rosterd serve listens if it is not told otherwise.
	defaultURL = "http://127.0.0.1:8080/v2.0"

	// tokenVariable holds the access token of rosterd call. There is no flag for the
	// token itself: others on the machine see command lines.
	tokenVariable = "ROSTERD_TOKEN"

	accessToken = "access_token" // the parameter that may hold it, too
)

// connection are the flags of what calls methods: of a server, or straight on a
// database.
type connection struct {
	URL string `name:"url" placeholder:"URL" help:"Server to call: an http, https, ws or wss URL; http://127.0.0.1:8080/v2.0 if neither this nor --db is given."`
	DB  string `name:"db" env:"-" placeholder:"DB" help:"Database to work on, without a server: as who holds the token, or without a token as the command line, which may do everything in its account."`
	accountFlag
	TokenFile string `type:"existingfile" placeholder:"FILE" help:"File with the access token; without it, the environment variable ROSTERD_TOKEN holds it. Others on the machine see command lines, so that there is no flag for the token itself."`
	settings
}

type callCommand struct {
	connection
	Timeout time.Duration `default:"2m" help:"How long the call may take."`
	Method  string        `arg:"" help:"Method to call. With --help after it, its parameters are told."`
	Params  []string      `arg:"" optional:"" help:"Parameters: name=value for each, where the value of a string is taken as it is and any other is JSON; or one JSON object with all of them; or - to read that from standard input."`
}

// Run calls the method and prints the result.
func (c *callCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	method, err := methodNamed(c.Method, c.Revision)
	if err != nil {
		return err
	}
	params, err := readParams(c.Params, env.stdin, method)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	client, err := c.connect(ctx, rpc.Options{CallTimeout: c.Timeout, Log: log}, hasMember(params, accessToken))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	var result jsontext.Value
	if err := client.Call(ctx, method.Name, params, &result); err != nil {
		return explain(method.Name, err)
	}
	if err := result.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, result)
	return err
}

// connect returns a client of the server or the database that is meant. o is for a
// server in this process; hasToken says that the calls bring a token of their own.
func (c *connection) connect(ctx context.Context, o rpc.Options, hasToken bool) (jsonrpc2.JSONRPC2, error) {
	token, err := c.token()
	switch {
	case err != nil:
		return nil, err
	case c.DB == "" && c.Account != 0:
		return nil, errors.New("--account is for --db; the account that a server is called for is the token's")
	case c.DB == "":
		return dialServer(ctx, c.URL, token)
	case c.URL != "":
		return nil, errors.New("--url (or ROSTERD_URL) and --db exclude each other")
	}
	return c.open(ctx, o, token, hasToken || token != "")
}

// token is the access token, "" if there is none.
func (c *connection) token() (string, error) {
	if c.TokenFile == "" {
		return os.Getenv(tokenVariable), nil
	}
	text, err := os.ReadFile(c.TokenFile)
	return strings.TrimSpace(string(text)), err
}

// dialServer returns a client of the server at address, defaultURL if it is empty.
func dialServer(ctx context.Context, address, token string) (jsonrpc2.JSONRPC2, error) {
	if address == "" {
		address = defaultURL
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	switch o := (rpc.ClientOptions{Token: token}); u.Scheme {
	case "http", "https":
		return rpc.Dial(address, o), nil
	case "ws", "wss":
		return rpc.DialWebSocket(ctx, address, o, nil)
	}
	return nil, fmt.Errorf("--url: %s is no http, https, ws or wss URL", address)
}

// open returns a client of a server in this process, which closes the database at
// the end.
func (c *connection) open(ctx context.Context, o rpc.Options, token string, hasToken bool) (_ *localClient, err error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	s, _, err := database{c.DB}.open(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	service, err := newService(s, config)
	if err != nil {
		return nil, err
	}
	guard := localGuard{byToken: methods.Guard(service)}
	switch {
	case hasToken && c.Account != 0:
		return nil, errors.New("--account is for a call without a token; with one, the account is the token's")
	case !hasToken:
		if guard.account, err = c.choose(ctx, service); err != nil {
			return nil, err
		}
	}
	o.Revision, o.Guard, o.Together = c.Revision, guard, methods.Together(service)
	api, err := rpc.New(o, methods.All(service)...)
	if err != nil {
		return nil, err
	}
	return &localClient{api.Client(rpc.Peer{Addr: "127.0.0.1", Bearer: token}), s, service, guard.account}, nil
}

// localClient is a client that holds a database.
type localClient struct {
	*rpc.Client
	store   *store.Store
	service *directory.Service
	account int64 // that the command line acts in; 0 if calls have tokens
}

// hashes are those of employees' passwords.
func (c *localClient) hashes(ctx context.Context, ids []int64) (map[int64]string, error) {
	return c.service.PasswordHashes(directory.WithActor(ctx, directory.CommandLine(c.account)), ids)
}

func (c *localClient) Close() error { return errors.Join(c.Client.Close(), c.store.Close()) }

// localGuard admits whoever has the database itself, as the command line of an
// account; where there is a token, it decides.
type localGuard struct {
	byToken rpc.Guard
	account int64
}

func (g localGuard) Admit(ctx context.Context, c rpc.Calls) (rpc.Admission, error) {
	switch {
	case c.Token != "":
		return g.byToken.Admit(ctx, c)
	case c.UserID.IsSet():
		return rpc.Admission{}, errors.At(errors.Forbidden, errors.Path{}.Key("user_id"), nil)
	}
	return rpc.Admission{Context: directory.WithMethod(directory.WithActor(ctx, directory.CommandLine(g.account)), c.Method.Name)}, nil
}

// table describes all methods under a revision.
func table(revision string) ([]rpc.Info, error) { return rpc.Describe(revision, methods.All(nil)...) }

// methodNamed finds a method, or says which are called nearly so.
func methodNamed(name, revision string) (rpc.Info, error) {
	all, err := table(revision)
	if err != nil {
		return rpc.Info{}, err
	}
	names := make([]string, len(all))
	for i, m := range all {
		if m.Name == name {
			return m, nil
		}
		names[i] = m.Name
	}
	return rpc.Info{}, fmt.Errorf("there is no method %s%s", name, suggest(name, names))
}

// readParams makes an object of what the command line says.
func readParams(args []string, stdin io.Reader, m rpc.Info) (jsontext.Value, error) {
	if len(args) == 1 && (args[0] == "-" || strings.HasPrefix(args[0], "{")) {
		text := []byte(args[0])
		if args[0] == "-" {
			var err error
			if text, err = io.ReadAll(io.LimitReader(stdin, rpc.DefaultMaxBody+1)); err != nil {
				return nil, err
			}
		}
		params := jsontext.Value(text)
		if !params.IsValid() || params.Kind() != '{' {
			return nil, errors.New("the parameters are no JSON object")
		}
		return params, nil
	}
	fields := map[string]*schema.Field{}
	var names []string
	for _, f := range m.Parameters() {
		fields[f.Name] = f
		names = append(names, f.Name)
	}
	params := map[string]any{}
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		_, twice := params[name]
		switch f := fields[name]; {
		case !ok:
			return nil, fmt.Errorf("parameter %s: want name=value, one JSON object, or -", arg)
		case name == accessToken:
			return nil, fmt.Errorf("others can see a token on the command line: give it in %s or with --token-file", tokenVariable)
		case f == nil:
			return nil, fmt.Errorf("%s has no parameter %s%s", m.Name, name, suggest(name, names))
		case twice:
			return nil, fmt.Errorf("parameter %s stands twice", name)
		case f.Type.Kind == schema.String || f.Type.Kind == schema.Enum:
			params[name] = text
		default:
			value := jsontext.Value(text)
			if !value.IsValid() {
				return nil, fmt.Errorf("parameter %s: want JSON (%s), not %s", name, f.TypeText(), text)
			}
			params[name] = value
		}
	}
	return json.Marshal(params, json.Deterministic(true))
}

// hasMember reports whether an object has a member.
func hasMember(object jsontext.Value, name string) bool {
	var members map[string]jsontext.Value
	err := json.Unmarshal(object, &members)
	return err == nil && members[name] != nil
}

// explain tells all that a server found wrong with a call, a line each.
func explain(method string, err error) error {
	var refused *jsonrpc2.Error
	if !errors.As(err, &refused) {
		return err
	}
	var data struct {
		Errors []struct {
			Message string  `json:"message"`
			Pointer *string `json:"pointer"`
			Value   *string `json:"value"`
		} `json:"errors"`
	}
	if refused.Data == nil || json.Unmarshal(*refused.Data, &data) != nil || len(data.Errors) == 0 {
		return fmt.Errorf("%s: %s", method, refused.Message)
	}
	var b strings.Builder
	b.WriteString(method + " was refused:")
	for _, e := range data.Errors {
		b.WriteString("\n  ")
		if e.Pointer != nil {
			b.WriteString(strings.TrimPrefix(*e.Pointer, "/") + ": ")
		}
		b.WriteString(e.Message)
		if e.Value != nil {
			fmt.Fprintf(&b, " (%q)", *e.Value)
		}
	}
	return errors.New(b.String())
}

// suggest asks whether one of the names is meant that are nearly word.
func suggest(word string, names []string) string {
	near := schema.Suggest(word, names)
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}

type openRPCCommand struct {
	URL string `name:"url" default:"http://127.0.0.1:8080/v2.0" placeholder:"URL" help:"Server that the document names; ${default} if not given."`
	revision
}

// Run prints the document.
func (c *openRPCCommand) Run(env environment) error {
	document, err := methods.OpenRPC(c.Revision, c.URL)
	if err == nil {
		err = document.Indent(jsontext.WithIndent("  "))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, document)
	return err
}
