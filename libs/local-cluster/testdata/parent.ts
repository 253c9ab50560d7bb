// SPDX-License-Identifier: Apache-2.0
// Starts a cluster from the options in its argument, prints its coordinates as one JSON line and waits to be killed.
import { type LocalClusterOptions, startLocalCluster } from '../src/index.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as LocalClusterOptions
const { server, pids } = await startLocalCluster(options)
console.log(JSON.stringify({ server, pids }))
