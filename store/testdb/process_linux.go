package testdb

import (
	"bytes"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes run a process as owner, if given, and end it with the test program.
func attributes(owner *user.User) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if owner != nil {
		uid, _ := strconv.ParseUint(owner.Uid, 10, 32)
		gid, _ := strconv.ParseUint(owner.Gid, 10, 32)
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}

// kill ends the server and its children, none of which learns of another's end.
func (p *Cluster) kill() error {
	pid := p.server.Process.Pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil { // it has no more children
		return err
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return err
	}
	victims := []int{pid}
	for _, file := range all {
		text, _ := os.ReadFile(file) // it may have ended
		_, after, _ := bytes.Cut(text, []byte(") "))
		var state byte
		var child, parent int
		if n, _ := fmt.Sscanf(string(after), "%c %d", &state, &parent); n == 2 && parent == pid {
			child, _ = strconv.Atoi(filepath.Base(filepath.Dir(file)))
			victims = append(victims, child)
		}
	}
	for _, victim := range victims {
		_ = syscall.Kill(victim, syscall.SIGKILL) // it may have ended
	}
	_ = p.server.Wait()
	p.server = nil
	close(p.done)
	return p.forgetMemory()
}

// forgetMemory removes the segment of shared memory that a killed server leaves.
func (p *Cluster) forgetMemory() error {
	text, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		return err
	}
	var key, id int
	lines := strings.Split(string(text), "\n")
	if len(lines) < 7 {
		return fmt.Errorf("postmaster.pid: %q", text)
	}
	if _, err := fmt.Sscan(lines[6], &key, &id); err != nil {
		return err
	}
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	return err
}
