// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseDuration } from '@tidelock/api'
import type { ClusterTarget, KubeClient, KubeconfigOverrides } from '@tidelock/kube'
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
  const { kubeconfig, context, server } = flags
  const local = env['KUBECONFIG'] ? undefined : await readState(dataPaths(defaultDataDir(env, home)))
  const path = kubeconfig === undefined ? local?.kubeconfig : resolve(cwd, kubeconfig)
  if (path === undefined && server === undefined && !env['KUBECONFIG'] && !existsSync(join(home, '.kube/config')))
    throw new CliError(
      'NoCluster',
      "no cluster is named: give --kubeconfig, set KUBECONFIG, or start one with 'tidelock up'",
    )
  // loaded late: what does not talk to a cluster need not wait for it
  const { KubeClient, loadTarget } = await import('@tidelock/kube')
  const target = await loadTarget({
    ...(path === undefined ? {} : { kubeconfig: path }),
    ...(context === undefined ? {} : { context }),
    overrides: overridesOf(flags, cwd),
    env,
  })
  const rateLimit = { qps: flags.kubeApiQps, burst: flags.kubeApiBurst }
  const client = new KubeClient({ target: { ...target, ...impersonate }, userAgent: 'tidelock-cli', rateLimit })
  return {
    client,
    namespace: namespaceOf(command, environment, target.namespace),
    timeoutMs: parseDuration(flags.timeout),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

function overridesOf(flags: ClusterFlags, cwd: string): KubeconfigOverrides {
  const { cluster, user, server, tlsServerName, insecureSkipTlsVerify, clusterToken } = flags
  const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(cwd, file))
  return {
    ...{ cluster, user, server, tlsServerName, insecureSkipTlsVerify, token: clusterToken },
    certificateAuthority: path(flags.certificateAuthority),
    clientCertificate: path(flags.clientCertificate),
    clientKey: path(flags.clientKey),
  }
}

function extraOf(pairs: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const extra = new Map<string, string[]>()
  for (const pair of pairs) {
    const [key = '', ...value] = pair.split('=')
    if (key === '' || value.length === 0)
      throw new CliError('UsageInvalid', `--as-user-extra: '${pair}' is not key=value`)
    extra.set(key, [...(extra.get(key) ?? []), value.join('=')])
  }
  return Object.fromEntries(extra)
}

function impersonation({ as, asGroup, asUid, asUserExtra }: ClusterFlags): Pick<ClusterTarget, 'impersonate'> {
  if (as === undefined) {
    if (asGroup === undefined && asUid === undefined && asUserExtra === undefined) return {}
    throw new CliError('UsageInvalid', '--as-group, --as-uid and --as-user-extra go with a user: add --as')
  }
  return {
    impersonate: {
      user: as,
      ...(asGroup === undefined ? {} : { groups: asGroup }),
      ...(asUid === undefined ? {} : { uid: asUid }),
      ...(asUserExtra === undefined ? {} : { extra: extraOf(asUserExtra) }),
    },
  }
}
