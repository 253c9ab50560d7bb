// SPDX-License-Identifier: Apache-2.0
import type { OidcProvider } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { NotificationError } from '../errors.ts'

/** Verifies tokens of OpenID Connect issuers, whose keys it keeps for a while. */
export interface OidcTokens {
  /** The claims of a token, in which the issuer may name itself by `alias` too. Throws `Refused` for one that is not to be believed, `Unavailable` where the issuer cannot be asked. */
  verify(
    token: string,
    provider: OidcProvider & { readonly alias?: string },
    now: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>>
}

interface KeySet {
  readonly keys: JSONWebKeySet
  readonly readAt: number
}

const defaultAudience = 'notification-controller'
const keptMs = 15 * 60_000
// a key that is not known may be new; asking for each such token would let strangers make us ask
const leastAgeMs = 30_000
const mostIssuers = 100
const maxBytes = 1 << 20
// what an issuer may sign with: nothing that a public key could be mistaken for
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** Verification by OpenID Connect Discovery 1.0: the keys are those that `<issuer>/.well-known/openid-configuration` leads to. */
export function createOidcTokens(client: HttpClient): OidcTokens {
  const known = new Map<string, KeySet>()
  const keysOf = async (
    issuer: string,
    keyId: string | undefined,
    now: number,
    signal: AbortSignal,
  ): Promise<KeySet> => {
    const kept = known.get(issuer)
    const age = kept === undefined ? Number.POSITIVE_INFINITY : now - kept.readAt
    const hasKey = keyId === undefined || kept?.keys.keys.some(({ kid }) => kid === keyId) === true
    if (kept !== undefined && age < (hasKey ? keptMs : leastAgeMs)) return kept
    const fresh = { keys: await discover(client, issuer, signal), readAt: now }
    known.delete(issuer)
    known.set(issuer, fresh)
    for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - mostIssuers))) known.delete(oldest)
    return fresh
  }
  return {
    async verify(token, { issuerURL: issuer, alias = issuer, audience = '' }, now, signal) {
      const { keys } = await keysOf(issuer, keyIdOf(token), now, signal)
      try {
        const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
          issuer: [issuer, alias],
          audience: audience === '' ? defaultAudience : audience,
          algorithms,
          currentDate: new Date(now),
          requiredClaims: ['exp'],
        })
        return payload
      } catch (error) {
        throw new NotificationError('Refused', `failed to verify OIDC token: ${errorMessage(error)}`)
      }
    },
  }
}

function keyIdOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid
  } catch (error) {
    throw new NotificationError('Refused', `failed to parse bearer token: ${errorMessage(error)}`)
  }
}

async function discover(client: HttpClient, issuer: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const where = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const about = await getJson(client, where, issuer, signal)
  const { issuer: named, jwks_uri: keysUrl } = about
  if (named !== issuer) throw failed(issuer, 'it calls itself by another name')
  if (typeof keysUrl !== 'string' || URL.parse(keysUrl) === null) throw failed(issuer, 'it names no jwks_uri')
  const { keys } = await getJson(client, keysUrl, issuer, signal)
  if (!Array.isArray(keys)) throw failed(issuer, 'its jwks_uri does not lead to keys')
  return { keys: keys as JSONWebKeySet['keys'] }
}

async function getJson(
  client: HttpClient,
  url: string,
  issuer: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { status, body } = await client.request({ url, headers: { accept: 'application/json' }, signal })
    const text = (await readBounded(body, maxBytes)).toString('utf8')
    if (status !== 200) throw new Error(`status ${status}`)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) throw new Error('no object')
    return value as Readonly<Record<string, unknown>>
  } catch (error) {
    signal.throwIfAborted()
    throw failed(issuer, error instanceof SyntaxError ? 'its answer is no JSON' : errorMessage(error))
  }
}

function failed(issuer: string, why: string): NotificationError {
  return new NotificationError('Unavailable', `failed to initialize OIDC provider for issuer "${issuer}": ${why}`)
}
