// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
)

// Code says which kind of failure the host reports.
type Code string

// The codes that the host turns into its own errors; see src/errors.ts.
const (
	BuildFailed     Code = "BuildFailed"
	ManifestInvalid Code = "ManifestInvalid"
	BuildTooLarge   Code = "BuildTooLarge"
	RemoteBase      Code = "RemoteBase"
	PathNotFound    Code = "PathNotFound"
	PathOutsideRoot Code = "PathOutsideRoot"
	InvalidYaml     Code = "InvalidYaml"
	// NeedsIsolation is no failure of the input: the tree sets `openapi`, so the build belongs in an instance of its own.
	NeedsIsolation Code = "NeedsIsolation"
)

// Failure is the outcome of a call that did not succeed.
type Failure struct {
	Code    Code     `json:"code"`
	Message string   `json:"message"`
	URLs    []string `json:"urls,omitempty"`
	// Wanted is what a RemoteBase failure needs from the network.
	Wanted []Wanted `json:"wanted,omitempty"`
	// Broken asks for a new instance: after a panic nobody knows what this one holds.
	Broken bool `json:"broken,omitempty"`
}

func (f *Failure) Error() string { return f.Message }

func failuref(code Code, format string, args ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

// asFailure gives every error a code; what has none is Kustomize's own refusal.
func asFailure(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) {
		return failure
	}
	return &Failure{Code: BuildFailed, Message: err.Error()}
}

// unprepared marks what went wrong before Kustomize was asked.
func unprepared(err error) error {
	failure := *asFailure(err)
	if failure.Code == BuildFailed {
		failure.Code = ManifestInvalid
	}
	return &failure
}
