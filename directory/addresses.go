package directory

import (
	"net/netip"
	"slices"

	"github.com/rosterd/rosterd/errors"
)

// AddressRange is an IP address, or a range of them as CIDR writes it:
// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". 0.0.0.0/0 is every address, IPv6
// ones too.
type AddressRange string

// MaxAddressRanges is how many an allow-list has at most: the items of the
// commands' allow_ip.
const MaxAddressRanges = 100

var everyAddress = netip.MustParsePrefix("0.0.0.0/0")

// Valid reports whether r can be read.
func (r AddressRange) Valid() bool {
	_, err := r.prefix()
	return err == nil
}

func (r AddressRange) prefix() (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(string(r)); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(string(r))
	const mapped = 96 // bits before the IPv4 address in ::ffff:0:0/96
	switch {
	case err != nil:
	case p.Addr().Is4In6() && p.Bits() < mapped:
		err = errors.New("a range of IPv4-mapped addresses and others")
	case p.Addr().Is4In6():
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), err
}

// Contains reports whether an address is in the range. A zone does not matter, and
// ::ffff:192.0.2.7 is 192.0.2.7.
func (r AddressRange) Contains(addr netip.Addr) bool {
	p, err := r.prefix()
	return err == nil && (p == everyAddress || p.Contains(addr.Unmap().WithZone("")))
}

// normalizeRanges are ranges as they are kept: an address for a range of one,
// the first address for any other.
func normalizeRanges(ranges []AddressRange) []AddressRange {
	normal := make([]AddressRange, 0, len(ranges))
	for _, r := range ranges {
		p, err := r.prefix()
		if err != nil {
			continue // Valid, says the schema
		}
		text := AddressRange(p.String())
		if p.IsSingleIP() {
			text = AddressRange(p.Addr().String())
		}
		if !slices.Contains(normal, text) {
			normal = append(normal, text)
		}
	}
	return normal
}

// whitelisted refuses a caller's address that one of the lists leaves out:
// ip_not_whitelisted. An empty list leaves out nothing, any other what is no
// address.
func whitelisted(from string, lists ...[]AddressRange) error {
	for _, list := range lists {
		if len(list) == 0 {
			continue
		}
		addr, err := netip.ParseAddr(from)
		if err != nil || !slices.ContainsFunc(list, func(r AddressRange) bool { return r.Contains(addr) }) {
			return errors.E(errors.IPNotWhitelisted, "ip", from)
		}
	}
	return nil
}
