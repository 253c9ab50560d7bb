// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/** What makes an event this event and no other. */
export interface EventIdentity {
  readonly uid: string
  /** Revision that the event speaks of, '' when it speaks of none. */
  readonly revision: string
  readonly reason: string
  /** Names the run of the reconciler that reports the event; a run that continues one cut short has the same. */
  readonly transition: string
  /** Only tells events of one run apart: durations in it do not count, as a repeated run takes another time. */
  readonly message: string
}

const goDuration = /(?<![\w.])(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|us|ns))+(?!\w)/g

/** 32 hexadecimal digits; the same for the same identity, in every process. */
export function eventId(identity: EventIdentity): string {
  const message = identity.message.replace(goDuration, '~')
  const parts = [identity.uid, identity.revision, identity.reason, identity.transition, message]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
