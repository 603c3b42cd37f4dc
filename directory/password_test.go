package directory

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/rosterd/rosterd/errors"
)

func TestPasswords(t *testing.T) {
	h := newHasher(rand.Reader, NewHasher(1))
	hash, err := h.hash(t.Context(), "пароль 1")
	if err != nil {
		t.Fatal(err)
	}
	const form = "$argon2id$v=19$m=19456,t=2,p=1$" // OWASP's minimum
	if !strings.HasPrefix(hash, form) {
		t.Errorf("got hash %q, want %s…", hash, form)
	}
	if again, err := h.hash(t.Context(), "пароль 1"); err != nil || again == hash {
		t.Errorf("hashed again: got %q, %v, want another salt", again, err)
	}
	for _, tt := range []struct {
		name, password, hash string
		want                 bool
	}{
		{"right", "пароль 1", hash, true},
		{"wrong", "пароль 2", hash, false},
		{"in another case", "Пароль 1", hash, false},
		{"empty", "", hash, false},
		{"of nobody", "пароль 1", "", false},
		{"of the dummy", "", h.dummy, false},
	} {
		if got, err := h.matches(t.Context(), tt.password, tt.hash); err != nil || got != tt.want {
			t.Errorf("%s: got %t, %v, want %t", tt.name, got, err, tt.want)
		}
	}
	for _, hash := range []string{"plain", "$argon2id$v=19$m=19456,t=2,p=1$!$!", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$!", "$2b$10$abc"} {
		if got, err := h.matches(t.Context(), "plain", hash); err == nil || got {
			t.Errorf("stored hash %q: got %t, %v, want an error", hash, got, err)
		}
	}
	if _, err := newHasher(bytes.NewReader(nil), NewHasher(1)).hash(t.Context(), "x"); err == nil {
		t.Error("hashed without randomness")
	}
}

// An unknown login costs a whole hash: the dummy has the cost of a real one.
func TestDummyHash(t *testing.T) {
	h := newHasher(rand.Reader, NewHasher(1))
	hash, err := h.hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	cost := func(hash string) string { return hash[:strings.LastIndex(hash[:strings.LastIndex(hash, "$")], "$")] }
	if cost(h.dummy) != cost(hash) || len(h.dummy) != len(hash) {
		t.Errorf("got dummy %q, want one like %q", h.dummy, hash)
	}
}

// Hashing happens in so many places; who waits for one may go away.
func TestHasherBound(t *testing.T) {
	places := make(localHasher, 1)
	h := newHasher(rand.Reader, places)
	places <- struct{}{} // taken
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: got error %v, want canceled", err)
	}
	if _, err := h.matches(ctx, "x", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("matches: got error %v, want canceled", err)
	}
	<-places
	if _, err := h.hash(t.Context(), "x"); err != nil {
		t.Errorf("with a place: %v", err)
	}
	if len(places) != 0 {
		t.Errorf("%d places are still taken", len(places))
	}
}
