// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseSamples, requestCounts } from './metrics-text.ts'

const text = `# HELP rest_client_requests_total Number of HTTP requests.
# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",host="127.0.0.1:6443",method="GET"} 7
rest_client_requests_total{code="200",host="127.0.0.1:6444",method="GET"} 1
rest_client_requests_total{code="<error>",host="127.0.0.1:6443",method="PATCH"} 2 1700000000000
rest_client_requests_total_other{code="200",method="GET"} 100
up 1
quoted{text="a\\"b,c=\\"d\\"}\\n"} 1.5e3
`

describe('parseSamples', () => {
  it('takes only the metric itself', () => {
    expect(parseSamples(text, 'rest_client_requests_total').map(({ value }) => value)).toEqual([7, 1, 2])
  })

  it('reads samples without labels', () => {
    expect(parseSamples(text, 'up')).toEqual([{ name: 'up', labels: {}, value: 1 }])
  })

  it('reads quoted label values', () => {
    expect(parseSamples(text, 'quoted')).toEqual([{ name: 'quoted', labels: { text: 'a"b,c="d"}\n' }, value: 1500 }])
  })
})

describe('requestCounts', () => {
  it('adds up over hosts, by method and answer', () => {
    expect([...requestCounts(text)]).toEqual([
      ['GET 200', 8],
      ['PATCH <error>', 2],
    ])
  })
})
