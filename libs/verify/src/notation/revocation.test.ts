// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { testdata } from '../../test/fixture-store.ts'
import { anyBytes, crashOf, outcomeOf } from '../../test/hostile.ts'
import { checkRevocation } from './revocation.ts'
import { createRevocationChecker } from './revocation-checker.ts'
import { parseRevocationList } from './revocation-list.ts'
import type { RevocationList } from './revocation-list.ts'
import type { SigningCertificate } from './signing-certificate.ts'
import { parseTrustedCertificates } from './trusted-certificates.ts'

const signal = new AbortController().signal
const listUrl = 'http://127.0.0.1:9/root.crl'

function certificate(name: string): SigningCertificate {
  const [found] = parseTrustedCertificates(name, Buffer.from(testdata(`notation/${name}.crt`)))
  if (found === undefined) throw new Error('no certificate')
  return found
}

function list(name: string): Buffer<ArrayBuffer> {
  return Buffer.from(testdata(`notation/list-${name}.crl`).replaceAll(/-----[^-]+-----/g, ''), 'base64')
}

const [root, listed] = [certificate('root'), certificate('listed')]

async function statusWith(content: Uint8Array | undefined, lists: readonly string[] = [listUrl]): Promise<unknown> {
  const now = (): Date => new Date('2026-11-21T00:00:00Z')
  const checker = createRevocationChecker({
    now,
    fetch: ({ url }) => Promise.resolve(url === listUrl ? content : undefined),
  })
  return await checker.check({ ...listed, revocation: { ocsp: [], lists } }, root, signal)
}

describe('createRevocationChecker', () => {
  it('finds where the list of a certificate is', () => {
    expect(listed.revocation).toEqual({ ocsp: [], lists: [listUrl] })
  })
  it.each([
    ['empty', 'good'],
    ['others', 'good'],
    ['revoked', 'revoked'],
    ['old', 'unknown'],
    ['old-revoked', 'revoked'],
    ['of-another', 'unknown'],
  ])('takes the list %s for %s', async (name, status) => {
    await expect(statusWith(list(name))).resolves.toBe(status)
  })
  it('knows nothing without a list, with half of them, by another scheme, or with very many', async () => {
    await expect(statusWith(undefined)).resolves.toBe('unknown')
    await expect(statusWith(list('empty'), [listUrl, 'http://127.0.0.1:9/other.crl'])).resolves.toBe('unknown')
    await expect(statusWith(list('empty'), ['file:///root.crl'])).resolves.toBe('unknown')
    await expect(
      statusWith(
        list('empty'),
        Array.from({ length: 6 }, () => listUrl),
      ),
    ).resolves.toBe('unknown')
    await expect(statusWith(list('empty'), [])).resolves.toBe('unknown')
  })
  it('lets a certificate pass that names no one, and the root', async () => {
    const checker = createRevocationChecker({ now: () => new Date(0), fetch: () => Promise.reject(new Error('asked')) })
    const bare = { ...listed, revocation: { ocsp: [], lists: [] } }
    await expect(
      checkRevocation([bare, { ...root, revocation: listed.revocation }], checker, signal),
    ).resolves.toBeUndefined()
    const byOcsp = { ...listed, revocation: { ocsp: ['http://127.0.0.1:9/'], lists: [] } }
    const silent = createRevocationChecker({ now: () => new Date(0), fetch: () => Promise.resolve(undefined) })
    await expect(checkRevocation([byOcsp, root], silent, signal)).rejects.toMatchObject({ code: 'Unverified' })
  })
})

describe('parseRevocationList', () => {
  it('refuses a list with any one byte of what is signed changed, and takes no other for it', () => {
    const der = list('others')
    const told = (read: RevocationList): string =>
      JSON.stringify([
        read.thisUpdate,
        read.nextUpdate,
        read.has(Buffer.from([0x10, 0x92])),
        read.has(Buffer.from([0x10, 0x93])),
      ])
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat({ max: der.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const changed = Uint8Array.from(der, (byte, i) => (i === place ? byte ^ bits : byte))
        outcomes.add(outcomeOf(() => told(parseRevocationList(changed, root))))
      }),
      { numRuns: 300 },
    )
    const original = told(parseRevocationList(der, root))
    expect(original).toBe('["2026-01-01T00:00:00.000Z","2036-01-01T00:00:00.000Z",true,true]')
    outcomes.delete(original)
    expect([...outcomes]).toEqual(['Unverified'])
  })
  it('survives any bytes', () => {
    const crashes: unknown[] = []
    fc.assert(fc.property(anyBytes, (bytes) => crashes.push(crashOf(() => parseRevocationList(bytes, root))) > 0))
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
})
