// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/**
 * Name of the Lease: `<controller>-leader-election`; a shard, which watches by a label selector, adds the first
 * 8 hexadecimal digits of the selector's SHA-256 (reference/flux/observability.md).
 */
export function leaseName(controller: string, watchLabelSelector: string): string {
  const base = `${controller}-leader-election`
  if (watchLabelSelector === '') return base
  return `${base}-${createHash('sha256').update(watchLabelSelector).digest('hex').slice(0, 8)}`
}
