// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"tidelock.dev/local-cluster/internal/lifeline"
)

func run(program string, args []string) error {
	child := exec.Command(program, args[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if err := child.Start(); err != nil {
		return err
	}
	go func() {
		for received := range signals {
			_ = child.Process.Signal(received)
		}
	}()
	if line := lifeline.Open(); line != nil {
		go func() {
			lifeline.Wait(line)
			_ = child.Process.Kill()
		}()
	}
	err := child.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(max(exit.ExitCode(), 1))
	}
	return err
}
