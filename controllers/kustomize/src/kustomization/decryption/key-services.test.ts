// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openAuth, parseAwsCredentials, parseAzureLogin, parseGcpKey } from '@tidelock/auth'
import type { Identity, OpenAuth } from '@tidelock/auth'
import { errorMessage } from '@tidelock/errors'
import type { KeyServices, MasterKey } from '@tidelock/sops'
import type { DecryptionKeys } from './key-secret.ts'
import { toKeyServices } from './key-services.ts'
import type { AmbientCredentials } from './key-services.ts'

// nothing answers there, so that the message tells whose credentials were to be used
const nowhere = '127.0.0.1:1'
let auth: OpenAuth
beforeAll(async () => {
  const open = await openAuth({
    env: {
      VAULT_TOKEN: 'hvs.controller',
      AWS_ENDPOINT_URL: `http://${nowhere}`,
      AZURE_AUTHORITY_HOST: `https://${nowhere}`,
    },
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    ...{ userAgent: 'tidelock-test', cacheMaxSize: 10, cacheMaxDurationMs: 3_600_000 },
  })
  const hosts = ['oauth2', 'sts', 'cloudkms'].map((name) => `${name}.googleapis.com`)
  auth = { ...open, googleOrigins: Object.fromEntries(hosts.map((host) => [host, `http://${nowhere}`])) }
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
})

const provider = 'projects/1/locations/global/workloadIdentityPools/pool/providers/flux'
const identity: Identity = {
  ...{ kind: 'service-account', namespace: 'apps', name: 'decryptor' },
  annotations: { 'gcp.auth.fluxcd.io/workload-identity-provider': provider },
  issueToken: () => Promise.reject(new Error('no token was to be issued')),
}

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
})
const given: Required<Pick<DecryptionKeys, 'aws' | 'azure' | 'gcp'>> = {
  aws: parseAwsCredentials(Buffer.from('{"aws_access_key_id":"AKIA","aws_secret_access_key":"secret-key"}')),
  azure: parseAzureLogin(Buffer.from('{"tenantId":"t","clientId":"client-1","clientSecret":"secret-key"}')),
  gcp: parseGcpKey(
    Buffer.from(JSON.stringify({ type: 'service_account', client_email: 'sops@p.example', private_key: privateKey })),
  ),
}

const keys: { readonly [T in 'hc_vault' | 'kms' | 'gcp_kms' | 'azure_kv']: Extract<MasterKey, { type: T }> } = {
  hc_vault: {
    type: 'hc_vault',
    vaultAddress: `http://${nowhere}`,
    enginePath: 'sops',
    keyName: 'main',
    enc: 'vault:v1:x',
  },
  kms: { type: 'kms', arn: 'arn:aws:kms:eu-west-1:1:key/k', context: {}, enc: 'eA==' },
  gcp_kms: { type: 'gcp_kms', resourceId: 'projects/p/locations/l/keyRings/r/cryptoKeys/k', enc: 'eA==' },
  azure_kv: { type: 'azure_kv', vaultUrl: 'https://v.vault.azure.net', name: 'main', version: '1', enc: 'eA' },
}

async function failure(
  type: keyof typeof keys,
  secret: Partial<DecryptionKeys>,
  ambient: Partial<AmbientCredentials> = {},
): Promise<string> {
  const object = { namespace: 'apps', name: 'app' }
  const base = { auth, identity: () => Promise.resolve(identity), object }
  const services: KeyServices = toKeyServices({ age: [], pgp: [], ...secret }, { ...base, ...ambient })
  const service = services[type] as { decrypt(key: MasterKey, signal: AbortSignal): Promise<unknown> }
  const outcome = await service.decrypt(keys[type], new AbortController().signal).catch((error: unknown) => error)
  return errorMessage(outcome)
}

test.each([
  ['kms', given, /^AWS KMS key 'arn:aws:kms:eu-west-1:1:key\/k': connect/],
  ['kms', {}, /^ServiceAccount\/apps\/decryptor: annotation eks\.amazonaws\.com\/role-arn/],
  ['gcp_kms', given, /^Google service account 'sops@p\.example': /],
  ['gcp_kms', {}, /^no token was to be issued$/],
  ['azure_kv', given, /^Azure client 'client-1': /],
  ['azure_kv', {}, /^ServiceAccount\/apps\/decryptor: annotation azure\.workload\.identity\/tenant-id is missing/],
] as const)('%s uses the key Secret first, then the ServiceAccount', async (type, secret, words) => {
  const message = await failure(type, secret)
  expect(message).toMatch(words)
  expect(message).not.toContain('secret-key')
})

test('Vault takes the token of the key Secret, then a log-in where there is a list, then VAULT_TOKEN', async () => {
  const listed = { vaultConfig: () => Promise.resolve('instances: []') }
  const sent = /^Vault key 'http:\/\/127\.0\.0\.1:1\/v1\/sops\/keys\/main': .*connection failed/
  expect(await failure('hc_vault', { vaultToken: 'hvs.user' }, listed)).toMatch(sent)
  expect(await failure('hc_vault', {}, listed)).toMatch(/not in the list of --sops-vault-configmap/)
  expect(await failure('hc_vault', {})).toMatch(sent)
  const none: OpenAuth = { ...auth, env: {} }
  expect(await failure('hc_vault', {}, { auth: none })).toMatch(/^Vault token: none in the key Secret/)
})

test('the own token for Vault goes to no server of a file where objects have accounts', async () => {
  expect(await failure('hc_vault', {}, { accountsOnly: true })).toMatch(
    /^with --default-decryption-service-account VAULT_TOKEN is sent to no server/,
  )
  expect(await failure('hc_vault', { vaultToken: 'hvs.own' }, { accountsOnly: true })).toMatch(/^Vault key /)
  expect(await failure('hc_vault', {})).toMatch(/^Vault key /)
})
