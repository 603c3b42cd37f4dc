package rocketchat

import (
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return now })
	mine, other := limitKey{account: 1, path: "me"}, limitKey{account: 2, path: "me"}
	for i := range int64(3) {
		if w := l.count(mine, time.Minute); w.count != i+1 || !w.ends.Equal(now.Add(time.Minute)) {
			t.Errorf("call %d: got %+v", i+1, w)
		}
	}
	if w := l.count(other, time.Minute); w.count != 1 {
		t.Errorf("another account: got %+v", w)
	}
	now = now.Add(time.Minute)
	if w := l.count(mine, time.Minute); w.count != 1 {
		t.Errorf("after the window: got %+v", w)
	}
}

// A limiter forgets what is over, and does not grow whoever calls.
func TestLimiterForgets(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return now })
	from := func(i int) limitKey { return limitKey{address: strconv.Itoa(i)} }
	for i := range MaxTrackedCalls - 1 {
		l.count(from(i), time.Minute)
	}
	l.count(limitKey{account: 1}, time.Hour)
	now = now.Add(time.Minute)
	l.count(from(-1), time.Minute)
	if got := len(l.windows); got != 2 {
		t.Errorf("%d windows are left of those that are over, want 2", got)
	}
	if w := l.count(limitKey{account: 1}, time.Hour); w.count != 2 {
		t.Errorf("a window that is not over has been forgotten: got %+v", w)
	}
	for i := range 2 * MaxTrackedCalls {
		l.count(from(i), time.Minute)
	}
	if got := len(l.windows); got > MaxTrackedCalls {
		t.Errorf("there are %d windows", got)
	}
}

// No call is lost among several at once.
func TestLimiterAtOnce(t *testing.T) {
	l := newLimiter(time.Now)
	var calls sync.WaitGroup
	for range 100 {
		calls.Go(func() { l.count(limitKey{}, time.Hour) })
	}
	calls.Wait()
	if w := l.count(limitKey{}, time.Hour); w.count != 101 {
		t.Errorf("got %+v", w)
	}
}
