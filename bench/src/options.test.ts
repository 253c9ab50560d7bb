// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, jest } from '@jest/globals'
import { parseOptions } from './options.ts'

describe('parseOptions', () => {
  it('has the workload of the reference figures as its default', () => {
    expect(parseOptions([], '/here')).toEqual({
      runs: [
        {
          ...{ apps: 100, shape: 'monorepo', sops: false, lockdown: false },
          ...{ concurrent: 20, cluster: 'api', changes: 3, samples: 10 },
          ...{ idleSeconds: 60, load: true, timeoutMs: 900_000, profileDir: undefined, audit: false, keep: false },
        },
      ],
      from: [],
      jsonPath: undefined,
      svgPath: undefined,
    })
  })

  it('takes files relative to where it runs', () => {
    expect(parseOptions(['--json', 'a.json', '--svg', '/b.svg'], '/here')).toMatchObject({
      ...{ jsonPath: '/here/a.json', svgPath: '/b.svg' },
    })
    expect(parseOptions(['--from', 'a.json', 'b.json'], '/here')).toMatchObject({
      ...{ runs: [], from: ['/here/a.json', '/here/b.json'] },
    })
  })

  it('has a run for each number of apps, of which the last one may stay', () => {
    const { runs } = parseOptions(['--apps', '100,300', '--keep', '--lockdown', '--no-load'], '/here')
    expect(runs).toMatchObject([
      { apps: 100, keep: false, lockdown: true, load: false },
      { apps: 300, keep: true, lockdown: true, load: false },
    ])
  })

  it('has pods for the second shape, which waits', () => {
    expect(parseOptions(['--shape', 'second'], '/here').runs).toMatchObject([{ cluster: 'full', sops: true }])
    expect(parseOptions(['--shape', 'second', '--no-sops'], '/here').runs).toMatchObject([{ sops: false }])
  })

  it.each([
    ['90', 90],
    ['3m', 180],
    ['1m30s', 90],
  ])('reads --idle %s', (text, idleSeconds) => {
    expect(parseOptions(['--idle', text], '/here').runs).toMatchObject([{ idleSeconds }])
  })

  it.each([
    [['--apps', '1'], 'give a whole number of at least 2'],
    [['--apps', 'many'], 'give a whole number of at least 2'],
    [['--apps', '100,1'], 'give a whole number of at least 2'],
    [['--idle', 'long'], 'give seconds, or a duration such as 3m'],
    [['--shape', 'second', '--cluster', 'api'], 'nothing becomes healthy with --cluster api'],
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
