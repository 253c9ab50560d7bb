// SPDX-License-Identifier: Apache-2.0
import { type Readable, Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { HttpError } from './http-error.ts'

interface GuardOptions {
  /** For messages: method and redacted URL. */
  readonly name: string
  readonly maxBytes: number | undefined
  readonly encoding: string | undefined
  readonly decompress: boolean
  /** Makes this package's error of a foreign one. */
  readonly mapError: (error: unknown) => unknown
}

/** The body as callers see it: decoded where asked, bounded, and failing with this package's errors only. */
export function guardBody(raw: Readable, options: GuardOptions): Readable {
  const guard = new ByteLimit(options.maxBytes, options.name)
  const decoder = options.decompress ? decoderFor(options.encoding, options.name) : undefined
  if (decoder === undefined) forward(raw, guard, options.mapError)
  else {
    forward(raw, decoder, options.mapError)
    forward(decoder, guard, options.mapError)
  }
  return guard
}

/**
 * The whole body, at most `maxBytes` of it; the stream is destroyed beyond that.
 * Throws `BodyTooLarge` or what the stream fails with.
 */
export async function readBounded(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
  }
  return Buffer.concat(chunks, size)
}

class ByteLimit extends Transform {
  readonly #maxBytes: number
  readonly #name: string
  #seen = 0

  constructor(maxBytes: number | undefined, name: string) {
    super()
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY
    this.#name = name
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.#seen += chunk.length
    if (this.#seen > this.#maxBytes) done(tooLarge(this.#maxBytes, this.#name))
    else done(null, chunk)
  }
}

function tooLarge(maxBytes: number, name?: string): HttpError {
  const subject = name === undefined ? 'response body' : `${name}: response body`
  return new HttpError('BodyTooLarge', `${subject} larger than ${maxBytes} bytes`, { details: { maxBytes } })
}

function decoderFor(encoding: string | undefined, name: string): Transform | undefined {
  const named = (encoding ?? 'identity').trim().toLowerCase()
  if (named === '' || named === 'identity') return undefined
  if (named === 'gzip' || named === 'x-gzip') return createGunzip()
  if (named === 'deflate') return createInflate()
  throw new HttpError(
    'ProtocolError',
    `${name}: invalid response: content-encoding ${named.slice(0, 32)} was not asked for`,
  )
}

// stream.pipeline would hand the foreign error on; here each stage fails with the mapped one
function forward(from: Readable, to: Transform, mapError: (error: unknown) => unknown): void {
  const fail = (error: unknown): void => void to.destroy(mapError(error) as Error)
  from.on('error', fail)
  from.on('close', () => {
    if (!from.readableEnded) fail(new Error('the body ended early'))
  })
  to.on('close', () => from.destroy())
  from.pipe(to)
}
