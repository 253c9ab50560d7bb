// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { wasm } from './api.ts'
import { exportGlobals, isExportedGlobal } from './export-globals.ts'

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const memory = [5, 3, 1, 0, 1]
const exported = [7, 5, 1, 1, 0x6d, 2, 0]
const custom = [0, 3, 1, 0x78, 9]
/** An i32 of 5 that changes, an i64 of 300 that does not, and an i64 of -1 that does. */
const globals = [6, 17, 3, 0x7f, 1, 0x41, 5, 0x0b, 0x7e, 0, 0x42, 0xac, 0x02, 0x0b, 0x7e, 1, 0x42, 0x7f, 0x0b]

function exportsOf(...sections: readonly (readonly number[])[]): Readonly<Record<string, { value?: unknown }>> {
  const open = exportGlobals(Uint8Array.from([...header, ...sections.flat()]))
  return new wasm.Instance(new wasm.Module(open), {}).exports as Readonly<Record<string, { value?: unknown }>>
}

describe('exportGlobals', () => {
  it('adds those that can change to what is exported, and leaves the rest as it is', () => {
    const exports = exportsOf(memory, globals, exported, custom)
    const added = Object.keys(exports).filter(isExportedGlobal)
    expect(Object.keys(exports)).toEqual(['m', ...added])
    expect(added.map((name) => exports[name]?.value)).toEqual([5, -1n])
  })

  it('leaves a binary without globals as it is', () => {
    const whole = Uint8Array.from([...header, ...memory, ...exported, ...custom])
    expect(exportGlobals(whole)).toEqual(whole)
  })

  it.each([
    ['that exports nothing', [...memory, ...globals], 'exports nothing'],
    [
      'with a global that begins as a fraction',
      [6, 9, 1, 0x7d, 1, 0x43, 0, 0, 0, 0, 0x0b, ...exported],
      'plain number',
    ],
    ['that is cut off', [6, 9, 1, 0x7f, 1, 0x41], 'cut off'],
  ])('refuses one %s', (_what, sections, message) => {
    expect(() => exportGlobals(Uint8Array.from([...header, ...sections]))).toThrow(message)
  })
})
