// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { array, assert, constantFrom, oneof, property, string } from 'fast-check'
import { parseChallenges } from './challenge.ts'

const read = (header: string): unknown =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

it.each<[string, unknown]>([
  ['', []],
  ['Basic', [['basic', {}]]],
  ['Basic realm="Registry"', [['basic', { realm: 'Registry' }]]],
  ['BASIC Realm=plain', [['basic', { realm: 'plain' }]]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      [
        'bearer',
        { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' },
      ],
    ],
  ],
  ['Bearer realm = "a\\"b\\\\c" , error="x"', [['bearer', { realm: 'a"b\\c', error: 'x' }]]],
  [
    'Basic realm="x", Bearer realm="y",service="z"',
    [
      ['basic', { realm: 'x' }],
      ['bearer', { realm: 'y', service: 'z' }],
    ],
  ],
  [
    'Negotiate, Basic realm="x"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  [
    'Negotiate YWJj/A==, Basic realm="x"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  // what is broken off names no realm
  [
    'Bearer realm="never ends',
    [
      ['bearer', {}],
      ['realm', {}],
    ],
  ],
])('reads %j', (header, challenges) => {
  expect(read(header)).toEqual(challenges)
})

it('ends for anything, and never throws', () => {
  const pieces = array(constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'realm', 'a', '\t', '==', 'é'), {
    maxLength: 200,
  })
  assert(
    property(
      oneof(
        string(),
        pieces.map((all) => all.join('')),
      ),
      (header) => {
        expect(Array.isArray(parseChallenges(header))).toBe(true)
      },
    ),
  )
})
