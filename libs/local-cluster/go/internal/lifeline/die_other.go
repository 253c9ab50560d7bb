// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package lifeline

// KernelBound tells whether the kernel itself ends a bound process, whatever state it is in, also after an exec.
const KernelBound = false

func dieWithParent() {}

// BindThread does what Bind does, for a process that is about to exec another program.
func BindThread() {}
