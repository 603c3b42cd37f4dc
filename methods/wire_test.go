package methods_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/methods"
	"github.com/rosterd/rosterd/rpc"
	"github.com/rosterd/rosterd/rpc/wiretest"
	"github.com/rosterd/rosterd/schema"
	"github.com/rosterd/rosterd/store/testdb"
)

// TestWire runs the scripts of each directory, each script on a server of its own:
// on both databases over HTTP, and on one of them over WebSocket, too.
func TestWire(t *testing.T) {
	prepared.Each(t, func(t *testing.T, db testdb.Opener) { testWire(t, db, (*bench).send) })
	t.Run("websocket", func(t *testing.T) {
		t.Parallel()
		testWire(t, prepared.SQLite, (*bench).sendWebSocket)
	})
}

func testWire(t *testing.T, db testdb.Opener, send func(*bench, *testing.T) wiretest.Send) {
	for dir, s := range map[string]settings{
		"seed":        {revision: directory.RevisionSeed},
		"current":     {revision: directory.RevisionCurrent},
		"nokey":       {noKey: true},
		"unsupported": {rpc: rpc.Options{NoBatch: true, NoNotifications: true}},
		"later":       {later: 24 * time.Hour},
		"components":  {account: directory.UpdateAccount{DisabledComponents: schema.Some([]directory.Component{"trainer", "recording", "consultant", "va", "call_center", "call_tracking", "lead"})}},
		"addresses":   {account: directory.UpdateAccount{AllowIPs: schema.Some([]directory.AddressRange{"192.0.2.0/24"})}},
		"minute":      {account: directory.UpdateAccount{PointsPerMinute: schema.Some[int64](6)}},
		"points":      {account: directory.UpdateAccount{PointsPerMinute: schema.Some[int64](60), PointsPerDay: schema.Some[int64](8)}},
	} {
		t.Run(dir, func(t *testing.T) {
			wiretest.RunDir(t, filepath.Join("testdata", dir), func(t *testing.T) (map[string]string, wiretest.Send) {
				b := start(t, db, s)
				return b.vars, send(b, t)
			})
		})
	}
	t.Run("fault", func(t *testing.T) {
		wiretest.RunDir(t, filepath.Join("testdata", "fault"), func(t *testing.T) (map[string]string, wiretest.Send) {
			b := start(t, db, settings{})
			if err := b.closeStore(); err != nil {
				t.Fatal(err)
			}
			return b.vars, send(b, t)
		})
	})
}

// unseen are the codes that no script shows, and why.
var unseen = map[string]string{
	"campaign_is_inactive":           "there are no campaigns",
	"invalid_date_time":              "a date or time that does not exist is an invalid_parameter_value, as any value that does not",
	"tariff_restrictions":            "there are no tariff plans",
	"invalid_state":                  "there is no update.customer_status",
	"virtual_phone_number_not_found": "there are no enable.virtual_numbers and disable.virtual_numbers",
}

// TestWireShowsEveryCode holds the scripts against the catalogue.
func TestWireShowsEveryCode(t *testing.T) {
	files := must(filepath.Glob(filepath.Join("testdata", "*", "*.wire")))(t)
	shown := map[string]bool{}
	code := regexp.MustCompile(`"code":(-?\d+),[^\n]*?"mnemonic":"([a-z_]+)"`)
	for _, file := range files {
		for _, m := range code.FindAllStringSubmatch(string(must(os.ReadFile(file))(t)), -1) {
			shown[m[2]+" "+m[1]] = true
		}
	}
	known := map[string]bool{}
	for _, c := range errors.Catalogue() {
		key := c.Mnemonic + " " + strconv.Itoa(c.Number)
		known[key] = true
		reason, excused := unseen[c.Mnemonic]
		switch {
		case !shown[key] && !excused:
			t.Errorf("no script shows %s", key)
		case shown[key] && excused:
			t.Errorf("a script shows %s, which it is said not to: %s", key, reason)
		}
	}
	for key := range shown {
		if !known[key] {
			t.Errorf("a script shows %s, which is not in the catalogue", key)
		}
	}
}

// TestWireShowsEveryParameter holds the scripts against the method table: every
// method is called in one, with each of its parameters, nested ones included, and
// every field of what it answers is shown or asked for.
func TestWireShowsEveryParameter(t *testing.T) {
	requests, answers := map[string]string{}, map[string]string{} // by method
	name := regexp.MustCompile(`"method":\s*"([a-z_.]+)"`)
	for _, file := range must(filepath.Glob(filepath.Join("testdata", "*", "*.wire")))(t) {
		var methods []string
		asks := false
		for line := range strings.Lines(string(must(os.ReadFile(file))(t))) {
			if arrow := strings.HasPrefix(line, "-->"); arrow && !asks {
				methods = nil
			}
			switch {
			case strings.HasPrefix(line, "-->"):
				asks = true
			case strings.HasPrefix(line, "<--"):
				asks = false
			}
			if asks {
				for _, m := range name.FindAllStringSubmatch(line, -1) {
					methods = append(methods, m[1])
				}
			}
			for _, m := range methods {
				if asks {
					requests[m] += line
				} else {
					answers[m] += line
				}
			}
		}
	}
	for _, info := range must(rpc.Describe(directory.RevisionSeed, methods.All(nil)...))(t) {
		if info.Name == "subscribe.employees" { // the scripts run over HTTP, too: see TestSubscribeEmployees
			continue
		}
		for _, at := range spots(spot{t: info.Params}) {
			if slices.Contains(writeOptions, at.lastName()) { // the same everywhere: the script options, and TestWriteOptions for each method
				continue
			}
			if !strings.Contains(requests[info.Name], `"`+at.lastName()+`"`) {
				t.Errorf("no script calls %s with %s", info.Name, at.field())
			}
		}
		if info.Result == nil {
			continue
		}
		for _, at := range spots(spot{t: info.Result}) {
			if at.names[0] != "data" { // metadata is the same everywhere
				continue
			}
			if shown := `"` + at.lastName() + `"`; !strings.Contains(answers[info.Name]+requests[info.Name], shown) {
				t.Errorf("no script shows %s of %s", at.field(), info.Name)
			}
		}
	}
}
