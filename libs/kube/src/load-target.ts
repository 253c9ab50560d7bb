// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { systemClock } from '@tidelock/api'
import type { Clock } from '@tidelock/api'
import { credentialPlugin } from './credential-plugin.ts'
import { inClusterTarget, isInCluster, serviceAccountDirectory } from './in-cluster.ts'
import { KubeError } from './kube-error.ts'
import { mergeKubeconfigs, parseKubeconfig, selectContext } from './kubeconfig.ts'
import type { KubeconfigDocument } from './kubeconfig.ts'
import { applyOverrides } from './kubeconfig-overrides.ts'
import type { KubeconfigOverrides } from './kubeconfig-overrides.ts'
import { toTarget } from './kubeconfig-target.ts'
import { proxyFor } from './proxy.ts'
import type { ClusterTarget } from './target.ts'

/** Where to look for a cluster, and with what. Order: `kubeconfig`, KUBECONFIG, the pod's service account, `~/.kube/config`. */
export interface LoadTargetOptions {
  /** Path of a kubeconfig; nothing else is looked at then. */
  readonly kubeconfig?: string | undefined
  /** Context to use in place of the current one. */
  readonly context?: string | undefined
  /** In place of what the kubeconfig says; with a server among them there need be none. */
  readonly overrides?: KubeconfigOverrides | undefined
  /** Uses the pod's service account and nothing else. */
  readonly inCluster?: boolean
  /** KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST and _PORT, HTTPS_PROXY, NO_PROXY are read from it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Where the pod's service account is mounted; for tests. */
  readonly serviceAccountDirectory?: string
}

/** Finds a cluster and a credential. Throws ConfigInvalid, naming what is missing and where. */
export async function loadTarget(options: LoadTargetOptions): Promise<ClusterTarget> {
  const { env, clock = systemClock } = options
  const target = await findTarget(options, clock)
  const proxyUrl = target.proxyUrl ?? proxyFor(target.server, env)
  return proxyUrl === undefined ? target : { ...target, proxyUrl }
}

async function findTarget(options: LoadTargetOptions, clock: Clock): Promise<ClusterTarget> {
  const { kubeconfig, inCluster, env, overrides } = options
  const directory = options.serviceAccountDirectory ?? serviceAccountDirectory
  if (inCluster === true) return inClusterTarget({ env, directory, clock })
  if (kubeconfig !== undefined && kubeconfig !== '') return fromFiles([kubeconfig], true, options, clock)
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  if (listed.length > 0) return fromFiles(listed, false, options, clock)
  if (overrides?.server !== undefined) return fromFlags(overrides, clock)
  if (isInCluster(env)) return inClusterTarget({ env, directory, clock })
  if (env['HOME'] !== undefined) return fromFiles([join(env['HOME'], '.kube', 'config')], true, options, clock)
  throw new KubeError('ConfigInvalid', 'no cluster given: set --kubeconfig or KUBECONFIG, or run in a pod')
}

/** A server that is named needs no kubeconfig. */
function fromFlags(overrides: KubeconfigOverrides, clock: Clock): Promise<ClusterTarget> {
  const nothing = { source: 'of the flags', context: '', namespace: undefined, cluster: {}, user: {} }
  const selected = applyOverrides(nothing, { clusters: new Map(), users: new Map() }, overrides)
  return toTarget(selected, { clock })
}

async function fromFiles(
  paths: readonly string[],
  required: boolean,
  { context, overrides = {} }: LoadTargetOptions,
  clock: Clock,
): Promise<ClusterTarget> {
  const documents: KubeconfigDocument[] = []
  for (const path of paths) {
    const text = await readConfig(path, required)
    if (text !== undefined) documents.push(parseKubeconfig(text, path, dirname(path)))
  }
  if (documents.length === 0)
    throw new KubeError('ConfigInvalid', `KUBECONFIG names no file that exists: ${paths.join(', ')}`)
  const merged = mergeKubeconfigs(documents)
  const selected = applyOverrides(selectContext(merged, context), merged, overrides)
  return toTarget(selected, { clock, plugin: (found) => credentialPlugin(found, clock) })
}

async function readConfig(path: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // as kubectl: KUBECONFIG may name files that are not there yet
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new KubeError('ConfigInvalid', `cannot read the kubeconfig ${path}`, { cause: error })
  }
}
