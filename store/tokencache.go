package store

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/rosterd/rosterd/directory"
)

// Bounds of the tokens that are remembered.
const (
	tokenFresh  = 500 * time.Millisecond // how long what another process may have changed is believed
	tokensKnown = 10_000                 // at most; with one more, all are forgotten
)

// tokenCache remembers tokens as they were read, so that not every call asks for its
// own. A change by this process has all of them forgotten at once.
type tokenCache struct {
	mu     sync.Mutex
	age    int64 // how often all were forgotten
	tokens map[[sha256.Size]byte]knownToken
}

type knownToken struct {
	token *directory.Token
	until time.Time
}

// get finds a token that is fresh. If there is none, age is for put.
func (c *tokenCache) get(digest []byte) (t *directory.Token, age int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, is := c.tokens[keyOf(digest)]
	if !is || time.Now().After(known.until) {
		return nil, c.age
	}
	return known.token, c.age
}

// put remembers a token that was asked for at some age and read since, unless
// something has changed meanwhile.
func (c *tokenCache) put(t *directory.Token, asked time.Time, age int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age != age {
		return
	}
	if len(c.tokens) >= tokensKnown {
		clear(c.tokens)
	}
	if c.tokens == nil {
		c.tokens = map[[sha256.Size]byte]knownToken{}
	}
	c.tokens[keyOf(t.Digest)] = knownToken{t, asked.Add(tokenFresh)}
}

// forget is called when something was changed.
func (c *tokenCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.tokens)
	c.age++
}

func keyOf(digest []byte) (key [sha256.Size]byte) {
	copy(key[:], digest)
	return key
}
