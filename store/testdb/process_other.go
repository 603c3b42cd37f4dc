//go:build !linux

package testdb

import (
	"os/user"
	"syscall"
)

// attributes run a process as everybody else's; tests as root need Linux.
func attributes(*user.User) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
