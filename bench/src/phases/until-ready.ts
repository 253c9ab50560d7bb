// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { untilAll } from '../measure/until-all.ts'
import type { PhaseContext } from './phase.ts'

/** Resolves with the time at which the last of the Kustomizations was Ready; call it before they are created. */
export function untilAllReady(context: PhaseContext, objects: readonly KubeObject[]): Promise<number> {
  const { options, place, signal } = context
  return untilAll(context.kustomizations, {
    names: objects.map(({ metadata }) => metadata.name),
    holds: (view) => view.ready,
    describe: (view) => view.message,
    timeoutMs: options.timeoutMs,
    clock: place.clock,
    signal,
  })
}
