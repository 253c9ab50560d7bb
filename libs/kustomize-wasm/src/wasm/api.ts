// SPDX-License-Identifier: Apache-2.0
// The few names of WebAssembly that we use: neither the language's library nor Node's types declare them without the DOM.

/** A compiled module. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module'
}

/** The linear memory of an instance; growth replaces `buffer`. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
  /** By pages of 64 KiB. Throws a RangeError beyond the maximum. */
  grow(pages: number): number
}

/** A global of an instance. */
export interface WasmGlobal {
  value: number | bigint
}

/** Functions that a module imports, by name. */
export type WasmImports = Record<string, (...args: never[]) => number | bigint | void>

interface WasmInstance {
  readonly exports: object
}

interface WasmApi {
  readonly Module: {
    new (binary: Uint8Array): WasmModule
    imports(module: WasmModule): readonly { readonly module: string; readonly name: string }[]
  }
  readonly Instance: new (module: WasmModule, imports: Readonly<Record<string, WasmImports>>) => WasmInstance
}

/** The engine's own `WebAssembly` object. */
export const wasm: WasmApi = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly
