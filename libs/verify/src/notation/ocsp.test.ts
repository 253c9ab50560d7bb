// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { testdata } from '../../test/fixture-store.ts'
import { anyBytes, crashOf, outcomeOf } from '../../test/hostile.ts'
import { createOcspRequest } from './ocsp-request.ts'
import { parseOcspResponse } from './ocsp-response.ts'
import { createRevocationChecker } from './revocation-checker.ts'
import type { RevocationRequest } from './revocation-checker.ts'
import { parseSigningCertificate } from './signing-certificate.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const made = JSON.parse(testdata('notation/ocsp.json')) as Readonly<Record<string, string>>
const bytes = (name: string): Buffer => Buffer.from(made[name] ?? '', 'base64')
const certificate = (name: string): SigningCertificate => parseSigningCertificate(bytes(`${name}.crt`))
const [root, asked, revoked, unlisted] = ['root', 'asked', 'revoked', 'unlisted'].map(certificate) as [
  SigningCertificate,
  SigningCertificate,
  SigningCertificate,
  SigningCertificate,
]
const hourMs = 3600_000
const now = new Date(Date.parse(made['madeAt'] ?? '') + hourMs)
const { signal } = new AbortController()

interface Given {
  readonly of?: SigningCertificate
  readonly at?: Date
  readonly servers?: readonly string[]
  readonly lists?: readonly string[]
}

/** The status of a certificate whose servers give these responses, by URL, and what they were sent. */
async function ask(
  responses: Readonly<Record<string, Uint8Array>>,
  { of = asked, at = now, servers = Object.keys(responses), lists = [] }: Given = {},
): Promise<{ readonly status: string; readonly sent: readonly RevocationRequest[] }> {
  const sent: RevocationRequest[] = []
  const checker = createRevocationChecker({
    now: () => at,
    fetch: (request) => {
      sent.push(request)
      return Promise.resolve(responses[request.url])
    },
  })
  const status = await checker.check({ ...of, revocation: { ocsp: servers, lists } }, root, signal)
  return { status, sent }
}

const statusOf = async (name: string, given: Given = {}): Promise<string> =>
  (await ask({ 'http://a/': bytes(`${name}.response`) }, given)).status

describe('createOcspRequest', () => {
  it('asks byte for byte as openssl does', () => {
    expect(createOcspRequest(asked, root).toString('base64')).toBe(made['asked.request'])
    expect(asked.revocation).toEqual({ ocsp: ['http://127.0.0.1:9/ocsp'], lists: [] })
  })
})

describe('createRevocationChecker with OCSP', () => {
  it.each(['good', 'good-by-key', 'delegated', 'delegated-by-key'])('takes the answer %s', async (name) => {
    expect(await statusOf(name)).toBe('good')
  })

  it('tells what is revoked, also by an old answer, and what a responder does not know', async () => {
    expect(await statusOf('revoked', { of: revoked })).toBe('revoked')
    expect(await statusOf('old-revoked', { of: revoked, at: new Date(now.getTime() + 48 * hourMs) })).toBe('revoked')
    expect(await statusOf('unknown', { of: unlisted })).toBe('unknown')
  })

  it.each(['undelegated', 'by-foreign-delegate', 'by-stranger', 'endless', 'sha1'])(
    'does not take the answer %s',
    async (name) => {
      expect(await statusOf(name)).toBe('unknown')
    },
  )

  it('takes an answer only while it, and its signer’s certificate, are valid', async () => {
    expect(await statusOf('old')).toBe('good')
    expect(await statusOf('old', { at: new Date(now.getTime() + 48 * hourMs) })).toBe('unknown')
    expect(await statusOf('good', { at: new Date(now.getTime() - 2 * hourMs) })).toBe('unknown')
    expect(await statusOf('by-expired-delegate')).toBe('good')
    expect(await statusOf('by-expired-delegate', { at: new Date(now.getTime() + 48 * hourMs) })).toBe('unknown')
  })

  it('does not take the answer about another certificate', async () => {
    expect(await statusOf('good', { of: unlisted })).toBe('unknown')
    expect(await statusOf('good', { of: revoked })).toBe('unknown')
  })

  it('asks the next server when one gives no answer that holds, and no further one after an answer', async () => {
    const good = bytes('good.response')
    const { status, sent } = await ask({ 'http://a/': Buffer.from('?'), 'http://b/': good, 'http://c/': good })
    expect(status).toBe('good')
    expect(sent.map(({ url }) => url)).toEqual(['http://a/', 'http://b/'])
    expect(sent[0]).toMatchObject({ body: { mediaType: 'application/ocsp-request' } })
    const servers = ['http://a/', 'http://b/']
    const unknown = bytes('unknown.response')
    expect((await ask({ 'http://a/': unknown }, { of: unlisted, servers })).sent).toHaveLength(1)
  })

  it('asks nobody by another scheme, and at most five', async () => {
    const response = bytes('good.response')
    expect(await ask({ 'https://a/': response, 'file:///x': response })).toEqual({ status: 'unknown', sent: [] })
    const servers = Array.from({ length: 9 }, (_, i) => `http://${i}/`)
    const { status, sent } = await ask({}, { servers })
    expect([status, sent.length]).toEqual(['unknown', 5])
  })

  it('looks into the lists when nothing is known, and only then', async () => {
    const list = 'http://lists/root.crl'
    const unknown = await ask({ 'http://a/': Buffer.alloc(0) }, { lists: [list] })
    expect(unknown.sent.map(({ url }) => url)).toEqual(['http://a/', list])
    const good = await ask({ 'http://a/': bytes('good.response') }, { lists: [list] })
    expect([good.status, good.sent.length]).toEqual(['good', 1])
  })
})

describe('parseOcspResponse', () => {
  const parse = (der: Uint8Array): string =>
    JSON.stringify(parseOcspResponse(der, { certificate: asked, issuer: root, now }))

  it.each(['good', 'delegated'])(
    'refuses the answer %s with any one byte changed, and takes no other for it',
    (name) => {
      const der = bytes(`${name}.response`)
      const outcomes = new Set<unknown>()
      fc.assert(
        fc.property(fc.nat({ max: der.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (place, bits) => {
          const changed = Uint8Array.from(der, (byte, i) => (i === place ? byte ^ bits : byte))
          outcomes.add(outcomeOf(() => parse(changed)))
        }),
        { numRuns: 300 },
      )
      outcomes.delete(parse(der))
      expect([...outcomes]).toEqual(['Unverified'])
    },
  )

  it('refuses one that is cut off anywhere', () => {
    const der = bytes('delegated.response')
    const outcomes = Array.from({ length: 100 }, (_, i) =>
      outcomeOf(() => parse(der.subarray(0, Math.floor((der.byteLength * i) / 100)))),
    )
    expect(new Set(outcomes)).toEqual(new Set(['Unverified']))
  })

  it('survives any bytes', () => {
    const crashes: unknown[] = []
    fc.assert(fc.property(anyBytes, (any) => crashes.push(crashOf(() => parse(any))) > 0))
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
})
