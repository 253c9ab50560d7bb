// SPDX-License-Identifier: Apache-2.0
import type { KubeconfigDocument, SelectedContext } from './kubeconfig.ts'
import { invalid } from './kubeconfig.ts'

/** What takes the place of parts of a kubeconfig, as kubectl's flags of these names do. */
export interface KubeconfigOverrides {
  /** Names of a cluster and a user in the kubeconfig, in place of the context's. */
  readonly cluster?: string | undefined
  readonly user?: string | undefined
  readonly server?: string | undefined
  readonly certificateAuthority?: string | undefined
  readonly tlsServerName?: string | undefined
  readonly insecureSkipTlsVerify?: boolean | undefined
  readonly clientCertificate?: string | undefined
  readonly clientKey?: string | undefined
  readonly token?: string | undefined
}

/** A context with the overrides in it. Throws ConfigInvalid for the name of a cluster or user that is not there. */
export function applyOverrides(
  selected: SelectedContext,
  document: Pick<KubeconfigDocument, 'clusters' | 'users'>,
  overrides: KubeconfigOverrides,
): SelectedContext {
  return {
    ...selected,
    cluster: clusterOf(pick(selected, 'cluster', document.clusters, overrides.cluster) ?? selected.cluster, overrides),
    user: userOf(pick(selected, 'user', document.users, overrides.user) ?? selected.user, overrides),
  }
}

function pick<T>(
  { source }: SelectedContext,
  what: string,
  all: ReadonlyMap<string, T>,
  name: string | undefined,
): T | undefined {
  if (name === undefined) return undefined
  const found = all.get(name)
  if (found === undefined) throw invalid(source, `there is no ${what} '${name}'`)
  return found
}

function clusterOf(cluster: SelectedContext['cluster'], overrides: KubeconfigOverrides): SelectedContext['cluster'] {
  const { server, certificateAuthority, tlsServerName, insecureSkipTlsVerify } = overrides
  const changed: Record<string, unknown> = { ...cluster }
  if (server !== undefined) changed['server'] = server
  if (certificateAuthority !== undefined || insecureSkipTlsVerify === true) {
    delete changed['certificate-authority']
    delete changed['certificate-authority-data']
    changed['insecure-skip-tls-verify'] = insecureSkipTlsVerify ?? false
  }
  if (certificateAuthority !== undefined) changed['certificate-authority'] = certificateAuthority
  if (tlsServerName !== undefined) changed['tls-server-name'] = tlsServerName
  return changed
}

function userOf(user: SelectedContext['user'], overrides: KubeconfigOverrides): SelectedContext['user'] {
  const { clientCertificate, clientKey, token } = overrides
  const changed: Record<string, unknown> = { ...user }
  const replaced = {
    'client-certificate': clientCertificate,
    'client-key': clientKey,
  }
  for (const [field, value] of Object.entries(replaced)) {
    if (value === undefined) continue
    delete changed[`${field}-data`]
    changed[field] = value
  }
  if (token !== undefined) {
    for (const other of ['tokenFile', 'username', 'password', 'exec', 'auth-provider']) delete changed[other]
    changed['token'] = token
  }
  return changed
}
