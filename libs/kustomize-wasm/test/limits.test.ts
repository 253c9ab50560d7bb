// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { KustomizeEngine } from '../src/index.ts'
import type { EngineClock } from '../src/index.ts'
import { configMap, createEngine, createTree } from './engine.ts'

const mebibyte = 1024 * 1024
const harmless = { 'a.yaml': configMap('a') }

/** Two bases a level, each used twice by the level above: 2^levels builds, nearly without memory. */
function endless(levels: number): Record<string, string> {
  const files: Record<string, string> = { 'kustomization.yaml': 'resources: [l1, r1]\n' }
  for (let i = 1; i <= levels; i++) {
    const content = i === levels ? 'namespace: x\n' : `resources: [../l${i + 1}, ../r${i + 1}]\n`
    for (const side of ['l', 'r']) files[`${side}${i}/kustomization.yaml`] = content
  }
  return files
}

/** Written out: 9^7 strings. */
function memoryHog(): Record<string, string> {
  const levels = Array.from({ length: 7 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i},`.repeat(9)}]`)
  return {
    'a.yaml': ['apiVersion: v1', 'kind: ConfigMap', 'metadata: {name: a}', 'x0: &x0 [lol]', ...levels].join('\n'),
  }
}

async function expectHarmlessBuild(engine: KustomizeEngine): Promise<void> {
  await using tree = await createTree(harmless)
  expect((await engine.build({ root: tree.root, path: '.' })).objects.length).toBe(1)
}

describe('memory', () => {
  it('is bounded for one build, the process stays small, and the next build works', async () => {
    await using engine = await createEngine({ memoryMaxBytes: 96 * mebibyte })
    await using tree = await createTree(memoryHog())
    await expectHarmlessBuild(engine)
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20)
    const before = process.memoryUsage.rss()
    const build = engine.build({ root: tree.root, path: '.' })
    await expect(build).rejects.toMatchObject({
      code: 'BuildOutOfMemory',
      message: expect.stringContaining('96 MiB of memory'),
    })
    clearInterval(watch)
    expect(peak - before).toBeLessThan(192 * mebibyte)
    await expectHarmlessBuild(engine)
  })

  it('of builds in the same engine is reported', async () => {
    await using engine = await createEngine()
    await using tree = await createTree(harmless)
    const { stats } = await engine.build({ root: tree.root, path: '.' })
    expect(stats.memoryBytes).toBeGreaterThan(mebibyte)
    expect(stats.memoryBytes).toBeLessThan(128 * mebibyte)
  })

  it('of the output is bounded', async () => {
    await using engine = await createEngine({ outputMaxBytes: 1000 })
    await using tree = await createTree({ 'a.yaml': configMap('a', { text: 'x'.repeat(2000) }) })
    await expect(engine.build({ root: tree.root, path: '.' })).rejects.toMatchObject({ code: 'BuildTooLarge' })
    await expectHarmlessBuild(engine)
  })

  it('of a file that is read is bounded', async () => {
    await using engine = await createEngine({ memoryMaxBytes: 64 * mebibyte })
    await using tree = await createTree({ 'kustomization.yaml': 'configMapGenerator: [{name: x, files: [big]}]\n' })
    await writeFile(join(tree.root, 'big'), Buffer.alloc(17 * mebibyte))
    await expect(engine.build({ root: tree.root, path: '.' })).rejects.toMatchObject({
      code: 'BuildFailed',
      message: expect.stringContaining('exceeds the size bound'),
    })
  })
})

/** A clock whose timers fire when the test says so. */
class ManualClock implements EngineClock {
  readonly timers = new Map<object, { readonly ms: number; readonly action: () => void }>()
  monotonic(): number {
    return 0
  }
  setTimeout(action: () => void, ms: number): () => void {
    const key = {}
    this.timers.set(key, { action, ms })
    return () => this.timers.delete(key)
  }
  /** How many fired. */
  fire(ms: number): number {
    const due = [...this.timers].filter(([, timer]) => timer.ms === ms)
    for (const [key, timer] of due) {
      this.timers.delete(key)
      timer.action()
    }
    return due.length
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i++) {
    if (i > 12_000) throw new Error('did not come true in 120 s')
    await delay(10)
  }
}

const timeoutMs = 12_345
const idleMs = 54_321

describe('time', () => {
  it('is bounded for one build, and the next build works', async () => {
    const clock = new ManualClock()
    await using engine = await createEngine({ clock, timeoutMs })
    await using tree = await createTree(endless(40))
    await engine.warm()
    const build = engine.build({ root: tree.root, path: '.' })
    clock.fire(timeoutMs)
    await expect(build).rejects.toMatchObject({ code: 'BuildTimeout', message: expect.stringContaining('12345 ms') })
    await expectHarmlessBuild(engine)
  })

  it('of waiting is bounded: a slow build does not hold up the next one', async () => {
    const clock = new ManualClock()
    await using engine = await createEngine({ clock, timeoutMs, workers: 2 })
    await using tree = await createTree(endless(40))
    await engine.warm()
    const slow = engine.build({ root: tree.root, path: '.' })
    const next = expectHarmlessBuild(engine)
    await until(() => clock.fire(500) > 0)
    await next
    clock.fire(timeoutMs)
    await expect(slow).rejects.toMatchObject({ code: 'BuildTimeout' })
  })

  it('of the only worker is bounded too: a slow build is begun again beside the others', async () => {
    const clock = new ManualClock()
    await using engine = await createEngine({ clock, timeoutMs, yieldMs: 6789 })
    await using tree = await createTree(endless(40))
    await engine.warm()
    const ended = engine.build({ root: tree.root, path: '.' }).catch((error: unknown) => error)
    // its time is over while nobody waits: it goes on until somebody does
    expect(clock.fire(6789)).toBe(1)
    let isServed = false
    const next = expectHarmlessBuild(engine).then(() => (isServed = true))
    await until(() => (clock.fire(500), isServed))
    await next
    // beside the others it has the whole time limit
    await until(() => clock.fire(timeoutMs) > 0)
    expect(await ended).toMatchObject({ code: 'BuildTimeout', message: expect.stringContaining('12345 ms') })
    await expectHarmlessBuild(engine)
  })

  it('without work ends the worker, and the next build starts another', async () => {
    const clock = new ManualClock()
    await using engine = await createEngine({ clock, idleMs })
    await engine.warm()
    expect([...clock.timers.values()].map(({ ms }) => ms)).toEqual([idleMs])
    clock.fire(idleMs)
    await expectHarmlessBuild(engine)
  })
})

describe('ending', () => {
  it('an aborted build is rejected with the reason at once, waiting or running', async () => {
    await using engine = await createEngine()
    await using tree = await createTree(endless(18))
    const reason = new Error('superseded')
    const controllers = [new AbortController(), new AbortController()]
    const builds = controllers.map(({ signal }) => engine.build({ root: tree.root, path: '.' }, signal))
    for (const controller of controllers) controller.abort(reason)
    for (const build of builds) await expect(build).rejects.toBe(reason)
    await expect(engine.build({ root: tree.root, path: '.' }, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('closing rejects what runs and what waits', async () => {
    const engine = await createEngine()
    await using tree = await createTree(endless(40))
    await engine.warm()
    const builds = [1, 2].map(() => engine.build({ root: tree.root, path: '.' }))
    const outcomes = Promise.allSettled(builds)
    await engine.close()
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'EngineClosed' } })
    }
    await expect(engine.build({ root: tree.root, path: '.' })).rejects.toMatchObject({ code: 'EngineClosed' })
    await engine.close()
  })

  it('an engine that cannot be loaded says so for every build', async () => {
    await using engine = new KustomizeEngine({ wasmPath: '/nowhere/kustomize.wasm' })
    for (let i = 0; i < 2; i++) {
      await expect(engine.build({ root: '/', path: '.' })).rejects.toMatchObject({
        code: 'EngineFailed',
        message: expect.stringContaining('/nowhere/kustomize.wasm'),
      })
    }
  })
})

it('many builds at once all end', async () => {
  await using engine = await createEngine({ workers: 2 })
  await using tree = await createTree(harmless)
  const builds = Array.from({ length: 60 }, () => engine.build({ root: tree.root, path: '.' }))
  expect(new Set((await Promise.all(builds)).map(({ digest }) => digest)).size).toBe(1)
})
