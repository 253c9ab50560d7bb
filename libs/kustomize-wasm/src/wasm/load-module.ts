// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { wasm } from './api.ts'
import type { WasmModule } from './api.ts'
import { splitData } from './data-section.ts'
import { exportGlobals } from './export-globals.ts'
import { limitMemory } from './limit-memory.ts'

/** A compiled module, and the data that its instance is to be given. */
export interface LoadedModule {
  readonly module: WasmModule
  /** See `writeData`; to be released by `release` then. */
  readonly data: Uint8Array
}

/**
 * Reads and compiles a WebAssembly file whose memory is then bounded and whose globals can be set (`EngineImage`). Blocks: for worker threads, whose end frees all of it. Throws
 * when the file cannot be read or compiled.
 */
export function loadModule(path: string, memoryMaxBytes: number): LoadedModule {
  const binary = readFileSync(path)
  const { code, data } = splitData(binary)
  release(binary)
  const limited = limitMemory(code, memoryMaxBytes)
  release(code)
  const open = exportGlobals(limited)
  release(limited)
  const module = new wasm.Module(open)
  release(open)
  return { module, data }
}

/** Frees bytes at once; else they would stay until the thread's next collection, which may be minutes away. */
export function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
