// SPDX-License-Identifier: Apache-2.0
import type { GitRepository } from '@tidelock/api'
import { redactUrl } from '@tidelock/errors'
import type { GitRemoteOptions } from '@tidelock/git'
import type { HttpProxy, ProxySelector } from '@tidelock/http'
import type { KubeClient, SecretData } from '@tidelock/kube'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { readProxySecret, readSecret } from '../secrets/read-secret.ts'
import { fetchFailed, fetchStalled } from '../skeleton/failures.ts'
import { GitAuthError, readGitAccess, readGitServer, urlProblem } from './auth.ts'
import type { SshIdentities } from './identities.ts'
import { hasProvider, providerAuth } from './provider-auth.ts'
import type { ProviderDependencies } from './provider-auth.ts'
import { readSshAccess } from './ssh-auth.ts'
import type { SshAlgorithms } from './ssh-auth.ts'

/** How a repository is reached. */
export type GitAccess = Pick<GitRemoteOptions, 'url' | 'auth' | 'tls' | 'ssh' | 'proxy'> & {
  /** What credentials are made of that change by themselves: for whoever tells accesses apart. */
  readonly credentialSource?: unknown
}

/** What access is worked out with. */
export interface GitAccessDependencies extends ProviderDependencies {
  /** For objects that name no proxy: the environment's. */
  readonly proxy: ProxySelector
  readonly identities: SshIdentities
  readonly algorithms: SshAlgorithms
}

interface NamedSecret {
  readonly data: SecretData
  /** With its namespace; undefined when the object names none. */
  readonly name: string | undefined
}

type Failure = Exclude<Step<never>, { kind: 'next' }>

/** Reads what the spec refers to, in Flux's order: proxy, URL, Secret. */
export async function resolveGitAccess(
  ctx: ReconcileContext,
  obj: GitRepository,
  dependencies: GitAccessDependencies,
): Promise<Step<GitAccess>> {
  const proxy = await resolveProxy(ctx, obj, dependencies)
  if (proxy.kind !== 'next') return proxy
  const problem = urlProblem(obj.spec.url)
  if (problem !== undefined) {
    const error = new Error(`failed to parse url '${redactUrl(obj.spec.url)}': ${problem}`)
    return fetchStalled(ctx, obj, 'URLInvalid', error)
  }
  try {
    const secret = await readNamed(obj, dependencies.client, ctx.signal)
    return next(await readAccess(ctx, obj, { secret, proxy: proxy.value }, dependencies))
  } catch (error) {
    return accessFailed(ctx, obj, error)
  }
}

function accessFailed(ctx: ReconcileContext, obj: GitRepository, error: unknown): Failure {
  const reason = error instanceof GitAuthError ? error.code : 'AuthenticationFailed'
  const noSecret = reason === 'InvalidProviderConfiguration' && obj.spec.secretRef === undefined
  // only the object itself, or the controller's flags, can mend these
  const isFinal = reason === 'FeatureGateDisabled' || noSecret
  return (isFinal ? fetchStalled : fetchFailed)(ctx, obj, reason, error as Error)
}

async function resolveProxy(
  ctx: ReconcileContext,
  obj: GitRepository,
  { client, proxy }: GitAccessDependencies,
): Promise<Step<HttpProxy | ProxySelector>> {
  const { name } = obj.spec.proxySecretRef ?? {}
  if (name === undefined) return next(proxy)
  const { namespace = '' } = obj.metadata
  try {
    return next(await readProxySecret(client, { namespace, name }, ctx.signal))
  } catch (cause) {
    const error = new Error('failed to configure proxy options', { cause })
    return fetchFailed(ctx, obj, 'AuthenticationFailed', error)
  }
}

async function readNamed(obj: GitRepository, client: KubeClient, signal: AbortSignal): Promise<NamedSecret> {
  const { name } = obj.spec.secretRef ?? {}
  const { namespace = '' } = obj.metadata
  if (name === undefined) return { data: new Map(), name: undefined }
  return { data: await readSecret(client, namespace, name, signal), name: `${namespace}/${name}` }
}

async function readAccess(
  ctx: ReconcileContext,
  obj: GitRepository,
  { secret: { data, name }, proxy }: { readonly secret: NamedSecret; readonly proxy: HttpProxy | ProxySelector },
  dependencies: GitAccessDependencies,
): Promise<GitAccess> {
  const { url } = obj.spec
  if (new URL(url).protocol === 'ssh:') return { url, ssh: readSshAccess(data, name, dependencies), proxy }
  if (!hasProvider(obj)) return { ...readGitAccess(url, data, name ?? ''), proxy }
  const server = readGitServer(url, data, name ?? '')
  const request = { secret: data, secretName: name, tls: server.tls, proxy }
  const { provider, serviceAccountName } = obj.spec
  const credentialSource = {
    provider,
    serviceAccountName,
    name,
    data: [...data].map(([key, value]) => [key, value.toString('base64')]),
  }
  return { ...server, auth: await providerAuth(ctx, obj, request, dependencies), proxy, credentialSource }
}
