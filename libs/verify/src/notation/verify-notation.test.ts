// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { createFixtureStore, manifestOf, readFixture, testdata, type Fixture } from '../../test/fixture-store.ts'
import type { RevocationStatus } from './revocation.ts'
import { parseTrustedCertificates } from './trusted-certificates.ts'
import { parseTrustPolicy } from './trust-policy.ts'
import { verifyNotation, type NotationOutcome } from './verify-notation.ts'

const repository = 'ghcr.io/org/app'
const signal = new AbortController().signal
const today = new Date('2026-11-21T17:30:00Z')
const signer = 'x509.subject:C=US, ST=WA, O=Example\\, Inc.'

interface Setup {
  readonly level?: string
  readonly override?: object
  readonly stores?: readonly string[]
  readonly identities?: readonly string[]
  readonly certificates?: readonly string[]
  readonly now?: Date
  readonly revocation?: RevocationStatus
  readonly scope?: string
}

function policyOf(setup: Setup): string {
  const statement = {
    name: 'apps',
    registryScopes: [setup.scope ?? repository],
    signatureVerification: {
      level: setup.level ?? 'strict',
      ...(setup.override === undefined ? {} : { override: setup.override }),
    },
    trustStores: setup.stores ?? ['ca:any'],
    trustedIdentities: setup.identities ?? [signer],
  }
  return JSON.stringify({ version: '1.0', trustPolicies: [statement] })
}

async function verifyFixture(fixture: Fixture | string, setup: Setup = {}): Promise<NotationOutcome> {
  const content = typeof fixture === 'string' ? readFixture(`notation/${fixture}.json`) : fixture
  const files = setup.certificates ?? ['root.crt', 'alone.crt']
  const digest = content.tags['v1'] ?? ''
  const { mediaType } = content.manifests[digest] ?? { mediaType: '' }
  return await verifyNotation({
    repositories: [repository],
    artifact: { mediaType, digest, size: manifestOf(content, 'v1').byteLength },
    store: createFixtureStore(content),
    trust: {
      policy: parseTrustPolicy(policyOf(setup)),
      certificates: files.flatMap((file) => parseTrustedCertificates(file, Buffer.from(testdata(`notation/${file}`)))),
      revocation: { check: () => Promise.resolve(setup.revocation ?? 'unknown') },
      now: setup.now ?? today,
    },
    signal,
  })
}

const all = [
  'jws-ec',
  'jws-rsa',
  'jws-alone',
  'jws-expiry',
  'cose-ec',
  'cose-ec384',
  'cose-rsa',
  'cose-rsa3072',
  'cose-expiry',
]

describe('verifyNotation', () => {
  it.each(all)('holds %s, made by the library of the notation command', async (name) => {
    const outcome = await verifyFixture(name)
    expect(outcome).toEqual({
      outcome: 'verified',
      signer: expect.stringMatching(/^C=US, ST=WA, O=Example, Inc\., CN=/),
      logged: [],
    })
  })
  it('takes any certificate of the chain as the trusted one', async () => {
    for (const certificates of [['root.crt'], ['middle.crt'], ['other.crt', 'middle.crt']]) {
      await expect(verifyFixture('cose-rsa', { certificates })).resolves.toMatchObject({ outcome: 'verified' })
    }
  })
  it.each(['jws-ec', 'cose-rsa'])('refuses %s when no certificate of it is trusted', async (name) => {
    await expect(verifyFixture(name, { certificates: ['other.crt', 'alone.crt'] })).rejects.toMatchObject({
      code: 'Unverified',
      message: "no matching signatures: none of the signature's certificates is among the trusted ones",
    })
  })
  it.each(all)('refuses %s when moved to another artifact', async (name) => {
    const fixture = readFixture(`notation/${name}.json`)
    const other = `sha256:${'1'.repeat(64)}`
    const index = fixture.tags[(fixture.tags['v1'] ?? '').replace(':', '-')] ?? ''
    const manifest = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      content: Buffer.from('{}').toString('base64'),
    }
    const moved = {
      ...fixture,
      tags: { v1: other, [other.replace(':', '-')]: index },
      manifests: { ...fixture.manifests, [other]: manifest },
    }
    await expect(verifyFixture(moved)).rejects.toMatchObject({
      code: 'Unverified',
      message: 'no matching signatures: the signature is of another artifact',
    })
  })
  it('says when there is no signature', async () => {
    const fixture = readFixture('cosign/cosign-bundles.json')
    await expect(verifyFixture(fixture)).rejects.toMatchObject({
      code: 'NoSignature',
      message: 'no signature is associated with the artifact',
    })
  })
  it('looks at three signatures and no more', async () => {
    const fixture = readFixture('notation/jws-ec.json')
    const index = fixture.tags[(fixture.tags['v1'] ?? '').replace(':', '-')] ?? ''
    const listing = JSON.parse(manifestOf(fixture, index).toString()) as { manifests: object[] }
    const broken = { ...listing.manifests[0], digest: `sha256:${'2'.repeat(64)}` }
    const crowded = (before: number): Fixture => {
      const content = Buffer.from(
        JSON.stringify({ manifests: [...Array.from({ length: before }, () => broken), ...listing.manifests] }),
      ).toString('base64')
      return { ...fixture, manifests: { ...fixture.manifests, [index]: { mediaType: '', content } } }
    }
    await expect(verifyFixture(crowded(2))).resolves.toMatchObject({ outcome: 'verified' })
    await expect(verifyFixture(crowded(3))).rejects.toMatchObject({
      message:
        'no matching signatures: a signature of the artifact has no single layer; no more than 3 signatures are looked at',
    })
  })
})

describe('the trust policy', () => {
  it.each([
    [['x509.subject:C=US, ST=WA, O=Example\\, Inc., CN=signer ec'], 'verified'],
    [['*'], 'verified'],
    [['x509.subject:C=DE, ST=BE, O=Other', signer], 'verified'],
  ])('holds the identities %j', async (identities, outcome) => {
    await expect(verifyFixture('jws-ec', { identities })).resolves.toMatchObject({ outcome })
  })
  it.each([
    [['x509.subject:C=US, ST=WA, O=Example\\, Inc., CN=another']],
    [['x509.subject:C=US, ST=WA, O=Other']],
    [['plugin.identity:C=US']],
  ])('refuses a signer that is none of %j', async (identities) => {
    await expect(verifyFixture('jws-ec', { identities })).rejects.toMatchObject({
      message:
        "no matching signatures: the signer 'C=US, ST=WA, O=Example, Inc., CN=signer ec' is none of the trusted identities",
    })
  })
  it('needs a statement for the repository', async () => {
    await expect(verifyFixture('jws-ec', { scope: 'ghcr.io/org/other' })).rejects.toMatchObject({
      message: expect.stringContaining("is for 'ghcr.io/org/app'"),
    })
    await expect(verifyFixture('jws-ec', { scope: '*' })).resolves.toMatchObject({ outcome: 'verified' })
  })
  it('needs a trust store of the type that the signing scheme asks for', async () => {
    await expect(verifyFixture('jws-ec', { stores: ['signingAuthority:any'] })).rejects.toMatchObject({
      message:
        'no matching signatures: the trust policy names no trust store of the type ca, which the signature needs',
    })
  })
  it('ignores signatures at the level skip, and asks the registry nothing', async () => {
    const fixture = { tags: {}, manifests: {}, blobs: {} }
    await expect(
      verifyFixture({ ...readFixture('notation/jws-ec.json'), blobs: fixture.blobs }, { level: 'skip' }),
    ).resolves.toEqual({ outcome: 'ignored', logged: [] })
  })
  it('at the level audit, logs that no one trusted signed, and does not call it verified', async () => {
    const outcome = await verifyFixture('jws-ec', { level: 'audit', certificates: ['other.crt'] })
    expect(outcome.outcome).toBe('ignored')
    expect(outcome.logged.map(({ check }) => check)).toEqual(['authenticity'])
    await expect(verifyFixture('jws-ec', { level: 'audit' })).resolves.toMatchObject({ outcome: 'verified' })
  })
})

describe('the time of a signature', () => {
  const [later, muchLater] = [new Date('2026-11-23T00:00:00Z'), new Date('2037-01-01T00:00:00Z')]

  it.each(['jws-expiry', 'cose-expiry'])('lets %s expire, and only logs it at the level permissive', async (name) => {
    await expect(verifyFixture(name, { now: later })).rejects.toMatchObject({
      message: expect.stringMatching(/the signature expired at 2026-11-22T/),
    })
    const outcome = await verifyFixture(name, { now: later, level: 'permissive' })
    expect([outcome.outcome, outcome.logged.map(({ check }) => check)]).toEqual(['verified', ['expiry']])
  })
  it.each([
    [muchLater, /expired at 2036-01-01T/],
    [new Date('2025-01-01T00:00:00Z'), /is valid only from 2026-01-01T/],
  ])('refuses certificates that are not valid at %s', async (now, message) => {
    await expect(verifyFixture('jws-ec', { now })).rejects.toMatchObject({ message: expect.stringMatching(message) })
    const outcome = await verifyFixture('jws-ec', { now, override: { authenticTimestamp: 'log' } })
    expect(outcome.logged.map(({ check }) => check)).toEqual(['authenticTimestamp'])
  })
  it.each(['revoked', 'unknown', 'good'] as const)(
    'asks whether a certificate that names a list was revoked: %s',
    async (revocation) => {
      const run = verifyFixture('jws-listed', { revocation }).then(
        ({ outcome }) => outcome,
        (error: unknown) => (error as Error).message,
      )
      const expected = {
        revoked: "no matching signatures: a certificate of the signature's chain is revoked",
        unknown: "no matching signatures: it is not known whether a certificate of the signature's chain is revoked",
        good: 'verified',
      }
      await expect(run).resolves.toBe(expected[revocation])
      await expect(
        verifyFixture('jws-listed', { revocation: 'unknown', override: { revocation: 'skip' } }),
      ).resolves.toMatchObject({ logged: [] })
    },
  )
})
