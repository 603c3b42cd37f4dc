package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store"
)

type serveCommand struct {
	database
	Listen         string   `placeholder:"HOST:PORT" help:"Address to listen on; 127.0.0.1:8080 if not given."`
	Stdio          bool     `help:"Serve standard input and output instead of an address: one JSON document a line, one line for each answer, in order. Everything else goes to standard error."`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" help:"Certificate chain (PEM). Read again when the file changes."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" help:"Key of the certificate (PEM)."`
	InsecureHTTP   bool     `name:"insecure-http" help:"Allow plain HTTP on an address that is not loopback: tokens and passwords travel readable."`
	TrustedProxies []string `placeholder:"RANGE,…" help:"Addresses or CIDR ranges of proxies whose Forwarded, or X-Forwarded-For and X-Forwarded-Proto, tells the client's address and whether it speaks TLS."`
	Doors          []string `enum:"${doors}" default:"${doors}" placeholder:"DOOR" help:"Doors that are open, separated by commas: ${doors_text}; all if not given. A closed one answers 404."`
	FetchAvatars   bool     `help:"Fetch pictures of users that are given at the door iadvize-graphql by address: over https, from public addresses only."`
	Seed           string   `placeholder:"FILE" type:"existingfile" help:"What to load, as rosterd seed does, when the account is made."`

	settings
	Batch         string `enum:"on,off" default:"on" help:"Accept JSON-RPC batches: on or off."`
	Notifications string `enum:"on,off" default:"on" help:"Accept JSON-RPC notifications: on or off."`

	BatchLimit     int           `default:"1000" help:"Calls in a batch at most."`
	AtomicLimit    int           `default:"10000" help:"Calls in an atomic batch at most, where that is more than --batch-limit."`
	MaxBody        int64         `default:"8388608" help:"Bytes in a request at most."`
	MaxConnections int           `default:"4096" help:"Connections at the same time; more wait."`
	CallTimeout    time.Duration `default:"60s" help:"How long one call may take."`
	ReadTimeout    time.Duration `default:"30s" help:"How long a request may take to arrive."`
	WriteTimeout   time.Duration `default:"2m" help:"How long a request may take in all."`
	IdleTimeout    time.Duration `default:"2m" help:"How long an idle connection is kept."`
	StopTimeout    time.Duration `default:"30s" help:"How long running calls may take to finish when the server stops."`
	WriteQueue     int           `default:"8192" help:"Writes that may wait; more are refused."`
	ReadQueue      int           `default:"1024" help:"Reads that may wait; more are refused."`

	MaxWebSockets    int           `default:"1024" help:"WebSocket connections at the same time; more are refused."`
	MaxInFlight      int           `default:"16" help:"Documents of one WebSocket connection that are answered at the same time; more wait."`
	MaxSubscriptions int           `default:"16" help:"Subscriptions of one connection; more are refused."`
	PingInterval     time.Duration `default:"30s" help:"How often WebSocket clients are asked whether they are there; two times without an answer end the connection."`
	SendTimeout      time.Duration `default:"30s" help:"How long a WebSocket client may take to take a message."`
	PollInterval     time.Duration `default:"250ms" help:"How often to look for changes by other servers on the database, while anybody has subscribed to changes."`

	Readers          int           `default:"0" help:"Database connections that read; 0 is twice the cores."`
	Writers          int           `default:"8" help:"Database connections that write to PostgreSQL; SQLite has one."`
	BusyTimeout      time.Duration `default:"10s" help:"How long to wait for a lock in the database, or for a connection to it."`
	StatementTimeout time.Duration `default:"30s" help:"How long one statement may take in PostgreSQL."`
	OutageTimeout    time.Duration `default:"45s" help:"How long calls wait for a PostgreSQL that is away, as during a failover, and then as long for what came of a commit that was not answered; 10m at most."`
}

// gcPercent is how much garbage may come on top of what is used before it is collected:
// a roster's server uses little, and makes much garbage in little time. GOGC, where it
// is set, wins.
const gcPercent = 300

// Run serves until ctx ends, and then lets running calls finish.
func (c *serveCommand) Run(ctx context.Context, env environment, log *slog.Logger) (err error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	certificate, err := c.certificate(log)
	if err != nil {
		return err
	}
	for _, r := range ranges(c.TrustedProxies) {
		if !r.Valid() {
			return fmt.Errorf("--trusted-proxies: %q is neither an IP address nor a CIDR range", r)
		}
	}
	if len(c.Doors) == 0 {
		return fmt.Errorf("--doors: none is named; there are %s", names(doorNames(), ", "))
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	hashes := newHashProcess(log)
	defer hashes.close()
	config.PollInterval, config.Hasher = c.PollInterval, hashes
	s, err := store.Open(ctx, c.DB, store.Options{
		Log: log, WriteQueue: c.WriteQueue, ReadQueue: c.ReadQueue, Readers: c.Readers, Writers: c.Writers,
		BusyTimeout: c.BusyTimeout, StatementTimeout: c.StatementTimeout, OutageTimeout: c.OutageTimeout,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	defer startBuildSearch(ctx, s, log)()
	service, err := newService(s, config)
	if err != nil {
		return err
	}
	defer sweep(ctx, service, s, log)()
	api, err := rpc.New(rpc.Options{
		Revision: c.Revision, Guard: methods.Guard(service), Together: methods.Together(service), Log: log,
		MaxBody: c.MaxBody, BatchLimit: c.BatchLimit, AtomicLimit: c.AtomicLimit, CallTimeout: c.CallTimeout,
		NoBatch: c.Batch == "off", NoNotifications: c.Notifications == "off",
	}, methods.All(service)...)
	if err != nil {
		return err
	}
	if c.Stdio {
		if err := c.welcome(ctx, env.stderr, service, ""); err != nil {
			return err
		}
		log.Info("serving standard input", "db", store.Redacted(c.DB), "revision", c.Revision)
		return c.serveStdio(ctx, env, api)
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	address := "http://" + listener.Addr().String()
	if certificate != nil {
		address = "https://" + listener.Addr().String()
	}
	if err := c.welcome(ctx, env.stdout, service, address); err != nil {
		return err
	}
	url := address
	if c.isOpen(dataAPI) {
		url += "/v2.0"
	}
	debug.FreeOSMemory() // most of what starting took is garbage by now
	log.Info("listening", "url", url, "doors", c.Doors, "db", store.Redacted(c.DB), "revision", c.Revision)
	return c.serve(ctx, listener, certificate, s, service, api, log)
}

// sweepInterval is how often what is not kept any longer is removed.
const sweepInterval = time.Hour

// sweep removes what is kept for a while and no longer, until ctx ends; stop ends it
// sooner and waits for it.
func sweep(ctx context.Context, service *directory.Service, s *store.Store, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(sweepInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := service.DropOutcomes(ctx); err != nil && ctx.Err() == nil {
				log.Warn("outcomes of calls that are too old were not removed", "error", err)
			}
			if err := s.DropCommits(ctx); err != nil && ctx.Err() == nil {
				log.Warn("records of commits that are too old were not removed", "error", err)
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// isOpen reports whether a door is open.
func (c *serveCommand) isOpen(door string) bool { return slices.Contains(c.Doors, door) }

// serve answers on listener until ctx ends.
func (c *serveCommand) serve(ctx context.Context, listener net.Listener, certificate *certificate, s *store.Store, service *directory.Service, api *rpc.Server, log *slog.Logger) error {
	var stopping atomic.Bool
	sockets := api.WebSocket(rpc.WebSocketOptions{
		StreamOptions:  rpc.StreamOptions{MaxInFlight: c.MaxInFlight, MaxSubscriptions: c.MaxSubscriptions},
		MaxConnections: c.MaxWebSockets, PingInterval: c.PingInterval, ReadTimeout: c.ReadTimeout, WriteTimeout: c.SendTimeout,
	})
	mux := http.NewServeMux()
	addHealth(mux, s, &stopping, log)
	if c.isOpen(dataAPI) {
		addDataAPI(mux, api, sockets)
	}
	doors, err := withVendorDoors(c.Doors, doorOptions{directory: service, maxBody: c.MaxBody, log: log, fetchAvatars: c.FetchAvatars}, mux)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           withClient(ranges(c.TrustedProxies), withRequestID(log, doors)),
		ReadTimeout:       c.ReadTimeout,
		ReadHeaderTimeout: c.ReadTimeout,
		WriteTimeout:      c.WriteTimeout,
		IdleTimeout:       c.IdleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	listener = netutil.LimitListener(listener, c.MaxConnections)
	if certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{GetCertificate: certificate.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "timeout", c.StopTimeout)
	stopping.Store(true)
	patience, cancel := context.WithTimeout(context.Background(), c.StopTimeout)
	defer cancel()
	left := make(chan error, 1)
	go func() { left <- sockets.Shutdown(patience) }()
	if err := errors.Join(server.Shutdown(patience), <-left); err != nil {
		return fmt.Errorf("calls still ran after %s: %w", c.StopTimeout, err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serveStdio answers what comes on standard input until that or ctx ends.
func (c *serveCommand) serveStdio(ctx context.Context, env environment, api *rpc.Server) error {
	ended := make(chan error, 1)
	go func() {
		ended <- api.ServeStream(ctx, env.stdin, env.stdout, rpc.StreamOptions{MaxInFlight: 1, MaxSubscriptions: c.MaxSubscriptions})
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(c.StopTimeout):
		return fmt.Errorf("calls still ran after %s", c.StopTimeout)
	}
}

// addDataAPI adds the native door.
func addDataAPI(mux *http.ServeMux, api *rpc.Server, sockets http.Handler) {
	native := api.HTTP()
	mux.Handle("/v2.0", native)
	mux.Handle("/v2.0/{$}", native)
	mux.Handle("/v2.0/ws", sockets)
	mux.Handle("/{$}", native)
}

// readyTimeout is how long the database may take to say that it is ready.
const readyTimeout = 5 * time.Second

// addHealth adds what tells whether the server is well.
func addHealth(mux *http.ServeMux, s *store.Store, stopping *atomic.Bool, log *slog.Logger) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if stopping.Load() {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := s.Ready(ctx); err != nil {
			log.WarnContext(r.Context(), "not ready", "error", err)
			http.Error(w, "the database is not ready; the log says why", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
}

// certificate checks the flags about the address and transport security; nil means
// plain HTTP, or no HTTP at all.
func (c *serveCommand) certificate(log *slog.Logger) (*certificate, error) {
	if c.Stdio {
		if c.Listen != "" || c.TLSCert != "" || c.TLSKey != "" || c.InsecureHTTP {
			return nil, errors.New("--stdio serves no address: --listen, --tls-cert, --tls-key and --insecure-http do not go with it")
		}
		if !c.isOpen(dataAPI) {
			return nil, fmt.Errorf("--stdio serves the door %s alone, which --doors leaves out", dataAPI)
		}
		return nil, nil
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return nil, errors.New("--tls-cert and --tls-key go together")
	}
	if c.TLSCert != "" {
		return loadCertificate(c.TLSCert, c.TLSKey, log)
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	ip := net.ParseIP(host)
	if loopback := host == "localhost" || ip != nil && ip.IsLoopback(); !loopback && !c.InsecureHTTP {
		return nil, fmt.Errorf("%s is not a loopback address, and over plain HTTP tokens and passwords travel readable; "+
			"give --tls-cert and --tls-key, or --insecure-http if something in front does TLS", c.Listen)
	}
	return nil, nil
}

// welcome makes an account on an empty database and prints, once, its credentials
// and, if there is an address for it, a first request.
func (c *serveCommand) welcome(ctx context.Context, out io.Writer, service *directory.Service, address string) error {
	accounts, err := service.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	password := strings.ToLower(rand.Text())
	credentials, err := service.CreateAccount(ctx, directory.NewAccount{
		Name: schema.Some("Account"), Login: schema.Some("admin"), Password: schema.Some(password),
	})
	if errors.HasCode(err, errors.AlreadyInUse) { // another server was quicker, and has printed its credentials
		return nil
	}
	if err != nil {
		return err
	}
	if err := printLine(out, credentials); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA new roster is in %s. Its administrator signs in as admin with password %s\nThis is shown only now.\n", store.Redacted(c.DB), password)
	var seeded []directory.Seeded
	if c.Seed != "" {
		if seeded, err = seedFile(ctx, service, credentials.AccountID, c.Seed); err != nil {
			return fmt.Errorf("the roster is made, but the seed is not loaded: %w; mend the file and load it with rosterd seed", err)
		}
	}
	if address == "" || !c.isOpen(dataAPI) {
		return nil
	}
	_, err = fmt.Fprintf(out, "Create an employee:\n\n%s\n\nand read them:\n\n%s\n\n",
		firstRequest(address, credentials, seeded), curl(address, credentials, `{"jsonrpc":"2.0","id":2,"method":"get.employees","params":{"limit":10}}`))
	return err
}

// firstRequest is a curl command that creates an employee who refers to what was
// seeded, and to the administrator as coach.
func firstRequest(address string, credentials directory.Credentials, seeded []directory.Seeded) string {
	ids := map[directory.Kind][]string{}
	for _, s := range seeded {
		ids[s.Kind] = append(ids[s.Kind], fmt.Sprint(s.ID))
	}
	position, schedule := "null", "null"
	if p := ids[directory.KindPosition]; len(p) > 0 {
		position = p[0]
	}
	if s := ids[directory.KindSchedule]; len(s) > 0 {
		schedule = s[0]
	}
	return curl(address, credentials, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"create.employees","params":{
  "last_name":"Petrova", "first_name":"Anna", "email":"anna.petrova@example.com", "schedule_id":%s,
  "phone_numbers":[{"phone_number":"+7 495 514-05-78"}, {"phone_number":"74955140579...2345", "channels_count":2, "dial_time":30}],
  "extension":{"extension_phone_number":"101", "extension_voice_mail_enabled":true},
  "coach":{"coach_id":%d, "coach_always_enabled":false},
  "groups":[%s],
  "operator":{"operator_login":"anna", "operator_display_name":"Anna", "operator_password":"secret12", "operator_position_id":%s, "operator_sites":[%s]}
}}`, schedule, credentials.UserID, strings.Join(ids[directory.KindGroup], ","), position, strings.Join(ids[directory.KindSite], ",")))
}

func curl(address string, credentials directory.Credentials, body string) string {
	return fmt.Sprintf("curl -sS %s/v2.0 -H 'Authorization: Bearer %s' -d '%s'", address, credentials.AccessToken, body)
}
