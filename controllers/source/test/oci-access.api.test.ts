// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OCIRepository } from '@tidelock/api'
import { startRegistry, ScriptedRegistry, TokenService } from '@tidelock/testkit'
import type { Registry } from '@tidelock/testkit'
import { OciScene } from './oci-scene.ts'

const password = 's3cret-pässword'
const dockerConfig = 'kubernetes.io/dockerconfigjson'
const tls = (name: string): Promise<string> =>
  readFile(new URL(`../../../libs/http/testdata/tls/${name}`, import.meta.url), 'utf8')

let tokens: TokenService
let scene: OciScene
let secure: Registry
beforeAll(async () => {
  tokens = await TokenService.start({ users: { robot: password } })
  scene = await OciScene.open({ registry: { tokens } })
  secure = await startRegistry({ tls: { cert: await tls('server.crt'), key: await tls('server.key') } })
  const credentials = { kind: 'basic', username: 'robot', password } as const
  await scene.push('org/app', 'latest', { a: '1' }, { credentials })
  const auths = { [scene.registry.host]: { username: 'robot', password } }
  await scene.createSecret('pull', { '.dockerconfigjson': JSON.stringify({ auths }) }, dockerConfig)
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await secure.stop()
  await tokens[Symbol.asyncDispose]()
})

const failure = /^failed to get credential: /

describe('credentials', () => {
  it('come from the pull secret', async () => {
    await scene.create('secret', { url: scene.url('org/app'), secretRef: { name: 'pull' } })
    expect((await scene.untilReady('secret')).status?.artifact?.revision).toMatch(/^latest@sha256:/)
  })

  it('come from the pull secrets of the ServiceAccount', async () => {
    const { client, namespace } = scene.scene
    const imagePullSecrets = [{ name: 'pull' }]
    await client.create({
      ...{ apiVersion: 'v1', kind: 'ServiceAccount', imagePullSecrets },
      metadata: { name: 'puller', namespace },
    })
    await scene.create('account', { url: scene.url('org/app'), serviceAccountName: 'puller' })
    expect((await scene.untilReady('account')).status?.artifact?.revision).toMatch(/^latest@sha256:/)
  })

  it('that are missing are told as the registry tells it', async () => {
    await scene.create('nobody', { url: scene.url('org/app') })
    const message = await scene.untilFailed('nobody', 'OCIArtifactPullFailed')
    expect(message).toMatch(/^failed to determine artifact digest: GET .*: UNAUTHORIZED: authentication required$/)
  })

  it('that are wrong are told without them', async () => {
    const auths = { [scene.registry.host]: { username: 'robot', password: 'hunter2' } }
    await scene.createSecret('wrong', { '.dockerconfigjson': JSON.stringify({ auths }) }, dockerConfig)
    await scene.create('wrong', { url: scene.url('org/app'), secretRef: { name: 'wrong' } })
    const message = await scene.untilFailed('wrong', 'OCIArtifactPullFailed')
    expect(message).toMatch(/UNAUTHORIZED: incorrect username or password$/)
    expect(scene.scene.log.join('')).not.toContain('hunter2')
    expect(scene.scene.log.join('')).not.toContain(password)
  })

  it.each<[string, Partial<OCIRepository['spec']>, RegExp]>([
    ['no Secret', { secretRef: { name: 'gone' } }, /failed to get secret '.*\/gone'/],
    ['no ServiceAccount', { serviceAccountName: 'gone' }, /serviceaccount '.*\/gone' not found/],
  ])('with %s are asked for again', async (what, spec, message) => {
    const name = what.replace(/[^a-z]+/gi, '-').toLowerCase()
    await scene.create(name, { url: scene.url('org/app'), ...spec })
    const told = await scene.untilFailed(name, 'AuthenticationFailed')
    expect(told).toMatch(failure)
    expect(told).toMatch(message)
  })

  it('of a cloud are for its own registries only', async () => {
    await scene.create('cloud', { url: scene.url('org/app'), provider: 'aws' })
    const message = await scene.untilFailed('cloud', 'AuthenticationFailed')
    expect(message).toMatch(/^failed to get credential from aws: invalid AWS registry: '127\.0\.0\.1:\d+'/)
  })

  it('of an object of its own need the feature gate', async () => {
    const { client, namespace } = scene.scene
    await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tenant', namespace } })
    await scene.create('gate', { url: scene.url('org/app'), provider: 'gcp', serviceAccountName: 'tenant' })
    expect(await scene.untilFailed('gate', 'FeatureGateDisabled')).toBe(
      'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller',
    )
  })
})

describe('a registry over TLS', () => {
  it('is trusted by certSecretRef, or without a look by insecure', async () => {
    await scene.createSecret('authority', { 'ca.crt': await tls('ca.crt') })
    await scene.pushTo(secure, { ca: await tls('ca.crt') }, 'org/app', 'latest', { a: '1' })
    const url = `oci://${secure.host}/org/app`
    await scene.create('stranger', { url })
    expect(await scene.untilFailed('stranger', 'OCIArtifactPullFailed')).toMatch(/TLS failed/)
    await scene.create('trusted', { url, certSecretRef: { name: 'authority' } })
    await scene.untilReady('trusted')
    await scene.create('insecure', { url, insecure: true })
    await scene.untilReady('insecure')
  })

  it('with half a certificate in certSecretRef is not asked', async () => {
    await scene.createSecret('half', { 'tls.crt': await tls('client.crt') })
    await scene.create('half', { url: scene.url('org/app'), certSecretRef: { name: 'half' } })
    expect(await scene.untilFailed('half', 'AuthenticationFailed')).toMatch(
      /^failed to generate transport for 'oci:.*': secret '.*\/half' contains 'tls\.crt' but not 'tls\.key'/,
    )
  })
})

describe('a proxy', () => {
  it('is gone through', async () => {
    await using open = await startRegistry()
    await scene.pushTo(open, {}, 'org/app', 'latest', { a: '1' })
    await using proxy = await ScriptedRegistry.start(async ({ url, method, headers }, response) => {
      const { accept = '*/*' } = headers
      const answer = await fetch(url.replace('registry.internal', open.host), { method, headers: { accept } })
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
    })
    await scene.createSecret('proxy', { address: proxy.url })
    await scene.create('proxied', {
      url: 'oci://registry.internal/org/app',
      insecure: true,
      proxySecretRef: { name: 'proxy' },
    })
    await scene.untilReady('proxied')
    expect(proxy.requests.some(({ url }) => url.startsWith('http://registry.internal/v2/org/app/'))).toBe(true)
  })

  it('without an address is told', async () => {
    await scene.createSecret('empty-proxy', {})
    await scene.create('no-address', { url: scene.url('org/app'), proxySecretRef: { name: 'empty-proxy' } })
    expect(await scene.untilFailed('no-address', 'AuthenticationFailed')).toMatch(
      /^failed to get proxy address: secret '.*\/empty-proxy': key 'address' not found$/,
    )
  })
})

it('a registry that does not answer is given up after spec.timeout', async () => {
  await using silent = await ScriptedRegistry.start(() => undefined)
  await scene.create('silent', { url: `oci://${silent.host}/org/app`, timeout: '1s' })
  expect(await scene.untilFailed('silent', 'OCIArtifactPullFailed')).toMatch(/timed out after 1s/)
})

it('an artifact that cannot be verified is not taken', async () => {
  const verify = { provider: 'cosign' as const, secretRef: { name: 'keys' } }
  await scene.create('unverified', { url: scene.url('org/app'), secretRef: { name: 'pull' }, verify })
  await scene.untilFailed('unverified', 'VerificationError')
  const { status } = await scene.until('unverified', () => true)
  expect(status?.artifact).toBeUndefined()
})
