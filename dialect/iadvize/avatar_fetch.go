package iadvize

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"github.com/rosterd/rosterd/errors"
)

// Limits of fetching a picture.
const (
	FetchTimeout     = 5 * time.Second
	MaxRedirects     = 3
	maxFetchedHeader = 64 << 10 // bytes
)

// fetcher fetches pictures from where a client says. That may be anywhere, so that it
// connects to public addresses only, and looks at the address at the moment when it
// dials: what a name meant before, and where a redirect leads, tells nothing.
type fetcher struct {
	client *http.Client
}

func newFetcher() *fetcher { return newFetcherTo(isPublic, nil, FetchTimeout) }

// newFetcherTo fetches from the addresses that may be dialled, within timeout in all.
// config is for certificates; nil is the standard.
func newFetcherTo(may func(netip.Addr) bool, config *tls.Config, timeout time.Duration) *fetcher {
	dialer := &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !may(at.Addr().Unmap().WithZone("")) {
			return errors.New("the address is not public")
		}
		return nil
	}}
	return &fetcher{&http.Client{
		Timeout: timeout,
		Transport: &http.Transport{ // without a proxy, which would dial in our place
			DialContext: dialer.DialContext, TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: maxFetchedHeader,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > MaxRedirects {
				return errors.New("there are too many redirects")
			}
			return fetchable(r.URL)
		},
	}}
}

// fetchable says why an address is not asked.
func fetchable(u *url.URL) error {
	switch {
	case u.Scheme != "https":
		return errors.New("the address is not https")
	case u.Host == "" || u.User != nil:
		return errors.New("the address has no host, or a user")
	}
	return nil
}

// fetch reads a picture, of MaxAvatarBytes at most.
func (f *fetcher) fetch(ctx context.Context, u *url.URL) ([]byte, error) {
	if err := fetchable(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "image/png, image/jpeg, image/gif")
	response, err := f.client.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the address, which may have a secret
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %d", response.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, MaxAvatarBytes+1))
	if err == nil && len(data) > MaxAvatarBytes {
		err = errors.New("the picture is too large")
	}
	return data, err
}

// reserved are addresses that are nobody's in public, beside those that netip knows:
// RFC 6890 and what has come since, and the ranges that hide another address.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("fec0::/10"),
}

// isPublic reports whether an address is somebody's in the internet.
func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}
