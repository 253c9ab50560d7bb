// SPDX-License-Identifier: Apache-2.0

package lifeline

import (
	"os"
	"syscall"
)

// KernelBound tells whether the kernel itself ends a bound process, whatever state it is in, also after an exec.
const KernelBound = true

func dieWithParent() {
	const prSetPdeathsig = 1
	parent := os.Getppid()
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetPdeathsig, uintptr(syscall.SIGKILL), 0)
	// The parent may have died before the call: then nobody would ever send the signal.
	if errno == 0 && os.Getppid() != parent {
		os.Exit(1)
	}
}

// BindThread does what Bind does, for a process that is about to exec another program.
func BindThread() { dieWithParent() }
