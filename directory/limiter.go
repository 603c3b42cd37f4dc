package directory

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Sign-in limits, at every door together.
const (
	SignInsPerLogin   = 10  // a minute
	SignInsPerAddress = 100 // a minute
	maxTrackedSignIns = 100_000
)

// limiter counts sign-ins in windows of one minute that open with the first. It
// forgets windows that are over, and some others rather than grow without bound.
type limiter struct {
	clock func() time.Time

	mu      sync.Mutex
	windows map[[sha256.Size]byte]window // by digest: a key may be as long as a request
}

type window struct {
	opened time.Time
	count  int
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, windows: map[[sha256.Size]byte]window{}}
}

// allow counts one more for what and reports whether it is within limit, and when
// the window ends.
func (l *limiter) allow(what string, limit int) (reset time.Duration, ok bool) {
	key, now := sha256.Sum256([]byte(what)), l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	w, known := l.windows[key]
	if !known || now.Sub(w.opened) >= time.Minute {
		if !known && len(l.windows) >= maxTrackedSignIns {
			l.forget(now)
		}
		w = window{opened: now}
	}
	w.count++
	l.windows[key] = w
	return w.opened.Add(time.Minute).Sub(now), w.count <= limit
}

func (l *limiter) forget(now time.Time) {
	for key, w := range l.windows {
		if now.Sub(w.opened) >= time.Minute || len(l.windows) >= maxTrackedSignIns {
			delete(l.windows, key)
		}
	}
}
