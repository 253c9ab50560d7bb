// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Clock } from '@tidelock/api'
import type { InformerHandler } from '@tidelock/kube'
import { untilAll } from './until-all.ts'
import type { View } from './views.ts'

interface Numbered extends View {
  readonly value: number
}

function setUp(present: readonly Numbered[]) {
  const handlers = new Set<InformerHandler<Numbered>>()
  const timers: (() => void)[] = []
  let nowMs = 100
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: () => Promise.resolve(),
    setTimeout(fn) {
      timers.push(fn)
      return () => undefined
    },
  }
  const informer = {
    subscribe(handler: InformerHandler<Numbered>) {
      for (const view of present) handler.upsert?.(view, undefined)
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
  }
  const show = (name: string, value: number, atMs: number): void => {
    nowMs = atMs
    for (const handler of handlers) handler.upsert?.({ name, uid: name, value }, undefined)
  }
  const wait = (names: string[], signal = new AbortController().signal): Promise<number> =>
    untilAll(informer, {
      names,
      holds: ({ value }) => value > 0,
      describe: ({ value }) => `its value is ${value}`,
      timeoutMs: 5000,
      clock,
      signal,
    })
  return { show, wait, handlers, expire: () => timers.forEach((fire) => fire()) }
}

describe('untilAll', () => {
  it('answers with the time at which the last one held, though the first does no longer', async () => {
    const { show, wait, handlers } = setUp([{ name: 'a', uid: 'a', value: 1 }])
    const done = wait(['a', 'b', 'c'])
    show('b', 0, 200)
    show('b', 1, 300)
    show('a', 0, 350)
    show('stranger', 1, 400)
    show('c', 1, 500)
    show('c', 1, 600)
    await expect(done).resolves.toBe(500)
    expect(handlers.size).toBe(0)
  })

  it('names one that is missing when time is up', async () => {
    const { show, wait, expire } = setUp([])
    const done = wait(['a', 'b'])
    show('a', 0, 200)
    expire()
    await expect(done).rejects.toThrow('2 objects were not as wanted within 5 s, one of them a: its value is 0')
  })

  it('ends with the signal', async () => {
    const { wait, handlers } = setUp([])
    const controller = new AbortController()
    const done = wait(['a'], controller.signal)
    controller.abort(new Error('enough'))
    await expect(done).rejects.toThrow('enough')
    expect(handlers.size).toBe(0)
  })
})
