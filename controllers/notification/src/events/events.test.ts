// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import { filterMetadata, withoutToken } from './metadata.ts'
import { RateLimiter, rateLimitKey } from './rate-limiter.ts'
import { idOf, readEvent } from './read-event.ts'

const event: FluxEvent = {
  involvedObject: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'n', name: 'app' },
  severity: 'info',
  timestamp: '2026-01-01T00:00:00Z',
  message: 'done',
  reason: 'Succeeded',
  metadata: {},
  reportingController: 'kustomize-controller',
}
const own = (key: string): string => `kustomize.toolkit.fluxcd.io/${key}`

describe('the metadata of an event', () => {
  it('keep what is of events and of the object', () => {
    const metadata = {
      ...{ [own('revision')]: 'r', [own('Checksum')]: 'c', [own('digest')]: 'd', [own('token')]: 't' },
      ...{
        'event.toolkit.fluxcd.io/env': 'e',
        'event.toolkit.fluxcd.io/digest': 'f',
        bare: 'x',
        'source.toolkit.fluxcd.io/revision': 'y',
      },
    }
    const filtered = filterMetadata({ ...event, metadata })
    expect(filtered.metadata).toEqual({
      ...{ [own('revision')]: 'r', [own('token')]: 't' },
      ...{ 'event.toolkit.fluxcd.io/env': 'e', 'event.toolkit.fluxcd.io/digest': 'f' },
    })
    expect(withoutToken(filtered).metadata).not.toHaveProperty([own('token')])
  })
})

describe('the rate limit', () => {
  it('goes by what Flux’s key is made of', () => {
    const metadata = { [own('token')]: 't', [own('revision')]: 'r', [own('originRevision')]: 'o' }
    const text = 'event/name=app/namespace=n/kind=Kustomization/message=done/originRevision=o/revision=r/token=t'
    expect(rateLimitKey({ ...event, metadata })).toBe(createHash('sha256').update(text).digest('hex'))
  })
  it('lets one event a key through in an interval, and that one again', async () => {
    const clock = new FakeClock()
    const limiter = new RateLimiter(clock, 1000)
    expect(limiter.allows(event, 'a')).toBe(true)
    expect(limiter.allows(event, 'a')).toBe(true)
    expect(limiter.allows({ ...event, severity: 'error', reason: 'x', timestamp: '' }, 'b')).toBe(false)
    expect(limiter.allows({ ...event, message: 'other' }, 'b')).toBe(true)
    await clock.advance(1000)
    expect(limiter.allows(event, 'c')).toBe(true)
    limiter.forget(event, 'c')
    expect(limiter.allows(event, 'd')).toBe(true)
    expect(new RateLimiter(clock, 0).allows(event, 'x')).toBe(true)
  })
  it('keeps no more keys than it may', () => {
    const limiter = new RateLimiter(new FakeClock(), 1000, 2)
    for (const message of ['1', '2', '3', '4']) limiter.allows({ ...event, message }, message)
    expect(limiter.allows({ ...event, message: '1' }, 'x')).toBe(true)
    expect(limiter.allows({ ...event, message: '4' }, 'x')).toBe(false)
  })
})

describe('readEvent', () => {
  const read = (value: unknown): FluxEvent | undefined => readEvent(Buffer.from(JSON.stringify(value)))
  it('takes what Flux takes', () => {
    expect(read(event)).toEqual(event)
    expect(read({})).toMatchObject({ involvedObject: {}, message: '', metadata: {} })
    expect(read({ ...event, metadata: null, involvedObject: null })).toBeDefined()
  })
  it.each([null, 1, 'x', [], { involvedObject: 1 }, { metadata: { a: 1 } }, { message: {} }, { timestamp: 'noon' }])(
    'refuses %j',
    (value) => {
      expect(read(value)).toBeUndefined()
    },
  )
  it('hides secrets in the message', () => {
    const message = 'cloning https://bob:s3cret@example.com/x failed: password=hunter2'
    expect(read({ ...event, message })?.message).toBe('cloning https://*****@example.com/x failed: password=*****')
  })
  it('knows a sender that tries again, and an event by the id that its sender gave', () => {
    const id = 'a'.repeat(32)
    expect(idOf(event, undefined)).toBe(idOf({ ...event }, 'no id'))
    expect(idOf(event, undefined)).not.toBe(idOf({ ...event, message: 'x' }, undefined))
    expect(idOf(event, id)).toBe(id)
  })
})
