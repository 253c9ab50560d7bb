// SPDX-License-Identifier: Apache-2.0
import { sign } from 'node:crypto'
import { cached } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { sendJson, textAt } from '../send-json.ts'
import type { JsonRequest } from '../send-json.ts'
import type { Expiring } from '../token-cache.ts'
import type { GitHubApp } from './app.ts'

/** The user name that goes with an installation's token as the password. */
export const gitHubTokenUser = 'x-access-token'

/** A token of an App's installation. Secret: never log it. */
export interface GitHubToken extends Expiring {
  readonly token: string
}

/** The clocks of GitHub and ours may differ by this; a JWT is good for two minutes. */
const driftSeconds = 30
const lifeSeconds = 120

/**
 * A token of the App's installation, which an owner stands for where no number is given: an organization, else a user. Throws `AuthError`,
 * or the signal's reason.
 */
export function gitHubAppToken(app: GitHubApp, deps: AuthDeps, signal: AbortSignal): Promise<GitHubToken> {
  const { appId, installation, baseUrl, print } = app
  return cached(
    { provider: 'github', appId, ...installation, baseUrl, print },
    () => createToken(app, deps, signal),
    deps,
    signal,
  )
}

async function createToken(app: GitHubApp, deps: AuthDeps, signal: AbortSignal): Promise<GitHubToken> {
  const jwt = createJwt(app, deps.clock.now())
  const ask = (method: 'GET' | 'POST', path: string): Promise<Record<string, unknown>> =>
    sendJson(deps.http, requestOf(app, { method, path, jwt }), deps, signal)
  const id = 'id' in app.installation ? app.installation.id : await findInstallation(app, app.installation.owner, ask)
  const answer = await ask('POST', `/app/installations/${id}/access_tokens`)
  const token = textAt(answer, 'token')
  const expiresAtMs = Date.parse(textAt(answer, 'expires_at') ?? '')
  if (token === undefined || Number.isNaN(expiresAtMs)) {
    throw new AuthError('ProtocolError', `${nameOf(app)}: the answer holds no token`)
  }
  return { token, expiresAtMs }
}

async function findInstallation(
  app: GitHubApp,
  owner: string,
  ask: (method: 'GET', path: string) => Promise<Record<string, unknown>>,
): Promise<string> {
  const refusals: AuthError[] = []
  for (const kind of ['orgs', 'users']) {
    try {
      const { id } = await ask('GET', `/${kind}/${encodeURIComponent(owner)}/installation`)
      if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id)
      throw new AuthError('ProtocolError', `${nameOf(app)}: the answer holds no installation`)
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== 'NotFound') throw error
      refusals.push(error)
    }
  }
  const message = `${nameOf(app)}: no installation for the organization or user '${owner}': install the App there`
  throw new AuthError('NotFound', message, { cause: refusals.at(-1) })
}

function requestOf(
  app: GitHubApp,
  { method, path, jwt }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly jwt: string },
): JsonRequest {
  return {
    subject: nameOf(app),
    method,
    url: `${app.baseUrl}${path}`,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${jwt}`,
      'x-github-api-version': '2022-11-28',
    },
    secrets: [jwt],
    reason: (body) => textAt(body, 'message'),
    codes: { 404: 'NotFound' },
  }
}

function createJwt({ appId, privateKey }: GitHubApp, nowMs: number): string {
  const issued = Math.floor(nowMs / 1000) - driftSeconds
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iat: issued, exp: issued + lifeSeconds, iss: appId }
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
}

function nameOf({ appId }: GitHubApp): string {
  return `GitHub App '${appId}'`
}
