// SPDX-License-Identifier: Apache-2.0
import type { TokenCredential, TokenCredentialOptions } from '@azure/identity'
import { cached, identityParts } from '../cached.ts'
import type { CacheParts } from '../cached.ts'
import type { AuthDeps, Env } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { audiencesOf, identityName } from '../identity.ts'
import type { Identity } from '../identity.ts'
import { trustedRoots } from '../trust.ts'
import { withSignal } from '../with-signal.ts'
import { azureError } from './azure-error.ts'
import { azureClientOf } from './cloud.ts'
import { azureHttpClient } from './http-client.ts'
import type { AzureLogin } from './key-entry.ts'
import type { AzureSource } from './types.ts'

const requestLimitMs = 15_000
const exchangeAudience = 'api://AzureADTokenExchange'

/** Tokens for a login of a key Secret. */
export function azureLoginTokens(login: AzureLogin, deps: AuthDeps): AzureSource {
  const subject = `Azure client '${login.clientId}'`
  const secrets = login.kind === 'secret' ? [login.clientSecret] : login.kind === 'certificate' ? [login.password] : []
  return source({ provider: 'azure', login: login.print }, subject, () => openLogin(login, deps), deps, secrets)
}

/** Tokens of an identity: for the client that its ServiceAccount names, or what the process's environment yields. */
export function azureTokensOf(identity: Identity, deps: AuthDeps): AzureSource {
  if (identity.kind === 'controller') {
    const parts = { provider: 'azure', ...identityParts(identity) }
    return source(parts, 'Azure credentials of the controller', () => openEnvironment(deps), deps, [])
  }
  return async (scope, signal) => {
    const name = identityName(identity)
    const { tenantId, clientId } = azureClientOf(identity.annotations, name)
    const parts = { provider: 'azure', ...identityParts(identity), tenantId, clientId }
    const assertion: string[] = []
    const open = async (): Promise<TokenCredential> => {
      const { token } = await identity.issueToken(audiencesOf(identity, exchangeAudience), signal)
      assertion.push(token)
      const { ClientAssertionCredential } = await import('@azure/identity')
      return new ClientAssertionCredential(tenantId, clientId, () => Promise.resolve(token), options(deps))
    }
    return source(parts, `${name}: Azure client '${clientId}'`, open, deps, assertion)(scope, signal)
  }
}

function source(
  parts: CacheParts,
  subject: string,
  open: () => Promise<TokenCredential>,
  deps: AuthDeps,
  secrets: readonly (string | undefined)[],
): AzureSource {
  return (scope, signal) => {
    const create = async () => {
      try {
        const credential = await open()
        const asked = { abortSignal: signal, requestOptions: { timeout: requestLimitMs } }
        const got = await withSignal(credential.getToken(scope, asked), signal)
        if (got === null) throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
        return { token: got.token, expiresAtMs: got.expiresOnTimestamp }
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof AuthError ? error : azureError(subject, error, secrets)
      }
    }
    return cached({ ...parts, scope }, create, deps, signal)
  }
}

async function openLogin(login: AzureLogin, deps: AuthDeps): Promise<TokenCredential> {
  const azure = await import('@azure/identity')
  const settings = options(deps, login.authorityHost)
  switch (login.kind) {
    case 'secret':
      return new azure.ClientSecretCredential(login.tenantId, login.clientId, login.clientSecret, settings)
    case 'certificate': {
      const { certificate, password, sendChain } = login
      const pem = { certificate, ...(password === undefined ? {} : { certificatePassword: password }) }
      const more = { ...settings, sendCertificateChain: sendChain }
      return new azure.ClientCertificateCredential(login.tenantId, login.clientId, pem, more)
    }
    case 'managed-identity':
      return new azure.ManagedIdentityCredential({ ...settings, clientId: login.clientId })
  }
}

/** As Flux: a service principal in the environment, a federated token, the managed identity; never a program. */
async function openEnvironment(deps: AuthDeps): Promise<TokenCredential> {
  const azure = await import('@azure/identity')
  const { env } = deps
  const settings = options(deps)
  const chain: TokenCredential[] = []
  if (set(env, 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID') && (set(env, 'AZURE_CLIENT_SECRET') || set(env, certificatePath)))
    chain.push(new azure.EnvironmentCredential(settings))
  const [clientId, tenantId, tokenFilePath] = [
    env['AZURE_CLIENT_ID'],
    env['AZURE_TENANT_ID'],
    env['AZURE_FEDERATED_TOKEN_FILE'],
  ]
  if (clientId !== undefined && tenantId !== undefined && tokenFilePath !== undefined)
    chain.push(new azure.WorkloadIdentityCredential({ ...settings, clientId, tenantId, tokenFilePath }))
  // its service knows who asks by the connection: never through a proxy
  const { proxied: _proxied, ...direct } = deps
  const near = options(direct)
  chain.push(
    clientId === undefined
      ? new azure.ManagedIdentityCredential(near)
      : new azure.ManagedIdentityCredential({ ...near, clientId }),
  )
  return new azure.ChainedTokenCredential(...chain)
}

const certificatePath = 'AZURE_CLIENT_CERTIFICATE_PATH'

function set(env: Env, ...names: readonly string[]): boolean {
  return names.every((name) => env[name] !== undefined && env[name] !== '')
}

const knownAuthorities = [
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
]

type Settings = TokenCredentialOptions & { disableInstanceDiscovery: boolean }

function options(deps: AuthDeps, givenHost?: string): Settings {
  const authorityHost = givenHost ?? deps.env['AZURE_AUTHORITY_HOST']
  const host = authorityHost === undefined ? undefined : URL.parse(authorityHost)?.hostname
  return {
    ...(authorityHost === undefined || authorityHost === '' ? {} : { authorityHost }),
    // the public cloud knows nothing of the authorities of clouds apart, and may be out of reach from there
    disableInstanceDiscovery: host !== undefined && !knownAuthorities.includes(host),
    retryOptions: { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 2000 },
    ...(deps.ca === undefined ? {} : { tlsOptions: { ca: trustedRoots(deps.ca).join('\n') } }),
    ...(deps.proxied === undefined ? {} : { httpClient: azureHttpClient(deps.http) }),
  }
}
