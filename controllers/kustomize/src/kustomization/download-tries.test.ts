// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { DownloadTries } from './download-tries.ts'

const key = { namespace: 'ns', name: 'app' }
const seconds = (tries: DownloadTries, digest: string, times: number): (number | undefined)[] =>
  Array.from({ length: times }, () => tries.failed(key, digest)).map((ms) => (ms === undefined ? ms : ms / 1000))

describe('DownloadTries', () => {
  it('waits from 5 to 30 seconds, and begins anew once all tries are used up', () => {
    expect(seconds(new DownloadTries(5), 'a', 8)).toEqual([5, 10, 20, 30, 30, undefined, 5, 10])
    expect(seconds(new DownloadTries(0), 'a', 2)).toEqual([undefined, undefined])
  })

  it('counts what is in a row, for one artifact', () => {
    const tries = new DownloadTries(9)
    expect(seconds(tries, 'a', 2)).toEqual([5, 10])
    expect(seconds(tries, 'b', 1)).toEqual([5])
    tries.forget(key)
    expect(seconds(tries, 'b', 1)).toEqual([5])
    expect(tries.failed({ ...key, name: 'other' }, 'b')).toBe(5000)
  })
})
