// SPDX-License-Identifier: Apache-2.0
import { finalizer, ociRepositoryConditions, ociRepositoryKind, sourceInterval } from '@tidelock/api'
import type { OCIRepository } from '@tidelock/api'
import type { ControllerHandle, Manager } from '@tidelock/runtime'
import { createSourceReconciler } from '../skeleton/source-reconciler.ts'
import type { SourceDependencies } from '../skeleton/source-reconciler.ts'
import { createOciAdapter } from './adapter.ts'
import type { OciAdapterDependencies } from './adapter.ts'

/** A registry that does not answer is waited for as long as `spec.timeout` says, and holds no worker meanwhile. */
const longRunMs = 5_000

/** Adds the OCIRepository controller to the manager. */
export function setupOciRepository(
  manager: Manager,
  dependencies: SourceDependencies & OciAdapterDependencies,
): ControllerHandle {
  return manager.addController<OCIRepository>({
    name: 'ocirepository',
    kind: ociRepositoryKind,
    reconciler: createSourceReconciler(createOciAdapter(dependencies), dependencies),
    conditions: { ...ociRepositoryConditions, progressMakesReadyUnknown: false },
    finalizer,
    fieldManager: 'source-controller',
    intervalMs: sourceInterval,
    longRunMs,
    logFields: ({ status }) => ({ revision: status?.artifact?.revision }),
  })
}
