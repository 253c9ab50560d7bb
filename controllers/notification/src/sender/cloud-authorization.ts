// SPDX-License-Identifier: Apache-2.0
import type { Provider } from '@tidelock/api'
import {
  azureTokensOf,
  findIdentity,
  gcpKeyTokens,
  gcpTokensOf,
  getGitCredentials,
  parseGcpKey,
  throughProxy,
} from '@tidelock/auth'
import type { AuthDeps, Identity, IdentityAccess } from '@tidelock/auth'
import { NotificationError } from '../errors.ts'
import { readRepository } from '../providers/git/repository.ts'
import { asNotificationError } from './auth-problem.ts'
import type { Destination } from './destination.ts'
import { readEventHub, signEventHub } from './event-hub.ts'

/** What asking clouds for tokens works with. */
export interface CloudDependencies {
  readonly auth: AuthDeps
  readonly identity: IdentityAccess
  readonly userAgent: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Throws `InvalidConfig`, in Flux's words, for a Provider that names a ServiceAccount where objects may not. */
export function checkServiceAccount({ spec }: Provider, isAllowed: boolean): void {
  if (isAllowed || (spec.serviceAccountName ?? '') === '') return
  throw new NotificationError(
    'InvalidConfig',
    'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
  )
}

/**
 * The destination with what its cloud takes as authorization, for types of clouds: by the credentials of the Secret, else by the identity
 * of the Provider's ServiceAccount, of the default one, or of the controller. Throws `InvalidConfig` for what cannot be used or is
 * refused, `Unavailable` for what may pass, or a KubeError.
 */
export async function withCloudAuthorization(
  provider: Provider,
  destination: Destination,
  dependencies: CloudDependencies,
  signal: AbortSignal,
): Promise<Destination> {
  const read = credentials[provider.spec.type]
  if (read === undefined) return destination
  const { namespace = '', name } = provider.metadata
  const user = { kind: 'Provider', namespace, name, operation: 'post' }
  const { proxy } = destination
  const { auth, userAgent, identity } = dependencies
  const proxied = proxy === undefined ? undefined : throughProxy(auth, proxy, userAgent)
  const ask: Ask = {
    destination,
    auth: { ...(proxied?.deps ?? auth), user },
    now: dependencies.now,
    account: provider.spec.serviceAccountName ?? '',
    identity: () => findIdentity(identity, { namespace, name: provider.spec.serviceAccountName ?? '' }, signal),
  }
  try {
    return { ...destination, ...(await read(ask, signal)) }
  } catch (error) {
    throw asNotificationError(error, 'the credentials of the Provider')
  } finally {
    await proxied?.close()
  }
}

interface Ask {
  readonly destination: Destination
  readonly auth: AuthDeps
  readonly now: () => number
  /** `spec.serviceAccountName`. */
  readonly account: string
  readonly identity: () => Promise<Identity>
}

/** What becomes of the destination; nothing where the notifier makes the header of the token. */
type Read = (ask: Ask, signal: AbortSignal) => Promise<Partial<Destination>>

/** A token of an identity goes to servers that everybody trusts: a CA of the Provider could vouch for its proxy, which would read it. */
function byIdentity(cloudAuthorization: string): Partial<Destination> {
  return { cloudAuthorization, tls: {} }
}

const credentials: Readonly<Record<string, Read>> = {
  azuredevops: devOps,
  azureeventhub: eventHub,
  googlepubsub: pubSub,
}

async function devOps({ destination, auth, identity }: Ask, signal: AbortSignal): Promise<Partial<Destination>> {
  if (destination.token !== '') return {}
  const url = new URL(readRepository(destination).origin)
  const given = await getGitCredentials({ provider: 'azure', url, identity: await identity() }, auth, signal)
  // a token of Entra ID is taken where a personal one is
  return 'bearer' in given ? byIdentity(`Basic ${Buffer.from(`:${given.bearer}`).toString('base64')}`) : {}
}

const eventHubScope = 'https://eventhubs.azure.net//.default'
// the signature is made anew long before
const signedMs = 3_600_000

async function eventHub(
  { destination, auth, now, account, identity }: Ask,
  signal: AbortSignal,
): Promise<Partial<Destination>> {
  const { token } = destination
  const { url, key } = readEventHub(destination, auth.env['AZURE_AUTHORITY_HOST'])
  const ways = [key !== undefined, token !== '', account !== ''].filter(Boolean).length
  if (ways > 1)
    throw new NotificationError(
      'InvalidConfig',
      'invalid authentication options: set one of a connection string, the key token of the Secret, and spec.serviceAccountName',
    )
  if (key !== undefined)
    return { cloudAuthorization: signEventHub({ url, key }, Math.floor((now() + signedMs) / 1000)) }
  // in whole: the notifier does not know in which cloud we are
  const channel = new URL(url).hostname
  if (token !== '') return { cloudAuthorization: `Bearer ${token}`, channel }
  const issued = await azureTokensOf(await identity(), auth)(eventHubScope, signal)
  return { ...byIdentity(`Bearer ${issued.token}`), channel }
}

async function pubSub({ destination, auth, identity }: Ask, signal: AbortSignal): Promise<Partial<Destination>> {
  const { token } = destination
  if (token === '') return byIdentity(`Bearer ${(await gcpTokensOf(await identity(), auth)(signal)).token}`)
  const tokens = gcpKeyTokens(parseGcpKey(Buffer.from(token), 'the key token of the Secret'), auth)
  return { cloudAuthorization: `Bearer ${(await tokens(signal)).token}` }
}
