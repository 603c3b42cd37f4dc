package directory

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/rosterd/rosterd/errors"
)

// Hashes that were made elsewhere, in the forms that carry their algorithm, its
// costs and the salt with them:
//
//	$argon2id$v=19$m=65536,t=3,p=4$salt$key
//	$scrypt$ln=16,r=8,p=1$salt$key
//	$pbkdf2-sha256$29000$salt$key          also -sha512; -sha1 or nothing is SHA-1
//	$pbkdf2-sha256$i=600000,l=32$salt$key  l, the key's length, may be missing
//	$2b$12$saltandkey                      also 2a and 2y
//
// Sources: the PHC string format specification (phc-sf-spec.md of P-H-C) for names,
// parameters and base64 without padding; the encoding of the argon2 reference
// implementation; passlib's documentation of scrypt and of pbkdf2_digest for theirs,
// the latter with "." for "+" in base64; crypt(5) for bcrypt. As libraries differ in
// them, the order of parameters, "=" at the end of base64, and which of "." and "+"
// is used mean nothing.

// NoPasswordHash is the hash of who has no password: nobody signs in with it.
const NoPasswordHash = "*"

// What a hash may cost that is taken: all that OWASP recommends, and the defaults of
// common libraries. Each takes about a second of one core at most, and no more memory
// than maxHashMemory. Whoever signs in makes the server spend that, so that it is not
// for those who made the hash to say how much.
const (
	maxHashMemory   = 128 * 1024 // KiB
	maxArgon2Work   = 512 * 1024 // KiB times passes: maxHashMemory four times
	maxArgon2Lanes  = 16
	maxScryptWork   = 1 << 20 // N·r·p: since a block of N·r has 128 bytes, maxHashMemory at most
	maxScryptLogN   = 20
	maxPBKDF2Work   = 2_000_000 // iterations times blocks of the key
	maxBcryptCost   = 14        // 2 to the power of it
	maxHashSalt     = 64        // bytes
	minHashKey      = 12        // bytes, as the PHC format has it for argon2; what is shorter, other passwords have too
	maxHashKey      = 64
	bcryptLength    = 72 // bytes of a password that bcrypt looks at
	bcryptSaltChars = 22
)

// verifier tells whether a password has a hash.
type verifier func(password string) (bool, error)

// validHash reports whether text may be given as a password's hash.
func validHash(text string) bool {
	_, ok := parseHash(text)
	return ok || text == NoPasswordHash
}

// parseHash returns what tells a hash's password. It is not ok if the hash is in no
// form that is known here, or costs more than it may.
func parseHash(text string) (v verifier, ok bool) {
	parts := strings.Split(text, "$")
	if len(parts) < 4 || parts[0] != "" {
		return nil, false
	}
	name, parts := parts[1], parts[2:]
	switch name {
	case "2a", "2b", "2y":
		return parseBcrypt(text, parts)
	case "argon2id":
		if parts[0] != "v="+strconv.Itoa(argon2.Version) {
			return nil, false
		}
		parts = parts[1:]
	}
	if len(parts) != 3 {
		return nil, false
	}
	salt, saltOK := decodeHashPart(parts[1], 1, maxHashSalt)
	key, keyOK := decodeHashPart(parts[2], minHashKey, maxHashKey)
	if !saltOK || !keyOK {
		return nil, false
	}
	var derive func(password string) ([]byte, error)
	switch name {
	case "argon2id":
		derive = parseArgon2id(parts[0], salt, len(key))
	case "scrypt":
		derive = parseScrypt(parts[0], salt, len(key))
	case "pbkdf2", "pbkdf2-sha1":
		derive = parsePBKDF2(sha1.New, parts[0], salt, len(key))
	case "pbkdf2-sha256":
		derive = parsePBKDF2(sha256.New, parts[0], salt, len(key))
	case "pbkdf2-sha512":
		derive = parsePBKDF2(sha512.New, parts[0], salt, len(key))
	}
	if derive == nil {
		return nil, false
	}
	return func(password string) (bool, error) {
		got, err := derive(password)
		return err == nil && subtle.ConstantTimeCompare(got, key) == 1, err
	}, true
}

// parseArgon2id and its like return what makes a key of n bytes of a password, or
// nil if the parameters are not the algorithm's or cost too much.
func parseArgon2id(params string, salt []byte, n int) func(string) ([]byte, error) {
	p, ok := hashParams(params, "m", "t", "p")
	if !ok {
		return nil
	}
	memory, time, lanes := p[0], p[1], p[2]
	if time < 1 || lanes < 1 || lanes > maxArgon2Lanes || memory < 8*lanes || memory > maxHashMemory || memory*time > maxArgon2Work {
		return nil
	}
	return func(password string) ([]byte, error) {
		return argon2.IDKey([]byte(password), salt, uint32(time), uint32(memory), uint8(lanes), uint32(n)), nil
	}
}

func parseScrypt(params string, salt []byte, n int) func(string) ([]byte, error) {
	p, ok := hashParams(params, "ln", "r", "p")
	if !ok {
		return nil
	}
	logN, r, lanes := p[0], p[1], p[2]
	if logN < 1 || logN > maxScryptLogN || r < 1 || r > maxScryptWork || lanes < 1 || lanes > maxScryptWork || (r*lanes)<<logN > maxScryptWork {
		return nil
	}
	return func(password string) ([]byte, error) {
		return scrypt.Key([]byte(password), salt, 1<<logN, int(r), int(lanes), n)
	}
}

func parsePBKDF2(digest func() hash.Hash, params string, salt []byte, n int) func(string) ([]byte, error) {
	if !strings.Contains(params, "=") { // passlib's form
		params = "i=" + params
	}
	p, ok := hashParams(params, "i")
	if !ok {
		p, ok = hashParams(params, "i", "l")
	}
	size := digest().Size()
	blocks := uint64((n + size - 1) / size)
	if !ok || len(p) == 2 && p[1] != uint64(n) || p[0] < 1 || p[0]*blocks > maxPBKDF2Work {
		return nil
	}
	return func(password string) ([]byte, error) {
		return pbkdf2.Key(digest, password, salt, int(p[0]), n)
	}
}

// bcryptAlphabet is bcrypt's own base64.
var bcryptAlphabet = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// parseBcrypt takes salts whose last character has bits too many, as some libraries
// have made them, and which all ignore. Of a password, bcrypt looks at 72 bytes: as
// in most libraries, and as when the hash was made, the rest means nothing.
func parseBcrypt(text string, parts []string) (verifier, bool) {
	if len(parts) != 2 || len(parts[0]) != 2 || len(parts[1]) < bcryptSaltChars {
		return nil, false
	}
	cost, err := strconv.ParseUint(parts[0], 10, 8)
	salt, saltErr := bcryptAlphabet.DecodeString(parts[1][:bcryptSaltChars])
	key, keyErr := bcryptAlphabet.Strict().DecodeString(parts[1][bcryptSaltChars:])
	if errors.Join(err, saltErr, keyErr) != nil || len(salt) != 16 || len(key) != 23 || cost < uint64(bcrypt.MinCost) || cost > maxBcryptCost {
		return nil, false
	}
	return func(password string) (bool, error) {
		err := bcrypt.CompareHashAndPassword([]byte(text), []byte(password))
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	}, true
}

// hashParams reads name=number,name=number, … in any order, and answers the numbers,
// of 32 bits, in that of names, which must be all.
func hashParams(text string, names ...string) ([]uint64, bool) {
	params := strings.Split(text, ",")
	if len(params) != len(names) {
		return nil, false
	}
	numbers := make([]uint64, len(names))
	for i, name := range names {
		at := slices.IndexFunc(params, func(param string) bool { return strings.HasPrefix(param, name+"=") })
		if at < 0 {
			return nil, false
		}
		var err error
		if numbers[i], err = strconv.ParseUint(params[at][len(name)+1:], 10, 32); err != nil {
			return nil, false
		}
	}
	return numbers, true
}

// decodeHashPart decodes base64 of so many bytes.
func decodeHashPart(text string, least, most int) ([]byte, bool) {
	plain := strings.ReplaceAll(strings.TrimRight(text, "="), ".", "+")
	decoded, err := base64.RawStdEncoding.DecodeString(plain)
	return decoded, err == nil && len(decoded) >= least && len(decoded) <= most
}
