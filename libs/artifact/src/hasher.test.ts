// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { DigestVerifier, parseDigest } from './digest.ts'
import { createHasher } from './hasher.ts'

/** `test_vectors.json` of BLAKE3: bytes 0 to 250 again and again, so many of them, and the first 32 bytes of the output. */
const vectors: readonly (readonly [number, string])[] = [
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
  [2048, 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a'],
  [2049, '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030'],
  [3073, '7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3'],
  [5121, '628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff'],
  [7169, 'a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817'],
]

describe('BLAKE3', () => {
  it.each(vectors)('of %i bytes, whole and byte by byte', async (length, hex) => {
    const bytes = Uint8Array.from({ length }, (_each, i) => i % 251)
    const whole = await createHasher('blake3')
    whole.update(bytes)
    expect(whole.hex()).toBe(hex)
    const pieces = await createHasher('blake3')
    for (const byte of bytes) pieces.update(Uint8Array.of(byte))
    expect(pieces.hex()).toBe(hex)
  })
})

it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)('%s is that of Node', async (algorithm) => {
  const hasher = await createHasher(algorithm)
  hasher.update(Buffer.from('abc'))
  expect([hasher.algorithm, hasher.hex()]).toEqual([algorithm, createHash(algorithm).update('abc').digest('hex')])
})

it.each([
  [1024, 'abc', false],
  [1024, '', true],
] as const)('a digest of BLAKE3 is held against %i bytes and "%s"', async (length, more, matches) => {
  const hex = vectors.find(([each]) => each === length)?.[1] ?? ''
  const verifier = await DigestVerifier.create(parseDigest(`blake3:${hex}`))
  verifier.update(Uint8Array.from({ length }, (_each, i) => i % 251))
  verifier.update(Buffer.from(more))
  expect(verifier.matches()).toBe(matches)
})
