// Pocketbase serves employees as a user of PocketBase would keep them: a collection
// with rules, and a record of the users who calls. PocketBase is as it comes but for
// three settings: batches are allowed; requests are not logged, as rosterd's are not;
// and no browser is opened.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Limits of batches.
const (
	batchRequests = 1000
	batchTimeout  = 60 // seconds
)

// ready is what the file ready.json has, which is in the folder before anybody is
// answered.
type ready struct {
	Token  string   `json:"token"`
	Groups []string `json:"groups"` // ids
}

func main() {
	dir := flag.String("dir", "", "new folder for the database")
	listen := flag.String("listen", "", "address to listen on")
	groups := flag.Int("groups", 0, "how many groups to make")
	flag.Parse()
	if err := serve(*dir, *listen, *groups); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

func serve(dir, listen string, groups int) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	made, err := prepare(app, groups)
	if err != nil {
		return err
	}
	text, err := json.Marshal(made)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "ready.json"), text, 0o600); err != nil {
		return err
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil
		return e.Next()
	})
	return apis.Serve(app, apis.ServeConfig{HttpAddr: listen})
}

func prepare(app core.App, groups int) (made ready, err error) {
	settings := app.Settings()
	settings.Batch.Enabled, settings.Batch.MaxRequests, settings.Batch.Timeout = true, batchRequests, batchTimeout
	settings.Logs.MaxDays = 0
	if err := app.Save(settings); err != nil {
		return made, err
	}
	known := types.Pointer(`@request.auth.id != ""`)
	groupsOf := core.NewBaseCollection("groups")
	groupsOf.ListRule, groupsOf.ViewRule = known, known
	groupsOf.Fields.Add(&core.TextField{Name: "name", Required: true, Max: 255})
	if err := app.Save(groupsOf); err != nil {
		return made, err
	}
	for i := range groups {
		group := core.NewRecord(groupsOf)
		group.Set("name", fmt.Sprintf("group %d", i))
		if err := app.Save(group); err != nil {
			return made, err
		}
		made.Groups = append(made.Groups, group.Id)
	}
	if err := app.Save(employees(groupsOf.Id, known)); err != nil {
		return made, err
	}
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return made, err
	}
	caller := core.NewRecord(users)
	caller.SetEmail("caller@example.com")
	caller.SetRandomPassword()
	if err := app.Save(caller); err != nil {
		return made, err
	}
	made.Token, err = caller.NewStaticAuthToken(24 * time.Hour)
	return made, err
}

// employees is the collection. Numbers and the rest of the seat are JSON, since
// PocketBase has no lists of objects; what is unique in rosterd is so here, and names
// have the indexes by which lists are sorted.
func employees(groups string, rule *string) *core.Collection {
	c := core.NewBaseCollection("employees")
	c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule, c.DeleteRule = rule, rule, rule, rule, rule
	c.Fields.Add(
		&core.TextField{Name: "last_name", Max: 255},
		&core.TextField{Name: "first_name", Max: 255},
		&core.EmailField{Name: "email"},
		&core.JSONField{Name: "phone_numbers"},
		&core.RelationField{Name: "groups", CollectionId: groups, MaxSelect: 100},
		&core.TextField{Name: "extension", Pattern: `^[0-9]{2,5}$`},
		&core.TextField{Name: "operator_login", Max: 255},
		&core.JSONField{Name: "operator"},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	for _, field := range []string{"email", "extension", "operator_login"} {
		c.AddIndex("employees_"+field, true, field, field+" != ''")
	}
	c.AddIndex("employees_last_name", false, "last_name", "")
	c.AddIndex("employees_first_name", false, "first_name", "")
	return c
}
