// SPDX-License-Identifier: Apache-2.0

/** One sample of the Prometheus text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** The samples of a metric in the text that a /metrics endpoint serves; empty when it has none. */
export function parseSamples(text: string, metric: string): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith(metric)) continue
    const [, name, labels, value] = sampleLine.exec(line.trim()) ?? []
    if (name !== metric || value === undefined) continue
    samples.push({ name, labels: parseLabels(labels ?? ''), value: Number(value) })
  }
  return samples
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(labelPair)].map(([, name = '', value = '']) => [name, unescape(value)] as const)
  return Object.fromEntries(pairs)
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

/** API requests by method and answer (`PATCH 200`), from a controller's `rest_client_requests_total`. */
export function requestCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { labels, value } of parseSamples(text, 'rest_client_requests_total')) {
    const key = `${labels['method'] ?? '?'} ${labels['code'] ?? '?'}`
    counts.set(key, (counts.get(key) ?? 0) + value)
  }
  return counts
}
