// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import type { RunningController } from './controller-process.ts'
import { startHealthy } from './start-healthy.ts'
import { supervise } from './supervise.ts'
import type { Supervision } from './supervise.ts'

interface Fake extends RunningController {
  end(how: string): void
}

let directory: string
let health: Server
let healthUrl: string
let status: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-supervise-'))
  status = 200
  health = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1')
  await once(health, 'listening')
  healthUrl = `http://127.0.0.1:${(health.address() as AddressInfo).port}/readyz`
})
afterEach(async () => {
  health.closeAllConnections()
  health.close()
  await rm(directory, { recursive: true })
})

function fake(pid: number, url: string = healthUrl): Fake {
  const ended = Promise.withResolvers<string>()
  const stop = async (): Promise<void> => ended.resolve('stopped')
  const logPath = join(directory, 'log')
  return {
    name: 'fake',
    pid,
    metricsUrl: '',
    healthUrl: url,
    logPath,
    logStart: 4,
    ended: ended.promise,
    stop,
    end: ended.resolve,
  }
}

describe('startHealthy', () => {
  const signal = new AbortController().signal

  it('waits until the controller is healthy', async () => {
    status = 500
    const started = startHealthy(() => Promise.resolve(fake(1)), signal)
    await once(health, 'request')
    status = 200
    expect((await started).pid).toBe(1)
  })

  it('shows what the controller wrote before it ended, and nothing of earlier runs', async () => {
    const controller = fake(1, 'http://127.0.0.1:1/')
    await writeFile(controller.logPath, 'old\nfirst\nno such flag\n')
    controller.end('exit code 1')
    await expect(startHealthy(() => Promise.resolve(controller), signal)).rejects.toMatchObject({
      code: 'StartFailed',
      message: `the fake controller did not start: exit code 1; the end of ${controller.logPath}:\nfirst\nno such flag`,
    })
  })

  it('asks for other addresses where one is taken, a few times', async () => {
    const asked: boolean[] = []
    const begin = async (isFresh: boolean): Promise<RunningController> => {
      asked.push(isFresh)
      const controller = fake(asked.length, 'http://127.0.0.1:1/')
      await writeFile(controller.logPath, 'old\nlisten EADDRINUSE: address already in use 127.0.0.1:1\n')
      controller.end('exit code 1')
      return controller
    }
    await expect(startHealthy(begin, signal)).rejects.toThrow('EADDRINUSE')
    expect(asked).toEqual([false, true, true])
  })

  it('ends what it started when it is told to stop', async () => {
    status = 500
    const stopping = new AbortController()
    const controller = fake(1)
    const started = startHealthy(() => Promise.resolve(controller), stopping.signal)
    await once(health, 'request')
    stopping.abort(new Error('enough'))
    await expect(started).rejects.toThrow(/aborted|enough/)
    expect(await controller.ended).toBe('stopped')
  })
})

describe('supervise', () => {
  interface Recorded extends Supervision {
    readonly made: Fake[]
    readonly told: string[]
  }

  function record(more: Partial<Supervision> = {}): Recorded {
    const made: Fake[] = []
    const told: string[] = []
    return {
      ...{ made, told, name: 'fake', now: () => 0 },
      start: async (isAgain) => {
        const controller = fake(made.length + 1)
        made.push(controller)
        told.push(isAgain ? 'again' : 'first')
        return controller
      },
      onEnd: (how) => void told.push(how),
      onAgain: async () => void told.push('healthy'),
      onGivenUp: (why) => void told.push(why),
      ...more,
    }
  }

  it('starts what ended by itself again, and says what runs now', async () => {
    const recorded = record()
    const supervised = await supervise(recorded)
    recorded.made[0]?.end('signal SIGKILL')
    await eventually(() => expect(recorded.told).toEqual(['first', 'signal SIGKILL', 'again', 'healthy']))
    expect(supervised.current().pid).toBe(2)
    await supervised.stop()
    expect(recorded.told).toHaveLength(4)
  })

  it('gives up on the sixth end within a minute', async () => {
    const recorded = record()
    await supervise(recorded)
    for (let end = 1; end <= 6; end++) {
      await eventually(() => expect(recorded.made).toHaveLength(end))
      recorded.made[end - 1]?.end('exit code 1')
    }
    await eventually(() =>
      expect(recorded.told.at(-1)).toMatch(/^the fake controller ends again and again, now with exit code 1; see /),
    )
    expect(recorded.made).toHaveLength(6)
  })

  it('does not give up on ends that lie apart', async () => {
    let nowMs = 0
    const recorded = record({ now: () => (nowMs += 20_000) })
    const supervised = await supervise(recorded)
    for (let end = 1; end <= 9; end++) {
      await eventually(() => expect(recorded.made).toHaveLength(end))
      recorded.made[end - 1]?.end('exit code 1')
    }
    await eventually(() => expect(recorded.made).toHaveLength(10))
    await supervised.stop()
  })

  it('gives up when a start fails, and passes on that the first one did', async () => {
    let starts = 0
    const recorded = record()
    const start = (isAgain: boolean): Promise<RunningController> =>
      starts++ === 0 ? recorded.start(isAgain) : Promise.reject(new Error('no room'))
    await supervise({ ...recorded, start })
    recorded.made[0]?.end('exit code 1')
    await eventually(() => expect(recorded.told).toEqual(['first', 'exit code 1', 'no room']))
    await expect(supervise({ ...recorded, start })).rejects.toThrow('no room')
  })
})
