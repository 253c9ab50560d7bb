// SPDX-License-Identifier: Apache-2.0
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { WasmGlobal, WasmMemory } from './api.ts'
import { isExportedGlobal } from './export-globals.ts'

const pageBytes = 65_536
const pieceBytes = 16 * pageBytes
const zeros = Buffer.alloc(pieceBytes)

/** The state of an instance between two calls: its memory, compressed, and its globals. */
export interface EngineImage {
  readonly memoryBytes: number
  /** Of the memory, in order; null for one that is all zeros. */
  readonly pieces: readonly (Uint8Array | null)[]
  readonly globals: Readonly<Record<string, number | bigint>>
}

/** What an instance exports; see `exportGlobals`. */
export type ImageExports = object & { readonly memory: WasmMemory }

/** Takes the image of an instance that is in no call. */
export function takeImage(exports: ImageExports): EngineImage {
  const memory = new Uint8Array(exports.memory.buffer)
  const pieces: (Uint8Array | null)[] = []
  for (let at = 0; at < memory.length; at += pieceBytes) {
    const piece = memory.subarray(at, at + pieceBytes)
    pieces.push(zeros.subarray(0, piece.length).equals(piece) ? null : zstdCompressSync(piece))
  }
  const globals = Object.fromEntries(globalsOf(exports).map(([name, { value }]) => [name, value]))
  return { memoryBytes: memory.length, pieces, globals }
}

/** Makes a new instance of the same module, in which nothing has run and whose memory is all zeros, the one that the image shows. Throws a RangeError when it may not grow so far. */
export function restoreImage(exports: ImageExports, { memoryBytes, pieces, globals }: EngineImage): void {
  exports.memory.grow((memoryBytes - exports.memory.buffer.byteLength) / pageBytes)
  const memory = new Uint8Array(exports.memory.buffer)
  for (const [index, piece] of pieces.entries()) {
    // one at a time: the whole would be in memory twice
    if (piece !== null) memory.set(zstdDecompressSync(piece), index * pieceBytes)
  }
  for (const [name, global] of globalsOf(exports)) global.value = globals[name] ?? global.value
}

function globalsOf(exports: object): [string, WasmGlobal][] {
  return Object.entries(exports as Readonly<Record<string, WasmGlobal>>).filter(([name]) => isExportedGlobal(name))
}
