// Command rosterd is the server and what administers it: it wires the packages
// together, reads flags and environment, and knows nothing else.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, environment{args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd()))})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rosterd: "+err.Error())
		os.Exit(statusOf(err))
	}
}

// statusOf is the exit status for an error.
func statusOf(err error) int {
	var with statusError
	if errors.As(err, &with) {
		return with.status
	}
	return 1
}

// environment is what the program finds around it.
type environment struct {
	args     []string
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	terminal bool // stderr is one
}

// commands are rosterd's, with the flags of each.
type commands struct {
	Serve serveCommand `cmd:"" help:"Run the server. On an empty database it makes an account first, and prints its credentials once."`
	Init  initCommand  `cmd:"" help:"Make the database, an account and its first administrator; print their ids and an access token as one JSON line."`
	Seed  seedCommand  `cmd:"" help:"Load groups, positions, schedules, sites and skills from a JSON file; print one JSON line for each."`
	Key   keyCommand   `cmd:"" help:"Make a key for the passwords of SIP lines."`

	Account accountCommand `cmd:"" help:"Make, list and change accounts, also while servers run."`
	Member  memberCommand  `cmd:"" help:"Make, list and change members, who can sign in and hold tokens, also while servers run."`
	Token   tokenCommand   `cmd:"" help:"Make, list, block and revoke access tokens, also while servers run."`

	Migrate migrateCommand `cmd:"" help:"Tell the schema of a database, or bring it up to date."`
	Copy    copyCommand    `cmd:"" help:"Copy a roster from one database to another, SQLite or PostgreSQL, and compare them row by row. Stop the servers first."`
	Backup  backupCommand  `cmd:"" help:"Copy a SQLite database to a new file, while the server runs, and check the copy."`
	Verify  verifyCommand  `cmd:"" help:"Check that everything that a database keeps twice agrees."`

	Import importCommand `cmd:"" help:"Import employees from a spreadsheet, undo an import, list imports."`
	Export exportCommand `cmd:"" help:"Write all employees to a spreadsheet that import reads."`

	Call       callCommand       `cmd:"" help:"Call a method of a server, or straight on a database, and print the result."`
	OpenRPC    openRPCCommand    `cmd:"" name:"openrpc" help:"Print a description of all methods, an OpenRPC document."`
	Completion completionCommand `cmd:"" help:"Print a script that completes commands, flags, methods and parameters in a shell."`
	Complete   completeCommand   `cmd:"" name:"__complete" hidden:"" passthrough:""`
	Hash       hashCommand       `cmd:"" name:"__hash" hidden:""`

	Version versionCommand `cmd:"" help:"Print the version."`

	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"What to log: debug, info, warn or error."`
	LogFormat string `enum:"auto,text,json" default:"auto" help:"Form of the log: text, json, or auto: text on a terminal, JSON otherwise."`
}

// database is the flag that all commands on a database share.
type database struct {
	DB string `name:"db" default:"rosterd.db" placeholder:"DB" help:"Database: the path of a SQLite file, or a postgres:// URL; ${default} if not given."`
}

// revision is the flag for the Data API's revision.
type revision struct {
	Revision string `enum:"seed,current" default:"seed" help:"Revision of the Data API: seed (phone_numbers required, operator_password 1 to 8 characters) or current (phone_numbers optional, operator_password 8 to 128)."`
}

// settings is the flags of directory.Config.
type settings struct {
	revision
	Region        string `default:"RU" help:"Country by which phone numbers without country code are read, for search only."`
	SecretKeyFile string `placeholder:"FILE" help:"Key for the passwords of SIP lines, as rosterd key create makes it; without it there are no new lines, and passwords are not shown."`
	SIPServer     string `name:"sip-server" placeholder:"HOST[:PORT]" help:"Where SIP lines register, as create.sip_lines answers it; null if not given."`
}

// config reads the key, if there is one.
func (s settings) config() (directory.Config, error) {
	c := directory.Config{Revision: s.Revision, Region: s.Region, SIPServer: s.SIPServer}
	var err error
	if s.SecretKeyFile != "" {
		c.SecretKey, err = readKey(s.SecretKeyFile)
	}
	return c, err
}

// run parses the command line and runs the command.
func run(ctx context.Context, env environment) error {
	var c commands
	exited := false
	parser, err := kong.New(&c,
		kong.Name("rosterd"),
		kong.Description("One roster of employees for telephony and chat systems.\n\nEach flag can also be set in the environment, --max-body as ROSTERD_MAX_BODY, but for what account set changes."),
		kong.DefaultEnvars("ROSTERD"),
		kong.Vars{"components": names(directory.Components(), ", "), "rights": names(rights(), ", "), "doors": names(doorNames(), ","), "doors_text": names(doorNames(), ", ")},
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Help(printHelp),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(env.args)
	if exited { // --help has been printed
		return nil
	}
	if err != nil {
		err = fmt.Errorf("%w; see rosterd --help", err)
		if len(env.args) > 0 && (env.args[0] == "import" || env.args[0] == "export") {
			err = nothingDone(err)
		}
		return err
	}
	return parsed.Run(c.logger(env))
}

// logger writes to stderr. Lines carry the id of the request they belong to.
func (c *commands) logger(env environment) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		panic(err) // the flag's enum lets nothing else through
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewJSONHandler(env.stderr, options)
	if c.LogFormat == "text" || c.LogFormat == "auto" && env.terminal {
		handler = slog.NewTextHandler(env.stderr, options)
	}
	return slog.New(requestHandler{handler})
}

// open opens a database whose schema is there.
func (d database) open(ctx context.Context, log *slog.Logger) (*store.Store, *directory.Service, error) {
	s, err := openStore(ctx, d.DB, log)
	if err != nil {
		return nil, nil, err
	}
	current, err := s.Current(ctx)
	if err == nil && !current {
		err = fmt.Errorf("%s has no roster, or one of an older rosterd; rosterd init makes one, rosterd migrate up brings it up to date", store.Redacted(d.DB))
	}
	var service *directory.Service
	if err == nil {
		service, err = newService(s, directory.Config{})
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, service, nil
}

// with does something with the roster of a database whose schema is there.
func (d database) with(ctx context.Context, log *slog.Logger, do func(*directory.Service) error) error {
	s, service, err := d.open(ctx, log)
	if err != nil {
		return err
	}
	return errors.Join(do(service), s.Close())
}

// openStore opens a database that is there.
func openStore(ctx context.Context, dsn string, log *slog.Logger) (*store.Store, error) {
	if store.IsFile(dsn) {
		if _, err := os.Stat(dsn); err != nil {
			return nil, fmt.Errorf("%w; make a database with: rosterd init --db %s --login LOGIN --password-stdin", err, dsn)
		}
	}
	return store.Open(ctx, dsn, store.Options{Log: log})
}

// newService is the roster over s, on the machine's clock and randomness.
func newService(s *store.Store, c directory.Config) (*directory.Service, error) {
	c.Store, c.Clock, c.Random = s, time.Now, rand.Reader
	return directory.New(c)
}

// readPassword reads one line.
func readPassword(in io.Reader) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !(errors.Is(err, io.EOF) && line != "") {
		return "", fmt.Errorf("no password on standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
