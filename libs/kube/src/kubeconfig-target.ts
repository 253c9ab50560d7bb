// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { Clock } from '@tidelock/api'
import type { PluginCredential } from './credential-plugin.ts'
import { invalid } from './kubeconfig.ts'
import type { KubeconfigUser, SelectedContext } from './kubeconfig.ts'
import type { ClusterTarget, Impersonation } from './target.ts'
import { tokenFromFile } from './token-file.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What turning a context into a target needs. */
export interface ToTargetOptions {
  readonly clock: Clock
  /** Runs the user's credential plugin (exec, auth-provider). Absent refuses plugins. */
  readonly plugin?: (selected: SelectedContext) => Promise<PluginCredential>
}

/** The target of a context. Throws ConfigInvalid for a field that is missing, unreadable or not allowed. */
export async function toTarget(selected: SelectedContext, options: ToTargetOptions): Promise<ClusterTarget> {
  const { source, cluster, user, namespace } = selected
  const target: Writable<ClusterTarget> = { server: serverOf(selected) }
  const ca = await material(selected, cluster, 'certificate-authority')
  if (ca !== undefined) target.ca = ca
  if (cluster['tls-server-name'] !== undefined) target.serverName = cluster['tls-server-name']
  if (cluster['insecure-skip-tls-verify'] === true) target.insecureSkipTlsVerify = true
  if (cluster['proxy-url'] !== undefined) target.proxyUrl = cluster['proxy-url']
  if (namespace !== undefined && namespace !== '') target.namespace = namespace
  const impersonate = impersonationOf(user)
  if (impersonate !== undefined) target.impersonate = impersonate
  const cert = await material(selected, user, 'client-certificate')
  const key = await material(selected, user, 'client-key')
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(source, 'the user has one of client-certificate and client-key, but not the other')
  }
  if (cert !== undefined && key !== undefined) Object.assign(target, { cert, key })
  await addCredential(target, selected, options)
  return target
}

function serverOf({ source, context, cluster }: SelectedContext): string {
  const { server = '' } = cluster
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw invalid(source, `the cluster of context '${context}' has no http or https URL as its server`)
  }
  return server
}

/** PEM text from `<field>-data` (base64) or the file that `<field>` names; the data wins, as in kubectl. */
async function material({ source }: SelectedContext, part: object, field: string): Promise<string | undefined> {
  const values = part as Record<string, unknown>
  const data = values[`${field}-data`]
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  const path = values[field]
  if (typeof path !== 'string' || path === '') return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw invalid(source, `cannot read ${field} ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

async function addCredential(
  target: Writable<ClusterTarget>,
  selected: SelectedContext,
  { clock, plugin }: ToTargetOptions,
): Promise<void> {
  const { source, user } = selected
  if (user.tokenFile !== undefined && user.tokenFile !== '') {
    target.token = tokenFromFile({ path: user.tokenFile, clock })
  } else if (user.token !== undefined && user.token !== '') {
    const { token } = user
    target.token = () => Promise.resolve(token)
  } else if (user.username !== undefined && user.password !== undefined) {
    target.basic = { username: user.username, password: user.password }
  } else if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    if (plugin === undefined) throw invalid(source, 'credential plugins (exec, auth-provider) are not allowed here')
    Object.assign(target, await plugin(selected))
  }
}

function impersonationOf(user: KubeconfigUser): Impersonation | undefined {
  if (user.as === undefined || user.as === '') return undefined
  return {
    user: user.as,
    ...(user['as-groups'] === undefined ? {} : { groups: user['as-groups'] }),
    ...(user['as-uid'] === undefined ? {} : { uid: user['as-uid'] }),
    ...(user['as-user-extra'] === undefined ? {} : { extra: user['as-user-extra'] }),
  }
}
