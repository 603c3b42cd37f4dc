package directory

import (
	"context"
	"encoding/base64"
	"strings"
)

// MaxAvatar is the size of a picture in bytes.
const MaxAvatar = 1 << 20

// DataURI is a picture within a text: "data:image/png;base64,…". What the picture
// shows, and whether it can be read, who gives it has looked at.
type DataURI string

var avatarTypes = []string{"image/png", "image/jpeg", "image/gif"}

// Valid reports whether u is a picture of a type that is kept, of MaxAvatar bytes at
// most.
func (u DataURI) Valid() bool {
	_, data := u.split()
	return len(data) > 0 && len(data) <= MaxAvatar
}

func (u DataURI) split() (mediaType string, data []byte) {
	for _, t := range avatarTypes {
		if encoded, is := strings.CutPrefix(string(u), "data:"+t+";base64,"); is {
			data, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				return "", nil
			}
			return t, data
		}
	}
	return "", nil
}

// Avatar is a picture of somebody.
type Avatar struct {
	ID        string // a UUID; another picture has another
	MediaType string
	Data      []byte
}

// Avatar finds a picture by its id, which is all that one must know; nil if there
// is none.
func (s *Service) Avatar(ctx context.Context, id string) (*Avatar, error) {
	return s.store.Avatar(ctx, id)
}
