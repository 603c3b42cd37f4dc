package directory

import (
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Identifiers have the forms that other systems know, are never the same, and stand in
// the order in which they were made, from the first moment to the last.
func TestIdentifiers(t *testing.T) {
	var now time.Time
	s := &Service{random: rand.Reader, clock: func() time.Time { return now }}
	rocket := regexp.MustCompile(`^[` + rocketAlphabet + `]{17}$`)
	seen, last, lastRocket := map[string]bool{}, "", ""
	for _, now = range []time.Time{
		time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC), // a clock that was never set
		time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), time.Date(2026, 1, 31, 12, 0, 0, 1e6, time.UTC), time.Date(4623, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		for range 100 {
			id, err := s.newUUID()
			if err != nil {
				t.Fatal(err)
			}
			rocketID, err := s.newRocketID()
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := uuid.Parse(id)
			if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
				t.Fatalf("%s: got %s, version %d, variant %s, %v, want one of version 7", now, id, parsed.Version(), parsed.Variant(), err)
			}
			if sec, nsec := parsed.Time().UnixTime(); now.Year() > 1969 && !time.Unix(sec, nsec).Equal(now) {
				t.Fatalf("%s: the UUID %s says %s", now, id, time.Unix(sec, nsec))
			}
			if !rocket.MatchString(rocketID) || seen[id] || seen[rocketID] {
				t.Fatalf("%s: got %s and %s, want new ones of 17 characters of %s", now, id, rocketID, rocketAlphabet)
			}
			seen[id], seen[rocketID] = true, true
			if id[:13] < last || strings.Compare(rocketID[:rocketMoment], lastRocket) < 0 {
				t.Fatalf("%s: %s and %s come before those of earlier moments", now, id, rocketID)
			}
			last, lastRocket = id[:13], rocketID[:rocketMoment]
		}
	}
}
