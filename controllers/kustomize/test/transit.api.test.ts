// SPDX-License-Identifier: Apache-2.0
// Against the transit engine of a real OpenBao (or Vault), where its command is found; everything else is tested without it.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { KustomizationSpec } from '@tidelock/api'
import { testCluster } from '@tidelock/testkit'
import { putSecret, secretData, sops } from './decryption.ts'
import { Scene } from './harness.ts'
import { findTransitCommand, toPem, TransitServer } from './transit-server.ts'

const command = findTransitCommand()
const whereFound = command === undefined ? describe.skip : describe
// Vault has namespaces in its paid edition only
const isBao = command !== undefined && /OpenBao/.test(execFileSync(command, ['version'], { encoding: 'utf8' }))
const whereNamespaces = isBao ? describe : describe.skip
const team = isBao ? 'team' : ''
const plain = 'correct horse battery staple'
const file = readFileSync(join(import.meta.dirname, '../testdata/cloud-keys/vault.yaml'), 'utf8')
// the stand-in that sops asked put this before the data key
const sealed = Buffer.from(/enc: vault:v1:(\S+)/.exec(file)?.[1] ?? '', 'base64')
const dataKey = sealed.subarray('sealed'.length).toString('base64')

whereFound('files whose data key a real transit engine encrypted', () => {
  let server: TransitServer
  let scene: Scene

  beforeAll(async () => {
    const { client } = await testCluster()
    const namespace = `transit-${randomBytes(4).toString('hex')}`
    server = await TransitServer.start(command ?? '')
    if (isBao) await server.ask('PUT', 'sys/namespaces/team')
    await prepare(team)
    scene = await Scene.open({
      namespace,
      env: { VAULT_CACERT: server.caFile, ...(isBao ? { VAULT_NAMESPACE: team } : {}) },
      flags: ['--feature-gates=ObjectLevelWorkloadIdentity=true', '--sops-vault-configmap=vault-servers'],
    })
    await client.create({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vault-servers', namespace } },
      data: { 'config.yaml': `instances:\n- address: ${server.url}\n  loginPath: auth/jwt/login\n` },
    })
    for (const name of ['decryptor', 'stranger']) {
      await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
    }
    const { body } = await client.raw({
      ...{ method: 'GET', path: '/openid/v1/jwks' },
      headers: { accept: 'application/jwk-set+json' },
    })
    await letIn(toPem((JSON.parse(body) as { keys: webcrypto.JsonWebKey[] }).keys), namespace)
    await putSecret(scene, 'good', { 'sops.vault-token': `${await tokenOf('decrypt')}\n` })
    await putSecret(scene, 'powerless', { 'sops.vault-token': await tokenOf('default') })
    await putSecret(scene, 'wrong', { 'sops.vault-token': 'hvs.nobody-gave-this-one' })
  })
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const ask = (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> =>
    server.ask(method, path, body, team)

  async function prepare(namespace: string): Promise<void> {
    await server.ask('PUT', 'sys/mounts/transit', { type: 'transit' }, namespace)
    await server.ask('PUT', 'transit/keys/main', {}, namespace)
    const rule = (path: string) => `path "${path}transit/decrypt/main" { capabilities = ["update"] }\n`
    await server.ask('PUT', 'sys/policies/acl/decrypt', { policy: `${rule('')}${rule('inner/')}` }, namespace)
  }

  /** The log-in of ServiceAccounts by the public keys of the cluster, for one of them. */
  async function letIn(keys: readonly string[], namespace: string): Promise<void> {
    await ask('PUT', 'sys/auth/jwt', { type: 'jwt' })
    await ask('PUT', 'auth/jwt/config', { jwt_validation_pubkeys: keys })
    await ask('PUT', `auth/jwt/role/${namespace}_decryptor`, {
      ...{ role_type: 'jwt', user_claim: 'sub', bound_audiences: [server.url], token_policies: ['decrypt'] },
      bound_subject: `system:serviceaccount:${namespace}:decryptor`,
    })
  }

  async function tokenOf(policy: string): Promise<string> {
    const { auth } = await ask('PUT', 'auth/token/create', { policies: [policy], ttl: '1h' })
    return (auth as { client_token: string }).client_token
  }

  /** The file of sops, its data key encrypted by the newest version of the key. */
  async function encrypted(name: string, engine = 'transit', namespace = team): Promise<string> {
    const { data } = await server.ask('PUT', 'transit/encrypt/main', { plaintext: dataKey }, namespace)
    return file
      .replace('name: vault', `name: ${name}`)
      .replace(/vault:v1:\S+/, (data as { ciphertext: string }).ciphertext)
      .replace('engine_path: sops/team', `engine_path: ${engine}`)
      .replace('http://127.0.0.1:18210', server.url)
  }

  const as = (serviceAccountName: string): Pick<KustomizationSpec, 'decryption'> => ({
    decryption: { provider: 'sops', serviceAccountName },
  })

  /** What the file holds once it is applied. */
  async function opened(name: string, text: string, spec: Pick<KustomizationSpec, 'decryption'>): Promise<string> {
    await scene.deploy(name, { 'a.yaml': text }, spec)
    await scene.untilReady(name)
    return String((await secretData(scene, name))['password'])
  }

  /** Why the file stays closed, with no token in what is said. */
  async function closed(name: string, text: string, spec: Pick<KustomizationSpec, 'decryption'>): Promise<string> {
    await scene.deploy(name, { 'a.yaml': text }, spec)
    const failed = await scene.untilFailed(name, 'BuildFailed')
    const message = getCondition(failed, 'Ready')?.message ?? ''
    expect(`${message}${scene.log.join('')}`).not.toMatch(/eyJ|hvs\.|s\.[A-Za-z0-9]{20}/)
    return message
  }

  it('are opened with the token of the key Secret', async () => {
    expect(await opened('by-token', await encrypted('by-token'), sops('good'))).toBe(plain)
  })

  it('are opened after the key was rotated, the old as the new, until old versions are given up', async () => {
    const old = await encrypted('old')
    await ask('PUT', 'transit/keys/main/rotate')
    const newer = await encrypted('newer')
    expect([/vault:v\d+/.exec(old)?.[0], /vault:v\d+/.exec(newer)?.[0]]).toEqual(['vault:v1', 'vault:v2'])
    expect(await opened('old', old, sops('good'))).toBe(plain)
    expect(await opened('newer', newer, sops('good'))).toBe(plain)
    await ask('PUT', 'transit/keys/main/config', { min_decryption_version: 2 })
    const given = old.replace('name: old', 'name: given-up')
    expect(await closed('given-up', given, sops('good'))).toMatch(
      /ciphertext or signature version is disallowed by policy/,
    )
  })

  it.each([
    ['wrong', 'wrong', /Vault key 'https:\S+\/v1\/transit\/keys\/main': .*(?:permission denied|invalid token)/],
    ['powerless', 'powerless', /Vault key 'https:\S+\/v1\/transit\/keys\/main': .*permission denied/],
  ])('stay closed to the token of Secret %s', async (name, secret, words) => {
    expect(await closed(name, await encrypted(name), sops(secret))).toMatch(words)
  })

  it('stay closed when the ciphertext was changed', async () => {
    const text = (await encrypted('forged')).replace(/(enc: vault:v\d+:)./, '$1A')
    expect(await closed('forged', text, sops('good'))).toMatch(/Vault key 'https:\S+': .*/)
  })

  it('are opened with the log-in of a ServiceAccount, again after its token was revoked', async () => {
    const text = await encrypted('by-login')
    expect(await opened('by-login', text, as('decryptor'))).toBe(plain)
    await ask('PUT', 'sys/leases/revoke-prefix/auth/jwt/login', { sync: true })
    const again = (await encrypted('by-login')).replace('metadata:', 'metadata:\n    labels: {again: "true"}')
    const revision = await scene.publish({ 'a.yaml': again }, { source: 'by-login' })
    await expect(scene.untilReady('by-login', revision)).resolves.toBeDefined()
  })

  it('stay closed to another ServiceAccount', async () => {
    const words = /log-in at 'auth\/jwt\/login' as role '.*_stranger': .*role .* could not be found/
    expect(await closed('by-stranger', await encrypted('by-stranger'), as('stranger'))).toMatch(words)
  })

  whereNamespaces('with namespaces', () => {
    it('are opened by the engine of a namespace within that of VAULT_NAMESPACE', async () => {
      await ask('PUT', 'sys/namespaces/inner')
      await prepare('team/inner')
      const text = await encrypted('inner', 'inner/transit', 'team/inner')
      expect(await opened('inner', text, sops('good'))).toBe(plain)
    })
  })
})
