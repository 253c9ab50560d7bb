// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { KubeClient } from '@tidelock/kube'
import { createLogger } from '@tidelock/runtime'
import { FakeClock } from '@tidelock/testkit'
import { followVersion } from './server-watch.ts'

it('takes another version of the server for a change of everything, and an answer that fails for none', async () => {
  const clock = new FakeClock()
  const answers = ['v1.36.2', 'v1.36.2', undefined, 'v1.36.2', 'v1.36.3', 'v1.36.3']
  const raw = async (): Promise<{ body: string }> => {
    const gitVersion = answers.shift()
    if (gitVersion === undefined) throw new Error('away')
    return { body: JSON.stringify({ gitVersion }) }
  }
  const told: string[] = []
  const stop = new AbortController()
  const ended = followVersion(
    {
      client: { raw } as unknown as KubeClient,
      clock,
      random: () => 0,
      log: createLogger({ level: 'error', encoding: 'json' }, { write: () => true }),
      changed: (kinds, why) => void told.push(`${JSON.stringify(kinds)} ${why}`),
    },
    stop.signal,
  )
  for (let minute = 0; minute < 6; minute++) await clock.advance(60_000)
  expect(told).toEqual(['[{"group":"*","plural":"*"}] the API server went from v1.36.2 to v1.36.3'])
  stop.abort()
  await ended
})
