// SPDX-License-Identifier: Apache-2.0

/**
 * How Node is started for a controller, here, in the image and in the Deployments: less memory for little time. Few heaps of the C library,
 * pieces from V8's 32 KiB on given back, a small nursery, a collection when the heap has grown by half, and one at rest; and of Node's
 * program neither its snapshot nor the middle one of its compilers is read. Of WebAssembly only what is really hot is optimised.
 */
export const leanNode: {
  /** Also in `NODE_OPTIONS`. */
  readonly options: readonly string[]
  /** On the command line alone: Node refuses them in `NODE_OPTIONS`. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
} = {
  options: ['--max-semi-space-size=2'],
  flags: [
    '--no-node-snapshot',
    '--no-maglev',
    '--heap-growing-percent=50',
    '--expose-gc',
    '--wasm-tiering-budget=600000000',
  ],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 10) },
}
