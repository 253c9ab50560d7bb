// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { createFixtureStore, manifestOf, readFixture, testdata } from '../../test/fixture-store.ts'
import { anyBytes, crashOf, outcomeOf } from '../../test/hostile.ts'
import { layersOf } from '../manifest.ts'
import type { SignedEnvelope } from './envelope.ts'
import { verifyJws } from './jws.ts'
import { checkTimestamp } from './timestamp.ts'
import { verifyTimestampToken } from './timestamp-token.ts'
import { parseTrustedCertificates } from './trusted-certificates.ts'
import { parseTrustPolicy } from './trust-policy.ts'

const signal = new AbortController().signal
const token = (name: string): Buffer => Buffer.from(testdata(`notation/timestamp-${name}.b64`), 'base64')

/** The signature that the timestamps but one are over. */
async function envelope(): Promise<SignedEnvelope> {
  const fixture = readFixture('notation/jws-rsa.json')
  const store = createFixtureStore(fixture)
  const [referrer] = await store.referrers(fixture.tags['v1'] ?? '', signal)
  const [layer] = layersOf(manifestOf(fixture, referrer?.digest ?? ''))
  return verifyJws((layer && (await store.blob(layer, 1e6, signal))) ?? new Uint8Array())
}

interface Setup {
  readonly timestamp?: Uint8Array
  readonly now?: string
  readonly stores?: readonly string[]
  readonly certificates?: readonly string[]
  readonly verifyTimestamp?: string
}

async function check(setup: Setup): Promise<void> {
  const { verifyTimestamp = 'always', certificates = ['tsa-root.crt', 'root.crt'] } = setup
  const policy = {
    name: 'all',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict', verifyTimestamp },
    trustStores: setup.stores ?? ['ca:a', 'tsa:b'],
    trustedIdentities: ['*'],
  }
  const [statement] = parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: [policy] }))
  if (statement === undefined) throw new Error('no statement')
  const trust = {
    policy: [],
    certificates: certificates.flatMap((name) =>
      parseTrustedCertificates(name, Buffer.from(testdata(`notation/${name}`))),
    ),
    revocation: { check: () => Promise.resolve('unknown' as const) },
    now: new Date(setup.now ?? '2037-06-01T00:00:00Z'),
  }
  await checkTimestamp({ ...(await envelope()), timestamp: setup.timestamp }, statement, trust, signal)
}

describe('a timestamp of a signature', () => {
  it.each(['tsa-rsa', 'tsa-ec'])(
    'stands in for the time after the certificates expired: %s, made by openssl',
    async (name) => {
      await expect(check({ timestamp: token(name) })).resolves.toBeUndefined()
      await expect(check({ timestamp: token(name), verifyTimestamp: 'afterCertExpiry' })).resolves.toBeUndefined()
    },
  )
  it.each<[string, Setup, RegExp]>([
    ['no timestamp', {}, /carries no timestamp/],
    ['one of another signature', { timestamp: token('other') }, /the timestamp of the signature does not hold/],
    ['what is no timestamp', { timestamp: Buffer.from('no') }, /the timestamp of the signature does not hold/],
    [
      'one of a stranger',
      { timestamp: token('tsa-rsa'), certificates: ['root.crt'] },
      /of none of the trusted authorities/,
    ],
    [
      'no trust store of timestamp authorities',
      { timestamp: token('tsa-rsa'), stores: ['ca:a'] },
      /expired at 2036-01-01/,
    ],
  ])('is refused with %s', async (_what, setup, message) => {
    await expect(check(setup)).rejects.toMatchObject({ code: 'Unverified', message: expect.stringMatching(message) })
  })
  it('is not asked for while the certificates are valid, where the policy says so', async () => {
    const now = '2026-12-01T00:00:00Z'
    await expect(check({ now, verifyTimestamp: 'afterCertExpiry' })).resolves.toBeUndefined()
    await expect(check({ now })).rejects.toMatchObject({ message: 'the signature carries no timestamp' })
  })
  it('tells when, give or take its accuracy', async () => {
    const { from, to } = verifyTimestampToken(token('tsa-rsa'), (await envelope()).signature)
    expect(to.getTime() - from.getTime()).toBe(2000)
  })
  it('is refused with any one byte changed, or says the same', async () => {
    const [bytes, { signature }] = [token('tsa-ec'), await envelope()]
    const told = (content: Uint8Array): string => verifyTimestampToken(content, signature).from.toISOString()
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat({ max: bytes.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const changed = Uint8Array.from(bytes, (byte, i) => (i === place ? byte ^ bits : byte))
        outcomes.add(outcomeOf(() => told(changed)))
      }),
      { numRuns: 100 },
    )
    outcomes.delete(told(bytes))
    expect([...outcomes]).toEqual(['Unverified'])
  })
  it('survives any bytes', () => {
    const crashes: unknown[] = []
    fc.assert(fc.property(anyBytes, (bytes) => crashes.push(crashOf(() => verifyTimestampToken(bytes, bytes))) > 0))
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
})
