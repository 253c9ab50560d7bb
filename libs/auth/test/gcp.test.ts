// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { decryptWithGcpKms, gcpKeyTokens, gcpTokensOf, getClusterAccess, parseGcpKey } from '../src/index.ts'
import { account, going, testCache, testDeps, thrown } from './deps.ts'
import { dataKey, email, enc, keyFile, resourceId, serveGoogle } from './gcp-service.ts'

const pool = 'projects/1/locations/global/workloadIdentityPools/pool/providers/flux'
const audience = `//iam.googleapis.com/${pool}`
const annotated = { 'gcp.auth.fluxcd.io/workload-identity-provider': pool, 'iam.gke.io/gcp-service-account': email }
const key = { resourceId, enc }
const cluster = 'projects/p/locations/europe-west1/clusters/prod'

test("Cloud KMS decrypts with a service account's key, whose token is asked for once", async () => {
  await using google = await serveGoogle()
  const deps = testDeps({ googleOrigins: google.origins, cache: testCache() })
  const tokens = gcpKeyTokens(parseGcpKey(Buffer.from(`\n${keyFile}\n`)), deps)
  expect(Buffer.from(await decryptWithGcpKms(key, tokens, deps, going))).toEqual(dataKey)
  await decryptWithGcpKms(key, tokens, deps, going)
  expect(google.seen.map(({ url }) => url)).toEqual(['/token', ...Array<string>(2).fill(`/v1/${resourceId}:decrypt`)])
})

test("a ServiceAccount's token is exchanged, and the Google account that it names is acted as", async () => {
  await using google = await serveGoogle({ [`jwt-for-${audience}`]: audience })
  const deps = testDeps({ googleOrigins: google.origins })
  const asked: string[] = []
  const tokens = gcpTokensOf(account(annotated, asked), deps)
  expect(await tokens(going)).toMatchObject({ token: 'ya29.impersonated' })
  expect(asked).toEqual([audience])
  expect(Buffer.from(await decryptWithGcpKms(key, tokens, deps, going))).toEqual(dataKey)
})

test('on GKE the audience comes from the metadata server, and a ServiceAccount may have rights of its own', async () => {
  const provider = 'https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/home'
  await using google = await serveGoogle({ 'jwt-for-p.svc.id.goog': `identitynamespace:p.svc.id.goog:${provider}` })
  const env = { GCE_METADATA_HOST: new URL(google.url).host }
  const deps = testDeps({ googleOrigins: google.origins, env, cache: testCache() })
  expect(await gcpTokensOf(account({}), deps)(going)).toMatchObject({ token: 'ya29.federated' })
  const request = { provider: 'gcp', cluster, audiences: [], identity: account({}) }
  const access = await getClusterAccess(request, deps, going)
  expect(access).toMatchObject({
    ...{ server: 'https://203.0.113.7', caData: '-----BEGIN CERTIFICATE-----', token: 'ya29.federated' },
  })
  const before = google.seen.length
  await getClusterAccess(request, deps, going)
  expect(google.seen).toHaveLength(before)
  const given = { ...request, address: '10.0.0.9', caCert: 'PEM', cluster: 'ignored' }
  expect(await getClusterAccess(given, deps, going)).toMatchObject({ server: 'https://10.0.0.9', caData: 'PEM' })
})

test('the controller uses what its environment yields', async () => {
  await using google = await serveGoogle()
  const directory = await mkdtemp(join(tmpdir(), 'tidelock-auth-'))
  const path = join(directory, 'key.json')
  await writeFile(path, keyFile)
  const before = { ...process.env }
  process.env['GOOGLE_APPLICATION_CREDENTIALS'] = path
  try {
    const deps = testDeps({ googleOrigins: google.origins })
    expect(await gcpTokensOf({ kind: 'controller' }, deps)(going)).toMatchObject({ token: 'ya29.key' })
  } finally {
    process.env = before
    await rm(directory, { recursive: true })
  }
})

test.each([
  [{ enc: 'AAAAAAAA' }, {}, 'Rejected', 'the ciphertext is invalid'],
  [{ resourceId: `${resourceId}2` }, {}, 'NotFound', 'no /v1/'],
  [{ resourceId: 'projects/p/locations/global/keyRings/../cryptoKeys/x' }, {}, 'KeyInvalid', 'want projects/'],
  [{}, { SOPS_GCP_KMS_ENDPOINT: 'http://127.0.0.1:1' }, 'Unavailable', 'connection failed'],
])('a key %j with %j: %s', async (changed, env, code, words) => {
  await using google = await serveGoogle()
  const deps = testDeps({ googleOrigins: google.origins, env })
  const tokens = gcpKeyTokens(parseGcpKey(Buffer.from(keyFile)), deps)
  const error = await thrown(decryptWithGcpKms({ ...key, ...changed }, tokens, deps, going))
  expect(error).toMatchObject({ code })
  expect(errorMessage(error)).toContain(words)
  expect(errorMessage(error)).not.toMatch(/ya29|AAAAAAAA/)
})

test('a refused exchange names the account, never the token', async () => {
  await using google = await serveGoogle()
  const deps = testDeps({ googleOrigins: google.origins })
  const error = await thrown(gcpTokensOf(account(annotated), deps)(going))
  expect(error).toMatchObject({ code: 'AccessDenied' })
  expect(errorMessage(error)).toContain('ServiceAccount/apps/decryptor')
  expect(errorMessage(error)).toContain(email)
  expect(errorMessage(error)).not.toContain('jwt-for')
})

test('a key that Google does not know is refused without showing it', async () => {
  await using google = await serveGoogle()
  const deps = testDeps({ googleOrigins: google.origins })
  const changed = keyFile.replaceAll(email, 'other@p.iam.gserviceaccount.com')
  const error = await thrown(gcpKeyTokens(parseGcpKey(Buffer.from(changed)), deps)(going))
  expect(error).toMatchObject({ code: 'AccessDenied' })
  expect(errorMessage(error)).toContain('other@p.iam.gserviceaccount.com')
  expect(errorMessage(error)).not.toContain('PRIVATE KEY')
})

test('an aborted signal ends an exchange with its reason', async () => {
  await using google = await serveGoogle()
  const deps = testDeps({ googleOrigins: google.origins })
  const reason = new Error('the run was ended')
  await expect(gcpTokensOf(account(annotated), deps)(AbortSignal.abort(reason))).rejects.toBe(reason)
})

test.each([
  { 'iam.gke.io/gcp-service-account': 'someone@gmail.com' },
  { 'gcp.auth.fluxcd.io/workload-identity-provider': 'projects/x/locations/global' },
])('%j is refused', async (annotations) => {
  await expect(gcpTokensOf(account(annotations), testDeps())(going)).rejects.toMatchObject({ code: 'IdentityInvalid' })
})

test.each([
  '{}',
  '{"type":"external_account","credential_source":{"file":"/var/run/secrets/token"}}',
  '{"type":"service_account","client_email":"a@b"}',
  'not json',
])('sops.gcp-kms %j is refused', (text) => {
  expect(() => parseGcpKey(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'CredentialsInvalid' }))
})

test.each([undefined, '', 'projects/p/locations/l/clusters/..', 'prod'])('GKE cluster %j is refused', async (name) => {
  await using google = await serveGoogle({ [`jwt-for-${audience}`]: audience })
  const deps = testDeps({ googleOrigins: google.origins })
  const request = {
    provider: 'gcp',
    audiences: [],
    identity: account(annotated),
    ...(name === undefined ? {} : { cluster: name }),
  }
  await expect(getClusterAccess(request, deps, going)).rejects.toMatchObject({ code: 'ClusterInvalid' })
})
