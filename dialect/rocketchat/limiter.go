package rocketchat

import (
	"sync"
	"time"
)

// limiter counts calls in windows that open with the first. It forgets windows that
// are over, and all rather than grow without bound.
type limiter struct {
	clock func() time.Time

	mu      sync.Mutex
	windows map[limitKey]window
}

// MaxTrackedCalls is how many windows the limit of calls remembers at most.
const MaxTrackedCalls = 100_000

// limitKey is whose calls are counted together.
type limitKey struct {
	account int64
	method  string
	path    string // of the endpoint
	address string
}

type window struct {
	ends  time.Time
	count int64
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, windows: map[limitKey]window{}}
}

// count counts one call more and returns its window, in which the call is the last
// counted.
func (l *limiter) count(key limitKey, length time.Duration) window {
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	w, known := l.windows[key]
	if !known && len(l.windows) >= MaxTrackedCalls {
		l.forget(now)
	}
	if !known || !now.Before(w.ends) {
		w = window{ends: now.Add(length)}
	}
	w.count++
	l.windows[key] = w
	return w
}

func (l *limiter) forget(now time.Time) {
	for key, w := range l.windows {
		if !now.Before(w.ends) {
			delete(l.windows, key)
		}
	}
	if len(l.windows) >= MaxTrackedCalls {
		clear(l.windows)
	}
}
