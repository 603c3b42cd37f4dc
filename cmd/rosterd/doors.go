package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
)

// dataAPI is the native door's name on the command line. The others are named as
// their keys are.
const dataAPI = "data-api"

// vendorDoor is another vendor's API over the roster.
type vendorDoor struct {
	keys  directory.Keys
	paths []string // what its paths begin with
	open  func(doorOptions) (http.Handler, error)
}

type doorOptions struct {
	directory *directory.Service
	maxBody   int64 // of a request, in bytes
	log       *slog.Logger
}

func vendorDoors() []vendorDoor {
	return []vendorDoor{
		{rocketchat.Keys(), []string{rocketchat.Prefix}, func(o doorOptions) (http.Handler, error) {
			return rocketchat.New(rocketchat.Options{Directory: o.directory, MaxBody: o.maxBody, Clock: time.Now, Log: o.log})
		}},
		{libraryh3lp.Keys(), []string{"/2011-12-03/", "/2013-07-21/", "/presence/"}, func(o doorOptions) (http.Handler, error) {
			return libraryh3lp.New(libraryh3lp.Options{Directory: o.directory, MaxBody: o.maxBody, Log: o.log})
		}},
	}
}

// doorNames are all doors, as --doors and --door call them.
func doorNames() []string {
	all := []string{dataAPI}
	for _, d := range vendorDoors() {
		all = append(all, d.keys.Door)
	}
	return all
}

// keysOf are the keys of the door with a name: the zero ones of the Data API.
func keysOf(name string) directory.Keys {
	for _, d := range vendorDoors() {
		if d.keys.Door == name {
			return d.keys
		}
	}
	return directory.Keys{}
}

// doorName is the name of the door whose keys say so.
func doorName(door string) string {
	if door == "" {
		return dataAPI
	}
	return door
}

// withVendorDoors lets each door that is open answer what is below its paths, as it
// was sent: a ServeMux would redirect a path that is not clean. Nothing is found
// below those of a door that is closed. All else is for next.
func withVendorDoors(open []string, o doorOptions, next http.Handler) (http.Handler, error) {
	byPath := map[string]http.Handler{}
	for _, d := range vendorDoors() {
		handler := http.NotFoundHandler()
		if slices.Contains(open, d.keys.Door) {
			var err error
			if handler, err = d.open(o); err != nil {
				return nil, fmt.Errorf("the door %s: %w", d.keys.Door, err)
			}
		}
		for _, path := range d.paths {
			byPath[path] = handler
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for path, handler := range byPath {
			if strings.HasPrefix(r.URL.Path, path) {
				handler.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	}), nil
}
