// SPDX-License-Identifier: Apache-2.0
import { unknownCulprit } from './judge.ts'

interface Offence {
  readonly untilMs: number
  readonly times: number
}

/** Corrections at once that one manager gets per object and interval, before the interval is waited for. */
const patience = 1
/** The same for kubectl: that is a person, who tries a few times, and no loop that fights back. */
const patienceWithPeople = 5
/** The same for changes whose author nobody knows: they need not be by one manager. */
const patienceWithUnknown = 3
/** Above this many entries, the expired ones are dropped. */
const sweepAbove = 1000

/**
 * Remembers whose changes were corrected at once, so that a fight with another controller goes on at the pace of the interval and not
 * at that of the watch.
 */
export class Offences {
  readonly #byKey = new Map<string, Offence>()

  /** Notes that a change by the culprit was corrected; counted until the owner's interval has passed. */
  note(object: string, culprit: string, nowMs: number, intervalMs: number): void {
    if (this.#byKey.size > sweepAbove) this.#sweep(nowMs)
    const key = keyOf(object, culprit)
    const before = this.#byKey.get(key)
    const times = before === undefined || before.untilMs <= nowMs ? 0 : before.times
    this.#byKey.set(key, { untilMs: nowMs + intervalMs, times: times + 1 })
  }

  /** Whether the culprit's next change has to wait for the interval. */
  isRepeated(object: string, culprit: string, nowMs: number): boolean {
    const offence = this.#byKey.get(keyOf(object, culprit))
    if (offence === undefined || offence.untilMs <= nowMs) return false
    return offence.times >= patienceWith(culprit)
  }

  #sweep(nowMs: number): void {
    for (const [key, { untilMs }] of this.#byKey) if (untilMs <= nowMs) this.#byKey.delete(key)
  }
}

function patienceWith(culprit: string): number {
  if (culprit === unknownCulprit) return patienceWithUnknown
  return culprit.startsWith('kubectl') ? patienceWithPeople : patience
}

function keyOf(object: string, culprit: string): string {
  return `${culprit} ${object}`
}
