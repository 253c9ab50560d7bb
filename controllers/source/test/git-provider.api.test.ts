// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GitRepositorySpec } from '@tidelock/api'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { format: 'pem', type: 'pkcs1' },
  publicKeyEncoding: { format: 'pem', type: 'spki' },
})
const token = 'ghs_0123456789abcdef'
const asked: string[] = []
let scene: Scene
let url: string
let api: Server
let baseUrl: string

beforeAll(async () => {
  scene = await Scene.open({ git: { auth: { username: 'x-access-token', password: token } } })
  url = (await scene.git.create('app', { 'a.txt': 'a' })).url
  api = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const known = request.url === '/app/installations/77/access_tokens'
    const expires = new Date(Date.now() + 3_600_000).toISOString()
    response.writeHead(known ? 201 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(known ? { token, expires_at: expires } : { message: 'Integration not found' }))
  })
  await new Promise<void>((resolve) => {
    api.listen(0, '127.0.0.1', resolve)
  })
  baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  api.close()
  api.closeAllConnections()
})

const app = (installation = '77'): Record<string, string> => ({
  githubAppID: '42',
  githubAppPrivateKey: privateKey,
  githubAppInstallationID: installation,
  githubAppBaseURL: baseUrl,
})

async function create(
  name: string,
  spec: Partial<GitRepositorySpec>,
  stringData?: Record<string, string>,
): Promise<void> {
  const { namespace, client } = scene
  if (stringData !== undefined)
    await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })
  await scene.create(name, { url, ...(stringData === undefined ? {} : { secretRef: { name } }), ...spec })
}

/** The message of the failure, which conditions and event agree on; neither shows a secret. */
async function failure(name: string, reason: string): Promise<string> {
  const obj = await scene.untilFailed(name, reason)
  const { message } = await scene.untilEvent(name, reason)
  expect(conditionsOf(obj)['FetchFailed']).toEqual(['True', reason, message])
  const shown = [...scene.log, JSON.stringify([obj.status, scene.receiver.events])].join('\n')
  for (const secret of [token, 'PRIVATE KEY']) expect(shown).not.toContain(secret)
  return message
}

describe('provider: github', () => {
  it('fetches with a token of the App, which is kept', async () => {
    await create('github', { provider: 'github' }, app())
    expect(await downloadArtifact(artifactOf(await scene.untilReady('github')))).toEqual({ 'a.txt': 'a' })
    await scene.reconcile('github')
    expect(asked.filter((line) => line.includes('/77/'))).toEqual(['POST /app/installations/77/access_tokens'])
  })

  it('says what GitHub says', async () => {
    await create('refused', { provider: 'github' }, app('78'))
    expect(await failure('refused', 'AuthenticationFailed')).toMatch(
      /^failed to configure authentication options: GitHub App '42': .*Integration not found/,
    )
  })

  it('needs a Secret: without any it stalls until the object is mended', async () => {
    await create('none', { provider: 'github' })
    const message = 'secretRef with github app data must be specified when provider is set to github'
    expect(await failure('none', 'InvalidProviderConfiguration')).toBe(message)
    expect(conditionsOf(await scene.get('none'))['Stalled']).toEqual(['True', 'InvalidProviderConfiguration', message])
    await scene.client.create({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mended', namespace: scene.namespace } },
      stringData: app(),
    })
    await scene.patch('none', { spec: { secretRef: { name: 'mended' } } })
    await scene.untilReady('none')
  })

  it.each<[string, Record<string, string>, string]>([
    ['no-key', { githubAppPrivateKey: '' }, "key 'githubAppPrivateKey' not found"],
    ['two-ways', { githubAppInstallationOwner: 'acme' }, 'exactly one of'],
  ])('names the key of the Secret that is wrong: %s', async (name, changed, words) => {
    await create(name, { provider: 'github' }, { ...app(), ...changed })
    const message = await failure(name, 'InvalidProviderConfiguration')
    expect(message).toContain(words)
    expect(message).toContain(`secret '${scene.namespace}/${name}'`)
  })
})

describe('the providers of clouds', () => {
  it.each([
    ['azure', 'is no repository of Azure DevOps'],
    ['aws', 'is no repository of AWS CodeCommit'],
  ] as const)('give no credentials to other hosts: %s', async (provider, words) => {
    await create(provider, { provider })
    expect(await failure(provider, 'AuthenticationFailed')).toMatch(
      new RegExp(`^failed to configure authentication options: '127.0.0.1:\\d+' ${words}`),
    )
  })

  it('take a ServiceAccount only where the gate is open', async () => {
    await create('gate', { provider: 'azure', serviceAccountName: 'tenant' })
    const message = await failure('gate', 'FeatureGateDisabled')
    expect(message).toContain('please enable the ObjectLevelWorkloadIdentity feature gate in the controller')
    expect(conditionsOf(await scene.get('gate'))['Stalled']?.[1]).toBe('FeatureGateDisabled')
  })
})
