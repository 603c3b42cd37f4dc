package methods_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/rpc/wiretest"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
	"github.com/rosterd/rosterd/store/testdb"
)

// dawn is when every bench begins; its clock stands still until it is moved.
var dawn = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// clock is a clock that only a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// settings are what benches differ in.
type settings struct {
	revision string
	account  directory.UpdateAccount // of the first account; its ID is set
	rpc      rpc.Options
	store    store.Options
	later    time.Duration // how long ago all was made

	noKey, noSIPServer bool
}

// sipServer is where the benches' SIP lines register.
const sipServer = "sip.example.com:5060"

// bench is a server on a real socket over a real database, with two accounts, one
// more in Moscow and one that is disabled, a partner, and members of every role. Vars
// names what is in it.
type bench struct {
	dsn     string
	store   *store.Store
	service *directory.Service
	clock   *clock
	client  *http.Client
	url     string
	sockets string            // URL for WebSocket, where answers come in order
	vars    map[string]string // JSON texts, see wiretest

	closeStore func() error // once, however often it is called
}

// seed is what employees of an account can refer to.
const seed = `{
	"group_employees": [{"name": "Sales"}, {"name": "Support"}],
	"employee_positions": [{"name": "Consultant"}, {"name": "Team lead"}],
	"schedules": [
		{"name": "Weekdays", "schedules": [{"activity_days": {"type": "days_of_week", "days": [1, 2, 3, 4, 5]}}]},
		{"name": "Weekends", "schedules": [{"activity_days": {"type": "days_of_week", "days": [0, 6]}}]}
	],
	"sites": [{"domain_name": "example.com"}, {"domain_name": "example.org"}],
	"skills": [{"name": "Billing"}, {"name": "Hardware"}]
}`

// seedVars are the variables for what seed makes, in the order of Service.Seed.
var seedVars = []string{"position1", "position2", "group1", "group2", "schedule1", "schedule2", "site1", "site2", "skill1", "skill2"}

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	adminLogin    = "Admin@example.com"
	adminPassword = "correct horse battery staple"
)

// prepared is the database that every bench begins with. fixtures names what is in
// it: in SQLite and in PostgreSQL, each made once.
var (
	prepared = &testdb.Template{Prepare: prepare}
	fixtures sync.Map // by whether it is a file: map[string]string
)

// newBench is a bench without a server.
func newBench(t testing.TB, dsn string, s settings) *bench {
	t.Helper()
	s.store.Log = slog.New(slog.DiscardHandler)
	db := must(store.Open(t.Context(), dsn, s.store))(t)
	b := &bench{dsn: dsn, store: db, clock: &clock{now: dawn}, vars: map[string]string{}, closeStore: sync.OnceValue(db.Close)}
	config := directory.Config{Store: db, Revision: s.revision, Clock: b.clock.Now, Random: rand.Reader}
	if !s.noKey {
		config.SecretKey = bytes.Repeat([]byte{7}, directory.SecretKeySize)
	}
	if !s.noSIPServer {
		config.SIPServer = sipServer
	}
	b.service = must(directory.New(config))(t)
	return b
}

func start(t *testing.T, open testdb.Opener, s settings) *bench {
	t.Helper()
	b := newBench(t, open(t), s)
	t.Cleanup(func() {
		if err := b.closeStore(); err != nil {
			t.Error(err)
		}
	})
	fixture, _ := fixtures.Load(store.IsFile(b.dsn))
	maps.Copy(b.vars, fixture.(map[string]string))
	s.rpc.Revision, s.rpc.Guard, s.rpc.Together = s.revision, methods.Guard(b.service), methods.Together(b.service)
	api := must(rpc.New(s.rpc, methods.All(b.service)...))(t)
	sockets := api.WebSocket(rpc.WebSocketOptions{StreamOptions: rpc.StreamOptions{MaxInFlight: 1}})
	mux := http.NewServeMux()
	mux.Handle("/", api.HTTP())
	mux.Handle("/ws", sockets)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if err := sockets.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	b.client, b.url, b.sockets = server.Client(), server.URL, "ws"+strings.TrimPrefix(server.URL, "http")+"/ws"
	s.account.ID = schema.Some(b.id(t, "account"))
	b.setAccount(t, s.account)
	b.clock.advance(s.later)
	return b
}

// prepare makes the accounts and members of every bench.
func prepare(t testing.TB, dsn string) {
	b := newBench(t, dsn, settings{})
	if err := b.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	account := b.newAccount(t, "", adminLogin, adminPassword)
	for _, role := range []directory.Role{directory.Manager, directory.Reader, directory.Agent, directory.Expert} {
		b.newMember(t, account, string(role), role)
	}
	admin := b.id(t, "admin")
	b.newToken(t, account, admin, "expired", func(k *directory.Token) { k.ExpiresAt = dawn })
	b.newToken(t, account, admin, "blocked", func(k *directory.Token) { k.Blocked = true })
	b.newToken(t, account, admin, "narrow", func(k *directory.Token) {
		k.Rights = []directory.Right{directory.SelectEmployees, directory.UpdateEmployees, directory.SelectClientUsers}
	})
	b.newToken(t, account, admin, "elsewhere", func(k *directory.Token) { k.AllowIPs = []directory.AddressRange{"192.0.2.0/24", "2001:db8::/32"} })
	b.newToken(t, account, 0, "own", func(*directory.Token) {})
	for _, mnemonic := range []string{"available", "break", "auto_out_call"} {
		b.tx(t, account, func(tx directory.Tx) error {
			id, err := tx.StatusByMnemonic(mnemonic)
			b.set("status_"+mnemonic, id)
			return err
		})
	}
	b.newAccount(t, "other_", "other@example.com", "x")
	b.newBareAccount(t, "moscow", directory.Account{TimeZone: "Europe/Moscow"})
	_, hash, err := b.store.MemberByLogin(t.Context(), adminLogin)
	if err != nil {
		t.Fatal(err)
	}
	partner := b.newPartner(t, hash)
	b.newDisabledAccount(t, hash, partner)
	for _, customer := range []string{"account", "other_account"} {
		b.setAccount(t, directory.UpdateAccount{ID: schema.Some(b.id(t, customer)), PartnerID: schema.Some(partner)})
	}
	if err := b.closeStore(); err != nil {
		t.Fatal(err)
	}
	fixtures.Store(store.IsFile(dsn), b.vars)
}

// newAccount makes an account with all of seed; prefix stands before its variables.
func (b *bench) newAccount(t testing.TB, prefix, login, password string) int64 {
	t.Helper()
	c := must(b.service.CreateAccount(t.Context(), directory.NewAccount{
		Name: schema.Some("Account of " + login), Login: schema.Some(login), Password: schema.Some(password),
	}))(t)
	b.set(prefix+"account", c.AccountID)
	b.set(prefix+"admin", c.UserID)
	b.set(prefix+"admin_text", strconv.FormatInt(c.UserID, 10))
	b.set(prefix+"token", c.AccessToken)
	seeded := must(b.service.Seed(t.Context(), c.AccountID, []byte(seed)))(t)
	for i, name := range seedVars {
		b.set(prefix+name, seeded[i].ID)
		b.set(prefix+name+"_text", strconv.FormatInt(seeded[i].ID, 10))
	}
	b.tx(t, c.AccountID, func(tx directory.Tx) error {
		id, err := tx.StatusByMnemonic("break")
		b.set(prefix+"status", id)
		return err
	})
	return c.AccountID
}

// newMember makes an employee who can sign in. No method does that yet.
func (b *bench) newMember(t testing.TB, account int64, login string, roles ...directory.Role) {
	t.Helper()
	id := must(b.store.NewIDs(t.Context(), 1))(t)[0]
	b.tx(t, account, func(tx directory.Tx) error {
		status, err := tx.StatusByMnemonic("available")
		if err != nil {
			return err
		}
		taken, err := tx.InsertEmployee(&directory.Employee{
			ID: id, AccountID: account, UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", id), RocketID: fmt.Sprintf("%017d", id), Version: 1,
			CreatedAt: dawn, UpdatedAt: dawn, Login: login, LastName: login, Handle: login, Roles: roles, StatusID: status, StatusSince: dawn, CallRecording: "all",
		}, "")
		if len(taken) > 0 {
			t.Fatalf("member %s: others have %v", login, taken)
		}
		return err
	})
	b.set(login, id)
	b.set(login+"_token", must(b.service.CreateToken(t.Context(), directory.NewToken{Login: schema.Some(login), Label: schema.Some("test")}, directory.Keys{}))(t))
}

// newToken makes a token as no method can make it yet.
func (b *bench) newToken(t testing.TB, account, employee int64, name string, change func(*directory.Token)) {
	t.Helper()
	text := rand.Text()
	digest := sha256.Sum256([]byte(text))
	token := directory.Token{ID: must(b.store.NewIDs(t.Context(), 1))(t)[0], AccountID: account, EmployeeID: employee, Digest: digest[:], CreatedAt: dawn.Add(-time.Hour)}
	change(&token)
	b.tx(t, account, func(tx directory.Tx) error { return tx.InsertToken(token) })
	b.set(name+"_token", text)
}

// newBareAccount makes an account as no verb can make it yet, with an administrator
// who signs in as login.
func (b *bench) newBareAccount(t testing.TB, login string, like directory.Account) int64 {
	t.Helper()
	ids := must(b.store.NewIDs(t.Context(), 3))(t)
	like.ID, like.Name, like.CreatedAt = ids[0], login, dawn
	b.tx(t, like.ID, func(tx directory.Tx) error {
		return errors.Join(tx.InsertAccount(like),
			tx.InsertStatus(directory.Status{ID: ids[1], Mnemonic: "available", Name: "Available"}),
			tx.InsertStatus(directory.Status{ID: ids[2], Mnemonic: "break", Name: "On a break"}))
	})
	b.newMember(t, like.ID, login, directory.Administrator)
	return like.ID
}

// newDisabledAccount makes an account whose member "disabled" has the password of
// a hash.
func (b *bench) newDisabledAccount(t testing.TB, hash string, partner int64) {
	t.Helper()
	account := b.newBareAccount(t, "disabled", directory.Account{TimeZone: "UTC", Disabled: true, PartnerID: partner})
	b.set("disabled_account", account)
	b.tx(t, account, func(tx directory.Tx) error { return tx.SetPassword(b.id(t, "disabled"), hash) })
}

// newPartner makes an account to be the partner of others. Its member "barred" is
// blocked, and has the password of a hash.
func (b *bench) newPartner(t testing.TB, hash string) int64 {
	t.Helper()
	account := b.newBareAccount(t, "partner", directory.Account{TimeZone: "UTC"})
	b.set("partner_account", account)
	b.newMember(t, account, "barred", directory.Administrator)
	b.tx(t, account, func(tx directory.Tx) error { return tx.SetPassword(b.id(t, "barred"), hash) })
	if err := b.service.BlockMember(directory.WithActor(context.WithoutCancel(t.Context()), directory.CommandLine(account)), b.id(t, "barred"), true); err != nil {
		t.Fatal(err)
	}
	return account
}

// setAccount changes an account, as the command line does.
func (b *bench) setAccount(t testing.TB, c directory.UpdateAccount) {
	t.Helper()
	if err := b.service.UpdateAccount(context.WithoutCancel(t.Context()), c); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) tx(t testing.TB, account int64, unit directory.Unit) {
	t.Helper()
	for _, err := range b.store.InTx(context.WithoutCancel(t.Context()), account, unit) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// set gives a variable a string or an int64.
func (b *bench) set(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	b.vars[name] = string(text)
}

func (b *bench) id(t testing.TB, name string) int64 {
	t.Helper()
	return must(strconv.ParseInt(b.vars[name], 10, 64))(t)
}

func (b *bench) token(t *testing.T) string {
	t.Helper()
	return b.text(t, "token")
}

// text is a variable that is a string.
func (b *bench) text(t testing.TB, name string) string {
	t.Helper()
	return must(strconv.Unquote(b.vars[name]))(t)
}

func (b *bench) send(t *testing.T) wiretest.Send { return wiretest.HTTP(t, b.client, b.url) }

func (b *bench) sendWebSocket(t *testing.T) wiretest.Send { return wiretest.WebSocket(t, b.sockets) }

// answer is a JSON-RPC response.
type answer struct {
	ID     jsontext.Value `json:"id"`
	Result jsontext.Value `json:"result"`
	Error  *failure       `json:"error"`
}

// failure is the error of a response.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		violation `json:",inline"`
		Params    map[string]any `json:"params"`
		Metadata  struct {
			Limits directory.Limits `json:"limits"`
		} `json:"metadata"`
		Errors []violation `json:"errors"`
	} `json:"data"`
}

type violation struct {
	Mnemonic string  `json:"mnemonic"`
	Field    *string `json:"field"`
	Pointer  *string `json:"pointer"`
	Value    *string `json:"value"`
}

// mnemonic is that of the error, and "" for a result.
func (a answer) mnemonic() string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Data.Mnemonic
}

// id is that of what a call created.
func (a answer) id(t *testing.T) int64 {
	t.Helper()
	var created struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(a.Result, &created); err != nil {
		t.Fatalf("%v: %+v", err, a.Error)
	}
	return created.ID
}

// params are a call's parameters.
type params map[string]any

// request is a JSON-RPC request.
type request struct {
	Version string `json:"jsonrpc"`
	ID      any    `json:"id"`
	Method  string `json:"method"`
	Params  params `json:"params"`
}

// partnersOnly is what only a partner may call.
const partnersOnly = "get.customer_users"

// call calls a method with the administrator's token, or the partner's where only
// that will do, unless p has another one.
func (b *bench) call(t *testing.T, method string, p params) answer {
	t.Helper()
	if _, given := p["access_token"]; !given {
		p["access_token"] = b.token(t)
		if method == partnersOnly {
			p["access_token"] = b.text(t, "partner_token")
		}
	}
	var a answer
	b.post(t, request{"2.0", 1, method, p}, "", &a)
	return a
}

// post sends a document, with a bearer token in its header unless that is "".
func (b *bench) post(t *testing.T, document any, bearer string, into any) {
	t.Helper()
	body := must(json.Marshal(document))(t)
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(body)))(t)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	response := must(b.client.Do(r))(t)
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))(t)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", response.StatusCode, text)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// must returns a function that gives v, or ends the test with err.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
