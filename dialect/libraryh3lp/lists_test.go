package libraryh3lp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/schema"
)

// many is more than are read at a time, twice.
const many = 1100

// item is what tells the items of lists apart.
type item struct {
	ID      int64 `json:"id"`
	UserID  int64 `json:"userId"`
	QueueID int64 `json:"queueId"`
}

func list(t *testing.T, b *bench, server, path string) []item {
	t.Helper()
	var items []item
	if err := json.Unmarshal([]byte(send(t, b, server, http.MethodGet, path, "", http.StatusOK)), &items); err != nil {
		t.Fatal(err)
	}
	return items
}

// Lists are whole, however long, without anything twice, and in the order of ids,
// operators in that in which they were assigned.
func TestLongLists(t *testing.T) {
	b := open(t, prepared.SQLite)
	b.account = b.id(t, "account")
	server := httptest.NewServer(b.door(t))
	defer server.Close()
	users, queues := list(t, b, server.URL, "/2011-12-03/users"), list(t, b, server.URL, "/2011-12-03/queues")

	people, groups := make([]directory.CreatePerson, many), make([]directory.CreateChatGroup, many)
	for i := range many {
		people[i].LastName = schema.Some("Many")
		people[i].Handle = schema.Some(directory.Handle(fmt.Sprintf("user-%d", i)))
		groups[i].Name = schema.Some(fmt.Sprintf("queue-%d", i))
	}
	for _, created := range b.service.CreatePeople(b.trusted(), people) {
		if created.Err != nil {
			t.Fatal(created.Err)
		}
		users = append(users, item{ID: created.Value})
	}
	for _, created := range b.service.CreateChatGroups(b.trusted(), groups) {
		if created.Err != nil {
			t.Fatal(created.Err)
		}
		queues = append(queues, item{ID: created.Value})
	}
	support := b.id(t, "support")
	operators := list(t, b, server.URL, "/2011-12-03/queues/"+b.vars["support"]+"/operators")
	var memberships []directory.CreateMembership
	for _, user := range slices.Backward(users[len(users)-many:]) {
		memberships = append(memberships, directory.CreateMembership{GroupID: schema.Some(support), EmployeeID: schema.Some(user.ID)})
		operators = append(operators, item{UserID: user.ID, QueueID: support})
	}
	// An employee is in 1000 groups at most.
	busy, assigned := users[len(users)-1].ID, []item{{UserID: users[len(users)-1].ID, QueueID: support}}
	for _, queue := range queues[len(queues)-directory.MaxGroups+1:] {
		memberships = append(memberships, directory.CreateMembership{GroupID: schema.Some(queue.ID), EmployeeID: schema.Some(busy)})
		assigned = append(assigned, item{UserID: busy, QueueID: queue.ID})
	}
	for _, created := range b.service.CreateMemberships(b.trusted(), memberships) {
		if created.Err != nil {
			t.Fatal(created.Err)
		}
	}

	order := func(a, b item) int { return int(a.ID - b.ID) }
	slices.SortFunc(users, order)
	slices.SortFunc(queues, order)
	for _, c := range []struct {
		path string
		want []item
	}{
		{"/2011-12-03/users", users},
		{"/2013-07-21/users", users},
		{"/2011-12-03/queues", queues},
		{"/2011-12-03/queues/" + b.vars["support"] + "/operators", operators},
		{"/2011-12-03/users/" + strconv.FormatInt(busy, 10) + "/assignments", assigned},
	} {
		if got := list(t, b, server.URL, c.path); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %d items, want %d in another order", c.path, len(got), len(c.want))
		}
	}
	refused := send(t, b, server.URL, http.MethodPost, "/2011-12-03/users/"+strconv.FormatInt(busy, 10)+"/assignments", `{"queueId":`+b.vars["sales"]+`}`, http.StatusOK)
	if want := `{"success":null,"message":"There are too many of them.","error":"There are too many of them."}`; refused != want {
		t.Errorf("one queue too many: got %s, want %s", refused, want)
	}
}
