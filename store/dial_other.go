//go:build !linux

package store

import "syscall"

// limitUnacknowledged does nothing: elsewhere the kernel's own limit holds.
func limitUnacknowledged(_, _ string, _ syscall.RawConn) error { return nil }
