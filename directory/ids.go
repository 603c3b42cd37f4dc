package directory

import (
	"io"

	"github.com/google/uuid"
)

// The identifiers that an employee is known by in other systems begin with the moment
// they were made at. They are no secrets, and who comes after another also stands after
// them in an index, so that a thousand new employees do not change a thousand of its
// pages.

// newUUID is a UUID of version 7 (RFC 9562): milliseconds, then 74 random bits.
func (s *Service) newUUID() (string, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(s.random, id[6:]); err != nil {
		return "", err
	}
	for i, ms := 5, s.milliseconds(); i >= 0; i-- {
		id[i], ms = byte(ms), ms>>8
	}
	id[6] = id[6]&0x0f | 7<<4
	id[8] = id[8]&0x3f | 0x80
	return id.String(), nil
}

// The two parts of an employee's Rocket.Chat id, in characters.
const (
	rocketMoment = 8 // milliseconds, until the year 4623
	rocketRandom = 9 // 52 bits
)

// newRocketID is 17 characters of the alphabet of Rocket.Chat's ids.
func (s *Service) newRocketID() (string, error) {
	var moment [rocketMoment]byte
	for i, ms := rocketMoment-1, s.milliseconds(); i >= 0; i-- {
		moment[i], ms = rocketAlphabet[ms%int64(len(rocketAlphabet))], ms/int64(len(rocketAlphabet))
	}
	random, err := RandomText(s.random, rocketRandom, rocketAlphabet)
	return string(moment[:]) + random, err
}

// milliseconds since 1970; a clock that is earlier stands at that.
func (s *Service) milliseconds() int64 { return max(0, s.now().UnixMilli()) }
