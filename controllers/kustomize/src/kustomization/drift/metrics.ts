// SPDX-License-Identifier: Apache-2.0
import type { ObjectKey } from '@tidelock/api'
import { counter, gauge } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'
import type { SuspectCause } from '@tidelock/ssa'

/** Why drift was left: as `LeftBecause`, or because the Kustomization is suspended or going, or the object somebody else's by now. */
export type LeftReason = 'interval' | 'warn' | 'off' | 'suspended' | 'deleting' | 'other-owner'

/** What is counted of drift. */
export interface DriftMetrics {
  detected(cause: SuspectCause): void
  corrected(cause: SuspectCause): void
  left(cause: SuspectCause, reason: LeftReason): void
  /** Objects of the Kustomization that are drifted now. */
  drifted(key: ObjectKey, count: number): void
  /** Deletes the series of a Kustomization that is gone. */
  forget(key: ObjectKey): void
}

/** Registers `tidelock_drift_*`. Series: causes times reasons, and one for each Kustomization that ever drifted. */
export function createDriftMetrics(registry: RuntimeMetrics['registry']): DriftMetrics {
  const detected = counter(registry, 'tidelock_drift_detected_total', detectedHelp, ['cause'])
  const corrected = counter(registry, 'tidelock_drift_corrected_total', correctedHelp, ['cause'])
  const left = counter(registry, 'tidelock_drift_left_total', leftHelp, ['cause', 'reason'])
  const objects = gauge(registry, 'tidelock_drifted_objects', objectsHelp, ['kind', 'name', 'namespace'])
  const labels = ({ name, namespace }: ObjectKey) => ({ kind: 'Kustomization', name, namespace })
  const known = new Set<string>()
  const id = ({ name, namespace }: ObjectKey): string => `${namespace}/${name}`
  return {
    detected: (cause) => detected.inc({ cause }),
    corrected: (cause) => corrected.inc({ cause }),
    left: (cause, reason) => left.inc({ cause, reason }),
    drifted(key, count) {
      // who never drifted has no series
      if (count === 0 && !known.has(id(key))) return
      known.add(id(key))
      objects.set(labels(key), count)
    },
    forget(key) {
      known.delete(id(key))
      objects.remove(labels(key))
    },
  }
}

const detectedHelp = 'Objects found to differ from what was applied, though their source did not change.'
const correctedHelp = 'Drifted objects that were applied again.'
const leftHelp = 'Drifted objects that were not corrected at once, by the reason for that.'
const objectsHelp = 'Objects that are drifted and not corrected yet.'
