package directory

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rosterd/rosterd/errors"
)

func testSealer(t *testing.T, key byte) *sealer {
	t.Helper()
	s, err := newSealer(bytes.Repeat([]byte{key}, SecretKeySize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSeal(t *testing.T) {
	const account, line, password = 3, 14, "correct horse"
	s := testSealer(t, 1)
	sealed, err := s.seal(account, line, password)
	if err != nil {
		t.Fatal(err)
	}
	change := func(i int) []byte {
		changed := bytes.Clone(sealed.Ciphertext)
		changed[i] ^= 1
		return changed
	}
	for _, tt := range []struct {
		name          string
		s             *sealer
		account, line int64
		ciphertext    []byte
		want          string // of the error; "" for the password
	}{
		{"as it is", s, account, line, sealed.Ciphertext, ""},
		{"the same key elsewhere", testSealer(t, 1), account, line, sealed.Ciphertext, ""},
		{"another key", testSealer(t, 2), account, line, sealed.Ciphertext, fmt.Sprintf("was encrypted with key %x, and the server has key %x", s.keyID, testSealer(t, 2).keyID)},
		{"another line", s, account, line + 1, sealed.Ciphertext, "of SIP line 15 has been changed, or is another line's"},
		{"another account", s, account + 1, line, sealed.Ciphertext, "has been changed"},
		{"account and line exchanged", s, line, account, sealed.Ciphertext, "has been changed"},
		{"another key id", s, account, line, change(0), "was encrypted with key"},
		{"another nonce", s, account, line, change(keyIDSize), "has been changed"},
		{"another text", s, account, line, change(keyIDSize + s.aead.NonceSize()), "has been changed"},
		{"another tag", s, account, line, change(len(sealed.Ciphertext) - 1), "has been changed"},
		{"cut", s, account, line, sealed.Ciphertext[:len(sealed.Ciphertext)-1], "has been changed"},
		{"cut to the nonce", s, account, line, sealed.Ciphertext[:keyIDSize+s.aead.NonceSize()], "has been changed"},
		{"cut in the nonce", s, account, line, sealed.Ciphertext[:keyIDSize+1], "of SIP line 14 is damaged"},
		{"nothing", s, account, line, nil, "of SIP line 14 is damaged"},
	} {
		got, err := tt.s.open(tt.account, tt.line, tt.ciphertext)
		if tt.want == "" {
			if err != nil || got != password {
				t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, password)
			}
			continue
		}
		if got != "" || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, %v, want an error with %q", tt.name, got, err, tt.want)
		}
		if code := errors.Of(err).Code(); code != errors.InternalError {
			t.Errorf("%s: got %s for the caller, want internal_error", tt.name, code.Mnemonic)
		}
	}
	if bytes.Contains(sealed.Ciphertext, []byte(password)) || bytes.Contains(sealed.MAC, []byte(password)) {
		t.Errorf("got %+v, which has the password in it", sealed)
	}
}

// One password never looks the same twice, but is found by its MAC, in its account
// and with its key.
func TestSealAgain(t *testing.T) {
	s := testSealer(t, 1)
	seal := func(s *sealer, account, line int64, password string) Sealed {
		t.Helper()
		sealed, err := s.seal(account, line, password)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	first := seal(s, 1, 2, "password")
	mac, err := s.mac(1, "password")
	if err != nil || !bytes.Equal(mac, first.MAC) {
		t.Errorf("got MAC %x, %v, want %x", mac, err, first.MAC)
	}
	for _, tt := range []struct {
		name string
		got  Sealed
		same bool
	}{
		{"again", seal(s, 1, 2, "password"), true},
		{"of another line", seal(s, 1, 3, "password"), true},
		{"another password", seal(s, 1, 2, "Password"), false},
		{"of another account", seal(s, 2, 2, "password"), false},
		{"with another key", seal(testSealer(t, 2), 1, 2, "password"), false},
	} {
		if bytes.Equal(tt.got.Ciphertext, first.Ciphertext) {
			t.Errorf("%s: the ciphertext is the same", tt.name)
		}
		if same := bytes.Equal(tt.got.MAC, first.MAC); same != tt.same {
			t.Errorf("%s: the same MAC: %t, want %t", tt.name, same, tt.same)
		}
	}
}

func TestNoSecretKey(t *testing.T) {
	none, err := newSealer(nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, sealErr := none.seal(1, 2, "password")
	_, openErr := none.open(1, 2, []byte("something"))
	_, macErr := none.mac(1, "password")
	for verb, err := range map[string]error{"seal": sealErr, "open": openErr, "mac": macErr} {
		if !errors.HasCode(err, errors.Other) || !strings.Contains(err.Error(), "rosterd key create FILE") || !strings.Contains(err.Error(), "--secret-key-file FILE") {
			t.Errorf("%s: got %v, want error that tells what to do", verb, err)
		}
	}
	for _, size := range []int{0, SecretKeySize - 1, SecretKeySize + 1} {
		if _, err := New(Config{SecretKey: make([]byte, size)}); err == nil || !strings.Contains(err.Error(), "must have 32 bytes") {
			t.Errorf("a key of %d bytes: got %v, want a refusal", size, err)
		}
	}
	silent, err := newSealer(make([]byte, SecretKeySize), iotest.ErrReader(errors.New("no randomness")))
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err := silent.seal(1, 2, "password"); err == nil || sealed.Ciphertext != nil {
		t.Errorf("without randomness: got %+v, %v, want an error", sealed, err)
	}
}

func TestSIPServer(t *testing.T) {
	for server, good := range map[string]bool{
		"": true, "sip.example.com": true, "sip.example.com:5060": true, "10.0.0.1": true, "[2001:db8::1]:5061": true, "localhost": true,
		"sip:sip.example.com": false, "sip.example.com:": false, "sip.example.com:123456": false, "a b": false, "2001:db8::1": false, "a,b": false, "sip.example.com\n": false,
	} {
		_, err := New(Config{SIPServer: server})
		if (err == nil) != good {
			t.Errorf("SIP server %q: got %v, want it accepted: %t", server, err, good)
		}
	}
}
