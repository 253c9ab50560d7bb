// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { HealthOutcome } from '@tidelock/ssa'
import { FakeClock } from '@tidelock/testkit'
import { WaitRegistry } from './wait-registry.ts'
import type { PendingWait } from './wait-registry.ts'

const key = { namespace: 'ns', name: 'app' }
let clock: FakeClock
let waits: WaitRegistry
let said: string[]
beforeEach(() => {
  clock = new FakeClock()
  waits = new WaitRegistry(clock)
  said = []
})

function pending(name: string): {
  readonly wait: PendingWait
  readonly end: (outcome: HealthOutcome) => Promise<void>
} {
  const { promise, resolve } = Promise.withResolvers<HealthOutcome>()
  const cancel = (): void => {
    said.push(`${name} cancelled`)
    resolve({ kind: 'cancelled' })
  }
  const wait = { wait: { outcome: promise, cancel } } as unknown as PendingWait
  const end = async (outcome: HealthOutcome): Promise<void> => {
    resolve(outcome)
    await clock.advance(0)
  }
  return { wait, end }
}

const tell = (name: string) => (outcome: HealthOutcome) => said.push(`${name} ${outcome.kind}`)

describe('WaitRegistry', () => {
  it('tells the end of a wait once', async () => {
    const first = pending('first')
    waits.put(key, first.wait, tell('first'))
    expect(waits.get(key)).toBe(first.wait)
    await first.end({ kind: 'healthy' })
    expect(said).toEqual(['first healthy'])
  })

  it('puts one wait in the place of another, and tells nothing of what was replaced or dropped', async () => {
    const [first, second] = [pending('first'), pending('second')]
    waits.put(key, first.wait, tell('first'))
    waits.put(key, second.wait, tell('second'))
    await first.end({ kind: 'healthy' })
    waits.drop(key)
    await second.end({ kind: 'healthy' })
    waits.drop(key)
    expect([said, waits.get(key)]).toEqual([['first cancelled', 'second cancelled'], undefined])
  })

  it('knows an outcome that lay too long', async () => {
    const first = pending('first')
    waits.put(key, first.wait, tell('first'))
    await clock.advance(60_000)
    expect(waits.isFresh(key)).toBe(true)
    await first.end({ kind: 'healthy' })
    await clock.advance(4999)
    expect(waits.isFresh(key)).toBe(true)
    await clock.advance(1)
    expect(waits.isFresh(key)).toBe(false)
  })
})
