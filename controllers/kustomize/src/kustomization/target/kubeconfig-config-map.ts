// SPDX-License-Identifier: Apache-2.0
import { AuthError, getClusterAccess } from '@tidelock/auth'
import type { AuthDeps, ClusterAccess, ClusterRequest } from '@tidelock/auth'
import type { ObjectKey } from '@tidelock/api'
import type { ClusterTarget } from '@tidelock/kube'
import { findIdentity } from '../../credentials/identity.ts'
import type { TokenOperation } from '../../credentials/token-cache-metrics.ts'
import { askInTime, invalidReference, readConfigObject } from './reference.ts'
import type { ConfigObject, ReferenceOptions, RemoteReference } from './reference.ts'

/** Tokens are renewed when this share of their life has passed. */
const usableShare = 0.8
/** As metrics of the token cache name it. */
const operation: TokenOperation = 'fetch_kubeconfig'

/**
 * Reads the parameters of `spec.kubeConfig.configMapRef`: `provider`, `cluster`, `address`, `ca.crt`, `audiences` (a line each) and
 * `serviceAccountName`. `user` is the Kustomization that asks. Throws `KubeConfigInvalid` or KubeError; its `connect` AuthError too.
 */
export async function readConfigMapReference(
  options: ReferenceOptions,
  name: string,
  user: ObjectKey,
  signal: AbortSignal,
): Promise<RemoteReference> {
  const { namespace } = user
  const config = await readConfigObject(options.client, { kind: 'ConfigMap', namespace, name }, signal)
  if ((config.data['provider'] ?? '') === '') throw invalidReference(`${config.subject} has no key 'provider'`)
  const ask: Ask = (deps, asking) => askProvider(options, { config, namespace, deps }, asking)
  return { id: config.id, connect: (connecting) => connect(options, { config, user, ask }, connecting) }
}

/** Asks for address and token, with what is given there. */
type Ask = (deps: AuthDeps, signal: AbortSignal) => Promise<ClusterAccess>

interface Source {
  readonly config: ConfigObject
  readonly user: ObjectKey
  readonly ask: Ask
}

async function connect(options: ReferenceOptions, source: Source, signal: AbortSignal): Promise<ClusterTarget> {
  const first = await askFor(options, source, 'cached', signal)
  const { server, caData } = first
  return { server, ...(caData === undefined ? {} : { ca: caData }), token: renewing(options, source, first) }
}

/** The token that is held, or a new one when that is about to end or was refused; all who ask meanwhile share one request. */
function renewing(
  options: ReferenceOptions,
  source: Source,
  first: ClusterAccess,
): NonNullable<ClusterTarget['token']> {
  const { clock } = options
  const usableUntil = ({ expiresAtMs }: ClusterAccess): number => {
    const nowMs = clock.now()
    return nowMs + (expiresAtMs - nowMs) * usableShare
  }
  let held = { access: first, untilMs: usableUntil(first) }
  let underWay: Promise<string> | undefined
  const renew = async (how: 'cached' | 'anew'): Promise<string> => {
    try {
      const access = await askFor(options, source, how, new AbortController().signal)
      held = { access, untilMs: usableUntil(access) }
      return access.token
    } catch (error) {
      if (how === 'cached' && clock.now() < held.access.expiresAtMs) return held.access.token
      throw error
    } finally {
      underWay = undefined
    }
  }
  return async ({ refresh = false } = {}) => {
    if (!refresh && clock.now() < held.untilMs) return held.access.token
    underWay ??= renew(refresh ? 'anew' : 'cached')
    return underWay
  }
}

/** A refused token must not come from the cache once more. */
function askFor(
  { clock, auth }: ReferenceOptions,
  { config, user, ask }: Source,
  how: 'cached' | 'anew',
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { cache, ...uncached } = auth
  const isCached = how === 'cached' && cache !== undefined
  const deps = isCached ? { ...auth, user: { kind: 'Kustomization', ...user, operation } } : uncached
  return askInTime(clock, config.subject, (asking) => ask(deps, asking), signal).catch((cause: unknown) => {
    if (!(cause instanceof AuthError)) throw cause
    throw new AuthError(cause.code, `${config.subject}: ${cause.message}`, { cause, details: cause.details })
  })
}

async function askProvider(
  { client, workloadIdentity: enabled, defaultServiceAccount, defaultKubeconfigServiceAccount }: ReferenceOptions,
  { config, namespace, deps }: { readonly config: ConfigObject; readonly namespace: string; readonly deps: AuthDeps },
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { provider = '', cluster, address, audiences = '', 'ca.crt': caCert, serviceAccountName } = config.data
  const account = { namespace, name: serviceAccountName || defaultKubeconfigServiceAccount }
  if (account.name === '' && provider === 'generic' && defaultServiceAccount !== '') throw ownToken(config)
  const request: ClusterRequest = {
    provider,
    ...(cluster === undefined ? {} : { cluster }),
    ...(address === undefined ? {} : { address }),
    ...(caCert === undefined ? {} : { caCert }),
    audiences: audiences
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    identity: await findIdentity({ client, enabled }, account, signal),
  }
  return getClusterAccess(request, deps, signal)
}

/**
 * Address and audiences are the user's words: with the controller's own account its token would go to any server, for this very cluster.
 * Where users have accounts of their own instead of its rights, that would hand them these rights.
 */
function ownToken({ subject }: ConfigObject): Error {
  return invalidReference(
    `${subject} names no serviceAccountName, and with --default-service-account the controller's own token is sent to no server: ` +
      'name one, or set --default-kubeconfig-service-account',
  )
}
