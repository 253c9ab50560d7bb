// SPDX-License-Identifier: Apache-2.0
import type { Snapshot } from './snapshot.ts'

/** A value that only one side has, or that differs; undefined: not there. */
export interface Difference {
  readonly path: string
  readonly flux: string | undefined
  readonly tidelock: string | undefined
}

/** What the second side has otherwise than the first. */
export function compare(flux: Snapshot, tidelock: Snapshot): Difference[] {
  const paths = [...new Set([...flux.keys(), ...tidelock.keys()])].sort()
  return paths
    .map((path) => ({ path, flux: flux.get(path), tidelock: tidelock.get(path) }))
    .filter(({ flux: one, tidelock: other }) => one !== other)
}
