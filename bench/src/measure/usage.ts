// SPDX-License-Identifier: Apache-2.0
import { BenchError } from '../errors.ts'
import { requestCounts } from './metrics-text.ts'
import { readCpuSeconds } from './process-stat.ts'

/** Where the controllers are measured: process ids and metrics addresses, by controller. */
export interface Controllers {
  readonly pids: Readonly<Record<string, number>>
  readonly metrics: Readonly<Record<string, string>>
}

/** What one controller has used since its start. */
export interface Reading {
  readonly cpuSeconds: number
  readonly requests: ReadonlyMap<string, number>
}

/** What one controller used between two readings. */
export interface Usage {
  readonly cpuSeconds: number
  readonly requests: number
  /** Requests by method and answer, such as `PATCH 200`. */
  readonly requestsBy: Readonly<Record<string, number>>
}

/** Usage by controller. */
export type UsageByController = Readonly<Record<string, Usage>>

/** Reads CPU time and request counters of every controller. */
export async function readUsage(
  { pids, metrics }: Controllers,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = Object.entries(pids).map(async ([name, pid]) => {
    // first the CPU time: answering with metrics costs some
    const cpuSeconds = await readCpuSeconds(pid)
    const requests = requestCounts(await fetchMetrics(name, metrics[name], signal))
    return [name, { cpuSeconds, requests }] as const
  })
  return new Map(await Promise.all(readings))
}

async function fetchMetrics(name: string, url: string | undefined, signal: AbortSignal): Promise<string> {
  if (url === undefined) throw new BenchError('MeasureFailed', `the ${name} controller serves no metrics`)
  const response = await fetch(url, { signal })
  const text = await response.text()
  if (!response.ok) throw new BenchError('MeasureFailed', `${url} answered ${response.status}`)
  return text
}

/** What was used between two readings. */
export function usageBetween(
  before: ReadonlyMap<string, Reading>,
  after: ReadonlyMap<string, Reading>,
): UsageByController {
  return Object.fromEntries([...after].map(([name, reading]) => [name, difference(before.get(name), reading)]))
}

function difference(before: Reading | undefined, after: Reading): Usage {
  const requestsBy: Record<string, number> = {}
  for (const [key, count] of after.requests) {
    const made = count - (before?.requests.get(key) ?? 0)
    if (made > 0) requestsBy[key] = made
  }
  return {
    cpuSeconds: after.cpuSeconds - (before?.cpuSeconds ?? 0),
    requests: Object.values(requestsBy).reduce((sum, count) => sum + count, 0),
    requestsBy,
  }
}

/** The sum over all controllers. */
export function totalUsage(usage: UsageByController): { readonly cpuSeconds: number; readonly requests: number } {
  const all = Object.values(usage)
  return {
    cpuSeconds: all.reduce((sum, each) => sum + each.cpuSeconds, 0),
    requests: all.reduce((sum, each) => sum + each.requests, 0),
  }
}
