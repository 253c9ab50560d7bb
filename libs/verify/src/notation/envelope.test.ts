// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { encode, Tagged } from 'cborg'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { coseOf, jwsOf, readChain, type Chain } from '../../test/envelopes.ts'
import { createFixtureStore, manifestOf, readFixture } from '../../test/fixture-store.ts'
import { anyBytes, anyValue, crashOf, mutate, outcomeOf } from '../../test/hostile.ts'
import { layersOf } from '../manifest.ts'
import { checkCodeSigningChain } from './certificate-chain.ts'
import { verifyCose } from './cose.ts'
import { verifyJws } from './jws.ts'
import { parseSigningCertificate } from './signing-certificate.ts'
import { parseTrustedCertificates } from './trusted-certificates.ts'

const valid = readChain('valid')
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const chainOf = ({ certificates }: Chain): void => checkCodeSigningChain(certificates.map(parseSigningCertificate))

describe('checkCodeSigningChain', () => {
  it('takes a chain as it should be', () => {
    expect(() => chainOf(valid)).not.toThrow()
  })
  it.each([
    ['authority-signs', "the signer's certificate is that of an authority"],
    ['no-key-usage', "the signer's certificate does not say, as critical, what its key is for"],
    ['cert-sign-usage', 'is for more than digital signatures: keyCertSign'],
    ['encipher-usage', 'is for more than digital signatures: keyEncipherment'],
    ['server-certificate', 'is for another use than signing code'],
    ['other-root-of-the-same-name', 'do not follow from one another'],
    ['root-missing', 'does not end with a self-signed certificate'],
    ['order-reversed', 'has a self-signed certificate that is not its last'],
    ['leaf-twice', 'do not follow from one another'],
    ['root-twice', 'has a self-signed certificate that is not its last'],
    ['signer-below-no-authority', 'do not follow from one another'],
    ['path-too-long', 'does not allow as long a chain'],
    ['curve-p224', "the signer's key is of a kind or size that may not sign"],
    ['rsa-1024', "the signer's key is of a kind or size that may not sign"],
    ['self-signed-authority-alone', "the signer's certificate is that of an authority"],
  ])('refuses the chain %s', (name, message) => {
    expect(() => chainOf(readChain(name))).toThrow(message)
  })
  it('refuses no certificate and very many', () => {
    const [leaf, root] = valid.certificates.map(parseSigningCertificate)
    expect(() => checkCodeSigningChain([])).toThrow('carries no certificate')
    expect(leaf && root && outcomeOf(() => checkCodeSigningChain([leaf, ...Array<typeof root>(10).fill(root)]))).toBe(
      'Unverified',
    )
  })
})

describe('a JWS envelope', () => {
  it('is taken as it should be', () => {
    expect(verifyJws(json(jwsOf({ chain: valid, payload: { a: 1 } })))).toMatchObject({
      algorithm: 'ES256',
      scheme: 'notary.x509',
      critical: ['io.cncf.notary.signingScheme'],
    })
  })
  it.each([
    ['no algorithm', { alg: undefined }],
    ['the algorithm none', { alg: 'none' }],
    ['an algorithm of a shared secret', { alg: 'HS256' }],
    ['an algorithm of another kind of key', { alg: 'PS256' }],
    ['an algorithm of another curve', { alg: 'ES384' }],
    ['an algorithm by an inherited name', { alg: 'constructor' }],
    ['no content type', { cty: undefined }],
    ['no critical headers', { crit: undefined }],
    ['critical headers of another type', { crit: 'io.cncf.notary.signingScheme' }],
    ['a scheme that is not critical', { crit: ['cty'] }],
    ['a critical header that is not there', { crit: ['io.cncf.notary.signingScheme', 'x'] }],
    ['an unknown scheme', { 'io.cncf.notary.signingScheme': 'notary.x510' }],
    ['no time', { 'io.cncf.notary.signingTime': undefined }],
    ['a time that is none', { 'io.cncf.notary.signingTime': 'yesterday' }],
    ['the time of another scheme', { 'io.cncf.notary.authenticSigningTime': '2026-11-01T00:00:00Z' }],
    ['an expiry that is not critical', { 'io.cncf.notary.expiry': '2027-11-01T00:00:00Z' }],
    [
      'an expiry before the signing',
      {
        crit: ['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry'],
        'io.cncf.notary.expiry': '2026-10-01T00:00:00Z',
      },
    ],
    [
      "an authority's scheme without its time",
      { 'io.cncf.notary.signingScheme': 'notary.x509.signingAuthority', 'io.cncf.notary.signingTime': undefined },
    ],
  ])('is refused with %s', (_what, headers) => {
    expect(outcomeOf(() => verifyJws(json(jwsOf({ chain: valid, headers }))))).toBe('Unverified')
  })
  it('is refused when the public key was used as a shared secret', () => {
    const envelope = jwsOf({ chain: valid, headers: { alg: 'HS256' } })
    const secret = parseSigningCertificate(valid.certificates[0] ?? Buffer.alloc(0)).publicKey.export({
      type: 'spki',
      format: 'pem',
    })
    const signature = createHmac('sha256', secret)
      .update(`${String(envelope['protected'])}.${String(envelope['payload'])}`)
      .digest('base64url')
    expect(outcomeOf(() => verifyJws(json({ ...envelope, signature })))).toBe('Unverified')
  })
  it('is refused when its payload, header, signature or signer is another', () => {
    const [one, two] = [
      jwsOf({ chain: valid, payload: { a: 1 } }),
      jwsOf({ chain: readChain('server-certificate'), payload: { a: 2 }, headers: { x: 1 } }),
    ]
    for (const part of ['payload', 'protected', 'signature', 'header']) {
      expect(outcomeOf(() => verifyJws(json({ ...one, [part]: two[part] })))).toBe('Unverified')
    }
  })
})

describe('a COSE envelope', () => {
  it('is taken as it should be', () => {
    expect(verifyCose(coseOf({ chain: valid }))).toMatchObject({
      algorithm: 'ES256',
      signingTime: new Date('2026-11-01T00:00:00Z'),
    })
  })
  it.each([
    ['no algorithm', { 1: undefined }],
    ['an algorithm of a shared secret', { 1: 5 }],
    ['an algorithm of another kind of key', { 1: -37 }],
    ['an algorithm as text', { 1: 'ES256' }],
    ['no content type', { 3: undefined }],
    ['no critical headers', { 2: undefined }],
    ['a time that is no time', { 'io.cncf.notary.signingTime': 1793491200 }],
    ['a time with another tag', { 'io.cncf.notary.signingTime': new Tagged(0, '2026-11-01T00:00:00Z') }],
    ['a time that never was', { 'io.cncf.notary.signingTime': new Tagged(1, 1e300) }],
    ['an expiry that is not critical', { 'io.cncf.notary.expiry': new Tagged(1, 1893456000) }],
  ])('is refused with %s', (_what, headers) => {
    expect(outcomeOf(() => verifyCose(coseOf({ chain: valid, headers })))).toBe('Unverified')
  })
  it.each([
    ['a bare list', encode([new Uint8Array(), new Map(), new Uint8Array(), new Uint8Array()])],
    ['another tag', encode(new Tagged(98, [new Uint8Array(), new Map(), new Uint8Array(), new Uint8Array()]))],
    ['a header that is no map', encode(new Tagged(18, [encode(1), new Map(), new Uint8Array(), new Uint8Array()]))],
    ['bytes after it', Buffer.concat([coseOf({ chain: valid }), Buffer.from([0])])],
    ['nothing', new Uint8Array()],
  ])('is refused as %s', (_what, bytes) => {
    expect(outcomeOf(() => verifyCose(bytes))).toBe('Unverified')
  })
})

async function envelopeOf(name: string): Promise<Uint8Array> {
  const fixture = readFixture(`notation/${name}.json`)
  const store = createFixtureStore(fixture)
  const signal = new AbortController().signal
  const [referrer] = await store.referrers(fixture.tags['v1'] ?? '', signal)
  const [layer] = layersOf(manifestOf(fixture, referrer?.digest ?? ''))
  if (layer === undefined) throw new Error('the fixture has no signature')
  return (await store.blob(layer, 1e6, signal)) ?? new Uint8Array()
}

describe('the readers of what notation wrote', () => {
  it('answer any bytes with a value or a VerifyError', () => {
    const crashes: unknown[] = []
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const readers = [
          verifyJws,
          verifyCose,
          parseSigningCertificate,
          (content: Uint8Array) => parseTrustedCertificates('a.crt', content),
        ]
        crashes.push(...readers.map((read) => crashOf(() => read(bytes))))
      }),
    )
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
  it('answer a JWS envelope with any one value changed with what was signed, or a VerifyError', async () => {
    const envelope: unknown = JSON.parse(Buffer.from(await envelopeOf('jws-rsa')).toString())
    const signed = Buffer.from(verifyJws(json(envelope)).payload).toString()
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat(), anyValue, (pick, other) => {
        outcomes.add(outcomeOf(() => Buffer.from(verifyJws(json(mutate(envelope, pick, other))).payload).toString()))
      }),
    )
    expect([...outcomes].filter((outcome) => outcome !== signed && outcome !== 'Unverified')).toEqual([])
  })
  it('answer a COSE envelope with any one byte changed with what was signed, or a VerifyError', async () => {
    const envelope = await envelopeOf('cose-rsa')
    const signed = Buffer.from(verifyCose(envelope).payload).toString()
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat({ max: envelope.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const changed = Uint8Array.from(envelope, (byte, i) => (i === place ? byte ^ bits : byte))
        outcomes.add(outcomeOf(() => Buffer.from(verifyCose(changed).payload).toString()))
      }),
      { numRuns: 150 },
    )
    expect([...outcomes].filter((outcome) => outcome !== signed && outcome !== 'Unverified')).toEqual([])
  })
  it('answer a certificate with any one byte changed with a value or a VerifyError, and never take the chain', () => {
    const [leaf = Buffer.alloc(0), root = Buffer.alloc(0)] = valid.certificates
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat({ max: leaf.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const changed = Uint8Array.from(leaf, (byte, i) => (i === place ? byte ^ bits : byte))
        outcomes.add(
          outcomeOf(() => checkCodeSigningChain([parseSigningCertificate(changed), parseSigningCertificate(root)])),
        )
      }),
      { numRuns: 150 },
    )
    expect([...outcomes]).toEqual(['Unverified'])
  })
})
