// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** A message that was given up. */
export interface DeadLetter {
  /** The same for the same event and Alert. */
  readonly key: string
  readonly provider: { readonly namespace: string; readonly name: string }
  readonly alert: { readonly namespace: string; readonly name: string }
  /** With merged metadata. */
  readonly event: FluxEvent
  /** Why, without secrets. */
  readonly error: string
  /** RFC 3339, to the millisecond. */
  readonly at: string
}

/** Where messages are kept that were given up. */
export interface DeadLetters {
  /** Resolves when it is kept. The oldest of a Provider go when there are too many. */
  put(letter: DeadLetter): Promise<void>
  /** Those of a Provider, oldest first. */
  list(provider: DeadLetter['provider']): Promise<readonly DeadLetter[]>
  count(provider: DeadLetter['provider']): Promise<number>
  remove(letter: DeadLetter): Promise<void>
}
