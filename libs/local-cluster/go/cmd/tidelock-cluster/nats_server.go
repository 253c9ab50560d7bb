// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/nats-io/nats-server/v2/server"
)

func runNatsServer() {
	const name = "nats-server"
	flags := flag.NewFlagSet(name, flag.ExitOnError)
	options, err := server.ConfigureOptions(flags, os.Args[1:], server.PrintServerAndExit, flags.Usage, server.PrintTLSHelpAndDie)
	if err != nil {
		server.PrintAndDie(fmt.Sprintf("%s: %s", name, err))
	}
	instance, err := server.NewServer(options)
	if err != nil {
		server.PrintAndDie(fmt.Sprintf("%s: %s", name, err))
	}
	instance.ConfigureLogger()
	if err := server.Run(instance); err != nil {
		server.PrintAndDie(fmt.Sprintf("%s: %s", name, err))
	}
	instance.WaitForShutdown()
}
