// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { wasm } from './api.ts'
import type { WasmModule } from './api.ts'
import { limitMemory } from './limit-memory.ts'

/**
 * Reads and compiles a WebAssembly file whose memory is then bounded. Blocks: for worker threads, whose end frees all of it. Throws
 * when the file cannot be read or compiled.
 */
export function loadModule(path: string, memoryMaxBytes: number): WasmModule {
  const binary = readFileSync(path)
  const limited = limitMemory(binary, memoryMaxBytes)
  release(binary)
  const module = new wasm.Module(limited)
  release(limited)
  return module
}

// V8 has a copy of its own; without this both would stay until the thread's next collection, which may be minutes away
function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
