package directory

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/rosterd/rosterd/errors"
)

// SecretKeySize is the length of Config.SecretKey in bytes.
const SecretKeySize = 32

// Sealed is a device's password as it is kept.
type Sealed struct {
	Ciphertext []byte // id of the key, nonce, AES-256-GCM
	MAC        []byte // HMAC-SHA256, by which the password can be looked for
}

// sealer encrypts the passwords of SIP lines, which are shown again. A nil sealer
// has no key and refuses.
type sealer struct {
	keyID  []byte
	aead   cipher.AEAD
	macKey []byte
	random io.Reader
}

const keyIDSize = 8 // bytes

// newSealer derives what it needs from key; it is nil without one.
func newSealer(key []byte, random io.Reader) (*sealer, error) {
	if key == nil {
		return nil, nil
	}
	if len(key) != SecretKeySize {
		return nil, fmt.Errorf("the secret key must have %d bytes, not %d", SecretKeySize, len(key))
	}
	s := &sealer{random: random}
	var encryption []byte
	for _, derived := range []struct {
		to   *[]byte
		what string
		size int
	}{
		{&s.keyID, "key id", keyIDSize},
		{&encryption, "SIP line passwords: encryption", 32},
		{&s.macKey, "SIP line passwords: search", sha256.Size},
	} {
		var err error
		if *derived.to, err = hkdf.Key(sha256.New, key, nil, "rosterd "+derived.what, derived.size); err != nil {
			return nil, err
		}
	}
	block, err := aes.NewCipher(encryption)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// errNoKey is what is answered where there is no key.
func errNoKey() error {
	return errors.E(errors.Other, "error_message", "The server has no key for the passwords of SIP lines. Its operator makes one with: rosterd key create FILE, and serves with it: rosterd serve --secret-key-file FILE")
}

// seal encrypts the password of an account's line, for that line alone.
func (s *sealer) seal(account, line int64, password string) (Sealed, error) {
	if s == nil {
		return Sealed{}, errNoKey()
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return Sealed{}, err
	}
	mac, err := s.mac(account, password)
	return Sealed{s.aead.Seal(bytes.Join([][]byte{s.keyID, nonce}, nil), nonce, []byte(password), owner(account, line)), mac}, err
}

// open decrypts what seal made for the same line.
func (s *sealer) open(account, line int64, ciphertext []byte) (string, error) {
	if s == nil {
		return "", errNoKey()
	}
	if len(ciphertext) < keyIDSize+s.aead.NonceSize() {
		return "", fmt.Errorf("the password of SIP line %d is damaged", line)
	}
	keyID, rest := ciphertext[:keyIDSize], ciphertext[keyIDSize:]
	if !bytes.Equal(keyID, s.keyID) {
		return "", fmt.Errorf("the password of SIP line %d was encrypted with key %x, and the server has key %x: is --secret-key-file the right one?", line, keyID, s.keyID)
	}
	nonce, rest := rest[:s.aead.NonceSize()], rest[s.aead.NonceSize():]
	password, err := s.aead.Open(nil, nonce, rest, owner(account, line))
	if err != nil {
		return "", fmt.Errorf("the password of SIP line %d has been changed, or is another line's: %w", line, err)
	}
	return string(password), nil
}

// mac is by what an account's line with the password is found.
func (s *sealer) mac(account int64, password string) ([]byte, error) {
	if s == nil {
		return nil, errNoKey()
	}
	h := hmac.New(sha256.New, s.macKey)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(account)))
	h.Write([]byte(password))
	return h.Sum(nil), nil
}

// owner tells one account's line from all others.
func owner(account, line int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(account)), uint64(line))
}
