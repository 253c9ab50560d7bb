// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import { putKeys, putSecret, secretData, sops, vectorText } from './decryption.ts'
import { manifest, Scene } from './harness.ts'

/** The encrypted Secret `app` of the vectors under another name, which only its MAC tells. */
function altered(name: string): string {
  return vectorText('encrypted/secret.yaml').replace('name: app', `name: ${name}`)
}

const generator =
  'generatorOptions: {disableNameSuffixHash: true}\nsecretGenerator:\n- name: gen\n  files: [token.txt]\n'

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  }
}

describe('--sops-age-secret', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open({ flags: ['--sops-age-secret=fallback'] })
    await putKeys(scene, 'fallback', 'one.agekey', 'pgp.asc')
    await putKeys(scene, 'own', 'two.agekey')
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  it('gives age identities, and those alone, to objects that name no Secret', async () => {
    const revision = await scene.deploy('age', { 'a.yaml': altered('age') }, sops())
    await scene.untilReady('age', revision)
    expect(String((await secretData(scene, 'age'))['token'])).toBe('s3cret-token')
    await scene.deploy('pgp', { 'a.yaml': vectorText('encrypted/secret-pgp.yaml') }, sops())
    const failed = await scene.untilFailed('pgp', 'BuildFailed')
    expect(getCondition(failed, 'Ready')?.message).toMatch(/there is no OpenPGP private key/)
  })
  it('is not looked at where the object names one', async () => {
    await scene.deploy('named', { 'a.yaml': altered('named') }, sops('own'))
    const failed = await scene.untilFailed('named', 'BuildFailed')
    expect(getCondition(failed, 'Ready')?.message).toMatch(/none of the 1 age identities is of this recipient/)
  })
  it('follows a change of the Secret in the next run', async () => {
    const revision = await scene.deploy('next', { 'a.yaml': altered('next') }, sops())
    await scene.untilReady('next', revision)
    await putSecret(scene, 'fallback', { 'one.agekey': vectorText('keys/two.agekey') })
    await scene.reconcile('next')
    const failed = await scene.untilFailed('next', 'BuildFailed')
    expect(getCondition(failed, 'Ready')?.message).toMatch(/no key opens the data key/)
    await putSecret(scene, 'fallback', { 'one.agekey': vectorText('keys/one.agekey') })
  })
  it('leaves nothing in plain on the disk', async () => {
    const files = { 'kustomization.yaml': generator, 'token.txt': vectorText('encrypted/token.txt') }
    const revision = await scene.deploy('disk', files, sops())
    await scene.untilReady('disk', revision)
    expect(String((await secretData(scene, 'gen'))['token.txt'])).toBe('just a token')
    const found: string[] = []
    for (const entry of await readdir(scene.directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      // an event that was told meanwhile has left the spool
      const content = entry.isFile() ? await readIfThere(path) : ''
      if (content.includes('just a token')) found.push(path)
    }
    expect(found).toEqual([])
  })
})

describe('--sops-verify-mac', () => {
  const change = (name: string): string => altered(name).replace('app: web', 'app: bew')
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open({ flags: ['--sops-verify-mac=fail'] })
    await putKeys(scene, 'keys', 'one.agekey')
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  it('lets what is unchanged pass, whatever the build adds to it', async () => {
    const files = {
      'kustomization.yaml': 'commonLabels: {added: by-the-build}\nresources: [a.yaml]\n',
      'a.yaml': vectorText('encrypted/secret.yaml'),
    }
    const revision = await scene.deploy('same', files, { ...sops('keys'), namePrefix: 'my-' })
    await scene.untilReady('same', revision)
    expect(String((await secretData(scene, 'my-app'))['token'])).toBe('s3cret-token')
  })
  it('refuses a document, a generated value and a patch that were changed without sops, by file', async () => {
    await scene.deploy('document', { 'sub/a.yaml': change('document') }, sops('keys'))
    const document = await scene.untilFailed('document', 'BuildFailed')
    expect(getCondition(document, 'Ready')?.message).toMatch(
      /file 'sub\/a.yaml' does not match its MAC: it was changed without sops/,
    )
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'app' }, stringData: { open: 'yes' } }
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\npatches:\n- path: patch.yaml\n',
      'a.yaml': manifest(secret),
      'patch.yaml': change('app'),
    }
    await scene.deploy('patch', files, sops('keys'))
    const patch = await scene.untilFailed('patch', 'BuildFailed')
    expect(getCondition(patch, 'Ready')?.message).toMatch(/file 'patch.yaml' does not match its MAC/)
    const data = { 'a.yaml': Buffer.from(change('inside')).toString('base64') }
    const value = manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'value' }, data })
    await scene.deploy('value', { 'b.yaml': value }, sops('keys'))
    const inside = await scene.untilFailed('value', 'BuildFailed')
    expect(getCondition(inside, 'Ready')?.message).toMatch(/key 'a.yaml' of Secret\/.*value does not match its MAC/)
  })
  it('refuses a document whose file nobody could verify', async () => {
    const text = altered('flow').replace(/mac: (ENC\[.*\])/, '"mac" : "$1"')
    await scene.deploy('flow', { 'a.yaml': text }, sops('keys'))
    const failed = await scene.untilFailed('flow', 'BuildFailed')
    expect(getCondition(failed, 'Ready')?.message).toMatch(
      /does not come from a file of the source whose MAC could be verified/,
    )
  })
  it('warns by event and applies, where told to', async () => {
    await scene.stopController()
    scene.startController({ flags: ['--sops-verify-mac=warn'] })
    const revision = await scene.deploy('warned', { 'a.yaml': change('warned') }, sops('keys'))
    await scene.untilReady('warned', revision)
    await scene.untilEvent('warned', 'MacMismatch', /file 'a.yaml' does not match its MAC/)
    expect(String((await secretData(scene, 'warned'))['token'])).toBe('s3cret-token')
  })
})

describe('keys at Vault', () => {
  it('are asked for with the token of the key Secret, before that of the environment', async () => {
    const tokens: unknown[] = []
    const plaintext = Buffer.alloc(32, 7).toString('base64')
    const server = createServer((request, response) => {
      tokens.push(request.headers['x-vault-token'])
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ data: { plaintext } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using scene = await Scene.open({ env: { VAULT_TOKEN: 'of-the-environment' } })
    await putSecret(scene, 'vault', { 'sops.vault-token': 'of-the-secret\n' })
    const metadata = {
      lastmodified: '2024-01-01T00:00:00Z',
      mac: 'ENC[none]',
      version: '3.13.3',
      encrypted_regex: '^none$',
    }
    const hc_vault = [
      {
        vault_address: address,
        engine_path: 'sops',
        key_name: 'k',
        created_at: '2024-01-01T00:00:00Z',
        enc: 'vault:v1:x',
      },
    ]
    const secret = (name: string): string =>
      manifest({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name },
        stringData: { a: 'b' },
        sops: { ...metadata, hc_vault },
      })
    try {
      await scene.untilReady('own', await scene.deploy('own', { 'a.yaml': secret('own') }, sops('vault')))
      await scene.untilReady('env', await scene.deploy('env', { 'a.yaml': secret('env') }, sops()))
      expect(tokens).toEqual(['of-the-secret', 'of-the-environment'])
      expect(String((await secretData(scene, 'own'))['a'])).toBe('b')
    } finally {
      server.close()
    }
  })
})
