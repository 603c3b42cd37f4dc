// Package testdb gives tests real databases: SQLite files, and databases of a
// PostgreSQL cluster that it starts for the test program and throws away. It
// knows nothing of the roster.
package testdb

import (
	"context"
	"errors"
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
	c, err := StartCluster("", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
	if err != nil {
		return nil, nil, err
	}
	return c.URL("postgres"), c.Stop, nil
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

// Cluster is PostgreSQL in a folder of its own, whose data need not survive. It ends
// with the program that has started it.
type Cluster struct {
	bin, dir, address string
	owner             *user.User // if not the test's
	server            *exec.Cmd
	done              chan struct{}
}

// StartCluster starts one in a new folder below dir, or below the system's for
// temporary files if dir is empty, with settings ("name=value") other than
// PostgreSQL's own. Its superuser is rosterd and has no password.
func StartCluster(dir string, settings ...string) (*Cluster, error) {
	initdb, err := Binary("initdb")
	if err != nil {
		return nil, err
	}
	if dir, err = os.MkdirTemp(dir, "rosterd-postgres-"); err != nil {
		return nil, err
	}
	p := &Cluster{bin: filepath.Dir(initdb), dir: dir}
	if err := errors.Join(p.init(), p.start(settings...)); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// URL is that of a database.
func (p *Cluster) URL(database string) *url.URL {
	return &url.URL{Scheme: "postgres", User: url.User("rosterd"), Host: p.address, Path: "/" + database, RawQuery: "sslmode=disable"}
}

// PID is the id of the process whose children serve connections.
func (p *Cluster) PID() int { return p.server.Process.Pid }

func (p *Cluster) data() string { return filepath.Join(p.dir, "data") }

// init makes the cluster.
func (p *Cluster) init() error {
	if err := p.prepare(); err != nil {
		return err
	}
	return p.run("initdb", "-D", p.data(), "-U", "rosterd", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
}

// prepare finds an owner for the folder, and an address.
func (p *Cluster) prepare() error {
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		var err error
		if p.owner, err = user.Lookup("nobody"); err != nil {
			return err
		}
		uid, _ := strconv.Atoi(p.owner.Uid)
		gid, _ := strconv.Atoi(p.owner.Gid)
		if err := os.Chown(p.dir, uid, gid); err != nil {
			return err
		}
	}
	port, err := freePort()
	p.address = net.JoinHostPort("127.0.0.1", port)
	return err
}

// run runs one of PostgreSQL's programs.
func (p *Cluster) run(program string, args ...string) error {
	path, err := Binary(program)
	if err != nil {
		return err
	}
	command := exec.Command(path, args...)
	command.Dir = p.dir
	command.SysProcAttr = attributes(p.owner)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

// start starts the server.
func (p *Cluster) start(settings ...string) error {
	host, port, err := net.SplitHostPort(p.address)
	if err != nil {
		return err
	}
	args := []string{"-D", p.data(), "-p", port, "-c", "listen_addresses=" + host, "-c", "unix_socket_directories=" + p.dir}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	p.server = exec.Command(filepath.Join(p.bin, "postgres"), args...)
	p.server.Dir = p.dir
	p.server.SysProcAttr = attributes(p.owner)
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
func (p *Cluster) wait() error {
	ctx := context.Background()
	var err error
	for range 300 {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(ctx, p.URL("postgres").String()+"&connect_timeout=2"); err == nil {
			return conn.Close(ctx)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the cluster does not answer: %w", err)
}

// Stop ends the server and removes its folder.
func (p *Cluster) Stop() {
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
