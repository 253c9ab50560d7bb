// SPDX-License-Identifier: Apache-2.0
import { formatDuration, kustomizationTimeout } from '@tidelock/api'
import type { SourcedRun } from './dependencies.ts'

/** What a run is at, in Flux's words. */
export type Phase = 'Building manifests' | 'Detecting drift'

/** A run that takes less need not say what it is at. */
const slowMs = 2000

/** The phase in a sentence. */
export function phaseMessage({ obj, revision }: Pick<SourcedRun, 'obj' | 'revision'>, phase: Phase): string {
  return `${phase} for revision ${revision} with a timeout of ${formatDuration(kustomizationTimeout(obj))}`
}

/** Says in the status what the run is at. */
export async function reportPhase(run: SourcedRun, phase: Phase): Promise<void> {
  await run.progress('Progressing', phaseMessage(run, phase))
}

/** The same, where there is news of the source or the spec and the run takes its time, or will. */
export async function reportLongPhase(run: SourcedRun, phase: Phase, isLong: boolean = false): Promise<void> {
  const { obj, revision, deps, startedMs } = run
  const { lastAppliedRevision, observedGeneration } = obj.status ?? {}
  if (lastAppliedRevision === revision && observedGeneration === obj.metadata.generation) return
  if (isLong || deps.clock.monotonic() - startedMs >= slowMs) await reportPhase(run, phase)
}
