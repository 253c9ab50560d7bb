// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { KustomizationSpec } from '@tidelock/api'
import { eventually, testCluster } from '@tidelock/testkit'
import { annotations as ofAzure, loginAt, startAzure } from './azure-services.ts'
import { startAws, startVault, tls } from './cloud-services.ts'
import type { CloudService } from './cloud-services.ts'
import { putSecret, secretData, sops } from './decryption.ts'
import { annotations as ofGoogle, keyFile, startGoogle } from './google-services.ts'
import { configMap, Scene } from './harness.ts'

let scene: Scene
let aws: CloudService
let vault: CloudService
let google: Awaited<ReturnType<typeof startGoogle>>
let azure: CloudService
beforeAll(async () => {
  const { client } = await testCluster()
  const namespace = `cloud-keys-${randomBytes(4).toString('hex')}`
  aws = await startAws({ client, namespace })
  vault = await startVault({ client, namespace })
  google = await startGoogle({ client, namespace })
  azure = await startAzure({ client, namespace })
  scene = await Scene.open({
    namespace,
    env: {
      AWS_ENDPOINT_URL: aws.url,
      SOPS_GCP_KMS_ENDPOINT: google.url,
      // nobody's: this is no GKE, wherever the test runs
      GCE_METADATA_HOST: '127.0.0.1:1',
      AZURE_AUTHORITY_HOST: azure.url,
    },
    clouds: { ca: tls.ca, googleOrigins: google.origins },
    flags: [
      '--feature-gates=ObjectLevelWorkloadIdentity=true',
      '--sops-vault-configmap=vault-servers',
      '--metrics-addr=127.0.0.1:0',
    ],
  })
  const account = (name: string, annotations: Record<string, string>) =>
    client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, annotations } })
  const ofAws = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/decrypt' }
  await account('decryptor', { ...ofAws, ...ofGoogle, ...ofAzure })
  await account('stranger', { ...ofAws, ...ofGoogle, ...ofAzure })
  await account('plain', {})
  await client.create({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vault-servers', namespace } },
    data: { 'config.yaml': `instances:\n- address: ${vault.url}\n  loginPath: auth/kubernetes/login\n` },
  })
  await putSecret(scene, 'static', {
    'sops.aws-kms': 'aws_access_key_id: AKIAUSER\naws_secret_access_key: user-secret-access-key\n',
    'sops.vault-token': 'hvs.user\n',
    'sops.gcp-kms': keyFile,
    'sops.azure-kv': loginAt(azure.url),
  })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await aws[Symbol.asyncDispose]()
  await vault[Symbol.asyncDispose]()
  await google[Symbol.asyncDispose]()
  await azure[Symbol.asyncDispose]()
})

/** A Secret that sops encrypted for one service, under another name. */
function encrypted(file: 'aws-kms' | 'vault' | 'gcp-kms' | 'azure-kv', name: string): string {
  const text = readFileSync(join(import.meta.dirname, `../testdata/cloud-keys/${file}.yaml`), 'utf8')
  return text
    .replace(`name: ${file}`, `name: ${name}`)
    .replace('http://127.0.0.1:18210', vault.url)
    .replace('https://team.vault.azure.net', azure.url)
}

const as = (serviceAccountName: string): Pick<KustomizationSpec, 'decryption'> => ({
  decryption: { provider: 'sops', serviceAccountName },
})

describe('a file that a cloud or Vault must open', () => {
  it.each([
    ['aws-kms', 'by-key', sops('static')],
    ['vault', 'by-token', sops('static')],
    ['aws-kms', 'by-role', as('decryptor')],
    ['vault', 'by-login', as('decryptor')],
    ['gcp-kms', 'by-key-file', sops('static')],
    ['gcp-kms', 'by-federation', as('decryptor')],
    ['azure-kv', 'by-client-secret', sops('static')],
    ['azure-kv', 'by-assertion', as('decryptor')],
  ] as const)('%s opens %s', async (file, name, spec) => {
    await scene.deploy(name, { 'a.yaml': encrypted(file, name) }, spec)
    await scene.untilReady(name)
    expect(String((await secretData(scene, name))['password'])).toBe('correct horse battery staple')
  })

  it.each([
    [
      'aws-kms',
      'other-account',
      as('stranger'),
      /ServiceAccount\/.*\/stranger: AWS role 'arn:.*': InvalidIdentityToken/,
    ],
    ['vault', 'other-login', as('stranger'), /log-in at 'auth\/kubernetes\/login' as role '.*_stranger': permission/],
    [
      'gcp-kms',
      'other-federation',
      as('stranger'),
      /ServiceAccount\/.*\/stranger: Google token .*: the account is not trusted/,
    ],
    ['azure-kv', 'other-assertion', as('stranger'), /ServiceAccount\/.*\/stranger: Azure client '.*': invalid_client/],
    ['gcp-kms', 'no-federation', as('plain'), /metadata of the GKE cluster: .*annotate the ServiceAccount/],
    ['azure-kv', 'no-client', as('plain'), /plain: annotation azure.workload.identity\/tenant-id is missing/],
    ['aws-kms', 'no-role', as('plain'), /plain: annotation eks.amazonaws.com\/role-arn/],
    ['vault', 'no-account', as('missing'), /ServiceAccount\/.*\/missing does not exist/],
  ] as const)('%s does not open %s, and says why without a token', async (file, name, spec, words) => {
    await scene.deploy(name, { 'a.yaml': encrypted(file, name) }, spec)
    const failed = await scene.untilFailed(name, 'BuildFailed')
    const message = getCondition(failed, 'Ready')?.message ?? ''
    expect(message).toMatch(words)
    expect(`${message}${scene.log.join('')}`).not.toMatch(
      /eyJ|hvs\.|user-secret-access-key|role-session-token|ya29\.|aad:|~secret/,
    )
  })

  it('a Vault that the list does not name gets no token', async () => {
    const text = encrypted('vault', 'elsewhere').replace(vault.url, 'http://127.0.0.1:1')
    await scene.deploy('elsewhere', { 'a.yaml': text }, as('decryptor'))
    const words = /Vault address 'http:\/\/127.0.0.1:1': not in the list of --sops-vault-configmap/
    await expect(scene.untilFailed('elsewhere', 'BuildFailed', words)).resolves.toBeDefined()
  })
})

/** The samples of the token cache's metrics that hold the text. */
async function samples(text: string): Promise<string[]> {
  const lines = scene.log.map((line) => JSON.parse(line) as { msg?: string; address?: string })
  const serving = lines.find(({ msg }) => msg === 'serving metrics')
  const all = await (await fetch(`http://${serving?.address}/metrics`)).text()
  return all.split('\n').filter((line) => line.startsWith('gotk_token_') && line.includes(text))
}

it('counts what its tokens are asked for, until the object is gone', async () => {
  const files = (value: string) => ({
    'a.yaml': encrypted('aws-kms', 'counted'),
    'b.yaml': configMap('beside', { value }),
  })
  await scene.deploy('counted', files('one'), as('decryptor'))
  await scene.untilReady('counted')
  const asked = await samples('name="counted"')
  expect(asked[0]).toMatch(/event_type="cache_(?:hit|miss)",kind="Kustomization",.*operation="decrypt_with_aws"/)
  await scene.untilReady('counted', await scene.publish(files('two'), { source: 'counted' }))
  const hits = await samples('name="counted"')
  expect(hits.find((line) => line.includes('event_type="cache_hit"'))).toBeDefined()
  expect(await samples('gotk_token_cached_items ')).toHaveLength(1)
  await scene.delete('counted')
  await scene.untilGone(scene.object('Secret', 'counted'))
  await eventually(async () => expect(await samples('name="counted"')).toEqual([]))
})
