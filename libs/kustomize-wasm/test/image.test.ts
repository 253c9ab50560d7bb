// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from '@jest/globals'
import { EngineWorker } from '../src/engine-worker.ts'
import { KustomizeError } from '../src/errors.ts'
import { noRemotes } from '../src/remote.ts'
import { Tree } from '../src/tree.ts'
import type { EngineImage } from '../src/wasm/image.ts'
import { EngineInstance } from '../src/wasm/instance.ts'
import type { EngineOutcome } from '../src/wasm/instance.ts'
import { loadModule } from '../src/wasm/load-module.ts'
import { caseNames, readCase } from './corpus.ts'
import type { CorpusCase } from './corpus.ts'
import { testWasm } from './engine.ts'

const mebibyte = 1024 * 1024
const limits = { memoryMaxBytes: 256 * mebibyte, outputMaxBytes: 16 * mebibyte }
const maxFileBytes = mebibyte

let wasmPath: string
let fresh: EngineInstance
let image: EngineImage
beforeAll(async () => {
  wasmPath = await testWasm()
  fresh = new EngineInstance(loadModule(wasmPath, limits.memoryMaxBytes), limits)
  fresh.warm()
  image = fresh.takeImage()
}, 600_000)

const restore = (from: EngineImage): EngineInstance =>
  new EngineInstance(loadModule(wasmPath, limits.memoryMaxBytes), limits, from)

function build(instance: EngineInstance, { root, path, overrides }: CorpusCase): EngineOutcome {
  const request = { path, overrides, ignored: [], plain: false, isolated: false, remotes: noRemotes.table }
  return instance.build(new Tree(root, maxFileBytes), request)
}

/** Go prints the address of a generator in one message. */
function withoutAddresses(outcome: EngineOutcome): string {
  return JSON.stringify(outcome).replace(/0x[0-9a-f]+/g, '0x')
}

describe('an instance that began with the image of another one', () => {
  it('takes little room', () => {
    expect(image.pieces.reduce((sum, piece) => sum + (piece?.length ?? 0), 0)).toBeLessThan(8 * mebibyte)
  })

  it('builds the whole corpus as that one does', async () => {
    const restored = restore(image)
    expect(restored.memoryBytes).toBe(image.memoryBytes)
    for (const name of caseNames()) {
      const each = await readCase(name)
      const [expected, actual] = [fresh, restored].map((instance) => withoutAddresses(build(instance, each)))
      expect([name, actual]).toEqual([name, expected])
    }
    expect(restored.isTainted()).toBe(false)
  }, 600_000)

  it('shares nothing with it', () => {
    const [one, other] = [restore(image), restore(image)]
    one.parse('a: 1\n')
    one.warm()
    expect(other.takeImage()).toEqual(restore(image).takeImage())
    expect(other.finish('b: 2.0\n')).toMatchObject({ ok: true, objects: [{ yaml: 'b: 2\n' }] })
  })
})

describe('a worker', () => {
  const start = async (from: EngineImage | undefined): Promise<EngineWorker> => {
    const worker = new EngineWorker({ wasmPath, limits, maxFileBytes, warm: true, image: from })
    await worker.start()
    return worker
  }
  const end = (worker: EngineWorker): Promise<void> =>
    worker.terminate(new KustomizeError('EngineClosed', 'it has ended'))
  const parsed = async (worker: EngineWorker): Promise<unknown> =>
    (await worker.run({ kind: 'parse', texts: ['a: yes\n'] })).outcomes

  it('hands on its image, and the next one begins with it', async () => {
    const first = await start(undefined)
    expect(first.image).toBeDefined()
    const second = await start(first.image)
    // it made none of its own
    expect(second.image).toBeUndefined()
    expect(await parsed(second)).toEqual(await parsed(first))
    await Promise.all([end(first), end(second)])
  })

  it.each([
    ['does not fit', (): EngineImage => ({ ...image, memoryBytes: 512 * mebibyte })],
    ['is broken', (): EngineImage => ({ ...image, pieces: image.pieces.map(() => Buffer.from('no zstd')) })],
    ['is that of something else', (): EngineImage => ({ ...image, pieces: image.pieces.map(() => null) })],
  ])('begins anew when the image %s', async (_why, make) => {
    const worker = await start(make())
    expect(worker.image).toBeDefined()
    expect(await parsed(worker)).toMatchObject([{ ok: true, objects: [{ json: '{"a":true}' }] }])
    await end(worker)
  })
})
