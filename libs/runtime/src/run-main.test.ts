// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { runMain } from './run-main.ts'
import type { MainProcess } from './run-main.ts'

class TestProcess implements MainProcess {
  readonly listeners = new Map<string, (...values: never[]) => void>()
  readonly exits: number[] = []
  readonly written: string[] = []
  readonly stderr = { write: (text: string) => void this.written.push(text) }

  on(event: string, listener: (...values: never[]) => void): void {
    this.listeners.set(event, listener)
  }

  exit(code: number): void {
    this.exits.push(code)
  }

  emit(event: string, ...values: unknown[]): void {
    this.listeners.get(event)?.(...(values as never[]))
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

describe('runMain', () => {
  it.each(['SIGTERM', 'SIGINT'])('ends with 0 on %s once the program has stopped', async (name) => {
    const target = new TestProcess()
    const running = runMain(untilAborted, { process: target })
    expect(target.exits).toEqual([])
    target.emit(name)
    await running
    expect(target.exits).toEqual([0])
  })
  it('does not wait after a second signal', () => {
    const target = new TestProcess()
    void runMain(() => new Promise(() => {}), { process: target })
    target.emit('SIGTERM')
    expect(target.exits).toEqual([])
    target.emit('SIGINT')
    expect(target.exits).toEqual([1])
  })
  it('ends with 1 and a line when the program fails', async () => {
    const target = new TestProcess()
    await runMain(() => Promise.reject(new Error('no cluster')), { process: target })
    expect(target.exits).toEqual([1])
    expect(target.written).toEqual(['Error: no cluster\n'])
  })
  it('ends with 1 on an error that nobody caught', () => {
    const target = new TestProcess()
    const reports: unknown[] = []
    void runMain(untilAborted, { process: target, report: (error) => reports.push(error) })
    target.emit('unhandledRejection', 'lost')
    expect([target.exits, reports]).toEqual([[1], ['lost']])
  })
})
