// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseDuration } from '@tidelock/api'
import type { ClusterTarget, KubeClient } from '@tidelock/kube'
import type { Command } from 'commander'
import { namespaceOf } from './commands/cluster-flags.ts'
import type { ClusterFlags } from './commands/cluster-flags.ts'
import type { Environment } from './environment.ts'
import { CliError } from './errors.ts'
import { dataPaths, defaultDataDir } from './up/paths.ts'
import { readState } from './up/state-file.ts'

/** A cluster for the length of one command. */
export interface Connection extends AsyncDisposable {
  readonly client: KubeClient
  /** The namespace that the user means. */
  readonly namespace: string
  /** How long the command may take. */
  readonly timeoutMs: number
}

/**
 * Connects to the cluster that the user means: `--kubeconfig`, then KUBECONFIG, then the cluster of a running `tidelock up` on the
 * default data directory, then `~/.kube/config`. Throws NoCluster where there is none of these.
 */
export async function connect(command: Command, environment: Environment): Promise<Connection> {
  const { env, home, cwd } = environment
  const flags = command.optsWithGlobals<ClusterFlags>()
  const impersonate = impersonation(flags)
  const { kubeconfig, context } = flags
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
  const client = new KubeClient({ target: { ...target, ...impersonate }, userAgent: 'tidelock-cli' })
  return {
    client,
    namespace: namespaceOf(command, environment, target.namespace),
    timeoutMs: parseDuration(flags.timeout),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

function impersonation({ as, asGroup, asUid }: ClusterFlags): Pick<ClusterTarget, 'impersonate'> {
  if (as === undefined) {
    if (asGroup === undefined && asUid === undefined) return {}
    throw new CliError('UsageInvalid', '--as-group and --as-uid go with a user: add --as')
  }
  return {
    impersonate: {
      user: as,
      ...(asGroup === undefined ? {} : { groups: asGroup }),
      ...(asUid === undefined ? {} : { uid: asUid }),
    },
  }
}
