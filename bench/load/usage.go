package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// figures are what one side of a round took.
type figures struct {
	Rows int           `json:"rows"` // employees
	Time time.Duration `json:"time"`
	CPU  time.Duration `json:"cpu"`
	RSS  int64         `json:"rss"` // bytes, at most
}

func (f figures) perSecond() float64 { return float64(f.Rows) / f.Time.Seconds() }

// stopwatch adds up the time, and the processor's, of what is between start and
// stop.
type stopwatch struct {
	time, cpu time.Duration
	began     time.Time
	cpuBegan  time.Duration
}

func (s *stopwatch) start() { s.began, s.cpuBegan = time.Now(), processorTime() }

func (s *stopwatch) stop() {
	s.time += time.Since(s.began)
	s.cpu += processorTime() - s.cpuBegan
}

// processorTime is that of all threads of this process, in user mode and kernel.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peakMemory is the most that was resident of this process, in bytes; 0 where
// there is no /proc.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
