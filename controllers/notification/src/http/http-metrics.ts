// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gauge, histogram } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'

/** Notes a request when it comes in; the rest when it was answered, or its sender is gone. */
export type ObserveRequest = (request: IncomingMessage, response: ServerResponse) => void

const labels = ['service', 'handler', 'method', 'code'] as const
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const sizes = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/**
 * Flux's metrics of a server, `gotk_event_http_…` or `gotk_receiver_http_…`. `handler` is the place that the server stands at, or with
 * `withPaths` the path of the request where it led somewhere: paths that are made up would be labels without end.
 */
export function createHttpMetrics(
  { registry }: Pick<RuntimeMetrics, 'registry'>,
  { prefix, handler, withPaths }: { readonly prefix: string; readonly handler: string; readonly withPaths: boolean },
): ObserveRequest {
  const took = histogram(
    registry,
    `${prefix}_http_request_duration_seconds`,
    'The latency of the HTTP requests.',
    labels,
    durations,
  )
  const size = histogram(
    registry,
    `${prefix}_http_response_size_bytes`,
    'The size of the HTTP responses.',
    labels,
    sizes,
  )
  const inflight = gauge(
    registry,
    `${prefix}_http_requests_inflight`,
    'The number of inflight requests being handled at the same time.',
    ['service', 'handler'],
  )
  return (request, response) => {
    const startedMs = performance.now()
    const place = { service: '', handler }
    inflight.inc(place)
    response.once('close', () => {
      inflight.dec(place)
      const path = request.url?.split('?', 1)[0] ?? ''
      const values = {
        service: '',
        handler: withPaths && response.statusCode !== 404 ? path : handler,
        method: request.method ?? '',
        code: String(response.statusCode),
      }
      took.observe(values, (performance.now() - startedMs) / 1000)
      size.observe(values, Number(response.getHeader('content-length') ?? 0))
    })
  }
}
