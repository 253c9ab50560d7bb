// SPDX-License-Identifier: Apache-2.0
import type { GitRepository } from '@tidelock/api'
import { findIdentity, getGitCredentials, gitHubAppToken, gitHubTokenUser, parseGitHubApp } from '@tidelock/auth'
import type { GitHubApp, IdentityAccess } from '@tidelock/auth'
import { hasCode } from '@tidelock/errors'
import type { GitAuth, GitTls } from '@tidelock/git'
import { createHttpClient } from '@tidelock/http'
import type { HttpClient, HttpProxy, ProxySelector } from '@tidelock/http'
import type { KubeClient, SecretData } from '@tidelock/kube'
import type { ReconcileContext } from '@tidelock/runtime'
import { clientKey } from '../connections/client-key.ts'
import type { Acquired, KeptClients } from '../connections/kept-clients.ts'
import { authThrough } from '../identity/auth-through.ts'
import type { AuthAccess } from '../identity/auth-through.ts'
import { ownerName } from '../skeleton/owner-name.ts'
import { GitAuthError } from './auth.ts'

/** What credentials of providers are made with. */
export interface ProviderDependencies extends IdentityAccess, AuthAccess {
  readonly client: KubeClient
  /** Connections between the runs. */
  readonly clients: KeptClients<HttpClient>
  /** Whether objects may name a ServiceAccount (feature gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
}

/** What of the object's own goes along. */
export interface ProviderRequest {
  readonly secret: SecretData
  /** With its namespace; undefined when the object names none. */
  readonly secretName: string | undefined
  readonly tls: GitTls
  readonly proxy: HttpProxy | ProxySelector
}

/** Whether the provider gives the credentials, instead of the Secret. */
export function hasProvider({ spec }: GitRepository): boolean {
  return spec.provider !== undefined && spec.provider !== 'generic'
}

/** Credentials that `spec.provider` gives, with Flux's reasons and wording. Throws GitAuthError, or the signal's reason. */
export async function providerAuth(
  ctx: ReconcileContext,
  obj: GitRepository,
  request: ProviderRequest,
  dependencies: ProviderDependencies,
): Promise<GitAuth> {
  if (obj.spec.provider === 'github') return gitHubAuth(ctx, obj, request, dependencies)
  checkGate(obj, dependencies)
  try {
    const { namespace = '' } = obj.metadata
    const { serviceAccountName = '' } = obj.spec
    const identity = await findIdentity(dependencies, { namespace, name: serviceAccountName }, ctx.signal)
    const provider = obj.spec.provider === 'aws' ? 'aws' : 'azure'
    await using through = authThrough(dependencies, obj, request.proxy)
    return await getGitCredentials({ provider, url: new URL(obj.spec.url), identity }, through.auth, ctx.signal)
  } catch (cause) {
    ctx.signal.throwIfAborted()
    throw new GitAuthError('AuthenticationFailed', 'failed to configure authentication options', { cause })
  }
}

function checkGate({ spec }: GitRepository, { workloadIdentity }: ProviderDependencies): void {
  if ((spec.serviceAccountName ?? '') === '' || workloadIdentity) return
  throw new GitAuthError(
    'FeatureGateDisabled',
    'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
  )
}

async function gitHubAuth(
  ctx: ReconcileContext,
  obj: GitRepository,
  request: ProviderRequest,
  dependencies: ProviderDependencies,
): Promise<GitAuth> {
  const app = readApp(request)
  try {
    await using through = authThrough(dependencies, obj, undefined)
    await using acquired = acquireGitHub(obj, request, dependencies)
    const { token } = await gitHubAppToken(app, { ...through.auth, http: acquired.client }, ctx.signal)
    return { basic: { username: gitHubTokenUser, password: token } }
  } catch (cause) {
    ctx.signal.throwIfAborted()
    throw new GitAuthError('AuthenticationFailed', 'failed to configure authentication options', { cause })
  }
}

/** The trust and the proxy of the object hold for GitHub's API, too. */
function acquireGitHub(
  obj: GitRepository,
  { tls, proxy, secretName }: ProviderRequest,
  { clients, userAgent }: ProviderDependencies,
): Acquired<HttpClient> {
  const { namespace = '' } = obj.metadata
  const key = clientKey({ namespace, server: ['github'], tls, proxy, credentials: secretName })
  const timeouts = { connectMs: 5000, headersMs: 15_000, bodyMs: 15_000 }
  return clients.acquire({ owner: ownerName(obj), purpose: 'provider', key }, () =>
    createHttpClient({ userAgent, maxRedirects: 0, timeouts, proxy, ...tls }),
  )
}

function readApp({ secret, secretName }: ProviderRequest): GitHubApp {
  const wanted = 'secretRef with github app data must be specified when provider is set to github'
  if (secretName === undefined) throw new GitAuthError('InvalidProviderConfiguration', wanted)
  try {
    return parseGitHubApp(secret)
  } catch (cause) {
    if (!hasCode(cause, 'CredentialsMissing')) {
      throw new GitAuthError('InvalidProviderConfiguration', `secret '${secretName}'`, { cause })
    }
    throw new GitAuthError('InvalidProviderConfiguration', `${wanted}: secret '${secretName}'`, { cause })
  }
}
