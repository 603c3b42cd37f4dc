package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rosterd/rosterd/dialect/iadvize"
	"github.com/rosterd/rosterd/dialect/libraryh3lp"
	"github.com/rosterd/rosterd/dialect/rocketchat"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/web"
)

// dataAPI is the native door's name on the command line. The others are named as
// their keys are.
const dataAPI = "data-api"

// vendorDoor is another vendor's API over the roster.
type vendorDoor struct {
	keys  directory.Keys
	paths []string // its paths; one that ends in / stands for all that begin with it
	open  func(doorOptions) (http.Handler, error)
}

type doorOptions struct {
	directory *directory.Service
	maxBody   int64 // of a request, in bytes
	log       *slog.Logger

	fetchAvatars bool // those that are given by address
}

// iadvize are the options of iAdvize's doors.
func (o doorOptions) iadvize() iadvize.Options {
	return iadvize.Options{Directory: o.directory, MaxBody: o.maxBody, Clock: time.Now, Log: o.log, FetchAvatars: o.fetchAvatars}
}

func vendorDoors() []vendorDoor {
	return []vendorDoor{
		{rocketchat.Keys(), []string{rocketchat.Prefix}, func(o doorOptions) (http.Handler, error) {
			return rocketchat.New(rocketchat.Options{Directory: o.directory, MaxBody: o.maxBody, Clock: time.Now, Log: o.log})
		}},
		{libraryh3lp.Keys(), []string{"/2011-12-03/", "/2013-07-21/", "/presence/"}, func(o doorOptions) (http.Handler, error) {
			return libraryh3lp.New(libraryh3lp.Options{Directory: o.directory, MaxBody: o.maxBody, Log: o.log})
		}},
		{iadvize.Keys(), []string{iadvize.RESTPrefix}, func(o doorOptions) (http.Handler, error) {
			return iadvize.REST(o.iadvize())
		}},
		{iadvize.TokenKeys(), []string{iadvize.GraphQLPath, iadvize.GraphQLPath + "/", iadvize.TokenPath, iadvize.AuthenticatedPath, iadvize.AvatarPrefix}, openGraphQL},
	}
}

// openGraphQL opens iAdvize's door for GraphQL, with the pictures of its users. A
// browser that opens its address finds GraphiQL.
func openGraphQL(o doorOptions) (http.Handler, error) {
	api, err := iadvize.GraphQL(o.iadvize())
	if err != nil {
		return nil, err
	}
	avatars, err := iadvize.Avatars(o.iadvize())
	if err != nil {
		return nil, err
	}
	page := web.GraphiQL()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, iadvize.AvatarPrefix):
			avatars.ServeHTTP(w, r)
		case strings.HasPrefix(path, iadvize.GraphQLPath+"/"):
			page.ServeHTTP(w, r)
		case path == iadvize.GraphQLPath && web.WantsPage(r):
			page.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	}), nil
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

// withVendorDoors lets each door that is open answer what is at its paths, as it was
// sent: a ServeMux would redirect a path that is not clean. Nothing is found at those
// of a door that is closed. All else is for next.
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
			if r.URL.Path == path || strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path) {
				handler.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	}), nil
}
