// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import { createFixtureStore, readFixture, testdata } from '../../test/fixture-store.ts'
import { parseBundle } from './bundle.ts'
import { parseCertificate } from './certificate.ts'
import { findBundles } from './find-bundles.ts'
import { checkLoggedKey } from './log-entry.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function signed(): Promise<{ entry: TransparencyLogEntry; der: Buffer }> {
  const fixture = readFixture('cosign/cosign-keyless-bundle.json')
  const signal = new AbortController().signal
  for await (const bytes of findBundles(createFixtureStore(fixture), fixture.tags['v1'] ?? '', signal)) {
    const { verificationMaterial } = parseBundle(bytes as Uint8Array)
    const [entry] = verificationMaterial.tlogEntries
    const { content } = verificationMaterial
    if (entry !== undefined && content.$case === 'certificate') return { entry, der: content.certificate.rawBytes }
  }
  throw new Error('the fixture has no bundle')
}

describe('checkLoggedKey', () => {
  it('takes an entry that names the certificate, in the way of each kind of entry', async () => {
    const { entry, der } = await signed()
    const certificate = parseCertificate(der)
    expect(() => checkLoggedKey(entry, certificate)).not.toThrow()
    const pem = base64(`-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`)
    const raw = { x509Certificate: { rawBytes: der.toString('base64') } }
    for (const spec of [
      { signature: { publicKey: { content: pem } } },
      { publicKey: pem },
      { content: { envelope: { signatures: [{ publicKey: pem }] } } },
      { hashedRekordV002: { signature: { verifier: raw } } },
      { dsseV002: { signatures: [{ verifier: raw }] } },
      {
        signature: {
          publicKey: {
            content: base64(
              `-----BEGIN PUBLIC KEY-----\n${certificate.publicKey.toString('base64')}\n-----END PUBLIC KEY-----\n`,
            ),
          },
        },
      },
    ]) {
      const canonicalizedBody = Buffer.from(JSON.stringify({ spec }))
      expect(() => checkLoggedKey({ ...entry, canonicalizedBody }, certificate)).not.toThrow()
    }
  })
  it.each([
    ['of another key', { signature: { publicKey: { content: base64(testdata('cosign/other.pub')) } } }],
    ['of another key beside the right one', { signatures: [{ verifier: base64(testdata('cosign/other.pub')) }] }],
    ['of no key', {}],
    ['of what is no key', { publicKey: 'AAAA' }],
    ['of a number', { publicKey: 1 }],
  ])('refuses an entry %s', async (_what, spec) => {
    const { entry, der } = await signed()
    const canonicalizedBody = Buffer.from(JSON.stringify({ spec }))
    expect(() => checkLoggedKey({ ...entry, canonicalizedBody }, parseCertificate(der))).toThrow(
      'the transparency log has an entry of another signer',
    )
  })
})
