// SPDX-License-Identifier: Apache-2.0
import type { Machine } from '../measure/machine.ts'
import { formatFigure } from '../report/format.ts'
import type { SourcesResult, Spent } from './measure-sources.ts'

/** The figures as a table in Markdown. */
export function formatSources(results: readonly SourcesResult[], machine: Machine): string {
  const { cores, processor, memoryGiB, node, kubernetes, tidelock } = machine
  const on = `Tidelock ${tidelock}, Node ${node}, Kubernetes ${kubernetes}; ${cores} cores (${processor}), ${memoryGiB} GiB`
  return [on, ...results.map(formatResult)].join('\n\n') + '\n'
}

function formatResult({ kind, count, cold, round, peakMiB, restMiB, changesMs }: SourcesResult): string {
  const rows = [
    [`${count} ${kind} objects`, ''],
    ['---', '---:'],
    ['cold: all Ready', formatFigure(cold.seconds, 's')],
    ...spentRows('cold', cold),
    ['memory: peak', formatFigure(peakMiB, 'MiB')],
    [
      `one round of polling: CPU of one core over ${formatFigure(round.seconds, 's')}`,
      formatFigure((100 * round.cpuSeconds) / round.seconds, '%'),
    ],
    ...spentRows('one round of polling', round),
    ['memory: at rest', formatFigure(restMiB, 'MiB')],
    ...changeRows(changesMs),
  ]
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function spentRows(name: string, { cpuSeconds, apiRequests, sourceRequests }: Spent): string[][] {
  return [
    [`${name}: CPU`, formatFigure(cpuSeconds, 'CPU-s')],
    [`${name}: API requests`, formatFigure(apiRequests, 'requests')],
    [`${name}: requests to the sources' server`, formatFigure(sourceRequests, 'requests')],
  ]
}

function changeRows(sortedMs: readonly number[]): string[][] {
  if (sortedMs.length === 0) return []
  const median = sortedMs[Math.floor((sortedMs.length - 1) / 2)]!
  return [
    [`requested change: median of ${sortedMs.length}`, formatFigure(median, 'ms')],
    ['requested change: slowest', formatFigure(sortedMs.at(-1)!, 'ms')],
  ]
}
