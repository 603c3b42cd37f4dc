package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// aside does what takes a processor for long on threads that all others go before, where
// the system has such. While there are any, goroutines have as many places again as
// there are processors: these threads would take the places of all others, whoever goes
// before whom.
type aside struct {
	mu     sync.Mutex
	active int
	places int // of goroutines, when none is active
}

// do does f and waits for it. A panic is the caller's, and says where it was.
func (a *aside) do(f func()) {
	a.begin()
	defer a.end()
	var panicked error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				panicked = fmt.Errorf("%v, aside at\n%s", p, debug.Stack())
			}
		}()
		runtime.LockOSThread() // for good: the thread, which cannot have its priority back, ends with the goroutine
		yieldToOthers()
		f()
	}()
	<-done
	if panicked != nil {
		panic(panicked)
	}
}

func (a *aside) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.active++; a.active == 1 {
		a.places = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(a.places + runtime.NumCPU())
	}
}

func (a *aside) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.active--; a.active == 0 {
		runtime.GOMAXPROCS(a.places)
	}
}
