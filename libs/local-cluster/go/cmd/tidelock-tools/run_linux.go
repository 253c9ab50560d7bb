// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"runtime"
	"syscall"

	"tidelock.dev/local-cluster/internal/lifeline"
)

// The kernel's promise to kill us with our parent belongs to the thread that asked for it, which must then be the one that execs.
func init() { runtime.LockOSThread() }

func run(program string, args []string) error {
	lifeline.BindThread()
	return syscall.Exec(program, args, os.Environ())
}
