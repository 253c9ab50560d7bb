// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { LongBuilds } from './long-builds.ts'

const key = { namespace: 'ns', name: 'app' }

function setup() {
  const clock = new FakeClock()
  const builds = new LongBuilds<string>(clock)
  const started: { readonly of: string; readonly signal: AbortSignal; readonly end: (result: string) => void }[] = []
  const run = new AbortController()
  let ends = 0
  const take = (of: string): Promise<{ readonly result: string } | undefined> =>
    builds.take(key, {
      of,
      signal: run.signal,
      ended: () => void (ends += 1),
      start: (signal) =>
        new Promise((resolve, reject) => {
          started.push({ of, signal, end: resolve })
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        }),
    })
  return { clock, builds, started, take, run, ends: () => ends }
}

describe('LongBuilds', () => {
  it('gives a run what it builds, and keeps nothing', async () => {
    const { builds, started, take, ends } = setup()
    const taken = take('a')
    started[0]?.end('done')
    expect(await taken).toEqual({ result: 'done' })
    expect([builds.has(key, 'a'), ends()]).toEqual([false, 0])
  })

  it('lets a run go after five seconds, calls for another at the end, and gives that one the result', async () => {
    const { clock, builds, started, take, ends } = setup()
    const taken = take('a')
    await clock.advance(5000)
    expect(await taken).toBeUndefined()
    expect([builds.has(key, 'a'), ends()]).toEqual([true, 0])
    // one that comes too early waits for the same build, and is let go as well
    const early = take('a')
    await clock.advance(5000)
    expect(await early).toBeUndefined()
    started[0]?.end('done')
    await clock.advance(0)
    expect(ends()).toBe(1)
    expect(await take('a')).toEqual({ result: 'done' })
    expect(started.length).toBe(1)
    expect(builds.has(key, 'a')).toBe(false)
  })

  it('aborts a build of what is no longer wanted', async () => {
    const { clock, started, take, ends } = setup()
    const first = take('a')
    await clock.advance(5000)
    expect(await first).toBeUndefined()
    const second = take('b')
    expect(started.map(({ of, signal }) => [of, signal.aborted])).toEqual([
      ['a', true],
      ['b', false],
    ])
    started[1]?.end('new')
    expect(await second).toEqual({ result: 'new' })
    expect(ends()).toBe(0)
  })

  it('aborts the build of an object that is gone, without a word', async () => {
    const { clock, builds, started, take, ends } = setup()
    const taken = take('a')
    await clock.advance(5000)
    await taken
    builds.drop(key)
    await clock.advance(0)
    expect([started[0]?.signal.aborted, builds.has(key, 'a'), ends()]).toEqual([true, false, 0])
  })

  it('aborts the build with the run', async () => {
    const { builds, started, take, run } = setup()
    const taken = take('a')
    run.abort(new Error('stop'))
    await expect(taken).rejects.toThrow('stop')
    expect([started[0]?.signal.aborted, builds.has(key, 'a')]).toEqual([true, false])
  })
})
