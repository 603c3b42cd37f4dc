// Package usage measures what a process takes.
package usage

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// Figures are what one side of a round took.
type Figures struct {
	Rows int           `json:"rows"` // employees
	Time time.Duration `json:"time"`
	CPU  time.Duration `json:"cpu"`
	RSS  int64         `json:"rss"` // bytes, at most
}

func (f Figures) PerSecond() float64 { return float64(f.Rows) / f.Time.Seconds() }

// Stopwatch adds up the time, and the processor's, of what is between Start and
// Stop.
type Stopwatch struct {
	Time, CPU time.Duration
	began     time.Time
	cpuBegan  time.Duration
}

func (s *Stopwatch) Start() { s.began, s.cpuBegan = time.Now(), Processor() }

func (s *Stopwatch) Stop() {
	s.Time += time.Since(s.began)
	s.CPU += Processor() - s.cpuBegan
}

// Processor is that of all threads of this process, in user mode and kernel.
func Processor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// PeakMemory is the most that was resident of this process, in bytes; 0 where
// there is no /proc.
func PeakMemory() int64 {
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
