// Package testdb gives tests real databases: SQLite files, and databases of a
// PostgreSQL cluster that it starts for the test program and throws away. It
// knows nothing of the roster.
package testdb

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// What the environment says about tests on PostgreSQL.
const (
	// URL of a server whose user may create databases, instead of a cluster that
	// is started from the installed binaries.
	serverVariable = "ROSTERD_TEST_POSTGRES"
	// Not empty: a test that needs PostgreSQL fails where there is none.
	requireVariable = "ROSTERD_REQUIRE_POSTGRES"
)

// Install tells how to get PostgreSQL.
const Install = "PostgreSQL is not installed (on Debian: apt-get install postgresql) and " + serverVariable + " names no server"

var cluster struct {
	sync.Mutex
	tried   bool
	url     *url.URL
	missing error // why there is none
	stop    func()
}

var databases atomic.Int64

// Main runs the tests of a package and throws the templates and the cluster away.
// Call it from TestMain.
func Main(m *testing.M) int {
	defer func() {
		templates.Lock()
		for _, remove := range templates.remove {
			remove()
		}
		templates.Unlock()
		cluster.Lock()
		defer cluster.Unlock()
		if cluster.stop != nil {
			cluster.stop()
		}
	}()
	return m.Run()
}

// Opener makes an empty database and tells its dsn.
type Opener func(t testing.TB) string

// Each runs a test twice, as subtests: on SQLite and on PostgreSQL. Where there is
// no PostgreSQL, that subtest is skipped.
func Each(t *testing.T, test func(t *testing.T, db Opener)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite) })
	t.Run("postgres", func(t *testing.T) {
		server(t)
		test(t, Postgres)
	})
}

// SQLite is the path of a file that is not there yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "rosterd.db")
}

// Postgres is the URL of an empty database, which is dropped after the test.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, server(t), "template0")
}

func administer(t testing.TB, server *url.URL, statement string) {
	t.Helper()
	if err := execute(server, statement); err != nil {
		t.Fatal(err)
	}
}

func execute(server *url.URL, statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// server starts the cluster when it is first asked for.
func server(t testing.TB) *url.URL {
	t.Helper()
	cluster.Lock()
	defer cluster.Unlock()
	if !cluster.tried {
		cluster.tried = true
		cluster.url, cluster.stop, cluster.missing = start()
	}
	if cluster.missing == nil {
		return cluster.url
	}
	if os.Getenv(requireVariable) != "" {
		t.Fatal(cluster.missing)
	}
	t.Skip(cluster.missing)
	return nil
}

// Missing is why there is no PostgreSQL to test on, and nil if there is.
func Missing() error {
	if os.Getenv(serverVariable) != "" {
		return nil
	}
	_, err := Binary("initdb")
	return err
}

func start() (*url.URL, func(), error) {
	if given := os.Getenv(serverVariable); given != "" {
		u, err := url.Parse(given)
		return u, nil, err
	}
	initdb, err := Binary("initdb")
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "rosterd-postgres-")
	if err != nil {
		return nil, nil, err
	}
	c := &process{bin: filepath.Dir(initdb), dir: dir}
	if err := c.start(); err != nil {
		c.stop()
		return nil, nil, err
	}
	return &url.URL{Scheme: "postgres", User: url.User("rosterd"), Host: c.address, Path: "/postgres", RawQuery: "sslmode=disable"}, c.stop, nil
}

// Binary finds a program of PostgreSQL: on the path, or where Debian puts it.
func Binary(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s", Install)
	}
	return found[len(found)-1], nil
}

// process is a cluster in a folder of its own, whose data need not survive.
type process struct {
	bin, dir, address string
	server            *exec.Cmd
	done              chan struct{}
}

func (p *process) start() error {
	var owner *user.User
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		var err error
		if owner, err = user.Lookup("nobody"); err != nil {
			return err
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(p.dir, uid, gid); err != nil {
			return err
		}
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", data, "-U", "rosterd", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.Dir = p.dir
	initdb.SysProcAttr = attributes(owner)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	p.address = net.JoinHostPort("127.0.0.1", port)
	p.server = exec.Command(filepath.Join(p.bin, "postgres"), "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+p.dir, "-c", "max_connections=200",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	p.server.Dir = p.dir
	p.server.SysProcAttr = attributes(owner)
	// The thread that starts the server must live as long: the server is told when
	// that thread ends, not only when the program does.
	p.done = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- p.server.Start()
		<-p.done
	}()
	if err := <-started; err != nil {
		return err
	}
	return p.wait()
}

// wait returns when the server answers.
func (p *process) wait() error {
	ctx := context.Background()
	var err error
	for range 300 {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(ctx, "postgres://rosterd@"+p.address+"/postgres?sslmode=disable&connect_timeout=2"); err == nil {
			return conn.Close(ctx)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the cluster does not answer: %w", err)
}

func (p *process) stop() {
	if p.server != nil && p.server.Process != nil {
		_ = p.server.Process.Signal(os.Interrupt) // a fast shutdown
		_ = p.server.Wait()
		close(p.done)
	}
	_ = os.RemoveAll(p.dir)
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}
