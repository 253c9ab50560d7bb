// SPDX-License-Identifier: Apache-2.0
import { bearerAuthorization } from '@tidelock/http'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { audiencesOf, identityName } from '../identity.ts'
import type { Identity } from '../identity.ts'
import { sendJson, textAt } from '../send-json.ts'
import { googleReason } from './gcp-error.ts'
import { gkeFacts } from './gke-metadata.ts'
import { originOf } from './transport.ts'
import type { GcpToken } from './types.ts'

/** How Google is to take a token of this cluster. */
export interface Federation {
  /** The Google service account to act as; undefined: none. */
  readonly account: string | undefined
  /** Of the workload identity provider; undefined: that of the GKE cluster that this is. */
  readonly audience: string | undefined
  readonly scopes: readonly string[]
}

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
const lifeSeconds = 3600

/**
 * A token of Google for one of the ServiceAccount (RFC 8693), and with that one of the account to act as. Google's client for this does
 * not let its first request be bounded or sent through our connections.
 */
export async function exchangeToken(
  identity: Extract<Identity, { kind: 'service-account' }>,
  { account, audience, scopes }: Federation,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<GcpToken> {
  const gke = audience === undefined ? await gkeFacts(deps, signal) : undefined
  const { token: subjectToken } = await identity.issueToken(audiencesOf(identity, audience ?? gke?.pool ?? ''), signal)
  const whom = account === undefined ? '' : ` for Google service account '${account}'`
  const subject = `${identityName(identity)}: Google token${whom}`
  const startedMs = deps.clock.now()
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: audience ?? gke?.audience ?? '',
    scope: account === undefined ? scopes.join(' ') : cloudPlatform,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  }
  const url = originOf('https://sts.googleapis.com/v1/token', deps)
  // a grant that is refused comes as 400
  const codes = { 400: 'AccessDenied' } as const
  const asked = { subject, method: 'POST' as const, url, form, secrets: [subjectToken], reason: googleReason, codes }
  const answer = await sendJson(deps.http, asked, deps, signal)
  const token = textAt(answer, 'access_token')
  if (token === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
  if (account !== undefined) return impersonate(subject, { account, token, scopes }, deps, signal)
  const expiresIn = Number(answer['expires_in'])
  return { token, expiresAtMs: startedMs + (expiresIn > 0 ? expiresIn : lifeSeconds) * 1000 }
}

async function impersonate(
  subject: string,
  { account, token, scopes }: { readonly account: string; readonly token: string; readonly scopes: readonly string[] },
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<GcpToken> {
  const path = `v1/projects/-/serviceAccounts/${account}:generateAccessToken`
  const url = originOf(`https://iamcredentials.googleapis.com/${path}`, deps)
  const headers = { authorization: bearerAuthorization(token) }
  const body = { lifetime: `${lifeSeconds}s`, scope: scopes }
  const asked = { subject, method: 'POST' as const, url, headers, body, secrets: [token], reason: googleReason }
  const answer = await sendJson(deps.http, asked, deps, signal)
  const [accessToken, expires] = [textAt(answer, 'accessToken'), Date.parse(textAt(answer, 'expireTime') ?? '')]
  if (accessToken === undefined || Number.isNaN(expires))
    throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
  return { token: accessToken, expiresAtMs: expires }
}
