package main

import (
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// setApart gives a process the lowest priority, and a group of its own: Ctrl+C is not
// meant for it.
func setApart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.IDLE_PRIORITY_CLASS | windows.CREATE_NEW_PROCESS_GROUP}
}

// yieldToOthers does nothing: setApart did.
func yieldToOthers() {}

// ownProgram is the program that runs.
func ownProgram() (string, error) { return os.Executable() }

// polled is in.
func polled(in io.Reader) io.Reader { return in }
