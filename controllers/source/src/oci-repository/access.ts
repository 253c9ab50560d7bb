// SPDX-License-Identifier: Apache-2.0
import type { OCIRepository } from '@tidelock/api'
import type { HttpProxy, HttpTls, ProxySelector } from '@tidelock/http'
import { parseTlsSecret } from '@tidelock/kube'
import type { Credentials } from '@tidelock/oci'
import type { Progress, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { readProxySecret, readSecret } from '../secrets/read-secret.ts'
import { fetchFailed, fetchStalled } from '../skeleton/failures.ts'
import { cloudCredentials } from './cloud-credentials.ts'
import type { CloudAccess } from './cloud-credentials.ts'
import { credentialsFrom, readAccountSecrets, readPullSecret } from './pull-secrets.ts'
import type { PullSecretSource } from './pull-secrets.ts'
import type { RegistrySettings } from './registry-pool.ts'
import { parseRepositoryUrl } from './repository-url.ts'

/** What access is worked out with. */
export interface AccessDependencies extends CloudAccess {
  /** For objects that name no proxy: the environment's. */
  readonly proxy?: ProxySelector
}

/** How to reach the registry of an object, and what in it. */
export interface Access {
  readonly settings: RegistrySettings
  readonly path: string
}

type Failure = Exclude<Step<never>, { kind: 'next' }>

/** Reads what the spec refers to, in Flux's order. */
export async function resolveAccess(
  ctx: ReconcileContext,
  obj: OCIRepository,
  progress: Progress,
  dependencies: AccessDependencies,
): Promise<Step<Access>> {
  const { namespace = '' } = obj.metadata
  const source = { client: dependencies.client, namespace, signal: ctx.signal }
  const fail = (message: string, cause: unknown): Failure =>
    fetchFailed(ctx, obj, 'AuthenticationFailed', new Error(message, { cause }))

  const secrets = await attempt(() => readPullSecrets(obj, source, progress))
  if ('error' in secrets) return fail('failed to get credential', secrets.error)
  const proxy = await attempt(() => readProxy(obj, source))
  if ('error' in proxy) return fail('failed to get proxy address', proxy.error)
  const name = await attempt(async () => parseRepositoryUrl(obj.spec.url))
  const cloud =
    secrets.value.length > 0 || 'error' in name
      ? next(undefined)
      : await cloudCredentials(ctx, obj, { registry: name.value.registry, proxy: proxy.value }, dependencies)
  if (cloud.kind !== 'next') return cloud
  const tls = await attempt(() => readTls(obj, source))
  if ('error' in tls) return fail(`failed to generate transport for '${obj.spec.url}'`, tls.error)
  if ('error' in name) {
    const error = new Error(`URL validation failed for '${obj.spec.url}'`, { cause: name.error })
    return fetchStalled(ctx, obj, 'URLInvalid', error)
  }
  const credentials = await attempt(async () => cloud.value ?? credentialsFrom(secrets.value, name.value))
  if ('error' in credentials) return fail('failed to get credential', credentials.error)
  return next({
    path: name.value.path,
    settings: {
      registry: name.value.registry,
      insecure: obj.spec.insecure === true,
      ...tls.value,
      ...proxyOf(proxy.value ?? dependencies.proxy),
      ...credentialsOf(credentials.value),
    },
  })
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown }

async function attempt<T>(run: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

function proxyOf(proxy: HttpProxy | ProxySelector | undefined): { proxy?: HttpProxy | ProxySelector } {
  return proxy === undefined ? {} : { proxy }
}

function credentialsOf(credentials: Credentials | undefined): { credentials?: Credentials } {
  return credentials === undefined ? {} : { credentials }
}

async function readPullSecrets(
  { spec }: OCIRepository,
  source: PullSecretSource,
  progress: Progress,
): Promise<Awaited<ReturnType<typeof readAccountSecrets>>> {
  const { secretRef, serviceAccountName = '' } = spec
  const own = secretRef === undefined ? [] : [await readOwn(secretRef.name, source, progress)]
  return serviceAccountName === '' ? own : [...own, ...(await readAccountSecrets(source, serviceAccountName))]
}

async function readOwn(
  name: string,
  source: PullSecretSource,
  progress: Progress,
): Promise<Awaited<ReturnType<typeof readPullSecret>>> {
  try {
    return await readPullSecret(source, name)
  } catch (error) {
    progress.event({ severity: 'trace', reason: 'AuthenticationFailed', message: `auth secret '${name}' not found` })
    throw error
  }
}

async function readProxy({ spec }: OCIRepository, source: PullSecretSource): Promise<HttpProxy | undefined> {
  const { client, namespace, signal } = source
  return spec.proxySecretRef === undefined
    ? undefined
    : readProxySecret(client, { namespace, name: spec.proxySecretRef.name }, signal)
}

async function readTls({ spec }: OCIRepository, { client, namespace, signal }: PullSecretSource): Promise<HttpTls> {
  const { name = '' } = spec.certSecretRef ?? {}
  if (name === '') return {}
  return parseTlsSecret(await readSecret(client, namespace, name, signal), `${namespace}/${name}`)
}
