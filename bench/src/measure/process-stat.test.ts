// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseCpuSeconds, parseMemory, readCpuSeconds } from './process-stat.ts'

const stat = (name: string): string =>
  `4242 (${name}) S 1 4242 4242 0 -1 4194304 9000 0 3 0 1234 66 7 8 20 0 11 0 55 1000 200 18446744073709551615`

describe('parseCpuSeconds', () => {
  it.each(['node', 'node (worker) 1', 'a) S 1 2 3 (b'])('adds user and system time of %j', (name) => {
    expect(parseCpuSeconds(stat(name))).toBe(13)
  })

  it('refuses what is no stat line', () => {
    expect(() => parseCpuSeconds('4242 (node)')).toThrow(/cannot read CPU time/)
  })
})

describe('parseMemory', () => {
  it('reads peak and present size', () => {
    const status = 'Name:\tnode\nVmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n'
    expect(parseMemory(status)).toEqual({ peakMiB: 200, nowMiB: 100 })
  })

  it('names the field that is missing', () => {
    expect(() => parseMemory('VmRSS:\t  102400 kB\n')).toThrow(/VmHWM/)
  })
})

describe('readCpuSeconds', () => {
  it('says that the process is gone', async () => {
    await expect(readCpuSeconds(2 ** 30)).rejects.toMatchObject({ code: 'MeasureFailed' })
  })
})
