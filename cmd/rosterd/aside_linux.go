package main

import "golang.org/x/sys/unix"

// lowestPriority is the nice value of those whom all others go before.
const lowestPriority = 19

// yieldToOthers lowers the calling thread's priority; Linux keeps one for each thread.
func yieldToOthers() {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), lowestPriority) // lowering it is always allowed
}
