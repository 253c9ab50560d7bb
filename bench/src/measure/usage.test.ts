// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { totalUsage, usageBetween } from './usage.ts'

const reading = (cpuSeconds: number, requests: Record<string, number>) => ({
  cpuSeconds,
  requests: new Map(Object.entries(requests)),
})

describe('usageBetween', () => {
  it('subtracts, and leaves out what did not grow', () => {
    const usage = usageBetween(
      new Map([['source', reading(1.5, { 'GET 200': 5, 'PUT 200': 2 })]]),
      new Map([['source', reading(4, { 'GET 200': 9, 'PUT 200': 2, 'PATCH 200': 1 })]]),
    )
    expect(usage).toEqual({
      source: { cpuSeconds: 2.5, requests: 5, requestsBy: { 'GET 200': 4, 'PATCH 200': 1 } },
    })
  })

  it('adds up over controllers', () => {
    const usage = usageBetween(
      new Map(),
      new Map([
        ['source', reading(1, { 'GET 200': 1 })],
        ['kustomize', reading(2, { 'GET 200': 3 })],
      ]),
    )
    expect(totalUsage(usage)).toEqual({ cpuSeconds: 3, requests: 4 })
  })
})
