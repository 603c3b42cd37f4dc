package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/rosterd/rosterd/store"
)

// The password in a database's URL is shown nowhere: see also wantConcealed, which
// looks at the output of every command and server of the tests.
func TestDatabasePassword(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for _, tt := range []struct {
		name, dsn string
		want      string
	}{
		{"nobody listens", "postgres://rosterd:geheim@" + nobody.Addr().String() + "/roster", "connection refused"},
		{"wrong password", "postgres://rosterd:geheim@" + refuse(t) + "/roster?sslmode=disable", `password authentication failed for user "rosterd"`},
		{"wrong password as parameter", "postgres://" + refuse(t) + "/roster?sslmode=disable&user=rosterd&password=geheim", `password authentication failed for user "rosterd"`},
		{"bad port", "postgres://rosterd:geheim@localhost:port/roster", "URL"},
		{"bad escape", "postgres://rosterd:geheim%zz@localhost/roster", "URL"},
		{"bad escape elsewhere", "postgres://rosterd:geheim@localhost/%zz", "URL"},
		{"bad setting", "postgres://rosterd:geheim@localhost/roster?sslmode=never", "sslmode"},
		{"control character", "postgres://rosterd:geheim\x01@" + nobody.Addr().String() + "/roster", "connection refused"},
		{"slash in the password", "postgres://rosterd:geheim/x@localhost/roster", "URL"},
		{"hash in the password", "postgres://rosterd:geheim#x@" + nobody.Addr().String() + "/roster", "connection refused"},
		{"question mark in the password", "postgres://rosterd:geheim?x@" + nobody.Addr().String() + "/roster", "connection refused"},
		{"another kind", "mysql://rosterd:geheim@localhost/roster", "postgres://"},
	} {
		for _, args := range [][]string{
			{"token", "list", "--db", tt.dsn},
			{"migrate", "status", "--db", tt.dsn},
			{"call", "--db", tt.dsn, "get.employees"},
			{"backup", "--db", tt.dsn, "roster.backup"},
			{"copy", "--from", tt.dsn, "--to", "roster.copy"},
		} {
			stdout, err := command(t, "", args...)
			wantError(t, tt.name, err, tt.want)
			if got := fmt.Sprint(stdout, err); strings.Contains(got, "geheim") {
				t.Errorf("%s: %s: got %q, which shows the password", tt.name, args[0], got)
			}
		}
	}
}

// The log and the welcome tell which database it is, without its password.
func TestDatabaseShown(t *testing.T) {
	dsn := postgres(t)
	s := serve(t, dsn)
	shown := store.Redacted(dsn)
	if !strings.Contains(shown, ":xxxxx@") {
		t.Errorf("got %s, want xxxxx for the password", shown)
	}
	if log := s.stderr.String(); !strings.Contains(log, `"db":"`+shown+`"`) {
		t.Errorf("got log %s, want %s", log, shown)
	}
	empty := postgres(t)
	for _, password := range []string{"geheim", "geheim#x", "geheim?x", "2718#x", "2718?x"} { // libpq wants no escapes
		given := strings.Replace(empty, databasePassword, password, 1)
		_, err := command(t, "", "token", "list", "--db", given)
		wantError(t, given, err, "has no roster")
		if secret := password[:4]; strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("--db %s: got error %q, which shows the password", given, err)
		}
	}
	if welcome := s.stdout.String(); !strings.Contains(welcome, "A new roster is in "+shown+".") {
		t.Errorf("got welcome %s, want %s", welcome, shown)
	}
}

// refuse is the address of a server that asks for a password and takes none.
func refuse(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				server := pgproto3.NewBackend(conn, conn)
				if _, err := server.ReceiveStartupMessage(); err != nil {
					return
				}
				server.Send(&pgproto3.AuthenticationCleartextPassword{})
				if server.Flush() != nil {
					return
				}
				if err := server.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
					return
				}
				if _, err := server.Receive(); err != nil {
					return
				}
				server.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "rosterd"`})
				_ = server.Flush() // the client may be gone
			}()
		}
	}()
	return listener.Addr().String()
}
