// SPDX-License-Identifier: Apache-2.0
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { identityName } from '../identity.ts'
import type { Identity } from '../identity.ts'
import { withSignal } from '../with-signal.ts'
import { googleAccountOf, providerAudienceOf } from './annotations.ts'
import { gcpError } from './gcp-error.ts'
import { exchangeToken } from './exchange.ts'
import type { Federation } from './exchange.ts'
import type { GcpKey } from './service-account-key.ts'
import { transportOptions } from './transport.ts'
import type { GcpToken } from './types.ts'

export type GcpSource = (signal: AbortSignal) => Promise<GcpToken>

const scopes = ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/userinfo.email']

// what Google gives when it does not say
const defaultLifeMs = 3_600_000

/** Tokens for the key of a service account. */
export function gcpKeyTokens(key: GcpKey, deps: AuthDeps): GcpSource {
  const subject = `Google service account '${key.clientEmail}'`
  return (signal) =>
    cached(
      { provider: 'gcp', key: key.print },
      async () => {
        const { JWT } = await import('google-auth-library')
        const client = new JWT({
          ...{ email: key.clientEmail, key: key.privateKey, scopes },
          ...(key.privateKeyId === undefined ? {} : { keyId: key.privateKeyId }),
          ...(key.universeDomain === undefined ? {} : { universeDomain: key.universeDomain }),
          transporterOptions: transportOptions(deps, signal),
        })
        return obtain(subject, client, deps, signal, [key.privateKey])
      },
      deps,
      signal,
    )
}

/** Tokens of an identity: by exchange of its ServiceAccount's token, or what the process's environment yields. */
export function gcpTokensOf(identity: Identity, deps: AuthDeps): GcpSource {
  if (identity.kind === 'controller')
    return (signal) =>
      cached({ provider: 'gcp', ...identityParts(identity) }, () => environmentToken(deps, signal), deps, signal)
  return async (signal) => {
    const name = identityName(identity)
    const federation: Federation = {
      account: googleAccountOf(identity.annotations, name),
      audience: providerAudienceOf(identity.annotations, name),
      scopes,
    }
    const { account, audience } = federation
    const parts = { provider: 'gcp', ...identityParts(identity), account, audience }
    return cached(parts, () => exchangeToken(identity, federation, deps, signal), deps, signal)
  }
}

async function environmentToken(deps: AuthDeps, signal: AbortSignal): Promise<GcpToken> {
  const subject = 'Google credentials of the controller'
  const { GoogleAuth } = await import('google-auth-library')
  const auth = new GoogleAuth({ scopes, clientOptions: { transporterOptions: transportOptions(deps, signal) } })
  try {
    return await obtain(subject, await withSignal(auth.getClient(), signal), deps, signal, [])
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof AuthError ? error : gcpError(subject, error, [])
  }
}

/** The part of Google's clients that is used here. */
interface TokenClient {
  getRequestHeaders(url?: string): Promise<Headers>
  readonly credentials: { readonly expiry_date?: number | null }
}

async function obtain(
  subject: string,
  client: TokenClient,
  deps: AuthDeps,
  signal: AbortSignal,
  secrets: readonly string[],
): Promise<GcpToken> {
  try {
    // not getAccessToken: in another universe a service account signs its own token
    const headers = await withSignal(client.getRequestHeaders('https://cloudkms.googleapis.com/'), signal)
    const token = headers.get('authorization')?.replace(/^Bearer /, '')
    if (token === undefined || token === '')
      throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
    const expiresAtMs = client.credentials.expiry_date ?? deps.clock.now() + defaultLifeMs
    return { token, expiresAtMs }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof AuthError ? error : gcpError(subject, error, secrets)
  }
}
