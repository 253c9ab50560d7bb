// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'
import { formatTime } from '@tidelock/api'
import type { Clock, FluxEvent } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import type { Logger } from '@tidelock/runtime'
import { answer, readBody } from '../http/read-body.ts'
import { filterMetadata } from './metadata.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { idOf, readEvent } from './read-event.ts'

/** What the server works with. */
export interface EventServerDependencies {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly limiter: RateLimiter
  readonly rateLimitIntervalMs: number
  /** Resolves when the event is on the bus or on disk: only then it is acknowledged. Throws `SpoolFull` when too many wait. */
  accept(this: void, id: string, event: FluxEvent): Promise<void>
  /** Called when an event is refused because too many wait. */
  onRefused(this: void): void
}

/** Header by which our own controllers name an event, so that it is known when it comes over the bus too. */
const eventIdHeader = 'x-tidelock-event-id'
/** After which time who was refused shall come again. */
const fullSeconds = 30

/** Takes an event as Flux does: 413 for too much, 400 for what is none, 429 for one that was there a moment ago, else 202. Ours alone: 503 when too many wait. */
export async function handleEvent(
  { clock, log, limiter, rateLimitIntervalMs, accept, onRefused }: EventServerDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, response)
  if (body === undefined) return
  const read = readEvent(body)
  if (read === undefined) {
    log.error({}, 'decoding the request body failed')
    return answer(response, 400)
  }
  const event = filterMetadata(read)
  const id = idOf(event, request.headers[eventIdHeader])
  if (!limiter.allows(event, id)) {
    log.debug({ object: event.involvedObject }, 'Discarding event, rate limiting duplicate events')
    return answer(response, 429, { 'retry-after': String(Math.ceil(rateLimitIntervalMs / 1000)) })
  }
  try {
    // after it was named: a sender that tries again sends it without a time again, and services want one
    await accept(id, event.timestamp === '' ? { ...event, timestamp: formatTime(new Date(clock.now())) } : event)
  } catch (error) {
    limiter.forget(event, id)
    if (!hasCode(error, 'SpoolFull')) throw error
    onRefused()
    return answer(response, 503, { 'retry-after': String(fullSeconds) })
  }
  answer(response, 202)
}
