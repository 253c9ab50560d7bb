// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorMessage, redact } from '@tidelock/errors'
import { parseListenAddress, serveHttp } from '@tidelock/runtime'
import type { Manager } from '@tidelock/runtime'
import { createHttpMetrics } from './http-metrics.ts'
import { answer, maxHeaderBytes } from './read-body.ts'

/** One of the two servers. */
export interface ServeOptions {
  /** For logs: `event server`. */
  readonly name: string
  readonly flag: string
  /** Empty or 0: nothing is served. */
  readonly address: string
  /** First words of its metrics: `gotk_event`. */
  readonly prefix: string
  /** What its metrics call it, where they do not name paths. */
  readonly handler: string
  /** Whether paths are labels of metrics. */
  readonly withPaths: boolean
  readonly handle: (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => Promise<void>
}

/** Serves on every instance, leader or not, for as long as the manager runs. A handler that throws is answered 500 and logged. */
export function addServer(manager: Manager, options: ServeOptions): void {
  const { name, flag, address: text, handle } = options
  const address = parseListenAddress(flag, text)
  if (address === undefined) return
  const observe = createHttpMetrics(manager.metrics, options)
  manager.addRunnable(name, async (signal) => {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      observe(request, response)
      handle(request, response, signal).catch((error: unknown) => {
        if (!signal.aborted) manager.log.error({ server: name, error: redact(errorMessage(error)) }, 'request failed')
        answer(response, 500)
      })
    }
    const server = await serveHttp(address, listener, { maxHeaderBytes })
    manager.log.info({ address: server.address }, `serving ${name}`)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await server.close()
  })
}
