// SPDX-License-Identifier: Apache-2.0
import type { Usage, UsageByController } from '../measure/usage.ts'
import type { BenchResult } from '../result.ts'
import { formatFigure } from './format.ts'
import { formatTable } from './table.ts'

/** What each controller used in each phase, and its memory. */
export function formatDetails({
  cold,
  changes,
  changeAfterRest,
  handEdit,
  idle,
  load,
  memory,
  audit,
}: BenchResult): string {
  const phases: [string, UsageByController][] = [
    ['cold', cold.usage],
    ...changes.map(({ usage }, index): [string, UsageByController] => [`change ${index + 1}`, usage]),
    ['hand edits, deletions', handEdit.usage],
    ['idle', idle.usage],
    ...(changeAfterRest === undefined
      ? []
      : [['change after idle', changeAfterRest.usage] satisfies [string, UsageByController]]),
    ...(load === undefined ? [] : [['under load', load.usage] satisfies [string, UsageByController]]),
  ]
  const rows = phases.flatMap(([phase, usage]) =>
    Object.entries(usage).map(([name, each]) => [
      phase,
      name,
      formatFigure(each.cpuSeconds, 'CPU-s'),
      String(each.requests),
      formatRequests(each),
    ]),
  )
  const memoryRows = Object.entries(memory).map(([name, { peakMiB, nowMiB }]) => [
    name,
    formatFigure(peakMiB, 'MiB'),
    formatFigure(nowMiB, 'MiB'),
  ])
  const parts = [
    formatTable(['phase', 'controller', 'CPU', 'requests', 'by method and answer'], rows, [0, 1, 4]),
    formatTable(['controller', 'memory: peak', 'at rest'], memoryRows),
  ]
  if (load !== undefined)
    parts.push(`under load: ${load.updates} status updates, ${load.updatesPerSecond.toFixed(0)} a second`)
  if (audit !== undefined) {
    const auditRows = Object.entries(audit).map(([name, { ownCount, auditCount }]) => [
      name,
      String(ownCount),
      String(auditCount),
    ])
    parts.push(formatTable(['controller', 'requests: its own count', 'audit log'], auditRows))
  }
  return parts.join('\n\n')
}

function formatRequests({ requestsBy }: Usage): string {
  return Object.entries(requestsBy)
    .sort(([, a], [, b]) => b - a)
    .map(([key, count]) => `${key}: ${count}`)
    .join(', ')
}
