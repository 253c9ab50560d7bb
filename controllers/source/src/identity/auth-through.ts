// SPDX-License-Identifier: Apache-2.0
import { throughProxy } from '@tidelock/auth'
import type { AuthDeps, ProxiedAuth } from '@tidelock/auth'
import type { HttpProxy, ProxySelector } from '@tidelock/http'
import { clientKey } from '../connections/client-key.ts'
import type { KeptClients } from '../connections/kept-clients.ts'
import { ownerName } from '../skeleton/owner-name.ts'
import type { SourceObject } from '../skeleton/adapter.ts'

/** What asks the services of clouds, for all objects and for those with a proxy of their own. */
export interface AuthAccess {
  readonly auth: AuthDeps
  readonly proxiedAuth: KeptClients<ProxiedAuth>
  readonly userAgent: string
}

/** What is held until the tokens are there. */
export interface AcquiredAuth extends AsyncDisposable {
  readonly auth: AuthDeps
}

/** What asks for the tokens of an object: through the proxy that its `proxySecretRef` names, else as for all. */
export function authThrough(
  { auth, proxiedAuth, userAgent }: AuthAccess,
  obj: SourceObject,
  proxy: HttpProxy | ProxySelector | undefined,
): AcquiredAuth {
  const { kind, name, namespace = '' } = { kind: obj.kind, ...obj.metadata }
  const user = { kind, name, namespace, operation: 'reconcile' }
  if (proxy === undefined || typeof proxy === 'function')
    return { auth: { ...auth, user }, [Symbol.asyncDispose]: () => Promise.resolve() }
  const key = clientKey({ namespace, server: ['clouds'], tls: {}, proxy, credentials: undefined })
  const acquired = proxiedAuth.acquire({ owner: ownerName(obj), purpose: 'provider', key }, () =>
    throughProxy(auth, proxy, userAgent),
  )
  return {
    auth: { ...acquired.client.deps, user },
    [Symbol.asyncDispose]: () => acquired[Symbol.asyncDispose](),
  }
}
