// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** A counter with labels in the registry. */
export function counter(registry: Registry, name: string, help: string, labels: readonly string[]): Counter {
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] })
}

/** A gauge; `collect` fills it in when it is read. */
export function gauge(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  collect?: (gauge: Gauge) => void,
): Gauge {
  const settings = { name, help, labelNames: [...labels], registers: [registry] }
  if (collect === undefined) return new Gauge(settings)
  return new Gauge({
    ...settings,
    collect() {
      collect(this)
    },
  })
}

/** A histogram with fixed upper bounds. */
export function histogram(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  buckets: readonly number[],
): Histogram {
  return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] })
}
