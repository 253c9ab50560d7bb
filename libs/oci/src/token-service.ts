// SPDX-License-Identifier: Apache-2.0
import { basicAuthorization, readBounded } from '@tidelock/http'
import type { HttpResponse } from '@tidelock/http'
import type { Credentials } from './credentials.ts'
import { OciError } from './errors.ts'
import { fromHttpError } from './registry-error.ts'
import type { Wire, WireRequest } from './wire.ts'

/** Where a registry sends its clients for tokens. */
export interface TokenService {
  readonly realm: string
  readonly service: string | undefined
}

/** A token for one scope. */
export interface AccessToken {
  readonly token: string
  /** Milliseconds since the epoch after which it is not used any more. */
  readonly usableUntilMs: number
}

const clientId = 'tidelock'
const defaultLifetimeSeconds = 60
const maxLifetimeSeconds = 24 * 60 * 60
const maxTokenLength = 64 * 1024
const ok = (status: number): boolean => status === 200

/**
 * Asks the token service (distribution's token authentication; OAuth 2 for identity tokens). Throws `AuthenticationFailed` when
 * it refuses.
 */
export async function fetchToken(
  wire: Wire,
  service: TokenService,
  scope: string | undefined,
  credentials: Credentials | undefined,
  signal: AbortSignal | undefined,
): Promise<AccessToken> {
  const request =
    credentials?.kind === 'identityToken'
      ? exchangeRequest(service, scope, credentials.identityToken)
      : tokenRequest(service, scope, credentials?.kind === 'basic' ? credentials : undefined)
  const response = await wire.send({
    ...request,
    accept: ok,
    maxBodyBytes: wire.limits.tokenBytes,
    ...(signal === undefined ? {} : { signal }),
  })
  return readToken(wire, service, response)
}

type Unsent = Pick<WireRequest, 'url' | 'method' | 'headers' | 'body' | 'maxRedirects'>

function tokenRequest(
  { realm, service }: TokenService,
  scope: string | undefined,
  basic: { readonly username: string; readonly password: string } | undefined,
): Unsent {
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  if (scope !== undefined) url.searchParams.append('scope', scope)
  if (basic !== undefined && basic.username !== '') url.searchParams.set('account', basic.username)
  return {
    url: url.href,
    headers: basic === undefined ? {} : { authorization: basicAuthorization(basic) },
  }
}

function exchangeRequest({ realm, service }: TokenService, scope: string | undefined, identityToken: string): Unsent {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: identityToken })
  if (service !== undefined) form.set('service', service)
  if (scope !== undefined) form.set('scope', scope)
  return {
    url: realm,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    // the body is the secret: it must not follow a redirect
    maxRedirects: 0,
  }
}

async function readToken(wire: Wire, service: TokenService, response: HttpResponse): Promise<AccessToken> {
  let body: unknown
  try {
    body = JSON.parse((await readBounded(response.body, wire.limits.tokenBytes)).toString('utf8'))
  } catch (error) {
    const known = fromHttpError(error)
    if (known instanceof OciError) throw known
    throw invalid(service, 'it is not JSON')
  }
  const { token, access_token: accessToken, expires_in: lifetime } = (body ?? {}) as Record<string, unknown>
  const found = [token, accessToken].find((each) => typeof each === 'string' && each !== '')
  if (typeof found !== 'string') throw invalid(service, 'it has neither token nor access_token')
  if (found.length > maxTokenLength || !/^[\x21-\x7e]+$/.test(found)) throw invalid(service, 'its token is none')
  const seconds =
    typeof lifetime === 'number' && lifetime > 0 ? Math.min(lifetime, maxLifetimeSeconds) : defaultLifetimeSeconds
  // used no longer than three quarters of its life: a request takes time to arrive
  return { token: found, usableUntilMs: wire.clock.now() + seconds * 750 }
}

function invalid({ realm }: TokenService, why: string): OciError {
  return new OciError('ProtocolError', `invalid answer of the token service at ${new URL(realm).host}: ${why}`)
}
