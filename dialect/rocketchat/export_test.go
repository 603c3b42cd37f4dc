package rocketchat

import "slices"

// Endpoint is what tests know of an endpoint.
type Endpoint struct {
	Method, Path string
	Open         bool
}

// Endpoints are all of the door's.
func Endpoints() (all []Endpoint) {
	for _, e := range slices.Concat(session, users, permissions, settings, livechat, departments) {
		all = append(all, Endpoint{e.method, Prefix + e.path, e.open})
	}
	return all
}
