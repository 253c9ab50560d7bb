// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** An event that is to be told. */
export interface Incoming {
  /** The same for the same event, however often it comes. */
  readonly id: string
  readonly event: FluxEvent
  /** When it was first kept, in milliseconds since the epoch. */
  readonly keptAtMs: number
  /** How often it was handed out, this time included. */
  readonly attempt: number
}

/** Whether all is told, or put down for good, of an event; else after which time it shall come again. */
export type Settled = { readonly kind: 'done' } | { readonly kind: 'later'; readonly afterMs: number }

/** Tells an event to everybody who is to know. Never throws; resolves late where a service is slow. */
export type Submit = (incoming: Incoming) => Promise<Settled>

export const done: Settled = { kind: 'done' }
