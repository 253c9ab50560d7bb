// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { ConnectionGate, abortable } from './connection-gate.ts'
import { KubeError } from './kube-error.ts'

const away = (): KubeError => new KubeError('Unreachable', 'connection refused', { sent: false })

interface Scene {
  readonly clock: FakeClock
  readonly gate: ConnectionGate
  up: boolean
  tries: number
  readonly connect: () => Promise<string>
}

function scene(): Scene {
  const clock = new FakeClock()
  const made: Scene = {
    clock,
    gate: new ConnectionGate({ clock, random: () => 1, backoffMs: { min: 100, max: 10_000 } }),
    up: false,
    tries: 0,
    connect: () => {
      made.tries += 1
      return made.up ? Promise.resolve('connected') : Promise.reject(away())
    },
  }
  return made
}

/** What the promise rejects with; caught from the start, for promises that settle while time is moved. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  )
}

describe('ConnectionGate', () => {
  it('lets one of many probe while the server is away, and the rest in, spread, when it is back', async () => {
    const stage = scene()
    const { signal } = new AbortController()
    await expect(stage.gate.attempt({ connect: stage.connect, signal })).rejects.toMatchObject({ code: 'Unreachable' })
    const connected: number[] = []
    const waits: number[] = []
    for (let i = 0; i < 50; i += 1) {
      const onWait = (): void => void waits.push(i)
      void stage.gate
        .attempt({ connect: stage.connect, signal, onWait })
        .then(() => connected.push(stage.clock.monotonic()))
    }
    await stage.clock.advance(60_000)
    // 0.1, 0.2 … 6.4, then every 10 s: a dozen probes a minute for fifty informers
    expect(stage.tries).toBeLessThan(15)
    expect(new Set(waits).size).toBe(50)
    stage.up = true
    const triesBefore = stage.tries
    await stage.clock.advance(11_000)
    expect(connected).toHaveLength(50)
    expect(stage.tries - triesBefore).toBe(50)
    expect(connected[0]).toBeLessThan(connected[1] ?? 0)
  })
  it('counts connections that die together as one failure', async () => {
    const stage = scene()
    const { signal } = new AbortController()
    const dying = Array.from({ length: 20 }, () => stage.gate.attempt({ connect: stage.connect, signal }))
    await Promise.allSettled(dying)
    expect(stage.tries).toBe(20)
    stage.up = true
    const next = stage.gate.attempt({ connect: stage.connect, signal })
    await stage.clock.advance(100)
    await expect(next).resolves.toBe('connected')
  })
  it('opens on any answer, and hands that error on', async () => {
    const stage = scene()
    const { signal } = new AbortController()
    await expect(stage.gate.attempt({ connect: stage.connect, signal })).rejects.toThrow('connection refused')
    const forbidden = new KubeError('Forbidden', 'no', { status: 403 })
    const refused = stage.gate.attempt({ connect: () => Promise.reject(forbidden), signal })
    const follower = stage.gate.attempt({ connect: () => Promise.resolve('in'), signal })
    const outcome = failureOf(refused)
    await stage.clock.advance(2_000)
    await expect(outcome).resolves.toBe(forbidden)
    await expect(follower).resolves.toBe('in')
  })
  it('passes the probing on when the prober gives up', async () => {
    const stage = scene()
    const prober = new AbortController()
    await expect(stage.gate.attempt({ connect: stage.connect, signal: prober.signal })).rejects.toThrow(
      'connection refused',
    )
    const first = stage.gate.attempt({ connect: stage.connect, signal: prober.signal })
    const second = stage.gate.attempt({ connect: stage.connect, signal: new AbortController().signal })
    const outcome = failureOf(first)
    prober.abort(new Error('stopped'))
    await expect(outcome).resolves.toMatchObject({ message: 'stopped' })
    stage.up = true
    await stage.clock.advance(2_000)
    await expect(second).resolves.toBe('connected')
  })
})

describe('abortable', () => {
  it('throws the reason at once when the signal is aborted already, and later when it aborts', async () => {
    await expect(abortable(Promise.resolve(1), undefined)).resolves.toBe(1)
    await expect(abortable(new Promise(() => {}), AbortSignal.abort(new Error('early')))).rejects.toThrow('early')
    const controller = new AbortController()
    const waiting = abortable(new Promise(() => {}), controller.signal)
    controller.abort(new Error('late'))
    await expect(waiting).rejects.toThrow('late')
  })
})
