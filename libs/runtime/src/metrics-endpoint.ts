// SPDX-License-Identifier: Apache-2.0
import type { RequestListener } from 'node:http'
import type { Registry } from 'prom-client'
import type { Logger } from './logger.ts'

/** Serves the registry under `/metrics`. */
export function metricsListener(registry: Registry, log: Logger): RequestListener {
  return (request, response) => {
    if (new URL(request.url ?? '/', 'http://metrics').pathname !== '/metrics') {
      response.writeHead(404).end('404 page not found\n')
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      (error: unknown) => {
        log.error({ error }, 'metrics cannot be collected')
        response.writeHead(500).end()
      },
    )
  }
}
