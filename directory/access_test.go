package directory

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rosterd/rosterd/errors"
)

func TestAddressRange(t *testing.T) {
	for _, tt := range []struct {
		r       AddressRange
		kept    AddressRange // "" if it is none
		in, out []string
	}{
		{"192.0.2.7", "192.0.2.7", []string{"192.0.2.7", "::ffff:192.0.2.7"}, []string{"192.0.2.8", "::c000:207"}},
		{"192.0.2.7/24", "192.0.2.0/24", []string{"192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9"}, []string{"192.0.3.0", "2001:db8::1"}},
		{"192.0.2.7/32", "192.0.2.7", []string{"192.0.2.7"}, []string{"192.0.2.6"}},
		{"::ffff:192.0.2.7", "192.0.2.7", []string{"192.0.2.7"}, []string{"192.0.2.6"}},
		{"::ffff:192.0.2.0/120", "192.0.2.0/24", []string{"192.0.2.7", "::ffff:192.0.2.7"}, []string{"192.0.3.7"}},
		{"2001:DB8:0::/32", "2001:db8::/32", []string{"2001:db8::1", "2001:db8:ffff::%eth0"}, []string{"2001:db9::", "192.0.2.7"}},
		{"::1", "::1", []string{"::1"}, []string{"::2", "127.0.0.1"}},
		{"::/0", "::/0", []string{"::1", "2001:db8::1"}, []string{"192.0.2.7", "::ffff:192.0.2.7"}},
		{"0.0.0.0/0", "0.0.0.0/0", []string{"192.0.2.7", "::1", "::ffff:192.0.2.7"}, nil},
		{"127.0.0.0/8", "127.0.0.0/8", []string{"127.1.2.3"}, []string{"128.0.0.1"}},
		{r: ""}, {r: "192.0.2"}, {r: "192.0.2.7/33"}, {r: "192.0.2.07"}, {r: "fe80::1%eth0"}, {r: "fe80::%eth0/64"}, {r: "example.com"},
		{r: "192.0.2.7:80"}, {r: "192.0.2.0-192.0.2.9"}, {r: " 192.0.2.7"}, {r: "::ffff:0:0/90"}, {r: "none"},
	} {
		if got := tt.r.Valid(); got != (tt.kept != "") {
			t.Errorf("%q is valid: %t", tt.r, got)
		}
		if tt.kept == "" {
			continue
		}
		if got := normalizeRanges([]AddressRange{tt.r, tt.kept}); !cmp.Equal(got, []AddressRange{tt.kept}) {
			t.Errorf("%q is kept as %q, want %q", tt.r, got, tt.kept)
		}
		for want, addrs := range map[bool][]string{true: tt.in, false: tt.out} {
			for _, addr := range addrs {
				for _, r := range []AddressRange{tt.r, tt.kept} {
					if got := r.Contains(netip.MustParseAddr(addr)); got != want {
						t.Errorf("%s contains %s: got %t, want %t", r, addr, got, want)
					}
				}
			}
		}
	}
}

func TestWhitelisted(t *testing.T) {
	office, home := []AddressRange{"192.0.2.0/24", "2001:db8::1"}, []AddressRange{"0.0.0.0/0"}
	for _, tt := range []struct {
		from  string
		lists [][]AddressRange
		want  bool
	}{
		{"198.51.100.7", nil, true},
		{"198.51.100.7", [][]AddressRange{nil, {}}, true},
		{"198.51.100.7", [][]AddressRange{office}, false},
		{"2001:db8::1", [][]AddressRange{office}, true},
		{"192.0.2.7", [][]AddressRange{office, home}, true},
		{"192.0.2.7", [][]AddressRange{home, office, {"192.0.2.8"}}, false},
		{"", nil, true},
		{"", [][]AddressRange{home}, false},
		{"@", [][]AddressRange{office}, false},
	} {
		err := whitelisted(tt.from, tt.lists...)
		if got := err == nil; got != tt.want {
			t.Errorf("%q on %q: %v, want %t", tt.from, tt.lists, err, tt.want)
		}
		if err != nil && (!errors.HasCode(err, errors.IPNotWhitelisted) || errors.Of(err).Violations[0].Params["ip"] != tt.from) {
			t.Errorf("%q on %q: %v, want ip_not_whitelisted that names it", tt.from, tt.lists, err)
		}
	}
}

func TestMay(t *testing.T) {
	const (
		selectLines  Right = "va:select"
		insertLines  Right = "va:insert"
		updateSites  Right = "site_selected:update"
		deleteOthers Right = "others:delete"
		selectOthers Right = "others:select"
	)
	all := []Right{SelectEmployees, InsertEmployees, UpdateEmployees, DeleteEmployees, SelectAccount, selectLines, insertLines, updateSites, deleteOthers, selectOthers}
	looks := []Right{SelectEmployees, SelectAccount, selectLines, selectOthers}
	for _, tt := range []struct {
		name  string
		actor Actor
		want  []Right
	}{
		{"administrator", Actor{Roles: []Role{Administrator}}, all},
		{"manager", Actor{Roles: []Role{Manager}}, []Right{SelectEmployees, InsertEmployees, UpdateEmployees, DeleteEmployees, SelectAccount, selectLines, insertLines, updateSites, selectOthers}},
		{"reader", Actor{Roles: []Role{Reader}}, looks},
		{"agent and expert", Actor{Roles: []Role{Agent, Expert}}, nil},
		{"agent and reader", Actor{Roles: []Role{Agent, Reader}}, looks},
		{"no role", Actor{}, nil},
		{"no role with rights", Actor{Rights: all}, nil},
		{"administrator with some rights", Actor{Roles: []Role{Administrator}, Rights: []Right{insertLines, SelectClientUsers}}, []Right{insertLines}},
		{"reader with rights that are not theirs", Actor{Roles: []Role{Reader}, Rights: []Right{insertLines, selectLines}}, []Right{selectLines}},
		{"partner", Actor{Roles: []Role{Administrator}, partner: true}, append([]Right{SelectClientUsers}, all...)},
		{"through an agent of a partner", Actor{Roles: []Role{Administrator}, through: &Actor{Roles: []Role{Agent}, partner: true}}, nil},
		{"through a partner's reader", Actor{Roles: []Role{Administrator}, through: &Actor{Roles: []Role{Reader}, partner: true}}, looks},
		{"through a partner's administrator", Actor{Roles: []Role{Reader}, through: &Actor{Roles: []Role{Administrator}, partner: true}}, looks},
		{"through a partner's token with rights", Actor{Roles: []Role{Administrator}, through: &Actor{Roles: []Role{Administrator}, Rights: []Right{insertLines}, partner: true}}, []Right{insertLines}},
	} {
		var got []Right
		for _, right := range append([]Right{SelectClientUsers}, all...) {
			if tt.actor.May(right) {
				got = append(got, right)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s may (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestIs(t *testing.T) {
	administrator := Actor{Roles: []Role{Administrator}}
	for _, tt := range []struct {
		name  string
		actor Actor
		want  bool
	}{
		{"administrator", administrator, true},
		{"manager", Actor{Roles: []Role{Manager}}, false},
		{"with some rights", Actor{Roles: []Role{Administrator}, Rights: []Right{UpdateEmployees}}, false},
		{"through another", Actor{Roles: []Role{Administrator}, through: &administrator}, true},
		{"through a manager", Actor{Roles: []Role{Administrator}, through: &Actor{Roles: []Role{Manager}}}, false},
		{"as a manager", Actor{Roles: []Role{Manager}, through: &administrator}, false},
	} {
		if got := tt.actor.is(Administrator); got != tt.want {
			t.Errorf("%s acts as administrator: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestEnding(t *testing.T) {
	for _, tt := range []struct {
		ending Ending
		zone   TimeZone
		want   string // "" if it is none
	}{
		{"2026-12-31", "UTC", "2027-01-01T00:00:00Z"},
		{"2026-12-31", "Europe/Moscow", "2026-12-31T21:00:00Z"},
		{"2026-03-28", "Europe/Berlin", "2026-03-28T23:00:00Z"},
		{"2026-03-29", "Europe/Berlin", "2026-03-29T22:00:00Z"}, // a day of 23 hours
		{"2026-12-31T18:00:00+03:00", "Asia/Tokyo", "2026-12-31T15:00:00Z"},
		{"2026-12-31T18:00:00Z", "Asia/Tokyo", "2026-12-31T18:00:00Z"},
		{"2026-02-29", "UTC", ""},
		{"2026-12-31T18:00:00", "UTC", ""},
		{"2026-12-31 18:00:00", "UTC", ""},
		{"tomorrow", "UTC", ""},
		{"", "UTC", ""},
	} {
		at, err := tt.ending.moment(tt.zone)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = ""
		}
		if got != tt.want || tt.ending.Valid() != (tt.want != "") {
			t.Errorf("%q in %s is %q (%v), want %q", tt.ending, tt.zone, got, err, tt.want)
		}
	}
}

// A window never lasts longer than it may, also on a clock that was set back, and
// seconds are enough to wait.
func TestLimitsOfPoints(t *testing.T) {
	opened := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	p := Points{limited: true, taken: 3, perMinute: 10, perDay: 100, used: PointsUsed{Minute: 5, Day: 50, MinuteOpened: opened, DayOpened: opened}}
	for _, tt := range []struct {
		after                              time.Duration
		succeeded                          int
		day, dayReset, minute, minuteReset int64
	}{
		{0, 0, 53, 86400, 8, 60},
		{0, 3, 50, 86400, 5, 60},
		{time.Nanosecond, 1, 52, 86400, 7, 60},
		{time.Second, 1, 52, 86399, 7, 59},
		{59*time.Second + 1, 1, 52, 86341, 7, 1},
		{-time.Hour, 1, 52, 86400, 7, 60},
		{time.Hour, 1, 52, 82800, 7, 0},
	} {
		p.now = opened.Add(tt.after)
		got := p.Limits(tt.succeeded)
		want := newLimits(Window{100, tt.day, time.Duration(tt.dayReset) * time.Second}, Window{10, tt.minute, time.Duration(tt.minuteReset) * time.Second})
		if got != want {
			t.Errorf("after %s, %d succeeded: got %+v, want %+v", tt.after, tt.succeeded, got, want)
		}
	}
}
