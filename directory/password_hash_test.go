package directory

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// key64 is a key, in hexadecimal digits, as hashes have it.
func key64(t *testing.T, digits string) string {
	t.Helper()
	key, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawStdEncoding.EncodeToString(key)
}

// Hashes that other implementations have made, and what the standards say.
func TestHashesMadeElsewhere(t *testing.T) {
	const (
		secret   = "пароль 1"
		salt     = "MDEyMzQ1Njc4OWFiY2RlZg"
		pbkdf2   = "FeDyGeOyZnhTlgrib+QT0pknFs3JDZgcmm4QEFp1LjA"
		bcrypt72 = "$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe"
	)
	h := newHasher(rand.Reader, NewHasher(1))
	for _, tt := range []struct {
		name, password, hash string
		slow                 bool // once is enough
	}{
		// test.c of the reference implementation
		{"argon2id", "password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", true},
		{"argon2id, little memory", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", false},
		{"argon2id, two lanes", "password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", false},
		{"argon2id, another order", "password", "$argon2id$v=19$t=2,p=2,m=256$c29tZXNhbHQ=$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc=", false},

		// RFC 7914, section 12
		{"scrypt, RFC 7914", "password", "$scrypt$ln=10,r=8,p=16$TmFDbA$" + key64(t, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"), false},
		{"scrypt, RFC 7914, much memory", "pleaseletmein", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" + key64(t, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"), true},
		// passlib's documentation
		{"scrypt of passlib", "password", "$scrypt$ln=8,r=8,p=1$WKs1xljLudd6z9kbY0wpJQ$yCR4iDZYDKv+iEJj6yHY0lv/epnfB6f/w1EbXrsJOuQ", false},
		// PowerDNS, which pads and sorts
		{"scrypt of PowerDNS", "secret", "$scrypt$ln=10,p=1,r=8$6DKLnvUYEeXWh3JNOd3iwg==$kSrhdHaRbZ7R74q3lGBqO1xetgxRxhmWzYJ2Qvfm7JM=", false},
		// OpenSSL, by Python's hashlib
		{"scrypt of OpenSSL", secret, "$scrypt$ln=4,r=8,p=2$" + salt + "$GLh0Ks3EYRnFUKdPul2xrVB9VeuULxsKhgno7CndnCo", false},

		// RFC 6070 and RFC 7914, section 11
		{"PBKDF2, RFC 6070, 1", "password", "$pbkdf2$1$c2FsdA$" + key64(t, "0c60c80f961f0e71f3a9b524af6012062fe037a6"), false},
		{"PBKDF2, RFC 6070, 2", "password", "$pbkdf2$i=2$c2FsdA$" + key64(t, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"), false},
		{"PBKDF2, RFC 6070, 4096", "password", "$pbkdf2-sha1$4096$c2FsdA$" + key64(t, "4b007901b765489abead49d926f721d065a429c1"), false},
		{"PBKDF2, RFC 6070, a longer key", "passwordPASSWORDpassword", "$pbkdf2-sha1$i=4096,l=25$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$" + key64(t, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"), false},
		{"PBKDF2, RFC 6070, NUL", "pass\x00word", "$pbkdf2$4096$c2EAbHQ$" + key64(t, "56fa6aa75548099dcc37d7f03425e0c3"), false},
		{"PBKDF2, RFC 7914", "passwd", "$pbkdf2-sha256$1$c2FsdA$" + key64(t, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"), false},
		// passlib's documentation
		{"PBKDF2 of passlib", "password", "$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M", false},
		{"PBKDF2 of passlib, a short salt", "password", "$pbkdf2-sha256$8000$XAuBMIYQQogxRg$tRRlz8hYn63B9LYiCd6PRo6FMiunY9ozmMMI3srxeRE", false},
		// Authelia's documentation; in the key is a "."
		{"PBKDF2 of Authelia", "insecure_secret", "$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$JNRBzwAo0ek5qKn50cFzzvE9RXV88h1wJn5KGiHrD0YKtZaR/nCb2CJPOsKaPK0hjf.9yHxzQGZziziccp6Yng", true},
		// OpenSSL, by Python's hashlib
		{"PBKDF2, SHA-1", secret, "$pbkdf2-sha1$i=1000,l=32$" + salt + "$kznoqfqioaTDi1hBrNyq42eopvQRL9Ybb+NbY+wUDwI", false},
		{"PBKDF2, SHA-256", secret, "$pbkdf2-sha256$i=1000,l=32$" + salt + "$" + pbkdf2, false},
		{"PBKDF2, SHA-256, without a length", secret, "$pbkdf2-sha256$i=1000$" + salt + "$" + pbkdf2, false},
		{"PBKDF2, SHA-256, passlib's base64", secret, "$pbkdf2-sha256$1000$" + salt + "$" + strings.ReplaceAll(pbkdf2, "+", "."), false},
		{"PBKDF2, SHA-512", secret, "$pbkdf2-sha512$l=64,i=1000$" + salt + "$797s+VWsrm9+ahMBsXwfWdy8p7HFbHPSaiwn5u+IOM+b8YQRVQLr6W9ng2QjQ+XA3eQDIn9ER0oaJcyKgmGPfg", false},

		// crypt(3) of libxcrypt, and htpasswd
		{"bcrypt 2a", secret, "$2a$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu", false},
		{"bcrypt 2b", secret, "$2b$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu", false},
		{"bcrypt 2y", secret, "$2y$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu", false},
		{"bcrypt, a salt with bits too many", secret, "$2b$04$abcdefghijklmnopqrstuv.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu", false},
		{"bcrypt of htpasswd", "password", "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe", false},
		{"bcrypt, no password", "", "$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq", false},
		{"bcrypt, 72 bytes", strings.Repeat("a", 72), bcrypt72, false},
		{"bcrypt, the first 72 bytes", strings.Repeat("a", 80), bcrypt72, false},
	} {
		if !validHash(tt.hash) {
			t.Errorf("%s: %s is refused", tt.name, tt.hash)
		}
		if got, err := h.matches(t.Context(), tt.password, tt.hash); err != nil || !got {
			t.Errorf("%s: %q has not the hash %s: %v", tt.name, tt.password, tt.hash, err)
		}
		if tt.slow {
			continue
		}
		wrong := "x" + tt.password
		if len(wrong) > bcryptLength {
			wrong = wrong[:bcryptLength]
		}
		if got, err := h.matches(t.Context(), wrong, tt.hash); err != nil || got {
			t.Errorf("%s: got %t, %v for %q", tt.name, got, err, wrong)
		}
	}
}

// What a hash may cost, and what is no hash.
func TestHashBounds(t *testing.T) {
	const (
		salt = "c29tZXNhbHQ"                                 // 8 bytes
		key  = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" // 32 bytes
		rest = "$" + salt + "$" + key
		of22 = "abcdefghijklmnopqrstuu"
		of31 = ".t1j2rWuDogZ/0yUkYPLf6uFu3nObIu"
	)
	zeros := func(bytes int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, bytes)) }
	for _, tt := range []struct {
		name, good string
		bad        []string
	}{
		{"argon2id: memory", "$argon2id$v=19$m=131072,t=1,p=1" + rest, []string{"$argon2id$v=19$m=131073,t=1,p=1" + rest}},
		{"argon2id: memory for each lane", "$argon2id$v=19$m=16,t=1,p=2" + rest, []string{"$argon2id$v=19$m=15,t=1,p=2" + rest, "$argon2id$v=19$m=0,t=1,p=1" + rest}},
		{"argon2id: passes", "$argon2id$v=19$m=131072,t=4,p=1" + rest, []string{"$argon2id$v=19$m=131072,t=5,p=1" + rest, "$argon2id$v=19$m=64,t=0,p=1" + rest, "$argon2id$v=19$m=8,t=65537,p=1" + rest}},
		{"argon2id: lanes", "$argon2id$v=19$m=128,t=1,p=16" + rest, []string{"$argon2id$v=19$m=136,t=1,p=17" + rest, "$argon2id$v=19$m=64,t=1,p=0" + rest}},
		{"argon2id: version", "$argon2id$v=19$m=64,t=1,p=1" + rest, []string{"$argon2id$v=16$m=64,t=1,p=1" + rest, "$argon2id$m=64,t=1,p=1" + rest, "$argon2i$v=19$m=64,t=1,p=1" + rest, "$argon2d$v=19$m=64,t=1,p=1" + rest}},
		{"argon2id: parameters", "$argon2id$v=19$m=64,t=1,p=1" + rest, []string{
			"$argon2id$v=19$m=64,t=1" + rest, "$argon2id$v=19$m=64,t=1,p=1,p=1" + rest, "$argon2id$v=19$m=64,m=64,p=1" + rest, "$argon2id$v=19$m=64,t=1,q=1" + rest,
			"$argon2id$v=19$m=64,t=1,p=1,data=AAAA" + rest, "$argon2id$v=19$m=-64,t=1,p=1" + rest, "$argon2id$v=19$m=+64,t=1,p=1" + rest, "$argon2id$v=19$m=,t=1,p=1" + rest,
			"$argon2id$v=19$m=64,t=4294967297,p=1" + rest, "$argon2id$v=19$" + rest, "$argon2id$v=19" + rest, "$argon2id$v=19$m=64,t=1,p=1 " + rest,
		}},
		{"scrypt: memory", "$scrypt$ln=17,r=8,p=1" + rest, []string{"$scrypt$ln=18,r=8,p=1" + rest, "$scrypt$ln=17,r=9,p=1" + rest}},
		{"scrypt: N", "$scrypt$ln=20,r=1,p=1" + rest, []string{"$scrypt$ln=21,r=1,p=1" + rest, "$scrypt$ln=0,r=8,p=1" + rest, "$scrypt$ln=64,r=1,p=1" + rest, "$scrypt$ln=4294967295,r=1,p=1" + rest}},
		{"scrypt: work", "$scrypt$ln=16,r=8,p=2" + rest, []string{
			"$scrypt$ln=16,r=8,p=3" + rest, "$scrypt$ln=1,r=1,p=524289" + rest, "$scrypt$ln=1,r=4294967295,p=4294967295" + rest, "$scrypt$ln=20,r=1048577,p=1" + rest,
			"$scrypt$ln=1,r=0,p=1" + rest, "$scrypt$ln=1,r=1,p=0" + rest,
		}},
		{"PBKDF2: iterations", "$pbkdf2-sha256$2000000" + rest, []string{"$pbkdf2-sha256$2000001" + rest, "$pbkdf2-sha256$0" + rest, "$pbkdf2-sha256$i=2000001" + rest, "$pbkdf2-sha256$4294967296" + rest}},
		{"PBKDF2: blocks", "$pbkdf2$1000000" + rest, []string{"$pbkdf2$1000001" + rest, "$pbkdf2-sha256$1000001$" + salt + "$" + zeros(33)}},
		{"PBKDF2: length", "$pbkdf2-sha512$i=1,l=32" + rest, []string{"$pbkdf2-sha512$i=1,l=33" + rest, "$pbkdf2-sha512$i=1,i=1" + rest, "$pbkdf2-sha512$l=32" + rest, "$pbkdf2-sha512$1,l=32" + rest}},
		{"PBKDF2: digest", "$pbkdf2-sha1$1" + rest, []string{"$pbkdf2-md5$1" + rest, "$pbkdf2-$1" + rest, "$pbkdf2_sha256$1" + rest, "pbkdf2_sha256$1" + rest}},
		{"bcrypt: cost", "$2b$14$" + of22 + of31, []string{"$2b$15$" + of22 + of31, "$2b$31$" + of22 + of31, "$2b$03$" + of22 + of31, "$2b$5$" + of22 + of31, "$2b$005$" + of22 + of31, "$2b$+5$" + of22 + of31}},
		{"bcrypt: version", "$2b$04$" + of22 + of31, []string{"$2x$04$" + of22 + of31, "$2$04$" + of22 + of31, "$2c$04$" + of22 + of31, "$3b$04$" + of22 + of31, "2b$04$" + of22 + of31}},
		{"bcrypt: length", "$2b$04$" + of22 + of31, []string{"$2b$04$" + of22 + of31[1:], "$2b$04$" + of22 + of31 + ".", "$2b$04$" + of22, "$2b$04$" + of22[1:], "$2b$04$" + of22 + "$" + of31, "$2b$04$"}},
		{"bcrypt: alphabet", "$2b$04$" + of22 + of31, []string{"$2b$04$" + of22 + "+" + of31[1:], "$2b$04$" + of22[1:] + "+" + of31, "$2b$04$" + of22 + of31[:30] + "v"}},
		{"salt", "$pbkdf2$1$" + zeros(maxHashSalt) + "$" + key, []string{"$pbkdf2$1$" + zeros(maxHashSalt+1) + "$" + key, "$pbkdf2$1$$" + key, "$pbkdf2$1$so*t$" + key, "$pbkdf2$1$so=t$" + key}},
		{"shortest key", "$pbkdf2$1$" + salt + "$" + zeros(minHashKey), []string{"$pbkdf2$1$" + salt + "$" + zeros(minHashKey-1), "$pbkdf2$1$" + salt + "$", "$pbkdf2$1$" + salt}},
		{"longest key", "$pbkdf2$1$" + salt + "$" + zeros(maxHashKey), []string{"$pbkdf2$1$" + salt + "$" + zeros(maxHashKey+1), "$pbkdf2$1" + rest + "$", "$pbkdf2$1" + rest + "$AAAA"}},
		{"nothing", NoPasswordHash, []string{"", "**", "!", "x", "$", "$$$", "$$$$$", "secret", "$1$abc$0123456789", "$5$abc$x", "$6$abc$x", "$apr1$a$b", "{SSHA}AAAA", "5f4dcc3b5aa765d61d8327deb882cf99"}},
	} {
		if !validHash(tt.good) {
			t.Errorf("%s: %s is refused", tt.name, tt.good)
		}
		for _, bad := range tt.bad {
			if validHash(bad) {
				t.Errorf("%s: %s is taken", tt.name, bad)
			}
		}
	}
}

// What is replaced at a sign-in.
func TestOutdated(t *testing.T) {
	h := newHasher(rand.Reader, NewHasher(1))
	own, err := h.hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu"
	const weak = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, tt := range []struct {
		name, password, hash string
		want                 bool
	}{
		{"ours", "x", own, false},
		{"argon2id of another cost", "x", weak, true},
		{"a long password", strings.Repeat("x", 100), weak, true},
		{"bcrypt", strings.Repeat("x", bcryptLength-1), bcrypt, true},
		{"bcrypt, cut off perhaps", strings.Repeat("x", bcryptLength), bcrypt, false},
		{"with a NUL", "x\x00", weak, false},
		{"no text", "x\xff", weak, false},
	} {
		if got := outdated(tt.password, tt.hash); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// FuzzHash holds that what is taken for a hash keeps the bounds, and can be compared
// with if that is cheap.
func FuzzHash(f *testing.F) {
	for _, seed := range []string{
		"$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$scrypt$ln=4,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$GLh0Ks3EYRnFUKdPul2xrVB9VeuULxsKhgno7CndnCo",
		"$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$FeDyGeOyZnhTlgrib+QT0pknFs3JDZgcmm4QEFp1LjA",
		"$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y", "$2b$04$abcdefghijklmnopqrstuu.t1j2rWuDogZ/0yUkYPLf6uFu3nObIu", "*", "$$$$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		verify, ok := parseHash(text)
		if ok != (verify != nil) {
			t.Fatalf("%q: got ok %t, a verifier %t", text, ok, verify != nil)
		}
		if !ok || !cheap(text) {
			return
		}
		if _, err := verify("password"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// cheap reports whether a hash costs so little that a fuzzer may compute many.
func cheap(hash string) bool {
	parts := strings.Split(hash, "$")
	switch parts[1] {
	case "2a", "2b", "2y":
		return parts[2] == "04"
	case "scrypt":
		return len(parts[2]) <= len("ln=9,r=9,p=9")
	case "argon2id":
		return len(parts[3]) <= len("m=99,t=99,p=9")
	default:
		return len(parts[2]) <= len("i=999,l=32")
	}
}
