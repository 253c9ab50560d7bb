// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { GitRepository } from '@tidelock/api'
import type { EventRecord } from '@tidelock/bus'
import { createLogger } from './logger.ts'
import { RunReporter } from './run-reporter.ts'
import type { SerialPatcher } from './serial-patcher.ts'

const obj = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'app', namespace: 'ns', uid: 'u', resourceVersion: '7' },
  spec: { interval: '1h', url: 'https://example.com' },
} as GitRepository

let said: string[]
let reporter: RunReporter<GitRepository>
beforeEach(() => {
  said = []
  const messages: string[] = []
  const say = (verb: string, sequences: readonly number[]): void =>
    void said.push(...sequences.map((sequence) => `${verb} ${messages[sequence]}`))
  const put = (records: readonly EventRecord[]): Promise<number[]> => {
    const sequences = records.map(({ event, base }) => messages.push(`${event.message} of ${base}`) - 1)
    say('put', sequences)
    return Promise.resolve(sequences)
  }
  const patchStatus = (): Promise<undefined> => Promise.resolve(void said.push('patch'))
  reporter = new RunReporter<GitRepository>({
    obj,
    patcher: { persisted: obj, patchStatus } as unknown as SerialPatcher<GitRepository>,
    publisher: { put, release: (all) => say('release', all), discard: (all) => say('discard', all) },
    table: { owned: [], summarize: [], negativePolarity: [], progressMakesReadyUnknown: true },
    log: createLogger({ level: 'error', encoding: 'json' }, { write: () => true }),
    now: () => 0,
    events: { reportingController: 'c', reportingInstance: 'i', transition: 't' },
    eventMetadata: () => ({}),
    reach: () => Promise.resolve(),
    ensureMayWrite: () => undefined,
    onWritten: () => undefined,
  })
})

const draft = (message: string) => ({ severity: 'info', message, reason: 'Progressing' }) as const

describe('RunReporter', () => {
  it('makes events durable, then the status, then lets them go', async () => {
    reporter.event(obj, draft('a'))
    await reporter.commit(obj)
    expect(said).toEqual(['put a of 7', 'patch', 'release a of 7'])
  })

  it('puts what was done in the place of what was intended', async () => {
    await reporter.intend(obj, draft('a'))
    await reporter.commit(obj)
    expect(said).toEqual(['put a of 7', 'patch'])
    await reporter.intend(obj, draft('b'))
    reporter.event(obj, draft('both'))
    await reporter.commit(obj)
    const before = ['put b of 7', 'put both of 7', 'discard a of 7', 'discard b of 7']
    expect(said.slice(2)).toEqual([...before, 'patch', 'release both of 7'])
  })

  it('forgets what was intended at the end of a run that has nothing to report', async () => {
    await reporter.intend(obj, draft('a'))
    await reporter.commit(obj, { isLast: true })
    expect(said).toEqual(['put a of 7', 'discard a of 7', 'patch'])
  })

  it('lets out what was intended when the run is given up', async () => {
    await reporter.intend(obj, draft('a'))
    await reporter.flush()
    expect(said).toEqual(['put a of 7', 'release a of 7'])
  })
})
