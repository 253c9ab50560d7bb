// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { eventMetadataKeys } from '@tidelock/api'
import type { Clock, FluxEvent } from '@tidelock/api'
import { groupOf } from './metadata.ts'

/** Digest over what makes an event the same one again, as Flux has it. */
export function rateLimitKey(event: FluxEvent): string {
  const { name = '', namespace = '', kind = '' } = event.involvedObject
  const group = groupOf(event)
  const { originRevision, revision, token } = eventMetadataKeys
  const parts = ['event', `name=${name}`, `namespace=${namespace}`, `kind=${kind}`, `message=${event.message}`]
  for (const key of [originRevision, revision, token]) {
    const value = event.metadata?.[`${group}/${key}`]
    if (value !== undefined) parts.push(`${key}=${value}`)
  }
  return createHash('sha256').update(parts.join('/')).digest('hex')
}

interface Taken {
  readonly id: string
  readonly atMs: number
}

/** Lets one event a key through in an interval. The event that was let through passes again under its id: it may come a second time. */
export class RateLimiter {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #intervalMs: number
  readonly #limit: number
  /** Oldest first. */
  readonly #taken = new Map<string, Taken>()

  constructor(clock: Pick<Clock, 'monotonic'>, intervalMs: number, limit: number = 100_000) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#limit = limit
  }

  /** Whether the event may pass; it then has the place of its key. */
  allows(event: FluxEvent, id: string): boolean {
    if (this.#intervalMs === 0) return true
    const now = this.#clock.monotonic()
    this.#sweep(now)
    const key = rateLimitKey(event)
    const taken = this.#taken.get(key)
    if (taken !== undefined) return taken.id === id
    this.#taken.set(key, { id, atMs: now })
    return true
  }

  /** Gives the place back, for an event that could not be kept. */
  forget(event: FluxEvent, id: string): void {
    const key = rateLimitKey(event)
    if (this.#taken.get(key)?.id === id) this.#taken.delete(key)
  }

  #sweep(now: number): void {
    for (const [key, { atMs }] of this.#taken) {
      if (now - atMs < this.#intervalMs && this.#taken.size <= this.#limit) return
      this.#taken.delete(key)
    }
  }
}
