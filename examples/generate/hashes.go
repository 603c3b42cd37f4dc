package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// password is that of all operators of the file who have one.
const password = "example1"

// bcryptHashes are of password; the library takes no salt, so that each is another.
var bcryptHashes = []string{
	"$2a$10$W0HHudeKUUI66wAXDkj/Xe1bORpgLgX9wm6BeLo.8GTbO72P1drZu",
	"$2a$10$xB.8YrfphqwZOk7CnauuwuYPITCwXSXeS48OMpTMQFPSfz6LphWIO",
	"$2a$10$fP9SCRTyGJa/xgxJrf47H.5LBG09rsu8mWqOJSNoOZN7icDkCyCw.",
	"$2a$10$Ig2i6rZuHGa0r7GLFgYSp.8D7Zwjw5xwI8xGHG3S4nfAKfbC.TwOu",
}

// hashes are of password in the forms that other systems use, at costs that they
// have.
func hashes() ([]string, error) {
	all := slices.Clone(bcryptHashes)
	for n := range uint64(4) {
		salt := binary.BigEndian.AppendUint64([]byte("salt for "), n)
		scrypted, err := scrypt.Key([]byte(password), salt, 1<<14, 8, 1, 32)
		if err != nil {
			return nil, err
		}
		shorter, err := pbkdf2.Key(sha256.New, password, salt, 29_000, 32)
		if err != nil {
			return nil, err
		}
		longer, err := pbkdf2.Key(sha512.New, password, salt, 25_000, 64)
		if err != nil {
			return nil, err
		}
		all = append(all,
			phc("argon2id$v=19$m=19456,t=2,p=1", salt, argon2.IDKey([]byte(password), salt, 2, 19456, 1, 32)),
			phc("scrypt$ln=14,r=8,p=1", salt, scrypted),
			phc("pbkdf2-sha256$i=29000,l=32", salt, shorter),
			phc("pbkdf2-sha512$25000", salt, longer),
		)
	}
	return all, nil
}

// phc is a hash in the form of the PHC.
func phc(how string, salt, key []byte) string {
	encode := base64.RawStdEncoding.EncodeToString
	return "$" + how + "$" + encode(salt) + "$" + encode(key)
}
