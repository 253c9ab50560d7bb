// SPDX-License-Identifier: Apache-2.0
import { objectOf } from './json-body.ts'
import { bearerToken } from './generic-oidc.ts'
import { isSame } from './signature.ts'
import { refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

const issuer = 'https://accounts.google.com'
// as Google named itself in tokens before, and Flux takes still
const alias = 'accounts.google.com'

/**
 * `gcr`: a push of Google Pub/Sub, whose bearer token Google signed for the account `email` and the audience `audience` of the Secret.
 * Filters see the registry's message, which the push wraps.
 */
export const gcr: Verifier = {
  verify: async (request, { secret, oidc, now, signal }) => {
    const [email, audience] = [secret.get('email')?.toString('utf8'), secret.get('audience')?.toString('utf8')]
    if (email === undefined || email === '') return refused("invalid secret data: required field 'email'")
    if (audience === undefined || audience === '') return refused("invalid secret data: required field 'audience'")
    const token = bearerToken(request)
    if (token === '') return refused('the Authorization header is missing or malformed')
    const claims = await oidc.verify(token, { issuerURL: issuer, alias, audience, validations: [] }, now(), signal)
    if (typeof claims['email'] !== 'string' || !isSame(claims['email'], email))
      return refused('cannot authenticate GCR request: the token is for another account')
    if (claims['email_verified'] !== true)
      return refused('cannot authenticate GCR request: the email of the token is not verified')
    const message = registryMessage(objectOf(request))
    if (message === undefined) return refused('cannot decode GCR webhook payload')
    return { kind: 'accepted', payload: JSON.stringify(message) }
  },
}

const parts = ['action', 'digest', 'tag'] as const

/** What the registry says; undefined where that cannot be read. */
function registryMessage(push: Readonly<Record<string, unknown>> | undefined): object | undefined {
  const data = (push?.['message'] as { readonly data?: unknown } | null | undefined)?.data
  if (typeof data !== 'string') return undefined
  const body = objectOf({ headers: {}, body: Buffer.from(data, 'base64') })
  const isRight = body !== undefined && parts.every((part) => ['string', 'undefined'].includes(typeof body[part]))
  return isRight ? Object.fromEntries(parts.map((part) => [part, body[part] ?? ''])) : undefined
}
