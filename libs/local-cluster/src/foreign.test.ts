// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { isRecentEnough, parseVersion, type Version } from './foreign.ts'

describe('parseVersion', () => {
  it.each<[string, Version]>([
    ['Kubernetes v1.36.3\n', [1, 36, 3]],
    ['etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8\n', [3, 6, 8]],
    ['nats-server: v2.15.2\n', [2, 15, 2]],
    ['kwok version v0.8.0 go1.26.0 (linux/amd64)\n', [0, 8, 0]],
    ['Kubernetes v1.37.0-alpha.1+abc', [1, 37, 0]],
  ])('reads %j', (output, version) => {
    expect(parseVersion(output)).toEqual(version)
  })

  it.each(['', 'unknown', 'go1.26.8', '1.2'])('finds none in %j', (output) => {
    expect(parseVersion(output)).toBeUndefined()
  })
})

describe('isRecentEnough', () => {
  it.each<[Version, boolean]>([
    [[1, 33, 0], true],
    [[1, 33, 5], true],
    [[1, 36, 0], true],
    [[2, 0, 0], true],
    [[1, 32, 9], false],
    [[0, 99, 99], false],
  ])('judges %j against 1.33.0: %j', (version, expected) => {
    expect(isRecentEnough(version, [1, 33, 0])).toBe(expected)
  })
})
