// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { createFixtureStore, readFixture, testdata } from '../../test/fixture-store.ts'
import { anyBytes, anyValue, crashOf, mutate, outcomeOf } from '../../test/hostile.ts'
import { VerifyError } from '../errors.ts'
import { parseBundle } from './bundle.ts'
import { parseCertificate } from './certificate.ts'
import { findBundles } from './find-bundles.ts'
import { findSignatures, type LayerSignature } from './find-signatures.ts'
import { verifyKeyless } from './keyless.ts'
import { toBundle } from './layer-bundle.ts'
import { layersOf } from '../manifest.ts'
import { parsePublicKey } from './public-key.ts'
import { checkSimpleSigning } from './simple-signing.ts'
import { checkStatement } from './statement.ts'
import { parseTrustedRoot } from './trusted-root.ts'

const signal = new AbortController().signal
const root = parseTrustedRoot(testdata('cosign/trusted_root.json'))
const digest = `sha256:${'0'.repeat(64)}`
const signer = 'https://ci.example.com/apps/podinfo'

async function first<T>(items: AsyncGenerator<T | VerifyError>): Promise<T> {
  for await (const item of items) if (!(item instanceof VerifyError)) return item
  throw new Error('the fixture has no signature')
}

function parsersOver(bytes: Uint8Array): readonly (() => unknown)[] {
  const text = Buffer.from(bytes).toString()
  const layer = { payload: bytes, signature: bytes, certificate: text, rekorBundle: text, rfc3161Timestamp: text }
  return [
    () => parseBundle(bytes),
    () => parseCertificate(bytes),
    () => layersOf(bytes),
    () => parsePublicKey('key', text),
    () => parseTrustedRoot(text),
    () => checkSimpleSigning(bytes, digest),
    () => checkStatement('application/vnd.in-toto+json', bytes, digest),
    () => toBundle(layer),
  ]
}

describe('the readers of what cosign wrote', () => {
  it('answer any bytes with a value or a VerifyError', () => {
    const crashes: unknown[] = []
    fc.assert(fc.property(anyBytes, (bytes) => crashes.push(...parsersOver(bytes).map(crashOf)) > 0))
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
  it('answer a bundle with any one value changed with the same signer or a VerifyError', async () => {
    const fixture = readFixture('cosign/cosign-keyless-bundle.json')
    const bytes = await first(findBundles(createFixtureStore(fixture), fixture.tags['v1'] ?? '', signal))
    const bundle: unknown = JSON.parse(Buffer.from(bytes).toString())
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat(), anyValue, (pick, other) => {
        const changed = Buffer.from(JSON.stringify(mutate(bundle, pick, other)))
        outcomes.add(outcomeOf(() => verifyKeyless(parseBundle(changed), root, []).subjects.join()))
      }),
      { numRuns: 100 },
    )
    expect([...outcomes].filter((outcome) => outcome !== signer && outcome !== 'Unverified')).toEqual([])
  })
  it('answer the log entry of a signature with any one value changed with a VerifyError', async () => {
    const fixture = readFixture('cosign/cosign-keyless-layer.json')
    const store = createFixtureStore(fixture)
    const layer = await first<LayerSignature>(findSignatures(store, fixture.tags['v1'] ?? '', signal))
    const rekor: unknown = JSON.parse(layer.rekorBundle ?? '')
    const verify = (rekorBundle: string): unknown =>
      verifyKeyless(toBundle({ ...layer, rekorBundle }), root, [], Buffer.from(layer.payload)).subjects.join()
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(fc.nat(), anyValue, (pick, other) => {
        const changed = JSON.stringify(mutate(rekor, pick, other))
        if (changed !== JSON.stringify(rekor)) outcomes.add(outcomeOf(() => verify(changed)))
      }),
    )
    expect(verify(JSON.stringify(rekor))).toBe(signer)
    expect([...outcomes]).toEqual(['Unverified'])
  })
  it('answer a trusted root with any one value changed with a value or a VerifyError', () => {
    const json: unknown = JSON.parse(testdata('cosign/trusted_root.json'))
    const crashes: unknown[] = []
    fc.assert(
      fc.property(fc.nat(), anyValue, (pick, other) => {
        crashes.push(crashOf(() => parseTrustedRoot(JSON.stringify(mutate(json, pick, other)))))
      }),
    )
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
})
