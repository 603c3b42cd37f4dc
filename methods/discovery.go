package methods

import (
	"context"
	_ "embed"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/rpc"
)

// exampleResults is what each method answers to its Example, by name.
// TestExamples writes it.
//
//go:embed examples.json
var exampleResults []byte

// OpenRPC describes the methods of All under a revision of the contract, as an
// OpenRPC document. servers are absolute URLs at which they can be called.
func OpenRPC(revision string, servers ...string) (jsontext.Value, error) {
	methods, err := rpc.Describe(revision, All(nil)...)
	if err != nil {
		return nil, err
	}
	api := rpc.API{
		Title: "Data API", Version: "2.0",
		Description: "One roster of employees for telephony and chat systems. The Data API of UIS and CoMagic, revision \"" + revision + "\", as rosterd serves it; x-ours marks what is rosterd's own.",
		License:     "Apache-2.0", LicenseURL: "https://www.apache.org/licenses/LICENSE-2.0",
		Servers: servers,
	}
	if err := json.Unmarshal(exampleResults, &api.Results); err != nil {
		return nil, err
	}
	return rpc.OpenRPC(api, methods)
}

func discovery(d *directory.Service) []rpc.Entry {
	document := sync.OnceValues(func() (jsontext.Value, error) { return OpenRPC(d.Revision()) })
	return []rpc.Entry{
		rpc.Method[struct{}, jsontext.Value]{
			Name:    "rpc.discover",
			Summary: "Describe all methods: an OpenRPC document, with the server left out that it was asked of.",
			Right:   string(directory.SelectDiscovery),
			Example: `{}`,
			Run:     func(context.Context, struct{}) (jsontext.Value, error) { return document() },
		},
	}
}
