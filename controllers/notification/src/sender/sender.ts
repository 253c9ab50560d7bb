// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redact } from '@tidelock/errors'
import { createHttpClient, HttpError, parseRetryAfter, readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import { NotificationError } from '../errors.ts'
import type { Destination } from './destination.ts'
import { checkHeaders, headerBytes } from './headers.ts'

/** A request to a service. */
export interface Message {
  /** Absent: POST. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly url: string
  /** Lower-case names. `content-type` absent: application/json. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** What is wrong with an answer although its status is 2xx; undefined for nothing. */
  readonly check?: (answer: Answer) => string | undefined
}

/** What a service said. */
export interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** At most 1 MiB of it. */
  readonly text: string
}

/** Sends requests of one Provider. */
export interface Sender {
  /**
   * Resolves for 2xx. Throws `Unavailable` for what may pass (no connection, time-out, 408, 425, 429, 5xx), `Refused` for every other
   * answer, `InvalidConfig` for an address or a header that is none. Credentials are hidden in what it throws.
   */
  send(message: Message, signal: AbortSignal): Promise<Answer>
  close(): Promise<void>
}

const maxAnswerBytes = 1 << 20
const shownLength = 512
const passing: ReadonlySet<number> = new Set([408, 425, 429])

/** The sender of a Provider. The caller closes it, and bounds each call by the signal. Throws `InvalidConfig` for unusable TLS material. */
export function createSender(
  destination: Destination,
  { userAgent, now }: { readonly userAgent: string; readonly now: () => number },
): Sender {
  const client = createClient(destination, userAgent)
  const hide = createMask(destination)
  return {
    async send(message, signal) {
      try {
        return await exchange(client, message, { now, hide, signal })
      } catch (error) {
        signal.throwIfAborted()
        throw classify(error, hide)
      }
    },
    close: () => client.close(),
  }
}

/** The HTTP client of a Provider: its TLS material, its proxy, no redirects. The caller closes it. Throws `InvalidConfig` for what cannot be used. */
export function createClient({ tls, proxy }: Pick<Destination, 'tls' | 'proxy'>, userAgent: string): HttpClient {
  try {
    // a redirect would take the message, and perhaps its credentials, where nobody said
    return createHttpClient({
      userAgent,
      maxRedirects: 0,
      ...tls,
      ...(proxy === undefined ? {} : { proxy }),
    })
  } catch (error) {
    throw new NotificationError('InvalidConfig', errorMessage(error))
  }
}

interface ExchangeContext {
  readonly now: () => number
  readonly hide: (text: string) => string
  readonly signal: AbortSignal
}

async function exchange(client: HttpClient, message: Message, context: ExchangeContext): Promise<Answer> {
  const { now, hide, signal } = context
  const { method = 'POST', url, headers = {}, body, check } = message
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  // a token, for instance, that holds a line break
  checkHeaders(headers, 'a value of the Provider or of its Secret makes an unusable header')
  const wire = Object.entries(headers).map(([key, value]) => [key, headerBytes(value)])
  const response = await client.request({
    method,
    url,
    headers: { ...type, ...Object.fromEntries(wire) },
    ...(body === undefined ? {} : { body }),
    signal,
  })
  const text = (await readBounded(response.body, maxAnswerBytes)).toString('utf8')
  const { status } = response
  const answer = { status, headers: response.headers, text }
  if (status >= 200 && status < 300) {
    const problem = check?.(answer)
    if (problem !== undefined) throw new NotificationError('Refused', quote(problem, hide), { details: { status } })
    return answer
  }
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now())
  throw new NotificationError(
    passing.has(status) || status >= 500 ? 'Unavailable' : 'Refused',
    `request failed with status code ${status}: ${quote(text, hide)}`,
    { details: { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } },
  )
}

/** The beginning of a text of a service. It is hidden before it is cut: else the beginning of a value across the cut would show. */
function quote(text: string, hide: (text: string) => string): string {
  const masked = hide(text)
  return masked.length > shownLength ? `${masked.slice(0, shownLength)}…` : masked
}

function classify(error: unknown, hide: (text: string) => string): NotificationError {
  // what a service answers goes into logs, Events and annotations: one line, and nothing that a terminal would obey
  const text = hide(redact(errorMessage(error)))
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  if (error instanceof NotificationError) return new NotificationError(error.code, text, { details: error.details })
  const isAddress = error instanceof HttpError && error.code === 'InvalidUrl'
  return new NotificationError(isAddress ? 'InvalidConfig' : 'Unavailable', `failed to execute request: ${text}`)
}

/** What stands in an `Authorization` header; of `Basic` also the password, as a service may name it bare. */
function tokensIn(authorization: string): string[] {
  const [scheme, credentials = ''] = authorization.split(' ', 2)
  if (scheme !== 'Basic') return [credentials]
  return [
    credentials,
    Buffer.from(credentials, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, ''),
  ]
}

type Masked = Pick<Destination, 'secret' | 'headers' | 'address' | 'token' | 'cloudAuthorization'>

/** Hides what the Secret of a Provider holds in a text; a service may echo what it was sent. */
export function createMask(destination: Masked): (text: string) => string {
  const { secret, headers, address, token, cloudAuthorization = '' } = destination
  const url = URL.parse(address)
  const values = [...secret.values()].map((value) => value.toString('utf8').trim())
  const parts = [
    ...values,
    ...Object.values(headers),
    // that of an App or a cloud stands in no Secret
    ...[token, ...tokensIn(cloudAuthorization)],
    // of a connection string
    /SharedAccessKey=([^;]+)/i.exec(address)?.[1] ?? '',
    ...(url === null ? [] : [url.pathname.slice(1), url.search.slice(1)]),
  ]
  const hidden = parts.filter((part) => part.length >= 6).sort((a, b) => b.length - a.length)
  return (text) => hidden.reduce((masked, part) => masked.replaceAll(part, '*****'), text)
}
