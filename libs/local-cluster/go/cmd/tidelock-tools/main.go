// SPDX-License-Identifier: Apache-2.0

// Command tidelock-tools does the small jobs around a local control plane that Node has no means for:
// it makes certificates, and binds programs that know nothing of us to the life of their parent.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"tidelock.dev/local-cluster/internal/pki"
)

const usage = `usage:
  tidelock-tools certificates         reads a request as JSON from standard input, writes the files it names
  tidelock-tools run PROGRAM [ARG...] runs the program until it ends or the parent dies`

func main() {
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tidelock-tools: "+err.Error())
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "certificates":
		var request pki.Request
		decoder := json.NewDecoder(os.Stdin)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&request); err != nil {
			return fmt.Errorf("reading the request: %w", err)
		}
		return pki.Write(request)
	case len(args) >= 2 && args[0] == "run":
		return run(args[1], args[1:])
	default:
		return fmt.Errorf("unknown arguments\n%s", usage)
	}
}
