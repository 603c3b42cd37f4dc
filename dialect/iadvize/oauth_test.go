package iadvize_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// A token is in three parts, lasts as long as it says, does not connect, and is good at
// no other door; a blocked member gets none.
func TestTokens(t *testing.T) {
	now := dawn
	o := options(t)
	o.Directory, o.Clock = startDirectory(t, func() time.Time { return now }), func() time.Time { return now }
	server := httptest.NewServer(must(iadvize.GraphQL(o))(t))
	t.Cleanup(server.Close)
	status := func(token string) int {
		r := must(http.NewRequest(http.MethodGet, server.URL+iadvize.AuthenticatedPath, nil))(t)
		r.Header.Set("Authorization", "Bearer "+token)
		response := must(http.DefaultClient.Do(r))(t)
		response.Body.Close()
		return response.StatusCode
	}
	signIn := func() (int, string) {
		response := must(http.PostForm(server.URL+iadvize.TokenPath, url.Values{"grant_type": {"password"}, "username": {"anna@example.com"}, "password": {everybodysPassword}}))(t)
		defer response.Body.Close()
		return response.StatusCode, string(must(io.ReadAll(response.Body))(t))
	}

	_, body := signIn()
	var grant struct {
		Token string `json:"access_token"`
		Ends  int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &grant); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`).MatchString(grant.Token) {
		t.Errorf("got the token %s", grant.Token)
	}
	ctx := directory.WithActor(t.Context(), directory.CommandLine(mustID(t, "client")))
	anna := must(o.Directory.People(ctx, directory.Query{Where: directory.Test{Field: "id", Op: directory.OpEqual, Values: []any{mustID(t, "anna")}}, Limit: 1}))(t).Items[0]
	if anna.Activity.Connected {
		t.Error("who signs in is connected")
	}
	for _, door := range []string{"", iadvize.Door, "rocketchat"} {
		if _, err := o.Directory.Authenticate(t.Context(), door, grant.Token, "127.0.0.1"); err == nil {
			t.Errorf("the token is good at the door %q", door)
		}
	}
	life := time.Duration(grant.Ends) * time.Second
	now = dawn.Add(life - time.Second)
	if got := status(grant.Token); got != http.StatusOK {
		t.Errorf("before its end: got %d", got)
	}
	now = dawn.Add(life)
	if got := status(grant.Token); got != http.StatusUnauthorized {
		t.Errorf("at its end: got %d", got)
	}

	blocked := directory.UpdatePerson{UpdateEmployee: directory.UpdateEmployee{ID: schema.Some(anna.ID)}}
	blocked.Blocked = schema.Some(true)
	each(t, o.Directory.UpdatePeople(ctx, []directory.UpdatePerson{blocked}))
	if got, body := signIn(); got != http.StatusBadRequest || !strings.Contains(body, "invalid_grant") || !strings.Contains(body, "blocked") {
		t.Errorf("a blocked member: got %d %s", got, body)
	}
}
