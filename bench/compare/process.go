package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a server may take to begin to answer, or to stop.
const patience = time.Minute

// pollInterval is how often a server that starts is asked whether it listens.
const pollInterval = 200 * time.Microsecond

// build builds the program in a folder of rosterd's repository, which may be a module
// of its own, once.
func (b *bench) build(ctx context.Context, folder string) (program string, err error) {
	if program = b.programs[folder]; program != "" {
		return program, nil
	}
	program = filepath.Join(b.dir, filepath.Base(folder))
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "sqlite_fts5", "-o", program, ".")
	cmd.Dir, cmd.Stderr = filepath.Join("..", folder), os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building %s (this is to be run in the folder bench): %w", folder, err)
	}
	if err := forget(program); err != nil {
		return "", err
	}
	if b.programs == nil {
		b.programs = map[string]string{}
	}
	b.programs[folder] = program
	return program, nil
}

// forget drops a file from the page cache, so that it is there as read from the disk
// when it is used. What has been written in one go, as by the linker, lies in large
// pages there, and all of it becomes resident when some is used.
func forget(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
}

// process is a server that runs.
type process struct {
	cmd    *exec.Cmd
	output bytes.Buffer // what it has said
	exited chan error
}

// start starts a server, which is stopped when the row ends.
func (b *bench) start(program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), exited: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = b.dir, &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.exited <- p.cmd.Wait() }()
	b.atEnd(p.stop)
	return p, nil
}

// listening builds the program in a folder, starts it with an address to listen on,
// and waits until it does.
func (b *bench) listening(ctx context.Context, folder string, args ...string) (p *process, address string, err error) {
	program, err := b.build(ctx, folder)
	if err != nil {
		return nil, "", err
	}
	if address, err = freeAddress(); err != nil {
		return nil, "", err
	}
	if p, err = b.start(program, append(args, "--listen", address)...); err != nil {
		return nil, "", err
	}
	return p, address, p.answers(address)
}

// stop ends a server; stopping it again does nothing.
func (p *process) stop() error {
	if p.exited == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	defer func() { p.exited = nil }()
	select {
	case <-p.exited:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		return fmt.Errorf("%s did not stop", p.cmd.Path)
	}
}

// answers waits until a server listens at an address.
func (p *process) answers(address string) error {
	for end := time.Now().Add(patience); ; time.Sleep(pollInterval) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case failed := <-p.exited:
			p.exited = nil
			return fmt.Errorf("%s: %v\n%s", p.cmd.Path, failed, p.output.String())
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s does not answer at %s", p.cmd.Path, address)
		}
	}
}

// ticks is how many clock ticks a second has in /proc, on every Linux that Go runs on.
const ticks = 100

// cpu is what all threads of a process, and of the processes that it has started, have
// used, in user mode and kernel.
func (p *process) cpu() (time.Duration, error) { return familyCPU(p.cmd.Process.Pid) }

// memory is what is resident of a process, in bytes.
func (p *process) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0, fmt.Errorf("VmRSS: %w", err)
	}
	return kilobytes << 10, nil
}

// freeAddress is one of this machine at which nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
