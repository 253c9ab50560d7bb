// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { credentialPlugin } from './credential-plugin.ts'
import { invalid, parseKubeconfig, selectContext } from './kubeconfig.ts'
import type { KubeconfigUser, SelectedContext } from './kubeconfig.ts'
import { toTarget } from './kubeconfig-target.ts'
import { proxyFor } from './proxy.ts'
import type { ClusterTarget } from './target.ts'

/** What a kubeconfig of unknown origin may do. */
export interface RemoteTargetOptions {
  /** Names the kubeconfig in errors. */
  readonly source: string
  readonly clock: Clock
  /** Lets the server go unverified where the kubeconfig says so. */
  readonly insecureTls?: boolean
  /** Runs the `exec` plugin that the kubeconfig names, with the rights of this process. */
  readonly insecureExec?: boolean
  /** HTTPS_PROXY and NO_PROXY are read from it, for a kubeconfig without `proxy-url`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * A target from a kubeconfig of unknown origin (a Secret), stripped as Flux does: no files of this machine, no `auth-provider`, no `as`;
 * plugins and unverified TLS only where they are allowed. Throws ConfigInvalid, also when nothing is left to authenticate with.
 */
export async function parseRemoteTarget(text: string, options: RemoteTargetOptions): Promise<ClusterTarget> {
  const { source, clock, insecureExec = false, env = {} } = options
  const selected = selectContext(parseKubeconfig(text, source, undefined), undefined)
  const stripped = strip(selected, options)
  refuseBare(selected, stripped.user)
  const plugin = (found: SelectedContext): ReturnType<typeof credentialPlugin> => credentialPlugin(found, clock)
  const target = await toTarget(stripped, { clock, ...(insecureExec ? { plugin } : {}) })
  const proxyUrl = target.proxyUrl ?? proxyFor(target.server, env)
  return proxyUrl === undefined ? target : { ...target, proxyUrl }
}

const clusterFields = ['server', 'certificate-authority-data', 'tls-server-name', 'proxy-url']
const userFields = ['token', 'username', 'password', 'client-certificate-data', 'client-key-data']

function strip(selected: SelectedContext, { insecureTls, insecureExec }: RemoteTargetOptions): SelectedContext {
  return {
    ...selected,
    cluster: pick(selected.cluster, [...clusterFields, ...(insecureTls === true ? ['insecure-skip-tls-verify'] : [])]),
    user: pick(selected.user, [...userFields, ...(insecureExec === true ? ['exec'] : [])]),
  }
}

function pick<T extends object>(part: T, fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(part).filter(([field]) => fields.includes(field))) as T
}

/** A user who is left without any credential of several would be an anonymous one, which nobody meant. */
function refuseBare({ source, user }: SelectedContext, left: KubeconfigUser): void {
  if (Object.keys(left).length > 0) return
  const refused = (['exec', 'auth-provider', 'tokenFile', 'client-certificate', 'client-key'] as const).filter(
    (field) => user[field] !== undefined,
  )
  if (refused.length === 0) return
  throw invalid(
    source,
    `nothing but ${refused.join(', ')} to authenticate with, which is not allowed here: use token, or client-certificate-data and client-key-data`,
  )
}
