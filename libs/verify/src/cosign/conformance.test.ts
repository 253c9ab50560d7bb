// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { outcomeOf } from '../../test/hostile.ts'
import { parseBundle } from './bundle.ts'
import { parsePublicKey } from './public-key.ts'
import type { CosignTrust } from './trust.ts'
import { parseTrustedRoot } from './trusted-root.ts'
import { verifyBundle } from './verify-bundle.ts'

interface Case {
  readonly name: string
  readonly root: string
  readonly key?: string
  readonly artifact: string
  readonly digest: string
  readonly bundle: string
}

/** The cases of version 0.3 of sigstore/sigstore-conformance, see testdata/README.md. */
const suite = JSON.parse(
  gunzipSync(readFileSync(new URL('../../testdata/cosign/conformance.json.gz', import.meta.url))).toString(),
) as {
  roots: Record<string, unknown>
  cases: readonly Case[]
}
const signer =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'

function verifyCase(test: Case): string {
  const root = (): CosignTrust => ({
    kind: 'keyless',
    root: parseTrustedRoot(JSON.stringify(suite.roots[test.root])),
    identities: [],
  })
  const trust: CosignTrust =
    test.key === undefined
      ? root()
      : { kind: 'keys', keys: [{ name: 'key.pub', key: parsePublicKey('key.pub', test.key) }] }
  return verifyBundle(parseBundle(Buffer.from(test.bundle)), test.digest, Buffer.from(test.artifact, 'base64'), trust)
}

describe("Sigstore's conformance suite", () => {
  const [bad, good] = [true, false].map((isBad) =>
    suite.cases.filter((test) => test.name.endsWith('_fail') === isBad).map((test) => [test.name, test] as const),
  )

  it.each(good ?? [])('%s', (_name, test) => {
    expect(verifyCase(test)).toBe(test.key === undefined ? signer : 'key.pub')
  })
  it.each(bad ?? [])('%s', (_name, test) => {
    expect(['Unverified', 'InvalidKey']).toContain(outcomeOf(() => verifyCase(test)))
  })
  it('has the cases that it had', () => {
    expect([good?.length, bad?.length]).toEqual([17, 28])
  })
})
