// SPDX-License-Identifier: Apache-2.0
import { gitHubAppToken, parseGitHubApp } from '@tidelock/auth'
import type { AuthDeps } from '@tidelock/auth'
import { asNotificationError } from './auth-problem.ts'
import type { Destination } from './destination.ts'
import { createClient } from './sender.ts'

const types: ReadonlySet<string> = new Set(['github', 'githubdispatch', 'githubpullrequestcomment'])

/** What asking GitHub for a token works with. */
export interface AppDependencies {
  readonly auth: AuthDeps
  readonly userAgent: string
}

/**
 * The destination with a token of the GitHub App whose data its Secret holds, where its type is one of GitHub's and the Secret has
 * neither token nor password. Throws `InvalidConfig` for data that cannot be used or that GitHub refuses, `Unavailable` for what may pass.
 */
export async function withAppToken(
  type: string,
  destination: Destination,
  { auth, userAgent }: AppDependencies,
  signal: AbortSignal,
): Promise<Destination> {
  const { secret, token, password } = destination
  const isApp = types.has(type) && token === '' && password === '' && secret.has('githubAppID')
  if (!isApp) return destination
  const client = createClient(destination, userAgent)
  try {
    const app = parseGitHubApp(secret)
    const issued = await gitHubAppToken(app, { ...auth, http: client }, signal)
    return { ...destination, token: issued.token, githubAppId: app.appId }
  } catch (error) {
    throw asNotificationError(error, 'the GitHub App of the Secret')
  } finally {
    await client.close()
  }
}
