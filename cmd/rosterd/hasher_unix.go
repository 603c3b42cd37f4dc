//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// lowestPriority is the nice value of those whom all others go before.
const lowestPriority = 19

// setApart gives a process a group of its own: what a terminal's keys send to the
// server's is not meant for it, and its priority is the group's.
func setApart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// yieldToOthers lowers the priority of this process, which is set apart. Linux has one
// for each thread, and changes them all only for a group.
func yieldToOthers() {
	_ = unix.Setpriority(unix.PRIO_PGRP, os.Getpid(), lowestPriority) // lowering it is always allowed
	if runtime.GOOS == "linux" {
		_ = os.WriteFile("/proc/self/comm", []byte("rosterd-hash"), 0)  // it would be exe
		_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) // if memory runs out, it goes, and not the server
	}
}

// ownProgram is the program that runs, also where its file has been replaced.
func ownProgram() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); runtime.GOOS == "linux" && err == nil {
		return self, nil
	}
	return os.Executable()
}

// polled has nobody who reads from a file keep a processor from the hashes while there is
// nothing to read, as a system call that waits does for up to 10 ms.
func polled(in io.Reader) io.Reader {
	f, ok := in.(*os.File)
	if !ok {
		return in
	}
	fd := f.Fd()
	if err := syscall.SetNonblock(int(fd), true); err != nil {
		return in
	}
	return os.NewFile(fd, f.Name())
}
