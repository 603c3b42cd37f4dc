package iadvize

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"time"
)

// GraphQLFetching is GraphQL, which fetches pictures from other addresses than those
// that are public, and waits another time than FetchTimeout.
func GraphQLFetching(o Options, may func(netip.Addr) bool, config *tls.Config, timeout time.Duration) (http.Handler, error) {
	return newGraphQL(o, newFetcherTo(may, config, timeout))
}

// IsPublic tells which addresses pictures are fetched from.
var IsPublic = isPublic

// RESTEndpoint is what tests know of an endpoint of REST.
type RESTEndpoint struct{ Method, Path string }

// RESTEndpoints are all of REST's.
func RESTEndpoints() (all []RESTEndpoint) {
	for _, e := range restEndpoints() {
		all = append(all, RESTEndpoint{e.method, RESTPrefix + e.path})
	}
	return all
}

// What tests call beneath the doors.
var (
	NewREST       = newREST // with another MaxLive
	ParseBrackets = parseBrackets
	ParseJSON     = parseJSON
)

// Number is a number of JSON.
type Number = number
