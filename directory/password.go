package directory

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/rosterd/rosterd/errors"
	"github.com/rosterd/rosterd/schema"
)

// The cost of a password hash: argon2id at OWASP's minimum (Password Storage Cheat
// Sheet). One takes about 46 ms on one core.
const (
	hashMemory  = 19 * 1024 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSalt    = 16 // bytes
	hashKey     = 32 // bytes
)

// ownForm is what our own hashes begin with.
var ownForm = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, hashMemory, hashTime, hashThreads)

// hasher hashes passwords, as many at a time as there are places, aside from all other
// work.
type hasher struct {
	random io.Reader
	aside  func(func())
	places chan struct{}
	dummy  string // what an unknown login's password is compared with
}

func newHasher(random io.Reader, aside func(func()), places int) *hasher {
	salt, key := make([]byte, hashSalt), make([]byte, hashKey) // no password has this hash
	return &hasher{random: random, aside: aside, places: make(chan struct{}, places), dummy: encodeHash(salt, key)}
}

// hash returns the password's hash in PHC string form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	var key []byte
	h.aside(func() { key = argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashKey) })
	return encodeHash(salt, key), nil
}

// matches reports whether the password has the hash, which may have been made
// elsewhere and then takes the time that it was made to take. An empty hash matches
// none, and takes as long as one of ours.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	verify, ok := parseHash(hash)
	if !ok {
		return false, errors.New("a stored password hash is in no known form")
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	var right bool
	var err error
	h.aside(func() { right, err = verify(password) })
	return right && known, err
}

// outdated reports whether the hash, which matches the password, should be replaced
// by one of ours. A bcrypt hash of a password as long as bcrypt looks at is not: it
// matches all that begin so, and nothing tells which one is theirs. Nor is any hash
// of what cannot be set as a password: HMAC and bcrypt take no notice of a NUL at
// the end.
func outdated(password, hash string) bool {
	cut := strings.HasPrefix(hash, "$2") && len(password) >= bcryptLength
	return !strings.HasPrefix(hash, ownForm) && !cut && schema.IsText(password)
}

// enter waits for a place, which leave gives back.
func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.places }

func encodeHash(salt, key []byte) string {
	return ownForm + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
}
