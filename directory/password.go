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

// Hasher makes hashes of passwords, and compares passwords with hashes. Either takes a
// processor for tens of milliseconds, and for about a second at most where the hash was
// made elsewhere; meanwhile it takes memory, 19 MiB and 128 MiB at most. A Hasher bounds
// how many it does at a time, the others wait. It is safe for concurrent use. Errors are
// the context's, and its own.
type Hasher interface {
	// Hash is HashPassword.
	Hash(ctx context.Context, password string, salt []byte) (string, error)
	// Matches is MatchPassword.
	Matches(ctx context.Context, password, hash string) (bool, error)
}

// HashPassword returns the password's hash at our own cost, in PHC string form.
func HashPassword(password string, salt []byte) string {
	return encodeHash(salt, argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashKey))
}

// MatchPassword reports whether the password has the hash, which may have been made
// elsewhere and then takes the time that it was made to take. It fails if the hash is
// in no known form.
func MatchPassword(password, hash string) (bool, error) {
	verify, ok := parseHash(hash)
	if !ok {
		return false, errors.New("a stored password hash is in no known form")
	}
	return verify(password)
}

// NewHasher returns a Hasher that works in this process, on so many at a time.
func NewHasher(places int) Hasher { return localHasher(make(chan struct{}, places)) }

// localHasher is the places that are taken.
type localHasher chan struct{}

func (h localHasher) Hash(ctx context.Context, password string, salt []byte) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return HashPassword(password, salt), nil
}

func (h localHasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	return MatchPassword(password, hash)
}

// enter waits for a place, which leave gives back.
func (h localHasher) enter(ctx context.Context) error {
	select {
	case h <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h localHasher) leave() { <-h }

// hasher is the passwords of a Service.
type hasher struct {
	random io.Reader
	by     Hasher
	dummy  string // what an unknown login's password is compared with
}

func newHasher(random io.Reader, by Hasher) *hasher {
	salt, key := make([]byte, hashSalt), make([]byte, hashKey) // no password has this hash
	return &hasher{random: random, by: by, dummy: encodeHash(salt, key)}
}

// hash returns the password's hash with a salt of its own.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	return h.by.Hash(ctx, password, salt)
}

// matches reports whether the password has the hash. An empty hash matches none, and
// takes as long as one of ours.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	right, err := h.by.Matches(ctx, password, hash)
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

func encodeHash(salt, key []byte) string {
	return ownForm + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
}
