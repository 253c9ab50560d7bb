// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, jest } from '@jest/globals'
import { parseOptions } from './options.ts'

describe('parseOptions', () => {
  it('has the workload of the reference figures as its default', () => {
    expect(parseOptions([], '/here')).toEqual({
      apps: 100,
      concurrent: 20,
      cluster: 'api',
      changes: 3,
      samples: 10,
      idleSeconds: 60,
      timeoutMs: 900_000,
      jsonPath: undefined,
      profileDir: undefined,
      audit: false,
      keep: false,
    })
  })

  it('takes files relative to where it runs', () => {
    expect(parseOptions(['--json', 'a.json', '--apps', '7', '--keep'], '/here')).toMatchObject({
      apps: 7,
      jsonPath: '/here/a.json',
      keep: true,
    })
  })

  it.each([
    [['--apps', '1'], 'give a whole number of at least 2'],
    [['--apps', 'many'], 'give a whole number of at least 2'],
    [['--samples', '1.5'], 'give a whole number of at least 1'],
    [['--cluster', 'small'], 'Allowed choices are api, full'],
    [['--bogus'], "unknown option '--bogus'"],
  ])('refuses %j', (argv, message) => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      expect(() => parseOptions(argv, '/here')).toThrow(message)
    } finally {
      stderr.mockRestore()
    }
  })
})
