// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { pack, unpack } from './packed.ts'

it.each([
  ['small', { kind: 'ConfigMap', data: { a: 'x'.repeat(3000) } }],
  ['large', Array.from({ length: 20_000 }, (_, index) => `value ${index}`)],
])('gives back a %s value, and keeps no memory beside its bytes', async (_what, value) => {
  const packed = await pack(value)
  expect(packed.buffer.byteLength).toBe(packed.byteLength)
  expect(await unpack(packed)).toEqual(value)
})
