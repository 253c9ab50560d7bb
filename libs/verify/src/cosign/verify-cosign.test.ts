// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createFixtureStore, manifestOf, readFixture, testdata, type Fixture } from '../../test/fixture-store.ts'
import { parseBundle } from './bundle.ts'
import { parsePublicKey } from './public-key.ts'
import { signatureTag } from './find-signatures.ts'
import type { IdentityMatch } from './keyless.ts'
import { parseTrustedRoot } from './trusted-root.ts'
import { verifyCosign, type CosignSignature } from './verify-cosign.ts'
import type { CosignTrust } from './trust.ts'

const subject = 'https://ci.example.com/apps/podinfo'
const issuer = 'https://issuer.example.com'
const signal = new AbortController().signal

function keys(...names: readonly string[]): CosignTrust {
  return {
    kind: 'keys',
    keys: names.map((name) => ({ name: `${name}.pub`, key: parsePublicKey(name, testdata(`cosign/${name}.pub`)) })),
  }
}

function keyless(...identities: readonly (readonly [RegExp, RegExp])[]): CosignTrust {
  const matches = identities.map(([ofIssuer, ofSubject]): IdentityMatch => ({
    issuer: (value) => ofIssuer.test(value),
    subject: (value) => ofSubject.test(value),
  }))
  return { kind: 'keyless', root: parseTrustedRoot(testdata('cosign/trusted_root.json')), identities: matches }
}

async function verifyFixture(fixture: Fixture | string, trust: CosignTrust): Promise<CosignSignature> {
  const content = typeof fixture === 'string' ? readFixture(`cosign/${fixture}.json`) : fixture
  const digest = content.tags['v1'] ?? ''
  return await verifyCosign({
    digest,
    manifest: manifestOf(content, 'v1'),
    store: createFixtureStore(content),
    trust,
    signal,
  })
}

/** The fixture's signatures, moved to another artifact: what an attacker who can push does. */
function moved(name: string): Fixture {
  const fixture = readFixture(`cosign/${name}.json`)
  const digest = fixture.tags['v1'] ?? ''
  const other = `sha256:${'1'.repeat(64)}`
  const tags: Record<string, string> = { v1: other }
  for (const suffix of ['', '.sig']) {
    const from = fixture.tags[`${digest.replace(':', '-')}${suffix}`]
    if (from !== undefined) tags[`${other.replace(':', '-')}${suffix}`] = from
  }
  return {
    ...fixture,
    tags,
    manifests: {
      ...fixture.manifests,
      [other]: { mediaType: '', content: Buffer.from('{"other":true}').toString('base64') },
    },
  }
}

/** The fixture with other signatures of its payload in the older layout. */
function withLayers(fixture: Fixture, signaturesOf: (payload: Buffer) => readonly string[]): Fixture {
  const tag = signatureTag(fixture.tags['v1'] ?? '')
  const manifest = JSON.parse(manifestOf(fixture, tag).toString()) as {
    layers: { digest: string; annotations: object }[]
  }
  const [layer] = manifest.layers
  const payload = Buffer.from(fixture.blobs[layer?.digest ?? ''] ?? '', 'base64')
  const layers = signaturesOf(payload).map((signature) => ({
    ...layer,
    annotations: { 'dev.cosignproject.cosign/signature': signature },
  }))
  const content = Buffer.from(JSON.stringify({ ...manifest, layers })).toString('base64')
  return {
    ...fixture,
    tags: { ...fixture.tags, [tag]: 'other' },
    manifests: { ...fixture.manifests, other: { mediaType: '', content } },
  }
}

describe('verifyCosign with keys', () => {
  it.each(['ecdsa', 'rsa'])('holds bundles of cosign 3 by an %s key', async (key) => {
    await expect(verifyFixture('cosign-bundles', keys(key))).resolves.toEqual({
      layout: 'bundle',
      signer: `${key}.pub`,
    })
  })
  it.each(['ecdsa', 'rsa'])('holds signatures of the older layout by an %s key', async (key) => {
    await expect(verifyFixture('cosign-layers', keys(key))).resolves.toEqual({ layout: 'layer', signer: `${key}.pub` })
  })
  it.each(['cosign-bundles', 'cosign-layers'])(
    'refuses %s by an ed25519 key: cosign hashes first (ed25519ph), and neither Flux nor its own `verify` takes that',
    async (name) => {
      await expect(verifyFixture(name, keys('ed25519'))).rejects.toMatchObject({
        message: 'no matching signatures: none of the public keys made the signature',
      })
    },
  )
  it('holds a plain ed25519 signature', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const fixture = withLayers(readFixture('cosign/cosign-layers.json'), (payload) => [
      sign(null, payload, privateKey).toString('base64'),
    ])
    await expect(verifyFixture(fixture, { kind: 'keys', keys: [{ name: 'a.pub', key: publicKey }] })).resolves.toEqual({
      layout: 'layer',
      signer: 'a.pub',
    })
  })
  it('holds signatures of cosign 2, one with a log entry that is not looked at', async () => {
    await expect(verifyFixture('cosign-layers-v2', keys('ecdsa'))).resolves.toEqual({
      layout: 'layer',
      signer: 'ecdsa.pub',
    })
  })
  it('holds any attestation of the artifact, as Flux does', async () => {
    await expect(verifyFixture('cosign-attestation', keys('ecdsa'))).resolves.toEqual({
      layout: 'bundle',
      signer: 'ecdsa.pub',
    })
  })
  it('takes the first key that matches', async () => {
    await expect(verifyFixture('cosign-layers', keys('other', 'rsa', 'ecdsa'))).resolves.toMatchObject({
      signer: 'ecdsa.pub',
    })
    await expect(verifyFixture('cosign-attestation', keys('other', 'ecdsa'))).resolves.toMatchObject({
      signer: 'ecdsa.pub',
    })
  })
  it.each(['cosign-bundles', 'cosign-layers', 'cosign-layers-v2', 'cosign-attestation'])(
    'refuses %s by another key',
    async (name) => {
      await expect(verifyFixture(name, keys('other'))).rejects.toMatchObject({
        code: 'Unverified',
        message: 'no matching signatures: none of the public keys made the signature',
      })
    },
  )
  it.each(['cosign-bundles', 'cosign-layers', 'cosign-layers-v2', 'cosign-attestation'])(
    'refuses %s when moved to another artifact',
    async (name) => {
      await expect(verifyFixture(moved(name), keys('ecdsa', 'rsa', 'ed25519'))).rejects.toMatchObject({
        code: 'Unverified',
        message: 'no matching signatures: the signature is of another artifact',
      })
    },
  )
  it.each(['cosign-keyless-bundle', 'cosign-keyless-layer'])('refuses %s by a key', async (name) => {
    await expect(verifyFixture(name, keys('ecdsa'))).rejects.toMatchObject({ code: 'Unverified' })
  })
  it('says when there are no signatures', async () => {
    await expect(verifyFixture('unsigned', keys('ecdsa'))).rejects.toMatchObject({
      code: 'NoSignature',
      message: 'no signatures found',
    })
  })
})

describe('verifyCosign with too much', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const trust: CosignTrust = { kind: 'keys', keys: [{ name: 'a.pub', key: publicKey }] }

  it('finds the last of a thousand signatures, and refuses more', async () => {
    const signatures = (count: number) => (payload: Buffer) => [
      ...Array<string>(count - 1).fill('AAAA'),
      sign('sha256', payload, privateKey).toString('base64'),
    ]
    const fixture = readFixture('cosign/cosign-layers.json')
    await expect(verifyFixture(withLayers(fixture, signatures(1000)), trust)).resolves.toMatchObject({
      signer: 'a.pub',
    })
    await expect(verifyFixture(withLayers(fixture, signatures(1001)), trust)).rejects.toMatchObject({
      code: 'Unverified',
      message: 'the artifact has more than 1000 signatures',
    })
  })
  it.each(['cosign-layers', 'cosign-bundles'])('goes on when the registry has lost what %s is about', async (name) => {
    const fixture = { ...readFixture(`cosign/${name}.json`), blobs: {} }
    await expect(verifyFixture(fixture, trust)).rejects.toMatchObject({
      code: 'Unverified',
      message: expect.stringMatching(/is not in the registry, or not what its digest says/),
    })
  })
  it.each([
    ['log entries', 'tlogEntries', 33, 'has more than 32 log entries or timestamps'],
    ['bytes of a certificate', 'certificate', 1, 'has a certificate or timestamp of more than 65536 bytes'],
  ])('looks at no bundle with very many %s', (_what, field, count, message) => {
    const entry = {
      logIndex: '1',
      logId: { keyId: '' },
      kindVersion: { kind: 'dsse', version: '0.0.1' },
      inclusionProof: { checkpoint: { envelope: '' } },
    }
    const certificate = { rawBytes: Buffer.alloc(65_537).toString('base64') }
    const material = { publicKey: { hint: '' }, tlogEntries: Array.from({ length: count }, () => entry) }
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' },
      verificationMaterial: field === 'certificate' ? { certificate, tlogEntries: [] } : material,
    }
    expect(() => parseBundle(Buffer.from(JSON.stringify(bundle)))).toThrow(message)
  })
  it('reads no payload and no bundle that says to be larger than the bounds', async () => {
    for (const name of ['cosign-layers', 'cosign-bundles']) {
      const fixture = readFixture(`cosign/${name}.json`)
      const manifests = Object.fromEntries(
        Object.entries(fixture.manifests).map(([digest, manifest]) => [
          digest,
          { ...manifest, content: swollen(manifest.content) },
        ]),
      )
      await expect(verifyFixture({ ...fixture, manifests, blobs: {} }, trust)).rejects.toMatchObject({
        message: expect.stringMatching(/is larger than \d+ bytes/),
      })
    }
  })
})

/** A manifest whose layers say to be huge. */
function swollen(content: string): string {
  const manifest = JSON.parse(Buffer.from(content, 'base64').toString()) as { layers?: object[] }
  const layers = manifest.layers?.map((layer) => ({ ...layer, size: 1e12 }))
  return Buffer.from(JSON.stringify({ ...manifest, ...(layers === undefined ? {} : { layers }) })).toString('base64')
}

describe('verifyCosign without keys', () => {
  it.each([
    ['cosign-keyless-bundle', 'bundle'],
    ['cosign-keyless-layer', 'layer'],
  ])('holds %s of an expected identity', async (name, layout) => {
    await expect(verifyFixture(name, keyless([/^https:\/\/issuer\.example\.com$/, /podinfo$/]))).resolves.toEqual({
      layout,
      signer: subject,
    })
    await expect(verifyFixture(name, keyless([/nobody/, /podinfo$/], [/example/, /^https:/]))).resolves.toEqual({
      layout,
      signer: subject,
    })
    await expect(verifyFixture(name, keyless())).resolves.toEqual({ layout, signer: subject })
  })
  it.each(['cosign-keyless-bundle', 'cosign-keyless-layer'])(
    'refuses %s of an unexpected identity, naming the signer',
    async (name) => {
      const message = `no matching signatures: none of the expected identities matched the signer '${subject}' of the issuer '${issuer}'`
      await expect(verifyFixture(name, keyless([/nobody/, /podinfo$/]))).rejects.toMatchObject({
        code: 'Unverified',
        message,
      })
      await expect(verifyFixture(name, keyless([/example/, /nobody/]))).rejects.toMatchObject({
        code: 'Unverified',
        message,
      })
      await expect(verifyFixture(name, keyless([/nobody/, /podinfo$/], [/example/, /nobody/]))).rejects.toMatchObject({
        code: 'Unverified',
        message,
      })
    },
  )
  it.each(['cosign-keyless-bundle', 'cosign-keyless-layer'])(
    'refuses %s when moved to another artifact',
    async (name) => {
      await expect(verifyFixture(moved(name), keyless())).rejects.toMatchObject({
        code: 'Unverified',
        message: 'no matching signatures: the signature is of another artifact',
      })
    },
  )
  it.each(['cosign-bundles', 'cosign-layers'])('refuses %s, made by keys', async (name) => {
    await expect(verifyFixture(name, keyless())).rejects.toMatchObject({
      message: 'no matching signatures: the signature was made with a key and carries no certificate',
    })
  })
  it('refuses a signature without an entry of the log, and looks none up', async () => {
    const fixture = readFixture('cosign/cosign-keyless-layer.json')
    const tag = signatureTag(fixture.tags['v1'] ?? '')
    const manifest = manifestOf(fixture, tag)
      .toString()
      .replaceAll('dev.sigstore.cosign/bundle', 'dev.sigstore.cosign/none')
    const manifests = {
      ...fixture.manifests,
      bare: { mediaType: '', content: Buffer.from(manifest).toString('base64') },
    }
    await expect(
      verifyFixture({ ...fixture, tags: { ...fixture.tags, [tag]: 'bare' }, manifests }, keyless()),
    ).rejects.toMatchObject({
      message: 'no matching signatures: the signature carries no entry of the transparency log, and none is looked up',
    })
  })
})
