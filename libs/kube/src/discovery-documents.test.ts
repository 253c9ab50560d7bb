// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseAggregated } from './discovery-documents.ts'

const document = (freshness: string, resources: readonly object[]): string =>
  JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: { name: 'x.io' }, versions: [{ version: 'v1', freshness, resources }] }],
  })

describe('parseAggregated', () => {
  const widget = { group: 'x.io', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true }
  it('keeps what was known of a version whose backend is down', () => {
    expect(parseAggregated(document('Stale', []), [widget])).toEqual([widget])
    expect(parseAggregated(document('Current', []), [widget])).toEqual([])
  })
  it('skips entries that only hold subresources', () => {
    const resources = [{ resource: 'a', responseKind: {} }, { resource: 'b' }]
    expect(parseAggregated(document('Current', resources), [])).toEqual([])
  })
  it('is undefined for another document', () => {
    expect(parseAggregated('{"kind":"APIGroupList"}', [])).toBeUndefined()
  })
})
