package main

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// withClient puts the address of the client into a request's RemoteAddr, and marks
// the request of one who speaks TLS, where one of the proxies trusted has sent it on
// and says so.
func withClient(trusted []directory.AddressRange, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, secure := clientOf(r, trusted)
		if client.IsValid() {
			r = r.WithContext(r.Context()) // a copy
			r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		}
		if secure {
			r = dialect.WithSecure(r)
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf is the address that trusted proxies say a request is from, the last one
// that is no proxy of ours, and whether they say that it came from there by HTTPS.
// The address is not valid, and the peer is the client, if the peer is not trusted,
// if a header cannot be read, and if there are both Forwarded and X-Forwarded-For
// and they do not agree: a proxy that writes one may let a client's own other one
// through. For the same reason all that is said of the protocol must agree.
func clientOf(r *http.Request, trusted []directory.AddressRange) (client netip.Addr, secure bool) {
	is := func(addr netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(r directory.AddressRange) bool { return r.Contains(addr) })
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !is(peer.Addr()) {
		return netip.Addr{}, false
	}
	protocols := listed(r.Header.Values("X-Forwarded-Proto"))
	var found []netip.Addr
	var said []string // protocols between the client and the first proxy
	for _, header := range []struct {
		name string
		read func([]string) ([]hop, error)
	}{{"Forwarded", forwarded}, {"X-Forwarded-For", forwardedFor}} {
		values := r.Header.Values(header.name)
		if len(values) == 0 {
			continue
		}
		hops, err := header.read(values)
		if err != nil {
			return netip.Addr{}, false
		}
		client, first := peer.Addr(), len(hops)
		for first > 0 && is(client) {
			first--
			if client, err = hopAddr(hops[first].from); err != nil {
				return netip.Addr{}, false
			}
		}
		found = append(found, client.Unmap())
		if proto := hops[first].proto; proto != "" {
			said = append(said, proto)
		}
		if len(protocols) == len(hops) { // each proxy has added its own
			said = append(said, protocols[first])
		} else {
			said = append(said, protocols...)
		}
	}
	switch {
	case len(found) == 0:
		said = protocols
	case found[0] != found[len(found)-1]:
		return netip.Addr{}, false
	default:
		client = found[0]
	}
	notHTTPS := func(proto string) bool { return !strings.EqualFold(proto, "https") }
	return client, len(said) > 0 && !slices.ContainsFunc(said, notHTTPS)
}

// hop is what a proxy says of a request: from where it came, and by which protocol,
// "" if it does not say.
type hop struct{ from, proto string }

// listed are the elements of a header like X-Forwarded-For.
func listed(lines []string) []string {
	if len(lines) == 0 {
		return nil
	}
	elements := strings.Split(strings.Join(lines, ","), ",")
	for i := range elements {
		elements[i] = strings.TrimSpace(elements[i])
	}
	return elements
}

// forwardedFor reads X-Forwarded-For.
func forwardedFor(lines []string) ([]hop, error) {
	var hops []hop
	for _, from := range listed(lines) {
		hops = append(hops, hop{from: from})
	}
	return hops, nil
}

var (
	forwardedPair = regexp.MustCompile(`^[ \t]*([!#$%&'*+\-.^_\x60|~0-9A-Za-z]+)=([!#$%&'*+\-.^_\x60|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*")[ \t]*`)
	quotedPair    = regexp.MustCompile(`\\(.)`)
)

// forwarded reads the members for and proto of the elements of Forwarded (RFC 7239
// §4 and §5.4).
func forwarded(lines []string) ([]hop, error) {
	header := strings.Join(lines, ",")
	hops := []hop{{}}
	for {
		pair := forwardedPair.FindStringSubmatch(header)
		if pair == nil {
			return nil, errors.New("a header Forwarded cannot be read")
		}
		name, value := pair[1], pair[2]
		if value[0] == '"' {
			value = quotedPair.ReplaceAllString(value[1:len(value)-1], "$1")
		}
		switch last := &hops[len(hops)-1]; {
		case strings.EqualFold(name, "for"):
			last.from = value
		case strings.EqualFold(name, "proto"):
			last.proto = value
		}
		header = header[len(pair[0]):]
		switch {
		case header == "":
			return hops, nil
		case header[0] == ',':
			hops = append(hops, hop{})
		case header[0] != ';':
			return nil, errors.New("a header Forwarded cannot be read")
		}
		header = header[1:]
	}
}

// hopAddr reads an address as proxies write it: 192.0.2.7, 192.0.2.7:4711,
// 2001:db8::7, [2001:db8::7] or [2001:db8::7]:4711.
func hopAddr(hop string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
}
