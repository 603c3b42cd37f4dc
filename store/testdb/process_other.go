//go:build !linux

package testdb

import (
	"os/user"
	"syscall"
)

// attributes run a process as everybody else's; tests as root need Linux.
func attributes(*user.User) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// kill ends the server; its children follow by themselves.
func (p *Cluster) kill() error {
	err := p.server.Process.Kill()
	_ = p.server.Wait()
	p.server = nil
	close(p.done)
	return err
}
