// SPDX-License-Identifier: Apache-2.0
import type { CountingInbox } from '../counting-inbox.ts'
import { objectCount } from '../events.ts'
import type { DoomedProcess } from './doomed-process.ts'
import type { LossOptions } from './measure-losses.ts'

/** What was seen. */
export interface LossResult {
  readonly options: LossOptions
  readonly inbox: CountingInbox
  readonly notifier: DoomedProcess
  readonly producers: readonly DoomedProcess[]
  readonly tookMs: number
}

/** Prints what arrived, how often, in which order, and who died where. */
export function report({ options: { out, events }, inbox, notifier, producers, tookMs }: LossResult): void {
  const twice = [...inbox.counts.values()].reduce((sum, count) => sum + count - 1, 0)
  out(`events: ${events} by ${producers.length} producers, all told after ${(tookMs / 1000).toFixed(1)} s`)
  out(`lost: ${events - inbox.counts.size}`)
  out(`told twice: ${twice} (${((100 * twice) / events).toFixed(3)} %)`)
  out(`told after a later one of the same object: ${countOvertaken(inbox.counts.keys(), events / producers.length)}`)
  const deaths = producers.flatMap((each) => each.deaths)
  out(`kills of producers: ${deaths.length}${byStep(deaths)}`)
  out(`kills of the notification controller: ${notifier.deaths.length}${byStep(notifier.deaths)}`)
  const spools = producers.flatMap(({ output }) => {
    try {
      return [JSON.parse(output) as { readonly records: number; readonly bytes: number }]
    } catch {
      return []
    }
  })
  const records = spools.reduce((sum, each) => sum + each.records, 0)
  const bytes = spools.reduce((sum, each) => sum + each.bytes, 0)
  if (spools.length > 0) out(`in the spools at most: ${records} events, ${(bytes / 2 ** 20).toFixed(1)} MiB`)
}

/** Of events in the order of their first arrival: how many came behind one that the same producer, which has `share` of them, made later of the same object. */
export function countOvertaken(indices: Iterable<number>, share: number): number {
  const newest = new Map<string, number>()
  let count = 0
  for (const index of indices) {
    const object = `${Math.floor(index / share)}/${index % objectCount}`
    const before = newest.get(object) ?? -1
    if (index < before) count++
    newest.set(object, Math.max(index, before))
  }
  return count
}

function byStep(deaths: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const step of deaths) counts.set(step, (counts.get(step) ?? 0) + 1)
  return counts.size === 0 ? '' : ` (${[...counts].map(([step, count]) => `${step} ${count}`).join(', ')})`
}
