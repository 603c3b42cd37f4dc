package directory

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/rosterd/rosterd/errors"
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

// hasher hashes passwords, as many at a time as there are places.
type hasher struct {
	random io.Reader
	places chan struct{}
	dummy  string // what an unknown login's password is compared with
}

func newHasher(random io.Reader, places int) *hasher {
	salt, key := make([]byte, hashSalt), make([]byte, hashKey) // no password has this hash
	return &hasher{random: random, places: make(chan struct{}, places), dummy: encodeHash(salt, key)}
}

// hash returns the password's hash in PHC string form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	key, err := h.key(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return encodeHash(salt, key), nil
}

// matches reports whether the password has the hash. An empty hash matches none,
// and takes as long.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false, errors.New("a stored password hash is not in PHC form")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	got, err := h.key(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (h *hasher) key(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
		return argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashKey), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func encodeHash(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}
