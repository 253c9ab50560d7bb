// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import type { Source } from './dependencies.ts'
import { warmAhead } from './warm-ahead.ts'

const source = (status?: 'True' | 'False'): Source =>
  ({ status: { conditions: status === undefined ? [] : [{ type: 'ArtifactOutdated', status }] } }) as unknown as Source
const user = (suspend?: boolean): Kustomization => ({ spec: { suspend } }) as unknown as Kustomization

/** How often the engine was started. */
function starts(now: Source, before: Source | undefined, users: readonly Kustomization[]): number {
  let count = 0
  const warm = (): Promise<void> => {
    count += 1
    return Promise.reject(new Error('no memory'))
  }
  warmAhead({ warm }, now, before, users)
  return count
}

describe('warmAhead', () => {
  it('starts the engine once for a revision that is being fetched', () => {
    expect(starts(source('True'), source(), [user(true), user()])).toBe(1)
    expect(starts(source('True'), source('False'), [user()])).toBe(1)
    expect(starts(source('True'), source('True'), [user()])).toBe(0)
    expect(starts(source(), source('True'), [user()])).toBe(0)
  })

  it('starts nothing for a source that nobody builds from, or that was so at the start', () => {
    expect(starts(source('True'), source(), [])).toBe(0)
    expect(starts(source('True'), source(), [user(true)])).toBe(0)
    expect(starts(source('True'), undefined, [user()])).toBe(0)
  })
})
