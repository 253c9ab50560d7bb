// SPDX-License-Identifier: Apache-2.0

// Package lifeline binds the life of this process to that of its parent, so that not even a killed parent leaves orphans.
package lifeline

import (
	"os"
	"strconv"
)

// Env names the inherited file descriptor whose end of file means that the parent is gone.
const Env = "TIDELOCK_LIFELINE_FD"

// Open returns the lifeline, or nil where the process was started by hand without one.
func Open() *os.File {
	number, err := strconv.Atoi(os.Getenv(Env))
	if err != nil || number < 3 {
		return nil
	}
	return os.NewFile(uintptr(number), "lifeline")
}

// Wait returns once the parent has closed its end, which the kernel does for a dead one.
func Wait(line *os.File) {
	buffer := make([]byte, 1)
	for {
		if _, err := line.Read(buffer); err != nil {
			return
		}
	}
}

// Bind ends this process when its parent dies: at once by the kernel where it can, else by the lifeline.
// Call it from an init function: the kernel ties the setting to the calling thread.
func Bind() {
	line := Open()
	if line == nil {
		return
	}
	dieWithParent()
	go func() {
		Wait(line)
		os.Exit(1)
	}()
}
