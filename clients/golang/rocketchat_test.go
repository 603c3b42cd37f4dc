// Package golang_test drives the door for Rocket.Chat with the vendor's own Go
// client, against the program as it was built.
package golang_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/RocketChat/Rocket.Chat.Go.SDK/models"
	"github.com/RocketChat/Rocket.Chat.Go.SDK/rest"
)

const (
	adminPassword = "correct horse battery"
	patience      = 30 * time.Second // for the server to listen
)

// serve starts rosterd on a new database and any free port.
func serve(t *testing.T) *url.URL {
	t.Helper()
	program := cmp.Or(os.Getenv("ROSTERD"), "../../bin/rosterd")
	db := filepath.Join(t.TempDir(), "roster.db")
	init := exec.CommandContext(t.Context(), program, "init", "--db", db, "--login", "admin", "--password-stdin")
	init.Stdin = strings.NewReader(adminPassword)
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", init, err, out)
	}
	server := exec.Command(program, "serve", "--db", db, "--listen", "127.0.0.1:0", "--log-format", "json")
	log, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			var said struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "listening" {
				address <- said.URL
			}
		}
	}()
	t.Cleanup(func() {
		if err := server.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		<-ended
		if err := server.Wait(); err != nil {
			t.Errorf("rosterd ended: %v", err)
		}
	})
	select {
	case text := <-address:
		at, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		at.Path = ""
		return at
	case <-ended:
		t.Fatal("rosterd ended before it listened")
	case <-time.After(patience):
		t.Fatalf("rosterd does not listen after %s", patience)
	}
	return nil
}

// signIn returns a client that has signed in, with its credentials.
func signIn(t *testing.T, server *url.URL, login, password string) (*rest.Client, *models.UserCredentials) {
	t.Helper()
	client, credentials := rest.NewClient(server, false), &models.UserCredentials{Email: login, Password: password}
	if err := client.Login(credentials); err != nil {
		t.Fatalf("%s signs in: %v", login, err)
	}
	if credentials.ID == "" || len(credentials.Token) != 43 {
		t.Fatalf("%s signs in: got id %q and a token of %d characters, want 43", login, credentials.ID, len(credentials.Token))
	}
	return client, credentials
}

// user is a livechat user as the door shows it.
type user struct {
	ID       string `json:"_id"`
	Username string
	Name     string
	Status   string
}

// page is the answer to a list.
type page struct {
	rest.Status
	Users                []user
	Count, Offset, Total int
}

// found is the answer for one user.
type found struct {
	rest.Status
	User *user
}

func TestSignIn(t *testing.T) {
	server := serve(t)
	for _, login := range []string{"admin", "nobody"} {
		err := rest.NewClient(server, false).Login(&models.UserCredentials{Email: login, Password: "wrong"})
		if err == nil || err.Error() != "Unauthorized" {
			t.Errorf("%s with a wrong password: got %v, want Unauthorized", login, err)
		}
	}
	client, credentials := signIn(t, server, "admin", adminPassword)
	other := rest.NewClient(server, false)
	if err := other.Login(&models.UserCredentials{ID: credentials.ID, Token: credentials.Token}); err != nil {
		t.Fatal(err)
	}
	var me struct {
		rest.Status
		user
	}
	if err := other.Get("me", nil, &me); err != nil || me.ID != credentials.ID || me.Username != "admin" {
		t.Errorf("me: got %+v, %v, want admin, %s", me.user, err, credentials.ID)
	}
	if said, err := client.Logout(); err != nil || said != "You've been logged out!" {
		t.Errorf("logout: got %q, %v", said, err)
	}
	if err := other.Get("me", nil, &me); err == nil || err.Error() != "You must be logged in to do this." {
		t.Errorf("me after logout: got %v", err)
	}
}

// TestUsers creates, reads, changes and deletes users with the typed calls.
func TestUsers(t *testing.T) {
	server := serve(t)
	client, _ := signIn(t, server, "admin", adminPassword)
	request := &models.CreateUserRequest{Name: "Anna Petrova", Email: "anna@example.com", Username: "anna", Password: "rocket.chat"}
	created, err := client.CreateUser(request)
	if err != nil {
		t.Fatal(err)
	}
	u := created.User
	if !regexp.MustCompile(`^[2-9A-HJ-NP-TWXYZa-km-z]{17}$`).MatchString(u.ID) || u.Username != "anna" || u.Name != "Anna Petrova" || !u.Active ||
		len(u.Emails) != 1 || u.Emails[0].Address != "anna@example.com" || !slices.Contains(u.Roles, "user") || time.Since(u.CreatedAt).Abs() > time.Hour {
		t.Errorf("create: got %+v", u)
	}
	request.Email = "other@example.com"
	if _, err := client.CreateUser(request); err == nil || err.Error() != "anna is already in use :( [error-field-unavailable]" {
		t.Errorf("create twice: got %v", err)
	}

	// The client sends what is not to be changed as "".
	change := &models.UpdateUserRequest{UserID: u.ID}
	change.Data.Name = "Anna Sidorova"
	updated, err := client.UpdateUser(change)
	if err != nil {
		t.Fatal(err)
	}
	if got := updated.User; got.ID != u.ID || got.Name != "Anna Sidorova" || got.Username != "anna" || len(got.Emails) != 1 || got.Emails[0].Address != "anna@example.com" {
		t.Errorf("update: got %+v, want another name and all else as it was", got)
	}
	anna, _ := signIn(t, server, "anna", "rocket.chat")
	signIn(t, server, "anna@example.com", "rocket.chat")

	if err := anna.Post("users.setStatus", strings.NewReader(`{"status":"busy","message":""}`), &rest.Status{}); err != nil {
		t.Fatal(err)
	}
	if status, err := client.GetUserStatus("anna"); err != nil || status.ID != u.ID || status.Status != "busy" || status.ConnectionStatus != "online" {
		t.Errorf("status: got %+v, %v, want busy and online", status, err)
	}
	if _, err := client.GetUserStatus("nobody"); err == nil {
		t.Error("the status of nobody: got one")
	}

	if err := client.Post("users.delete", strings.NewReader(`{"userId":"`+u.ID+`"}`), &rest.Status{}); err != nil {
		t.Fatal(err)
	}
	if err := anna.Get("me", nil, &rest.Status{}); err == nil || err.Error() != "You must be logged in to do this." {
		t.Errorf("me of a deleted user: got %v", err)
	}
	if err := client.Get("users.info", url.Values{"username": {"anna"}}, &rest.Status{}); err == nil {
		t.Error("a deleted user can be read")
	}
}

// TestLivechat makes users agents and managers and back, with the raw calls. The
// client has none for DELETE: what it would send is sent by hand.
func TestLivechat(t *testing.T) {
	server := serve(t)
	client, credentials := signIn(t, server, "admin", adminPassword)
	for _, role := range []string{"agent", "manager"} {
		username := role + ".one"
		created, err := client.CreateUser(&models.CreateUserRequest{Name: "Vera", Email: username + "@example.com", Username: username, Password: "rocket.chat"})
		if err != nil {
			t.Fatal(err)
		}
		id, path := created.User.ID, "livechat/users/"+role
		listed := func() bool {
			t.Helper()
			var p page
			if err := client.Get(path, url.Values{"count": {"10"}, "text": {"VERA"}, "sort": {`{"username":1}`}}, &p); err != nil {
				t.Fatal(err)
			}
			if p.Count != len(p.Users) || p.Total != p.Count || p.Offset != 0 {
				t.Errorf("%s: got count %d, offset %d, total %d for %d users", path, p.Count, p.Offset, p.Total, len(p.Users))
			}
			return slices.ContainsFunc(p.Users, func(u user) bool { return u.ID == id && u.Username == username && u.Name == "Vera" })
		}
		one := func() *user {
			t.Helper()
			var f found
			if err := client.Get(path+"/"+id, nil, &f); err != nil {
				t.Fatal(err)
			}
			return f.User
		}
		if listed() || one() != nil {
			t.Errorf("%s: %s is one already", path, username)
		}
		var made found
		if err := client.Post(path, strings.NewReader(`{"username":"`+username+`"}`), &made); err != nil || made.User == nil || *made.User != (user{ID: id, Username: username}) {
			t.Fatalf("POST %s: got %+v, %v", path, made.User, err)
		}
		if err := client.PostForm(path, url.Values{"username": {username}}, &found{}); err != nil {
			t.Errorf("POST %s as a form: %v", path, err)
		}
		if got := one(); !listed() || got == nil || got.Username != username {
			t.Errorf("%s: %s is not listed, or read as %+v", path, username, got)
		}
		if err := client.Post(path, strings.NewReader(`{"username":"nobody"}`), &found{}); err == nil || err.Error() != "error-invalid-user" {
			t.Errorf("POST %s for nobody: got %v", path, err)
		}

		request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, server.String()+"/api/v1/"+path+"/"+id, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Auth-Token", credentials.Token)
		request.Header.Set("X-User-Id", credentials.ID)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK || listed() || one() != nil {
			t.Errorf("DELETE %s: got %s, and %s is still one: %t", path, response.Status, username, listed())
		}
	}
	if err := client.Get("livechat/users/visitor", nil, &page{}); err == nil || err.Error() != "Invalid type" {
		t.Errorf("another type: got %v, want Invalid type", err)
	}
}

// TestPermissions takes the permission to list agents from a role and gives it back.
func TestPermissions(t *testing.T) {
	server := serve(t)
	admin, _ := signIn(t, server, "admin", adminPassword)
	if _, err := admin.CreateUser(&models.CreateUserRequest{Name: "Vera", Email: "vera@example.com", Username: "vera", Password: "rocket.chat", Roles: []string{"livechat-manager"}}); err != nil {
		t.Fatal(err)
	}
	vera, _ := signIn(t, server, "vera", "rocket.chat")
	for _, tt := range []struct {
		roles []string
		want  string
	}{
		{[]string{"admin", "livechat-manager"}, ""},
		{[]string{"admin"}, "unauthorized"},
		{[]string{"livechat-manager"}, ""},
	} {
		type permission struct {
			ID    string   `json:"_id"`
			Roles []string `json:"roles"`
		}
		var change, changed struct {
			rest.Status
			Permissions []permission `json:"permissions"`
		}
		for _, id := range []string{"transfer-livechat-guest", "edit-omnichannel-contact", "view-livechat-manager"} {
			change.Permissions = append(change.Permissions, permission{id, tt.roles})
		}
		// The client's own UpdatePermissions adds a member that no server takes.
		body, err := json.Marshal(map[string]any{"permissions": change.Permissions})
		if err != nil {
			t.Fatal(err)
		}
		if err := admin.Post("permissions.update", bytes.NewReader(body), &changed); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(changed.Permissions, func(p permission) bool { return p.ID == "transfer-livechat-guest" && slices.Equal(p.Roles, tt.roles) }) {
			t.Errorf("permissions.update: got %+v, want roles %q", changed.Permissions, tt.roles)
		}
		got := ""
		if err := vera.Get("livechat/users/agent", nil, &page{}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("with roles %q: got %q, want %q", tt.roles, got, tt.want)
		}
	}
}
