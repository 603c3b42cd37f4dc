package main

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// withClient puts the address of the client into a request's RemoteAddr, where one
// of the proxies trusted has sent it on and says for whom.
func withClient(trusted []directory.AddressRange, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := clientOf(r, trusted); client.IsValid() {
			r = r.WithContext(r.Context()) // a copy
			r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf is the address that trusted proxies say a request is from, the last one
// that is no proxy of ours. It is not valid, and the peer is the client, if the peer
// is not trusted, if a header cannot be read, and if there are both Forwarded and
// X-Forwarded-For and they do not agree: a proxy that writes one may let a client's
// own other one through.
func clientOf(r *http.Request, trusted []directory.AddressRange) netip.Addr {
	is := func(addr netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(r directory.AddressRange) bool { return r.Contains(addr) })
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !is(peer.Addr()) {
		return netip.Addr{}
	}
	var found []netip.Addr
	for _, header := range []struct {
		name string
		read func(string) ([]string, error)
	}{{"Forwarded", forwardedFor}, {"X-Forwarded-For", listed}} {
		values := r.Header.Values(header.name)
		if len(values) == 0 {
			continue
		}
		hops, err := header.read(strings.Join(values, ","))
		if err != nil {
			return netip.Addr{}
		}
		client := peer.Addr()
		for len(hops) > 0 && is(client) {
			if client, err = hopAddr(hops[len(hops)-1]); err != nil {
				return netip.Addr{}
			}
			hops = hops[:len(hops)-1]
		}
		found = append(found, client.Unmap())
	}
	if len(found) == 0 || found[0] != found[len(found)-1] {
		return netip.Addr{}
	}
	return found[0]
}

// listed are the elements of X-Forwarded-For.
func listed(header string) ([]string, error) {
	hops := strings.Split(header, ",")
	for i := range hops {
		hops[i] = strings.TrimSpace(hops[i])
	}
	return hops, nil
}

var (
	forwardedPair = regexp.MustCompile(`^[ \t]*([!#$%&'*+\-.^_\x60|~0-9A-Za-z]+)=([!#$%&'*+\-.^_\x60|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*")[ \t]*`)
	quotedPair    = regexp.MustCompile(`\\(.)`)
)

// forwardedFor are the members for of the elements of Forwarded (RFC 7239 §4), ""
// where an element has none.
func forwardedFor(header string) ([]string, error) {
	hops := []string{""}
	for {
		pair := forwardedPair.FindStringSubmatch(header)
		if pair == nil {
			return nil, errors.New("a header Forwarded cannot be read")
		}
		name, value := pair[1], pair[2]
		if value[0] == '"' {
			value = quotedPair.ReplaceAllString(value[1:len(value)-1], "$1")
		}
		if strings.EqualFold(name, "for") {
			hops[len(hops)-1] = value
		}
		header = header[len(pair[0]):]
		switch {
		case header == "":
			return hops, nil
		case header[0] == ',':
			hops = append(hops, "")
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
