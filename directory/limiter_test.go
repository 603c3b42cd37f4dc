package directory

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := newLimiter(func() time.Time { return now })
	var opened time.Time
	want := func(what, key string, limit int, want bool) {
		t.Helper()
		reset, got := l.allow(key, limit)
		if got != want {
			t.Errorf("%s: %s allowed is %t, want %t", what, key, got, want)
		}
		if want := opened.Add(time.Minute).Sub(now); key == "a" && reset != want {
			t.Errorf("%s: the window ends in %s, want %s", what, reset, want)
		}
	}
	opened = now
	for i := range 3 {
		want(fmt.Sprint("attempt ", i+1), "a", 3, true)
	}
	want("one too many", "a", 3, false)
	want("another key", "b", 3, true)
	now = now.Add(time.Minute - 1)
	want("at the end of the minute", "a", 3, false)
	want("a second of another key", "b", 3, true)
	now = now.Add(1)
	opened = now
	want("a minute after the first", "a", 3, true)
	now = now.Add(time.Second)
	want("in the new window", "a", 1, false)
	now = now.Add(-time.Hour)
	want("on a clock that was set back", "a", 3, true)
	want("on a clock that was set back", "a", 3, false)
}

// However many come, the limiter holds no more than maxTrackedSignIns.
func TestLimiterBound(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	l := newLimiter(func() time.Time { return now })
	for i := range maxTrackedSignIns + 1000 {
		l.allow(fmt.Sprint("a", i), 1)
		if len(l.windows) > maxTrackedSignIns {
			t.Fatalf("after %d keys: got %d windows, want at most %d", i+1, len(l.windows), maxTrackedSignIns)
		}
	}
	// What is over goes before what is not.
	now = now.Add(time.Minute)
	l.allow("b", 1)
	l.allow("c", 1)
	for i := range maxTrackedSignIns / 2 {
		l.allow(fmt.Sprint("d", i), 1)
	}
	for _, key := range []string{"b", "c"} {
		if _, ok := l.allow(key, 1); ok {
			t.Errorf("%s was forgotten while older windows were there", key)
		}
	}
}
