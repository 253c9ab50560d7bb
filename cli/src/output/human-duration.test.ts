// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { humanDuration } from './human-duration.ts'

describe('humanDuration', () => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
  // as HumanDuration of k8s.io/apimachinery
  it.each([
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [999, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59 * second, '9m59s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 59 * minute, '7h59m'],
    [8 * hour + minute, '8h'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [7 * day + 23 * hour, '7d23h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [3000 * day, '8y'],
  ])('%d ms are %s', (ms, text) => expect(humanDuration(ms)).toBe(text))
})
