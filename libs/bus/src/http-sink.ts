// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { redactUrl } from '@tidelock/errors'
import { BusError } from './errors.ts'
import type { EventSink } from './sink.ts'

/** The part of the platform's fetch that the sink calls. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Settings of the HTTP sink. */
export interface HttpSinkOptions {
  /** As `--events-addr` gives it; user information in it becomes basic authorization. */
  readonly url: string
  /** Bound of one request. Absent: 5 s. */
  readonly timeoutMs?: number
  readonly fetch?: Fetch
}

/**
 * Posts events to a receiver that speaks Flux's event API (the notification controller). Taken are 2xx, and 429 which
 * says that the receiver has seen the event before. Connection errors and 5xx (but 501) are tried again;
 * every other answer is a refusal (the rules of fluxcd/pkg runtime/events). Throws `CredentialsInvalid` never, and
 * `Rejected` at once for an address that is not an http(s) URL.
 */
export function createHttpSink(options: HttpSinkOptions): EventSink {
  const { url, authorization } = parseAddress(options.url)
  const headers = { 'Content-Type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }
  const send = options.fetch ?? ((address, init) => fetch(address, init))
  return {
    name: 'http',
    async deliver(event, id, signal) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? 5000)])
      // a receiver that also has it from the bus knows it by the id
      const named = { ...headers, 'x-tidelock-event-id': id }
      const init = { method: 'POST', headers: named, body: encodeFluxEvent(event), signal: bounded }
      const response = await send(url, init).catch((cause: unknown) => {
        throw new BusError('Unavailable', `posting an event to ${redactUrl(url)}`, { cause })
      })
      // an unread body would keep the connection from being used again
      await response.body?.cancel()
      judge(response, url)
    },
  }
}

/** The event as Go writes it: fields in Flux's order, empty ones absent. */
export function encodeFluxEvent(event: FluxEvent): string {
  const { kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath } = event.involvedObject
  const { severity, timestamp, message, reason, metadata, reportingController, reportingInstance } = event
  const hasMetadata = metadata !== undefined && Object.keys(metadata).length > 0
  return JSON.stringify({
    involvedObject: dropEmpty({ kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath }),
    severity,
    timestamp,
    message,
    reason,
    ...(hasMetadata ? { metadata } : {}),
    reportingController,
    ...dropEmpty({ reportingInstance }),
  })
}

function dropEmpty(fields: Record<string, string | undefined>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== '') kept[name] = value
  return kept
}

function judge(response: Response, url: string): void {
  const { status } = response
  if ((status >= 200 && status < 300) || status === 429) return
  const retriable = status >= 500 && status !== 501
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const details = Number.isFinite(seconds) ? { status, retryAfterMs: seconds * 1000 } : { status }
  const message = `${redactUrl(url)} answered ${status} to an event`
  throw new BusError(retriable ? 'Unavailable' : 'Rejected', message, { details })
}

function parseAddress(text: string): { readonly url: string; readonly authorization: string | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new BusError('Rejected', `--events-addr '${redactUrl(text)}' is not an http:// or https:// URL`)
  if (url.username === '' && url.password === '') return { url: url.href, authorization: undefined }
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url: url.href, authorization: `Basic ${Buffer.from(user).toString('base64')}` }
}
