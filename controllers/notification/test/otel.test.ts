// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { FluxEvent, Provider } from '@tidelock/api'
import { otel } from '../src/providers/otel.ts'
import { readDestination } from '../src/sender/destination.ts'
import type { Answer, Message } from '../src/sender/sender.ts'
import { alert, eventWith, providerOf, startService, tell } from './wire.ts'

/** What a notifier sends, without a network: bodies of this one are bytes. */
async function sent(
  event: FluxEvent,
  spec: Partial<Provider['spec']> = { address: 'https://collector.example' },
  secret: Record<string, string> = {},
): Promise<readonly Message[]> {
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const provider = providerOf('otel', spec)
  const messages: Message[] = []
  const answer: Answer = { status: 200, headers: {}, text: '' }
  const sender = {
    send: async (message: Message) => (messages.push(message), answer),
    close: () => Promise.resolve(),
  }
  const withUid = { ...alert, metadata: { ...alert.metadata, uid: 'alert-uid' } }
  const to = readDestination(provider, { secret: data })
  await otel({ event, alert: withUid, provider }, to, sender, new AbortController().signal)
  return messages
}

type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>

/** Reads a message of Protocol Buffers as it says itself what it holds. */
function decode(bytes: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const take = (length: number): Buffer => bytes.subarray(at, (at += length))
  const readers = new Map<number, () => Buffer | bigint>([
    [0, varint],
    [1, () => take(8)],
    [2, () => take(Number(varint()))],
    [5, () => take(4)],
  ])
  while (at < bytes.length) {
    const tag = Number(varint())
    const value = readers.get(tag & 7)?.()
    if (value === undefined) throw new Error(`no such wire type: ${tag & 7}`)
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
  }
  return fields
}

const bytesAt = (fields: Fields, number: number, index = 0): Buffer => {
  const value = fields.get(number)?.[index]
  if (Buffer.isBuffer(value)) return value
  throw new Error(`no bytes in field ${number}`)
}
const within = (fields: Fields, number: number): Fields => decode(bytesAt(fields, number))
const text = (fields: Fields, number: number): string => bytesAt(fields, number).toString('utf8')

function attributesOf(fields: Fields, number: number): Record<string, string> {
  const pairs = (fields.get(number) ?? []).map((each) => {
    const pair = decode(each as Buffer)
    return [text(pair, 1), text(within(pair, 2), 1)] as const
  })
  return Object.fromEntries(pairs)
}

async function spanOf(event: FluxEvent): Promise<{ resource: Fields; scopes: Fields; span: Fields }> {
  const [message] = await sent(event)
  const resource = within(decode(Buffer.from(message?.body ?? '')), 1)
  const scopes = within(resource, 2)
  return { resource, scopes, span: within(scopes, 2) }
}

const traceOf = (revision: string): string =>
  createHash('sha256').update(`alert-uid:${revision}`).digest().subarray(0, 16).toString('hex')

describe('otel', () => {
  it('gets a span with the Alert as its service', async () => {
    const { resource, scopes, span } = await spanOf(eventWith())
    const revision = `main@sha1:${'a'.repeat(40)}`
    expect(attributesOf(within(resource, 1), 1)).toEqual({
      'service.name': 'apps/all',
      'service.namespace': 'apps',
      'service.instance.id': 'alert-uid',
    })
    expect(text(resource, 3)).toBe('https://opentelemetry.io/schemas/1.34.0')
    expect(text(within(scopes, 1), 1)).toBe('flux:notification-controller')
    expect(bytesAt(span, 1).toString('hex')).toBe(traceOf(revision))
    expect(bytesAt(span, 2)).toHaveLength(8)
    expect(text(span, 5)).toBe('Kustomization: apps/shop')
    expect(span.get(6)).toEqual([1n])
    expect(bytesAt(span, 7).readBigUInt64LE()).toBe(1_767_323_045_000_000_000n)
    expect(bytesAt(span, 8).readBigUInt64LE()).toBe(1_767_323_045_000_000_000n)
    expect(attributesOf(span, 9)).toEqual({
      'object.uid': 'object-uid',
      'object.kind': 'Kustomization',
      'object.name': 'shop',
      'object.namespace': 'apps',
      revision,
    })
    expect(within(span, 15).get(3)).toEqual([1n])
    expect(bytesAt(span, 16).readUInt32LE()).toBe(0x301)
  })
  it('gets an error with its message, however long', async () => {
    const message = 'é'.repeat(20_000)
    const { span } = await spanOf(eventWith({ severity: 'error', message, metadata: {} }))
    expect(text(within(span, 15), 2)).toBe(message)
    expect(within(span, 15).get(3)).toEqual([2n])
    expect(bytesAt(span, 1).toString('hex')).toBe(traceOf('unknown'))
  })
  it('tells the charts of an artifact apart by version and digest', async () => {
    const metadata = { revision: '1', 'app-version': '1.2.3', 'oci-digest': 'sha256:abc' }
    const { span } = await spanOf(eventWith({ metadata }))
    expect(bytesAt(span, 1).toString('hex')).toBe(traceOf('1.2.3@sha256:abc'))
  })
  it('knows a span that comes again', async () => {
    const ids = await Promise.all(
      [eventWith(), eventWith(), eventWith({ message: 'other' })].map(async (event) =>
        bytesAt((await spanOf(event)).span, 2).toString('hex'),
      ),
    )
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[2])
  })
  it.each(['', '0001-01-01T00:00:00Z'])('takes the time %j, which is none', async (timestamp) => {
    const { span } = await spanOf(eventWith({ timestamp }))
    expect(bytesAt(span, 7).readBigUInt64LE()).toBe(0n)
  })
  it('is sent as bytes', async () => {
    await using service = await startService()
    await tell(providerOf('otel', { address: service.url }), eventWith(), { token: 'secret-token' })
    const [request] = service.received
    expect(request?.line).toBe('POST /v1/traces')
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'content-type': 'application/x-protobuf',
    })
    expect(Number(request?.headers['content-length'])).toBeGreaterThan(100)
  })
  it.each([
    ['http://c:4318', 'http://c:4318/v1/traces'],
    ['http://c:4318/', 'http://c:4318/'],
    ['https://c/otlp/v1/traces', 'https://c/otlp/v1/traces'],
  ])('at %s is reached at %s', async (address, url) => {
    expect((await sent(eventWith(), { address })).map((message) => message.url)).toEqual([url])
  })
  it.each<[Record<string, string>, object]>([
    [{}, {}],
    [{ token: 'tok' }, { authorization: 'Bearer tok' }],
    [{ username: 'me', password: 'pass' }, { authorization: 'Basic bWU6cGFzcw==' }],
    [
      { token: 'tok', headers: 'X-Team: shop' },
      { authorization: 'Bearer tok', 'x-team': 'shop' },
    ],
    [{ token: 'tok', headers: 'Authorization: own' }, { authorization: 'own' }],
  ])('with the Secret %j sends the headers %j', async (secret, headers) => {
    const [message] = await sent(eventWith(), { address: 'https://c' }, secret)
    expect(message?.headers).toEqual({ ...headers, 'content-type': 'application/x-protobuf' })
  })
  it('is not told of a HelmRepository, and says where its address is missing', async () => {
    const event = eventWith()
    const repository = { ...event, involvedObject: { ...event.involvedObject, kind: 'HelmRepository' } }
    expect(await sent(repository)).toEqual([])
    await expect(sent(event, {})).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining('spec.address'),
    })
  })
})
