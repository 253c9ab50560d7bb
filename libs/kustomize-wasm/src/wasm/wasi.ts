// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from 'node:crypto'
import { wasm } from './api.ts'
import type { WasmImports, WasmMemory, WasmModule } from './api.ts'

const success = 0
const badFileDescriptor = 8
const notSupported = 52
const stderr = 2
const outputLimit = 65_536

/** Thrown through the engine when Go ends its process: after a fatal error the instance is unusable. */
class ProcessExit extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super(`the engine exited with code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** The little of WASI that Go's runtime needs: clocks, random numbers, its environment and standard error. */
export interface Wasi {
  /** To be merged with the other import modules. Whatever is not here answers "not supported". */
  readonly imports: WasmImports
  /** Text that Go wrote to standard output and error since the last call, at most 64 KiB. */
  takeOutput(): string
}

/** Files, sockets and processes do not exist for the engine: their calls fail. `memory` is asked for at each call. */
export function createWasi(memory: () => WasmMemory, env: Readonly<Record<string, string>>): Wasi {
  const output = new CapturedOutput()
  const view = (): DataView => new DataView(memory().buffer)
  const strings = Object.entries(env).map(([name, value]) => Buffer.from(`${name}=${value}\0`))
  const imports: Record<string, (...args: number[]) => number> = {
    args_sizes_get: (count = 0, size = 0) => writeSizes(view(), count, size, []),
    args_get: () => success,
    environ_sizes_get: (count = 0, size = 0) => writeSizes(view(), count, size, strings),
    environ_get: (pointers = 0, bytes = 0) => writeStrings(view(), pointers, bytes, strings),
    random_get: (at = 0, length = 0) => {
      randomFillSync(new Uint8Array(memory().buffer, at, length))
      return success
    },
    fd_write: (fd = 0, vectors = 0, count = 0, written = 0) => output.write(view(), fd, vectors, count, written),
    fd_prestat_get: () => badFileDescriptor,
    fd_fdstat_get: () => badFileDescriptor,
    sched_yield: () => success,
    poll_oneoff: (subscriptions = 0, events = 0, count = 0, written = 0) =>
      sleep(view(), { subscriptions, events, count, written }),
    proc_exit: (code = 0) => {
      throw new ProcessExit(code)
    },
  }
  const clock = (id: number, _precision: bigint, at: number): number => {
    view().setBigUint64(at, now(id), true)
    return success
  }
  const known: WasmImports = { ...imports, clock_time_get: clock }
  return { imports: known, takeOutput: () => output.take() }
}

/** Adds an answer of "not supported" for every WASI function that the module imports and `known` lacks. */
export function completeWasi(module: WasmModule, known: WasmImports): WasmImports {
  const all: WasmImports = { ...known }
  for (const { module: from, name } of wasm.Module.imports(module)) {
    if (from === 'wasi_snapshot_preview1') all[name] ??= () => notSupported
  }
  return all
}

function now(clockId: number): bigint {
  return clockId === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint()
}

function writeSizes(view: DataView, count: number, size: number, strings: readonly Buffer[]): number {
  view.setUint32(count, strings.length, true)
  view.setUint32(
    size,
    strings.reduce((sum, text) => sum + text.length, 0),
    true,
  )
  return success
}

function writeStrings(view: DataView, pointers: number, bytes: number, strings: readonly Buffer[]): number {
  let at = bytes
  strings.forEach((text, i) => {
    view.setUint32(pointers + 4 * i, at, true)
    new Uint8Array(view.buffer, at, text.length).set(text)
    at += text.length
  })
  return success
}

class CapturedOutput {
  #text = ''

  write(view: DataView, fd: number, vectors: number, count: number, written: number): number {
    if (fd !== 1 && fd !== stderr) return badFileDescriptor
    let total = 0
    for (let i = 0; i < count; i++) {
      const at = view.getUint32(vectors + 8 * i, true)
      const length = view.getUint32(vectors + 8 * i + 4, true)
      if (this.#text.length < outputLimit) this.#text += Buffer.from(view.buffer, at, length).toString('utf8')
      total += length
    }
    view.setUint32(written, total, true)
    return success
  }

  take(): string {
    const text = this.#text.slice(0, outputLimit)
    this.#text = ''
    return text
  }
}

interface Poll {
  readonly subscriptions: number
  readonly events: number
  readonly count: number
  readonly written: number
}

const clockSubscription = 0
const absoluteTime = 1
const subscriptionBytes = 48

/** Go's scheduler waits for its next timer through poll_oneoff; the worker's thread really sleeps. */
function sleep(view: DataView, poll: Poll): number {
  let soonest: { waitNs: bigint; userData: bigint } | undefined
  for (let i = 0; i < poll.count; i++) {
    const at = poll.subscriptions + subscriptionBytes * i
    if (view.getUint8(at + 8) !== clockSubscription) continue
    const timeout = view.getBigUint64(at + 24, true)
    const absolute = (view.getUint16(at + 40, true) & absoluteTime) !== 0
    const waitNs = absolute ? timeout - now(view.getUint32(at + 16, true)) : timeout
    if (soonest === undefined || waitNs < soonest.waitNs) soonest = { waitNs, userData: view.getBigUint64(at, true) }
  }
  if (soonest === undefined) return notSupported
  const waitMs = Number(soonest.waitNs) / 1e6
  if (waitMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs)
  view.setBigUint64(poll.events, soonest.userData, true)
  view.setUint16(poll.events + 8, success, true)
  view.setUint8(poll.events + 10, clockSubscription)
  view.setUint32(poll.written, 1, true)
  return success
}
