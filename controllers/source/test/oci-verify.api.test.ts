// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { OCIRepository, OCIRepositorySpec } from '@tidelock/api'
import { OciScene } from './oci-scene.ts'
import { firstRoot, startSigstoreMirror } from './sigstore-mirror.ts'
import type { SigstoreMirror } from './sigstore-mirror.ts'

type Verify = NonNullable<OCIRepositorySpec['verify']>

let scene: OciScene
let mirror: SigstoreMirror
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sigstore-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'root.json'), firstRoot)
  mirror = stack.use(await startSigstoreMirror())
  const flags = [`--sigstore-mirror=${mirror.url}`, `--sigstore-root-json=${join(directory, 'root.json')}`]
  scene = stack.use(await OciScene.open({ flags }))
})
afterAll(() => stack.disposeAsync())

/** All dumps hold the same artifact: see libs/verify/testdata/README.md. */
const digest = 'sha256:e89d19afcb667408473d78f0de2a75581c09d8290d943a973186107726a3f8b1'
const revision = `v1@${digest}`
const testdata = (name: string): string =>
  readFileSync(new URL(`../../../libs/verify/testdata/${name}`, import.meta.url), 'utf8')

interface Dump {
  readonly tags: Record<string, string>
  readonly manifests: Record<string, { mediaType: string; content: string }>
  readonly blobs: Record<string, string>
}

/** Puts what a real tool left in a registry into a repository of the scene's. */
async function load(dump: string, repository: string): Promise<string> {
  const { tags, manifests, blobs } = JSON.parse(testdata(dump)) as Dump
  await scene.pushContent(repository, {
    blobs: Object.values(blobs).map((content) => Buffer.from(content, 'base64')),
    manifests: Object.entries(manifests)
      .toSorted(
        ([, { mediaType: a }], [, { mediaType: b }]) => Number(a.includes('index')) - Number(b.includes('index')),
      )
      .map(([named, { mediaType, content }]) => ({
        mediaType,
        bytes: Buffer.from(content, 'base64'),
        references: [named, ...Object.keys(tags).filter((tag) => tags[tag] === named)],
      })),
  })
  return scene.url(repository)
}

async function create(name: string, dump: string, verify: Verify): Promise<void> {
  await scene.create(name, { url: await load(dump, `org/${name}`), ref: { tag: 'v1' }, verify })
}

const verifiedOf = (obj: OCIRepository): unknown[] => {
  const condition = getCondition(obj, 'SourceVerified')
  return [condition?.status, condition?.reason, condition?.message]
}

const keys = (name: string): Verify => ({ provider: 'cosign', secretRef: { name } })
const policy = (level: string, identity: string): string =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'all',
        registryScopes: ['*'],
        signatureVerification: { level },
        trustStores: ['ca:any'],
        trustedIdentities: [identity],
      },
    ],
  })

describe('an artifact signed with cosign', () => {
  it.each([
    ['bundles', 'cosign/cosign-bundles.json'],
    ['layers', 'cosign/cosign-layers-v2.json'],
  ])('is verified by one of the keys of a Secret, signed as %s', async (name, dump) => {
    await scene.createSecret(`keys-${name}`, {
      'a.pub': testdata('cosign/other.pub'),
      'b.pub': testdata('cosign/ecdsa.pub'),
      'readme.txt': 'no key',
    })
    await create(name, dump, keys(`keys-${name}`))
    const obj = await scene.untilReady(name, revision)
    expect(verifiedOf(obj)).toEqual(['True', 'Succeeded', `verified signature of revision ${revision}`])
    expect(await scene.files(obj.status?.artifact)).toEqual({ 'cm.yaml': expect.stringContaining('kind: ConfigMap') })
  })

  it('is refused by other keys, and taken once the right one is there', async () => {
    await scene.createSecret('wrong', { 'cosign.pub': testdata('cosign/other.pub') })
    await create('refused', 'cosign/cosign-bundles.json', keys('wrong'))
    const message = await scene.untilFailed('refused', 'VerificationError')
    const name = `${scene.registry.host}/org/refused@${digest}`
    expect(message).toBe(
      `failed to verify the signature using provider 'cosign': no matching signatures were found for '${name}': no matching signatures: none of the public keys made the signature`,
    )
    const event = await scene.scene.untilEvent('refused', 'VerificationError')
    expect(event).toMatchObject({ type: 'Warning', message })
    await scene.createSecret('right', { 'cosign.pub': testdata('cosign/ecdsa.pub') })
    await scene.patch('refused', { spec: { verify: { secretRef: { name: 'right' } } } })
    expect(verifiedOf(await scene.untilReady('refused', revision))[0]).toBe('True')
  })

  it('is verified anew when the object changes, and what is stored stays when that fails', async () => {
    await scene.createSecret('good', { 'cosign.pub': testdata('cosign/ecdsa.pub') })
    await create('again', 'cosign/cosign-bundles.json', keys('good'))
    const before = await scene.untilReady('again', revision)
    await scene.createSecret('none', { 'readme.txt': 'no key' })
    await scene.patch('again', { spec: { verify: { secretRef: { name: 'none' } } } })
    expect(await scene.untilFailed('again', 'VerificationError')).toContain("no public keys found in secret '")
    const failed = await scene.reconcile('again')
    expect(verifiedOf(failed).slice(0, 2)).toEqual(['False', 'VerificationError'])
    expect(failed.status?.artifact).toEqual(before.status?.artifact)
    await scene.patch('again', { spec: { verify: null } })
    expect(verifiedOf(await scene.untilReady('again', revision))).toEqual([undefined, undefined, undefined])
  })

  it('is not verified again while neither it nor the object changes', async () => {
    await scene.createSecret('once', { 'cosign.pub': testdata('cosign/ecdsa.pub') })
    await create('unchanged', 'cosign/cosign-bundles.json', keys('once'))
    const before = await scene.untilReady('unchanged', revision)
    expect(getCondition(before, 'SourceVerified')?.observedGeneration).toBe(before.metadata.generation)
    const { client, namespace } = scene.scene
    await client.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'once' })
    const after = await scene.reconcile('unchanged')
    expect(getCondition(after, 'Ready')?.status).toBe('True')
    expect(verifiedOf(after)).toEqual(verifiedOf(before))
  })

  it('is kept when its tag moves to one that nobody signed', async () => {
    await scene.createSecret('mover', { 'cosign.pub': testdata('cosign/ecdsa.pub') })
    await create('moves', 'cosign/cosign-bundles.json', keys('mover'))
    const before = await scene.untilReady('moves', revision)
    await scene.push('org/moves', 'v1', { 'evil.yaml': 'kind: Evil\n' })
    const failed = await scene.reconcile('moves')
    expect(getCondition(failed, 'Ready')).toMatchObject({ status: 'False', reason: 'VerificationError' })
    expect(getCondition(failed, 'Ready')?.message).toMatch(
      /no matching signatures were found for '.*': no signatures found$/,
    )
    expect(failed.status?.artifact).toEqual(before.status?.artifact)
  })

  it('is verified without keys by a trusted root and the identity of its signer', async () => {
    await scene.createSecret('root', { 'trusted_root.json': testdata('cosign/trusted_root.json') })
    const match = (subject: string): Verify => ({
      provider: 'cosign',
      trustedRootSecretRef: { name: 'root' },
      matchOIDCIdentity: [{ issuer: '^https://issuer\\.example\\.com$', subject }],
    })
    await create('keyless', 'cosign/cosign-keyless-bundle.json', match('^https://ci\\.example\\.com/apps/.*$'))
    await create('keyless-layer', 'cosign/cosign-keyless-layer.json', match('podinfo$'))
    await create('stranger', 'cosign/cosign-keyless-bundle.json', match('^https://ci\\.example\\.com/other$'))
    for (const name of ['keyless', 'keyless-layer'])
      expect(verifiedOf(await scene.untilReady(name, revision))[0]).toBe('True')
    expect(await scene.untilFailed('stranger', 'VerificationError')).toBe(
      "failed to verify the signature using provider 'cosign keyless': no matching signatures: none of the expected identities matched the signer 'https://ci.example.com/apps/podinfo' of the issuer 'https://issuer.example.com'",
    )
  })

  it('is verified without keys by the root of a TUF repository where the object names none', async () => {
    const match = (subject: string): Verify => ({
      provider: 'cosign',
      matchOIDCIdentity: [{ issuer: '^https://issuer\\.example\\.com$', subject }],
    })
    await create('public', 'cosign/cosign-keyless-bundle.json', match('podinfo$'))
    await create('public-layer', 'cosign/cosign-keyless-layer.json', match('podinfo$'))
    await create('public-stranger', 'cosign/cosign-keyless-bundle.json', match('other$'))
    for (const name of ['public', 'public-layer'])
      expect(verifiedOf(await scene.untilReady(name, revision))[0]).toBe('True')
    expect(await scene.untilFailed('public-stranger', 'VerificationError')).toContain('none of the expected identities')
    expect(mirror.asked.filter((path) => path === 'timestamp.json')).toHaveLength(1)
  })

  it('says what is missing to verify it without keys', async () => {
    await scene.createSecret('empty', { other: 'x' })
    await create('keyless-empty', 'cosign/cosign-keyless-bundle.json', {
      provider: 'cosign',
      trustedRootSecretRef: { name: 'empty' },
    })
    await create('malformed', 'cosign/cosign-keyless-bundle.json', {
      provider: 'cosign',
      trustedRootSecretRef: { name: 'root' },
      matchOIDCIdentity: [{ issuer: '(', subject: '.*' }],
    })
    expect(await scene.untilFailed('keyless-empty', 'VerificationError')).toContain(
      "'trusted_root.json' not found in secret '",
    )
    expect(await scene.untilFailed('malformed', 'VerificationError')).toContain('malformed issuer in identity: (')
  })
})

describe('an artifact signed with notation', () => {
  const trusted = 'x509.subject:C=US, ST=WA, O=Example\\, Inc.'
  const by = (name: string): Verify => ({ provider: 'notation', secretRef: { name } })

  it.each(['jws-ec', 'cose-rsa'])('is verified by a trust policy: %s', async (name) => {
    await scene.createSecret(`policy-${name}`, {
      'trustpolicy.json': policy('strict', trusted),
      'ca.crt': testdata('notation/root.crt'),
      'more.pem': testdata('notation/alone.crt'),
    })
    await create(name, `notation/${name}.json`, by(`policy-${name}`))
    const obj = await scene.untilReady(name, revision)
    expect(verifiedOf(obj)).toEqual(['True', 'Succeeded', `verified signature of revision ${revision}`])
  })

  it('is refused when another signed it, and passes unverified where the policy says so', async () => {
    const certificates = { 'ca.crt': testdata('notation/root.crt') }
    await scene.createSecret('other-signer', {
      'trustpolicy.json': policy('strict', `${trusted}, CN=other`),
      ...certificates,
    })
    await scene.createSecret('skip', { 'trustpolicy.json': policy('skip', trusted), ...certificates })
    await scene.createSecret('no-certificates', { 'trustpolicy.json': policy('strict', trusted) })
    await create('distrusted', 'notation/jws-ec.json', by('other-signer'))
    await create('skipped', 'notation/jws-ec.json', by('skip'))
    await create('uncertain', 'notation/jws-ec.json', by('no-certificates'))
    await create('secretless', 'notation/jws-ec.json', { provider: 'notation' })
    expect(await scene.untilFailed('distrusted', 'VerificationError')).toBe(
      "failed to verify the signature using provider 'notation': no matching signatures: the signer 'C=US, ST=WA, O=Example, Inc., CN=signer ec' is none of the trusted identities",
    )
    expect(verifiedOf(await scene.untilReady('skipped', revision))).toEqual([undefined, undefined, undefined])
    expect(await scene.untilFailed('uncertain', 'VerificationError')).toContain("no certificates found in secret '")
    expect(await scene.untilFailed('secretless', 'VerificationError')).toContain('verification secret cannot be empty')
  })
})
