// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { formatDuration } from '@tidelock/api'
import type { Clock, KubeObject } from '@tidelock/api'
import type { AuthDeps } from '@tidelock/auth'
import { CodedError } from '@tidelock/errors'
import type { ClusterTarget, KubeClient } from '@tidelock/kube'

/** What a reference to a remote cluster says now. */
export interface RemoteReference {
  /** The object and its version: another id is another set of connections. */
  readonly id: string
  /** The server and the credential that it names. Throws what is wrong with them. */
  connect(signal: AbortSignal): Promise<ClusterTarget>
}

/** What reading a reference needs. */
export interface ReferenceOptions {
  /** The own cluster, as the controller. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** Lets a kubeconfig run plugins with the rights of this process. */
  readonly insecureExec: boolean
  /** Lets a kubeconfig switch off the verification of certificates. */
  readonly insecureTls: boolean
  /** Whether a ConfigMap may name a ServiceAccount (feature gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
  /** Account of objects that name none; '' is the identity with which the cluster is reached. */
  readonly defaultServiceAccount: string
  /** ServiceAccount of ConfigMaps that name none; '' is the controller's own identity. */
  readonly defaultKubeconfigServiceAccount: string
  /** For tokens of accounts and clouds. */
  readonly auth: AuthDeps
}

/** A ConfigMap or Secret with its data as text. */
export interface ConfigObject {
  readonly id: string
  /** `Secret/namespace/name`. */
  readonly subject: string
  readonly data: Readonly<Record<string, string>>
}

/** Reads a ConfigMap or Secret. Throws `KubeConfigInvalid` when it is missing, KubeError when it cannot be read. */
export async function readConfigObject(
  client: KubeClient,
  ref: { readonly kind: 'ConfigMap' | 'Secret'; readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ConfigObject> {
  const subject = `${ref.kind}/${ref.namespace}/${ref.name}`
  const found = await client.find<KubeObject & { data?: Record<string, string> }>(
    { apiVersion: 'v1', ...ref },
    { signal },
  )
  if (found === undefined) throw invalidReference(`${subject} does not exist`)
  const { uid = '', resourceVersion = '' } = found.metadata
  const decode = (value: string): string =>
    ref.kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value
  const data = Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, decode(value)]))
  return { id: `${subject}@${shortHash(uid, resourceVersion)}`, subject, data }
}

/** How long it may take to come by a credential: a provider's answer, or a plugin's. */
const credentialLimitMs = 30_000

/** Asks for a credential. Throws `CredentialLate` when it takes too long; what was begun is told by the signal. */
export async function askInTime<T>(
  clock: Clock,
  subject: string,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const late = new AbortController()
  const message = `${subject}: no credential after ${formatDuration(credentialLimitMs)}`
  const expired = Promise.withResolvers<never>()
  const cancel = clock.setTimeout(() => {
    const error = new CodedError('CredentialLate', message)
    late.abort(error)
    expired.reject(error)
  }, credentialLimitMs)
  try {
    return await Promise.race([ask(AbortSignal.any([signal, late.signal])), expired.promise])
  } finally {
    cancel()
  }
}

/** An error about what `spec.kubeConfig` names. */
export function invalidReference(problem: string): CodedError<'KubeConfigInvalid'> {
  return new CodedError('KubeConfigInvalid', `spec.kubeConfig: ${problem}`)
}

function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
