// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import type { NotificationErrorCode } from '../errors.ts'

/** A Provider as its letters know it: one that is made again under the same name is another one. */
export interface LetterOwner {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** A message that was given up. */
export interface DeadLetter {
  /** The same for the same event and Alert. */
  readonly key: string
  readonly provider: LetterOwner
  readonly alert: { readonly namespace: string; readonly name: string }
  /** With merged metadata. */
  readonly event: FluxEvent
  readonly code: NotificationErrorCode
  /** Why, without secrets. */
  readonly error: string
  /** RFC 3339, to the millisecond. */
  readonly at: string
}

/** Where messages are kept that were given up. */
export interface DeadLetters {
  /** Resolves when it is kept. The oldest of a Provider go when it has too many, and the oldest of the one with the most when all have. */
  put(letter: DeadLetter): Promise<void>
  /** Those of a Provider, oldest first; with `newest`, no more than so many of the newest. */
  list(provider: LetterOwner, newest?: number): Promise<readonly DeadLetter[]>
  count(provider: LetterOwner): Promise<number>
  remove(letter: DeadLetter): Promise<void>
  /** Removes all letters of Providers that are not there; asks for all of them at once, when its turn has come. Resolves to the uids that still have some. */
  retain(isThere: (uid: string) => boolean): Promise<readonly string[]>
  /** How many are kept, and the space that they take on the disk, in bytes. */
  stats(): { readonly letters: number; readonly bytes: number }
}
