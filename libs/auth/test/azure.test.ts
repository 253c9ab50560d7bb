// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import {
  azureLoginTokens,
  azureTokensOf,
  decryptWithKeyVault,
  getClusterAccess,
  parseAzureLogin,
} from '../src/index.ts'
import {
  ca,
  certificatePem,
  clientId,
  clientSecret,
  dataKey,
  enc,
  encryptedPem,
  serveAzure,
  serveInstanceMetadata,
  subscription,
  tenant,
  tls,
} from './azure-service.ts'
import { account, going, testCache, testDeps, thrown } from './deps.ts'
import { serve } from './serve.ts'

const annotated = { 'azure.workload.identity/tenant-id': tenant, 'azure.workload.identity/client-id': clientId }
const keyAt = (vaultUrl: string) => ({ vaultUrl, name: 'main', version: 'v1', enc })
const indent = (pem: string): string => pem.trim().replaceAll('\n', '\n  ')

const entries = (authorityHost: string): readonly (readonly [string, string | Buffer])[] => [
  [
    'a secret',
    `tenantId: ${tenant}\nclientId: ${clientId}\nclientSecret: ${clientSecret}\nauthorityHost: ${authorityHost}\n`,
  ],
  [
    'a secret in JSON and UTF-16, as shells of Windows write it',
    Buffer.from(`\uFEFF${JSON.stringify({ tenantId: tenant, clientId, clientSecret, authorityHost })}`, 'utf16le'),
  ],
  [
    'what az prints',
    JSON.stringify({ appId: clientId, displayName: 'x', tenant, password: clientSecret, authorityHost }),
  ],
  [
    'a certificate, with its chain',
    `tenantId: ${tenant}\nclientId: ${clientId}\nclientCertificateSendChain: true\nauthorityHost: ${authorityHost}\nclientCertificate: |-\n  ${indent(certificatePem)}\n`,
  ],
  [
    'a certificate with a password',
    `tenantId: ${tenant}\nclientId: ${clientId}\nclientCertificatePassword: certificate-password\nauthorityHost: ${authorityHost}\nclientCertificate: |-\n  ${indent(encryptedPem)}\n`,
  ],
]

test.each([0, 1, 2, 3, 4])(
  'Key Vault decrypts with entry %d of a key Secret, whose token is asked for once',
  async (index) => {
    await using azure = await serveAzure()
    const deps = testDeps({ ca, cache: testCache() })
    const [, text] = entries(azure.url)[index] ?? ['', '']
    const tokens = azureLoginTokens(parseAzureLogin(Buffer.from(text)), deps)
    expect(Buffer.from(await decryptWithKeyVault(keyAt(azure.url), tokens, deps, going))).toEqual(dataKey)
    await decryptWithKeyVault(keyAt(azure.url), tokens, deps, going)
    expect(azure.seen.filter(({ url }) => url.includes('/oauth2/'))).toHaveLength(1)
  },
)

test('a managed identity is asked of the machine', async () => {
  await using azure = await serveAzure()
  await using machine = await serveInstanceMetadata()
  const before = { ...process.env }
  process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = machine.url
  try {
    const deps = testDeps({ ca })
    const tokens = azureLoginTokens(parseAzureLogin(Buffer.from(`clientId: ${clientId}\n`)), deps)
    expect(Buffer.from(await decryptWithKeyVault(keyAt(azure.url), tokens, deps, going))).toEqual(dataKey)
    const environment = azureTokensOf({ kind: 'controller' }, testDeps({ ca, env: { AZURE_CLIENT_ID: clientId } }))
    expect((await environment('https://localhost/.default', going)).token).toBe('msi:https://localhost')
  } finally {
    process.env = before
  }
})

test("a ServiceAccount's token proves the client that it names", async () => {
  await using azure = await serveAzure()
  const deps = testDeps({ ca, env: { AZURE_AUTHORITY_HOST: azure.url } })
  const asked: string[] = []
  const tokens = azureTokensOf(account(annotated, asked), deps)
  expect(Buffer.from(await decryptWithKeyVault(keyAt(azure.url), tokens, deps, going))).toEqual(dataKey)
  expect(asked).toEqual(['api://AzureADTokenExchange'])
})

test("the controller's own federated token is used where its environment names one", async () => {
  await using azure = await serveAzure()
  const directory = await mkdtemp(join(tmpdir(), 'tidelock-auth-'))
  const AZURE_FEDERATED_TOKEN_FILE = join(directory, 'token')
  await writeFile(AZURE_FEDERATED_TOKEN_FILE, 'jwt-for-api://AzureADTokenExchange')
  try {
    const env = {
      AZURE_AUTHORITY_HOST: azure.url,
      AZURE_TENANT_ID: tenant,
      AZURE_CLIENT_ID: clientId,
      AZURE_FEDERATED_TOKEN_FILE,
    }
    const tokens = azureTokensOf({ kind: 'controller' }, testDeps({ ca, env }))
    expect((await tokens('https://localhost/.default', going)).token).toBe('aad:https://localhost/.default')
  } finally {
    await rm(directory, { recursive: true })
  }
})

async function accessTo(changed: Record<string, string>): Promise<unknown> {
  await using azure = await serveAzure()
  const directory = await mkdtemp(join(tmpdir(), 'tidelock-auth-'))
  const AZURE_ENVIRONMENT_FILEPATH = join(directory, 'cloud.json')
  const cloud = { resourceManagerEndpoint: `${azure.url}/`, tokenAudience: 'https://management.azure.test' }
  await writeFile(AZURE_ENVIRONMENT_FILEPATH, JSON.stringify(cloud))
  try {
    const env = { AZURE_AUTHORITY_HOST: azure.url, AZURE_ENVIRONMENT_FILEPATH }
    const deps = testDeps({ ca, env, cache: testCache() })
    const request = {
      provider: 'azure',
      cluster: subscription,
      audiences: [],
      identity: account(annotated),
      ...changed,
    }
    await getClusterAccess(request, deps, going)
    const count = azure.seen.length
    const access = await getClusterAccess(request, deps, going)
    expect(azure.seen).toHaveLength(count)
    return access
  } finally {
    await rm(directory, { recursive: true })
  }
}

const aksToken = 'aad:6dae42f8-4368-4678-94ff-3960e28e3630/.default'

test.each([
  [{}, 'https://prod.hcp.azmk8s.io:443', '-----BEGIN CERTIFICATE-----'],
  [{ address: 'https://Prod.private.azmk8s.io' }, 'https://Prod.private.azmk8s.io', '-----BEGIN CERTIFICATE-----'],
  [{ address: 'https://10.0.0.1', caCert: 'PEM', cluster: '' }, 'https://10.0.0.1', 'PEM'],
])('an AKS cluster with %j', async (changed, server, caData) => {
  expect(await accessTo(changed)).toMatchObject({ server, caData, token: aksToken })
})

test.each([
  [{ address: 'https://other.example.com' }, 'among those of the cluster: https://prod.hcp'],
  [{ cluster: subscription.replace(/prod$/, 'plain') }, 'Entra ID integration is not enabled'],
  [{ cluster: 'prod' }, 'want /subscriptions/'],
  [{ cluster: subscription.replace(/prod$/, '..') }, 'want /subscriptions/'],
])('an AKS cluster with %j is refused', async (changed, words) => {
  const error = await thrown(accessTo(changed))
  expect(error).toMatchObject({ code: 'ClusterInvalid' })
  expect(errorMessage(error)).toContain(words)
})

test.each([
  [{ enc: 'AAAA-secret' }, clientSecret, 'Rejected', 'BadParameter'],
  [{ name: 'gone' }, clientSecret, 'NotFound', 'KeyNotFound'],
  [{ name: '..' }, clientSecret, 'KeyInvalid', 'want https://'],
  [{}, 'wrong~secret', 'AccessDenied', `Azure client '${clientId}'`],
])('a key %j with secret %s: %s', async (changed, secret, code, words) => {
  await using azure = await serveAzure()
  const deps = testDeps({ ca })
  const text = `tenantId: ${tenant}\nclientId: ${clientId}\nclientSecret: ${secret}\nauthorityHost: ${azure.url}\n`
  const tokens = azureLoginTokens(parseAzureLogin(Buffer.from(text)), deps)
  const error = await thrown(decryptWithKeyVault({ ...keyAt(azure.url), ...changed }, tokens, deps, going))
  expect(error).toMatchObject({ code })
  expect(errorMessage(error)).toContain(words)
  expect(errorMessage(error)).not.toMatch(/aad:|~secret|AAAA-secret/)
})

test('a server that names the resource of another service gets no token', async () => {
  const challenge = 'Bearer authorization="https://login.example", resource="https://vault.azure.net"'
  await using thief = await serve(() => ({ status: 401, headers: { 'www-authenticate': challenge } }), tls)
  const asked: string[] = []
  const tokens = azureTokensOf(account(annotated, asked), testDeps({ ca }))
  await expect(decryptWithKeyVault(keyAt(thief.url), tokens, testDeps({ ca }), going)).rejects.toMatchObject({
    code: 'AddressRefused',
  })
  await expect(decryptWithKeyVault(keyAt('http://x.vault.azure.net'), tokens, testDeps(), going)).rejects.toMatchObject(
    {
      code: 'KeyInvalid',
    },
  )
  expect(asked).toEqual([])
})

test('no authority there: unavailable, in bounded time; an aborted signal: its reason', async () => {
  const env = { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1' }
  const tokens = azureTokensOf(account(annotated), testDeps({ ca, env }))
  await expect(tokens('https://vault.azure.net/.default', going)).rejects.toMatchObject({ code: 'Unavailable' })
  const reason = new Error('the run was ended')
  await expect(tokens('https://vault.azure.net/.default', AbortSignal.abort(reason))).rejects.toBe(reason)
})

test.each(['{}', 'tenantId: a\nclientSecret: b', `clientId: a\nauthorityHost: http://plain`, '- x'])(
  'sops.azure-kv %j is refused',
  (text) => {
    expect(() => parseAzureLogin(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'CredentialsInvalid' }))
  },
)

test.each([{}, { 'azure.workload.identity/tenant-id': tenant }])('%j names no client', async (annotations) => {
  await expect(azureTokensOf(account(annotations), testDeps())('x/.default', going)).rejects.toMatchObject({
    code: 'IdentityInvalid',
  })
})
