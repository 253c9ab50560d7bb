// SPDX-License-Identifier: Apache-2.0

// Command tidelock-cluster is a whole Kubernetes control plane in one file: the first argument names the component to be,
// the rest are that component's own arguments.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // time zones of CronJobs, on machines without the data

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"tidelock.dev/local-cluster/internal/lifeline"
)

var components = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { runCommand(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() { runCommand(controllermanager.NewControllerManagerCommand()) },
	"kube-scheduler":          func() { runCommand(scheduler.NewSchedulerCommand()) },
	"kwok":                    runKwok,
	"nats-server":             runNatsServer,
}

func init() { lifeline.Bind() }

func main() {
	if len(os.Args) > 1 {
		if run, known := components[os.Args[1]]; known {
			// Every component reads its flags from os.Args itself.
			os.Args = os.Args[1:]
			run()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: tidelock-cluster etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kwok|nats-server [ARG...]")
	os.Exit(2)
}

func runCommand(command *cobra.Command) { os.Exit(cli.Run(command)) }
