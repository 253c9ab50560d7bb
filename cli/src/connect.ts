// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { KubeClient } from '@tidelock/kube'
import type { Command } from 'commander'
import type { Environment } from './environment.ts'
import { CliError } from './errors.ts'
import { dataPaths, defaultDataDir } from './up/paths.ts'
import { readState } from './up/state-file.ts'

/** A client for the length of one command. */
export interface Connection extends AsyncDisposable {
  readonly client: KubeClient
}

/**
 * Connects to the cluster that the user means: `--kubeconfig`, then KUBECONFIG, then the cluster of a running `tidelock up` on the
 * default data directory, then `~/.kube/config`. Throws NoCluster where there is none of these.
 */
export async function connect(command: Command, { env, home, cwd }: Environment): Promise<Connection> {
  const { kubeconfig, context } = command.optsWithGlobals<{ kubeconfig?: string; context?: string }>()
  const local = env['KUBECONFIG'] ? undefined : await readState(dataPaths(defaultDataDir(env, home)))
  const path = kubeconfig === undefined ? local?.kubeconfig : resolve(cwd, kubeconfig)
  if (path === undefined && !env['KUBECONFIG'] && !existsSync(join(home, '.kube/config')))
    throw new CliError(
      'NoCluster',
      "no cluster is named: give --kubeconfig, set KUBECONFIG, or start one with 'tidelock up'",
    )
  // loaded late: what does not talk to a cluster need not wait for it
  const { KubeClient, loadTarget } = await import('@tidelock/kube')
  const target = await loadTarget({
    ...(path === undefined ? {} : { kubeconfig: path }),
    ...(context === undefined ? {} : { context }),
    env,
  })
  const client = new KubeClient({ target, userAgent: 'tidelock-cli' })
  return { client, [Symbol.asyncDispose]: () => client.close() }
}
