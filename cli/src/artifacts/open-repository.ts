// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@tidelock/api'
import { proxyFromEnvironment } from '@tidelock/http'
import { openRegistry } from '@tidelock/oci'
import type { Credentials, RepositoryClient, RepositoryName } from '@tidelock/oci'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { dockerCredentials } from './docker-credentials.ts'

/** Whose artifacts, and as whom. */
export interface RegistryFlags {
  /** `user:password`, or a token alone. */
  readonly creds?: string
  readonly provider: 'generic' | 'aws' | 'azure' | 'gcp'
  readonly insecureRegistry?: boolean
}

/** A repository for the length of one command. */
export interface OpenRepository extends AsyncDisposable {
  readonly repository: RepositoryClient
}

/** Finds credentials and makes a client; nothing is sent to the registry yet. Throws UsageInvalid, AuthError and OciError. */
export async function openRepository(
  name: RepositoryName,
  flags: RegistryFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<OpenRepository> {
  const credentials = await findCredentials(name, flags, environment, signal)
  const registry = openRegistry({
    ...{ registry: name.registry, userAgent: 'tidelock-cli', clock: systemClock, random: Math.random },
    ...(credentials === undefined ? {} : { credentials }),
    ...(flags.insecureRegistry === true ? { insecure: true } : {}),
    proxy: proxyFromEnvironment(environment.env),
  })
  return { repository: registry.repository(name.path), [Symbol.asyncDispose]: () => registry.close() }
}

async function findCredentials(
  name: RepositoryName,
  { creds, provider }: RegistryFlags,
  environment: Environment,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const { env, err } = environment
  if (provider !== 'generic') {
    err('► logging in to registry with provider credentials\n')
    const { getRegistryCredentials, openAuth } = await import('@tidelock/auth')
    const options = { env, clock: systemClock, userAgent: 'tidelock-cli', cacheMaxSize: 0, cacheMaxDurationMs: 0 }
    await using auth = await openAuth(options)
    const request = { provider, registry: name.registry, identity: { kind: 'controller' as const } }
    const { username, password } = await getRegistryCredentials(request, auth, signal)
    return { kind: 'basic', username, password }
  }
  if (creds === undefined || creds === '') return await dockerCredentials(name, { ...environment, signal })
  err('► logging in to registry with credentials\n')
  return parseCreds(creds)
}

function parseCreds(text: string): Credentials {
  const colon = text.indexOf(':')
  if (colon === -1) return { kind: 'registryToken', registryToken: text }
  if (colon === 0) throw new CliError('UsageInvalid', '--creds: write <username>:<password>, or a token alone')
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
}
