package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// While work is done aside there are places for all other goroutines; a panic in it is
// its caller's, and afterwards all is as before.
func TestAside(t *testing.T) {
	var a aside
	before := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for range 2 * runtime.NumCPU() {
		all.Go(func() {
			a.do(func() {
				if got, want := runtime.GOMAXPROCS(0), before+runtime.NumCPU(); got != want {
					t.Errorf("meanwhile: got %d places, want %d", got, want)
				}
			})
		})
	}
	all.Wait()
	func() {
		defer func() {
			if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "broken, aside at") || !strings.Contains(got, "TestAside") {
				t.Errorf("recovered %s, want the panic of the work and its place", got)
			}
		}()
		a.do(func() { panic("broken") })
	}()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("afterwards: got %d places, want %d", got, before)
	}
}
