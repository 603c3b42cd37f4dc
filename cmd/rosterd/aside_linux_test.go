package main

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// Work that is done aside has the lowest priority, and nothing else has.
func TestAsidePriority(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	nice := func() int {
		n, err := unix.Getpriority(unix.PRIO_PROCESS, unix.Gettid()) // the system call answers 20 less the nice value
		if err != nil {
			t.Error(err)
		}
		return 20 - n
	}
	before, within := nice(), 0
	new(aside).do(func() { within = nice() })
	if within != lowestPriority || nice() != before {
		t.Errorf("nice value %d, then %d aside, then %d; want %d aside", before, within, nice(), lowestPriority)
	}
}
